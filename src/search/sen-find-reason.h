/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/* What a search says; the sentences are in find-reasons.def. */
typedef enum {
#define REASON(name, code, sentence) SEN_FIND_REASON_##name,
#include "find-reasons.def"
#undef REASON
} SenFindReason;

/** The sentence of @reason, its blanks filled by pairs of name and value as sen_sentence_fill() does. (transfer full) */
char *sen_find_say (SenFindReason reason, ...) G_GNUC_NULL_TERMINATED;

/** Sets @error to that sentence; false. */
bool sen_find_fail (GError **error, SenFindReason reason, ...) G_GNUC_NULL_TERMINATED;
/** The same for a sentence with {count} alone. */
bool sen_find_fail_count (GError **error, SenFindReason reason, uint32_t count);

G_END_DECLS
