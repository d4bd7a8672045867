/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-error.h"
#include "sen-history-private.h"

struct _SenHistory {
  GObject          parent_instance;
  char            *path;
  SenHistoryStore *store;         /* NULL: in memory only */
  SenAttachmentFiles *files;
  GPtrArray       *conversations; /* listed, latest first; owned */
  GPtrArray       *all;           /* every one handed out or listed; owned: removed ones can come back */
  GError          *problem;
  bool             is_loaded;
  gint64           last_id, last_date;
};

enum { PROBLEM_CHANGED, LOADED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SenHistory, sen_history, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* --- Ids and dates -------------------------------------------------------------------------------------------------------------------- */

gint64
sen_history_next_id (SenHistory *self)
{
  /* Microseconds and ten bits of chance, for two processes that write in the same one. */
  gint64 id = g_get_real_time () << 10 | g_random_int_range (0, 1 << 10);
  self->last_id = MAX (id, self->last_id + 1);
  return self->last_id;
}

gint64
sen_history_now (SenHistory *self)
{
  self->last_date = MAX (g_get_real_time (), self->last_date + 1);
  return self->last_date;
}

/* --- The list ------------------------------------------------------------------------------------------------------------------------- */

static guint
find_place (SenHistory *self, gint64 updated)
{
  guint place = 0;
  while (place < self->conversations->len
         && sen_conversation_updated (g_ptr_array_index (self->conversations, place)) > updated)
    place++;
  return place;
}

static void
list_conversation (SenHistory *self, SenConversation *conversation)
{
  guint place = find_place (self, sen_conversation_updated (conversation));
  g_ptr_array_insert (self->conversations, (int) place, g_object_ref (conversation));
  g_list_model_items_changed (G_LIST_MODEL (self), place, 0, 1);
}

static bool
unlist_conversation (SenHistory *self, SenConversation *conversation)
{
  guint place;
  if (!g_ptr_array_find (self->conversations, conversation, &place))
    return false;
  g_ptr_array_remove_index (self->conversations, place);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 1, 0);
  return true;
}

void
sen_history_touch (SenHistory *self, SenConversation *conversation)
{
  if (self->conversations->len > 0 && g_ptr_array_index (self->conversations, 0) == conversation)
    return;
  unlist_conversation (self, conversation);
  list_conversation (self, conversation);
}

SenConversation *
sen_history_begin (SenHistory *self)
{
  gint64 id = sen_history_next_id (self), now = sen_history_now (self);
  const SenConversationRow row = { .id = id, .created = now, .updated = now, .title = (char *) "", .draft = (char *) "" };
  SenConversation *conversation = sen_conversation_new (self, &row, false);
  g_ptr_array_add (self->all, conversation);
  return g_object_ref (conversation);
}

void
sen_history_keep (SenHistory *self, SenConversation *conversation)
{
  g_ptr_array_add (self->all, g_object_ref (conversation));
}

SenConversation *
sen_history_find (SenHistory *self, gint64 id)
{
  for (guint i = 0; i < self->all->len; i++)
    if (sen_conversation_id (g_ptr_array_index (self->all, i)) == id)
      return g_ptr_array_index (self->all, i);
  return NULL;
}

void
sen_history_remove (SenHistory *self, SenConversation *conversation)
{
  unlist_conversation (self, conversation);
  sen_conversation_save_removed (conversation, true);
}

void
sen_history_restore (SenHistory *self, SenConversation *conversation)
{
  if (g_ptr_array_find (self->conversations, conversation, NULL))
    return;
  list_conversation (self, conversation);
  sen_conversation_save_removed (conversation, false);
}

/* --- Reading -------------------------------------------------------------------------------------------------------------------------- */

static char *
read_present_text (sqlite3_stmt *q, int column)
{
  char *text = sen_database_dup_text (q, column);
  return text != NULL ? text : g_strdup ("");
}

GPtrArray *
sen_history_read_rows (sqlite3 *db, GError **error)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_conversation_row_free);
  sqlite3_stmt *q = NULL;
  int result = sqlite3_prepare_v2 (db, "SELECT id, title, title_is_own, created, updated, first_message, draft, system, asks_files,"
                                   " folder"
                                   " FROM conversations WHERE removed IS NULL ORDER BY updated DESC", -1, &q, NULL);
  while (result == SQLITE_OK && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      SenConversationRow *row = g_new0 (SenConversationRow, 1);
      row->id = sqlite3_column_int64 (q, 0);
      row->title = read_present_text (q, 1);
      row->title_is_own = sqlite3_column_int (q, 2) != 0;
      row->created = sqlite3_column_int64 (q, 3);
      row->updated = sqlite3_column_int64 (q, 4);
      row->first_message = sqlite3_column_int64 (q, 5);
      row->draft = read_present_text (q, 6);
      row->system = sen_database_dup_text (q, 7);
      row->asks_files = sqlite3_column_int (q, 8) != 0;
      row->folder = sen_database_dup_text (q, 9);
      g_ptr_array_add (rows, row);
      result = SQLITE_OK;
    }
  sqlite3_finalize (q);
  if (result != SQLITE_DONE)
    {
      sen_database_fail (db, result, sqlite3_db_filename (db, "main"), "reading the conversations", error);
      g_ptr_array_unref (rows);
      return NULL;
    }
  return rows;
}

static gpointer
read_rows (sqlite3 *db, gpointer data, GCancellable *cancellable, GError **error)
{
  return db != NULL ? sen_history_read_rows (db, error)
                    : g_ptr_array_new_with_free_func ((GDestroyNotify) sen_conversation_row_free);
}

/* Conversations that another process has thrown away leave the list here too. */
static void
unlist_missing (SenHistory *self, GPtrArray *rows)
{
  g_autoptr (GHashTable) there = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint i = 0; i < rows->len; i++)
    g_hash_table_add (there, &((SenConversationRow *) g_ptr_array_index (rows, i))->id);
  for (guint i = self->conversations->len; i > 0; i--)
    {
      SenConversation *conversation = g_ptr_array_index (self->conversations, i - 1);
      gint64 id = sen_conversation_id (conversation);
      if (!g_hash_table_contains (there, &id))
        unlist_conversation (self, conversation);
    }
}

static void
take_rows (SenHistory *self, GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const SenConversationRow *row = g_ptr_array_index (rows, i);
      SenConversation *known = sen_history_find (self, row->id);
      self->last_date = MAX (self->last_date, row->updated);
      if (known != NULL)
        {
          sen_conversation_update (known, row);
          unlist_conversation (self, known);
          list_conversation (self, known);
          continue;
        }
      SenConversation *conversation = sen_conversation_new (self, row, true);
      g_ptr_array_add (self->all, conversation);
      list_conversation (self, conversation);
    }
}

static void
on_rows (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SenHistory *self = SEN_HISTORY (source);
  g_autoptr (GPtrArray) rows = g_task_propagate_pointer (G_TASK (result), NULL);
  bool was_loaded = self->is_loaded;
  if (rows != NULL && self->conversations->len == 0 && !was_loaded)
    {
      /* The first time they come in order, and are told of at once. */
      for (guint i = 0; i < rows->len; i++)
        {
          const SenConversationRow *row = g_ptr_array_index (rows, i);
          SenConversation *conversation = sen_conversation_new (self, row, true);
          self->last_date = MAX (self->last_date, row->updated);
          g_ptr_array_add (self->all, conversation);
          g_ptr_array_add (self->conversations, g_object_ref (conversation));
        }
      g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, rows->len);
    }
  else if (rows != NULL)
    {
      if (was_loaded && self->problem == NULL)
        unlist_missing (self, rows);
      take_rows (self, rows);
    }
  self->is_loaded = true;
  if (!was_loaded)
    g_signal_emit (self, signals[LOADED], 0);
}

static void
read_list (SenHistory *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_rows, NULL);
  sen_history_store_read (self->store, read_rows, NULL, NULL, (GDestroyNotify) g_ptr_array_unref, task);
}

/* --- Searching ------------------------------------------------------------------------------------------------------------------------ */

#define MAX_MATCHES 60

static void
free_match (gpointer data)
{
  SenHistoryMatch *match = data;
  g_free (match->snippet);
  g_free (match);
}

static char **
split_words (const char *query)
{
  g_autofree char *valid = g_utf8_make_valid (query, -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  for (const char *at = valid; *at != '\0';)
    {
      const char *start = at;
      while (*at != '\0' && !g_unichar_isspace (g_utf8_get_char (at)) && !g_unichar_iscntrl (g_utf8_get_char (at)))
        at = g_utf8_next_char (at);
      if (at > start)
        {
          g_autofree char *word = g_strndup (start, (gsize) (at - start));
          g_strv_builder_add (words, word);
        }
      else
        at = g_utf8_next_char (at);
    }
  return g_strv_builder_end (words);
}

/* Every word in quotes, so that nothing in it is syntax of FTS5; the last may go on. */
static char *
make_expression (char **words)
{
  GString *expression = g_string_new (NULL);
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (words[i], "\"", -1);
      g_autofree char *quoted = g_strjoinv ("\"\"", parts);
      g_string_append_printf (expression, "%s\"%s\"%s", i > 0 ? " " : "", quoted, words[i + 1] == NULL ? "*" : "");
    }
  return g_string_free (expression, FALSE);
}

/* Writing without spaces between words is one long word to FTS5. */
static bool
has_unspaced_script (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (g_utf8_get_char (text) >= 0x0e00 && g_unichar_isalpha (g_utf8_get_char (text)))
      return true;
  return false;
}

static char *
make_pattern (const char *text)
{
  GString *pattern = g_string_new ("%");
  for (; *text != '\0'; text++)
    {
      if (strchr ("%_\\", *text) != NULL)
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *text);
    }
  g_string_append_c (pattern, '%');
  return g_string_free (pattern, FALSE);
}

static bool
is_listed (GPtrArray *matches, gint64 conversation)
{
  for (guint i = 0; i < matches->len; i++)
    if (((SenHistoryMatch *) g_ptr_array_index (matches, i))->conversation == conversation)
      return true;
  return false;
}

/* Rows of conversation, message, snippet. */
static int
collect (sqlite3 *db, const char *sql, char **parameters, guint n, GPtrArray *matches)
{
  sqlite3_stmt *q = NULL;
  int result = sqlite3_prepare_v2 (db, sql, -1, &q, NULL);
  for (guint i = 0; i < n && result == SQLITE_OK; i++)
    result = sqlite3_bind_text (q, (int) i + 1, parameters[i], -1, SQLITE_STATIC);
  while (result == SQLITE_OK && matches->len < MAX_MATCHES && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      result = SQLITE_OK;
      if (is_listed (matches, sqlite3_column_int64 (q, 0)))
        continue;
      SenHistoryMatch *match = g_new0 (SenHistoryMatch, 1);
      *match = (SenHistoryMatch) { sqlite3_column_int64 (q, 0), sqlite3_column_int64 (q, 1), read_present_text (q, 2) };
      g_ptr_array_add (matches, match);
    }
  sqlite3_finalize (q);
  return result == SQLITE_DONE ? SQLITE_OK : result;
}

static gpointer
search (sqlite3 *db, gpointer data, GCancellable *cancellable, GError **error)
{
  const char *query = data;
  GPtrArray *matches = g_ptr_array_new_with_free_func (free_match);
  g_auto (GStrv) words = split_words (query);
  guint n_words = g_strv_length (words);
  if (db == NULL || n_words == 0)
    return matches;

  g_autoptr (GString) titles = g_string_new ("SELECT id, 0, title FROM conversations WHERE removed IS NULL");
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
  n_words = MIN (n_words, 20);
  for (guint i = 0; i < n_words; i++)
    {
      g_string_append_printf (titles, " AND title LIKE ?%u ESCAPE '\\'", i + 1);
      g_ptr_array_add (patterns, make_pattern (words[i]));
    }
  g_string_append (titles, " ORDER BY updated DESC");
  int result = collect (db, titles->str, (char **) patterns->pdata, n_words, matches);

  g_autofree char *expression = make_expression (words);
  if (result == SQLITE_OK)
    result = collect (db, "SELECT m.conversation, m.id, snippet (found_texts, 0, char (2), char (3), '…', 14)"
                      " FROM found_texts JOIN messages m ON m.id = found_texts.rowid JOIN conversations c ON c.id = m.conversation"
                      " WHERE found_texts MATCH ?1 AND c.removed IS NULL AND m.removed = 0 ORDER BY rank LIMIT 500",
                      &expression, 1, matches);
  if (result == SQLITE_OK && has_unspaced_script (query))
    {
      g_autoptr (GString) texts
        = g_string_new ("SELECT m.conversation, m.id, substr (m.text, max (1, instr (m.text, ?1) - 20), 80) FROM messages m JOIN"
                        " conversations c ON c.id = m.conversation WHERE c.removed IS NULL AND m.removed = 0"
                        " AND instr (m.text, ?1) > 0 ORDER BY m.id DESC LIMIT 500");
      result = collect (db, texts->str, words, 1, matches);
    }
  if (result != SQLITE_OK)
    {
      sen_database_fail (db, result, sqlite3_db_filename (db, "main"), "searching the conversations", error);
      g_ptr_array_unref (matches);
      return NULL;
    }
  return matches;
}

/* Without a database: what is in memory. */
static GPtrArray *
search_memory (SenHistory *self, const char *query)
{
  GPtrArray *matches = g_ptr_array_new_with_free_func (free_match);
  g_autofree char *wanted = g_utf8_casefold (query, -1);
  g_strstrip (wanted);
  for (guint i = 0; i < self->conversations->len && *wanted != '\0'; i++)
    {
      SenConversation *conversation = g_ptr_array_index (self->conversations, i);
      g_autofree char *title = g_utf8_casefold (sen_conversation_title (conversation), -1);
      bool found = strstr (title, wanted) != NULL;
      gint64 id = 0;
      for (guint j = 0; !found && j < g_list_model_get_n_items (G_LIST_MODEL (conversation)); j++)
        {
          g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (conversation), j);
          g_autofree char *text = g_utf8_casefold (sen_message_text (message), -1);
          found = strstr (text, wanted) != NULL;
          id = sen_message_id (message);
        }
      if (!found)
        continue;
      SenHistoryMatch *match = g_new0 (SenHistoryMatch, 1);
      *match = (SenHistoryMatch) { sen_conversation_id (conversation), id, g_strdup (sen_conversation_title (conversation)) };
      g_ptr_array_add (matches, match);
    }
  return matches;
}

void
sen_history_search_async (SenHistory *self, const char *query, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  if (self->store == NULL || self->problem != NULL)
    g_task_return_pointer (task, search_memory (self, query), (GDestroyNotify) g_ptr_array_unref);
  else
    sen_history_store_read (self->store, search, g_strdup (query), g_free, (GDestroyNotify) g_ptr_array_unref, task);
}

GPtrArray *
sen_history_search_finish (SenHistory *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Backup --------------------------------------------------------------------------------------------------------------------------- */

/* Copies the database, and lists what its attachments refer to: SenContent. */
static gpointer
back_up (sqlite3 *db, gpointer data, GCancellable *cancellable, GError **error)
{
  sqlite3_stmt *q = NULL;
  if (db == NULL)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_IO, "the conversations are not saved at the moment, so there is nothing to copy");
      return NULL;
    }
  if (!sen_database_copy (db, data, "the conversations", error))
    return NULL;
  GPtrArray *contents = g_ptr_array_new_with_free_func (sen_content_free);
  if (sqlite3_prepare_v2 (db, "SELECT DISTINCT sha256 FROM attachments WHERE sha256 IS NOT NULL", -1, &q, NULL) == SQLITE_OK)
    while (sqlite3_step (q) == SQLITE_ROW)
      sen_content_add (contents, (const char *) sqlite3_column_text (q, 0), "");
  sqlite3_finalize (q);
  return contents;
}

typedef struct {
  char               *path;
  GPtrArray          *contents;
  SenAttachmentFiles *files;
} Backup;

static void
free_backup (gpointer data)
{
  Backup *backup = data;
  g_free (backup->path);
  g_clear_pointer (&backup->contents, g_ptr_array_unref);
  g_object_unref (backup->files);
  g_free (backup);
}

/* On a thread of its own: large files must not keep the database from being written. */
static void
copy_contents (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Backup *backup = data;
  GError *error = NULL;
  g_autofree char *folder = sen_content_folder (backup->path);
  if (sen_content_write (backup->files, backup->contents, folder, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_database_copied (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Backup *backup = g_task_get_task_data (task);
  GError *error = NULL;
  backup->contents = g_task_propagate_pointer (G_TASK (result), &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_run_in_thread (task, copy_contents);
}

void
sen_history_backup_async (SenHistory *self, const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  if (self->store == NULL)
    g_task_return_new_error (task, SEN_ERROR, SEN_ERROR_IO, "the conversations are kept in memory only, so there is nothing to copy");
  else
    {
      Backup *backup = g_new0 (Backup, 1);
      *backup = (Backup) { .path = g_strdup (path), .files = g_object_ref (self->files) };
      g_task_set_task_data (task, backup, free_backup);
      g_autoptr (GTask) copying = g_task_new (self, NULL, on_database_copied, g_object_ref (task));
      sen_history_store_read (self->store, back_up, g_strdup (path), g_free, (GDestroyNotify) g_ptr_array_unref, copying);
    }
}

bool
sen_history_backup_finish (SenHistory *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- The object ----------------------------------------------------------------------------------------------------------------------- */

SenHistoryStore *
sen_history_store (SenHistory *self)
{
  return self->store;
}

static void
on_problem (const GError *problem, gpointer data)
{
  SenHistory *self = data;
  g_clear_error (&self->problem);
  self->problem = problem != NULL ? g_error_copy (problem) : NULL;
  g_signal_emit (self, signals[PROBLEM_CHANGED], 0);
}

static void
on_changed_elsewhere (gpointer data)
{
  read_list (data);
}

char *
sen_history_default_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "sensorium", "conversations.db", NULL);
}

SenHistory *
sen_history_new (const char *path)
{
  SenHistory *self = g_object_new (SEN_TYPE_HISTORY, NULL);
  g_autofree char *folder = path != NULL ? sen_history_files_folder (path) : NULL;
  self->path = g_strdup (path);
  self->files = sen_attachment_files_new (folder);
  self->is_loaded = path == NULL;
  if (path != NULL)
    {
      self->store = sen_history_store_new (path, on_problem, on_changed_elsewhere, self);
      read_list (self);
    }
  return self;
}

char *
sen_history_files_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  return g_build_filename (folder, "attachments", NULL);
}

SenAttachmentFiles *
sen_history_files (SenHistory *self)
{
  return self->files;
}

const char *
sen_history_path (SenHistory *self)
{
  return self->path;
}

bool
sen_history_is_loaded (SenHistory *self)
{
  return self->is_loaded;
}

const GError *
sen_history_problem (SenHistory *self)
{
  return self->problem;
}

bool
sen_history_flush (SenHistory *self)
{
  for (guint i = 0; i < self->all->len; i++)
    sen_conversation_save (g_ptr_array_index (self->all, i));
  return self->store == NULL || sen_history_store_flush (self->store);
}

static GType
get_item_type (GListModel *model)
{
  return SEN_TYPE_CONVERSATION;
}

static guint
get_n_items (GListModel *model)
{
  return SEN_HISTORY (model)->conversations->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  SenHistory *self = SEN_HISTORY (model);
  return position < self->conversations->len ? g_object_ref (g_ptr_array_index (self->conversations, position)) : NULL;
}

static void
list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

static void
sen_history_dispose (GObject *object)
{
  SenHistory *self = SEN_HISTORY (object);
  for (guint i = 0; i < self->all->len; i++)
    sen_conversation_detach (g_ptr_array_index (self->all, i));
  g_ptr_array_set_size (self->conversations, 0);
  g_ptr_array_set_size (self->all, 0);
  g_clear_pointer (&self->store, sen_history_store_free);
  G_OBJECT_CLASS (sen_history_parent_class)->dispose (object);
}

static void
sen_history_finalize (GObject *object)
{
  SenHistory *self = SEN_HISTORY (object);
  g_ptr_array_unref (self->conversations);
  g_ptr_array_unref (self->all);
  g_clear_error (&self->problem);
  g_clear_object (&self->files);
  g_free (self->path);
  G_OBJECT_CLASS (sen_history_parent_class)->finalize (object);
}

static void
sen_history_class_init (SenHistoryClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_history_dispose;
  G_OBJECT_CLASS (class)->finalize = sen_history_finalize;
  signals[PROBLEM_CHANGED] = g_signal_new ("problem-changed", SEN_TYPE_HISTORY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[LOADED] = g_signal_new ("loaded", SEN_TYPE_HISTORY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_history_init (SenHistory *self)
{
  self->conversations = g_ptr_array_new_with_free_func (g_object_unref);
  self->all = g_ptr_array_new_with_free_func (g_object_unref);
}
