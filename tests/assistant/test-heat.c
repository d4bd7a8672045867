/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-heat.h"

#include <math.h>
#include <string.h>

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
      sen_heat_colour (SEN_HEAT_SHARE, (float) i / 32.0f, rgb);
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

static double
distance (const double a[3], const double b[3])
{
  return sqrt (pow (a[0] - b[0], 2.0) + pow (a[1] - b[1], 2.0) + pow (a[2] - b[2], 2.0));
}

/* As people see it who lack cones for long, middle or short waves (Machado et al. 2009, "A Physiologically-based Model for Simulation of
 * Color Vision Deficiency"). */
static void
lose_cones (int which, const guint8 rgb[3], guint8 seen[3])
{
  static const double matrices[3][3][3] = {
    { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
    { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
    { { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 } },
  };
  for (int i = 0; i < 3; i++)
    {
      double value = 0.0;
      for (int j = 0; j < 3; j++)
        value += matrices[which][i][j] * linear (rgb[j]);
      value = CLAMP (value, 0.0, 1.0);
      seen[i] = (guint8) lround (255.0 * (value <= 0.0031308 ? 12.92 * value : 1.055 * pow (value, 1.0 / 2.4) - 0.055));
    }
}

/* Of a change: both sides are as far from grey as each other, step by step, and are told apart whatever cones somebody has. */
static void
test_change (void)
{
  guint8 grey[3], rgb[3], other[3];
  double middle[3], last[3], lab[3], least = INFINITY, most = 0.0;
  sen_heat_colour (SEN_HEAT_CHANGE, 0.0f, grey);
  to_oklab (grey, middle);
  for (int side = -1; side <= 1; side += 2)
    {
      memcpy (last, middle, sizeof last);
      for (int i = 1; i <= 16; i++)
        {
          sen_heat_colour (SEN_HEAT_CHANGE, (float) (side * i) / 16.0f, rgb);
          to_oklab (rgb, lab);
          double step = distance (lab, last);
          least = MIN (least, step);
          most = MAX (most, step);
          g_assert_cmpfloat (lab[0], <, last[0]);
          memcpy (last, lab, sizeof last);
        }
    }
  g_test_message ("steps of 1/16 are %.4f to %.4f in OKLab", least, most);
  g_assert_cmpfloat (most, <, 2.0 * least);
  for (int i = 1; i <= 4; i++)
    for (int which = 0; which < 3; which++)
      {
        guint8 below[3], above[3];
        double a[3], b[3];
        sen_heat_colour (SEN_HEAT_CHANGE, -0.25f * (float) i, rgb);
        sen_heat_colour (SEN_HEAT_CHANGE, 0.25f * (float) i, other);
        lose_cones (which, rgb, below);
        lose_cones (which, other, above);
        to_oklab (below, a);
        to_oklab (above, b);
        g_test_message ("%d/4 either way, cones %d lost: %.3f apart", i, which, distance (a, b));
        g_assert_cmpfloat (distance (a, b), >, 0.04 * i);
      }
  sen_heat_colour (SEN_HEAT_CHANGE, NAN, rgb);
  g_assert_cmpmem (rgb, 3, grey, 3);
}

static void
test_ends (void)
{
  guint8 rgb[3], end[3];
  const float below[] = { -1.0f, -INFINITY, NAN }, above[] = { 2.0f, INFINITY };
  sen_heat_colour (SEN_HEAT_SHARE, 0.0f, end);
  for (gsize i = 0; i < G_N_ELEMENTS (below); i++)
    {
      sen_heat_colour (SEN_HEAT_SHARE, below[i], rgb);
      g_assert_cmpmem (rgb, 3, end, 3);
    }
  sen_heat_colour (SEN_HEAT_SHARE, 1.0f, end);
  for (gsize i = 0; i < G_N_ELEMENTS (above); i++)
    {
      sen_heat_colour (SEN_HEAT_SHARE, above[i], rgb);
      g_assert_cmpmem (rgb, 3, end, 3);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heat/even", test_even);
  g_test_add_func ("/heat/change", test_change);
  g_test_add_func ("/heat/ends", test_ends);
  return g_test_run ();
}
