/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Speaking, heard by the real model in $SENSORIUM_TEST_MODELS. Where words are asked for, the microphone is the test's own
 * (microphone.h); the rest is seen on a sound server of the test's own. */
#include <string.h>

#include "history-fixture.h"
#include "microphone.h"
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
  char         *partial;
} Log;

static void
on_changed (SenDictation *dictation, Log *log)
{
  if (*sen_dictation_text (dictation) == '\0' || g_strcmp0 (log->partial, sen_dictation_text (dictation)) == 0)
    return;
  g_free (log->partial);
  log->partial = g_strdup (sen_dictation_text (dictation));
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
start (Log *log, const char *models_dir, const char *helper)
{
  const SenDebug own = { .capture_helper = helper };
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  g_autoptr (SenModelStore) store = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = models_dir });
  *log = (Log) { .dictation = sen_dictation_new (&own, store) };
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

/* --- Somebody who speaks -------------------------------------------------------------------------------------------------------------- */

/* Silence, then each of @clips with a pause after it. */
static GArray *
speech (const char *const *clips, double pause)
{
  GArray *sound = sound_noise (0.4, 3, -75, 1);
  for (; *clips != NULL; clips++)
    {
      g_autoptr (GArray) clip = sound_read (*clips), rest = sound_noise (pause, 3, -75, 2);
      sound_scale (clip, -8.0);
      sound_mix (sound, clip, sound->len / 16000.0);
      sound_mix (sound, rest, sound->len / 16000.0);
    }
  return sound;
}

/* A dictation that has heard all of @sound but what a pipe holds. */
static void
start_hearing (Microphone *microphone, Log *log, GArray *sound)
{
  microphone_set_up (microphone, sound);
  g_array_unref (sound);
  start (log, g_getenv ("SENSORIUM_TEST_MODELS"), microphone->helper);
  wait_for (microphone_has_spoken, microphone);
  wait_for (is_recording, log->dictation);
}

static void
end_hearing (Microphone *microphone, Log *log)
{
  end (log);
  microphone_tear_down (microphone);
}

/* Into a loudspeaker of the sound server's, which the microphone hears: nobody says how much of it arrives in time. */
static size_t
give_samples (float *samples, size_t n, gpointer data)
{
  GArray *sound = data;
  n = MIN (n, sound->len);
  memcpy (samples, sound->data, n * sizeof (float));
  g_array_remove_range (sound, 0, (guint) n);
  return n;
}

static bool
has_played (gpointer playback)
{
  return sen_playback_state (playback) == SEN_CAPTURE_ENDED;
}

static void
play (GArray *sound)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenPlayback) playback = sen_playback_new (debug.capture_helper, give_samples, NULL, sound, &error);
  g_assert_no_error (error);
  wait_for (has_played, playback);
  g_array_unref (sound);
}

/* A sound server of its own, and a dictation that records from it. */
static void
start_recording (Pulse *pulse, Log *log)
{
  pulse_set_up (pulse);
  pulse_start (pulse);
  g_autofree char *speaker = pulse_add_speaker (pulse), *mic = pulse_add_microphone (pulse);
  start (log, g_getenv ("SENSORIUM_TEST_MODELS"), debug.capture_helper);
  wait_for (is_recording, log->dictation);
}

/* The article of this voice is heard as either, as what is around it may be. */
static void
expect_boat (const char *heard)
{
  g_test_message ("%s", heard);
  g_assert_cmpstr (strchr (heard, ' '), ==, " small boat left the harbor before sunrise.");
}

static void
test_speak (void)
{
  Microphone microphone;
  Log log;
  start_hearing (&microphone, &log, speech ((const char *const[]) { "boat.wav", NULL }, 2.0));
  sen_dictation_finish (log.dictation);
  sen_dictation_finish (log.dictation);   /* once more changes nothing */
  wait_for (is_idle, log.dictation);
  g_assert_no_error (log.error);
  expect_boat (log.heard);
  end_hearing (&microphone, &log);
}

static bool
has_partial (gpointer log)
{
  return ((Log *) log)->partial != NULL;
}

/* Words are there before anybody has ended it, and all of them are in the end. */
static void
test_sentences (void)
{
  Microphone microphone;
  Log log;
  start_hearing (&microphone, &log, speech ((const char *const[]) { "pages.wav", "boat.wav", NULL }, 2.5));
  wait_for (has_partial, &log);
  sen_dictation_finish (log.dictation);
  wait_for (is_idle, log.dictation);
  g_assert_no_error (log.error);
  const char *first = "How many pages did you read? ";
  g_assert_true (g_str_has_prefix (log.heard, first));
  expect_boat (log.heard + strlen (first));
  end_hearing (&microphone, &log);
}

/* Silence gives no words, whatever the model would make of it. */
static void
test_silence (void)
{
  Microphone microphone;
  Log log;
  start_hearing (&microphone, &log, sound_noise (4.0, 3, -75, 1));
  sen_dictation_finish (log.dictation);
  wait_for (is_idle, log.dictation);
  g_assert_no_error (log.error);
  g_assert_cmpstr (log.heard, ==, "");
  end_hearing (&microphone, &log);
}

/* The sound instead of its words, without the stillness around them. */
static void
test_keep (void)
{
  Microphone microphone;
  Log log;
  start_hearing (&microphone, &log, speech ((const char *const[]) { "nein.wav", NULL }, 2.0));
  sen_dictation_keep (log.dictation);
  wait_for (is_idle, log.dictation);
  g_assert_no_error (log.error);
  g_assert_null (log.heard);
  double seconds = (g_bytes_get_size (log.sound) - 44) / 32000.0;
  g_test_message ("%.2f s are kept", seconds);
  g_assert_cmpfloat (seconds, >, 0.5);
  g_assert_cmpfloat (seconds, <, 1.9);
  end_hearing (&microphone, &log);
}

static bool
is_loud (gpointer dictation)
{
  return sen_dictation_level (dictation).peak > 0.2f;
}

/* Its loudness is seen, and a recording that nobody wants leaves nothing. */
static void
test_cancel (void)
{
  Microphone microphone;
  Log log;
  start_hearing (&microphone, &log, sound_tone (2.0, 440, -12));
  wait_for (is_loud, log.dictation);
  sen_dictation_cancel (log.dictation);
  g_assert_true (is_idle (log.dictation));
  g_assert_cmpfloat (sen_dictation_level (log.dictation).peak, ==, 0.0f);
  /* At once again: the one before has ended by then. */
  sen_dictation_start (log.dictation, "");
  wait_for (is_recording, log.dictation);
  sen_dictation_cancel (log.dictation);
  g_assert_null (log.sound);
  g_assert_null (log.heard);
  g_assert_null (log.error);
  end_hearing (&microphone, &log);
}

#define MOST_ROUNDS 20

/* The sound server goes in the middle: what was said is there, and a sentence. What the server did not deliver in time on a busy
 * machine is missing, so no word is asked for, and it is said until something was heard. */
static void
test_server_dies (void)
{
  Pulse pulse;
  Log log;
  start_recording (&pulse, &log);
  for (int i = 0; i < MOST_ROUNDS && !has_partial (&log); i++)
    play (speech ((const char *const[]) { "boat.wav", NULL }, 2.5));
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
  start (&log, g_getenv ("SENSORIUM_TEST_MODELS"), debug.capture_helper);
  wait_for (is_idle, log.dictation);
  g_assert_error (log.error, SEN_ERROR, SEN_ERROR_DEVICE);
  g_assert_nonnull (sen_capture_sentence (log.error, &detail));
  g_assert_null (log.heard);
  end (&log);
  /* No model: the microphone is not even asked for. */
  start (&log, pulse.folder, debug.capture_helper);
  wait_for (is_idle, log.dictation);
  g_assert_error (log.error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_assert_null (sen_capture_sentence (log.error, &detail));
  g_test_message ("%s", log.error->message);
  end (&log);
  pulse_tear_down (&pulse);
}

static void
on_gone (gpointer thread, GObject *dictation)
{
  *(GThread **) thread = g_thread_self ();
}

static bool
is_gone (gpointer thread)
{
  return *(GThread **) thread != NULL;
}

/* It ends on the main thread, whoever holds it last. */
static void
test_rest (void)
{
  for (int i = 0; i < 100; i++)
    {
      GThread *thread = NULL;
      SenDictation *dictation = sen_dictation_new (&debug, NULL);
      g_object_weak_ref (G_OBJECT (dictation), on_gone, &thread);
      sen_dictation_rest (dictation);
      g_object_unref (dictation);
      wait_for (is_gone, &thread);
      g_assert_true (thread == g_thread_self ());
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  debug = sen_debug_from_env ();
  /* First those with an environment of their own, while there are few threads. */
  g_test_add_func ("/dictation/nothing-there", test_nothing_there);
  g_test_add_func ("/dictation/server-dies", test_server_dies);
  g_test_add_func ("/dictation/speak", test_speak);
  g_test_add_func ("/dictation/sentences", test_sentences);
  g_test_add_func ("/dictation/silence", test_silence);
  g_test_add_func ("/dictation/keep", test_keep);
  g_test_add_func ("/dictation/cancel", test_cancel);
  g_test_add_func ("/dictation/rest", test_rest);
  int result = g_test_run ();
  pulse_forget ();
  return result;
}
