/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "sen-vad.h"
#include "sound.h"

static GArray *
find (const GArray *sound, const SenVadOptions *options)
{
  return sen_vad_find ((const float *) sound->data, sound->len, options);
}

static void
expect_nothing (const char *what, GArray *sound)
{
  g_autoptr (GArray) found = find (sound, NULL);
  for (guint i = 0; i < found->len; i++)
    {
      SenSpeech s = g_array_index (found, SenSpeech, i);
      g_test_message ("%s: speech from %.2f to %.2f s, probability %.2f", what, s.start / 16000.0, s.end / 16000.0, s.probability);
    }
  if (found->len > 0)
    {
      g_test_fail_printf ("speech was found in %s", what);
    }
  g_array_unref (sound);
}

static void
test_silence (void)
{
  expect_nothing ("nothing at all", sound_noise (0.0, 0, -60, 1));
  expect_nothing ("digital silence", sound_noise (20.0, 0, -400, 1));
  expect_nothing ("the noise of a converter", sound_noise (20.0, 0, -85, 1));
  expect_nothing ("a breath of a recording", sound_noise (0.05, 3, -30, 1));
}

static void
test_noise (void)
{
  const double levels[] = { -60, -35, -15 };
  for (int i = 0; i < 3; i++)
    {
      expect_nothing ("white noise", sound_noise (20.0, 0, levels[i], 2 + i));
      expect_nothing ("pink noise", sound_noise (20.0, 3, levels[i], 12 + i));
      expect_nothing ("brown noise", sound_noise (20.0, 6, levels[i], 22 + i));
    }

  GArray *fan = sound_noise (20.0, 4, -40, 5);
  for (int h = 1; h <= 5; h++)
    {
      g_autoptr (GArray) blade = sound_tone (20.0, 118.0 * h, -42 - 4 * h);
      sound_mix (fan, blade, 0);
    }
  for (guint i = 0; i < fan->len; i++)
    g_array_index (fan, float, i) *= 1.0 + 0.2 * sin (2.0 * G_PI * 0.7 * i / 16000);
  expect_nothing ("a fan", fan);
}

static void
test_hum_and_tones (void)
{
  for (int mains = 50; mains <= 60; mains += 10)
    {
      GArray *hum = sound_noise (20.0, 0, -75, 5);
      for (int h = 1; h <= 12; h++)
        {
          g_autoptr (GArray) partial = sound_tone (20.0, mains * h, -20 - 3 * h);
          sound_mix (hum, partial, 0);
        }
      expect_nothing ("mains hum", hum);
    }
  const double tones[] = { 110, 220, 440, 1000, 3000 };
  for (int i = 0; i < 5; i++)
    {
      expect_nothing ("a tone", sound_tone (10.0, tones[i], -12));
      GArray *late = sound_noise (10.0, 0, -70, i);
      g_autoptr (GArray) tone = sound_tone (4.0, tones[i], -20);
      sound_mix (late, tone, 3.0);
      expect_nothing ("a tone that comes and goes", late);
    }
}

static void
test_clicks (void)
{
  for (uint32_t seed = 0; seed < 4; seed++)
    {
      GArray *clicks = sound_noise (20.0, 3, -75, seed);
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      for (double at = 0.3; at < 19.5; at += g_rand_double_range (rand, 0.08, 0.5))
        {
          g_autoptr (GArray) burst = sound_noise (0.03, 0, -20, (uint32_t) (at * 1000));
          for (guint i = 0; i < burst->len; i++)
            g_array_index (burst, float, i) *= exp (-(double) i / 60.0);
          sound_mix (clicks, burst, at);
        }
      expect_nothing ("typing", clicks);
    }
}

/* Chords of plucked strings, changing every 0.6 s. */
static void
test_music (void)
{
  const int roots[] = { 0, 5, 7, 3, 8, 0, 10, 5 };
  GArray *music = sound_noise (0.1, 0, -80, 1);
  for (int bar = 0; bar < 30; bar++)
    for (int note = 0; note < 3; note++)
      {
        double hertz = 110.0 * pow (2.0, (roots[bar % 8] + (const int[]) { 0, 4, 7 }[note] + 12 * (note == 2)) / 12.0);
        for (int h = 1; h <= 8; h++)
          {
            g_autoptr (GArray) partial = sound_tone (1.2, hertz * h, -24 - 5 * h);
            for (guint i = 0; i < partial->len; i++)
              g_array_index (partial, float, i) *= exp (-(double) i / 16000 * (1.5 + 0.5 * h)) * fmin (1.0, i / 80.0);
            sound_mix (music, partial, bar * 0.6 + note * 0.02);
          }
      }
  expect_nothing ("music", music);
}

/* The share of [start, end) that was found, and that nothing was found far from it. */
static double
coverage (const GArray *found, int64_t start, int64_t end)
{
  int64_t covered = 0, before = 0;
  for (guint i = 0; i < found->len; i++)
    {
      SenSpeech s = g_array_index (found, SenSpeech, i);
      g_assert_cmpint (s.start, >=, before);
      g_assert_cmpint (s.start, <, s.end);
      g_assert_cmpfloat (s.probability, >, 0.3);
      g_assert_cmpfloat (s.probability, <=, 1.0);
      before = s.end;
      covered += MAX (MIN (s.end, end) - MAX (s.start, start), 0);
      g_assert_cmpint (s.start, >, start - 16000);
      g_assert_cmpint (s.end, <, end + 16000);
    }
  return (double) covered / (end - start);
}

static const char *const clips[] = { "boat.wav", "pages.wav", "nein.wav" };

static void
test_speech (void)
{
  const struct { double peak, snr; } conditions[] = { { -3, 60 }, { -20, 20 }, { -30, 10 }, { -45, 30 }, { -45, 10 } };
  for (int c = 0; c < (int) G_N_ELEMENTS (conditions); c++)
    for (int i = 0; i < (int) G_N_ELEMENTS (clips); i++)
      for (int slope = 0; slope <= 6; slope += 3)
        {
          g_autoptr (GArray) clip = sound_read (clips[i]);
          sound_scale (clip, conditions[c].peak);
          g_autoptr (GArray) sound = sound_noise (2.0 + clip->len / 16000.0 + 1.5, slope, 0, 7 * i + slope);
          double change = pow (10.0, (sound_rms (clip) - conditions[c].snr - sound_rms (sound)) / 20.0);
          for (guint k = 0; k < sound->len; k++)
            g_array_index (sound, float, k) *= change;
          sound_mix (sound, clip, 2.0);
          g_autoptr (GArray) found = find (sound, NULL);
          double share = coverage (found, 32000 + 1600, 32000 + clip->len - 3200);
          g_test_message ("%s at %g dB, noise %d dB per octave %g dB below: %.0f %% found", clips[i], conditions[c].peak, slope,
                          conditions[c].snr, 100 * share);
          g_assert_cmpfloat (share, >=, 0.9);
        }
}

/* Push-to-talk: the recording is the word and hardly more. */
static void
test_speech_alone (void)
{
  for (int i = 0; i < (int) G_N_ELEMENTS (clips); i++)
    {
      g_autoptr (GArray) clip = sound_read (clips[i]);
      g_autoptr (GArray) found = find (clip, NULL);
      g_assert_cmpfloat (coverage (found, 1600, clip->len - 3200), >=, 0.9);
    }
}

static void
test_padding (void)
{
  g_autoptr (GArray) clip = sound_read ("boat.wav"), sound = sound_noise (6.0, 0, -80, 1);
  sound_mix (sound, clip, 2.0);
  SenVadOptions bare = SEN_VAD_DEFAULTS, padded = SEN_VAD_DEFAULTS;
  bare.pad = 0.0f;
  padded.pad = 0.1f;
  g_autoptr (GArray) a = find (sound, &bare), b = find (sound, &padded);
  g_assert_cmpint (a->len, ==, 1);
  g_assert_cmpint (b->len, ==, 1);
  SenSpeech x = g_array_index (a, SenSpeech, 0), y = g_array_index (b, SenSpeech, 0);
  g_assert_cmpint (y.start, ==, x.start - 1600);
  g_assert_cmpint (y.end, ==, x.end + 1600);

  padded.pad = 60.0f;   /* more than there is */
  g_autoptr (GArray) c = find (sound, &padded);
  g_assert_cmpint (c->len, ==, 1);
  g_assert_cmpint (g_array_index (c, SenSpeech, 0).start, ==, 0);
  g_assert_cmpint (g_array_index (c, SenSpeech, 0).end, ==, sound->len);
}

static GArray *
long_talk (void)
{
  GArray *sound = sound_noise (1.0, 3, -70, 1);
  for (int i = 0; i < 12; i++)
    {
      g_autoptr (GArray) clip = sound_read (clips[i % 3]);
      sound_mix (sound, clip, sound->len / 16000.0 + (i % 4 == 3 ? 1.6 : 0.05));
    }
  return sound;
}

static void
test_pieces (void)
{
  g_autoptr (GArray) sound = long_talk ();
  const float *samples = (const float *) sound->data;
  g_autoptr (GArray) whole = find (sound, NULL);
  g_assert_cmpint (whole->len, >=, 3);
  const size_t pieces[] = { 1, 159, 4096, 50000 };
  g_autoptr (SenVad) vad = sen_vad_new (NULL);   /* one for all: a finished one starts anew */
  for (int p = 0; p < 4; p++)
    {
      guint n = 0;
      int64_t settled = 0;
      SenSpeech speech;
      for (size_t at = 0; at <= sound->len; at += pieces[p])
        {
          if (at + pieces[p] <= sound->len)
            sen_vad_feed (vad, samples + at, pieces[p]);
          else
            {
              sen_vad_feed (vad, samples + at, sound->len - at);
              sen_vad_finish (vad);
            }
          while (sen_vad_next (vad, &speech))
            {
              g_assert_cmpint (n, <, whole->len);
              SenSpeech expected = g_array_index (whole, SenSpeech, n++);
              g_assert_cmpint (speech.start, ==, expected.start);
              g_assert_cmpint (speech.end, ==, expected.end);
              g_assert_cmpint (speech.start, >=, settled);   /* as promised before */
            }
          if (at + pieces[p] > sound->len)
            break;
          g_assert_cmpint (sen_vad_settled (vad), >=, settled);
          settled = sen_vad_settled (vad);
          g_assert_cmpint (settled, <=, at + pieces[p]);
        }
      g_assert_cmpint (n, ==, whole->len);
    }
}

static void
test_longest (void)
{
  g_autoptr (GArray) sound = long_talk ();
  SenVadOptions options = SEN_VAD_DEFAULTS;
  options.max_speech = 3.0f;
  g_autoptr (GArray) whole = find (sound, NULL), cut = find (sound, &options);
  g_assert_cmpint (cut->len, >, whole->len);
  int64_t all = 0, parts = 0;
  for (guint i = 0; i < whole->len; i++)
    all += g_array_index (whole, SenSpeech, i).end - g_array_index (whole, SenSpeech, i).start;
  for (guint i = 0; i < cut->len; i++)
    {
      SenSpeech s = g_array_index (cut, SenSpeech, i);
      parts += s.end - s.start;
      g_assert_cmpint (s.end - s.start, <=, (int64_t) ((3.0 + 0.5) * 16000));
      if (i > 0)
        g_assert_cmpint (s.start, >=, g_array_index (cut, SenSpeech, i - 1).end);
    }
  g_assert_cmpfloat (fabs ((double) (all - parts)) / all, <, 0.05);   /* nothing is lost at the cuts */
}

static void
test_bad_samples (void)
{
  g_autoptr (GArray) clip = sound_read ("boat.wav"), sound = sound_noise (5.0, 0, -80, 1);
  sound_mix (sound, clip, 1.5);
  const float bad[] = { NAN, INFINITY, -INFINITY, 1e30f };
  for (guint i = 0; i < 16000; i += 100)
    g_array_index (sound, float, i) = bad[i / 100 % 3];
  g_autoptr (GArray) found = find (sound, NULL);
  g_assert_cmpfloat (coverage (found, 24000 + 1600, 24000 + clip->len - 3200), >=, 0.9);
  for (guint i = 0; i < sound->len; i++)
    g_array_index (sound, float, i) = bad[i % 4];
  g_autoptr (GArray) none = find (sound, NULL);
  g_assert_cmpint (none->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vad/silence", test_silence);
  g_test_add_func ("/vad/noise", test_noise);
  g_test_add_func ("/vad/hum-and-tones", test_hum_and_tones);
  g_test_add_func ("/vad/clicks", test_clicks);
  g_test_add_func ("/vad/music", test_music);
  g_test_add_func ("/vad/speech", test_speech);
  g_test_add_func ("/vad/speech-alone", test_speech_alone);
  g_test_add_func ("/vad/padding", test_padding);
  g_test_add_func ("/vad/pieces", test_pieces);
  g_test_add_func ("/vad/longest", test_longest);
  g_test_add_func ("/vad/bad-samples", test_bad_samples);
  return g_test_run ();
}
