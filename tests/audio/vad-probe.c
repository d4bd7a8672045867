/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */

/* For tools/train-vad.py: mono float samples at 16 kHz on stdin. With --features, the rows of features as floats on stdout;
 * otherwise one line per stretch of speech: first sample, end, probability. */
#include <stdio.h>
#include <string.h>

#include "sen-vad-private.h"

static void
on_row (const float *row, gpointer data)
{
  fwrite (row, sizeof (float), SEN_VAD_N_FEATURES, stdout);
}

int
main (int argc, char **argv)
{
  bool only_features = argc > 1 && strcmp (argv[1], "--features") == 0;
  g_autoptr (SenVad) vad = sen_vad_new (NULL);
  SenVadFeatures *features = sen_vad_features_new (on_row, NULL);
  float samples[4096];
  size_t n;
  while ((n = fread (samples, sizeof (float), G_N_ELEMENTS (samples), stdin)) > 0)
    if (only_features)
      sen_vad_features_feed (features, samples, n);
    else
      sen_vad_feed (vad, samples, n);
  if (only_features)
    sen_vad_features_finish (features);
  else
    sen_vad_finish (vad);
  SenSpeech speech;
  while (sen_vad_next (vad, &speech))
    printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %.3f\n", speech.start, speech.end, speech.probability);
  sen_vad_features_free (features);
  return 0;
}
