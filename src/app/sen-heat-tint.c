/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-heat-tint.h"

#include <math.h>

/* Hardly anything is to be seen of what is hardly there. */
#define MOST_ALPHA 0.9f
#define ALPHA_POWER 0.75f
/* Relative luminance at which black and white stand out alike (WCAG 2: sqrt (1.05 · 0.05) − 0.05). */
#define LIGHT_FROM 0.179f

GdkRGBA
sen_heat_tint (SenHeatMap map, float strength)
{
  guint8 rgb[3];
  strength = CLAMP (strength, map == SEN_HEAT_CHANGE ? -1.0f : 0.0f, 1.0f);
  sen_heat_colour (map, strength, rgb);
  float alpha = MOST_ALPHA * powf (fabsf (strength), ALPHA_POWER);
  return (GdkRGBA) { (float) rgb[0] / 255.0f, (float) rgb[1] / 255.0f, (float) rgb[2] / 255.0f, alpha };
}

static float
linear (float channel)
{
  return channel <= 0.04045f ? channel / 12.92f : powf ((channel + 0.055f) / 1.055f, 2.4f);
}

GdkRGBA
sen_heat_tint_on (SenHeatMap map, float strength, const GdkRGBA *ground, bool *is_light)
{
  GdkRGBA tint = sen_heat_tint (map, strength);
  GdkRGBA mixed = {
    tint.alpha * tint.red + (1.0f - tint.alpha) * ground->red, tint.alpha * tint.green + (1.0f - tint.alpha) * ground->green,
    tint.alpha * tint.blue + (1.0f - tint.alpha) * ground->blue, 1.0f
  };
  *is_light = 0.2126f * linear (mixed.red) + 0.7152f * linear (mixed.green) + 0.0722f * linear (mixed.blue) > LIGHT_FROM;
  return mixed;
}

GdkTexture *
sen_heat_texture (SenHeatMap map, const float *strengths, guint n_row, guint n_column)
{
  guint8 *pixels = g_malloc ((gsize) 4 * n_row * n_column);
  for (gsize i = 0; i < (gsize) n_row * n_column; i++)
    {
      GdkRGBA tint = sen_heat_tint (map, strengths[i]);
      pixels[4 * i] = (guint8) (tint.red * 255.0f + 0.5f);
      pixels[4 * i + 1] = (guint8) (tint.green * 255.0f + 0.5f);
      pixels[4 * i + 2] = (guint8) (tint.blue * 255.0f + 0.5f);
      pixels[4 * i + 3] = (guint8) (tint.alpha * 255.0f + 0.5f);
    }
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, (gsize) 4 * n_row * n_column);
  return gdk_memory_texture_new ((int) n_column, (int) n_row, GDK_MEMORY_R8G8B8A8, bytes, (gsize) 4 * n_column);
}
