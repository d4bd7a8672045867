/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A program that is not ours, for dragging.py: a window that takes files, and tells on stdout when it is there and what was dropped on it,
 * a path a line. With a file as its argument it also lets that be dragged away. */
#include <gtk/gtk.h>

static void
tell (const char *text)
{
  g_print ("%s\n", text);
  fflush (stdout);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  for (GSList *list = g_value_get_boxed (value); list != NULL; list = list->next)
    {
      g_autofree char *path = g_file_get_path (list->data);
      tell (path != NULL ? path : "no file");
    }
  return TRUE;
}

static GdkContentProvider *
on_drag (GtkDragSource *source, double x, double y, const char *path)
{
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL), *list = g_strconcat (uri, "\r\n", NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (list, strlen (list));
  return gdk_content_provider_new_for_bytes ("text/uri-list", bytes);
}

int
main (int argc, char **argv)
{
  gtk_init ();
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  GtkWidget *window = gtk_window_new (), *label = gtk_label_new ("Drop here");
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), NULL);
  gtk_widget_add_controller (label, GTK_EVENT_CONTROLLER (target));
  if (argc > 1)
    {
      GtkDragSource *source = gtk_drag_source_new ();
      g_signal_connect (source, "prepare", G_CALLBACK (on_drag), argv[1]);
      gtk_widget_add_controller (label, GTK_EVENT_CONTROLLER (source));
    }
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_title (GTK_WINDOW (window), "Drop place");
  gtk_window_set_child (GTK_WINDOW (window), label);
  gtk_window_set_default_size (GTK_WINDOW (window), 200, 200);
  g_signal_connect_swapped (window, "map", G_CALLBACK (tell), (gpointer) "ready");
  g_signal_connect_swapped (window, "close-request", G_CALLBACK (g_main_loop_quit), loop);
  gtk_window_present (GTK_WINDOW (window));
  g_main_loop_run (loop);
  g_main_loop_unref (loop);
  return 0;
}
