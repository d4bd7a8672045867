/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-embedding.h"

#include <math.h>

bool
sen_embedding_to_unit (const double *sums, size_t n, float *unit)
{
  double squares = 0.0;
  for (size_t i = 0; i < n; i++)
    squares += sums[i] * sums[i];
  if (!(squares > 0.0) || !isfinite (squares))
    return false;
  for (size_t i = 0; i < n; i++)
    unit[i] = (float) (sums[i] / sqrt (squares));
  return true;
}

double
sen_dot (const float *a, const float *b, size_t n)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += (double) a[i] * b[i];
  return sum;
}
