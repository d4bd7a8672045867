/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The tables, as the steps that made them. Steps are never changed, only added: docs/history.md. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "sen-error.h"
#include "sen-history-private.h"

#define BACKUP_PAGES 256

static const char *const steps[SEN_HISTORY_VERSION] = {
  /* 1: conversations are trees of messages; the path that is shown begins with first_message and goes on
   * with each message's last_child, or its latest where that is 0. Dates are microseconds since 1970. */
  "CREATE TABLE conversations ("
  "  id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT '', title_is_own INTEGER NOT NULL DEFAULT 0,"
  "  created INTEGER NOT NULL, updated INTEGER NOT NULL,"
  "  first_message INTEGER NOT NULL DEFAULT 0,"
  "  draft TEXT NOT NULL DEFAULT '', system TEXT, removed INTEGER);"
  "CREATE TABLE messages ("
  "  id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,"
  "  parent INTEGER NOT NULL, speaker INTEGER NOT NULL, state INTEGER NOT NULL, created INTEGER NOT NULL,"
  "  text TEXT NOT NULL, model TEXT, device TEXT, n_tokens INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,"
  "  tokens_per_second REAL NOT NULL DEFAULT 0, removed INTEGER NOT NULL DEFAULT 0, last_child INTEGER NOT NULL DEFAULT 0);"
  "CREATE INDEX messages_by_conversation ON messages (conversation, id);",
  /* 2: search. Text that is still being written (state 1) is not in it: each half second would index all of it again. */
  "CREATE VIRTUAL TABLE found_texts USING fts5 (text, content='messages', content_rowid='id',"
  "  tokenize='unicode61 remove_diacritics 2');"
  "CREATE TRIGGER messages_inserted AFTER INSERT ON messages WHEN new.state <> 1 BEGIN"
  "  INSERT INTO found_texts (rowid, text) VALUES (new.id, new.text); END;"
  "CREATE TRIGGER messages_leave AFTER UPDATE OF text, state ON messages WHEN old.state <> 1 BEGIN"
  "  INSERT INTO found_texts (found_texts, rowid, text) VALUES ('delete', old.id, old.text); END;"
  "CREATE TRIGGER messages_return AFTER UPDATE OF text, state ON messages WHEN new.state <> 1 BEGIN"
  "  INSERT INTO found_texts (rowid, text) VALUES (new.id, new.text); END;"
  "CREATE TRIGGER messages_deleted AFTER DELETE ON messages WHEN old.state <> 1 BEGIN"
  "  INSERT INTO found_texts (found_texts, rowid, text) VALUES ('delete', old.id, old.text); END;"
  "INSERT INTO found_texts (rowid, text) SELECT id, text FROM messages WHERE state <> 1;",
  /* 3: attachments. message 0: of the draft. The content is a file named by sha256, which is NULL when it could not be read. */
  "CREATE TABLE attachments ("
  "  id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,"
  "  message INTEGER NOT NULL, position INTEGER NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL, sha256 TEXT,"
  "  name TEXT NOT NULL, mime TEXT, bytes INTEGER NOT NULL DEFAULT 0, width INTEGER NOT NULL DEFAULT 0,"
  "  height INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0, words TEXT, words_by TEXT, error TEXT);"
  "CREATE INDEX attachments_by_conversation ON attachments (conversation, message, position);"
  "CREATE INDEX attachments_by_content ON attachments (sha256);"
  "CREATE INDEX attachments_by_message ON attachments (message);"
  "CREATE TRIGGER messages_attachments_deleted AFTER DELETE ON messages BEGIN"
  "  DELETE FROM attachments WHERE message = old.id; END;",
  /* 4: what took an attachment directly, NULL when a model knows it by its words alone. */
  "ALTER TABLE attachments ADD COLUMN direct_by TEXT;",
};

bool
sen_history_fail (sqlite3 *db, int result, const char *path, const char *what, GError **error)
{
  SenError code = SEN_ERROR_IO;
  const char *why = db != NULL ? sqlite3_errmsg (db) : sqlite3_errstr (result);
  switch (result & 0xff)
    {
    case SQLITE_FULL:
      code = SEN_ERROR_DISK_FULL;
      why = "the disk is full";
      break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      code = SEN_ERROR_FORMAT;
      why = "the file is damaged";
      break;
    case SQLITE_NOMEM:
      code = SEN_ERROR_NO_MEMORY;
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      why = "neither the file nor its folder may be written to";
      break;
    case SQLITE_IOERR:
      /* How a full disk shows when the file grows inside the journal. */
      if (db != NULL && (sqlite3_system_errno (db) == ENOSPC || sqlite3_system_errno (db) == EFBIG))
        {
          code = SEN_ERROR_DISK_FULL;
          why = "the disk is full";
        }
      break;
    default:
      break;
    }
  g_set_error (error, SEN_ERROR, code, "%s in %s failed: %s", what, path, why);
  return false;
}

static bool
run (sqlite3 *db, const char *sql, const char *path, const char *what, GError **error)
{
  int result = sqlite3_exec (db, sql, NULL, NULL, NULL);
  return result == SQLITE_OK || sen_history_fail (db, result, path, what, error);
}

/* A single number, -1 when it cannot be had. */
static int
read_number (sqlite3 *db, const char *sql, int *result)
{
  sqlite3_stmt *statement = NULL;
  int value = -1;
  *result = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);
  if (*result == SQLITE_OK && (*result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      value = sqlite3_column_int (statement, 0);
      *result = SQLITE_OK;
    }
  sqlite3_finalize (statement);
  return value;
}

static bool
sync_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync (fd) == 0;
  int code = errno;
  if (fd >= 0)
    close (fd);
  if (!ok)
    g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s could not be written: %s", path, g_strerror (code));
  return ok;
}

bool
sen_history_copy (sqlite3 *db, const char *path, GError **error)
{
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  sqlite3 *copy = NULL;
  g_unlink (part);
  int result = sqlite3_open_v2 (part, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
  sqlite3_backup *backup = result == SQLITE_OK ? sqlite3_backup_init (copy, "main", db, "main") : NULL;
  if (backup != NULL)
    {
      do
        result = sqlite3_backup_step (backup, BACKUP_PAGES);
      while (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED);
      sqlite3_backup_finish (backup);
      if (result == SQLITE_DONE)
        result = SQLITE_OK;
    }
  else if (result == SQLITE_OK)
    result = sqlite3_errcode (copy);
  /* A copy is one file that can be carried about, so without a journal beside it. */
  if (result == SQLITE_OK)
    result = sqlite3_exec (copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  bool ok = result == SQLITE_OK || sen_history_fail (copy, result, path, "copying the conversations", error);
  sqlite3_close (copy);
  ok = ok && sync_file (part, error);
  if (ok && g_rename (part, path) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s could not be written: %s", path, g_strerror (errno));
      ok = false;
    }
  if (!ok)
    g_unlink (part);
  return ok;
}

int
sen_history_read_version (sqlite3 *db, int *result)
{
  return read_number (db, "PRAGMA user_version", result);
}

/* Under the lock of a transaction another process may have been first. */
static bool
take_step (sqlite3 *db, const char *path, int version, GError **error)
{
  static const char what[] = "preparing the conversations";
  int result;
  if (!run (db, "BEGIN IMMEDIATE", path, what, error))
    return false;
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %d", version + 1);
  bool ok = sen_history_read_version (db, &result) != version
            || (run (db, steps[version], path, what, error) && run (db, set_version, path, what, error));
  if (ok)
    ok = run (db, "COMMIT", path, what, error);
  if (!ok)
    sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
  return ok;
}

bool
sen_history_migrate (sqlite3 *db, const char *path, int version, GError **error)
{
  int result, found = sen_history_read_version (db, &result);
  if (result != SQLITE_OK)
    return sen_history_fail (db, result, path, "reading the conversations", error);
  if (found > version)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s was written by a newer version of Sensorium (format %d, this one "
                   "knows %d); install that version, or move the file away to begin anew", path, found, version);
      return false;
    }
  if (found == 0 && read_number (db, "SELECT count(*) FROM sqlite_schema", &result) > 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is a database of something else", path);
      return false;
    }
  const char *file = sqlite3_db_filename (db, "main");
  bool is_file = file != NULL && *file != '\0';
  if (found > 0 && found < version && is_file)
    {
      g_autofree char *backup = g_strdup_printf ("%s.version-%d", path, found);
      if (!sen_history_copy (db, backup, error))
        return false;
    }
  for (int i = found; i < version; i++)
    if (!take_step (db, path, i, error))
      return false;
  return true;
}
