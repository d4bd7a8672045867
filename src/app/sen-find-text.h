/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Where @needle stands in @text, whatever the case of its letters; NULL when it does not. *@end, unless NULL: behind it. */
const char *sen_find_text (const char *text, const char *needle, const char **end);
/** How often, without overlaps. */
guint       sen_find_count (const char *text, const char *needle);

/** In bytes of the text of a label. */
typedef struct {
  int start, stop;
} SenFoundText;

/** The label within @widget that has the @nth occurrence (the last one, should there be fewer: markup is not shown), which goes to *@found;
 *  NULL when there is none. */
GtkLabel *sen_find_label (GtkWidget *widget, const char *needle, guint nth, SenFoundText *found);
/** Selects it in @label, which is laid out; where it stands in it, from the top. */
int       sen_find_select (GtkLabel *label, const SenFoundText *found);

G_END_DECLS
