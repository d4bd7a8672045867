/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-conversation.h"

G_BEGIN_DECLS

/**
 * A conversation some of whose answers were made from files: what the model reads as their questions.
 *
 * Thread-safety: main context only, as conversations.
 */

/** Before sen_prompt_conversation() up to @last: a question whose answer has sources (sen_message_sources()) reads as their prompt from now
 *  on (sen_message_asked()). When all of them do not fit into a context of @n_ctx tokens (0: as many as you like), older ones read as they
 *  were written: from the newest backwards, and behind the first that does not fit all, so that what is left out stays left out and what
 *  the model has read stays read. The newest has its sources always. */
void        sen_grounding_turns_prepare (SenConversation *conversation, SenMessage *last, uint32_t n_ctx);

/** The question that @answer is to. NULL: it is to none. Borrowed. */
SenMessage *sen_grounding_turns_question (SenConversation *conversation, SenMessage *answer);
/** All of the user's questions on the path up to it (const char *, borrowed), that one the last, for sen_grounding_query_of(). (transfer
 *  full) */
GPtrArray  *sen_grounding_turns_questions (SenConversation *conversation, SenMessage *answer);

G_END_DECLS
