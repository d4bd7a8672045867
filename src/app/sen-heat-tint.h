/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

#include "sen-heat.h"

G_BEGIN_DECLS

/** How heat lies on what it is about: the colours of sen-heat.h, the more opaque the stronger. @strength: 0 to 1, or -1 to 1. */
GdkRGBA sen_heat_tint (SenHeatMap map, float strength);
/** The same, laid on @ground: opaque. *@is_light: black letters are read on it better than white ones. */
GdkRGBA sen_heat_tint_on (SenHeatMap map, float strength, const GdkRGBA *ground, bool *is_light);

/** @n_row × @n_column cells of heat as a picture, a pixel each. @strengths: f32 [n_row][n_column]. (transfer full) */
GdkTexture *sen_heat_texture (SenHeatMap map, const float *strengths, guint n_row, guint n_column);

G_END_DECLS
