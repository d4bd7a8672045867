/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-session.h"

G_BEGIN_DECLS

/**
 * Direct logit attribution (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"): how much of one token's logit
 * each head, each feed-forward and the embedding wrote into the residual stream themselves. All norms on the way are held at the scale
 * they had, so the shares add up to the logit. What a head does by way of later layers is not in its share, and shares of a logit that
 * all tokens have in common say nothing about the choice between them: compare two tokens where that matters.
 *
 * Thread-safety: on one thread, that of the session; errors are those of sen_session_revisit().
 */
typedef struct {
  uint32_t n_layer, n_head;
  float   *heads;          /* [n_layer][n_head] */
  float   *feed_forward;   /* [n_layer] */
  float    embedding;
  float    biases;         /* of all output projections */
  float    logit;          /* the sum of all these, before a soft cap */
} SenHeadShares;

/** Shares of the logit of @token after @position, which stands in the timeline of @session as @parts have it. Costs one revisit of a
 *  position and two products with each layer's output projection on the host; the session is not disturbed. */
bool sen_head_shares_read (SenHeadShares *shares, SenSession *session, const SenPart *parts, size_t n_parts, uint32_t position,
                           SenToken token, SenCancel *cancel, GError **error);
void sen_head_shares_clear (SenHeadShares *shares);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SenHeadShares, sen_head_shares_clear)

G_END_DECLS
