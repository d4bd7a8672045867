/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * PNG, BMP, GIF, TGA and binary PNM by stb_image, which checks neither checksums nor the end of the file: this does. */
#include "helper.h"

#include <stb_image.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Reads from memory, and notes when more was wanted than there is. */
typedef struct {
  const Picture *picture;
  size_t         at;
  bool           ran_out;
} Source;

static int
source_read (void *user, char *data, int size)
{
  Source *source = user;
  size_t left = source->picture->n - source->at, n = size < 0 ? 0 : MIN ((size_t) size, left);
  memcpy (data, source->picture->data + source->at, n);
  source->at += n;
  source->ran_out |= n == 0 && size > 0;
  return (int) n;
}

static void
source_skip (void *user, int n)
{
  Source *source = user;
  size_t left = source->picture->n - source->at;
  source->ran_out |= n > 0 && (size_t) n > left;
  if (n >= 0)
    source->at += MIN ((size_t) n, left);
  else
    source->at -= MIN ((size_t) -(int64_t) n, source->at);
}

static int
source_at_end (void *user)
{
  Source *source = user;
  return source->at >= source->picture->n;
}

static const stbi_io_callbacks callbacks = { .read = source_read, .skip = source_skip, .eof = source_at_end };

/* --- PNG ------------------------------------------------------------------------------------------------------------------------- */

/* Chunks: length, name, data, checksum. False with a reason when the file ends before IEND or IHDR lies. */
static bool
read_png_chunks (Picture *picture)
{
  const uint8_t *data = picture->data;
  size_t n = picture->n, at = 8;
  SenWireReply *reply = picture->reply;
  if (n < 33 || memcmp (data + 12, "IHDR", 4) != 0)
    return fail (reply, n < 33 ? SEN_REASON_CUT_SHORT : SEN_REASON_DAMAGED);
  if (!picture_set_size (picture, get_u32_be (data + 16), get_u32_be (data + 20)))
    return false;
  reply->bits = data[24] > 8 ? 16 : 8;
  reply->flags |= (data[25] & 2) == 0 ? SEN_WIRE_GREY : 0;
  reply->flags |= (data[25] & 4) != 0 ? SEN_WIRE_ALPHA : 0;

  for (;;)
    {
      if (n - at < 12 || get_u32_be (data + at) > n - at - 12)
        return fail (reply, SEN_REASON_CUT_SHORT);
      size_t length = get_u32_be (data + at);
      const uint8_t *name = data + at + 4, *body = name + 4;
      bool critical = (name[0] & 32) == 0;
      bool sound = crc32 (0, name, (uInt) (length + 4)) == get_u32_be (body + length);
      if (!sound && critical)
        reply->flags |= SEN_WIRE_PARTLY_DAMAGED;
      if (memcmp (name, "acTL", 4) == 0 && length >= 4 && sound)
        reply->n_frames = MAX (1, get_u32_be (body));
      else if (memcmp (name, "iCCP", 4) == 0)
        reply->flags |= SEN_WIRE_PROFILE;
      else if (memcmp (name, "tRNS", 4) == 0)
        reply->flags |= SEN_WIRE_ALPHA;
      else if (memcmp (name, "eXIf", 4) == 0 && sound)
        exif_read (body, length, reply);
      else if (memcmp (name, "IEND", 4) == 0)
        return true;
      at += 12 + length;
    }
}

/* --- GIF ------------------------------------------------------------------------------------------------------------------------- */

/* Past sub-blocks, each with its length in front, to the empty one. */
static size_t
skip_blocks (const uint8_t *data, size_t n, size_t at)
{
  while (at < n && data[at] != 0)
    at += 1 + (size_t) data[at];
  return at + 1;
}

/* Counts pictures without decoding any. */
static uint32_t
count_gif_frames (const uint8_t *data, size_t n)
{
  uint32_t n_frames = 0;
  size_t at = 13;
  if (n > 10 && (data[10] & 0x80) != 0)
    at += (size_t) 3 << ((data[10] & 7) + 1);
  while (at + 10 <= n)
    {
      if (data[at] == 0x21)
        at = skip_blocks (data, n, at + 2);
      else if (data[at] == 0x2c)
        {
          n_frames++;
          size_t map = (data[at + 9] & 0x80) != 0 ? (size_t) 3 << ((data[at + 9] & 7) + 1) : 0;
          at = skip_blocks (data, n, at + 10 + map + 1);
        }
      else
        break;
    }
  return MAX (1, n_frames);
}

/* --- All ------------------------------------------------------------------------------------------------------------------------- */

static bool
read_header (Picture *picture, int *n_channels)
{
  SenWireReply *reply = picture->reply;
  bool png = strcmp (reply->format, "PNG") == 0;
  if (png && !read_png_chunks (picture))
    return false;

  Source source = { .picture = picture };
  int width, height;
  if (!stbi_info_from_callbacks (&callbacks, &source, &width, &height, n_channels))
    {
      /* The decoder's own limit comes first for what says it is gigantic. */
      if (strcmp (reply->format, "GIF") == 0 && picture->n >= 10)
        picture_set_size (picture, picture->data[6] | picture->data[7] << 8, picture->data[8] | picture->data[9] << 8);
      else if (strcmp (reply->format, "BMP") == 0 && picture->n >= 26)
        picture_set_size (picture, get_u32_le (picture->data + 18), ABS ((int64_t) (int32_t) get_u32_le (picture->data + 22)));
      return reply->reason == SEN_REASON_OK ? fail (reply, source.ran_out ? SEN_REASON_CUT_SHORT : SEN_REASON_DAMAGED) : false;
    }
  if (!png)
    {
      if (!picture_set_size (picture, width, height))
        return false;
      reply->flags |= *n_channels < 3 ? SEN_WIRE_GREY : 0;
      reply->flags |= *n_channels % 2 == 0 ? SEN_WIRE_ALPHA : 0;
    }
  /* Its last row may be missing without a read that gives nothing at all. */
  if (strcmp (reply->format, "PNM") == 0)
    {
      reply->bits = stbi_is_16_bit_from_memory (picture->data, (int) picture->n) ? 16 : 8;
      if (picture->n < (uint64_t) width * (uint64_t) height * (uint64_t) *n_channels * reply->bits / 8)
        return fail (reply, SEN_REASON_CUT_SHORT);
    }
  if (strcmp (reply->format, "GIF") == 0)
    reply->n_frames = count_gif_frames (picture->data, picture->n);
  return true;
}

bool
picture_decode_stb (Picture *picture)
{
  SenWireReply *reply = picture->reply;
  int n_in_file, width, height;
  if (!read_header (picture, &n_in_file))
    return false;
  if (picture->facts_only)
    return true;

  Source source = { .picture = picture };
  /* Palettes with transparency show only while decoding; four channels are right for all that may have any. */
  bool opaque = n_in_file % 2 == 1 && (reply->flags & SEN_WIRE_ALPHA) == 0;
  picture->n_channels = opaque ? 3 : 4;
  picture->pixels = stbi_load_from_callbacks (&callbacks, &source, &width, &height, &n_in_file, picture->n_channels);
  if (picture->pixels == NULL)
    {
      const char *why = stbi_failure_reason ();
      return fail (reply, why != NULL && strcmp (why, "outofmem") == 0 ? SEN_REASON_MEMORY
                          : source.ran_out                              ? SEN_REASON_CUT_SHORT
                                                                        : SEN_REASON_DAMAGED);
    }
  picture->width = width;
  picture->height = height;
  if (source.ran_out)
    return fail (reply, SEN_REASON_CUT_SHORT);
  if (width != reply->full_width || height != reply->full_height)
    return fail (reply, SEN_REASON_DAMAGED);
  return true;
}

