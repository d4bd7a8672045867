/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "sen-blocks.h"

static void
test_table (void)
{
  for (SenType t = 0; t < SEN_N_TYPES; t++)
    {
      const SenTypeInfo *info = sen_type_info (t);
      SenType found;
      g_assert_true (sen_type_from_gguf_id (info->gguf_id, &found));
      g_assert_cmpint (found, ==, t);
      g_assert_true (sen_type_from_name (info->name, &found));
      g_assert_cmpint (found, ==, t);
      g_assert_cmpint (info->is_quantized, ==, info->group_elems > 0);
      if (info->is_quantized)
        g_assert_cmpint (info->block_elems % info->group_elems, ==, 0);
    }
  g_assert_cmpuint (sen_type_row_bytes (SEN_TYPE_Q4_K, 512), ==, 288);
  g_assert_cmpuint (sen_type_row_bytes (SEN_TYPE_Q4_K, 300), ==, 0);
  g_assert_cmpuint (sen_type_row_bytes (SEN_TYPE_F32, G_MAXUINT64), ==, 0);
}

static void
test_halves (void)
{
  for (uint32_t bits = 0; bits < 0x10000; bits++)
    {
      float value = sen_f16_to_f32 ((uint16_t) bits);
      if (isnan (value))
        g_assert_true (isnan (sen_f16_to_f32 (sen_f32_to_f16 (value))));
      else
        g_assert_cmphex (sen_f32_to_f16 (value), ==, bits);
    }
  /* Ties go to even; what is too large becomes infinite; half of the smallest is a tie with zero. */
  g_assert_cmphex (sen_f32_to_f16 (1.0f + 0x1p-11f), ==, 0x3c00);
  g_assert_cmphex (sen_f32_to_f16 (1.0f + 3 * 0x1p-11f), ==, 0x3c02);
  g_assert_cmphex (sen_f32_to_f16 (65519.0f), ==, 0x7bff);
  g_assert_cmphex (sen_f32_to_f16 (65520.0f), ==, 0x7c00);
  g_assert_cmphex (sen_f32_to_f16 (0x1p-25f), ==, 0);
  g_assert_cmphex (sen_f32_to_f16 (0x1.8p-25f), ==, 1);
  g_assert_cmphex (sen_f32_to_bf16 (1.0f + 0x1p-8f), ==, 0x3f80);
  g_assert_cmphex (sen_f32_to_bf16 (1.0f + 3 * 0x1p-8f), ==, 0x3f82);
  g_assert_true (isnan (sen_bf16_to_f32 (sen_f32_to_bf16 (NAN))));
}

static uint32_t
next_random (uint32_t *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

/* The error of a round trip, relative to the values. */
static double
round_trip (SenType type, const float *values, size_t n)
{
  g_autofree uint8_t *blocks = g_malloc (sen_type_row_bytes (type, n));
  g_autofree float *back = g_new (float, n);
  double error = 0.0, sum = 0.0;
  sen_quantize (type, values, blocks, n);
  sen_dequantize (type, blocks, back, n);
  for (size_t i = 0; i < n; i++)
    {
      error += ((double) back[i] - values[i]) * ((double) back[i] - values[i]);
      sum += (double) values[i] * values[i];
    }
  return sqrt (error / sum);
}

static void
test_round_trip (void)
{
  static const struct {
    SenType type;
    double  limit;
  } limits[] = {
    { SEN_TYPE_F16, 5e-4 },  { SEN_TYPE_BF16, 4e-3 }, { SEN_TYPE_Q8_0, 0.01 }, { SEN_TYPE_Q6_K, 0.03 }, { SEN_TYPE_Q5_K, 0.06 },
    { SEN_TYPE_Q5_1, 0.06 }, { SEN_TYPE_Q5_0, 0.06 }, { SEN_TYPE_Q4_K, 0.11 }, { SEN_TYPE_Q4_1, 0.11 }, { SEN_TYPE_Q4_0, 0.13 },
    { SEN_TYPE_Q3_K, 0.22 }, { SEN_TYPE_Q2_K, 0.42 },
  };
  uint32_t state = 7;
  float values[1024];
  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    values[i] = ((float) next_random (&state) + (float) next_random (&state) + (float) next_random (&state)) * 0x1p-24f - 1.5f;
  for (size_t i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      double error = round_trip (limits[i].type, values, G_N_ELEMENTS (values));
      if (error > limits[i].limit)
        {
          g_test_message ("%s: %.4f, allowed %.4f", sen_type_info (limits[i].type)->name, error, limits[i].limit);
          g_test_fail ();
        }
    }
}

/* Zeros and constants must survive: no division by a range of nothing. */
static void
test_degenerate (void)
{
  float zeros[256] = { 0 }, back[256];
  uint8_t blocks[1024];
  for (SenType t = 0; t < SEN_N_TYPES; t++)
    {
      if (!sen_type_info (t)->is_quantized)
        continue;
      sen_quantize (t, zeros, blocks, 256);
      sen_dequantize (t, blocks, back, 256);
      for (int i = 0; i < 256; i++)
        g_assert_cmpfloat (back[i], ==, 0.0f);
    }
}

/* Single values worked out by hand from the layouts. */
static void
test_by_hand (void)
{
  float values[256];
  SenBlockQ4_0 q4_0 = { .d = 0x4000 };   /* 2.0 */
  q4_0.qs[3] = 0x1f;
  sen_dequantize (SEN_TYPE_Q4_0, &q4_0, values, 32);
  g_assert_cmpfloat (values[3], ==, 14.0f);     /* (15 − 8) · 2 */
  g_assert_cmpfloat (values[19], ==, -14.0f);   /* (1 − 8) · 2 */

  SenBlockQ4_K q4_k = { .d = 0x3c00, .dmin = 0x3c00 };
  q4_k.scales[0] = 3 | 2 << 6;      /* scale 0 is 3; the upper bits of scale 4 are 2 */
  q4_k.scales[4] = 5;               /* minimum 0 */
  q4_k.scales[8] = 7 | 1 << 4;      /* low nibbles of scale 4 and minimum 4 */
  q4_k.qs[0] = 0x29;
  q4_k.qs[64] = 4;
  sen_dequantize (SEN_TYPE_Q4_K, &q4_k, values, 256);
  g_assert_cmpfloat (values[0], ==, 3 * 9 - 5);
  g_assert_cmpfloat (values[32], ==, 0.0f);     /* scale 1 is 0 */
  g_assert_cmpfloat (values[128], ==, (7 + 32) * 4 - 1);

  SenBlockQ6_K q6_k = { .d = 0x3800 };   /* 0.5 */
  q6_k.scales[6] = -3;
  q6_k.ql[1 + 32] = 0xa0;
  q6_k.qh[1] = 2 << 6;
  sen_dequantize (SEN_TYPE_Q6_K, &q6_k, values, 256);
  g_assert_cmpfloat (values[97], ==, -1.5f * ((10 | 2 << 4) - 32));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quant/table", test_table);
  g_test_add_func ("/quant/halves", test_halves);
  g_test_add_func ("/quant/round-trip", test_round_trip);
  g_test_add_func ("/quant/degenerate", test_degenerate);
  g_test_add_func ("/quant/by-hand", test_by_hand);
  return g_test_run ();
}
