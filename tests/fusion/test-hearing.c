/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What a language model that hears is given besides good recordings: each time one sentence that says what is wrong.
 * Argument: the folder with the models of make-tiny-mmproj.py. */
#include <math.h>

#include "senses-fixture.h"

static void
test_bad_recordings (void)
{
  static const struct { const char *name, *sentence; size_t n; } rows[] = {
    { "ultravox-c", "is empty", 0 },
    { "ultravox-c", "the recording is 420 s long, and tiny ultravox-c hears less than 390 s; give a part of it", 420 * 16000 },
    { "qwen2a-a", "hears less than 60 s", 60 * 16000 },
    { "llava-a", "lets a model see only", 16000 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenModel) model = fixture_model (rows[i].name);
      g_autofree char *mmproj = g_strconcat (rows[i].name, ".mmproj", NULL);
      g_autoptr (SenProjector) projector = fixture_projector (model, mmproj, &error);
      g_assert_no_error (error);
      g_autofree float *samples = g_new0 (float, rows[i].n + 1);
      g_autoptr (SenMedia) media = sen_projector_hear (projector, samples, rows[i].n, NULL, &error);
      g_assert_null (media);
      assert_sentence (error, SEN_ERROR_INVALID, rows[i].sentence);
    }
}

/* Silence, numbers that are none, a single sample: all give finite embeddings, as many as any recording below 30 s. */
static void
test_odd_recordings (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModel) model = fixture_model ("ultravox-c");
  g_autoptr (SenProjector) projector = fixture_projector (model, "ultravox-c.mmproj", &error);
  g_assert_no_error (error);
  g_assert_cmpint (sen_projector_senses (projector), ==, SEN_HEARS);
  g_assert_cmpstr (sen_projector_family (projector, SEN_HEARS), ==, "Ultravox");
  const float rows[][3] = { { 0.0f, 0.0f, 0.0f }, { NAN, INFINITY, -INFINITY }, { 1.0f, -1.0f, 1.0f } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (SenMedia) media = sen_projector_hear (projector, rows[i], i + 1, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (sen_media_n_tokens (media), ==, 150);
      const SenPart *part = &sen_media_span (media, 0)->part;
      for (uint32_t j = 0; j < part->n * sen_model_info (model)->n_embd; j++)
        g_assert_true (isfinite (part->embeddings[j]));
    }
  g_assert_cmpuint (sen_projector_n_encoded (projector), ==, 3);
  g_autoptr (SenMedia) again = sen_projector_hear (projector, rows[2], 3, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_projector_n_encoded (projector), ==, 3);
}

static void
test_of_another_model (void)
{
  static const struct { const char *model, *mmproj; } rows[] = {
    { "ultravox-b", "ultravox-a.mmproj" }, { "qwen2a-c", "qwen2a-b.mmproj" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenModel) model = fixture_model (rows[i].model);
      g_assert_null (fixture_projector (model, rows[i].mmproj, &error));
      assert_sentence (error, SEN_ERROR_INVALID, "give the mmproj that belongs to this model");
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModel) model = fixture_model ("ultravox-a");
  g_assert_null (fixture_projector (model, "ultravox-a", &error));
  assert_sentence (error, SEN_ERROR_UNSUPPORTED, "is no mmproj file");
}

static void
check_changed (const char *name, const char *from, const char *to, const char *sentence)
{
  g_autoptr (SenModel) model = fixture_model (name);
  g_assert_null (fixture_changed (model, name, from, to, sentence));
}

static void
test_damaged (void)
{
  check_changed ("ultravox-a", "a.conv1d.2.weight", "a.conv1d.9.weight", "tensor a.conv1d.2.weight is missing");
  check_changed ("ultravox-a", "mm.a.norm_mid.weight", "mm.a.norm_end.weight", "tensor mm.a.norm_mid.weight is missing");
  check_changed ("ultravox-b", "stack_factor", "stack_factos", "clip.audio.projector.stack_factor is missing or not from 1 to 100");
  check_changed ("voxtral-a", "mm.a.mlp.2.weight", "mm.a.mlp.3.weight", "tensor mm.a.mlp.2.weight is missing");
  check_changed ("qwen2a-a", "num_mel_bins", "num_mel_bint", "clip.audio.num_mel_bins is missing");
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_test_add_func ("/hearing/bad recordings", test_bad_recordings);
  g_test_add_func ("/hearing/odd recordings", test_odd_recordings);
  g_test_add_func ("/hearing/of another model", test_of_another_model);
  g_test_add_func ("/hearing/damaged", test_damaged);
  return fixture_run ();
}
