/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-trust.h"

#include <math.h>

#include "sen-error.h"

/* What one measurement needs at hand. */
typedef struct {
  SenOcclusion         *occlusion;
  const SenTrustParams *params;
  SenCancel            *cancel;
  uint32_t              n_units, n_steps, n_done, n_total;
  bool                 *hidden;     /* [n_units] */
  float                *logprobs;   /* [n_answer] */
} Measurement;

/* How many units are hidden or shown at @step: from none to all, as evenly as whole units allow. */
static uint32_t
count_at (const Measurement *m, uint32_t step)
{
  return (uint32_t) ((uint64_t) m->n_units * step / m->n_steps);
}

/* The answer's log-probability with the first @n of @order hidden, or all others. */
static bool
score (Measurement *m, const uint32_t *order, uint32_t n, bool others, float *sum, GError **error)
{
  for (uint32_t i = 0; i < m->n_units; i++)
    m->hidden[order[i]] = (i < n) != others;
  if (!sen_occlusion_score (m->occlusion, m->hidden, m->logprobs, m->cancel, error))
    return false;
  double total = 0.0;
  for (uint32_t i = 0; i < sen_occlusion_n_answer (m->occlusion); i++)
    total += m->logprobs[i];
  *sum = (float) total;
  m->n_done++;
  if (m->params->progress != NULL)
    m->params->progress (m->n_done, m->n_total, m->params->user_data);
  return true;
}

/* The points between both ends, which do not depend on the order. */
static bool
follow (Measurement *m, const uint32_t *order, bool others, float *curve, GError **error)
{
  for (uint32_t step = 1; step < m->n_steps; step++)
    if (!score (m, order, count_at (m, step), others, &curve[step], error))
      return false;
  return true;
}

static float
area_under (const float *curve, uint32_t n_steps)
{
  double sum = 0.0;
  for (uint32_t i = 0; i < n_steps; i++)
    sum += 0.5 * ((double) curve[i] + curve[i + 1]);
  return (float) (sum / n_steps);
}

static int
compare_heat (gconstpointer a, gconstpointer b, gpointer data)
{
  const float *heat = data;
  uint32_t i = *(const uint32_t *) a, j = *(const uint32_t *) b;
  if (heat[i] != heat[j])
    return heat[i] > heat[j] ? -1 : 1;
  return i < j ? -1 : i > j;
}

static void
shuffle (uint32_t *order, uint32_t n, GRand *chance)
{
  for (uint32_t i = n; i > 1; i--)
    {
      uint32_t j = (uint32_t) g_rand_int_range (chance, 0, (gint32) i), other = order[i - 1];
      order[i - 1] = order[j];
      order[j] = other;
    }
}

/* Mean and spread of the random curves, and of the areas under them. */
static void
gather_chance (SenTrust *trust, const float *curves, uint32_t n_orders)
{
  uint32_t n_points = trust->n_steps + 1;
  double area = 0.0, area_squares = 0.0;
  for (uint32_t step = 0; step < n_points; step++)
    {
      double sum = 0.0, squares = 0.0;
      for (uint32_t i = 0; i < n_orders; i++)
        sum += curves[(size_t) i * n_points + step];
      double mean = sum / n_orders;
      for (uint32_t i = 0; i < n_orders; i++)
        squares += pow (curves[(size_t) i * n_points + step] - mean, 2.0);
      trust->chance[step] = (float) mean;
      trust->chance_spread[step] = (float) sqrt (squares / (n_orders - 1));
    }
  trust->chance_area = area_under (trust->chance, trust->n_steps);
  for (uint32_t i = 0; i < n_orders; i++)
    {
      area = area_under (curves + (size_t) i * n_points, trust->n_steps);
      area_squares += pow (area - trust->chance_area, 2.0);
    }
  trust->chance_area_spread = (float) sqrt (area_squares / (n_orders - 1));
}

static bool
measure (Measurement *m, SenTrust *trust, GError **error)
{
  uint32_t n = m->n_units, n_points = m->n_steps + 1, n_orders = trust->n_orders;
  g_autofree uint32_t *order = g_new (uint32_t, n);
  g_autofree float *curves = g_new0 (float, (gsize) n_orders * n_points);
  g_autoptr (GRand) chance = g_rand_new_with_seed (m->params->seed);
  float full, empty;
  for (uint32_t i = 0; i < n; i++)
    order[i] = i;
  if (!score (m, order, 0, false, &full, error) || !score (m, order, n, false, &empty, error))
    return false;

  for (uint32_t i = 0; i < n_orders; i++)
    {
      float *curve = curves + (size_t) i * n_points;
      shuffle (order, n, chance);
      curve[0] = full;
      curve[m->n_steps] = empty;
      if (!follow (m, order, false, curve, error))
        return false;
    }
  gather_chance (trust, curves, n_orders);

  for (uint32_t i = 0; i < n; i++)
    order[i] = i;
  g_qsort_with_data (order, (int) n, sizeof *order, compare_heat, (gpointer) m->params->heat);
  trust->deletion[0] = trust->insertion[m->n_steps] = full;
  trust->deletion[m->n_steps] = trust->insertion[0] = empty;
  if (!follow (m, order, false, trust->deletion, error) || !follow (m, order, true, trust->insertion, error))
    return false;
  trust->deletion_area = area_under (trust->deletion, m->n_steps);
  trust->insertion_area = area_under (trust->insertion, m->n_steps);
  float fall = full - trust->deletion_area, chance_fall = full - trust->chance_area;
  trust->ratio = chance_fall > 0.0f ? fall / chance_fall : NAN;
  return true;
}

static bool
check_heat (const float *heat, uint32_t n_units, GError **error)
{
  if (n_units == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "there is nothing that could be left out, so nothing can be measured");
      return false;
    }
  for (uint32_t i = 0; i < n_units; i++)
    if (!isfinite (heat[i]))
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "the heat of piece %u is no number", i);
        return false;
      }
  return true;
}

bool
sen_trust_measure (SenTrust *trust, SenOcclusion *occlusion, const SenTrustParams *params, SenCancel *cancel, GError **error)
{
  uint32_t n_units = sen_occlusion_n_units (occlusion);
  *trust = (SenTrust) { 0 };
  if (!check_heat (params->heat, n_units, error))
    return false;

  uint32_t n_most = params->n_steps > 0 ? MIN (params->n_steps, SEN_TRUST_MAX_STEPS) : SEN_TRUST_MAX_STEPS;
  trust->n_units = n_units;
  trust->n_steps = MIN (n_most, n_units);
  trust->n_orders = MAX (params->n_orders, SEN_TRUST_MIN_ORDERS);
  uint32_t n_points = trust->n_steps + 1;
  trust->deletion = g_new0 (float, n_points);
  trust->insertion = g_new0 (float, n_points);
  trust->chance = g_new0 (float, n_points);
  trust->chance_spread = g_new0 (float, n_points);

  g_autofree bool *hidden = g_new0 (bool, n_units);
  g_autofree float *logprobs = g_new0 (float, sen_occlusion_n_answer (occlusion));
  Measurement m = {
    .occlusion = occlusion, .params = params, .cancel = cancel, .n_units = n_units, .n_steps = trust->n_steps, .hidden = hidden,
    .logprobs = logprobs, .n_total = 2 + (trust->n_orders + 2) * (trust->n_steps - 1),
  };
  bool ok = measure (&m, trust, error);
  if (!ok)
    sen_trust_clear (trust);
  return ok;
}

void
sen_trust_clear (SenTrust *trust)
{
  g_free (trust->deletion);
  g_free (trust->insertion);
  g_free (trust->chance);
  g_free (trust->chance_spread);
  *trust = (SenTrust) { 0 };
}
