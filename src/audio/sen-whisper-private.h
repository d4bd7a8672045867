/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-weight-table.h"
#include "sen-whisper-encoder.h"
#include "sen-whisper.h"

G_BEGIN_DECLS

/* What files may say at most. */
#define SEN_WHISPER_MAX_LAYERS 256
#define SEN_WHISPER_MAX_HEADS 128      /* bits of a tap's mask */
#define SEN_WHISPER_MAX_EMBD 65536
#define SEN_WHISPER_MAX_MEL 256

#define SEN_WHISPER_N_TAPS 3           /* of the convolutions */

typedef struct {
  uint32_t layer, head;
} SenAlignmentHead;

struct SenWhisper {
  gatomicrefcount ref_count;
  SenWhisperInfo  info;
  char           *name, *path;
  SenWeightTable *weights;
  SenTokenizer   *tokenizer;
  SenWhisperEncoder encoder;
  const SenWeight *token_embd;          /* [n_vocab][n_embd], the output projection too */
  const SenWeight *decoder_positions;   /* f32 [n_ctx][n_embd] */
  SenBlock       *decoder;              /* [n_decoder_layer] */
  SenAffine       decoder_norm;
  SenAlignmentHead *alignment_heads;    /* [n_alignment_heads], by layer, then head */
  uint32_t        n_alignment_heads;
};

G_END_DECLS
