/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-heat.h"

/* In OKLab lightness goes from 0.27 to 0.93 and hue from 308° to 105°, with a chroma of 0.135 or what sRGB holds of it; these points
 * are equally far apart along that path. */
static const guint8 colours[][3] = {
  { 0x39, 0x02, 0x57 }, { 0x39, 0x18, 0x6b }, { 0x35, 0x2a, 0x7d }, { 0x2c, 0x3c, 0x8d }, { 0x17, 0x4e, 0x99 }, { 0x00, 0x5f, 0x9a },
  { 0x00, 0x70, 0x9a }, { 0x00, 0x81, 0x9c }, { 0x00, 0x92, 0x9f }, { 0x00, 0xa2, 0xa0 }, { 0x00, 0xb3, 0x9d }, { 0x30, 0xc1, 0x96 },
  { 0x62, 0xcc, 0x8d }, { 0x8a, 0xd6, 0x85 }, { 0xb0, 0xdf, 0x7e }, { 0xd3, 0xe6, 0x7b }, { 0xf5, 0xed, 0x7c },
};

void
sen_heat_colour (float strength, guint8 rgb[3])
{
  const int n_last = G_N_ELEMENTS (colours) - 1;
  float place = strength > 0.0f ? MIN (strength, 1.0f) * (float) n_last : 0.0f;
  int i = MIN ((int) place, n_last - 1);
  float between = place - (float) i;
  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8) ((float) colours[i][c] * (1.0f - between) + (float) colours[i + 1][c] * between + 0.5f);
}
