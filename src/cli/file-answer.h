/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-grounding-media.h"
#include "sen-multimodal.h"

G_BEGIN_DECLS

/** What was found for one question, and what became of it. */
typedef struct {
  char              *query;      /* what was looked for */
  SenGrounding      *grounding;
  SenGroundingCheck *check;      /* of the answer; NULL until there is one */
  double             seconds;    /* from the question to the sources */
  uint32_t           pictures[SEN_GROUNDING_PICTURES], n_pictures;   /* sources that are pictures, as far as a model may see them */
} FileAnswer;

void  file_answer_free (FileAnswer *answer);

/** What the model is asked; NULL when there are no sources. (transfer full) */
char *file_answer_prompt (const FileAnswer *answer);
/** Puts pictures among the sources into @media (SenPromptMedia, by messages in order), in their place in the @message-th message, which is
 *  the prompt. */
void  file_answer_add_media (FileAnswer *answer, size_t message, GArray *media);
/** Notes how they were taken, by @media and SenMultimodalTaken of each; why one that could have been seen was not, stands on stderr. */
void  file_answer_note_taken (FileAnswer *answer, const GArray *media, const GPtrArray *taken);
/** Compares @text with the sources. */
void  file_answer_check (FileAnswer *answer, const char *text);

/** On stderr: the sources in their order, with a star those that say what @text says, and what none of them supports. */
void  file_answer_print (const FileAnswer *answer, const char *text);
/** On stderr: each source with its scores and all that the model read of it. */
void  file_answer_print_passages (const FileAnswer *answer);
/** The members "found", "query", "search_seconds", "sources" and "sentences", each after a comma. */
void  file_answer_append_json (const FileAnswer *answer, GString *json);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FileAnswer, file_answer_free)

G_END_DECLS
