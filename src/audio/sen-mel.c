/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Frames are transformed LANES at a time with their values side by side, so that the compiler makes vectors of every line.
 * Double precision: quiet bands lie eight decades below the loudest, where single precision would show. */
#include "sen-mel.h"

#include <math.h>
#include <string.h>

#define N_FFT 400
#define N_HALF 200          /* a real transform of 400 is a complex one of 200 */
#define N_BINS (N_HALF + 1)
#define N_TAIL 160          /* zeros behind the last sample */
#define LANES 8
#define BLOCK_FRAMES 64     /* samples are taken in blocks of this many hops */
#define BUFFER_SAMPLES (BLOCK_FRAMES * SEN_MEL_HOP + N_FFT)

typedef double Lanes[LANES];

/* One step of the transform: @radix results from values n / radix apart. */
static const uint32_t radices[] = { 5, 5, 4, 2 };

typedef struct {
  uint32_t first, n;        /* frequencies of a band */
  float    weights[N_BINS];
} Band;

struct SenMel {
  uint32_t n_bins;
  Band    *bands;           /* [n_bins] */
  float    window[N_FFT];
  double   cosines[N_FFT], sines[N_FFT];   /* of 2π i / 400 */

  float    buffer[BUFFER_SAMPLES];   /* what the next frames need, from the next frame's first sample on */
  uint32_t n_buffered;
  bool     is_begun;                 /* the mirrored beginning is in the buffer */

  Lanes    real[2][N_HALF], imag[2][N_HALF];
};

/* --- Tables ----------------------------------------------------------------------------------------------------------------------- */

/* Slaney's mel scale: linear to 1 kHz, logarithmic above. */
static double
mel_to_hz (double mel)
{
  const double hz_per_mel = 200.0 / 3.0, knee_mel = 15.0, log_step = log (6.4) / 27.0;
  return mel < knee_mel ? hz_per_mel * mel : 1000.0 * exp (log_step * (mel - knee_mel));
}

static void
make_bands (SenMel *mel)
{
  const double top_mel = 45.245640471924965;   /* 8 kHz */
  for (uint32_t i = 0; i < mel->n_bins; i++)
    {
      double step = top_mel / (mel->n_bins + 1);
      double low = mel_to_hz (i * step), middle = mel_to_hz ((i + 1) * step), high = mel_to_hz ((i + 2) * step);
      Band *band = &mel->bands[i];
      for (uint32_t k = 0; k < N_BINS; k++)
        {
          double hz = (double) k * SEN_MEL_RATE / N_FFT;
          double weight = MIN ((hz - low) / (middle - low), (high - hz) / (high - middle));
          if (weight <= 0.0)
            continue;
          if (band->n == 0)
            band->first = k;
          band->n = k - band->first + 1;
          band->weights[k - band->first] = (float) (weight * 2.0 / (high - low));
        }
    }
}

SenMel *
sen_mel_new (uint32_t n_bins)
{
  g_return_val_if_fail (n_bins > 0 && n_bins <= SEN_MEL_MAX_BINS, NULL);
  SenMel *mel = g_new0 (SenMel, 1);
  mel->n_bins = n_bins;
  mel->bands = g_new0 (Band, n_bins);
  for (uint32_t i = 0; i < N_FFT; i++)
    {
      mel->cosines[i] = cos (2.0 * G_PI * i / N_FFT);
      mel->sines[i] = sin (2.0 * G_PI * i / N_FFT);
      mel->window[i] = (float) (0.5 - 0.5 * mel->cosines[i]);
    }
  make_bands (mel);
  return mel;
}

void
sen_mel_free (SenMel *mel)
{
  if (mel == NULL)
    return;
  g_free (mel->bands);
  g_free (mel);
}

/* --- The transform ---------------------------------------------------------------------------------------------------------------- */

/* Stockham's order: step by step, the values of a transform of length n lie @stride apart, and come out sorted. Angles are
 * multiples of 2π / 200, which stand at even places of the tables. */
static void
run_step (const SenMel *mel, uint32_t n, uint32_t stride, uint32_t radix, const Lanes *restrict re, const Lanes *restrict im,
          Lanes *restrict to_re, Lanes *restrict to_im)
{
  uint32_t m = n / radix;
  for (uint32_t p = 0; p < m; p++)
    for (uint32_t q = 0; q < stride; q++)
      for (uint32_t k = 0; k < radix; k++)
        {
          Lanes sum_re = { 0 }, sum_im = { 0 };
          for (uint32_t j = 0; j < radix; j++)
            {
              uint32_t from = q + stride * (p + m * j), angle = 2 * (j * k * (N_HALF / radix) % N_HALF);
              double c = mel->cosines[angle], s = mel->sines[angle];
              for (int l = 0; l < LANES; l++)
                {
                  sum_re[l] += re[from][l] * c + im[from][l] * s;
                  sum_im[l] += im[from][l] * c - re[from][l] * s;
                }
            }
          uint32_t to = q + stride * (radix * p + k), angle = 2 * (p * k * (N_HALF / n) % N_HALF);
          double c = mel->cosines[angle], s = mel->sines[angle];
          for (int l = 0; l < LANES; l++)
            {
              to_re[to][l] = sum_re[l] * c + sum_im[l] * s;
              to_im[to][l] = sum_im[l] * c - sum_re[l] * s;
            }
        }
}

/* Power of the frames whose even samples are in real[0] and odd ones in imag[0]. */
static void
transform (SenMel *mel, Lanes power[N_BINS])
{
  uint32_t n = N_HALF, stride = 1, from = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (radices); i++, from = 1 - from)
    {
      run_step (mel, n, stride, radices[i], mel->real[from], mel->imag[from], mel->real[1 - from], mel->imag[1 - from]);
      n /= radices[i];
      stride *= radices[i];
    }

  /* Even and odd samples apart again, and together as the halves of a transform of 400. */
  for (uint32_t k = 0; k <= N_HALF; k++)
    {
      const double *a_re = mel->real[from][k % N_HALF], *a_im = mel->imag[from][k % N_HALF];
      const double *b_re = mel->real[from][(N_HALF - k) % N_HALF], *b_im = mel->imag[from][(N_HALF - k) % N_HALF];
      double c = mel->cosines[k], s = mel->sines[k];
      for (int l = 0; l < LANES; l++)
        {
          double even_re = 0.5 * (a_re[l] + b_re[l]), even_im = 0.5 * (a_im[l] - b_im[l]);
          double odd_re = 0.5 * (a_im[l] + b_im[l]), odd_im = 0.5 * (b_re[l] - a_re[l]);
          double re = even_re + odd_re * c + odd_im * s, im = even_im + odd_im * c - odd_re * s;
          power[k][l] = re * re + im * im;
        }
    }
}

/* --- Frames ----------------------------------------------------------------------------------------------------------------------- */

/* Appends the @n frames that begin at the start of the buffer. */
static void
make_frames (SenMel *mel, uint32_t n, GArray *frames)
{
  Lanes power[N_BINS];
  guint at = frames->len;
  g_array_set_size (frames, at + n * mel->n_bins);
  float *out = &g_array_index (frames, float, at);

  for (uint32_t done = 0; done < n; done += LANES)
    {
      uint32_t n_here = MIN (LANES, n - done);
      for (uint32_t i = 0; i < N_FFT; i++)
        {
          double *to = i % 2 == 0 ? mel->real[0][i / 2] : mel->imag[0][i / 2];
          for (uint32_t l = 0; l < LANES; l++)
            to[l] = l < n_here ? mel->buffer[(done + l) * SEN_MEL_HOP + i] * mel->window[i] : 0.0f;
        }
      transform (mel, power);
      for (uint32_t b = 0; b < mel->n_bins; b++)
        {
          const Band *band = &mel->bands[b];
          Lanes sum = { 0 };
          for (uint32_t k = 0; k < band->n; k++)
            for (int l = 0; l < LANES; l++)
              sum[l] += power[band->first + k][l] * band->weights[k];
          for (uint32_t l = 0; l < n_here; l++)
            out[(size_t) (done + l) * mel->n_bins + b] = log10f ((float) MAX (sum[l], 1e-10));
        }
    }
}

/* Makes what frames the buffer has and drops the samples no later one needs. */
static void
drain (SenMel *mel, GArray *frames)
{
  if (mel->n_buffered < N_FFT)
    return;
  uint32_t n = (mel->n_buffered - N_FFT) / SEN_MEL_HOP + 1;
  make_frames (mel, n, frames);
  mel->n_buffered -= n * SEN_MEL_HOP;
  memmove (mel->buffer, mel->buffer + n * SEN_MEL_HOP, mel->n_buffered * sizeof (float));
}

/* Puts the mirror image before the first half window: buffer[200 .. 400] holds samples 0 .. 200. */
static void
begin (SenMel *mel)
{
  for (uint32_t i = 0; i < N_HALF; i++)
    mel->buffer[i] = mel->buffer[N_FFT - i];
  mel->is_begun = true;
}

void
sen_mel_push (SenMel *mel, const float *samples, size_t n, GArray *frames)
{
  for (size_t at = 0; at < n;)
    {
      if (!mel->is_begun && mel->n_buffered == 0)
        mel->n_buffered = N_HALF;
      size_t n_here = MIN (n - at, BUFFER_SAMPLES - mel->n_buffered);
      for (size_t i = 0; i < n_here; i++)
        mel->buffer[mel->n_buffered + i] = isfinite (samples[at + i]) ? samples[at + i] : 0.0f;
      mel->n_buffered += (uint32_t) n_here;
      at += n_here;
      if (!mel->is_begun && mel->n_buffered > N_FFT)
        begin (mel);
      if (mel->is_begun && mel->n_buffered == BUFFER_SAMPLES)
        drain (mel, frames);
    }
}

void
sen_mel_finish (SenMel *mel, GArray *frames)
{
  static const float silence[N_TAIL];
  sen_mel_push (mel, silence, N_TAIL, frames);

  /* Sound so short that there is nothing to mirror gets zeros instead. */
  if (!mel->is_begun)
    {
      memset (mel->buffer + mel->n_buffered, 0, (N_FFT + 1 - MIN (mel->n_buffered, N_FFT + 1)) * sizeof (float));
      begin (mel);
    }
  drain (mel, frames);
  uint32_t n = mel->n_buffered;
  for (uint32_t i = 0; i < N_HALF; i++)
    mel->buffer[n + i] = i + 2 <= n ? mel->buffer[n - 2 - i] : 0.0f;
  mel->n_buffered = n + N_HALF;
  /* The frame that is centred beyond the zeros is none. */
  if (mel->n_buffered >= N_FFT)
    make_frames (mel, (mel->n_buffered - N_FFT) / SEN_MEL_HOP, frames);
  mel->n_buffered = 0;
  mel->is_begun = false;
}

void
sen_mel_normalize (const float *raw, size_t n, float loudest, float *normalized)
{
  float floor = loudest - 8.0f;
  for (size_t i = 0; i < n; i++)
    normalized[i] = (MAX (raw[i], floor) + 4.0f) / 4.0f;
}
