/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

/** How heat lies on what it is about: the one colour map (sen-heat.h), the more opaque the stronger. @strength: 0 to 1. */
GdkRGBA sen_heat_tint (float strength);
/** Light letters cannot be read on it. */
bool    sen_heat_tint_is_light (float strength);

/** @n_row × @n_column cells of heat as a picture, a pixel each. @strengths: f32 [n_row][n_column]. (transfer full) */
GdkTexture *sen_heat_texture (const float *strengths, guint n_row, guint n_column);

G_END_DECLS
