/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <cmark-gfm.h>

#include "sen-markdown-blocks.h"

G_BEGIN_DECLS

/* Bytes on their way in: made valid, however they are cut into pieces. */
typedef struct {
  char     pending[8];   /* the beginning of a character */
  unsigned n_pending;
  bool     was_return;   /* the last one was \r: a \n now belongs to it */
} SenMarkdownInput;

void sen_markdown_input_append (SenMarkdownInput *self, GString *text, const char *bytes, gsize n_bytes);
void sen_markdown_input_finish (SenMarkdownInput *self, GString *text);

/* Addresses that are named somewhere in the text and used elsewhere: "[name]: address". */
typedef struct {
  GString *text;      /* those definitions, a line each; ends with an empty line unless it is empty */
  guint    n_lines;
} SenMarkdownDefinitions;

/* (transfer full): the tree of @definitions and then @text. Line numbers are those of both. */
cmark_node *sen_markdown_parse (const SenMarkdownDefinitions *definitions, const char *text, gsize length);
/* Collects the definitions of a finished stretch of text. */
void        sen_markdown_definitions_collect (SenMarkdownDefinitions *self, const char *text, gsize length);

/* What a tree is read with: where a list goes on that was begun in an earlier stretch. */
typedef struct {
  bool in_list;       /* the stretch begins with an item of a list that goes on */
  int  next_number;   /* of that item; 0 for bullets */
} SenMarkdownListState;

/* Appends the blocks of the children @first up to, not including, @end (NULL for all) to @blocks. @end may be an item of the
 * list that is the last child. */
void sen_markdown_emit (GPtrArray *blocks, cmark_node *first, cmark_node *end, const SenMarkdownListState *list);

/* The rows of @table but the head, appended to @rows. */
void sen_markdown_emit_rows (GPtrArray *rows, cmark_node *table, guint n_columns, bool with_head);

/* Inline content as markup, in pieces that are short enough for a label each: (element-type utf8). */
GPtrArray *sen_markdown_inlines (cmark_node *parent, bool can_split);
/* Text that is not Markdown at all, in pieces as above. */
GPtrArray *sen_markdown_plain (const char *text);

SenMarkdownBlock *sen_markdown_block_new (SenMarkdownKind kind);
bool              sen_markdown_node_is (cmark_node *node, const char *type);

G_END_DECLS
