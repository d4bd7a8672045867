/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The thread with the database. Writes are batched into transactions; a batch that fails stays and is tried again, in order,
 * so the file is at any time a state that the memory once had. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <glib/gstdio.h>

#include "sen-error.h"
#include "sen-history-private.h"

#define RETRY_US (2 * G_USEC_PER_SEC)     /* between attempts to write what could not be written */
#define LOOK_US (2 * G_USEC_PER_SEC)      /* between looks for what other processes wrote */
#define MAX_VALUES 17
#define DAY_US (24 * G_TIME_SPAN_HOUR)

typedef enum { OP_WRITE, OP_READ, OP_FLUSH, OP_QUIT } OpKind;

typedef struct {
  char   type;      /* i, d, s */
  gint64 integer;
  double number;
  char  *text;
} Value;

typedef struct {
  OpKind           kind;
  const char      *sql;
  guint            n_values;
  Value           *values;
  SenStoreReadFunc read;
  GTask           *task;
  gpointer         data;
  GDestroyNotify   free_data, free_result;
  bool            *is_done, *is_clean;    /* of a flush, under the lock */
} Op;

struct SenHistoryStore {
  char        *path;
  GThread     *thread;
  GAsyncQueue *ops;
  GMutex       lock;
  GCond        flushed;

  /* In the main context. */
  SenStoreProblemFunc on_problem;
  SenStoreChangedFunc on_changed;
  gpointer            user_data;
  struct Link        *link;

  /* The thread's own. */
  sqlite3    *db;
  GHashTable *statements;      /* const char *sql -> sqlite3_stmt */
  GQueue      pending;         /* Op: writes not yet in the database */
  bool        is_refused;      /* the database is not for us: nothing is ever written */
  sqlite3    *readable;        /* in its place when nothing can be written, or NULL */
  GError     *notice;          /* what happened at the start; stays */
  char       *told;            /* the problem last told */
  gint64      retry_at, data_version;
};

static void
free_op (Op *op)
{
  for (guint i = 0; i < op->n_values; i++)
    g_free (op->values[i].text);
  g_free (op->values);
  if (op->data != NULL && op->free_data != NULL)
    op->free_data (op->data);
  g_clear_object (&op->task);
  g_free (op);
}

/* --- Telling the main context -------------------------------------------------------------------------------------------------------- */

/* What leads news back to the store; empty once that is gone. Used in the main context only. */
typedef struct Link {
  SenHistoryStore *store;
} Link;

typedef struct {
  Link   *link;         /* a reference */
  GError *problem;
  bool    is_problem;   /* else: another process has written */
} News;

static void
free_news (gpointer data)
{
  News *news = data;
  g_clear_error (&news->problem);
  g_atomic_rc_box_release (news->link);
  g_free (news);
}

static gboolean
deliver (gpointer data)
{
  News *news = data;
  SenHistoryStore *store = news->link->store;
  if (store != NULL && news->is_problem)
    store->on_problem (news->problem, store->user_data);
  else if (store != NULL)
    store->on_changed (store->user_data);
  return G_SOURCE_REMOVE;
}

static void
post (SenHistoryStore *store, const GError *problem, bool is_problem)
{
  News *news = g_new0 (News, 1);
  *news = (News) { g_atomic_rc_box_acquire (store->link), problem != NULL ? g_error_copy (problem) : NULL, is_problem };
  g_idle_add_full (G_PRIORITY_DEFAULT, deliver, news, free_news);
}

static void
tell_problem (SenHistoryStore *store, const GError *problem)
{
  const GError *now = problem != NULL ? problem : store->notice;
  if (g_strcmp0 (store->told, now != NULL ? now->message : NULL) == 0)
    return;
  g_free (store->told);
  store->told = now != NULL ? g_strdup (now->message) : NULL;
  post (store, now, true);
}

/* --- Opening -------------------------------------------------------------------------------------------------------------------------- */

static void
close_database (SenHistoryStore *store)
{
  g_hash_table_remove_all (store->statements);
  sqlite3_close (store->db);
  store->db = NULL;
}

/* Sets aside a file that is no database any more, with its journal. */
static bool
set_aside (SenHistoryStore *store, GError **error)
{
  static const char *const ends[] = { "", "-wal", "-shm" };
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *aside = g_strdup_printf ("%s.damaged-%s", store->path, date);
  for (size_t i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *from = g_strconcat (store->path, ends[i], NULL), *to = g_strconcat (aside, ends[i], NULL);
      if (g_rename (from, to) != 0 && i == 0)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s is damaged and could not be moved aside: %s", from, g_strerror (errno));
          return false;
        }
    }
  g_clear_error (&store->notice);
  g_set_error (&store->notice, SEN_ERROR, SEN_ERROR_FORMAT, "the conversations could not be read, because the file is damaged; it was "
               "kept as %s, and a new one was begun", aside);
  return true;
}

static bool
open_once (SenHistoryStore *store, GError **error)
{
  static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                                 "PRAGMA journal_size_limit = 4194304;";
  int result = sqlite3_open_v2 (store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
  if (result != SQLITE_OK)
    return sen_database_fail (store->db, result, store->path, "opening the conversations", error);
  sqlite3_busy_timeout (store->db, SEN_DATABASE_BUSY_MS);
  sqlite3_extended_result_codes (store->db, 1);
  /* A newer file must not even change its journal. */
  return sen_history_migrate (store->db, store->path, SEN_HISTORY_VERSION, error)
         && (((result = sqlite3_exec (store->db, settings, NULL, NULL, NULL)) == SQLITE_OK)
             || sen_database_fail (store->db, result, store->path, "opening the conversations", error));
}

/* What was thrown away a day ago goes for good, with its files; what a killed program was writing long ago is over. */
static void
tidy (SenHistoryStore *store)
{
  gint64 now = g_get_real_time ();
  g_autofree char *sql
    = g_strdup_printf ("DELETE FROM conversations WHERE removed < %" G_GINT64_FORMAT ";"
                       "DELETE FROM messages WHERE removed > 0 AND removed < %" G_GINT64_FORMAT ";"
                       "UPDATE messages SET state = 2 WHERE state = 1 AND created < %" G_GINT64_FORMAT,
                       now - DAY_US, now - DAY_US, now - G_TIME_SPAN_HOUR);
  sqlite3_exec (store->db, sql, NULL, NULL, NULL);
  g_autofree char *files = sen_history_files_folder (store->path);
  sen_attachments_collect (store->db, files);
}

static bool
open_database (SenHistoryStore *store, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (store->path);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "the folder %s could not be made: %s", folder, g_strerror (errno));
      return false;
    }
  for (int attempt = 0;; attempt++)
    {
      g_autoptr (GError) failure = NULL;
      if (open_once (store, &failure))
        {
          tidy (store);
          return true;
        }
      close_database (store);
      bool is_damaged = g_error_matches (failure, SEN_ERROR, SEN_ERROR_FORMAT);
      if (!is_damaged || attempt > 0 || !set_aside (store, error))
        {
          store->is_refused = g_error_matches (failure, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
          if (error != NULL && *error == NULL)
            g_propagate_error (error, g_steal_pointer (&failure));
          return false;
        }
    }
}

/* When the file can be read but nothing can be written beside it (a folder that is read-only, a disk that is full), SQLite
 * refuses it as a journalled database; what was last put together in it can still be seen. */
static void
open_for_reading (SenHistoryStore *store)
{
  g_autofree char *escaped = g_uri_escape_string (store->path, "/", FALSE), *uri = g_strconcat ("file:", escaped, "?immutable=1", NULL);
  int result;
  if (sqlite3_open_v2 (uri, &store->readable, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK
      && sen_database_read_version (store->readable, &result) == SEN_HISTORY_VERSION)
    return;
  sqlite3_close (store->readable);
  store->readable = NULL;
}

/* --- Writing -------------------------------------------------------------------------------------------------------------------------- */

static int
run_write (SenHistoryStore *store, const Op *op)
{
  sqlite3_stmt *statement = g_hash_table_lookup (store->statements, op->sql);
  if (statement == NULL)
    {
      int result = sqlite3_prepare_v3 (store->db, op->sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
      if (result != SQLITE_OK)
        return result;
      g_hash_table_insert (store->statements, (gpointer) op->sql, statement);
    }
  for (guint i = 0; i < op->n_values; i++)
    {
      const Value *value = &op->values[i];
      if (value->type == 'i')
        sqlite3_bind_int64 (statement, (int) i + 1, value->integer);
      else if (value->type == 'd')
        sqlite3_bind_double (statement, (int) i + 1, value->number);
      else if (value->text != NULL)
        sqlite3_bind_text64 (statement, (int) i + 1, value->text, strlen (value->text), SQLITE_STATIC, SQLITE_UTF8);
      else
        sqlite3_bind_null (statement, (int) i + 1);
    }
  int result = sqlite3_step (statement);
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : result;
}

static bool
write_all (SenHistoryStore *store, GError **error)
{
  int result = sqlite3_exec (store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  for (GList *l = store->pending.head; l != NULL && result == SQLITE_OK; l = l->next)
    result = run_write (store, l->data);
  if (result == SQLITE_OK)
    result = sqlite3_exec (store->db, "COMMIT", NULL, NULL, NULL);
  if (result != SQLITE_OK)
    {
      sen_database_fail (store->db, result, store->path, "saving the conversations", error);
      sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
      return false;
    }
  g_queue_clear_full (&store->pending, (GDestroyNotify) free_op);
  return true;
}

static void
try_writing (SenHistoryStore *store)
{
  g_autoptr (GError) error = NULL;
  if (store->is_refused)
    g_queue_clear_full (&store->pending, (GDestroyNotify) free_op);
  if (g_queue_is_empty (&store->pending))
    return;
  bool was_closed = store->db == NULL;
  if ((store->db != NULL || open_database (store, &error)) && write_all (store, &error))
    {
      /* What could not be read until now is there. */
      if (was_closed)
        post (store, NULL, false);
      store->retry_at = 0;
      tell_problem (store, NULL);
      return;
    }
  store->retry_at = g_get_monotonic_time () + RETRY_US;
  tell_problem (store, error);
}

/* --- The thread ----------------------------------------------------------------------------------------------------------------------- */

static gint64
read_data_version (SenHistoryStore *store)
{
  sqlite3_stmt *statement = NULL;
  gint64 version = -1;
  if (store->db != NULL && sqlite3_prepare_v2 (store->db, "PRAGMA data_version", -1, &statement, NULL) == SQLITE_OK
      && sqlite3_step (statement) == SQLITE_ROW)
    version = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return version;
}

/* PRAGMA data_version changes with the commits of others only. */
static void
look_for_others (SenHistoryStore *store)
{
  gint64 version = read_data_version (store);
  if (version >= 0 && store->data_version >= 0 && version != store->data_version)
    post (store, NULL, false);
  store->data_version = version;
}

/* What was read, on its way back. The task holds the history, which must not die on this thread; so the task goes along. */
typedef struct {
  GTask         *task;
  gpointer       result;
  GDestroyNotify free_result;
  GError        *error;
} Answer;

static gboolean
return_answer (gpointer data)
{
  Answer *answer = data;
  if (answer->error != NULL)
    g_task_return_error (answer->task, g_steal_pointer (&answer->error));
  else
    g_task_return_pointer (answer->task, g_steal_pointer (&answer->result), answer->free_result);
  return G_SOURCE_REMOVE;
}

static void
free_answer (gpointer data)
{
  Answer *answer = data;
  g_clear_error (&answer->error);
  if (answer->result != NULL && answer->free_result != NULL)
    answer->free_result (answer->result);
  g_object_unref (answer->task);
  g_free (answer);
}

static void
run_read (SenHistoryStore *store, Op *op)
{
  Answer *answer = g_new0 (Answer, 1);
  GCancellable *cancellable = g_task_get_cancellable (op->task);
  if (!g_cancellable_set_error_if_cancelled (cancellable, &answer->error))
    answer->result = op->read (store->db != NULL ? store->db : store->readable, op->data, cancellable, &answer->error);
  answer->free_result = op->free_result;
  answer->task = g_steal_pointer (&op->task);
  g_idle_add_full (G_PRIORITY_DEFAULT, return_answer, answer, free_answer);
}

static void
answer_flush (SenHistoryStore *store, Op *op)
{
  g_mutex_lock (&store->lock);
  *op->is_clean = g_queue_is_empty (&store->pending) && !store->is_refused;
  *op->is_done = true;
  g_cond_broadcast (&store->flushed);
  g_mutex_unlock (&store->lock);
}

static gpointer
run_thread (gpointer data)
{
  SenHistoryStore *store = data;
  g_autoptr (GError) error = NULL;
  if (!open_database (store, &error))
    {
      tell_problem (store, error);
      open_for_reading (store);
    }
  else if (store->notice != NULL)
    tell_problem (store, NULL);
  store->data_version = read_data_version (store);

  for (bool is_running = true; is_running;)
    {
      Op *op = g_async_queue_timeout_pop (store->ops, LOOK_US);
      if (op == NULL)
        {
          if (store->retry_at != 0 && g_get_monotonic_time () >= store->retry_at)
            try_writing (store);
          look_for_others (store);
          continue;
        }
      while (op != NULL && op->kind == OP_WRITE)
        {
          g_queue_push_tail (&store->pending, op);
          op = g_async_queue_try_pop (store->ops);
        }
      /* A failing disk is not asked again with each word that comes. */
      if (store->retry_at == 0 || g_get_monotonic_time () >= store->retry_at || (op != NULL && op->kind != OP_READ))
        try_writing (store);
      if (op == NULL)
        continue;
      if (op->kind == OP_READ)
        run_read (store, op);
      else if (op->kind == OP_FLUSH)
        answer_flush (store, op);
      else
        is_running = false;
      free_op (op);
    }
  g_queue_clear_full (&store->pending, (GDestroyNotify) free_op);
  close_database (store);
  sqlite3_close (store->readable);
  return NULL;
}

/* --- The main context's side ---------------------------------------------------------------------------------------------------------- */

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

SenHistoryStore *
sen_history_store_new (const char *path, SenStoreProblemFunc on_problem, SenStoreChangedFunc on_changed, gpointer user_data)
{
  SenHistoryStore *store = g_new0 (SenHistoryStore, 1);
  store->path = g_strdup (path);
  store->on_problem = on_problem;
  store->on_changed = on_changed;
  store->user_data = user_data;
  store->link = g_atomic_rc_box_new0 (Link);
  store->link->store = store;
  store->ops = g_async_queue_new ();
  store->statements = g_hash_table_new_full (NULL, NULL, NULL, finalize_statement);
  g_queue_init (&store->pending);
  g_mutex_init (&store->lock);
  g_cond_init (&store->flushed);
  store->thread = g_thread_new ("history", run_thread, store);
  return store;
}

void
sen_history_store_free (SenHistoryStore *store)
{
  if (store == NULL)
    return;
  Op *quit = g_new0 (Op, 1);
  quit->kind = OP_QUIT;
  g_async_queue_push (store->ops, quit);
  g_thread_join (store->thread);
  store->link->store = NULL;
  g_atomic_rc_box_release (store->link);
  g_async_queue_unref (store->ops);
  g_hash_table_unref (store->statements);
  g_clear_error (&store->notice);
  g_mutex_clear (&store->lock);
  g_cond_clear (&store->flushed);
  g_free (store->told);
  g_free (store->path);
  g_free (store);
}

void
sen_history_store_write (SenHistoryStore *store, const char *sql, const char *types, ...)
{
  va_list list;
  Op *op = g_new0 (Op, 1);
  op->kind = OP_WRITE;
  op->sql = sql;
  op->n_values = (guint) strlen (types);
  g_return_if_fail (op->n_values <= MAX_VALUES);
  op->values = g_new0 (Value, op->n_values);
  va_start (list, types);
  for (guint i = 0; i < op->n_values; i++)
    {
      op->values[i].type = types[i];
      if (types[i] == 'i')
        op->values[i].integer = va_arg (list, gint64);
      else if (types[i] == 'd')
        op->values[i].number = va_arg (list, double);
      else
        op->values[i].text = g_strdup (va_arg (list, const char *));
    }
  va_end (list);
  g_async_queue_push (store->ops, op);
}

void
sen_history_store_read (SenHistoryStore *store, SenStoreReadFunc read, gpointer data, GDestroyNotify free_data,
                        GDestroyNotify free_result, GTask *task)
{
  Op *op = g_new0 (Op, 1);
  *op = (Op) { .kind = OP_READ, .read = read, .data = data, .free_data = free_data, .free_result = free_result,
               .task = g_object_ref (task) };
  g_async_queue_push (store->ops, op);
}

bool
sen_history_store_flush (SenHistoryStore *store)
{
  bool is_done = false, is_clean = false;
  Op *op = g_new0 (Op, 1);
  *op = (Op) { .kind = OP_FLUSH, .is_done = &is_done, .is_clean = &is_clean };
  g_async_queue_push (store->ops, op);
  g_mutex_lock (&store->lock);
  while (!is_done)
    g_cond_wait (&store->flushed, &store->lock);
  g_mutex_unlock (&store->lock);
  return is_clean;
}
