/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>

#include "sen-history-file.h"
#include "sen-announce.h"
#include "sen-window-private.h"

/* Longest a toast may be waited for to undo. */
#define UNDO_SECONDS 8

/* --- Opening ------------------------------------------------------------------------------------------------------------------------ */

void
sen_window_save_draft (SenWindow *self)
{
  g_autofree char *text = sen_composer_get_text (self->composer);
  if (self->conversation != NULL)
    sen_conversation_set_draft (self->conversation, text);
}

static void
on_conversation_loaded (SenConversation *conversation, SenWindow *self)
{
  if (self->conversation != conversation)
    return;
  if (self->wanted_message != 0 && sen_conversation_select (conversation, self->wanted_message))
    sen_conversation_view_scroll_to (self->view, self->wanted_message);
  self->wanted_message = 0;
  if (self->looked == NULL)
    sen_window_look_at (self, NULL);
  sen_window_update (self);
}

void
sen_window_open (SenWindow *self, SenConversation *conversation, gint64 message)
{
  bool is_other = self->conversation != conversation;
  sen_window_show_finding (self, false);
  if (is_other)
    {
      sen_window_stop_reading (self);
      sen_window_stop_counting (self);
      sen_window_save_draft (self);
      if (self->conversation != NULL)
        {
          g_signal_handlers_disconnect_by_func (self->conversation, on_conversation_loaded, self);
          g_signal_handlers_disconnect_by_func (self->conversation, sen_window_update, self);
        }
      g_set_object (&self->conversation, conversation);
      sen_explain_cache_clear (self->look_cache);
      g_signal_connect_object (conversation, "loaded", G_CALLBACK (on_conversation_loaded), self, 0);
      g_signal_connect_object (conversation, "changed", G_CALLBACK (sen_window_update), self, G_CONNECT_SWAPPED);
      sen_composer_set_text (self->composer, sen_conversation_draft (conversation));
      sen_composer_set_attachments (self->composer, sen_conversation_draft_attachments (conversation));
      sen_window_update_attachments (self);
      self->skips_files = FALSE;
      sen_window_update_files (self);
      sen_conversation_view_set_conversation (self->view, conversation);
      sen_find_bar_set_conversation (self->find_bar, conversation);
      gint64 id = sen_conversation_id (conversation);
      sen_conversation_view_set_cut (self->view, g_hash_table_lookup (self->cuts, &id));
    }
  self->wanted_message = message;
  sen_conversation_load (conversation);
  if (is_other)
    sen_window_look_at (self, NULL);
  sen_sidebar_set_current (self->sidebar, conversation);
  if (adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
  sen_window_update (self);
  sen_composer_focus (self->composer);
}

static void
open_fresh (SenWindow *self)
{
  g_autoptr (SenConversation) fresh = NULL;
  /* One that was never used is as good as a new one. */
  if (self->conversation != NULL && g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) == 0
      && sen_conversation_is_loaded (self->conversation))
    fresh = g_object_ref (self->conversation);
  else
    fresh = sen_history_begin (self->history);
  sen_window_open (self, fresh, 0);
}

static void
action_new (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  self->ask_when_loaded = FALSE;
  sen_window_hide_banner (self);
  open_fresh (self);
}

static void
open_neighbour (SenWindow *self, int step)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->history));
  int at = step > 0 ? -1 : (int) n;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (self->history), i);
      if (conversation == self->conversation)
        at = (int) i;
    }
  g_autoptr (SenConversation) next = at + step >= 0 ? g_list_model_get_item (G_LIST_MODEL (self->history), (guint) (at + step)) : NULL;
  if (next != NULL)
    sen_window_open (self, next, 0);
}

static void
action_previous (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  open_neighbour (data, -1);
}

static void
action_next (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  open_neighbour (data, 1);
}

/* --- Naming and deleting ------------------------------------------------------------------------------------------------------------ */

static SenConversation *
find_target (SenWindow *self, GVariant *parameter)
{
  return sen_history_find (self->history, g_variant_get_int64 (parameter));
}

static void
on_renamed (AdwMessageDialog *dialog, const char *response, SenWindow *self)
{
  GtkEditable *entry = GTK_EDITABLE (adw_message_dialog_get_extra_child (dialog));
  gint64 *id = g_object_get_data (G_OBJECT (dialog), "conversation");
  SenConversation *conversation = sen_history_find (self->history, *id);
  if (g_str_equal (response, "rename") && conversation != NULL)
    sen_conversation_set_title (conversation, gtk_editable_get_text (entry));
}

static void
action_rename (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  SenConversation *conversation = find_target (self, parameter);
  if (conversation == NULL)
    return;
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _("Rename Conversation"), _("Left empty, its first words name it."));
  GtkWidget *entry = gtk_entry_new ();
  gint64 *id = g_new (gint64, 1);
  *id = sen_conversation_id (conversation);
  g_object_set_data_full (G_OBJECT (dialog), "conversation", id, g_free);
  gtk_editable_set_text (GTK_EDITABLE (entry), sen_conversation_title (conversation));
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Title"), -1);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "rename", _("_Rename"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "rename", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "rename");
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), entry);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_renamed), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
offer_undo (SenWindow *self, const char *text, const char *action, gint64 id)
{
  AdwToast *toast = adw_toast_new (text);
  adw_toast_set_button_label (toast, _("_Undo"));
  adw_toast_set_action_name (toast, action);
  adw_toast_set_action_target_value (toast, g_variant_new_int64 (id));
  adw_toast_set_timeout (toast, UNDO_SECONDS);
  self->undo_action = action;
  self->undo_id = id;
  g_set_weak_pointer (&self->undo_toast, toast);
  adw_toast_overlay_add_toast (self->toasts, toast);
  sen_announce (GTK_WINDOW (self), text);
}

static void
action_delete (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  SenConversation *conversation = find_target (self, parameter);
  if (conversation == NULL)
    return;
  if (conversation == self->answering)
    sen_window_stop (self);
  sen_history_remove (self->history, conversation);
  if (conversation == self->conversation)
    open_fresh (self);
  g_autofree char *text = g_strdup_printf (_("“%s” was deleted"), sen_conversation_title (conversation));
  offer_undo (self, text, "win.restore", sen_conversation_id (conversation));
}

/* The toast takes no focus; this is its button for the keyboard, which also comes after it has gone. */
static void
action_undo_delete (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  const char *undo = g_steal_pointer (&self->undo_action);
  if (undo == NULL)
    return;
  if (self->undo_toast != NULL)
    adw_toast_dismiss (self->undo_toast);
  gtk_widget_activate_action (GTK_WIDGET (self), undo, "x", self->undo_id);
}

static void
action_restore (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  SenConversation *conversation = find_target (self, parameter);
  if (conversation == NULL)
    return;
  sen_history_restore (self->history, conversation);
  sen_window_open (self, conversation, 0);
}

/* F2 and Delete mean the conversation whose row has the focus, or else the one that is shown. */
static SenConversation *
meant_conversation (SenWindow *self)
{
  SenConversation *focused = sen_sidebar_focused (self->sidebar);
  return focused != NULL ? focused : self->conversation;
}

static void
action_rename_current (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  SenConversation *conversation = meant_conversation (self);
  if (conversation != NULL && g_list_model_get_n_items (G_LIST_MODEL (conversation)) + (conversation != self->conversation) > 0)
    g_action_group_activate_action (G_ACTION_GROUP (self), "rename", g_variant_new_int64 (sen_conversation_id (conversation)));
}

static void
action_delete_current (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  SenConversation *conversation = meant_conversation (self);
  if (conversation != NULL)
    g_action_group_activate_action (G_ACTION_GROUP (self), "delete", g_variant_new_int64 (sen_conversation_id (conversation)));
}

/* --- Carrying away and bringing back -------------------------------------------------------------------------------------------------- */

/* "Title.md" */
static char *
suggest_name (SenConversation *conversation, const char *extension)
{
  g_autofree char *name = sen_conversation_file_name (conversation);
  return g_strconcat (*name != '\0' ? name : _("Conversation"), extension, NULL);
}

typedef void (*FileFunc) (SenWindow *self, const char *path, SenConversation *conversation);

typedef struct {
  SenWindow       *window;
  SenConversation *conversation;
  FileFunc         function;
} FileChoice;

static void
free_choice (gpointer data, GClosure *closure)
{
  FileChoice *choice = data;
  g_clear_object (&choice->conversation);
  g_free (choice);
}

static void
on_file_chosen (GtkNativeDialog *dialog, int response, FileChoice *choice)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (path != NULL)
    choice->function (choice->window, path, choice->conversation);
  g_object_unref (dialog);
}

static void
choose_file (SenWindow *self, const char *title, GtkFileChooserAction what, const char *name, SenConversation *conversation,
             FileFunc function)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (title, GTK_WINDOW (self), what, NULL, NULL);
  FileChoice *choice = g_new0 (FileChoice, 1);
  *choice = (FileChoice) { self, conversation != NULL ? g_object_ref (conversation) : NULL, function };
  if (name != NULL)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_file_chosen), choice, free_choice, 0);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
tell_saved (SenWindow *self, const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *text = g_strdup_printf (_("Saved as %s"), name);
  sen_window_toast (self, text);
}

typedef struct {
  SenWindow *window;
  char      *path;
} Export;

static void
on_exported (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Export *export = data;
  g_autoptr (SenWindow) self = export->window;
  g_autofree char *path = export->path;
  g_autoptr (GError) error = NULL;
  if (sen_history_export_finish (SEN_HISTORY (source), result, &error))
    tell_saved (self, path);
  else
    {
      g_autofree char *sentence = g_strdup_printf (_("The conversation could not be exported: %s."), error->message);
      sen_window_show_banner (self, sentence, NULL, NULL);
    }
}

static void
export_as (SenWindow *self, const char *path, SenConversation *conversation, SenExportFormat format)
{
  g_autoptr (GPtrArray) one = g_ptr_array_new ();
  Export *export = g_new (Export, 1);
  *export = (Export) { g_object_ref (self), g_strdup (path) };
  g_ptr_array_add (one, conversation);
  sen_history_export_async (self->history, one, path, format, on_exported, export);
}

static void
export_markdown (SenWindow *self, const char *path, SenConversation *conversation)
{
  export_as (self, path, conversation, SEN_EXPORT_MARKDOWN);
}

static void
export_json (SenWindow *self, const char *path, SenConversation *conversation)
{
  export_as (self, path, conversation, SEN_EXPORT_JSON);
}

/* What was never opened is read first. */
static void
choose_export (SenWindow *self, GVariant *parameter, const char *extension, FileFunc function)
{
  SenConversation *conversation = find_target (self, parameter);
  if (conversation == NULL)
    return;
  sen_conversation_load (conversation);
  g_autofree char *name = suggest_name (conversation, extension);
  choose_file (self, _("Export Conversation"), GTK_FILE_CHOOSER_ACTION_SAVE, name, conversation, function);
}

static void
action_export_markdown (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  choose_export (data, parameter, ".md", export_markdown);
}

static void
action_export_json (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  choose_export (data, parameter, ".json", export_json);
}

static void
on_imported (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenWindow) self = data;
  g_autoptr (GPtrArray) added = sen_history_import_finish (SEN_HISTORY (source), result, NULL, &error);
  if (added == NULL)
    {
      g_autofree char *sentence = g_strdup_printf (_("This file could not be imported: %s."), error->message);
      sen_window_show_banner (self, sentence, NULL, NULL);
    }
  else if (added->len > 0)
    sen_window_open (self, g_ptr_array_index (added, 0), 0);
  else
    sen_window_toast (self, _("Everything in this file is already here"));
}

static void
import_file (SenWindow *self, const char *path, SenConversation *none)
{
  sen_history_import_async (self->history, path, on_imported, g_object_ref (self));
}

static void
action_import (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  choose_file (data, _("Import Conversations"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL, import_file);
}

static void
on_backed_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenWindow) self = data;
  if (sen_history_backup_finish (SEN_HISTORY (source), result, &error))
    sen_window_toast (self, _("The conversations were backed up"));
  else
    {
      g_autofree char *sentence = g_strdup_printf (_("The backup could not be made: %s."), error->message);
      sen_window_show_banner (self, sentence, NULL, NULL);
    }
}

static void
back_up (SenWindow *self, const char *path, SenConversation *none)
{
  sen_history_backup_async (self->history, path, on_backed_up, g_object_ref (self));
}

static void
action_back_up (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "sensorium-%Y-%m-%d.db");
  choose_file (data, _("Back Up Conversations"), GTK_FILE_CHOOSER_ACTION_SAVE, name, NULL, back_up);
}

/* --- Messages ----------------------------------------------------------------------------------------------------------------------- */

static void
on_remove (SenConversationView *view, SenMessage *message, SenWindow *self)
{
  if (self->answer != NULL)
    return;
  sen_window_stop_reading (self);
  sen_conversation_remove (self->conversation, message);
  sen_window_update (self);
  offer_undo (self, _("The message was deleted"), "win.restore-message", sen_message_id (message));
  g_object_set_data_full (G_OBJECT (self), "removed-message", g_object_ref (message), g_object_unref);
  g_object_set_data_full (G_OBJECT (self), "removed-from", g_object_ref (self->conversation), g_object_unref);
}

static void
action_restore_message (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenMessage *message = g_object_get_data (data, "removed-message");
  SenConversation *conversation = g_object_get_data (data, "removed-from");
  if (message == NULL || sen_message_id (message) != g_variant_get_int64 (parameter))
    return;
  sen_conversation_restore (conversation, message);
  sen_window_open (data, conversation, 0);
}

static void
on_edited (SenConversationView *view, SenMessage *message, const char *text, SenWindow *self)
{
  if (self->job != NULL)
    return;
  sen_conversation_branch (self->conversation, message, text);
  sen_window_answer (self, NULL);
}

static void
on_show_sibling (SenConversationView *view, SenMessage *message, guint index, SenWindow *self)
{
  sen_conversation_select_sibling (self->conversation, message, index);
  sen_window_update (self);
}

static void
on_regenerate (SenConversationView *view, SenMessage *message, SenWindow *self)
{
  sen_window_answer (self, message);
}

static void
on_go_on (SenConversationView *view, SenMessage *message, SenWindow *self)
{
  sen_window_go_on (self, message);
}

static void
on_open (SenSidebar *sidebar, SenConversation *conversation, gint64 message, SenWindow *self)
{
  sen_window_open (self, conversation, message);
}

/* --- Setting up --------------------------------------------------------------------------------------------------------------------- */

void
sen_window_tell_problem (SenWindow *self)
{
  const GError *problem = sen_history_problem (self->history);
  if (problem == NULL || self->is_problem_known)
    return;
  /* translators: an error message follows */
  g_autofree char *sentence = g_strdup_printf (_("Conversations are not being saved at the moment: %s."), problem->message);
  sen_window_show_banner (self, sentence, NULL, NULL);
  self->shows_problem = TRUE;
}

static void
on_problem_changed (SenWindow *self)
{
  self->is_problem_known = FALSE;
  sen_window_hide_banner (self);
}

void
sen_window_init_conversations (SenWindow *self)
{
  const GActionEntry actions[] = {
    { .name = "new", .activate = action_new },
    { .name = "previous-chat", .activate = action_previous },
    { .name = "next-chat", .activate = action_next },
    { .name = "rename", .activate = action_rename, .parameter_type = "x" },
    { .name = "delete", .activate = action_delete, .parameter_type = "x" },
    { .name = "restore", .activate = action_restore, .parameter_type = "x" },
    { .name = "restore-message", .activate = action_restore_message, .parameter_type = "x" },
    { .name = "rename-current", .activate = action_rename_current },
    { .name = "delete-current", .activate = action_delete_current },
    { .name = "undo-delete", .activate = action_undo_delete },
    { .name = "export-markdown", .activate = action_export_markdown, .parameter_type = "x" },
    { .name = "export-json", .activate = action_export_json, .parameter_type = "x" },
    { .name = "import", .activate = action_import },
    { .name = "back-up", .activate = action_back_up },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  g_signal_connect_object (self->view, "remove", G_CALLBACK (on_remove), self, 0);
  g_signal_connect_object (self->view, "edited", G_CALLBACK (on_edited), self, 0);
  g_signal_connect_object (self->view, "show-sibling", G_CALLBACK (on_show_sibling), self, 0);
  g_signal_connect_object (self->view, "regenerate", G_CALLBACK (on_regenerate), self, 0);
  g_signal_connect_object (self->view, "go-on", G_CALLBACK (on_go_on), self, 0);
  g_signal_connect_object (self->sidebar, "open", G_CALLBACK (on_open), self, 0);
  g_signal_connect_object (self->history, "problem-changed", G_CALLBACK (on_problem_changed), self, G_CONNECT_SWAPPED);
  sen_sidebar_set_history (self->sidebar, self->history);
  open_fresh (self);
}
