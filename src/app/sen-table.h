/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SEN_TYPE_TABLE (sen_table_get_type ())
G_DECLARE_FINAL_TYPE (SenTable, sen_table, SEN, TABLE, GtkWidget)

/** A table of text that grows by rows; the first row is its head. A row's height never depends on other rows, so that adding
 *  one costs the same however many there are. */
GtkWidget *sen_table_new (guint n_columns, const char *alignments);

/** @cells: [n_columns] Pango markup. (transfer full): a label for one cell is asked for by @new_label, which takes markup. */
void       sen_table_append_row (SenTable *self, char *const *cells, GtkWidget *(*new_label) (const char *markup, gpointer data),
                                 gpointer data);
guint      sen_table_n_rows (SenTable *self);

G_END_DECLS
