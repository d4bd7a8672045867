/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Sound becomes log-mel as it is read; stretches without speech are left out, and the times of what remains can be mapped back.
 * Frames that were heard are dropped, so memory is that of the read-ahead. */
#include "sen-transcribe-private.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-mel.h"
#include "sen-vad.h"

#define PIECE_SAMPLES 16000

/* Speech that was kept: where it begins in what was kept, and in the sound. */
typedef struct {
  int64_t kept, start, end;   /* samples */
} Stretch;

struct SenSoundFrames {
  SenSoundRead read;
  gpointer     read_data;
  SenMel      *mel;
  SenVad      *vad;           /* or NULL: all is kept */
  uint32_t     n_bins;
  GArray      *frames;        /* float, raw, from frame first_frame on */
  uint64_t     first_frame;
  float        loudest;
  bool         is_ended;
  GArray      *samples;       /* float: what the VAD has not settled, from sample first_sample on */
  int64_t      first_sample;
  int64_t      n_read, n_kept;
  GArray      *stretches;     /* Stretch */
};

SenSoundFrames *
sen_sound_frames_new (uint32_t n_bins, bool use_vad, SenSoundRead read, gpointer read_data)
{
  /* Long pauses only, and room around words: what is left out is silence for certain. */
  SenVadOptions options = SEN_VAD_DEFAULTS;
  options.min_silence = 2.0f;
  options.pad = 0.4f;
  SenSoundFrames *f = g_new0 (SenSoundFrames, 1);
  f->read = read;
  f->read_data = read_data;
  f->mel = sen_mel_new (n_bins);
  f->vad = use_vad ? sen_vad_new (&options) : NULL;
  f->n_bins = n_bins;
  f->frames = g_array_new (FALSE, FALSE, sizeof (float));
  f->samples = g_array_new (FALSE, FALSE, sizeof (float));
  f->stretches = g_array_new (FALSE, FALSE, sizeof (Stretch));
  f->loudest = -INFINITY;
  return f;
}

void
sen_sound_frames_free (SenSoundFrames *f)
{
  if (f == NULL)
    return;
  sen_mel_free (f->mel);
  sen_vad_free (f->vad);
  g_array_unref (f->frames);
  g_array_unref (f->samples);
  g_array_unref (f->stretches);
  g_free (f);
}

/* --- Reading -------------------------------------------------------------------------------------------------------------------------- */

static void
measure (SenSoundFrames *f, guint from)
{
  for (guint i = from; i < f->frames->len; i++)
    f->loudest = MAX (f->loudest, g_array_index (f->frames, float, i));
}

static void
keep (SenSoundFrames *f, const float *samples, size_t n)
{
  guint before = f->frames->len;
  sen_mel_push (f->mel, samples, n, f->frames);
  f->n_kept += (int64_t) n;
  measure (f, before);
}

static void
keep_speech (SenSoundFrames *f)
{
  SenSpeech speech;
  while (sen_vad_next (f->vad, &speech))
    {
      int64_t start = MAX (speech.start, f->first_sample), end = MIN (speech.end, f->first_sample + (int64_t) f->samples->len);
      if (start >= end)
        continue;
      const Stretch stretch = { .kept = f->n_kept, .start = start, .end = end };
      g_array_append_val (f->stretches, stretch);
      keep (f, &g_array_index (f->samples, float, start - f->first_sample), (size_t) (end - start));
    }
  int64_t n_settled = MIN (sen_vad_settled (f->vad) - f->first_sample, (int64_t) f->samples->len);
  /* Not for every piece: the rest is moved. */
  if (n_settled >= 10 * PIECE_SAMPLES || n_settled == (int64_t) f->samples->len)
    {
      g_array_remove_range (f->samples, 0, (guint) MAX (n_settled, 0));
      f->first_sample += MAX (n_settled, 0);
    }
}

static bool
read_piece (SenSoundFrames *f, GError **error)
{
  g_autofree float *piece = g_new (float, PIECE_SAMPLES);
  gssize n = f->read (piece, PIECE_SAMPLES, f->read_data, error);
  if (n < 0)
    return false;
  f->n_read += n;
  if (n > 0 && f->vad != NULL)
    {
      g_array_append_vals (f->samples, piece, (guint) n);
      sen_vad_feed (f->vad, piece, (size_t) n);
    }
  else if (n > 0)
    keep (f, piece, (size_t) n);
  if (n == 0)
    {
      if (f->vad != NULL)
        sen_vad_finish (f->vad);
      f->is_ended = true;
    }
  if (f->vad != NULL)
    keep_speech (f);
  if (f->is_ended)
    {
      guint before = f->frames->len;
      sen_mel_finish (f->mel, f->frames);
      measure (f, before);
    }
  return true;
}

bool
sen_sound_frames_fill (SenSoundFrames *f, uint64_t end, SenCancel *cancel, GError **error)
{
  while (!f->is_ended && f->first_frame + f->frames->len / f->n_bins < end)
    {
      if (sen_cancel_requested (cancel))
        {
          g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
          return false;
        }
      if (!read_piece (f, error))
        return false;
    }
  return true;
}

uint64_t
sen_sound_frames_n (const SenSoundFrames *f)
{
  uint64_t n = f->first_frame + f->frames->len / f->n_bins;
  /* The last frame is centred behind the last sample. */
  return f->is_ended && n > 0 ? n - 1 : n;
}

void
sen_sound_frames_window (SenSoundFrames *f, uint64_t first, uint32_t n, float *mel)
{
  g_return_if_fail (first >= f->first_frame && n <= SEN_WHISPER_FRAMES);
  const float *raw = (const float *) f->frames->data + (first - f->first_frame) * f->n_bins;
  sen_mel_normalize (raw, (size_t) n * f->n_bins, f->loudest, mel);
  memset (mel + (size_t) n * f->n_bins, 0, (size_t) (SEN_WHISPER_FRAMES - n) * f->n_bins * sizeof (float));
}

void
sen_sound_frames_drop (SenSoundFrames *f, uint64_t first)
{
  uint64_t n = MIN (first - f->first_frame, f->frames->len / f->n_bins);
  if (n == 0)
    return;
  g_array_remove_range (f->frames, 0, (guint) (n * f->n_bins));
  f->first_frame += n;

  /* Stretches that end before what can still be asked for, but one. */
  guint n_old = 0;
  int64_t kept = (int64_t) f->first_frame * SEN_MEL_HOP;
  while (n_old + 1 < f->stretches->len && g_array_index (f->stretches, Stretch, n_old + 1).kept <= kept - SEN_MEL_RATE)
    n_old++;
  if (n_old > 64)
    g_array_remove_range (f->stretches, 0, n_old);
}

/* --- Times ---------------------------------------------------------------------------------------------------------------------------- */

int
sen_sound_frames_stretch (const SenSoundFrames *f, double seconds, bool is_end)
{
  int64_t sample = llround (seconds * SEN_MEL_RATE);
  int index = (int) f->stretches->len - 1;
  while (index > 0)
    {
      int64_t kept = g_array_index (f->stretches, Stretch, index).kept;
      if (is_end ? kept < sample : kept <= sample)
        break;
      index--;
    }
  return index;
}

double
sen_sound_frames_time (const SenSoundFrames *f, double seconds, bool is_end, int index)
{
  if (f->vad == NULL || f->stretches->len == 0)
    return seconds;
  if (index < 0)
    index = sen_sound_frames_stretch (f, seconds, is_end);
  const Stretch *stretch = &g_array_index (f->stretches, Stretch, index);
  double time = seconds + (double) (stretch->start - stretch->kept) / SEN_MEL_RATE;
  return MIN (time, (double) stretch->end / SEN_MEL_RATE);
}

double
sen_sound_frames_seconds (const SenSoundFrames *f)
{
  return (double) f->n_read / SEN_MEL_RATE;
}
