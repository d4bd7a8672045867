/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

#include "sen-heat.h"

G_BEGIN_DECLS

#define SEN_TYPE_HEAT_LEGEND (sen_heat_legend_get_type ())
G_DECLARE_FINAL_TYPE (SenHeatLegend, sen_heat_legend, SEN, HEAT_LEGEND, GtkWidget)

/** What the colours say, in numbers. */
GtkWidget *sen_heat_legend_new (void);

/** The strongest colour is a share of @most; the scale is linear from 0, or @n_decades powers of ten below it. */
void sen_heat_legend_set_scale (SenHeatLegend *self, double most, guint n_decades);
/** The strongest colours are a change of -@most and +@most; the scale is linear. */
void sen_heat_legend_set_changes (SenHeatLegend *self, double most);

/** "41 %", "0.3 %", "0.02 %": with as many digits as tell something. (transfer full) */
char *sen_heat_format_share (double share);
/** "+2.4", "−0.31", "0": a change of a logarithm. (transfer full) */
char *sen_heat_format_change (double change);
/** What @map shows. (transfer full) */
char *sen_heat_format (SenHeatMap map, double weight);

G_END_DECLS
