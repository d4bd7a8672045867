/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-block.h"
#include "sen-weight-table.h"
#include "sen-whisper.h"

G_BEGIN_DECLS

typedef struct {
  uint32_t layer, head;
} SenAlignmentHead;

struct SenWhisper {
  gatomicrefcount ref_count;
  SenWhisperInfo  info;
  char           *name, *path;
  SenWeightTable *weights;
  SenTokenizer   *tokenizer;
  SenAffine       conv1, conv2;         /* [n_embd][3 · n_mel], [n_embd][3 · n_embd]; taps outermost */
  const SenWeight *encoder_positions;   /* f32 [n_position][n_embd] */
  SenBlock       *encoder;              /* [n_encoder_layer] */
  SenAffine       encoder_norm;
  const SenWeight *token_embd;          /* [n_vocab][n_embd], the output projection too */
  const SenWeight *decoder_positions;   /* f32 [n_ctx][n_embd] */
  SenBlock       *decoder;              /* [n_decoder_layer] */
  SenAffine       decoder_norm;
  SenAlignmentHead *alignment_heads;    /* [n_alignment_heads], by layer, then head */
  uint32_t        n_alignment_heads;
};

G_END_DECLS
