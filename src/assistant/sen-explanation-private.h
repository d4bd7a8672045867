/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * An explanation while it is made: the maker fills info, whose arrays come from sen_explanation_take() and whose strings from
 * sen_explanation_string(), and gives it away whole. */
#pragma once

#include "sen-explanation.h"

G_BEGIN_DECLS

struct SenExplanation {
  SenExplanationInfo info;
  GStringChunk      *strings;
  GPtrArray         *arrays;     /* of g_free() */
};

/** (transfer full) */
SenExplanation *sen_explanation_new (void);
/** Of @text, valid UTF-8 whatever it was; lives as long as @explanation. */
const char     *sen_explanation_string (SenExplanation *explanation, const char *text);
/** Frees @array with @explanation. Returns it. */
gpointer        sen_explanation_take (SenExplanation *explanation, gpointer array);

G_END_DECLS
