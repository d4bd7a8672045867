/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What transcribing is made of, without a model: log-mel against faster-whisper's, the warp, loops, zlib's ratio. */
#include <math.h>

#include "sen-mel.h"
#include "sen-transcribe-private.h"

/* --- Log-mel ---------------------------------------------------------------------------------------------------------------------- */

/* The sound of tools/make-golden-mel.py. */
static GArray *
make_sound (void)
{
  GArray *sound = g_array_new (FALSE, FALSE, sizeof (float));
  for (uint32_t i = 0; i < 16037; i++)
    {
      float noise = (float) ((uint32_t) (i * 2654435761u) >> 16) / 65536.0f - 0.5f;
      float tone = i >= 8000 ? 0.0f : i % 160 < 80 ? 0.25f : -0.25f;
      float sample = 0.1f * noise + tone;
      g_array_append_val (sound, sample);
    }
  return sound;
}

static GArray *
make_mel (const GArray *sound, uint32_t n_bins, size_t piece)
{
  g_autoptr (SenMel) mel = sen_mel_new (n_bins);
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (float));
  for (size_t at = 0; at < sound->len; at += piece)
    sen_mel_push (mel, (const float *) sound->data + at, MIN (piece, sound->len - at), frames);
  sen_mel_finish (mel, frames);
  float loudest = -INFINITY;
  for (guint i = 0; i < frames->len; i++)
    loudest = MAX (loudest, g_array_index (frames, float, i));
  sen_mel_normalize ((const float *) frames->data, frames->len, loudest, (float *) frames->data);
  return frames;
}

static void
test_mel_golden (void)
{
  static const uint32_t bins[] = { 80, 128 };
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "data", "audio", "mel.f32", NULL);
  g_autofree char *data = NULL;
  gsize size = 0, at = 0;
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  g_autoptr (GArray) sound = make_sound ();
  for (size_t i = 0; i < G_N_ELEMENTS (bins); i++)
    {
      g_autoptr (GArray) whole = make_mel (sound, bins[i], sound->len), pieces = make_mel (sound, bins[i], 777);
      g_assert_cmpuint (whole->len, ==, 101 * bins[i]);
      g_assert_cmpmem (whole->data, whole->len * sizeof (float), pieces->data, pieces->len * sizeof (float));
      for (uint32_t frame = 0; frame < 101; frame += 10)
        for (uint32_t b = 0; b < bins[i]; b++, at++)
          g_assert_cmpfloat_with_epsilon (g_array_index (whole, float, frame * bins[i] + b), ((const float *) data)[at], 1e-4);
    }
  g_assert_cmpuint (at * sizeof (float), ==, size);
}

static void
test_mel_short (void)
{
  static const size_t lengths[] = { 0, 1, 39, 159, 160, 161, 399, 400, 401, 10641 };
  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GArray) sound = make_sound ();
      g_array_set_size (sound, (guint) lengths[i]);
      for (guint j = 0; j < sound->len; j += 7)
        g_array_index (sound, float, j) = NAN;
      g_autoptr (GArray) frames = make_mel (sound, 80, 100);
      g_assert_cmpuint (frames->len, ==, (lengths[i] / SEN_MEL_HOP + 1) * 80);
      for (guint j = 0; j < frames->len; j++)
        g_assert_true (isfinite (g_array_index (frames, float, j)));
    }
}

/* --- Texts -------------------------------------------------------------------------------------------------------------------------- */

static void
test_loops (void)
{
  const SenToken first_time = 1000;
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (SenToken));
  for (SenToken i = 0; i < 90; i++)
    g_array_append_val (tokens, i);
  g_assert_cmpuint (sen_whisper_find_loop ((const SenToken *) tokens->data, tokens->len, first_time), ==, 90);
  /* Three words and a time, 25 times: once is kept. */
  for (SenToken round = 0; round < 25; round++)
    {
      const SenToken words[] = { 200, 201, 202, first_time + round };
      g_array_append_vals (tokens, words, G_N_ELEMENTS (words));
    }
  uint32_t kept = sen_whisper_find_loop ((const SenToken *) tokens->data, tokens->len, first_time);
  g_assert_cmpuint (kept, >=, 92);
  g_assert_cmpuint (kept, <=, 94);
}

static void
test_compression (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_assert_cmpfloat (sen_whisper_compression_ratio (""), ==, 0.0f);
  g_assert_cmpfloat (sen_whisper_compression_ratio ("The small boat left the harbor before sunrise."), <, 1.2f);
  for (int i = 0; i < 40; i++)
    g_string_append (text, "thank you ");
  g_assert_cmpfloat (sen_whisper_compression_ratio (text->str), >, 2.4f);
}

static void
test_rules (void)
{
  /* 10 words, the end (10), controls to 15, times from 16 to 99. */
  const SenWhisperInfo info = { .n_vocab = 100, .end = 10, .no_timestamps = 15, .first_time = 16 };
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (SenToken));
  float logits[100] = { 0 };
  sen_whisper_apply_rules (&info, none, 3, NULL, 0, logits);
  for (int i = 0; i < 100; i++)
    g_assert_cmpint (logits[i] == 0.0f, ==, i >= 16 && i <= 66);

  /* After a beginning come words only. */
  const SenToken begun[] = { 16 };
  float after[100] = { 0 };
  sen_whisper_apply_rules (&info, none, 3, begun, 1, after);
  for (int i = 0; i < 100; i++)
    g_assert_cmpint (after[i] == 0.0f, ==, i < 15);

  /* After words and a time comes the same or a later time, or the end; and a time where all times outweigh any word. */
  const SenToken ended[] = { 16, 1, 40 };
  float then[100] = { 0 };
  then[10] = 50.0f;
  sen_whisper_apply_rules (&info, none, 3, ended, 3, then);
  for (int i = 0; i < 100; i++)
    g_assert_cmpint (then[i] > -INFINITY, ==, (i >= 10 && i < 15) || i >= 40);
}

/* --- Warping ------------------------------------------------------------------------------------------------------------------------ */

static void
test_warp (void)
{
  enum { ROWS = 4, COLS = 12 };
  static const uint32_t starts[ROWS] = { 0, 2, 7, 10 };
  float matrix[ROWS * COLS];
  uint32_t first[ROWS];
  for (uint32_t r = 0; r < ROWS; r++)
    for (uint32_t c = 0; c < COLS; c++)
      matrix[r * COLS + c] = c >= starts[r] && c < (r + 1 < ROWS ? starts[r + 1] : COLS) ? 1.0f : -1.0f;
  sen_whisper_warp (matrix, ROWS, COLS, first);
  for (uint32_t r = 0; r < ROWS; r++)
    g_assert_cmpuint (first[r], ==, starts[r]);
  /* More rows than columns. */
  uint32_t narrow[ROWS];
  sen_whisper_warp (matrix, ROWS, 1, narrow);
  for (uint32_t r = 0; r < ROWS; r++)
    g_assert_cmpuint (narrow[r], ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/whisper/mel/golden", test_mel_golden);
  g_test_add_func ("/whisper/mel/short", test_mel_short);
  g_test_add_func ("/whisper/loops", test_loops);
  g_test_add_func ("/whisper/compression", test_compression);
  g_test_add_func ("/whisper/rules", test_rules);
  g_test_add_func ("/whisper/warp", test_warp);
  return g_test_run ();
}
