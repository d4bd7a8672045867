/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <locale.h>

#include "sen-application.h"

/* Translations beside a program that was built but not installed, as ./run starts it; or else where they are installed. */
static char *
find_locale_dir (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program != NULL ? g_path_get_dirname (program) : NULL;
  g_autofree char *built = folder != NULL ? g_build_filename (folder, "..", "..", "po", NULL) : NULL;
  if (built != NULL && g_file_test (built, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&built);
  return g_strdup (SEN_LOCALE_DIR);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_autofree char *locale_dir = find_locale_dir ();
  bindtextdomain (GETTEXT_PACKAGE, locale_dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (SenApplication) application = sen_application_new (&debug);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
