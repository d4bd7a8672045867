/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-encoding-cache.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define N 100

typedef struct {
  char *folder;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *parent = g_dir_make_tmp ("sen-encodings-XXXXXX", NULL);
  f->folder = g_build_filename (parent, "made", NULL);
}

static GPtrArray *
files_of (const Fixture *f)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (f->folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (paths, g_build_filename (f->folder, name, NULL));
  return paths;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) paths = files_of (f);
  g_autofree char *parent = g_path_get_dirname (f->folder);
  for (guint i = 0; i < paths->len; i++)
    g_remove (paths->pdata[i]);
  g_rmdir (f->folder);
  g_assert_cmpint (g_rmdir (parent), ==, 0);
  g_free (f->folder);
}

static SenEncodingCache *
open_cache (const Fixture *f, size_t memory_bytes, uint64_t disk_bytes, uint32_t n_files_max)
{
  return sen_encoding_cache_new (&(SenEncodingCacheParams) {
    .folder = f != NULL ? f->folder : NULL, .memory_bytes = memory_bytes, .disk_bytes = disk_bytes, .n_files_max = n_files_max,
  });
}

static void
fill (float values[N], float first)
{
  for (int i = 0; i < N; i++)
    values[i] = first + (float) i;
}

static bool
holds (SenEncodingCache *cache, const char *key, float first)
{
  float values[N];
  if (!sen_encoding_cache_lookup (cache, key, values, N))
    return false;
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat (values[i], ==, first + (float) i);
  return true;
}

static void
put (SenEncodingCache *cache, const char *key, float first)
{
  float values[N];
  fill (values, first);
  sen_encoding_cache_store (cache, key, values, N);
}

/* Another process finds what this one left, under its key and length only. */
static void
test_roundtrip (Fixture *f, gconstpointer data)
{
  float values[N + 1];
  g_autoptr (SenEncodingCache) cache = open_cache (f, 1 << 20, 1 << 20, 100);
  g_assert_false (holds (cache, "a", 1.0f));
  put (cache, "a", 1.0f);
  put (cache, "b", 2.0f);
  put (cache, "a", 3.0f);
  g_assert_true (holds (cache, "a", 3.0f));
  g_autoptr (SenEncodingCache) other = open_cache (f, 1 << 20, 1 << 20, 100);
  g_assert_true (holds (other, "a", 3.0f));
  g_assert_true (holds (other, "b", 2.0f));
  g_assert_false (holds (other, "c", 0.0f));
  g_assert_false (sen_encoding_cache_lookup (other, "a", values, N + 1));
  g_assert_false (sen_encoding_cache_lookup (other, "a", values, N - 1));
  g_autoptr (GPtrArray) paths = files_of (f);
  g_assert_cmpuint (paths->len, ==, 2);
  struct stat status;
  g_assert_cmpint (stat (paths->pdata[0], &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
}

/* Each byte wrong, each length but the right one: as if it were not there, and written anew. */
static void
test_damage (Fixture *f, gconstpointer data)
{
  g_autoptr (SenEncodingCache) cache = open_cache (f, 0, 1 << 20, 100);
  put (cache, "a", 1.0f);
  g_autoptr (GPtrArray) paths = files_of (f);
  g_assert_cmpuint (paths->len, ==, 1);
  const char *path = paths->pdata[0];
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize i = 0; i < length; i++)
    {
      bytes[i] ^= 0x20;
      g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
      g_assert_false (holds (cache, "a", 1.0f));
      bytes[i] ^= 0x20;
      g_assert_true (g_file_set_contents (path, bytes, (gssize) i, NULL));
      g_assert_false (holds (cache, "a", 1.0f));
    }
  g_autofree char *longer = g_malloc0 (length + 1);
  memcpy (longer, bytes, length);
  g_assert_true (g_file_set_contents (path, longer, (gssize) length + 1, NULL));
  g_assert_false (holds (cache, "a", 1.0f));
  put (cache, "a", 4.0f);
  g_assert_true (holds (cache, "a", 4.0f));
}

/* What is no regular file is neither waited for nor followed for ever. */
static void
test_strange_files (Fixture *f, gconstpointer data)
{
  g_autoptr (SenEncodingCache) cache = open_cache (f, 0, 1 << 20, 100);
  put (cache, "a", 1.0f);
  g_autoptr (GPtrArray) paths = files_of (f);
  g_assert_cmpint (g_unlink (paths->pdata[0]), ==, 0);
  g_assert_cmpint (mkfifo (paths->pdata[0], 0600), ==, 0);
  g_assert_false (holds (cache, "a", 1.0f));
  put (cache, "a", 2.0f);
  g_assert_true (holds (cache, "a", 2.0f));
  g_assert_cmpint (g_unlink (paths->pdata[0]), ==, 0);
  g_assert_cmpint (g_mkdir (paths->pdata[0], 0700), ==, 0);
  g_assert_false (holds (cache, "a", 2.0f));
  put (cache, "a", 3.0f);
  g_assert_false (holds (cache, "a", 3.0f));
}

/* Numbers that are none are not kept, in memory neither, and not believed even under a right checksum. */
static void
test_not_a_number (Fixture *f, gconstpointer data)
{
  float values[N];
  fill (values, 1.0f);
  values[7] = __builtin_nanf ("");
  for (size_t memory = 0; memory <= 1 << 20; memory += 1 << 20)
    {
      g_autoptr (SenEncodingCache) cache = open_cache (f, memory, 1 << 20, 100);
      sen_encoding_cache_store (cache, "a", values, N);
      g_assert_false (sen_encoding_cache_lookup (cache, "a", values, N));
      g_autoptr (GPtrArray) paths = files_of (f);
      g_assert_cmpuint (paths->len, ==, 0);
    }
  g_autoptr (SenEncodingCache) cache = open_cache (f, 0, 1 << 20, 100);
  put (cache, "a", 1.0f);
  g_autoptr (GPtrArray) paths = files_of (f);
  g_autofree char *bytes = NULL;
  gsize length, n_digest = 32;
  g_assert_true (g_file_get_contents (paths->pdata[0], &bytes, &length, NULL));
  memcpy (bytes + length - n_digest - sizeof values, values, sizeof values);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, (const guchar *) bytes, (gssize) (length - n_digest));
  g_checksum_get_digest (checksum, (guint8 *) bytes + length - n_digest, &n_digest);
  g_assert_true (g_file_set_contents (paths->pdata[0], bytes, (gssize) length, NULL));
  g_assert_false (sen_encoding_cache_lookup (cache, "a", values, N));
}

static void
age (const Fixture *f, const char *key, int seconds)
{
  g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  struct stat status;
  g_assert_cmpint (stat (path, &status), ==, 0);
  const struct timespec times[2] = { { status.st_mtim.tv_sec - seconds, 0 }, { status.st_mtim.tv_sec - seconds, 0 } };
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

/* The disk holds so many files; what was used last stays. */
static void
test_bound_files (Fixture *f, gconstpointer data)
{
  g_autoptr (SenEncodingCache) cache = open_cache (f, 0, 1 << 20, 10);
  for (int i = 0; i < 10; i++)
    {
      g_autofree char *key = g_strdup_printf ("%d", i);
      put (cache, key, (float) i);
      age (f, key, 1000 - i);
    }
  g_assert_true (holds (cache, "0", 0.0f));
  put (cache, "new", 1.0f);
  g_autoptr (GPtrArray) paths = files_of (f);
  g_assert_cmpuint (paths->len, ==, 9);
  g_assert_true (holds (cache, "0", 0.0f));
  g_assert_true (holds (cache, "new", 1.0f));
  g_assert_false (holds (cache, "1", 1.0f));
  g_assert_false (holds (cache, "2", 2.0f));
  g_assert_true (holds (cache, "3", 3.0f));
}

/* And so many bytes, whatever lies there: a stranger's file goes first when it is the oldest. */
static void
test_bound_bytes (Fixture *f, gconstpointer data)
{
  g_autoptr (SenEncodingCache) cache = open_cache (f, 0, 4000, 1000);
  for (int i = 0; i < 40; i++)
    {
      g_autofree char *key = g_strdup_printf ("%d", i);
      put (cache, key, (float) i);
      g_assert_true (holds (cache, key, (float) i));
      uint64_t used = 0;
      g_autoptr (GPtrArray) paths = files_of (f);
      for (guint j = 0; j < paths->len; j++)
        {
          struct stat status;
          g_assert_cmpint (stat (paths->pdata[j], &status), ==, 0);
          used += (uint64_t) status.st_size;
        }
      g_assert_cmpuint (used, <=, 4000);
    }
}

static void
test_memory (void)
{
  g_autoptr (SenEncodingCache) cache = open_cache (NULL, 5 * (N * sizeof (float) + 64), 0, 0);
  for (int i = 0; i < 20; i++)
    {
      g_autofree char *key = g_strdup_printf ("%d", i);
      put (cache, key, (float) i);
      g_assert_true (i < 1 || holds (cache, "0", 0.0f));
    }
  g_assert_true (holds (cache, "0", 0.0f));
  g_assert_true (holds (cache, "19", 19.0f));
  g_assert_true (holds (cache, "18", 18.0f));
  g_assert_false (holds (cache, "2", 2.0f));
}

/* A folder that cannot be made is no error. */
static void
test_no_disk (void)
{
  g_autoptr (SenEncodingCache) cache = sen_encoding_cache_new (&(SenEncodingCacheParams) {
    .folder = "/proc/nowhere", .memory_bytes = 1 << 20, .disk_bytes = 1 << 20, .n_files_max = 10,
  });
  put (cache, "a", 1.0f);
  g_assert_true (holds (cache, "a", 1.0f));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/encoding-cache/roundtrip", Fixture, NULL, set_up, test_roundtrip, tear_down);
  g_test_add ("/encoding-cache/damage", Fixture, NULL, set_up, test_damage, tear_down);
  g_test_add ("/encoding-cache/strange-files", Fixture, NULL, set_up, test_strange_files, tear_down);
  g_test_add ("/encoding-cache/not-a-number", Fixture, NULL, set_up, test_not_a_number, tear_down);
  g_test_add ("/encoding-cache/bound-files", Fixture, NULL, set_up, test_bound_files, tear_down);
  g_test_add ("/encoding-cache/bound-bytes", Fixture, NULL, set_up, test_bound_bytes, tear_down);
  g_test_add_func ("/encoding-cache/memory", test_memory);
  g_test_add_func ("/encoding-cache/no-disk", test_no_disk);
  return g_test_run ();
}
