/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Qwen2 and Qwen2.5 (Yang et al. 2024): llama's shape with RoPE on halves and biases on q, k and v. Qwen2-VL (Wang et al. 2024) and
 * Qwen2.5-VL are the same with the positions of pictures in rows and columns. */
#include "sen-model-private.h"

static bool
load (SenModel *model, GError **error)
{
  SenHyperparams *hp = &model->hp;
  uint32_t n_q = hp->n_head * hp->head_dim, n_kv = hp->n_kv_head * hp->head_dim;

  for (uint32_t i = 0; i < hp->n_layer; i++)
    {
      SenLayer *l = &model->layers[i];
      if (!sen_model_bind_decoder_layer (model, i, error)
          || !sen_model_bind_layer (model, &l->bq, i, "attn_q.bias", 1, n_q, SEN_OPTIONAL, error)
          || !sen_model_bind_layer (model, &l->bk, i, "attn_k.bias", 1, n_kv, SEN_OPTIONAL, error)
          || !sen_model_bind_layer (model, &l->bv, i, "attn_v.bias", 1, n_kv, SEN_OPTIONAL, error))
        return false;
    }
  return true;
}

const SenFamily sen_family_qwen2 = { .architecture = "qwen2", .load = load, .forward = sen_forward_pre_norm_decoder };

const SenFamily sen_family_qwen2vl = {
  .architecture = "qwen2vl", .has_sections = true, .load = load, .forward = sen_forward_pre_norm_decoder,
};
