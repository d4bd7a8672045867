/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Reading the fields of quantized blocks, 32 codes at a time, for both x86 files. No header guard: a body like
 * kernels-body.h, included by kernels-<isa>.c once it has add_fifth_bits() and code_q8_0(). */

/* The table of formats where the compiler can see it, for types that it knows. */
static const struct {
  uint32_t block_elems, block_bytes;
  float    zero;
} formats[] = {
#define SEN_FORMAT(NAME, name, gguf_id, block_elems, block_bytes, group_elems, zero)                                    \
  [SEN_TYPE_##NAME] = { block_elems, block_bytes, zero },
#include "formats.def"
#undef SEN_FORMAT
};

static inline __attribute__ ((always_inline)) uint32_t
bytes_of_chunk (SenType type)
{
  return 256 / formats[type].block_elems * formats[type].block_bytes;
}

static inline __m256i
load_256 (const void *p)
{
  return _mm256_loadu_si256 (p);
}

/* 16 bytes to 32 codes: low nibbles, then high. */
static inline __m256i
split_block (const uint8_t qs[16])
{
  __m128i bytes = _mm_loadu_si128 ((const __m128i *) qs);
  __m256i both = _mm256_inserti128_si256 (_mm256_castsi128_si256 (bytes), _mm_srli_epi16 (bytes, 4), 1);
  return _mm256_and_si256 (both, _mm256_set1_epi8 (15));
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
        return code_q8_0 (b->qs);
      }
    }
}

/* The scales and minimums of eight blocks as vectors of halves want them. Put together in registers: a vector load of fresh
 * stores would wait for them all. */
static inline __m256i
join_factors (const uint32_t f[8])
{
  return _mm256_setr_epi32 ((int) f[0], (int) f[1], (int) f[2], (int) f[3], (int) f[4], (int) f[5], (int) f[6], (int) f[7]);
}

/* Whether a format of blocks of 32 stores its offset; else it is −(zero of its codes) · scale. */
static inline __attribute__ ((always_inline)) bool
stores_offset (SenType type)
{
  return type == SEN_TYPE_Q4_1 || type == SEN_TYPE_Q5_1;
}

/* The sixteen 6-bit numbers of a Q4_K or Q5_K superblock: eight scales in the low bytes, eight minimums in the high. */
static inline __m128i
k4_scales (const uint8_t scales[12])
{
  const uint64_t sixes = 0x3f3f3f3f3f3f3f3f, pairs = 0x0303030303030303, nibbles = 0x0f0f0f0f0f0f0f0f;
  uint64_t first;      /* whole scales 0–3, then minimums; above each the upper bits of 4–7 */
  uint32_t rest;       /* low nibbles of scales 4–7, above each those of minimums */
  memcpy (&first, scales, sizeof first);
  memcpy (&rest, scales + 8, sizeof rest);
  uint64_t second = ((rest | (uint64_t) (rest >> 4) << 32) & nibbles) | (first >> 6 & pairs) << 4;
  return _mm_unpacklo_epi32 (_mm_cvtsi64_si128 ((long long) (first & sixes)), _mm_cvtsi64_si128 ((long long) second));
}

static inline __m128i
q3_k_scales (const uint8_t scales[12])
{
  int8_t signed_scales[16];
  for (int i = 0; i < 16; i++)
    signed_scales[i] = (int8_t) sen_q3_k_scale (scales, i);
  return _mm_loadu_si128 ((const __m128i *) signed_scales);
}
