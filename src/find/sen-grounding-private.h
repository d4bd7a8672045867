/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-grounding.h"
#include "sen-words.h"

G_BEGIN_DECLS

typedef struct {
  SenSource   source;
  GHashTable *stems;     /* of all its words, and of the headings above them */
  GHashTable *named;     /* of the words of its file's name */
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

/** The block of a source: its number, file, place and headings on the first line, and in a fence longer than any in it what it says.
 *  (transfer full) */
char *sen_grounding_block (const SenSource *source, guint number);

/** One that was made before, of what was kept of it: @sources[@n] with their numbers. What speaks to an assistant leaves their texts here
 *  too, should it be in them. Copies. */
SenGrounding *sen_grounding_restore (const char *question, const SenSource *sources, uint32_t n);

G_END_DECLS
