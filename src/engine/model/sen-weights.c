/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-model-private.h"

bool
sen_model_bind (SenModel *model, const SenWeight **weight, const char *name, uint32_t n_row, uint32_t n_col,
                SenNeed need, GError **error)
{
  return sen_weight_table_bind (model->weights, weight, name, n_row, n_col, need, error);
}

bool
sen_model_bind_layer (SenModel *model, const SenWeight **weight, uint32_t layer, const char *name, uint32_t n_row,
                      uint32_t n_col, SenNeed need, GError **error)
{
  return sen_weight_table_bind_layer (model->weights, weight, "blk", layer, name, n_row, n_col, need, error);
}

bool
sen_model_bind_decoder_layer (SenModel *model, uint32_t layer, GError **error)
{
  const SenHyperparams *hp = &model->hp;
  SenLayer *l = &model->layers[layer];
  uint32_t n_q = hp->n_head * hp->head_dim, n_kv = hp->n_kv_head * hp->head_dim;

  return sen_model_bind_layer (model, &l->attn_norm, layer, "attn_norm.weight", 1, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->wq, layer, "attn_q.weight", n_q, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->wk, layer, "attn_k.weight", n_kv, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->wv, layer, "attn_v.weight", n_kv, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->wo, layer, "attn_output.weight", hp->n_embd, n_q, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->ffn_norm, layer, "ffn_norm.weight", 1, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->gate, layer, "ffn_gate.weight", hp->n_ff, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->up, layer, "ffn_up.weight", hp->n_ff, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->down, layer, "ffn_down.weight", hp->n_embd, hp->n_ff, SEN_REQUIRED, error);
}
