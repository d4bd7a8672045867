/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Sizes are rounded as llama.cpp's mtmd rounds them, floats included: a pixel more or less would be another picture. */
#include "sen-picture.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"

void
sen_picture_clear (SenPicture *picture)
{
  g_clear_pointer (&picture->rgb, g_free);
}

SenPicture
sen_picture_of_image (const SenImage *image)
{
  return (SenPicture) {
    .width = (uint32_t) sen_image_width (image), .height = (uint32_t) sen_image_height (image),
    .rgb = (uint8_t *) sen_image_pixels (image),
  };
}

static bool
picture_init (SenPicture *picture, uint32_t width, uint32_t height, GError **error)
{
  *picture = (SenPicture) { .width = width, .height = height, .rgb = g_try_malloc_n ((size_t) width * height, 3) };
  if (picture->rgb != NULL)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for a picture of %u × %u pixels", width, height);
  return false;
}

bool
sen_picture_resize (const SenPicture *in, SenVitFilter filter, uint32_t width, uint32_t height, SenPicture *out, GError **error)
{
  if (!picture_init (out, width, height, error))
    return false;
  if (in->width == width && in->height == height)
    memcpy (out->rgb, in->rgb, (size_t) width * height * 3);
  else if (!sen_vit_resize (filter, in->rgb, in->width, in->height, out->rgb, width, height))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory to resize a picture of %u × %u pixels", in->width,
                   in->height);
      return false;
    }
  return true;
}

static void
fill (SenPicture *picture, uint32_t colour)
{
  const uint8_t rgb[3] = { (uint8_t) (colour >> 16), (uint8_t) (colour >> 8), (uint8_t) colour };
  for (size_t i = 0; i < (size_t) picture->width * picture->height; i++)
    memcpy (picture->rgb + i * 3, rgb, 3);
}

bool
sen_picture_letterbox (const SenPicture *in, SenVitFilter filter, uint32_t width, uint32_t height, uint32_t frame, SenPicture *out,
                       uint32_t place[4], GError **error)
{
  float scale = MIN ((float) width / (float) in->width, (float) height / (float) in->height);
  uint32_t w = CLAMP ((uint32_t) ceilf ((float) in->width * scale), 1, width);
  uint32_t h = CLAMP ((uint32_t) ceilf ((float) in->height * scale), 1, height);
  uint32_t x = (width - w) / 2, y = (height - h) / 2;
  g_auto (SenPicture) inner = { 0 };
  if (!sen_picture_resize (in, filter, w, h, &inner, error) || !picture_init (out, width, height, error))
    return false;
  fill (out, frame);
  for (uint32_t row = 0; row < h; row++)
    memcpy (out->rgb + ((size_t) (y + row) * width + x) * 3, inner.rgb + (size_t) row * w * 3, (size_t) w * 3);
  place[0] = x;
  place[1] = y;
  place[2] = w;
  place[3] = h;
  return true;
}

void
sen_picture_normalize (const SenPicture *in, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                       const SenVitPreparation *preparation, float *pixels)
{
  for (uint32_t c = 0; c < 3; c++)
    for (uint32_t row = 0; row < height; row++)
      {
        const uint8_t *from = in->rgb + ((size_t) (y + row) * in->width + x) * 3 + c;
        float *to = pixels + ((size_t) c * height + row) * width;
        for (uint32_t i = 0; i < width; i++)
          to[i] = ((float) from[(size_t) i * 3] / 255.0f - preparation->mean[c]) / preparation->std[c];
      }
}
