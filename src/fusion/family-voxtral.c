/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Voxtral (Liu et al. 2025): means of two states of Whisper behind its last norm, stacked side by side, through two linear layers with a
 * GELU between them. */
#include "sen-ear.h"

#define MAX_STACK 100

typedef struct {
  SenEar    ear;
  uint32_t  n_stack;
  SenAffine first, second;   /* [n_middle][n_stack · n_embd], [n_embd of the language model][n_middle] */
} Voxtral;

static SenTensor
build (const SenEar *ear, SenPlan *plan, const SenWhisperPass *pass)
{
  const Voxtral *voxtral = (const Voxtral *) ear;
  SenTensor x = sen_ear_stack (ear, plan, sen_ear_pool (ear, plan, pass), voxtral->n_stack);
  x = sen_plan_activate (plan, sen_stack_linear (&pass->stack, x, voxtral->first), SEN_ACT_GELU_ERF);
  return sen_stack_linear (&pass->stack, x, voxtral->second);
}

static bool
bind_projection (SenProjector *projector, Voxtral *voxtral, GError **error)
{
  uint32_t n_middle;
  return sen_ear_find_middle (projector, "mm.a.mlp.2.weight", &n_middle, error)
         && sen_affine_bind (&voxtral->first, projector->weights, "mm.a.mlp.1", n_middle, voxtral->n_stack * voxtral->ear.encoder.n_embd,
                             SEN_REQUIRED, error)
         && sen_affine_bind (&voxtral->second, projector->weights, "mm.a.mlp.2", sen_projector_n_embd (projector), n_middle, SEN_REQUIRED,
                             error);
}

static gpointer
voxtral_open (SenProjector *projector, GError **error)
{
  Voxtral *voxtral = g_new0 (Voxtral, 1);
  SenEar *ear = &voxtral->ear;
  if (sen_ear_bind (ear, projector, error)
      && sen_projector_read_u32 (projector, "clip.audio.projector.stack_factor", MAX_STACK, &voxtral->n_stack, error)
      && bind_projection (projector, voxtral, error))
    {
      ear->n_pooled = ear->encoder.n_position / 2;
      ear->n_token = sen_ear_n_stacked (voxtral->n_stack) / 2;
      ear->before = "[BEGIN_AUDIO]";
      ear->after = "";
      ear->build = build;
      return voxtral;
    }
  sen_ear_free (voxtral);
  return NULL;
}

const SenProjectorFamily sen_projector_voxtral = {
  .name = "Voxtral", .open = voxtral_open, .free = sen_ear_free, .release = sen_ear_release, .hear = sen_ear_hear,
};
