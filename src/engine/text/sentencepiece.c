/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * SentencePiece (Kudo and Richardson 2018) as llama and gemma vocabularies store it: neighbours merge while their text is
 * a token, the highest score first; what is no token falls back to its bytes. */
#include <string.h>

#include "tokenizer-private.h"

/* Length of the sequence a lead byte announces; stray bytes count as one. */
static uint32_t
sequence_length (uint8_t lead)
{
  static const uint8_t lengths[16] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4 };
  return lengths[lead >> 4];
}

static bool
offer (const SenTokenizer *tokenizer, const char *text, const SenSymbol *left, const SenSymbol *right, SenBigram *bigram)
{
  bigram->merged = sen_vocab_find (tokenizer, text + left->start, left->n + right->n);
  if (bigram->merged == SEN_NO_TOKEN)
    return false;
  bigram->priority = tokenizer->tokens[bigram->merged].score;
  return true;
}

void
sen_sentencepiece_encode (const SenTokenizer *tokenizer, const char *text, size_t length, GArray *ids)
{
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (SenSymbol));
  g_autoptr (GArray) queue = g_array_new (FALSE, FALSE, sizeof (SenBigram));

  for (size_t at = 0; at < length;)
    {
      uint32_t n = (uint32_t) MIN (sequence_length ((uint8_t) text[at]), length - at);
      SenSymbol symbol = { .start = (uint32_t) at, .n = n, .id = sen_vocab_find (tokenizer, text + at, n) };
      g_array_append_val (symbols, symbol);
      at += n;
    }
  sen_merge_symbols (tokenizer, text, symbols, queue, offer);

  for (guint i = 0; i < symbols->len; i++)
    {
      const SenSymbol *symbol = &g_array_index (symbols, SenSymbol, i);
      if (symbol->n > 0 && symbol->id != SEN_NO_TOKEN)
        g_array_append_val (ids, symbol->id);
      for (uint32_t j = 0; symbol->id == SEN_NO_TOKEN && j < symbol->n; j++)
        {
          SenToken id = tokenizer->bytes[(uint8_t) text[symbol->start + j]];
          if (id == SEN_NO_TOKEN)
            id = tokenizer->unknown;
          if (id != SEN_NO_TOKEN)
            g_array_append_val (ids, id);
        }
    }
}
