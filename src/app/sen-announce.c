/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-announce.h"

#include <dlfcn.h>

/* GtkAccessibleAnnouncementPriority: what is said is not cut off. */
#define PRIORITY_MEDIUM 1

typedef void (*Announce) (GtkAccessible *self, const char *message, int priority);

static void
on_active (GtkWindow *window)
{
  if (gtk_window_is_active (window))
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (window), GTK_ACCESSIBLE_PROPERTY_LABEL, gtk_window_get_title (window), -1);
  g_signal_handlers_disconnect_by_func (window, on_active, NULL);
}

static void
rename_window (GtkWindow *window, const char *text)
{
  if (!gtk_window_is_active (window))
    return;
  g_signal_handlers_disconnect_by_func (window, on_active, NULL);
  g_signal_connect (window, "notify::is-active", G_CALLBACK (on_active), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (window), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
sen_announce (GtkWindow *window, const char *text)
{
  static Announce announce;
  static gboolean is_looked_up;
  if (!is_looked_up)
    announce = (Announce) dlsym (RTLD_DEFAULT, "gtk_accessible_announce");
  is_looked_up = TRUE;
  if (announce != NULL)
    announce (GTK_ACCESSIBLE (window), text, PRIORITY_MEDIUM);
  else
    rename_window (window, text);
}
