/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-decode-private.h"

#include <math.h>
#include <unistd.h>

#include "sen-error.h"

struct SenSound {
  SenDecode *decode;
  char      *path;
  int        fd;
  uint64_t   size;
  uint32_t   generation;      /* of the helper that knows @handle */
  uint32_t   handle;
  int64_t    position;        /* samples from the start of the file */
  double     duration;
};

static bool
open_at_position (SenSound *sound, SenCancel *cancel, GError **error)
{
  SenExchange x = sen_exchange (SEN_WIRE_SOUND_OPEN, sound->path);
  x.request.file_size = sound->size;
  x.request.seconds = (double) sound->position / SEN_SOUND_RATE;
  x.fds = &sound->fd;
  x.n_fds = 1;
  sound->generation = 0;
  if (!sen_decode_exchange (sound->decode, &x, cancel, error))
    return false;
  sound->generation = x.answered_by;
  sound->handle = x.reply.handle;
  sound->duration = x.reply.duration;
  return true;
}

static void
forget_handle (SenSound *sound)
{
  if (sound->generation == 0)
    return;
  /* When that helper is gone, so is the handle; and if it dies of this, the next call starts another. */
  SenExchange x = sen_exchange (SEN_WIRE_CLOSE, sound->path);
  x.request.handle = sound->handle;
  x.generation = sound->generation;
  sen_decode_exchange (sound->decode, &x, NULL, NULL);
  sound->generation = 0;
}

static int64_t
to_position (double seconds)
{
  return (int64_t) llround (CLAMP (seconds, 0, 1e8) * SEN_SOUND_RATE);
}

SenSound *
sen_decode_open_sound (SenDecode *decode, const char *path, double start, SenCancel *cancel, GError **error)
{
  uint64_t size;
  int fd = sen_decode_open_file (path, &size, error);
  if (fd < 0)
    return NULL;
  g_autoptr (SenSound) sound = g_new0 (SenSound, 1);
  sound->decode = decode;
  sound->path = g_strdup (path);
  sound->fd = fd;
  sound->size = size;
  sound->position = to_position (start);
  return open_at_position (sound, cancel, error) ? g_steal_pointer (&sound) : NULL;
}

gssize
sen_sound_read (SenSound *sound, float *samples, size_t n, SenCancel *cancel, GError **error)
{
  if (n == 0)
    return 0;
  for (int attempt = 0;; attempt++)
    {
      g_autoptr (GError) trouble = NULL;
      if (sound->generation == 0 && !open_at_position (sound, cancel, error))
        return -1;
      SenExchange x = sen_exchange (SEN_WIRE_SOUND_READ, sound->path);
      x.request.handle = sound->handle;
      x.request.n = (uint32_t) MIN (n, SEN_WIRE_MAX_PAYLOAD / sizeof (float));
      x.generation = sound->generation;
      x.payload = samples;
      x.max_payload = x.request.n * sizeof (float);
      if (sen_decode_exchange (sound->decode, &x, cancel, &trouble))
        {
          gssize n_read = (gssize) (x.n_payload / sizeof (float));
          for (gssize i = 0; i < n_read; i++)
            samples[i] = isfinite (samples[i]) ? CLAMP (samples[i], -1.0f, 1.0f) : 0;
          sound->position += n_read;
          return n_read;
        }
      /* Another file took the helper with it: go on in the new one, from the sample we stood at. */
      if (x.stale && attempt < 3)
        {
          sound->generation = 0;
          continue;
        }
      g_propagate_error (error, g_steal_pointer (&trouble));
      return -1;
    }
}

GArray *
sen_decode_read_sound (SenDecode *decode, const char *path, double max_seconds, SenCancel *cancel, GError **error)
{
  g_autoptr (SenSound) sound = sen_decode_open_sound (decode, path, 0.0, cancel, error);
  if (sound == NULL)
    return NULL;
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (float));
  float some[4096];
  gssize n = 1;
  while (n > 0 && samples->len <= max_seconds * SEN_SOUND_RATE)
    {
      n = sen_sound_read (sound, some, G_N_ELEMENTS (some), cancel, error);
      g_array_append_vals (samples, some, (guint) MAX (n, 0));
    }
  return n >= 0 ? g_steal_pointer (&samples) : NULL;
}

double
sen_sound_position (const SenSound *sound)
{
  return (double) sound->position / SEN_SOUND_RATE;
}

double
sen_sound_duration (const SenSound *sound)
{
  return sound->duration;
}

void
sen_sound_close (SenSound *sound)
{
  if (sound == NULL)
    return;
  forget_handle (sound);
  if (sound->fd >= 0)
    close (sound->fd);
  g_free (sound->path);
  g_free (sound);
}

/* --- Waveform -------------------------------------------------------------------------------------------------------------------- */

/* The length is known only at the end, so bins are collected finer than needed and merged in pairs whenever they run out. */
typedef struct {
  size_t  n_max;              /* even */
  size_t  n_full;
  size_t  per_bin;            /* samples */
  size_t  n_in_bin;
  float  *low, *high;
} PeakBins;

static void
peak_bins_add (PeakBins *bins, float sample)
{
  if (bins->n_in_bin == bins->per_bin)
    {
      bins->n_in_bin = 0;
      if (++bins->n_full == bins->n_max)
        {
          for (size_t i = 0; i < bins->n_max / 2; i++)
            {
              bins->low[i] = MIN (bins->low[2 * i], bins->low[2 * i + 1]);
              bins->high[i] = MAX (bins->high[2 * i], bins->high[2 * i + 1]);
            }
          bins->n_full /= 2;
          bins->per_bin *= 2;
        }
    }
  size_t at = bins->n_full;
  bins->low[at] = bins->n_in_bin == 0 ? sample : MIN (bins->low[at], sample);
  bins->high[at] = bins->n_in_bin == 0 ? sample : MAX (bins->high[at], sample);
  bins->n_in_bin++;
}

/* Bin i of @peaks covers [i, i + 1) · n_samples / n_bins; every fine bin that touches it counts. */
static void
peaks_fill (SenPeaks *peaks, const PeakBins *bins, size_t n_samples)
{
  for (size_t i = 0; i < peaks->n_bins; i++)
    {
      size_t first = (size_t) ((double) i * (double) n_samples / (double) peaks->n_bins);
      size_t end = (size_t) ceil ((double) (i + 1) * (double) n_samples / (double) peaks->n_bins);
      size_t a = first / bins->per_bin, b = MAX (a, (MAX (end, 1) - 1) / bins->per_bin);
      for (size_t j = a; j <= b && n_samples > 0; j++)
        {
          peaks->low[i] = j == a ? bins->low[j] : MIN (peaks->low[i], bins->low[j]);
          peaks->high[i] = j == a ? bins->high[j] : MAX (peaks->high[i], bins->high[j]);
        }
    }
}

SenPeaks *
sen_decode_peaks (SenDecode *decode, const char *path, size_t n_bins, SenDecodeProgress progress, gpointer user_data,
                  SenCancel *cancel, GError **error)
{
  g_return_val_if_fail (n_bins > 0 && n_bins <= 1 << 20, NULL);
  g_autoptr (SenSound) sound = sen_decode_open_sound (decode, path, 0, cancel, error);
  if (sound == NULL)
    return NULL;

  size_t n_max = MAX (8 * n_bins, 64);
  g_autofree float *low = g_new0 (float, n_max), *high = g_new0 (float, n_max);
  g_autofree float *samples = g_new (float, SEN_SOUND_RATE);
  PeakBins bins = { .n_max = n_max, .per_bin = 16, .low = low, .high = high };
  size_t n_samples = 0;
  gssize n;
  while ((n = sen_sound_read (sound, samples, SEN_SOUND_RATE, cancel, error)) > 0)
    {
      for (gssize i = 0; i < n; i++)
        peak_bins_add (&bins, samples[i]);
      n_samples += (size_t) n;
      if (progress != NULL)
        progress (sen_sound_position (sound), sound->duration, user_data);
    }
  if (n < 0)
    return NULL;

  SenPeaks *peaks = g_new0 (SenPeaks, 1);
  peaks->n_bins = n_bins;
  peaks->low = g_new0 (float, n_bins);
  peaks->high = g_new0 (float, n_bins);
  peaks->duration = (double) n_samples / SEN_SOUND_RATE;
  peaks_fill (peaks, &bins, n_samples);
  return peaks;
}

void
sen_peaks_free (SenPeaks *peaks)
{
  if (peaks == NULL)
    return;
  g_free (peaks->low);
  g_free (peaks->high);
  g_free (peaks);
}
