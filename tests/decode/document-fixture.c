/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "document-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static SenDecode *decode;

void
document_fixture_begin (int *argc, char ***argv)
{
  decode = fixture_begin (argc, argv);
}

int
document_fixture_run (void)
{
  return fixture_run (decode);
}

SenDecode *
document_decode (void)
{
  return decode;
}

/* A block a line: "H1 p2 l3 text". Newlines in texts as "/". */
static void
describe_block (GString *out, const SenDocumentBlock *block)
{
  g_autofree char *text = g_strdelimit (g_strdup (block->text), "\n", '/');
  g_string_append_c (out, "PHCSX"[block->kind]);
  if (block->level > 0)
    g_string_append_printf (out, "%u", block->level);
  if (block->page > 0)
    g_string_append_printf (out, " p%u", block->page);
  if (block->line > 0)
    g_string_append_printf (out, " l%u", block->line);
  g_string_append_printf (out, "%s %s\n", block->continues ? " +" : "", text);
}

char *
read_all (SenDocument *document, GError **error)
{
  GString *out = g_string_new (NULL);
  SenDocumentBlock block;
  int more;
  while ((more = sen_document_next (document, &block, NULL, error)) > 0)
    {
      g_assert_true (g_utf8_validate (block.text, -1, NULL));
      g_assert_cmpuint (strlen (block.text), <=, 16384);
      describe_block (out, &block);
    }
  return g_string_free (out, more < 0);
}

SenDocument *
open_bytes (const char *name, const void *bytes, size_t n, GError **error)
{
  g_autofree char *path = fixture_write (name, bytes, n);
  SenDocument *document = sen_document_open (decode, path, NULL, error);
  g_remove (path);
  return document;
}

void
assert_reads (const char *name, const void *bytes, size_t n, const char *format, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = open_bytes (name, bytes, n, &error);
  g_assert_no_error (error);
  g_autofree char *text = read_all (document, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpstr (sen_document_facts (document)->format, ==, format);
  g_assert_null (sen_document_note (document));
}

void
assert_refused (const char *name, const void *bytes, size_t n, SenError code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = open_bytes (name, bytes, n, &error);
  g_assert_null (document);
  g_assert_error (error, SEN_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_null (strchr (error->message, '\n'));
}

static void
try_document (const uint8_t *bytes, size_t n, uint32_t *n_read)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = open_bytes ("damaged", bytes, n, &error);
  g_autofree char *text = document != NULL ? read_all (document, &error) : NULL;
  *n_read += text != NULL;
  if (error != NULL)
    g_assert_true (error->domain == SEN_ERROR && strchr (error->message, '\n') == NULL);
  g_assert_true (text != NULL || error != NULL);
}

void
damage_document (const uint8_t *bytes, size_t n, uint32_t n_times)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  uint32_t n_read = 0;
  for (uint32_t i = 1; i < n_times; i++)
    try_document (bytes, n * i / n_times, &n_read);
  for (uint32_t i = 0; i < n_times; i++)
    {
      g_autofree uint8_t *flipped = g_memdup2 (bytes, n);
      for (int k = 0; k < 8; k++)
        flipped[g_rand_int_range (random, 0, (gint32) n)] ^= (uint8_t) (1 << g_rand_int_range (random, 0, 8));
      try_document (flipped, n, &n_read);
    }
  g_test_message ("%u of %u damaged files gave some text", n_read, 2 * n_times - 1);
}
