/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cancel.h"
#include "sen-fuse.h"

G_BEGIN_DECLS

/**
 * Which passages answer a question. A list of contents tells each once, with one of its passages; a question is answered by a passage, of
 * which a long manual has hundreds. So the passages of the best contents are compared by themselves: by the likeness to the question, and
 * by how many of its words a passage has (with its headings and the names of file and folders), each weighing by how few of the passages
 * have it. What stands in front of the best one on its page comes right behind it: there a text begins to speak of what it answers.
 *
 * Whether there is anything to read is one decision for all of them: the best one's worth has to reach a bar, which is the higher the
 * more of the question's words are in no text of a large collection. Texts on ports say little about the perfume of their authors.
 *
 * Thread-safety: as the store.
 */
typedef struct {
  SenStore       *store;
  const SenSpace *space;      /* of texts */
  const float    *vector;     /* [space->n_embd] of the question, of unit length */
  const char     *question;
  const SenQuery *query;      /* lets through */
  uint32_t        n_most;     /* passages wanted, and the one before the best; those far behind it are left out */
} SenFindBest;

/** Makes of @found, contents (SenFound) of which the first @n_shown are shown, their passages, the best first. Score and likeness of each
 *  are its own. *@n_shown is all of them or 0. */
bool sen_find_best (const SenFindBest *best, GArray *found, uint32_t *n_shown, SenCancel *cancel, GError **error);

G_END_DECLS
