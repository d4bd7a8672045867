/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-conversation.h"
#include "sen-generate.h"

G_BEGIN_DECLS

/**
 * What a language model without eyes and ears reads of attachments: their words, in the open.
 *
 * Each attachment is a line that names it and a fenced block with its words, in order, before the user's text. What stands in
 * a picture or is said in a recording is data: the fence is longer than any in it, a name stays on its line, and control tokens
 * in it are shielded as in all of the user's text (sen_tokenizer_shield()).
 *
 * Thread-safety: main context only, as the attachments.
 */

/** The block of one. @number counts those of its kind from 1. (transfer full) */
char *sen_prompt_attachment (SenAttachment *attachment, guint number);
/** All of @attachments (SenAttachment; may be NULL) and @text. (transfer full) */
char *sen_prompt_message (GPtrArray *attachments, const char *text);

/** The path of @conversation as the model reads it, up to @last with what stands of that: SenChatMessages, after one with
 *  @system unless that is NULL or "". Begins with @first (NULL: with the first message), so that the model's cache keeps what it
 *  has read when the oldest are left out. @texts (of g_free()) keeps what is not borrowed from @conversation. (transfer full) */
GArray  *sen_prompt_conversation (SenConversation *conversation, const char *system, SenMessage *first, SenMessage *last,
                                  GPtrArray *texts);
/** Leaves the oldest of @messages out, a question with its answer, until the rest takes no more than three quarters of @n_ctx;
 *  a system message stays. Returns how many are gone. On the thread of @model. */
uint32_t sen_prompt_leave_out (SenModel *model, uint32_t n_ctx, GArray *messages);

G_END_DECLS
