/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SEN_TYPE_COLUMN (sen_column_get_type ())
G_DECLARE_FINAL_TYPE (SenColumn, sen_column, SEN, COLUMN, GtkWidget)

/** Children below each other, of which only those in sight are drawn. Add and remove them by gtk_widget_insert_before() and
 *  gtk_widget_unparent().
 *
 *  A label takes about a millisecond for a thousand letters, and GTK lays out all labels there are. So of a column with much text only what
 *  is in sight is laid out; the rest keeps its place by a guess, which what has been measured makes better. When a guess turns out wrong
 *  what is seen stays where it is and the scrollbar moves. Labels out of sight are there, for screen readers and whoever looks
 *  for words, but not mapped; those that the keyboard comes to next are. While it is scrolled by momentum GTK goes by its own reckoning of
 *  where it is, so that a wrong guess above may be seen as a jump. */
GtkWidget *sen_column_new (void);

/** @child, or a label in it, shows @text, and may be laid out when it comes into sight. Children without a text are measured always. When
 *  the text becomes another, call it again. */
void       sen_column_set_text (GtkWidget *child, const char *text, gboolean is_wrapped);

/** Where the top of @descendant is in @root, *@y: of a label in columns, however many there are around it. FALSE: it is not laid out, and
 *  that is a guess, good enough to bring it into sight. */
gboolean   sen_column_find (GtkWidget *descendant, GtkWidget *root, double *y);

G_END_DECLS
