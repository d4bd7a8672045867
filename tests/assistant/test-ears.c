/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The model that hears is opened by the first sound, given back at rest, and comes again: the real one in $SENSORIUM_TEST_MODELS. */
#include <string.h>

#include "sen-ears.h"
#include "sound.h"

typedef struct {
  const GArray *sound;
  guint         at;
  SenEars      *ears;
  GString      *text;
} Hearing;

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  Hearing *h = data;
  n = MIN (n, h->sound->len - h->at);
  memcpy (samples, &g_array_index (h->sound, float, h->at), n * sizeof (float));
  h->at += (guint) n;
  /* What is in use stays. */
  sen_ears_rest (h->ears);
  return (gssize) n;
}

static void
on_segment (const SenTranscriptSegment *segment, gpointer data)
{
  g_string_append (((Hearing *) data)->text, segment->text);
}

static char *
hear (SenEars *ears, const GArray *sound)
{
  g_autoptr (GError) error = NULL;
  Hearing h = { .sound = sound, .ears = ears, .text = g_string_new (NULL) };
  const SenTranscribeParams params = { .beam_size = 1, .language = "en", .no_vad = true, .segment = on_segment, .user_data = &h };
  sen_ears_transcribe (ears, &params, read_sound, &h, NULL, &error);
  g_assert_no_error (error);
  return g_string_free (h.text, FALSE);
}

/* Whether the weights are mapped. */
static bool
is_loaded (void)
{
  g_autofree char *maps = NULL;
  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  return strstr (maps, ".gguf") != NULL;
}

static void
test_rest (void)
{
  const SenDebug debug = { 0 };
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  g_autoptr (SenModelStore) store
    = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = g_getenv ("SENSORIUM_TEST_MODELS") });
  g_autoptr (SenEars) ears = sen_ears_new (&debug, store);
  g_autoptr (GArray) sound = sound_read ("pages.wav");
  sen_ears_rest (ears);
  g_assert_false (is_loaded ());
  for (int round = 0; round < 2; round++)
    {
      g_autofree char *text = hear (ears, sound);
      g_assert_cmpstr (text, ==, " How many pages did you read?");
      g_assert_true (is_loaded ());
      sen_ears_rest (ears);
      g_assert_false (is_loaded ());
      g_assert_cmpstr (sen_ears_name (ears), ==, "whisper-base");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ears/rest", test_rest);
  return g_test_run ();
}
