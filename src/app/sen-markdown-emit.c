/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-markdown-private.h"

#include <cmark-gfm-core-extensions.h>
#include <string.h>

/* From the tree to the flat list. */

typedef struct {
  GPtrArray       *blocks;
  unsigned         depth;                              /* of containers, may be more than are shown */
  unsigned         n_bullet_lists;
  SenMarkdownLevel levels[SEN_MARKDOWN_MAX_LEVELS];
  int              numbers[SEN_MARKDOWN_MAX_LEVELS];   /* of the next item; 0 for bullets */
  bool             item_is_empty;                      /* nothing has come out of the item that was just entered */
} Emitter;

bool
sen_markdown_node_is (cmark_node *node, const char *type)
{
  return strcmp (cmark_node_get_type_string (node), type) == 0;
}

SenMarkdownBlock *
sen_markdown_block_new (SenMarkdownKind kind)
{
  SenMarkdownBlock *block = g_new0 (SenMarkdownBlock, 1);
  block->ref_count = 1;
  block->kind = kind;
  return block;
}

static void
add_block (Emitter *self, SenMarkdownBlock *block)
{
  block->n_levels = MIN (self->depth, SEN_MARKDOWN_MAX_LEVELS);
  memcpy (block->levels, self->levels, sizeof (SenMarkdownLevel) * block->n_levels);
  for (unsigned i = 0; i < block->n_levels; i++)
    {
      self->levels[i].is_new = false;
      self->levels[i].marker[0] = '\0';
    }
  self->item_is_empty = false;
  g_ptr_array_add (self->blocks, block);
}

static void
add_pieces (Emitter *self, SenMarkdownKind kind, guint heading_level, GPtrArray *pieces)
{
  for (unsigned i = 0; i < pieces->len; i++)
    {
      SenMarkdownBlock *block = sen_markdown_block_new (kind);
      block->heading_level = heading_level;
      block->is_continuation = i > 0;
      block->markup = g_strdup (g_ptr_array_index (pieces, i));
      add_block (self, block);
    }
  g_ptr_array_unref (pieces);
}

static void
add_code (Emitter *self, cmark_node *node)
{
  SenMarkdownBlock *block = sen_markdown_block_new (SEN_MARKDOWN_CODE);
  const char *info = cmark_node_get_fence_info (node);
  block->code = g_string_new (cmark_node_get_literal (node));
  if (block->code->len > 0 && block->code->str[block->code->len - 1] == '\n')
    g_string_truncate (block->code, block->code->len - 1);
  if (info != NULL && strcspn (info, " \t{,:") > 0)
    block->language = g_strndup (info, strcspn (info, " \t{,:"));
  add_block (self, block);
}

void
sen_markdown_emit_rows (GPtrArray *rows, cmark_node *table, guint n_columns, bool with_head)
{
  for (cmark_node *node = cmark_node_first_child (table); node != NULL; node = cmark_node_next (node))
    {
      if (!with_head && node == cmark_node_first_child (table))
        continue;
      SenMarkdownTableRow *row = g_new0 (SenMarkdownTableRow, 1);
      cmark_node *cell = cmark_node_first_child (node);
      row->cells = g_new0 (char *, n_columns + 1);
      for (unsigned i = 0; i < n_columns; i++)
        {
          g_autoptr (GPtrArray) pieces = cell != NULL ? sen_markdown_inlines (cell, false) : NULL;
          row->cells[i] = g_strdup (pieces != NULL ? g_ptr_array_index (pieces, 0) : "");
          cell = cell != NULL ? cmark_node_next (cell) : NULL;
        }
      g_ptr_array_add (rows, row);
    }
}

static void
free_row (gpointer data)
{
  SenMarkdownTableRow *row = data;
  g_strfreev (row->cells);
  g_free (row);
}

static void
add_table (Emitter *self, cmark_node *table)
{
  SenMarkdownBlock *block = sen_markdown_block_new (SEN_MARKDOWN_TABLE);
  const uint8_t *alignments = cmark_gfm_extensions_get_table_alignments (table);
  block->n_columns = MAX (cmark_gfm_extensions_get_table_columns (table), 1);
  block->alignments = g_malloc0 (block->n_columns + 1);
  for (unsigned i = 0; i < block->n_columns; i++)
    block->alignments[i] = alignments != NULL && alignments[i] != 0 ? (char) alignments[i] : '-';
  block->rows = g_ptr_array_new_with_free_func (free_row);
  sen_markdown_emit_rows (block->rows, table, block->n_columns, true);
  add_block (self, block);
}

static void
enter_list (Emitter *self, cmark_node *list, int first_number)
{
  bool is_ordered = cmark_node_get_list_type (list) == CMARK_ORDERED_LIST;
  self->n_bullet_lists += !is_ordered;
  if (self->depth < SEN_MARKDOWN_MAX_LEVELS)
    {
      self->levels[self->depth] = (SenMarkdownLevel) { 0 };
      self->numbers[self->depth] = is_ordered ? first_number : -1;
    }
  self->depth++;
}

static void
enter_item (Emitter *self, cmark_node *item)
{
  static const char *const bullets[] = { "•", "◦", "▪" };
  self->item_is_empty = true;
  if (self->depth > SEN_MARKDOWN_MAX_LEVELS)
    return;
  SenMarkdownLevel *level = &self->levels[self->depth - 1];
  int *number = &self->numbers[self->depth - 1];
  level->is_new = true;
  if (sen_markdown_node_is (item, "tasklist"))
    g_strlcpy (level->marker, cmark_gfm_extensions_get_tasklist_item_checked (item) ? "☑" : "☐", sizeof level->marker);
  else if (*number >= 0)
    g_snprintf (level->marker, sizeof level->marker, "%d.", *number);
  else
    g_strlcpy (level->marker, bullets[MIN (self->n_bullet_lists - 1, 2)], sizeof level->marker);
  if (*number >= 0)
    ++*number;
}

static void
leave_container (Emitter *self, cmark_node *node)
{
  cmark_node_type type = cmark_node_get_type (node);
  if (type == CMARK_NODE_LIST && cmark_node_get_list_type (node) != CMARK_ORDERED_LIST)
    self->n_bullet_lists--;
  if (type == CMARK_NODE_LIST || type == CMARK_NODE_BLOCK_QUOTE)
    self->depth--;
  /* An item without anything still has its marker. */
  else if ((type == CMARK_NODE_ITEM || sen_markdown_node_is (node, "tasklist")) && self->item_is_empty)
    {
      SenMarkdownBlock *block = sen_markdown_block_new (SEN_MARKDOWN_PARAGRAPH);
      block->markup = g_strdup ("");
      add_block (self, block);
    }
}

/* True: it had no blocks inside. */
static bool
enter_node (Emitter *self, cmark_node *node, int first_number)
{
  switch (cmark_node_get_type (node))
    {
    case CMARK_NODE_LIST:
      enter_list (self, node, first_number);
      return false;
    case CMARK_NODE_ITEM:
      enter_item (self, node);
      return false;
    case CMARK_NODE_BLOCK_QUOTE:
      if (self->depth < SEN_MARKDOWN_MAX_LEVELS)
        self->levels[self->depth] = (SenMarkdownLevel) { .is_quote = true, .is_new = true };
      self->depth++;
      return false;
    case CMARK_NODE_PARAGRAPH:
      add_pieces (self, SEN_MARKDOWN_PARAGRAPH, 0, sen_markdown_inlines (node, true));
      return true;
    case CMARK_NODE_HEADING:
      add_pieces (self, SEN_MARKDOWN_HEADING, cmark_node_get_heading_level (node), sen_markdown_inlines (node, true));
      return true;
    case CMARK_NODE_CODE_BLOCK:
      add_code (self, node);
      return true;
    case CMARK_NODE_HTML_BLOCK:
      add_pieces (self, SEN_MARKDOWN_PARAGRAPH, 0, sen_markdown_plain (cmark_node_get_literal (node)));
      return true;
    case CMARK_NODE_THEMATIC_BREAK:
      add_block (self, sen_markdown_block_new (SEN_MARKDOWN_RULE));
      return true;
    default:
      if (sen_markdown_node_is (node, "table"))
        {
          add_table (self, node);
          return true;
        }
      if (sen_markdown_node_is (node, "tasklist"))
        enter_item (self, node);
      return false;
    }
}

static bool
has_no_exit (cmark_node *node)
{
  cmark_node_type type = cmark_node_get_type (node);
  return type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_THEMATIC_BREAK;
}

/* By an iterator, not by recursion: nesting is up to the text. */
static void
emit_tree (Emitter *self, cmark_node *root, cmark_node *end, int first_number)
{
  cmark_iter *iter = cmark_iter_new (root);
  cmark_event_type event;
  while ((event = cmark_iter_next (iter)) != CMARK_EVENT_DONE)
    {
      cmark_node *node = cmark_iter_get_node (iter);
      if (node == end)
        break;
      if (event == CMARK_EVENT_EXIT)
        leave_container (self, node);
      else
        {
          bool is_list = cmark_node_get_type (node) == CMARK_NODE_LIST;
          int number = !is_list ? 0 : node == root ? first_number : cmark_node_get_list_start (node);
          if (enter_node (self, node, number) && !has_no_exit (node))
            cmark_iter_reset (iter, node, CMARK_EVENT_EXIT);
        }
    }
  cmark_iter_free (iter);
}

void
sen_markdown_emit (GPtrArray *blocks, cmark_node *first, cmark_node *end, const SenMarkdownListState *list)
{
  Emitter emitter = { .blocks = blocks };
  for (cmark_node *node = first; node != NULL && node != end; node = cmark_node_next (node))
    {
      bool goes_on = node == first && list->in_list;
      bool holds_end = end != NULL && cmark_node_parent (end) == node;
      emit_tree (&emitter, node, end, goes_on ? list->next_number : cmark_node_get_list_start (node));
      if (holds_end)
        return;
    }
}

/* --- Blocks ---------------------------------------------------------------------------------------------------------------------- */

SenMarkdownBlock *
sen_markdown_block_ref (SenMarkdownBlock *block)
{
  block->ref_count++;
  return block;
}

void
sen_markdown_block_unref (SenMarkdownBlock *block)
{
  if (--block->ref_count > 0)
    return;
  g_free (block->markup);
  g_free (block->language);
  g_free (block->alignments);
  g_clear_pointer (&block->rows, g_ptr_array_unref);
  if (block->code != NULL)
    g_string_free (block->code, TRUE);
  g_free (block);
}
