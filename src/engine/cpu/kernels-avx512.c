/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * AVX-512 F, BW, VL, DQ and VNNI. Every format is brought into one shape, 256 columns at a time: four registers of 64
 * codes in column order and sixteen scales and offsets, one for each 16 columns. Products and tiles only see that shape. */
#include <immintrin.h>

#include "sen-kernels.h"

#define SEN_LANES 16

static inline __m512
load_f16 (const uint16_t *p)
{
  return _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *) p));
}

static inline void
store_f16 (uint16_t *p, __m512 v)
{
  _mm256_storeu_si256 ((__m256i *) p, _mm512_cvtps_ph (v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

#include "kernels-body.h"

/* Up to 256 columns of one row. */
typedef struct {
  __m512i code[4];
  __m512  scale;     /* of each 16 columns */
  __m512  offset;    /* offset − scale · zero */
} Chunk;

static inline float
half_to_float (uint16_t half)
{
  return _cvtsh_ss (half);
}

static inline __m512i
join (__m256i low, __m256i high)
{
  return _mm512_inserti64x4 (_mm512_castsi256_si512 (low), high, 1);
}

static inline __m256i
load_256 (const void *p)
{
  return _mm256_loadu_si256 (p);
}

/* Sixteen bytes to sixteen floats. */
static inline __m512
widen_bytes (__m128i bytes)
{
  return _mm512_cvtepi32_ps (_mm512_cvtepu8_epi32 (bytes));
}

/* --- Superblocks ------------------------------------------------------------------------------------------------------------------ */

/* Lane i of eight 6-bit scales (or minimums) to lanes 2 i and 2 i + 1: both halves of each 32 columns. */
static inline __m512
widen_pairs (uint64_t eight_bytes)
{
  __m128i bytes = _mm_cvtsi64_si128 ((int64_t) eight_bytes);
  return widen_bytes (_mm_unpacklo_epi8 (bytes, bytes));
}

static inline void
chunk_scales_k4 (const uint8_t scales[12], uint16_t d, uint16_t dmin, Chunk *chunk)
{
  uint32_t word[3];
  memcpy (word, scales, sizeof word);
  uint64_t scale = (word[0] & 0x3f3f3f3f) | (uint64_t) ((word[2] & 0x0f0f0f0f) | (word[0] >> 6 & 0x03030303) << 4) << 32;
  uint64_t min = (word[1] & 0x3f3f3f3f) | (uint64_t) ((word[2] >> 4 & 0x0f0f0f0f) | (word[1] >> 6 & 0x03030303) << 4) << 32;
  chunk->scale = _mm512_mul_ps (_mm512_set1_ps (half_to_float (d)), widen_pairs (scale));
  chunk->offset = _mm512_mul_ps (_mm512_set1_ps (-half_to_float (dmin)), widen_pairs (min));
}

/* 32 bytes to 64 codes: low nibbles, then high. */
static inline __m512i
split_nibbles (__m256i bytes)
{
  return _mm512_and_si512 (join (bytes, _mm256_srli_epi16 (bytes, 4)), _mm512_set1_epi8 (15));
}

static inline void
chunk_q4_k (const SenBlockQ4_K *b, Chunk *chunk)
{
  chunk_scales_k4 (b->scales, b->d, b->dmin, chunk);
  for (int c = 0; c < 4; c++)
    chunk->code[c] = split_nibbles (load_256 (b->qs + 32 * c));
}

static inline void
chunk_q5_k (const SenBlockQ5_K *b, Chunk *chunk)
{
  chunk_scales_k4 (b->scales, b->d, b->dmin, chunk);
  __m512i high = join (load_256 (b->qh), load_256 (b->qh));
  for (int c = 0; c < 4; c++)
    {
      __m512i bit = join (_mm256_set1_epi8 ((char) (1 << (2 * c))), _mm256_set1_epi8 ((char) (2 << (2 * c))));
      __mmask64 set = _mm512_test_epi8_mask (high, bit);
      __m512i codes = split_nibbles (load_256 (b->qs + 32 * c));
      chunk->code[c] = _mm512_mask_add_epi8 (codes, set, codes, _mm512_set1_epi8 (16));
    }
}

static inline void
chunk_q6_k (const SenBlockQ6_K *b, Chunk *chunk)
{
  __m512 d = _mm512_set1_ps (half_to_float (b->d));
  __m512 scale = _mm512_cvtepi32_ps (_mm512_cvtepi8_epi32 (_mm_loadu_si128 ((const __m128i *) b->scales)));
  chunk->scale = _mm512_mul_ps (d, scale);
  chunk->offset = _mm512_mul_ps (chunk->scale, _mm512_set1_ps (-32.0f));

  const __m512i low_mask = _mm512_set1_epi8 (15), high_mask = _mm512_set1_epi8 (0x30);
  for (int half = 0; half < 2; half++)
    {
      __m512i low = _mm512_loadu_si512 (b->ql + 64 * half);
      __m256i high = load_256 (b->qh + 32 * half);
      __m512i first = join (_mm256_slli_epi16 (high, 4), _mm256_slli_epi16 (high, 2));
      __m512i second = join (high, _mm256_srli_epi16 (high, 2));
      chunk->code[2 * half] = _mm512_or_si512 (_mm512_and_si512 (low, low_mask), _mm512_and_si512 (first, high_mask));
      chunk->code[2 * half + 1] = _mm512_or_si512 (_mm512_and_si512 (_mm512_srli_epi16 (low, 4), low_mask),
                                                   _mm512_and_si512 (second, high_mask));
    }
}

/* The bit pairs of 32 bytes, pair @c and c + 1 of four. */
static inline __m512i
split_pairs (__m256i bytes, int c)
{
  __m512i shifted = c == 0 ? join (bytes, _mm256_srli_epi16 (bytes, 2))
                           : join (_mm256_srli_epi16 (bytes, 4), _mm256_srli_epi16 (bytes, 6));
  return _mm512_and_si512 (shifted, _mm512_set1_epi8 (3));
}

static inline void
chunk_q2_k (const SenBlockQ2_K *b, Chunk *chunk)
{
  __m128i scales = _mm_loadu_si128 ((const __m128i *) b->scales);
  __m128i nibble = _mm_set1_epi8 (15);
  chunk->scale = _mm512_mul_ps (_mm512_set1_ps (half_to_float (b->d)), widen_bytes (_mm_and_si128 (scales, nibble)));
  chunk->offset = _mm512_mul_ps (_mm512_set1_ps (-half_to_float (b->dmin)),
                                 widen_bytes (_mm_and_si128 (_mm_srli_epi16 (scales, 4), nibble)));
  for (int half = 0; half < 2; half++)
    {
      __m256i bytes = load_256 (b->qs + 32 * half);
      chunk->code[2 * half] = split_pairs (bytes, 0);
      chunk->code[2 * half + 1] = split_pairs (bytes, 2);
    }
}

static inline void
chunk_q3_k (const SenBlockQ3_K *b, Chunk *chunk)
{
  int8_t scales[16];
  for (int i = 0; i < 16; i++)
    scales[i] = (int8_t) sen_q3_k_scale (b->scales, i);
  __m512 scale = _mm512_cvtepi32_ps (_mm512_cvtepi8_epi32 (_mm_loadu_si128 ((const __m128i *) scales)));
  chunk->scale = _mm512_mul_ps (_mm512_set1_ps (half_to_float (b->d)), scale);
  chunk->offset = _mm512_mul_ps (chunk->scale, _mm512_set1_ps (-4.0f));

  __m512i high = join (load_256 (b->hmask), load_256 (b->hmask));
  for (int c = 0; c < 4; c++)
    {
      __m512i bit = join (_mm256_set1_epi8 ((char) (1 << (2 * c))), _mm256_set1_epi8 ((char) (2 << (2 * c))));
      __mmask64 set = _mm512_test_epi8_mask (high, bit);
      __m512i codes = split_pairs (load_256 (b->qs + 32 * (c / 2)), c % 2 * 2);
      chunk->code[c] = _mm512_mask_add_epi8 (codes, set, codes, _mm512_set1_epi8 (4));
    }
}

/* --- Blocks of 32, up to eight of them ------------------------------------------------------------------------------------------ */

/* 16 bytes to 32 codes: low nibbles, then high. */
static inline __m256i
split_block (const uint8_t qs[16])
{
  __m128i bytes = _mm_loadu_si128 ((const __m128i *) qs);
  __m256i both = _mm256_inserti128_si256 (_mm256_castsi128_si256 (bytes), _mm_srli_epi16 (bytes, 4), 1);
  return _mm256_and_si256 (both, _mm256_set1_epi8 (15));
}

static inline __m256i
add_fifth_bits (__m256i codes, const uint8_t qh[4])
{
  uint32_t bits;
  memcpy (&bits, qh, sizeof bits);
  return _mm256_mask_add_epi8 (codes, bits, codes, _mm256_set1_epi8 (16));
}

/* Codes of block @i of a run of blocks; its scale in the low half of *@factors and, where it has one, its minimum in the
 * high half, as they lie in the block. */
static inline __attribute__ ((always_inline)) __m256i
block_codes (SenType type, const uint8_t *blocks, uint32_t i, uint32_t *factors)
{
  switch (type)
    {
    case SEN_TYPE_Q4_0:
      {
        const SenBlockQ4_0 *b = (const SenBlockQ4_0 *) blocks + i;
        *factors = b->d;
        return split_block (b->qs);
      }
    case SEN_TYPE_Q4_1:
      {
        const SenBlockQ4_1 *b = (const SenBlockQ4_1 *) blocks + i;
        memcpy (factors, &b->d, sizeof *factors);
        return split_block (b->qs);
      }
    case SEN_TYPE_Q5_0:
      {
        const SenBlockQ5_0 *b = (const SenBlockQ5_0 *) blocks + i;
        *factors = b->d;
        return add_fifth_bits (split_block (b->qs), b->qh);
      }
    case SEN_TYPE_Q5_1:
      {
        const SenBlockQ5_1 *b = (const SenBlockQ5_1 *) blocks + i;
        memcpy (factors, &b->d, sizeof *factors);
        return add_fifth_bits (split_block (b->qs), b->qh);
      }
    default:
      {
        const SenBlockQ8_0 *b = (const SenBlockQ8_0 *) blocks + i;
        *factors = b->d;
        return _mm256_xor_si256 (load_256 (b->qs), _mm256_set1_epi8 ((char) 0x80));
      }
    }
}

static inline __attribute__ ((always_inline)) void
chunk_blocks (SenType type, const uint8_t *blocks, uint32_t n_blocks, Chunk *chunk)
{
  uint32_t f[8] = { 0 };
  __m256i codes[8];
  for (uint32_t i = 0; i < 8; i++)
    codes[i] = i < n_blocks ? block_codes (type, blocks, i, &f[i]) : _mm256_setzero_si256 ();
  for (int c = 0; c < 4; c++)
    chunk->code[c] = join (codes[2 * c], codes[2 * c + 1]);

  /* Put together in registers: a vector load of eight fresh stores would wait for them all. Lane 2 i is the scale of
   * block i, lane 2 i + 1 its minimum or zero. */
  __m512 factors = _mm512_cvtph_ps (_mm256_setr_epi32 ((int) f[0], (int) f[1], (int) f[2], (int) f[3], (int) f[4], (int) f[5],
                                                       (int) f[6], (int) f[7]));
  chunk->scale = _mm512_moveldup_ps (factors);
  float zero = type == SEN_TYPE_Q4_0 ? -8.0f : type == SEN_TYPE_Q5_0 ? -16.0f : type == SEN_TYPE_Q8_0 ? -128.0f : 0.0f;
  chunk->offset = type == SEN_TYPE_Q4_1 || type == SEN_TYPE_Q5_1 ? _mm512_movehdup_ps (factors)
                                                                 : _mm512_mul_ps (chunk->scale, _mm512_set1_ps (zero));
}

/* Columns [first, first + n) of a row, n ≤ 256, both multiples of the block. */
static inline __attribute__ ((always_inline)) void
load_chunk (SenType type, const uint8_t *row, uint32_t first, uint32_t n, Chunk *chunk)
{
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
    case SEN_TYPE_Q4_0:
      chunk_blocks (type, row + first / 32 * sizeof (SenBlockQ4_0), n / 32, chunk);
      break;
    case SEN_TYPE_Q4_1:
      chunk_blocks (type, row + first / 32 * sizeof (SenBlockQ4_1), n / 32, chunk);
      break;
    case SEN_TYPE_Q5_0:
      chunk_blocks (type, row + first / 32 * sizeof (SenBlockQ5_0), n / 32, chunk);
      break;
    case SEN_TYPE_Q5_1:
      chunk_blocks (type, row + first / 32 * sizeof (SenBlockQ5_1), n / 32, chunk);
      break;
    default:
      chunk_blocks (type, row + first / 32 * sizeof (SenBlockQ8_0), n / 32, chunk);
    }
}

/* --- One token --------------------------------------------------------------------------------------------------------------------- */

/* Lane i of step c takes the scale of columns 64 c + 4 i …: group 4 c + i / 4. */
static inline __m512
spread (__m512 per_group, int c)
{
  const __m512i lanes = _mm512_setr_epi32 (0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  return _mm512_permutexvar_ps (_mm512_add_epi32 (lanes, _mm512_set1_epi32 (4 * c)), per_group);
}

/* The activations that go with a chunk. */
typedef struct {
  __m512i q[4];
  __m512  d;      /* of each 16 columns */
  __m512  sum;
} Input;

static inline __attribute__ ((always_inline)) void
load_input (const SenQ8Row *x, uint32_t first, uint32_t n, Input *input)
{
  if (n == 256)
    {
      for (int c = 0; c < 4; c++)
        input->q[c] = _mm512_loadu_si512 (x->q + first + 64 * c);
      __m512 d = _mm512_castps256_ps512 (_mm256_loadu_ps (x->d + first / 32));
      input->d = _mm512_permutexvar_ps (_mm512_setr_epi32 (0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7), d);
      input->sum = _mm512_loadu_ps (x->sum16 + first / 16);
      return;
    }
  for (uint32_t c = 0; c < 4; c++)
    {
      uint32_t left = n > 64 * c ? n - 64 * c : 0;
      __mmask64 mask = left >= 64 ? ~0ull : (1ull << left) - 1;
      input->q[c] = _mm512_maskz_loadu_epi8 (mask, x->q + first + 64 * c);
    }
  __mmask16 groups = (__mmask16) ((1u << n / 16) - 1);
  __m512 d = _mm512_maskz_loadu_ps ((__mmask16) ((1u << n / 32) - 1), x->d + first / 32);
  input->d = _mm512_permutexvar_ps (_mm512_setr_epi32 (0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7), d);
  input->sum = _mm512_maskz_loadu_ps (groups, x->sum16 + first / 16);
}

static inline __attribute__ ((always_inline)) void
mul_rows (SenType type, const uint8_t *rows, size_t row_bytes, uint32_t n_rows, uint32_t n_col, const SenQ8Row *x, float *y)
{
  const SenTypeInfo *info = sen_type_info (type);
  const uint32_t chunk_bytes = 256 / info->block_elems * info->block_bytes;
  /* Two rows at a time share the loads of x and hide each other's latencies. */
  for (uint32_t r = 0; r < n_rows; r += 2)
    {
      const uint8_t *row[2] = { rows + r * row_bytes, rows + MIN (r + 1, n_rows - 1) * row_bytes };
      __m512 total[2] = { _mm512_setzero_ps (), _mm512_setzero_ps () };
      for (uint32_t col = 0; col < n_col; col += 256)
        {
          uint32_t n = MIN (n_col - col, 256);
          Input input;
          load_input (x, col, n, &input);
          for (int i = 0; i < 2; i++)
            {
              Chunk chunk;
              prefetch_chunk (row[i] + PREFETCH_BYTES + (size_t) col * chunk_bytes / 256, chunk_bytes);
              load_chunk (type, row[i], col, n, &chunk);
              __m512 scale = _mm512_mul_ps (chunk.scale, input.d);
              total[i] = _mm512_fmadd_ps (chunk.offset, input.sum, total[i]);
              for (int c = 0; c < 4; c++)
                {
                  __m512i sum = _mm512_dpbusd_epi32 (_mm512_setzero_si512 (), chunk.code[c], input.q[c]);
                  total[i] = _mm512_fmadd_ps (_mm512_cvtepi32_ps (sum), spread (scale, c), total[i]);
                }
            }
        }
      y[r] = _mm512_reduce_add_ps (total[0]);
      if (r + 1 < n_rows)
        y[r + 1] = _mm512_reduce_add_ps (total[1]);
    }
}

static void
mul_mv_q8 (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t n_col, const SenQ8Row *x, float *y)
{
#define BODY(t) mul_rows (t, rows, row_bytes, n_rows, n_col, x, y)
  FOR_TYPE (type, BODY)
#undef BODY
}

/* --- Many tokens ---------------------------------------------------------------------------------------------------------------------- */

static inline __attribute__ ((always_inline)) void
unpack_row (SenType type, const uint8_t *row, uint32_t first_col, uint32_t r, SenTile *tile)
{
  uint32_t codes[64];
  float scale[16], offset[16];
  uint32_t *quads = (uint32_t *) tile->code + r;
  uint32_t step = tile->group_elems / 16;

  for (uint32_t col = 0; col < tile->n_col; col += 256)
    {
      uint32_t n = MIN (tile->n_col - col, 256);
      Chunk chunk;
      load_chunk (type, row, first_col + col, n, &chunk);
      for (int c = 0; c < 4; c++)
        _mm512_storeu_si512 (codes + 16 * c, chunk.code[c]);
      _mm512_storeu_ps (scale, chunk.scale);
      _mm512_storeu_ps (offset, chunk.offset);
      for (uint32_t k = 0; k < n / 4; k++)
        quads[(size_t) (col / 4 + k) * SEN_LANES] = codes[k];
      for (uint32_t g = 0; g < n / 16; g += step)
        {
          size_t at = (size_t) (col / 16 + g) / step * SEN_LANES + r;
          tile->scale[at] = scale[g];
          tile->offset[at] = offset[g];
        }
    }
}

static void
unpack_tile (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t first_col, SenTile *tile)
{
  tile->is_signed = false;
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

#define TOKENS_Q8 8

static inline __attribute__ ((always_inline)) void
mul_block_q8 (const SenTile *tile, uint32_t group, const int8_t *q, size_t q_stride, const float *d, const float *x_sum,
              size_t d_stride, size_t sum_stride, uint32_t n_tokens, __m512 *total)
{
  for (uint32_t t = 0; t < n_tokens; t++)
    total[t] = _mm512_setzero_ps ();
  for (uint32_t g = 0; g < tile->n_col / group; g++)
    {
      __m512i sum[TOKENS_Q8];
      for (uint32_t t = 0; t < n_tokens; t++)
        sum[t] = _mm512_setzero_si512 ();
      const uint8_t *code = tile->code + (size_t) g * group * SEN_LANES;
      const int8_t *x = q + (size_t) g * group;
#pragma GCC unroll 8
      for (uint32_t k = 0; k < group / 4; k++)
        {
          __m512i w = _mm512_loadu_si512 (code + (size_t) k * 4 * SEN_LANES);
          for (uint32_t t = 0; t < n_tokens; t++)
            {
              int32_t four;
              memcpy (&four, x + t * q_stride + 4 * k, sizeof four);
              sum[t] = _mm512_dpbusd_epi32 (sum[t], w, _mm512_set1_epi32 (four));
            }
        }
      __m512 scale = _mm512_loadu_ps (tile->scale + (size_t) g * SEN_LANES);
      __m512 offset = _mm512_loadu_ps (tile->offset + (size_t) g * SEN_LANES);
      for (uint32_t t = 0; t < n_tokens; t++)
        {
          __m512 factor = _mm512_mul_ps (scale, _mm512_set1_ps (d[t * d_stride + g * group / 32]));
          total[t] = _mm512_fmadd_ps (_mm512_cvtepi32_ps (sum[t]), factor, total[t]);
          total[t] = _mm512_fmadd_ps (offset, _mm512_set1_ps (x_sum[t * sum_stride + g]), total[t]);
        }
    }
}

static inline __attribute__ ((always_inline)) void
mul_tile (const SenTile *tile, uint32_t group, const SenQ8Row *x, uint32_t n_col_total, uint32_t first_col, uint32_t n_tokens,
          uint32_t n_rows, float *y, size_t y_stride)
{
  size_t d_stride = n_col_total / 32, sum_stride = n_col_total / group;
  const int8_t *q = x->q + first_col;
  const float *d = x->d + first_col / 32;
  const float *x_sum = (group == 32 ? x->sum32 : x->sum16) + first_col / group;
  __m512 total[TOKENS_Q8];
  uint32_t t = 0;
  for (; t + TOKENS_Q8 <= n_tokens; t += TOKENS_Q8)
    {
      mul_block_q8 (tile, group, q + (size_t) t * n_col_total, n_col_total, d + t * d_stride, x_sum + t * sum_stride, d_stride,
                    sum_stride, TOKENS_Q8, total);
      for (uint32_t i = 0; i < TOKENS_Q8; i++)
        add_rows (y + (t + i) * y_stride, (Vec) total[i], n_rows);
    }
  for (; t < n_tokens; t++)
    {
      mul_block_q8 (tile, group, q + (size_t) t * n_col_total, n_col_total, d + t * d_stride, x_sum + t * sum_stride, d_stride,
                    sum_stride, 1, total);
      add_rows (y + t * y_stride, (Vec) total[0], n_rows);
    }
}

static void
mul_tile_q8 (const SenTile *tile, const SenQ8Row *x, uint32_t n_col_total, uint32_t first_col, uint32_t n_tokens,
             uint32_t n_rows, float *y, size_t y_stride)
{
  if (tile->group_elems == 32)
    mul_tile (tile, 32, x, n_col_total, first_col, n_tokens, n_rows, y, y_stride);
  else
    mul_tile (tile, 16, x, n_col_total, first_col, n_tokens, n_rows, y, y_stride);
}

const SenKernels sen_kernels_avx512 = SEN_KERNELS_TABLE ("avx512");
