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

static const char *corpus;

SenDecode *
fixture_begin (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  g_assert_cmpint (*argc, >=, 2);
  corpus = (*argv)[1];
  return sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper () });
}

int
fixture_run (SenDecode *decode)
{
  int result = g_test_run ();
  sen_decode_free (decode);
  return result;
}

char *
corpus_path (const char *name)
{
  return g_build_filename (corpus, name, NULL);
}

void
fixture_put (GByteArray *out, uint64_t value, uint32_t n_bytes)
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
  fixture_put (out, 54 + size, 4);
  fixture_put (out, 0, 4);
  fixture_put (out, 54, 4);
  fixture_put (out, 40, 4);
  fixture_put (out, (uint32_t) width, 4);
  fixture_put (out, (uint32_t) height, 4);
  fixture_put (out, 1, 2);
  fixture_put (out, 24, 2);
  for (int i = 0; i < 6; i++)
    fixture_put (out, 0, 4);
  for (int y = height - 1; y >= 0; y--)
    {
      for (int x = 0; x < width; x++)
        fixture_put (out, fixture_colour (x, y), 3);
      fixture_put (out, 0, stride - (uint32_t) width * 3);
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
  fixture_put (out, (uint32_t) (36 + 2 * n_samples), 4);
  g_byte_array_append (out, (const uint8_t *) "WAVEfmt ", 8);
  fixture_put (out, 16, 4);
  fixture_put (out, 1, 2);
  fixture_put (out, 1, 2);
  fixture_put (out, 16000, 4);
  fixture_put (out, 32000, 4);
  fixture_put (out, 2, 2);
  fixture_put (out, 16, 2);
  g_byte_array_append (out, (const uint8_t *) "data", 4);
  fixture_put (out, (uint32_t) (2 * n_samples), 4);
  for (size_t i = 0; i < n_samples; i++)
    fixture_put (out, (uint32_t) lrintf (32767 * fixture_wav_sample (i)), 2);
  return fixture_write ("tone.wav", out->data, out->len);
}
