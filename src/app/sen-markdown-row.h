/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-markdown-blocks.h"

G_BEGIN_DECLS

/** One block on display. */
typedef struct {
  SenMarkdownBlock *block;      /* owned */
  GtkWidget        *widget;     /* borrowed: the row, with bars of quotes and marks of lists */
  GtkWidget        *content;    /* borrowed: label, code block, table or rule */
  int               spacing;    /* above, in pixels */
  const char *const *sources;   /* borrowed: what numbers between brackets stand for, or NULL */
} SenMarkdownRow;

/** Space above @block when it follows @previous (NULL: the first). */
int             sen_markdown_row_spacing (const SenMarkdownBlock *block, const SenMarkdownBlock *previous);
/** The widget is floating, for a box. @sources as of sen_markdown_cite(), or NULL; borrowed. */
SenMarkdownRow *sen_markdown_row_new (SenMarkdownBlock *block, int spacing, const char *const *sources);
void            sen_markdown_row_free (SenMarkdownRow *self);
/** Shows @block instead, with the widgets there are; FALSE: another row is needed. */
gboolean        sen_markdown_row_update (SenMarkdownRow *self, SenMarkdownBlock *block, int spacing);
/** How much of the table or code is still to be shown: a row of a huge table is filled in steps. TRUE: more to do. */
gboolean        sen_markdown_row_fill (SenMarkdownRow *self, gint64 until_us);

G_END_DECLS
