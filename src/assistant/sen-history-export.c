/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <json-glib/json-glib.h>
#include <string.h>

#include "sen-history-file.h"
#include "sen-history-private.h"
#include "sen-json-private.h"

#define MAX_NAME_CHARS 60

/* --- Markdown -------------------------------------------------------------------------------------------------------------------------- */

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

char *
sen_conversation_to_markdown (SenConversation *self)
{
  static const char *const ends[] = {
    [SEN_MESSAGE_STOPPED] = "*(stopped here)*\n\n",
    [SEN_MESSAGE_CUT] = "*(cut here: no room for more)*\n\n",
    [SEN_MESSAGE_FAILED] = "*(failed here)*\n\n",
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
      append_whole (markdown, sen_message_text (message));
      SenMessageState state = sen_message_state (message);
      if (state < G_N_ELEMENTS (ends) && ends[state] != NULL)
        g_string_append (markdown, ends[state]);
    }
  g_string_truncate (markdown, markdown->len - 1);
  return g_string_free (markdown, FALSE);
}

/* --- JSON ------------------------------------------------------------------------------------------------------------------------------ */

const char *
sen_message_state_name (SenMessageState state)
{
  static const char *const names[] = {
    [SEN_MESSAGE_DONE] = "done",       [SEN_MESSAGE_WRITING] = "stopped", [SEN_MESSAGE_STOPPED] = "stopped",
    [SEN_MESSAGE_CUT] = "cut",         [SEN_MESSAGE_FAILED] = "failed",
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

/* --- Names ----------------------------------------------------------------------------------------------------------------------------- */

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
  g_strchomp (name->str);
  return g_string_free (name, FALSE);
}
