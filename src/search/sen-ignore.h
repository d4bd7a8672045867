/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "sen-cancel.h"

G_BEGIN_DECLS

/**
 * Lists of what is left out, as .gitignore has them (gitignore(5)): a pattern a line, `*` and `?` and `[a-z]` within a name, `**` across
 * folders, `/` at the end for folders only, in front or in the middle for a place rather than a name, `!` for what is taken after all, `#`
 * for a comment, `\` before what is meant as it is. The last pattern that fits decides.
 *
 * Time to match is at most the product of the lengths of pattern and path, whatever the pattern. Names are bytes.
 *
 * Thread-safety: immutable.
 */
typedef struct SenIgnore SenIgnore;

#define SEN_IGNORE_MAX_BYTES (256 * 1024)
#define SEN_IGNORE_MAX_PATTERN 1024     /* bytes; longer ones are passed over */

/** What is beyond SEN_IGNORE_MAX_BYTES is passed over. */
SenIgnore *sen_ignore_new (const char *text, size_t n_bytes);
void       sen_ignore_free (SenIgnore *ignore);

typedef enum { SEN_IGNORE_UNKNOWN, SEN_IGNORE_LEFT_OUT, SEN_IGNORE_TAKEN } SenIgnoreVerdict;

/** @path is relative to the folder the list is of, "a/b". Whether a folder above it is left out is the caller's to ask. A verdict means
 *  nothing when it was cancelled. */
SenIgnoreVerdict sen_ignore_match (const SenIgnore *ignore, const char *path, bool is_folder, SenCancel *cancel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenIgnore, sen_ignore_free)

G_END_DECLS
