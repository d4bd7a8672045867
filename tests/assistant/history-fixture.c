/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "history-fixture.h"

#include <glib/gstdio.h>

void
place_set_up (Place *place, gconstpointer data)
{
  place->folder = g_dir_make_tmp ("sensorium-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "data", "conversations.db", NULL);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *inside = g_build_filename (path, name, NULL);
      remove_all (inside);
    }
  g_remove (path);
}

void
place_tear_down (Place *place, gconstpointer data)
{
  remove_all (place->folder);
  g_free (place->folder);
  g_free (place->path);
}

void
wait_for (bool (*is_so) (gpointer), gpointer data)
{
  gint64 end = g_get_monotonic_time () + 100 * G_USEC_PER_SEC;
  while (!is_so (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

static bool
history_is_loaded (gpointer data)
{
  return sen_history_is_loaded (data);
}

bool
conversation_is_loaded (gpointer data)
{
  return sen_conversation_is_loaded (data);
}

SenHistory *
open_history (const char *path)
{
  SenHistory *history = sen_history_new (path);
  wait_for (history_is_loaded, history);
  return history;
}

SenConversation *
nth (SenHistory *history, guint n)
{
  g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (history), n);
  g_assert_nonnull (conversation);
  sen_conversation_load (conversation);
  wait_for (conversation_is_loaded, conversation);
  return conversation;   /* the history keeps it */
}

static char *
read_path (SenConversation *conversation)
{
  GString *path = g_string_new (NULL);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (conversation)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (conversation), i);
      g_string_append_printf (path, "%s%s", i > 0 ? "|" : "", sen_message_text (message));
    }
  return g_string_free (path, FALSE);
}

void
expect_path (SenConversation *conversation, const char *expected)
{
  g_autofree char *path = read_path (conversation);
  g_assert_cmpstr (path, ==, expected);
}
