/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   ask-index DB
 *
 * For tools/search-questions.py and tools/search-pictures.py: a line of standard input is "BY TAB LIMIT TAB QUERY", with the bits of
 * SenFindRequest.by; a line of standard output the results as JSON. */
#include <stdio.h>
#include <stdlib.h>

#include "find-tool.h"
#include "sen-find.h"
#include "sen-json-quote.h"

static void
print_results (const SenFindResultsInfo *info)
{
  g_autoptr (GString) json = g_string_new ("{");
  sen_json_add_text (json, "error", info->error != NULL ? info->error->message : "");
  g_string_append_printf (json, ",\"shown\":%u", info->n_shown);
  sen_json_add_number (json, "elapsed_ms", "%.3f", info->elapsed_ms);
  sen_json_add_number (json, "encode_ms", "%.3f", info->encode_ms);
  g_string_append (json, ",\"results\":[");
  for (uint32_t i = 0; i < info->n; i++)
    {
      const SenFindResult *result = &info->results[i];
      g_string_append (json, i > 0 ? ",{" : "{");
      sen_json_add_text (json, "path", result->paths[0]);
      g_string_append_printf (json, ",\"evidence\":%u,\"strong\":%u", result->evidence, result->strong);
      sen_json_add_number (json, "cosine", "%.4f", (double) result->cosine);
      for (uint32_t j = 0; j < result->n_why; j++)
        if (result->why[j].kind == SEN_FIND_BY_LOOK)
          sen_json_add_number (json, "look", "%.4f", (double) result->why[j].value);
      sen_json_add_text (json, "passage", result->passage.text);
      g_string_append_c (json, '}');
    }
  puts (g_string_append (json, "]}")->str);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  FindTool tool;
  if (argc != 2)
    return 2;
  find_tool_open (&tool, argv[1], 2);
  for (GStrv parts; (parts = find_tool_read_line (3)) != NULL; g_strfreev (parts))
    {
      if (g_strv_length (parts) != 3)
        return 2;
      const SenFindRequest request = { .text = parts[2], .by = (uint32_t) atoi (parts[0]), .limit = (uint32_t) atoi (parts[1]) };
      g_autoptr (SenFindResults) results = sen_find_run (tool.find, &request, NULL);
      print_results (sen_find_results_info (results));
    }
  find_tool_close (&tool);
  return 0;
}
