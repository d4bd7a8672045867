/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-window-private.h"

/* Time for the last frames (scrolling, hidden widgets) to be drawn before the picture is taken. */
#define SETTLE_MS 600

static gboolean
take_picture (gpointer data)
{
  SenWindow *self = data;
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

/* Called when a job has ended: sends the prompt once, then takes the picture. */
void
sen_window_demo_step (SenWindow *self)
{
  if (self->demo_prompt != NULL)
    {
      g_autofree char *prompt = g_steal_pointer (&self->demo_prompt);
      sen_composer_set_text (self->composer, prompt);
      sen_composer_submit (self->composer);
    }
  else if (self->demo_path != NULL)
    g_timeout_add (SETTLE_MS, take_picture, self);
}

void
sen_window_run_demo (SenWindow *self, const char *prompt, const char *path)
{
  self->demo_prompt = g_strdup (prompt);
  self->demo_path = g_strdup (path);
  /* Without a compositor the window draws a thick frame of its own, which belongs in no picture. */
  gtk_widget_realize (GTK_WIDGET (self));
  gtk_widget_remove_css_class (GTK_WIDGET (self), "solid-csd");
  /* With no model there is no job whose end would lead on. */
  if (self->job == NULL)
    {
      g_clear_pointer (&self->demo_prompt, g_free);
      sen_window_demo_step (self);
    }
}
