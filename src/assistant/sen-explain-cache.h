/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-engine.h"

G_BEGIN_DECLS

/**
 * What was found out about the conversation that is open, so that nobody waits for it twice. Found by what was asked: the very text, its
 * media, the question and the model; so another word anywhere is another question, and nothing here is ever out of date.
 *
 * Bounded: of more than so many bytes the least lately used are forgotten; what is larger alone is not kept.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenExplainCache SenExplainCache;

SenExplainCache *sen_explain_cache_new (size_t n_most_bytes);
void             sen_explain_cache_free (SenExplainCache *self);
/** Another conversation is open. */
void             sen_explain_cache_clear (SenExplainCache *self);

/** @reader: the model and what sees and hears for it. Trust, progress and weights_of do not matter: one explanation has trust or has it not
 *  yet. (transfer full) */
char *sen_explain_cache_key (const SenEngineChat *chat, const SenExplainParams *params, const char *reader);

/** NULL when it is not known. (transfer full) */
SenExplanation *sen_explain_cache_find (SenExplainCache *self, const char *key);
/** In place of what was known. */
void            sen_explain_cache_add (SenExplainCache *self, const char *key, SenExplanation *explanation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenExplainCache, sen_explain_cache_free)

G_END_DECLS
