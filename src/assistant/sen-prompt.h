/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-attachment.h"

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

G_END_DECLS
