/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-ear.h"

#include <math.h>

#include "sen-error.h"
#include "sen-mel.h"
#include "sen-whisper.h"

#define WINDOW_SECONDS 30
#define WINDOW_SAMPLES (WINDOW_SECONDS * SEN_MEL_RATE)
#define LEAST_POWER 0x1p-24f
#define MAX_MIDDLE (1u << 20)
#define MAX_WINDOWS 120   /* an hour */

bool
sen_ear_bind (SenEar *ear, SenProjector *projector, GError **error)
{
  return sen_whisper_encoder_bind_mmproj (&ear->encoder, projector->weights, error);
}

bool
sen_ear_find_middle (SenProjector *projector, const char *name, uint32_t *n_middle, GError **error)
{
  const SenGgufTensor *last = sen_projector_find_tensor (projector, name, error);
  if (last == NULL || !sen_projector_check_width (projector, last->shape[2], error))
    return false;
  *n_middle = (uint32_t) MIN (last->shape[3], MAX_MIDDLE);
  if (*n_middle == last->shape[3] && *n_middle > 0)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s is not from 1 to %u wide", sen_projector_path (projector), name, MAX_MIDDLE);
  return false;
}

/* As mtmd counts them: where frames do not come out even, the last states may go unheard. */
uint32_t
sen_ear_n_stacked (uint32_t n_stack)
{
  return (SEN_WHISPER_FRAMES + n_stack - 1) / n_stack / 2;
}

void
sen_ear_release (gpointer ear)
{
  g_clear_pointer (&((SenEar *) ear)->network, sen_network_free);
}

void
sen_ear_free (gpointer ear)
{
  sen_ear_release (ear);
  sen_whisper_encoder_clear (&((SenEar *) ear)->encoder);
  g_free (ear);
}

/* --- Building ---------------------------------------------------------------------------------------------------------------------- */

/* Even and odd rows are brought out and summed: a layer norm of sums is that of means, with four times the epsilon. */
SenTensor
sen_ear_pool (const SenEar *ear, SenPlan *plan, const SenWhisperPass *pass)
{
  SenTensor sums = sen_plan_add (plan, sen_plan_gather (plan, pass->states, ear->pooled_rows[0]),
                                 sen_plan_gather (plan, pass->states, ear->pooled_rows[1]));
  SenStack stack = pass->stack;
  stack.eps *= 4.0f;
  return sen_stack_norm (&stack, sums, ear->encoder.norm);
}

SenTensor
sen_ear_stack (const SenEar *ear, SenPlan *plan, SenTensor x, uint32_t n_stack)
{
  return sen_plan_unfold (plan, x, n_stack, n_stack, 0, SEN_ROWS_FIXED, ear->n_token);
}

static bool
write_pooled_rows (SenEar *ear, GError **error)
{
  g_autofree int32_t *rows = g_new (int32_t, MAX (ear->n_pooled, 1));
  for (uint32_t odd = 0; odd < 2 && ear->n_pooled > 0; odd++)
    {
      for (uint32_t i = 0; i < ear->n_pooled; i++)
        rows[i] = (int32_t) (2 * i + odd);
      if (!sen_network_write (ear->network, ear->pooled_rows[odd], rows, ear->n_pooled, error))
        return false;
    }
  return true;
}

static bool
prepare (SenEar *ear, SenProjector *projector, SenCancel *cancel, GError **error)
{
  if (ear->network != NULL)
    return true;
  ear->network = sen_network_new (sen_projector_device (projector), projector->weights, ear->encoder.n_position, MAX (ear->n_pooled, 1));
  SenPlan *plan = sen_network_plan (ear->network);
  for (uint32_t odd = 0; odd < 2 && ear->n_pooled > 0; odd++)
    ear->pooled_rows[odd] = sen_plan_input (plan, odd ? "odd rows" : "even rows", SEN_TYPE_I32, SEN_ROWS_OUT, 1);
  bool done = sen_whisper_encoder_build (&ear->encoder, ear->network, &ear->pass, error);
  if (done)
    {
      ear->embeddings = ear->build (ear, plan, &ear->pass);
      sen_plan_output (plan, ear->embeddings, "embeddings");
      done = sen_network_compile (ear->network, cancel, error)
             && sen_whisper_encoder_start (&ear->encoder, ear->network, &ear->pass, error) && write_pooled_rows (ear, error);
    }
  if (!done)
    sen_ear_release (ear);
  return done;
}

/* --- Hearing ----------------------------------------------------------------------------------------------------------------------- */

static size_t
count_windows (size_t n)
{
  return (n / SEN_MEL_HOP + WINDOW_SAMPLES / SEN_MEL_HOP + 1) / SEN_WHISPER_FRAMES;
}

/* Told before hours are turned into log-mel. */
static bool
check_length (const SenEar *ear, const SenProjector *projector, size_t n, GError **error)
{
  const SenModelInfo *info = sen_model_info (projector->model);
  uint32_t n_most = MIN (info->n_ctx_train / ear->n_token, MAX_WINDOWS);
  if (count_windows (n) <= n_most)
    return true;
  if (n_most == 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID,
                   "%s reads %u tokens, and %u s of sound take %u: it cannot hear; choose another model", info->name, info->n_ctx_train,
                   WINDOW_SECONDS, ear->n_token);
      return false;
    }
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "the recording is %.0f s long, and %s hears less than %u s; give a part of it",
               (double) n / SEN_MEL_RATE, info->name, n_most * WINDOW_SECONDS);
  return false;
}

/* Normalized log-mel f32 [n_window · SEN_WHISPER_FRAMES][n_mel]. (transfer full) */
static GArray *
make_mel (const SenEar *ear, const float *samples, size_t n, uint32_t n_window)
{
  static const float silence[SEN_MEL_RATE];
  size_t n_wanted = (size_t) n_window * SEN_WHISPER_FRAMES * ear->encoder.n_mel;
  g_autoptr (SenMel) mel = sen_mel_new (ear->encoder.n_mel);
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (float));
  sen_mel_push (mel, samples, n, frames);
  while (frames->len < n_wanted)
    sen_mel_push (mel, silence, G_N_ELEMENTS (silence), frames);
  g_array_set_size (frames, (guint) n_wanted);

  float *values = (float *) frames->data, least = log10f (LEAST_POWER), loudest = least;
  for (size_t i = 0; i < n_wanted; i++)
    {
      values[i] = MAX (values[i], least);
      loudest = MAX (loudest, values[i]);
    }
  sen_mel_normalize (values, n_wanted, loudest, values);
  return frames;
}

static bool
run_window (SenEar *ear, const float *mel, float *embeddings, SenCancel *cancel, GError **error)
{
  const struct sen_step step = { .n_tokens = ear->encoder.n_position, .n_out = ear->n_pooled };
  return sen_network_write (ear->network, ear->pass.mel, mel, SEN_WHISPER_FRAMES, error)
         && sen_network_run (ear->network, &step, cancel, error)
         && sen_network_read (ear->network, ear->embeddings, embeddings, ear->n_token, error);
}

bool
sen_ear_hear (SenProjector *projector, gpointer state, const float *samples, size_t n, SenMediaBuilder *builder, SenCancel *cancel,
              GError **error)
{
  SenEar *ear = state;
  if (!check_length (ear, projector, n, error) || !prepare (ear, projector, cancel, error))
    return false;
  uint32_t n_window = (uint32_t) count_windows (n);
  g_autoptr (GArray) mel = make_mel (ear, samples, n, n_window);
  sen_media_builder_add_text (builder, sen_projector_tokenizer (projector), ear->before);
  for (uint32_t window = 0; window < n_window; window++)
    {
      const SenMediaSpan place = {
        .part.n = ear->n_token, .n_row = 1, .n_column = ear->n_token,
        .x0 = window * (float) WINDOW_SECONDS, .x1 = (window + 1) * (float) WINDOW_SECONDS,
      };
      float *embeddings = sen_media_builder_add_embeddings (builder, &place, error);
      if (embeddings == NULL
          || !run_window (ear, &g_array_index (mel, float, (gsize) window * SEN_WHISPER_FRAMES * ear->encoder.n_mel), embeddings, cancel,
                          error))
        return false;
    }
  sen_media_builder_add_text (builder, sen_projector_tokenizer (projector), ear->after);
  return true;
}
