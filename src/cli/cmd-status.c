/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "index-report.h"
#include "sen-indexer.h"
#include "sen-json-quote.h"

static bool
run (const char *path, bool as_json, GError **error)
{
  g_autoptr (SenStore) store = sen_store_open (&(SenStoreParams) { .path = path }, error);
  g_autoptr (GString) text = g_string_new (NULL);
  bool is_locked = sen_store_is_locked (path);
  if (store == NULL)
    return false;
  if (as_json)
    {
      g_string_append (text, "{\"index\":");
      sen_json_quote (text, path);
      g_string_append_printf (text, ",\"indexing\":%s,", is_locked ? "true" : "false");
      if (!index_report_json (store, text, error))
        return false;
      g_string_append (text, "}\n");
    }
  else
    {
      g_string_append_printf (text, "Index     %s%s\n", path, is_locked ? " (being written)" : "");
      if (!index_report_text (store, text, error))
        return false;
    }
  fputs (text->str, stdout);
  return true;
}

int
sen_cli_status (SenCli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "db", 0, 0, G_OPTION_ARG_FILENAME, &path, "The index (default: the user's)", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL },
    { NULL },
  };
  if (!sen_cli_parse (cli, NULL, NULL, entries, &argc, &argv))
    return SEN_CLI_USAGE;
  if (argc > 1)
    return sen_cli_usage (cli, "“%s” is not understood.", argv[1]);
  if (path == NULL)
    path = sen_index_default_path ();
  return run (path, json, &error) ? SEN_CLI_OK : sen_cli_fail (cli, error);
}
