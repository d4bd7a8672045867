/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   bench-vit MODEL TYPE DEVICE N_THREADS PIXELS FEATURES
 *
 * Encodes PIXELS (f32 [3][size][size]) once for each line that comes in on stdin and answers with the milliseconds it took;
 * writes the tokens behind the last norm (f32) to FEATURES in the end. What tools/bench-vit.py talks to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sen-cpu.h"
#include "sen-import.h"
#include "sen-type.h"
#include "sen-vit.h"
#include "sen-vulkan.h"
#include "stop-on.h"

int
main (int argc, char **argv)
{
  GError *error = NULL;
  SenType type = SEN_TYPE_F32;
  if (argc != 7 || !sen_type_from_name (argv[2], &type))
    return 2;
  SenImportParams params = { .matrix_type = type };
  g_autofree char *path = sen_import_open (argv[1], &params, &error), *bytes = NULL;
  stop_on (error);
  g_autoptr (SenVit) vit = sen_vit_open (path, &error);
  stop_on (error);
  const SenCpuParams cpu = { .n_threads = (uint32_t) atoi (argv[4]) };
  g_autoptr (SenDevice) device = strcmp (argv[3], "vulkan") == 0 ? sen_vulkan_device_new (&(SenVulkanParams) { 0 }, &error)
                                                                  : sen_cpu_device_new (&cpu, &error);
  stop_on (error);
  g_autoptr (SenVitEncoder) encoder = sen_vit_encoder_new (vit, device, NULL, 0, NULL, &error);
  stop_on (error);
  size_t length, size = sen_vit_info (vit)->preparation.image_size;
  g_file_get_contents (argv[5], &bytes, &length, &error);
  stop_on (error);
  if (length != 3 * size * size * sizeof (float))
    return 2;

  char line[64];
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      gint64 start = g_get_monotonic_time ();
      sen_vit_encoder_run (encoder, (const float *) bytes, NULL, &error);
      stop_on (error);
      printf ("%.3f\n", (double) (g_get_monotonic_time () - start) / 1000.0);
      fflush (stdout);
    }
  size_t n = sen_vit_encoder_length (encoder, SEN_VIT_TOKENS);
  g_autofree float *tokens = g_new (float, n);
  sen_vit_encoder_read (encoder, SEN_VIT_TOKENS, 0, tokens, &error);
  stop_on (error);
  g_file_set_contents (argv[6], (const char *) tokens, (gssize) (n * sizeof (float)), &error);
  stop_on (error);
  return 0;
}
