/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Superblocks of 256 elements whose groups have small integer scales: Q2_K to Q6_K. */
#include <math.h>
#include <string.h>

#include "sen-blocks.h"

/* --- Choosing scales ------------------------------------------------------------------------------------------------- */

static int
round_code (float x, int min, int max)
{
  return CLAMP ((int) lrintf (x), min, max);
}

/* Best d for value ≈ d (code − zero) over a few scales around the one that just fits, by squared error. */
static float
fit_symmetric (const float *values, int n, int zero)
{
  float extreme = 0.0f, best = 0.0f, best_gain = 0.0f;
  for (int i = 0; i < n; i++)
    if (fabsf (values[i]) > fabsf (extreme))
      extreme = values[i];
  if (extreme == 0.0f)
    return 0.0f;

  for (int step = -9; step <= 9; step++)
    {
      float inverse = -((float) zero + 0.1f * (float) step) / extreme;
      float xq = 0.0f, qq = 0.0f;
      for (int i = 0; i < n; i++)
        {
          float q = (float) round_code (values[i] * inverse, -zero, zero - 1);
          xq += values[i] * q;
          qq += q * q;
        }
      /* With the codes fixed, d = xq / qq is optimal and removes xq² / qq of the squared error. */
      if (qq > 0.0f && xq * xq > best_gain * qq)
        {
          best_gain = xq * xq / qq;
          best = xq / qq;
        }
    }
  return best;
}

/* Best d ≥ 0 and m ≤ 0 for value ≈ d code + m. A minimum above zero cannot be stored and is not worth a code. */
static void
fit_affine (const float *values, int n, int max_code, float *best_d, float *best_m)
{
  float min = 0.0f, max = values[0], best_error = INFINITY;
  for (int i = 0; i < n; i++)
    {
      min = MIN (min, values[i]);
      max = MAX (max, values[i]);
    }
  *best_d = 0.0f;
  *best_m = min;
  if (max <= min)
    return;

  for (int step = -5; step <= 5; step++)
    {
      float inverse = ((float) max_code + 0.1f * (float) step) / (max - min);
      float sq = 0.0f, sqq = 0.0f, sx = 0.0f, sxq = 0.0f, error = 0.0f;
      for (int i = 0; i < n; i++)
        {
          float q = (float) round_code ((values[i] - min) * inverse, 0, max_code);
          sq += q;
          sqq += q * q;
          sx += values[i];
          sxq += values[i] * q;
        }
      /* Least squares for d and m with these codes. */
      float determinant = (float) n * sqq - sq * sq;
      if (determinant <= 0.0f)
        continue;
      float d = ((float) n * sxq - sq * sx) / determinant;
      float m = (sx - d * sq) / (float) n;
      if (m > 0.0f)
        {
          m = 0.0f;
          d = sxq / sqq;
        }
      if (d <= 0.0f)
        continue;
      for (int i = 0; i < n; i++)
        {
          float q = (float) round_code ((values[i] - m) / d, 0, max_code);
          float difference = values[i] - d * q - m;
          error += difference * difference;
        }
      if (error < best_error)
        {
          best_error = error;
          *best_d = d;
          *best_m = m;
        }
    }
}

static float
find_max (const float *values, int n)
{
  float max = 0.0f;
  for (int i = 0; i < n; i++)
    max = MAX (max, values[i]);
  return max;
}

/* Scales and minimums of all groups as small integers of two f16 factors, and the codes that follow from them. */
typedef struct {
  uint16_t d, dmin;
  uint8_t  scale[16], min[16];
  uint8_t  code[256];
} AffineSuperblock;

static void
quantize_affine (const float *values, int n_group, int max_scale, int max_code, AffineSuperblock *s)
{
  int n = 256 / n_group;
  float d[16], m[16];
  for (int g = 0; g < n_group; g++)
    {
      fit_affine (values + g * n, n, max_code, &d[g], &m[g]);
      m[g] = -m[g];
    }
  s->d = sen_f32_to_f16 (find_max (d, n_group) / (float) max_scale);
  s->dmin = sen_f32_to_f16 (find_max (m, n_group) / (float) max_scale);

  float factor = sen_f16_to_f32 (s->d), min_factor = sen_f16_to_f32 (s->dmin);
  for (int g = 0; g < n_group; g++)
    {
      s->scale[g] = (uint8_t) (factor > 0.0f ? round_code (d[g] / factor, 0, max_scale) : 0);
      s->min[g] = (uint8_t) (min_factor > 0.0f ? round_code (m[g] / min_factor, 0, max_scale) : 0);
      float scale = factor * s->scale[g], min = min_factor * s->min[g];
      for (int i = g * n; i < (g + 1) * n; i++)
        s->code[i] = (uint8_t) (scale > 0.0f ? round_code ((values[i] + min) / scale, 0, max_code) : 0);
    }
}

/* The same without minimums, signed scales. */
typedef struct {
  uint16_t d;
  int8_t   scale[16];
  uint8_t  code[256];   /* already plus zero */
} SymmetricSuperblock;

static void
quantize_symmetric (const float *values, int min_scale, int zero, SymmetricSuperblock *s)
{
  float d[16], extreme = 0.0f;
  for (int g = 0; g < 16; g++)
    {
      d[g] = fit_symmetric (values + g * 16, 16, zero);
      if (fabsf (d[g]) > fabsf (extreme))
        extreme = d[g];
    }
  s->d = sen_f32_to_f16 (extreme / (float) min_scale);
  float factor = sen_f16_to_f32 (s->d);
  for (int g = 0; g < 16; g++)
    {
      s->scale[g] = (int8_t) (factor != 0.0f ? round_code (d[g] / factor, min_scale, -min_scale - 1) : 0);
      float scale = factor * s->scale[g];
      for (int i = g * 16; i < (g + 1) * 16; i++)
        s->code[i] = (uint8_t) (zero + (scale != 0.0f ? round_code (values[i] / scale, -zero, zero - 1) : 0));
    }
}

/* --- Q2_K ------------------------------------------------------------------------------------------------------------- */

/* Two-bit planes of Q2_K and Q3_K: element i stands in byte 32 (i / 128) + i % 32, pair i / 32 % 4. */
static inline int
pair_byte (int i)
{
  return 32 * (i / 128) + i % 32;
}

static inline int
pair_shift (int i)
{
  return 2 * (i / 32 % 4);
}

void
sen_unpack_q2_k (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ2_K *b = block;
  float d = sen_f16_to_f32 (b->d), dmin = sen_f16_to_f32 (b->dmin);
  for (int g = 0; g < 16; g++)
    {
      affine->scale[g] = d * (float) (b->scales[g] & 15);
      affine->offset[g] = -(dmin * (float) (b->scales[g] >> 4));
    }
  for (int i = 0; i < 256; i++)
    affine->code[i] = b->qs[pair_byte (i)] >> pair_shift (i) & 3;
}

void
sen_pack_q2_k (const float *values, void *block)
{
  SenBlockQ2_K *b = block;
  AffineSuperblock s;
  quantize_affine (values, 16, 15, 3, &s);
  memset (b, 0, sizeof *b);
  b->d = s.d;
  b->dmin = s.dmin;
  for (int g = 0; g < 16; g++)
    b->scales[g] = (uint8_t) (s.scale[g] | s.min[g] << 4);
  for (int i = 0; i < 256; i++)
    b->qs[pair_byte (i)] |= (uint8_t) (s.code[i] << pair_shift (i));
}

/* --- Q3_K ------------------------------------------------------------------------------------------------------------- */

void
sen_unpack_q3_k (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ3_K *b = block;
  float d = sen_f16_to_f32 (b->d);
  for (int g = 0; g < 16; g++)
    {
      affine->scale[g] = d * (float) sen_q3_k_scale (b->scales, g);
      affine->offset[g] = 0.0f;
    }
  for (int i = 0; i < 256; i++)
    affine->code[i] = (uint8_t) ((b->qs[pair_byte (i)] >> pair_shift (i) & 3) | (b->hmask[i % 32] >> (i / 32) & 1) << 2);
}

void
sen_pack_q3_k (const float *values, void *block)
{
  SenBlockQ3_K *b = block;
  SymmetricSuperblock s;
  quantize_symmetric (values, -32, 4, &s);
  memset (b, 0, sizeof *b);
  b->d = s.d;
  for (int g = 0; g < 16; g++)
    {
      int scale = s.scale[g] + 32;
      b->scales[g % 8] |= (uint8_t) (g < 8 ? scale & 15 : (scale & 15) << 4);
      b->scales[8 + g % 4] |= (uint8_t) (scale >> 4 << (2 * (g / 4)));
    }
  for (int i = 0; i < 256; i++)
    {
      b->qs[pair_byte (i)] |= (uint8_t) ((s.code[i] & 3) << pair_shift (i));
      b->hmask[i % 32] |= (uint8_t) (s.code[i] >> 2 << (i / 32));
    }
}

/* --- Q4_K and Q5_K ----------------------------------------------------------------------------------------------------- */

static void
unpack_scales (const uint8_t scales[12], uint16_t d, uint16_t dmin, SenAffineBlock *affine)
{
  float factor = sen_f16_to_f32 (d), min_factor = sen_f16_to_f32 (dmin);
  for (int g = 0; g < 8; g++)
    {
      uint8_t scale, min;
      sen_k_scale_min (scales, g, &scale, &min);
      affine->scale[g] = factor * scale;
      affine->offset[g] = -(min_factor * min);
    }
}

static void
pack_scales (const AffineSuperblock *s, uint8_t scales[12])
{
  memset (scales, 0, 12);
  for (int g = 0; g < 4; g++)
    {
      scales[g] = (uint8_t) (s->scale[g] | s->scale[g + 4] >> 4 << 6);
      scales[g + 4] = (uint8_t) (s->min[g] | s->min[g + 4] >> 4 << 6);
      scales[g + 8] = (uint8_t) ((s->scale[g + 4] & 15) | (s->min[g + 4] & 15) << 4);
    }
}

static void
unpack_quarters (const uint8_t qs[128], uint8_t codes[256])
{
  for (int quarter = 0; quarter < 4; quarter++)
    for (int l = 0; l < 32; l++)
      {
        codes[64 * quarter + l] = qs[32 * quarter + l] & 15;
        codes[64 * quarter + 32 + l] = qs[32 * quarter + l] >> 4;
      }
}

static void
pack_quarters (const uint8_t codes[256], uint8_t qs[128])
{
  for (int quarter = 0; quarter < 4; quarter++)
    for (int l = 0; l < 32; l++)
      qs[32 * quarter + l] = (uint8_t) ((codes[64 * quarter + l] & 15) | (codes[64 * quarter + 32 + l] & 15) << 4);
}

void
sen_unpack_q4_k (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ4_K *b = block;
  unpack_scales (b->scales, b->d, b->dmin, affine);
  unpack_quarters (b->qs, affine->code);
}

void
sen_pack_q4_k (const float *values, void *block)
{
  SenBlockQ4_K *b = block;
  AffineSuperblock s;
  quantize_affine (values, 8, 63, 15, &s);
  b->d = s.d;
  b->dmin = s.dmin;
  pack_scales (&s, b->scales);
  pack_quarters (s.code, b->qs);
}

void
sen_unpack_q5_k (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ5_K *b = block;
  unpack_scales (b->scales, b->d, b->dmin, affine);
  unpack_quarters (b->qs, affine->code);
  for (int i = 0; i < 256; i++)
    affine->code[i] |= (uint8_t) ((b->qh[i % 32] >> (i / 32) & 1) << 4);
}

void
sen_pack_q5_k (const float *values, void *block)
{
  SenBlockQ5_K *b = block;
  AffineSuperblock s;
  quantize_affine (values, 8, 63, 31, &s);
  b->d = s.d;
  b->dmin = s.dmin;
  pack_scales (&s, b->scales);
  pack_quarters (s.code, b->qs);
  memset (b->qh, 0, sizeof b->qh);
  for (int i = 0; i < 256; i++)
    b->qh[i % 32] |= (uint8_t) (s.code[i] >> 4 << (i / 32));
}

/* --- Q6_K ------------------------------------------------------------------------------------------------------------- */

void
sen_unpack_q6_k (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ6_K *b = block;
  float d = sen_f16_to_f32 (b->d);
  for (int g = 0; g < 16; g++)
    {
      affine->scale[g] = d * (float) b->scales[g];
      affine->offset[g] = 0.0f;
    }
  for (int half = 0; half < 2; half++)
    for (int l = 0; l < 32; l++)
      {
        uint8_t low = b->ql[64 * half + l], lower = b->ql[64 * half + 32 + l], high = b->qh[32 * half + l];
        uint8_t *codes = affine->code + 128 * half + l;
        codes[0] = (uint8_t) ((low & 15) | (high & 3) << 4);
        codes[32] = (uint8_t) ((lower & 15) | (high >> 2 & 3) << 4);
        codes[64] = (uint8_t) (low >> 4 | (high >> 4 & 3) << 4);
        codes[96] = (uint8_t) (lower >> 4 | (high >> 6) << 4);
      }
}

void
sen_pack_q6_k (const float *values, void *block)
{
  SenBlockQ6_K *b = block;
  SymmetricSuperblock s;
  quantize_symmetric (values, -128, 32, &s);
  b->d = s.d;
  memcpy (b->scales, s.scale, sizeof b->scales);
  for (int half = 0; half < 2; half++)
    for (int l = 0; l < 32; l++)
      {
        const uint8_t *codes = s.code + 128 * half + l;
        b->ql[64 * half + l] = (uint8_t) ((codes[0] & 15) | (codes[64] & 15) << 4);
        b->ql[64 * half + 32 + l] = (uint8_t) ((codes[32] & 15) | (codes[96] & 15) << 4);
        b->qh[32 * half + l] = (uint8_t) (codes[0] >> 4 | codes[32] >> 4 << 2 | codes[64] >> 4 << 4 | codes[96] >> 4 << 6);
      }
}
