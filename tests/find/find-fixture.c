/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "find-fixture.h"

SenModelStore *
find_models (const char *connectors, bool models)
{
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  const char *const dirs[] = { connectors, NULL };
  const char *const none[] = { NULL };
  if (g_getenv ("SENSORIUM_TEST_MODELS") == NULL)
    g_error ("SENSORIUM_TEST_MODELS is not set");
  return sen_model_store_new (catalogue, &(SenModelStoreParams) {
    .models_dir = models ? g_getenv ("SENSORIUM_TEST_MODELS") : NULL, .data_dir = "/nonexistent", .extra_dirs = models ? dirs : none,
  });
}

SenFindEncoders *
find_encoders (SenModelStore *store)
{
  const SenDebug debug = sen_debug_from_env ();
  return sen_find_encoders_new (&(SenFindEncodersParams) { .debug = &debug, .store = store, .device = "cpu", .n_threads = 2 });
}

float
dot (const float *a, const float *b, uint32_t n)
{
  double sum = 0.0;
  for (uint32_t i = 0; i < n; i++)
    sum += (double) a[i] * b[i];
  return (float) sum;
}
