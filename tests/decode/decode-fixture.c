/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "decode-fixture.h"

#include <math.h>
#include <unistd.h>

#include "sen-debug.h"

const char *
fixture_helper (void)
{
  return sen_debug_from_env ().decode_helper;
}

static void
put (GByteArray *out, uint32_t value, uint32_t n_bytes)
{
  for (uint32_t i = 0; i < n_bytes; i++)
    {
      uint8_t byte = (uint8_t) (value >> (8 * i));
      g_byte_array_append (out, &byte, 1);
    }
}

uint32_t
fixture_colour (int x, int y)
{
  return (uint32_t) ((x * 37 + y * 11) & 255) << 16 | (uint32_t) ((x * 5 + y * 71) & 255) << 8 | (uint32_t) ((x * y) & 255);
}

GBytes *
fixture_bmp (int width, int height)
{
  GByteArray *out = g_byte_array_new ();
  uint32_t stride = ((uint32_t) width * 3 + 3) & ~3u, size = stride * (uint32_t) height;
  g_byte_array_append (out, (const uint8_t *) "BM", 2);
  put (out, 54 + size, 4);
  put (out, 0, 4);
  put (out, 54, 4);
  put (out, 40, 4);
  put (out, (uint32_t) width, 4);
  put (out, (uint32_t) height, 4);
  put (out, 1, 2);
  put (out, 24, 2);
  for (int i = 0; i < 6; i++)
    put (out, 0, 4);
  for (int y = height - 1; y >= 0; y--)
    {
      for (int x = 0; x < width; x++)
        put (out, fixture_colour (x, y), 3);
      put (out, 0, stride - (uint32_t) width * 3);
    }
  return g_byte_array_free_to_bytes (out);
}

float
fixture_wav_sample (size_t i)
{
  return 0.5f * sinf ((float) (i % 16000) * 0.05f) * (float) (1 + i / 16000) / 8;
}

char *
fixture_write (const char *name, const void *bytes, size_t n)
{
  char *path = g_strdup_printf ("%s/sensorium-%d-%s", g_get_tmp_dir (), (int) getpid (), name);
  g_autoptr (GError) error = NULL;
  g_file_set_contents (path, bytes, (gssize) n, &error);
  g_assert_no_error (error);
  return path;
}

char *
fixture_write_wav (size_t n_samples)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_byte_array_append (out, (const uint8_t *) "RIFF", 4);
  put (out, (uint32_t) (36 + 2 * n_samples), 4);
  g_byte_array_append (out, (const uint8_t *) "WAVEfmt ", 8);
  put (out, 16, 4);
  put (out, 1, 2);
  put (out, 1, 2);
  put (out, 16000, 4);
  put (out, 32000, 4);
  put (out, 2, 2);
  put (out, 16, 2);
  g_byte_array_append (out, (const uint8_t *) "data", 4);
  put (out, (uint32_t) (2 * n_samples), 4);
  for (size_t i = 0; i < n_samples; i++)
    put (out, (uint32_t) lrintf (32767 * fixture_wav_sample (i)), 2);
  return fixture_write ("tone.wav", out->data, out->len);
}
