/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Programs of ours that do what this process shall not. Thread-safety: any thread. */

/** The path of a helper program: beside the running program first (in @build_folder as the build tree has it, relative to the
 *  program's folder; or in libexec, wherever the whole was moved to), then where it was installed. (transfer full) */
char *sen_helper_find (const char *name, const char *build_folder);

/** Starts a helper that gets nothing of ours but descriptors: its descriptor i is our @fds[i], or /dev/null where that is -1. None
 *  of ours may be less than its place there, or it would be overwritten before it is handed on. Signals are as at the start of a
 *  program, and the helper is a process group of its own: Ctrl+C in a terminal is for the program, which then decides.
 *  0, or the errno that says why not. */
int sen_helper_spawn (const char *path, char *const *argv, char *const *environment, const int *fds, int n_fds, pid_t *pid);

/** Gives a helper @patience_ms to end by itself, then ends it. Its wait status, or -1 when somebody else has reaped it. */
int sen_helper_end (pid_t pid, int patience_ms);

G_END_DECLS
