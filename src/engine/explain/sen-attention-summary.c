/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-attention-summary.h"

static double
sum_of (const float *weights, uint32_t n)
{
  double sum = 0.0;
  for (uint32_t i = 0; i < n; i++)
    sum += weights[i];
  return sum;
}

static void
take_out_sinks (float *weights, uint32_t n, const SenAttentionSummaryParams *params)
{
  double before = sum_of (weights, n);
  for (uint32_t i = 0; i < params->n_sinks; i++)
    if (params->sinks[i] < n)
      weights[params->sinks[i]] = 0.0f;
  double after = sum_of (weights, n);
  for (uint32_t i = 0; after > 0.0 && i < n; i++)
    weights[i] = (float) (weights[i] * before / after);
}

void
sen_attention_summary_add (const float *attention, uint32_t n_layer, uint32_t n_head, uint32_t n_cell, uint32_t n,
                           const SenAttentionSummaryParams *params, float *weights)
{
  for (uint32_t head = 0; head < n_head; head++)
    {
      const float *of_head = attention + (size_t) head * n_cell;
      for (uint32_t i = 0; i < n; i++)
        weights[i] = params->reduction == SEN_ATTENTION_MAX ? MAX (weights[i], of_head[i])
                                                            : weights[i] + of_head[i] / (float) (n_layer * n_head);
    }
}

void
sen_attention_summary_end (uint32_t n, const SenAttentionSummaryParams *params, float *weights)
{
  if (params->n_sinks > 0)
    take_out_sinks (weights, n, params);
}

void
sen_attention_summary (const float *const *attention, uint32_t n_layer, uint32_t n_head, uint32_t n_key, uint32_t row,
                       const SenAttentionSummaryParams *params, float *weights)
{
  for (uint32_t i = 0; i < n_key; i++)
    weights[i] = 0.0f;
  for (uint32_t layer = 0; layer < n_layer; layer++)
    sen_attention_summary_add (attention[layer] + (size_t) row * n_head * n_key, n_layer, n_head, n_key, n_key, params, weights);
  sen_attention_summary_end (n_key, params, weights);
}
