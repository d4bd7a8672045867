/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-grounding.h"
#include "sen-prompt.h"

G_BEGIN_DECLS

/** Which kinds of files a question asks for by name, a bit for each SenFileKind, as SenFindRequest.kinds: "Which picture shows a violin?",
 *  "What did the recording say about the fence?"; 0: none. *@query (transfer full) is @looked_for, of sen_grounding_query(), without the
 *  words that only say so. Where nothing of these kinds is found, all others may be meant after all. */
uint32_t sen_grounding_kinds (const char *question, const char *looked_for, char **query);

/** Pictures for such a question: of @results[@n], found with kinds of pictures alone, those nearest by their look, whatever the guess at
 *  what they show says, and before them what its name or its text gives away. A few SenFindResult, borrowing from @results; none where
 *  nothing is near. (transfer full) */
GArray *sen_grounding_choose_pictures (const SenFindResult *results, uint32_t n);
#define SEN_GROUNDING_ONLY_PICTURES (1u << SEN_FILE_PICTURE)

/** Pictures that a model sees take room; those behind the best say little more. */
#define SEN_GROUNDING_PICTURES 2

/**
 * Pictures among the sources, for a model that sees: appended to @media (SenPromptMedia, borrowing from @grounding) for the @message-th
 * message, which is sen_grounding_prompt(). Each stands at the beginning of its own fence, so it is a quotation as its words are, which go
 * on behind it. A model that doesn't see reads these. The best SEN_GROUNDING_PICTURES at most. Returns how many were appended.
 *
 * The i-th of them is source @sources[i] (may be NULL; [SEN_GROUNDING_PICTURES]).
 */
uint32_t sen_grounding_add_media (const SenGrounding *grounding, size_t message, GArray *media, uint32_t *sources);

G_END_DECLS
