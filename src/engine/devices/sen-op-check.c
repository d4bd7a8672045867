/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-op-check.h"

#include <math.h>
#include <string.h>

enum {
  WITH_BIAS = 1, WITH_NORM = 2, WITH_RESIDUAL = 4, WITH_GLU = 8, WITH_SIBLINGS = 16, WITH_LAYER_NORM = 32, WITH_ACTIVATION = 64,
  QUERIES_OUT = 128,
};

/* No op of plans, but what searches among vectors run (sen_scan_new()): n_tokens rows of n_in bytes. */
#define SCAN ((SenOpKind) SEN_N_OPS)

/* One case. Fields mean what their op makes of them; see the builders below. */
typedef struct {
  SenOpKind kind;
  SenType   type;         /* of weights, or of the KV cache */
  uint32_t  n_tokens;
  uint32_t  n_batch;      /* capacity, above n_tokens to show that dead rows are left alone */
  uint32_t  n_in, n_out;
  uint32_t  flags;
  uint32_t  n_head, n_kv_head, head_dim, n_past, window, causal, mode;
  uint32_t  n_key;        /* of attention over a filled cache */
  uint32_t  n_fixed, n_tap, stride, pad;   /* of unfold: rows of x, 0 for the batch's own */
} Case;

/* --- The table -------------------------------------------------------------------------------------------------------------- */

static const uint32_t linear_tokens[] = { 1, 2, 5, 17, 35 };
static const uint32_t linear_flags[] = {
  0, WITH_BIAS | WITH_NORM | WITH_SIBLINGS, WITH_GLU | WITH_NORM, WITH_RESIDUAL, WITH_BIAS | WITH_LAYER_NORM | WITH_ACTIVATION,
};

static const Case simple_cases[] = {
  { SEN_OP_EMBED, SEN_TYPE_F32, .n_tokens = 5, .n_batch = 7, .n_in = 83, .n_out = 1 },
  { SEN_OP_EMBED, SEN_TYPE_F16, .n_tokens = 5, .n_batch = 5, .n_in = 32, .n_out = 1 },
  { SEN_OP_LINEAR, SEN_TYPE_F32, 9, 11, .n_in = 83, .n_out = 1, .flags = WITH_BIAS },
  { SEN_OP_LINEAR, SEN_TYPE_F32, 1, 1, .n_in = 64, .n_out = 1 },
  { SEN_OP_LINEAR, SEN_TYPE_F16, 9, 11, .n_in = 76, .n_out = 71 },
  { SEN_OP_LINEAR, SEN_TYPE_F32, 1, 1, .n_in = 140, .n_out = 71, .flags = WITH_BIAS },
  { SEN_OP_LINEAR, SEN_TYPE_F32, 19, 19, .n_in = 384, .n_out = 1, .flags = WITH_BIAS | WITH_LAYER_NORM },
  { SEN_OP_RMS_NORM, .n_tokens = 3, .n_batch = 5, .n_in = 67, .n_head = 1 },
  { SEN_OP_RMS_NORM, .n_tokens = 1, .n_batch = 1, .n_in = 576, .n_head = 1 },
  { SEN_OP_RMS_NORM, .n_tokens = 7, .n_batch = 7, .n_in = 33, .n_head = 5 },
  { SEN_OP_LAYER_NORM, .n_tokens = 3, .n_batch = 5, .n_in = 67 },
  { SEN_OP_LAYER_NORM, .n_tokens = 1, .n_batch = 1, .n_in = 384 },
  { SEN_OP_LAYER_NORM, .n_tokens = 19, .n_batch = 21, .n_in = 5 },
  { SEN_OP_ADD, .n_tokens = 3, .n_batch = 4, .n_in = 131 },
  { SEN_OP_ADD, .n_tokens = 3, .n_batch = 4, .n_in = 29, .n_fixed = 6 },
  { SEN_OP_GLU, .n_tokens = 3, .n_batch = 4, .n_in = 131, .mode = SEN_ACT_SILU },
  { SEN_OP_GLU, .n_tokens = 1, .n_batch = 1, .n_in = 77, .mode = SEN_ACT_GELU_TANH },
  { SEN_OP_GLU, .n_tokens = 2, .n_batch = 2, .n_in = 45, .mode = SEN_ACT_GELU_TANH_HALF },
  { SEN_OP_GLU, .n_tokens = 2, .n_batch = 3, .n_in = 83, .mode = SEN_ACT_GELU_ERF },
  { SEN_OP_ACTIVATE, .n_tokens = 3, .n_batch = 4, .n_in = 131, .mode = SEN_ACT_SILU },
  { SEN_OP_ACTIVATE, .n_tokens = 1, .n_batch = 1, .n_in = 77, .mode = SEN_ACT_GELU_TANH },
  { SEN_OP_ACTIVATE, .n_tokens = 5, .n_batch = 5, .n_in = 61, .mode = SEN_ACT_GELU_ERF },
  { SEN_OP_ACTIVATE, .n_tokens = 2, .n_batch = 3, .n_in = 45, .mode = SEN_ACT_GELU_QUICK },
  { SEN_OP_UNFOLD, .n_tokens = 7, .n_batch = 9, .n_in = 13, .n_tap = 3, .stride = 1, .pad = 1 },
  { SEN_OP_UNFOLD, .n_tokens = 6, .n_batch = 6, .n_in = 35, .n_fixed = 12, .n_tap = 3, .stride = 2, .pad = 1 },
  { SEN_OP_UNFOLD, .n_tokens = 4, .n_batch = 5, .n_in = 8, .n_fixed = 9, .n_tap = 5, .stride = 3, .pad = 2 },
  { SEN_OP_GATHER, .n_tokens = 9, .n_batch = 11, .n_in = 61 },
  { SEN_OP_ROPE, .n_tokens = 3, .n_batch = 4, .n_head = 3, .head_dim = 16, .n_in = 16, .mode = SEN_ROPE_INTERLEAVED },
  { SEN_OP_ROPE, .n_tokens = 5, .n_batch = 5, .n_head = 2, .head_dim = 64, .n_in = 64, .mode = SEN_ROPE_HALVES },
  { SEN_OP_ROPE, .n_tokens = 1, .n_batch = 1, .n_head = 4, .head_dim = 20, .n_in = 12, .mode = SEN_ROPE_HALVES },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 1, 1, .n_head = 9, .n_kv_head = 3, .head_dim = 64, .n_past = 70, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F32, 1, 1, .n_head = 4, .n_kv_head = 1, .head_dim = 256, .n_past = 37, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 37, 40, .n_head = 4, .n_kv_head = 2, .head_dim = 64, .n_past = 0, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F32, 37, 40, .n_head = 6, .n_kv_head = 2, .head_dim = 32, .n_past = 19, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 29, 29, .n_head = 2, .n_kv_head = 2, .head_dim = 128, .n_past = 11, .window = 8, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 1, 1, .n_head = 4, .n_kv_head = 1, .head_dim = 256, .n_past = 90, .window = 33, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F32, 21, 21, .n_head = 3, .n_kv_head = 3, .head_dim = 24, .n_past = 5, .causal = 0 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 5, 8, .n_head = 4, .n_kv_head = 2, .head_dim = 80, .n_past = 141, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 3, 3, .n_head = 2, .n_kv_head = 1, .head_dim = 36, .n_past = 9, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 2, 2, .n_head = 2, .n_kv_head = 1, .head_dim = 288, .n_past = 40, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 1, 1, .n_head = 6, .n_kv_head = 2, .head_dim = 64, .n_past = 1200, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F32, 1, 1, .n_head = 70, .n_kv_head = 1, .head_dim = 20, .n_past = 1500, .window = 1100, .causal = 1 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 70, 73, .n_head = 3, .n_kv_head = 3, .head_dim = 64, .causal = 0 },
  { SEN_OP_ATTENTION, SEN_TYPE_F32, 133, 133, .n_head = 2, .n_kv_head = 2, .head_dim = 72, .causal = 0 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 67, 70, .n_head = 2, .n_kv_head = 2, .head_dim = 112, .causal = 0 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 5, 7, .n_head = 4, .n_kv_head = 4, .head_dim = 64, .n_past = 200, .causal = 1, .n_key = 131 },
  { SEN_OP_ATTENTION, SEN_TYPE_F32, 1, 1, .n_head = 2, .n_kv_head = 2, .head_dim = 48, .n_past = 1300, .n_key = 1211 },
  { SEN_OP_ATTENTION, SEN_TYPE_F16, 41, 41, .flags = QUERIES_OUT, .n_head = 3, .n_kv_head = 3, .head_dim = 64, .causal = 0 },
  { SEN_OP_ATTENTION_ROWS, SEN_TYPE_F16, 3, 3, .n_head = 5, .n_kv_head = 5, .head_dim = 64, .n_past = 90, .causal = 1, .n_key = 77 },
  { SEN_OP_ATTENTION_CELLS, SEN_TYPE_F16, 5, 6, .n_head = 4, .n_kv_head = 4, .head_dim = 64, .n_past = 70 },
  { SEN_OP_ATTENTION_CELLS, SEN_TYPE_F32, 2, 3, .n_head = 6, .n_kv_head = 2, .head_dim = 36, .n_past = 601 },
  { SEN_OP_ATTENTION_ROWS, SEN_TYPE_F16, 1, 1, .n_head = 6, .n_kv_head = 2, .head_dim = 64, .n_past = 50, .causal = 1 },
  { SEN_OP_ATTENTION_ROWS, SEN_TYPE_F32, 7, 8, .n_head = 5, .n_kv_head = 1, .head_dim = 32, .n_past = 13, .window = 9, .causal = 1 },
  { SCAN, .n_tokens = 8, .n_in = 16 },
  { SCAN, .n_tokens = 1096, .n_in = 384 },
};

static bool
is_weight_type (SenType type)
{
  return type != SEN_TYPE_I32;
}

static Case
case_at (uint32_t index)
{
  if (index < G_N_ELEMENTS (simple_cases))
    return simple_cases[index];
  index -= G_N_ELEMENTS (simple_cases);

  const uint32_t n_linear = G_N_ELEMENTS (linear_tokens) * G_N_ELEMENTS (linear_flags);
  const uint32_t per_type = n_linear + 1;
  SenType type = index / per_type;
  /* I32 is the one type that is no weight; the table skips it. */
  if (type >= SEN_TYPE_I32)
    type++;
  index %= per_type;

  bool is_super = sen_type_info (type)->block_elems == 256;
  uint32_t n_in = is_super ? 512 : sen_type_info (type)->is_quantized ? 96 : 83;
  if (index == n_linear)
    return (Case) { SEN_OP_EMBED, type, .n_tokens = 5, .n_batch = 7, .n_in = n_in, .n_out = 29 };
  uint32_t n_tokens = linear_tokens[index % G_N_ELEMENTS (linear_tokens)];
  return (Case) {
    SEN_OP_LINEAR, type, n_tokens, n_tokens > 1 ? n_tokens + 2 : 1, .n_in = n_in, .n_out = 71,
    .flags = linear_flags[index / G_N_ELEMENTS (linear_tokens)],
  };
}

uint32_t
sen_op_check_count (void)
{
  uint32_t n_types = 0;
  for (SenType t = 0; t < SEN_N_TYPES; t++)
    n_types += is_weight_type (t);
  return G_N_ELEMENTS (simple_cases) + n_types * (G_N_ELEMENTS (linear_tokens) * G_N_ELEMENTS (linear_flags) + 1);
}

char *
sen_op_check_name (uint32_t index)
{
  Case c = case_at (index);
  if (c.kind == SCAN)
    return g_strdup_printf ("scan, %u rows, width %u", c.n_tokens, c.n_in);
  GString *name = g_string_new (sen_op_name (c.kind));
  if (c.kind == SEN_OP_LINEAR || c.kind == SEN_OP_EMBED || c.kind == SEN_OP_ATTENTION || c.kind == SEN_OP_ATTENTION_ROWS
      || c.kind == SEN_OP_ATTENTION_CELLS)
    g_string_append_printf (name, " %s", sen_type_info (c.type)->name);
  g_string_append_printf (name, ", %u tokens", c.n_tokens);
  if (c.n_in > 0)
    g_string_append_printf (name, ", width %u", c.n_in);
  if (c.head_dim > 0)
    g_string_append_printf (name, ", %u/%u heads of %u", c.n_head, c.n_kv_head, c.head_dim);
  if (c.window > 0)
    g_string_append_printf (name, ", window %u", c.window);
  if (c.n_key > 0)
    g_string_append_printf (name, ", %u keys", c.n_key);
  static const char *const flag_names[] = { "bias", "norm", "residual", "glu", "siblings" };
  for (uint32_t i = 0; i < G_N_ELEMENTS (flag_names); i++)
    if (c.flags >> i & 1)
      g_string_append_printf (name, ", %s", flag_names[i]);
  return g_string_free (name, FALSE);
}

/* --- Random data ------------------------------------------------------------------------------------------------------------- */

typedef struct {
  uint64_t state;
} Random;

/* Roughly normal: sum of uniforms; the same on every machine. */
static float
draw (Random *random)
{
  float sum = 0.0f;
  for (int i = 0; i < 4; i++)
    {
      random->state = random->state * 6364136223846793005ull + 1442695040888963407ull;
      sum += (float) (random->state >> 40) * 0x1p-24f - 0.5f;
    }
  return sum * 1.7f;
}

static float *
draw_values (Random *random, size_t n)
{
  float *values = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    values[i] = draw (random);
  return values;
}

/* What a case owns: weights and their data, freed together. */
typedef struct {
  GPtrArray *memory;
  SenWeight  weights[10];
  uint32_t   n_weights;
} Store;

static const SenWeight *
make_weight (Store *store, Random *random, SenType type, uint32_t n_row, uint32_t n_col)
{
  g_autofree float *values = draw_values (random, (size_t) n_row * n_col);
  size_t row_bytes = sen_type_row_bytes (type, n_col);
  uint8_t *data = g_malloc (n_row * row_bytes);
  for (uint32_t i = 0; i < n_row; i++)
    sen_quantize (type, values + (size_t) i * n_col, data + i * row_bytes, n_col);
  g_ptr_array_add (store->memory, data);
  SenWeight *weight = &store->weights[store->n_weights++];
  *weight = (SenWeight) { .name = "check", .type = type, .n_row = n_row, .n_col = n_col, .data = data };
  return weight;
}

/* --- Building one case --------------------------------------------------------------------------------------------------- */

typedef struct {
  SenPlan  *plan;
  Store     store;
  SenTensor inputs[4];
  float    *values[4];      /* of each input, or int32_t * for i32 ones */
  size_t    n_bytes[4];
  uint32_t  n_inputs;
  SenTensor outputs[3];
  uint32_t  n_outputs;
  SenState *k, *v;
  uint32_t  n_ctx;
  struct sen_step step;
} Build;

/* Random values for @n_row rows of an input. */
static SenTensor
fill_input (Build *b, Random *random, SenTensor x, uint32_t n_row)
{
  size_t n = (size_t) n_row * sen_plan_tensor (b->plan, x)->n_col;
  b->inputs[b->n_inputs] = x;
  b->values[b->n_inputs] = draw_values (random, n);
  b->n_bytes[b->n_inputs++] = n * sizeof (float);
  g_ptr_array_add (b->store.memory, b->values[b->n_inputs - 1]);
  return x;
}

static SenTensor
add_input (Build *b, Random *random, const Case *c, const char *name, uint32_t n_col)
{
  return fill_input (b, random, sen_plan_input (b->plan, name, SEN_TYPE_F32, SEN_ROWS_TOKENS, n_col), c->n_tokens);
}

static SenTensor
add_ids (Build *b, const char *name, SenRows rows, const int32_t *ids, uint32_t n_row, uint32_t n_col)
{
  SenTensor x = sen_plan_input (b->plan, name, SEN_TYPE_I32, rows, n_col);
  size_t n = (size_t) n_row * n_col;
  int32_t *copy = g_memdup2 (ids, n * sizeof *ids);
  g_ptr_array_add (b->store.memory, copy);
  b->inputs[b->n_inputs] = x;
  b->values[b->n_inputs] = (float *) copy;
  b->n_bytes[b->n_inputs++] = n * sizeof (int32_t);
  return x;
}

static void
add_output (Build *b, SenTensor tensor)
{
  sen_plan_output (b->plan, tensor, "out");
  b->outputs[b->n_outputs++] = tensor;
}

static SenTensor
weight_tensor (Build *b, Random *random, SenType type, uint32_t n_row, uint32_t n_col)
{
  return sen_plan_weight (b->plan, make_weight (&b->store, random, type, n_row, n_col));
}

static void
build_linear (Build *b, Random *random, const Case *c)
{
  SenTensor x = add_input (b, random, c, "x", c->n_in);
  /* What GELU leaves of numbers far below zero: a group that is too small for a scale. */
  for (uint32_t i = 0; i < MIN (32, c->n_in); i++)
    b->values[b->n_inputs - 1][i] *= 1e-39f;
  SenTensor residual = c->flags & WITH_RESIDUAL ? add_input (b, random, c, "residual", c->n_out) : SEN_NO_TENSOR;
  uint32_t n_weight = c->flags & WITH_SIBLINGS ? 3 : c->flags & WITH_GLU ? 2 : 1;
  SenTensor y[3];

  if (c->flags & WITH_NORM)
    x = sen_plan_rms_norm (b->plan, x, weight_tensor (b, random, SEN_TYPE_F32, 1, c->n_in), 1e-5f);
  if (c->flags & WITH_LAYER_NORM)
    {
      SenTensor w = weight_tensor (b, random, SEN_TYPE_F32, 1, c->n_in);
      x = sen_plan_layer_norm (b->plan, x, w, weight_tensor (b, random, SEN_TYPE_F32, 1, c->n_in), 1e-5f);
    }
  for (uint32_t i = 0; i < n_weight; i++)
    {
      /* Siblings differ in height, and the last in type, as q, k and v do in real files. */
      uint32_t n_out = c->flags & WITH_SIBLINGS ? c->n_out - 23 * i : c->n_out;
      SenType type = i == 2 && sen_type_info (c->type)->block_elems == 256 ? SEN_TYPE_Q6_K : c->type;
      SenTensor w = weight_tensor (b, random, type, n_out, c->n_in);
      SenTensor bias = c->flags & WITH_BIAS && i != 1 ? weight_tensor (b, random, SEN_TYPE_F32, 1, n_out) : SEN_NO_TENSOR;
      y[i] = sen_plan_linear (b->plan, x, w, bias);
    }

  if (c->flags & WITH_GLU)
    add_output (b, sen_plan_glu (b->plan, y[0], y[1], SEN_ACT_SILU));
  else if (c->flags & WITH_ACTIVATION)
    add_output (b, sen_plan_activate (b->plan, y[0], SEN_ACT_GELU_ERF));
  else if (c->flags & WITH_RESIDUAL)
    add_output (b, sen_plan_add (b->plan, residual, y[0]));
  else
    for (uint32_t i = 0; i < n_weight; i++)
      add_output (b, y[i]);
}

static bool
build_attention (Build *b, Random *random, const Case *c, SenDevice *device, GError **error)
{
  uint32_t n_kv_col = c->n_kv_head * c->head_dim;
  b->n_ctx = c->n_past + c->n_tokens + 3;
  b->k = sen_state_new (device, c->type, c->n_kv_head, b->n_ctx, c->head_dim, error);
  b->v = b->k != NULL ? sen_state_new (device, c->type, c->n_kv_head, b->n_ctx, c->head_dim, error) : NULL;
  if (b->v == NULL)
    return false;

  /* The past: random keys and values, written as the cache lies in memory. */
  size_t n = (size_t) c->n_kv_head * b->n_ctx * c->head_dim;
  g_autofree float *past = draw_values (random, 2 * n);
  g_autofree uint8_t *bytes = g_malloc0 (n * sizeof (float));
  sen_quantize (c->type, past, bytes, n);
  if (!sen_state_write (b->k, bytes, error))
    return false;
  sen_quantize (c->type, past + n, bytes, n);
  if (!sen_state_write (b->v, bytes, error))
    return false;

  SenRows q_rows = c->flags & QUERIES_OUT ? SEN_ROWS_OUT : SEN_ROWS_TOKENS;
  SenTensor q = sen_plan_input (b->plan, "q", SEN_TYPE_F32, q_rows, c->n_head * c->head_dim);
  fill_input (b, random, q, q_rows == SEN_ROWS_OUT ? b->step.n_out : c->n_tokens);
  SenTensor k_new = add_input (b, random, c, "k", n_kv_col);
  SenTensor v_new = add_input (b, random, c, "v", n_kv_col);
  SenTensor k = sen_plan_state (b->plan, b->k, "k"), v = sen_plan_state (b->plan, b->v, "v");
  const struct sen_store_params store = { .n_head = c->n_kv_head, .head_dim = c->head_dim, .n_ctx = b->n_ctx };
  const struct sen_attention_params params = {
    .n_head = c->n_head, .n_kv_head = c->n_kv_head, .head_dim = c->head_dim, .n_ctx = b->n_ctx, .window = c->window,
    .causal = c->causal, .n_key = c->n_key, .scale = 1.0f / sqrtf ((float) c->head_dim),
  };
  sen_plan_store (b->plan, k_new, k, store);
  sen_plan_store (b->plan, v_new, v, store);
  if (c->kind == SEN_OP_ATTENTION)
    {
      add_output (b, sen_plan_attention (b->plan, q, k, v, params));
      return true;
    }
  if (c->kind == SEN_OP_ATTENTION_CELLS)
    {
      /* Each row: every second cell of the past, backwards, and its own; in odd ones something stands behind the end. */
      uint32_t n_cell = c->n_past / 2 + 2;
      g_autofree int32_t *cells = g_new (int32_t, (gsize) c->n_tokens * n_cell);
      for (uint32_t t = 0; t < c->n_tokens; t++)
        for (uint32_t j = 0, own = c->n_past / 2 - t % 2; j < n_cell; j++)
          cells[t * n_cell + j] = j < own ? (int32_t) (c->n_past - 1 - 2 * j - t % 2)
                                  : j == own ? (int32_t) (c->n_past + t) : j == own + 1 ? -1 : 0;
      SenTensor list = add_ids (b, "cells", SEN_ROWS_TOKENS, cells, c->n_tokens, n_cell);
      add_output (b, sen_plan_attention_cells (b->plan, q, k, v, list, params));
      return true;
    }
  const struct sen_attention_rows_params rows = { .attention = params, .n_head_tapped = 2, .head_mask = { 1u << 1 | 1u << 4 } };
  add_output (b, sen_plan_attention_rows (b->plan, q, k, rows, 2));
  b->step.tap_row = c->n_tokens - 1;
  b->step.n_tap_row = 1;
  if (c->n_tokens > 1)
    {
      b->step.tap_row = c->n_tokens - 2;
      b->step.n_tap_row = 2;
    }
  return true;
}

static void
build_embed (Build *b, Random *random, const Case *c)
{
  const int32_t ids[5] = { 0, (int32_t) c->n_out - 1, -2, (int32_t) c->n_out / 2, -1 };
  SenTensor id_tensor = add_ids (b, "ids", SEN_ROWS_TOKENS, ids, c->n_tokens, 1);
  SenTensor embeddings = add_input (b, random, c, "embeddings", c->n_in);
  add_output (b, sen_plan_embed (b->plan, weight_tensor (b, random, c->type, c->n_out, c->n_in), id_tensor, embeddings, 1.5f));
}

/* With n_fixed, an input of that many rows whatever the batch. */
static SenTensor
add_fixed_input (Build *b, Random *random, const Case *c, const char *name)
{
  if (c->n_fixed == 0)
    return add_input (b, random, c, name, c->n_in);
  return fill_input (b, random, sen_plan_input_fixed (b->plan, name, SEN_TYPE_F32, c->n_fixed, c->n_in), c->n_fixed);
}

static void
build_rope (Build *b, Random *random, const Case *c)
{
  const struct sen_rope_params params = { .n_head = c->n_head, .head_dim = c->head_dim, .n_rot = c->n_in, .mode = c->mode };
  SenTensor x = add_input (b, random, c, "x", c->n_head * c->head_dim);
  SenTensor table = add_input (b, random, c, "table", c->n_in);
  add_output (b, sen_plan_rope (b->plan, x, table, params));
}

static bool
build_case (Build *b, const Case *c, SenDevice *device, GError **error)
{
  Random random = { .state = 0x5eed };
  const int32_t rows[3] = { 8, 0, 5 };
  SenTensor x, w;

  b->plan = sen_plan_new (c->n_batch, 3);
  b->store.memory = g_ptr_array_new_with_free_func (g_free);
  b->step = (struct sen_step) { .n_tokens = c->n_tokens, .n_past = c->n_past, .n_out = 3 };
  switch ((int) c->kind)
    {
    case SEN_OP_EMBED:
      build_embed (b, &random, c);
      break;
    case SEN_OP_RMS_NORM:
      x = add_input (b, &random, c, "x", c->n_in * c->n_head);
      add_output (b, sen_plan_rms_norm (b->plan, x, weight_tensor (b, &random, SEN_TYPE_F32, 1, c->n_in), 1e-6f));
      break;
    case SEN_OP_LAYER_NORM:
      x = add_input (b, &random, c, "x", c->n_in);
      w = weight_tensor (b, &random, SEN_TYPE_F32, 1, c->n_in);
      add_output (b, sen_plan_layer_norm (b->plan, x, w, weight_tensor (b, &random, SEN_TYPE_F32, 1, c->n_in), 1e-5f));
      break;
    case SEN_OP_ACTIVATE:
      x = add_input (b, &random, c, "x", c->n_in);
      add_output (b, sen_plan_activate (b->plan, x, c->mode));
      break;
    case SEN_OP_UNFOLD:
      x = add_fixed_input (b, &random, c, "x");
      add_output (b, sen_plan_unfold (b->plan, x, c->n_tap, c->stride, c->pad, SEN_ROWS_TOKENS, 0));
      break;
    case SEN_OP_LINEAR:
      build_linear (b, &random, c);
      break;
    case SEN_OP_ADD:
      x = add_input (b, &random, c, "a", c->n_in);
      add_output (b, sen_plan_add (b->plan, x, add_fixed_input (b, &random, c, "b")));
      break;
    case SEN_OP_GLU:
      x = add_input (b, &random, c, "gate", c->n_in);
      add_output (b, sen_plan_glu (b->plan, x, add_input (b, &random, c, "up", c->n_in), c->mode));
      break;
    case SEN_OP_ROPE:
      build_rope (b, &random, c);
      break;
    case SEN_OP_GATHER:
      x = add_input (b, &random, c, "x", c->n_in);
      add_output (b, sen_plan_gather (b->plan, x, add_ids (b, "rows", SEN_ROWS_OUT, rows, 3, 1)));
      break;
    default:
      if (!build_attention (b, &random, c, device, error))
        return false;
    }
  sen_plan_finish (b->plan, sen_device_fusion (device));
  return true;
}

static void
clear_build (Build *b)
{
  g_clear_pointer (&b->k, sen_state_free);
  g_clear_pointer (&b->v, sen_state_free);
  g_clear_pointer (&b->plan, sen_plan_free);
  g_clear_pointer (&b->store.memory, g_ptr_array_unref);
}

/* --- Running --------------------------------------------------------------------------------------------------------------------- */

static uint32_t
live_rows (const Build *b, SenTensor tensor)
{
  const SenTensorInfo *info = sen_plan_tensor (b->plan, tensor);
  switch (info->rows)
    {
    case SEN_ROWS_TOKENS:
      return b->step.n_tokens;
    case SEN_ROWS_OUT:
      return b->step.n_out;
    case SEN_ROWS_FIXED:
      break;
    }
  return info->n_row / 2 * b->step.n_tap_row;
}

static bool
run_program (Build *b, SenProgram *program, GArray *results, GError **error)
{
  for (uint32_t i = 0; i < b->n_inputs; i++)
    if (!sen_program_write (program, b->inputs[i], b->values[i], b->n_bytes[i], error))
      return false;
  if (!sen_program_run (program, &b->step, NULL, error))
    return false;
  for (uint32_t i = 0; i < b->n_outputs; i++)
    {
      size_t n = (size_t) live_rows (b, b->outputs[i]) * sen_plan_tensor (b->plan, b->outputs[i])->n_col;
      guint old_length = results->len;
      g_array_set_size (results, old_length + (guint) n);
      if (!sen_program_read (program, b->outputs[i], &g_array_index (results, float, old_length), n * sizeof (float), error))
        return false;
    }
  return true;
}

static bool
run_on (const Case *c, SenDevice *device, GArray *results, GError **error)
{
  Build b = { 0 };
  bool ok = build_case (&b, c, device, error);
  const SenWeight *weights[G_N_ELEMENTS (b.store.weights)];
  for (uint32_t i = 0; i < b.store.n_weights; i++)
    weights[i] = &b.store.weights[i];

  ok = ok && sen_device_bind_weights (device, weights, b.store.n_weights, NULL, error);
  if (ok)
    {
      g_autoptr (SenProgram) program = sen_device_compile (device, b.plan, 0, sen_plan_n_ops (b.plan), error);
      ok = program != NULL && run_program (&b, program, results, error);
      g_clear_pointer (&program, sen_program_free);
      sen_device_unbind_weights (device, weights, b.store.n_weights);
    }
  clear_build (&b);
  return ok;
}

/* −127 … 127, the ends now and then. (transfer full) */
static int8_t *
draw_bytes (Random *random, size_t n)
{
  int8_t *bytes = g_malloc (n);
  for (size_t i = 0; i < n; i++)
    bytes[i] = (int8_t) CLAMP (draw (random) * 64.0f, -127.0f, 127.0f);
  return bytes;
}

/* Products are whole numbers: *@difference is how many are wrong. */
static bool
run_scan (const Case *c, SenDevice *device, double *difference, GError **error)
{
  Random random = { .state = 0x5ca7 };
  *difference = 0.0;
  if (sen_device_info (device)->kind == SEN_DEVICE_CPU)
    return true;   /* takes vectors where they lie */
  g_autofree int8_t *rows = draw_bytes (&random, (size_t) c->n_tokens * c->n_in), *x = draw_bytes (&random, c->n_in);
  const int8_t *const blocks[] = { rows };
  g_autofree int32_t *products = g_new (int32_t, c->n_tokens);
  g_autoptr (SenScan) scan = sen_scan_new (device, c->n_in, error);
  if (scan == NULL || !sen_scan_add (scan, blocks, 1, c->n_tokens, error) || !sen_scan_run (scan, x, NULL, error))
    return false;
  sen_scan_read (scan, 0, c->n_tokens, products);
  for (uint32_t row = 0; row < c->n_tokens; row++)
    {
      int32_t sum = 0;
      for (uint32_t i = 0; i < c->n_in; i++)
        sum += rows[(size_t) row * c->n_in + i] * x[i];
      *difference += sum != products[row];
    }
  return true;
}

bool
sen_op_check_run (uint32_t index, SenDevice *device, SenDevice *reference, double *difference, GError **error)
{
  Case c = case_at (index);
  if (c.kind == SCAN)
    return run_scan (&c, device, difference, error);
  g_autoptr (GArray) found = g_array_new (FALSE, TRUE, sizeof (float));
  g_autoptr (GArray) expected = g_array_new (FALSE, TRUE, sizeof (float));
  if (!run_on (&c, device, found, error) || !run_on (&c, reference, expected, error))
    return false;

  double error_sum = 0.0, sum = 0.0;
  for (guint i = 0; i < expected->len; i++)
    {
      double y = g_array_index (expected, float, i), d = (double) g_array_index (found, float, i) - y;
      error_sum += d * d;
      sum += y * y;
    }
  /* Written so that NaN counts as wrong. */
  *difference = sum > 0.0 && error_sum >= 0.0 ? sqrt (error_sum / sum) : INFINITY;
  return true;
}

double
sen_op_check_tolerance (uint32_t index, SenDevice *device)
{
  Case c = case_at (index);
  if (c.kind == SCAN)
    return 0.0;
  if (c.kind == SEN_OP_LINEAR && !sen_device_info (device)->exact)
    return 1.5e-2;
  return 2e-5;
}
