/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Passages: where they begin and end, what they know, and that nothing is lost. With the tokenizer of all-MiniLM-L6-v2
 * ($SENSORIUM_TEST_MODELS) and without one. */
#include "sen-chunk.h"

#include <string.h>

#include "sen-import.h"

static SenTokenizer *tokenizer;

static void
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
  tokenizer = sen_tokenizer_new_from_gguf (gguf, &error);
  g_assert_no_error (error);
}

static SenDocumentBlock
make_block (SenBlockKind kind, uint32_t level, uint32_t page, const char *text)
{
  return (SenDocumentBlock) { .kind = kind, .level = level, .page = page, .start_ms = -1, .end_ms = -1, .text = text };
}

static GPtrArray *
cut (const SenDocumentBlock *blocks, size_t n)
{
  g_autoptr (SenChunker) chunker = sen_chunker_new (tokenizer);
  GPtrArray *passages = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_passage_free);
  SenPassage *passage;
  for (size_t i = 0; i <= n; i++)
    {
      if (i < n)
        sen_chunker_add (chunker, &blocks[i]);
      else
        sen_chunker_end (chunker);
      while ((passage = sen_chunker_take (chunker)) != NULL)
        g_ptr_array_add (passages, passage);
    }
  for (guint i = 0; i < passages->len; i++)
    {
      passage = g_ptr_array_index (passages, i);
      g_assert_cmpuint (passage->n_tokens, <=, SEN_PASSAGE_MAX_TOKENS);
      g_assert_cmpuint (strlen (passage->text), >, 0);
      g_assert_cmpuint (strlen (passage->text), <=, SEN_PASSAGE_MAX_TOKENS * 16 + 100);
      g_assert_true (g_utf8_validate (passage->text, -1, NULL));
    }
  return passages;
}

static const SenPassage *
get (GPtrArray *passages, guint i)
{
  g_assert_cmpuint (i, <, passages->len);
  return g_ptr_array_index (passages, i);
}

/* @n sentences of eleven tokens each. */
static char *
make_paragraph (int first, int n)
{
  GString *text = g_string_new (NULL);
  for (int i = first; i < first + n; i++)
    g_string_append_printf (text, "%sThe %c number %d stands in this sentence, once.", text->len > 0 ? " " : "", 'a' + i % 26, i % 10);
  return g_string_free (text, FALSE);
}

static void
test_headings (void)
{
  g_autofree char *some = make_paragraph (0, 6), *more = make_paragraph (6, 6);
  const SenDocumentBlock blocks[] = {
    make_block (SEN_BLOCK_SECTION, 1, 0, "Part I"),
    make_block (SEN_BLOCK_HEADING, 2, 0, "Installing"),
    make_block (SEN_BLOCK_PARAGRAPH, 0, 0, some),
    make_block (SEN_BLOCK_HEADING, 3, 0, "Debian"),
    make_block (SEN_BLOCK_PARAGRAPH, 0, 0, more),
    make_block (SEN_BLOCK_HEADING, 2, 0, "Removing"),
    make_block (SEN_BLOCK_PARAGRAPH, 0, 0, "Short."),
    make_block (SEN_BLOCK_HEADING, 2, 0, "More"),
    make_block (SEN_BLOCK_PARAGRAPH, 0, 0, "Short too."),
  };
  g_autoptr (GPtrArray) passages = cut (blocks, G_N_ELEMENTS (blocks));
  g_assert_cmpuint (passages->len, ==, 3);
  g_assert_cmpstr (get (passages, 0)->headings, ==, "Part I");
  g_assert_true (g_str_has_prefix (get (passages, 0)->text, "Installing\n\nThe a number"));
  g_assert_cmpstr (get (passages, 1)->headings, ==, "Part I › Installing");
  g_assert_true (g_str_has_prefix (get (passages, 1)->text, "Debian\n\n"));
  g_assert_cmpstr (get (passages, 2)->headings, ==, "Part I");
  g_assert_cmpstr (get (passages, 2)->text, ==, "Removing\n\nShort.\n\nMore\n\nShort too.");
  g_autofree char *for_encoder = sen_passage_dup_for_encoder (get (passages, 1), tokenizer);
  g_assert_true (g_str_has_prefix (for_encoder, "Part I › Installing\nDebian\n\n"));
}

static void
test_pages (void)
{
  SenDocumentBlock blocks[] = {
    make_block (SEN_BLOCK_PARAGRAPH, 0, 1, "One."), make_block (SEN_BLOCK_PARAGRAPH, 0, 1, "Two."), make_block (SEN_BLOCK_SCAN, 0, 2, ""),
    make_block (SEN_BLOCK_PARAGRAPH, 0, 3, "Three."),
  };
  g_autoptr (GPtrArray) passages = cut (blocks, G_N_ELEMENTS (blocks));
  g_assert_cmpuint (passages->len, ==, 2);
  g_assert_cmpstr (get (passages, 0)->text, ==, "One.\n\nTwo.");
  g_assert_cmpuint (get (passages, 0)->page, ==, 1);
  g_assert_cmpuint (get (passages, 1)->page, ==, 3);
}

/* Every sentence is somewhere, whole; passages of one paragraph share a sentence, those of two share none. */
static void
test_long_paragraph (void)
{
  g_autofree char *text = make_paragraph (0, 100), *other = make_paragraph (100, 40);
  const SenDocumentBlock blocks[] = { make_block (SEN_BLOCK_PARAGRAPH, 0, 0, text), make_block (SEN_BLOCK_PARAGRAPH, 0, 0, other) };
  g_autoptr (GPtrArray) passages = cut (blocks, 2);
  g_assert_cmpuint (passages->len, >, 4);
  g_autoptr (GString) all = g_string_new (NULL);
  for (guint i = 0; i < passages->len; i++)
    {
      const SenPassage *passage = get (passages, i);
      g_assert_true (g_str_has_prefix (passage->text, "The "));
      g_assert_true (g_str_has_suffix (passage->text, ", once."));
      if (i + 1 < passages->len)
        g_assert_cmpuint (passage->n_tokens, >, 100);
      g_string_append_printf (all, "%s\n", passage->text);
    }
  for (int i = 0; i < 140; i++)
    {
      g_autofree char *sentence = make_paragraph (i, 1);
      g_assert_nonnull (strstr (all->str, sentence));
    }
  const char *last = strrchr (get (passages, 0)->text, 'T');
  g_assert_true (g_str_has_prefix (get (passages, 1)->text, last));
}

static void
test_words_without_end (void)
{
  g_autofree char *letters = g_strnfill (20000, 'a'), *words = g_strnfill (20000, 'b');
  for (size_t i = 5; i < 20000; i += 6)
    words[i] = ' ';
  g_autoptr (GString) han = g_string_new (NULL);
  while (han->len < 9000)
    g_string_append (han, "世界");
  const SenDocumentBlock blocks[] = {
    make_block (SEN_BLOCK_PARAGRAPH, 0, 0, letters), make_block (SEN_BLOCK_PARAGRAPH, 0, 0, words),
    make_block (SEN_BLOCK_CODE, 0, 0, words), make_block (SEN_BLOCK_HEADING, 1, 0, words), make_block (SEN_BLOCK_PARAGRAPH, 0, 0, han->str),
  };
  g_autoptr (GPtrArray) passages = cut (blocks, G_N_ELEMENTS (blocks));
  size_t n = 0;
  for (guint i = 0; i < passages->len; i++)
    for (const char *p = get (passages, i)->text; *p != '\0'; p++)
      n += !g_ascii_isspace (*p);
  g_assert_cmpuint (n, >=, 20000 + 3 * (20000 - 3333) + han->len - 10);
}

static void
test_code (void)
{
  g_autoptr (GString) code = g_string_new (NULL);
  for (int i = 1; i <= 200; i++)
    g_string_append_printf (code, "  call_%d (a, b);\n", i);
  SenDocumentBlock block = make_block (SEN_BLOCK_CODE, 0, 0, code->str);
  block.line = 11;
  g_autoptr (GPtrArray) passages = cut (&block, 1);
  g_assert_cmpuint (passages->len, >, 3);
  uint32_t line = 11;
  for (guint i = 0; i < passages->len; i++)
    {
      const SenPassage *passage = get (passages, i);
      g_autofree char *first = g_strdup_printf ("  call_%u (a, b);", line - 10);
      g_assert_cmpuint (passage->line, ==, line);
      g_assert_true (g_str_has_prefix (passage->text, first));
      for (const char *p = passage->text; *p != '\0'; p++)
        line += *p == '\n';
      line++;
    }
  g_assert_cmpuint (line, ==, 211);
}

static void
test_transcript (void)
{
  SenDocumentBlock blocks[60];
  for (int i = 0; i < 60; i++)
    {
      blocks[i] = make_block (SEN_BLOCK_PARAGRAPH, 0, 0, "These are the words of a segment.");
      blocks[i].start_ms = i * 2000;
      blocks[i].end_ms = i * 2000 + 1900;
    }
  g_autoptr (GPtrArray) passages = cut (blocks, G_N_ELEMENTS (blocks));
  g_assert_cmpuint (passages->len, >, 1);
  g_assert_cmpint (get (passages, 0)->start_ms, ==, 0);
  for (guint i = 1; i < passages->len; i++)
    g_assert_cmpint (get (passages, i)->start_ms, ==, get (passages, i - 1)->end_ms + 100);
  g_assert_cmpint (get (passages, passages->len - 1)->end_ms, ==, 59 * 2000 + 1900);
  g_assert_true (g_str_has_prefix (get (passages, 0)->text, "These are the words of a segment. These are"));
}

static void
test_language (void)
{
  g_autoptr (SenChunker) chunker = sen_chunker_new (NULL);
  g_assert_null (sen_chunker_language (chunker));
  SenDocumentBlock block = make_block (SEN_BLOCK_PARAGRAPH, 0, 0,
                                       "Das ist ein Satz, und der ist nicht auf Englisch, sondern wie die anderen auch.");
  sen_chunker_add (chunker, &block);
  g_assert_cmpstr (sen_chunker_language (chunker), ==, "de");
}

/* The same without a tokenizer, four bytes a token. */
static void
test_without_tokenizer (void)
{
  SenTokenizer *kept = tokenizer;
  tokenizer = NULL;
  test_headings ();
  test_pages ();
  test_words_without_end ();
  test_transcript ();
  tokenizer = kept;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  open_tokenizer ();
  g_test_add_func ("/chunk/headings", test_headings);
  g_test_add_func ("/chunk/pages", test_pages);
  g_test_add_func ("/chunk/long-paragraph", test_long_paragraph);
  g_test_add_func ("/chunk/words-without-end", test_words_without_end);
  g_test_add_func ("/chunk/code", test_code);
  g_test_add_func ("/chunk/transcript", test_transcript);
  g_test_add_func ("/chunk/language", test_language);
  g_test_add_func ("/chunk/without-tokenizer", test_without_tokenizer);
  int result = g_test_run ();
  sen_tokenizer_unref (tokenizer);
  return result;
}
