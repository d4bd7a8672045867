/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-grounding.h"
#include "sen-multimodal.h"

G_BEGIN_DECLS

/** Which kinds of files a question asks for by name, a bit for each SenFileKind, as SenFindRequest.kinds: "Which picture shows a violin?",
 *  "What did the recording say about the fence?"; 0: none. *@query (transfer full) is @looked_for, of sen_grounding_query(), without the
 *  words that only say so. Where nothing of these kinds is found, all others may be meant after all. */
uint32_t sen_grounding_kinds (const char *question, const char *looked_for, char **query);

/** The same for the last of @questions[@n], the oldest first; @looked_for is theirs (sen_grounding_query_of()). One that goes on with a
 *  question for a kind asks for that kind, too: after “Which picture shows a fox?” “And which one an owl?” does, “And how much is one?”
 *  does not. It is then looked for what it says itself, and what the one before does as well where it only says more of it (“And which in
 *  the snow?”). */
uint32_t sen_grounding_kinds_of (const char *const *questions, uint32_t n, const char *looked_for, char **query);

#define SEN_GROUNDING_ONLY_PICTURES (1u << SEN_FILE_PICTURE)

/** What a model shall read of what was found with @kinds of sen_grounding_kinds(), 0: of any; SenFindResult, borrowing from @info's; none
 *  where nothing was found. Of pictures alone a few: those nearest by their look, whatever the guess at what they show says, and before
 *  them what its name or its text gives away. (transfer full) */
GArray *sen_grounding_choose (const SenFindResultsInfo *info, uint32_t kinds);

/** Pictures that a model sees take room; those behind the best say little more. */
#define SEN_GROUNDING_PICTURES 2

/**
 * Pictures among the sources, for a model that sees: appended to @media (SenPromptMedia, borrowing from @grounding) for the @message-th
 * message, which is sen_grounding_prompt(). Each stands at the beginning of its own fence, so it is a quotation as its words are, which go
 * on behind it. A model that doesn't see reads these. The best SEN_GROUNDING_PICTURES at most, and none of which it is not known which
 * file it was (SenSource.size_bytes): a conversation may come from anywhere. They yield (SenPromptMedia). Returns how many were appended.
 *
 * The i-th of them is source @sources[i] (may be NULL; [SEN_GROUNDING_PICTURES]).
 */
uint32_t sen_grounding_add_media (const SenGrounding *grounding, size_t message, GArray *media, uint32_t *sources);

/** Where in @media (SenPromptMedia) they stand: behind what is attached to the @message-th message, and to those before. */
guint    sen_grounding_media_place (const GArray *media, size_t message);

/** Notes how the @i-th source, a picture, was taken: SenSource.seen_by. @by NULL: through its words. */
void     sen_grounding_set_seen_by (SenGrounding *grounding, uint32_t i, const char *by);

/** A picture among the sources of an answer, in the media of a prompt. */
typedef struct {
  SenMessage    *answer;
  uint32_t       source;
  SenAttachment *attachment;   /* it, where it lies: SenPromptMedia.attachment */
  guint          place;        /* among the media */
} SenGroundingPicture;

/** The same for a conversation: behind sen_grounding_turns_prepare() and sen_prompt_conversation(), whose @messages and @media these are.
 *  Pictures among the sources of its answers stand in @media then, in the prompts that were made of these. Borrowed from the result: an
 *  array of SenGroundingPicture. Main context only, as conversations. (transfer full) */
GArray  *sen_grounding_show (SenConversation *conversation, const GArray *messages, GArray *media);
/** Keeps with @answer, which is being written, how its pictures were taken: @taken of the prompt (sen_multimodal_prompt_taken()). Those of
 *  answers before were written to what was seen then. */
void     sen_grounding_note_taken (SenConversation *conversation, SenMessage *answer, const GArray *pictures, const GPtrArray *taken);

G_END_DECLS
