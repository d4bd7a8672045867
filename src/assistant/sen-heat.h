/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * The colours of heat, in the window, in reports and in pictures. Steps alike in strength look alike: the paths keep an even pace in OKLab
 * (Ottosson 2020, "A perceptual color space for image processing"). Thread-safe.
 */
typedef enum {
  SEN_HEAT_SHARE,    /* 0 to 1, from dark violet over blue and green to light yellow: lightness rises all the way, so it can be read without
                      * colours and with any kind of colour blindness */
  SEN_HEAT_CHANGE,   /* -1 to 1, from orange over grey to blue, equally far from grey on both sides: these two are told apart with any kind
                      * of colour blindness, and letters below 0 are underlined */
} SenHeatMap;

/** sRGB of @strength; beyond the map the ends. */
void sen_heat_colour (SenHeatMap map, float strength, guint8 rgb[3]);

G_END_DECLS
