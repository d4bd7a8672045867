/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-history-export.h"

#include <json-glib/json-glib.h>

#include "sen-error.h"

#define FORMAT "sensorium-conversation"
#define VERSION 1
#define MAX_FILE_BYTES (64 << 20)
#define MAX_MESSAGES 100000

static const char *const state_names[] = {
  [SEN_MESSAGE_DONE] = "done", [SEN_MESSAGE_WRITING] = "stopped", [SEN_MESSAGE_STOPPED] = "stopped", [SEN_MESSAGE_CUT] = "cut",
  [SEN_MESSAGE_FAILED] = "failed",
};

static char *
format_date (gint64 microseconds)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);
  return date != NULL ? g_date_time_format_iso8601 (date) : g_strdup ("");
}

static const char *
speaker_name (SenMessage *message)
{
  return sen_message_speaker (message) == SEN_SPEAKER_USER ? "user" : "assistant";
}

char *
sen_conversation_to_markdown (SenConversation *conversation)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "# %s\n", sen_conversation_title (conversation));
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (conversation)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (conversation), i);
      const SenMessageFigures *figures = sen_message_figures (message);
      g_autofree char *date = format_date (sen_message_created (message));
      bool is_user = sen_message_speaker (message) == SEN_SPEAKER_USER;
      g_string_append_printf (text, "\n## %s\n\n", is_user ? "You" : figures->model != NULL ? figures->model : "Assistant");
      g_string_append (text, sen_message_text (message));
      g_string_append_printf (text, "\n\n<!-- %s -->\n", date);
    }
  return g_string_free (text, FALSE);
}

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  if (text == NULL)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
add_message (JsonBuilder *builder, SenMessage *message)
{
  const SenMessageFigures *figures = sen_message_figures (message);
  g_autofree char *date = format_date (sen_message_created (message));
  json_builder_begin_object (builder);
  add_text (builder, "role", speaker_name (message));
  add_text (builder, "content", sen_message_text (message));
  add_text (builder, "created", date);
  add_text (builder, "state", state_names[sen_message_state (message)]);
  add_text (builder, "model", figures->model);
  add_text (builder, "device", figures->device);
  if (figures->n_tokens > 0)
    {
      json_builder_set_member_name (builder, "tokens");
      json_builder_add_int_value (builder, figures->n_tokens);
      json_builder_set_member_name (builder, "seconds");
      json_builder_add_double_value (builder, figures->seconds);
      json_builder_set_member_name (builder, "tokens_per_second");
      json_builder_add_double_value (builder, figures->tokens_per_second);
    }
  json_builder_end_object (builder);
}

char *
sen_conversation_to_json (SenConversation *conversation)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  add_text (builder, "format", FORMAT);
  json_builder_set_member_name (builder, "version");
  json_builder_add_int_value (builder, VERSION);
  add_text (builder, "title", sen_conversation_title (conversation));
  add_text (builder, "system", sen_conversation_system (conversation));
  json_builder_set_member_name (builder, "messages");
  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (conversation)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (conversation), i);
      add_message (builder, message);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return json_to_string (root, TRUE);
}

/* --- Importing ------------------------------------------------------------------------------------------------------------------------- */

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static double
get_number (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) != G_TYPE_STRING ? json_node_get_double (node) : 0.0;
}

/* NULL and an error unless every message can be taken: nothing is imported by halves. */
static JsonArray *
check (JsonNode *root, const char *path, GError **error)
{
  JsonObject *object = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode *list = object != NULL ? json_object_get_member (object, "messages") : NULL;
  if (list == NULL || !JSON_NODE_HOLDS_ARRAY (list) || g_strcmp0 (get_text (object, "format"), FORMAT) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is not a conversation that Sensorium exported as JSON", path);
      return NULL;
    }
  if (get_number (object, "version") != VERSION)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is of version %g of the format, and only version %d can be read", path,
                   get_number (object, "version"), VERSION);
      return NULL;
    }
  JsonArray *messages = json_node_get_array (list);
  if (json_array_get_length (messages) > MAX_MESSAGES)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%s holds more than %d messages", path, MAX_MESSAGES);
      return NULL;
    }
  for (guint i = 0; i < json_array_get_length (messages); i++)
    {
      JsonNode *node = json_array_get_element (messages, i);
      JsonObject *message = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      const char *role = message != NULL ? get_text (message, "role") : NULL;
      if (role == NULL || get_text (message, "content") == NULL || (!g_str_equal (role, "user") && !g_str_equal (role, "assistant")))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "message %u of %s has no role (user or assistant) or no content", i + 1, path);
          return NULL;
        }
    }
  return messages;
}

static void
take_message (SenConversation *conversation, JsonObject *object)
{
  bool is_user = g_str_equal (get_text (object, "role"), "user");
  SenMessage *message = sen_conversation_append (conversation, is_user ? SEN_SPEAKER_USER : SEN_SPEAKER_ASSISTANT,
                                                 get_text (object, "content"));
  if (is_user)
    return;
  const SenMessageFigures figures = {
    .model = get_text (object, "model"),
    .device = get_text (object, "device"),
    .n_tokens = (guint) CLAMP (get_number (object, "tokens"), 0.0, 1e9),
    .seconds = CLAMP (get_number (object, "seconds"), 0.0, 1e9),
    .tokens_per_second = CLAMP (get_number (object, "tokens_per_second"), 0.0, 1e9),
  };
  const char *name = get_text (object, "state");
  SenMessageState state = SEN_MESSAGE_DONE;
  for (guint i = SEN_MESSAGE_STOPPED; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (name, state_names[i]) == 0)
      state = (SenMessageState) i;
  sen_message_finish (message, state, &figures);
}

SenConversation *
sen_history_import (SenHistory *history, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInfo) info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_SIZE, G_FILE_QUERY_INFO_NONE, NULL, error);
  if (info == NULL)
    return NULL;
  if (g_file_info_get_size (info) > MAX_FILE_BYTES)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%s is larger than %d MiB", path, MAX_FILE_BYTES >> 20);
      return NULL;
    }
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) failure = NULL;
  if (!json_parser_load_from_file (parser, path, &failure))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is not JSON: %s", path, failure->message);
      return NULL;
    }
  JsonNode *root = json_parser_get_root (parser);
  JsonArray *messages = check (root, path, error);
  if (messages == NULL)
    return NULL;
  SenConversation *conversation = sen_history_begin (history);
  JsonObject *object = json_node_get_object (root);
  sen_conversation_set_system (conversation, get_text (object, "system"));
  for (guint i = 0; i < json_array_get_length (messages); i++)
    take_message (conversation, json_array_get_object_element (messages, i));
  if (get_text (object, "title") != NULL && *get_text (object, "title") != '\0')
    sen_conversation_set_title (conversation, get_text (object, "title"));
  return conversation;
}
