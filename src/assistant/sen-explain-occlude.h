/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-explain-units.h"
#include "sen-explain.h"
#include "sen-explanation-private.h"

G_BEGIN_DECLS

/** One explanation in the making, whose pieces and queries are known; of sen-explain.c. On the thread of the session's devices. */
typedef struct {
  SenExplanation   *explanation;
  SenSession       *session;       /* is not read from: occlusion takes a session of its own beside it */
  const SenPart    *parts;
  size_t            n_parts;
  SenExplainGrain   grain;
  bool              is_message;    /* the queries chose the words of a message, all but the last; else each chose one piece */
  SenExplainProgress progress;
  gpointer          user_data;
} SenExplainOcclude;

/** Fills the units, their changes, and @weights f32 [n_queries][n_pieces]: of each query the change of what it chose, at each piece that of
 *  its unit. Errors are those of sen_session_new() and sen_occlusion_run(). */
bool sen_explain_occlude (const SenExplainOcclude *what, float *weights, SenCancel *cancel, GError **error);
/** Measures how far the info's weights may be believed: fills the units and the trust. @seed: of the random orders. */
bool sen_explain_trust (const SenExplainOcclude *what, const SenTrustParams *params, SenCancel *cancel, GError **error);

G_END_DECLS
