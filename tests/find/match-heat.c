/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   match-heat DB    for tools/bench-match-heat.py: a line of standard input is "PICTURE TAB WORDS", a line of standard output the heat of the match
 *                    as JSON. DB is an index with pictures in it; models are those of the user. */
#include <stdio.h>

#include "sen-error.h"
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
  char line[65536];
  g_autoptr (GError) error = NULL;
  const SenDebug debug = sen_debug_from_env ();
  if (argc != 2)
    return 2;
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (&error);
  g_assert_no_error (error);
  g_autoptr (SenModelStore) store = sen_model_store_new (catalogue, &(SenModelStoreParams) { .models_dir = debug.models_dir });
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = debug.decode_helper });
  g_autoptr (SenFindEncoders) encoders = sen_find_encoders_new (&(SenFindEncodersParams) { .debug = &debug, .store = store, .device = "cpu" });
  g_autoptr (SenFind) find = sen_find_new (&(SenFindParams) { .path = argv[1], .encoders = encoders, .decode = decode });
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (g_strchomp (line), "\t", 2);
      SenFindHeat heat;
      if (g_strv_length (parts) != 2)
        return 2;
      if (!sen_find_heat (find, &(SenFindRequest) { .text = parts[1] }, parts[0], &heat, NULL, &error))
        {
          fprintf (stderr, "%s\n", error->message);
          return 1;
        }
      print_heat (&heat);
    }
  return 0;
}
