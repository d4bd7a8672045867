/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-database.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "sen-error.h"

#define BACKUP_PAGES 256

bool
sen_database_fail (sqlite3 *db, int result, const char *path, const char *doing, GError **error)
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
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      why = "another program has it locked; end that first";
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
  g_set_error (error, SEN_ERROR, code, "%s in %s failed: %s", doing, path, why);
  return false;
}

static bool
run (sqlite3 *db, const char *sql, const char *path, const char *doing, GError **error)
{
  int result = sqlite3_exec (db, sql, NULL, NULL, NULL);
  return result == SQLITE_OK || sen_database_fail (db, result, path, doing, error);
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
sen_database_copy (sqlite3 *db, const char *path, const char *what, GError **error)
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
  g_autofree char *doing = g_strconcat ("copying ", what, NULL);
  bool ok = result == SQLITE_OK || sen_database_fail (copy, result, path, doing, error);
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
sen_database_read_version (sqlite3 *db, int *result)
{
  return read_number (db, "PRAGMA user_version", result);
}

/* Under the lock of a transaction another process may have been first. */
static bool
take_step (sqlite3 *db, const char *path, const SenDatabaseSchema *schema, int version, GError **error)
{
  g_autofree char *doing = g_strconcat ("preparing ", schema->what, NULL);
  int result;
  if (!run (db, "BEGIN IMMEDIATE", path, doing, error))
    return false;
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %d", version + 1);
  bool ok = sen_database_read_version (db, &result) != version
            || (run (db, schema->steps[version], path, doing, error) && run (db, set_version, path, doing, error));
  if (ok)
    ok = run (db, "COMMIT", path, doing, error);
  if (!ok)
    sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
  return ok;
}

bool
sen_database_migrate (sqlite3 *db, const char *path, const SenDatabaseSchema *schema, GError **error)
{
  g_autofree char *doing = g_strconcat ("reading ", schema->what, NULL);
  int result, found = sen_database_read_version (db, &result);
  if (result != SQLITE_OK)
    return sen_database_fail (db, result, path, doing, error);
  if (found > schema->version)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s was written by a newer version of Sensorium (format %d, this one "
                   "knows %d); install that version, or move the file away to begin anew", path, found, schema->version);
      return false;
    }
  if (found == 0 && read_number (db, "SELECT count(*) FROM sqlite_schema", &result) > 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is a database of something else", path);
      return false;
    }
  const char *file = sqlite3_db_filename (db, "main");
  bool is_file = file != NULL && *file != '\0';
  if (found > 0 && found < schema->version && is_file && schema->keeps_old)
    {
      g_autofree char *backup = g_strdup_printf ("%s.version-%d", path, found);
      if (!sen_database_copy (db, backup, schema->what, error))
        return false;
    }
  for (int i = found; i < schema->version; i++)
    if (!take_step (db, path, schema, i, error))
      return false;
  return true;
}

char *
sen_database_dup_text (sqlite3_stmt *row, int column)
{
  const char *text = (const char *) sqlite3_column_text (row, column);
  return text != NULL ? g_utf8_make_valid (text, sqlite3_column_bytes (row, column)) : NULL;
}
