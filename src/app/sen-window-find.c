/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>

#include "sen-download.h"
#include "sen-error.h"
#include "sen-find-words.h"
#include "sen-window-private.h"

/* Letters of a passage that go into a question. */
#define MAX_QUOTE 6000
/* The index is gone on with once the window has come up. */
#define BEGIN_MS 1500

/* --- To the page and back ------------------------------------------------------------------------------------------------------------- */

bool
sen_window_is_finding (SenWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), "find") == 0;
}

void
sen_window_show_finding (SenWindow *self, bool is_finding)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "find-files-shown");
  bool was_finding = sen_window_is_finding (self);
  gtk_stack_set_visible_child_name (self->pages, is_finding ? "find" : "chat");
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (is_finding));
  if (is_finding == was_finding)
    return;
  if (is_finding && adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
  sen_window_update (self);
  if (is_finding)
    sen_find_page_enter (self->find_page);
  else
    sen_composer_focus (self->composer);
}

static void
action_find_files (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  if (sen_window_is_finding (self))
    sen_find_page_enter (self->find_page);
  sen_window_show_finding (self, true);
}

static void
change_find_files_shown (GSimpleAction *action, GVariant *state, gpointer data)
{
  sen_window_show_finding (data, g_variant_get_boolean (state));
}

static void
on_leave (SenWindow *self)
{
  sen_window_show_finding (self, false);
}

static void
on_toast (SenFindPage *page, const char *text, SenWindow *self)
{
  sen_window_toast (self, text);
}

/* --- Asking about what was found ------------------------------------------------------------------------------------------------------ */

/* The passage as a quotation, with where it stands; the question is to be written below it. (transfer full) */
static char *
quote (const SenFindResult *result)
{
  g_autofree char *place = sen_find_describe_place (result);
  g_autofree char *passage = g_utf8_strlen (result->passage.text, -1) > MAX_QUOTE ? g_utf8_substring (result->passage.text, 0, MAX_QUOTE)
                                                                                   : g_strdup (result->passage.text);
  g_auto (GStrv) lines = g_strsplit (g_strstrip (passage), "\n", -1);
  g_autofree char *quoted = g_strjoinv ("\n> ", lines);
  if (place != NULL)
    /* translators: a quotation: name of a file, place in it ("Page 3"), its text; "> " stays as it is */
    return g_strdup_printf (_("From %s, %s:\n\n> %s\n\n"), result->name.text, place, quoted);
  /* translators: a quotation: name of a file, its text; "> " stays as it is */
  return g_strdup_printf (_("From %s:\n\n> %s\n\n"), result->name.text, quoted);
}

static void
on_ask (SenFindPage *page, SenFindItem *item, SenWindow *self)
{
  const SenFindResult *result = sen_find_item_result (item);
  bool is_media = result->kind == SEN_FILE_PICTURE || result->kind == SEN_FILE_SOUND || result->kind == SEN_FILE_VIDEO;
  g_autoptr (SenFindItem) kept = g_object_ref (item);
  g_action_group_activate_action (G_ACTION_GROUP (self), "new", NULL);
  if (is_media)
    {
      g_autoptr (GFile) file = sen_find_item_dup_file (item);
      sen_window_attach_file (self, file);
    }
  else if (*result->passage.text != '\0')
    {
      g_autofree char *text = quote (result);
      sen_composer_insert (self->composer, text);
    }
  else
    sen_window_toast (self, _("Its text is not in the index, so there is nothing to ask about"));
  sen_composer_focus (self->composer);
}

static void
on_ask_files (SenFindPage *page, const char *folder, SenWindow *self)
{
  sen_window_ask_about_folder (self, folder);
}

/* --- Models to find with -------------------------------------------------------------------------------------------------------------- */

static void
on_getting (const SenFetchProgress *progress, gpointer data)
{
  SenWindow *self = data;
  if (self->getting_finder == NULL || self->composer == NULL)
    return;
  sen_find_page_set_getting (self->find_page,
                             progress->total_bytes > 0 ? 100.0 * (double) progress->done_bytes / (double) progress->total_bytes : 0.0);
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sen_fetch_finish (result, &error);
  g_clear_object (&self->getting_finder);
  if (self->composer == NULL)
    return;
  sen_find_page_set_getting (self->find_page, -1.0);
  sen_inventory_look_for_models (self->inventory);
  if (path != NULL)
    sen_find_service_models_changed (self->finding);
  else if (!g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED))
    sen_window_toast (self, error->message);
}

static void
on_get_model (SenFindPage *page, const char *name, SenWindow *self)
{
  SenModelStore *store = sen_application_store (self->application);
  const SenCatalogueEntry *entry = store != NULL ? sen_catalogue_find (sen_model_store_catalogue (store), name) : NULL;
  if (self->getting_finder != NULL)
    {
      g_cancellable_cancel (self->getting_finder);
      return;
    }
  if (entry == NULL)
    return;
  self->getting_finder = g_cancellable_new ();
  sen_find_page_set_getting (self->find_page, 0.0);
  sen_fetch_async (store, entry, &(SenFetchOptions) { 0 }, self->getting_finder, on_getting, self, on_got, g_object_ref (self));
}

/* --- Setting up ----------------------------------------------------------------------------------------------------------------------- */

static gboolean
begin (gpointer data)
{
  SenWindow *self = data;
  self->begin_source = 0;
  sen_find_service_begin (self->finding);
  return G_SOURCE_REMOVE;
}

void
sen_window_init_finding (SenWindow *self)
{
  const GActionEntry actions[] = {
    { .name = "find-files", .activate = action_find_files },
    { .name = "find-files-shown", .state = "false", .change_state = change_find_files_shown },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  sen_find_page_set_service (self->find_page, self->finding, self->perception, self->settings);
  sen_find_page_set_sidebar (self->find_page, self->flap);
  g_signal_connect_object (self->find_page, "leave", G_CALLBACK (on_leave), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->find_page, "toast", G_CALLBACK (on_toast), self, 0);
  g_signal_connect_object (self->find_page, "ask", G_CALLBACK (on_ask), self, 0);
  g_signal_connect_object (self->find_page, "ask-files", G_CALLBACK (on_ask_files), self, 0);
  g_signal_connect_object (self->find_page, "get-model", G_CALLBACK (on_get_model), self, 0);
  self->begin_source = g_timeout_add (BEGIN_MS, begin, self);
}
