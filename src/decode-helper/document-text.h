/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "document.h"

/** Between document-text.c, which knows lines, and document-markdown.c, which knows what they mean. */
typedef struct TextReader TextReader;

typedef struct {
  char   fence;             /* ` or ~ inside a fenced block of code, else 0 */
  size_t n_fence;
  bool   is_in_front;       /* in the facts before the text, between lines of --- */
  bool   is_in_comment;
} Markdown;

/** The paragraph that lines are added to; its kind is that of its first line. */
void     text_add_line (Document *document, SenBlockKind kind, const char *line);
void     text_end_block (Document *document);
/** Ends it as a heading. */
void     text_make_heading (Document *document, uint32_t level);
bool     text_is_open (const Document *document);
GString *text_open_block (Document *document);

/** @line is without its end and the spaces before that. */
void markdown_take_line (Document *document, Markdown *markdown, const char *line, uint32_t number);
