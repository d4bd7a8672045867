/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-find.h"
#include "sen-thumb-cache.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_CHIPS (sen_find_chips_get_type ())
G_DECLARE_FINAL_TYPE (SenFindChips, sen_find_chips, SEN, FIND_CHIPS, GtkWidget)

/**
 * What is looked for beside what is typed: pictures, other files and words, each to be more like or less like. A chip's sign turns it
 * around, its cross takes it away. Not to be seen while there are none. Signal "changed".
 */
GtkWidget *sen_find_chips_new (SenThumbCache *thumbs);

/** A file, bytes as the system has them; @is_ours: it was made for this and is deleted with its chip. False: no more fit; what is ours is
 *  deleted then too. */
gboolean sen_find_chips_add_file (SenFindChips *self, const char *path, SenFileKind kind, gboolean is_less, gboolean is_ours);
gboolean sen_find_chips_add_words (SenFindChips *self, const char *words, gboolean is_less);
void  sen_find_chips_clear (SenFindChips *self);

guint sen_find_chips_n (SenFindChips *self);
/** As parts of a request, [sen_find_chips_n()], which live until the chips change. */
void  sen_find_chips_fill (SenFindChips *self, SenFindPart *parts);

G_END_DECLS
