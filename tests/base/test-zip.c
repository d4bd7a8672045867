/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-zip.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sen-error.h"
#include "zip-builder.h"

#define CONTENT_BYTES 300000u

static GBytes *content;     /* deflate makes something of it */

static bool
collect (const void *data, size_t n_bytes, gpointer user_data, GError **error)
{
  g_byte_array_append (user_data, data, (guint) n_bytes);
  return true;
}

static GByteArray *
extract (const uint8_t *bytes, size_t n, const char *member, uint64_t size, GError **error)
{
  int fd = memfd_create ("zip", MFD_CLOEXEC);
  g_assert_cmpint (write (fd, bytes, n), ==, (gssize) n);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (SenZip) zip = sen_zip_open (fd, n, "a.zip", error);
  bool ok = zip != NULL && sen_zip_extract (zip, member, size, collect, out, error);
  uint64_t found;
  if (ok)
    g_assert_true (sen_zip_find (zip, member, &found) && found == size);
  close (fd);
  return ok ? g_steal_pointer (&out) : NULL;
}

static void
test_members (void)
{
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  const ZipMember members[] = {
    { "stored", content, true }, { "dir/deflated", content, false }, { "empty", empty, true },
    { "empty-deflated", empty, false },
  };
  g_autoptr (GByteArray) zip = make_zip (members, G_N_ELEMENTS (members));
  for (size_t i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_autoptr (GError) error = NULL;
      size_t size;
      const void *bytes = g_bytes_get_data (members[i].bytes, &size);
      g_autoptr (GByteArray) out = extract (zip->data, zip->len, members[i].name, size, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (out->data, out->len, bytes, size);
    }
  g_autoptr (GError) error = NULL;
  g_assert_null (extract (zip->data, zip->len, "absent", 1, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (extract (zip->data, zip->len, "stored", CONTENT_BYTES - 1, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM);
}

static void
test_malformed (void)
{
  g_autoptr (GBytes) first = g_bytes_new_from_bytes (content, 0, 300);
  const ZipMember members[] = { { "a", first, true }, { "b", first, false } };
  g_autoptr (GByteArray) zip = make_zip (members, G_N_ELEMENTS (members));

  /* Cut anywhere: always an error. */
  for (size_t size = 0; size < zip->len; size++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (extract (zip->data, size, "b", 300, &error));
      g_assert_true (error->domain == SEN_ERROR);
    }
  /* Every byte, wrong in three ways: an error, or the right content because the byte did not matter. */
  for (size_t i = 0; i < zip->len; i++)
    for (unsigned flip = 0; flip < 3; flip++)
      {
        g_autofree uint8_t *copy = g_memdup2 (zip->data, zip->len);
        g_autoptr (GError) error = NULL;
        copy[i] ^= (uint8_t) (flip == 0 ? 0x01 : flip == 1 ? 0x80 : 0xff);
        g_autoptr (GByteArray) out = extract (copy, zip->len, i % 2 == 0 ? "a" : "b", 300, &error);
        if (out != NULL)
          g_assert_cmpmem (out->data, out->len, g_bytes_get_data (first, NULL), 300);
        else
          g_assert_true (error->domain == SEN_ERROR);
      }
}

static size_t
find (const GByteArray *zip, const char *mark, size_t from)
{
  for (size_t i = from; i + 4 <= zip->len; i++)
    if (memcmp (zip->data + i, mark, 4) == 0)
      return i;
  g_assert_not_reached ();
}

static void
test_refused (void)
{
  const ZipMember members[] = { { "a", content, false } };
  g_autoptr (GByteArray) zip = make_zip (members, 1);
  size_t central = find (zip, "PK\1\2", 0);
  size_t end = find (zip, "PK\5\6", central);
  const struct {
    size_t      offset;
    const char *bytes;
    size_t      n;
    int         code;
    const char *says;
  } cases[] = {
    { end + 16, "\xff\xff\xff\xff", 4, SEN_ERROR_LIMIT, "ZIP64" },
    { end + 8, "\xff\xff\xff\xff", 4, SEN_ERROR_LIMIT, "ZIP64" },
    { end + 4, "\x01\x00", 2, SEN_ERROR_UNSUPPORTED, "several pieces" },
    { end + 12, "\xff\xff\xff\x7f", 4, SEN_ERROR_FORMAT, "directory" },
    { central + 24, "\xff\xff\xff\xff", 4, SEN_ERROR_LIMIT, "ZIP64" },
    { central + 8, "\x01\x00", 2, SEN_ERROR_UNSUPPORTED, "encrypted" },
    { central + 10, "\x0c\x00", 2, SEN_ERROR_UNSUPPORTED, "method" },
    { central + 20, "\xff\xff\xff\x7f", 4, SEN_ERROR_FORMAT, "ends before" },
    { central + 20, "\x10\x00\x00\x00", 4, SEN_ERROR_FORMAT, "size" },
    { central + 42, "\x00\x00\x00\x7f", 4, SEN_ERROR_FORMAT, "ends before" },
    { central + 42, "\x04\x00\x00\x00", 4, SEN_ERROR_FORMAT, "not the member" },
    { central + 16, "\x00\x00\x00\x00", 4, SEN_ERROR_FORMAT, "CRC" },
    { central + 28, "\xff\xff", 2, SEN_ERROR_FORMAT, "cut short" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree uint8_t *copy = g_memdup2 (zip->data, zip->len);
      g_autoptr (GError) error = NULL;
      memcpy (copy + cases[i].offset, cases[i].bytes, cases[i].n);
      g_assert_null (extract (copy, zip->len, "a", CONTENT_BYTES, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, SEN_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
  /* A member that unpacks to more than it says: stopped at what it says. */
  g_autoptr (GError) error = NULL;
  zip->data[central + 24] = 100;
  zip->data[central + 25] = zip->data[central + 26] = zip->data[central + 27] = 0;
  g_assert_null (extract (zip->data, zip->len, "a", 100, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "larger"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree uint8_t *bytes = g_malloc (CONTENT_BYTES);
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  for (size_t i = 0; i < CONTENT_BYTES; i++)
    bytes[i] = (uint8_t) (g_rand_int (random) & (i % 3 == 0 ? 0xff : 0x0f));
  content = g_bytes_new (bytes, CONTENT_BYTES);
  g_test_add_func ("/zip/members", test_members);
  g_test_add_func ("/zip/malformed", test_malformed);
  g_test_add_func ("/zip/refused", test_refused);
  int result = g_test_run ();
  g_bytes_unref (content);
  return result;
}
