/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-grounding.h"
#include "sen-words.h"

G_BEGIN_DECLS

typedef struct {
  SenSource   source;
  GHashTable *stems;     /* of all its words */
  GHashTable *runs;      /* of three words, "the red tractor" */
} Source;

struct SenGrounding {
  char       *question;
  GHashTable *asked;     /* stems of the question's words but the usual ones */
  GArray     *sources;   /* Source */
  uint32_t    n_tokens;  /* of all of them */
};

/** A set of the stems of @words. (transfer full) */
GHashTable *sen_grounding_stems (const GArray *words, bool with_usual);

G_END_DECLS
