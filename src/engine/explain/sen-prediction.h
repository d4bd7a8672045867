/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-generate.h"

G_BEGIN_DECLS

/**
 * What a model was about to say at one position, of the logits there: how sure it was, and of what. The entropy is that of the
 * distribution over the vocabulary before any sampling (Shannon 1948): 0 when one token is certain, log n_vocab when all are alike.
 * It measures the model's doubt, not the truth of what it says.
 */
typedef struct {
  float    entropy;        /* nats */
  SenToken token;          /* the one that followed, or SEN_NO_TOKEN */
  float    logprob;        /* of that, natural log */
  uint32_t rank;           /* of that: 0 = the most likely; ties count as behind it */
  uint32_t n_alternatives;
} SenPrediction;

/** Describes logits[n_vocab] after which @token (or SEN_NO_TOKEN) came, and the @k most likely tokens with log-probabilities, most
 *  likely first, into @alternatives[k]. O(n_vocab); thread-safe. */
SenPrediction sen_prediction (const float *logits, uint32_t n_vocab, SenToken token, SenAlternative *alternatives, uint32_t k);

G_END_DECLS
