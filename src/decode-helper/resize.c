/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Separable resampling by the Catmull-Rom cubic (a = -1/2), stretched by the ratio when shrinking, as Pillow's BICUBIC. Rows
 * first: whole source rows are added into one row of sums, which the compiler vectorizes; what is left for the columns is only
 * as high as the result. */
#include "helper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BITS 14             /* of a weight's fraction; they sum to exactly 1 << BITS */

/* Built for both, chosen when the program is loaded. */
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__ && !defined __SANITIZE_ADDRESS__
#define FOR_EACH_ISA __attribute__ ((target_clones ("arch=x86-64-v3", "default")))
#else
#define FOR_EACH_ISA
#endif

typedef struct {
  int      n_taps;          /* of every output, padded with zeros */
  int     *first;           /* source index of the first tap */
  int16_t *weights;         /* [n_out][n_taps] */
} Taps;

static double
cubic (double x)
{
  x = fabs (x);
  return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

static void
taps_clear (Taps *taps)
{
  free (taps->first);
  free (taps->weights);
}

static bool
taps_init (Taps *taps, int n_in, int n_out)
{
  double scale = (double) n_in / n_out, stretch = scale > 1 ? scale : 1, support = 2 * stretch;
  taps->n_taps = (int) ceil (support) * 2 + 1;
  taps->n_taps = taps->n_taps < n_in ? taps->n_taps : n_in;
  taps->first = calloc ((size_t) n_out, sizeof *taps->first);
  taps->weights = calloc ((size_t) n_out * (size_t) taps->n_taps, sizeof *taps->weights);
  double *exact = calloc ((size_t) taps->n_taps, sizeof *exact);
  bool ok = taps->first != NULL && taps->weights != NULL && exact != NULL;

  for (int i = 0; ok && i < n_out; i++)
    {
      double centre = (i + 0.5) * scale, sum = 0;
      int first = (int) floor (centre - support + 0.5);
      first = first < 0 ? 0 : first > n_in - taps->n_taps ? n_in - taps->n_taps : first;
      for (int j = 0; j < taps->n_taps; j++)
        sum += exact[j] = cubic ((first + j + 0.5 - centre) / stretch);
      int16_t *weights = taps->weights + (size_t) i * (size_t) taps->n_taps;
      int left = 1 << BITS, largest = 0;
      for (int j = 0; j < taps->n_taps; j++)
        {
          weights[j] = (int16_t) lrint (exact[j] / sum * (1 << BITS));
          left -= weights[j];
          largest = weights[j] > weights[largest] ? j : largest;
        }
      weights[largest] = (int16_t) (weights[largest] + left);
      taps->first[i] = first;
    }
  free (exact);
  if (!ok)
    taps_clear (taps);
  return ok;
}

static inline uint8_t
to_byte (int32_t sum)
{
  sum = (sum + (1 << (BITS - 1))) >> BITS;
  return (uint8_t) (sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* One row of the result's height, at the source's width: @row[i] = Σ_j weights[j] · pixels[j · stride + i]. */
FOR_EACH_ISA static void
mix_rows (const uint8_t *restrict pixels, size_t stride, const int16_t *restrict weights, int n_taps, int32_t *restrict sums,
          uint8_t *restrict row)
{
  memset (sums, 0, stride * sizeof *sums);
  int j = 0;
  for (; j + 4 <= n_taps; j += 4)
    {
      const uint8_t *a = pixels + (size_t) j * stride, *b = a + stride, *c = b + stride, *d = c + stride;
      int16_t wa = weights[j], wb = weights[j + 1], wc = weights[j + 2], wd = weights[j + 3];
      for (size_t i = 0; i < stride; i++)
        sums[i] += wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
    }
  for (; j < n_taps; j++)
    for (size_t i = 0; i < stride; i++)
      sums[i] += weights[j] * pixels[(size_t) j * stride + i];
  for (size_t i = 0; i < stride; i++)
    row[i] = to_byte (sums[i]);
}

FOR_EACH_ISA static void
mix_columns (const uint8_t *restrict row, const Taps *taps, uint8_t *restrict to, int to_width)
{
  for (int i = 0; i < to_width; i++)
    {
      const uint8_t *from = row + 3 * (size_t) taps->first[i];
      const int16_t *weights = taps->weights + (size_t) i * (size_t) taps->n_taps;
      int32_t r = 0, g = 0, b = 0;
      for (int j = 0; j < taps->n_taps; j++, from += 3)
        {
          r += weights[j] * from[0];
          g += weights[j] * from[1];
          b += weights[j] * from[2];
        }
      *to++ = to_byte (r);
      *to++ = to_byte (g);
      *to++ = to_byte (b);
    }
}

bool
resize_rgb (const uint8_t *pixels, int width, int height, uint8_t *to, int to_width, int to_height)
{
  size_t stride = (size_t) width * 3;
  Taps across = { 0 }, down = { 0 };
  int32_t *sums = malloc (stride * sizeof *sums);
  uint8_t *row = malloc (stride);
  bool ok = sums != NULL && row != NULL && taps_init (&across, width, to_width) && taps_init (&down, height, to_height);
  for (int y = 0; ok && y < to_height; y++)
    {
      mix_rows (pixels + (size_t) down.first[y] * stride, stride, down.weights + (size_t) y * (size_t) down.n_taps, down.n_taps,
                sums, row);
      mix_columns (row, &across, to + (size_t) y * (size_t) to_width * 3, to_width);
    }
  if (across.first != NULL)
    taps_clear (&across);
  if (down.first != NULL)
    taps_clear (&down);
  free (sums);
  free (row);
  return ok;
}
