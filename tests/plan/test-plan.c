/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What fusion merges and leaves alone, and that placing never gives two live tensors the same bytes. */
#include <string.h>

#include "sen-plan.h"

static const SenWeight norm_weight = { .name = "norm", .type = SEN_TYPE_F32, .n_row = 1, .n_col = 64 };
static const SenWeight square_weight = { .name = "square", .type = SEN_TYPE_F32, .n_row = 64, .n_col = 64 };
static const SenWeight wide_weight = { .name = "wide", .type = SEN_TYPE_F32, .n_row = 96, .n_col = 64 };
static const SenWeight down_weight = { .name = "down", .type = SEN_TYPE_F32, .n_row = 64, .n_col = 96 };

/* A feed-forward with a residual, as every family has it; returns the tensor behind the norm. */
static SenTensor
build_feed_forward (SenPlan *plan, SenTensor x, SenTensor *out)
{
  SenTensor h = sen_plan_rms_norm (plan, x, sen_plan_weight (plan, &norm_weight), 1e-5f);
  SenTensor gate = sen_plan_linear (plan, h, sen_plan_weight (plan, &wide_weight), SEN_NO_TENSOR);
  SenTensor up = sen_plan_linear (plan, h, sen_plan_weight (plan, &wide_weight), SEN_NO_TENSOR);
  SenTensor y = sen_plan_glu (plan, gate, up, SEN_ACT_SILU);
  *out = sen_plan_add (plan, x, sen_plan_linear (plan, y, sen_plan_weight (plan, &down_weight), SEN_NO_TENSOR));
  return h;
}

static SenTensor
build_start (SenPlan *plan)
{
  SenTensor in = sen_plan_input (plan, "x", SEN_TYPE_F32, SEN_ROWS_TOKENS, 64);
  return sen_plan_linear (plan, in, sen_plan_weight (plan, &square_weight), SEN_NO_TENSOR);
}

static void
test_fuse_all (void)
{
  g_autoptr (SenPlan) plan = sen_plan_new (4, 1);
  SenTensor out;
  build_feed_forward (plan, build_start (plan), &out);
  sen_plan_output (plan, out, "out");
  sen_plan_finish (plan, SEN_FUSE_SIBLINGS | SEN_FUSE_GLU | SEN_FUSE_RESIDUAL | SEN_FUSE_NORM);

  g_assert_cmpuint (sen_plan_n_ops (plan), ==, 3);
  const SenOp *gated = sen_plan_op (plan, 1), *down = sen_plan_op (plan, 2);
  g_assert_cmpuint (gated->params.linear.n_weight, ==, 2);
  g_assert_cmpuint (gated->params.linear.act, ==, SEN_ACT_SILU);
  g_assert_cmpuint (gated->in[SEN_LINEAR_NORM], !=, SEN_NO_TENSOR);
  g_assert_cmpuint (down->in[SEN_LINEAR_RESIDUAL], !=, SEN_NO_TENSOR);
  g_assert_cmpuint (down->out[0], ==, out);
}

static void
test_fuse_nothing (void)
{
  g_autoptr (SenPlan) plan = sen_plan_new (4, 1);
  SenTensor out;
  build_feed_forward (plan, build_start (plan), &out);
  sen_plan_output (plan, out, "out");
  sen_plan_finish (plan, SEN_FUSE_NONE);
  g_assert_cmpuint (sen_plan_n_ops (plan), ==, 7);
}

/* A tensor that somebody asked for may not vanish into a fused op. */
static void
test_output_stops_fusion (void)
{
  g_autoptr (SenPlan) plan = sen_plan_new (4, 1);
  SenTensor out, h = build_feed_forward (plan, build_start (plan), &out);
  sen_plan_output (plan, h, "normed");
  sen_plan_output (plan, out, "out");
  sen_plan_finish (plan, SEN_FUSE_SIBLINGS | SEN_FUSE_GLU | SEN_FUSE_RESIDUAL | SEN_FUSE_NORM);
  g_assert_cmpint (sen_plan_op (plan, 1)->kind, ==, SEN_OP_RMS_NORM);
  g_assert_cmpuint (sen_plan_op (plan, 2)->in[SEN_LINEAR_NORM], ==, SEN_NO_TENSOR);
}

static size_t
tensor_bytes (const SenTensorInfo *info)
{
  return (size_t) info->n_row * sen_type_row_bytes (info->type, info->n_col);
}

/* First and last op that mention a tensor. */
static bool
find_life (const SenPlan *plan, SenTensor tensor, uint32_t *first, uint32_t *last)
{
  bool found = false;
  *first = *last = 0;
  for (uint32_t i = 0; i < sen_plan_n_ops (plan); i++)
    {
      const SenOp *op = sen_plan_op (plan, i);
      bool mentions = false;
      for (int j = 0; j < SEN_OP_MAX_IN; j++)
        mentions |= op->in[j] == tensor;
      for (int j = 0; j < SEN_OP_MAX_OUT; j++)
        mentions |= op->out[j] == tensor;
      if (mentions && !found)
        *first = i;
      if (mentions)
        *last = i;
      found |= mentions;
    }
  return found;
}

/* Two scratch tensors may share bytes only when one ends where the other begins, in place. */
static void
check_placing (const SenPlan *plan)
{
  for (SenTensor a = 0; a < sen_plan_n_tensors (plan); a++)
    for (SenTensor b = a + 1; b < sen_plan_n_tensors (plan); b++)
      {
        const SenTensorInfo *x = sen_plan_tensor (plan, a), *y = sen_plan_tensor (plan, b);
        uint32_t x_first, x_last, y_first, y_last;
        if (x->role != SEN_ROLE_SCRATCH || y->role != SEN_ROLE_SCRATCH || !find_life (plan, a, &x_first, &x_last)
            || !find_life (plan, b, &y_first, &y_last))
          continue;
        bool share = x->offset < y->offset + tensor_bytes (y) && y->offset < x->offset + tensor_bytes (x);
        bool apart = x_last < y_first || y_last < x_first;
        bool in_place = x->offset == y->offset && (x_last == y_first || y_last == x_first);
        g_assert_true (!share || apart || in_place);
      }
}

static void
test_placing (void)
{
  static const SenFusion fusions[] = { SEN_FUSE_NONE, SEN_FUSE_SIBLINGS, SEN_FUSE_SIBLINGS | SEN_FUSE_GLU | SEN_FUSE_RESIDUAL,
                                       SEN_FUSE_SIBLINGS | SEN_FUSE_GLU | SEN_FUSE_RESIDUAL | SEN_FUSE_NORM };
  for (size_t f = 0; f < G_N_ELEMENTS (fusions); f++)
    {
      g_autoptr (SenPlan) plan = sen_plan_new (7, 1);
      SenTensor x = build_start (plan);
      for (int layer = 0; layer < 12; layer++)
        build_feed_forward (plan, x, &x);
      sen_plan_output (plan, x, "out");
      sen_plan_finish (plan, fusions[f]);
      check_placing (plan);
      /* Twelve layers need no more room than two. */
      g_assert_cmpuint (sen_plan_arena_bytes (plan), <, 7 * 4 * (64 * 4 + 96 * 4));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/fuse-all", test_fuse_all);
  g_test_add_func ("/plan/fuse-nothing", test_fuse_nothing);
  g_test_add_func ("/plan/output-stops-fusion", test_output_stops_fusion);
  g_test_add_func ("/plan/placing", test_placing);
  return g_test_run ();
}
