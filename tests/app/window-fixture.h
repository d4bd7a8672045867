/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-window-private.h"

/* Before it opens: SenDebug.speechd_address; by default nobody is there. */
void window_fixture_set_speech (const char *address);

/* The window of one application, shown, with the models of @models_dir. It lives until the program ends. */
SenWindow *window_fixture_open (const char *models_dir);

/* The first widget of @type in @widget, itself included, of which @matches (may be NULL) says so; NULL for none. */
GtkWidget *window_fixture_find (GtkWidget *widget, GType type, gboolean (*matches) (GtkWidget *, gconstpointer), gconstpointer data);

/* The row of preferences with that title in @widget, or NULL. */
GtkWidget *window_fixture_find_row (GtkWidget *widget, const char *title);

/* Lets the main loop run until @condition holds, which takes @seconds at most where nothing else runs; fails long after. */
void window_fixture_wait (gboolean (*condition) (gpointer), gpointer data, double seconds);
void window_fixture_sleep (unsigned milliseconds);

gboolean window_is_idle (gpointer window);       /* nothing is being loaded or written */
gboolean window_has_text (gpointer window);      /* the answer has begun */

void           window_send (SenWindow *window, const char *text);
unsigned       window_n_rows (SenWindow *window);
SenMessageRow *window_last_row (SenWindow *window);
