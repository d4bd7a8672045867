/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Formats of 32 elements with one scale: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0. */
#include <math.h>
#include <string.h>

#include "sen-blocks.h"

/* The value of largest magnitude, with its sign: it becomes the most negative code, which has no positive twin. */
static float
find_extreme (const float *values)
{
  float extreme = 0.0f;
  for (int i = 0; i < 32; i++)
    if (fabsf (values[i]) > fabsf (extreme))
      extreme = values[i];
  return extreme;
}

static void
find_range (const float *values, float *min, float *max)
{
  *min = *max = values[0];
  for (int i = 1; i < 32; i++)
    {
      *min = MIN (*min, values[i]);
      *max = MAX (*max, values[i]);
    }
}

static uint8_t
round_code (float x, int max)
{
  return (uint8_t) CLAMP ((int) lrintf (x), 0, max);
}

/* Nibbles of codes, byte j = elements j and j + 16. */
static void
pack_nibbles (const uint8_t codes[32], uint8_t qs[16])
{
  for (int j = 0; j < 16; j++)
    qs[j] = (uint8_t) ((codes[j] & 15) | (codes[j + 16] & 15) << 4);
}

static void
unpack_nibbles (const uint8_t qs[16], uint8_t codes[32])
{
  for (int j = 0; j < 16; j++)
    {
      codes[j] = qs[j] & 15;
      codes[j + 16] = qs[j] >> 4;
    }
}

static void
pack_fifth_bits (const uint8_t codes[32], uint8_t qh[4])
{
  memset (qh, 0, 4);
  for (int i = 0; i < 32; i++)
    qh[i / 8] |= (uint8_t) ((codes[i] >> 4 & 1) << (i % 8));
}

static void
unpack_fifth_bits (const uint8_t qh[4], uint8_t codes[32])
{
  for (int i = 0; i < 32; i++)
    codes[i] |= (uint8_t) ((qh[i / 8] >> (i % 8) & 1) << 4);
}

/* Codes of a format without minimum: value = d (code - zero). Returns d. */
static float
quantize_symmetric (const float *values, int zero, uint8_t codes[32])
{
  float d = find_extreme (values) / (float) -zero;
  float inverse = d != 0.0f ? 1.0f / d : 0.0f;
  for (int i = 0; i < 32; i++)
    codes[i] = round_code (values[i] * inverse + (float) zero, 2 * zero - 1);
  return d;
}

/* Codes of a format with minimum: value = d code + m. */
static void
quantize_affine (const float *values, int max_code, uint8_t codes[32], float *d, float *m)
{
  float min, max;
  find_range (values, &min, &max);
  *d = (max - min) / (float) max_code;
  *m = min;
  float inverse = *d != 0.0f ? 1.0f / *d : 0.0f;
  for (int i = 0; i < 32; i++)
    codes[i] = round_code ((values[i] - min) * inverse, max_code);
}

void
sen_unpack_q4_0 (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ4_0 *b = block;
  unpack_nibbles (b->qs, affine->code);
  affine->scale[0] = sen_f16_to_f32 (b->d);
  affine->offset[0] = 0.0f;
}

void
sen_pack_q4_0 (const float *values, void *block)
{
  SenBlockQ4_0 *b = block;
  uint8_t codes[32];
  b->d = sen_f32_to_f16 (quantize_symmetric (values, 8, codes));
  pack_nibbles (codes, b->qs);
}

void
sen_unpack_q4_1 (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ4_1 *b = block;
  unpack_nibbles (b->qs, affine->code);
  affine->scale[0] = sen_f16_to_f32 (b->d);
  affine->offset[0] = sen_f16_to_f32 (b->m);
}

void
sen_pack_q4_1 (const float *values, void *block)
{
  SenBlockQ4_1 *b = block;
  uint8_t codes[32];
  float d, m;
  quantize_affine (values, 15, codes, &d, &m);
  b->d = sen_f32_to_f16 (d);
  b->m = sen_f32_to_f16 (m);
  pack_nibbles (codes, b->qs);
}

void
sen_unpack_q5_0 (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ5_0 *b = block;
  unpack_nibbles (b->qs, affine->code);
  unpack_fifth_bits (b->qh, affine->code);
  affine->scale[0] = sen_f16_to_f32 (b->d);
  affine->offset[0] = 0.0f;
}

void
sen_pack_q5_0 (const float *values, void *block)
{
  SenBlockQ5_0 *b = block;
  uint8_t codes[32];
  b->d = sen_f32_to_f16 (quantize_symmetric (values, 16, codes));
  pack_nibbles (codes, b->qs);
  pack_fifth_bits (codes, b->qh);
}

void
sen_unpack_q5_1 (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ5_1 *b = block;
  unpack_nibbles (b->qs, affine->code);
  unpack_fifth_bits (b->qh, affine->code);
  affine->scale[0] = sen_f16_to_f32 (b->d);
  affine->offset[0] = sen_f16_to_f32 (b->m);
}

void
sen_pack_q5_1 (const float *values, void *block)
{
  SenBlockQ5_1 *b = block;
  uint8_t codes[32];
  float d, m;
  quantize_affine (values, 31, codes, &d, &m);
  b->d = sen_f32_to_f16 (d);
  b->m = sen_f32_to_f16 (m);
  pack_nibbles (codes, b->qs);
  pack_fifth_bits (codes, b->qh);
}

void
sen_unpack_q8_0 (const void *block, SenAffineBlock *affine)
{
  const SenBlockQ8_0 *b = block;
  for (int i = 0; i < 32; i++)
    affine->code[i] = (uint8_t) (b->qs[i] + 128);
  affine->scale[0] = sen_f16_to_f32 (b->d);
  affine->offset[0] = 0.0f;
}

void
sen_pack_q8_0 (const float *values, void *block)
{
  SenBlockQ8_0 *b = block;
  float d = fabsf (find_extreme (values)) / 127.0f;
  float inverse = d != 0.0f ? 1.0f / d : 0.0f;
  b->d = sen_f32_to_f16 (d);
  for (int i = 0; i < 32; i++)
    b->qs[i] = (int8_t) lrintf (values[i] * inverse);
}
