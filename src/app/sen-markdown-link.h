/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** Asks whether to open @address, which is shown as it really is, with the user's program for it. @origin is the widget it was
 *  in. Anything but http, https and mailto is ignored. */
void sen_markdown_link_ask (GtkWidget *origin, const char *address);

G_END_DECLS
