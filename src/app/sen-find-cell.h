/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-find-list.h"
#include "sen-thumb-cache.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_CELL (sen_find_cell_get_type ())
G_DECLARE_FINAL_TYPE (SenFindCell, sen_find_cell, SEN, FIND_CELL, GtkWidget)

/**
 * A file that was found: as a tile, its picture with name and reason below, or as a row, with the passage that matches. Cells are made
 * once and shown with one file after another. They are dragged out as the file.
 *
 * Signals: "pressed" (gint n_press); "menu" (double x, double y); "dragged" (gboolean begins): it is being dragged, until it is no more.
 */
GtkWidget   *sen_find_cell_new (SenThumbCache *thumbs, gboolean is_tile);
/** NULL: nothing. What it had shown is there until it is filled. */
void         sen_find_cell_set_item (SenFindCell *self, SenFindItem *item);
/** Shows its item, if it does not yet: what flies past unseen is not worth the work. */
void         sen_find_cell_fill (SenFindCell *self);
SenFindItem *sen_find_cell_item (SenFindCell *self);   /* (transfer none) */
/** As sen_file_image_set_near(). */
void         sen_find_cell_set_near (SenFindCell *self, gboolean is_near);
/** Its picture is there. For tests. */
gboolean     sen_find_cell_has_picture (SenFindCell *self);

/** What is dragged out of the window, or copied: the file for those who take files, its path for those who take text. (transfer full) */
GdkContentProvider *sen_find_item_content (SenFindItem *item);

G_END_DECLS
