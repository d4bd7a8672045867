/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-plan.h"

G_BEGIN_DECLS

struct SenPlan {
  uint32_t n_batch;
  uint32_t n_out_max;
  uint32_t layer;          /* of the ops being built */
  bool     finished;
  size_t   arena_bytes;
  GArray  *tensors;        /* SenTensorInfo */
  GArray  *ops;            /* SenOp */
  GStringChunk *names;
};

static inline SenTensorInfo *
plan_tensor (SenPlan *plan, SenTensor tensor)
{
  return &g_array_index (plan->tensors, SenTensorInfo, tensor);
}

static inline SenOp *
plan_op (SenPlan *plan, uint32_t index)
{
  return &g_array_index (plan->ops, SenOp, index);
}

/* sen-plan-fuse.c: rewrites the op list; tensors that no op mentions any more are simply never placed. */
void sen_plan_fuse (SenPlan *plan, SenFusion fusion);

/* sen-plan-place.c: gives every scratch tensor its offset in the arena. */
void sen_plan_place (SenPlan *plan);

G_END_DECLS
