/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>

#include "sen-settings.h"

/* What the window remembers, on a desktop without a store of settings: so in a file, in a folder of the test's own. */

static void
write_file (const char *text)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "sensorium", NULL);
  g_autofree char *path = g_build_filename (folder, "settings.ini", NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
check_defaults (const SenSettings *settings)
{
  const SenSampling sampling = sen_sampling_default ();
  g_assert_cmpstr (settings->model, ==, "");
  g_assert_cmpstr (settings->device, ==, "auto");
  g_assert_cmpstr (settings->system_prompt, ==, "");
  g_assert_cmpuint (settings->width, ==, 1040);
  g_assert_cmpuint (settings->height, ==, 760);
  g_assert_cmpuint (settings->idle_minutes, ==, 15);
  g_assert_cmpuint (settings->n_ctx, ==, 0);
  g_assert_cmpint (settings->scheme, ==, SEN_SCHEME_SYSTEM);
  /* The schema says what the engine says. */
  g_assert_cmpfloat (settings->sampling.temperature, ==, sampling.temperature);
  g_assert_cmpuint (settings->sampling.top_k, ==, sampling.top_k);
  g_assert_cmpfloat (settings->sampling.top_p, ==, sampling.top_p);
  g_assert_cmpfloat (settings->sampling.min_p, ==, sampling.min_p);
  g_assert_cmpfloat (settings->sampling.repetition_penalty, ==, sampling.repetition_penalty);
}

static void
test_defaults (void)
{
  SenSettings *settings = sen_settings_load ();
  g_assert_nonnull (settings->store);
  check_defaults (settings);
  sen_settings_free (settings);
}

static void
test_kept (void)
{
  SenSettings *settings = sen_settings_load ();
  g_free (settings->model);
  settings->model = g_strdup ("/models/a “good” one.gguf");
  g_free (settings->system_prompt);
  settings->system_prompt = g_strdup ("Be brief.\nAnd kind.");
  settings->width = 1234;
  g_strfreev (settings->connectors);
  settings->connectors = g_strsplit ("sight-smollm2 other", " ", -1);
  settings->scheme = SEN_SCHEME_DARK;
  settings->sampling.temperature = 0.35f;
  settings->idle_minutes = 0;
  sen_settings_save (settings);
  sen_settings_free (settings);
  settings = sen_settings_load ();
  g_assert_cmpstr (settings->model, ==, "/models/a “good” one.gguf");
  g_assert_cmpstr (settings->system_prompt, ==, "Be brief.\nAnd kind.");
  g_assert_cmpuint (settings->width, ==, 1234);
  g_assert_cmpuint (g_strv_length (settings->connectors), ==, 2);
  g_assert_true (g_strv_contains ((const char *const *) settings->connectors, "sight-smollm2"));
  g_assert_cmpint (settings->scheme, ==, SEN_SCHEME_DARK);
  g_assert_cmpfloat (settings->sampling.temperature, ==, 0.35f);
  g_assert_cmpuint (settings->idle_minutes, ==, 0);
  sen_settings_reset_sampling (settings);
  g_assert_cmpfloat (settings->sampling.temperature, ==, sen_sampling_default ().temperature);
  sen_settings_free (settings);
}

/* Values out of range, of another type, and a file that is none. */
static void
test_nonsense (void)
{
  static const char *const texts[] = {
    "[sensorium]\nwindow-width=uint32 1\nwindow-height=-5\ntemperature=1e300\ntop-k='many'\nstyle='purple'\n",
    "\xff\xfe not a key file [[[", "[sensorium]\n[sensorium]\n=", "",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      write_file (texts[i]);
      SenSettings *settings = sen_settings_load ();
      check_defaults (settings);
      sen_settings_save (settings);
      sen_settings_free (settings);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("sensorium-settings-XXXXXX", NULL);
  g_assert_nonnull (folder);
  g_setenv ("XDG_CONFIG_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/defaults", test_defaults);
  g_test_add_func ("/settings/kept", test_kept);
  g_test_add_func ("/settings/nonsense", test_nonsense);
  int failed = g_test_run ();
  g_autofree char *own = g_build_filename (folder, "sensorium", NULL), *path = g_build_filename (own, "settings.ini", NULL);
  g_remove (path);
  g_rmdir (own);
  g_rmdir (folder);
  return failed;
}
