/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-session.h"

G_BEGIN_DECLS

/**
 * Attention rollout (Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers"): attention followed through all layers, the
 * residual connection counted as half: A' = (mean over heads of A + I) / 2, and the weight of what a position looked at is its row of
 * A'[n_layer - 1] · … · A'[0]. It says through which words information could come, supposes that heads and layers mix evenly, and
 * in deep models levels out; it does not say what changed the answer.
 *
 * Computed backwards, as products of a row with one layer's matrix at a time: rows of a layer are made in batches from the residual
 * stream, which one revisit brings out, and multiplied away at once. Neither [n_layer][n][n] nor [n][n] numbers ever exist.
 *
 * Thread-safety: on one thread, that of the session; errors are those of sen_session_revisit().
 */
typedef struct {
  const uint32_t    *targets;      /* [n_targets] positions that stand in the timeline, in any order */
  uint32_t           n_targets;
  uint64_t           stream_bytes; /* for the residual stream at most; 0 = 256 MiB. With less the text is revisited more than once */
  SenSessionProgress progress;     /* layers done, n_layer in all; or NULL */
  gpointer           user_data;
} SenRolloutParams;

/** Fills weights f32 [n_targets][positions of @parts that were read], each row's sum 1. Costs one revisit of all positions up to the last
 *  target and the attention rows of all of them in every layer: n² · n_layer · n_head · head_dim multiplications, halved by causality. The
 *  session is not disturbed. */
bool sen_rollout (SenSession *session, const SenPart *parts, size_t n_parts, const SenRolloutParams *params, float *weights,
                  SenCancel *cancel, GError **error);

G_END_DECLS
