/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * JPEG by libjpeg-turbo, which shrinks by 2, 4 or 8 inside its transform. docs/performance.md compares. */
#include "helper.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf               way_out;
  bool                  ran_out;
  bool                  out_of_memory;
  bool                  damaged;
} Errors;

static void
on_error (j_common_ptr info)
{
  Errors *errors = (Errors *) info->err;
  errors->out_of_memory = info->err->msg_code == JERR_OUT_OF_MEMORY;
  errors->ran_out |= info->err->msg_code == JERR_INPUT_EOF || info->err->msg_code == JERR_INPUT_EMPTY;
  longjmp (errors->way_out, 1);
}

static void
on_message (j_common_ptr info, int level)
{
  Errors *errors = (Errors *) info->err;
  if (level >= 0)
    return;
  if (info->err->msg_code == JWRN_JPEG_EOF)
    errors->ran_out = true;
  else if (info->err->msg_code != JWRN_EXTRANEOUS_DATA && info->err->msg_code != JWRN_ADOBE_XFORM)
    errors->damaged = true;
}

static void
read_markers (struct jpeg_decompress_struct *jpeg, SenWireReply *reply)
{
  for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL; marker = marker->next)
    {
      if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 && memcmp (marker->data, "Exif\0\0", 6) == 0)
        exif_read (marker->data + 6, marker->data_length - 6, reply);
      if (marker->marker == JPEG_APP0 + 2 && marker->data_length > 12 && memcmp (marker->data, "ICC_PROFILE\0", 12) == 0)
        reply->flags |= SEN_WIRE_PROFILE;
    }
}

/* Adobe's programs store CMYK inverted, and say so by their marker. */
static void
cmyk_to_rgb (const uint8_t *from, uint8_t *to, size_t n, bool inverted)
{
  for (; n > 0; n--, from += 4, to += 3)
    for (int c = 0; c < 3; c++)
      to[c] = (uint8_t) (inverted ? (from[c] * from[3] + 127) / 255 : ((255 - from[c]) * (255 - from[3]) + 127) / 255);
}

/* As small as can be had for nothing, but twice what is wanted, so that the filter decides what is seen. */
static unsigned
choose_denominator (const struct jpeg_decompress_struct *jpeg, uint32_t longest_side)
{
  unsigned longest = MAX (jpeg->image_width, jpeg->image_height), denominator = 1;
  while (longest_side != 0 && denominator < 8 && longest / (2 * denominator) >= 2 * longest_side)
    denominator *= 2;
  return denominator;
}

static bool
read_rows (struct jpeg_decompress_struct *jpeg, Picture *picture, uint8_t **cmyk_row)
{
  Errors *errors = (Errors *) jpeg->err;
  bool cmyk = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
  jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  jpeg->scale_num = 1;
  jpeg->scale_denom = choose_denominator (jpeg, picture->longest_side);
  jpeg_start_decompress (jpeg);
  if (!picture_take_memory (picture, (int) jpeg->output_width, (int) jpeg->output_height, 3))
    return false;
  if (cmyk && (*cmyk_row = malloc ((size_t) jpeg->output_width * 4)) == NULL)
    return fail (picture->reply, SEN_REASON_MEMORY);

  size_t stride = (size_t) jpeg->output_width * 3;
  while (jpeg->output_scanline < jpeg->output_height)
    {
      uint8_t *row = picture->pixels + jpeg->output_scanline * stride;
      JSAMPROW into = cmyk ? *cmyk_row : row;
      jpeg_read_scanlines (jpeg, &into, 1);
      if (cmyk)
        cmyk_to_rgb (*cmyk_row, row, jpeg->output_width, jpeg->saw_Adobe_marker);
      /* Here the end of the file has come before the last row; after it only the end mark is missing, which harms nobody. */
      if (errors->ran_out)
        return fail (picture->reply, SEN_REASON_CUT_SHORT);
    }
  return true;
}

bool
picture_decode_jpeg (Picture *picture)
{
  struct jpeg_decompress_struct jpeg = { 0 };
  Errors errors = { 0 };
  uint8_t *volatile cmyk_row = NULL;
  volatile bool ok = false;

  jpeg.err = jpeg_std_error (&errors.base);
  errors.base.error_exit = on_error;
  errors.base.emit_message = on_message;
  if (setjmp (errors.way_out) == 0)
    {
      jpeg_create_decompress (&jpeg);
      jpeg_save_markers (&jpeg, JPEG_APP0 + 1, 0xffff);
      jpeg_save_markers (&jpeg, JPEG_APP0 + 2, 16);
      jpeg_mem_src (&jpeg, picture->data, picture->n);
      jpeg_read_header (&jpeg, TRUE);
      read_markers (&jpeg, picture->reply);
      picture->reply->flags |= jpeg.num_components == 1 ? SEN_WIRE_GREY : 0;
      ok = picture_set_size (picture, jpeg.image_width, jpeg.image_height);
      if (ok && !picture->facts_only)
        ok = read_rows (&jpeg, picture, (uint8_t **) &cmyk_row);
    }
  else
    ok = fail (picture->reply, errors.out_of_memory ? SEN_REASON_MEMORY : errors.ran_out ? SEN_REASON_CUT_SHORT : SEN_REASON_DAMAGED);
  jpeg_destroy_decompress (&jpeg);
  free (cmyk_row);
  picture->reply->flags |= errors.damaged ? SEN_WIRE_PARTLY_DAMAGED : 0;
  return ok;
}
