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

typedef struct {
  uint32_t       n_batch, n_out_max;
  bool           with_embeddings;
  bool           together;       /* every row sees the whole batch, not only what stands before it */
  const SenTaps *taps;           /* or NULL */
} SenPassShape;

/* One batch. */
typedef struct {
  const int32_t  *ids;          /* [n_tokens]: a token, or -1 - j for the j-th of the embeddings */
  const float    *embeddings;   /* f32 [n_embeddings][n_embd] */
  uint32_t        n_embeddings;
  uint32_t        n_tokens;
  uint32_t        n_past;
  const int32_t  *out_rows;     /* [n_out]: rows of the batch whose logits are wanted */
  uint32_t        n_out;
} SenBatch;

SenPass *sen_pass_new (const SenPlacement *placement, const SenPassShape *shape, GError **error);
void     sen_pass_free (SenPass *pass);

/** Runs a batch; logits[n_out][n_vocab] is filled. */
bool sen_pass_run (SenPass *pass, const SenBatch *batch, float *logits, SenCancel *cancel, GError **error);

/** How many tokens the next batch should have at most: see sen_program_max_tokens(). */
uint32_t sen_pass_max_tokens (const SenPass *pass);

/* What a tapped pass brought out in its last run: f32 [n_head_tapped][n_ctx] and f32 [n_embd] of its last row. */
bool sen_pass_read_attention (SenPass *pass, uint32_t index, float *rows, GError **error);
bool sen_pass_read_hidden (SenPass *pass, uint32_t index, float *hidden, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenPass, sen_pass_free)

G_END_DECLS
