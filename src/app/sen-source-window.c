/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-source-window.h"

#include <glib/gi18n.h>

#include "sen-find-preview.h"
#include "sen-grounding-results.h"

#define WIDTH_PX 520
#define HEIGHT_PX 620

struct _SenSourceWindow {
  AdwWindow parent_instance;

  GtkWidget      *note;         /* why there is no file */
  SenFindPreview *preview;
  GSimpleActionGroup *actions;
  SenFindService *service;      /* owned */
  SenFindResults *results;      /* the source, copied */
  GFile          *file;
};

G_DEFINE_FINAL_TYPE (SenSourceWindow, sen_source_window, ADW_TYPE_WINDOW)

/* --- What can be done with it -------------------------------------------------------------------------------------------------------- */

static void
on_shown (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenSourceWindow) self = data;
  if (gtk_show_uri_full_finish (GTK_WINDOW (source), result, NULL) || self->note == NULL)
    return;
  gtk_label_set_text (GTK_LABEL (self->note), _("No program here opens it"));
  gtk_widget_set_visible (self->note, TRUE);
}

static void
show (SenSourceWindow *self, GFile *file)
{
  g_autofree char *uri = file != NULL ? g_file_get_uri (file) : NULL;
  if (uri != NULL)
    gtk_show_uri_full (GTK_WINDOW (self), uri, GDK_CURRENT_TIME, NULL, on_shown, g_object_ref (self));
}

static void
action_open (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenSourceWindow *self = data;
  show (self, self->file);
}

static void
action_show_in_folder (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenSourceWindow *self = data;
  g_autoptr (GFile) folder = g_file_get_parent (self->file);
  show (self, folder);
}

static void
action_copy_path (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenSourceWindow *self = data;
  g_autofree char *path = g_file_get_path (self->file), *shown = path != NULL ? g_filename_display_name (path) : NULL;
  if (shown != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), shown);
}

/* --- What is shown ------------------------------------------------------------------------------------------------------------------- */

static void
show_source (SenSourceWindow *self, const SenGroundingFile *file)
{
  g_autoptr (SenFindResults) bare = g_steal_pointer (&self->results);
  const SenFindResult *result = sen_find_results_get (bare, 0);
  const SenSource source = {
    .path = result->paths[0], .name = result->name.text, .kind = result->kind, .page = result->page, .line = result->line,
    .start_ms = result->start_ms, .end_ms = result->end_ms, .headings = result->headings, .text = result->passage.text,
    .instructions = "", .score = result->score, .cosine = result->cosine,
  };
  self->results = sen_grounding_to_results (&source, file);
  g_autoptr (SenFindList) list = sen_find_list_new ();
  sen_find_list_set (list, self->results, SEN_FIND_KINDS_ALL, 1, 0);
  g_autoptr (SenFindItem) item = g_list_model_get_item (G_LIST_MODEL (list), 0);
  sen_find_preview_set_item (self->preview, item);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenSourceWindow) self = data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);
  if (self->note == NULL)
    return;
  SenGroundingFile file = { 0 };
  if (info != NULL)
    {
      file.size_bytes = (uint64_t) g_file_info_get_size (info);
      file.mtime_ns = (int64_t) g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED) * 1000000000
                      + g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED_NSEC);
    }
  gtk_widget_set_visible (self->note, info == NULL);
  const char *const names[] = { "open", "show-in-folder", "copy-path" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), names[i])), info != NULL);
  show_source (self, &file);
}

static gboolean
on_escape (GtkWidget *widget, GVariant *args, gpointer data)
{
  gtk_window_close (GTK_WINDOW (widget));
  return TRUE;
}

GtkWidget *
sen_source_window_new (GtkWindow *parent, SenFindService *service, SenPerception *perception, const SenSource *source)
{
  SenSourceWindow *self = g_object_new (SEN_TYPE_SOURCE_WINDOW, "transient-for", parent, "modal", TRUE, "title", source->name, NULL);
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->service = g_object_ref (service);
  self->results = sen_grounding_to_results (source, &(SenGroundingFile) { 0 });
  self->file = g_file_new_for_path (source->path);
  self->preview = SEN_FIND_PREVIEW (sen_find_preview_new (sen_find_service_thumbs (service), perception));
  g_signal_connect_object (self->preview, "close", G_CALLBACK (gtk_window_close), self, G_CONNECT_SWAPPED);
  gtk_widget_set_vexpand (GTK_WIDGET (self->preview), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (self), MIN (WIDTH_PX, gtk_widget_get_width (GTK_WIDGET (parent))),
                               MIN (HEIGHT_PX, gtk_widget_get_height (GTK_WIDGET (parent))));
  gtk_box_append (GTK_BOX (column), self->note);
  gtk_box_append (GTK_BOX (column), GTK_WIDGET (self->preview));
  /* There is no bar to move it by: the preview has its own name and cross. */
  GtkWidget *handle = gtk_window_handle_new ();
  gtk_window_handle_set_child (GTK_WINDOW_HANDLE (handle), column);
  adw_window_set_content (ADW_WINDOW (self), handle);
  g_file_query_info_async (self->file, G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_TIME_MODIFIED ","
                           G_FILE_ATTRIBUTE_TIME_MODIFIED_NSEC, G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT, NULL, on_looked,
                           g_object_ref (self));
  return GTK_WIDGET (self);
}

static void
sen_source_window_dispose (GObject *object)
{
  SenSourceWindow *self = SEN_SOURCE_WINDOW (object);
  self->note = NULL;
  g_clear_object (&self->actions);
  g_clear_object (&self->service);
  g_clear_object (&self->file);
  g_clear_pointer (&self->results, sen_find_results_unref);
  G_OBJECT_CLASS (sen_source_window_parent_class)->dispose (object);
}

static void
sen_source_window_class_init (SenSourceWindowClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_source_window_dispose;
  gtk_widget_class_add_binding (GTK_WIDGET_CLASS (class), GDK_KEY_Escape, 0, on_escape, NULL);
}

static void
sen_source_window_init (SenSourceWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "open", .activate = action_open },
    { .name = "show-in-folder", .activate = action_show_in_folder },
    { .name = "copy-path", .activate = action_copy_path },
  };
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "find", G_ACTION_GROUP (self->actions));
  self->note = gtk_label_new (_("The file is not there any more; this was read of it"));
  gtk_label_set_wrap (GTK_LABEL (self->note), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->note), 0.0f);
  gtk_widget_add_css_class (self->note, "message-bar");
  gtk_widget_set_visible (self->note, FALSE);
}
