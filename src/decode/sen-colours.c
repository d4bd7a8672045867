/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Colours by name: hue, chroma and lightness in CIE L*C*h (D65), cut where people change the word. */
#include "sen-image.h"

#include <math.h>
#include <stdlib.h>

#define MAX_SAMPLES 100000

const char *
sen_colour_name (SenColour colour)
{
  static const char *const names[SEN_N_COLOURS] = {
    [SEN_COLOUR_BLACK] = "black",   [SEN_COLOUR_GREY] = "grey",     [SEN_COLOUR_WHITE] = "white",
    [SEN_COLOUR_RED] = "red",       [SEN_COLOUR_ORANGE] = "orange", [SEN_COLOUR_BROWN] = "brown",
    [SEN_COLOUR_YELLOW] = "yellow", [SEN_COLOUR_GREEN] = "green",   [SEN_COLOUR_TURQUOISE] = "turquoise",
    [SEN_COLOUR_BLUE] = "blue",     [SEN_COLOUR_PURPLE] = "purple", [SEN_COLOUR_PINK] = "pink",
  };
  return (unsigned) colour < SEN_N_COLOURS ? names[colour] : "";
}

typedef struct {
  float lightness, a, b;
} Lab;

static float
lab_root (float t)
{
  return t > 0.008856f ? cbrtf (t) : 7.787f * t + 16.0f / 116.0f;
}

static Lab
to_lab (const float *linear, const uint8_t *rgb)
{
  float r = linear[rgb[0]], g = linear[rgb[1]], b = linear[rgb[2]];
  float x = lab_root ((0.4124f * r + 0.3576f * g + 0.1805f * b) / 0.9505f);
  float y = lab_root (0.2126f * r + 0.7152f * g + 0.0722f * b);
  float z = lab_root ((0.0193f * r + 0.1192f * g + 0.9505f * b) / 1.0890f);
  return (Lab) { 116 * y - 16, 500 * (x - y), 200 * (y - z) };
}

static SenColour
name_colour (Lab lab)
{
  float chroma = hypotf (lab.a, lab.b);
  float hue = atan2f (lab.b, lab.a) * (180 / (float) G_PI);
  hue += hue < 0 ? 360 : 0;

  if (lab.lightness < 14 && chroma < 25)
    return SEN_COLOUR_BLACK;
  if (chroma < 12 || lab.lightness > 97)
    return lab.lightness > 88 ? SEN_COLOUR_WHITE : lab.lightness < 18 ? SEN_COLOUR_BLACK : SEN_COLOUR_GREY;
  if (hue < 20 || hue >= 340)
    return lab.lightness > 62 ? SEN_COLOUR_PINK : SEN_COLOUR_RED;
  if (hue < 47)
    return lab.lightness > 70 && chroma < 50 ? SEN_COLOUR_PINK : chroma < 45 && lab.lightness < 62 ? SEN_COLOUR_BROWN
           : lab.lightness > 58 ? SEN_COLOUR_ORANGE : SEN_COLOUR_RED;
  if (hue < 78)
    return lab.lightness < 55 || (chroma < 42 && lab.lightness < 75) ? SEN_COLOUR_BROWN : SEN_COLOUR_ORANGE;
  if (hue < 108)
    return lab.lightness < 45 || (chroma < 38 && lab.lightness < 82) ? SEN_COLOUR_BROWN : SEN_COLOUR_YELLOW;
  if (hue < 172)
    return SEN_COLOUR_GREEN;
  if (hue < 225)
    return SEN_COLOUR_TURQUOISE;
  if (hue < 307)
    return SEN_COLOUR_BLUE;
  return lab.lightness > 70 ? SEN_COLOUR_PINK : SEN_COLOUR_PURPLE;
}

SenColours
sen_image_colours (const SenImage *image)
{
  float linear[256];
  for (int i = 0; i < 256; i++)
    linear[i] = i <= 10 ? i / 255.0f / 12.92f : powf ((i / 255.0f + 0.055f) / 1.055f, 2.4f);

  /* A stride in both directions, so that no column is looked at alone. */
  size_t width = (size_t) sen_image_width (image), height = (size_t) sen_image_height (image);
  size_t stride = (size_t) ceil (sqrt ((double) (width * height) / MAX_SAMPLES));
  const uint8_t *pixels = sen_image_pixels (image);
  SenColours colours = { 0 };
  size_t counts[SEN_N_COLOURS] = { 0 }, n = 0;
  double sum = 0;
  for (size_t y = 0; y < height; y += stride)
    for (size_t x = 0; x < width; x += stride)
      {
        Lab lab = to_lab (linear, pixels + 3 * (y * width + x));
        counts[name_colour (lab)]++;
        sum += lab.lightness;
        n++;
      }

  colours.brightness = (float) CLAMP (sum / (double) n / 100, 0, 1);
  for (int i = 0; i < SEN_N_COLOURS; i++)
    {
      colours.share[i] = (float) counts[i] / (float) n;
      int at = i;
      for (; at > 0 && counts[colours.order[at - 1]] < counts[i]; at--)
        colours.order[at] = colours.order[at - 1];
      colours.order[at] = (SenColour) i;
    }
  return colours;
}
