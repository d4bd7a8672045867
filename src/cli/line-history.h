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
guint        line_history_length (const LineHistory *self);
/** @at below the length. (transfer none) */
const char  *line_history_entry (const LineHistory *self, guint at);
/** The nearest message from *@at on, that too, to earlier (@direction < 0) or later ones that has @words in it, large and small letters
 *  being the same, and is not @but (may be NULL). On success *@at is which, *@where the byte where the words begin. */
gboolean     line_history_find (const LineHistory *self, const char *words, const char *but, int direction, guint *at, gsize *where);
/** As if leafed to message @at from @shown. */
void         line_history_go (LineHistory *self, guint at, const char *shown);
/** The message before (@direction < 0) or after the one that is shown; @shown, as it was changed, is what comes behind the last
 *  one. NULL when there is none. (transfer none) */
const char  *line_history_step (LineHistory *self, int direction, const char *shown);

G_END_DECLS
