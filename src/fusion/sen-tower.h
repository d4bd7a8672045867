/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-head.h"
#include "sen-media.h"
#include "sen-picture.h"
#include "sen-projector-private.h"
#include "sen-vit.h"

G_BEGIN_DECLS

/**
 * A vision transformer and the projection behind it, which every family that sees is made of: square tiles of pixels go in, a grid of
 * embeddings comes out. A family puts a SenTower first in its state and says how features are laid down and projected.
 *
 * Thread-safety: that of its projector.
 */
typedef struct SenTower SenTower;

struct SenTower {
  /* Set by the family */
  SenVit       *vit;              /* owned */
  uint32_t     *hidden;           /* [n_hidden] owned: inputs of these layers are the features; none: what the last layer gives */
  uint32_t      n_hidden;
  uint32_t      n_side;           /* embeddings in a row of the grid */
  uint32_t      n_in;             /* numbers that one embedding is made of */
  bool          together;         /* see SenPart */
  /* rows[n_side²][n_in] of features[n_token][n_embd], the @index-th of n_hidden (or the only one) */
  void        (*arrange) (const SenTower *tower, const float *features, uint32_t index, float *rows);
  SenHeadBuild  build;            /* gets the tower */

  /* Made when first needed */
  SenVitEncoder *encoder;
  SenHead       *head;
  float         *pixels, *features, *rows;
};

/** Frees all but the struct. */
void sen_tower_clear (SenTower *tower);
void sen_tower_release (SenTower *tower);

/** The tile of @picture at (@x, @y), as large as the tower wants it, as one span at @place (grid and size are filled in). */
bool sen_tower_add (SenTower *tower, SenProjector *projector, const SenPicture *picture, uint32_t x, uint32_t y, SenMediaSpan place,
                    SenMediaBuilder *builder, SenCancel *cancel, GError **error);

/** Which part of the picture the tile of @width × @height at (@x, @y) shows, where the picture stands at @place (x, y, width, height). */
SenMediaSpan sen_tower_span (const uint32_t place[4], uint32_t x, uint32_t y, uint32_t width, uint32_t height);

/** The same for a whole picture in a letterbox. */
bool sen_tower_add_letterbox (SenTower *tower, SenProjector *projector, const SenImage *image, SenVitFilter filter, uint32_t frame,
                              SenMediaBuilder *builder, SenCancel *cancel, GError **error);

/** rows = neighbours of the patches brought together by @scale × @scale: dy, dx, number. */
void sen_tower_unshuffle (const SenTower *tower, const float *features, uint32_t scale, float *rows);
/** rows = means of @scale × @scale patches. */
void sen_tower_pool (const SenTower *tower, const float *features, uint32_t scale, float *rows);

/** Reads clip.vision.projector.scale_factor (@scale as it is when the file says nothing) and checks that it divides the tower's side. */
bool sen_tower_read_scale (const SenTower *tower, const SenProjector *projector, uint32_t *scale, GError **error);

G_END_DECLS
