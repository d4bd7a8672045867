/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Llama 1, 2 and 3 (Touvron et al. 2023), SmolLM2, Mistral 7B: pre-norm, RoPE on neighbouring pairs (GGUF files hold
 * query and key rows permuted for that), SwiGLU, optional biases. */
#include "sen-model-private.h"

static bool
load (SenModel *model, GError **error)
{
  SenHyperparams *hp = &model->hp;
  hp->rope_mode = SEN_ROPE_INTERLEAVED;

  for (uint32_t i = 0; i < hp->n_layer; i++)
    {
      SenLayer *l = &model->layers[i];
      uint32_t n_q = hp->n_head * hp->head_dim, n_kv = hp->n_kv_head * hp->head_dim;
      if (!sen_model_bind_decoder_layer (model, i, error)
          || !sen_model_bind_layer (model, &l->bq, i, "attn_q.bias", 1, n_q, SEN_OPTIONAL, error)
          || !sen_model_bind_layer (model, &l->bk, i, "attn_k.bias", 1, n_kv, SEN_OPTIONAL, error)
          || !sen_model_bind_layer (model, &l->bv, i, "attn_v.bias", 1, n_kv, SEN_OPTIONAL, error)
          || !sen_model_bind_layer (model, &l->bo, i, "attn_output.bias", 1, hp->n_embd, SEN_OPTIONAL, error)
          || !sen_model_bind_layer (model, &l->b_gate, i, "ffn_gate.bias", 1, hp->n_ff, SEN_OPTIONAL, error)
          || !sen_model_bind_layer (model, &l->b_up, i, "ffn_up.bias", 1, hp->n_ff, SEN_OPTIONAL, error)
          || !sen_model_bind_layer (model, &l->b_down, i, "ffn_down.bias", 1, hp->n_embd, SEN_OPTIONAL, error))
        return false;
    }
  return true;
}

const SenFamily sen_family_llama = { .architecture = "llama", .load = load, .forward = sen_forward_pre_norm_decoder };
