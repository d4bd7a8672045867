/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-session.h"

G_BEGIN_DECLS

/**
 * What an answer owes to each piece of its prompt: the piece is taken away, and the answer's log-probability is looked at again
 * (Zeiler & Fergus 2014, "Visualizing and Understanding Convolutional Networks"; for words Li et al. 2016, "Understanding Neural
 * Networks through Representation Erasure").
 *
 * Tokens that are hidden are left out, and those behind them move up; embeddings that are hidden become the mean of their part, so that
 * a picture keeps its place and size. Knows nothing of the model's inside, so it shows what mattered and not how; two pieces that say
 * the same thing cover for each other, and what a text without the piece would mean is the model's guess too.
 *
 * The answer is given ("teacher forcing"), natural logarithms throughout. The session is used up: give it one of its own, with the weights
 * of the model shared. Pieces are hidden from the last to the first, and what stands before a piece is not read again.
 *
 * Thread-safety: one thread at a time, that of the session.
 */
typedef struct SenOcclusion SenOcclusion;

/** A piece of the prompt: positions that are hidden together, ascending. */
typedef struct {
  const uint32_t *positions;   /* [n], all before the answer */
  uint32_t        n;
} SenOcclusionUnit;

typedef struct {
  const SenPart          *parts;      /* the prompt; borrowed as long as this lives, as all here */
  size_t                  n_parts;
  const SenToken         *answer;     /* [n_answer], at least one: what follows the prompt */
  uint32_t                n_answer;
  const SenOcclusionUnit *units;      /* in the order of their first positions; none twice in two of them */
  uint32_t                n_units;
} SenOcclusionParams;

/** SEN_ERROR_INVALID when there is no prompt, no answer, or a unit beyond the prompt. */
SenOcclusion *sen_occlusion_new (SenSession *session, const SenOcclusionParams *params, GError **error);
void          sen_occlusion_free (SenOcclusion *occlusion);

uint32_t sen_occlusion_n_units (const SenOcclusion *occlusion);
uint32_t sen_occlusion_n_answer (const SenOcclusion *occlusion);

/** Log-probability of each token of the answer, f32 [n_answer], with the units hidden for which hidden[n_units] is true. Where nothing of
 *  the prompt would be left, its first position stays. */
bool sen_occlusion_score (SenOcclusion *occlusion, const bool *hidden, float *logprobs, SenCancel *cancel, GError **error);

/** @full [n_answer]: with nothing hidden; @change f32 [n_units][n_answer]: that minus the log-probability without the unit, so what helps
 *  the answer is above 0. Costs n_units + 1 scores. @progress (may be NULL) is told of each. */
bool sen_occlusion_run (SenOcclusion *occlusion, float *full, float *change, SenSessionProgress progress, gpointer user_data,
                        SenCancel *cancel, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenOcclusion, sen_occlusion_free)

G_END_DECLS
