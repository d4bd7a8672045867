/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-window-private.h"

/* Before it opens: SenDebug.speechd_address; by default nobody is there. */
void window_fixture_set_speech (const char *address);

/* The window of one application, shown, with the models of @models_dir. It lives until the program ends. */
SenWindow *window_fixture_open (const char *models_dir);

/* The same with one model, fake.gguf, for the fake engine; its folder goes with the program. */
SenWindow *window_fixture_open_fake (void);

/* The first widget of @type in @widget, itself included, of which @matches (may be NULL) says so; NULL for none. */
GtkWidget *window_fixture_find (GtkWidget *widget, GType type, gboolean (*matches) (GtkWidget *, gconstpointer), gconstpointer data);

/* The row of preferences with that title in @widget, or NULL. */
GtkWidget *window_fixture_find_row (GtkWidget *widget, const char *title);

/* Lets the main loop run until @condition, any expression, holds. What never comes fails, with its words and with what the windows show. */
#define window_fixture_until(condition) window_fixture_until_in (condition, #condition, 5.0)

/* The same for a function of @data; takes @seconds at most where nothing else runs, and fails long after. */
#define window_fixture_wait(condition, data, seconds) window_fixture_until_in (condition (data), #condition, seconds)

#define window_fixture_until_in(condition, words, seconds)                                                                                \
  G_STMT_START                                                                                                                            \
    {                                                                                                                                     \
      gint64 since_us = g_get_monotonic_time ();                                                                                          \
      while (!(condition))                                                                                                                \
        if (window_fixture_turn (since_us, seconds, words))                                                                               \
          g_assertion_message (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC, words " does not come to hold");                              \
    }                                                                                                                                     \
  G_STMT_END

/* One turn of the main loop, 20 ms at most; TRUE: enough has been waited since then. */
gboolean window_fixture_turn (gint64 since_us, double seconds, const char *words);

/* Until @n frames of the window of @widget have been laid out and drawn, after which places and sizes are what they are to be. */
void window_fixture_draw (GtkWidget *widget, guint n);

/* Only where nothing is to happen, or to let things move for a figure: what is to come is waited for. */
void window_fixture_sleep (unsigned milliseconds);

gboolean window_is_idle (gpointer window);       /* nothing is being loaded or written */
gboolean window_has_text (gpointer window);      /* the answer has begun */

void           window_send (SenWindow *window, const char *text);
unsigned       window_n_rows (SenWindow *window);
SenMessageRow *window_last_row (SenWindow *window);
