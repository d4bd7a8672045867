/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-block.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-head-mask.h"

bool
sen_affine_bind (SenAffine *affine, SenWeightTable *table, const char *name, uint32_t n_out, uint32_t n_in, SenNeed need,
                 GError **error)
{
  g_autofree char *weight = g_strconcat (name, ".weight", NULL), *bias = g_strconcat (name, ".bias", NULL);
  return sen_weight_table_bind (table, &affine->w, weight, n_in > 0 ? n_out : 1, n_in > 0 ? n_in : n_out, need, error)
         && sen_weight_table_bind (table, &affine->b, bias, 1, n_out, n_in > 0 ? SEN_OPTIONAL : need, error);
}

bool
sen_encoder_taps_check (const SenEncoderTaps *taps, uint32_t n_layer, uint32_t n_head, GError **error)
{
  for (uint32_t i = 0; i < taps->n_layers; i++)
    if (taps->layers[i] >= n_layer || (i > 0 && taps->layers[i] <= taps->layers[i - 1]))
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "layer %u cannot be looked into: there are %u, to be named in order",
                     taps->layers[i], n_layer);
        return false;
      }
  return sen_head_mask_check (taps->head_mask, n_head, error);
}

uint32_t
sen_encoder_taps_n_head (const SenEncoderTaps *taps, uint32_t n_head)
{
  return sen_head_mask_count (taps->head_mask, n_head);
}

bool
sen_encoder_taps_want (const SenEncoderTaps *taps, uint32_t layer, uint32_t n_head, SenAttentionTap *tap)
{
  bool wanted = false;
  for (uint32_t i = 0; taps != NULL && i < taps->n_layers; i++)
    wanted |= taps->layers[i] == layer;
  if (wanted)
    sen_head_mask_complete (taps->head_mask, n_head, tap->head_mask);
  return wanted;
}

SenTensor
sen_stack_norm (const SenStack *stack, SenTensor x, SenAffine norm)
{
  if (stack->rms_norm)
    return sen_plan_rms_norm (stack->plan, x, sen_plan_weight (stack->plan, norm.w), stack->eps);
  return sen_plan_layer_norm (stack->plan, x, sen_plan_weight (stack->plan, norm.w), sen_plan_weight (stack->plan, norm.b),
                              stack->eps);
}

SenTensor
sen_stack_linear (const SenStack *stack, SenTensor x, SenAffine projection)
{
  return sen_plan_linear (stack->plan, x, sen_plan_weight (stack->plan, projection.w),
                          sen_plan_weight (stack->plan, projection.b));
}

static struct sen_attention_params
attention_params (const SenStack *stack, const SenKeyValues *kv)
{
  return (struct sen_attention_params) {
    .n_head = stack->n_head, .n_kv_head = stack->n_head, .head_dim = stack->head_dim, .n_ctx = kv->n_ctx,
    .causal = stack->causal, .scale = 1.0f / sqrtf ((float) stack->head_dim),
  };
}

static void
store (const SenStack *stack, SenTensor k, SenTensor v, SenTensor k_cache, SenTensor v_cache, uint32_t n_ctx)
{
  const struct sen_store_params params = { .n_head = stack->n_head, .head_dim = stack->head_dim, .n_ctx = n_ctx };
  sen_plan_store (stack->plan, k, k_cache, params);
  sen_plan_store (stack->plan, v, v_cache, params);
}

static void
bring_out_rows (const SenStack *stack, SenTensor q, SenTensor k_cache, struct sen_attention_params params, SenAttentionTap *tap)
{
  struct sen_attention_rows_params rows = { .attention = params, .n_head_tapped = sen_head_mask_count (tap->head_mask, 0) };
  memcpy (rows.head_mask, tap->head_mask, sizeof rows.head_mask);
  tap->rows = sen_plan_attention_rows (stack->plan, q, k_cache, rows, tap->n_row_max);
  sen_plan_output (stack->plan, tap->rows, "attention");
}

static SenTensor
turn (const SenStack *stack, SenTensor x)
{
  const struct sen_rope_params params = {
    .n_head = stack->n_head, .head_dim = stack->head_dim, .n_rot = stack->head_dim, .mode = SEN_ROPE_HALVES,
  };
  return stack->rope != NULL ? sen_plan_rope (stack->plan, x, *stack->rope, params) : x;
}

static SenTensor
self_attention (const SenStack *stack, const SenBlock *block, SenTensor x, const SenKeyValues *kv, SenTensor cells, SenAttentionTap *tap)
{
  SenTensor q = sen_stack_linear (stack, x, block->q);
  SenTensor k = sen_stack_linear (stack, x, block->k);
  SenTensor v = sen_stack_linear (stack, x, block->v);
  SenTensor k_cache = sen_plan_state (stack->plan, kv->k, "keys"), v_cache = sen_plan_state (stack->plan, kv->v, "values");
  q = turn (stack, q);
  k = turn (stack, k);
  store (stack, k, v, k_cache, v_cache, kv->n_ctx);
  struct sen_attention_params params = attention_params (stack, kv);
  SenTensor o = cells != SEN_NO_TENSOR ? sen_plan_attention_cells (stack->plan, q, k_cache, v_cache, cells, params)
                                       : sen_plan_attention (stack->plan, q, k_cache, v_cache, params);
  if (tap != NULL)
    bring_out_rows (stack, q, k_cache, params, tap);
  return sen_stack_linear (stack, o, block->o);
}

SenTensor
sen_block_self_attention (const SenStack *stack, const SenBlock *block, SenTensor x, const SenKeyValues *kv, SenAttentionTap *tap)
{
  return self_attention (stack, block, x, kv, SEN_NO_TENSOR, tap);
}

SenTensor
sen_block_self_attention_cells (const SenStack *stack, const SenBlock *block, SenTensor x, const SenKeyValues *kv, SenTensor cells)
{
  return self_attention (stack, block, x, kv, cells, NULL);
}

SenTensor
sen_block_cross_attention (const SenStack *stack, const SenBlock *block, SenTensor x, const SenKeyValues *kv, uint32_t n_key,
                           SenAttentionTap *tap)
{
  struct sen_attention_params params = attention_params (stack, kv);
  params.n_key = n_key;
  SenTensor q = sen_stack_linear (stack, x, block->cross_q);
  SenTensor k_cache = sen_plan_state (stack->plan, kv->k, "cross keys");
  SenTensor v_cache = sen_plan_state (stack->plan, kv->v, "cross values");
  SenTensor o = sen_plan_attention (stack->plan, q, k_cache, v_cache, params);
  if (tap != NULL)
    bring_out_rows (stack, q, k_cache, params, tap);
  return sen_stack_linear (stack, o, block->cross_o);
}

void
sen_block_store_cross (const SenStack *stack, const SenBlock *block, SenTensor encoded, const SenKeyValues *kv)
{
  SenTensor k = sen_stack_linear (stack, encoded, block->cross_k);
  SenTensor v = sen_stack_linear (stack, encoded, block->cross_v);
  store (stack, k, v, sen_plan_state (stack->plan, kv->k, "cross keys"), sen_plan_state (stack->plan, kv->v, "cross values"),
         kv->n_ctx);
}

SenTensor
sen_block_feed_forward (const SenStack *stack, const SenBlock *block, SenTensor x)
{
  SenTensor h;
  if (block->gate.w != NULL)
    {
      SenTensor gate = sen_stack_linear (stack, x, block->gate);
      h = sen_plan_glu (stack->plan, gate, sen_stack_linear (stack, x, block->up), stack->act);
    }
  else
    h = sen_plan_activate (stack->plan, sen_stack_linear (stack, x, block->up), stack->act);
  return sen_stack_linear (stack, h, block->down);
}

SenTensor
sen_block_forward (const SenStack *stack, const SenBlock *block, SenTensor x, const SenKeyValues *kv, SenAttentionTap *tap)
{
  SenPlan *plan = stack->plan;
  if (stack->post_norm)
    {
      x = sen_stack_norm (stack, sen_plan_add (plan, x, sen_block_self_attention (stack, block, x, kv, tap)), block->attn_norm);
      return sen_stack_norm (stack, sen_plan_add (plan, x, sen_block_feed_forward (stack, block, x)), block->ffn_norm);
    }
  x = sen_plan_add (plan, x, sen_block_self_attention (stack, block, sen_stack_norm (stack, x, block->attn_norm), kv, tap));
  return sen_plan_add (plan, x, sen_block_feed_forward (stack, block, sen_stack_norm (stack, x, block->ffn_norm)));
}
