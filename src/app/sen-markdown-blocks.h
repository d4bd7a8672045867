/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/** Markdown that is still being written, as a flat list of blocks to show; no GTK here.
 *
 *  CommonMark with tables, strikethrough, bare addresses and task lists, by cmark-gfm. Raw HTML is text (but <br> breaks the
 *  line), a picture is a chip with its name and address and is never loaded, mathematics stays as it is written, and a line
 *  that ends is a line that ends. Any bytes will do: what is no UTF-8, NUL, control characters and marks that turn the
 *  direction of text around become U+FFFD.
 *
 *  What is finished is never parsed again: blocks before sen_markdown_blocks_n_final() do not change, except that
 *  sen_markdown_blocks_finish() may resolve links whose addresses came last (it then starts the list anew, see there). Where
 *  the text is cut depends on the text alone, never on the pieces it came in.
 *
 *  Not thread-safe; each object may live in a thread of its own. */
typedef struct _SenMarkdownBlocks SenMarkdownBlocks;

typedef enum {
  SEN_MARKDOWN_PARAGRAPH,
  SEN_MARKDOWN_HEADING,
  SEN_MARKDOWN_CODE,
  SEN_MARKDOWN_TABLE,
  SEN_MARKDOWN_RULE,
} SenMarkdownKind;

#define SEN_MARKDOWN_MAX_LEVELS 8   /* quotes and lists around a block that are shown; deeper ones are not */

typedef struct {
  bool is_quote;       /* else a list item */
  bool is_new;         /* begins with this block */
  char marker[16];     /* of an item that begins with this block: "•", "12.", "☐", "☑"; else "" */
} SenMarkdownLevel;

typedef struct {
  char **cells;        /* [n_columns] Pango markup */
} SenMarkdownTableRow;

/** One thing to show. Reference-counted, and constant but for two: the last block may be a code block that still gets text,
 *  or a table that still gets rows; both only grow at their end, but for the line that is not finished yet. */
typedef struct {
  int              ref_count;
  SenMarkdownKind  kind;
  guint            heading_level;      /* 1 to 6 */
  bool             is_continuation;    /* of the paragraph above, which was too long for one label */
  guint            n_levels;
  SenMarkdownLevel levels[SEN_MARKDOWN_MAX_LEVELS];   /* outermost first */
  char            *markup;             /* paragraphs and headings: valid Pango markup */
  char            *language;           /* code: first word of the fence, or NULL */
  GString         *code;               /* code: lines, without the last line end */
  guint            n_columns;          /* tables: at least 1 */
  char            *alignments;         /* tables: [n_columns], 'l', 'c', 'r', or '-' for none given */
  GPtrArray       *rows;               /* tables: SenMarkdownTableRow, the first is the head */
} SenMarkdownBlock;

SenMarkdownBlock *sen_markdown_block_ref (SenMarkdownBlock *block);
void              sen_markdown_block_unref (SenMarkdownBlock *block);

SenMarkdownBlocks *sen_markdown_blocks_new (void);
void               sen_markdown_blocks_free (SenMarkdownBlocks *self);

/** @length in bytes, -1 for all. Characters may be torn apart between two calls. Only stores: the list changes in _update(). */
void sen_markdown_blocks_append (SenMarkdownBlocks *self, const char *text, gssize length);
/** No more text: an open last line counts. Takes effect in _update(). */
void sen_markdown_blocks_finish (SenMarkdownBlocks *self);
/** Brings the list up to date. Work grows with the text since the last block that is final, not with all of it. Stops soon after
 *  @limit bytes have been parsed (a block is parsed as a whole, up to 16 KiB of it) and is false then: call it again. Until it
 *  is true the end of the list is missing. */
bool sen_markdown_blocks_update (SenMarkdownBlocks *self, gsize limit);

/** Bytes that the last update had parsed. */
gsize             sen_markdown_blocks_n_parsed (const SenMarkdownBlocks *self);

guint             sen_markdown_blocks_n (const SenMarkdownBlocks *self);
/** (transfer none); NULL behind the end. */
SenMarkdownBlock *sen_markdown_blocks_get (const SenMarkdownBlocks *self, guint index);
/** That many blocks from the first one on will not change. Goes back to 0 only once, when the finish resolves links. */
guint             sen_markdown_blocks_n_final (const SenMarkdownBlocks *self);
/** 1, and 2 once it went back: the list began anew. */
guint             sen_markdown_blocks_n_readings (const SenMarkdownBlocks *self);

/** The list as text, for tests. (transfer full) */
char *sen_markdown_blocks_dump (const SenMarkdownBlocks *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMarkdownBlocks, sen_markdown_blocks_free)

G_END_DECLS
