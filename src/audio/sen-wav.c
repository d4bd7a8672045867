/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-wav.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Microsoft's Multimedia Programming Interface 1.0: all numbers little-endian. */
typedef struct {
  char     riff[4];
  uint32_t n_file;          /* bytes that follow */
  char     wave[4], fmt[4];
  uint32_t n_fmt;
  uint16_t format, n_channels;
  uint32_t rate, bytes_per_second;
  uint16_t block, bits;
  char     data[4];
  uint32_t n_data;
} WavHead;

G_STATIC_ASSERT (sizeof (WavHead) == 44);

GBytes *
sen_wav_new (const float *samples, size_t n)
{
  n = MIN (n, (((size_t) 1 << 31) - sizeof (WavHead)) / 2);
  const uint32_t n_data = (uint32_t) (2 * n);
  const WavHead head = {
    .riff = "RIFF", .n_file = GUINT32_TO_LE (n_data + (uint32_t) sizeof head - 8), .wave = "WAVE", .fmt = "fmt ",
    .n_fmt = GUINT32_TO_LE (16), .format = GUINT16_TO_LE (1), .n_channels = GUINT16_TO_LE (1), .rate = GUINT32_TO_LE (16000),
    .bytes_per_second = GUINT32_TO_LE (32000), .block = GUINT16_TO_LE (2), .bits = GUINT16_TO_LE (16), .data = "data",
    .n_data = GUINT32_TO_LE (n_data),
  };
  uint8_t *bytes = g_malloc (sizeof head + n_data);
  memcpy (bytes, &head, sizeof head);
  for (size_t i = 0; i < n; i++)
    {
      int16_t sample = GINT16_TO_LE ((int16_t) lrintf (CLAMP (samples[i], -1.0f, 1.0f) * 32767.0f));
      memcpy (bytes + sizeof head + 2 * i, &sample, sizeof sample);
    }
  return g_bytes_new_take (bytes, sizeof head + n_data);
}
