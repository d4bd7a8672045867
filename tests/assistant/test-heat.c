/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-heat.h"

#include <math.h>

static double
linear (guint8 value)
{
  double v = value / 255.0;
  return v <= 0.04045 ? v / 12.92 : pow ((v + 0.055) / 1.055, 2.4);
}

static void
to_oklab (const guint8 rgb[3], double lab[3])
{
  double r = linear (rgb[0]), g = linear (rgb[1]), b = linear (rgb[2]);
  double l = cbrt (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  double m = cbrt (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  double s = cbrt (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  lab[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
  lab[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
  lab[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

/* Lightness rises from step to step, and no step looks twice as large as another. */
static void
test_even (void)
{
  double last[3], least = INFINITY, most = 0.0;
  for (int i = 0; i <= 32; i++)
    {
      guint8 rgb[3];
      double lab[3];
      sen_heat_colour ((float) i / 32.0f, rgb);
      to_oklab (rgb, lab);
      if (i > 0)
        {
          double step = sqrt (pow (lab[0] - last[0], 2.0) + pow (lab[1] - last[1], 2.0) + pow (lab[2] - last[2], 2.0));
          g_assert_cmpfloat (lab[0], >, last[0]);
          least = MIN (least, step);
          most = MAX (most, step);
        }
      for (int c = 0; c < 3; c++)
        last[c] = lab[c];
    }
  g_test_message ("steps of 1/32 are %.4f to %.4f in OKLab", least, most);
  g_assert_cmpfloat (most, <, 2.0 * least);
}

static void
test_ends (void)
{
  guint8 rgb[3], end[3];
  const float below[] = { -1.0f, -INFINITY, NAN }, above[] = { 2.0f, INFINITY };
  sen_heat_colour (0.0f, end);
  for (gsize i = 0; i < G_N_ELEMENTS (below); i++)
    {
      sen_heat_colour (below[i], rgb);
      g_assert_cmpmem (rgb, 3, end, 3);
    }
  sen_heat_colour (1.0f, end);
  for (gsize i = 0; i < G_N_ELEMENTS (above); i++)
    {
      sen_heat_colour (above[i], rgb);
      g_assert_cmpmem (rgb, 3, end, 3);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heat/even", test_even);
  g_test_add_func ("/heat/ends", test_ends);
  return g_test_run ();
}
