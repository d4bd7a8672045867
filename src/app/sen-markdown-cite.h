/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Addresses of links to sources; no text can have such a link by itself (sen-markdown-blocks.h). */
#define SEN_MARKDOWN_SOURCE "source:"

/** @markup of a block with numbers of sources, "[1]" or "[1, 3]", as links to them: SEN_MARKDOWN_SOURCE and the number, and what it is called as
 *  their title. @titles: of the sources, NULL-terminated; numbers that are none of theirs, and those in code or within links, stay text. What is
 *  shown is the same. (transfer full) */
char *sen_markdown_cite (const char *markup, const char *const *titles);

G_END_DECLS
