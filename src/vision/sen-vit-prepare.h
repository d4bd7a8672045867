/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * A picture made ready for an image encoder exactly as the encoder's own tools do it: resized, cut or framed, normalized.
 *
 * Filters work on bytes as Pillow's do (Pillow, src/libImaging/Resample.c: antialiased, two passes, 22-bit fixed point, bytes in
 * between), and "area" as OpenCV's INTER_AREA. Sizes are rounded as transformers (CLIPImageProcessor, BitImageProcessor,
 * SiglipImageProcessor) and albumentations (LongestMaxSize) round them. Only what ends up in the result is computed, so that a
 * picture of any shape costs no more than its own pixels and the result.
 *
 * Thread-safety: reentrant.
 */
typedef enum {
  SEN_VIT_SHORTEST,    /* the shorter side becomes resize_size, then image_size² is cut out of the middle */
  SEN_VIT_SQUASH,      /* both sides become image_size */
  SEN_VIT_LETTERBOX,   /* the longer side becomes image_size, with black around the rest */
} SenVitResize;

typedef enum {
  SEN_VIT_NEAREST, SEN_VIT_BOX, SEN_VIT_BILINEAR, SEN_VIT_HAMMING, SEN_VIT_BICUBIC, SEN_VIT_LANCZOS, SEN_VIT_AREA,
} SenVitFilter;

typedef struct {
  SenVitResize resize;
  SenVitFilter filter;
  uint32_t     resize_size;    /* SEN_VIT_SHORTEST */
  uint32_t     image_size;     /* pixels of each side of the result */
  float        mean[3], std[3];/* of red, green, blue in [0, 1] */
} SenVitPreparation;

/** @out[@out_height][@out_width][3] = the picture @rgb[@height][@width][3] resized; all sides at least 1. False when there is no memory
 *  for it. */
bool sen_vit_resize (SenVitFilter filter, const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t *out, uint32_t out_width,
                     uint32_t out_height);

/** The part of the result that shows the picture, in pixels of the result, and the part of the picture that it shows, in [0, 1]
 *  of its width and height: what relates places in the two. */
typedef struct {
  double left, top, width, height;
  double picture_left, picture_top, picture_width, picture_height;
} SenVitView;

bool sen_vit_resize_from_name (const char *name, SenVitResize *resize);
bool sen_vit_filter_from_name (const char *name, SenVitFilter *filter);

/** @pixels[3][image_size][image_size] = the prepared picture @rgb[height][width][3]. Both sides at least 1. @view may be NULL.
 *  False when there is no memory for it. */
bool sen_vit_prepare (const SenVitPreparation *preparation, const uint8_t *rgb, uint32_t width, uint32_t height, float *pixels,
                      SenVitView *view);

G_END_DECLS
