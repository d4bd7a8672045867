/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-plan-private.h"

const char *
sen_op_name (SenOpKind kind)
{
  static const char *const names[SEN_N_OPS] = {
#define SEN_OP(NAME, name) [SEN_OP_##NAME] = #name,
#include "ops.def"
#undef SEN_OP
  };
  return kind < SEN_N_OPS ? names[kind] : "?";
}

SenPlan *
sen_plan_new (uint32_t n_batch, uint32_t n_out_max)
{
  g_return_val_if_fail (n_batch > 0 && n_out_max > 0, NULL);

  SenPlan *plan = g_new0 (SenPlan, 1);
  plan->n_batch = n_batch;
  plan->n_out_max = n_out_max;
  plan->tensors = g_array_new (FALSE, TRUE, sizeof (SenTensorInfo));
  plan->ops = g_array_new (FALSE, TRUE, sizeof (SenOp));
  plan->names = g_string_chunk_new (256);
  return plan;
}

void
sen_plan_free (SenPlan *plan)
{
  if (plan == NULL)
    return;
  g_array_unref (plan->tensors);
  g_array_unref (plan->ops);
  g_string_chunk_free (plan->names);
  g_free (plan);
}

void
sen_plan_set_layer (SenPlan *plan, uint32_t layer)
{
  plan->layer = layer;
}

static uint32_t
row_capacity (const SenPlan *plan, SenRows rows, uint32_t n_fixed)
{
  switch (rows)
    {
    case SEN_ROWS_TOKENS:
      return plan->n_batch;
    case SEN_ROWS_OUT:
      return plan->n_out_max;
    case SEN_ROWS_FIXED:
      break;
    }
  return n_fixed;
}

static SenTensor
add_tensor (SenPlan *plan, SenTensorInfo info)
{
  g_assert (!plan->finished);
  g_array_append_val (plan->tensors, info);
  return plan->tensors->len - 1;
}

/* A scratch tensor with as many rows as @like. */
static SenTensor
add_scratch (SenPlan *plan, SenTensor like, uint32_t n_col)
{
  const SenTensorInfo *shape = plan_tensor (plan, like);
  return add_tensor (plan, (SenTensorInfo) {
    .role = SEN_ROLE_SCRATCH, .rows = shape->rows, .type = SEN_TYPE_F32, .n_row = shape->n_row, .n_col = n_col,
  });
}

/* Appends an op with all operands unset; the pointer is good until the next one. */
static SenOp *
add_op (SenPlan *plan, SenOpKind kind)
{
  g_assert (!plan->finished);
  SenOp op = { .kind = kind, .layer = plan->layer };
  for (int i = 0; i < SEN_OP_MAX_IN; i++)
    op.in[i] = SEN_NO_TENSOR;
  for (int i = 0; i < SEN_OP_MAX_OUT; i++)
    op.out[i] = SEN_NO_TENSOR;
  g_array_append_val (plan->ops, op);
  return plan_op (plan, plan->ops->len - 1);
}

SenTensor
sen_plan_input (SenPlan *plan, const char *name, SenType type, SenRows rows, uint32_t n_col)
{
  return add_tensor (plan, (SenTensorInfo) {
    .role = SEN_ROLE_INPUT, .rows = rows, .type = type, .n_row = row_capacity (plan, rows, 1), .n_col = n_col,
    .name = g_string_chunk_insert_const (plan->names, name),
  });
}

SenTensor
sen_plan_input_fixed (SenPlan *plan, const char *name, SenType type, uint32_t n_row, uint32_t n_col)
{
  return add_tensor (plan, (SenTensorInfo) {
    .role = SEN_ROLE_INPUT, .rows = SEN_ROWS_FIXED, .type = type, .n_row = n_row, .n_col = n_col,
    .name = g_string_chunk_insert_const (plan->names, name),
  });
}

SenTensor
sen_plan_weight (SenPlan *plan, const SenWeight *weight)
{
  if (weight == NULL)
    return SEN_NO_TENSOR;
  return add_tensor (plan, (SenTensorInfo) {
    .role = SEN_ROLE_WEIGHT, .rows = SEN_ROWS_FIXED, .type = weight->type, .n_row = weight->n_row,
    .n_col = weight->n_col, .weight = weight, .name = weight->name,
  });
}

SenTensor
sen_plan_state (SenPlan *plan, SenState *state, const char *name)
{
  return add_tensor (plan, (SenTensorInfo) {
    .role = SEN_ROLE_STATE, .rows = SEN_ROWS_FIXED, .type = SEN_TYPE_F16, .state = state,
    .name = g_string_chunk_insert_const (plan->names, name),
  });
}

SenTensor
sen_plan_embed (SenPlan *plan, SenTensor table, SenTensor ids, SenTensor embeddings, float scale)
{
  uint32_t n_col = plan_tensor (plan, table)->n_col;
  SenTensor x = add_scratch (plan, ids, n_col);
  SenOp *op = add_op (plan, SEN_OP_EMBED);
  op->in[0] = ids;
  op->in[1] = table;
  op->in[2] = embeddings;
  op->out[0] = x;
  op->params.embed = (struct sen_embed_params) { .n_col = n_col, .scale = scale };
  return x;
}

SenTensor
sen_plan_rms_norm (SenPlan *plan, SenTensor x, SenTensor w, float eps)
{
  uint32_t n_col = plan_tensor (plan, x)->n_col;
  uint32_t width = plan_tensor (plan, w)->n_col;
  g_assert (width > 0 && n_col % width == 0);

  SenTensor y = add_scratch (plan, x, n_col);
  SenOp *op = add_op (plan, SEN_OP_RMS_NORM);
  op->in[0] = x;
  op->in[1] = w;
  op->out[0] = y;
  op->params.rms_norm = (struct sen_rms_norm_params) { .n_col = width, .n_group = n_col / width, .eps = eps };
  return y;
}

SenTensor
sen_plan_layer_norm (SenPlan *plan, SenTensor x, SenTensor w, SenTensor b, float eps)
{
  uint32_t n_col = plan_tensor (plan, x)->n_col;
  g_assert (plan_tensor (plan, w)->n_col == n_col && plan_tensor (plan, b)->n_col == n_col);

  SenTensor y = add_scratch (plan, x, n_col);
  SenOp *op = add_op (plan, SEN_OP_LAYER_NORM);
  op->in[0] = x;
  op->in[1] = w;
  op->in[2] = b;
  op->out[0] = y;
  op->params.layer_norm = (struct sen_layer_norm_params) { .n_col = n_col, .eps = eps };
  return y;
}

SenTensor
sen_plan_linear (SenPlan *plan, SenTensor x, SenTensor w, SenTensor bias)
{
  const SenTensorInfo *weight = plan_tensor (plan, w);
  uint32_t n_in = weight->n_col, n_out = weight->n_row;
  g_assert (plan_tensor (plan, x)->n_col == n_in);

  SenTensor y = add_scratch (plan, x, n_out);
  SenOp *op = add_op (plan, SEN_OP_LINEAR);
  op->in[SEN_LINEAR_X] = x;
  op->in[SEN_LINEAR_W0] = w;
  op->in[SEN_LINEAR_B0] = bias;
  op->out[0] = y;
  op->params.linear = (struct sen_linear_params) { .n_in = n_in, .n_weight = 1, .act = SEN_ACT_NONE };
  return y;
}

SenTensor
sen_plan_add (SenPlan *plan, SenTensor a, SenTensor b)
{
  uint32_t n_col = plan_tensor (plan, a)->n_col;
  const SenTensorInfo *other = plan_tensor (plan, b);
  g_assert (other->n_col == n_col && other->n_row >= plan_tensor (plan, a)->n_row && other->role != SEN_ROLE_WEIGHT);

  SenTensor y = add_scratch (plan, a, n_col);
  SenOp *op = add_op (plan, SEN_OP_ADD);
  op->in[0] = a;
  op->in[1] = b;
  op->out[0] = y;
  op->params.add = (struct sen_add_params) { .n_col = n_col };
  return y;
}

SenTensor
sen_plan_glu (SenPlan *plan, SenTensor gate, SenTensor up, uint32_t act)
{
  uint32_t n_col = plan_tensor (plan, gate)->n_col;
  g_assert (plan_tensor (plan, up)->n_col == n_col);

  SenTensor y = add_scratch (plan, gate, n_col);
  SenOp *op = add_op (plan, SEN_OP_GLU);
  op->in[0] = gate;
  op->in[1] = up;
  op->out[0] = y;
  op->params.glu = (struct sen_glu_params) { .n_col = n_col, .act = act };
  return y;
}

SenTensor
sen_plan_activate (SenPlan *plan, SenTensor x, uint32_t act)
{
  uint32_t n_col = plan_tensor (plan, x)->n_col;
  SenTensor y = add_scratch (plan, x, n_col);
  SenOp *op = add_op (plan, SEN_OP_ACTIVATE);
  op->in[0] = x;
  op->out[0] = y;
  op->params.activate = (struct sen_activate_params) { .n_col = n_col, .act = act };
  return y;
}

SenTensor
sen_plan_unfold (SenPlan *plan, SenTensor x, uint32_t n_tap, uint32_t stride, uint32_t pad, SenRows rows, uint32_t n_fixed)
{
  uint32_t n_col = plan_tensor (plan, x)->n_col;
  SenTensor y = add_tensor (plan, (SenTensorInfo) {
    .role = SEN_ROLE_SCRATCH, .rows = rows, .type = SEN_TYPE_F32, .n_row = row_capacity (plan, rows, n_fixed),
    .n_col = n_tap * n_col,
  });
  SenOp *op = add_op (plan, SEN_OP_UNFOLD);
  op->in[0] = x;
  op->out[0] = y;
  op->params.unfold = (struct sen_unfold_params) { .n_col = n_col, .n_tap = n_tap, .stride = stride, .pad = pad };
  return y;
}

SenTensor
sen_plan_rope (SenPlan *plan, SenTensor x, SenTensor table, struct sen_rope_params params)
{
  SenTensor y = add_scratch (plan, x, params.n_head * params.head_dim);
  SenOp *op = add_op (plan, SEN_OP_ROPE);
  op->in[0] = x;
  op->in[1] = table;
  op->out[0] = y;
  op->params.rope = params;
  return y;
}

void
sen_plan_store (SenPlan *plan, SenTensor x, SenTensor state, struct sen_store_params params)
{
  SenOp *op = add_op (plan, SEN_OP_STORE);
  op->in[0] = x;
  op->in[1] = state;
  op->params.store = params;
}

SenTensor
sen_plan_attention (SenPlan *plan, SenTensor q, SenTensor k, SenTensor v, struct sen_attention_params params)
{
  g_assert (params.n_key <= params.n_ctx);
  SenTensor o = add_scratch (plan, q, params.n_head * params.head_dim);
  SenOp *op = add_op (plan, SEN_OP_ATTENTION);
  op->in[0] = q;
  op->in[1] = k;
  op->in[2] = v;
  op->out[0] = o;
  op->params.attention = params;
  return o;
}

SenTensor
sen_plan_attention_rows (SenPlan *plan, SenTensor q, SenTensor k, struct sen_attention_rows_params params,
                         uint32_t n_tap_row_max)
{
  SenTensor rows = add_tensor (plan, (SenTensorInfo) {
    .role = SEN_ROLE_SCRATCH, .rows = SEN_ROWS_FIXED, .type = SEN_TYPE_F32,
    .n_row = n_tap_row_max * params.n_head_tapped, .n_col = params.attention.n_ctx,
  });
  SenOp *op = add_op (plan, SEN_OP_ATTENTION_ROWS);
  op->in[0] = q;
  op->in[1] = k;
  op->out[0] = rows;
  op->params.attention_rows = params;
  return rows;
}

SenTensor
sen_plan_attention_cells (SenPlan *plan, SenTensor q, SenTensor k, SenTensor v, SenTensor cells, struct sen_attention_params params)
{
  SenTensor o = add_scratch (plan, q, params.n_head * params.head_dim);
  SenOp *op = add_op (plan, SEN_OP_ATTENTION_CELLS);
  op->in[0] = q;
  op->in[1] = k;
  op->in[2] = v;
  op->in[3] = cells;
  op->out[0] = o;
  op->params.attention_cells = (struct sen_attention_cells_params) {
    .attention = params, .n_cell = plan_tensor (plan, cells)->n_col,
  };
  return o;
}

SenTensor
sen_plan_gather (SenPlan *plan, SenTensor x, SenTensor rows)
{
  uint32_t n_col = plan_tensor (plan, x)->n_col;
  SenTensor y = add_scratch (plan, rows, n_col);
  SenOp *op = add_op (plan, SEN_OP_GATHER);
  op->in[0] = x;
  op->in[1] = rows;
  op->out[0] = y;
  op->params.gather = (struct sen_gather_params) { .n_col = n_col };
  return y;
}

void
sen_plan_output (SenPlan *plan, SenTensor tensor, const char *name)
{
  SenTensorInfo *info = plan_tensor (plan, tensor);
  g_assert (!plan->finished && info->role == SEN_ROLE_SCRATCH);
  info->role = SEN_ROLE_OUTPUT;
  info->name = g_string_chunk_insert_const (plan->names, name);
}

void
sen_plan_finish (SenPlan *plan, SenFusion fusion)
{
  g_assert (!plan->finished);
  sen_plan_fuse (plan, fusion);
  sen_plan_place (plan);
  plan->finished = true;
}

uint32_t
sen_plan_n_ops (const SenPlan *plan)
{
  return plan->ops->len;
}

const SenOp *
sen_plan_op (const SenPlan *plan, uint32_t index)
{
  return &g_array_index (plan->ops, SenOp, index);
}

uint32_t
sen_plan_n_tensors (const SenPlan *plan)
{
  return plan->tensors->len;
}

const SenTensorInfo *
sen_plan_tensor (const SenPlan *plan, SenTensor tensor)
{
  return &g_array_index (plan->tensors, SenTensorInfo, tensor);
}

uint32_t
sen_plan_n_batch (const SenPlan *plan)
{
  return plan->n_batch;
}

uint32_t
sen_plan_n_out_max (const SenPlan *plan)
{
  return plan->n_out_max;
}

size_t
sen_plan_arena_bytes (const SenPlan *plan)
{
  return plan->arena_bytes;
}
