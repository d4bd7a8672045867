/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Ultravox (Fixie.ai 2024, from 0.5 on): states of Whisper stacked side by side, an RMS norm, a gated layer whose gate is the second half
 * of its outputs, another RMS norm, a linear layer. No marks stand around a sound. */
#include "sen-ear.h"

#define EPS 1e-6f
#define MAX_STACK 100

typedef struct {
  SenEar           ear;
  uint32_t         n_stack;
  const SenWeight *norm_before, *norm_middle;   /* [n_stack · n_embd], [n_middle] */
  const SenWeight *up, *gate;                   /* [n_middle][n_stack · n_embd] */
  const SenWeight *down;                        /* [n_embd of the language model][n_middle] */
} Ultravox;

static SenTensor
build (const SenEar *ear, SenPlan *plan, const SenWhisperPass *pass)
{
  const Ultravox *ultravox = (const Ultravox *) ear;
  SenTensor x = sen_ear_stack (ear, plan, sen_stack_norm (&pass->stack, pass->states, ear->encoder.norm), ultravox->n_stack);
  x = sen_plan_rms_norm (plan, x, sen_plan_weight (plan, ultravox->norm_before), EPS);
  SenTensor gate = sen_plan_linear (plan, x, sen_plan_weight (plan, ultravox->gate), SEN_NO_TENSOR);
  SenTensor up = sen_plan_linear (plan, x, sen_plan_weight (plan, ultravox->up), SEN_NO_TENSOR);
  x = sen_plan_rms_norm (plan, sen_plan_glu (plan, gate, up, SEN_ACT_SILU), sen_plan_weight (plan, ultravox->norm_middle), EPS);
  return sen_plan_linear (plan, x, sen_plan_weight (plan, ultravox->down), SEN_NO_TENSOR);
}

static bool
bind_projection (SenProjector *projector, Ultravox *ultravox, GError **error)
{
  SenWeightTable *table = projector->weights;
  uint32_t n_in = ultravox->n_stack * ultravox->ear.encoder.n_embd, n_middle;
  if (!sen_ear_find_middle (projector, "mm.a.mlp.2.weight", &n_middle, error))
    return false;
  return sen_weight_table_bind (table, &ultravox->norm_before, "mm.a.norm_pre.weight", 1, n_in, SEN_REQUIRED, error)
         && sen_weight_table_bind_part (table, &ultravox->up, "mm.a.mlp.1.weight", n_middle, n_in, 0, 2, error)
         && sen_weight_table_bind_part (table, &ultravox->gate, "mm.a.mlp.1.weight", n_middle, n_in, 1, 2, error)
         && sen_weight_table_bind (table, &ultravox->norm_middle, "mm.a.norm_mid.weight", 1, n_middle, SEN_REQUIRED, error)
         && sen_weight_table_bind (table, &ultravox->down, "mm.a.mlp.2.weight", sen_projector_n_embd (projector), n_middle, SEN_REQUIRED,
                                   error);
}

static gpointer
ultravox_open (SenProjector *projector, GError **error)
{
  Ultravox *ultravox = g_new0 (Ultravox, 1);
  SenEar *ear = &ultravox->ear;
  if (sen_ear_bind (ear, projector, error)
      && sen_projector_read_u32 (projector, "clip.audio.projector.stack_factor", MAX_STACK, &ultravox->n_stack, error)
      && bind_projection (projector, ultravox, error))
    {
      ear->n_token = sen_ear_n_stacked (ultravox->n_stack);
      ear->before = ear->after = "";
      ear->build = build;
      return ultravox;
    }
  sen_ear_free (ultravox);
  return NULL;
}

const SenProjectorFamily sen_projector_ultravox = {
  .name = "Ultravox", .open = ultravox_open, .free = sen_ear_free, .release = sen_ear_release, .hear = sen_ear_hear,
};
