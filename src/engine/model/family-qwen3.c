/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Qwen3 (Yang et al. 2025): no biases; each head of q and k is normed before RoPE; heads need not divide the width. */
#include "sen-model-private.h"

static bool
load (SenModel *model, GError **error)
{
  const SenHyperparams *hp = &model->hp;

  for (uint32_t i = 0; i < hp->n_layer; i++)
    {
      SenLayer *l = &model->layers[i];
      if (!sen_model_bind_decoder_layer (model, i, error)
          || !sen_model_bind_layer (model, &l->q_norm, i, "attn_q_norm.weight", 1, hp->head_dim, SEN_REQUIRED, error)
          || !sen_model_bind_layer (model, &l->k_norm, i, "attn_k_norm.weight", 1, hp->head_dim, SEN_REQUIRED, error))
        return false;
    }
  return true;
}

const SenFamily sen_family_qwen3 = { .architecture = "qwen3", .load = load, .forward = sen_forward_pre_norm_decoder };
