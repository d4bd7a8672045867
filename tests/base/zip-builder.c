/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "zip-builder.h"

#include <string.h>
#include <zlib.h>

static void
put_u16 (GByteArray *out, unsigned value)
{
  uint8_t bytes[] = { (uint8_t) value, (uint8_t) (value >> 8) };
  g_byte_array_append (out, bytes, sizeof bytes);
}

static void
put_u32 (GByteArray *out, size_t value)
{
  put_u16 (out, (unsigned) (value & 0xffff));
  put_u16 (out, (unsigned) (value >> 16 & 0xffff));
}

GByteArray *
make_deflated (const void *data, size_t size, int window_bits)
{
  z_stream stream = { .next_in = (Bytef *) data, .avail_in = (uInt) size };
  g_assert_cmpint (deflateInit2 (&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
  GByteArray *out = g_byte_array_new ();
  g_byte_array_set_size (out, (guint) deflateBound (&stream, size));
  stream.next_out = out->data;
  stream.avail_out = out->len;
  g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
  g_byte_array_set_size (out, (guint) stream.total_out);
  deflateEnd (&stream);
  return out;
}

GByteArray *
make_zip (const ZipMember *members, size_t n)
{
  GByteArray *zip = g_byte_array_new ();
  g_autoptr (GByteArray) directory = g_byte_array_new ();
  for (size_t i = 0; i < n; i++)
    {
      size_t size;
      const uint8_t *data = g_bytes_get_data (members[i].bytes, &size);
      g_autoptr (GByteArray) packed = members[i].stored ? g_byte_array_append (g_byte_array_new (), data, (guint) size)
                                                        : make_deflated (data, size, -MAX_WBITS);
      size_t name_length = strlen (members[i].name);
      size_t offset = zip->len;
      g_autoptr (GByteArray) common = g_byte_array_new ();
      put_u16 (common, 20);                              /* version needed */
      put_u16 (common, 0);                               /* flags */
      put_u16 (common, members[i].stored ? 0 : 8);       /* method */
      put_u32 (common, 0);                               /* time and date */
      put_u32 (common, crc32 (0, data, (uInt) size));
      put_u32 (common, packed->len);
      put_u32 (common, size);
      put_u16 (common, (unsigned) name_length);
      put_u16 (common, 0);                               /* extra */

      put_u32 (zip, 0x04034b50);
      g_byte_array_append (zip, common->data, common->len);
      g_byte_array_append (zip, (const uint8_t *) members[i].name, (guint) name_length);
      g_byte_array_append (zip, packed->data, packed->len);

      put_u32 (directory, 0x02014b50);
      put_u16 (directory, 20);                           /* made by */
      g_byte_array_append (directory, common->data, common->len);
      put_u16 (directory, 0);                            /* comment */
      put_u32 (directory, 0);                            /* disk, internal attributes */
      put_u32 (directory, 0);                            /* external attributes */
      put_u32 (directory, offset);
      g_byte_array_append (directory, (const uint8_t *) members[i].name, (guint) name_length);
    }
  size_t directory_offset = zip->len;
  g_byte_array_append (zip, directory->data, directory->len);
  put_u32 (zip, 0x06054b50);
  put_u32 (zip, 0);
  put_u16 (zip, (unsigned) n);
  put_u16 (zip, (unsigned) n);
  put_u32 (zip, directory->len);
  put_u32 (zip, directory_offset);
  put_u16 (zip, 0);
  return zip;
}
