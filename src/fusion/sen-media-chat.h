/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-generate.h"
#include "sen-media-prompt.h"

G_BEGIN_DECLS

/** Messages in which @mark stands for a media, wherever it stands: the first for the first of @media[@n_media], and so on. Nobody's words
 *  may hold the mark: see sen_media_chat_mark(). All is borrowed. Reentrant, as models are. */
typedef struct {
  const SenChatMessage *messages;
  size_t                n_messages;
  const char           *mark;
  SenMedia *const      *media;
  size_t                n_media;
} SenMediaChat;

/** A mark that stands in none of @texts (NULL-terminated); the same texts give the same mark. (transfer full) */
char *sen_media_chat_mark (const char *const *texts);

/** The prompt of a chat turn with media, as sen_generate_chat() makes it without. (transfer full) */
SenMediaPrompt *sen_media_chat_prompt (SenModel *model, const SenMediaChat *chat, GError **error);

G_END_DECLS
