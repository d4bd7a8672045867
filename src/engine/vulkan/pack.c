/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "pack.h"

#include <string.h>

#include "params.h"
#include "sen-blocks.h"

#define LANES SEN_VK_TILE_ROWS

SenVkStorage
sen_vk_storage (SenType type)
{
  switch (type)
    {
    case SEN_TYPE_F16:
      return SEN_VK_F16;
    case SEN_TYPE_BF16:
      return SEN_VK_BF16;
    case SEN_TYPE_Q4_0:
    case SEN_TYPE_Q4_1:
      return SEN_VK_S4;
    case SEN_TYPE_Q5_0:
    case SEN_TYPE_Q5_1:
    case SEN_TYPE_Q8_0:
      return SEN_VK_S8;
    case SEN_TYPE_Q2_K:
      return SEN_VK_K4_16M;
    case SEN_TYPE_Q3_K:
      return SEN_VK_K4_16;
    case SEN_TYPE_Q4_K:
      return SEN_VK_K4;
    case SEN_TYPE_Q5_K:
      return SEN_VK_K8;
    case SEN_TYPE_Q6_K:
      return SEN_VK_K8_16;
    case SEN_TYPE_F32:
    case SEN_TYPE_I32:
    case SEN_N_TYPES:
      break;
    }
  return SEN_VK_F32;
}

/* Words of 32 columns of one row. */
static uint32_t
code_words (SenVkStorage storage)
{
  switch (storage)
    {
    case SEN_VK_F32:
      return 32;
    case SEN_VK_F16:
    case SEN_VK_BF16:
      return 16;
    case SEN_VK_S8:
    case SEN_VK_K8:
    case SEN_VK_K8_16:
      return 8;
    case SEN_VK_S4:
    case SEN_VK_K4:
    case SEN_VK_K4_16M:
    case SEN_VK_K4_16:
      break;
    }
  return 4;
}

bool
sen_vk_has_nibbles (SenVkStorage storage)
{
  return code_words (storage) == 4;
}

int
sen_vk_packed_zero (SenType type)
{
  return sen_vk_has_nibbles (sen_vk_storage (type)) ? sen_type_info (type)->zero : 0;
}

SenVkTileBytes
sen_vk_tile_bytes (SenType type, uint32_t n_col)
{
  SenVkStorage storage = sen_vk_storage (type);
  size_t n_block = (n_col + SEN_VK_BLOCK_COLS - 1) / SEN_VK_BLOCK_COLS;
  SenVkTileBytes bytes = { .codes = n_block * code_words (storage) * LANES * 4 };
  if (storage == SEN_VK_S4 || storage == SEN_VK_S8)
    bytes.factors = n_block * LANES * 4;
  else if (storage >= SEN_VK_K4)
    {
      bytes.scales = n_block / 8 * LANES * 16;
      bytes.factors = n_block / 8 * LANES * 4;
    }
  return bytes;
}

/* --- Codes ----------------------------------------------------------------------------------------------------------------------- */

/* Word @word of a block's lane: units of four words stand side by side for all lanes. */
static inline size_t
code_at (uint32_t words, uint32_t block, uint32_t word, uint32_t lane)
{
  return (((size_t) block * (words / 4) + word / 4) * LANES + lane) * 4 + word % 4;
}

static void
put_codes (const uint8_t *code, uint32_t zero, uint32_t words, uint32_t block, uint32_t lane, uint32_t *codes)
{
  uint32_t per_word = 32 / words, bits = 32 / per_word, mask = (1u << bits) - 1;
  for (uint32_t w = 0; w < words; w++)
    {
      uint32_t value = 0;
      for (uint32_t i = 0; i < per_word; i++)
        value |= ((code[w * per_word + i] - zero) & mask) << (bits * i);
      codes[code_at (words, block, w, lane)] = value;
    }
}

/* Numbers: the bits as they are, padded with zeros to whole blocks. */
static void
pack_numbers (const SenWeight *weight, const uint8_t *row, uint32_t lane, uint32_t *codes)
{
  uint32_t words = code_words (sen_vk_storage (weight->type)), n_block = (weight->n_col + 31) / 32;
  size_t row_bytes = sen_type_row_bytes (weight->type, weight->n_col), block_bytes = (size_t) words * 4;
  for (uint32_t block = 0; block < n_block; block++)
    {
      uint32_t bits[32] = { 0 };
      memcpy (bits, row + block * block_bytes, MIN (block_bytes, row_bytes - block * block_bytes));
      for (uint32_t w = 0; w < words; w++)
        codes[code_at (words, block, w, lane)] = bits[w];
    }
}

/* --- Scales ---------------------------------------------------------------------------------------------------------------------- */

/* d and m of a block of 32 as they stand in the file; the formats without m have 0 there. */
static uint32_t
block_factors (SenType type, const uint8_t *block)
{
  uint16_t d, m = 0;
  memcpy (&d, block, sizeof d);
  if (type == SEN_TYPE_Q4_1 || type == SEN_TYPE_Q5_1)
    memcpy (&m, block + 2, sizeof m);
  return d | (uint32_t) m << 16;
}

/* Sixteen bytes of scales and the factors of a superblock. */
static void
super_scales (SenType type, const uint8_t *block, uint8_t bytes[16], uint32_t *factors)
{
  switch (type)
    {
    case SEN_TYPE_Q2_K:
      {
        const SenBlockQ2_K *b = (const SenBlockQ2_K *) block;
        memcpy (bytes, b->scales, 16);
        *factors = b->d | (uint32_t) b->dmin << 16;
        break;
      }
    case SEN_TYPE_Q3_K:
      {
        const SenBlockQ3_K *b = (const SenBlockQ3_K *) block;
        for (int i = 0; i < 16; i++)
          bytes[i] = (uint8_t) sen_q3_k_scale (b->scales, i);
        *factors = b->d;
        break;
      }
    case SEN_TYPE_Q6_K:
      {
        const SenBlockQ6_K *b = (const SenBlockQ6_K *) block;
        memcpy (bytes, b->scales, 16);
        *factors = b->d;
        break;
      }
    default:
      {
        /* Q4_K and Q5_K begin alike: d, dmin, scales. */
        const SenBlockQ4_K *b = (const SenBlockQ4_K *) block;
        for (int i = 0; i < 8; i++)
          sen_k_scale_min (b->scales, i, &bytes[i], &bytes[8 + i]);
        *factors = b->d | (uint32_t) b->dmin << 16;
      }
    }
}

static void
pack_quantized (const SenWeight *weight, const uint8_t *row, uint32_t lane, uint32_t *codes, uint32_t *scales,
                uint32_t *factors)
{
  const SenTypeInfo *info = sen_type_info (weight->type);
  uint32_t words = code_words (sen_vk_storage (weight->type)), per_block = info->block_elems / 32;
  uint32_t zero = (uint32_t) (info->zero - sen_vk_packed_zero (weight->type));
  SenAffineBlock affine;
  for (uint32_t i = 0; i < weight->n_col / info->block_elems; i++, row += info->block_bytes)
    {
      info->unpack (row, &affine);
      for (uint32_t j = 0; j < per_block; j++)
        put_codes (affine.code + 32 * j, zero, words, i * per_block + j, lane, codes);
      if (per_block == 1)
        factors[(size_t) i * LANES + lane] = block_factors (weight->type, row);
      else
        {
          uint8_t bytes[16];
          super_scales (weight->type, row, bytes, &factors[(size_t) i * LANES + lane]);
          memcpy (scales + ((size_t) i * LANES + lane) * 4, bytes, sizeof bytes);
        }
    }
}

void
sen_vk_pack_tile (const SenWeight *weight, uint32_t first_row, uint32_t *codes, uint32_t *scales, uint32_t *factors)
{
  size_t row_bytes = sen_type_row_bytes (weight->type, weight->n_col);
  SenVkTileBytes bytes = sen_vk_tile_bytes (weight->type, weight->n_col);
  if (first_row + LANES > weight->n_row)
    {
      memset (codes, 0, bytes.codes);
      memset (scales, 0, bytes.scales);
      memset (factors, 0, bytes.factors);
    }
  for (uint32_t lane = 0; lane < LANES && first_row + lane < weight->n_row; lane++)
    {
      const uint8_t *row = (const uint8_t *) weight->data + (first_row + lane) * row_bytes;
      if (sen_type_info (weight->type)->is_quantized)
        pack_quantized (weight, row, lane, codes, scales, factors);
      else
        pack_numbers (weight, row, lane, codes);
    }
}
