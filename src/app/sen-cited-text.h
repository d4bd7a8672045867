/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-grounding.h"

G_BEGIN_DECLS

/** @answer, Markdown, with what its sources say of it: behind a sentence that one of them supports its number, "[1]", unless the sentence
 *  names sources itself; and one that none supports between marks (sen-markdown-cite.h). Code stays as it is. (transfer full) */
char *sen_cited_text (const char *answer, const SenGroundingCheck *check);

G_END_DECLS
