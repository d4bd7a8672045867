/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The parts decoders are made of, for the families to put together. */
#include <string.h>

#include "sen-head-mask.h"
#include "sen-model-private.h"

SenTensor
sen_forward_embed (SenForward *f)
{
  f->embedded = sen_plan_embed (f->plan, sen_plan_weight (f->plan, f->model->token_embd), f->ids, f->embeddings,
                                f->model->hp.embedding_scale);
  return f->embedded;
}

SenTensor
sen_forward_norm (SenForward *f, SenTensor x, const SenWeight *weight)
{
  return sen_plan_rms_norm (f->plan, x, sen_plan_weight (f->plan, weight), f->model->hp.rms_eps);
}

static SenTensor
linear (SenForward *f, SenTensor x, const SenWeight *weight, const SenWeight *bias)
{
  return sen_plan_linear (f->plan, x, sen_plan_weight (f->plan, weight), sen_plan_weight (f->plan, bias));
}

static SenTensor
tap_attention (SenForward *f, SenTensor q, SenTensor k_cache, struct sen_attention_params attention)
{
  struct sen_attention_rows_params params = { .attention = attention, .n_head_tapped = sen_head_mask_count (f->head_mask, 0) };
  memcpy (params.head_mask, f->head_mask, sizeof params.head_mask);
  SenTensor rows = sen_plan_attention_rows (f->plan, q, k_cache, params, f->n_tap_row_max);
  sen_plan_output (f->plan, rows, "attention");
  return rows;
}

static bool
is_local (const SenForward *f, uint32_t layer)
{
  const SenHyperparams *hp = &f->model->hp;
  return hp->layer_is_local != NULL && hp->layer_is_local[layer];
}

/* Head norms, where the layer has them, and the rotation. */
static SenTensor
finish_heads (SenForward *f, uint32_t layer, SenTensor x, const SenWeight *norm, uint32_t n_head)
{
  const SenHyperparams *hp = &f->model->hp;
  SenTensor table = is_local (f, layer) && f->rope_local != SEN_NO_TENSOR ? f->rope_local : f->rope;
  const struct sen_rope_params rope = {
    .n_head = n_head, .head_dim = hp->head_dim, .n_rot = sen_plan_tensor (f->plan, table)->n_col, .mode = hp->rope_mode,
  };
  if (norm != NULL)
    x = sen_forward_norm (f, x, norm);
  return sen_plan_rope (f->plan, x, table, rope);
}

static struct sen_attention_params
attention_params (const SenForward *f, uint32_t layer)
{
  const SenHyperparams *hp = &f->model->hp;
  return (struct sen_attention_params) {
    .n_head = hp->n_head,
    .n_kv_head = hp->n_kv_head,
    .head_dim = hp->head_dim,
    .n_ctx = f->n_ctx,
    .window = is_local (f, layer) ? hp->window : 0,
    .causal = !f->together,
    .scale = hp->attention_scale,
  };
}

SenTensor
sen_forward_attention (SenForward *f, uint32_t layer, SenTensor x)
{
  const SenHyperparams *hp = &f->model->hp;
  const SenLayer *l = &f->model->layers[layer];

  /* The three stand side by side, so that they can be fused. Of a batch that is revisited keys and values are there. */
  SenTensor q = linear (f, x, l->wq, l->bq);
  SenTensor k = f->revisit ? SEN_NO_TENSOR : linear (f, x, l->wk, l->bk);
  SenTensor v = f->revisit ? SEN_NO_TENSOR : linear (f, x, l->wv, l->bv);
  q = finish_heads (f, layer, q, l->q_norm, hp->n_head);
  SenTensor k_cache = sen_plan_state (f->plan, f->k_cache[layer], "k cache");
  SenTensor v_cache = sen_plan_state (f->plan, f->v_cache[layer], "v cache");
  if (!f->revisit)
    {
      struct sen_store_params store = { .n_head = hp->n_kv_head, .head_dim = hp->head_dim, .n_ctx = f->n_ctx };
      sen_plan_store (f->plan, finish_heads (f, layer, k, l->k_norm, hp->n_kv_head), k_cache, store);
      sen_plan_store (f->plan, v, v_cache, store);
    }

  struct sen_attention_params attention = attention_params (f, layer);
  SenTensor o = sen_plan_attention (f->plan, q, k_cache, v_cache, attention);
  if (f->tap_layer != NULL && f->tap_layer[layer])
    f->attention[layer] = tap_attention (f, q, k_cache, attention);
  f->heads[layer] = o;
  return linear (f, o, l->wo, l->bo);
}

SenTensor
sen_forward_layer_rows (SenForward *f, uint32_t layer, SenTensor x)
{
  const SenLayer *l = &f->model->layers[layer];
  sen_plan_set_layer (f->plan, layer);
  SenTensor q = linear (f, sen_forward_norm (f, x, l->attn_norm), l->wq, l->bq);
  q = finish_heads (f, layer, q, l->q_norm, f->model->hp.n_head);
  return tap_attention (f, q, sen_plan_state (f->plan, f->k_cache[layer], "k cache"), attention_params (f, layer));
}

SenTensor
sen_forward_feed_forward (SenForward *f, uint32_t layer, SenTensor x)
{
  const SenLayer *l = &f->model->layers[layer];
  SenTensor gate = linear (f, x, l->gate, l->b_gate);
  SenTensor up = linear (f, x, l->up, l->b_up);
  /* llama.cpp has GELU in a table of halves, which shifts log-probabilities by up to 0.02. What is to be compared with it
   * must do the same. */
  uint32_t act = f->model->hp.act;
  if (f->exact && act == SEN_ACT_GELU_TANH)
    act = SEN_ACT_GELU_TANH_HALF;
  return linear (f, sen_plan_glu (f->plan, gate, up, act), l->down, l->b_down);
}

SenTensor
sen_forward_logits (SenForward *f, SenTensor x)
{
  const SenModel *model = f->model;
  sen_plan_set_layer (f->plan, model->hp.n_layer);
  x = sen_plan_gather (f->plan, x, f->out_rows);
  x = sen_forward_norm (f, x, model->output_norm);
  return linear (f, x, model->output, model->output_bias);
}

SenTensor
sen_forward_pre_norm_decoder (SenForward *f)
{
  const SenModel *model = f->model;
  SenTensor x = sen_forward_embed (f);

  for (uint32_t i = 0; i < model->hp.n_layer; i++)
    {
      sen_plan_set_layer (f->plan, i);
      SenTensor h = sen_forward_norm (f, x, model->layers[i].attn_norm);
      x = sen_plan_add (f->plan, x, sen_forward_attention (f, i, h));
      h = sen_forward_norm (f, x, model->layers[i].ffn_norm);
      f->feed_forward[i] = sen_forward_feed_forward (f, i, h);
      x = sen_plan_add (f->plan, x, f->feed_forward[i]);
      f->hidden[i] = x;
    }
  return sen_forward_logits (f, x);
}
