/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-find-encoders SAMPLES CONNECTORS     real models and the files of data/samples */
#include <string.h>

#include "find-fixture.h"
#include "sen-decode.h"
#include "sen-error.h"

#define N 384

static const char *samples, *connectors;
static SenDecode *decode;
static SenFindEncoders *encoders;

static void
query (SenSpaceRole role, const char *text, float *vector)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (sen_find_encoders_query (encoders, role, text, vector, NULL, &error));
  g_assert_no_error (error);
}

static void
test_identities (void)
{
  g_autofree char *first[SEN_N_SPACE_ROLES] = { NULL };
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      uint32_t n_embd;
      first[role] = g_strdup (sen_find_encoders_identity (encoders, (SenSpaceRole) role, &n_embd, NULL, NULL));
      g_assert_nonnull (first[role]);
      g_assert_cmpuint (n_embd, ==, N);
      for (int other = 0; other < role; other++)
        g_assert_cmpstr (first[role], !=, first[other]);
    }
  sen_find_encoders_rest (encoders);
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      g_assert_cmpstr (sen_find_encoders_identity (encoders, (SenSpaceRole) role, NULL, NULL, NULL), ==, first[role]);
      g_free (g_steal_pointer (&first[role]));
    }
}

static void
test_text (void)
{
  float cat[N], kitten[N], invoice[N];
  query (SEN_SPACE_TEXT, "A cat sleeps on the sofa", cat);
  query (SEN_SPACE_TEXT, "The kitten naps on a couch", kitten);
  query (SEN_SPACE_TEXT, "The invoice is due in thirty days", invoice);
  g_assert_cmpfloat (dot (cat, kitten, N), >, dot (cat, invoice, N) + 0.3f);
  g_assert_cmpfloat_with_epsilon (dot (cat, cat, N), 1.0f, 1e-5f);
}

static void
test_picture (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (samples, "coffee.jpg", NULL);
  const SenPictureParams params = { .longest_side = SEN_FIND_PICTURE_SIDE };
  g_autoptr (SenImage) image = sen_decode_picture (decode, path, &params, NULL, &error);
  g_assert_no_error (error);
  float small[N], large[N], coffee[N], car[N];
  g_assert_true (sen_find_encoders_picture (encoders, image, small, NULL, &error));
  g_assert_no_error (error);
  query (SEN_SPACE_SIGHT, "a cup of coffee", coffee);
  query (SEN_SPACE_SIGHT, "a car on a road", car);
  g_assert_cmpfloat (dot (small, coffee, N), >, dot (small, car, N) + 0.1f);

  /* That it was shrunk on the way is not to be seen. */
  g_autoptr (SenImage) full = sen_decode_picture (decode, path, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (sen_find_encoders_picture (encoders, full, large, NULL, &error));
  g_test_message ("shrunk while decoded: cosine %.5f", (double) dot (small, large, N));
  g_assert_cmpfloat (dot (small, large, N), >, 0.99f);

  g_autofree char *tags = sen_find_encoders_tags (encoders, small, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("tags: %s", tags);
  g_assert_nonnull (tags);
}

static gssize
read_sound (float *samples_out, size_t n, gpointer sound, GError **error)
{
  return sen_sound_read (sound, samples_out, n, NULL, error);
}

static void
append_segment (const SenTranscriptSegment *segment, gpointer text)
{
  g_string_append (text, segment->text);
}

static void
test_sound (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *path = g_build_filename (samples, "message.opus", NULL);
  float vector[N], speech[N], dog[N];
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (SenSound) sound = sen_decode_open_sound (decode, path, 0.0, NULL, &error);
      g_assert_no_error (error);
      if (i == 0)
        g_assert_true (sen_find_encoders_sound (encoders, read_sound, sound, vector, NULL, &error));
      else
        g_assert_true (sen_find_encoders_transcribe (encoders, &(SenTranscribeParams) { .beam_size = 1, .segment = append_segment,
                                                                                        .user_data = text },
                                                     read_sound, sound, NULL, &error));
      g_assert_no_error (error);
    }
  query (SEN_SPACE_SOUND, "a person talking", speech);
  query (SEN_SPACE_SOUND, "a dog barking", dog);
  g_assert_cmpfloat (dot (vector, speech, N), >, dot (vector, dog, N));
  g_test_message ("heard:%s", text->str);
  g_assert_cmpuint (text->len, >, 20);
}

static void
test_missing (void)
{
  g_autoptr (SenModelStore) store = find_models (connectors, false);
  g_autoptr (SenFindEncoders) poor = find_encoders (store);
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (sen_find_encoders_identity (poor, (SenSpaceRole) role, NULL, NULL, &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
      g_test_message ("%s", error->message);
    }
  g_autoptr (GError) error = NULL;
  g_assert_false (sen_find_encoders_can_transcribe (poor, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "fetch"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc != 3)
    return 2;
  samples = argv[1];
  connectors = argv[2];
  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (SenModelStore) store = find_models (connectors, true);
  decode = sen_decode_new (&(SenDecodeParams) { .helper = debug.decode_helper });
  encoders = find_encoders (store);
  g_test_add_func ("/find-encoders/identities", test_identities);
  g_test_add_func ("/find-encoders/text", test_text);
  g_test_add_func ("/find-encoders/picture", test_picture);
  g_test_add_func ("/find-encoders/sound", test_sound);
  g_test_add_func ("/find-encoders/missing", test_missing);
  int status = g_test_run ();
  sen_find_encoders_free (encoders);
  sen_decode_free (decode);
  return status;
}
