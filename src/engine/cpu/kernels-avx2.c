/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * AVX2, FMA and F16C. As in kernels-avx512.c every format is brought into one shape, 256 columns at a time: eight registers
 * of 32 codes and sixteen scales and offsets. Codes of Q8_0 are signed, because 255 · 127 twice does not fit 16 bits. */
#include <immintrin.h>

#include "sen-kernels.h"

#define SEN_LANES 8

static inline __m256
load_f16 (const uint16_t *p)
{
  return _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) p));
}

static inline void
store_f16 (uint16_t *p, __m256 v)
{
  _mm_storeu_si128 ((__m128i *) p, _mm256_cvtps_ph (v, _MM_FROUND_TO_NEAREST_INT));
}

#include "kernels-body.h"

/* Up to 256 columns of one row. */
typedef struct {
  __m256i code[8];
  float   scale[16];    /* of each 16 columns */
  float   offset[16];   /* offset − scale · zero */
} Chunk;

static inline __m256i
load_256 (const void *p)
{
  return _mm256_loadu_si256 (p);
}

static inline __m256i
low_nibbles (__m256i bytes)
{
  return _mm256_and_si256 (bytes, _mm256_set1_epi8 (15));
}

static inline __m256i
high_nibbles (__m256i bytes)
{
  return low_nibbles (_mm256_srli_epi16 (bytes, 4));
}

/* @value where bit @bit of a byte is set. */
static inline __m256i
pick_bit (__m256i bytes, int bit, int value)
{
  __m256i mask = _mm256_set1_epi8 ((char) (1 << bit));
  __m256i set = _mm256_cmpeq_epi8 (_mm256_and_si256 (bytes, mask), mask);
  return _mm256_and_si256 (set, _mm256_set1_epi8 ((char) value));
}

/* --- Superblocks ----------------------------------------------------------------------------------------------------------------- */

static inline void
chunk_scales_k4 (const uint8_t scales[12], uint16_t d, uint16_t dmin, Chunk *chunk)
{
  float factor = _cvtsh_ss (d), min_factor = -_cvtsh_ss (dmin);
  for (int g = 0; g < 8; g++)
    {
      uint8_t scale, min;
      sen_k_scale_min (scales, g, &scale, &min);
      chunk->scale[2 * g] = chunk->scale[2 * g + 1] = factor * scale;
      chunk->offset[2 * g] = chunk->offset[2 * g + 1] = min_factor * min;
    }
}

static inline void
chunk_q4_k (const SenBlockQ4_K *b, Chunk *chunk)
{
  chunk_scales_k4 (b->scales, b->d, b->dmin, chunk);
  for (int c = 0; c < 4; c++)
    {
      __m256i bytes = load_256 (b->qs + 32 * c);
      chunk->code[2 * c] = low_nibbles (bytes);
      chunk->code[2 * c + 1] = high_nibbles (bytes);
    }
}

static inline void
chunk_q5_k (const SenBlockQ5_K *b, Chunk *chunk)
{
  chunk_scales_k4 (b->scales, b->d, b->dmin, chunk);
  __m256i high = load_256 (b->qh);
  for (int c = 0; c < 4; c++)
    {
      __m256i bytes = load_256 (b->qs + 32 * c);
      chunk->code[2 * c] = _mm256_or_si256 (low_nibbles (bytes), pick_bit (high, 2 * c, 16));
      chunk->code[2 * c + 1] = _mm256_or_si256 (high_nibbles (bytes), pick_bit (high, 2 * c + 1, 16));
    }
}

static inline void
chunk_q6_k (const SenBlockQ6_K *b, Chunk *chunk)
{
  float d = _cvtsh_ss (b->d);
  for (int g = 0; g < 16; g++)
    {
      chunk->scale[g] = d * b->scales[g];
      chunk->offset[g] = -32.0f * chunk->scale[g];
    }
  const __m256i mask = _mm256_set1_epi8 (0x30);
  for (int half = 0; half < 2; half++)
    {
      __m256i low = load_256 (b->ql + 64 * half), lower = load_256 (b->ql + 64 * half + 32);
      __m256i high = load_256 (b->qh + 32 * half);
      __m256i *code = chunk->code + 4 * half;
      code[0] = _mm256_or_si256 (low_nibbles (low), _mm256_and_si256 (_mm256_slli_epi16 (high, 4), mask));
      code[1] = _mm256_or_si256 (low_nibbles (lower), _mm256_and_si256 (_mm256_slli_epi16 (high, 2), mask));
      code[2] = _mm256_or_si256 (high_nibbles (low), _mm256_and_si256 (high, mask));
      code[3] = _mm256_or_si256 (high_nibbles (lower), _mm256_and_si256 (_mm256_srli_epi16 (high, 2), mask));
    }
}

static inline void
split_pairs (__m256i bytes, __m256i code[4])
{
  const __m256i mask = _mm256_set1_epi8 (3);
  code[0] = _mm256_and_si256 (bytes, mask);
  code[1] = _mm256_and_si256 (_mm256_srli_epi16 (bytes, 2), mask);
  code[2] = _mm256_and_si256 (_mm256_srli_epi16 (bytes, 4), mask);
  code[3] = _mm256_and_si256 (_mm256_srli_epi16 (bytes, 6), mask);
}

static inline void
chunk_q2_k (const SenBlockQ2_K *b, Chunk *chunk)
{
  float d = _cvtsh_ss (b->d), dmin = -_cvtsh_ss (b->dmin);
  for (int g = 0; g < 16; g++)
    {
      chunk->scale[g] = d * (float) (b->scales[g] & 15);
      chunk->offset[g] = dmin * (float) (b->scales[g] >> 4);
    }
  split_pairs (load_256 (b->qs), chunk->code);
  split_pairs (load_256 (b->qs + 32), chunk->code + 4);
}

static inline void
chunk_q3_k (const SenBlockQ3_K *b, Chunk *chunk)
{
  float d = _cvtsh_ss (b->d);
  for (int g = 0; g < 16; g++)
    {
      chunk->scale[g] = d * (float) sen_q3_k_scale (b->scales, g);
      chunk->offset[g] = -4.0f * chunk->scale[g];
    }
  split_pairs (load_256 (b->qs), chunk->code);
  split_pairs (load_256 (b->qs + 32), chunk->code + 4);
  __m256i high = load_256 (b->hmask);
  for (int k = 0; k < 8; k++)
    chunk->code[k] = _mm256_or_si256 (chunk->code[k], pick_bit (high, k, 4));
}

/* --- Blocks of 32 ----------------------------------------------------------------------------------------------------------------- */

static inline __m256i
split_block (const uint8_t qs[16])
{
  __m128i bytes = _mm_loadu_si128 ((const __m128i *) qs);
  return low_nibbles (_mm256_inserti128_si256 (_mm256_castsi128_si256 (bytes), _mm_srli_epi16 (bytes, 4), 1));
}

static inline __m256i
fifth_bits (const uint8_t qh[4])
{
  int32_t bits;
  memcpy (&bits, qh, sizeof bits);
  /* Byte j of the mask word repeated over lanes 8 j …, then one bit for each. */
  const __m256i spread = _mm256_setr_epi8 (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3,
                                           3, 3, 3, 3);
  const __m256i one_each = _mm256_set1_epi64x ((long long) 0x8040201008040201ull);
  __m256i bytes = _mm256_and_si256 (_mm256_shuffle_epi8 (_mm256_set1_epi32 (bits), spread), one_each);
  return _mm256_and_si256 (_mm256_cmpeq_epi8 (bytes, one_each), _mm256_set1_epi8 (16));
}

static inline __attribute__ ((always_inline)) void
chunk_block (SenType type, const uint8_t *blocks, uint32_t i, Chunk *chunk)
{
  float d, offset;
  switch (type)
    {
    case SEN_TYPE_Q4_0:
      {
        const SenBlockQ4_0 *b = (const SenBlockQ4_0 *) blocks + i;
        d = _cvtsh_ss (b->d);
        offset = -8.0f * d;
        chunk->code[i] = split_block (b->qs);
        break;
      }
    case SEN_TYPE_Q4_1:
      {
        const SenBlockQ4_1 *b = (const SenBlockQ4_1 *) blocks + i;
        d = _cvtsh_ss (b->d);
        offset = _cvtsh_ss (b->m);
        chunk->code[i] = split_block (b->qs);
        break;
      }
    case SEN_TYPE_Q5_0:
      {
        const SenBlockQ5_0 *b = (const SenBlockQ5_0 *) blocks + i;
        d = _cvtsh_ss (b->d);
        offset = -16.0f * d;
        chunk->code[i] = _mm256_or_si256 (split_block (b->qs), fifth_bits (b->qh));
        break;
      }
    case SEN_TYPE_Q5_1:
      {
        const SenBlockQ5_1 *b = (const SenBlockQ5_1 *) blocks + i;
        d = _cvtsh_ss (b->d);
        offset = _cvtsh_ss (b->m);
        chunk->code[i] = _mm256_or_si256 (split_block (b->qs), fifth_bits (b->qh));
        break;
      }
    default:
      {
        const SenBlockQ8_0 *b = (const SenBlockQ8_0 *) blocks + i;
        d = _cvtsh_ss (b->d);
        offset = 0.0f;
        chunk->code[i] = load_256 (b->qs);
      }
    }
  chunk->scale[2 * i] = chunk->scale[2 * i + 1] = d;
  chunk->offset[2 * i] = chunk->offset[2 * i + 1] = offset;
}

/* Columns [first, first + n) of a row, n ≤ 256; only n / 32 registers are set. */
static inline __attribute__ ((always_inline)) void
load_chunk (SenType type, const uint8_t *row, uint32_t first, uint32_t n, Chunk *chunk)
{
  const SenTypeInfo *info = sen_type_info (type);
  switch (type)
    {
    case SEN_TYPE_Q2_K:
      chunk_q2_k ((const SenBlockQ2_K *) row + first / 256, chunk);
      break;
    case SEN_TYPE_Q3_K:
      chunk_q3_k ((const SenBlockQ3_K *) row + first / 256, chunk);
      break;
    case SEN_TYPE_Q4_K:
      chunk_q4_k ((const SenBlockQ4_K *) row + first / 256, chunk);
      break;
    case SEN_TYPE_Q5_K:
      chunk_q5_k ((const SenBlockQ5_K *) row + first / 256, chunk);
      break;
    case SEN_TYPE_Q6_K:
      chunk_q6_k ((const SenBlockQ6_K *) row + first / 256, chunk);
      break;
    default:
      for (uint32_t i = 0; i < n / 32; i++)
        chunk_block (type, row + first / 32 * info->block_bytes, i, chunk);
    }
}

/* --- One token -------------------------------------------------------------------------------------------------------------------- */

/* Eight sums of four products each: lane j belongs to bytes 4 j …. */
static inline __attribute__ ((always_inline)) __m256i
mul_codes (bool is_signed, __m256i code, __m256i q)
{
  __m256i pairs = is_signed ? _mm256_maddubs_epi16 (_mm256_abs_epi8 (code), _mm256_sign_epi8 (q, code))
                            : _mm256_maddubs_epi16 (code, q);
  return _mm256_madd_epi16 (pairs, _mm256_set1_epi16 (1));
}

static inline __attribute__ ((always_inline)) void
mul_rows (SenType type, const uint8_t *rows, size_t row_bytes, uint32_t n_rows, uint32_t n_col, const SenQ8Row *x, float *y)
{
  bool is_signed = type == SEN_TYPE_Q8_0;
  const SenTypeInfo *info = sen_type_info (type);
  const uint32_t chunk_bytes = 256 / info->block_elems * info->block_bytes;
  for (uint32_t r = 0; r < n_rows; r++)
    {
      __m256 total = _mm256_setzero_ps ();
      for (uint32_t col = 0; col < n_col; col += 256)
        {
          uint32_t n = MIN (n_col - col, 256);
          Chunk chunk;
          prefetch_chunk (rows + r * row_bytes + PREFETCH_BYTES + (size_t) col * chunk_bytes / 256, chunk_bytes);
          load_chunk (type, rows + r * row_bytes, col, n, &chunk);
          for (uint32_t k = 0; k < n / 32; k++)
            {
              __m256 sum = _mm256_cvtepi32_ps (mul_codes (is_signed, chunk.code[k], load_256 (x->q + col + 32 * k)));
              __m256 scale = _mm256_set_m128 (_mm_set1_ps (chunk.scale[2 * k + 1]), _mm_set1_ps (chunk.scale[2 * k]));
              total = _mm256_fmadd_ps (sum, _mm256_mul_ps (scale, _mm256_set1_ps (x->d[(col + 32 * k) / 32])), total);
            }
          float offsets = 0.0f;
          for (uint32_t g = 0; g < n / 16; g++)
            offsets += chunk.offset[g] * x->sum16[col / 16 + g];
          total = _mm256_add_ps (total, _mm256_setr_ps (offsets, 0, 0, 0, 0, 0, 0, 0));
        }
      y[r] = sum_lanes ((Vec) total);
    }
}

static void
mul_mv_q8 (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t n_col, const SenQ8Row *x, float *y)
{
#define BODY(t) mul_rows (t, rows, row_bytes, n_rows, n_col, x, y)
  FOR_TYPE (type, BODY)
#undef BODY
}

/* --- Many tokens --------------------------------------------------------------------------------------------------------------------- */

static inline __attribute__ ((always_inline)) void
unpack_row (SenType type, const uint8_t *row, uint32_t first_col, uint32_t r, SenTile *tile)
{
  uint32_t codes[64];
  uint32_t *quads = (uint32_t *) tile->code + r;
  uint32_t step = tile->group_elems / 16;

  for (uint32_t col = 0; col < tile->n_col; col += 256)
    {
      uint32_t n = MIN (tile->n_col - col, 256);
      Chunk chunk;
      load_chunk (type, row, first_col + col, n, &chunk);
      for (uint32_t k = 0; k < n / 32; k++)
        _mm256_storeu_si256 ((__m256i *) (codes + 8 * k), chunk.code[k]);
      for (uint32_t k = 0; k < n / 4; k++)
        quads[(size_t) (col / 4 + k) * SEN_LANES] = codes[k];
      for (uint32_t g = 0; g < n / 16; g += step)
        {
          size_t at = (size_t) (col / 16 + g) / step * SEN_LANES + r;
          tile->scale[at] = chunk.scale[g];
          tile->offset[at] = chunk.offset[g];
        }
    }
}

static void
unpack_tile (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t first_col, SenTile *tile)
{
  tile->is_signed = type == SEN_TYPE_Q8_0;
  for (uint32_t r = 0; r < n_rows; r++)
    {
      const uint8_t *row = (const uint8_t *) rows + r * row_bytes;
#define BODY(t) unpack_row (t, row, first_col, r, tile)
      FOR_TYPE (type, BODY)
#undef BODY
    }
  for (uint32_t r = n_rows; r < SEN_LANES; r++)
    clear_row (r, tile);
}

#define TOKENS_Q8 4

static inline __m256i
broadcast_four (const int8_t *q)
{
  int32_t four;
  memcpy (&four, q, sizeof four);
  return _mm256_set1_epi32 (four);
}

static inline __attribute__ ((always_inline)) void
mul_block_q8 (const SenTile *tile, uint32_t group, bool is_signed, const int8_t *q, size_t q_stride, const float *d,
              const float *x_sum, size_t d_stride, size_t sum_stride, uint32_t n_tokens, __m256 *total)
{
  for (uint32_t t = 0; t < n_tokens; t++)
    total[t] = _mm256_setzero_ps ();
  for (uint32_t g = 0; g < tile->n_col / group; g++)
    {
      __m256i sum[TOKENS_Q8];
      for (uint32_t t = 0; t < n_tokens; t++)
        sum[t] = _mm256_setzero_si256 ();
      const uint8_t *code = tile->code + (size_t) g * group * SEN_LANES;
      const int8_t *x = q + (size_t) g * group;
      for (uint32_t k = 0; k < group / 4; k += 2)
        {
          __m256i w0 = load_256 (code + (size_t) k * 4 * SEN_LANES);
          __m256i w1 = load_256 (code + (size_t) (k + 1) * 4 * SEN_LANES);
          for (uint32_t t = 0; t < n_tokens; t++)
            {
              __m256i x0 = broadcast_four (x + t * q_stride + 4 * k), x1 = broadcast_four (x + t * q_stride + 4 * k + 4);
              if (is_signed)
                sum[t] = _mm256_add_epi32 (sum[t], _mm256_add_epi32 (mul_codes (true, w0, x0), mul_codes (true, w1, x1)));
              else
                {
                  /* Codes below 64: two products of pairs still fit 16 bits. */
                  __m256i pairs = _mm256_add_epi16 (_mm256_maddubs_epi16 (w0, x0), _mm256_maddubs_epi16 (w1, x1));
                  sum[t] = _mm256_add_epi32 (sum[t], _mm256_madd_epi16 (pairs, _mm256_set1_epi16 (1)));
                }
            }
        }
      __m256 scale = _mm256_loadu_ps (tile->scale + (size_t) g * SEN_LANES);
      __m256 offset = _mm256_loadu_ps (tile->offset + (size_t) g * SEN_LANES);
      for (uint32_t t = 0; t < n_tokens; t++)
        {
          __m256 factor = _mm256_mul_ps (scale, _mm256_set1_ps (d[t * d_stride + g * group / 32]));
          total[t] = _mm256_fmadd_ps (_mm256_cvtepi32_ps (sum[t]), factor, total[t]);
          total[t] = _mm256_fmadd_ps (offset, _mm256_set1_ps (x_sum[t * sum_stride + g]), total[t]);
        }
    }
}

static inline __attribute__ ((always_inline)) void
mul_tile (const SenTile *tile, uint32_t group, bool is_signed, const SenQ8Row *x, uint32_t n_col_total, uint32_t first_col,
          uint32_t n_tokens, uint32_t n_rows, float *y, size_t y_stride)
{
  size_t d_stride = n_col_total / 32, sum_stride = n_col_total / group;
  const int8_t *q = x->q + first_col;
  const float *d = x->d + first_col / 32;
  const float *x_sum = (group == 32 ? x->sum32 : x->sum16) + first_col / group;
  __m256 total[TOKENS_Q8];
  uint32_t t = 0;
  for (; t + TOKENS_Q8 <= n_tokens; t += TOKENS_Q8)
    {
      mul_block_q8 (tile, group, is_signed, q + (size_t) t * n_col_total, n_col_total, d + t * d_stride, x_sum + t * sum_stride,
                    d_stride, sum_stride, TOKENS_Q8, total);
      for (uint32_t i = 0; i < TOKENS_Q8; i++)
        add_rows (y + (t + i) * y_stride, (Vec) total[i], n_rows);
    }
  for (; t < n_tokens; t++)
    {
      mul_block_q8 (tile, group, is_signed, q + (size_t) t * n_col_total, n_col_total, d + t * d_stride, x_sum + t * sum_stride,
                    d_stride, sum_stride, 1, total);
      add_rows (y + t * y_stride, (Vec) total[0], n_rows);
    }
}

static void
mul_tile_q8 (const SenTile *tile, const SenQ8Row *x, uint32_t n_col_total, uint32_t first_col, uint32_t n_tokens,
             uint32_t n_rows, float *y, size_t y_stride)
{
  if (tile->is_signed)
    mul_tile (tile, 32, true, x, n_col_total, first_col, n_tokens, n_rows, y, y_stride);
  else if (tile->group_elems == 32)
    mul_tile (tile, 32, false, x, n_col_total, first_col, n_tokens, n_rows, y, y_stride);
  else
    mul_tile (tile, 16, false, x, n_col_total, first_col, n_tokens, n_rows, y, y_stride);
}

const SenKernels sen_kernels_avx2 = SEN_KERNELS_TABLE ("avx2");
