/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-tokenizer.h"

#include <string.h>

#include "tokenizer-private.h"
#include "unicode.h"

SenTokenizer *
sen_tokenizer_new_from_gguf (SenGguf *gguf, GError **error)
{
  g_autoptr (SenTokenizer) tokenizer = g_new0 (SenTokenizer, 1);
  g_atomic_ref_count_init (&tokenizer->ref_count);
  return sen_vocab_load (tokenizer, gguf, error) ? g_steal_pointer (&tokenizer) : NULL;
}

SenTokenizer *
sen_tokenizer_ref (SenTokenizer *tokenizer)
{
  g_atomic_ref_count_inc (&tokenizer->ref_count);
  return tokenizer;
}

void
sen_tokenizer_unref (SenTokenizer *tokenizer)
{
  if (tokenizer == NULL || !g_atomic_ref_count_dec (&tokenizer->ref_count))
    return;
  g_clear_pointer (&tokenizer->ends, g_hash_table_unref);
  g_free (tokenizer->description);
  g_free (tokenizer->pool);
  g_free (tokenizer->tokens);
  g_free (tokenizer->by_text);
  g_free (tokenizer->merges);
  sen_specials_free (tokenizer->specials);
  g_free (tokenizer);
}

const char *
sen_tokenizer_description (const SenTokenizer *tokenizer)
{
  return tokenizer->description;
}

uint32_t
sen_tokenizer_n_tokens (const SenTokenizer *tokenizer)
{
  return tokenizer->n_tokens;
}

/* --- Encoding -------------------------------------------------------------------------------------------------------------------- */

static void
encode_plain (const SenTokenizer *tokenizer, const char *text, size_t length, GArray *ids)
{
  if (length == 0)
    return;
  if (tokenizer->kind == SEN_TOKENIZE_BPE)
    {
      sen_bpe_encode (tokenizer, text, length, ids);
      return;
    }
  if (tokenizer->kind == SEN_TOKENIZE_WORDPIECE)
    {
      sen_wordpiece_encode (tokenizer, text, length, ids);
      return;
    }
  g_autoptr (GString) marked = g_string_sized_new (length + length / 2);
  if (tokenizer->add_space_prefix)
    g_string_append (marked, SEN_SPACE_MARK);
  for (size_t i = 0; i < length; i++)
    {
      if (text[i] == ' ')
        g_string_append (marked, SEN_SPACE_MARK);
      else
        g_string_append_c (marked, text[i]);
    }
  sen_sentencepiece_encode (tokenizer, marked->str, marked->len, ids);
}

/* Phi-3's marks take the white space behind them; those it inherited from Llama do not. */
static bool
takes_spaces_after (const SenTokenizer *tokenizer, SenToken id)
{
  static const char *const exceptions[] = { "<unk>", "<s>", "<|endoftext|>" };
  if (!tokenizer->specials_take_spaces)
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (exceptions); i++)
    if (g_str_equal (sen_vocab_text (tokenizer, id), exceptions[i]))
      return false;
  return true;
}

static void
encode_text (const SenTokenizer *tokenizer, const char *text, size_t length, SenFind find, GArray *ids)
{
  if (find != SEN_FIND_UNSHIELDED || g_strstr_len (text, (gssize) length, SEN_SHIELD) == NULL)
    {
      encode_plain (tokenizer, text, length, ids);
      return;
    }
  size_t n = 0;
  g_autofree char *plain = sen_specials_unshield (text, length, &n);
  encode_plain (tokenizer, plain, n, ids);
}

static void
encode (const SenTokenizer *tokenizer, const char *text, size_t n, bool add_special, SenFind find, GArray *ids)
{
  g_return_if_fail (n < UINT32_MAX / 4);

  if (add_special && tokenizer->add_bos && tokenizer->bos != SEN_NO_TOKEN)
    g_array_append_val (ids, tokenizer->bos);

  g_autoptr (GArray) matches = sen_specials_find (tokenizer, text, n, find);
  SenToken before = SEN_NO_TOKEN;
  size_t at = 0;
  for (guint i = 0; i <= matches->len; i++)
    {
      const SenSpecialMatch *match = i < matches->len ? &g_array_index (matches, SenSpecialMatch, i) : NULL;
      size_t end = match != NULL ? match->start : n;
      if (before != SEN_NO_TOKEN && takes_spaces_after (tokenizer, before))
        while (at < end && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r')))
          at++;
      encode_text (tokenizer, text + at, end - at, find, ids);
      if (match == NULL)
        break;
      g_array_append_val (ids, match->id);
      before = match->id;
      at = end + match->length;
    }

  if (add_special && tokenizer->add_eos && tokenizer->eos != SEN_NO_TOKEN)
    g_array_append_val (ids, tokenizer->eos);
}

void
sen_tokenizer_encode (const SenTokenizer *tokenizer, const char *text, gssize length, bool add_special, bool parse_special,
                      GArray *ids)
{
  encode (tokenizer, text, length >= 0 ? (size_t) length : strlen (text), add_special,
          parse_special ? SEN_FIND_ALL : SEN_FIND_USER, ids);
}

void
sen_tokenizer_encode_shielded (const SenTokenizer *tokenizer, const char *text, bool add_special, GArray *ids)
{
  encode (tokenizer, text, strlen (text), add_special, SEN_FIND_UNSHIELDED, ids);
}

/* --- Decoding --------------------------------------------------------------------------------------------------------------------- */

static void
decode_bpe (const SenTokenizer *tokenizer, const char *text, size_t length, GString *bytes)
{
  for (size_t at = 0; at < length;)
    {
      size_t start = at;
      uint32_t code = sen_utf8_next (text, length, &at);
      int byte = code < G_N_ELEMENTS (tokenizer->char_bytes) ? tokenizer->char_bytes[code] : -1;
      /* Added tokens may hold characters that stand for themselves. */
      if (byte >= 0)
        g_string_append_c (bytes, (char) byte);
      else
        g_string_append_len (bytes, text + start, (gssize) (at - start));
    }
}

static void
decode_sentencepiece (const char *text, size_t length, GString *bytes)
{
  for (size_t at = 0; at < length;)
    {
      if (length - at >= 3 && memcmp (text + at, SEN_SPACE_MARK, 3) == 0)
        {
          g_string_append_c (bytes, ' ');
          at += 3;
        }
      else
        g_string_append_c (bytes, text[at++]);
    }
}

void
sen_tokenizer_decode (const SenTokenizer *tokenizer, SenToken id, bool special, GString *bytes)
{
  if (id < 0 || (uint32_t) id >= tokenizer->n_tokens)
    return;
  const char *text = sen_vocab_text (tokenizer, id);
  size_t length = tokenizer->tokens[id].length;

  switch (sen_vocab_type (tokenizer, id))
    {
    case SEN_TOKEN_CONTROL:
    case SEN_TOKEN_UNKNOWN:
      if (special)
        g_string_append_len (bytes, text, (gssize) length);
      return;
    case SEN_TOKEN_USER:
      g_string_append_len (bytes, text, (gssize) length);
      return;
    case SEN_TOKEN_BYTE:
      if (length == 6 && g_ascii_isxdigit (text[3]) && g_ascii_isxdigit (text[4]))
        {
          g_string_append_c (bytes, (char) (g_ascii_xdigit_value (text[3]) << 4 | g_ascii_xdigit_value (text[4])));
          return;
        }
      break;
    case SEN_TOKEN_NORMAL:
    case SEN_TOKEN_UNUSED:
      break;
    }
  if (tokenizer->kind == SEN_TOKENIZE_BPE)
    decode_bpe (tokenizer, text, length, bytes);
  else
    decode_sentencepiece (text, length, bytes);
}

const char *
sen_tokenizer_token_text (const SenTokenizer *tokenizer, SenToken id)
{
  return id >= 0 && (uint32_t) id < tokenizer->n_tokens ? sen_vocab_text (tokenizer, id) : NULL;
}

SenToken
sen_tokenizer_bos (const SenTokenizer *tokenizer)
{
  return tokenizer->bos;
}

SenToken
sen_tokenizer_eos (const SenTokenizer *tokenizer)
{
  return tokenizer->eos;
}

SenToken
sen_tokenizer_find (const SenTokenizer *tokenizer, const char *text)
{
  return sen_vocab_find (tokenizer, text, strlen (text));
}

bool
sen_tokenizer_is_control (const SenTokenizer *tokenizer, SenToken id)
{
  return id >= 0 && (uint32_t) id < tokenizer->n_tokens && sen_vocab_type (tokenizer, id) == SEN_TOKEN_CONTROL;
}

bool
sen_tokenizer_ends_generation (const SenTokenizer *tokenizer, SenToken id)
{
  return g_hash_table_contains (tokenizer->ends, GINT_TO_POINTER (id));
}

/* --- Streams ------------------------------------------------------------------------------------------------------------------------ */

struct SenTokenStream {
  SenTokenizer *tokenizer;
  GString      *pending;    /* bytes of a character that is not complete */
  bool          fresh;
};

SenTokenStream *
sen_token_stream_new (SenTokenizer *tokenizer)
{
  SenTokenStream *stream = g_new0 (SenTokenStream, 1);
  stream->tokenizer = sen_tokenizer_ref (tokenizer);
  stream->pending = g_string_new (NULL);
  stream->fresh = true;
  return stream;
}

void
sen_token_stream_free (SenTokenStream *stream)
{
  if (stream == NULL)
    return;
  sen_tokenizer_unref (stream->tokenizer);
  g_string_free (stream->pending, TRUE);
  g_free (stream);
}

/* True when the bytes from @at on may still become a character. */
static bool
is_incomplete (const GString *bytes, size_t at)
{
  uint8_t lead = (uint8_t) bytes->str[at];
  size_t n = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
  if (bytes->len - at >= n)
    return false;
  for (size_t i = at + 1; i < bytes->len; i++)
    if (((uint8_t) bytes->str[i] & 0xc0) != 0x80)
      return false;
  return true;
}

static void
release (SenTokenStream *stream, bool all, GString *text)
{
  size_t at = 0;
  while (at < stream->pending->len && (all || !is_incomplete (stream->pending, at)))
    {
      char utf8[4];
      uint32_t code = sen_utf8_next (stream->pending->str, stream->pending->len, &at);
      g_string_append_len (text, utf8, sen_utf8_write (code, utf8));
    }
  g_string_erase (stream->pending, 0, (gssize) at);
}

void
sen_token_stream_push (SenTokenStream *stream, SenToken id, GString *text)
{
  size_t before = stream->pending->len;
  sen_tokenizer_decode (stream->tokenizer, id, false, stream->pending);
  if (stream->pending->len > before)
    {
      /* Control tokens in front say nothing; this is the first word. */
      if (stream->fresh && stream->tokenizer->kind != SEN_TOKENIZE_BPE && stream->tokenizer->add_space_prefix
          && stream->pending->str[before] == ' ')
        g_string_erase (stream->pending, (gssize) before, 1);
      stream->fresh = false;
    }
  release (stream, false, text);
}

void
sen_token_stream_flush (SenTokenStream *stream, GString *text)
{
  release (stream, true, text);
  stream->fresh = true;
}
