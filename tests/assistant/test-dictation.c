/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Speaking into the microphone of a sound server of the test's own, heard by the real model in $SENSORIUM_TEST_MODELS. */
#include <string.h>

#include "history-fixture.h"
#include "pulse.h"
#include "sen-dictation.h"
#include "sen-error.h"
#include "sound.h"

static SenDebug debug;

/* What a dictation said. */
typedef struct {
  SenDictation *dictation;
  char         *heard;
  GBytes       *sound;
  GError       *error;
  float         peak;
  unsigned      n_partial;   /* texts before the last */
  char         *partial;
} Log;

static void
on_changed (SenDictation *dictation, Log *log)
{
  log->peak = MAX (log->peak, sen_dictation_level (dictation).peak);
  if (*sen_dictation_text (dictation) == '\0' || g_strcmp0 (log->partial, sen_dictation_text (dictation)) == 0)
    return;
  g_free (log->partial);
  log->partial = g_strdup (sen_dictation_text (dictation));
  log->n_partial++;
  g_test_message ("%.1f s: %s", sen_dictation_seconds (dictation), log->partial);
}

static void
on_heard (SenDictation *dictation, const char *text, Log *log)
{
  log->heard = g_strdup (text);
}

static void
on_recorded (SenDictation *dictation, GBytes *sound, Log *log)
{
  log->sound = g_bytes_ref (sound);
}

static void
on_failed (SenDictation *dictation, GError *error, Log *log)
{
  log->error = g_error_copy (error);
}

static void
start (Log *log, const char *models_dir)
{
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  g_autoptr (SenModelStore) store = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = models_dir });
  *log = (Log) { .dictation = sen_dictation_new (&debug, store) };
  g_signal_connect (log->dictation, "changed", G_CALLBACK (on_changed), log);
  g_signal_connect (log->dictation, "heard", G_CALLBACK (on_heard), log);
  g_signal_connect (log->dictation, "recorded", G_CALLBACK (on_recorded), log);
  g_signal_connect (log->dictation, "failed", G_CALLBACK (on_failed), log);
  sen_dictation_start (log->dictation, "");
}

static void
end (Log *log)
{
  g_object_unref (log->dictation);
  g_clear_pointer (&log->sound, g_bytes_unref);
  g_clear_error (&log->error);
  g_free (log->heard);
  g_free (log->partial);
}

static bool
is_recording (gpointer dictation)
{
  return sen_dictation_state (dictation) == SEN_DICTATION_RECORDING;
}

static bool
is_idle (gpointer dictation)
{
  return sen_dictation_state (dictation) == SEN_DICTATION_IDLE;
}

/* --- Somebody who speaks ---------------------------------------------------------------------------------------------------------------- */

typedef struct {
  GArray *sound;
  guint   at;
} Voice;

static size_t
give_samples (float *samples, size_t n, gpointer data)
{
  Voice *voice = data;
  n = MIN (n, voice->sound->len - voice->at);
  memcpy (samples, voice->sound->data + voice->at * sizeof (float), n * sizeof (float));
  voice->at += n;
  return n;
}

static bool
has_spoken (gpointer playback)
{
  return sen_playback_state (playback) == SEN_CAPTURE_ENDED;
}

/* Silence, then each of @clips with a pause after it. */
static void
speak (const char *const *clips, double pause)
{
  g_autoptr (GError) error = NULL;
  Voice voice = { .sound = sound_noise (0.4, 3, -75, 1) };
  for (; *clips != NULL; clips++)
    {
      g_autoptr (GArray) clip = sound_read (*clips);
      double at = voice.sound->len / 16000.0;
      sound_scale (clip, -8.0);
      sound_mix (voice.sound, clip, at);
      g_autoptr (GArray) rest = sound_noise (pause, 3, -75, 2);
      sound_mix (voice.sound, rest, voice.sound->len / 16000.0);
    }
  g_autoptr (SenPlayback) playback = sen_playback_new (debug.capture_helper, give_samples, NULL, &voice, &error);
  g_assert_no_error (error);
  wait_for (has_spoken, playback);
  g_array_unref (voice.sound);
}

static void
expect_words (const char *text, const char *const *words)
{
  g_autofree char *lower = g_utf8_strdown (text != NULL ? text : "", -1);
  for (; *words != NULL; words++)
    if (strstr (lower, *words) == NULL)
      g_test_fail_printf ("“%s” is not in “%s”", *words, lower);
}

/* A sound server of its own, and a dictation that records from it. */
static void
start_recording (Pulse *pulse, Log *log)
{
  pulse_set_up (pulse);
  pulse_start (pulse);
  g_autofree char *speaker = pulse_add_speaker (pulse), *mic = pulse_add_microphone (pulse);
  start (log, g_getenv ("SENSORIUM_TEST_MODELS"));
  wait_for (is_recording, log->dictation);
}

static void
test_speak (void)
{
  Pulse pulse;
  Log log;
  start_recording (&pulse, &log);
  speak ((const char *const[]) { "boat.wav", NULL }, 1.2);
  sen_dictation_finish (log.dictation);
  sen_dictation_finish (log.dictation);   /* once more changes nothing */
  wait_for (is_idle, log.dictation);
  g_assert_no_error (log.error);
  g_test_message ("%u texts on the way, then: %s", log.n_partial, log.heard);
  g_assert_cmpfloat (log.peak, >, 0.1);
  expect_words (log.heard, (const char *const[]) { "sunrise", NULL });
  end (&log);
  pulse_tear_down (&pulse);
}

/* Silence gives no words, whatever the model would make of it. */
static void
test_silence (void)
{
  Pulse pulse;
  Log log;
  start_recording (&pulse, &log);
  speak ((const char *const[]) { NULL }, 0.0);
  sen_dictation_finish (log.dictation);
  wait_for (is_idle, log.dictation);
  g_assert_no_error (log.error);
  g_assert_cmpstr (log.heard, ==, "");
  end (&log);
  pulse_tear_down (&pulse);
}

/* The sound instead of its words, without the stillness around them; and a recording that nobody wants. */
static void
test_keep (void)
{
  Pulse pulse;
  Log log;
  start_recording (&pulse, &log);
  speak ((const char *const[]) { "nein.wav", NULL }, 1.2);
  sen_dictation_keep (log.dictation);
  wait_for (is_idle, log.dictation);
  g_assert_no_error (log.error);
  g_assert_null (log.heard);
  double seconds = (g_bytes_get_size (log.sound) - 44) / 32000.0;
  g_test_message ("%.2f s are kept", seconds);
  g_assert_cmpfloat (seconds, >, 0.5);
  g_assert_cmpfloat (seconds, <, 1.9);
  g_clear_pointer (&log.sound, g_bytes_unref);

  sen_dictation_start (log.dictation, "");
  wait_for (is_recording, log.dictation);
  sen_dictation_cancel (log.dictation);
  g_assert_true (is_idle (log.dictation));
  /* At once again: the one before has ended by then. */
  sen_dictation_start (log.dictation, "");
  wait_for (is_recording, log.dictation);
  sen_dictation_cancel (log.dictation);
  g_assert_null (log.sound);
  g_assert_null (log.heard);
  g_assert_null (log.error);
  end (&log);
  pulse_tear_down (&pulse);
}

/* The sound server goes in the middle: what was said is there, and a sentence. What the server did not deliver in time on a busy
 * machine is missing, so no word is asked for. */
static void
test_server_dies (void)
{
  Pulse pulse;
  Log log;
  start_recording (&pulse, &log);
  speak ((const char *const[]) { "boat.wav", NULL }, 1.0);
  pulse_kill (&pulse);
  wait_for (is_idle, log.dictation);
  g_assert_error (log.error, SEN_ERROR, SEN_ERROR_DEVICE);
  g_test_message ("%s: %s", log.error->message, log.heard);
  g_assert_cmpuint (strlen (log.heard), >, 0);
  end (&log);
  pulse_tear_down (&pulse);
}

static void
test_nothing_there (void)
{
  Pulse pulse;
  Log log;
  g_autofree char *detail = NULL;
  pulse_set_up (&pulse);
  /* No sound server. */
  start (&log, g_getenv ("SENSORIUM_TEST_MODELS"));
  wait_for (is_idle, log.dictation);
  g_assert_error (log.error, SEN_ERROR, SEN_ERROR_DEVICE);
  g_assert_nonnull (sen_capture_sentence (log.error, &detail));
  g_assert_null (log.heard);
  end (&log);
  /* No model: the microphone is not even asked for. */
  start (&log, pulse.folder);
  wait_for (is_idle, log.dictation);
  g_assert_error (log.error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_assert_null (sen_capture_sentence (log.error, &detail));
  g_test_message ("%s", log.error->message);
  end (&log);
  pulse_tear_down (&pulse);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  debug = sen_debug_from_env ();
  g_test_add_func ("/dictation/speak", test_speak);
  g_test_add_func ("/dictation/silence", test_silence);
  g_test_add_func ("/dictation/keep", test_keep);
  g_test_add_func ("/dictation/server-dies", test_server_dies);
  g_test_add_func ("/dictation/nothing-there", test_nothing_there);
  int result = g_test_run ();
  pulse_forget ();
  return result;
}
