/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <json-glib/json-glib.h>
#include <string.h>

#include "sen-clock.h"
#include "sen-error.h"
#include "sen-history-file.h"
#include "sen-history-private.h"
#include "sen-json-private.h"

#define MAX_NAME_CHARS 60

/* --- Markdown ------------------------------------------------------------------------------------------------------------------------- */

/* The fence of a block of code that begins or ends in this line: its length, 0 for none. */
static gsize
read_fence (const char *line, char *kind, bool *is_bare)
{
  gsize indent = strspn (line, " ");
  if (indent > 3 || (line[indent] != '`' && line[indent] != '~'))
    return 0;
  const char mark[] = { line[indent], '\0' };
  gsize n = strspn (line + indent, mark);
  const char *rest = line + indent + n;
  *kind = mark[0];
  *is_bare = rest[strspn (rest, " \t\r")] == '\n' || rest[strspn (rest, " \t\r")] == '\0';
  return n >= 3 ? n : 0;
}

/* An answer that was stopped inside a block of code must not swallow what follows it. */
static void
append_whole (GString *markdown, const char *text)
{
  char kind = 0;
  gsize n_open = 0;
  for (const char *line = text; line != NULL; line = strchr (line, '\n'), line = line != NULL ? line + 1 : NULL)
    {
      char here = 0;
      bool is_bare = false;
      gsize n = read_fence (line, &here, &is_bare);
      if (n == 0)
        continue;
      if (n_open == 0)
        {
          n_open = n;
          kind = here;
        }
      else if (here == kind && n >= n_open && is_bare)
        n_open = 0;
    }
  g_string_append (markdown, text);
  if (!g_str_has_suffix (text, "\n"))
    g_string_append_c (markdown, '\n');
  for (gsize i = 0; i < n_open; i++)
    g_string_append_c (markdown, kind);
  g_string_append (markdown, n_open > 0 ? "\n\n" : "\n");
}

static void
append_quoted (GString *markdown, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    g_string_append_printf (markdown, "> %s\n", lines[i]);
  g_string_append_c (markdown, '\n');
}

/* Text between brackets. */
static void
append_label (GString *markdown, const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    {
      if (strchr ("\\[]`*_<>!", *c) != NULL)
        g_string_append_c (markdown, '\\');
      g_string_append_c (markdown, *c);
    }
}

/* @folder: where the content lies beside the file, or NULL. */
static void
append_attachments (GString *markdown, SenMessage *message, const char *folder)
{
  for (guint i = 0; message->attachments != NULL && i < message->attachments->len; i++)
    {
      const SenAttachment *attachment = g_ptr_array_index (message->attachments, i);
      bool is_picture = attachment->facts.kind == SEN_ATTACHMENT_PICTURE, has_link = folder != NULL && attachment->sha256 != NULL;
      g_string_append (markdown, has_link && is_picture ? "![" : has_link ? "[" : "*");
      append_label (markdown, attachment->name);
      if (has_link)
        {
          g_autofree char *name = sen_content_name (attachment->sha256, attachment->name);
          g_autofree char *link = g_build_filename (folder, name, NULL), *escaped = g_uri_escape_string (link, "/", TRUE);
          g_string_append_printf (markdown, "](%s)\n\n", escaped);
        }
      else
        g_string_append (markdown, "*\n\n");
      if (attachment->state == SEN_ATTACHMENT_FAILED && attachment->error != NULL)
        append_quoted (markdown, attachment->error);
      else if (attachment->words != NULL)
        append_quoted (markdown, attachment->words);
    }
}

/* What an answer was made from: a line for each source, numbered as it is cited. */
static void
append_sources (GString *markdown, const char *sources)
{
  g_autoptr (JsonNode) root = sources != NULL ? sen_json_parse_object (sources, strlen (sources), "sources", NULL) : NULL;
  JsonArray *array = root != NULL ? sen_json_array (json_node_get_object (root), "sources", G_MAXINT, "sources", NULL) : NULL;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonObject *source = sen_json_element (array, i, "sources", NULL);
      uint64_t page, start_ms;
      if (source == NULL)
        continue;
      g_autofree char *name = g_strdelimit (g_strdup (sen_json_string_or (source, "name", "")), "\r\n", ' ');
      g_string_append_printf (markdown, "- \\[%u\\] ", i + 1);
      append_label (markdown, name);
      if (sen_json_size (source, "page", &page, "sources", NULL))
        g_string_append_printf (markdown, ", page %" G_GUINT64_FORMAT, page);
      g_autofree char *time = sen_json_size (source, "start_ms", &start_ms, "sources", NULL) ? sen_clock_format (start_ms / 1000) : NULL;
      if (time != NULL)
        g_string_append_printf (markdown, ", at %s", time);
      g_string_append_c (markdown, '\n');
      if (i + 1 == json_array_get_length (array))
        g_string_append_c (markdown, '\n');
    }
}

static char *
to_markdown (SenConversation *self, const char *folder)
{
  static const char *const ends[] = {
    [SEN_MESSAGE_STOPPED] = "*(stopped here)*\n\n",
    [SEN_MESSAGE_CUT] = "*(cut here: no room for more)*\n\n",
    [SEN_MESSAGE_FAILED] = "*(failed here)*\n\n",
    [SEN_MESSAGE_LONG] = "*(cut here: as long as an answer may be)*\n\n",
  };
  GString *markdown = g_string_new (NULL);
  g_autofree char *title = g_strdelimit (g_strdup (sen_conversation_title (self)), "\r\n", ' ');
  g_string_append_printf (markdown, "# %s\n\n", *title != '\0' ? title : "Conversation");
  if (sen_conversation_system (self) != NULL && *sen_conversation_system (self) != '\0')
    append_quoted (markdown, sen_conversation_system (self));
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self), i);
      const char *model = sen_message_figures (message)->model;
      if (sen_message_speaker (message) == SEN_SPEAKER_USER)
        g_string_append (markdown, "## You\n\n");
      else if (model != NULL && *model != '\0')
        g_string_append_printf (markdown, "## Assistant (%s)\n\n", model);
      else
        g_string_append (markdown, "## Assistant\n\n");
      append_attachments (markdown, message, folder);
      append_whole (markdown, sen_message_text (message));
      SenMessageState state = sen_message_state (message);
      if (state < G_N_ELEMENTS (ends) && ends[state] != NULL)
        g_string_append (markdown, ends[state]);
      append_sources (markdown, sen_message_sources (message));
    }
  g_string_truncate (markdown, markdown->len - 1);
  return g_string_free (markdown, FALSE);
}

static char *
all_to_markdown (GPtrArray *conversations, const char *folder)
{
  GString *all = g_string_new (NULL);
  for (guint i = 0; i < conversations->len; i++)
    {
      g_autofree char *markdown = to_markdown (g_ptr_array_index (conversations, i), folder);
      g_string_append_printf (all, "%s%s", i > 0 ? "\n---\n\n" : "", markdown);
    }
  return g_string_free (all, FALSE);
}

char *
sen_conversations_to_markdown (GPtrArray *conversations)
{
  return all_to_markdown (conversations, NULL);
}

/* --- JSON ----------------------------------------------------------------------------------------------------------------------------- */

const char *
sen_message_state_name (SenMessageState state)
{
  static const char *const names[] = {
    [SEN_MESSAGE_DONE] = "done",       [SEN_MESSAGE_WRITING] = "stopped", [SEN_MESSAGE_STOPPED] = "stopped",
    [SEN_MESSAGE_CUT] = "cut",         [SEN_MESSAGE_FAILED] = "failed",   [SEN_MESSAGE_LONG] = "long",
  };
  return names[state];
}

static void
add_string (JsonBuilder *json, const char *member, const char *value)
{
  if (value == NULL)
    return;
  json_builder_set_member_name (json, member);
  json_builder_add_string_value (json, value);
}

static void
add_number (JsonBuilder *json, const char *member, gint64 value)
{
  json_builder_set_member_name (json, member);
  json_builder_add_int_value (json, value);
}

static void
add_date (JsonBuilder *json, const char *member, gint64 date)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (date / G_USEC_PER_SEC);
  g_autoptr (GDateTime) exact = seconds != NULL ? g_date_time_add (seconds, date % G_USEC_PER_SEC) : NULL;
  g_autofree char *text = exact != NULL ? g_date_time_format_iso8601 (exact) : NULL;
  add_string (json, member, text);
}

/* Numbers from 1 for what is still there, in the order of age; a child of what was removed is not. */
static GHashTable *
number_messages (GPtrArray *messages)
{
  GHashTable *numbers = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint i = 0; i < messages->len; i++)
    {
      SenMessage *message = g_ptr_array_index (messages, i);
      if (!message->is_removed && (message->parent == 0 || g_hash_table_contains (numbers, &message->parent)))
        g_hash_table_insert (numbers, &message->id, GUINT_TO_POINTER (g_hash_table_size (numbers) + 1));
    }
  return numbers;
}

static void
add_reference (JsonBuilder *json, const char *member, GHashTable *numbers, gint64 id)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers, &id));
  if (number != 0)
    add_number (json, member, number);
}

const char *
sen_attachment_state_name (SenAttachmentState state)
{
  static const char *const names[] = {
    [SEN_ATTACHMENT_NEW] = "new", [SEN_ATTACHMENT_READY] = "ready",
    [SEN_ATTACHMENT_FAILED] = "failed", [SEN_ATTACHMENT_COPYING] = "new",
  };
  return names[state];
}

static void
add_attachment (JsonBuilder *json, const SenAttachment *attachment)
{
  json_builder_begin_object (json);
  add_string (json, "kind", sen_attachment_kind_name (attachment->facts.kind));
  add_string (json, "name", attachment->name);
  add_string (json, "mime", attachment->mime);
  add_string (json, "sha256", attachment->sha256);
  add_number (json, "bytes", (gint64) attachment->size);
  if (attachment->facts.width > 0)
    {
      add_number (json, "width", attachment->facts.width);
      add_number (json, "height", attachment->facts.height);
    }
  if (attachment->facts.seconds > 0.0)
    {
      json_builder_set_member_name (json, "seconds");
      json_builder_add_double_value (json, attachment->facts.seconds);
    }
  add_string (json, "state", sen_attachment_state_name (attachment->state));
  add_string (json, "words", attachment->words);
  add_string (json, "words_by", attachment->words_by);
  add_string (json, "direct_by", attachment->direct_by);
  add_string (json, "error", attachment->state == SEN_ATTACHMENT_FAILED ? attachment->error : NULL);
  json_builder_end_object (json);
}

/* What an answer was made from is JSON already. */
static void
add_sources (JsonBuilder *json, const char *sources)
{
  g_autoptr (JsonNode) node = sources != NULL ? sen_json_parse_object (sources, strlen (sources), "sources", NULL) : NULL;
  if (node == NULL)
    return;
  json_builder_set_member_name (json, "sources");
  json_builder_add_value (json, g_steal_pointer (&node));
}

static void
add_message (JsonBuilder *json, SenMessage *message, GHashTable *numbers)
{
  const SenMessageFigures *figures = &message->figures;
  json_builder_begin_object (json);
  add_reference (json, "id", numbers, message->id);
  add_reference (json, "parent", numbers, message->parent);
  add_reference (json, "next", numbers, message->last_child);
  add_string (json, "role", message->speaker == SEN_SPEAKER_USER ? "user" : "assistant");
  add_string (json, "text", message->text->str);
  add_string (json, "state", sen_message_state_name (message->state));
  add_date (json, "created", message->created);
  add_string (json, "model", figures->model);
  add_string (json, "device", figures->device);
  add_sources (json, message->sources);
  if (message->attachments != NULL)
    {
      json_builder_set_member_name (json, "attachments");
      json_builder_begin_array (json);
      for (guint i = 0; i < message->attachments->len; i++)
        add_attachment (json, g_ptr_array_index (message->attachments, i));
      json_builder_end_array (json);
    }
  if (figures->n_tokens > 0)
    {
      add_number (json, "tokens", figures->n_tokens);
      json_builder_set_member_name (json, "seconds");
      json_builder_add_double_value (json, figures->seconds);
      json_builder_set_member_name (json, "tokens_per_second");
      json_builder_add_double_value (json, figures->tokens_per_second);
    }
  json_builder_end_object (json);
}

static void
add_conversation (JsonBuilder *json, SenConversation *conversation)
{
  const SenConversationRow *row = sen_conversation_row (conversation);
  GPtrArray *messages = sen_conversation_messages (conversation);
  g_autoptr (GHashTable) numbers = number_messages (messages);
  json_builder_begin_object (json);
  add_string (json, "title", row->title);
  json_builder_set_member_name (json, "title_is_own");
  json_builder_add_boolean_value (json, row->title_is_own);
  add_date (json, "created", row->created);
  add_date (json, "updated", row->updated);
  add_string (json, "system", row->system);
  if (row->asks_files || row->folder != NULL)
    {
      json_builder_set_member_name (json, "asks_files");
      json_builder_add_boolean_value (json, row->asks_files);
      add_string (json, "folder", row->folder);
    }
  add_reference (json, "first", numbers, row->first_message);
  json_builder_set_member_name (json, "messages");
  json_builder_begin_array (json);
  for (guint i = 0; i < messages->len; i++)
    {
      SenMessage *message = g_ptr_array_index (messages, i);
      if (g_hash_table_contains (numbers, &message->id))
        add_message (json, message, numbers);
    }
  json_builder_end_array (json);
  json_builder_end_object (json);
}

char *
sen_conversations_to_json (GPtrArray *conversations)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  add_string (json, "format", SEN_HISTORY_FORMAT);
  add_number (json, "version", SEN_HISTORY_FORMAT_VERSION);
  json_builder_set_member_name (json, "conversations");
  json_builder_begin_array (json);
  for (guint i = 0; i < conversations->len; i++)
    add_conversation (json, g_ptr_array_index (conversations, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  return sen_json_to_text (root);
}

/* --- Files ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenAttachmentFiles *files;
  GPtrArray          *contents;
  char               *path, *folder, *text;
} Export;

static void
free_export (gpointer data)
{
  Export *export = data;
  g_clear_object (&export->files);
  g_ptr_array_unref (export->contents);
  g_free (export->path);
  g_free (export->folder);
  g_free (export->text);
  g_free (export);
}

static void
run_export (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Export *export = data;
  GError *error = NULL;
  g_autoptr (GError) failure = NULL;
  if (!sen_content_write (export->files, export->contents, export->folder, &error))
    g_task_return_error (task, error);
  else if (!g_file_set_contents (export->path, export->text, -1, &failure))
    g_task_return_new_error (task, SEN_ERROR,
                             g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? SEN_ERROR_DISK_FULL : SEN_ERROR_IO,
                             "%s could not be written: %s", export->path, failure->message);
  else
    g_task_return_boolean (task, TRUE);
}

void
sen_history_export_async (SenHistory *self, GPtrArray *conversations, const char *path, SenExportFormat format,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  Export *export = g_new0 (Export, 1);
  *export = (Export) {
    .files = g_object_ref (sen_history_files (self)),
    .contents = g_ptr_array_new_with_free_func (sen_content_free),
    .path = g_strdup (path),
    .folder = sen_content_folder (path),
  };
  g_autofree char *beside = g_path_get_basename (export->folder);
  export->text = format == SEN_EXPORT_JSON ? sen_conversations_to_json (conversations) : all_to_markdown (conversations, beside);
  for (guint i = 0; i < conversations->len; i++)
    {
      GPtrArray *messages = sen_conversation_messages (g_ptr_array_index (conversations, i));
      for (guint j = 0; j < messages->len; j++)
        {
          SenMessage *message = g_ptr_array_index (messages, j);
          for (guint k = 0; message->attachments != NULL && !message->is_removed && k < message->attachments->len; k++)
            {
              SenAttachment *attachment = g_ptr_array_index (message->attachments, k);
              sen_content_add (export->contents, attachment->sha256, attachment->name);
            }
        }
    }
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_task_set_task_data (task, export, free_export);
  g_task_run_in_thread (task, run_export);
}

bool
sen_history_export_finish (SenHistory *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Names ---------------------------------------------------------------------------------------------------------------------------- */

char *
sen_conversation_file_name (SenConversation *self)
{
  GString *name = g_string_new (NULL);
  guint n = 0;
  for (const char *at = sen_conversation_title (self); *at != '\0' && n < MAX_NAME_CHARS; at = g_utf8_next_char (at), n++)
    {
      gunichar c = g_utf8_get_char (at);
      if (g_unichar_isalnum (c) || g_unichar_ismark (c) || (c < 0x80 && strchr ("-_,()'", (int) c) != NULL)
          || (c == '.' && name->len > 0))
        g_string_append_unichar (name, c);
      else if (name->len > 0 && name->str[name->len - 1] != ' ')
        g_string_append_c (name, ' ');
    }
  while (name->len > 0 && strchr (" .", name->str[name->len - 1]) != NULL)
    g_string_truncate (name, name->len - 1);
  return g_string_free (name, FALSE);
}
