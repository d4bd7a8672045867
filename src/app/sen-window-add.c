/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>

#include "sen-window-private.h"

static void
on_added (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sen_inventory_add_finish (SEN_INVENTORY (source), result, &error);
  if (self->composer == NULL)
    return;
  if (path == NULL)
    {
      sen_window_show_error (self, error);
      return;
    }
  g_autofree char *name = g_filename_display_basename (path);
  /* translators: name of a file */
  g_autofree char *text = g_strdup_printf (_("%s was added, and stays where it is"), name);
  sen_window_toast (self, text);
  if (self->job == NULL)
    sen_window_load_model (self, path);
}

void
sen_window_add_model (SenWindow *self, GFile *file)
{
  sen_inventory_add_async (self->inventory, file, on_added, g_object_ref (self));
}

static void
on_chosen (GtkNativeDialog *dialog, int response, SenWindow *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  if (file != NULL)
    sen_window_add_model (self, file);
  g_object_unref (dialog);
}

static void
choose (SenWindow *self, const char *title, GtkFileChooserAction action)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (title, GTK_WINDOW (self), action, _("_Add"), NULL);
  if (action == GTK_FILE_CHOOSER_ACTION_OPEN)
    {
      g_autoptr (GtkFileFilter) models = gtk_file_filter_new ();
      gtk_file_filter_set_name (models, _("Models (GGUF)"));
      gtk_file_filter_add_suffix (models, "gguf");
      gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), models);
    }
  gtk_popover_popdown (self->model_popover);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
action_add_model_file (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  choose (data, _("Add a Model File"), GTK_FILE_CHOOSER_ACTION_OPEN);
}

static void
action_add_model_folder (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  choose (data, _("Add a Folder of Models"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER);
}

void
sen_window_init_adding (SenWindow *self)
{
  const GActionEntry actions[] = {
    { .name = "add-model-file", .activate = action_add_model_file },
    { .name = "add-model-folder", .activate = action_add_model_folder },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}
