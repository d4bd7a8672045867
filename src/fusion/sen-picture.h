/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-image.h"
#include "sen-vit-prepare.h"

G_BEGIN_DECLS

/** Pixels on their way from a picture to an encoder: [height][width][3] bytes. Reentrant; SEN_ERROR_NO_MEMORY is the one error. */
typedef struct {
  uint32_t width, height;
  uint8_t *rgb;
} SenPicture;

void sen_picture_clear (SenPicture *picture);
/** Borrows the pixels of @image: not to be cleared. */
SenPicture sen_picture_of_image (const SenImage *image);

/** @out, to be cleared, becomes @in of another size. */
bool sen_picture_resize (const SenPicture *in, SenVitFilter filter, uint32_t width, uint32_t height, SenPicture *out, GError **error);
/** The same with the proportions kept and @frame, 0xRRGGBB, around it. The picture is @place of the result: x, y, width, height. */
bool sen_picture_letterbox (const SenPicture *in, SenVitFilter filter, uint32_t width, uint32_t height, uint32_t frame, SenPicture *out,
                            uint32_t place[4], GError **error);
/** @pixels[3][@height][@width] of the part of @in from (@x, @y): (byte / 255 - mean) / std. */
void sen_picture_normalize (const SenPicture *in, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                            const SenVitPreparation *preparation, float *pixels);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SenPicture, sen_picture_clear)

G_END_DECLS
