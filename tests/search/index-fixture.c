/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "index-fixture.h"

#include <sys/stat.h>

#include <glib/gstdio.h>

char *
make_folder (void)
{
  char *folder = g_dir_make_tmp ("sensorium-search-XXXXXX", NULL);
  g_assert_nonnull (folder);
  return folder;
}

static void
remove_tree (const char *path)
{
  struct stat status;
  if (lstat (path, &status) == 0 && S_ISDIR (status.st_mode))
    {
      g_chmod (path, 0700);
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);
          remove_tree (child);
        }
    }
  g_remove (path);
}

void
remove_folder (char *folder)
{
  remove_tree (folder);
  g_free (folder);
}

void
draw_vector (uint64_t seed, uint32_t n, float *values)
{
  uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
  for (uint32_t i = 0; i < n; i++)
    {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      values[i] = (float) (int32_t) (state >> 32) / 2147483648.0f;
    }
}

void
assert_same_neighbours (const GArray *a, const GArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const SenNeighbour *first = &g_array_index (a, SenNeighbour, i), *second = &g_array_index (b, SenNeighbour, i);
      g_assert_cmpint (first->id, ==, second->id);
      g_assert_cmpint (first->chunk, ==, second->chunk);
      g_assert_cmpint (first->content, ==, second->content);
      g_assert_cmpfloat (first->score, ==, second->score);
    }
}

SenStore *
open_store (const char *path, bool is_writer)
{
  g_autoptr (GError) error = NULL;
  SenStore *store = sen_store_open (&(SenStoreParams) { .path = path, .is_writer = is_writer, .n_threads = 2 }, &error);
  g_assert_no_error (error);
  return store;
}
