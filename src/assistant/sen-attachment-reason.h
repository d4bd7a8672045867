/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/** Why something could not be attached or understood; the sentences are in attachment-reasons.def. Thread-safe. */
typedef enum {
#define REASON(name, code, sentence) SEN_ATTACHMENT_REASON_##name,
#include "attachment-reasons.def"
#undef REASON
} SenAttachmentReason;

/** The sentence of @reason, its blanks filled by pairs of name and value as sen_sentence_fill() does. (transfer full) */
char *sen_attachment_say (SenAttachmentReason reason, ...) G_GNUC_NULL_TERMINATED;

/** Sets @error to that sentence; false. */
bool sen_attachment_fail (GError **error, SenAttachmentReason reason, ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
