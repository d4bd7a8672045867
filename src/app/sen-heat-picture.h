/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-heat.h"

G_BEGIN_DECLS

#define SEN_TYPE_HEAT_PICTURE (sen_heat_picture_get_type ())
G_DECLARE_FINAL_TYPE (SenHeatPicture, sen_heat_picture, SEN, HEAT_PICTURE, GtkWidget)

/** A picture with a grid of heat over all of it, as wide as there is room and no higher than a part of a pane. To screen readers an image;
 *  its label and description are the caller's. */
GtkWidget *sen_heat_picture_new (void);

/** NULL while it is not there; its shape is known before: @aspect, width by height. */
void sen_heat_picture_set_picture (SenHeatPicture *self, GdkPaintable *picture, double aspect);
/** f32 [n_row][n_column], 0 to 1, or of a change -1 to 1; copied. NULL: no heat. */
void sen_heat_picture_set_heat (SenHeatPicture *self, SenHeatMap map, const float *strengths, guint n_row, guint n_column);

/** What the tooltip says of a cell. (transfer full) */
typedef char *(*SenHeatPictureDescribe) (guint row, guint column, gpointer user_data);
void sen_heat_picture_set_describe (SenHeatPicture *self, SenHeatPictureDescribe describe, gpointer user_data);

G_END_DECLS
