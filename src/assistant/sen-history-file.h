/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-history.h"

G_BEGIN_DECLS

/**
 * Conversations as files: Markdown for people, JSON for programs and for taking them elsewhere, copies of the database
 * (sen_history_backup_async()) for a rainy day. docs/history.md describes the formats.
 *
 * Thread-safety: main context only.
 */

/** The paths that are shown of @conversations (SenConversation, loaded) as Markdown; attachments are named, with their words.
 *  (transfer full) */
char *sen_conversations_to_markdown (GPtrArray *conversations);
/** @conversations (of SenConversation, loaded) with all their branches; what was removed is not in it. (transfer full) */
char *sen_conversations_to_json (GPtrArray *conversations);
typedef enum { SEN_EXPORT_MARKDOWN, SEN_EXPORT_JSON } SenExportFormat;

/** Writes @conversations (of SenConversation, loaded) to @path, and the content of their attachments to a
 *  folder beside it ("Chat.files" for "Chat.json"), which is not made for none. */
void sen_history_export_async (SenHistory *self, GPtrArray *conversations, const char *path, SenExportFormat format,
                               GAsyncReadyCallback callback, gpointer user_data);
bool sen_history_export_finish (SenHistory *self, GAsyncResult *result, GError **error);

/** A name for a file with this conversation, without folder or ending: its title with nothing that file systems dislike,
 *  which can be "". (transfer full) */
char *sen_conversation_file_name (SenConversation *self);

/**
 * Adds the conversations of a file: JSON as above, or a database, which is how a copy is restored. A conversation of a
 * database that is still in the list is left as it is; everything else is added anew, with its dates. The content of attachments
 * is taken from the folder beside the file, where it is there and right.
 *
 * The file may hold anything; it is read whole before anything is added, so an error adds nothing. SEN_ERROR_NOT_FOUND,
 * SEN_ERROR_IO, SEN_ERROR_FORMAT, SEN_ERROR_UNSUPPORTED (newer), SEN_ERROR_LIMIT.
 */
void       sen_history_import_async (SenHistory *self, const char *path, GAsyncReadyCallback callback, gpointer user_data);
/** What was added: SenConversations. @n_known (may be NULL): how many were there already. (transfer container) */
GPtrArray *sen_history_import_finish (SenHistory *self, GAsyncResult *result, guint *n_known, GError **error);

G_END_DECLS
