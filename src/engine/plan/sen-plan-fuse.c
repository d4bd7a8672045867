/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Merges neighbours into one linear op, so that a device reads an activation once and passes fewer barriers. Each
 * rewrite keeps the value of every tensor that is still named; a tensor that was asked for as an output stops the
 * rewrite that would swallow it. */
#include "sen-plan-private.h"

/* The sentinel that marks an op as merged into another until compact() drops it. */
#define OP_GONE SEN_N_OPS

static uint32_t
count_uses (SenPlan *plan, SenTensor tensor)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < plan->ops->len; i++)
    {
      const SenOp *op = plan_op (plan, i);
      if (op->kind == OP_GONE)
        continue;
      for (int j = 0; j < SEN_OP_MAX_IN; j++)
        n += op->in[j] == tensor;
    }
  return n;
}

/* True when nobody but one op's one operand sees the tensor: it may vanish. */
static bool
is_private (SenPlan *plan, SenTensor tensor)
{
  return plan_tensor (plan, tensor)->role == SEN_ROLE_SCRATCH && count_uses (plan, tensor) == 1;
}

/* Index of the op that makes @tensor, or UINT32_MAX (inputs, weights). */
static uint32_t
find_producer (SenPlan *plan, SenTensor tensor)
{
  for (uint32_t i = 0; i < plan->ops->len; i++)
    {
      const SenOp *op = plan_op (plan, i);
      if (op->kind == OP_GONE)
        continue;
      for (int j = 0; j < SEN_OP_MAX_OUT; j++)
        if (op->out[j] == tensor)
          return i;
    }
  return UINT32_MAX;
}

static void
compact (SenPlan *plan)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < plan->ops->len; i++)
    if (plan_op (plan, i)->kind != OP_GONE)
      *plan_op (plan, n++) = *plan_op (plan, i);
  g_array_set_size (plan->ops, n);
}

/* linear (x, wq), linear (x, wk), linear (x, wv) -> linear (x, wq wk wv) */
static void
fuse_siblings (SenPlan *plan)
{
  for (uint32_t i = 0; i < plan->ops->len; i++)
    {
      SenOp *first = plan_op (plan, i);
      if (first->kind != SEN_OP_LINEAR)
        continue;
      for (uint32_t j = i + 1; j < plan->ops->len && first->params.linear.n_weight < SEN_OP_MAX_OUT; j++)
        {
          SenOp *next = plan_op (plan, j);
          if (next->kind != SEN_OP_LINEAR || next->in[SEN_LINEAR_X] != first->in[SEN_LINEAR_X])
            break;
          uint32_t slot = first->params.linear.n_weight++;
          first->in[SEN_LINEAR_W0 + slot] = next->in[SEN_LINEAR_W0];
          first->in[SEN_LINEAR_B0 + slot] = next->in[SEN_LINEAR_B0];
          first->out[slot] = next->out[0];
          next->kind = OP_GONE;
        }
      /* Ops merged above are skipped by their sentinel. */
    }
  compact (plan);
}

/* glu (linear (x, gate up)) -> linear with an activated pair */
static void
fuse_glu (SenPlan *plan)
{
  for (uint32_t i = 0; i + 1 < plan->ops->len; i++)
    {
      SenOp *linear = plan_op (plan, i);
      SenOp *glu = plan_op (plan, i + 1);
      if (linear->kind != SEN_OP_LINEAR || glu->kind != SEN_OP_GLU || linear->params.linear.n_weight != 2)
        continue;
      if (glu->in[0] != linear->out[0] || glu->in[1] != linear->out[1])
        continue;
      if (!is_private (plan, linear->out[0]) || !is_private (plan, linear->out[1]))
        continue;
      linear->params.linear.act = glu->params.glu.act;
      linear->out[0] = glu->out[0];
      linear->out[1] = SEN_NO_TENSOR;
      glu->kind = OP_GONE;
    }
  compact (plan);
}

/* activate (linear (x, w)) -> linear with an activation */
static void
fuse_activate (SenPlan *plan)
{
  for (uint32_t i = 0; i + 1 < plan->ops->len; i++)
    {
      SenOp *linear = plan_op (plan, i);
      SenOp *activate = plan_op (plan, i + 1);
      if (linear->kind != SEN_OP_LINEAR || activate->kind != SEN_OP_ACTIVATE || linear->params.linear.n_weight != 1
          || activate->in[0] != linear->out[0] || !is_private (plan, linear->out[0]))
        continue;
      linear->params.linear.act = activate->params.activate.act;
      linear->out[0] = activate->out[0];
      activate->kind = OP_GONE;
    }
  compact (plan);
}

/* add (x, linear (y, w)) -> linear with a residual, when x exists before the linear runs */
static void
fuse_residual (SenPlan *plan)
{
  for (uint32_t i = 0; i + 1 < plan->ops->len; i++)
    {
      SenOp *linear = plan_op (plan, i);
      SenOp *add = plan_op (plan, i + 1);
      if (linear->kind != SEN_OP_LINEAR || add->kind != SEN_OP_ADD || linear->params.linear.n_weight != 1
          || linear->params.linear.act != SEN_ACT_NONE)
        continue;
      SenTensor product = linear->out[0];
      if ((add->in[0] == product) == (add->in[1] == product) || !is_private (plan, product))
        continue;
      linear->in[SEN_LINEAR_RESIDUAL] = add->in[0] == product ? add->in[1] : add->in[0];
      linear->out[0] = add->out[0];
      add->kind = OP_GONE;
    }
  compact (plan);
}

/* linear (rms_norm (x, w), W) or linear (layer_norm (x, w, b), W) -> linear that norms its own input */
static void
fuse_norm (SenPlan *plan)
{
  for (uint32_t i = 0; i < plan->ops->len; i++)
    {
      SenOp *linear = plan_op (plan, i);
      if (linear->kind != SEN_OP_LINEAR || !is_private (plan, linear->in[SEN_LINEAR_X]))
        continue;
      uint32_t producer = find_producer (plan, linear->in[SEN_LINEAR_X]);
      if (producer == UINT32_MAX)
        continue;
      SenOp *norm = plan_op (plan, producer);
      bool is_layer_norm = norm->kind == SEN_OP_LAYER_NORM;
      if (!is_layer_norm && (norm->kind != SEN_OP_RMS_NORM || norm->params.rms_norm.n_group != 1))
        continue;
      linear->in[SEN_LINEAR_X] = norm->in[0];
      linear->in[SEN_LINEAR_NORM] = norm->in[1];
      if (is_layer_norm)
        linear->in[SEN_LINEAR_NORM_B] = norm->in[2];
      linear->params.linear.eps = is_layer_norm ? norm->params.layer_norm.eps : norm->params.rms_norm.eps;
      norm->kind = OP_GONE;
    }
  compact (plan);
}

void
sen_plan_fuse (SenPlan *plan, SenFusion fusion)
{
  if (fusion & SEN_FUSE_SIBLINGS)
    fuse_siblings (plan);
  if (fusion & SEN_FUSE_GLU)
    fuse_glu (plan);
  if (fusion & SEN_FUSE_ACTIVATE)
    fuse_activate (plan);
  if (fusion & SEN_FUSE_RESIDUAL)
    fuse_residual (plan);
  if (fusion & SEN_FUSE_NORM)
    fuse_norm (plan);
}
