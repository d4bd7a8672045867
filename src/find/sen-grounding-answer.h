/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-generate.h"
#include "sen-grounding.h"

G_BEGIN_DECLS

/** How answers are made from sources, the same in the window and on the command line. Thread-safety: any. */

/** How many tokens sources may take of a context of @n_ctx beside a question of @n_question: half of it at most, and a quarter is for the
 *  answer and for what the prompt says besides. 0: hardly one would fit. */
uint32_t sen_grounding_room (uint32_t n_ctx, uint32_t n_question);

/** How many of what was found are to be read. Of passages (SenFindRequest.for_answer) all or none; of files, where texts can't be compared
 *  by meaning, those that there is evidence for and as many of the next as make three. 0: nothing was found. */
uint32_t sen_grounding_n_results (const SenFindResultsInfo *info);

/** What files say is not a matter of chance: the likeliest words, unless @has_temperature; few, if *@max_tokens (may be NULL) is 0; and
 *  without going round in circles, as small models do that have read much. */
void     sen_grounding_set_sampling (SenSampling *sampling, uint32_t *max_tokens, bool has_temperature);

G_END_DECLS
