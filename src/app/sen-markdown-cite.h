/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Addresses of links to sources; no text can have such a link by itself (sen-markdown-blocks.h). */
#define SEN_MARKDOWN_SOURCE "source:"

/** @markup of a block with numbers of sources, "[1]" or "[1, 3]", as links to them: SEN_MARKDOWN_SOURCE and the number, and what it is
 *  called as their title. @titles: of the sources, NULL-terminated; numbers that are none of theirs, and those in code or within links,
 *  stay text.
 *  What is shown is the same. (transfer full) */
char *sen_markdown_cite (const char *markup, const char *const *titles);

/* Around what no source says. They are of the private use area, and shown as nothing. */
#define SEN_MARKDOWN_DOUBT_BEGIN "\uE000"
#define SEN_MARKDOWN_DOUBT_END "\uE001"

/** Bytes [start, end) of what is shown. */
typedef struct {
  guint start, end;
} SenMarkdownDoubt;

/** Takes these marks out of @shown: what stood between them in the text without marks (SenMarkdownDoubt). One that is open at the end
 *  goes on to there. (transfer full) */
GArray *sen_markdown_take_doubts (GString *shown);

G_END_DECLS
