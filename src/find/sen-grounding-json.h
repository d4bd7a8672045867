/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-grounding.h"

G_BEGIN_DECLS

/**
 * What an answer was made from, as it is kept with it, and as JSON.
 *
 * The JSON may come from anywhere, as a conversation that was imported does: it is bounded (SEN_MESSAGE_MAX_SOURCES), what is no number
 * that it could be is none, and a check whose sentences do not lie in the answer is none. What was read back gives the prompt that the
 * answer was written to, but that its texts are searched for instructions again.
 *
 * Thread-safety: free of the locale and the main loop; immutable once made.
 */
typedef struct {
  char              *query;       /* what was looked for */
  char              *folder;      /* where, bytes as the system has them; NULL: in all that is indexed */
  SenGrounding      *grounding;   /* what the model read; without a source it was not asked */
  SenGrounding      *weaker;      /* where nothing was found: what came nearest, for people only; or NULL */
  SenGroundingCheck *check;       /* NULL: there is no answer yet, or it is not this one's */
} SenGroundingRecord;

void                sen_grounding_record_free (SenGroundingRecord *record);

/** (transfer full) */
char               *sen_grounding_record_to_json (const SenGroundingRecord *record);
/** A sentence of a check as that JSON has it: "start", "end" (bytes of the answer), "claim", "support", "source" and "cited" (from 1). */
void                sen_grounding_append_sentence (GString *json, const SenGroundedSentence *sentence);
/** @question: that was asked, @answer: what was answered, "" for nothing yet. (transfer full) */
SenGroundingRecord *sen_grounding_record_from_json (const char *json, const char *question, const char *answer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenGroundingRecord, sen_grounding_record_free)

G_END_DECLS
