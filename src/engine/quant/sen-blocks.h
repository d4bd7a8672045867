/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Bit layouts of the quantized blocks, as GGUF files hold them (little endian). */
#pragma once

#include "sen-type.h"

G_BEGIN_DECLS

/* Nibble formats of 32: byte j holds element j in its low and element j + 16 in its high nibble. */
typedef struct {
  uint16_t d;          /* f16 scale */
  uint8_t  qs[16];
} SenBlockQ4_0;

typedef struct {
  uint16_t d, m;       /* f16 scale and minimum */
  uint8_t  qs[16];
} SenBlockQ4_1;

/* As above with a fifth bit per element: bit i of qh belongs to element i. */
typedef struct {
  uint16_t d;
  uint8_t  qh[4];
  uint8_t  qs[16];
} SenBlockQ5_0;

typedef struct {
  uint16_t d, m;
  uint8_t  qh[4];
  uint8_t  qs[16];
} SenBlockQ5_1;

typedef struct {
  uint16_t d;
  int8_t   qs[32];
} SenBlockQ8_0;

/* Superblocks of 256. In each half of 128, byte l < 32 of its 32 qs bytes holds elements l, l + 32, l + 64, l + 96 in its
 * bit pairs, lowest first. scales: low nibble scale, high nibble minimum, of each 16 elements. */
typedef struct {
  uint8_t  scales[16];
  uint8_t  qs[64];
  uint16_t d, dmin;
} SenBlockQ2_K;

/* Two bits as in Q2_K, the third in hmask: bit k of hmask[l] belongs to element 32 k + l. 16 signed 6-bit scales: low
 * nibbles of 0..7 and 8..15 in the nibbles of bytes 0..7, bit pairs of 4 i + j in pair i of byte 8 + j. */
typedef struct {
  uint8_t  hmask[32];
  uint8_t  qs[64];
  uint8_t  scales[12];
  uint16_t d;
} SenBlockQ3_K;

/* In each quarter of 64, byte l < 32 holds element l in its low and l + 32 in its high nibble. Eight 6-bit scales and
 * minimums: 0..3 in the low six bits of bytes 0..3 and 4..7; 4..7 have low nibbles in the nibbles of bytes 8..11 and their
 * upper two bits in the top of bytes 0..3 (scales) and 4..7 (minimums). */
typedef struct {
  uint16_t d, dmin;
  uint8_t  scales[12];
  uint8_t  qs[128];
} SenBlockQ4_K;

/* As Q4_K; bit k of qh[l] is the fifth bit of element 32 k + l. */
typedef struct {
  uint16_t d, dmin;
  uint8_t  scales[12];
  uint8_t  qh[32];
  uint8_t  qs[128];
} SenBlockQ5_K;

/* In each half of 128: ql[l] holds the low nibbles of elements l and l + 64, ql[l + 32] those of l + 32 and l + 96; the
 * bit pairs of qh[l] are the upper bits of l, l + 32, l + 64, l + 96. A signed scale for each 16 elements. */
typedef struct {
  uint8_t  ql[128];
  uint8_t  qh[64];
  int8_t   scales[16];
  uint16_t d;
} SenBlockQ6_K;

#define SEN_CHECK_BLOCK(name, n_bytes) G_STATIC_ASSERT (sizeof (SenBlock##name) == n_bytes)
SEN_CHECK_BLOCK (Q4_0, 18);
SEN_CHECK_BLOCK (Q4_1, 20);
SEN_CHECK_BLOCK (Q5_0, 22);
SEN_CHECK_BLOCK (Q5_1, 24);
SEN_CHECK_BLOCK (Q8_0, 34);
SEN_CHECK_BLOCK (Q2_K, 84);
SEN_CHECK_BLOCK (Q3_K, 110);
SEN_CHECK_BLOCK (Q4_K, 144);
SEN_CHECK_BLOCK (Q5_K, 176);
SEN_CHECK_BLOCK (Q6_K, 210);
#undef SEN_CHECK_BLOCK

/** Scale and minimum @j (0..7) of a Q4_K or Q5_K superblock. */
static inline void
sen_k_scale_min (const uint8_t scales[12], int j, uint8_t *scale, uint8_t *min)
{
  if (j < 4)
    {
      *scale = scales[j] & 63;
      *min = scales[j + 4] & 63;
    }
  else
    {
      *scale = (uint8_t) ((scales[j + 4] & 15) | (scales[j - 4] >> 6) << 4);
      *min = (uint8_t) (scales[j + 4] >> 4 | (scales[j] >> 6) << 4);
    }
}

/** Scale @i (0..15) of a Q3_K superblock, -32..31. */
static inline int
sen_q3_k_scale (const uint8_t scales[12], int i)
{
  int low = i < 8 ? scales[i] & 15 : scales[i - 8] >> 4;
  int high = scales[8 + i % 4] >> (2 * (i / 4)) & 3;
  return (low | high << 4) - 32;
}

/* sen-simple-blocks.c, sen-k-blocks.c */
#define SEN_FORMAT(NAME, name, gguf_id, block_elems, block_bytes, group_elems, zero)                                    \
  void sen_unpack_##name (const void *block, SenAffineBlock *affine);                                                    \
  void sen_pack_##name (const float *values, void *block);
#include "formats.def"
#undef SEN_FORMAT

G_END_DECLS
