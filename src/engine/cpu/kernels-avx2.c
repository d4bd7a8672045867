/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * AVX2, FMA and F16C, and compiled a second time with AVX-VNNI, which hybrid processors without AVX-512 have: what
 * kernels-x86.h asks for. A chunk is eight registers of 32 codes, two of scales and two of offsets. */
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

static inline __m256
higher (__m256 a, __m256 b)
{
  return _mm256_max_ps (a, b);
}

static inline void
turn (__m256 row[8])
{
  __m256 pair[8], quad[8];
  for (int i = 0; i < 8; i += 2)
    {
      pair[i] = _mm256_unpacklo_ps (row[i], row[i + 1]);
      pair[i + 1] = _mm256_unpackhi_ps (row[i], row[i + 1]);
    }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++)
      {
        quad[i + 2 * j] = _mm256_shuffle_ps (pair[i + j], pair[i + j + 2], 0x44);
        quad[i + 2 * j + 1] = _mm256_shuffle_ps (pair[i + j], pair[i + j + 2], 0xee);
      }
  for (int i = 0; i < 4; i++)
    {
      row[i] = _mm256_permute2f128_ps (quad[i], quad[i + 4], 0x20);
      row[i + 4] = _mm256_permute2f128_ps (quad[i], quad[i + 4], 0x31);
    }
}

#define ATTEND_QUERIES 2
#define TOKENS_F32 6

#include "kernels-body.h"

static inline __m256i
add_fifth_bits (__m256i codes, const uint8_t qh[4])
{
  int32_t bits;
  memcpy (&bits, qh, sizeof bits);
  /* Byte j of the mask word repeated over lanes 8 j …, then one bit for each. */
  const __m256i spread = _mm256_setr_epi8 (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3,
                                           3, 3, 3, 3);
  const __m256i one_each = _mm256_set1_epi64x ((long long) 0x8040201008040201ull);
  __m256i bytes = _mm256_and_si256 (_mm256_shuffle_epi8 (_mm256_set1_epi32 (bits), spread), one_each);
  return _mm256_or_si256 (codes, _mm256_and_si256 (_mm256_cmpeq_epi8 (bytes, one_each), _mm256_set1_epi8 (16)));
}

/* 255 · 127 twice does not fit the 16 bits of AVX2's products. */
static inline bool
keeps_sign (SenType type)
{
#ifdef __AVXVNNI__
  return false;
#else
  return type == SEN_TYPE_Q8_0;
#endif
}

static inline __m256i
code_q8_0 (const int8_t qs[32])
{
  __m256i codes = _mm256_loadu_si256 ((const __m256i *) qs);
  return keeps_sign (SEN_TYPE_Q8_0) ? codes : _mm256_xor_si256 (codes, _mm256_set1_epi8 ((char) 0x80));
}

#include "kernels-x86-blocks.h"

/* Up to 256 columns of one row. */
typedef struct {
  __m256i code[8];
  __m256  scale[2];     /* of each 16 columns */
  __m256  offset[2];    /* offset − scale · zero */
} Chunk;

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

/* values[i] = factor · bytes[i] */
static inline void
scale_bytes (__m128i bytes, float factor, __m256 values[2])
{
  __m256 by = _mm256_set1_ps (factor);
  values[0] = _mm256_mul_ps (by, _mm256_cvtepi32_ps (_mm256_cvtepu8_epi32 (bytes)));
  values[1] = _mm256_mul_ps (by, _mm256_cvtepi32_ps (_mm256_cvtepu8_epi32 (_mm_unpackhi_epi64 (bytes, bytes))));
}

static inline void
scale_signed_bytes (__m128i bytes, float factor, __m256 values[2])
{
  __m256 by = _mm256_set1_ps (factor);
  values[0] = _mm256_mul_ps (by, _mm256_cvtepi32_ps (_mm256_cvtepi8_epi32 (bytes)));
  values[1] = _mm256_mul_ps (by, _mm256_cvtepi32_ps (_mm256_cvtepi8_epi32 (_mm_unpackhi_epi64 (bytes, bytes))));
}

/* Codes of every group have the same zero. */
static inline void
offset_by_zero (Chunk *chunk, float zero)
{
  for (int i = 0; i < 2; i++)
    chunk->offset[i] = _mm256_mul_ps (chunk->scale[i], _mm256_set1_ps (-zero));
}

/* Eight 6-bit scales and minimums, each for both halves of 32 columns. */
static inline void
chunk_scales_k4 (const uint8_t scales[12], uint16_t d, uint16_t dmin, Chunk *chunk)
{
  __m128i both = k4_scales (scales);
  scale_bytes (_mm_unpacklo_epi8 (both, both), _cvtsh_ss (d), chunk->scale);
  scale_bytes (_mm_unpackhi_epi8 (both, both), -_cvtsh_ss (dmin), chunk->offset);
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
  scale_signed_bytes (_mm_loadu_si128 ((const __m128i *) b->scales), _cvtsh_ss (b->d), chunk->scale);
  offset_by_zero (chunk, 32.0f);
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
  const __m128i scales = _mm_loadu_si128 ((const __m128i *) b->scales), nibble = _mm_set1_epi8 (15);
  scale_bytes (_mm_and_si128 (scales, nibble), _cvtsh_ss (b->d), chunk->scale);
  scale_bytes (_mm_and_si128 (_mm_srli_epi16 (scales, 4), nibble), -_cvtsh_ss (b->dmin), chunk->offset);
  split_pairs (load_256 (b->qs), chunk->code);
  split_pairs (load_256 (b->qs + 32), chunk->code + 4);
}

static inline void
chunk_q3_k (const SenBlockQ3_K *b, Chunk *chunk)
{
  scale_signed_bytes (q3_k_scales (b->scales), _cvtsh_ss (b->d), chunk->scale);
  offset_by_zero (chunk, 4.0f);
  split_pairs (load_256 (b->qs), chunk->code);
  split_pairs (load_256 (b->qs + 32), chunk->code + 4);
  __m256i high = load_256 (b->hmask);
  for (int k = 0; k < 8; k++)
    chunk->code[k] = _mm256_or_si256 (chunk->code[k], pick_bit (high, k, 4));
}

/* --- Blocks of 32, up to eight of them -------------------------------------------------------------------------------------------- */

static inline __attribute__ ((always_inline)) void
chunk_blocks (SenType type, const uint8_t *blocks, uint32_t n_blocks, Chunk *chunk)
{
  uint32_t f[8] = { 0 };
  for (uint32_t i = 0; i < n_blocks; i++)
    chunk->code[i] = block_codes (type, blocks, i, &f[i]);

  /* Lane 2 i is the scale of block i, lane 2 i + 1 its minimum or zero. */
  __m256i halves = join_factors (f);
  __m256 factors[2] = { _mm256_cvtph_ps (_mm256_castsi256_si128 (halves)),
                        _mm256_cvtph_ps (_mm256_extracti128_si256 (halves, 1)) };
  for (int i = 0; i < 2; i++)
    {
      chunk->scale[i] = _mm256_moveldup_ps (factors[i]);
      chunk->offset[i] = _mm256_movehdup_ps (factors[i]);
    }
  if (!stores_offset (type))
    offset_by_zero (chunk, keeps_sign (type) ? 0.0f : formats[type].zero);
}

static inline void
spill_chunk (const Chunk *chunk, uint32_t codes[64], float scale[16], float offset[16])
{
  for (int c = 0; c < 8; c++)
    _mm256_storeu_si256 ((__m256i *) (codes + 8 * c), chunk->code[c]);
  for (int i = 0; i < 2; i++)
    {
      _mm256_storeu_ps (scale + 8 * i, chunk->scale[i]);
      _mm256_storeu_ps (offset + 8 * i, chunk->offset[i]);
    }
}

/* --- Products ------------------------------------------------------------------------------------------------------------------------ */

typedef __m256i Codes;

static inline Codes
load_codes (const void *p)
{
  return load_256 (p);
}

static inline Codes
broadcast_four (const int8_t *q)
{
  int32_t four;
  memcpy (&four, q, sizeof four);
  return _mm256_set1_epi32 (four);
}

#ifdef __AVXVNNI__

static inline Codes
mul_codes (bool is_signed, Codes sum, Codes w0, Codes x0, Codes w1, Codes x1)
{
  return _mm256_dpbusd_avx_epi32 (_mm256_dpbusd_avx_epi32 (sum, w0, x0), w1, x1);
}

/* 256 · code · q + code · low */
static inline Codes
mul_digits (bool is_signed, Codes code, Codes q, Codes low)
{
  Codes sum = _mm256_dpbusd_avx_epi32 (_mm256_setzero_si256 (), code, q);
  return _mm256_dpbusd_avx_epi32 (_mm256_slli_epi32 (sum, 8), code, low);
}

#else

static inline __attribute__ ((always_inline)) __m256i
mul_pairs (bool is_signed, Codes code, Codes q)
{
  return is_signed ? _mm256_maddubs_epi16 (_mm256_abs_epi8 (code), _mm256_sign_epi8 (q, code))
                   : _mm256_maddubs_epi16 (code, q);
}

static inline __attribute__ ((always_inline)) Codes
mul_codes (bool is_signed, Codes sum, Codes w0, Codes x0, Codes w1, Codes x1)
{
  const __m256i one = _mm256_set1_epi16 (1);
  __m256i first = mul_pairs (is_signed, w0, x0), second = mul_pairs (is_signed, w1, x1);
  if (is_signed)
    return _mm256_add_epi32 (sum, _mm256_add_epi32 (_mm256_madd_epi16 (first, one), _mm256_madd_epi16 (second, one)));
  /* Codes below 64: two products of pairs still fit 16 bits. */
  return _mm256_add_epi32 (sum, _mm256_madd_epi16 (_mm256_add_epi16 (first, second), one));
}

/* 256 · code · q + code · low */
static inline __attribute__ ((always_inline)) Codes
mul_digits (bool is_signed, Codes code, Codes q, Codes low)
{
  return _mm256_add_epi32 (_mm256_madd_epi16 (mul_pairs (is_signed, code, q), _mm256_set1_epi16 (256)),
                           _mm256_madd_epi16 (mul_pairs (is_signed, code, low), _mm256_set1_epi16 (1)));
}

#endif

/* The activations that go with a chunk. */
typedef struct {
  const int8_t *q, *low;
  __m256        d[2];      /* of each 16 columns, of second digits */
  __m256        sum[2];
} Input;

/* Lanes from @n on are zero. */
static inline __m256
load_lanes (const float *p, uint32_t n)
{
  if (n >= 8)
    return _mm256_loadu_ps (p);
  __m256i index = _mm256_setr_epi32 (0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_maskload_ps (p, _mm256_cmpgt_epi32 (_mm256_set1_epi32 ((int) n), index));
}

static inline __attribute__ ((always_inline)) void
load_input (const SenQ8Row *x, uint32_t first, uint32_t n, Input *input)
{
  __m256 d = _mm256_mul_ps (load_lanes (x->d + first / 32, n / 32), _mm256_set1_ps (1.0f / 256.0f));
  const float *sum = x->sum16 + first / 16;
  *input = (Input) {
    .q = x->q + first,
    .low = x->low + first,
    .d = { _mm256_permutevar8x32_ps (d, _mm256_setr_epi32 (0, 0, 1, 1, 2, 2, 3, 3)),
           _mm256_permutevar8x32_ps (d, _mm256_setr_epi32 (4, 4, 5, 5, 6, 6, 7, 7)) },
    .sum = { load_lanes (sum, n / 16), n > 128 ? load_lanes (sum + 8, n / 16 - 8) : _mm256_setzero_ps () },
  };
}

static inline __attribute__ ((always_inline)) Vec
add_chunk (SenType type, const Chunk *chunk, const Input *input, uint32_t n, Vec total)
{
  __m256 scale[2], sum = (__m256) total;
  for (int i = 0; i < 2; i++)
    {
      scale[i] = _mm256_mul_ps (chunk->scale[i], input->d[i]);
      sum = _mm256_fmadd_ps (chunk->offset[i], input->sum[i], sum);
    }
  for (uint32_t k = 0; k < n / 32; k++)
    {
      /* Four lanes of products for each 16 columns: their scales are lanes 2 k and 2 k + 1. */
      const __m256i lanes = _mm256_setr_epi32 (0, 0, 0, 0, 1, 1, 1, 1);
      __m256i from = _mm256_add_epi32 (lanes, _mm256_set1_epi32 (2 * (int) (k % 4)));
      __m256 spread = _mm256_permutevar8x32_ps (scale[k / 4], from);
      Codes q = load_256 (input->q + 32 * k), low = load_256 (input->low + 32 * k);
      Codes digits = mul_digits (keeps_sign (type), chunk->code[k], q, low);
      sum = _mm256_fmadd_ps (_mm256_cvtepi32_ps (digits), spread, sum);
    }
  return (Vec) sum;
}

#define TOKENS_Q8 4

#include "kernels-x86.h"

/* Signs go over from the row to x, so that products take |row|: 2 · 127 · 127 fits 16 bits. */
static inline __attribute__ ((always_inline)) Codes
add_bytes (Codes sum, const int8_t *row, Codes x)
{
  Codes codes = load_256 (row), magnitude = _mm256_abs_epi8 (codes), signed_x = _mm256_sign_epi8 (x, codes);
#ifdef __AVXVNNI__
  return _mm256_dpbusd_avx_epi32 (sum, magnitude, signed_x);
#else
  return _mm256_add_epi32 (sum, _mm256_madd_epi16 (_mm256_maddubs_epi16 (magnitude, signed_x), _mm256_set1_epi16 (1)));
#endif
}

static inline int32_t
sum_codes (Codes codes)
{
  __m128i sum = _mm_add_epi32 (_mm256_castsi256_si128 (codes), _mm256_extracti128_si256 (codes, 1));
  sum = _mm_add_epi32 (sum, _mm_shuffle_epi32 (sum, 0x4e));
  return _mm_cvtsi128_si32 (_mm_add_epi32 (sum, _mm_shuffle_epi32 (sum, 0xb1)));
}

/* Two rows at a time hide each other's latencies. */
static void
mul_mv_i8 (const int8_t *rows, size_t row_bytes, uint32_t n_rows, uint32_t n, const int8_t *x, int32_t *y)
{
  for (uint32_t r = 0; r < n_rows; r += 2)
    {
      const int8_t *row0 = rows + r * row_bytes, *row1 = rows + MIN (r + 1, n_rows - 1) * row_bytes;
      Codes sum0 = _mm256_setzero_si256 (), sum1 = sum0;
      for (uint32_t i = 0; i < n; i += 64)
        {
          Codes low = load_256 (x + i), high = load_256 (x + i + 32);
          __builtin_prefetch (row0 + i + PREFETCH_BYTES, 0, 3);
          __builtin_prefetch (row1 + i + PREFETCH_BYTES, 0, 3);
          sum0 = add_bytes (add_bytes (sum0, row0 + i, low), row0 + i + 32, high);
          sum1 = add_bytes (add_bytes (sum1, row1 + i, low), row1 + i + 32, high);
        }
      y[r] = sum_codes (sum0);
      if (r + 1 < n_rows)
        y[r + 1] = sum_codes (sum1);
    }
}

#ifdef __AVXVNNI__
const SenKernels sen_kernels_avxvnni = SEN_KERNELS_TABLE ("avxvnni");
#else
const SenKernels sen_kernels_avx2 = SEN_KERNELS_TABLE ("avx2");
#endif
