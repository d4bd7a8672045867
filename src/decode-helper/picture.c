/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * From a file of any picture format to upright RGB. */
#include "helper.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- Formats --------------------------------------------------------------------------------------------------------------------- */

typedef bool (*Decoder) (Picture *picture);

typedef struct {
  const char *name;
  const char *mark;         /* the first bytes, '?' for any */
  size_t      n_mark;
  Decoder     decode;       /* NULL: known, and not read */
} Format;

#define MARK(text) text, sizeof text - 1

static const Format formats[] = {
  { "JPEG", MARK ("\xff\xd8\xff"), picture_decode_jpeg },
  { "PNG", MARK ("\x89PNG\r\n\x1a\n"), picture_decode_stb },
  { "GIF", MARK ("GIF87a"), picture_decode_stb },
  { "GIF", MARK ("GIF89a"), picture_decode_stb },
  { "WebP", MARK ("RIFF????WEBP"), picture_decode_webp },
  { "TIFF", MARK ("II*\0"), picture_decode_tiff },
  { "TIFF", MARK ("MM\0*"), picture_decode_tiff },
  { "JPEG XL", MARK ("\xff\x0a"), picture_decode_jxl },
  { "JPEG XL", MARK ("\0\0\0\x0cJXL \r\n\x87\n"), picture_decode_jxl },
  { "PSD", MARK ("8BPS"), NULL },
  { "OpenEXR", MARK ("\x76\x2f\x31\x01"), NULL },
  { "Radiance", MARK ("#?RADIANCE"), NULL },
  { "JPEG 2000", MARK ("\0\0\0\x0cjP  \r\n\x87\n"), NULL },
  { "PDF", MARK ("%PDF-"), NULL },
  { "SVG", MARK ("<svg"), NULL },
  { "XML", MARK ("<?xml"), NULL },
  { "Zip", MARK ("PK\x03\x04"), NULL },
  { "ICO", MARK ("\0\0\x01\0"), NULL },
};

static const Format bmp = { .name = "BMP", .decode = picture_decode_stb };
static const Format tga = { .name = "TGA", .decode = picture_decode_stb };
static const Format heic = { .name = "HEIC", .decode = picture_decode_heif };
static const Format avif = { .name = "AVIF", .decode = picture_decode_heif };
static const Format pnm = { .name = "PNM", .decode = picture_decode_pnm };

static bool
has_mark (const uint8_t *head, size_t n, const Format *format)
{
  if (n < format->n_mark)
    return false;
  for (size_t i = 0; i < format->n_mark; i++)
    if (format->mark[i] != '?' && head[i] != (uint8_t) format->mark[i])
      return false;
  return true;
}

/* Two letters are a weak mark; the reserved fields and the size of the next header make it one. */
static bool
is_bmp (const uint8_t *head, size_t n)
{
  return n >= 18 && head[0] == 'B' && head[1] == 'M' && get_u32_le (head + 6) == 0 && get_u32_le (head + 10) >= 26
         && get_u32_le (head + 14) >= 12 && get_u32_le (head + 14) <= 124;
}

static bool
is_pnm (const uint8_t *head, size_t n)
{
  return n >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' && (g_ascii_isspace (head[2]) || head[2] == '#');
}

/* TGA has no mark at all: every field of its header must make sense, and it is asked for last. */
static bool
is_tga (const uint8_t *head, size_t n)
{
  if (n < 18)
    return false;
  uint32_t type = head[2], bits = head[16], width = head[12] | head[13] << 8, height = head[14] | head[15] << 8;
  bool mapped = type == 1 || type == 9, colour = type == 2 || type == 10, grey = type == 3 || type == 11;
  return head[1] == (mapped ? 1 : 0) && (mapped || colour || grey) && width > 0 && height > 0 && (head[17] & 0xc0) == 0
         && (mapped ? bits == 8 && (head[7] == 15 || head[7] == 16 || head[7] == 24 || head[7] == 32)
             : colour ? bits == 15 || bits == 16 || bits == 24 || bits == 32
                      : bits == 8 || bits == 16);
}

static const Format *
heif_format (const uint8_t *head, size_t n)
{
  static const char *const heic_brands[] = { "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1" };
  if (n < 12 || memcmp (head + 4, "ftyp", 4) != 0)
    return NULL;
  if (memcmp (head + 8, "avif", 4) == 0 || memcmp (head + 8, "avis", 4) == 0)
    return &avif;
  for (size_t i = 0; i < G_N_ELEMENTS (heic_brands); i++)
    if (memcmp (head + 8, heic_brands[i], 4) == 0)
      {
        /* "mif1" says only "a picture"; AVIF stands among the compatible brands then. */
        for (size_t at = 16; at + 4 <= n && at < get_u32_be (head); at += 4)
          if (memcmp (head + at, "avif", 4) == 0)
            return &avif;
        return &heic;
      }
  return NULL;
}

static const Format *
find_format (const uint8_t *head, size_t n)
{
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++)
    if (has_mark (head, n, &formats[i]))
      return &formats[i];
  const Format *heif = heif_format (head, n);
  return heif != NULL ? heif : is_bmp (head, n) ? &bmp : is_pnm (head, n) ? &pnm : is_tga (head, n) ? &tga : NULL;
}

const char *
picture_format (const uint8_t *head, size_t n)
{
  const Format *format = find_format (head, n);
  return format != NULL ? format->name : NULL;
}

/* --- What decoders call ------------------------------------------------------------------------------------------------------------ */

bool
picture_set_size (Picture *picture, int64_t width, int64_t height)
{
  if (width <= 0 || height <= 0)
    return fail (picture->reply, SEN_REASON_DAMAGED);
  if (width > SEN_WIRE_MAX_SIDE || height > SEN_WIRE_MAX_SIDE || width * height > (int64_t) SEN_WIRE_MAX_PIXELS)
    return fail_with (picture->reply, SEN_REASON_TOO_LARGE, (uint64_t) width, (uint64_t) height);
  picture->reply->full_width = (int32_t) width;
  picture->reply->full_height = (int32_t) height;
  return true;
}

bool
picture_take_memory (Picture *picture, int width, int height, int n_channels)
{
  picture->width = width;
  picture->height = height;
  picture->n_channels = n_channels;
  picture->pixels = malloc ((size_t) width * (size_t) height * (size_t) n_channels);
  return picture->pixels != NULL || fail (picture->reply, SEN_REASON_MEMORY);
}

/* --- Towards the client -------------------------------------------------------------------------------------------------------------- */

void
picture_fit (int width, int height, uint32_t longest_side, int *fit_width, int *fit_height)
{
  int longest = width > height ? width : height;
  *fit_width = width;
  *fit_height = height;
  if (longest_side == 0 || longest <= (int) longest_side)
    return;
  double scale = (double) longest_side / longest;
  *fit_width = MAX (1, (int) (width * scale + 0.5));
  *fit_height = MAX (1, (int) (height * scale + 0.5));
}

/* RGBA over one colour, in place. */
static void
composite (Picture *picture, uint32_t background)
{
  const uint32_t under[3] = { background >> 16 & 255, background >> 8 & 255, background & 255 };
  const uint8_t *from = picture->pixels;
  uint8_t *to = picture->pixels;
  for (size_t i = (size_t) picture->width * (size_t) picture->height; i > 0; i--, from += 4)
    for (int c = 0; c < 3; c++)
      *to++ = (uint8_t) ((from[c] * from[3] + under[c] * (255u - from[3]) + 127) / 255);
  picture->n_channels = 3;
}

static bool
shrink (Picture *picture, int width, int height)
{
  if (width == picture->width && height == picture->height)
    return true;
  uint8_t *smaller = malloc ((size_t) width * (size_t) height * 3);
  if (smaller == NULL || !resize_rgb (picture->pixels, picture->width, picture->height, smaller, width, height))
    {
      free (smaller);
      return fail (picture->reply, SEN_REASON_MEMORY);
    }
  free (picture->pixels);
  picture->pixels = smaller;
  picture->width = width;
  picture->height = height;
  return true;
}

/* Pixel (x, y) of the file goes to where @orientation puts it; rows of the result are written in order. */
static void
turn (const uint8_t *pixels, int width, int height, int orientation, uint8_t *to)
{
  if (orientation <= 1)
    {
      memcpy (to, pixels, (size_t) width * (size_t) height * 3);
      return;
    }
  bool swap = orientation >= 5;
  int to_width = swap ? height : width, to_height = swap ? width : height;
  bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  for (int y = 0; y < to_height; y++)
    for (int x = 0; x < to_width; x++, to += 3)
      {
        int from_x = swap ? y : x, from_y = swap ? x : y;
        from_x = flip_x ? width - 1 - from_x : from_x;
        from_y = flip_y ? height - 1 - from_y : from_y;
        memcpy (to, pixels + 3 * ((size_t) from_y * (size_t) width + (size_t) from_x), 3);
      }
}

bool
picture_publish (const uint8_t *pixels, int width, int height, int orientation, int *memfd, SenWireReply *reply)
{
  size_t size = (size_t) width * (size_t) height * 3;
  int fd = memfd_create ("sensorium-pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  uint8_t *shared = MAP_FAILED;
  if (fd >= 0 && ftruncate (fd, (off_t) size) == 0)
    shared = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED)
    {
      if (fd >= 0)
        close (fd);
      return fail (reply, SEN_REASON_MEMORY);
    }
  turn (pixels, width, height, orientation, shared);
  munmap (shared, size);
  fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  reply->width = orientation >= 5 ? height : width;
  reply->height = orientation >= 5 ? width : height;
  *memfd = fd;
  return true;
}

/* --- Requests ------------------------------------------------------------------------------------------------------------------------ */

/* What is no picture may still be a recording; the sentence then says so. */
static void
name_other_media (const File *file, SenWireReply *reply)
{
  Media media;
  File copy = { .fd = dup (file->fd), .size = file->size };
  if (copy.fd < 0 || !media_open (&media, copy, reply))
    return;
  media_describe (&media, reply);
  media_close (&media);
  fail (reply, SEN_REASON_NO_PICTURE);
}

/* The file's pixels, shrunk but not turned; or only what it says of itself. */
static bool
read_picture (const File *file, const SenWireRequest *request, Picture *picture)
{
  SenWireReply *reply = picture->reply;
  uint8_t head[64];
  gssize n = file_read (file, 0, head, sizeof head);
  if (n < 0)
    return fail (reply, SEN_REASON_UNREADABLE);
  const Format *format = find_format (head, (size_t) n);
  if (format == NULL)
    {
      name_other_media (file, reply);
      return false;
    }
  g_strlcpy (reply->format, format->name, sizeof reply->format);
  if (format->decode == NULL)
    return fail (reply, SEN_REASON_NOT_HERE);
  reply->bits = 8;
  reply->n_frames = 1;
  reply->orientation = 1;

  uint8_t *data = file_load (file, reply);
  if (data == NULL)
    return false;
  picture->data = data;
  picture->n = (size_t) file->size;
  picture->longest_side = request->longest_side;
  bool ok = format->decode (picture);
  file_unload (data);
  if (ok && !picture->facts_only)
    {
      int width, height;
      if (picture->n_channels == 4)
        composite (picture, request->background);
      picture_fit (reply->full_width, reply->full_height, request->longest_side, &width, &height);
      ok = shrink (picture, width, height);
    }
  if (reply->orientation >= 5)
    {
      int32_t width = reply->full_width;
      reply->full_width = reply->full_height;
      reply->full_height = width;
    }
  return ok;
}

bool
picture_read (const File *file, const SenWireRequest *request, int *memfd, SenWireReply *reply)
{
  Picture picture = { .reply = reply, .facts_only = memfd == NULL };
  bool ok = read_picture (file, request, &picture);
  if (ok && memfd != NULL)
    ok = picture_publish (picture.pixels, picture.width, picture.height, reply->orientation, memfd, reply);
  free (picture.pixels);
  return ok;
}

uint8_t *
picture_read_pixels (const File *file, const SenWireRequest *request, SenWireReply *reply)
{
  Picture picture = { .reply = reply };
  uint8_t *upright = NULL;
  if (read_picture (file, request, &picture))
    {
      upright = malloc ((size_t) picture.width * (size_t) picture.height * 3);
      if (upright == NULL)
        fail (reply, SEN_REASON_MEMORY);
      else
        {
          turn (picture.pixels, picture.width, picture.height, reply->orientation, upright);
          reply->width = reply->orientation >= 5 ? picture.height : picture.width;
          reply->height = reply->orientation >= 5 ? picture.width : picture.height;
        }
    }
  free (picture.pixels);
  return upright;
}
