/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The store in SQLite: the database itself, its folders and files. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "sen-error.h"
#include "sen-index-reason.h"
#include "sen-store-private.h"

/* Steps of SQLite's machine between looks at whether it was cancelled: about a millisecond. */
#define CANCEL_STEPS 20000
/* The log of what maps have to forget is emptied when it is longer than this and than a quarter of the vectors. */
#define GONE_MAX 65536
/* Who only asks whether the lock is held holds it for a moment. */
#define LOCK_TRIES 20
#define LOCK_WAIT_US 10000
/* What a map was written to under another name is left behind by a process that was killed; while it is written it is younger than this. */
#define MAX_PART_AGE_S (10 * 60)

/* --- Statements ----------------------------------------------------------------------------------------------------------------------- */

static sqlite3_stmt *
query_va (SqliteStore *self, const char *sql, const char *types, va_list list)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);
  if (statement == NULL)
    {
      if (sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        return NULL;
      g_hash_table_insert (self->statements, (gpointer) sql, statement);
    }
  for (int i = 1; *types != '\0'; types++, i++)
    if (*types == 'i')
      sqlite3_bind_int64 (statement, i, va_arg (list, int64_t));
    else if (*types == 's')
      sqlite3_bind_text (statement, i, va_arg (list, const char *), -1, SQLITE_STATIC);
    else
      {
        const void *bytes = va_arg (list, const void *);
        size_t n = va_arg (list, size_t);
        if (bytes != NULL)
          sqlite3_bind_blob64 (statement, i, bytes, n, SQLITE_STATIC);
        else
          sqlite3_bind_null (statement, i);
      }
  return statement;
}

sqlite3_stmt *
sen_sqlite_query (SqliteStore *self, const char *sql, const char *types, ...)
{
  va_list list;
  va_start (list, types);
  sqlite3_stmt *statement = query_va (self, sql, types, list);
  va_end (list);
  return statement;
}

bool
sen_sqlite_end (SqliteStore *self, sqlite3_stmt *statement, int result, const char *doing, GError **error)
{
  bool ok = statement != NULL && (result == SQLITE_DONE || result == SQLITE_ROW);
  if (!ok)
    {
      if (statement == NULL)
        result = sqlite3_errcode (self->db);
      if (result == SQLITE_INTERRUPT)
        g_set_error (error, SEN_ERROR, SEN_ERROR_CANCELLED, "%s was stopped", doing);
      else
        sen_database_fail (self->db, result, self->path, doing, error);
    }
  if (statement != NULL)
    {
      sqlite3_reset (statement);
      sqlite3_clear_bindings (statement);
    }
  return ok;
}

bool
sen_sqlite_run (SqliteStore *self, GError **error, const char *sql, const char *types, ...)
{
  va_list list;
  va_start (list, types);
  sqlite3_stmt *q = query_va (self, sql, types, list);
  va_end (list);
  return sen_sqlite_end (self, q, q != NULL ? sqlite3_step (q) : SQLITE_ERROR, "writing the index", error);
}

bool
sen_sqlite_read (SqliteStore *self, int64_t *value, int64_t none, GError **error, const char *sql, const char *types, ...)
{
  va_list list;
  va_start (list, types);
  sqlite3_stmt *q = query_va (self, sql, types, list);
  va_end (list);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  *value = result == SQLITE_ROW ? sqlite3_column_int64 (q, 0) : none;
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

static int
is_cancelled (gpointer cancel)
{
  return sen_cancel_requested (cancel) ? 1 : 0;
}

void
sen_sqlite_watch (SqliteStore *self, SenCancel *cancel)
{
  sqlite3_progress_handler (self->db, cancel != NULL ? CANCEL_STEPS : 0, cancel != NULL ? is_cancelled : NULL, cancel);
}

bool
sen_sqlite_begin (SqliteStore *self, GError **error)
{
  return sen_sqlite_run (self, error, "BEGIN IMMEDIATE", "");
}

bool
sen_sqlite_finish (SqliteStore *self, bool ok, GError **error)
{
  ok = ok && sen_sqlite_run (self, error, "COMMIT", "");
  if (!ok)
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  return ok;
}

/* --- Opening -------------------------------------------------------------------------------------------------------------------------- */

static int
try_lock (const char *path, int flags, int *code)
{
  g_autofree char *lock_path = g_strconcat (path, ".lock", NULL);
  int fd = open (lock_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  *code = fd < 0 ? errno : 0;
  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      *code = errno;
      close (fd);
      fd = -1;
    }
  return fd;
}

bool
sen_store_is_locked (const char *path)
{
  int code, fd = try_lock (path, 0, &code);
  if (fd >= 0)
    close (fd);
  return code == EWOULDBLOCK;
}

static bool
take_lock (SqliteStore *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  int code = 0;
  if (g_mkdir_with_parents (folder, 0700) != 0)
    return sen_index_fail (error, SEN_INDEX_REASON_FOLDER_UNMADE, "name", folder, "detail", g_strerror (errno), NULL);
  for (int i = 0; i < LOCK_TRIES; i++)
    {
      self->lock_fd = try_lock (self->path, O_CREAT, &code);
      if (self->lock_fd >= 0 || code != EWOULDBLOCK)
        break;
      g_usleep (LOCK_WAIT_US);
    }
  if (self->lock_fd < 0 && code == EWOULDBLOCK)
    return sen_index_fail (error, SEN_INDEX_REASON_LOCKED, "name", self->path, NULL);
  g_autofree char *lock_path = g_strconcat (self->path, ".lock", NULL);
  return self->lock_fd >= 0 || sen_index_fail (error, SEN_INDEX_REASON_UNLOCKED, "name", lock_path, "detail", g_strerror (code), NULL);
}

/* Of maps that were never finished: PATH.space-N.XXXXXX. */
static void
remove_parts (SqliteStore *self)
{
  g_autofree char *folder = g_path_get_dirname (self->path), *name = g_path_get_basename (self->path);
  g_autofree char *prefix = g_strconcat (name, ".space-", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *entry; dir != NULL && (entry = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *path = g_build_filename (folder, entry, NULL);
      GStatBuf status;
      if (g_str_has_prefix (entry, prefix) && strchr (entry + strlen (prefix), '.') != NULL && g_stat (path, &status) == 0
          && g_get_real_time () / G_USEC_PER_SEC - status.st_mtime > MAX_PART_AGE_S)
        g_unlink (path);
    }
}

static bool
open_database (SqliteStore *self, GError **error)
{
  /* A commit costs no sync: it outlives the program in any case, and a loss of power may take the last ones with it, whole. */
  static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                                 "PRAGMA journal_size_limit = 16777216; PRAGMA wal_autocheckpoint = 4000;";
  bool is_writer = self->base.is_writer;
  if (!is_writer && !g_file_test (self->path, G_FILE_TEST_EXISTS))
    return sen_index_fail (error, SEN_INDEX_REASON_ABSENT, "name", self->path, NULL);
  int result = sqlite3_open_v2 (self->path, &self->db,
                                SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (is_writer ? SQLITE_OPEN_CREATE : 0), NULL);
  if (result != SQLITE_OK)
    return sen_database_fail (self->db, result, self->path, "opening the index", error);
  sqlite3_busy_timeout (self->db, SEN_DATABASE_BUSY_MS);
  sqlite3_extended_result_codes (self->db, 1);
  if (is_writer)
    remove_parts (self);
  if (is_writer)
    return sen_database_migrate (self->db, self->path, &sen_store_schema, error)
           && ((result = sqlite3_exec (self->db, settings, NULL, NULL, NULL)) == SQLITE_OK
               || sen_database_fail (self->db, result, self->path, "opening the index", error));

  int version = sen_database_read_version (self->db, &result);
  if (result == SQLITE_OK)
    result = sqlite3_exec (self->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
  if (result != SQLITE_OK)
    return sen_database_fail (self->db, result, self->path, "opening the index", error);
  if (version > 0 && version < sen_store_schema.version)
    {
      g_autofree char *found = g_strdup_printf ("%d", version), *known = g_strdup_printf ("%d", sen_store_schema.version);
      return sen_index_fail (error, SEN_INDEX_REASON_OLDER, "name", self->path, "found", found, "known", known, NULL);
    }
  /* What is newer or something else says so; where there is nothing yet, nothing is written. */
  g_autoptr (GError) why = NULL;
  if (sen_database_migrate (self->db, self->path, &sen_store_schema, &why))
    return true;
  if (version == 0 && why->code == SEN_ERROR_IO)
    return sen_index_fail (error, SEN_INDEX_REASON_ABSENT, "name", self->path, NULL);
  g_propagate_error (error, g_steal_pointer (&why));
  return false;
}

static void
finalize (gpointer statement)
{
  sqlite3_finalize (statement);
}

static void
close_store (SenStore *store)
{
  SqliteStore *self = (SqliteStore *) store;
  g_hash_table_unref (self->mirrors);
  sen_device_unref (self->device);
  sen_pool_free (self->pool);
  g_hash_table_unref (self->statements);
  sqlite3_close (self->db);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_free (self->path);
  g_free (self);
}

/* --- Folders -------------------------------------------------------------------------------------------------------------------------- */

static bool
add_root (SenStore *store, const char *path, int64_t *root, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  return sen_sqlite_run (self, error, "INSERT INTO roots (path) VALUES (?) ON CONFLICT DO UPDATE SET removed = 0", "b", path, strlen (path))
         && sen_sqlite_read (self, root, 0, error, "SELECT id FROM roots WHERE path = ?", "b", path, strlen (path));
}

/* Contents that have lost their last file. */
#define MARK_ORPHANS "UPDATE contents SET orphaned = unixepoch () WHERE orphaned IS NULL AND id "

static bool
delete_root (SqliteStore *self, int64_t root, GError **error)
{
  sen_sqlite_watch (self, self->cancel);
  bool ok = sen_sqlite_begin (self, error);
  ok = ok && sen_sqlite_run (self, error, MARK_ORPHANS "IN (SELECT content FROM files WHERE root = ?1)"
                             " AND NOT EXISTS (SELECT 1 FROM files WHERE content = contents.id AND root <> ?1)", "i", root)
       && sen_sqlite_run (self, error, "DELETE FROM files WHERE root = ?", "i", root)
       && sen_sqlite_run (self, error, "DELETE FROM roots WHERE id = ?", "i", root);
  sen_sqlite_watch (self, NULL);
  return sen_sqlite_finish (self, ok, error);
}

/* That it is none any more is written first, which takes no time: what ends the rest does not bring it back. */
static bool
remove_root (SenStore *store, int64_t root, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  return sen_sqlite_run (self, error, "UPDATE roots SET removed = 1 WHERE id = ?", "i", root) && delete_root (self, root, error);
}

/* What was taken out when there was no time left for its files. */
static bool
end_removals (SqliteStore *self, GError **error)
{
  for (int64_t root;;)
    {
      if (!sen_sqlite_read (self, &root, 0, error, "SELECT id FROM roots WHERE removed LIMIT 1", ""))
        return false;
      if (root == 0)
        return true;
      if (!delete_root (self, root, error))
        return false;
    }
}

char *
sen_sqlite_map_path (SqliteStore *self, int64_t space)
{
  return g_strdup_printf ("%s.space-%" G_GINT64_FORMAT, self->path, space);
}

char *
sen_sqlite_dup_path (sqlite3_stmt *q, int column)
{
  const char *bytes = sqlite3_column_blob (q, column);
  return g_strndup (bytes != NULL ? bytes : "", (gsize) sqlite3_column_bytes (q, column));
}

static bool
each_root (SenStore *store, SenStoreRootFunc func, gpointer data, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT id, path FROM roots WHERE NOT removed ORDER BY path", "");
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      g_autofree char *path = sen_sqlite_dup_path (q, 1);
      func (sqlite3_column_int64 (q, 0), path, data);
    }
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

/* --- Files ---------------------------------------------------------------------------------------------------------------------------- */

#define STORED_COLUMNS "f.id, f.content, f.size, f.mtime, f.device, f.inode, f.kind, f.error IS NOT NULL, f.path"
#define PATH_COLUMN 8

static void
read_stored (sqlite3_stmt *q, SenStoredFile *stored)
{
  *stored = (SenStoredFile) {
    .file = sqlite3_column_int64 (q, 0),
    .content = sqlite3_column_int64 (q, 1),
    .stamp = {
      .size_bytes = (uint64_t) sqlite3_column_int64 (q, 2),
      .mtime_ns = sqlite3_column_int64 (q, 3),
      .device = (uint64_t) sqlite3_column_int64 (q, 4),
      .inode = (uint64_t) sqlite3_column_int64 (q, 5),
    },
    .kind = (SenFileKind) sqlite3_column_int (q, 6),
    .is_unreadable = sqlite3_column_int (q, 7) != 0,
  };
}

static bool
find_file (SenStore *store, const char *path, SenStoredFile *stored, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT " STORED_COLUMNS " FROM files f WHERE f.path = ?", "b", path, strlen (path));
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  *stored = (SenStoredFile) { 0 };
  if (result == SQLITE_ROW)
    read_stored (q, stored);
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

static bool
each_file (SenStore *store, int64_t root, const char *below, SenStoreFileFunc func, gpointer data, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  /* What begins so lies before the same with a larger last byte, which is a slash. */
  size_t n = below != NULL ? strlen (below) : 0;
  g_autofree char *end = g_strdup (n > 0 ? below : "/");
  end[MAX (n, 1) - 1]++;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT " STORED_COLUMNS " FROM files f WHERE +f.root = ? AND f.path >= ? AND f.path < ?"
                                      " ORDER BY f.path", "ibb", root, n > 0 ? below : "/", MAX (n, 1), end, MAX (n, 1));
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      g_autofree char *path = sen_sqlite_dup_path (q, PATH_COLUMN);
      SenStoredFile stored;
      read_stored (q, &stored);
      if (!func (path, &stored, data))
        break;
    }
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

static bool
find_hash (SenStore *store, const SenFileStamp *stamp, uint8_t hash[SEN_STORE_HASH_BYTES], bool *found, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT c.hash FROM files f JOIN contents c ON c.id = f.content"
                                      " WHERE f.inode = ? AND f.device = ? AND f.size = ? AND f.mtime = ? AND c.hash IS NOT NULL", "iiii",
                                      (int64_t) stamp->inode, (int64_t) stamp->device, (int64_t) stamp->size_bytes, stamp->mtime_ns);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  *found = result == SQLITE_ROW && sqlite3_column_bytes (q, 0) == SEN_STORE_HASH_BYTES;
  if (*found)
    memcpy (hash, sqlite3_column_blob (q, 0), SEN_STORE_HASH_BYTES);
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

static bool
find_contents (SenStore *store, const uint8_t hash[SEN_STORE_HASH_BYTES], GArray *contents, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT id FROM contents WHERE hash = ? ORDER BY id", "b", hash, (size_t) SEN_STORE_HASH_BYTES);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    g_array_append_vals (contents, &(int64_t) { sqlite3_column_int64 (q, 0) }, 1);
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

/* The content of these facts: one that is there, the file's own empty one, or a new one. */
static bool
find_content (SqliteStore *self, const SenFileFacts *facts, int64_t *content, bool *is_new, GError **error)
{
  *is_new = false;
  *content = 0;
  if (facts->hash != NULL
      && !sen_sqlite_read (self, content, 0, error, "SELECT id FROM contents WHERE hash = ? AND format = ?", "bs", facts->hash,
                           (size_t) SEN_STORE_HASH_BYTES, facts->format))
    return false;
  if (facts->hash == NULL
      && !sen_sqlite_read (self, content, 0, error, "SELECT c.id FROM files f JOIN contents c ON c.id = f.content"
                           " WHERE f.path = ? AND c.hash IS NULL", "b", facts->path, strlen (facts->path)))
    return false;
  if (*content != 0)
    return sen_sqlite_run (self, error, "UPDATE contents SET orphaned = NULL WHERE id = ? AND orphaned IS NOT NULL", "i", *content);
  if (!sen_sqlite_run (self, error, "INSERT INTO contents (hash, format) VALUES (?, ?)", "bs", facts->hash, (size_t) SEN_STORE_HASH_BYTES,
                       facts->hash != NULL ? facts->format : ""))
    return false;
  *content = sqlite3_last_insert_rowid (self->db);
  *is_new = facts->hash != NULL;
  return !*is_new
         || sen_sqlite_run (self, error, "INSERT INTO passes (pass, content, state) VALUES (?, ?, ?)", "iii", (int64_t) SEN_INDEX_QUICK,
                            *content, (int64_t) SEN_INDEX_TO_DO);
}

/* What of a path is searched: the file's name, and the folders between it and the root, that one included. */
static void
fold_path (SqliteStore *self, const char *root, const char *path, char **name, char **folder)
{
  const char *slash = strrchr (path, '/'), *from = strrchr (root, '/');
  size_t skip = from != NULL && g_str_has_prefix (path, root) ? (size_t) (from - root) : 0;
  g_autofree char *between = slash != NULL && (size_t) (slash - path) > skip ? g_strndup (path + skip, (size_t) (slash - path) - skip)
                                                                             : g_strdup ("");
  g_autofree char *shown_name = g_filename_display_name (slash != NULL ? slash + 1 : path);
  g_autofree char *shown_folder = g_filename_display_name (between);
  *name = sen_query_fold (shown_name);
  *folder = sen_query_fold (shown_folder);
}

static bool
write_file (SqliteStore *self, int64_t root, const SenFileFacts *facts, const SenStoredFile *old, SenStoredFile *stored, GError **error)
{
  const SenFileStamp *stamp = &facts->stamp;
  size_t n_path = strlen (facts->path);
  if (old->file != 0)
    {
      stored->file = old->file;
      return sen_sqlite_run (self, error, "UPDATE files SET root = ?, content = ?, kind = ?, size = ?, mtime = ?, device = ?, inode = ?,"
                             " error = ? WHERE id = ?", "iiiiiiisi", root, stored->content, (int64_t) facts->kind,
                             (int64_t) stamp->size_bytes, stamp->mtime_ns, (int64_t) stamp->device, (int64_t) stamp->inode, facts->error,
                             old->file)
             && (old->content == stored->content
                 || sen_sqlite_run (self, error, MARK_ORPHANS "= ?1 AND NOT EXISTS (SELECT 1 FROM files WHERE content = ?1)", "i",
                                    old->content));
    }

  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT path FROM roots WHERE id = ?", "i", root);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  g_autofree char *root_path = result == SQLITE_ROW ? sen_sqlite_dup_path (q, 0) : g_strdup (""), *name = NULL, *folder = NULL;
  if (!sen_sqlite_end (self, q, result, "reading the index", error))
    return false;
  fold_path (self, root_path, facts->path, &name, &folder);
  if (!sen_sqlite_run (self, error, "INSERT INTO files (root, path, content, kind, size, mtime, device, inode, error, name, folder)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "ibiiiiiisss", root, facts->path, n_path, stored->content,
                       (int64_t) facts->kind, (int64_t) stamp->size_bytes, stamp->mtime_ns, (int64_t) stamp->device,
                       (int64_t) stamp->inode, facts->error, name, folder))
    return false;
  stored->file = sqlite3_last_insert_rowid (self->db);
  return true;
}

static bool
put_file (SenStore *store, int64_t root, const SenFileFacts *facts, SenStoredFile *stored, bool *is_new, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  SenStoredFile old;
  bool is_new_content = false;
  *stored = (SenStoredFile) { .stamp = facts->stamp, .kind = facts->kind, .is_unreadable = facts->error != NULL };
  bool ok = sen_sqlite_begin (self, error);
  ok = ok && find_file (store, facts->path, &old, error) && find_content (self, facts, &stored->content, &is_new_content, error)
       && write_file (self, root, facts, &old, stored, error);
  ok = sen_sqlite_finish (self, ok, error);
  if (is_new != NULL)
    *is_new = ok && is_new_content;
  return ok;
}

static bool
remove_files (SenStore *store, const int64_t *files, size_t n, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  bool ok = sen_sqlite_begin (self, error);
  for (size_t i = 0; i < n && ok; i++)
    ok = sen_sqlite_run (self, error, MARK_ORPHANS "= (SELECT content FROM files WHERE id = ?1) AND NOT EXISTS"
                         " (SELECT 1 FROM files WHERE content = contents.id AND id <> ?1)", "i", files[i])
         && sen_sqlite_run (self, error, "DELETE FROM files WHERE id = ?", "i", files[i]);
  return sen_sqlite_finish (self, ok, error);
}

/* --- The whole ------------------------------------------------------------------------------------------------------------------------ */

static bool
count (SenStore *store, SenStoreCounts *counts, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  int64_t n[4], to_do[SEN_N_INDEX_PASSES];
  sen_sqlite_watch (self, self->cancel);
  bool ok = sen_sqlite_read (self, &n[0], 0, error, "SELECT count (*) FROM files", "")
            && sen_sqlite_read (self, &n[1], 0, error, "SELECT count (*) FROM contents WHERE orphaned IS NULL", "")
            && sen_sqlite_read (self, &n[2], 0, error, "SELECT count (*) FROM chunks", "")
            && sen_sqlite_read (self, &n[3], 0, error, "SELECT count (*) FROM files f WHERE f.error IS NOT NULL OR f.content IN"
                                " (SELECT content FROM passes WHERE pass < ? AND state = ?)", "ii", (int64_t) SEN_N_INDEX_PASSES,
                                (int64_t) SEN_INDEX_FAILED);
  for (int64_t pass = 0; pass < SEN_N_INDEX_PASSES && ok; pass++)
    ok = sen_sqlite_read (self, &to_do[pass], 0, error, "SELECT count (*) FROM passes p JOIN contents c ON c.id = p.content"
                          " WHERE p.pass = ? AND p.state = ? AND c.orphaned IS NULL", "ii", pass, (int64_t) SEN_INDEX_TO_DO);
  sen_sqlite_watch (self, NULL);
  if (ok)
    *counts = (SenStoreCounts) { (uint64_t) n[0], (uint64_t) n[1], (uint64_t) n[2], (uint64_t) n[3],
                                 { (uint64_t) to_do[SEN_INDEX_QUICK], (uint64_t) to_do[SEN_INDEX_DEEP] } };
  return ok;
}

/* Maps that have not seen the log until now are made anew. */
static bool
trim_gone (SqliteStore *self, GError **error)
{
  int64_t n_gone, n_vectors;
  if (!sen_sqlite_read (self, &n_gone, 0, error, "SELECT max (id) - min (id) + 1 FROM gone", "")
      || !sen_sqlite_read (self, &n_vectors, 0, error, "SELECT total (n) FROM spaces", ""))
    return false;
  if (n_gone <= GONE_MAX || n_gone <= n_vectors / 4)
    return true;
  bool ok = sen_sqlite_begin (self, error);
  ok = ok && sen_sqlite_run (self, error, "UPDATE facts SET value = (SELECT max (id) FROM gone) WHERE name = 'gone_from'", "")
       && sen_sqlite_run (self, error, "DELETE FROM gone", "");
  return sen_sqlite_finish (self, ok, error);
}

static bool
tidy (SenStore *store, uint32_t older_than_s, uint32_t limit, bool *is_done, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  int64_t left = limit, n, space = 0;
  sen_sqlite_watch (self, self->cancel);
  bool ok = sen_sqlite_begin (self, error);
  ok = ok && sen_sqlite_read (self, &space, 0, error, "SELECT id FROM spaces WHERE given_up LIMIT 1", "");
  if (ok && space != 0)
    {
      ok = sen_sqlite_run (self, error, "DELETE FROM vectors WHERE id IN (SELECT id FROM vectors WHERE space = ? LIMIT ?)", "ii", space,
                           left);
      n = ok ? sqlite3_changes (self->db) : 0;
      /* Where there were fewer than that, none are left. Its map goes with it. */
      if (ok && n < left)
        {
          g_autofree char *map_path = sen_sqlite_map_path (self, space);
          ok = sen_sqlite_run (self, error, "DELETE FROM spaces WHERE id = ?", "i", space);
          g_unlink (map_path);
        }
      left -= n;
    }
  /* A content goes as a whole, with all its chunks. */
  while (ok && left > 0)
    {
      int64_t content;
      ok = sen_sqlite_read (self, &content, 0, error, "SELECT id FROM contents WHERE orphaned IS NOT NULL AND orphaned <= unixepoch () - ?"
                            " LIMIT 1", "i", (int64_t) older_than_s);
      if (!ok || content == 0)
        break;
      ok = sen_sqlite_read (self, &n, 0, error, "SELECT count (*) FROM chunks WHERE content = ?", "i", content)
           && sen_sqlite_run (self, error, "DELETE FROM contents WHERE id = ?", "i", content);
      left -= n + 1;
    }
  sen_sqlite_watch (self, NULL);
  ok = sen_sqlite_finish (self, ok, error);
  *is_done = ok && left > 0;
  return ok && trim_gone (self, error);
}

static bool
get_program (SenStore *store, int64_t root, char **program, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT value FROM facts WHERE name = 'program ' || ?", "i", root);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  *program = result == SQLITE_ROW ? g_strdup ((const char *) sqlite3_column_text (q, 0)) : NULL;
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

static bool
set_program (SenStore *store, int64_t root, const char *program, GError **error)
{
  return sen_sqlite_run ((SqliteStore *) store, error, "INSERT OR REPLACE INTO facts (name, value) VALUES ('program ' || ?, ?)", "is", root,
                         program);
}

static const SenStoreClass sqlite_class = {
  .close = close_store,
  .set_device = sen_sqlite_set_device,
  .add_root = add_root,
  .remove_root = remove_root,
  .each_root = each_root,
  .put_file = put_file,
  .find_file = find_file,
  .find_hash = find_hash,
  .find_contents = find_contents,
  .each_file = each_file,
  .remove_files = remove_files,
  .begin_pass = sen_sqlite_begin_pass,
  .finish_pass = sen_sqlite_finish_pass,
  .put_parts = sen_sqlite_put_parts,
  .each_part = sen_sqlite_each_part,
  .hold_pass = sen_sqlite_hold_pass,
  .put_fact = sen_sqlite_put_fact,
  .each_failure = sen_sqlite_each_failure,
  .retry_failed = sen_sqlite_retry_failed,
  .retry_due = sen_sqlite_retry_due,
  .get_program = get_program,
  .set_program = set_program,
  .open_space = sen_sqlite_open_space,
  .current_space = sen_sqlite_current_space,
  .settle_space = sen_sqlite_settle_space,
  .each_missing = sen_sqlite_each_missing,
  .count_missing = sen_sqlite_count_missing,
  .put_vectors = sen_sqlite_put_vectors,
  .each_vector = sen_sqlite_each_vector,
  .read_ahead = sen_sqlite_read_ahead,
  .search_words = sen_sqlite_search_words,
  .search_names = sen_sqlite_search_names,
  .search_meaning = sen_sqlite_search_meaning,
  .search_newest = sen_sqlite_search_newest,
  .find_place = sen_sqlite_find_place,
  .find_about = sen_sqlite_find_about,
  .find_title = sen_sqlite_find_title,
  .find_beginning = sen_sqlite_find_beginning,
  .find_text = sen_sqlite_find_text,
  .count = count,
  .tidy = tidy,
};

SenStore *
sen_sqlite_store_open (const SenStoreParams *params, GError **error)
{
  SqliteStore *self = g_new0 (SqliteStore, 1);
  self->base = (SenStore) { &sqlite_class, params->is_writer };
  self->path = g_strdup (params->path);
  self->lock_fd = -1;
  self->n_threads = params->n_threads;
  self->cancel = params->cancel;
  self->statements = g_hash_table_new_full (NULL, NULL, NULL, finalize);
  self->mirrors = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, sen_sqlite_mirror_free);
  if (sen_isa_choose (params->isa, &self->isa, error) && (!params->is_writer || take_lock (self, error)) && open_database (self, error)
      && (!params->is_writer || end_removals (self, error)))
    return &self->base;
  close_store (&self->base);
  return NULL;
}
