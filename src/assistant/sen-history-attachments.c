/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The rows of attachments, and their files once no row is left. */
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "sen-history-private.h"

/* Content that nothing refers to yet may be about to be referred to. */
#define YOUNG_SECONDS 3600

void
sen_attachment_save (SenAttachment *self)
{
  if (self->store == NULL || self->id == 0 || self->state == SEN_ATTACHMENT_COPYING)
    return;
  sen_history_store_write (self->store, "INSERT OR REPLACE INTO attachments (id, conversation, message, position, kind, state, sha256,"
                           " name, mime, bytes, width, height, seconds, words, words_by, error, direct_by)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)", "iiiiiisssiiidssss",
                           self->id, self->conversation, self->message, (gint64) self->position, (gint64) self->facts.kind,
                           (gint64) self->state, self->sha256, self->name, self->mime, (gint64) self->size,
                           (gint64) self->facts.width, (gint64) self->facts.height, self->facts.seconds, self->words,
                           self->words_by, self->error, self->direct_by);
}

void
sen_attachment_forget (SenAttachment *self)
{
  if (self->store != NULL && self->id != 0)
    sen_history_store_write (self->store, "DELETE FROM attachments WHERE id = ?1", "i", self->id);
  self->id = 0;
  self->store = NULL;
}

/* The file may hold anything. */
static SenAttachment *
read_attachment (sqlite3_stmt *q, SenAttachmentFiles *files)
{
  g_autofree char *sha256 = sen_database_dup_text (q, 5), *name = sen_database_dup_text (q, 6), *mime = sen_database_dup_text (q, 7);
  g_autofree char *words = sen_database_dup_text (q, 12), *words_by = sen_database_dup_text (q, 13);
  SenAttachment *attachment = sen_attachment_new (files, name != NULL ? name : "");
  attachment->id = sqlite3_column_int64 (q, 0);
  attachment->message = sqlite3_column_int64 (q, 1);
  attachment->position = (guint) MAX (sqlite3_column_int (q, 2), 0);
  attachment->state = (SenAttachmentState) CLAMP (sqlite3_column_int (q, 4), SEN_ATTACHMENT_NEW, SEN_ATTACHMENT_FAILED);
  if (sen_sha256_is_valid (sha256))
    attachment->sha256 = g_steal_pointer (&sha256);
  attachment->size = (guint64) MAX (sqlite3_column_int64 (q, 8), 0);
  const SenAttachmentFacts facts = {
    .kind = (SenAttachmentKind) CLAMP (sqlite3_column_int (q, 3), SEN_ATTACHMENT_UNKNOWN, SEN_ATTACHMENT_VIDEO),
    .mime = mime, .width = sqlite3_column_int (q, 9), .height = sqlite3_column_int (q, 10),
    .seconds = sqlite3_column_double (q, 11), .words = words, .words_by = words_by,
  };
  sen_attachment_set_facts (attachment, &facts);
  attachment->error = sen_database_dup_text (q, 14);
  attachment->direct_by = sen_database_dup_text (q, 15);
  return attachment;
}

#define COLUMNS                                                                                                           \
  "id, message, position, kind, state, sha256, name, mime, bytes, width, height, seconds, words, words_by, error, direct_by"

gpointer
sen_attachment_read_known (sqlite3 *db, gpointer sha256, GCancellable *cancellable, GError **error)
{
  sqlite3_stmt *q = NULL;
  SenAttachment *known = NULL;
  if (db != NULL
      && sqlite3_prepare_v2 (db, "SELECT " COLUMNS " FROM attachments WHERE sha256 = ?1 AND state = 1 ORDER BY id DESC LIMIT 1", -1, &q,
                             NULL) == SQLITE_OK
      && sqlite3_bind_text (q, 1, sha256, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step (q) == SQLITE_ROW)
    known = read_attachment (q, NULL);
  sqlite3_finalize (q);
  return known;
}

GPtrArray *
sen_attachments_read (sqlite3 *db, gint64 conversation, SenAttachmentFiles *files, GError **error)
{
  GPtrArray *attachments = g_ptr_array_new_with_free_func (g_object_unref);
  sqlite3_stmt *q = NULL;
  int result = sqlite3_prepare_v2 (db, "SELECT " COLUMNS " FROM attachments WHERE conversation = ?1 ORDER BY message, position, id", -1,
                                   &q, NULL);
  if (result == SQLITE_OK)
    sqlite3_bind_int64 (q, 1, conversation);
  while (result == SQLITE_OK && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      SenAttachment *attachment = read_attachment (q, files);
      attachment->conversation = conversation;
      g_ptr_array_add (attachments, attachment);
      result = SQLITE_OK;
    }
  sqlite3_finalize (q);
  if (result != SQLITE_DONE)
    {
      sen_database_fail (db, result, sqlite3_db_filename (db, "main"), "reading the attachments", error);
      g_ptr_array_unref (attachments);
      return NULL;
    }
  return attachments;
}

/* --- Files that nothing refers to ----------------------------------------------------------------------------------------------------- */

/* A question that cannot be answered keeps the file. */
static bool
is_referred_to (sqlite3_stmt *q, const char *sha256)
{
  sqlite3_bind_text (q, 1, sha256, -1, SQLITE_STATIC);
  int result = sqlite3_step (q);
  sqlite3_reset (q);
  return result != SQLITE_DONE;
}

static void
collect_shelf (sqlite3_stmt *q, const char *folder, gint64 now)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir))
    {
      struct stat info;
      g_autofree char *path = g_build_filename (folder, name, NULL);
      bool is_ours = sen_sha256_is_valid (name) || g_str_has_prefix (name, ".part-");
      if (is_ours && lstat (path, &info) == 0 && S_ISREG (info.st_mode) && info.st_mtime < now - YOUNG_SECONDS
          && (*name == '.' || !is_referred_to (q, name)))
        g_unlink (path);
    }
}

void
sen_attachments_collect (sqlite3 *db, const char *folder)
{
  sqlite3_stmt *q = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  if (dir != NULL && sqlite3_prepare_v2 (db, "SELECT 1 FROM attachments WHERE sha256 = ?1 LIMIT 1", -1, &q, NULL) == SQLITE_OK)
    {
      collect_shelf (q, folder, now);
      for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
        {
          g_autofree char *shelf = g_build_filename (folder, name, NULL);
          if (strlen (name) == 2 && g_file_test (shelf, G_FILE_TEST_IS_DIR))
            {
              collect_shelf (q, shelf, now);
              g_rmdir (shelf);   /* if it is empty */
            }
        }
    }
  sqlite3_finalize (q);
}
