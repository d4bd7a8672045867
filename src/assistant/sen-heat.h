/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * The one colour map for heat, in the window, in reports and in pictures: from dark violet over blue and green to light yellow.
 *
 * Steps alike in strength look alike: the path keeps an even pace in OKLab (Ottosson 2020, "A perceptual color space for image
 * processing"), and lightness rises all the way, so it can be read without colours and with any kind of colour blindness.
 */

/** sRGB of @strength, 0 to 1; beyond it the ends. */
void sen_heat_colour (float strength, guint8 rgb[3]);

G_END_DECLS
