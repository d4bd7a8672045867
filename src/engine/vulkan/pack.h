/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-weight.h"

G_BEGIN_DECLS

/* Reentrant, but for who writes the same tile. */

/* Layouts in device memory: the order of the variants in shaders/meson.build; shaders/include/weights.glsl reads them. */
typedef enum {
  SEN_VK_F32, SEN_VK_F16, SEN_VK_BF16, SEN_VK_S4, SEN_VK_S8, SEN_VK_K4, SEN_VK_K8, SEN_VK_K4_16M, SEN_VK_K4_16, SEN_VK_K8_16,
} SenVkStorage;

SenVkStorage sen_vk_storage (SenType type);

/** Codes of four bits, as against eight. */
bool sen_vk_has_nibbles (SenVkStorage storage);

/** What is still to be taken from a packed code: 8-bit codes are packed signed, so 0 for those. */
int sen_vk_packed_zero (SenType type);

/* Bytes of the three regions for one tile of rows; a block of rows has each region whole, one after the other. */
typedef struct {
  size_t codes, scales, factors;
} SenVkTileBytes;

SenVkTileBytes sen_vk_tile_bytes (SenType type, uint32_t n_col);

/** Packs rows [first_row, first_row + up to SEN_VK_TILE_ROWS) of a weight, rows that are missing as zeros. The pointers are where the
 *  tile's part of each region begins. */
void sen_vk_pack_tile (const SenWeight *weight, uint32_t first_row, uint32_t *codes, uint32_t *scales, uint32_t *factors);

G_END_DECLS
