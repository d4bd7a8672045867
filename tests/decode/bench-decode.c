/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * For tools/bench-media.py: reads "PATH LONGEST_SIDE" lines, decodes each picture by the warm helper and prints the
 * milliseconds it took, as the application sees them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode-fixture.h"

int
main (int argc, char **argv)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = argc > 1 ? argv[1] : NULL });
  char line[4096];
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      char *space = strrchr (line, ' ');
      if (space == NULL)
        return 2;
      *space = '\0';
      const SenPictureParams params = { .longest_side = atoi (space + 1) };
      g_autoptr (GError) error = NULL;
      int64_t start = g_get_monotonic_time ();
      g_autoptr (SenImage) image = sen_decode_picture (decode, line, &params, NULL, &error);
      double ms = (double) (g_get_monotonic_time () - start) / 1000;
      if (image == NULL)
        {
          fprintf (stderr, "%s\n", error->message);
          return 1;
        }
      printf ("%.3f\n", ms);
      fflush (stdout);
    }
  return 0;
}
