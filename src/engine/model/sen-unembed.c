/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-unembed.h"

#include <math.h>

#include "sen-embedding.h"
#include "sen-model-private.h"

/* A row of a matrix, or a vector, as numbers. */
static void
unpack_row (const SenWeight *weight, uint32_t row, float *values)
{
  const uint8_t *blocks = (const uint8_t *) weight->data + row * sen_type_row_bytes (weight->type, weight->n_col);
  sen_dequantize (weight->type, blocks, values, weight->n_col);
}

/* direction becomes that before the norm of @x by @weight, whose scale stays as it was. */
static void
pull_through_norm (const SenWeight *weight, const float *x, float eps, uint32_t n, float *direction)
{
  g_autofree float *w = g_new (float, n);
  unpack_row (weight, 0, w);
  double scale = 1.0 / sqrt (sen_dot (x, x, n) / n + eps);
  for (uint32_t i = 0; i < n; i++)
    direction[i] = (float) (scale * w[i] * direction[i]);
}

void
sen_model_unembed (const SenModel *model, SenToken token, const float *hidden, float *direction, float *bias)
{
  const SenHyperparams *hp = &model->hp;
  g_return_if_fail (token >= 0 && (uint32_t) token < hp->n_vocab);
  unpack_row (model->output, (uint32_t) token, direction);
  pull_through_norm (model->output_norm, hidden, hp->rms_eps, hp->n_embd, direction);
  *bias = 0.0f;
  if (model->output_bias != NULL)
    {
      g_autofree float *biases = g_new (float, hp->n_vocab);
      unpack_row (model->output_bias, 0, biases);
      *bias = biases[token];
    }
}

void
sen_model_pull_back (const SenModel *model, uint32_t layer, const float *heads, const float *direction, float *pulled, float *bias)
{
  const SenHyperparams *hp = &model->hp;
  const SenLayer *l = &model->layers[layer];
  uint32_t n_in = hp->n_head * hp->head_dim;
  g_autofree float *row = g_new (float, n_in), *biases = g_new0 (float, hp->n_embd), *before = g_new (float, hp->n_embd);
  g_autofree double *sums = g_new0 (double, n_in);
  memcpy (before, direction, hp->n_embd * sizeof (float));
  if (l->bo != NULL)
    unpack_row (l->bo, 0, biases);

  if (l->attn_post_norm != NULL)
    {
      g_autofree float *added = g_new (float, hp->n_embd);
      for (uint32_t i = 0; i < hp->n_embd; i++)
        {
          unpack_row (l->wo, i, row);
          added[i] = (float) (sen_dot (row, heads, n_in) + biases[i]);
        }
      pull_through_norm (l->attn_post_norm, added, hp->rms_eps, hp->n_embd, before);
    }
  for (uint32_t i = 0; i < hp->n_embd; i++)
    {
      unpack_row (l->wo, i, row);
      for (uint32_t j = 0; j < n_in; j++)
        sums[j] += (double) before[i] * row[j];
    }
  for (uint32_t j = 0; j < n_in; j++)
    pulled[j] = (float) sums[j];
  *bias = (float) sen_dot (before, biases, hp->n_embd);
}
