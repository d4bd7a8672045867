/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What was typed before, in a file with a message a line (C escapes stand for its newlines), the last one last. Programs that
 *  run at the same time add to the same file; it is cut down to the last messages when it is next opened. A file that cannot be
 *  read or written is none. Thread-safety: none. */
typedef struct LineHistory LineHistory;

/** @path NULL: nothing is kept beyond this program. */
LineHistory *line_history_new (const char *path);
void         line_history_free (LineHistory *self);
/** Adds what is not empty and not the last one again, and ends leafing. */
void         line_history_add (LineHistory *self, const char *text);
/** The message before (@direction < 0) or after the one that is shown; @shown, as it was changed, is what comes behind the last
 *  one. NULL when there is none. (transfer none) */
const char  *line_history_step (LineHistory *self, int direction, const char *shown);

G_END_DECLS
