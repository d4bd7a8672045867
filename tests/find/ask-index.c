/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   ask-index DB     for tools/search-questions.py and tools/search-pictures.py: a line of standard input is "BY TAB LIMIT TAB QUERY", with the
 *                    bits of SenFindRequest.by; a line of standard output the results as JSON. Models are those of the user. */
#include <stdio.h>
#include <stdlib.h>

#include "sen-find.h"
#include "sen-json-quote.h"

static void
print_results (const SenFindResultsInfo *info)
{
  g_autoptr (GString) json = g_string_new ("{\"error\":");
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  sen_json_quote (json, info->error != NULL ? info->error->message : "");
  g_string_append_printf (json, ",\"shown\":%u,\"elapsed_ms\":%s", info->n_shown,
                          g_ascii_formatd (number, sizeof number, "%.3f", info->elapsed_ms));
  g_string_append_printf (json, ",\"encode_ms\":%s,\"results\":[", g_ascii_formatd (number, sizeof number, "%.3f", info->encode_ms));
  for (uint32_t i = 0; i < info->n; i++)
    {
      const SenFindResult *result = &info->results[i];
      g_string_append (json, i > 0 ? ",{\"path\":" : "{\"path\":");
      sen_json_quote (json, result->paths[0]);
      g_string_append_printf (json, ",\"evidence\":%u,\"strong\":%u,\"cosine\":%s,\"passage\":", result->evidence, result->strong,
                              g_ascii_formatd (number, sizeof number, "%.4f", (double) result->cosine));
      sen_json_quote (json, result->passage.text);
      g_string_append_c (json, '}');
    }
  puts (g_string_append (json, "]}")->str);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  char line[65536];
  g_autoptr (GError) error = NULL;
  const SenDebug debug = sen_debug_from_env ();
  if (argc != 2)
    return 2;
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (&error);
  g_assert_no_error (error);
  g_autoptr (SenModelStore) store = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = debug.models_dir });
  g_autoptr (SenFindEncoders) encoders = sen_find_encoders_new (&(SenFindEncodersParams) {
    .debug = &debug, .store = store, .device = "cpu", .n_threads = 2,
  });
  g_autoptr (SenFind) find = sen_find_new (&(SenFindParams) { .path = argv[1], .encoders = encoders, .n_threads = 2 });
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (g_strchomp (line), "\t", 3);
      if (g_strv_length (parts) != 3)
        return 2;
      const SenFindRequest request = { .text = parts[2], .by = (uint32_t) atoi (parts[0]), .limit = (uint32_t) atoi (parts[1]) };
      g_autoptr (SenFindResults) results = sen_find_run (find, &request, NULL);
      print_results (sen_find_results_info (results));
    }
  return 0;
}
