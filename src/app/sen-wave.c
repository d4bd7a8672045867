/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-wave.h"

/* What is quieter than this does not grow to the full height. */
#define LEAST_TOP 0.05f

static float
loudest (const SenPeaks *peaks, size_t first, size_t end)
{
  float high = 0.0f;
  for (size_t i = first; peaks != NULL && i < MIN (end, peaks->n_bins); i++)
    high = MAX (high, MAX (peaks->high[i], -peaks->low[i]));
  return high;
}

float
sen_wave_top (const SenPeaks *peaks)
{
  return MAX (loudest (peaks, 0, SIZE_MAX), LEAST_TOP);
}

float
sen_wave_height (const SenPeaks *peaks, size_t first, size_t end, float top)
{
  return MIN (loudest (peaks, first, end) / top, 1.0f);
}
