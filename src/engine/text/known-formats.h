/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-chat-template.h"

G_BEGIN_DECLS

/** Prompt formats in wide use, for models whose own template is missing or cannot be rendered.
 *  Reentrant. */
typedef enum {
  SEN_FORMAT_CHATML, SEN_FORMAT_LLAMA2, SEN_FORMAT_LLAMA3, SEN_FORMAT_MISTRAL, SEN_FORMAT_GEMMA, SEN_FORMAT_ZEPHYR,
} SenKnownFormat;

const char    *sen_known_format_name (SenKnownFormat format);
/** By marks in the template's source, else by architecture; ChatML when nothing tells. */
SenKnownFormat sen_known_format_guess (const char *source, const char *architecture);
void           sen_known_format_render (SenKnownFormat format, const SenChatMessage *messages, size_t n_messages,
                                        bool add_generation_prompt, const char *bos, const char *eos, GString *out);

/** The conversation with the system message put in front of the first user message, for formats and templates that know no
 *  system role. @contents keeps what was joined. Returns how many messages were written to @merged[n_messages]. */
size_t sen_merge_system_message (const SenChatMessage *messages, size_t n_messages, SenChatMessage *merged, GPtrArray *contents);

G_END_DECLS
