/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sight.h"

/* In pixels of the widget. By its place in the content, which does not depend on how far it is scrolled: that is only taken
 * over later, when all is laid out. */
static gboolean
find_seen (const SenSight *self, int *from, int *to)
{
  double x, y;
  if (self->content == NULL || !gtk_widget_translate_coordinates (self->widget, self->content, 0.0, 0.0, &x, &y))
    return FALSE;
  *from = (int) (gtk_adjustment_get_value (self->adjustment) - y);
  *to = *from + (int) gtk_adjustment_get_page_size (self->adjustment);
  return TRUE;
}

static int
slack_of (int from, int to)
{
  return (to - from) / 2;
}

/* Soon after a move rather than at the last moment, so that what comes into sight is drawn little by little. */
static void
on_scrolled (SenSight *self)
{
  int from, to;
  if (!find_seen (self, &from, &to))
    return;
  int kept = slack_of (from, to) * 3 / 4;
  from = MAX (from - kept, 0);
  to = MIN (to + kept, gtk_widget_get_height (self->widget));
  if (from < to && (from < self->from || to > self->to))
    gtk_widget_queue_draw (self->widget);
}

void
sen_sight_map (SenSight *self, GtkWidget *widget)
{
  GtkWidget *viewport = gtk_widget_get_ancestor (widget, GTK_TYPE_VIEWPORT);
  /* Those that only scroll sideways are no bound. */
  while (viewport != NULL && GTK_IS_SCROLLED_WINDOW (gtk_widget_get_parent (viewport)))
    {
      GtkPolicyType vertical;
      gtk_scrolled_window_get_policy (GTK_SCROLLED_WINDOW (gtk_widget_get_parent (viewport)), NULL, &vertical);
      if (vertical != GTK_POLICY_NEVER)
        break;
      viewport = gtk_widget_get_ancestor (gtk_widget_get_parent (viewport), GTK_TYPE_VIEWPORT);
    }
  self->widget = widget;
  self->content = viewport != NULL ? gtk_viewport_get_child (GTK_VIEWPORT (viewport)) : NULL;
  if (self->content == NULL)
    return;
  self->adjustment = g_object_ref (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (viewport)));
  g_signal_connect_swapped (self->adjustment, "value-changed", G_CALLBACK (on_scrolled), self);
  g_signal_connect_swapped (self->adjustment, "changed", G_CALLBACK (on_scrolled), self);
}

void
sen_sight_unmap (SenSight *self)
{
  if (self->adjustment != NULL)
    g_signal_handlers_disconnect_by_data (self->adjustment, self);
  g_clear_object (&self->adjustment);
  self->content = NULL;
}

void
sen_sight_look (SenSight *self, int *from, int *to)
{
  *from = G_MININT;
  *to = G_MAXINT;
  find_seen (self, from, to);
}

void
sen_sight_measure (SenSight *self, int *from, int *to)
{
  *from = G_MININT;
  *to = G_MAXINT;
  if (find_seen (self, from, to))
    {
      int slack = slack_of (*from, *to);
      *from -= slack;
      *to += slack;
    }
  self->from = *from;
  self->to = *to;
}

void
sen_sight_snapshot_child (SenSight *self, GtkWidget *child, GtkSnapshot *snapshot)
{
  graphene_rect_t bounds;
  if (!gtk_widget_compute_bounds (child, gtk_widget_get_parent (child), &bounds)
      || (bounds.origin.y < (float) self->to && bounds.origin.y + bounds.size.height > (float) self->from))
    gtk_widget_snapshot_child (gtk_widget_get_parent (child), child, snapshot);
}
