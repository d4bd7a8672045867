/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SEN_TYPE_HEAD_GRID (sen_head_grid_get_type ())
G_DECLARE_FINAL_TYPE (SenHeadGrid, sen_head_grid, SEN, HEAD_GRID, GtkWidget)

/**
 * A thumbnail for each head of each layer, a line a layer from the first on; one of them may be chosen. A thumbnail is a strip from the
 * beginning of the prompt to its end.
 *
 * The arrows go from head to head, Enter, Space and a click choose one, or none when it was chosen. To screen readers a slider that says
 * its layer and head. Signal "chosen" (int layer, int head), -1 for none.
 */
GtkWidget *sen_head_grid_new (void);

/** f32 [n_layer][n_head][n_bin], 0 to 1; copied. NULL: nothing. */
void sen_head_grid_set_strips (SenHeadGrid *self, const float *strengths, guint n_layer, guint n_head, guint n_bin);
/** Another colouring of the same heads: f32 [n_layer][n_head], -1 to 1, and @values, which are said of them; copied. NULL: the strips
 *  again. */
void sen_head_grid_set_changes (SenHeadGrid *self, const float *changes, const float *values, guint n_layer, guint n_head);
/** Nobody is told. -1: none. */
void sen_head_grid_set_chosen (SenHeadGrid *self, int layer, int head);

G_END_DECLS
