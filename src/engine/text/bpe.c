/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Byte-level BPE (Radford et al. 2019): words in bytes, each byte as a printable character, merged by rank. */
#include <string.h>

#include "tokenizer-private.h"
#include "unicode.h"

static const SenMerge *
find_merge (const SenTokenizer *tokenizer, SenToken left, SenToken right)
{
  uint64_t key = (uint64_t) (uint32_t) left << 32 | (uint32_t) right;
  uint64_t hash = key * 0x9e3779b97f4a7c15ull;
  for (uint32_t i = (uint32_t) (hash >> 32);; i++)
    {
      const SenMerge *merge = &tokenizer->merges[i & tokenizer->merge_mask];
      if (merge->key == key)
        return merge;
      if (merge->key == SEN_NO_MERGE)
        return NULL;
    }
}

static bool
offer (const SenTokenizer *tokenizer, const char *text, const SenSymbol *left, const SenSymbol *right, SenBigram *bigram)
{
  if (left->id == SEN_NO_TOKEN || right->id == SEN_NO_TOKEN)
    return false;
  const SenMerge *merge = find_merge (tokenizer, left->id, right->id);
  if (merge == NULL)
    return false;
  bigram->priority = -(float) merge->rank;
  bigram->merged = merge->merged;
  return true;
}

static void
encode_word (const SenTokenizer *tokenizer, const char *word, size_t length, GArray *symbols, GArray *queue, GArray *ids)
{
  SenToken whole = tokenizer->ignore_merges ? sen_vocab_find (tokenizer, word, length) : SEN_NO_TOKEN;
  if (whole != SEN_NO_TOKEN)
    {
      g_array_append_val (ids, whole);
      return;
    }

  g_array_set_size (symbols, 0);
  for (size_t at = 0; at < length;)
    {
      size_t next = at;
      sen_utf8_next (word, length, &next);
      SenSymbol symbol = { .start = (uint32_t) at, .n = (uint32_t) (next - at) };
      symbol.id = sen_vocab_find (tokenizer, word + at, next - at);
      g_array_append_val (symbols, symbol);
      at = next;
    }
  sen_merge_symbols (tokenizer, word, symbols, queue, offer);
  for (guint i = 0; i < symbols->len; i++)
    {
      const SenSymbol *symbol = &g_array_index (symbols, SenSymbol, i);
      if (symbol->n > 0 && symbol->id != SEN_NO_TOKEN)
        g_array_append_val (ids, symbol->id);
    }
}

void
sen_bpe_encode (const SenTokenizer *tokenizer, const char *text, size_t length, GArray *ids)
{
  g_autoptr (GArray) lengths = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (SenSymbol));
  g_autoptr (GArray) queue = g_array_new (FALSE, FALSE, sizeof (SenBigram));
  g_autoptr (GString) word = g_string_new (NULL);

  sen_pre_tokenize (tokenizer->pre, text, length, lengths);
  size_t start = 0;
  for (guint w = 0; w < lengths->len; w++)
    {
      size_t end = start + g_array_index (lengths, uint32_t, w);
      g_string_truncate (word, 0);
      while (start < end)
        {
          /* Bytes that are no UTF-8 have become U+FFFD for the matcher, and are that for the model too. */
          char utf8[4];
          uint32_t n = sen_utf8_write (sen_utf8_next (text, end, &start), utf8);
          for (uint32_t i = 0; i < n; i++)
            {
              uint8_t byte = (uint8_t) utf8[i];
              g_string_append_len (word, tokenizer->byte_chars[byte], tokenizer->byte_char_lengths[byte]);
            }
        }
      encode_word (tokenizer, word->str, word->len, symbols, queue, ids);
    }
}
