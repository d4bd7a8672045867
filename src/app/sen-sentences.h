/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Whole sentences out of Markdown that is still being written, as they are read aloud: without its marks, links by their words,
 * code by its language alone, addresses of the web by their server. What ends a line ends a sentence.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenSentences SenSentences;

SenSentences *sen_sentences_new (void);
void          sen_sentences_free (SenSentences *self);

/** Any piece of UTF-8, cut between characters or not at all. */
void  sen_sentences_append (SenSentences *self, const char *text);
/** What has come to its end since the last call, or NULL. (transfer full) */
char *sen_sentences_take (SenSentences *self);
/** The same at the end of the text, whether or not a sentence is; begins anew. (transfer full) */
char *sen_sentences_finish (SenSentences *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenSentences, sen_sentences_free)

G_END_DECLS
