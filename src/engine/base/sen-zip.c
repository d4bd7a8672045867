/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-zip.h"

#include "sen-error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define END_BYTES 22u
#define LOCATOR_BYTES 20u
#define CENTRAL_BYTES 46u
#define LOCAL_BYTES 30u
#define MAX_COMMENT 65535u
#define MAX_DIRECTORY (64u * 1024 * 1024)
#define CHUNK_BYTES 65536u

struct SenZip {
  int       fd;
  char     *name;
  uint64_t  size;
  uint8_t  *directory;      /* as it stands in the archive */
  uint32_t  n_directory;    /* bytes */
  uint16_t  n_members;
};

typedef struct {
  uint16_t flags;
  uint16_t method;
  uint32_t crc;
  uint32_t packed_size;
  uint32_t size;
  uint32_t local_offset;
} Member;

static uint16_t
get_u16 (const uint8_t *p)
{
  return (uint16_t) (p[0] | p[1] << 8);
}

static uint32_t
get_u32 (const uint8_t *p)
{
  return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

static bool
broken (const SenZip *zip, const char *what, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "The archive %s is damaged: %s.", zip->name, what);
  return false;
}

static bool
too_large (const SenZip *zip, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "The archive %s cannot be read: it is in ZIP64 format, which is not supported.",
               zip->name);
  return false;
}

static bool
unsupported (const SenZip *zip, const char *what, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "The archive %s cannot be read: %s.", zip->name, what);
  return false;
}

static bool
read_at (const SenZip *zip, uint64_t offset, void *buffer, size_t n, GError **error)
{
  if (offset > zip->size || n > zip->size - offset)
    return broken (zip, "it ends before what its directory promises", error);
  for (size_t done = 0; done < n;)
    {
      ssize_t got = pread (zip->fd, (uint8_t *) buffer + done, n - done, (off_t) (offset + done));
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "Reading %s failed: %s.", zip->name, g_strerror (errno));
          return false;
        }
      if (got == 0)
        return broken (zip, "it was cut while it was read", error);
      done += (size_t) got;
    }
  return true;
}

/* The end record is the last thing but a comment, so it is searched from the back. */
static bool
find_directory (const SenZip *zip, uint64_t *offset, uint32_t *size, uint16_t *n_members, GError **error)
{
  if (zip->size < END_BYTES)
    return broken (zip, "it is too short for a ZIP archive", error);
  size_t tail_size = (size_t) MIN (zip->size, END_BYTES + MAX_COMMENT);
  uint64_t tail_offset = zip->size - tail_size;
  g_autofree uint8_t *tail = g_malloc (tail_size);
  if (!read_at (zip, tail_offset, tail, tail_size, error))
    return false;

  for (size_t i = tail_size - END_BYTES + 1; i-- > 0;)
    {
      const uint8_t *end = tail + i;
      if (get_u32 (end) != 0x06054b50 || get_u16 (end + 20) != tail_size - i - END_BYTES)
        continue;
      if (i >= LOCATOR_BYTES && get_u32 (end - LOCATOR_BYTES) == 0x07064b50)
        return too_large (zip, error);
      if (get_u16 (end + 4) != 0 || get_u16 (end + 6) != 0 || get_u16 (end + 8) != get_u16 (end + 10))
        return unsupported (zip, "it is one of several pieces, which is not supported", error);
      *n_members = get_u16 (end + 10);
      *size = get_u32 (end + 12);
      *offset = get_u32 (end + 16);
      if (*n_members == 0xffff || *size == 0xffffffff || *offset == 0xffffffff)
        return too_large (zip, error);
      uint64_t end_offset = tail_offset + i;
      if (*offset > end_offset || *size > end_offset - *offset || *size > MAX_DIRECTORY)
        return broken (zip, "its directory lies outside of it", error);
      return true;
    }
  return broken (zip, "it has no directory at its end", error);
}

/* Loads what find_member() walks. */
static bool
load_directory (SenZip *zip, GError **error)
{
  uint64_t offset;
  if (!find_directory (zip, &offset, &zip->n_directory, &zip->n_members, error))
    return false;
  zip->directory = g_try_malloc (MAX (zip->n_directory, 1));
  if (zip->directory == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "No memory for the %u bytes of the directory of %s.", zip->n_directory,
                   zip->name);
      return false;
    }
  return read_at (zip, offset, zip->directory, zip->n_directory, error);
}

static bool
find_member (const SenZip *zip, const char *name, Member *member, GError **error)
{
  size_t name_length = strlen (name);
  size_t pos = 0;
  for (unsigned i = 0; i < zip->n_members; i++)
    {
      if (CENTRAL_BYTES > zip->n_directory - pos)
        return broken (zip, "its directory is cut short", error);
      const uint8_t *record = zip->directory + pos;
      if (get_u32 (record) != 0x02014b50)
        return broken (zip, "its directory holds something else", error);
      size_t record_name = get_u16 (record + 28);
      size_t record_rest = record_name + get_u16 (record + 30) + get_u16 (record + 32);
      pos += CENTRAL_BYTES;
      if (record_rest > zip->n_directory - pos)
        return broken (zip, "its directory is cut short", error);
      if (record_name == name_length && memcmp (zip->directory + pos, name, name_length) == 0)
        {
          member->flags = get_u16 (record + 8);
          member->method = get_u16 (record + 10);
          member->crc = get_u32 (record + 16);
          member->packed_size = get_u32 (record + 20);
          member->size = get_u32 (record + 24);
          member->local_offset = get_u32 (record + 42);
          return true;
        }
      pos += record_rest;
    }
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "The archive %s has no member %s.", zip->name, name);
  return false;
}

static bool
put (const void *data, size_t n, uint64_t *left, uint32_t *crc, const SenZip *zip, SenZipSink sink,
     gpointer user_data, GError **error)
{
  if (n > *left)
    return broken (zip, "a member is larger than it says", error);
  *left -= n;
  *crc = (uint32_t) crc32 (*crc, data, (uInt) n);
  return sink (data, n, user_data, error);
}

static bool
copy_member (const SenZip *zip, const Member *member, uint64_t offset, SenZipSink sink, gpointer user_data, GError **error)
{
  g_autofree uint8_t *in = g_malloc (CHUNK_BYTES);
  g_autofree uint8_t *out = g_malloc (CHUNK_BYTES);
  uint64_t packed_left = member->packed_size;
  uint64_t left = member->size;
  uint32_t crc = (uint32_t) crc32 (0, NULL, 0);
  z_stream stream = { 0 };
  bool deflated = member->method == 8;
  bool ok = false;
  int status = Z_OK;

  /* Negative window bits: raw deflate, without zlib's own header. */
  if (deflated && inflateInit2 (&stream, -MAX_WBITS) != Z_OK)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "No memory to unpack %s.", zip->name);
      return false;
    }
  while (packed_left > 0 && status != Z_STREAM_END)
    {
      size_t n = (size_t) MIN (packed_left, CHUNK_BYTES);
      if (!read_at (zip, offset, in, n, error))
        goto end;
      offset += n;
      packed_left -= n;
      if (!deflated)
        {
          if (!put (in, n, &left, &crc, zip, sink, user_data, error))
            goto end;
          continue;
        }
      stream.next_in = in;
      stream.avail_in = (uInt) n;
      do
        {
          stream.next_out = out;
          stream.avail_out = CHUNK_BYTES;
          status = inflate (&stream, Z_NO_FLUSH);
          if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            {
              broken (zip, "a member's compressed data is invalid", error);
              goto end;
            }
          if (!put (out, CHUNK_BYTES - stream.avail_out, &left, &crc, zip, sink, user_data, error))
            goto end;
        }
      while (status == Z_OK && stream.avail_out == 0);
      /* Input left over without the end reached would otherwise be dropped. */
      if (status != Z_STREAM_END && stream.avail_in > 0)
        {
          broken (zip, "a member's compressed data is invalid", error);
          goto end;
        }
    }
  if (left != 0 || packed_left != 0 || (deflated && (status != Z_STREAM_END || stream.avail_in != 0)))
    broken (zip, "a member's size is not what its directory says", error);
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  /* A fuzzer that must guess the checksum never reaches what reads the member. */
  else if (crc != member->crc)
    broken (zip, "a member's checksum (CRC-32) is wrong", error);
#endif
  else
    ok = true;
end:
  if (deflated)
    inflateEnd (&stream);
  return ok;
}

SenZip *
sen_zip_open (int fd, uint64_t size_bytes, const char *name, GError **error)
{
  g_autoptr (SenZip) zip = g_new0 (SenZip, 1);
  zip->fd = fd;
  zip->size = size_bytes;
  zip->name = g_strdup (name);
  return load_directory (zip, error) ? g_steal_pointer (&zip) : NULL;
}

void
sen_zip_close (SenZip *zip)
{
  if (zip == NULL)
    return;
  g_free (zip->directory);
  g_free (zip->name);
  g_free (zip);
}

bool
sen_zip_find (const SenZip *zip, const char *name, uint64_t *size_bytes)
{
  Member member;
  if (!find_member (zip, name, &member, NULL))
    return false;
  *size_bytes = member.size;
  return true;
}

bool
sen_zip_extract (SenZip *zip, const char *name, uint64_t size_bytes, SenZipSink sink, gpointer user_data, GError **error)
{
  Member member;
  uint8_t local[LOCAL_BYTES];
  if (!find_member (zip, name, &member, error))
    return false;
  if (member.size == 0xffffffff || member.packed_size == 0xffffffff || member.local_offset == 0xffffffff)
    return too_large (zip, error);
  if ((member.flags & (1 << 0 | 1 << 6 | 1 << 13)) != 0)
    return unsupported (zip, "the member is encrypted, which is not supported", error);
  if (member.method != 0 && member.method != 8)
    return unsupported (zip, "the member's compression method is neither stored nor deflate", error);
  if (member.size != size_bytes)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM,
                   "%s in %s has %u bytes, expected %" G_GUINT64_FORMAT "; the package is not the one promised.", name,
                   zip->name, member.size, size_bytes);
      return false;
    }
  if (!read_at (zip, member.local_offset, local, sizeof local, error))
    return false;
  if (get_u32 (local) != 0x04034b50 || get_u16 (local + 8) != member.method)
    return broken (zip, "its directory points at something that is not the member", error);
  uint64_t data = (uint64_t) member.local_offset + LOCAL_BYTES + get_u16 (local + 26) + get_u16 (local + 28);
  if (data > zip->size || member.packed_size > zip->size - data)
    return broken (zip, "it ends before what its directory promises", error);
  return copy_member (zip, &member, data, sink, user_data, error);
}
