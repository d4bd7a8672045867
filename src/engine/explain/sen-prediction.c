/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-prediction.h"

#include <math.h>

SenPrediction
sen_prediction (const float *logits, uint32_t n_vocab, SenToken token, SenAlternative *alternatives, uint32_t k)
{
  SenPrediction prediction = { .token = token };
  float highest = logits[0];
  for (uint32_t i = 1; i < n_vocab; i++)
    highest = MAX (highest, logits[i]);

  /* With d = logit - highest: H = log Σ exp d - Σ d exp d / Σ exp d. */
  double sum = 0.0, weighted = 0.0;
  for (uint32_t i = 0; i < n_vocab; i++)
    {
      /* Single precision is enough for each, and twice as quick: this is done of every token that is written while somebody looks. */
      float distance = logits[i] - highest, part = expf (distance);
      sum += (double) part;
      weighted += part > 0.0f ? (double) (distance * part) : 0.0;
    }
  double log_sum = log (sum);
  prediction.entropy = (float) (log_sum - weighted / sum);

  if (token >= 0 && (uint32_t) token < n_vocab)
    {
      prediction.logprob = (float) ((double) logits[token] - highest - log_sum);
      for (uint32_t i = 0; i < n_vocab; i++)
        prediction.rank += logits[i] > logits[token];
    }
  prediction.n_alternatives = sen_top_logits (logits, n_vocab, (float) (highest + log_sum), alternatives, k);
  return prediction;
}
