/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-history.h"

G_BEGIN_DECLS

/**
 * Conversations as files that people and other programs read. The JSON is described in docs/history.md.
 *
 * Thread-safety: main context only.
 */

/** The path that is shown, as Markdown: the title, and each message under the name of who spoke. (transfer full) */
char *sen_conversation_to_markdown (SenConversation *conversation);
/** The same with all that is known of it. (transfer full) */
char *sen_conversation_to_json (SenConversation *conversation);

/** Adds the conversation in a file that sen_conversation_to_json() made. Files of more than 64 MiB or 100,000 messages, and what
 *  is no such file, are refused in one sentence, and nothing is added. (transfer full) */
SenConversation *sen_history_import (SenHistory *history, const char *path, GError **error);

G_END_DECLS
