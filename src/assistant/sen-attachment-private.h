/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What attachments share with the history that keeps them. */
#pragma once

#include <sqlite3.h>

#include "sen-attachment-files.h"

G_BEGIN_DECLS

typedef struct SenHistoryStore SenHistoryStore;

/* Longer ones from files are cut; a day of speech is below a million characters. */
#define SEN_ATTACHMENT_MAX_WORDS (4u << 20)
#define SEN_ATTACHMENT_MAX_NAME 240

struct _SenAttachment {
  GObject             parent_instance;
  SenAttachmentFiles *files;        /* owned, may be NULL */
  char               *name, *sha256, *mime, *words, *words_by, *error, *direct_by;
  char               *place;        /* of sen_attachment_new_at(), else NULL */
  guint64             size;
  SenAttachmentState  state;
  SenAttachmentFacts  facts;        /* its texts are those above */

  char               *stage;
  double              fraction;
  GCancellable       *copying;      /* NULL unless it is being copied */

  /* Its row. */
  gint64           id, conversation, message;   /* id 0: in no conversation; message 0: of the draft */
  guint            position;
  SenHistoryStore *store;                       /* NULL: not saved */
};

SenAttachment *sen_attachment_new (SenAttachmentFiles *files, const char *name);
/** The same content and words, for another message. (transfer full) */
SenAttachment *sen_attachment_copy (SenAttachment *self);
/** What a file or an export says, whatever that is: texts are made valid, sizes are clamped. */
void           sen_attachment_set_facts (SenAttachment *self, const SenAttachmentFacts *facts);
/** "new", "ready", "failed": as in exports. */
const char    *sen_attachment_state_name (SenAttachmentState state);
/** Its content is there. */
void           sen_attachment_arrived (SenAttachment *self, const char *sha256, guint64 n_bytes, const char *mime);

/* --- sen-history-attachments.c ------------------------------------------------------------------------------------------------------ */

/** Queues its row, if it has a store and its content is there. */
void       sen_attachment_save (SenAttachment *self);
/** Takes its row away. */
void       sen_attachment_forget (SenAttachment *self);
/** All of a conversation, by message and position: SenAttachment. (transfer full) */
GPtrArray *sen_attachments_read (sqlite3 *db, gint64 conversation, SenAttachmentFiles *files, GError **error);
/** A SenStoreReadFunc: an attachment with the content of the given SHA-256 that was understood, or NULL. (transfer full) */
gpointer   sen_attachment_read_known (sqlite3 *db, gpointer sha256, GCancellable *cancellable, GError **error);
/** Deletes content that no attachment of @db refers to, and that is older than an hour: another process could be about to. */
void       sen_attachments_collect (sqlite3 *db, const char *folder);

G_END_DECLS
