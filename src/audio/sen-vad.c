/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-vad-private.h"

#include <math.h>

#include "sen-vad-weights.inc"

G_STATIC_ASSERT (G_N_ELEMENTS (feature_mean) == SEN_VAD_N_FEATURES);

enum { SMOOTH = 5 };   /* rows over which the network's answer is averaged */

struct SenVad {
  SenVadFeatures *features;
  SenVadOptions   options;
  int             min_speech, min_silence, max_speech;   /* rows */
  int64_t         pad;                                    /* samples */

  float   recent[SMOOTH];
  int64_t n_rows, n_decided, n_samples;   /* rows seen; rows whose smoothed probability is known; samples fed */
  float   probability;
  int64_t after_quiet;       /* the row after the last one below options.off */

  bool    speaking;
  int64_t start, last;       /* rows: where it began, and the last one at or above options.off */
  bool    goes_on;           /* begins where the stretch before was cut: no padding there */
  double  sum, sum_at_last;  /* of probabilities since start; up to last */
  float   highest;
  int64_t cut;               /* where to cut it when it grows too long */
  double  sum_at_cut;
  float   cut_probability;

  int64_t end_before;        /* samples: the end of the last stretch given out */
  GArray *found;             /* SenSpeech, finished and not yet taken */
  guint   n_taken;
};

static float
infer (const float *row)
{
  float x[SEN_VAD_N_FEATURES], out = output_bias;
  for (int i = 0; i < SEN_VAD_N_FEATURES; i++)
    x[i] = CLAMP ((row[i] - feature_mean[i]) * feature_scale[i], -6.0f, 6.0f);
  for (int h = 0; h < N_HIDDEN; h++)
    {
      float sum = hidden_bias[h];
      for (int i = 0; i < SEN_VAD_N_FEATURES; i++)
        sum += hidden_weight[h * SEN_VAD_N_FEATURES + i] * x[i];
      out += output_weight[h] * tanhf (sum);
    }
  return 1.0f / (1.0f + expf (-out));
}

/* Gives out rows [start, end) of the present stretch. */
static void
give (SenVad *vad, int64_t end, double sum, bool cut)
{
  int64_t from = vad->start * SEN_VAD_HOP - (vad->goes_on ? 0 : vad->pad), to = end * SEN_VAD_HOP + (cut ? 0 : vad->pad);
  SenSpeech speech = { MAX (from, vad->end_before), MIN (to, vad->n_samples), sum / MAX (end - vad->start, 1) };
  vad->end_before = speech.end;
  g_array_append_val (vad->found, speech);
}

static void
end_stretch (SenVad *vad)
{
  int64_t end = vad->last + 1;
  if (vad->goes_on || (vad->highest >= vad->options.sure && end - vad->start >= vad->min_speech))
    give (vad, end, vad->sum_at_last, false);
  vad->speaking = false;
}

static void
decide (SenVad *vad, float probability)
{
  int64_t row = vad->n_decided++;
  vad->probability = probability;
  if (!vad->speaking && probability >= vad->options.on)
    {
      vad->speaking = true;
      vad->goes_on = false;
      vad->start = vad->after_quiet;
      vad->sum = (row - vad->start) * (double) vad->options.on;
      vad->highest = 0.0f;
      vad->cut_probability = INFINITY;
    }
  if (probability < vad->options.off)
    vad->after_quiet = row + 1;
  if (!vad->speaking)
    return;

  vad->sum += probability;
  vad->highest = MAX (vad->highest, probability);
  if (probability >= vad->options.off)
    {
      vad->last = row;
      vad->sum_at_last = vad->sum;
    }
  else if (row - vad->last >= vad->min_silence)
    {
      end_stretch (vad);
      return;
    }
  if (vad->max_speech == 0)
    return;
  if (row - vad->start >= vad->max_speech * 4 / 5 && probability < vad->cut_probability)
    {
      vad->cut = row;
      vad->cut_probability = probability;
      vad->sum_at_cut = vad->sum;
    }
  if (row - vad->start >= vad->max_speech)
    {
      if (vad->last < vad->cut)   /* it was silence from here on */
        {
          end_stretch (vad);
          return;
        }
      give (vad, vad->cut, vad->sum_at_cut, true);
      vad->start = vad->cut;
      vad->goes_on = true;
      vad->sum -= vad->sum_at_cut;
      vad->sum_at_last -= vad->sum_at_cut;
      vad->cut_probability = INFINITY;
    }
}

/* The mean of the @n_after rows after the middle, the middle, and the SMOOTH / 2 before it, as far as they exist. */
static void
smooth (SenVad *vad, int64_t n_after)
{
  int64_t first = MAX (vad->n_decided - SMOOTH / 2, 0), end = vad->n_decided + 1 + n_after;
  float sum = 0.0f;
  for (int64_t i = first; i < end; i++)
    sum += vad->recent[i % SMOOTH];
  decide (vad, sum / (end - first));
}

static void
on_row (const float *row, gpointer data)
{
  SenVad *vad = data;
  vad->recent[vad->n_rows++ % SMOOTH] = infer (row);
  if (vad->n_rows > SMOOTH / 2)
    smooth (vad, SMOOTH / 2);
}

static int
to_rows (float seconds)
{
  return (int) lrintf (CLAMP (seconds, 0.0f, 36000.0f) * SEN_VAD_RATE / SEN_VAD_HOP);
}

SenVad *
sen_vad_new (const SenVadOptions *options)
{
  SenVad *vad = g_new0 (SenVad, 1);
  vad->options = options != NULL ? *options : (SenVadOptions) SEN_VAD_DEFAULTS;
  vad->min_speech = to_rows (vad->options.min_speech);
  vad->min_silence = MAX (to_rows (vad->options.min_silence), 1);
  vad->max_speech = to_rows (vad->options.max_speech);
  vad->pad = (int64_t) to_rows (vad->options.pad) * SEN_VAD_HOP;
  vad->features = sen_vad_features_new (on_row, vad);
  vad->found = g_array_new (FALSE, FALSE, sizeof (SenSpeech));
  return vad;
}

void
sen_vad_free (SenVad *vad)
{
  if (vad == NULL)
    return;
  sen_vad_features_free (vad->features);
  g_clear_pointer (&vad->found, g_array_unref);
  g_free (vad);
}

void
sen_vad_feed (SenVad *vad, const float *samples, size_t n_samples)
{
  g_return_if_fail (vad != NULL && (samples != NULL || n_samples == 0));
  vad->n_samples += n_samples;
  sen_vad_features_feed (vad->features, samples, n_samples);
}

void
sen_vad_finish (SenVad *vad)
{
  g_return_if_fail (vad != NULL);
  sen_vad_features_finish (vad->features);
  while (vad->n_decided < vad->n_rows)
    smooth (vad, vad->n_rows - vad->n_decided - 1);
  if (vad->speaking)
    end_stretch (vad);
  vad->n_rows = vad->n_decided = vad->n_samples = vad->after_quiet = vad->end_before = 0;
}

bool
sen_vad_next (SenVad *vad, SenSpeech *speech)
{
  g_return_val_if_fail (vad != NULL && speech != NULL, false);
  if (vad->n_taken == vad->found->len)
    return false;
  *speech = g_array_index (vad->found, SenSpeech, vad->n_taken++);
  if (vad->n_taken == vad->found->len)
    {
      g_array_set_size (vad->found, 0);
      vad->n_taken = 0;
    }
  return true;
}

int64_t
sen_vad_settled (const SenVad *vad)
{
  g_return_val_if_fail (vad != NULL, 0);
  if (vad->speaking && vad->goes_on)
    return vad->end_before;
  int64_t row = vad->speaking ? vad->start : vad->after_quiet;
  return MAX (row * SEN_VAD_HOP - vad->pad, vad->end_before);
}

float
sen_vad_probability (const SenVad *vad)
{
  g_return_val_if_fail (vad != NULL, 0.0f);
  return vad->probability;
}

GArray *
sen_vad_find (const float *samples, size_t n_samples, const SenVadOptions *options)
{
  g_autoptr (SenVad) vad = sen_vad_new (options);
  sen_vad_feed (vad, samples, n_samples);
  sen_vad_finish (vad);
  return g_steal_pointer (&vad->found);
}
