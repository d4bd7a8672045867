/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Where @needle stands in @text, whatever the case of its letters; NULL when it does not. *@end, unless NULL: behind it. */
const char *sen_find_text (const char *text, const char *needle, const char **end);
/** How often, without overlaps. */
guint       sen_find_count (const char *text, const char *needle);

/** Selects the @nth occurrence in the labels within @widget (the last one, should there be fewer: markup is not shown). The label,
 *  or NULL when there is none; *@y: of the occurrence, in the label. */
GtkLabel   *sen_find_select (GtkWidget *widget, const char *needle, guint nth, int *y);

G_END_DECLS
