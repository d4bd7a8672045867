/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-vad-private.h"

#include <math.h>
#include <string.h>

enum {
  N_FFT = 1024,
  N_SHORT = 512,             /* the window for bands, 32 ms */
  N_LONG = 800,              /* the window for pitch and peaks, 50 ms; so that lags up to 270 do not wrap in N_FFT */
  N_BINS = N_FFT / 2 + 1,
  N_BANDS = 16,
  N_CEPSTRA = 6,
  WINDOW = 2 * SEN_VAD_AHEAD + 1,
  NEAR = 20,                 /* frames on either side in the narrow context */
  MIN_LAG = 40, MAX_LAG = 266,   /* 400 Hz to 60 Hz */
  N_BLOCKS = 8, BLOCK = 40,  /* the floor looks back over 8 blocks of 0.4 s */
  MAX_MODULATION = 40,       /* 1 to 40 cycles per window of 1.21 s: 0.8 to 33 Hz */
};

/* What each frame leaves behind. */
typedef struct {
  float bands[N_BANDS];      /* dB */
  float cepstra[N_CEPSTRA];
  float level;               /* dB */
  float flatness, tilt;
  float harmonicity, pitch;  /* 0 to 1; log2 Hz */
  float steadiness, peaks;   /* share of peaks that stand still; mean height of peaks over their surroundings, dB */
  float flux;
} Frame;

struct SenVadFeatures {
  SenVadRowFunc func;
  gpointer      data;

  /* Tables. */
  float hann_short[N_SHORT], hann_long[N_LONG], lag_weight[MAX_LAG + 2];
  float twiddle[N_FFT];      /* cos, sin of -2πk/N_FFT for k < N_FFT/2 */
  float dct[N_CEPSTRA][N_BANDS];
  float mod_cos[WINDOW][MAX_MODULATION], mod_sin[WINDOW][MAX_MODULATION];
  int   band_edges[N_BANDS + 2];

  /* The sound: the last N_LONG samples, high-passed. */
  float    samples[N_LONG], hop[SEN_VAD_HOP];
  size_t   n_in_hop;
  uint64_t n_hops;
  double   hp_x1, hp_x2, hp_y1, hp_y2;

  /* Peaks that may be standing still, one per bin. */
  float anchor[N_BINS];
  int   age[N_BINS];

  Frame    frames[WINDOW];   /* frame i at i % WINDOW */
  uint64_t n_frames, n_rows;
  float    block_min[N_BLOCKS][N_BANDS], current_min[N_BANDS];
  float    past[5];          /* means over the last seconds */
  float    modulation[2];
};

/* --- Transform ------------------------------------------------------------------------------------------------------- */

/* In-place complex FFT of N_FFT points, radix 2: interleaved re, im. Small and plain: 100 a second. */
static void
transform (const SenVadFeatures *f, float *z)
{
  for (uint32_t i = 1, j = 0; i < N_FFT; i++)
    {
      uint32_t bit = N_FFT >> 1;
      for (; j & bit; bit >>= 1)
        j ^= bit;
      j ^= bit;
      if (i < j)
        {
          float re = z[2 * i], im = z[2 * i + 1];
          z[2 * i] = z[2 * j], z[2 * i + 1] = z[2 * j + 1];
          z[2 * j] = re, z[2 * j + 1] = im;
        }
    }
  for (uint32_t half = 1; half < N_FFT; half *= 2)
    for (uint32_t start = 0; start < N_FFT; start += 2 * half)
      for (uint32_t k = 0; k < half; k++)
        {
          const float *w = f->twiddle + 2 * (k * (N_FFT / 2 / half));
          float *a = z + 2 * (start + k), *b = a + 2 * half;
          float re = b[0] * w[0] - b[1] * w[1], im = b[0] * w[1] + b[1] * w[0];
          b[0] = a[0] - re, b[1] = a[1] - im;
          a[0] += re, a[1] += im;
        }
}

/* Two real signals in one complex transform: their power spectra, N_BINS each. */
static void
power_of_two (const float *z, float *first, float *second)
{
  for (int k = 0; k < N_BINS; k++)
    {
      int m = (N_FFT - k) % N_FFT;
      float a_re = 0.5f * (z[2 * k] + z[2 * m]), a_im = 0.5f * (z[2 * k + 1] - z[2 * m + 1]);
      float b_re = 0.5f * (z[2 * k + 1] + z[2 * m + 1]), b_im = 0.5f * (z[2 * m] - z[2 * k]);
      first[k] = a_re * a_re + a_im * a_im;
      second[k] = b_re * b_re + b_im * b_im;
    }
}

/* --- One frame ------------------------------------------------------------------------------------------------------- */

/* Power so small that nobody can have said it: white noise at -90 dB of full scale, as it appears in one bin of the short
 * window. What is below is silence, whatever its shape. */
#define LEAST_POWER (1e-9f * N_SHORT * 0.375f)

static float
decibels (float power)
{
  return 10.0f * log10f (power);
}

static void
measure_bands (const SenVadFeatures *f, const float *power, Frame *frame)
{
  float total = 0.0f;
  for (int b = 0; b < N_BANDS; b++)
    {
      int low = f->band_edges[b], mid = f->band_edges[b + 1], high = f->band_edges[b + 2];
      float sum = 0.0f, weight = 0.0f;
      for (int k = low + 1; k < high; k++)
        {
          float w = k <= mid ? (float) (k - low) / (mid - low) : (float) (high - k) / (high - mid);
          sum += w * power[k];
          weight += w;
        }
      frame->bands[b] = decibels (sum / weight + LEAST_POWER);
      total += sum;
    }
  frame->level = decibels (total + N_BINS * LEAST_POWER);
  for (int c = 0; c < N_CEPSTRA; c++)
    {
      frame->cepstra[c] = 0.0f;
      for (int b = 0; b < N_BANDS; b++)
        frame->cepstra[c] += f->dct[c][b] * frame->bands[b];
    }

  /* 200 Hz to 5 kHz, and the balance of below 1 kHz against above 2 kHz. */
  float logs = 0.0f, mean = 0.0f, low = 0.0f, high = 0.0f;
  int first = 200 * N_FFT / SEN_VAD_RATE, last = 5000 * N_FFT / SEN_VAD_RATE;
  for (int k = first; k < last; k++)
    {
      float p = power[k] + LEAST_POWER;
      logs += logf (p);
      mean += p;
      *(k < N_FFT / 16 ? &low : k > N_FFT / 8 ? &high : &(float) { 0 }) += p;
    }
  int n = last - first;
  frame->flatness = 4.342945f * (logs / n - logf (mean / n));
  frame->tilt = decibels (low) - decibels (high);
}

/* The highest autocorrelation among the lags of voices, after Boersma 1993. */
static void
measure_pitch (const SenVadFeatures *f, const float *power, Frame *frame)
{
  float z[2 * N_FFT];
  int first = 70 * N_FFT / SEN_VAD_RATE, last = 3000 * N_FFT / SEN_VAD_RATE;
  memset (z, 0, sizeof z);
  for (int k = first; k < last; k++)
    z[2 * k] = z[2 * (N_FFT - k)] = power[k];
  transform (f, z);
  frame->harmonicity = 0.0f;
  frame->pitch = 7.0f;
  float zero = z[0] + LEAST_POWER * (last - first) * 2.0f, best = 0.0f;
  for (int lag = MIN_LAG; lag <= MAX_LAG; lag++)
    {
      float r = z[2 * lag] / (zero * f->lag_weight[lag]);
      /* A small cost for long lags, so that the period is meant and not its double. */
      float score = r - 0.02f * log2f ((float) lag / MIN_LAG);
      if (score > best && z[2 * lag] >= z[2 * (lag - 1)] && z[2 * lag] >= z[2 * (lag + 1)])
        {
          best = score;
          frame->harmonicity = CLAMP (r, 0.0f, 1.0f);
          frame->pitch = log2f ((float) SEN_VAD_RATE / lag);
        }
    }
}

/* Peaks of the fine spectrum that stay where they were. */
static void
measure_peaks (SenVadFeatures *f, const float *power, Frame *frame)
{
  enum { AROUND = 6, OLD = 15 };
  float logs[N_BINS], anchor[N_BINS];
  int age[N_BINS];
  float height_sum = 0.0f, steady_sum = 0.0f;
  int n_peaks = 0;
  for (int k = 0; k < N_BINS; k++)
    logs[k] = decibels (power[k] + LEAST_POWER);
  memset (age, 0, sizeof age);
  int first = 90 * N_FFT / SEN_VAD_RATE, last = 5000 * N_FFT / SEN_VAD_RATE;
  float around = 0.0f;
  for (int k = first - AROUND; k < first + AROUND; k++)
    around += logs[MAX (k, 0)];
  for (int k = first; k < last; k++)
    {
      around += logs[k + AROUND];
      float height = logs[k] - around / (2 * AROUND + 1);
      around -= logs[MAX (k - AROUND, 0)];
      if (logs[k] < logs[k - 1] || logs[k] <= logs[k + 1] || height < 3.0f)
        continue;
      float bend = logs[k - 1] - 2.0f * logs[k] + logs[k + 1];
      float at = k + (bend < -1e-6f ? 0.5f * (logs[k - 1] - logs[k + 1]) / bend : 0.0f);
      /* The oldest track within a third of a bin (5 Hz). */
      int from = -1;
      for (int j = k - 1; j <= k + 1; j++)
        if (f->age[j] > 0 && fabsf (f->anchor[j] - at) < 0.33f && (from < 0 || f->age[j] > f->age[from]))
          from = j;
      age[k] = from >= 0 ? MIN (f->age[from] + 1, 1000) : 1;
      anchor[k] = from >= 0 ? f->anchor[from] + 0.1f * (at - f->anchor[from]) : at;
      height_sum += height;
      steady_sum += height * MIN (age[k], OLD) / OLD * (age[k] >= OLD / 2);
      n_peaks++;
    }
  for (int k = 0; k < N_BINS; k++)
    {
      f->age[k] = age[k];
      if (age[k] > 0)
        f->anchor[k] = anchor[k];
    }
  frame->peaks = n_peaks > 0 ? height_sum / n_peaks : 0.0f;
  frame->steadiness = height_sum > 0.0f ? steady_sum / height_sum : 0.0f;
}

static void
add_frame (SenVadFeatures *f)
{
  Frame *frame = &f->frames[f->n_frames % WINDOW];
  float z[2 * N_FFT], bands[N_BINS], fine[N_BINS];
  memset (z, 0, sizeof z);
  for (int i = 0; i < N_SHORT; i++)   /* both windows have the same centre */
    z[2 * i] = f->samples[(N_LONG - N_SHORT) / 2 + i] * f->hann_short[i];
  for (int i = 0; i < N_LONG; i++)
    z[2 * i + 1] = f->samples[i] * f->hann_long[i];
  transform (f, z);
  power_of_two (z, bands, fine);
  measure_bands (f, bands, frame);
  measure_pitch (f, fine, frame);
  measure_peaks (f, fine, frame);

  frame->flux = 0.0f;
  if (f->n_frames >= 2)
    {
      const Frame *before = &f->frames[(f->n_frames - 2) % WINDOW];
      for (int b = 0; b < N_BANDS; b++)
        frame->flux += fabsf (frame->bands[b] - before->bands[b]) / N_BANDS;
    }

  /* The floor: the least of each band in the current block and in those before. */
  if (f->n_frames % BLOCK == 0)
    {
      memmove (f->block_min[1], f->block_min[0], (N_BLOCKS - 1) * sizeof f->block_min[0]);
      memcpy (f->block_min[0], f->current_min, sizeof f->current_min);
      for (int b = 0; b < N_BANDS; b++)
        f->current_min[b] = INFINITY;
    }
  for (int b = 0; b < N_BANDS; b++)
    f->current_min[b] = fminf (f->current_min[b], frame->bands[b]);
  f->n_frames++;
}

/* --- One row --------------------------------------------------------------------------------------------------------- */

typedef struct { float mean, spread; } Moments;

static Moments
moments (const SenVadFeatures *f, uint64_t first, uint64_t end, size_t offset)
{
  double sum = 0.0, squares = 0.0;
  for (uint64_t i = first; i < end; i++)
    {
      double v = *(const float *) ((const char *) &f->frames[i % WINDOW] + offset);
      sum += v;
      squares += v * v;
    }
  double n = end - first, mean = sum / n;
  return (Moments) { mean, sqrt (fmax (squares / n - mean * mean, 0.0)) };
}

#define MOMENTS(first, end, member) moments (f, first, end, offsetof (Frame, member))

/* How much the envelope swings at the rate of syllables: dB of that swing, and its share of all swinging. */
static void
measure_modulation (SenVadFeatures *f, uint64_t first, uint64_t end, float mean)
{
  float syllables = 0.0f, all = 1e-3f;
  float re[MAX_MODULATION] = { 0 }, im[MAX_MODULATION] = { 0 };
  for (uint64_t i = first; i < end; i++)
    {
      float v = f->frames[i % WINDOW].level - mean;
      for (int m = 0; m < MAX_MODULATION; m++)
        re[m] += v * f->mod_cos[i - first][m], im[m] += v * f->mod_sin[i - first][m];
    }
  for (int m = 0; m < MAX_MODULATION; m++)
    {
      float energy = (re[m] * re[m] + im[m] * im[m]) / WINDOW;
      all += energy;
      if (m >= 1 && m <= 9)   /* 1.7 to 8.3 Hz */
        syllables += energy;
    }
  f->modulation[0] = syllables / all;
  f->modulation[1] = sqrtf (syllables);
}

static void
give_row (SenVadFeatures *f)
{
  uint64_t at = f->n_rows, first = at > SEN_VAD_AHEAD ? at - SEN_VAD_AHEAD : 0, end = MIN (at + SEN_VAD_AHEAD + 1, f->n_frames);
  uint64_t near_first = MAX (first, at > NEAR ? at - NEAR : 0), near_end = MIN (end, at + NEAR + 1);
  const Frame *frame = &f->frames[at % WINDOW];
  float row[SEN_VAD_N_FEATURES];
  int n = 0;

  float floor[N_BANDS], near_snr = 0.0f, top = -INFINITY;
  for (int b = 0; b < N_BANDS; b++)
    {
      floor[b] = f->current_min[b];
      for (int i = 0; i < N_BLOCKS; i++)
        floor[b] = fminf (floor[b], f->block_min[i][b]);
    }
  float snr[5] = { 0 };
  for (int b = 0; b < N_BANDS; b++)
    {
      float over = fminf (frame->bands[b] - floor[b], 40.0f);
      snr[0] += over / N_BANDS;
      snr[1 + b / 4] += over / 4.0f;
      for (uint64_t i = near_first; i < near_end; i++)
        near_snr += fminf (f->frames[i % WINDOW].bands[b] - floor[b], 40.0f) / (N_BANDS * (near_end - near_first));
    }
  for (uint64_t i = first; i < end; i++)
    top = fmaxf (top, f->frames[i % WINDOW].level);

  for (int i = 0; i < 5; i++)
    row[n++] = snr[i];
  row[n++] = near_snr;
  row[n++] = frame->level - top;
  row[n++] = frame->flatness;
  row[n++] = frame->tilt;
  row[n++] = frame->harmonicity;
  row[n++] = frame->steadiness;
  row[n++] = frame->peaks;
  row[n++] = frame->flux;
  for (int c = 0; c < N_CEPSTRA; c++)
    row[n++] = frame->cepstra[c];

  const size_t wide[] = { offsetof (Frame, level), offsetof (Frame, flatness), offsetof (Frame, tilt), offsetof (Frame, harmonicity),
                          offsetof (Frame, steadiness), offsetof (Frame, peaks), offsetof (Frame, flux) };
  for (int i = 0; i < (int) G_N_ELEMENTS (wide); i++)
    {
      Moments m = moments (f, first, end, wide[i]);
      if (wide[i] == offsetof (Frame, level))
        {
          if (at % 4 == 0)
            measure_modulation (f, first, end, m.mean);
          row[n++] = frame->level - m.mean;
        }
      else
        row[n++] = m.mean;
      row[n++] = m.spread;
    }
  for (int c = 0; c < N_CEPSTRA; c++)
    row[n++] = moments (f, first, end, offsetof (Frame, cepstra) + c * sizeof (float)).spread;
  row[n++] = f->modulation[0];
  row[n++] = f->modulation[1];
  row[n++] = MOMENTS (near_first, near_end, harmonicity).mean;
  row[n++] = MOMENTS (near_first, near_end, steadiness).mean;
  row[n++] = MOMENTS (near_first, near_end, flux).mean;
  row[n++] = MOMENTS (near_first, near_end, level).spread;

  /* Pitch where there is one: how far it ranges, how much it moves, and how long it stands. */
  float weight = 1e-3f, sum = 0.0f, squares = 0.0f, moved = 0.0f, pairs = 1e-3f, standing = 0.0f;
  for (uint64_t i = first; i < end; i++)
    {
      const Frame *a = &f->frames[i % WINDOW];
      float w = fmaxf (a->harmonicity - 0.4f, 0.0f);
      weight += w, sum += w * a->pitch, squares += w * a->pitch * a->pitch;
      if (i > first)
        {
          const Frame *b = &f->frames[(i - 1) % WINDOW];
          float both = fminf (w, fmaxf (b->harmonicity - 0.4f, 0.0f)), step = fabsf (a->pitch - b->pitch);
          pairs += both;
          moved += both * fminf (step, 0.2f);
          standing += both * (step < 0.005f);
        }
    }
  row[n++] = sqrtf (fmaxf (squares / weight - (sum / weight) * (sum / weight), 0.0f));
  row[n++] = moved / pairs;
  row[n++] = standing / pairs;
  row[n++] = weight / (end - first);

  /* Means over the last seconds; at the start, over what there was. */
  float rate = 1.0f / MIN (at + 1, 400);
  const float now[5] = { frame->steadiness, fabsf (frame->level - MOMENTS (first, end, level).mean), frame->harmonicity,
                         frame->flux, near_snr };
  for (int i = 0; i < 5; i++)
    {
      f->past[i] += rate * (now[i] - f->past[i]);
      row[n++] = f->past[i];
    }
  row[n++] = frame->harmonicity * frame->peaks;
  row[n++] = fminf (frame->harmonicity, 1.0f - frame->steadiness);
  row[n++] = logf (1.0f + at / 100.0f) > 1.0f ? 1.0f : logf (1.0f + at / 100.0f);   /* how much past there is */
  g_assert (n == SEN_VAD_N_FEATURES);

  f->n_rows++;
  f->func (row, f->data);
}

/* --- Outside --------------------------------------------------------------------------------------------------------- */

static void
start_over (SenVadFeatures *f)
{
  memset (f->samples, 0, sizeof f->samples);
  memset (f->age, 0, sizeof f->age);
  memset (f->past, 0, sizeof f->past);
  memset (f->modulation, 0, sizeof f->modulation);
  f->n_in_hop = 0;
  f->n_hops = f->n_frames = f->n_rows = 0;
  f->hp_x1 = f->hp_x2 = f->hp_y1 = f->hp_y2 = 0.0;
  for (int b = 0; b < N_BANDS; b++)
    {
      f->current_min[b] = INFINITY;
      for (int i = 0; i < N_BLOCKS; i++)
        f->block_min[i][b] = INFINITY;
    }
}

static float
mel (float hertz)
{
  return 2595.0f * log10f (1.0f + hertz / 700.0f);
}

SenVadFeatures *
sen_vad_features_new (SenVadRowFunc func, gpointer data)
{
  SenVadFeatures *f = g_new0 (SenVadFeatures, 1);
  f->func = func;
  f->data = data;
  for (int i = 0; i < N_SHORT; i++)
    f->hann_short[i] = 0.5 - 0.5 * cos (2.0 * G_PI * (i + 0.5) / N_SHORT);
  for (int i = 0; i < N_LONG; i++)
    f->hann_long[i] = 0.5 - 0.5 * cos (2.0 * G_PI * (i + 0.5) / N_LONG);
  for (int k = 0; k < N_FFT / 2; k++)
    {
      f->twiddle[2 * k] = cos (2.0 * G_PI * k / N_FFT);
      f->twiddle[2 * k + 1] = -sin (2.0 * G_PI * k / N_FFT);
    }
  for (int lag = 0; lag <= MAX_LAG + 1; lag++)
    {
      double sum = 0.0, zero = 0.0;
      for (int i = 0; i < N_LONG; i++)
        {
          zero += f->hann_long[i] * f->hann_long[i];
          sum += i + lag < N_LONG ? f->hann_long[i] * f->hann_long[i + lag] : 0.0;
        }
      f->lag_weight[lag] = sum / zero;
    }
  for (int c = 0; c < N_CEPSTRA; c++)
    for (int b = 0; b < N_BANDS; b++)
      f->dct[c][b] = cos (G_PI * (c + 1) * (b + 0.5) / N_BANDS) / N_BANDS;
  for (int i = 0; i < WINDOW; i++)
    for (int m = 0; m < MAX_MODULATION; m++)
      {
        double window = 0.5 - 0.5 * cos (2.0 * G_PI * (i + 0.5) / WINDOW), angle = 2.0 * G_PI * (m + 1) * i / WINDOW;
        f->mod_cos[i][m] = window * cos (angle);
        f->mod_sin[i][m] = window * sin (angle);
      }
  float low = mel (80.0f), high = mel (7600.0f);
  for (int b = 0; b < N_BANDS + 2; b++)
    {
      float hertz = 700.0f * (powf (10.0f, (low + (high - low) * b / (N_BANDS + 1)) / 2595.0f) - 1.0f);
      int bin = (int) roundf (hertz * N_FFT / SEN_VAD_RATE);
      f->band_edges[b] = b > 0 ? MAX (bin, f->band_edges[b - 1] + 2) : bin;
    }
  start_over (f);
  return f;
}

void
sen_vad_features_free (SenVadFeatures *features)
{
  g_free (features);
}

static void
take_hop (SenVadFeatures *f, const float *hop)
{
  /* High-pass, 70 Hz, second order: what swings more slowly is no voice. */
  const double w = 2.0 * G_PI * 70.0 / SEN_VAD_RATE, alpha = sin (w) / (2.0 * G_SQRT2 / 2.0), cosine = cos (w), a0 = 1.0 + alpha;
  memmove (f->samples, f->samples + SEN_VAD_HOP, (N_LONG - SEN_VAD_HOP) * sizeof (float));
  for (int i = 0; i < SEN_VAD_HOP; i++)
    {
      double x = hop[i];
      double y = ((1.0 + cosine) / 2.0 * (x - 2.0 * f->hp_x1 + f->hp_x2) + 2.0 * cosine * f->hp_y1 - (1.0 - alpha) * f->hp_y2) / a0;
      f->hp_x2 = f->hp_x1, f->hp_x1 = x, f->hp_y2 = f->hp_y1, f->hp_y1 = y;
      f->samples[N_LONG - SEN_VAD_HOP + i] = y;
    }
}

enum { HOPS_LATE = N_LONG / SEN_VAD_HOP / 2 };   /* hops after the one in the middle of the long window */

static void
end_hop (SenVadFeatures *f)
{
  take_hop (f, f->hop);
  f->n_in_hop = 0;
  f->n_hops++;
  if (f->n_hops > HOPS_LATE)
    add_frame (f);
  if (f->n_frames > f->n_rows + SEN_VAD_AHEAD)
    give_row (f);
}

void
sen_vad_features_feed (SenVadFeatures *f, const float *samples, size_t n_samples)
{
  for (size_t i = 0; i < n_samples; i++)
    {
      f->hop[f->n_in_hop++] = isfinite (samples[i]) ? CLAMP (samples[i], -1.0f, 1.0f) : 0.0f;
      if (f->n_in_hop == SEN_VAD_HOP)
        end_hop (f);
    }
}

void
sen_vad_features_finish (SenVadFeatures *f)
{
  uint64_t n_hops = f->n_hops + (f->n_in_hop > 0);
  if (n_hops > 0)
    while (f->n_hops < n_hops + HOPS_LATE)
      {
        memset (f->hop + f->n_in_hop, 0, (SEN_VAD_HOP - f->n_in_hop) * sizeof (float));
        end_hop (f);
      }
  while (f->n_rows < f->n_frames)
    give_row (f);
  start_over (f);
}
