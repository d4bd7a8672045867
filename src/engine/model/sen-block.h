/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"
#include "sen-weight-table.h"

G_BEGIN_DECLS

/**
 * The transformer layer of Vaswani et al. (2017) with norms and biases, for the families of encoders to build their
 * forward passes of: pre-norm (ViT, Whisper) or post-norm (BERT), with or without causal order, with cross attention where a
 * decoder looks at an encoder, with heads turned by their position and a gated feed-forward (Qwen-VL's ViT). All functions
 * append to a plan that is being built; nothing here runs.
 *
 * LayerScale is folded into w and b of o and down when a model is imported.
 */

/** What a file may say of an encoder: more than any model has, and little enough that products of them stay in 64 bits and allocations in
 *  reason. */
#define SEN_ENCODER_MAX_EMBD 16384
#define SEN_ENCODER_MAX_FF 65536
#define SEN_ENCODER_MAX_LAYER 256
#define SEN_ENCODER_MAX_HEAD 256

/** W x + b, or the weight and bias of a norm; b may be NULL in projections. */
typedef struct {
  const SenWeight *w, *b;
} SenAffine;

/** Finds <@name>.weight [n_out][n_in], or a norm of @n_out numbers when @n_in is 0, and <@name>.bias, which only norms must have. */
bool sen_affine_bind (SenAffine *affine, SenWeightTable *table, const char *name, uint32_t n_out, uint32_t n_in, SenNeed need,
                      GError **error);

/** Weights of one layer. Matrices are [n_out][n_in]. */
typedef struct {
  SenAffine attn_norm;                                     /* [n_embd] before self-attention, or after it (post-norm) */
  SenAffine q, k, v;                                       /* [n_head · head_dim][n_embd] */
  SenAffine o;                                             /* [n_embd][n_head · head_dim] */
  SenAffine cross_norm, cross_q, cross_k, cross_v, cross_o;/* decoders only; cross_q.w NULL elsewhere */
  SenAffine ffn_norm;                                      /* [n_embd] */
  SenAffine up, gate;                                      /* [n_ff][n_embd]; gate.w NULL: act is that of up, not gated */
  SenAffine down;                                          /* [n_embd][n_ff] */
} SenBlock;

/** What all layers of a stack have in common. */
typedef struct {
  SenPlan  *plan;
  uint32_t  n_head, head_dim;
  float     eps;            /* of the norms */
  bool      rms_norm;       /* norms are RMS norms, without bias */
  const SenTensor *rope;    /* f32 [t][head_dim]: cosines and sines that turn halves of q's and k's heads in self-attention, or NULL */
  uint32_t  act;            /* SEN_ACT_* of the feed-forward */
  bool      post_norm;
  bool      causal;         /* of self-attention */
} SenStack;

/** Keys and values, [n_head][n_ctx][head_dim] each. An encoder's layers may all share one pair, as each overwrites it before
 *  it attends; a decoder keeps a pair for each layer. */
typedef struct {
  SenState *k, *v;
  uint32_t  n_ctx;
} SenKeyValues;

/** Which attention is to be brought out: softmax weights of the heads in @head_mask (bit h of word h / 32) for batch rows
 *  [tap_row, tap_row + n_tap_row) of the step, at most @n_row_max. @rows is filled: an output f32
 *  [n_tap_row · n_heads][n_ctx]. */
typedef struct {
  uint32_t  head_mask[4];
  uint32_t  n_row_max;
  SenTensor rows;
} SenAttentionTap;

/** What of an encoder's attention to bring out. Asking changes no result; not asking costs nothing. */
typedef struct {
  const uint32_t *layers;        /* [n_layers], ascending */
  uint32_t        n_layers;
  uint32_t        head_mask[4];  /* bit h: head h; all zero = every head */
} SenEncoderTaps;

/** SEN_ERROR_INVALID when @taps ask for what there is not. */
bool     sen_encoder_taps_check (const SenEncoderTaps *taps, uint32_t n_layer, uint32_t n_head, GError **error);
uint32_t sen_encoder_taps_n_head (const SenEncoderTaps *taps, uint32_t n_head);
/** Sets @tap's heads where @taps, which may be NULL, ask for @layer; false where they do not. */
bool     sen_encoder_taps_want (const SenEncoderTaps *taps, uint32_t layer, uint32_t n_head, SenAttentionTap *tap);

SenTensor sen_stack_norm (const SenStack *stack, SenTensor x, SenAffine norm);
SenTensor sen_stack_linear (const SenStack *stack, SenTensor x, SenAffine projection);

/** o (attention (q x, k x, v x)): stores keys and values at n_past and attends to all before, or to the batch. @tap may be NULL. */
SenTensor sen_block_self_attention (const SenStack *stack, const SenBlock *block, SenTensor x, const SenKeyValues *kv,
                                    SenAttentionTap *tap);
/** The same where each row attends to the cells it lists in @cells (see sen_plan_attention_cells()): beams, windows. */
SenTensor sen_block_self_attention_cells (const SenStack *stack, const SenBlock *block, SenTensor x, const SenKeyValues *kv,
                                          SenTensor cells);

/** The same over @n_key keys that sen_block_store_cross() left in @kv, in whatever pass. @tap may be NULL. */
SenTensor sen_block_cross_attention (const SenStack *stack, const SenBlock *block, SenTensor x, const SenKeyValues *kv,
                                     uint32_t n_key, SenAttentionTap *tap);
/** Keys and values of @encoded, which has one row per token of the batch, for cross attention by another pass. */
void      sen_block_store_cross (const SenStack *stack, const SenBlock *block, SenTensor encoded, const SenKeyValues *kv);

/** down (act (up x)), or down (act (gate x) · up x) */
SenTensor sen_block_feed_forward (const SenStack *stack, const SenBlock *block, SenTensor x);

/** The whole layer without cross attention: x += attention (norm x); x += feed_forward (norm x), or with the norms after
 *  the sums. @tap may be NULL. */
SenTensor sen_block_forward (const SenStack *stack, const SenBlock *block, SenTensor x, const SenKeyValues *kv, SenAttentionTap *tap);

G_END_DECLS
