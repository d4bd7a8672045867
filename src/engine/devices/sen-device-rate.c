/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-device-rate.h"

#include <string.h>

#include "sen-error.h"

#define TYPE SEN_TYPE_Q4_K
#define N_IN 8192
#define N_OUT 14336       /* 66 MB of weights */
#define MEASURE_US 60000
#define MAX_RUNS 20

static bool
run (SenProgram *program, GError **error)
{
  const struct sen_step step = { .n_tokens = 1, .n_out = 1 };
  return sen_program_run (program, &step, NULL, error);
}

static double
measure (SenDevice *device, const SenWeight *weight, GError **error)
{
  g_autoptr (SenPlan) plan = sen_plan_new (1, 1);
  SenTensor x = sen_plan_input (plan, "x", SEN_TYPE_F32, SEN_ROWS_TOKENS, N_IN);
  SenTensor y = sen_plan_linear (plan, x, sen_plan_weight (plan, weight), SEN_NO_TENSOR);
  sen_plan_output (plan, y, "y");
  sen_plan_finish (plan, sen_device_fusion (device));
  g_autoptr (SenProgram) program = sen_device_compile (device, plan, 0, sen_plan_n_ops (plan), error);
  if (program == NULL)
    return 0.0;
  g_autofree float *values = g_new (float, N_IN);
  for (size_t i = 0; i < N_IN; i++)
    values[i] = (float) (i % 17) - 8.0f;
  /* The first run wakes threads and touches pages; of the others the best is least disturbed. */
  if (!sen_program_write (program, x, values, N_IN * sizeof (float), error) || !run (program, error))
    return 0.0;
  gint64 begin = g_get_monotonic_time (), best = G_MAXINT64;
  for (int i = 0; i < MAX_RUNS && (i < 2 || g_get_monotonic_time () - begin < MEASURE_US); i++)
    {
      gint64 start = g_get_monotonic_time ();
      if (!run (program, error))
        return 0.0;
      best = MIN (best, MAX (g_get_monotonic_time () - start, 1));
    }
  return (double) sen_weight_bytes (weight) * G_USEC_PER_SEC / (double) best;
}

double
sen_device_measure_rate (SenDevice *device, GError **error)
{
  SenWeight weight = { .name = "rate", .type = TYPE, .n_row = N_OUT, .n_col = N_IN };
  const SenWeight *const weights[] = { &weight };
  gsize n_bytes = sen_weight_bytes (&weight);
  g_autofree guint8 *bytes = g_try_malloc (n_bytes);
  if (bytes == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY, "no memory for %zu bytes of weights to measure with", n_bytes);
      return 0.0;
    }
  /* Any bytes are weights; these make numbers that are small and finite. */
  memset (bytes, 0x11, n_bytes);
  weight.data = bytes;
  if (!sen_device_bind_weights (device, weights, 1, NULL, error))
    return 0.0;
  double rate = measure (device, &weight, error);
  sen_device_unbind_weights (device, weights, 1);
  return rate;
}
