/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-session.h"

G_BEGIN_DECLS

/**
 * What a picture or a recording becomes in a prompt: tokens that mark it, and stretches of embeddings between them, in order.
 *
 * A projector makes it (sen-projector.h); sen-media-prompt.h puts it between the words of a text.
 *
 * Thread-safety: a SenMedia is immutable, its reference counting atomic; a builder belongs to one thread.
 */
typedef struct {
  SenPart  part;              /* tokens (marks), or embeddings with their content_id; borrowed from the SenMedia */
  uint32_t n_row, n_column;   /* embeddings of a picture: they stand row by row in a grid; of a sound 1 × n; marks 0 × 0 */
  float    x0, y0, x1, y1;    /* which part of the picture the grid shows, in [0, 1] of its width and height; beyond it where a
                               * frame was put around. Of a sound: from x0 to x1 seconds */
  const float *times;         /* of a sound that is not heard in equal parts: f32 [n][2], from when to when each embedding is, in seconds;
                               * else NULL. Borrowed from the SenMedia */
} SenMediaSpan;

typedef struct SenMedia SenMedia;

SenMedia *sen_media_ref (SenMedia *media);
void      sen_media_unref (SenMedia *media);

size_t              sen_media_n_spans (const SenMedia *media);
const SenMediaSpan *sen_media_span (const SenMedia *media, size_t index);
/** Positions of the context that it takes, marks and all. */
uint32_t            sen_media_n_tokens (const SenMedia *media);
size_t              sen_media_bytes (const SenMedia *media);

/* --- Making one ------------------------------------------------------------------------------------------------------------------- */

typedef struct SenMediaBuilder SenMediaBuilder;

/** Embeddings are @n_embd numbers each. @source names the bytes the media comes from and what encodes them: the content_id of
 *  each span follows from it and the span's place. */
SenMediaBuilder *sen_media_builder_new (uint32_t n_embd, uint64_t source);
void             sen_media_builder_free (SenMediaBuilder *builder);

void sen_media_builder_add_tokens (SenMediaBuilder *builder, const SenToken *tokens, size_t n);
/** Tokens of @text, in which control tokens are parsed. "" adds nothing. */
void sen_media_builder_add_text (SenMediaBuilder *builder, const SenTokenizer *tokenizer, const char *text);
/** Adds part.n embeddings with the grid, place, times (copied), part.together, part.n_column and part.from of @span, whose other pointers
 *  and content_id do not matter. Returns f32 [n][n_embd] for the caller to fill, valid until the builder is finished; NULL and an error
 *  when there is no memory. */
float *sen_media_builder_add_embeddings (SenMediaBuilder *builder, const SenMediaSpan *span, GError **error);

/** Leaves the builder empty. (transfer full) */
SenMedia *sen_media_builder_finish (SenMediaBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMedia, sen_media_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMediaBuilder, sen_media_builder_free)

G_END_DECLS
