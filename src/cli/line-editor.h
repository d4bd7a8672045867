/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Messages typed on a terminal: editing, several lines, pasted text, and what was typed before.
 *
 * Enter ends a message; Alt+Enter, Ctrl+J (and Shift+Enter where the terminal tells it apart) or a backslash before Enter begin
 * a new line, and pasted text keeps its lines. Long lines break between words. Up and Down move between the lines, and beyond them to
 * earlier and later messages; Ctrl+R looks for one by words of it (again: an earlier one, Ctrl+S: a later one, Ctrl+G or Ctrl+C: back to
 * what was written, any other key goes on with what was found). Home, End, Ctrl+arrows, and the keys that shells share: Ctrl+A E B F P N H
 * D W U K L Z, Alt+B F D. Wide and combining characters take the room they have on the screen; a terminal that changes its width is drawn
 * anew.
 *
 * Only ECMA-48 sequences and bracketed paste are used, so it works over ssh and in tmux. The terminal is in its usual mode
 * whenever line_editor_read() is not running.
 *
 * Thread-safety: one editor a process, used by one thread (it listens for SIGWINCH).
 */
typedef struct LineEditor LineEditor;

typedef enum {
  LINE_DONE,
  LINE_INTERRUPTED,   /* Ctrl+C */
  LINE_END,           /* Ctrl+D on an empty line, a signal, or the terminal is gone */
} LineEnd;

/** Whether @in and @out are a terminal that can be edited on. */
gboolean    line_editor_is_possible (int in, int out);
/** @wake: what can be read from when reading shall end (LINE_END); -1: nothing. @history_path: a file that keeps messages from one time to
 *  the next (NULL keeps none); readable by the user alone. @commands: completed by Tab at the beginning; NULL-terminated, borrowed, may be
 *  NULL. */
LineEditor *line_editor_new (int in, int out, int wake, const char *history_path, const char *const *commands);
void        line_editor_free (LineEditor *self);
/** Reads a message, which begins as @initial (may be NULL); "" unless @end is LINE_DONE. At most a MiB, valid UTF-8. (transfer full) */
char       *line_editor_read (LineEditor *self, const char *initial, LineEnd *end);

G_END_DECLS
