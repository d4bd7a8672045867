/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-explanation.h"
#include "sen-head-grid.h"

G_BEGIN_DECLS

#define SEN_TYPE_LOOK_SHARES (sen_look_shares_get_type ())
G_DECLARE_FINAL_TYPE (SenLookShares, sen_look_shares, SEN, LOOK_SHARES, GtkWidget)

/** What the colours of a grid of heads say: where each looks, or what it added to one of the words that might have come; and the latter as
 *  a table. Signal "wanted" (int token): what was added to that is not known. */
GtkWidget *sen_look_shares_new (void);

/** Whose colours it changes, once. */
void sen_look_shares_set_grid (SenLookShares *self, SenHeadGrid *grid);
/** @words [@n] are those that might have come, @named [@n] as they are shown; where each looks is chosen. */
void sen_look_shares_set_words (SenLookShares *self, const SenCandidate *words, const char *const *named, guint n);
/** With shares of one of the words; NULL: they could not be had. */
void sen_look_shares_set_explanation (SenLookShares *self, SenExplanation *explanation);
/** Chooses the @index-th word, from 0; as somebody would. */
void sen_look_shares_choose (SenLookShares *self, guint index);

G_END_DECLS
