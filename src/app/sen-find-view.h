/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-find-cell.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_VIEW (sen_find_view_get_type ())
G_DECLARE_FINAL_TYPE (SenFindView, sen_find_view, SEN, FIND_VIEW, GtkWidget)

/**
 * A SenFindList as a grid of tiles or a list of rows. Scrolled by itself, it has a few cells that are used again and again however long the
 * list; else it is as high as all of it. Pictures are asked for of what can be seen, and a little more.
 *
 * Arrows walk, Enter and a double click activate, Space and a click peek, the menu key asks for a menu.
 * Signals, each with the SenFindItem: "activated"; "chosen": it is the one that actions are about; "peek": somebody wants to see more of
 * it; "menu" (GtkWidget *cell, double x, double y); without one "leave-up": Up in the first row; "let-go": it is held no longer.
 */
GtkWidget   *sen_find_view_new (SenThumbCache *thumbs, gboolean is_grid, gboolean is_scrolled, const char *label);
SenFindList *sen_find_view_list (SenFindView *self);
/** What is chosen, or NULL. (transfer none) */
SenFindItem *sen_find_view_chosen (SenFindView *self);
void         sen_find_view_choose (SenFindView *self, guint position);   /* GTK_INVALID_LIST_POSITION: none */
/** The keyboard goes to what is chosen, or the first one; false when there is none. */
gboolean     sen_find_view_focus (SenFindView *self);
/** A button is down on it, or something is being dragged off it. Who sets another list now takes the cell from under the
 * hand: the click hits something else, the drag ends. */
gboolean     sen_find_view_is_held (SenFindView *self);
/** The cell that shows @item, or NULL. */
SenFindCell *sen_find_view_cell (SenFindView *self, SenFindItem *item);
/** Cells that are made, and those of them whose pictures are there. For tests. */
guint        sen_find_view_n_cells (SenFindView *self, guint *n_pictures);

G_END_DECLS
