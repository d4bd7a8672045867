/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The real senses, with the models of $SENSORIUM_TEST_MODELS: what they know to be able to improve, and that they let go of what they
 * loaded. argv[1]: tests/data/media; argv[2]: data/samples. */
#include <glib/gstdio.h>
#include <string.h>

#include "sen-error.h"
#include "sen-senses.h"

static const char *media, *samples;
static SenSenses *senses;

static void
ignore (SenAttachmentKind kind, double done, double total, gpointer data)
{
}

static void
understand (const char *folder, const char *name, SenImpression *impression)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  *impression = (SenImpression) { 0 };
  sen_senses_understand (senses, path, name, ignore, NULL, NULL, impression, &error);
  g_assert_no_error (error);
  g_test_message ("%s, by %s: %s", name, impression->words_by, impression->words);
}

static bool
can_improve (const SenImpression *impression)
{
  return sen_senses_can_improve (senses, impression->kind, impression->words, impression->words_by);
}

/* What all senses have looked at needs no second look: a video without sound has nothing for the ears. */
static void
test_improve (void)
{
  static const struct { bool is_sample; const char *name; } files[] = {
    { false, "silent.mp4" }, { true, "coffee.jpg" }, { true, "message.opus" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      SenImpression impression;
      understand (files[i].is_sample ? samples : media, files[i].name, &impression);
      g_assert_false (can_improve (&impression));
      g_clear_pointer (&impression.words_by, g_free);
      g_assert_true (can_improve (&impression));
      sen_impression_clear (&impression);
    }
  /* Only what the eye reads could be missing of the first, and the ears of one that does not say it is silent. */
  g_assert_false (sen_senses_can_improve (senses, SEN_ATTACHMENT_VIDEO, "MP4 video, 8 × 8 pixels, without sound\nAt 0", "tesseract"));
  g_assert_true (sen_senses_can_improve (senses, SEN_ATTACHMENT_VIDEO, "MP4 video, 8 × 8 pixels\nText: , without sound\n", "tesseract"));
  g_assert_true (sen_senses_can_improve (senses, SEN_ATTACHMENT_VIDEO, NULL, "tesseract"));
  g_assert_true (sen_senses_can_improve (senses, SEN_ATTACHMENT_SOUND, NULL, NULL));
}

/* A head, and no samples. */
static void
test_no_length (void)
{
  static const char head[] = "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0data\0\0\0";
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "sensorium-no-length.wav", NULL);
  g_autoptr (GError) error = NULL;
  SenImpression impression = { 0 };
  g_assert_true (g_file_set_contents (path, head, sizeof head, NULL));
  g_assert_false (sen_senses_understand (senses, path, "memo.wav", ignore, NULL, NULL, &impression, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_assert_true (g_str_has_prefix (error->message, "memo.wav holds no sound"));
  g_assert_null (impression.words);
  g_assert_cmpint (impression.kind, ==, SEN_ATTACHMENT_SOUND);
  sen_impression_clear (&impression);
  g_unlink (path);
}

static bool
has_weights (void)
{
  g_autofree char *maps = NULL;
  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  return strstr (maps, ".gguf") != NULL;
}

static void
test_rest (void)
{
  SenImpression impression;
  for (int round = 0; round < 2; round++)
    {
      understand (samples, round == 0 ? "coffee.jpg" : "message.opus", &impression);
      sen_impression_clear (&impression);
      g_assert_true (has_weights ());
      sen_senses_rest (senses);
      g_assert_false (has_weights ());
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  media = argv[1];
  samples = argv[2];
  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  g_autoptr (SenModelStore) store
    = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = g_getenv ("SENSORIUM_TEST_MODELS") });
  senses = sen_senses_new (&debug, store);
  g_test_add_func ("/senses/improve", test_improve);
  g_test_add_func ("/senses/no-length", test_no_length);
  g_test_add_func ("/senses/rest", test_rest);
  int status = g_test_run ();
  sen_senses_free (senses);
  return status;
}
