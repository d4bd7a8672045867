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

  /* The text as the session has it, for whoever asks on; owned by source. */
  const SenPart     *parts;
  size_t             n_parts;
  uint32_t           n_embd;     /* of the model */
  gpointer           source;     /* keeps what is not this explanation's own */
  GDestroyNotify     free_source;

  /* Where the rows are elsewhere: weights are NULL then. */
  bool             (*read_row) (gpointer source, uint32_t query, float *row);
};

/** (transfer full) */
SenExplanation *sen_explanation_new (void);
/** Of @text, valid UTF-8 whatever it was; lives as long as @explanation. */
const char     *sen_explanation_string (SenExplanation *explanation, const char *text);
/** Frees @array with @explanation. Returns it. */
gpointer        sen_explanation_take (SenExplanation *explanation, gpointer array);
/** Fills candidates[@n] with what @alternatives[@n] are called; their texts live as long as @explanation. */
void            sen_explanation_name (SenExplanation *explanation, const SenTokenizer *tokenizer, const SenAlternative *alternatives,
                                      uint32_t n, SenCandidate *candidates);

G_END_DECLS
