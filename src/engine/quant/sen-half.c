/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-type.h"

static uint32_t
float_bits (float value)
{
  uint32_t bits;
  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static float
bits_float (uint32_t bits)
{
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

float
sen_f16_to_f32 (uint16_t half)
{
  uint32_t sign = (uint32_t) (half & 0x8000) << 16;
  uint32_t magnitude = half & 0x7fff;

  if (magnitude >= 0x7c00)
    return bits_float (sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
  if (magnitude >= 0x0400)
    return bits_float (sign | ((magnitude << 13) + ((127 - 15) << 23)));
  /* A subnormal half is a small integer times 2^-24, which f32 holds exactly. */
  float value = (float) magnitude * 0x1p-24f;
  return sign != 0 ? -value : value;
}

uint16_t
sen_f32_to_f16 (float value)
{
  uint32_t bits = float_bits (value);
  uint16_t sign = (uint16_t) (bits >> 16 & 0x8000);
  uint32_t magnitude = bits & 0x7fffffff;

  if (magnitude > 0x7f800000)
    return (uint16_t) (sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
  if (magnitude >= 0x47800000)
    return sign | 0x7c00;
  if (magnitude < 0x38800000)
    {
      /* Subnormal: adding 0.5 lines the last kept bit up with the end of the f32 mantissa, so the addition rounds. */
      float shifted = bits_float (magnitude) + 0.5f;
      return (uint16_t) (sign | (float_bits (shifted) - float_bits (0.5f)));
    }
  uint32_t rebased = magnitude - ((127 - 15) << 23);
  uint32_t rounded = rebased + 0xfff + (rebased >> 13 & 1);
  return (uint16_t) (sign | rounded >> 13);
}

float
sen_bf16_to_f32 (uint16_t bits)
{
  return bits_float ((uint32_t) bits << 16);
}

uint16_t
sen_f32_to_bf16 (float value)
{
  uint32_t bits = float_bits (value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return (uint16_t) (bits >> 16 | 0x40);
  return (uint16_t) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
