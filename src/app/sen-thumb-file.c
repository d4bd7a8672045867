/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-thumb-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gdk/gdk.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* The texts stand before the pixels; who writes more than this in front of them is not read. */
#define HEAD_BYTES 16384
#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define SIGNATURE_BYTES 8
/* Length and name before what a chunk holds, checksum behind it. */
#define CHUNK_BYTES 12
#define IHDR_BYTES (13 + CHUNK_BYTES)
#define FAILURES "fail/sensorium-" SEN_VERSION

static const struct {
  const char *folder;
  int         px;
} sizes[] = { { "normal", 128 }, { "large", 256 }, { "x-large", 512 } };

int
sen_thumb_size_px (SenThumbSize size)
{
  return sizes[size].px;
}

bool
sen_thumb_size_for (int px, SenThumbSize *size)
{
  for (guint i = 0; i < SEN_N_THUMB_SIZES; i++)
    if (px <= sizes[i].px)
      {
        *size = (SenThumbSize) i;
        return true;
      }
  return false;
}

/* --- Where they lie ------------------------------------------------------------------------------------------------------------------ */

bool
sen_thumb_subject_init (SenThumbSubject *subject, const char *path)
{
  struct stat stat_buffer;
  g_autofree char *thumbnails = g_build_filename (g_get_user_cache_dir (), "thumbnails/", NULL);
  *subject = (SenThumbSubject) { NULL, 0 };
  if (g_str_has_prefix (path, thumbnails) || stat (path, &stat_buffer) != 0 || !S_ISREG (stat_buffer.st_mode))
    return false;
  subject->uri = g_filename_to_uri (path, NULL, NULL);
  subject->mtime_s = stat_buffer.st_mtime;
  return subject->uri != NULL;
}

void
sen_thumb_subject_clear (SenThumbSubject *subject)
{
  g_clear_pointer (&subject->uri, g_free);
}

static char *
make_path (const SenThumbSubject *subject, const char *folder)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_MD5, subject->uri, -1);
  g_autofree char *name = g_strconcat (digest, ".png", NULL);
  return g_build_filename (g_get_user_cache_dir (), "thumbnails", folder, name, NULL);
}

/* --- Reading ------------------------------------------------------------------------------------------------------------------------- */

static uint32_t
read_u32 (const uint8_t *bytes)
{
  return (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 | (uint32_t) bytes[2] << 8 | bytes[3];
}

/* Whether a tEXt chunk is @keyword, and then what it says. (transfer full) */
static char *
read_text (const uint8_t *chunk, size_t n, const char *keyword)
{
  size_t n_key = strlen (keyword) + 1;
  return n >= n_key && memcmp (chunk, keyword, n_key) == 0 ? g_strndup ((const char *) chunk + n_key, n - n_key) : NULL;
}

/* The texts in front of the pixels name this very state of the file. */
static bool
is_about (const uint8_t *png, size_t n, const SenThumbSubject *subject)
{
  bool has_uri = false, has_time = false;
  size_t at = SIGNATURE_BYTES;
  if (n < SIGNATURE_BYTES || memcmp (png, SIGNATURE, SIGNATURE_BYTES) != 0)
    return false;
  while (n - at >= CHUNK_BYTES && read_u32 (png + at) <= n - at - CHUNK_BYTES && memcmp (png + at + 4, "IDAT", 4) != 0)
    {
      size_t n_chunk = read_u32 (png + at);
      bool is_text = memcmp (png + at + 4, "tEXt", 4) == 0;
      g_autofree char *uri = is_text ? read_text (png + at + 8, n_chunk, "Thumb::URI") : NULL;
      g_autofree char *time = is_text ? read_text (png + at + 8, n_chunk, "Thumb::MTime") : NULL;
      has_uri = has_uri || g_strcmp0 (uri, subject->uri) == 0;
      has_time = has_time || (time != NULL && g_ascii_strtoll (time, NULL, 10) == subject->mtime_s);
      at += n_chunk + CHUNK_BYTES;
    }
  return has_uri && has_time;
}

static bool
is_valid (const char *path, const SenThumbSubject *subject)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return false;
  g_autofree uint8_t *head = g_malloc (HEAD_BYTES);
  ssize_t n = read (fd, head, HEAD_BYTES);
  close (fd);
  return n > 0 && is_about (head, (size_t) n, subject);
}

char *
sen_thumb_file_find (const SenThumbSubject *subject, SenThumbSize size)
{
  for (guint i = size; i < SEN_N_THUMB_SIZES; i++)
    {
      g_autofree char *path = make_path (subject, sizes[i].folder);
      if (is_valid (path, subject))
        return g_steal_pointer (&path);
    }
  return NULL;
}

bool
sen_thumb_file_has_failed (const SenThumbSubject *subject)
{
  g_autofree char *path = make_path (subject, FAILURES);
  return is_valid (path, subject);
}

/* --- Writing ------------------------------------------------------------------------------------------------------------------------- */

static void
append_u32 (GByteArray *bytes, uint32_t value)
{
  const uint32_t big = GUINT32_TO_BE (value);
  g_byte_array_append (bytes, (const guint8 *) &big, sizeof big);
}

static void
append_text (GByteArray *png, const char *keyword, const char *text)
{
  g_autoptr (GByteArray) chunk = g_byte_array_new ();
  g_byte_array_append (chunk, (const guint8 *) "tEXt", 4);
  g_byte_array_append (chunk, (const guint8 *) keyword, strlen (keyword) + 1);
  g_byte_array_append (chunk, (const guint8 *) text, strlen (text));
  append_u32 (png, chunk->len - 4);
  g_byte_array_append (png, chunk->data, chunk->len);
  append_u32 (png, (uint32_t) crc32 (0, chunk->data, chunk->len));
}

/* The texts go behind the first chunk, which tells size and depth. */
static void
write_png (const SenThumbSubject *subject, const char *folder, const SenImage *image)
{
  int width = sen_image_width (image), height = sen_image_height (image);
  g_autoptr (GBytes) pixels = g_bytes_new_static (sen_image_pixels (image), 3 * (gsize) width * (gsize) height);
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, pixels, 3 * (gsize) width);
  g_autoptr (GBytes) plain = gdk_texture_save_to_png_bytes (texture);
  g_autoptr (GByteArray) png = g_byte_array_new ();
  g_autofree char *path = make_path (subject, folder), *dir = g_path_get_dirname (path);
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, subject->mtime_s);
  gsize n;
  const guint8 *bytes = g_bytes_get_data (plain, &n);
  g_byte_array_append (png, bytes, SIGNATURE_BYTES + IHDR_BYTES);
  append_text (png, "Thumb::URI", subject->uri);
  append_text (png, "Thumb::MTime", time);
  append_text (png, "Software", "Sensorium");
  g_byte_array_append (png, bytes + SIGNATURE_BYTES + IHDR_BYTES, n - SIGNATURE_BYTES - IHDR_BYTES);
  if (g_mkdir_with_parents (dir, 0700) == 0)
    g_file_set_contents_full (path, (const char *) png->data, png->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

void
sen_thumb_file_save (const SenThumbSubject *subject, SenThumbSize size, const SenImage *image)
{
  write_png (subject, sizes[size].folder, image);
}

void
sen_thumb_file_save_failure (const SenThumbSubject *subject)
{
  static const uint8_t white[] = { 255, 255, 255 };
  g_autoptr (SenImage) pixel = sen_image_new (1, 1, white);
  write_png (subject, FAILURES, pixel);
}
