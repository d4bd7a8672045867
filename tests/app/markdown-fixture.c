/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "markdown-fixture.h"

/* Longer than anything takes on a machine that does much else. */
#define PATIENCE_S 300

static void
load_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (provider, SEN_RESOURCE_PATH "/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

void
markdown_fixture_open (MarkdownFixture *self, int width, int height)
{
  load_style ();
  self->window = GTK_WINDOW (adw_window_new ());
  self->scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());
  self->column = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 20));
  self->view = sen_markdown_view_new ();
  GtkWidget *clamp = adw_clamp_new ();
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 760);
  adw_clamp_set_child (ADW_CLAMP (clamp), GTK_WIDGET (self->column));
  gtk_box_append (self->column, GTK_WIDGET (self->view));
  gtk_widget_set_margin_start (GTK_WIDGET (self->column), 18);
  gtk_widget_set_margin_end (GTK_WIDGET (self->column), 18);
  gtk_widget_set_margin_top (GTK_WIDGET (self->column), 18);
  gtk_widget_set_margin_bottom (GTK_WIDGET (self->column), 18);
  gtk_scrolled_window_set_policy (self->scroller, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (self->scroller, clamp);
  adw_window_set_content (ADW_WINDOW (self->window), GTK_WIDGET (self->scroller));
  gtk_window_set_default_size (self->window, width, height);
  gtk_widget_realize (GTK_WIDGET (self->window));
  /* Without a compositor the window draws a thick frame of its own. */
  gtk_widget_remove_css_class (GTK_WIDGET (self->window), "solid-csd");
  gtk_window_present (self->window);
}

static gboolean
set_true (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

void
markdown_fixture_sleep (unsigned milliseconds)
{
  gboolean done = FALSE;
  g_timeout_add (milliseconds, set_true, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

void
markdown_fixture_settle (MarkdownFixture *self)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;
  while (!sen_markdown_view_is_settled (self->view))
    {
      if (g_get_monotonic_time () > end)
        g_error ("the view does not show all it was given within %d s", PATIENCE_S);
      g_main_context_iteration (NULL, TRUE);
    }
}

void
markdown_fixture_take_picture (MarkdownFixture *self, const char *path)
{
  GtkWidget *widget = GTK_WIDGET (self->window);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  g_autoptr (GskRenderNode) node = gtk_snapshot_to_node (snapshot);
  g_assert_nonnull (node);
  GskRenderer *renderer = gtk_native_get_renderer (GTK_NATIVE (widget));
  g_autoptr (GdkTexture) texture = gsk_renderer_render_texture (renderer, node, &GRAPHENE_RECT_INIT (0, 0, width, height));
  g_assert_true (gdk_texture_save_to_png (texture, path));
}
