/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>

#include "sen-error.h"

G_BEGIN_DECLS

/** Sentences with named blanks, "{name} is empty": filled where something fails, and put into a user's language where they are shown,
 *  perhaps much later and out of a database. No two blanks touch. Reentrant. */

/** @sentence with its blanks filled, by pairs of name and value that NULL ends; a blank without a value becomes nothing. (transfer full) */
char *sen_sentence_fill (const char *sentence, ...) G_GNUC_NULL_TERMINATED;
char *sen_sentence_fill_valist (const char *sentence, va_list arguments);
/** The filled sentence as @error, with @code. Always false, for who fails with it. */
bool  sen_sentence_fail_valist (GError **error, SenError code, const char *sentence, va_list arguments);

/** What was made of @sentence, in the words of @other, which has the same blanks or fewer; NULL when @text was not made of it, or is longer
 *  than any sentence.
 *  (transfer full) */
char *sen_sentence_translate (const char *text, const char *sentence, const char *other);

G_END_DECLS
