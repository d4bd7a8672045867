/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The player of recordings, with the real decoder and a sound server of the test's own. */
#include <math.h>
#include <string.h>

#include "pulse.h"
#include "sen-capture.h"
#include "sen-player-wave.h"
#include "sen-player.h"
#include "sen-wav.h"
#include "sound.h"
#include "window-fixture.h"

static const char *data_dir;
static SenDebug debug;

static gboolean
has_arrived (gpointer attachment)
{
  return sen_attachment_sha256 (attachment) != NULL;
}

/* A file of the tests, or without @name a minute of a tone. */
static SenAttachment *
add (SenHistory *history, const char *name)
{
  SenAttachmentFiles *files = sen_history_files (history);
  g_autoptr (SenAttachment) attachment = NULL;
  if (name != NULL)
    {
      g_autofree char *path = g_build_filename (data_dir, name, NULL);
      g_autoptr (GFile) file = g_file_new_for_path (path);
      attachment = sen_attachment_files_add (files, file);
    }
  else
    {
      g_autoptr (GArray) tone = sound_tone (60.0, 440.0, -12.0);
      g_autoptr (GBytes) wav = sen_wav_new ((const float *) tone->data, tone->len);
      attachment = sen_attachment_files_add_bytes (files, wav, "tone.wav");
    }
  window_fixture_wait (has_arrived, attachment, 20.0);
  return g_steal_pointer (&attachment);
}

static GtkWidget *
find (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find (child, type);
  return found;
}

static gboolean
is_visible (gpointer widget)
{
  return gtk_widget_get_visible (widget);
}

static gboolean
icon_is (GtkWidget *player, const char *name)
{
  return g_str_equal (gtk_button_get_icon_name (GTK_BUTTON (find (player, GTK_TYPE_BUTTON))), name);
}

static gboolean
is_paused (gpointer player)
{
  return icon_is (player, "media-playback-start-symbolic");
}

static const char *
time_text (GtkWidget *player)
{
  return gtk_label_get_text (GTK_LABEL (find (player, GTK_TYPE_LABEL)));
}

static gboolean
is_past_start (gpointer player)
{
  return !g_str_has_prefix (time_text (player), "0:20 /");
}

typedef struct {
  SenPerception *perception;
  GtkWidget     *window, *player;
} Fixture;

static Fixture
open_player (SenPerception *perception, const char *name, gboolean is_small)
{
  g_autoptr (SenHistory) history = sen_history_new (NULL);
  g_autoptr (SenAttachment) attachment = add (history, name);
  Fixture fixture = { .perception = g_object_ref (perception), .window = gtk_window_new () };
  fixture.player = sen_player_new (perception, attachment, is_small);
  gtk_window_set_child (GTK_WINDOW (fixture.window), fixture.player);
  gtk_window_present (GTK_WINDOW (fixture.window));
  return fixture;
}

static SenPerception *
new_perception (void)
{
  return sen_perception_new (sen_senses_new (&debug, NULL), NULL);
}

static void
close_player (Fixture *fixture)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  g_object_unref (fixture->perception);
}

static gboolean
is_alone (gpointer perception)
{
  return G_OBJECT (perception)->ref_count == 1;
}

/* What was playing ends by itself, its thread included. */
static void
end (SenPerception *perception)
{
  window_fixture_wait (is_alone, perception, 20.0);
  g_object_unref (perception);
}

/* Of all that was recorded since it was last asked. */
static float
heard_peak (SenCapture *capture)
{
  float samples[1000], peak = 0.0f;
  for (size_t n; (n = sen_capture_read (capture, samples, G_N_ELEMENTS (samples))) > 0;)
    for (size_t i = 0; i < n; i++)
      peak = fmaxf (peak, fabsf (samples[i]));
  return peak;
}

/* What the loudspeaker was given arrives at the microphone that hears it. */
static void
test_play (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  pulse_start (&pulse);
  g_autofree char *speaker = pulse_add_speaker (&pulse), *mic = pulse_add_microphone (&pulse);
  g_autoptr (GError) error = NULL;
  g_autoptr (SenCapture) capture = sen_capture_new (&(SenCaptureParams) { .helper = debug.capture_helper }, &error);
  g_assert_no_error (error);
  SenPerception *perception = new_perception ();
  Fixture fixture = open_player (perception, "speech/pages.wav", FALSE);
  window_fixture_wait (is_visible, fixture.player, 20.0);
  g_assert_true (is_paused (fixture.player));
  g_test_message ("%s", time_text (fixture.player));
  g_signal_emit_by_name (find (fixture.player, GTK_TYPE_BUTTON), "clicked");
  g_assert_false (is_paused (fixture.player));
  window_fixture_wait (is_paused, fixture.player, 60.0);   /* to its end */
  float peak = 0.0f;
  window_fixture_until ((peak = fmaxf (peak, heard_peak (capture))) > 0.05f);
  g_test_message ("the microphone heard a peak of %.2f", (double) peak);
  close_player (&fixture);
  end (perception);
  pulse_tear_down (&pulse);
}

static void
test_seek (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  pulse_start (&pulse);
  g_autofree char *speaker = pulse_add_speaker (&pulse);
  SenPerception *perception = new_perception ();
  Fixture fixture = open_player (perception, NULL, FALSE), other = open_player (perception, "speech/pages.wav", TRUE);
  window_fixture_wait (is_visible, fixture.player, 20.0);
  window_fixture_wait (is_visible, other.player, 20.0);
  GtkWidget *wave = find (fixture.player, SEN_TYPE_PLAYER_WAVE), *button = find (fixture.player, GTK_TYPE_BUTTON);
  g_signal_emit_by_name (wave, "seek", 20.0);
  g_assert_true (is_paused (fixture.player));
  g_assert_cmpstr (time_text (fixture.player), ==, "0:20 / 1:00");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (wave), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 20.0);
  g_signal_emit_by_name (button, "clicked");
  window_fixture_wait (is_past_start, fixture.player, 60.0);
  /* Another one begins: this one waits where it is. */
  g_signal_emit_by_name (find (other.player, GTK_TYPE_BUTTON), "clicked");
  window_fixture_wait (is_paused, fixture.player, 60.0);
  g_test_message ("it waits at %s", time_text (fixture.player));
  g_assert_true (g_str_has_suffix (time_text (fixture.player), " / 1:00"));
  close_player (&fixture);
  close_player (&other);
  end (perception);
  pulse_tear_down (&pulse);
}

/* Without a sound server there is a sentence, and the button is ready again. */
static void
test_no_server (void)
{
  Pulse pulse;
  pulse_set_up (&pulse);
  SenPerception *perception = new_perception ();
  Fixture fixture = open_player (perception, "speech/pages.wav", FALSE);
  window_fixture_wait (is_visible, fixture.player, 20.0);
  g_signal_emit_by_name (find (fixture.player, GTK_TYPE_BUTTON), "clicked");
  window_fixture_wait (is_paused, fixture.player, 60.0);
  GtkWidget *note = gtk_widget_get_last_child (gtk_widget_get_first_child (fixture.player));
  g_test_message ("%s", gtk_label_get_text (GTK_LABEL (note)));
  g_assert_true (gtk_widget_get_visible (note));
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (note)), "check that PipeWire or PulseAudio runs"));
  close_player (&fixture);
  end (perception);
  pulse_tear_down (&pulse);
}

/* A picture has nothing to play, nor has a file that is none. */
static void
test_silent (void)
{
  SenPerception *perception = new_perception ();
  Fixture fixture = open_player (perception, "media/grey.png", FALSE);
  window_fixture_sleep (500);
  g_assert_false (gtk_widget_get_visible (fixture.player));
  close_player (&fixture);
  end (perception);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  data_dir = argv[1];
  debug = sen_debug_from_env ();
  g_test_add_func ("/player/play", test_play);
  g_test_add_func ("/player/seek", test_seek);
  g_test_add_func ("/player/no-server", test_no_server);
  g_test_add_func ("/player/silent", test_silent);
  int result = g_test_run ();
  pulse_forget ();
  return result;
}
