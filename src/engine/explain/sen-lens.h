/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-prediction.h"

G_BEGIN_DECLS

/**
 * The logit lens (nostalgebraist 2020, "interpreting GPT: the logit lens"): the residual stream at one position, read after each layer
 * as if it were the last, with the model's own norm and output. Shows in which layer an answer takes shape. Early layers need not
 * speak the output's language, so what the lens reads there may mean nothing (Belrose et al. 2023).
 *
 * Thread-safety: on one thread, that of the session; errors are those of sen_session_revisit().
 */
typedef struct {
  uint32_t        n_layer;        /* of the model; the last one's reading is the model's own */
  uint32_t        k;
  SenPrediction  *predictions;    /* [n_layer] */
  SenAlternative *alternatives;   /* [n_layer][k], the first n_alternatives of each filled */
} SenLens;

/** Reads the lens at @position, which stands in the timeline of @session as @parts have it, for the token that followed or may follow
 *  (or SEN_NO_TOKEN). Costs one revisit of a position and n_layer output projections; memory for [n_layer][n_vocab] logits. The
 *  session is not disturbed. @k: tokens of each layer, at most 64. */
bool sen_lens_read (SenLens *lens, SenSession *session, const SenPart *parts, size_t n_parts, uint32_t position, SenToken token,
                    uint32_t k, SenCancel *cancel, GError **error);
void sen_lens_clear (SenLens *lens);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SenLens, sen_lens_clear)

G_END_DECLS
