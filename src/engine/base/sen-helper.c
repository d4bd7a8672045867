/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-helper.h"

char *
sen_helper_find (const char *name, const char *build_folder)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  if (program != NULL)
    {
      const char *places[] = { SEN_LIBEXEC_FROM_BIN, build_folder };
      g_autofree char *folder = g_path_get_dirname (program);
      for (size_t i = 0; i < G_N_ELEMENTS (places); i++)
        {
          g_autofree char *path = g_build_filename (folder, places[i], name, NULL);
          if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
            return g_steal_pointer (&path);
        }
    }
  return g_build_filename (SEN_LIBEXECDIR, name, NULL);
}
