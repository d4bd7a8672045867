/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sound.h"

#include <math.h>
#include <string.h>

enum { RATE = 16000 };

GArray *
sound_read (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "data", "speech", name, NULL);
  g_autofree char *data = NULL;
  gsize size = 0;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpint (size, >, 44);
  g_assert_cmpint (memcmp (data, "RIFF", 4), ==, 0);
  GArray *sound = g_array_new (FALSE, FALSE, sizeof (float));
  for (gsize i = 44; i + 1 < size; i += 2)
    {
      int16_t value;
      memcpy (&value, data + i, 2);
      float sample = (int16_t) GINT16_FROM_LE (value) / 32768.0f;
      g_array_append_val (sound, sample);
    }
  return sound;
}

static GArray *
new_sound (double seconds)
{
  GArray *sound = g_array_new (FALSE, TRUE, sizeof (float));
  g_array_set_size (sound, (guint) (seconds * RATE));
  return sound;
}

GArray *
sound_noise (double seconds, double slope, double rms, uint32_t seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  GArray *sound = new_sound (seconds);
  /* Sections of one pole and one zero an octave apart bend white noise by slope dB per octave over ten octaves. */
  double x1[10] = { 0 }, y1[10] = { 0 };
  for (guint i = 0; i < sound->len; i++)
    {
      double x = sqrt (-2.0 * log (1.0 - g_rand_double (rand))) * cos (2.0 * G_PI * g_rand_double (rand));
      for (int k = 0; slope != 0.0 && k < 10; k++)
        {
          double pole = exp (-2.0 * G_PI * 15.0 * pow (2.0, k) / RATE);
          double zero = exp (-2.0 * G_PI * 15.0 * pow (2.0, k + slope / 6.02) / RATE);
          double y = x - zero * x1[k] + pole * y1[k];
          x1[k] = x, y1[k] = y;
          x = y;
        }
      g_array_index (sound, float, i) = x * pow (10.0, rms / 20.0);
    }
  return sound;
}

GArray *
sound_tone (double seconds, double hertz, double level)
{
  GArray *sound = new_sound (seconds);
  for (guint i = 0; i < sound->len; i++)
    g_array_index (sound, float, i) = pow (10.0, level / 20.0) * sin (2.0 * G_PI * hertz * i / RATE);
  return sound;
}

void
sound_mix (GArray *into, const GArray *other, double at)
{
  guint start = (guint) (at * RATE);
  if (into->len < start + other->len)
    {
      guint before = into->len;
      g_array_set_size (into, start + other->len);
      memset (into->data + before * sizeof (float), 0, (into->len - before) * sizeof (float));
    }
  for (guint i = 0; i < other->len; i++)
    g_array_index (into, float, start + i) += g_array_index (other, float, i);
}

void
sound_scale (GArray *sound, double peak)
{
  float highest = 0.0f;
  for (guint i = 0; i < sound->len; i++)
    highest = fmaxf (highest, fabsf (g_array_index (sound, float, i)));
  for (guint i = 0; i < sound->len; i++)
    g_array_index (sound, float, i) *= pow (10.0, peak / 20.0) / highest;
}

double
sound_rms (const GArray *sound)
{
  double sum = 0.0;
  for (guint i = 0; i < sound->len; i++)
    sum += g_array_index (sound, float, i) * g_array_index (sound, float, i);
  return 10.0 * log10 (sum / sound->len + 1e-12);
}
