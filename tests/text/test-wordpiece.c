/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * WordPiece with the vocabulary of all-MiniLM-L6-v2 ($SENSORIUM_TEST_MODELS) against the tokenizers library
 * (tools/make-golden-wordpiece.py): strings of tests/data/text, and every code point there is. */
#include <string.h>

#include "sen-import.h"
#include "sen-json-reader.h"
#include "sen-tokenizer.h"

static const char *data_dir;

/* The number of ids and FNV-1a over their bytes. */
static char *
digest (GArray *ids)
{
  guint64 hash = 0xcbf29ce484222325ull;
  for (guint i = 0; i < ids->len; i++)
    for (guint shift = 0; shift < 32; shift += 8)
      hash = (hash ^ ((guint32) g_array_index (ids, SenToken, i) >> shift & 0xff)) * 0x100000001b3ull;
  return g_strdup_printf ("%u:%016" G_GINT64_MODIFIER "x", ids->len, hash);
}

static SenJsonDocument *
read_json (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (data_dir, file, NULL), *text = NULL;
  size_t length;
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  SenJsonDocument *document = sen_json_parse (text, length, path, &error);
  g_assert_no_error (error);
  return document;
}

static SenTokenizer *
open_tokenizer (void)
{
  g_autoptr (GError) error = NULL;
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  if (models == NULL)
    g_error ("SENSORIUM_TEST_MODELS is not set");
  g_autofree char *model = g_build_filename (models, "all-minilm-l6-v2", NULL), *path = sen_import_open (model, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, &error);
  g_assert_no_error (error);
  SenTokenizer *tokenizer = sen_tokenizer_new_from_gguf (gguf, &error);
  g_assert_no_error (error);
  return tokenizer;
}

/* Strings given as bytes need not be UTF-8, which the library does not take; those have no expectation. */
static GString *
text_of (const SenJson *entry)
{
  if (sen_json_kind (entry) == SEN_JSON_STRING)
    return g_string_new (sen_json_string (entry));
  const SenJson *hex = sen_json_member (entry, "hex"), *times = sen_json_member (entry, "times");
  g_autoptr (GString) once = g_string_new (hex == NULL ? sen_json_string (sen_json_member (entry, "repeat")) : NULL);
  for (const char *c = hex != NULL ? sen_json_string (hex) : ""; *c != '\0'; c += 2)
    g_string_append_c (once, (char) (g_ascii_xdigit_value (c[0]) << 4 | g_ascii_xdigit_value (c[1])));
  GString *all = g_string_new (NULL);
  for (int i = times != NULL ? (int) sen_json_number (times) : 1; i > 0; i--)
    g_string_append_len (all, once->str, (gssize) once->len);
  return all;
}

static void
test_strings (void)
{
  g_autoptr (SenTokenizer) tokenizer = open_tokenizer ();
  g_autoptr (SenJsonDocument) strings = read_json ("strings.json"), golden = read_json ("wordpiece.json");
  const SenJson *texts = sen_json_root (strings), *expected = sen_json_member (sen_json_root (golden), "strings");
  guint n_different = 0, n_compared = 0;
  g_assert_cmpuint (sen_json_length (texts), ==, sen_json_length (expected));
  for (size_t i = 0; i < sen_json_length (texts); i++)
    {
      const char *wanted = sen_json_string (sen_json_at (expected, i));
      g_autoptr (GString) text = text_of (sen_json_at (texts, i));
      g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
      sen_tokenizer_encode (tokenizer, text->str, (gssize) text->len, true, true, ids);
      g_autofree char *got = digest (ids);
      if (wanted == NULL)
        continue;
      n_compared++;
      if (strcmp (wanted, got) != 0)
        g_test_message ("string %zu: expected %s, got %s", i, wanted, got);
      n_different += strcmp (wanted, got) != 0;
    }
  g_test_message ("%u strings, %u differences", n_compared, n_different);
  g_assert_cmpuint (n_compared, >=, 200);
  g_assert_cmpuint (n_different, ==, 0);
}

static void
test_code_points (void)
{
  g_autoptr (SenTokenizer) tokenizer = open_tokenizer ();
  g_autoptr (SenJsonDocument) golden = read_json ("wordpiece.json");
  const SenJson *planes = sen_json_member (sen_json_root (golden), "planes");
  for (guint32 plane = 0; plane < sen_json_length (planes); plane++)
    {
      g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
      for (guint32 code = plane * 0x1000; code < (plane + 1) * 0x1000; code++)
        {
          char text[8] = "a";
          int n = g_unichar_to_utf8 (code, text + 1);
          text[1 + n] = 'b';
          if (code < 0xd800 || code >= 0xe000)
            sen_tokenizer_encode (tokenizer, text, n + 2, false, true, ids);
        }
      g_autofree char *got = digest (ids);
      if (strcmp (got, sen_json_string (sen_json_at (planes, plane))) != 0)
        {
          g_test_message ("code points from U+%05X on: expected %s, got %s", plane * 0x1000, sen_json_string (sen_json_at (planes, plane)),
                          got);
          g_test_fail ();
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  data_dir = argv[1];
  g_test_add_func ("/wordpiece/strings", test_strings);
  g_test_add_func ("/wordpiece/code-points", test_code_points);
  return g_test_run ();
}
