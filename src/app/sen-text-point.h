/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** The byte of @source at which the word stands that is shown at (@x, @y) of @body, whose labels show @source in order, with or without
 *  what Markdown takes out of it; -1: there is no word. Costs a walk over the text up to there. */
gssize sen_text_point (GtkWidget *body, const char *source, double x, double y);

G_END_DECLS
