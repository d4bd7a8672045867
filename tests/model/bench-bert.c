/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   bench-bert MODEL TYPE N_THREADS
 *
 * Embeds each line that comes in on stdin and answers with the milliseconds it took and the vector. What tools/bench-bert.py talks to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sen-bert.h"
#include "sen-cpu.h"
#include "sen-import.h"
#include "stop-on.h"

#define MAX_LINE (1 << 20)

int
main (int argc, char **argv)
{
  GError *error = NULL;
  SenType type = SEN_TYPE_F32;
  if (argc != 4 || !sen_type_from_name (argv[2], &type))
    return 2;
  SenImportParams params = { .matrix_type = type };
  g_autofree char *path = sen_import_open (argv[1], &params, &error), *line = g_malloc (MAX_LINE);
  stop_on (error);
  g_autoptr (SenBert) bert = sen_bert_open (path, &error);
  stop_on (error);
  g_autoptr (SenDevice) device = sen_cpu_device_new (&(SenCpuParams) { .n_threads = (uint32_t) atoi (argv[3]) }, &error);
  stop_on (error);
  g_autoptr (SenBertEncoder) encoder = sen_bert_encoder_new (bert, device, NULL, &error);
  stop_on (error);
  uint32_t n = sen_bert_info (bert)->n_embd;
  g_autofree float *embedding = g_new (float, n);
  while (fgets (line, MAX_LINE, stdin) != NULL)
    {
      gint64 start = g_get_monotonic_time ();
      sen_bert_encoder_embed (encoder, g_strchomp (line), -1, embedding, NULL, &error);
      stop_on (error);
      printf ("%.3f", (double) (g_get_monotonic_time () - start) / 1000.0);
      for (uint32_t i = 0; i < n; i++)
        printf (" %.7g", (double) embedding[i]);
      puts ("");
      fflush (stdout);
    }
  return 0;
}
