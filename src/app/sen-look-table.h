/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SEN_TYPE_LOOK_TABLE (sen_look_table_get_type ())
G_DECLARE_FINAL_TYPE (SenLookTable, sen_look_table, SEN, LOOK_TABLE, GtkWidget)

/** Two columns of text, a line a word and its number: the same as the colours say, for those who do not see them. */
GtkWidget *sen_look_table_new (void);

/** Of something else than attention: heads of the columns, and what screen readers call the table. */
void sen_look_table_set_titles (SenLookTable *self, const char *texts, const char *numbers, const char *label);
/** In place of all lines. @texts, @numbers: [@n] */
void sen_look_table_set_lines (SenLookTable *self, const char *const *texts, const char *const *numbers, guint n);

G_END_DECLS
