/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "tokenizer-private.h"

/* The queue is a binary heap: best priority first, the leftmost among equals. */
static bool
is_before (const SenBigram *a, const SenBigram *b)
{
  return a->priority > b->priority || (a->priority == b->priority && a->left < b->left);
}

static void
push (GArray *queue, SenBigram bigram)
{
  g_array_append_val (queue, bigram);
  SenBigram *heap = (SenBigram *) queue->data;
  guint i = queue->len - 1;
  while (i > 0 && is_before (&bigram, &heap[(i - 1) / 2]))
    {
      heap[i] = heap[(i - 1) / 2];
      i = (i - 1) / 2;
    }
  heap[i] = bigram;
}

static SenBigram
pop (GArray *queue)
{
  SenBigram *heap = (SenBigram *) queue->data;
  SenBigram best = heap[0], last = heap[queue->len - 1];
  g_array_set_size (queue, queue->len - 1);
  guint i = 0;
  for (;;)
    {
      guint child = 2 * i + 1;
      if (child >= queue->len)
        break;
      if (child + 1 < queue->len && is_before (&heap[child + 1], &heap[child]))
        child++;
      if (!is_before (&heap[child], &last))
        break;
      heap[i] = heap[child];
      i = child;
    }
  if (queue->len > 0)
    heap[i] = last;
  return best;
}

static void
offer_pair (const SenTokenizer *tokenizer, const char *text, const SenSymbol *symbols, int32_t left, int32_t right,
            GArray *queue, SenOfferFunc offer)
{
  if (left < 0 || right < 0)
    return;
  SenBigram bigram = { .left = left, .right = right, .n = symbols[left].n + symbols[right].n };
  if (offer (tokenizer, text, &symbols[left], &symbols[right], &bigram))
    push (queue, bigram);
}

void
sen_merge_symbols (const SenTokenizer *tokenizer, const char *text, GArray *array, GArray *queue, SenOfferFunc offer)
{
  SenSymbol *symbols = (SenSymbol *) array->data;
  int32_t n = (int32_t) array->len;

  g_array_set_size (queue, 0);
  for (int32_t i = 0; i < n; i++)
    {
      symbols[i].prev = i - 1;
      symbols[i].next = i + 1 < n ? i + 1 : -1;
    }
  for (int32_t i = 1; i < n; i++)
    offer_pair (tokenizer, text, symbols, i - 1, i, queue, offer);

  while (queue->len > 0)
    {
      SenBigram bigram = pop (queue);
      SenSymbol *left = &symbols[bigram.left], *right = &symbols[bigram.right];
      if (left->n == 0 || right->n == 0 || left->n + right->n != bigram.n)
        continue;
      left->n += right->n;
      left->id = bigram.merged;
      left->next = right->next;
      right->n = 0;
      if (left->next >= 0)
        symbols[left->next].prev = bigram.left;
      offer_pair (tokenizer, text, symbols, left->prev, bigram.left, queue, offer);
      offer_pair (tokenizer, text, symbols, bigram.left, left->next, queue, offer);
    }
}
