/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The path of a helper program: beside the running program first (in @build_folder as the build tree has it, relative to the
 *  program's folder; or in libexec, wherever the whole was moved to), then where it was installed. (transfer full) */
char *sen_helper_find (const char *name, const char *build_folder);

G_END_DECLS
