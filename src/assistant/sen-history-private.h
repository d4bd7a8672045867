/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the parts of the history share: the store, a thread with a database, and the insides of conversations and messages. */
#pragma once

#include "sen-attachment-private.h"
#include "sen-database.h"
#include "sen-history.h"

G_BEGIN_DECLS

/* --- sen-history-schema.c ---------------------------------------------------------------------------------------------------------- */

#define SEN_HISTORY_VERSION 5

/* How exports say what they are. */
#define SEN_HISTORY_FORMAT "sensorium-conversations"
#define SEN_HISTORY_FORMAT_VERSION 1

/** Brings an open database to @version, as sen_database_migrate() does; what was there is copied to a file beside it first. */
bool sen_history_migrate (sqlite3 *db, const char *path, int version, GError **error);

/* --- sen-history-store.c ----------------------------------------------------------------------------------------------------------- */

/* Runs statements in order on its own thread. Writes that fail stay queued and are tried again. */
typedef struct SenHistoryStore SenHistoryStore;

/** Called in the main context: @problem (or NULL) is news. */
typedef void (*SenStoreProblemFunc) (const GError *problem, gpointer user_data);
/** Called in the main context when another process has changed the database. */
typedef void (*SenStoreChangedFunc) (gpointer user_data);

SenHistoryStore *sen_history_store_new (const char *path, SenStoreProblemFunc on_problem, SenStoreChangedFunc on_changed,
                                        gpointer user_data);
/** Writes what can be written, and ends the thread. No callback comes after it. */
void             sen_history_store_free (SenHistoryStore *store);
/** @types: a letter for each parameter that follows: i gint64, d double, s const char * (may be NULL). @sql is static. */
void             sen_history_store_write (SenHistoryStore *store, const char *sql, const char *types, ...);

/** Runs on the store's thread, after all writes so far. @db is NULL when there is no database. */
typedef gpointer (*SenStoreReadFunc) (sqlite3 *db, gpointer data, GCancellable *cancellable, GError **error);
/** @data and the result are freed by @free_data and @free_result. Ends in the main context. */
void             sen_history_store_read (SenHistoryStore *store, SenStoreReadFunc read, gpointer data, GDestroyNotify free_data,
                                         GDestroyNotify free_result, GTask *task);
bool             sen_history_store_flush (SenHistoryStore *store);

/* --- sen-message.c ----------------------------------------------------------------------------------------------------------------- */

struct _SenMessage {
  GObject         parent_instance;
  gint64          id, parent;      /* parent 0: a first message */
  gint64          created;
  SenSpeaker      speaker;
  SenMessageState state;
  GString        *text;
  char           *model, *device;
  char           *sources;         /* of an answer made from files, or NULL */
  char           *asked;           /* what its question reads as, or NULL; not saved */
  SenMessageFigures figures;
  bool            is_removed;
  gint64          last_child;      /* shown below it when the path comes this way; 0: the latest */
  GPtrArray      *attachments;     /* SenAttachment in order, or NULL */

  /* Saving. */
  SenHistoryStore *store;          /* NULL: not saved */
  gsize           n_saved;         /* bytes of text that are queued for the database */
  guint           save_source;
};

SenMessage *sen_message_new (gint64 id, gint64 parent, SenSpeaker speaker, const char *text);
/** Saved from now on: the row exists with what is there. */
void        sen_message_attach (SenMessage *self, SenHistoryStore *store);
/** Queues for the database what is not yet. */
void        sen_message_save (SenMessage *self);
void        sen_message_set_figures (SenMessage *self, const SenMessageFigures *figures);
/** Adds one to those it has. (transfer full) */
void        sen_message_take_attachment (SenMessage *self, SenAttachment *attachment);
/** "done", "stopped", "cut", "failed": as in exports. */
const char *sen_message_state_name (SenMessageState state);

/* --- sen-conversation.c ------------------------------------------------------------------------------------------------------------ */

typedef struct {
  gint64 id, created, updated, first_message;
  char  *title, *draft, *system;
  char  *folder;               /* that its files are asked in: an address; NULL: any */
  bool   title_is_own, asks_files;
} SenConversationRow;

void             sen_conversation_row_free (SenConversationRow *row);
/** The address of a folder that @uri is of, or NULL when it is none on this machine. (transfer full) */
char            *sen_conversation_clean_folder (const char *uri);
/** Takes nothing; @history is not referenced, and told when it goes. */
SenConversation *sen_conversation_new (SenHistory *history, const SenConversationRow *row, bool is_saved);
/** Takes over what another process wrote, unless it is being used here. */
void             sen_conversation_update (SenConversation *self, const SenConversationRow *row);
/** Queues all that is not yet. */
void             sen_conversation_save (SenConversation *self);
void             sen_conversation_detach (SenConversation *self);
void             sen_conversation_save_removed (SenConversation *self, bool removed);
const SenConversationRow *sen_conversation_row (SenConversation *self);
/** All its SenMessages, oldest first. (transfer none) */
GPtrArray       *sen_conversation_messages (SenConversation *self);
/** What a database holds, with the ids it has there: SenMessage. Attachments come with their messages, those of the draft are
 *  added to @draft. (transfer full) */
GPtrArray       *sen_conversation_read_messages (sqlite3 *db, gint64 conversation, SenAttachmentFiles *files, GPtrArray *draft,
                                                 GError **error);
/** A new conversation of @history, listed and saved, with @messages that come from elsewhere: their ids, and what refers to
 *  them, are places from 1, and become ids of @history. Each SenMessage is the conversation's from then on. (transfer full) */
SenConversation *sen_conversation_adopt (SenHistory *history, const SenConversationRow *row, GPtrArray *messages);

/* --- sen-history-content.c --------------------------------------------------------------------------------------------------------- */

/* A file that goes along with an export or a backup. */
typedef struct {
  char *sha256, *name;
} SenContent;

void  sen_content_free (gpointer content);
/** Adds one to an array of SenContent, unless @sha256 is none. @name: of the original. */
void  sen_content_add (GPtrArray *contents, const char *sha256, const char *name);
/** The folder beside the file at @path. (transfer full) */
char *sen_content_folder (const char *path);
/** The name in that folder. (transfer full) */
char *sen_content_name (const char *sha256, const char *name);
/** Copies content to @folder, which is made if there is something to copy. On any thread, as the next. */
bool  sen_content_write (SenAttachmentFiles *files, GPtrArray *contents, const char *folder, GError **error);
/** Copies an attachment's content from beside the file at @path, unless it is there. False when there is none that is right. */
bool  sen_content_fetch (SenAttachmentFiles *files, const char *path, const SenAttachment *attachment);

/* --- sen-history.c ----------------------------------------------------------------------------------------------------------------- */

SenHistoryStore *sen_history_store (SenHistory *self);   /* NULL: in memory only */
/** Ids and dates grow within a process whatever the clock does; ids of two processes differ by chance. */
gint64           sen_history_next_id (SenHistory *self);
gint64           sen_history_now (SenHistory *self);
/** Keeps a conversation that was just made, as long as the history lives. (transfer none) */
void             sen_history_keep (SenHistory *self, SenConversation *conversation);
/** What a database holds: SenConversationRow. (transfer full) */
GPtrArray       *sen_history_read_rows (sqlite3 *db, GError **error);
/** The folder of the attachments' content beside a database. (transfer full) */
char            *sen_history_files_folder (const char *path);
/** The conversation was touched: lists it, and moves it to the top. */
void             sen_history_touch (SenHistory *self, SenConversation *conversation);

G_END_DECLS
