/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-media.h"

#include "sen-error.h"

struct SenMedia {
  gatomicrefcount ref_count;
  GArray         *spans;      /* SenMediaSpan, whose tokens and embeddings are owned */
  uint32_t        n_tokens;
  size_t          n_bytes;
};

struct SenMediaBuilder {
  uint32_t  n_embd;
  uint64_t  source;
  SenMedia *media;
};

static SenMedia *
media_new (void)
{
  SenMedia *media = g_new0 (SenMedia, 1);
  g_atomic_ref_count_init (&media->ref_count);
  media->spans = g_array_new (FALSE, FALSE, sizeof (SenMediaSpan));
  return media;
}

SenMedia *
sen_media_ref (SenMedia *media)
{
  g_atomic_ref_count_inc (&media->ref_count);
  return media;
}

void
sen_media_unref (SenMedia *media)
{
  if (media == NULL || !g_atomic_ref_count_dec (&media->ref_count))
    return;
  for (guint i = 0; i < media->spans->len; i++)
    {
      const SenMediaSpan *span = &g_array_index (media->spans, SenMediaSpan, i);
      g_free ((gpointer) span->part.tokens);
      g_free ((gpointer) span->part.embeddings);
      g_free ((gpointer) span->times);
    }
  g_array_unref (media->spans);
  g_free (media);
}

size_t
sen_media_n_spans (const SenMedia *media)
{
  return media->spans->len;
}

const SenMediaSpan *
sen_media_span (const SenMedia *media, size_t index)
{
  g_return_val_if_fail (index < media->spans->len, NULL);
  return &g_array_index (media->spans, SenMediaSpan, index);
}

uint32_t
sen_media_n_tokens (const SenMedia *media)
{
  return media->n_tokens;
}

size_t
sen_media_bytes (const SenMedia *media)
{
  return media->n_bytes;
}

/* --- Making one ------------------------------------------------------------------------------------------------------------------- */

SenMediaBuilder *
sen_media_builder_new (uint32_t n_embd, uint64_t source)
{
  SenMediaBuilder *builder = g_new0 (SenMediaBuilder, 1);
  builder->n_embd = n_embd;
  builder->source = source;
  builder->media = media_new ();
  return builder;
}

void
sen_media_builder_free (SenMediaBuilder *builder)
{
  if (builder == NULL)
    return;
  sen_media_unref (builder->media);
  g_free (builder);
}

static void
add_span (SenMedia *media, const SenMediaSpan *span, size_t n_bytes)
{
  g_array_append_vals (media->spans, span, 1);
  media->n_tokens += span->part.n;
  media->n_bytes += n_bytes;
}

void
sen_media_builder_add_tokens (SenMediaBuilder *builder, const SenToken *tokens, size_t n)
{
  if (n == 0)
    return;
  const SenMediaSpan span = { .part = { .tokens = g_memdup2 (tokens, n * sizeof *tokens), .n = (uint32_t) n } };
  add_span (builder->media, &span, n * sizeof *tokens);
}

void
sen_media_builder_add_text (SenMediaBuilder *builder, const SenTokenizer *tokenizer, const char *text)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (tokenizer, text, -1, false, true, ids);
  sen_media_builder_add_tokens (builder, (const SenToken *) ids->data, ids->len);
}

float *
sen_media_builder_add_embeddings (SenMediaBuilder *builder, const SenMediaSpan *span, GError **error)
{
  SenMediaSpan added = *span;
  float *embeddings = g_try_malloc_n ((size_t) span->part.n * builder->n_embd, sizeof (float));
  if (embeddings == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for %u embeddings of %u numbers", span->part.n,
                   builder->n_embd);
      return NULL;
    }
  added.part.tokens = NULL;
  added.part.embeddings = embeddings;
  added.times = g_memdup2 (span->times, (size_t) span->part.n * 2 * sizeof (float));
  added.part.content_id = builder->source + 0x9e3779b97f4a7c15ull * builder->media->spans->len;
  add_span (builder->media, &added, (size_t) span->part.n * builder->n_embd * sizeof (float));
  return embeddings;
}

SenMedia *
sen_media_builder_finish (SenMediaBuilder *builder)
{
  SenMedia *media = builder->media;
  builder->media = media_new ();
  return media;
}
