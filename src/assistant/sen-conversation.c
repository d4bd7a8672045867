/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-history-private.h"

#define MAX_TITLE_CHARS 60

struct _SenConversation {
  GObject    parent_instance;
  SenHistory *history;         /* NULL once that is gone */
  SenConversationRow row;
  bool       is_saved;         /* the row exists */
  bool       is_loaded, is_loading;
  bool       has_draft;        /* its attachments were read, or are only here */
  char      *folder;           /* row.folder as a path, or NULL */
  GHashTable *messages;        /* id -> SenMessage, owned */
  GPtrArray  *by_age;          /* all of them, oldest first */
  GPtrArray  *path;
  GListStore *draft;           /* SenAttachment */
};

enum { CHANGED, LOADED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void list_model_init (GListModelInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SenConversation, sen_conversation, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static SenHistoryStore *
store_of (SenConversation *self)
{
  return self->history != NULL && self->is_saved ? sen_history_store (self->history) : NULL;
}

/* --- The path ------------------------------------------------------------------------------------------------------------------------- */

static SenMessage *
find_message (SenConversation *self, gint64 id)
{
  return id != 0 ? g_hash_table_lookup (self->messages, &id) : NULL;
}

/* What is shown below @parent (0: what begins the conversation): the one last shown, or the latest. */
static SenMessage *
chosen_child (SenConversation *self, gint64 parent, gint64 last_shown)
{
  SenMessage *shown = find_message (self, last_shown);
  if (shown != NULL && !shown->is_removed && shown->parent == parent)
    return shown;
  for (guint i = self->by_age->len; i > 0; i--)
    {
      SenMessage *message = g_ptr_array_index (self->by_age, i - 1);
      if (message->parent == parent && !message->is_removed)
        return message;
    }
  return NULL;
}

/* Tells the list's users only of what differs. */
static void
rebuild_path (SenConversation *self)
{
  g_autoptr (GPtrArray) before = self->path;
  self->path = g_ptr_array_new ();
  for (SenMessage *message = chosen_child (self, 0, self->row.first_message); message != NULL;
       message = chosen_child (self, message->id, message->last_child))
    g_ptr_array_add (self->path, message);

  guint same = 0;
  while (same < before->len && same < self->path->len && before->pdata[same] == self->path->pdata[same])
    same++;
  if (same < before->len || same < self->path->len)
    g_list_model_items_changed (G_LIST_MODEL (self), same, before->len - same, self->path->len - same);
}

static void
show_child (SenConversation *self, gint64 parent, gint64 child)
{
  SenMessage *message = find_message (self, parent);
  gint64 *shown = message != NULL ? &message->last_child : &self->row.first_message;
  if (*shown == child)
    return;
  *shown = child;
  if (store_of (self) == NULL)
    return;
  if (message != NULL)
    sen_history_store_write (store_of (self), "UPDATE messages SET last_child = ?2 WHERE id = ?1", "ii", parent, child);
  else
    sen_history_store_write (store_of (self), "UPDATE conversations SET first_message = ?2 WHERE id = ?1", "ii", self->row.id, child);
}

/* --- Titles --------------------------------------------------------------------------------------------------------------------------- */

/* The first line that says something, cut between words. */
static char *
make_title (const char *text)
{
  while (*text != '\0' && (g_ascii_isspace (*text) || strchr ("#>*`-", *text) != NULL))
    text++;
  /* Enough of it, however long it is; a character that is cut through goes. */
  g_autofree char *start = g_strndup (text, 8 * MAX_TITLE_CHARS), *whole = g_utf8_make_valid (start, -1);
  g_autofree char *line = g_strndup (whole, strcspn (whole, "\r\n"));
  g_strstrip (line);
  if (g_utf8_strlen (line, -1) <= MAX_TITLE_CHARS)
    return g_steal_pointer (&line);
  char *end = g_utf8_offset_to_pointer (line, MAX_TITLE_CHARS), *space = g_utf8_strrchr (line, end - line, ' ');
  g_autofree char *cut = g_strndup (line, (gsize) ((space != NULL && space > line + MAX_TITLE_CHARS / 2 ? space : end) - line));
  return g_strconcat (cut, "…", NULL);
}

static void
save_title (SenConversation *self)
{
  if (store_of (self) != NULL)
    sen_history_store_write (store_of (self), "UPDATE conversations SET title = ?2, title_is_own = ?3 WHERE id = ?1", "isi",
                             self->row.id, self->row.title, (gint64) self->row.title_is_own);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
sen_conversation_set_title (SenConversation *self, const char *title)
{
  g_autofree char *own = g_strdup (title != NULL ? title : "");
  g_strstrip (own);
  self->row.title_is_own = *own != '\0';
  g_free (self->row.title);
  SenMessage *first = self->path->len > 0 ? g_ptr_array_index (self->path, 0) : NULL;
  self->row.title = self->row.title_is_own ? g_steal_pointer (&own) : make_title (first != NULL ? first->text->str : "");
  save_title (self);
}

const char *
sen_conversation_title (SenConversation *self)
{
  return self->row.title;
}

/* --- Other properties ----------------------------------------------------------------------------------------------------------------- */

gint64
sen_conversation_id (SenConversation *self)
{
  return self->row.id;
}

gint64
sen_conversation_updated (SenConversation *self)
{
  return self->row.updated;
}

const char *
sen_conversation_draft (SenConversation *self)
{
  return self->row.draft;
}

void
sen_conversation_set_draft (SenConversation *self, const char *draft)
{
  if (g_str_equal (draft, self->row.draft))
    return;
  g_free (self->row.draft);
  self->row.draft = g_strdup (draft);
  if (store_of (self) != NULL)
    sen_history_store_write (store_of (self), "UPDATE conversations SET draft = ?2 WHERE id = ?1", "is", self->row.id, draft);
}

const char *
sen_conversation_system (SenConversation *self)
{
  return self->row.system;
}

void
sen_conversation_set_system (SenConversation *self, const char *system)
{
  if (g_strcmp0 (system, self->row.system) == 0)
    return;
  g_free (self->row.system);
  self->row.system = g_strdup (system);
  if (store_of (self) != NULL)
    sen_history_store_write (store_of (self), "UPDATE conversations SET system = ?2 WHERE id = ?1", "is", self->row.id, system);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- Files ---------------------------------------------------------------------------------------------------------------------------- */

char *
sen_conversation_clean_folder (const char *uri)
{
  g_autofree char *host = NULL, *path = uri != NULL ? g_filename_from_uri (uri, &host, NULL) : NULL;
  return path != NULL && host == NULL ? g_filename_to_uri (path, NULL, NULL) : NULL;
}

bool
sen_conversation_asks_files (SenConversation *self)
{
  return self->row.asks_files;
}

const char *
sen_conversation_folder (SenConversation *self)
{
  return self->folder;
}

void
sen_conversation_set_files (SenConversation *self, bool asks_files, const char *folder)
{
  g_autofree char *path = folder != NULL && g_path_is_absolute (folder) ? g_strdup (folder) : NULL;
  if (asks_files == self->row.asks_files && g_strcmp0 (path, self->folder) == 0)
    return;
  self->row.asks_files = asks_files;
  g_free (self->folder);
  self->folder = g_steal_pointer (&path);
  g_free (self->row.folder);
  self->row.folder = self->folder != NULL ? g_filename_to_uri (self->folder, NULL, NULL) : NULL;
  if (store_of (self) != NULL)
    sen_history_store_write (store_of (self), "UPDATE conversations SET asks_files = ?2, folder = ?3 WHERE id = ?1", "iis", self->row.id,
                             (gint64) self->row.asks_files, self->row.folder);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- Attachments of the draft --------------------------------------------------------------------------------------------------------- */

GListModel *
sen_conversation_draft_attachments (SenConversation *self)
{
  return G_LIST_MODEL (self->draft);
}

/* It is this conversation's from now on. */
static void
keep_attachment (SenConversation *self, SenAttachment *attachment)
{
  if (attachment->id == 0)
    attachment->id = self->history != NULL ? sen_history_next_id (self->history) : g_get_real_time ();
  attachment->conversation = self->row.id;
  attachment->store = store_of (self);
  sen_attachment_save (attachment);
}

static void
number_draft (SenConversation *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->draft)); i++)
    {
      g_autoptr (SenAttachment) attachment = g_list_model_get_item (G_LIST_MODEL (self->draft), i);
      if (attachment->id != 0 && attachment->position == i)
        continue;
      attachment->position = i;
      keep_attachment (self, attachment);
    }
}

void
sen_conversation_attach (SenConversation *self, SenAttachment *attachment)
{
  g_list_store_append (self->draft, attachment);
  number_draft (self);
}

void
sen_conversation_unattach (SenConversation *self, SenAttachment *attachment)
{
  guint position;
  if (!g_list_store_find (self->draft, attachment, &position))
    return;
  sen_attachment_abandon (attachment);
  sen_attachment_forget (attachment);
  g_list_store_remove (self->draft, position);
  number_draft (self);
}

void
sen_conversation_move_attachment (SenConversation *self, SenAttachment *attachment, guint position)
{
  guint from, n = g_list_model_get_n_items (G_LIST_MODEL (self->draft));
  if (!g_list_store_find (self->draft, attachment, &from) || from == position || position >= n)
    return;
  g_object_ref (attachment);
  g_list_store_remove (self->draft, from);
  g_list_store_insert (self->draft, position, attachment);
  g_object_unref (attachment);
  number_draft (self);
}

/* (transfer full) */
static GPtrArray *
take_draft (SenConversation *self)
{
  GPtrArray *attachments = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->draft)); i++)
    g_ptr_array_add (attachments, g_list_model_get_item (G_LIST_MODEL (self->draft), i));
  g_list_store_remove_all (self->draft);
  return attachments;
}

/* --- Writing -------------------------------------------------------------------------------------------------------------------------- */

/* A conversation exists from its first message on. */
static void
save_row (SenConversation *self)
{
  self->row.updated = self->history != NULL ? sen_history_now (self->history) : g_get_real_time ();
  SenHistoryStore *store = self->history != NULL ? sen_history_store (self->history) : NULL;
  if (store != NULL && !self->is_saved)
    sen_history_store_write (store, "INSERT INTO conversations (id, title, title_is_own, created, updated, draft, system, asks_files,"
                             " folder) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", "isiiissis", self->row.id, self->row.title,
                             (gint64) self->row.title_is_own, self->row.created, self->row.updated, self->row.draft, self->row.system,
                             (gint64) self->row.asks_files, self->row.folder);
  else if (store != NULL)
    sen_history_store_write (store, "UPDATE conversations SET updated = ?2 WHERE id = ?1", "ii", self->row.id, self->row.updated);
  self->is_saved = true;
  if (self->history != NULL)
    sen_history_touch (self->history, self);
}

static void
take_message (SenConversation *self, SenMessage *message)
{
  g_hash_table_insert (self->messages, &message->id, message);
  g_ptr_array_add (self->by_age, message);
}

/* @attachments (SenAttachment, may be NULL) become the message's. */
static SenMessage *
add_message (SenConversation *self, gint64 parent, SenSpeaker speaker, const char *text, GPtrArray *attachments)
{
  gint64 id = self->history != NULL ? sen_history_next_id (self->history) : g_get_real_time ();
  SenMessage *message = sen_message_new (id, parent, speaker, text);
  message->created = g_get_real_time ();
  if (*self->row.title == '\0' && speaker == SEN_SPEAKER_USER)
    {
      g_free (self->row.title);
      self->row.title = make_title (text);
      if (*self->row.title == '\0' && attachments != NULL && attachments->len > 0)
        {
          g_free (self->row.title);
          self->row.title = make_title (sen_attachment_name (g_ptr_array_index (attachments, 0)));
        }
    }
  save_row (self);
  SenHistoryStore *store = store_of (self);
  if (store != NULL)
    {
      sen_history_store_write (store, "INSERT INTO messages (id, conversation, parent, speaker, state, created, text)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", "iiiiiis", id, self->row.id, parent, (gint64) speaker,
                               (gint64) message->state, message->created, text);
      sen_message_attach (message, store);
    }
  for (guint i = 0; attachments != NULL && i < attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (attachments, i);
      sen_message_take_attachment (message, g_object_ref (attachment));
      keep_attachment (self, attachment);
    }
  take_message (self, message);
  show_child (self, parent, id);
  rebuild_path (self);
  g_signal_emit (self, signals[CHANGED], 0);
  return message;
}

static gint64
end_of_path (SenConversation *self)
{
  SenMessage *last = self->path->len > 0 ? g_ptr_array_index (self->path, self->path->len - 1) : NULL;
  return last != NULL ? last->id : 0;
}

SenMessage *
sen_conversation_append (SenConversation *self, SenSpeaker speaker, const char *text)
{
  return add_message (self, end_of_path (self), speaker, text, NULL);
}

SenMessage *
sen_conversation_ask (SenConversation *self, const char *text)
{
  g_autoptr (GPtrArray) attachments = take_draft (self);
  return add_message (self, end_of_path (self), SEN_SPEAKER_USER, text, attachments);
}

SenMessage *
sen_conversation_branch (SenConversation *self, SenMessage *message, const char *text)
{
  g_autoptr (GPtrArray) attachments = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; message->attachments != NULL && i < message->attachments->len; i++)
    g_ptr_array_add (attachments, sen_attachment_copy (g_ptr_array_index (message->attachments, i)));
  return add_message (self, message->parent, message->speaker, text, attachments);
}

static GPtrArray *
list_siblings (SenConversation *self, SenMessage *message)
{
  GPtrArray *siblings = g_ptr_array_new ();
  for (guint i = 0; i < self->by_age->len; i++)
    {
      SenMessage *other = g_ptr_array_index (self->by_age, i);
      if (other->parent == message->parent && !other->is_removed)
        g_ptr_array_add (siblings, other);
    }
  return siblings;
}

guint
sen_conversation_sibling (SenConversation *self, SenMessage *message, guint *n)
{
  g_autoptr (GPtrArray) siblings = list_siblings (self, message);
  guint index = 0;
  g_ptr_array_find (siblings, message, &index);
  *n = siblings->len;
  return index;
}

void
sen_conversation_select_sibling (SenConversation *self, SenMessage *message, guint index)
{
  g_autoptr (GPtrArray) siblings = list_siblings (self, message);
  if (index >= siblings->len)
    return;
  SenMessage *other = g_ptr_array_index (siblings, index);
  show_child (self, other->parent, other->id);
  rebuild_path (self);
}

bool
sen_conversation_select (SenConversation *self, gint64 id)
{
  SenMessage *message = find_message (self, id);
  if (message == NULL || message->is_removed)
    return false;
  /* A damaged database could hold a circle. */
  for (guint i = 0; message != NULL && i <= self->by_age->len; i++)
    {
      show_child (self, message->parent, message->id);
      message = find_message (self, message->parent);
    }
  rebuild_path (self);
  return true;
}

static void
set_removed (SenConversation *self, SenMessage *message, bool removed)
{
  message->is_removed = removed;
  if (store_of (self) != NULL)
    sen_history_store_write (store_of (self), "UPDATE messages SET removed = ?2 WHERE id = ?1", "ii", message->id,
                             removed ? g_get_real_time () : (gint64) 0);
}

void
sen_conversation_remove (SenConversation *self, SenMessage *message)
{
  set_removed (self, message, true);
  rebuild_path (self);
}

void
sen_conversation_restore (SenConversation *self, SenMessage *message)
{
  set_removed (self, message, false);
  sen_conversation_select (self, message->id);
}

/* --- Reading -------------------------------------------------------------------------------------------------------------------------- */

/* Each attachment to its message, which is not there any more if the file is damaged. */
static void
hand_out_attachments (GPtrArray *messages, GPtrArray *attachments, GPtrArray *draft)
{
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint i = 0; i < messages->len; i++)
    {
      SenMessage *message = g_ptr_array_index (messages, i);
      g_hash_table_insert (by_id, &message->id, message);
    }
  for (guint i = 0; i < attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (attachments, i);
      SenMessage *message = g_hash_table_lookup (by_id, &attachment->message);
      if (message != NULL)
        sen_message_take_attachment (message, g_object_ref (attachment));
      else if (attachment->message == 0 && draft != NULL)
        g_ptr_array_add (draft, g_object_ref (attachment));
    }
}

GPtrArray *
sen_conversation_read_messages (sqlite3 *db, gint64 conversation, SenAttachmentFiles *files, GPtrArray *draft, GError **error)
{
  GPtrArray *messages = g_ptr_array_new_with_free_func (g_object_unref);
  sqlite3_stmt *q = NULL;
  int result = sqlite3_prepare_v2 (db, "SELECT id, parent, speaker, state, created, text, model, device, n_tokens, seconds,"
                                   " tokens_per_second, removed, last_child, sources FROM messages WHERE conversation = ?1 ORDER BY id",
                                   -1, &q, NULL);
  if (result == SQLITE_OK)
    sqlite3_bind_int64 (q, 1, conversation);
  while (result == SQLITE_OK && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      /* The file may hold anything. */
      g_autofree char *text = sen_database_dup_text (q, 5);
      SenMessage *message = sen_message_new (sqlite3_column_int64 (q, 0), sqlite3_column_int64 (q, 1),
                                             sqlite3_column_int (q, 2) == SEN_SPEAKER_USER ? SEN_SPEAKER_USER : SEN_SPEAKER_ASSISTANT,
                                             text != NULL ? text : "");
      message->state = (SenMessageState) CLAMP (sqlite3_column_int (q, 3), SEN_MESSAGE_DONE, SEN_MESSAGE_LONG);
      message->created = sqlite3_column_int64 (q, 4);
      message->is_removed = sqlite3_column_int64 (q, 11) != 0;
      message->last_child = sqlite3_column_int64 (q, 12);
      g_autofree char *model = sen_database_dup_text (q, 6), *device = sen_database_dup_text (q, 7);
      const SenMessageFigures figures = {
        .model = model, .device = device, .n_tokens = (guint) MAX (sqlite3_column_int (q, 8), 0),
        .seconds = sqlite3_column_double (q, 9), .tokens_per_second = sqlite3_column_double (q, 10),
      };
      sen_message_set_figures (message, &figures);
      if (sqlite3_column_type (q, 13) == SQLITE_TEXT && sqlite3_column_bytes (q, 13) <= SEN_MESSAGE_MAX_SOURCES)
        message->sources = sen_database_dup_text (q, 13);
      g_ptr_array_add (messages, message);
      result = SQLITE_OK;
    }
  sqlite3_finalize (q);
  if (result != SQLITE_DONE)
    {
      sen_database_fail (db, result, sqlite3_db_filename (db, "main"), "reading the conversation", error);
      g_ptr_array_unref (messages);
      return NULL;
    }
  g_autoptr (GPtrArray) attachments = sen_attachments_read (db, conversation, files, error);
  if (attachments == NULL)
    {
      g_ptr_array_unref (messages);
      return NULL;
    }
  hand_out_attachments (messages, attachments, draft);
  return messages;
}

/* What is to be read, and what was. */
typedef struct {
  gint64              conversation;
  SenAttachmentFiles *files;
  GPtrArray          *messages, *draft;
} Reading;

static void
free_reading (gpointer data)
{
  Reading *reading = data;
  g_clear_object (&reading->files);
  g_clear_pointer (&reading->messages, g_ptr_array_unref);
  g_clear_pointer (&reading->draft, g_ptr_array_unref);
  g_free (reading);
}

static gpointer
read_messages (sqlite3 *db, gpointer data, GCancellable *cancellable, GError **error)
{
  const Reading *wanted = data;
  Reading *reading = g_new0 (Reading, 1);
  reading->draft = g_ptr_array_new_with_free_func (g_object_unref);
  reading->messages = db != NULL ? sen_conversation_read_messages (db, wanted->conversation, wanted->files, reading->draft, error)
                                 : g_ptr_array_new_with_free_func (g_object_unref);
  if (reading->messages != NULL)
    return reading;
  free_reading (reading);
  return NULL;
}

/* What is read comes with the places it has; from now on changes to it are saved. */
static void
attach_to_store (SenConversation *self, GPtrArray *attachments)
{
  for (guint i = 0; attachments != NULL && i < attachments->len; i++)
    ((SenAttachment *) g_ptr_array_index (attachments, i))->store = store_of (self);
}

static void
take_read_draft (SenConversation *self, GPtrArray *draft)
{
  /* After another process has written, what is here stays. */
  if (g_list_model_get_n_items (G_LIST_MODEL (self->draft)) > 0 || self->has_draft)
    return;
  attach_to_store (self, draft);
  if (draft->len > 0)
    g_list_store_splice (self->draft, 0, 0, draft->pdata, draft->len);
  self->has_draft = true;
  number_draft (self);
}

static void
on_messages (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SenConversation *self = SEN_CONVERSATION (source);
  Reading *reading = g_task_propagate_pointer (G_TASK (result), NULL);
  GPtrArray *messages = reading != NULL ? reading->messages : NULL;
  self->is_loading = false;
  if (self->history == NULL)
    {
      g_clear_pointer (&reading, free_reading);
      return;
    }
  for (guint i = 0; messages != NULL && i < messages->len; i++)
    {
      SenMessage *message = g_ptr_array_index (messages, i);
      /* A parent is always older; anything else is damage, and could be a circle. */
      if (find_message (self, message->id) != NULL || message->parent >= message->id)
        continue;
      if (sen_history_store (self->history) != NULL)
        sen_message_attach (message, sen_history_store (self->history));
      attach_to_store (self, message->attachments);
      take_message (self, g_object_ref (message));
      /* The program that wrote this is no more. */
      if (message->state == SEN_MESSAGE_WRITING)
        sen_message_finish (message, SEN_MESSAGE_STOPPED, NULL);
    }
  if (reading != NULL)
    take_read_draft (self, reading->draft);
  g_clear_pointer (&reading, free_reading);
  self->is_loaded = true;
  rebuild_path (self);
  g_signal_emit (self, signals[LOADED], 0);
}

void
sen_conversation_load (SenConversation *self)
{
  SenHistoryStore *store = store_of (self);
  if (self->is_loaded || store == NULL)
    {
      self->is_loaded = true;
      g_signal_emit (self, signals[LOADED], 0);
      return;
    }
  if (self->is_loading)
    return;
  self->is_loading = true;
  Reading *wanted = g_new0 (Reading, 1);
  *wanted = (Reading) { .conversation = self->row.id, .files = g_object_ref (sen_history_files (self->history)) };
  g_autoptr (GTask) task = g_task_new (self, NULL, on_messages, NULL);
  sen_history_store_read (store, read_messages, wanted, free_reading, free_reading, task);
}

bool
sen_conversation_is_loaded (SenConversation *self)
{
  return self->is_loaded;
}

static void
forget_messages (SenConversation *self)
{
  guint n = self->path->len;
  g_autoptr (GPtrArray) path = self->path;
  self->path = g_ptr_array_new ();
  self->is_loaded = false;
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n, 0);
  g_ptr_array_set_size (self->by_age, 0);
  g_hash_table_remove_all (self->messages);
}

static bool
is_writing (SenConversation *self)
{
  SenMessage *last = self->path->len > 0 ? g_ptr_array_index (self->path, self->path->len - 1) : NULL;
  return last != NULL && last->state == SEN_MESSAGE_WRITING;
}

void
sen_conversation_update (SenConversation *self, const SenConversationRow *row)
{
  if (row->updated <= self->row.updated && g_str_equal (row->title, self->row.title))
    return;
  bool has_more = row->updated > self->row.updated, was_loaded = self->is_loaded;
  g_free (self->row.title);
  self->row.title = g_strdup (row->title);
  self->row.title_is_own = row->title_is_own;
  if (has_more && !is_writing (self))
    {
      self->row.updated = row->updated;
      self->row.first_message = row->first_message;
      if (was_loaded)
        {
          forget_messages (self);
          sen_conversation_load (self);
        }
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- The object ----------------------------------------------------------------------------------------------------------------------- */

void
sen_conversation_row_free (SenConversationRow *row)
{
  g_free (row->title);
  g_free (row->draft);
  g_free (row->system);
  g_free (row->folder);
  g_free (row);
}

SenConversation *
sen_conversation_new (SenHistory *history, const SenConversationRow *row, bool is_saved)
{
  SenConversation *self = g_object_new (SEN_TYPE_CONVERSATION, NULL);
  self->history = history;
  self->row = *row;
  self->row.title = g_strdup (row->title);
  self->row.draft = g_strdup (row->draft);
  self->row.system = g_strdup (row->system);
  self->row.folder = sen_conversation_clean_folder (row->folder);
  self->folder = self->row.folder != NULL ? g_filename_from_uri (self->row.folder, NULL, NULL) : NULL;
  self->is_saved = is_saved;
  self->is_loaded = self->has_draft = !is_saved;
  return self;
}

const SenConversationRow *
sen_conversation_row (SenConversation *self)
{
  return &self->row;
}

GPtrArray *
sen_conversation_messages (SenConversation *self)
{
  return self->by_age;
}

static void
save_whole_message (SenConversation *self, SenHistoryStore *store, const SenMessage *message)
{
  sen_history_store_write (store, "INSERT INTO messages (id, conversation, parent, speaker, state, created, text, model, device,"
                           " n_tokens, seconds, tokens_per_second, last_child, removed, sources)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)", "iiiiiisssiddiis", message->id,
                           self->row.id, message->parent, (gint64) message->speaker, (gint64) message->state, message->created,
                           message->text->str, message->model, message->device, (gint64) message->figures.n_tokens,
                           message->figures.seconds, message->figures.tokens_per_second, message->last_child,
                           message->is_removed ? g_get_real_time () : (gint64) 0, message->sources);
}

SenConversation *
sen_conversation_adopt (SenHistory *history, const SenConversationRow *row, GPtrArray *messages)
{
  g_autofree gint64 *ids = g_new0 (gint64, messages->len + 1);
  SenConversation *self = sen_conversation_new (history, row, true);
  SenHistoryStore *store = sen_history_store (history);
  self->row.id = sen_history_next_id (history);
  self->is_loaded = true;
  for (guint i = 1; i <= messages->len; i++)
    ids[i] = sen_history_next_id (history);
  self->row.first_message = ids[row->first_message];
  /* Thrown away until it is whole: a kill in the middle leaves no half of it. */
  if (store != NULL)
    sen_history_store_write (store, "INSERT INTO conversations (id, title, title_is_own, created, updated, first_message, draft,"
                             " system, removed, asks_files, folder) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", "isiiiissiis",
                             self->row.id, self->row.title, (gint64) self->row.title_is_own, self->row.created, self->row.updated,
                             self->row.first_message, self->row.draft, self->row.system, g_get_real_time (),
                             (gint64) self->row.asks_files, self->row.folder);
  for (guint i = 0; i < messages->len; i++)
    {
      SenMessage *message = g_ptr_array_index (messages, i);
      message->id = ids[message->id];
      message->parent = ids[message->parent];
      message->last_child = ids[message->last_child];
      if (message->state == SEN_MESSAGE_WRITING)
        message->state = SEN_MESSAGE_STOPPED;
      if (store != NULL)
        {
          save_whole_message (self, store, message);
          sen_message_attach (message, store);
        }
      for (guint j = 0; message->attachments != NULL && j < message->attachments->len; j++)
        {
          SenAttachment *attachment = g_ptr_array_index (message->attachments, j);
          attachment->id = 0;
          attachment->message = message->id;
          keep_attachment (self, attachment);
        }
      take_message (self, g_object_ref (message));
    }
  sen_conversation_save_removed (self, false);
  rebuild_path (self);
  if (*self->row.title == '\0' && self->path->len > 0)
    sen_conversation_set_title (self, NULL);
  sen_history_keep (history, self);
  sen_history_touch (history, self);
  return self;
}

void
sen_conversation_save_removed (SenConversation *self, bool removed)
{
  if (store_of (self) == NULL)
    return;
  if (removed)
    sen_history_store_write (store_of (self), "UPDATE conversations SET removed = ?2 WHERE id = ?1", "ii", self->row.id,
                             g_get_real_time ());
  else
    sen_history_store_write (store_of (self), "UPDATE conversations SET removed = NULL WHERE id = ?1", "i", self->row.id);
}

void
sen_conversation_save (SenConversation *self)
{
  for (guint i = 0; i < self->by_age->len; i++)
    sen_message_save (g_ptr_array_index (self->by_age, i));
}

void
sen_conversation_detach (SenConversation *self)
{
  sen_conversation_save (self);
  self->history = NULL;
  for (guint i = 0; i < self->by_age->len; i++)
    {
      SenMessage *message = g_ptr_array_index (self->by_age, i);
      message->store = NULL;
      for (guint j = 0; message->attachments != NULL && j < message->attachments->len; j++)
        ((SenAttachment *) g_ptr_array_index (message->attachments, j))->store = NULL;
    }
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->draft)); i++)
    {
      g_autoptr (SenAttachment) attachment = g_list_model_get_item (G_LIST_MODEL (self->draft), i);
      attachment->store = NULL;
    }
}

static GType
get_item_type (GListModel *model)
{
  return SEN_TYPE_MESSAGE;
}

static guint
get_n_items (GListModel *model)
{
  return SEN_CONVERSATION (model)->path->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  SenConversation *self = SEN_CONVERSATION (model);
  return position < self->path->len ? g_object_ref (g_ptr_array_index (self->path, position)) : NULL;
}

static void
list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

static void
sen_conversation_finalize (GObject *object)
{
  SenConversation *self = SEN_CONVERSATION (object);
  g_ptr_array_unref (self->path);
  g_ptr_array_unref (self->by_age);
  g_hash_table_unref (self->messages);
  g_object_unref (self->draft);
  g_free (self->row.title);
  g_free (self->row.draft);
  g_free (self->row.system);
  g_free (self->row.folder);
  g_free (self->folder);
  G_OBJECT_CLASS (sen_conversation_parent_class)->finalize (object);
}

static void
sen_conversation_class_init (SenConversationClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_conversation_finalize;
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_CONVERSATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[LOADED] = g_signal_new ("loaded", SEN_TYPE_CONVERSATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_conversation_init (SenConversation *self)
{
  self->messages = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_object_unref);
  self->by_age = g_ptr_array_new ();
  self->path = g_ptr_array_new ();
  self->draft = g_list_store_new (SEN_TYPE_ATTACHMENT);
}
