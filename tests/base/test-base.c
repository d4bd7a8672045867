/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Sentences with blanks, and files that are read in pieces. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sen-error.h"
#include "sen-file.h"
#include "sen-sentence.h"

static void
test_sentences (void)
{
  static const struct { const char *text, *sentence, *other, *expected; } cases[] = {
    { "a.png is empty", "{name} is empty", "{name} ist leer", "a.png ist leer" },
    { "a.png is empty ", "{name} is empty", "{name} ist leer", NULL },
    { "a.png", "{name} is empty", "{name} ist leer", NULL },
    { "It is done", "It is done", "Fertig", "Fertig" },
    { "It is done.", "It is done", "Fertig", NULL },
    { " is empty", "{name} is empty", "{name} ist leer", " ist leer" },
    /* A name may say what the sentence says, and have blanks of its own. */
    { "x is empty is empty", "{name} is empty", "{name} ist leer", "x is empty ist leer" },
    { "{name} is empty", "{name} is empty", "<{name}>", "<{name}>" },
    { "x is a (b) has a (PNG) file", "{name} has a ({format}) file", "{format}: {name}", "PNG: x is a (b)" },
    { "x has 1 of 2", "{name} has {a} of {b}", "{b}, {a}, {b}", "2, 1, 2" },
    { "no card: busy", "no card: {detail}", "{device}{detail}", "busy" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = sen_sentence_translate (cases[i].text, cases[i].sentence, cases[i].other);
      g_assert_cmpstr (found, ==, cases[i].expected);
    }
  g_autofree char *filled = sen_sentence_fill ("{name} has {a} {unit} of {b}", "name", "{a}", "a", "1", "b", "2", NULL);
  g_assert_cmpstr (filled, ==, "{a} has 1  of 2");
  g_autofree char *long_name = g_strnfill (1 << 20, 'x'), *long_text = g_strconcat (long_name, " is empty", NULL);
  g_assert_null (sen_sentence_translate (long_text, "{name} is empty", "{name}"));
}

static void
test_hash (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sen-base-XXXXXX", NULL), *path = g_build_filename (folder, "file", NULL);
  g_autoptr (GError) error = NULL;
  const gsize n = (1 << 20) + 17;
  g_autofree char *bytes = g_malloc (n);
  for (gsize i = 0; i < n; i++)
    bytes[i] = (char) (i * 7 >> 3);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
  g_autofree char *expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, n);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_assert_true (sen_file_hash (path, checksum, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (g_checksum_get_string (checksum), ==, expected);

  SenCancel cancel = { 1 };
  g_checksum_reset (checksum);
  g_assert_false (sen_file_hash (path, checksum, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_clear_error (&error);
  g_unlink (path);
  g_assert_false (sen_file_hash (path, checksum, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_false (sen_file_hash (path, checksum, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/sentences", test_sentences);
  g_test_add_func ("/base/hash", test_hash);
  return g_test_run ();
}
