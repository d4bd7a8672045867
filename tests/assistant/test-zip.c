/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "fixture.h"

#include "sen-zip.h"

#include <string.h>

static bool
collect (const void *data, size_t n_bytes, gpointer user_data, GError **error)
{
  g_byte_array_append (user_data, data, (guint) n_bytes);
  return true;
}

static GByteArray *
extract (Fixture *fixture, const uint8_t *zip, size_t zip_size, const char *member, uint64_t size, GError **error)
{
  g_autofree char *path = g_build_filename (fixture->root, "a.zip", NULL);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  /* Written in place: thousands of archives are tried, and none of them needs to survive a crash. */
  g_assert_true (g_file_set_contents_full (path, (const char *) zip, (gssize) zip_size, G_FILE_SET_CONTENTS_NONE, 0644,
                                           NULL));
  if (!sen_zip_extract (path, member, size, collect, out, NULL, error))
    return NULL;
  return g_steal_pointer (&out);
}

static void
test_members (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  const ZipMember members[] = {
    { "stored", fixture->content, true }, { "dir/deflated", fixture->content, false }, { "empty", empty, true },
    { "empty-deflated", empty, false },
  };
  g_autoptr (GByteArray) zip = make_zip (members, G_N_ELEMENTS (members));
  for (size_t i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_autoptr (GError) error = NULL;
      size_t size;
      const void *bytes = g_bytes_get_data (members[i].bytes, &size);
      g_autoptr (GByteArray) out = extract (fixture, zip->data, zip->len, members[i].name, size, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (out->data, out->len, bytes, size);
    }
  g_autoptr (GError) error = NULL;
  g_assert_null (extract (fixture, zip->data, zip->len, "absent", 1, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (extract (fixture, zip->data, zip->len, "stored", CONTENT_BYTES - 1, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM);
}

static void
test_malformed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) first = g_bytes_new_from_bytes (fixture->content, 0, 300);
  const ZipMember members[] = { { "a", first, true }, { "b", first, false } };
  g_autoptr (GByteArray) zip = make_zip (members, G_N_ELEMENTS (members));

  /* Cut anywhere: always an error. */
  for (size_t size = 0; size < zip->len; size++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (extract (fixture, zip->data, size, "b", 300, &error));
      g_assert_true (error->domain == SEN_ERROR);
    }
  /* Every byte, wrong in three ways: an error, or the right content because the byte did not matter. */
  for (size_t i = 0; i < zip->len; i++)
    for (unsigned flip = 0; flip < 3; flip++)
      {
        g_autofree uint8_t *copy = g_memdup2 (zip->data, zip->len);
        g_autoptr (GError) error = NULL;
        copy[i] ^= (uint8_t) (flip == 0 ? 0x01 : flip == 1 ? 0x80 : 0xff);
        g_autoptr (GByteArray) out = extract (fixture, copy, zip->len, i % 2 == 0 ? "a" : "b", 300, &error);
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
test_refused (Fixture *fixture, gconstpointer data)
{
  const ZipMember members[] = { { "a", fixture->content, false } };
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
    { end + 16, "\xff\xff\xff\xff", 4, SEN_ERROR_UNSUPPORTED, "ZIP64" },
    { end + 8, "\xff\xff\xff\xff", 4, SEN_ERROR_UNSUPPORTED, "ZIP64" },
    { end + 4, "\x01\x00", 2, SEN_ERROR_UNSUPPORTED, "several pieces" },
    { end + 12, "\xff\xff\xff\x7f", 4, SEN_ERROR_FORMAT, "directory" },
    { central + 24, "\xff\xff\xff\xff", 4, SEN_ERROR_UNSUPPORTED, "ZIP64" },
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
      g_assert_null (extract (fixture, copy, zip->len, "a", CONTENT_BYTES, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, SEN_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
  /* A member that unpacks to more than it says: stopped at what it says. */
  g_autoptr (GError) error = NULL;
  zip->data[central + 24] = 100;
  zip->data[central + 25] = zip->data[central + 26] = zip->data[central + 27] = 0;
  g_assert_null (extract (fixture, zip->data, zip->len, "a", 100, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "larger"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/zip/members", Fixture, NULL, fixture_set_up, test_members, fixture_tear_down);
  g_test_add ("/zip/malformed", Fixture, NULL, fixture_set_up, test_malformed, fixture_tear_down);
  g_test_add ("/zip/refused", Fixture, NULL, fixture_set_up, test_refused, fixture_tear_down);
  return g_test_run ();
}
