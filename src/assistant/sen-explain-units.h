/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-explanation.h"

G_BEGIN_DECLS

/** Which pieces are left out together. A picture is cut into at most 8 × 8 fields of each of its grids, a recording into at most 32 spans
 *  of time, whatever the grain of words; but by SOURCES each attachment, with the words that stand for it, and each message is one.
 *
 *  Thread-safety: reentrant. */
typedef enum {
  SEN_GRAIN_AUTO,        /* words, or as many words together as keep it below SEN_GRAIN_MANY units */
  SEN_GRAIN_WORDS,       /* up to the next space */
  SEN_GRAIN_SENTENCES,   /* up to a full stop, a question mark, an exclamation mark or the end of a line */
  SEN_GRAIN_SOURCES,
} SenExplainGrain;

#define SEN_GRAIN_MANY 128

/** False when no grain is called @name: "auto", "words", "sentences", "sources". */
bool sen_explain_grain_find (const char *name, SenExplainGrain *grain);

/** Numbers the units of the pieces before @end, in the order of their first pieces: unit_of[n_pieces], -1 for the template's own and for
 *  what stands behind. Returns how many there are. */
uint32_t sen_explain_units (const SenExplanationInfo *info, uint32_t end, SenExplainGrain grain, int32_t *unit_of);

G_END_DECLS
