/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Tokenizers on vocabularies of a few hundred tokens: where text is cut, what merges, special tokens, streams, and files
 * whose vocabulary is damaged. Agreement with llama.cpp on real vocabularies is test-golden.c's. */
#include <string.h>

#include "counted-work.h"
#include "sen-error.h"
#include "sen-tokenizer.h"
#include "tiny-vocabulary.h"
#include "tokenizer-private.h"

#define MAX_WORK_OF_A_BYTE 1000   /* basic blocks, three times what they are */

typedef enum { BOS_AS_USUAL, BOS_ON, BOS_OFF } AddBos;

static SenTokenizer *
load (TinyVocabulary *vocabulary, const char *model, const char *pre, AddBos add_bos, GError **error)
{
  g_autoptr (TinyVocabulary) tiny = vocabulary;
  GgufBuilder builder;
  gguf_builder_init (&builder);
  if (model != NULL)
    gguf_builder_add_string (&builder, "tokenizer.ggml.model", model);
  if (pre != NULL)
    gguf_builder_add_string (&builder, "tokenizer.ggml.pre", pre);
  if (add_bos != BOS_AS_USUAL)
    gguf_builder_add_bool (&builder, "tokenizer.ggml.add_bos_token", add_bos == BOS_ON);
  if (tiny != NULL)
    tiny_vocabulary_write (tiny, &builder);
  g_autoptr (GError) gguf_error = NULL;
  g_autoptr (SenGguf) gguf = gguf_builder_finish (&builder, &gguf_error);
  g_assert_no_error (gguf_error);
  return sen_tokenizer_new_from_gguf (gguf, error);
}

static SenTokenizer *
load_bpe (const char *pre)
{
  g_autoptr (GError) error = NULL;
  SenTokenizer *tokenizer = load (tiny_vocabulary_new_bpe (), "gpt2", pre, BOS_OFF, &error);
  g_assert_no_error (error);
  return tokenizer;
}

static SenTokenizer *
load_sentencepiece (AddBos add_bos)
{
  g_autoptr (GError) error = NULL;
  SenTokenizer *tokenizer = load (tiny_vocabulary_new_sentencepiece (), "llama", NULL, add_bos, &error);
  g_assert_no_error (error);
  return tokenizer;
}

static GArray *
encode (SenTokenizer *tokenizer, const char *text, gssize length, bool parse_special)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (tokenizer, text, length, true, parse_special, ids);
  return ids;
}

static void
check (SenTokenizer *tokenizer, const char *text, bool parse_special, const char *expected)
{
  g_autoptr (GArray) ids = encode (tokenizer, text, -1, parse_special);
  g_autoptr (GString) got = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (got, "%s%d", i > 0 ? " " : "", g_array_index (ids, SenToken, i));
  g_assert_cmpstr (got->str, ==, expected);
}

/* --- Words -------------------------------------------------------------------------------------------------------------------- */

static void
check_cut (SenPreTokenizer pre, const char *text, const char *expected)
{
  g_autoptr (GArray) lengths = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  g_autoptr (GString) got = g_string_new (NULL);
  const char *word = text;
  sen_pre_tokenize (pre, text, strlen (text), lengths);
  for (guint i = 0; i < lengths->len; i++)
    {
      uint32_t length = g_array_index (lengths, uint32_t, i);
      g_assert_cmpuint (length, >, 0);
      g_string_append_printf (got, "%s%.*s", i > 0 ? "|" : "", (int) length, word);
      word += length;
    }
  g_assert_true (*word == '\0');
  g_assert_cmpstr (got->str, ==, expected);
}

static void
test_words (void)
{
  check_cut (SEN_PRE_GPT2, "", "");
  check_cut (SEN_PRE_GPT2, "we'll I'LL  x", "we|'ll| I|'|LL| | x");
  check_cut (SEN_PRE_GPT2, "a1234 ?!\n\n b ", "a|1234| ?!|\n\n| b| ");
  check_cut (SEN_PRE_GPT2, "x\u00a0y \u00e9\u0301", "x|\u00a0|y| \u00e9|\u0301");
  check_cut (SEN_PRE_SMOLLM, "a12 34", "a|1|2| |3|4");
  check_cut (SEN_PRE_SMOLLM, "it's  9", "it|'s|  |9");
  check_cut (SEN_PRE_LLAMA3, "I'LL don't 12345", "I|'LL| don|'t| |123|45");
  check_cut (SEN_PRE_LLAMA3, "(a)\r\n\r\n  b\n \n c", "(a|)\r\n\r\n| | b|\n \n| c");
  check_cut (SEN_PRE_LLAMA3, "a   \u00a0b", "a|   |\u00a0b");
  check_cut (SEN_PRE_QWEN2, "v12 'Ve \u0663\u2167", "v|1|2| '|Ve| |\u0663|\u2167");
  check_cut (SEN_PRE_QWEN2, "end.\n\n\tx", "end|.\n\n|\tx");
  check_cut (SEN_PRE_QWEN2, "'s'\u017f", "'s|'\u017f");
}

/* --- Merges and special tokens -------------------------------------------------------------------------------------------------- */

static void
test_bpe (void)
{
  g_autoptr (SenTokenizer) tokenizer = load_bpe ("gpt-2");
  check (tokenizer, "", true, "");
  check (tokenizer, "hello hello world", true, "259 262 261 114 108 100");
  check (tokenizer, "hehellohell", true, "256 259 258");
  check (tokenizer, "lll", true, "257 108");
  check (tokenizer, "\xff", true, "239 191 189");
  check (tokenizer, "\xe4\xbd", true, "239 191 189 239 191 189");
  g_assert_cmpstr (sen_tokenizer_description (tokenizer), ==, "byte-level BPE, gpt-2");
  g_assert_cmpuint (sen_tokenizer_n_tokens (tokenizer), ==, 267);
  g_assert_cmpstr (sen_tokenizer_token_text (tokenizer, 262), ==, "\u0120hello");
  g_assert_null (sen_tokenizer_token_text (tokenizer, 267));
  g_assert_null (sen_tokenizer_token_text (tokenizer, -1));
}

static void
test_special_tokens (void)
{
  g_autoptr (SenTokenizer) tokenizer = load_bpe ("qwen2");
  check (tokenizer, "he<|end|>he", true, "256 263 256");
  check (tokenizer, "<|end|><|end|>", true, "263 263");
  check (tokenizer, "<|end|>", false, "60 124 101 110 100 124 62");
  /* What users added is found in any text, the longest first. */
  check (tokenizer, "<user><user>xx", false, "264 265 120");
  check (tokenizer, "<|endoftext|>", true, "266");
  check (tokenizer, "<|end", true, "60 124 101 110 100");
  g_assert_true (sen_tokenizer_is_control (tokenizer, 263));
  g_assert_true (sen_tokenizer_is_control (tokenizer, 266));
  g_assert_false (sen_tokenizer_is_control (tokenizer, 264));
  g_assert_true (sen_tokenizer_ends_generation (tokenizer, 266));
  g_assert_false (sen_tokenizer_ends_generation (tokenizer, 259));
  g_assert_cmpint (sen_tokenizer_find (tokenizer, "<user>x"), ==, 265);
  g_assert_cmpint (sen_tokenizer_find (tokenizer, "absent"), ==, SEN_NO_TOKEN);
}

static void
test_sentencepiece (void)
{
  g_autoptr (SenTokenizer) tokenizer = load_sentencepiece (BOS_AS_USUAL);
  check (tokenizer, "", true, "1");
  check (tokenizer, "hello", true, "1 268");
  check (tokenizer, "hello hello", true, "1 268 268");
  check (tokenizer, "  hello", true, "1 259 259 268");
  check (tokenizer, "\u00e9", true, "1 259 198 172");
  check (tokenizer, "\xff", true, "1 259 258");
  check (tokenizer, "he\n\n\nhe", true, "1 259 264 269 259 13 264");
  check (tokenizer, "<s>he</s>", true, "1 1 259 264 2");

  g_autoptr (SenTokenizer) bare = load_sentencepiece (BOS_OFF);
  check (bare, "hello", true, "268");
  g_assert_cmpint (sen_tokenizer_bos (bare), ==, 1);
  g_assert_cmpint (sen_tokenizer_eos (bare), ==, 2);
  g_assert_true (sen_tokenizer_ends_generation (bare, 2));
}

static void
test_round_trip (void)
{
  static const char *const texts[] = {
    "hello w\u00f6rld \u4f60\u597d \U0001f469\u200d\U0001f4bb e\u0301\r\n\t1234 'LL <|end|> \u2028\u00a0 ", "\x01\x7f", "hello",
  };
  static const char *const pres[] = { "gpt-2", "smollm", "llama-bpe", "qwen2" };
  for (guint p = 0; p < G_N_ELEMENTS (pres); p++)
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
      {
        g_autoptr (SenTokenizer) tokenizer = load_bpe (pres[p]);
        g_autoptr (GArray) ids = encode (tokenizer, texts[i], -1, true);
        g_autoptr (GString) back = g_string_new (NULL);
        for (guint j = 0; j < ids->len; j++)
          sen_tokenizer_decode (tokenizer, g_array_index (ids, SenToken, j), true, back);
        g_assert_cmpstr (back->str, ==, texts[i]);
      }
}

static void
test_decode (void)
{
  g_autoptr (SenTokenizer) bpe = load_bpe ("gpt-2");
  g_autoptr (SenTokenizer) pieces = load_sentencepiece (BOS_OFF);
  g_autoptr (GString) text = g_string_new (NULL);
  sen_tokenizer_decode (bpe, 263, false, text);
  sen_tokenizer_decode (bpe, 9999, true, text);
  sen_tokenizer_decode (bpe, -5, true, text);
  g_assert_cmpstr (text->str, ==, "");
  sen_tokenizer_decode (bpe, 263, true, text);
  sen_tokenizer_decode (bpe, 264, false, text);
  sen_tokenizer_decode (bpe, 262, false, text);
  g_assert_cmpstr (text->str, ==, "<|end|><user> hello");
  g_string_truncate (text, 0);
  sen_tokenizer_decode (pieces, 268, false, text);
  sen_tokenizer_decode (pieces, 13, false, text);
  g_assert_cmpstr (text->str, ==, " hello\n");
}

/* --- Streams ----------------------------------------------------------------------------------------------------------------------- */

static void
check_stream (SenTokenizer *tokenizer, const SenToken *ids, guint n, const char *const *expected, const char *rest)
{
  SenTokenStream *stream = sen_token_stream_new (tokenizer);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    {
      g_string_truncate (text, 0);
      sen_token_stream_push (stream, ids[i], text);
      g_assert_cmpstr (text->str, ==, expected[i]);
    }
  g_string_truncate (text, 0);
  sen_token_stream_flush (stream, text);
  g_assert_cmpstr (text->str, ==, rest);
  sen_token_stream_free (stream);
}

static void
test_stream (void)
{
  /* Ids below 256 are bytes here. */
  g_autoptr (SenTokenizer) bpe = load_bpe ("gpt-2");
  const SenToken emoji[] = { 0xf0, 0x9f, 0x98, 0x80, 259 };
  check_stream (bpe, emoji, 5, (const char *const[]) { "", "", "", "\U0001f600", "hello" }, "");
  const SenToken cut[] = { 'a', 0xe4, 0xbd, 'b', 0xf0, 0x9f };
  check_stream (bpe, cut, 6, (const char *const[]) { "a", "", "", "\ufffd\ufffdb", "", "" }, "\ufffd\ufffd");
  const SenToken stray[] = { 0x80, 0xff, 0xc0, 0xed, 0xa0, 0x80, 'x' };
  check_stream (bpe, stray, 7,
                (const char *const[]) { "\ufffd", "\ufffd", "\ufffd", "", "", "\ufffd\ufffd\ufffd", "x" }, "");
  const SenToken spaced[] = { 263, 262, 262 };
  check_stream (bpe, spaced, 3, (const char *const[]) { "", " hello", " hello" }, "");

  /* The space that SentencePiece puts before a text's first word is not part of the text. */
  g_autoptr (SenTokenizer) pieces = load_sentencepiece (BOS_OFF);
  const SenToken words[] = { 1, 268, 268 };
  check_stream (pieces, words, 3, (const char *const[]) { "", "hello", " hello" }, "");
  const SenToken spaces[] = { 259, 259, 268 };
  check_stream (pieces, spaces, 3, (const char *const[]) { "", " ", " hello" }, "");
}

/* --- Damaged vocabularies ------------------------------------------------------------------------------------------------------------ */

static void
check_refused (TinyVocabulary *tiny, const char *model, const char *pre, SenError code, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenTokenizer) tokenizer = load (tiny, model, pre, BOS_AS_USUAL, &error);
  g_assert_null (tokenizer);
  g_assert_error (error, SEN_ERROR, code);
  g_assert_nonnull (strstr (error->message, says));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
test_refusals (void)
{
  check_refused (tiny_vocabulary_new_bpe (), "t5", NULL, SEN_ERROR_UNSUPPORTED, "t5");
  check_refused (tiny_vocabulary_new_bpe (), NULL, NULL, SEN_ERROR_UNSUPPORTED, "SentencePiece");
  check_refused (tiny_vocabulary_new_bpe (), "gpt2", "deepseek-llm", SEN_ERROR_UNSUPPORTED, "deepseek-llm");
  check_refused (tiny_vocabulary_new_bpe (), "gpt2", "deepseek-llm", SEN_ERROR_UNSUPPORTED, "llama-bpe");
  check_refused (tiny_vocabulary_new_bpe (), "gpt2", "gpt-2 smollm", SEN_ERROR_UNSUPPORTED, "gpt-2 smollm");
  check_refused (tiny_vocabulary_new_bpe (), "gpt2", "", SEN_ERROR_UNSUPPORTED, "qwen2");
  check_refused (tiny_vocabulary_new_bpe (), "gpt2", NULL, SEN_ERROR_UNSUPPORTED, "qwen2");
  check_refused (tiny_vocabulary_new_bpe (), "gpt2", "\xff\xfe", SEN_ERROR_UNSUPPORTED, "pre-tokenizer");
  check_refused (NULL, "gpt2", "gpt-2", SEN_ERROR_FORMAT, "tokenizer.ggml.tokens");
  check_refused (tiny_vocabulary_new (), "llama", NULL, SEN_ERROR_FORMAT, "tokenizer.ggml.tokens");

  TinyVocabulary *few_scores = tiny_vocabulary_new_sentencepiece ();
  g_array_set_size (few_scores->scores, 5);
  check_refused (few_scores, "llama", NULL, SEN_ERROR_FORMAT, "fewer scores");
  TinyVocabulary *few_types = tiny_vocabulary_new_sentencepiece ();
  g_array_set_size (few_types->types, 5);
  check_refused (few_types, "llama", NULL, SEN_ERROR_FORMAT, "fewer scores");
}

/* Odd but usable: twins, empty texts, NULs, types and merges that mean nothing, byte tokens that are none. */
static void
test_odd_vocabularies (void)
{
  g_autoptr (GError) error = NULL;
  TinyVocabulary *tiny = tiny_vocabulary_new_bpe ();
  tiny_vocabulary_add (tiny, "", 0, TINY_CONTROL, 0.0f);
  tiny_vocabulary_add (tiny, "", 0, 77, 0.0f);
  tiny_vocabulary_add (tiny, "<user>", -1, TINY_USER, 0.0f);
  tiny_vocabulary_add (tiny, "a\0b", 3, TINY_USER, 0.0f);
  tiny_vocabulary_add (tiny, "<0xZZ>", -1, TINY_BYTE, 0.0f);
  tiny_vocabulary_add_merge (tiny, "", 0);
  tiny_vocabulary_add_merge (tiny, " ", 1);
  tiny_vocabulary_add_merge (tiny, "nospace", -1);
  tiny_vocabulary_add_merge (tiny, "z q", -1);
  tiny_vocabulary_add_merge (tiny, "h e", -1);
  g_autoptr (SenTokenizer) tokenizer = load (tiny, "gpt2", "gpt-2", BOS_OFF, &error);
  g_assert_no_error (error);
  check (tokenizer, "hello<user>zq", true, "259 269 122 113");
  g_autoptr (GArray) ids = encode (tokenizer, "a\0b\0", 4, true);
  g_assert_cmpuint (ids->len, ==, 2);
  g_assert_cmpint (g_array_index (ids, SenToken, 0), ==, 270);
  g_assert_cmpint (g_array_index (ids, SenToken, 1), ==, 0);
  g_assert_cmpstr (sen_tokenizer_token_text (tokenizer, 267), ==, "[EMPTY_267]");
  g_autoptr (GString) text = g_string_new (NULL);
  sen_tokenizer_decode (tokenizer, 271, false, text);
  g_assert_cmpstr (text->str, ==, "<0xZZ>");

  /* A vocabulary with nothing to say any text in. */
  TinyVocabulary *poor = tiny_vocabulary_new ();
  tiny_vocabulary_add (poor, "only", -1, TINY_NORMAL, 0.0f);
  g_autoptr (SenTokenizer) mute = load (poor, "gpt2", "qwen2", BOS_ON, &error);
  g_assert_no_error (error);
  check (mute, "hello world", true, "");
  g_assert_cmpint (sen_tokenizer_bos (mute), ==, SEN_NO_TOKEN);
}

/* Runs that tempt an algorithm into more than n log n. */
static void
test_long_texts (void)
{
  g_autoptr (SenTokenizer) bpe = load_bpe ("qwen2");
  g_autoptr (SenTokenizer) pieces = load_sentencepiece (BOS_OFF);
  static const char *const runs[] = { "l", "0", " ", "\n", "<", "<user>", "\u0301", "'", "\xff", "hello" };
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      while (text->len < 100000)
        g_string_append (text, runs[i]);
      uint64_t before = work_count ();
      g_autoptr (GArray) bpe_ids = encode (bpe, text->str, (gssize) text->len, true);
      g_autoptr (GArray) piece_ids = encode (pieces, text->str, (gssize) text->len, true);
      g_assert_cmpuint (bpe_ids->len, >, 0);
      g_assert_cmpuint (piece_ids->len, >, 0);
      double work_of_byte = (double) (work_count () - before) / (double) text->len;
      g_test_message ("run %u: %.0f blocks for a byte", i, work_of_byte);
      g_assert_cmpfloat (work_of_byte, <, MAX_WORK_OF_A_BYTE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokenizer/words", test_words);
  g_test_add_func ("/tokenizer/bpe", test_bpe);
  g_test_add_func ("/tokenizer/special-tokens", test_special_tokens);
  g_test_add_func ("/tokenizer/sentencepiece", test_sentencepiece);
  g_test_add_func ("/tokenizer/round-trip", test_round_trip);
  g_test_add_func ("/tokenizer/decode", test_decode);
  g_test_add_func ("/tokenizer/stream", test_stream);
  g_test_add_func ("/tokenizer/refusals", test_refusals);
  g_test_add_func ("/tokenizer/odd-vocabularies", test_odd_vocabularies);
  g_test_add_func ("/tokenizer/long-texts", test_long_texts);
  return g_test_run ();
}
