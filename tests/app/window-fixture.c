/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "window-fixture.h"

#include <glib/gstdio.h>

/* Machines that test much at once stand still for seconds: only what never comes shall fail. */
#define PATIENCE 20

/* Of all waits; less than the limits in meson.build, so that the runner of the tests does not lose its patience first. */
#define MOST_S 300

/* Longer than anything takes where nothing else runs. */
#define LONG_S 30

#define FAKE_MODEL "fake.gguf"

static SenDebug debug;
static const char *speech = "unix_socket:/nowhere/speechd.sock";

void
window_fixture_set_speech (const char *address)
{
  speech = address;
}

SenWindow *
window_fixture_open (const char *models_dir)
{
  g_autoptr (GError) error = NULL;
  debug = (SenDebug) { .models_dir = g_strdup (models_dir), .decode_helper = g_strdup (g_getenv ("SENSORIUM_DECODE_HELPER")),
                       .capture_helper = g_strdup (g_getenv ("SENSORIUM_CAPTURE_HELPER")), .speechd_address = speech };
  SenApplication *application = sen_application_new (&debug);
  g_application_set_flags (G_APPLICATION (application), G_APPLICATION_NON_UNIQUE);
  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);
  g_application_activate (G_APPLICATION (application));
  SenWindow *window = SEN_WINDOW (gtk_application_get_active_window (GTK_APPLICATION (application)));
  g_assert_nonnull (window);
  return window;
}

static void
remove_fake (void)
{
  g_autofree char *model = g_build_filename (debug.models_dir, FAKE_MODEL, NULL);
  g_unlink (model);
  g_rmdir (debug.models_dir);
}

SenWindow *
window_fixture_open_fake (void)
{
  g_autofree char *models = g_dir_make_tmp ("sensorium-test-XXXXXX", NULL), *model = g_build_filename (models, FAKE_MODEL, NULL);
  g_assert_true (g_file_set_contents (model, "GGUF", 4, NULL));
  SenWindow *window = window_fixture_open (models);
  atexit (remove_fake);
  return window;
}

GtkWidget *
window_fixture_find (GtkWidget *widget, GType type, gboolean (*matches) (GtkWidget *, gconstpointer), gconstpointer data)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type) && (matches == NULL || matches (widget, data)))
    return widget;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = window_fixture_find (child, type, matches, data);
  return found;
}

static gboolean
has_title (GtkWidget *row, gconstpointer title)
{
  return g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), title) == 0;
}

GtkWidget *
window_fixture_find_row (GtkWidget *widget, const char *title)
{
  return window_fixture_find (widget, ADW_TYPE_PREFERENCES_ROW, has_title, title);
}

/* --- Waiting ------------------------------------------------------------------------------------------------------------------------- */

/* All that can be read in @widget, and whether it is what has the keyboard. */
static void
describe (GtkWidget *widget, GString *text)
{
  if (!gtk_widget_get_mapped (widget))
    return;
  if (GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)) != '\0')
    g_string_append_printf (text, "“%.60s” ", gtk_label_get_text (GTK_LABEL (widget)));
  if (gtk_widget_has_focus (widget))
    g_string_append_printf (text, "(keyboard: %s) ", G_OBJECT_TYPE_NAME (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    describe (child, text);
}

static void
describe_windows (void)
{
  GListModel *windows = gtk_window_get_toplevels ();
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);
      g_autoptr (GString) text = g_string_new (NULL);
      describe (GTK_WIDGET (window), text);
      g_strdelimit (text->str, "\r\n", ' ');
      g_test_message ("%s %s: %s", G_OBJECT_TYPE_NAME (window), gtk_window_get_title (window), text->str);
    }
}

static gboolean
set_true (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

gboolean
window_fixture_turn (gint64 since_us, double seconds, const char *words)
{
  static gint64 told_us;   /* when the wait began of which it was told that it is long */
  double waited = (double) (g_get_monotonic_time () - since_us) / G_USEC_PER_SEC;
  gboolean is_late = waited > MIN (PATIENCE * seconds, MOST_S), is_over = FALSE;
  /* A test that is ended from outside has said by then what it was waiting for. */
  if (waited > LONG_S && told_us != since_us)
    {
      told_us = since_us;
      g_test_message ("waits %d s and more until %s", LONG_S, words);
    }
  if (is_late)
    describe_windows ();
  guint tick = g_timeout_add (20, set_true, &is_over);
  g_main_context_iteration (NULL, TRUE);
  if (!is_over)
    g_source_remove (tick);
  return is_late;
}

static gboolean
count_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  guint *n_left = data;
  return --*n_left > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void
window_fixture_draw (GtkWidget *widget, guint n)
{
  guint n_left = n + 1;   /* ticks come before their frame is laid out */
  gtk_widget_add_tick_callback (widget, count_frame, &n_left, NULL);
  window_fixture_until (n_left == 0);
}

void
window_fixture_sleep (unsigned milliseconds)
{
  gboolean done = FALSE;
  g_timeout_add (milliseconds, set_true, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

gboolean
window_is_idle (gpointer window)
{
  SenWindow *self = SEN_WINDOW (window);
  return self->shown_models != NULL && self->job == NULL && self->answer == NULL;
}

gboolean
window_has_text (gpointer window)
{
  SenMessage *answer = SEN_WINDOW (window)->answer;
  return answer != NULL && sen_message_length (answer) > 0;
}

void
window_send (SenWindow *window, const char *text)
{
  sen_composer_set_text (window->composer, text);
  sen_composer_submit (window->composer);
}

unsigned
window_n_rows (SenWindow *window)
{
  unsigned n = 0;
  while (sen_conversation_view_nth_row (window->view, n) != NULL)
    n++;
  return n;
}

SenMessageRow *
window_last_row (SenWindow *window)
{
  return sen_conversation_view_nth_row (window->view, 0);
}
