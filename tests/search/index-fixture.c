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

SenStore *
open_store (const char *path, bool is_writer)
{
  g_autoptr (GError) error = NULL;
  SenStore *store = sen_store_open (&(SenStoreParams) { .path = path, .is_writer = is_writer, .n_threads = 2 }, &error);
  g_assert_no_error (error);
  return store;
}
