/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-markdown-blocks.h"

#include <string.h>

#include "sen-markdown-private.h"

/* In CommonMark a block is closed for good when the next one begins beside it. So the text is cut where the last block of
 * the document begins, or the last item of its last list; what stands before is final, and only what comes after is parsed
 * again. The two that get long have ways of their own: lines of code need no parser, and rows of a table only its head.
 *
 * What still gets too long in one piece is cut by force. To cut at the same place whatever pieces the text comes in, this is
 * done as soon as so many bytes are there, and looks at those alone. */
#define WINDOW_BYTES 6144
#define LARGE_WINDOW_BYTES 16384   /* of a quote or an item */

typedef enum { MODE_FLOW, MODE_CODE, MODE_TABLE } Mode;

struct _SenMarkdownBlocks {
  GString          *text;
  SenMarkdownInput  input;
  bool              is_finished;

  gsize      start;          /* in the text: what is not final begins here */
  gsize      n_tried;        /* complete bytes from there that gave no cut */
  gsize      n_seen;         /* length of the text at the last update */
  GPtrArray *blocks;         /* in the modes of code and tables, the open block is the last one */
  guint      n_final;
  gsize      n_parsed;       /* bytes, in this update */
  guint      n_readings;     /* from the beginning, so far */
  bool       is_behind;      /* the last update did not get to the end */
  bool       is_done;        /* all is final */

  SenMarkdownDefinitions definitions;
  SenMarkdownListState   list;
  Mode                   mode;

  /* MODE_CODE */
  char     fence_character;
  unsigned fence_length;
  gsize    n_lines, n_committed;   /* lines, and bytes of them, that are complete */

  /* MODE_TABLE */
  GString *table_head;             /* two lines */
};

SenMarkdownBlocks *
sen_markdown_blocks_new (void)
{
  SenMarkdownBlocks *self = g_new0 (SenMarkdownBlocks, 1);
  self->text = g_string_new (NULL);
  self->table_head = g_string_new (NULL);
  self->definitions.text = g_string_new (NULL);
  self->n_readings = 1;
  self->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_markdown_block_unref);
  return self;
}

void
sen_markdown_blocks_free (SenMarkdownBlocks *self)
{
  if (self == NULL)
    return;
  g_string_free (self->text, TRUE);
  g_string_free (self->table_head, TRUE);
  g_string_free (self->definitions.text, TRUE);
  g_ptr_array_unref (self->blocks);
  g_free (self);
}

void
sen_markdown_blocks_append (SenMarkdownBlocks *self, const char *text, gssize length)
{
  g_return_if_fail (!self->is_finished);
  sen_markdown_input_append (&self->input, self->text, text, length < 0 ? strlen (text) : (gsize) length);
}

void
sen_markdown_blocks_finish (SenMarkdownBlocks *self)
{
  if (!self->is_finished)
    sen_markdown_input_finish (&self->input, self->text);
  self->is_finished = true;
}

static const char *
tail_of (const SenMarkdownBlocks *self)
{
  return self->text->str + self->start;
}

static gsize
n_left (const SenMarkdownBlocks *self)
{
  return self->text->len - self->start;
}

/* Bytes of the tail, at most @limit, that end with a line, or the text. */
static gsize
measure_lines (const SenMarkdownBlocks *self, gsize limit)
{
  gsize left = n_left (self);
  if (self->is_finished && left <= limit)
    return left;
  const char *tail = tail_of (self);
  const char *newline = memrchr (tail, '\n', MIN (left, limit));
  return newline != NULL ? (gsize) (newline + 1 - tail) : 0;
}

static gsize
offset_of_line (const char *text, gsize length, int line)
{
  const char *p = text;
  while (--line > 0 && p < text + length)
    {
      const char *newline = memchr (p, '\n', length - (gsize) (p - text));
      p = newline != NULL ? newline + 1 : text + length;
    }
  return (gsize) (p - text);
}

static cmark_node *
parse (SenMarkdownBlocks *self, const char *text, gsize length, int *n_extra_lines)
{
  bool may_refer = self->definitions.n_lines > 0 && memchr (text, '[', length) != NULL;
  self->n_parsed += length;
  *n_extra_lines = may_refer ? (int) self->definitions.n_lines : 0;
  return sen_markdown_parse (may_refer ? &self->definitions : NULL, text, length);
}

/* --- Where to cut ---------------------------------------------------------------------------------------------------------------- */

static bool
is_paragraph (cmark_node *node)
{
  cmark_node_type type = cmark_node_get_type (node);
  return type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING;
}

/* Whether @line may be the second one of a table. */
static bool
is_delimiter_row (const char *line, gsize length)
{
  gsize i = 0;
  while (i < length && strchr ("|:- \t", line[i]) != NULL && line[i] != '\0')
    i++;
  return (i == length || line[i] == '\n') && memchr (line, '-', i) != NULL;
}

/* cmark splits a table that follows a paragraph without an empty line from it, and forgets where. */
static gsize
find_table (const char *text, gsize length)
{
  gsize previous = 0;
  for (gsize at = 0; at < length;)
    {
      gsize next = at + offset_of_line (text + at, length - at, 2);
      if (at > 0 && is_delimiter_row (text + at, next - at))
        {
          cmark_node *document = sen_markdown_parse (NULL, text + previous, next - previous);
          cmark_node *first = cmark_node_first_child (document);
          bool is_table = first != NULL && sen_markdown_node_is (first, "table");
          cmark_node_free (document);
          if (is_table)
            return previous;
        }
      previous = at;
      at = next;
    }
  return 0;
}

typedef struct {
  cmark_node *block;    /* the last of the document, which begins there unless an item does */
  cmark_node *item;     /* the last of its items, or NULL when it is the first */
  gsize       at;
  bool        is_lost;  /* nobody knows where the block begins: not at @at, which is before it */
} Cut;

static Cut
find_cut (cmark_node *document, const char *text, gsize length, int n_extra_lines)
{
  Cut cut = { .block = cmark_node_last_child (document) };
  if (cut.block == NULL)
    return cut;
  cmark_node *previous = cmark_node_previous (cut.block);
  cmark_node *begins = cut.block;
  if (cmark_node_get_type (cut.block) == CMARK_NODE_LIST)
    {
      cut.item = cmark_node_last_child (cut.block);
      if (cut.item == cmark_node_first_child (cut.block))
        cut.item = NULL;
      begins = cut.item != NULL ? cut.item : cut.block;
    }
  cut.at = offset_of_line (text, length, cmark_node_get_start_line (begins) - n_extra_lines);
  if (previous != NULL && cmark_node_get_start_line (previous) == 0)
    {
      gsize table = find_table (text + cut.at, length - cut.at);
      cut.at += table;
      cut.is_lost = table == 0;
    }
  return cut;
}

/* Inside of a line: behind a sentence or a word, and before a letter, which cannot begin anything else. */
static gsize
find_soft_place (const char *text, gsize length)
{
  gsize at_word = 0;
  while (length > 1 && (text[length - 1] & 0xC0) == 0x80)
    length--;
  for (gsize i = length - 1; i > length / 2; i--)
    {
      if (text[i - 1] != ' ' || !(g_ascii_isalpha (text[i]) || (text[i] & 0x80) != 0))
        continue;
      if (i > 1 && strchr (".!?", text[i - 2]) != NULL)
        return i;
      if (at_word == 0)
        at_word = i;
    }
  return at_word > 0 ? at_word : length - 1;
}

/* --- Steps: each true when it made progress ------------------------------------------------------------------------------------------ */

static void
advance (SenMarkdownBlocks *self, gsize n_bytes)
{
  self->start += n_bytes;
  self->n_tried = 0;
}

static void
finalize_blocks (SenMarkdownBlocks *self, gsize n_bytes)
{
  self->n_final = self->blocks->len;
  if (self->n_readings == 1)
    sen_markdown_definitions_collect (&self->definitions, tail_of (self), n_bytes);
  advance (self, n_bytes);
}

static void
remember_list (SenMarkdownBlocks *self, const Cut *cut)
{
  if (cut->item == NULL)
    {
      /* Without progress it is still the same item. */
      if (cut->at > 0)
        self->list = (SenMarkdownListState) { 0 };
      return;
    }
  bool goes_on = self->list.in_list && cmark_node_previous (cut->block) == NULL;
  int number = goes_on ? self->list.next_number : cmark_node_get_list_start (cut->block);
  for (cmark_node *item = cmark_node_first_child (cut->block); item != cut->item; item = cmark_node_next (item))
    number++;
  self->list = (SenMarkdownListState) { true, number };
}

static void
begin_code (SenMarkdownBlocks *self, cmark_node *node, int fence_length, char fence_character)
{
  gsize n_fence = offset_of_line (tail_of (self), n_left (self), 2);
  sen_markdown_emit (self->blocks, node, NULL, &(SenMarkdownListState) { 0 });
  SenMarkdownBlock *block = g_ptr_array_index (self->blocks, self->n_final);
  g_string_truncate (block->code, 0);
  self->mode = MODE_CODE;
  self->fence_length = (unsigned) fence_length;
  self->fence_character = fence_character;
  self->n_lines = self->n_committed = 0;
  advance (self, n_fence);
}

static void
begin_table (SenMarkdownBlocks *self, cmark_node *node)
{
  gsize n_head = offset_of_line (tail_of (self), n_left (self), 3);
  sen_markdown_emit (self->blocks, node, NULL, &(SenMarkdownListState) { 0 });
  SenMarkdownBlock *block = g_ptr_array_index (self->blocks, self->n_final);
  g_ptr_array_set_size (block->rows, 1);
  g_string_truncate (self->table_head, 0);
  g_string_append_len (self->table_head, tail_of (self), (gssize) n_head);
  self->mode = MODE_TABLE;
  advance (self, n_head);
}

static bool
begin_long_block (SenMarkdownBlocks *self, cmark_node *node)
{
  int length = 0, offset = 0;
  char character = 0;
  if (cmark_node_get_type (node) == CMARK_NODE_CODE_BLOCK && cmark_node_get_fenced (node, &length, &offset, &character) != 0
      && offset == 0)
    begin_code (self, node, length, character);
  else if (sen_markdown_node_is (node, "table"))
    begin_table (self, node);
  else
    return false;
  return true;
}

/* Everything in the first @n_bytes is final, whatever comes. */
static void
cut_by_force (SenMarkdownBlocks *self, gsize n_bytes)
{
  int n_extra_lines;
  cmark_node *document = parse (self, tail_of (self), n_bytes, &n_extra_lines);
  sen_markdown_emit (self->blocks, cmark_node_first_child (document), NULL, &self->list);
  cmark_node_free (document);
  self->list = (SenMarkdownListState) { 0 };
  finalize_blocks (self, n_bytes);
}

static bool
step_flow (SenMarkdownBlocks *self, gsize limit)
{
  bool is_full = n_left (self) >= limit;
  gsize length = measure_lines (self, limit);
  bool is_torn = length == 0 && is_full;
  if (is_torn)
    length = find_soft_place (tail_of (self), limit);
  if (length == 0 || (length == self->n_tried && !is_full))
    return false;

  const char *text = tail_of (self);
  int n_extra_lines;
  cmark_node *document = parse (self, text, length, &n_extra_lines);
  Cut cut = find_cut (document, text, length, n_extra_lines);
  bool has_progress = cut.block != NULL && cut.at > 0 && !is_torn && !cut.is_lost;
  if (has_progress)
    {
      sen_markdown_emit (self->blocks, cmark_node_first_child (document), cut.item != NULL ? cut.item : cut.block, &self->list);
      remember_list (self, &cut);
      finalize_blocks (self, cut.at);
    }
  if (cut.block != NULL && cut.item == NULL && !is_torn && !cut.is_lost && cmark_node_get_type (cut.block) != CMARK_NODE_LIST)
    has_progress |= begin_long_block (self, cut.block);
  bool is_flat = cut.block == NULL || is_paragraph (cut.block);
  cmark_node_free (document);

  if (has_progress)
    return true;
  if (is_full && (is_flat || is_torn || limit == LARGE_WINDOW_BYTES))
    {
      cut_by_force (self, length);
      return true;
    }
  if (is_full)
    return step_flow (self, LARGE_WINDOW_BYTES);
  self->n_tried = length;
  return false;
}

static bool
closes_fence (const SenMarkdownBlocks *self, const char *line, gsize length)
{
  gsize i = 0, n_fence = 0;
  while (i < length && line[i] == ' ')
    i++;
  if (i > 3)
    return false;
  for (; i < length && line[i] == self->fence_character; i++)
    n_fence++;
  while (i < length && (line[i] == ' ' || line[i] == '\t'))
    i++;
  return i == length && n_fence >= self->fence_length;
}

static void
end_long_block (SenMarkdownBlocks *self)
{
  self->mode = MODE_FLOW;
  self->list = (SenMarkdownListState) { 0 };
  self->n_final = self->blocks->len;
}

static void
append_code_line (SenMarkdownBlocks *self, GString *code, const char *line, gsize length)
{
  if (self->n_lines > 0)
    g_string_append_c (code, '\n');
  g_string_append_len (code, line, (gssize) length);
}

static bool
step_code (SenMarkdownBlocks *self)
{
  SenMarkdownBlock *block = g_ptr_array_index (self->blocks, self->n_final);
  gsize n_complete = measure_lines (self, G_MAXSIZE), at = 0;
  const char *tail = tail_of (self);
  bool is_closed = false;
  while (at < n_complete && !is_closed)
    {
      gsize next = at + offset_of_line (tail + at, n_complete - at, 2);
      gsize length = next - at - (tail[next - 1] == '\n');
      is_closed = closes_fence (self, tail + at, length);
      if (!is_closed)
        {
          append_code_line (self, block->code, tail + at, length);
          self->n_lines++;
        }
      at = next;
    }
  advance (self, at);
  self->n_committed = block->code->len;
  if (!is_closed && !self->is_finished)
    return false;
  end_long_block (self);
  return true;
}

static gsize
find_blank_line (const char *text, gsize length)
{
  for (gsize at = 0; at < length; at += offset_of_line (text + at, length - at, 2))
    {
      gsize i = at;
      while (i < length && (text[i] == ' ' || text[i] == '\t'))
        i++;
      if (i == length || text[i] == '\n')
        return at;
    }
  return length;
}

static bool
step_table (SenMarkdownBlocks *self)
{
  SenMarkdownBlock *block = g_ptr_array_index (self->blocks, self->n_final);
  gsize n_complete = measure_lines (self, WINDOW_BYTES);
  gsize n_rows = find_blank_line (tail_of (self), n_complete);
  bool is_endless = n_complete == 0 && n_left (self) >= WINDOW_BYTES;   /* a row longer than that: text */
  bool is_closed = n_rows < n_complete || is_endless;
  if (n_rows > 0)
    {
      g_autoptr (GString) table = g_string_new_len (self->table_head->str, (gssize) self->table_head->len);
      g_string_append_len (table, tail_of (self), (gssize) n_rows);
      int n_extra_lines;
      cmark_node *document = parse (self, table->str, table->len, &n_extra_lines);
      cmark_node *node = cmark_node_first_child (document);
      cmark_node *next = node != NULL ? cmark_node_next (node) : NULL;
      bool is_table = node != NULL && sen_markdown_node_is (node, "table");
      if (is_table)
        sen_markdown_emit_rows (block->rows, node, block->n_columns, false);
      if (next != NULL || !is_table)
        {
          gsize end = next != NULL && is_table
                        ? offset_of_line (table->str, table->len, cmark_node_get_start_line (next) - n_extra_lines) : 0;
          n_rows = end > self->table_head->len ? end - self->table_head->len : 0;
          is_closed = true;
        }
      cmark_node_free (document);
      advance (self, n_rows);
    }
  if (is_closed || (self->is_finished && n_left (self) == 0))
    {
      end_long_block (self);
      return true;
    }
  return n_rows > 0;
}

static bool
step (SenMarkdownBlocks *self)
{
  if (n_left (self) == 0 && self->mode == MODE_FLOW)
    return false;
  return self->mode == MODE_CODE ? step_code (self) : self->mode == MODE_TABLE ? step_table (self)
                                                                              : step_flow (self, WINDOW_BYTES);
}

/* --- The tail ---------------------------------------------------------------------------------------------------------------------- */

/* An unfinished line that may yet become nearly anything is not shown, so that no rule or heading flashes up where a list is
 * about to begin. */
static gsize
measure_shown (const SenMarkdownBlocks *self)
{
  const char *tail = tail_of (self);
  gsize length = n_left (self);
  gsize line = measure_lines (self, G_MAXSIZE);
  gsize i = line;
  while (i < length && strchr (" \t-=#*+>|`~:_.)0123456789", tail[i]) != NULL && tail[i] != '\0')
    i++;
  return i == length && !self->is_finished && length - line < 64 ? line : length;
}

static void
show_tail (SenMarkdownBlocks *self)
{
  gsize length = measure_shown (self);
  if (self->mode == MODE_TABLE || length == 0)
    return;
  if (self->mode == MODE_CODE)
    {
      SenMarkdownBlock *block = g_ptr_array_index (self->blocks, self->n_final);
      append_code_line (self, block->code, tail_of (self), length);
      return;
    }
  int n_extra_lines;
  cmark_node *document = parse (self, tail_of (self), length, &n_extra_lines);
  sen_markdown_emit (self->blocks, cmark_node_first_child (document), NULL, &self->list);
  cmark_node_free (document);
}

/* Takes what is complete into the list; false when that would be more than @limit bytes. */
static bool
consume (SenMarkdownBlocks *self, gsize limit)
{
  do
    if (self->n_parsed >= limit)
      return false;
  while (step (self));
  if (self->is_finished && n_left (self) > 0)
    cut_by_force (self, n_left (self));
  return true;
}

/* Everything once more, for what refers to an address that came later. */
static void
begin_again (SenMarkdownBlocks *self)
{
  g_ptr_array_set_size (self->blocks, 0);
  self->n_final = 0;
  self->list = (SenMarkdownListState) { 0 };
  self->start = self->n_tried = 0;
  self->n_readings++;
}

static void
remove_tail (SenMarkdownBlocks *self)
{
  if (self->mode == MODE_FLOW)
    g_ptr_array_set_size (self->blocks, (gint) self->n_final);
  else if (self->mode == MODE_CODE)
    {
      SenMarkdownBlock *block = g_ptr_array_index (self->blocks, self->n_final);
      g_string_truncate (block->code, self->n_committed);
    }
}

bool
sen_markdown_blocks_update (SenMarkdownBlocks *self, gsize limit)
{
  if (self->is_done || (self->text->len == self->n_seen && !self->is_finished && !self->is_behind))
    return true;
  self->n_seen = self->text->len;
  self->n_parsed = 0;
  remove_tail (self);
  bool is_read = consume (self, limit);
  if (is_read && self->is_finished && self->n_readings == 1 && self->definitions.n_lines > 0)
    {
      begin_again (self);
      is_read = consume (self, limit);
    }
  self->is_behind = !is_read;
  self->is_done = is_read && self->is_finished;
  if (is_read && !self->is_finished)
    show_tail (self);
  return is_read;
}

gsize
sen_markdown_blocks_n_parsed (const SenMarkdownBlocks *self)
{
  return self->n_parsed;
}

guint
sen_markdown_blocks_n_readings (const SenMarkdownBlocks *self)
{
  return self->n_readings;
}

guint
sen_markdown_blocks_n (const SenMarkdownBlocks *self)
{
  return self->blocks->len;
}

SenMarkdownBlock *
sen_markdown_blocks_get (const SenMarkdownBlocks *self, guint index)
{
  return index < self->blocks->len ? g_ptr_array_index (self->blocks, index) : NULL;
}

guint
sen_markdown_blocks_n_final (const SenMarkdownBlocks *self)
{
  return self->n_final;
}

/* --- For tests ----------------------------------------------------------------------------------------------------------------------- */

static void
dump_block (GString *dump, const SenMarkdownBlock *block)
{
  static const char *const names[] = { "paragraph", "heading", "code", "table", "rule" };
  for (guint i = 0; i < block->n_levels; i++)
    g_string_append_printf (dump, "%s%s%s ", block->levels[i].is_quote ? ">" : "-", block->levels[i].is_new ? "!" : "",
                            block->levels[i].marker);
  g_string_append (dump, names[block->kind]);
  if (block->kind == SEN_MARKDOWN_HEADING)
    g_string_append_printf (dump, " %u", block->heading_level);
  if (block->is_continuation)
    g_string_append (dump, " +");
  if (block->kind == SEN_MARKDOWN_CODE)
    g_string_append_printf (dump, " %s [%s]", block->language != NULL ? block->language : "", block->code->str);
  else if (block->kind == SEN_MARKDOWN_TABLE)
    g_string_append_printf (dump, " %s", block->alignments);
  else if (block->markup != NULL)
    g_string_append_printf (dump, " [%s]", block->markup);
  g_string_append_c (dump, '\n');
  for (guint i = 0; block->rows != NULL && i < block->rows->len; i++)
    {
      const SenMarkdownTableRow *row = g_ptr_array_index (block->rows, i);
      g_autofree char *cells = g_strjoinv (" | ", row->cells);
      g_string_append_printf (dump, "  %s\n", cells);
    }
}

char *
sen_markdown_blocks_dump (const SenMarkdownBlocks *self)
{
  GString *dump = g_string_new (NULL);
  for (guint i = 0; i < self->blocks->len; i++)
    dump_block (dump, g_ptr_array_index (self->blocks, i));
  return g_string_free (dump, FALSE);
}
