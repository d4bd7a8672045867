/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * AVX-512 F, BW, VL, DQ and VNNI: what kernels-x86.h asks for. A chunk is four registers of 64 codes, one of scales and one
 * of offsets. */
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

static inline __m512
higher (__m512 a, __m512 b)
{
  return _mm512_max_ps (a, b);
}

/* Quarters of 128 bits are turned in themselves, then as elements of four by four. */
static inline void
turn (__m512 row[16])
{
  __m512 pair[16], quad[16];
  for (int i = 0; i < 16; i += 2)
    {
      pair[i] = _mm512_unpacklo_ps (row[i], row[i + 1]);
      pair[i + 1] = _mm512_unpackhi_ps (row[i], row[i + 1]);
    }
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; j++)
      {
        quad[i + 2 * j] = _mm512_shuffle_ps (pair[i + j], pair[i + j + 2], 0x44);
        quad[i + 2 * j + 1] = _mm512_shuffle_ps (pair[i + j], pair[i + j + 2], 0xee);
      }
  for (int i = 0; i < 4; i++)
    {
      __m512 even_low = _mm512_shuffle_f32x4 (quad[i], quad[i + 4], 0x88);
      __m512 odd_low = _mm512_shuffle_f32x4 (quad[i], quad[i + 4], 0xdd);
      __m512 even_high = _mm512_shuffle_f32x4 (quad[i + 8], quad[i + 12], 0x88);
      __m512 odd_high = _mm512_shuffle_f32x4 (quad[i + 8], quad[i + 12], 0xdd);
      row[i] = _mm512_shuffle_f32x4 (even_low, even_high, 0x88);
      row[i + 4] = _mm512_shuffle_f32x4 (odd_low, odd_high, 0x88);
      row[i + 8] = _mm512_shuffle_f32x4 (even_low, even_high, 0xdd);
      row[i + 12] = _mm512_shuffle_f32x4 (odd_low, odd_high, 0xdd);
    }
}

#define ATTEND_QUERIES 4
#define TOKENS_F32 12

#include "kernels-body.h"

static inline __m256i
add_fifth_bits (__m256i codes, const uint8_t qh[4])
{
  uint32_t bits;
  memcpy (&bits, qh, sizeof bits);
  return _mm256_mask_add_epi8 (codes, bits, codes, _mm256_set1_epi8 (16));
}

/* Products take unsigned codes. */
static inline __m256i
code_q8_0 (const int8_t qs[32])
{
  return _mm256_xor_si256 (_mm256_loadu_si256 ((const __m256i *) qs), _mm256_set1_epi8 ((char) 0x80));
}

#include "kernels-x86-blocks.h"

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

/* Sixteen bytes to sixteen floats. */
static inline __m512
widen_bytes (__m128i bytes)
{
  return _mm512_cvtepi32_ps (_mm512_cvtepu8_epi32 (bytes));
}

/* --- Superblocks ------------------------------------------------------------------------------------------------------------------ */

/* Each of the low eight bytes twice: a scale for both halves of 32 columns. */
static inline __m512
widen_pairs (__m128i bytes)
{
  return widen_bytes (_mm_unpacklo_epi8 (bytes, bytes));
}

static inline void
chunk_scales_k4 (const uint8_t scales[12], uint16_t d, uint16_t dmin, Chunk *chunk)
{
  __m128i both = k4_scales (scales);
  chunk->scale = _mm512_mul_ps (_mm512_set1_ps (half_to_float (d)), widen_pairs (both));
  chunk->offset = _mm512_mul_ps (_mm512_set1_ps (-half_to_float (dmin)), widen_pairs (_mm_unpackhi_epi64 (both, both)));
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
  __m512 scale = _mm512_cvtepi32_ps (_mm512_cvtepi8_epi32 (q3_k_scales (b->scales)));
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

static inline __attribute__ ((always_inline)) void
chunk_blocks (SenType type, const uint8_t *blocks, uint32_t n_blocks, Chunk *chunk)
{
  uint32_t f[8] = { 0 };
  __m256i codes[8];
  for (uint32_t i = 0; i < 8; i++)
    codes[i] = i < n_blocks ? block_codes (type, blocks, i, &f[i]) : _mm256_setzero_si256 ();
  for (int c = 0; c < 4; c++)
    chunk->code[c] = join (codes[2 * c], codes[2 * c + 1]);

  /* Lane 2 i is the scale of block i, lane 2 i + 1 its minimum or zero. */
  __m512 factors = _mm512_cvtph_ps (join_factors (f));
  chunk->scale = _mm512_moveldup_ps (factors);
  __m512 zero = _mm512_set1_ps (-formats[type].zero);
  chunk->offset = stores_offset (type) ? _mm512_movehdup_ps (factors) : _mm512_mul_ps (chunk->scale, zero);
}

static inline void
spill_chunk (const Chunk *chunk, uint32_t codes[64], float scale[16], float offset[16])
{
  for (int c = 0; c < 4; c++)
    _mm512_storeu_si512 (codes + 16 * c, chunk->code[c]);
  _mm512_storeu_ps (scale, chunk->scale);
  _mm512_storeu_ps (offset, chunk->offset);
}

/* --- Products ------------------------------------------------------------------------------------------------------------------------ */

/* Lane i of step c takes the scale of columns 64 c + 4 i …: group 4 c + i / 4. */
static inline __m512
spread (__m512 per_group, int c)
{
  const __m512i lanes = _mm512_setr_epi32 (0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  return _mm512_permutexvar_ps (_mm512_add_epi32 (lanes, _mm512_set1_epi32 (4 * c)), per_group);
}

/* The activations that go with a chunk. */
typedef struct {
  __m512i q[4], low[4];
  __m512  d;      /* of each 16 columns, of second digits */
  __m512  sum;
} Input;

static inline __attribute__ ((always_inline)) void
load_input (const SenQ8Row *x, uint32_t first, uint32_t n, Input *input)
{
  for (uint32_t c = 0; c < 4; c++)
    {
      uint32_t left = n > 64 * c ? n - 64 * c : 0;
      __mmask64 mask = left >= 64 ? ~0ull : (1ull << left) - 1;
      input->q[c] = _mm512_maskz_loadu_epi8 (mask, x->q + first + 64 * c);
      input->low[c] = _mm512_maskz_loadu_epi8 (mask, x->low + first + 64 * c);
    }
  __mmask16 groups = (__mmask16) ((1u << n / 16) - 1);
  __m512 d = _mm512_maskz_loadu_ps ((__mmask16) ((1u << n / 32) - 1), x->d + first / 32);
  d = _mm512_permutexvar_ps (_mm512_setr_epi32 (0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7), d);
  input->d = _mm512_mul_ps (d, _mm512_set1_ps (1.0f / 256.0f));
  input->sum = _mm512_maskz_loadu_ps (groups, x->sum16 + first / 16);
}

static inline __attribute__ ((always_inline)) Vec
add_chunk (SenType type, const Chunk *chunk, const Input *input, uint32_t n, Vec total)
{
  __m512 scale = _mm512_mul_ps (chunk->scale, input->d);
  total = (Vec) _mm512_fmadd_ps (chunk->offset, input->sum, (__m512) total);
  for (int c = 0; c < 4; c++)
    {
      __m512i sum = _mm512_dpbusd_epi32 (_mm512_setzero_si512 (), chunk->code[c], input->q[c]);
      sum = _mm512_dpbusd_epi32 (_mm512_slli_epi32 (sum, 8), chunk->code[c], input->low[c]);
      total = (Vec) _mm512_fmadd_ps (_mm512_cvtepi32_ps (sum), spread (scale, c), (__m512) total);
    }
  return total;
}

typedef __m512i Codes;

static inline Codes
load_codes (const void *p)
{
  return _mm512_loadu_si512 (p);
}

static inline Codes
broadcast_four (const int8_t *q)
{
  int32_t four;
  memcpy (&four, q, sizeof four);
  return _mm512_set1_epi32 (four);
}

static inline bool
keeps_sign (SenType type)
{
  return false;
}

static inline Codes
mul_codes (bool is_signed, Codes sum, Codes w0, Codes x0, Codes w1, Codes x1)
{
  return _mm512_dpbusd_epi32 (_mm512_dpbusd_epi32 (sum, w0, x0), w1, x1);
}

#define TOKENS_Q8 8

#include "kernels-x86.h"

/* Two rows at a time hide each other's latencies. Products take unsigned codes: 128 is added to all, and taken off in one go. */
static void
mul_mv_i8 (const int8_t *rows, size_t row_bytes, uint32_t n_rows, uint32_t n, const int8_t *x, int32_t *y)
{
  const __m512i flip = _mm512_set1_epi8 ((char) 0x80);
  __m512i taken = _mm512_setzero_si512 ();
  for (uint32_t i = 0; i < n; i += 64)
    taken = _mm512_dpbusd_epi32 (taken, flip, _mm512_loadu_si512 (x + i));
  for (uint32_t r = 0; r < n_rows; r += 2)
    {
      const int8_t *row0 = rows + r * row_bytes, *row1 = rows + MIN (r + 1, n_rows - 1) * row_bytes;
      __m512i sum0 = _mm512_setzero_si512 (), sum1 = sum0;
      for (uint32_t i = 0; i < n; i += 64)
        {
          __m512i codes = _mm512_loadu_si512 (x + i);
          __builtin_prefetch (row0 + i + PREFETCH_BYTES, 0, 3);
          __builtin_prefetch (row1 + i + PREFETCH_BYTES, 0, 3);
          sum0 = _mm512_dpbusd_epi32 (sum0, _mm512_xor_si512 (_mm512_loadu_si512 (row0 + i), flip), codes);
          sum1 = _mm512_dpbusd_epi32 (sum1, _mm512_xor_si512 (_mm512_loadu_si512 (row1 + i), flip), codes);
        }
      y[r] = _mm512_reduce_add_epi32 (_mm512_sub_epi32 (sum0, taken));
      if (r + 1 < n_rows)
        y[r + 1] = _mm512_reduce_add_epi32 (_mm512_sub_epi32 (sum1, taken));
    }
}

const SenKernels sen_kernels_avx512 = SEN_KERNELS_TABLE ("avx512");
