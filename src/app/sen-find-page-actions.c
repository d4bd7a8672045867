/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "sen-find-cell.h"
#include "sen-find-page-private.h"

#define FILE_MANAGER "org.freedesktop.FileManager1"

static const char *const item_actions[] = { "open", "show-in-folder", "copy-path", "ask", "ask-folder", "more-like", "add", "subtract" };

static GtkWindow *
window_of (SenFindPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

/* --- Opening ------------------------------------------------------------------------------------------------------------------------- */

static void
on_shown (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenFindPage) self = data;
  g_autoptr (GError) error = NULL;
  if (!gtk_show_uri_full_finish (GTK_WINDOW (source), result, &error) && self->entry != NULL)
    sen_find_page_toast (self, _("No program here opens it"));
}

static void
show_file (SenFindPage *self, GFile *file)
{
  g_autofree char *uri = g_file_get_uri (file);
  GtkWindow *window = window_of (self);
  if (window != NULL)
    gtk_show_uri_full (window, uri, GDK_CURRENT_TIME, NULL, on_shown, g_object_ref (self));
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenFindPage) self = data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);
  if (self->entry == NULL)
    return;
  if (info != NULL)
    show_file (self, G_FILE (source));
  else
    sen_find_page_toast (self, _("The file is not there any more"));
}

void
sen_find_page_open_item (SenFindPage *self)
{
  if (self->current == NULL)
    return;
  g_autoptr (GFile) file = sen_find_item_dup_file (self->current);
  g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, NULL, on_looked,
                           g_object_ref (self));
}

static void
action_open (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sen_find_page_open_item (data);
}

typedef struct {
  SenFindPage *page;
  GFile       *file;
} Showing;

static void
on_shown_in_folder (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Showing *showing = data;
  g_autoptr (SenFindPage) self = showing->page;
  g_autoptr (GFile) file = showing->file, folder = g_file_get_parent (file);
  g_autoptr (GVariant) reply = source != NULL ? g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL) : NULL;
  /* A file manager that cannot point at a file opens its folder. */
  if (reply == NULL && folder != NULL && self->entry != NULL)
    show_file (self, folder);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer data)
{
  Showing *showing = data;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);
  g_autofree char *uri = g_file_get_uri (showing->file);
  const char *uris[] = { uri, NULL };
  if (bus == NULL)
    on_shown_in_folder (NULL, NULL, showing);
  else
    g_dbus_connection_call (bus, FILE_MANAGER, "/org/freedesktop/FileManager1", FILE_MANAGER, "ShowItems",
                            g_variant_new ("(^ass)", uris, ""), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_shown_in_folder, showing);
}

static void
action_show_in_folder (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenFindPage *self = data;
  Showing *showing = g_new (Showing, 1);
  *showing = (Showing) { g_object_ref (self), sen_find_item_dup_file (self->current) };
  g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, showing);
}

static void
action_copy_path (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenFindPage *self = data;
  g_autoptr (GdkContentProvider) content = sen_find_item_content (self->current);
  gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (self)), content);
  sen_find_page_toast (self, _("Path copied"));
}

/* --- Asking and searching by it ------------------------------------------------------------------------------------------------------ */

static void
action_ask (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenFindPage *self = data;
  sen_find_page_ask_about (self, self->current);
}

static void
action_ask_folder (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenFindPage *self = data;
  g_autofree char *folder = g_path_get_dirname (sen_find_item_path (self->current));
  sen_find_page_ask_files (self, folder);
}

/* Those of the folder that is chosen, or all. */
static void
action_ask_files (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenFindPage *self = data;
  sen_find_page_ask_files (self, sen_find_filters_folder (self->filters));
}

static void
tell_full (SenFindPage *self)
{
  g_autofree char *text = g_strdup_printf (_("No more than %u can be looked for at once"), SEN_FIND_MAX_PARTS);
  sen_find_page_toast (self, text);
}

void
sen_find_page_add_file (SenFindPage *self, const char *path, SenFileKind kind, gboolean is_less, gboolean is_ours)
{
  if (!sen_find_chips_add_file (self->chips, path, kind, is_less, is_ours))
    tell_full (self);
}

void
sen_find_page_add_words (SenFindPage *self, const char *words, gboolean is_less)
{
  if (!sen_find_chips_add_words (self->chips, words, is_less))
    tell_full (self);
}

static void
add_current (SenFindPage *self, gboolean is_less)
{
  g_autoptr (SenFindItem) item = g_object_ref (self->current);
  sen_find_page_add_file (self, sen_find_item_path (item), sen_find_item_result (item)->kind, is_less, FALSE);
}

static void
action_more_like (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenFindPage *self = data;
  g_autoptr (SenFindItem) item = g_object_ref (self->current);
  sen_find_chips_clear (self->chips);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  sen_find_page_add_file (self, sen_find_item_path (item), sen_find_item_result (item)->kind, FALSE, FALSE);
}

static void
action_add (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  add_current (data, FALSE);
}

static void
action_subtract (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  add_current (data, TRUE);
}

/* --- Files and pictures from elsewhere ----------------------------------------------------------------------------------------------- */

static SenFileKind
guess_kind (const char *path)
{
  g_autofree char *type = g_content_type_guess (path, NULL, 0, NULL), *mime = g_content_type_get_mime_type (type);
  if (mime == NULL)
    return SEN_FILE_OTHER;
  return g_str_has_prefix (mime, "image/") ? SEN_FILE_PICTURE : g_str_has_prefix (mime, "audio/") ? SEN_FILE_SOUND
         : g_str_has_prefix (mime, "video/") ? SEN_FILE_VIDEO : SEN_FILE_DOCUMENT;
}

static void
add_file (SenFindPage *self, GFile *file)
{
  g_autofree char *path = g_file_get_path (file);
  if (path != NULL)
    sen_find_page_add_file (self, path, guess_kind (path), FALSE, FALSE);
  else
    sen_find_page_toast (self, _("Only files on this machine can be searched by"));
}

static void
on_part_chosen (GtkNativeDialog *dialog, int response, SenFindPage *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  if (file != NULL)
    add_file (self, file);
  g_object_unref (dialog);
}

void
sen_find_page_choose_part (SenFindPage *self)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_("Search by a File"), window_of (self), GTK_FILE_CHOOSER_ACTION_OPEN,
                                                              _("_Search"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_part_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* A picture without a file gets one for as long as it is looked for. */
static void
write_picture (GTask *task, gpointer source, gpointer texture, GCancellable *cancellable)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "sensorium-XXXXXX.png", NULL);
  g_autoptr (GBytes) png = gdk_texture_save_to_png_bytes (texture);
  int fd = g_mkstemp (path);
  if (fd >= 0)
    close (fd);
  bool is_written = fd >= 0 && g_file_set_contents (path, g_bytes_get_data (png, NULL), (gssize) g_bytes_get_size (png), NULL);
  if (fd >= 0 && !is_written)
    g_unlink (path);
  g_task_return_pointer (task, is_written ? g_steal_pointer (&path) : NULL, g_free);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  SenFindPage *self = SEN_FIND_PAGE (source);
  g_autofree char *path = g_task_propagate_pointer (G_TASK (result), NULL);
  if (path == NULL)
    return;
  if (self->entry != NULL)
    sen_find_page_add_file (self, path, SEN_FILE_PICTURE, FALSE, TRUE);
  else
    g_unlink (path);
}

static void
add_texture (SenFindPage *self, GdkTexture *texture)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_written, NULL);
  g_task_set_task_data (task, g_object_ref (texture), g_object_unref);
  g_task_run_in_thread (task, write_picture);
}

static gboolean
take_value (SenFindPage *self, const GValue *value)
{
  if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    add_texture (self, g_value_get_object (value));
  else if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    for (GSList *list = g_value_get_boxed (value); list != NULL; list = list->next)
      add_file (self, list->data);
  else
    return FALSE;
  return TRUE;
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, SenFindPage *self)
{
  return take_value (self, value);
}

static void
on_clipboard_value (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenFindPage) self = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, &error);
  if (self->entry == NULL)
    return;
  if (value == NULL || !take_value (self, value))
    sen_find_page_toast (self, _("What is in the clipboard cannot be searched by"));
}

gboolean
sen_find_page_paste (SenFindPage *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  GdkContentFormats *formats = gdk_clipboard_get_formats (clipboard);
  bool has_files = gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST);
  bool has_text = gdk_content_formats_contain_gtype (formats, G_TYPE_STRING);
  bool has_picture = gdk_content_formats_contain_gtype (formats, GDK_TYPE_TEXTURE);
  /* A program that offers a picture and words for it means the words here, where words are typed. */
  if (!has_files && (has_text || !has_picture))
    return FALSE;
  GType type = has_files ? GDK_TYPE_FILE_LIST : GDK_TYPE_TEXTURE;
  gdk_clipboard_read_value_async (clipboard, type, G_PRIORITY_DEFAULT, NULL, on_clipboard_value, g_object_ref (self));
  return TRUE;
}

void
sen_find_page_init_drop (SenFindPage *self)
{
  GType types[] = { GDK_TYPE_FILE_LIST, GDK_TYPE_TEXTURE };
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);
  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  /* Before the entry, which would take a file for its name. */
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (target), GTK_PHASE_CAPTURE);
  g_signal_connect_object (target, "drop", G_CALLBACK (on_drop), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->entry_box), GTK_EVENT_CONTROLLER (target));
}

/* --- The menu of an item ------------------------------------------------------------------------------------------------------------- */

void
sen_find_page_show_menu (SenFindPage *self, GtkWidget *cell, double x, double y)
{
  double page_x = x, page_y = y;
  if (self->popover == NULL)
    {
      self->popover = gtk_popover_menu_new_from_model (self->item_menu);
      gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
      gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
      gtk_widget_set_parent (self->popover, self->column);
    }
  gtk_widget_translate_coordinates (cell, self->column, x, y, &page_x, &page_y);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &(GdkRectangle) { (int) page_x, (int) page_y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

/* --- Setting up ---------------------------------------------------------------------------------------------------------------------- */

void
sen_find_page_update_actions (SenFindPage *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (item_actions); i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), item_actions[i]);
      g_simple_action_set_enabled (G_SIMPLE_ACTION (action), self->current != NULL);
    }
}

static void
action_add_folder (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenFindPage *self = data;
  sen_find_folders_choose (window_of (self), self->service);
}

static void
action_folders (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenFindPage *self = data;
  gtk_window_present (GTK_WINDOW (sen_find_folders_new (window_of (self), self->service, self->settings)));
}

void
sen_find_page_init_actions (SenFindPage *self)
{
  static const GActionEntry entries[] = {
    { .name = "open", .activate = action_open },
    { .name = "show-in-folder", .activate = action_show_in_folder },
    { .name = "copy-path", .activate = action_copy_path },
    { .name = "ask", .activate = action_ask },
    { .name = "ask-folder", .activate = action_ask_folder },
    { .name = "ask-files", .activate = action_ask_files },
    { .name = "more-like", .activate = action_more_like },
    { .name = "add", .activate = action_add },
    { .name = "subtract", .activate = action_subtract },
    { .name = "folders", .activate = action_folders },
    { .name = "add-folder", .activate = action_add_folder },
  };
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "find", G_ACTION_GROUP (self->actions));
  sen_find_page_update_actions (self);
}
