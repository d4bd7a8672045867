/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   picture-features MODEL N_THREADS LAYER…
 *
 * What the connectors of pictures see, for tools/train/features.py: reads prepared pictures (RGB bytes [size][size][3]) from stdin
 * until its end and writes f16 [n_layers][1 + n_side²/4][n_embd] for each: the class token, then the means of 2 × 2 patches, each
 * token brought to mean 0 and variance 1 before. LAYER is that of SEN_VIT_HIDDEN. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sen-cpu.h"
#include "sen-import.h"
#include "sen-type.h"
#include "sen-vit.h"
#include "stop-on.h"

#define EPS 1e-6

static void
normalize (float *row, uint32_t n)
{
  double sum = 0.0, squares = 0.0;
  for (uint32_t i = 0; i < n; i++)
    sum += row[i];
  for (uint32_t i = 0; i < n; i++)
    squares += (row[i] - sum / n) * (row[i] - sum / n);
  for (uint32_t i = 0; i < n; i++)
    row[i] = (float) ((row[i] - sum / n) / sqrt (squares / n + EPS));
}

/* @halves[1 + n_side²/4][n_embd] of @tokens[n_token][n_embd], which are normalized in place. */
static void
pool (const SenVitInfo *info, float *tokens, uint16_t *halves)
{
  uint32_t n = info->n_embd, side = info->n_side;
  for (uint32_t i = 0; i < info->n_token; i++)
    normalize (tokens + (size_t) i * n, n);
  for (uint32_t i = 0; i < n; i++)
    *halves++ = sen_f32_to_f16 (tokens[i]);
  const float *patches = tokens + (size_t) info->n_first * n;
  for (uint32_t y = 0; y < side; y += 2)
    for (uint32_t x = 0; x < side; x += 2)
      for (uint32_t i = 0; i < n; i++)
        {
          const float *corner = patches + (size_t) (y * side + x) * n + i, *below = corner + (size_t) side * n;
          *halves++ = sen_f32_to_f16 ((corner[0] + corner[n] + below[0] + below[n]) / 4.0f);
        }
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  if (argc < 4)
    return 2;
  uint32_t n_layers = (uint32_t) argc - 3;
  g_autofree uint32_t *layers = g_new (uint32_t, n_layers);
  for (uint32_t i = 0; i < n_layers; i++)
    layers[i] = (uint32_t) atoi (argv[3 + i]);
  g_autofree char *path = sen_import_open (argv[1], NULL, &error);
  stop_on (error);
  g_autoptr (SenVit) vit = sen_vit_open (path, &error);
  stop_on (error);
  const SenVitInfo *info = sen_vit_info (vit);
  const SenCpuParams cpu = { .n_threads = (uint32_t) atoi (argv[2]) };
  g_autoptr (SenDevice) device = sen_cpu_device_new (&cpu, &error);
  stop_on (error);
  g_autoptr (SenVitEncoder) encoder = sen_vit_encoder_new (vit, device, layers, n_layers, NULL, &error);
  stop_on (error);

  size_t size = info->preparation.image_size, n_halves = (size_t) (1 + info->n_side * info->n_side / 4) * info->n_embd;
  g_autofree uint8_t *rgb = g_new (uint8_t, size * size * 3);
  g_autofree float *pixels = g_new (float, size * size * 3);
  g_autofree float *tokens = g_new (float, (size_t) info->n_token * info->n_embd);
  g_autofree uint16_t *halves = g_new (uint16_t, n_halves);
  while (fread (rgb, size * size * 3, 1, stdin) == 1)
    {
      if (!sen_vit_prepare (&info->preparation, rgb, (uint32_t) size, (uint32_t) size, pixels, NULL))
        return 1;
      sen_vit_encoder_run (encoder, pixels, NULL, &error);
      stop_on (error);
      for (uint32_t i = 0; i < n_layers; i++)
        {
          sen_vit_encoder_read (encoder, SEN_VIT_HIDDEN, layers[i], tokens, &error);
          stop_on (error);
          pool (info, tokens, halves);
          if (fwrite (halves, sizeof *halves, n_halves, stdout) != n_halves)
            return 1;
        }
      fflush (stdout);
    }
  return 0;
}
