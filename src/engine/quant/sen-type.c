/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-blocks.h"

/* The pair of a format, or nothing for the plain number types, chosen by the group column of the table. */
#define PAIR_0(name) .unpack = NULL, .pack = NULL
#define PAIR_16(name) .unpack = sen_unpack_##name, .pack = sen_pack_##name
#define PAIR_32(name) PAIR_16 (name)

static const SenTypeInfo type_infos[SEN_N_TYPES] = {
#define SEN_FORMAT(NAME, format, id, n_block, n_bytes, n_group, zero_code)                                               \
  [SEN_TYPE_##NAME] = { .name = #format, .gguf_id = id, .block_elems = n_block, .block_bytes = n_bytes,                  \
                        .group_elems = n_group, .zero = zero_code, .is_quantized = n_group > 0, PAIR_##n_group (format) },
#include "formats.def"
#undef SEN_FORMAT
};

const SenTypeInfo *
sen_type_info (SenType type)
{
  g_return_val_if_fail (type < SEN_N_TYPES, &type_infos[SEN_TYPE_F32]);
  return &type_infos[type];
}

bool
sen_type_from_gguf_id (uint32_t gguf_id, SenType *type)
{
  for (SenType t = 0; t < SEN_N_TYPES; t++)
    if (type_infos[t].gguf_id == gguf_id)
      {
        *type = t;
        return true;
      }
  return false;
}

bool
sen_type_from_name (const char *name, SenType *type)
{
  for (SenType t = 0; t < SEN_N_TYPES; t++)
    if (g_ascii_strcasecmp (type_infos[t].name, name) == 0)
      {
        *type = t;
        return true;
      }
  return false;
}

size_t
sen_type_row_bytes (SenType type, uint64_t n_elems)
{
  const SenTypeInfo *info = sen_type_info (type);
  uint64_t n_blocks = n_elems / info->block_elems;
  if (n_elems % info->block_elems != 0 || n_blocks > SIZE_MAX / info->block_bytes)
    return 0;
  return (size_t) n_blocks * info->block_bytes;
}

static void
dequantize_blocks (const SenTypeInfo *info, const uint8_t *blocks, float *values, size_t n_blocks)
{
  SenAffineBlock affine;
  for (size_t b = 0; b < n_blocks; b++)
    {
      info->unpack (blocks + b * info->block_bytes, &affine);
      for (uint32_t i = 0; i < info->block_elems; i++)
        {
          uint32_t group = i / info->group_elems;
          *values++ = affine.scale[group] * (float) (affine.code[i] - info->zero) + affine.offset[group];
        }
    }
}

void
sen_dequantize (SenType type, const void *blocks, float *values, size_t n_elems)
{
  const SenTypeInfo *info = sen_type_info (type);
  const uint16_t *halves = blocks;

  switch (type)
    {
    case SEN_TYPE_F32:
      memcpy (values, blocks, n_elems * sizeof (float));
      break;
    case SEN_TYPE_F16:
      for (size_t i = 0; i < n_elems; i++)
        values[i] = sen_f16_to_f32 (halves[i]);
      break;
    case SEN_TYPE_BF16:
      for (size_t i = 0; i < n_elems; i++)
        values[i] = sen_bf16_to_f32 (halves[i]);
      break;
    default:
      g_return_if_fail (info->is_quantized);
      dequantize_blocks (info, blocks, values, n_elems / info->block_elems);
    }
}

void
sen_quantize (SenType type, const float *values, void *blocks, size_t n_elems)
{
  const SenTypeInfo *info = sen_type_info (type);
  uint16_t *halves = blocks;
  uint8_t *bytes = blocks;

  switch (type)
    {
    case SEN_TYPE_F32:
      memcpy (blocks, values, n_elems * sizeof (float));
      break;
    case SEN_TYPE_F16:
      for (size_t i = 0; i < n_elems; i++)
        halves[i] = sen_f32_to_f16 (values[i]);
      break;
    case SEN_TYPE_BF16:
      for (size_t i = 0; i < n_elems; i++)
        halves[i] = sen_f32_to_bf16 (values[i]);
      break;
    default:
      g_return_if_fail (info->is_quantized);
      for (size_t b = 0; b < n_elems / info->block_elems; b++)
        info->pack (values + b * info->block_elems, bytes + b * info->block_bytes);
    }
}
