/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-explain.h"

G_BEGIN_DECLS

/**
 * Explains an answer while it is written: taps bring out the attention of a few layers with each step, which becomes one row of weights,
 * and the logits say how sure the model was and what else it might have said. What is written is the same with and without.
 *
 *   live = sen_explain_live_new (prompt, session, &params, &error);            in the middle of an answer too
 *   sen_explain_live_add (live, session, token, cancel, &error);               of each token, in SenGenerateParams.on_token
 *   explanation = sen_explain_live_now (live);                                 on any thread, whenever somebody wants to see it
 *   sen_explain_live_end (session);
 *
 * Words written before it began are seen once more, the newest SEN_EXPLAIN_LIVE_BEHIND of them. Memory: a row has as many numbers as stand
 * before its word; of rows of more than SEN_EXPLAIN_LIVE_BYTES in all the oldest are forgotten.
 *
 * Thread-safety: the thread of the session, but for sen_explain_live_now() and the reference count.
 */
typedef struct SenExplainLive SenExplainLive;

#define SEN_EXPLAIN_LIVE_LAYERS 4
#define SEN_EXPLAIN_LIVE_BEHIND 32
#define SEN_EXPLAIN_LIVE_BYTES  (64u << 20)

/** Layers that stand for all: the middles of as many equal stretches of the model's depth; where some see the newest words only, at least
 *  one of these sees the whole text. Returns how many, at least 1. docs/explanations.md has how near they come to all. */
uint32_t sen_explain_live_layers (const SenModel *model, uint32_t layers[SEN_EXPLAIN_LIVE_LAYERS]);

/** @prompt is what @session answers. Of @params matter layers (none: those above; at most SEN_EXPLAIN_LIVE_LAYERS), heads, is_maximum,
 *  without_sink and n_candidates. */
SenExplainLive *sen_explain_live_new (const SenMultimodalPrompt *prompt, SenSession *session, const SenExplainParams *params,
                                      GError **error);
SenExplainLive *sen_explain_live_ref (SenExplainLive *self);
void            sen_explain_live_unref (SenExplainLive *self);

/** @token was chosen by the logits that @session has. On any error what was there stays. */
bool            sen_explain_live_add (SenExplainLive *self, SenSession *session, const SenGeneratedToken *token, SenCancel *cancel,
                                      GError **error);
/** The following steps are without taps. */
void            sen_explain_live_end (SenSession *session);

/** The words so far, immutable as any explanation; NULL before the first. Costs no copy of the rows. (transfer full) */
SenExplanation *sen_explain_live_now (SenExplainLive *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenExplainLive, sen_explain_live_unref)

G_END_DECLS
