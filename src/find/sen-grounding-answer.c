/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-grounding-answer.h"

#define CONTEXT_SHARE 2
#define OTHERS_SHARE 4
#define LEAST_TOKENS 64
#define N_LEAST 3
/* Of an answer: a few sentences. */
#define MAX_TOKENS 192
/* Behind the question and over a sentence or two of the answer: without it SmolLM2 says one sentence until it is cut off, and with more of
 * it the sources' own words are held against the answer, and Qwen makes up examples instead of saying what they say. */
#define REPETITION_PENALTY 1.05f
#define PENALTY_WINDOW 64

uint32_t
sen_grounding_room (uint32_t n_ctx, uint32_t n_question)
{
  uint64_t n_others = (uint64_t) n_question + n_ctx / OTHERS_SHARE;
  return n_ctx >= n_others + LEAST_TOKENS ? (uint32_t) MIN (n_ctx - n_others, n_ctx / CONTEXT_SHARE) : 0;
}

uint32_t
sen_grounding_n_results (const SenFindResultsInfo *info)
{
  return info->n_shown > 0 ? MAX (info->n_shown, MIN (info->n, N_LEAST)) : 0;
}

void
sen_grounding_set_sampling (SenSampling *sampling, uint32_t *max_tokens, bool has_temperature)
{
  if (!has_temperature)
    sampling->temperature = 0.0f;
  if (max_tokens != NULL && *max_tokens == 0)
    *max_tokens = MAX_TOKENS;
  sampling->repetition_penalty = REPETITION_PENALTY;
  sampling->penalty_window = PENALTY_WINDOW;
}
