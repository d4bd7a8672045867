/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* The program as it is installed, started and closed again. argv[1] is its path. */
static const char *app_path;

static void
start_and_close (const char *models_dir)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                                                        | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_subprocess_launcher_setenv (launcher, "GTK_A11Y", "none", TRUE);
  if (models_dir != NULL)
    g_subprocess_launcher_setenv (launcher, "SENSORIUM_MODELS", models_dir, TRUE);
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GSubprocess) process = g_subprocess_launcher_spawn (launcher, &error, app_path, "--exit-after-startup", NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_test_message ("closed by itself after %.2f s", (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  g_assert_null (strstr (output, "CRITICAL"));
  if (strstr (output, "WARNING") != NULL)
    g_test_fail_printf ("warnings: %s", output);
}

static void
write_settings (const char *text)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "sensorium", NULL);
  g_autofree char *path = g_build_filename (folder, "settings.ini", NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_first_start (void)
{
  start_and_close (NULL);
}

/* What was remembered is gone, or is nonsense: the window opens all the same. */
static void
test_vanished_model (void)
{
  write_settings ("[sensorium]\nmodel='/nowhere/at/all.gguf'\ndevice='vulkan:7'\nwindow-width=uint32 1\nwindow-height=-5\n");
  start_and_close (NULL);
  write_settings ("\xff\xfe not a key file [[[");
  start_and_close (NULL);
}

static void
test_damaged_model (void)
{
  g_autofree char *models = g_dir_make_tmp ("sensorium-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (models, "broken.gguf", NULL);
  g_assert_true (g_file_set_contents (path, "GGUF\3\0\0\0 and then nothing sensible", 32, NULL));
  start_and_close (models);
  g_unlink (path);
  g_rmdir (models);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  app_path = argv[1];
  g_test_add_func ("/startup/first", test_first_start);
  g_test_add_func ("/startup/vanished-model", test_vanished_model);
  g_test_add_func ("/startup/damaged-model", test_damaged_model);
  return g_test_run ();
}
