/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <locale.h>

#include "sen-application.h"

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  /* Numbers in files and in JSON have a point, whatever the language. */
  setlocale (LC_NUMERIC, "C");
  bindtextdomain (GETTEXT_PACKAGE, SEN_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (SenApplication) application = sen_application_new (&debug);
  return g_application_run (G_APPLICATION (application), argc, argv);
}
