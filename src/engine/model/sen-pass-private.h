/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-model-private.h"
#include "sen-session.h"

G_BEGIN_DECLS

#define SEN_MAX_STAGES 2

/* Which device runs what. Layers below n_layer_first (the embedding counts as part of layer 0, the output as layer
 * n_layer) belong to devices[0], the rest to devices[1]. Everything is borrowed from the session. */
typedef struct {
  SenModel      *model;
  SenDevice     *devices[SEN_MAX_STAGES];
  uint32_t       n_layer_first;
  SenState     **k_cache;      /* [n_layer] */
  SenState     **v_cache;
  uint32_t       n_ctx;
  const SenRope *rope;
  const SenRope *rope_local;   /* NULL where the model has no local layers */
} SenPlacement;

/** A plan for batches of up to n_batch tokens, compiled for the devices of a placement. */
typedef struct SenPass SenPass;

typedef enum {
  SEN_PASS_WHOLE,        /* from tokens and embeddings to logits */
  SEN_PASS_LAYER_ROWS,   /* embeddings are the residual stream before one layer: only its attention rows */
  SEN_PASS_OUTPUT,       /* embeddings are the residual stream behind the last layer: only logits */
} SenPassKind;

typedef struct {
  SenPassKind    kind;
  uint32_t       layer;          /* of SEN_PASS_LAYER_ROWS, of which taps must be the one attention layer */
  uint32_t       n_batch;
  uint32_t       n_out_max;      /* 0 = no logits: the pass ends with the last op that makes something tapped */
  bool           with_embeddings;
  bool           together;       /* every row sees the whole batch, not only what stands before it */
  bool           revisit;        /* keys and values of the batch are in the caches already: they are read, nothing is stored */
  uint32_t       n_tap_row_max;  /* rows of a batch whose attention is brought out, at most */
  const SenTaps *taps;           /* or NULL */
} SenPassShape;

/* One batch. */
typedef struct {
  const int32_t  *ids;          /* [n_tokens]: a token, or -1 - j for the j-th of the embeddings */
  const float    *embeddings;   /* f32 [n_embeddings][n_embd] */
  uint32_t        n_embeddings;
  uint32_t        n_tokens;
  uint32_t        n_past;
  const SenPlace *places;       /* [n_tokens]; NULL in a pass of SEN_PASS_OUTPUT, which turns nothing */
  const int32_t  *out_rows;     /* [n_out]: rows of the batch whose logits are wanted */
  uint32_t        n_out;
  uint32_t        tap_row;      /* rows [tap_row, tap_row + n_tap_row) are tapped for their attention */
  uint32_t        n_tap_row;
} SenBatch;

SenPass *sen_pass_new (const SenPlacement *placement, const SenPassShape *shape, GError **error);
void     sen_pass_free (SenPass *pass);
/** What such a pass takes of its devices beside weights and caches, which need not be there yet. */
uint64_t sen_pass_arena_bytes (const SenPlacement *placement, const SenPassShape *shape);

/** Runs a batch; logits[n_out][n_vocab] is filled. NULL in a pass without logits. */
bool sen_pass_run (SenPass *pass, const SenBatch *batch, float *logits, SenCancel *cancel, GError **error);

/** How many tokens the next batch should have at most: see sen_program_max_tokens(). */
uint32_t sen_pass_max_tokens (const SenPass *pass);

/* What a tapped pass brought out in its last run: f32 [n_tap_row][n_head_tapped][n_ctx], and f32 [n_row][n_embd] of the batch's
 * first rows. */
bool sen_pass_read_attention (SenPass *pass, uint32_t index, uint32_t n_tap_row, float *rows, GError **error);
bool sen_pass_read_hidden (SenPass *pass, uint32_t index, uint32_t n_row, float *hidden, GError **error);
/* The parts of a tapped layer: f32 [n_row][n_head * head_dim] and f32 [n_row][n_embd]; and the embedding, f32 [n_row][n_embd]. */
bool sen_pass_read_heads (SenPass *pass, uint32_t index, uint32_t n_row, float *heads, GError **error);
bool sen_pass_read_feed_forward (SenPass *pass, uint32_t index, uint32_t n_row, float *values, GError **error);
bool sen_pass_read_embedding (SenPass *pass, uint32_t n_row, float *embedding, GError **error);

/** SEN_ERROR_INVALID when they ask for what the model has not. */
bool     sen_taps_check (const SenTaps *taps, const SenHyperparams *hp, GError **error);
uint32_t sen_taps_n_head (const SenTaps *taps, const SenHyperparams *hp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenPass, sen_pass_free)

G_END_DECLS
