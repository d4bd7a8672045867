/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "sen-window-private.h"

/* Time for the last frames (scrolling, hidden widgets) to be drawn before the picture is taken. */
#define SETTLE_MS 600
#define LIVE_SETTLE_MS 100   /* of an answer that goes on */

static gboolean
take_picture (gpointer data)
{
  SenWindow *self = data;
  if (sen_look_pane_is_loading (self->look_pane))
    return G_SOURCE_CONTINUE;
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (self));
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  g_autoptr (GskRenderNode) node = gtk_snapshot_to_node (snapshot);
  if (node != NULL)
    {
      GskRenderer *renderer = gtk_native_get_renderer (GTK_NATIVE (self));
      g_autoptr (GdkTexture) texture = gsk_renderer_render_texture (renderer, node, &GRAPHENE_RECT_INIT (0, 0, width, height));
      gdk_texture_save_to_png (texture, self->demo_path);
    }
  gtk_window_close (GTK_WINDOW (self));
  return G_SOURCE_REMOVE;
}

/* --- How quick and how small ------------------------------------------------------------------------------------------------------- */

/* When idle memory is looked at, after the window has come up. */
#define IDLE_SECONDS 3

/* Since the process was made, by the kernel's clock, which ticks a hundred times a second. */
static double
seconds_since_start (void)
{
  g_autofree char *stat = NULL, *uptime = NULL;
  if (!g_file_get_contents ("/proc/self/stat", &stat, NULL, NULL) || !g_file_get_contents ("/proc/uptime", &uptime, NULL, NULL))
    return 0.0;
  /* The fields behind the name, which may hold spaces; the start is the twentieth. */
  const char *fields = strrchr (stat, ')');
  g_auto (GStrv) words = g_strsplit (fields != NULL ? fields + 2 : "", " ", -1);
  return g_strv_length (words) > 19 ? g_ascii_strtod (uptime, NULL) - g_ascii_strtod (words[19], NULL) / (double) sysconf (_SC_CLK_TCK)
                                    : 0.0;
}

static gboolean
report_memory (gpointer data)
{
  g_autofree char *status = NULL;
  g_file_get_contents ("/proc/self/status", &status, NULL, NULL);
  const char *line = status != NULL ? strstr (status, "RssAnon:") : NULL;
  g_print ("memory when idle: %.1f MB (RssAnon)\n", line != NULL ? g_ascii_strtod (line + strlen ("RssAnon:"), NULL) / 1024.0 : 0.0);
  gtk_window_close (data);
  return G_SOURCE_REMOVE;
}

static void
on_first_frame (GdkFrameClock *clock, SenWindow *self)
{
  g_signal_handlers_disconnect_by_func (clock, on_first_frame, self);
  g_print ("window on screen: %.2f s after the start\n", seconds_since_start ());
  g_timeout_add_seconds (IDLE_SECONDS, report_memory, self);
}

void
sen_window_report_startup (SenWindow *self)
{
  gtk_widget_realize (GTK_WIDGET (self));
  g_signal_connect_object (gtk_widget_get_frame_clock (GTK_WIDGET (self)), "after-paint", G_CALLBACK (on_first_frame), self, 0);
}

/* --- Pictures ----------------------------------------------------------------------------------------------------------------------- */

/* As somebody would choose it in the pane, who then scrolls to what it shows. */
static void
look_by (SenWindow *self, const char *way)
{
  SenExplainParams params = { .method = SEN_EXPLAIN_ATTENTION };
  if (sen_explain_method_find (way, &params.method))
    {
      sen_look_methods_set (sen_look_pane_methods (self->look_pane), &params);
      g_signal_emit_by_name (sen_look_pane_methods (self->look_pane), "chosen");
    }
  else if (g_str_equal (way, "trust"))
    g_signal_emit_by_name (sen_look_pane_trust (self->look_pane), "wanted");
  else
    sen_look_pane_show_shares (self->look_pane, 0);
}

#define INDEX_MS 300

static gboolean
try_again (gpointer data)
{
  sen_window_demo_step (data);
  return G_SOURCE_REMOVE;
}

/* What is asked of files waits until they can be searched. */
static bool
waits_for_index (SenWindow *self)
{
  g_auto (SenIndexProgress) progress = { 0 };
  bool waits = sen_conversation_asks_files (self->conversation)
               && (!sen_find_service_get_progress (self->finding, &progress) || progress.stage != SEN_INDEXER_UP_TO_DATE
                   || progress.n_files == 0);
  if (waits)
    g_timeout_add (INDEX_MS, try_again, self);
  return waits;
}

/* Called when a job has ended, or there is no model to begin one: sends the prompt once, looks at the answer, then takes the picture. */
void
sen_window_demo_step (SenWindow *self)
{
  if (self->demo_prompt != NULL && self->loaded_device != NULL)
    {
      if (waits_for_index (self))
        return;
      adw_flap_set_reveal_flap (self->look_flap, self->demo_look < 0);
      g_autofree char *prompt = g_steal_pointer (&self->demo_prompt);
      sen_composer_set_text (self->composer, prompt);
      sen_composer_submit (self->composer);
    }
  else if (self->demo_look > 0 && !adw_flap_get_reveal_flap (self->look_flap))
    adw_flap_set_reveal_flap (self->look_flap, TRUE);
  else if (self->demo_look > 0 && sen_look_pane_explanation (self->look_pane) != NULL)
    {
      sen_look_pane_choose (self->look_pane, (guint) self->demo_look - 1);
      self->demo_look = 0;
    }
  else if (self->demo_ways != NULL && self->demo_ways[self->demo_way] != NULL && sen_look_pane_explanation (self->look_pane) != NULL)
    look_by (self, self->demo_ways[self->demo_way++]);
  else if (self->demo_path != NULL)
    g_timeout_add (SETTLE_MS, take_picture, self);
}

void
sen_window_demo_live (SenWindow *self, guint n_words)
{
  if (self->demo_look >= 0 || n_words < (guint) -self->demo_look)
    return;
  self->demo_look = 0;
  g_timeout_add (LIVE_SETTLE_MS, take_picture, self);
}

void
sen_window_run_demo (SenWindow *self, const char *prompt, const char *const *files, int look, const char *ways, const char *path)
{
  for (; files != NULL && *files != NULL; files++)
    {
      g_autoptr (GFile) file = g_file_new_for_path (*files);
      sen_window_attach_file (self, file);
    }
  self->demo_prompt = g_strdup (prompt);
  self->demo_path = g_strdup (path);
  self->demo_look = look;
  self->demo_ways = ways != NULL ? g_strsplit (ways, ",", -1) : NULL;
  /* Without a compositor the window draws a thick frame of its own, which belongs in no picture. */
  gtk_widget_realize (GTK_WIDGET (self));
  gtk_widget_remove_css_class (GTK_WIDGET (self), "solid-csd");
}

void
sen_window_set_demo_folder (SenWindow *self, const char *folder)
{
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autofree char *path = *folder != '\0' ? g_file_get_path (file) : NULL;
  sen_window_ask_about_folder (self, path);
}

/* --- Pictures of the page for finding ----------------------------------------------------------------------------------------------- */

#define LOOK_MS 300

/* Once all is indexed and found. */
static gboolean
look_at_finding (gpointer data)
{
  SenWindow *self = data;
  if (!sen_find_page_demo_step (self->find_page))
    return G_SOURCE_CONTINUE;
  self->demo_path = g_steal_pointer (&self->demo_find_path);
  g_timeout_add (SETTLE_MS, take_picture, self);
  return G_SOURCE_REMOVE;
}

void
sen_window_run_demo_find (SenWindow *self, const char *query, const char *const *folders, const char *path)
{
  for (; folders != NULL && *folders != NULL; folders++)
    {
      g_autoptr (GFile) file = g_file_new_for_path (*folders);
      g_autofree char *folder = g_file_get_path (file);
      sen_find_service_add_folder (self->finding, folder);
    }
  self->demo_find_path = g_strdup (path);
  gtk_widget_realize (GTK_WIDGET (self));
  gtk_widget_remove_css_class (GTK_WIDGET (self), "solid-csd");
  sen_window_show_finding (self, true);
  sen_find_page_set_demo (self->find_page, query);
  g_timeout_add (LOOK_MS, look_at_finding, self);
}
