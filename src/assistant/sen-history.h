/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "sen-attachment-files.h"
#include "sen-conversation.h"

G_BEGIN_DECLS

#define SEN_TYPE_HISTORY (sen_history_get_type ())
G_DECLARE_FINAL_TYPE (SenHistory, sen_history, SEN, HISTORY, GObject)

/**
 * All conversations, kept in one SQLite database.
 *
 * What is in memory is the truth; a thread of the history's own writes it behind, in order, and makes every read. So nothing here
 * ever waits for a disk. Text that streams in is written twice a second: a kill at any moment loses less than a second of it.
 * The database is in WAL mode with synchronous=NORMAL: a kill loses nothing that was written, a power cut at most the last
 * transactions, and neither damages the file. Other processes (the terminal chat beside the window) may use the same
 * database at the same time; what they add appears within seconds.
 *
 * When the database cannot be used, or no longer written (disk full, read-only, made by a newer version), everything goes on
 * in memory, sen_history_problem() says so in one sentence, and writing is tried again as long as there is hope. A database
 * that is damaged is set aside under another name, never deleted.
 *
 * A history is a GListModel of its SenConversations, the latest first. Signals: "problem-changed"; "loaded" once, when the
 * conversations are there.
 *
 * Thread-safety: main context only.
 */

/** @path: of the database; its folder is made. NULL keeps everything in memory only (and is no problem). */
SenHistory   *sen_history_new (const char *path);
/** Where the application keeps it: conversations.db in the XDG data folder. (transfer full) */
char         *sen_history_default_path (void);
const char   *sen_history_path (SenHistory *self);
/** The content of its attachments: the folder "attachments" beside the database; a temporary one without a database. */
SenAttachmentFiles *sen_history_files (SenHistory *self);
bool          sen_history_is_loaded (SenHistory *self);
/** Why nothing is saved at the moment, or what happened to a damaged database; NULL when all is well. */
const GError *sen_history_problem (SenHistory *self);

/** A new conversation; it is saved, and listed, from its first message on. (transfer full) */
SenConversation *sen_history_begin (SenHistory *self);
/** By id; NULL when there is none. (transfer none) */
SenConversation *sen_history_find (SenHistory *self, gint64 id);
/** Takes it off the list. It can be restored until the history is next opened a day later. */
void             sen_history_remove (SenHistory *self, SenConversation *conversation);
void             sen_history_restore (SenHistory *self, SenConversation *conversation);

/** A place where words were found. */
typedef struct {
  gint64 conversation, message;   /* message 0: the title */
  char  *snippet;                 /* of the text, with SEN_MATCH_START and SEN_MATCH_END around what matches */
} SenHistoryMatch;

#define SEN_MATCH_START '\002'
#define SEN_MATCH_END '\003'

/** Conversations that hold all words of @query, the last one as a beginning, best first and each once; any text is a fair query.
 *  The result is a GPtrArray of SenHistoryMatch. (transfer full) */
void       sen_history_search_async (SenHistory *self, const char *query, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
GPtrArray *sen_history_search_finish (SenHistory *self, GAsyncResult *result, GError **error);

/** Copies the whole database, while it is in use, to @path, in place of what is there; atomically. The content of attachments
 *  goes to the folder beside it ("copy.files" for "copy.db"). */
void sen_history_backup_async (SenHistory *self, const char *path, GAsyncReadyCallback callback, gpointer user_data);
bool sen_history_backup_finish (SenHistory *self, GAsyncResult *result, GError **error);

/** Waits until everything is written, or cannot be: for the end of a program. False when something is not on disk. */
bool sen_history_flush (SenHistory *self);

G_END_DECLS
