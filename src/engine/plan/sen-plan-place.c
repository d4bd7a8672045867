/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Gives scratch tensors offsets in one arena: two tensors share bytes only when no op needs both. Tensors that an op
 * may update in place are placed together first, then every group goes into the lowest gap that is free for its whole
 * life. */
#include "sen-plan-private.h"

#define ARENA_ALIGNMENT 256   /* the largest minStorageBufferOffsetAlignment Vulkan allows */

typedef struct {
  uint32_t first;   /* op that makes it */
  uint32_t last;    /* last op that reads it */
  uint32_t root;    /* the tensor whose place it shares; itself when it has its own */
  size_t   n_bytes;
} Life;

static size_t
tensor_bytes (const SenTensorInfo *info)
{
  size_t n_bytes = (size_t) info->n_row * sen_type_row_bytes (info->type, info->n_col);
  return (n_bytes + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
}

static void
measure_lives (SenPlan *plan, Life *lives)
{
  for (uint32_t t = 0; t < plan->tensors->len; t++)
    lives[t] = (Life) { .first = UINT32_MAX, .root = t, .n_bytes = tensor_bytes (plan_tensor (plan, t)) };

  for (uint32_t i = 0; i < plan->ops->len; i++)
    {
      const SenOp *op = plan_op (plan, i);
      for (int j = 0; j < SEN_OP_MAX_OUT; j++)
        if (op->out[j] != SEN_NO_TENSOR)
          lives[op->out[j]].first = lives[op->out[j]].last = i;
      for (int j = 0; j < SEN_OP_MAX_IN; j++)
        if (op->in[j] != SEN_NO_TENSOR)
          lives[op->in[j]].last = i;
    }
}

/* The operand an op may overwrite with its first output, in order of preference. */
static SenTensor
in_place_candidate (const SenOp *op, uint32_t choice)
{
  switch ((int) op->kind)
    {
    case SEN_OP_ADD:
    case SEN_OP_GLU:
      return choice < 2 ? op->in[choice] : SEN_NO_TENSOR;
    case SEN_OP_ROPE:
    case SEN_OP_RMS_NORM:
    case SEN_OP_LAYER_NORM:
    case SEN_OP_ACTIVATE:
      return choice == 0 ? op->in[0] : SEN_NO_TENSOR;
    case SEN_OP_LINEAR:
      /* Rows of the product are written while others still read x, so only a residual that is not x will do. */
      return choice == 0 && op->in[SEN_LINEAR_RESIDUAL] != op->in[SEN_LINEAR_X] ? op->in[SEN_LINEAR_RESIDUAL]
                                                                                : SEN_NO_TENSOR;
    default:
      return SEN_NO_TENSOR;
    }
}

static void
share_in_place (SenPlan *plan, Life *lives)
{
  for (uint32_t i = 0; i < plan->ops->len; i++)
    {
      const SenOp *op = plan_op (plan, i);
      SenTensor out = op->out[0];
      if (out == SEN_NO_TENSOR || plan_tensor (plan, out)->role != SEN_ROLE_SCRATCH)
        continue;
      for (uint32_t choice = 0; choice < 2; choice++)
        {
          SenTensor in = in_place_candidate (op, choice);
          if (in == SEN_NO_TENSOR || plan_tensor (plan, in)->role != SEN_ROLE_SCRATCH)
            continue;
          uint32_t root = lives[in].root;
          if (lives[in].last != i || lives[root].last != i || lives[in].n_bytes != lives[out].n_bytes)
            continue;
          lives[out].root = root;
          lives[root].last = lives[out].last;
          break;
        }
    }
}

static bool
overlap (const Life *a, const Life *b)
{
  return a->first <= b->last && b->first <= a->last;
}

static int
compare_offsets (gconstpointer a, gconstpointer b, gpointer data)
{
  SenPlan *plan = data;
  size_t x = plan_tensor (plan, *(const SenTensor *) a)->offset;
  size_t y = plan_tensor (plan, *(const SenTensor *) b)->offset;
  return x < y ? -1 : x > y;
}

/* The lowest offset where @tensor meets no placed tensor that lives at the same time. */
static size_t
find_gap (SenPlan *plan, const Life *lives, SenTensor tensor, GArray *placed)
{
  size_t offset = 0;
  g_array_sort_with_data (placed, compare_offsets, plan);
  for (uint32_t i = 0; i < placed->len; i++)
    {
      SenTensor other = g_array_index (placed, SenTensor, i);
      if (!overlap (&lives[tensor], &lives[other]))
        continue;
      size_t other_offset = plan_tensor (plan, other)->offset;
      if (offset + lives[tensor].n_bytes <= other_offset)
        break;
      offset = MAX (offset, other_offset + lives[other].n_bytes);
    }
  return offset;
}

void
sen_plan_place (SenPlan *plan)
{
  g_autofree Life *lives = g_new (Life, plan->tensors->len);
  g_autoptr (GArray) placed = g_array_new (FALSE, FALSE, sizeof (SenTensor));

  measure_lives (plan, lives);
  share_in_place (plan, lives);

  plan->arena_bytes = 0;
  for (SenTensor t = 0; t < plan->tensors->len; t++)
    {
      SenTensorInfo *info = plan_tensor (plan, t);
      if (info->role != SEN_ROLE_SCRATCH || lives[t].first == UINT32_MAX || lives[t].root != t)
        continue;
      info->offset = find_gap (plan, lives, t, placed);
      plan->arena_bytes = MAX (plan->arena_bytes, info->offset + lives[t].n_bytes);
      g_array_append_val (placed, t);
    }

  for (SenTensor t = 0; t < plan->tensors->len; t++)
    if (lives[t].root != t)
      plan_tensor (plan, t)->offset = plan_tensor (plan, lives[t].root)->offset;
}
