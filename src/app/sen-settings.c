/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-settings.h"

#define GROUP "window"

SenSettings *
sen_settings_load (void)
{
  SenSettings *settings = g_new0 (SenSettings, 1);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  settings->path = g_build_filename (g_get_user_config_dir (), "sensorium", "window.ini", NULL);
  g_key_file_load_from_file (file, settings->path, G_KEY_FILE_NONE, NULL);
  settings->model = g_key_file_get_string (file, GROUP, "model", NULL);
  settings->device = g_key_file_get_string (file, GROUP, "device", NULL);
  settings->width = g_key_file_get_integer (file, GROUP, "width", NULL);
  settings->height = g_key_file_get_integer (file, GROUP, "height", NULL);
  settings->maximized = g_key_file_get_boolean (file, GROUP, "maximized", NULL);
  if (settings->device == NULL)
    settings->device = g_strdup ("auto");
  if (settings->width < 300 || settings->height < 300)
    {
      settings->width = 960;
      settings->height = 760;
    }
  return settings;
}

void
sen_settings_save (const SenSettings *settings)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *folder = g_path_get_dirname (settings->path);
  if (settings->model != NULL)
    g_key_file_set_string (file, GROUP, "model", settings->model);
  g_key_file_set_string (file, GROUP, "device", settings->device);
  g_key_file_set_integer (file, GROUP, "width", settings->width);
  g_key_file_set_integer (file, GROUP, "height", settings->height);
  g_key_file_set_boolean (file, GROUP, "maximized", settings->maximized);
  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_key_file_save_to_file (file, settings->path, NULL);
}

void
sen_settings_free (SenSettings *settings)
{
  g_free (settings->path);
  g_free (settings->model);
  g_free (settings->device);
  g_free (settings);
}
