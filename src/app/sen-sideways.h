/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** @child, scrolled sideways where it is wider than there is room, in its full height. The wheel goes on to scroll the page;
 *  with Shift, or sideways, it scrolls this. */
GtkWidget *sen_sideways_new (GtkWidget *child);

G_END_DECLS
