/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-thumb-cache.h"

G_BEGIN_DECLS

#define SEN_TYPE_FILE_IMAGE (sen_file_image_get_type ())
G_DECLARE_FINAL_TYPE (SenFileImage, sen_file_image, SEN, FILE_IMAGE, GtkWidget)

/**
 * What a file looks like: its picture, or the symbol of its kind while that is not there or when there is none. It takes @width × @height
 * whatever the picture, so that nothing moves when one comes.
 */
GtkWidget *sen_file_image_new (SenThumbCache *thumbs, int width, int height);

/** What is shown from now on: at once when it is at hand; else it is asked for once somebody looks at it. NULL: nothing. */
void sen_file_image_set (SenFileImage *self, const char *path, SenFileKind kind, gint64 mtime_ns);
/** Whether somebody looks at it: what has scrolled away is not worth the work. */
void sen_file_image_set_near (SenFileImage *self, gboolean is_near);
/** A picture, not a symbol. For tests. */
gboolean sen_file_image_is_shown (SenFileImage *self);

G_END_DECLS
