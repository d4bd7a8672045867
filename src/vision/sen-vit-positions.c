/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Learned positions for another number of patches than the model was trained with. */
#include <math.h>
#include <string.h>

#include "sen-vit-private.h"

/* Keys' cubic convolution with a = -0.75, at distances 1 + t, t, 1 - t, 2 - t. */
static void
cubic_weights (double t, double weights[4])
{
  const double a = -0.75;
  double distances[4] = { 1.0 + t, t, 1.0 - t, 2.0 - t };
  for (int i = 0; i < 4; i++)
    {
      double x = distances[i];
      weights[i] = i == 1 || i == 2 ? ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0 : ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
    }
}

typedef struct {
  uint32_t at[4];       /* beyond the edge the last one counts */
  double   weights[4];
} Taps;

static Taps
taps_at (uint32_t i, uint32_t n_in, uint32_t n_out)
{
  Taps taps;
  double place = (i + 0.5) * n_in / n_out - 0.5, first = floor (place);
  cubic_weights (place - first, taps.weights);
  for (int k = 0; k < 4; k++)
    taps.at[k] = (uint32_t) CLAMP ((int64_t) first - 1 + k, 0, (int64_t) n_in - 1);
  return taps;
}

void
sen_vit_stretch_positions (const float *in, uint32_t n_in, float *out, uint32_t n_side, uint32_t n_embd)
{
  if (n_in == n_side)
    {
      memcpy (out, in, (size_t) n_in * n_in * n_embd * sizeof (float));
      return;
    }
  for (uint32_t y = 0; y < n_side; y++)
    for (uint32_t x = 0; x < n_side; x++)
      {
        Taps down = taps_at (y, n_in, n_side), across = taps_at (x, n_in, n_side);
        float *to = out + ((size_t) y * n_side + x) * n_embd;
        for (uint32_t c = 0; c < n_embd; c++)
          {
            double sum = 0.0;
            for (int j = 0; j < 4; j++)
              for (int i = 0; i < 4; i++)
                sum += down.weights[j] * across.weights[i] * in[((size_t) down.at[j] * n_in + across.at[i]) * n_embd + c];
            to[c] = (float) sum;
          }
      }
}
