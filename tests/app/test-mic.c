/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "microphone.h"
#include "sen-mic-row.h"
#include "sen-preferences.h"
#include "sound.h"
#include "window-fixture.h"

/* Holding a key to speak, heard by the real model in $SENSORIUM_TEST_MODELS, and choosing a microphone. */
static SenWindow *window;
static Microphone microphone;

/* What the window's own keys make of it; whether it went no further. */
static gboolean
key (const char *signal, guint value, GdkModifierType state)
{
  guint id = g_signal_lookup ("key-pressed", GTK_TYPE_EVENT_CONTROLLER_KEY);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (window));
  gboolean is_taken = FALSE;
  for (guint i = 0; i < g_list_model_get_n_items (controllers) && !is_taken; i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      if (!GTK_IS_EVENT_CONTROLLER_KEY (controller) || !g_signal_has_handler_pending (controller, id, 0, FALSE))
        continue;
      if (strcmp (signal, "key-pressed") == 0)
        g_signal_emit_by_name (controller, signal, value, 0, state, &is_taken);
      else
        g_signal_emit_by_name (controller, signal, value, 0, state);
    }
  return is_taken;
}

static gboolean
press (guint value, GdkModifierType state)
{
  return key ("key-pressed", value, state);
}

static void
release (guint value)
{
  key ("key-released", value, 0);
}

static gboolean
is_recording (gpointer data)
{
  return sen_dictation_state (window->dictation) == SEN_DICTATION_RECORDING;
}

static gboolean
is_idle (gpointer data)
{
  return sen_dictation_state (window->dictation) == SEN_DICTATION_IDLE;
}

static gboolean
is_ending (gpointer data)
{
  return sen_dictation_state (window->dictation) == SEN_DICTATION_FINISHING || is_idle (NULL);
}

/* Events decide, though we hear of them late; without them our clock does. */
static void
test_moments (void)
{
  static const struct { SenMoment down, up; bool is_long; } cases[] = {
    { { 1000000, 5000 }, { 9000000, 5100 }, false },
    { { 1000000, 5000 }, { 1000001, 5350 }, true },
    { { 1000000, G_MAXUINT32 - 99 }, { 9000000, 100 }, false },   /* the display's clock has come round */
    { { 1000000, G_MAXUINT32 - 99 }, { 1000001, 251 }, true },
    { { 1000000, 5000 }, { 1000001, 4000 }, false },
    { { 1000000, 0 }, { 1349999, 5000 }, false },
    { { 1000000, 5000 }, { 1350000, 0 }, true },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_true (sen_hold_is_long (&cases[i].down, &cases[i].up) == cases[i].is_long);
}

/* Longer than a click. */
static void
start_holding (void)
{
  g_assert_true (press (GDK_KEY_d, GDK_CONTROL_MASK));
  window_fixture_wait (is_recording, NULL, 60.0);
  window_fixture_sleep (400);
  for (int i = 0; i < 5; i++)
    g_assert_true (press (GDK_KEY_d, GDK_CONTROL_MASK));   /* again and again, as it is held */
  g_assert_true (is_recording (NULL));
}

static void
test_hold (void)
{
  start_holding ();
  window_fixture_until (microphone_has_spoken (&microphone));
  release (GDK_KEY_Control_L);
  window_fixture_wait (is_ending, NULL, 60.0);
  g_assert_true (press (GDK_KEY_d, 0));   /* still held, and no letter */
  release (GDK_KEY_d);
  g_assert_false (press (GDK_KEY_d, 0));
  window_fixture_wait (is_idle, NULL, 120.0);
  g_autofree char *text = sen_composer_get_text (window->composer);
  g_assert_cmpstr (g_strstrip (text), ==, "How many pages did you read?");
  sen_composer_set_text (window->composer, "");

  /* A click begins, and the next one ends, however long the key stays down then. */
  g_assert_true (press (GDK_KEY_d, GDK_CONTROL_MASK));
  window->mic_pressed.us += G_USEC_PER_SEC * 60;   /* however long it took to begin */
  release (GDK_KEY_d);
  window_fixture_wait (is_recording, NULL, 60.0);
  g_assert_true (press (GDK_KEY_d, GDK_CONTROL_MASK));
  window_fixture_wait (is_idle, NULL, 120.0);
  g_assert_true (press (GDK_KEY_d, GDK_CONTROL_MASK));
  g_assert_true (is_idle (NULL));
  release (GDK_KEY_d);
  sen_composer_set_text (window->composer, "");
}

static gboolean
is_inactive (gpointer data)
{
  return !gtk_window_is_active (GTK_WINDOW (window));
}

/* The key goes up where this window does not see it. */
static void
test_focus_lost (void)
{
  gtk_window_present (GTK_WINDOW (window));
  start_holding ();
  GtkWidget *other = gtk_window_new ();
  gtk_window_present (GTK_WINDOW (other));
  if (is_inactive (NULL))
    g_object_notify (G_OBJECT (window), "is-active");   /* there is no window manager to say so */
  window_fixture_wait (is_inactive, NULL, 20.0);
  window_fixture_wait (is_idle, NULL, 120.0);
  g_assert_cmpint (window->mic_pressed.us, ==, 0);
  gtk_window_destroy (GTK_WINDOW (other));

  /* So it can be held again. */
  start_holding ();
  release (GDK_KEY_d);
  window_fixture_wait (is_idle, NULL, 120.0);
}

/* --- Preferences ---------------------------------------------------------------------------------------------------------------------- */

static gboolean
is_stored (gpointer id)
{
  g_autofree char *stored = g_settings_get_string (window->settings->store, "microphone");
  return strcmp (stored, id) == 0;
}

static gboolean
has_three (gpointer row)
{
  return g_list_model_get_n_items (adw_combo_row_get_model (row)) == 3;
}

/* What is chosen is kept at once; a loudspeaker is not called a microphone. */
static void
test_choose (void)
{
  GtkWidget *preferences = sen_preferences_new (window);
  gtk_window_present (GTK_WINDOW (preferences));
  GtkWidget *row = window_fixture_find (preferences, SEN_TYPE_MIC_ROW, NULL, NULL);
  window_fixture_wait (has_three, row, 60.0);
  GListModel *names = adw_combo_row_get_model (ADW_COMBO_ROW (row));
  g_autoptr (GtkStringObject) first = g_list_model_get_item (names, 1), second = g_list_model_get_item (names, 2);
  g_assert_cmpstr (gtk_string_object_get_string (first), ==, "Test microphone");
  g_assert_cmpstr (gtk_string_object_get_string (second), ==, "What the loudspeaker plays (Speaker)");
  g_assert_true (is_stored ((gpointer) ""));
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), 1);
  window_fixture_wait (is_stored, (gpointer) "pulse:mic", 20.0);
  gtk_window_destroy (GTK_WINDOW (preferences));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GArray) sound = sound_read ("pages.wav"), rest = sound_noise (2.0, 3, -75, 1);
  sound_mix (sound, rest, sound->len / 16000.0);
  microphone_set_up (&microphone, sound);
  g_setenv ("SENSORIUM_CAPTURE_HELPER", microphone.helper, TRUE);
  gtk_init ();
  window = window_fixture_open (g_getenv ("SENSORIUM_TEST_MODELS"));
  window_fixture_wait (window_is_idle, window, 120.0);
  g_test_add_func ("/mic/moments", test_moments);
  g_test_add_func ("/mic/hold", test_hold);
  g_test_add_func ("/mic/focus-lost", test_focus_lost);
  g_test_add_func ("/mic/choose", test_choose);
  int result = g_test_run ();
  gtk_window_destroy (GTK_WINDOW (window));
  microphone_tear_down (&microphone);
  return result;
}
