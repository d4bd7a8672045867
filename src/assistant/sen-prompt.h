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

/** A row of backticks longer than any in @words, so that nothing in them ends the block. (transfer full) */
char *sen_prompt_fence (const char *words);
/** The block of one. @number counts those of its kind from 1. (transfer full) */
char *sen_prompt_attachment (SenAttachment *attachment, guint number);
/** All of @attachments (SenAttachment; may be NULL) and @text. (transfer full) */
char *sen_prompt_message (GPtrArray *attachments, const char *text);

/** A picture, recording or video of a message, for those who may take it otherwise than in words (sen-multimodal.h). */
typedef struct {
  size_t            message;  /* whose it is, by its place among the messages */
  SenAttachmentKind kind;
  const char       *path;     /* of its content; NULL when there is none */
  const char       *name;
  const char       *words;    /* its block, see sen_prompt_attachment() */
  SenAttachment    *attachment;   /* borrowed, for the main context alone; NULL where that is of no use */
  size_t            at;       /* before which byte of the message's text it stands, those of a message in order; 0: before all of it */
  bool              yields;   /* it takes what words and all other media leave of the context; what is attached takes what it needs */
  uint64_t          size_bytes;   /* and mtime_ns: of the file that is meant, where another may lie there by now; 0: whatever lies there */
  int64_t           mtime_ns;
} SenPromptMedia;

/** Appends @attachments (SenAttachment; may be NULL) of the @message-th message to @media (SenPromptMedia); @texts (of g_free()) keeps what
 *  they say. */
void     sen_prompt_add_media (GPtrArray *attachments, size_t message, GArray *media, GPtrArray *texts);

/** The path of @conversation as the model reads it, up to @last with what stands of that: SenChatMessages, after one with @system unless
 *  that is NULL or "". Begins with @first (NULL: with the first message), so that the model's cache keeps what it has read when the oldest
 *  are left out. A question reads as its answer says (sen_message_asked()). What is attached goes to @media (SenPromptMedia). @texts (of
 *  g_free()) keeps what is not borrowed from @conversation. (transfer full) */
GArray  *sen_prompt_conversation (SenConversation *conversation, const char *system, SenMessage *first, SenMessage *last,
                                  GArray *media, GPtrArray *texts);
/** What of a context of @n_ctx positions is for what is read; the rest is for the answer. */
#define SEN_PROMPT_SHARE(n_ctx) ((n_ctx) / 4 * 3)

/** Leaves the oldest of @messages out, a question with its answer, until the rest takes no more than SEN_PROMPT_SHARE() of @n_ctx;
 *  a system message stays. @costs (uint32_t, for each message; may be NULL): positions it takes beside its text; those of the ones that go
 *  are taken out too. Returns how many are gone. On the thread of @model. */
uint32_t sen_prompt_leave_out (SenModel *model, uint32_t n_ctx, GArray *messages, GArray *costs);

G_END_DECLS
