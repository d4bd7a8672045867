/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-find-results.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_LINE (sen_find_line_get_type ())
G_DECLARE_FINAL_TYPE (SenFindLine, sen_find_line, SEN, FIND_LINE, GtkWidget)

/**
 * A line of text in a cell of what was found, or a few, with what matched in bold.
 *
 * A label asks for a new layout of the window with every text, since any might need more room. Here one line is as high as its font,
 * and what it says is laid out when it is first drawn: so what changes with every letter that is typed, and what flies past, is only
 * painted. For screen readers the cell says it all.
 */

/** One line, cut at the @ellipsize of it to the width that there is; PANGO_ELLIPSIZE_NONE: it takes the width that it needs. */
GtkWidget *sen_find_line_new (PangoEllipsizeMode ellipsize);
/** As many lines as the text needs, at most @n_most, and then cut at its end. */
GtkWidget *sen_find_line_new_wrapped (int n_most);

/** Where it is cut from now on; not to or from PANGO_ELLIPSIZE_NONE. */
void sen_find_line_set_ellipsize (SenFindLine *self, PangoEllipsizeMode ellipsize);
/** @text is copied. */
void sen_find_line_set (SenFindLine *self, const SenFindText *text);
void sen_find_line_set_plain (SenFindLine *self, const char *text);

G_END_DECLS
