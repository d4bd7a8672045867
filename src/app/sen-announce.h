/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Has a screen reader say @text, when @window is the active one. By gtk_accessible_announce() where the toolkit has it
 *  (4.14, looked up at run time). Before that there are no announcements; what is said then is the new name of the active
 *  window (and of what has the focus): so @text is its accessible name until the window is not active any more. Its title stays. */
void sen_announce (GtkWindow *window, const char *text);

G_END_DECLS
