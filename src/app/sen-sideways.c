/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sideways.h"

#define WHEEL_STEP_PX 60.0

static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, GtkScrolledWindow *window)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  if ((state & GDK_SHIFT_MASK) == 0)
    return GDK_EVENT_PROPAGATE;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_hadjustment (window);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + dy * WHEEL_STEP_PX);
  return GDK_EVENT_STOP;
}

/* GtkScrolledWindow takes up the vertical wheel too, though it has nowhere to go with it, and the page would stand still under
 * the pointer. Its own controllers are told to see the horizontal one only. */
static void
leave_vertical_alone (GtkWidget *window)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (window);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_event_controller_scroll_set_flags (GTK_EVENT_CONTROLLER_SCROLL (controller),
                                               GTK_EVENT_CONTROLLER_SCROLL_HORIZONTAL | GTK_EVENT_CONTROLLER_SCROLL_KINETIC);
    }
}

GtkWidget *
sen_sideways_new (GtkWidget *child)
{
  GtkWidget *window = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (window), GTK_POLICY_AUTOMATIC, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (window), TRUE);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (window), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (window), child);
  leave_vertical_alone (window);
  GtkEventController *controller = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect (controller, "scroll", G_CALLBACK (on_scroll), window);
  gtk_widget_add_controller (window, controller);
  return window;
}
