/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* What an index, and what fills it, says; the sentences are in index-reasons.def. */
typedef enum {
#define REASON(name, code, sentence) SEN_INDEX_REASON_##name,
#include "index-reasons.def"
#undef REASON
} SenIndexReason;

/** The sentence of @reason, its blanks filled by pairs of name and value as sen_sentence_fill() does. (transfer full) */
char *sen_index_say (SenIndexReason reason, ...) G_GNUC_NULL_TERMINATED;

/** Sets @error to that sentence; false. */
bool sen_index_fail (GError **error, SenIndexReason reason, ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
