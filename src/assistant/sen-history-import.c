/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Files are read on a thread of their own into rows whose messages have the ids 1, 2, 3… with every parent before its
 * children; the main context then gives them ids of this history. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-history-file.h"
#include "sen-history-private.h"
#include "sen-json-private.h"

#define MAX_FILE_BYTES (128u << 20)
#define MAX_VALUES 2000000u
#define MAX_CONVERSATIONS 50000
#define MAX_MESSAGES 100000
#define MAX_TITLE_BYTES 400
#define MAX_TEXT_BYTES (64 << 20)
#define MAX_ATTACHMENTS 1000             /* of a message */
#define MAX_SQL_STEPS 2000               /* of a million instructions each */

typedef struct {
  SenConversationRow row;       /* id: in the database it comes from, or 0 */
  GPtrArray         *messages;  /* SenMessage */
} Imported;

static void
free_imported (gpointer data)
{
  Imported *imported = data;
  g_clear_pointer (&imported->messages, g_ptr_array_unref);
  g_free (imported->row.title);
  g_free (imported->row.draft);
  g_free (imported->row.system);
  g_free (imported->row.folder);
  g_free (imported);
}

/* One line, of a length that fits a list. */
static char *
clean_title (const char *text)
{
  char *title = g_utf8_make_valid (text, -1);
  if (strlen (title) > MAX_TITLE_BYTES)
    {
      g_autofree char *whole = title;
      whole[MAX_TITLE_BYTES] = '\0';
      const char *end;
      g_utf8_validate (whole, -1, &end);
      title = g_strndup (whole, (gsize) (end - whole));
    }
  for (char *c = title; *c != '\0'; c++)
    if ((guchar) *c < 0x20)
      *c = ' ';
  return g_strstrip (title);
}

/* --- JSON ----------------------------------------------------------------------------------------------------------------------------- */

/* Dates that are missing or make no sense are those of the import. */
static gint64
read_date (JsonObject *object, const char *member)
{
  const char *text = sen_json_string_or (object, member, NULL);
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) date = text != NULL && g_utf8_validate (text, -1, NULL) ? g_date_time_new_from_iso8601 (text, utc) : NULL;
  gint64 now = g_get_real_time ();
  gint64 value = date != NULL ? g_date_time_to_unix (date) * G_USEC_PER_SEC + g_date_time_get_microsecond (date) : now;
  return CLAMP (value, 0, now);
}

/* A whole number from 0 to @max; 0 when it is missing. */
static bool
read_reference (JsonObject *object, const char *member, guint max, gint64 *value, const char *where, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  *value = 0;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return true;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    *value = json_node_get_int (node);
  if (*value >= 1 && *value <= max)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: \"%s\" must be a number from 1 to %u", where, member, max);
  return false;
}

static double
read_figure (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  double value = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : 0.0;
  return value >= 0.0 && value < 1e9 ? value : 0.0;
}

static char *
read_clean (JsonObject *object, const char *member)
{
  const char *text = sen_json_string_or (object, member, NULL);
  return text != NULL ? g_utf8_make_valid (text, -1) : NULL;
}

static SenMessageState
read_state (JsonObject *object)
{
  const char *name = sen_json_string_or (object, "state", "done");
  for (int state = SEN_MESSAGE_STOPPED; state <= SEN_MESSAGE_LONG; state++)
    if (g_str_equal (name, sen_message_state_name ((SenMessageState) state)))
      return (SenMessageState) state;
  return SEN_MESSAGE_DONE;
}

static SenAttachment *
read_attachment (JsonObject *object, SenAttachmentFiles *files)
{
  static const SenAttachmentKind kinds[] = { SEN_ATTACHMENT_PICTURE, SEN_ATTACHMENT_SOUND, SEN_ATTACHMENT_VIDEO };
  g_autofree char *name = read_clean (object, "name"), *sha256 = read_clean (object, "sha256");
  const char *kind = sen_json_string_or (object, "kind", ""), *state = sen_json_string_or (object, "state", "");
  SenAttachmentFacts facts = {
    .mime = sen_json_string_or (object, "mime", NULL),
    .width = (int) MIN (read_figure (object, "width"), 1e9), .height = (int) MIN (read_figure (object, "height"), 1e9),
    .seconds = read_figure (object, "seconds"),
    .words = sen_json_string_or (object, "words", NULL), .words_by = sen_json_string_or (object, "words_by", NULL),
  };
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kind, sen_attachment_kind_name (kinds[i])))
      facts.kind = kinds[i];
  SenAttachment *attachment = sen_attachment_new (files, name != NULL ? name : "");
  sen_attachment_set_facts (attachment, &facts);
  sen_attachment_set_direct (attachment, sen_json_string_or (object, "direct_by", NULL), false);
  attachment->size = (guint64) read_figure (object, "bytes");
  attachment->error = read_clean (object, "error");
  attachment->state = g_str_equal (state, "ready") && facts.words != NULL    ? SEN_ATTACHMENT_READY
                      : g_str_equal (state, "failed") && attachment->error   ? SEN_ATTACHMENT_FAILED
                                                                             : SEN_ATTACHMENT_NEW;
  if (sen_sha256_is_valid (sha256))
    attachment->sha256 = g_steal_pointer (&sha256);
  return attachment;
}

static bool
read_attachments (SenMessage *message, JsonObject *object, SenAttachmentFiles *files, const char *where, GError **error)
{
  if (!json_object_has_member (object, "attachments"))
    return true;
  JsonArray *array = sen_json_array (object, "attachments", MAX_ATTACHMENTS, where, error);
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonObject *element = sen_json_element (array, i, where, error);
      if (element == NULL)
        return false;
      sen_message_take_attachment (message, read_attachment (element, files));
    }
  return array != NULL;
}

/* What an answer was made from: whether it makes sense is looked at by who shows it. */
static char *
read_sources (JsonObject *object)
{
  JsonNode *node = json_object_get_member (object, "sources");
  g_autofree char *text = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_to_string (node, FALSE) : NULL;
  return text != NULL && strlen (text) <= SEN_MESSAGE_MAX_SOURCES ? g_utf8_make_valid (text, -1) : NULL;
}

static SenMessage *
read_message (JsonObject *object, guint number, guint n, SenAttachmentFiles *files, const char *where, GError **error)
{
  gint64 id, parent, next;
  const char *role = sen_json_object_string (object, "role", where, error);
  g_autofree char *text = read_clean (object, "text");
  if (role == NULL || !read_reference (object, "id", n, &id, where, error)
      || !read_reference (object, "parent", n, &parent, where, error) || !read_reference (object, "next", n, &next, where, error))
    return NULL;
  const char *wrong = text == NULL                                                           ? "\"text\" must be a string"
                      : id != number                                                         ? "\"id\" must count from 1"
                      : parent >= number                                                     ? "\"parent\" must come before"
                      : !g_str_equal (role, "user") && !g_str_equal (role, "assistant")      ? "\"role\" must be user or assistant"
                                                                                             : NULL;
  if (wrong != NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s", where, wrong);
      return NULL;
    }
  SenMessage *message = sen_message_new (number, parent, g_str_equal (role, "user") ? SEN_SPEAKER_USER : SEN_SPEAKER_ASSISTANT, text);
  g_autofree char *model = read_clean (object, "model"), *device = read_clean (object, "device");
  const SenMessageFigures figures = {
    .model = model,
    .device = device,
    .n_tokens = (guint) read_figure (object, "tokens"),
    .seconds = read_figure (object, "seconds"),
    .tokens_per_second = read_figure (object, "tokens_per_second"),
  };
  sen_message_set_figures (message, &figures);
  message->state = read_state (object);
  message->created = read_date (object, "created");
  message->last_child = next;
  message->sources = read_sources (object);
  if (!read_attachments (message, object, files, where, error))
    g_clear_object (&message);
  return message;
}

static bool
read_conversation (Imported *imported, JsonObject *object, SenAttachmentFiles *files, const char *where, GError **error)
{
  JsonArray *messages = sen_json_array (object, "messages", MAX_MESSAGES, where, error);
  guint n = messages != NULL ? json_array_get_length (messages) : 0;
  if (messages == NULL || !read_reference (object, "first", n, &imported->row.first_message, where, error))
    return false;
  imported->row.title = clean_title (sen_json_string_or (object, "title", ""));
  imported->row.title_is_own = *imported->row.title != '\0' && sen_json_bool_or (object, "title_is_own", true);
  imported->row.created = read_date (object, "created");
  imported->row.updated = read_date (object, "updated");
  imported->row.system = read_clean (object, "system");
  imported->row.asks_files = sen_json_bool_or (object, "asks_files", false);
  imported->row.folder = read_clean (object, "folder");
  imported->row.draft = g_strdup ("");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *place = g_strdup_printf ("%s, message %u", where, i + 1);
      JsonObject *element = sen_json_element (messages, i, where, error);
      SenMessage *message = element != NULL ? read_message (element, i + 1, n, files, place, error) : NULL;
      if (message == NULL)
        return false;
      g_ptr_array_add (imported->messages, message);
    }
  return true;
}

static Imported *
add_imported (GPtrArray *all)
{
  Imported *imported = g_new0 (Imported, 1);
  imported->messages = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (all, imported);
  return imported;
}

static bool
read_json (GPtrArray *all, const char *text, gsize length, SenAttachmentFiles *files, const char *name, GError **error)
{
  const SenJsonLimits limits = { MAX_FILE_BYTES, MAX_VALUES };
  g_autoptr (JsonNode) root = sen_json_parse_large (text, length, &limits, name, error);
  if (root == NULL)
    return false;
  JsonObject *object = json_node_get_object (root);
  uint64_t version;
  if (!g_str_equal (sen_json_string_or (object, "format", ""), SEN_HISTORY_FORMAT))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is no export of conversations: its \"format\" is not \"%s\"", name,
                   SEN_HISTORY_FORMAT);
      return false;
    }
  if (!sen_json_size (object, "version", &version, name, error))
    return false;
  if (version > SEN_HISTORY_FORMAT_VERSION)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s was exported by a newer version of Sensorium; install that "
                   "version to import it", name);
      return false;
    }
  JsonArray *conversations = sen_json_array (object, "conversations", MAX_CONVERSATIONS, name, error);
  for (guint i = 0; conversations != NULL && i < json_array_get_length (conversations); i++)
    {
      g_autofree char *where = g_strdup_printf ("%s, conversation %u", name, i + 1);
      JsonObject *element = sen_json_element (conversations, i, name, error);
      if (element == NULL || !read_conversation (add_imported (all), element, files, where, error))
        return false;
    }
  return conversations != NULL;
}

/* --- Databases ------------------------------------------------------------------------------------------------------------------------ */

/* Ids become places; what has no parent, or one that is not older, begins the conversation. */
static void
take_places (Imported *imported)
{
  g_autoptr (GHashTable) places = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < imported->messages->len; i++)
    {
      SenMessage *message = g_ptr_array_index (imported->messages, i);
      g_hash_table_insert (places, g_memdup2 (&message->id, sizeof message->id), GUINT_TO_POINTER (i + 1));
    }
  for (guint i = 0; i < imported->messages->len; i++)
    {
      SenMessage *message = g_ptr_array_index (imported->messages, i);
      guint parent = GPOINTER_TO_UINT (g_hash_table_lookup (places, &message->parent));
      message->id = i + 1;
      message->parent = parent <= i ? parent : 0;
      message->last_child = GPOINTER_TO_UINT (g_hash_table_lookup (places, &message->last_child));
    }
  imported->row.first_message = GPOINTER_TO_UINT (g_hash_table_lookup (places, &imported->row.first_message));
}

static int
count_steps (gpointer data)
{
  return ++*(int *) data > MAX_SQL_STEPS;
}

/* A database is a program of sorts: only tables are read, within limits of length and of time. */
static bool
has_our_tables (sqlite3 *db, int version)
{
  sqlite3_stmt *q = NULL;
  bool has = sqlite3_prepare_v2 (db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
                                 " AND name IN ('conversations', 'messages', 'attachments')", -1, &q, NULL) == SQLITE_OK
             && sqlite3_step (q) == SQLITE_ROW && sqlite3_column_int (q, 0) >= (version == SEN_HISTORY_VERSION ? 3 : 2);
  sqlite3_finalize (q);
  return has;
}

/* An older format is brought up to date in memory; the file stays as it is. */
static bool
bring_up_to_date (sqlite3 **db, const char *path, GError **error)
{
  sqlite3 *copy = NULL;
  int result = sqlite3_open (":memory:", &copy);
  sqlite3_backup *backup = result == SQLITE_OK ? sqlite3_backup_init (copy, "main", *db, "main") : NULL;
  result = backup != NULL ? sqlite3_backup_step (backup, -1) : SQLITE_ERROR;
  sqlite3_backup_finish (backup);
  bool ok = result == SQLITE_DONE || sen_database_fail (*db, result, path, "reading the conversations", error);
  ok = ok && sen_history_migrate (copy, path, SEN_HISTORY_VERSION, error);
  sqlite3_close (*db);
  *db = copy;
  return ok;
}

static bool
read_tables (GPtrArray *all, sqlite3 *db, SenAttachmentFiles *files, GError **error)
{
  g_autoptr (GPtrArray) rows = sen_history_read_rows (db, error);
  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      SenConversationRow *row = g_ptr_array_index (rows, i);
      GPtrArray *messages = sen_conversation_read_messages (db, row->id, files, NULL, error);
      if (messages == NULL)
        return false;
      Imported *imported = add_imported (all);
      g_ptr_array_unref (imported->messages);
      imported->messages = messages;
      imported->row = *row;
      imported->row.title = clean_title (row->title);
      imported->row.draft = g_strdup (row->draft);
      imported->row.system = g_strdup (row->system);
      imported->row.folder = g_strdup (row->folder);
      take_places (imported);
    }
  return rows != NULL;
}

static bool
read_database (GPtrArray *all, const char *path, SenAttachmentFiles *files, GError **error)
{
  sqlite3 *db = NULL;
  int n_steps = 0, version = 0;
  int result = sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
  if (result == SQLITE_OK)
    {
      sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
      sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
      sqlite3_limit (db, SQLITE_LIMIT_LENGTH, MAX_TEXT_BYTES);
      sqlite3_busy_timeout (db, 5000);
      sqlite3_progress_handler (db, 1000000, count_steps, &n_steps);
      version = sen_database_read_version (db, &result);
    }
  bool ok = result == SQLITE_OK || sen_database_fail (db, result, path, "reading the conversations", error);
  if (ok && (version <= 0 || !has_our_tables (db, version)))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is a database of something else", path);
      ok = false;
    }
  else if (ok && version != SEN_HISTORY_VERSION)
    ok = bring_up_to_date (&db, path, error);
  ok = ok && read_tables (all, db, files, error);
  sqlite3_close (db);
  return ok;
}

/* --- Importing ------------------------------------------------------------------------------------------------------------------------ */

/* A regular file: its first bytes, and all of it unless they are those of a database. Not mapped, for anybody may cut it short. */
static GByteArray *
read_bytes (const char *path, bool *is_database, GError **error)
{
  static const char magic[16] = "SQLite format 3";
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  struct stat info;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  int code = fd < 0 || fstat (fd, &info) != 0 ? errno : S_ISREG (info.st_mode) ? 0 : EINVAL;
  for (ssize_t n = 1; code == 0 && n > 0 && bytes->len <= MAX_FILE_BYTES && !*is_database;)
    {
      guint8 chunk[65536];
      n = read (fd, chunk, sizeof chunk);
      if (n < 0)
        code = errno;
      else
        g_byte_array_append (bytes, chunk, (guint) n);
      *is_database = bytes->len >= sizeof magic && memcmp (bytes->data, magic, sizeof magic) == 0;
    }
  if (fd >= 0)
    close (fd);
  if (code == 0)
    return g_steal_pointer (&bytes);
  g_set_error (error, SEN_ERROR, code == ENOENT ? SEN_ERROR_NOT_FOUND : SEN_ERROR_IO, "%s could not be read: %s", path,
               code == EINVAL ? "it is no file" : g_strerror (code));
  return NULL;
}

/* What was read is taken whether its content is there or not. */
static void
fetch_contents (GPtrArray *all, const char *path, SenAttachmentFiles *files)
{
  for (guint i = 0; i < all->len; i++)
    {
      const Imported *imported = g_ptr_array_index (all, i);
      for (guint j = 0; j < imported->messages->len; j++)
        {
          SenMessage *message = g_ptr_array_index (imported->messages, j);
          for (guint k = 0; message->attachments != NULL && k < message->attachments->len; k++)
            sen_content_fetch (files, path, g_ptr_array_index (message->attachments, k));
        }
    }
}

typedef struct {
  char               *path;
  SenAttachmentFiles *files;
} Import;

static void
free_import (gpointer data)
{
  Import *import = data;
  g_object_unref (import->files);
  g_free (import->path);
  g_free (import);
}

static void
read_file (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Import *import = data;
  const char *path = import->path;
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (free_imported);
  GError *error = NULL;
  bool is_database = false;
  g_autoptr (GByteArray) bytes = read_bytes (path, &is_database, &error);
  bool ok = bytes != NULL && (is_database ? read_database (all, path, import->files, &error)
                                          : read_json (all, bytes->len > 0 ? (const char *) bytes->data : "", bytes->len,
                                                       import->files, path, &error));
  if (ok)
    fetch_contents (all, path, import->files);
  if (ok)
    g_task_return_pointer (task, g_steal_pointer (&all), (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
sen_history_import_async (SenHistory *self, const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Import *import = g_new0 (Import, 1);
  *import = (Import) { g_strdup (path), g_object_ref (sen_history_files (self)) };
  g_task_set_task_data (task, import, free_import);
  g_task_run_in_thread (task, read_file);
}

static bool
is_listed (SenHistory *self, gint64 id)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self)); i++)
    {
      g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (self), i);
      if (sen_conversation_id (conversation) == id)
        return true;
    }
  return false;
}

GPtrArray *
sen_history_import_finish (SenHistory *self, GAsyncResult *result, guint *n_known, GError **error)
{
  g_autoptr (GPtrArray) all = g_task_propagate_pointer (G_TASK (result), error);
  if (n_known != NULL)
    *n_known = 0;
  if (all == NULL)
    return NULL;
  GPtrArray *added = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < all->len; i++)
    {
      Imported *imported = g_ptr_array_index (all, i);
      if (imported->row.id != 0 && is_listed (self, imported->row.id))
        {
          if (n_known != NULL)
            (*n_known)++;
        }
      else if (imported->messages->len > 0)
        g_ptr_array_add (added, sen_conversation_adopt (self, &imported->row, imported->messages));
    }
  return added;
}
