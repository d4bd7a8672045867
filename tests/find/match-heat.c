/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   match-heat DB
 *
 * For tools/bench-match-heat.py: a line of standard input is "PICTURE TAB WORDS", a line of standard output the heat of the match as JSON.
 * DB is an index with pictures in it. */
#include <stdio.h>

#include "find-tool.h"
#include "sen-find.h"

static void
print_heat (const SenFindHeat *heat)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  printf ("{\"cosine\":%s", g_ascii_formatd (number, sizeof number, "%.5f", (double) heat->cosine));
  printf (",\"fall\":%s,\"side\":%d,\"heat\":[", g_ascii_formatd (number, sizeof number, "%.5f", (double) heat->fall), SEN_FIND_HEAT_SIDE);
  for (int i = 0; i < SEN_FIND_HEAT_SIDE * SEN_FIND_HEAT_SIDE; i++)
    {
      double value = (double) heat->heat[i / SEN_FIND_HEAT_SIDE][i % SEN_FIND_HEAT_SIDE];
      printf ("%s%s", i > 0 ? "," : "", g_ascii_formatd (number, sizeof number, "%.5f", value));
    }
  puts ("]}");
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  FindTool tool;
  if (argc != 2)
    return 2;
  find_tool_open (&tool, argv[1], 2);
  for (GStrv parts; (parts = find_tool_read_line (2)) != NULL; g_strfreev (parts))
    {
      g_autoptr (GError) error = NULL;
      SenFindHeat heat;
      if (g_strv_length (parts) != 2)
        return 2;
      if (!sen_find_heat (tool.find, &(SenFindRequest) { .text = parts[1] }, parts[0], &heat, NULL, &error))
        {
          fprintf (stderr, "%s\n", error->message);
          return 1;
        }
      print_heat (&heat);
    }
  find_tool_close (&tool);
  return 0;
}
