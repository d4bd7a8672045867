/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Whisper base on synthesized sentences, as faster-whisper writes them, and on what nobody says. On Vulkan the same text, and where a
 * device has no room or is lost the CPU takes its place. */
#include <string.h>

#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-import.h"
#include "sen-transcribe.h"
#include "sen-vulkan.h"
#include "sound.h"

static SenWhisper *whisper;
static SenDevice *device, *fallback;   /* fallback: of the Vulkan device, where it is to have one */

typedef struct {
  const GArray *sound;
  guint         at;
  GString      *text;
  char         *language;
  guint         n_words;
  double        last;
  bool          has_moved;
} Hearing;

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  Hearing *h = data;
  n = MIN (n, h->sound->len - h->at);
  memcpy (samples, &g_array_index (h->sound, float, h->at), n * sizeof (float));
  h->at += (guint) n;
  return (gssize) n;
}

static void
on_segment (const SenTranscriptSegment *segment, gpointer data)
{
  Hearing *h = data;
  g_string_append (h->text, segment->text);
  g_assert_cmpfloat (segment->start, >=, 0.0);
  g_assert_cmpfloat (segment->end, >=, segment->start);
  for (uint32_t i = 0; i < segment->n_words; i++)
    {
      g_assert_cmpfloat (segment->words[i].end, >=, segment->words[i].start);
      h->last = segment->words[i].end;
    }
  h->n_words += segment->n_words;
}

static void
on_language (const char *code, float probability, gpointer data)
{
  Hearing *h = data;
  g_free (h->language);
  h->language = g_strdup (code);
}

static char *
hear (const GArray *sound, SenTranscribeParams params, Hearing *h)
{
  g_autoptr (GError) error = NULL;
  *h = (Hearing) { .sound = sound, .text = g_string_new (NULL) };
  params.segment = on_segment;
  params.found = on_language;
  params.user_data = h;
  g_autoptr (SenWhisperSession) session = sen_whisper_session_new (whisper, device, fallback, sen_transcribe_n_rows (&params), &error);
  g_assert_no_error (error);
  sen_transcribe (session, &params, read_sound, h, NULL, &error);
  g_assert_no_error (error);
  h->has_moved = sen_whisper_session_device (session) != device;
  g_assert_true ((sen_whisper_session_moved (session) != NULL) == h->has_moved);
  return g_strstrip (g_string_free (g_steal_pointer (&h->text), FALSE));
}

static void
test_sentences (void)
{
  static const struct { const char *file, *text; } sentences[] = {
    { "boat.wav", "The small boat left the harbor before sunrise." },
    { "pages.wav", "How many pages did you read?" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (sentences); i++)
    for (uint32_t beam_size = 1; beam_size <= 5; beam_size += 4)
      {
        Hearing h;
        g_autoptr (GArray) sound = sound_read (sentences[i].file);
        g_autofree char *text = hear (sound, (SenTranscribeParams) { .beam_size = beam_size, .no_vad = true, .words = true }, &h);
        g_assert_cmpstr (text, ==, sentences[i].text);
        g_assert_cmpstr (h.language, ==, "en");
        g_assert_cmpuint (h.n_words, >=, 6);
        g_assert_cmpfloat (h.last, <=, sound->len / 16000.0 + 0.1);
        g_free (h.language);
      }
}

/* With pauses around it, through voice activity: the words, and where they are. With any room before it, faster-whisper hears “A” too. */
static void
test_among_silence (void)
{
  Hearing h;
  g_autoptr (GArray) sound = sound_noise (40.0, 3.0, -80.0, 5), spoken = sound_read ("boat.wav");
  sound_mix (sound, spoken, 31.0);
  g_autofree char *text = hear (sound, (SenTranscribeParams) { .beam_size = 1, .words = true }, &h);
  g_assert_cmpstr (text, ==, "A small boat left the harbor before sunrise.");
  g_assert_cmpfloat (h.last, >, 32.0);
  g_free (h.language);
}

static void
test_nothing_said (void)
{
  g_autoptr (GArray) nothing = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GArray) noise = sound_noise (60.0, 3.0, -40.0, 3), hum = sound_tone (60.0, 50.0, -30.0);
  const GArray *sounds[] = { nothing, noise, hum };
  for (size_t i = 0; i < G_N_ELEMENTS (sounds); i++)
    {
      Hearing h;
      g_autofree char *text = hear (sounds[i], (SenTranscribeParams) { .beam_size = 1 }, &h);
      g_assert_cmpstr (text, ==, "");
      g_free (h.language);
    }
}

static void
test_unknown_language (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenWhisperSession) session = sen_whisper_session_new (whisper, device, NULL, 1, &error);
  const SenTranscribeParams params = { .language = "klingon", .segment = on_segment };
  Hearing h = { 0 };
  g_assert_false (sen_transcribe (session, &params, read_sound, &h, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

/* One short sentence: software devices take their time. */
static void
hear_on_vulkan (const SenDebug *debug, bool will_move)
{
  g_autoptr (GError) error = NULL;
  Hearing h;
  const SenVulkanParams params = { .debug = debug };
  device = sen_vulkan_device_new (&params, &error);
  if (device == NULL)
    {
      g_autofree char *reason = g_strdup_printf ("hardware: %s", error->message);
      g_test_skip (reason);
      return;
    }
  g_autoptr (GArray) sound = sound_read ("pages.wav");
  g_autofree char *text = hear (sound, (SenTranscribeParams) { .beam_size = 1, .no_vad = true, .language = "en" }, &h);
  g_assert_cmpstr (text, ==, "How many pages did you read?");
  g_assert_true (h.has_moved == will_move);
  g_free (h.language);
  g_clear_pointer (&device, sen_device_unref);
}

static void
test_vulkan (void)
{
  hear_on_vulkan (NULL, false);
}

/* Where the other one has no room either: an error, each time anew. */
static void
expect_no_room (const SenDebug *debug)
{
  static const SenDebug full = { .vulkan_budget_bytes = 16u << 20 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) sound = sound_read ("pages.wav");
  g_autoptr (SenDevice) first = sen_vulkan_device_new (&(SenVulkanParams) { .debug = debug }, &error);
  g_autoptr (SenDevice) other = sen_vulkan_device_new (&(SenVulkanParams) { .debug = &full }, &error);
  if (first == NULL || other == NULL)
    return;
  const SenTranscribeParams params = { .beam_size = 1, .no_vad = true, .language = "en", .segment = on_segment };
  g_autoptr (SenWhisperSession) session = sen_whisper_session_new (whisper, first, other, sen_transcribe_n_rows (&params), &error);
  g_assert_no_error (error);
  for (int i = 0; i < 2; i++)
    {
      Hearing h = { .sound = sound };
      g_assert_false (sen_transcribe (session, &params, read_sound, &h, NULL, &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY);
      g_clear_error (&error);
    }
}

#define MOST_SUBMISSIONS 65536u

/* A submission that is behind the opening of a session, in its first window. */
static uint32_t
find_first_window (void)
{
  const SenTranscribeParams params = { .beam_size = 1 };
  for (uint32_t nth = 50; nth < MOST_SUBMISSIONS; nth += nth / 4)
    {
      const SenDebug debug = { .vulkan_lose_device = nth };
      g_autoptr (SenDevice) one = sen_vulkan_device_new (&(SenVulkanParams) { .debug = &debug }, NULL);
      g_autoptr (SenWhisperSession) session
        = one != NULL ? sen_whisper_session_new (whisper, one, NULL, sen_transcribe_n_rows (&params), NULL) : NULL;
      if (session != NULL || one == NULL)
        return nth;
    }
  g_error ("no session was opened in %u submissions", MOST_SUBMISSIONS);
}

/* While it is opened, and while the window is heard. */
static void
test_gives_out (void)
{
  const SenDebug in_window = { .vulkan_lose_device = find_first_window () };
  const SenDebug faults[] = { { .vulkan_budget_bytes = 16u << 20 }, { .vulkan_lose_device = 1 }, in_window };
  g_autoptr (GError) error = NULL;
  const SenCpuParams params = { .n_threads = 2 };
  fallback = sen_cpu_device_new (&params, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < G_N_ELEMENTS (faults); i++)
    hear_on_vulkan (&faults[i], true);
  expect_no_room (&in_window);
  g_clear_pointer (&fallback, sen_device_unref);
}

/* usage: test-transcribe cpu|vulkan */
int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  g_autofree char *folder = g_build_filename (models != NULL ? models : "", "whisper-base", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *gguf = sen_import_open (folder, NULL, &error);
  g_assert_no_error (error);
  whisper = sen_whisper_open (gguf, &error);
  g_assert_no_error (error);
  if (argc > 1 && strcmp (argv[1], "vulkan") == 0)
    {
      g_test_add_func ("/transcribe/vulkan", test_vulkan);
      g_test_add_func ("/transcribe/gives-out", test_gives_out);
      int status = g_test_run ();
      sen_whisper_unref (whisper);
      return status;
    }
  const SenCpuParams params = { .n_threads = 2 };
  device = sen_cpu_device_new (&params, &error);
  g_assert_no_error (error);

  g_test_add_func ("/transcribe/sentences", test_sentences);
  g_test_add_func ("/transcribe/among silence", test_among_silence);
  g_test_add_func ("/transcribe/nothing said", test_nothing_said);
  g_test_add_func ("/transcribe/unknown language", test_unknown_language);
  int status = g_test_run ();
  sen_whisper_unref (whisper);
  sen_device_unref (device);
  return status;
}
