/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Plain C for any processor: vectors of four by the compiler, integers one by one. */
#include "sen-kernels.h"

#define SEN_LANES 4

typedef float Four __attribute__ ((vector_size (16)));

static inline Four
load_f16 (const uint16_t *p)
{
  return (Four) { sen_f16_to_f32 (p[0]), sen_f16_to_f32 (p[1]), sen_f16_to_f32 (p[2]), sen_f16_to_f32 (p[3]) };
}

static inline void
store_f16 (uint16_t *p, Four v)
{
  for (int i = 0; i < 4; i++)
    p[i] = sen_f32_to_f16 (v[i]);
}

static inline Four
higher (Four a, Four b)
{
  for (int i = 0; i < 4; i++)
    a[i] = a[i] > b[i] ? a[i] : b[i];
  return a;
}

static inline void
turn (Four row[4])
{
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < i; j++)
      {
        float element = row[i][j];
        row[i][j] = row[j][i];
        row[j][i] = element;
      }
}

#define ATTEND_QUERIES 2
#define TOKENS_F32 6

#include "kernels-body.h"

static void
mul_mv_q8 (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t n_col, const SenQ8Row *x, float *y)
{
  const SenTypeInfo *info = sen_type_info (type);
  uint32_t n_groups = info->block_elems / info->group_elems;
  SenAffineBlock block;

  for (uint32_t r = 0; r < n_rows; r++)
    {
      const uint8_t *row = (const uint8_t *) rows + r * row_bytes;
      float total = 0.0f;
      for (uint32_t col = 0; col < n_col; col += info->block_elems, row += info->block_bytes)
        {
          info->unpack (row, &block);
          for (uint32_t g = 0; g < n_groups; g++)
            {
              uint32_t at = col + g * info->group_elems;
              int32_t sum = 0;
              for (uint32_t i = 0; i < info->group_elems; i++)
                sum += block.code[g * info->group_elems + i] * (256 * x->q[at + i] + x->low[at + i]);
              float x_sum = info->group_elems == 32 ? x->sum32[at / 32] : x->sum16[at / 16];
              total += block.scale[g] * x->d[at / 32] / 256.0f * (float) sum
                       + (block.offset[g] - block.scale[g] * (float) info->zero) * x_sum;
            }
        }
      y[r] = total;
    }
}

static void
unpack_tile (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t first_col, SenTile *tile)
{
  tile->is_signed = false;
  for (uint32_t r = 0; r < n_rows; r++)
    unpack_row_by_table (sen_type_info (type), (const uint8_t *) rows + r * row_bytes, first_col, r, tile);
  for (uint32_t r = n_rows; r < SEN_LANES; r++)
    clear_row (r, tile);
}

static void
mul_tile_q8 (const SenTile *tile, const SenQ8Row *x, uint32_t n_col_total, uint32_t first_col, uint32_t n_tokens, float *y,
             size_t y_stride)
{
  uint32_t group = tile->group_elems;
  for (uint32_t t = 0; t < n_tokens; t++)
    {
      const int8_t *q = x->q + (size_t) t * n_col_total + first_col, *low = x->low + (size_t) t * n_col_total + first_col;
      const float *d = x->d + (size_t) t * (n_col_total / 32) + first_col / 32;
      const float *x_sum = group == 32 ? x->sum32 + (size_t) t * (n_col_total / 32) + first_col / 32
                                       : x->sum16 + (size_t) t * (n_col_total / 16) + first_col / 16;
      Vec total = { 0 };
      for (uint32_t g = 0; g < tile->n_col / group; g++)
        {
          VecInt sum = { 0 };
          for (uint32_t k = g * group / 4; k < (g + 1) * group / 4; k++)
            for (int r = 0; r < SEN_LANES; r++)
              for (int i = 0; i < 4; i++)
                sum[r] += tile->code[((size_t) k * SEN_LANES + r) * 4 + i] * (256 * q[4 * k + i] + low[4 * k + i]);
          Vec factor = load (tile->scale + (size_t) g * SEN_LANES) * splat (d[g * group / 32] / 256.0f);
          total += factor * __builtin_convertvector (sum, Vec)
                   + load (tile->offset + (size_t) g * SEN_LANES) * splat (x_sum[g]);
        }
      store (y + t * y_stride, load (y + t * y_stride) + total);
    }
}

static void
mul_mv_i8 (const int8_t *rows, size_t row_bytes, uint32_t n_rows, uint32_t n, const int8_t *x, int32_t *y)
{
  for (uint32_t r = 0; r < n_rows; r++)
    {
      const int8_t *row = rows + r * row_bytes;
      int32_t sum = 0;
      for (uint32_t i = 0; i < n; i++)
        sum += row[i] * x[i];
      y[r] = sum;
    }
}

const SenKernels sen_kernels_portable = SEN_KERNELS_TABLE ("portable");
