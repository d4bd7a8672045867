/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-picture.h"
#include "sen-projector-private.h"

G_BEGIN_DECLS

/**
 * The vision transformer of Qwen2-VL (Wang et al. 2024) and Qwen2.5-VL (Bai et al. 2025): pictures of any size, whose patches have no
 * learned positions; halves of each head are turned by row and column instead. Patches come and go in groups of 2 × 2, which are
 * later merged. In Qwen2.5-VL most layers see windows of 112 × 112 pixels only.
 *
 * Thread-safety: as SenDevice, one thread at a time.
 */
typedef struct SenGridVit SenGridVit;

#define SEN_GRID_VIT_MERGE 2   /* patches along each side of a group */

typedef struct {
  SenVitPreparation preparation;   /* colours only */
  uint32_t          patch_size;
  uint32_t          n_embd;
} SenGridVitInfo;

/** @newer: as in Qwen2.5-VL, with RMS norms and windows. All of the file that it needs is checked, nothing is compiled. */
SenGridVit           *sen_grid_vit_open (SenProjector *projector, bool newer, GError **error);
void                  sen_grid_vit_free (SenGridVit *vit);
const SenGridVitInfo *sen_grid_vit_info (const SenGridVit *vit);
/** Frees all that belongs to a device. */
void                  sen_grid_vit_release (SenGridVit *vit);

/** The room that is made for @n of anything a picture has, a quarter more at most where they are many: so a picture that is a little
 *  larger than any before finds it there. */
uint32_t              sen_grid_vit_round_up (uint32_t n);
/** Whether there was no room, and may be for less. */
bool                  sen_grid_vit_is_full (const GError *error);

/** @features f32 [groups][4 · n_embd] of @picture, whose sides are whole numbers of groups: row by row, in a group too. */
bool sen_grid_vit_run (SenGridVit *vit, SenDevice *device, const SenPicture *picture, float *features, SenCancel *cancel, GError **error);

G_END_DECLS
