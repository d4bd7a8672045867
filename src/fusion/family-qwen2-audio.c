/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Qwen2-Audio (Chu et al. 2024): means of two states of Whisper, 40 ms each, through Whisper's last norm and a linear layer, between
 * marks. */
#include "sen-ear.h"

typedef struct {
  SenEar    ear;
  SenAffine projection;   /* [n_embd of the language model][n_embd] */
} Qwen2Audio;

static SenTensor
build (const SenEar *ear, SenPlan *plan, const SenWhisperPass *pass)
{
  return sen_stack_linear (&pass->stack, sen_ear_pool (ear, plan, pass), ((const Qwen2Audio *) ear)->projection);
}

static gpointer
qwen2_audio_open (SenProjector *projector, GError **error)
{
  Qwen2Audio *qwen = g_new0 (Qwen2Audio, 1);
  SenEar *ear = &qwen->ear;
  const SenGgufTensor *projection = sen_projector_find_tensor (projector, "mm.a.fc.weight", error);
  if (projection != NULL && sen_projector_check_width (projector, projection->shape[2], error) && sen_ear_bind (ear, projector, error)
      && sen_affine_bind (&qwen->projection, projector->weights, "mm.a.fc", sen_projector_n_embd (projector), ear->encoder.n_embd,
                          SEN_REQUIRED, error))
    {
      ear->n_token = ear->n_pooled = ear->encoder.n_position / 2;
      ear->before = "<|audio_bos|>";
      ear->after = "<|audio_eos|>";
      ear->build = build;
      return qwen;
    }
  sen_ear_free (qwen);
  return NULL;
}

const SenProjectorFamily sen_projector_qwen2_audio = {
  .name = "Qwen2-Audio", .open = qwen2_audio_open, .free = sen_ear_free, .release = sen_ear_release, .hear = sen_ear_hear,
};
