/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Weights are repacked on their way up (pack.c), so that neighbouring lanes load neighbouring words. Vectors (norms and
 * biases, but a matrix of a single row too) go up as they are, with zeros to the end of a block of columns: as a matrix that is a
 * tile of one row. */
#include <string.h>

#include "pace.h"
#include "pack.h"
#include "params.h"
#include "sen-error.h"
#include "vk.h"

bool
sen_vk_is_vector (const SenWeight *weight)
{
  return weight->n_row == 1 && weight->type == SEN_TYPE_F32;
}

static VkDeviceSize
vector_bytes (const SenWeight *weight)
{
  VkDeviceSize n_blocks = ((VkDeviceSize) weight->n_col + SEN_VK_BLOCK_COLS - 1) / SEN_VK_BLOCK_COLS;
  return n_blocks * SEN_VK_BLOCK_COLS * sizeof (float);
}

static uint32_t
count_tiles (uint32_t n_row)
{
  return (n_row + SEN_VK_TILE_ROWS - 1) / SEN_VK_TILE_ROWS;
}

/* Regions begin where a binding may. */
static VkDeviceSize
align_up (SenVkDevice *device, VkDeviceSize n_bytes)
{
  return (n_bytes + device->offset_alignment - 1) / device->offset_alignment * device->offset_alignment;
}

static VkDeviceSize
block_bytes (SenVkDevice *device, const SenWeight *weight, uint32_t n_tiles)
{
  SenVkTileBytes tile = sen_vk_tile_bytes (weight->type, weight->n_col);
  return align_up (device, n_tiles * tile.codes) + align_up (device, n_tiles * tile.scales)
         + align_up (device, n_tiles * tile.factors);
}

uint64_t
sen_vk_weight_bytes (SenDevice *base, const SenWeight *weight)
{
  if (sen_vk_is_vector (weight))
    return vector_bytes (weight);
  return block_bytes ((SenVkDevice *) base, weight, count_tiles (weight->n_row));
}

void
sen_vk_weight_free (SenVkDevice *device, SenVkWeight *weight)
{
  for (uint32_t i = 0; i < weight->n_blocks; i++)
    sen_vk_buffer_clear (device, &weight->blocks[i].buffer);
  g_free (weight->blocks);
  g_free (weight);
}

static bool
upload_vector (SenVkDevice *device, const SenWeight *weight, SenVkWeight *bound, GError **error)
{
  SenVkWeightBlock *block = &bound->blocks[0];
  VkDeviceSize n_bytes = vector_bytes (weight);
  g_autofree uint8_t *padded = g_malloc0 (n_bytes);
  memcpy (padded, weight->data, sen_weight_bytes (weight));
  block->n_row = 1;
  block->scales_offset = block->factors_offset = n_bytes;
  return sen_vk_buffer_new (device, n_bytes, SEN_VK_ON_DEVICE, &block->buffer, error)
         && sen_vk_copy_to (device, &block->buffer, 0, padded, n_bytes, error);
}

/* Packs and uploads the tiles of one block of rows. */
static bool
upload_block (SenVkDevice *device, const SenWeight *weight, SenVkWeightBlock *block, GError **error)
{
  SenVkTileBytes tile = sen_vk_tile_bytes (weight->type, weight->n_col);
  uint32_t n_tiles = count_tiles (block->n_row);
  VkDeviceSize n_bytes = block_bytes (device, weight, n_tiles);
  block->scales_offset = align_up (device, n_tiles * tile.codes);
  block->factors_offset = block->scales_offset + align_up (device, n_tiles * tile.scales);

  g_autofree uint8_t *packed = g_try_malloc0 (n_bytes);
  if (packed == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory to pack %s (%" G_GUINT64_FORMAT " bytes)",
                   weight->name, (uint64_t) n_bytes);
      return false;
    }
  for (uint32_t t = 0; t < n_tiles; t++)
    sen_vk_pack_tile (weight, block->first_row + t * SEN_VK_TILE_ROWS, (uint32_t *) (packed + t * tile.codes),
                      (uint32_t *) (packed + block->scales_offset + t * tile.scales),
                      (uint32_t *) (packed + block->factors_offset + t * tile.factors));
  return sen_vk_buffer_new (device, n_bytes, SEN_VK_ON_DEVICE, &block->buffer, error)
         && sen_vk_copy_to (device, &block->buffer, 0, packed, n_bytes, error);
}

static bool
upload_matrix (SenVkDevice *device, const SenWeight *weight, SenVkWeight *bound, uint32_t tiles_per_block, GError **error)
{
  for (uint32_t i = 0; i < bound->n_blocks; i++)
    {
      SenVkWeightBlock *block = &bound->blocks[i];
      block->first_row = i * tiles_per_block * SEN_VK_TILE_ROWS;
      block->n_row = MIN (weight->n_row - block->first_row, tiles_per_block * SEN_VK_TILE_ROWS);
      if (!upload_block (device, weight, block, error))
        return false;
    }
  return true;
}

static SenVkWeight *
upload (SenVkDevice *device, const SenWeight *weight, GError **error)
{
  SenVkWeight *bound = g_new0 (SenVkWeight, 1);
  uint32_t n_tiles = count_tiles (weight->n_row);
  VkDeviceSize limit = MIN (device->max_binding_bytes, device->max_allocation_bytes);
  VkDeviceSize one_tile = MAX (block_bytes (device, weight, 1), 1);
  VkDeviceSize weights_of_tile = (VkDeviceSize) weight->n_col * SEN_VK_TILE_ROWS;
  uint32_t tiles_per_block = (uint32_t) CLAMP (MIN (limit / one_tile, SEN_VK_BLOCK_WEIGHTS / weights_of_tile), 1, n_tiles);
  bound->n_blocks = sen_vk_is_vector (weight) ? 1 : (n_tiles + tiles_per_block - 1) / tiles_per_block;
  bound->blocks = g_new0 (SenVkWeightBlock, bound->n_blocks);
  bool ok = sen_vk_is_vector (weight) ? upload_vector (device, weight, bound, error)
                               : upload_matrix (device, weight, bound, tiles_per_block, error);
  if (ok)
    return bound;
  sen_vk_weight_free (device, bound);
  return NULL;
}

bool
sen_vk_bind_weights (SenDevice *base, const SenWeight *const *weights, size_t n, SenCancel *cancel, GError **error)
{
  SenVkDevice *device = (SenVkDevice *) base;
  uint64_t n_bytes = 0;
  for (size_t i = 0; i < n; i++)
    if (!g_hash_table_contains (device->weights, weights[i]))
      n_bytes += sen_vk_weight_bytes (base, weights[i]);
  if (!sen_vk_check_budget (device, n_bytes, "the model", error))
    return false;

  for (size_t i = 0; i < n; i++)
    {
      SenVkWeight *bound = g_hash_table_lookup (device->weights, weights[i]);
      if (bound == NULL)
        {
          if (sen_cancel_requested (cancel))
            g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
          else
            bound = upload (device, weights[i], error);
          if (bound == NULL)
            {
              sen_vk_unbind_weights (base, weights, i);
              return false;
            }
          g_hash_table_insert (device->weights, (gpointer) weights[i], bound);
        }
      bound->n_bindings++;
    }
  return true;
}

void
sen_vk_unbind_weights (SenDevice *base, const SenWeight *const *weights, size_t n)
{
  SenVkDevice *device = (SenVkDevice *) base;
  for (size_t i = 0; i < n; i++)
    {
      SenVkWeight *bound = g_hash_table_lookup (device->weights, weights[i]);
      if (bound == NULL || --bound->n_bindings > 0)
        continue;
      g_hash_table_remove (device->weights, weights[i]);
      sen_vk_weight_free (device, bound);
    }
}
