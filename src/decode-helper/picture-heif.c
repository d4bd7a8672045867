/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * HEIC and AVIF by libheif, which turns pictures upright itself. */
#include "helper.h"

#include <libheif/heif.h>
#include <stdlib.h>
#include <string.h>

#define MAX_METADATA (1u << 20)

static bool
fail_heif (Picture *picture, struct heif_error error)
{
  bool ended = error.subcode == heif_suberror_End_of_data;
  bool memory = error.code == heif_error_Memory_allocation_error;
  return fail (picture->reply, memory ? SEN_REASON_MEMORY : ended ? SEN_REASON_CUT_SHORT
                               : error.code == heif_error_Unsupported_feature || error.code == heif_error_Unsupported_filetype
                                 ? SEN_REASON_NOT_HERE : SEN_REASON_DAMAGED);
}

static void
read_metadata (struct heif_image_handle *handle, SenWireReply *reply)
{
  heif_item_id id;
  if (heif_image_handle_get_list_of_metadata_block_IDs (handle, "Exif", &id, 1) == 1)
    {
      size_t n = heif_image_handle_get_metadata_size (handle, id);
      uint8_t *block = n > 4 && n <= MAX_METADATA ? malloc (n) : NULL;
      if (block != NULL && heif_image_handle_get_metadata (handle, id, block).code == heif_error_Ok)
        {
          /* Four bytes say where behind them the TIFF structure starts. */
          uint64_t start = (uint64_t) get_u32_be (block) + 4;
          if (start < n)
            exif_read (block + start, n - start, reply);
        }
      free (block);
      reply->orientation = 1;
    }
  reply->flags |= heif_image_handle_get_color_profile_type (handle) == heif_color_profile_type_rICC
                  || heif_image_handle_get_color_profile_type (handle) == heif_color_profile_type_prof ? SEN_WIRE_PROFILE : 0;
}

static bool
decode_handle (Picture *picture, struct heif_image_handle *handle)
{
  bool alpha = heif_image_handle_has_alpha_channel (handle);
  if (!picture_set_size (picture, heif_image_handle_get_width (handle), heif_image_handle_get_height (handle)))
    return false;
  read_metadata (handle, picture->reply);
  picture->reply->flags |= alpha ? SEN_WIRE_ALPHA : 0;
  picture->reply->bits = (uint32_t) MAX (8, heif_image_handle_get_luma_bits_per_pixel (handle));
  if (picture->facts_only)
    return true;

  struct heif_image *image = NULL;
  struct heif_error error = heif_decode_image (handle, &image, heif_colorspace_RGB,
                                               alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, NULL);
  if (error.code != heif_error_Ok)
    return fail_heif (picture, error);
  int stride, width = heif_image_get_width (image, heif_channel_interleaved),
      height = heif_image_get_height (image, heif_channel_interleaved), n_channels = alpha ? 4 : 3;
  const uint8_t *pixels = heif_image_get_plane_readonly (image, heif_channel_interleaved, &stride);
  bool ok = pixels != NULL || fail (picture->reply, SEN_REASON_DAMAGED);
  /* What comes out may differ from what the header promised. */
  ok = ok && picture_set_size (picture, width, height) && picture_take_memory (picture, width, height, n_channels);
  for (int y = 0; ok && y < height; y++)
    memcpy (picture->pixels + (size_t) y * (size_t) width * (size_t) n_channels, pixels + (size_t) y * (size_t) stride,
            (size_t) width * (size_t) n_channels);
  heif_image_release (image);
  return ok;
}

bool
picture_decode_heif (Picture *picture)
{
  struct heif_context *context = heif_context_alloc ();
  if (context == NULL)
    return fail (picture->reply, SEN_REASON_MEMORY);
  heif_context_set_maximum_image_size_limit (context, SEN_WIRE_MAX_SIDE);
  heif_context_set_max_decoding_threads (context, HELPER_THREADS);
  struct heif_image_handle *handle = NULL;
  struct heif_error error = heif_context_read_from_memory_without_copy (context, picture->data, picture->n, NULL);
  if (error.code == heif_error_Ok)
    error = heif_context_get_primary_image_handle (context, &handle);
  bool ok = error.code == heif_error_Ok ? decode_handle (picture, handle) : fail_heif (picture, error);
  if (handle != NULL)
    heif_image_handle_release (handle);
  heif_context_free (context);
  return ok;
}
