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

  /* The token and the alternatives are rounded alike, so that none of them is likelier than the likeliest. */
  float log_total = (float) (highest + log_sum);
  if (token >= 0 && (uint32_t) token < n_vocab)
    {
      prediction.logprob = logits[token] - log_total;
      for (uint32_t i = 0; i < n_vocab; i++)
        prediction.rank += logits[i] > logits[token];
    }
  prediction.n_alternatives = sen_top_logits (logits, n_vocab, log_total, alternatives, k);
  return prediction;
}
