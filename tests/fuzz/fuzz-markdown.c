/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "sen-markdown-blocks.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Any bytes are a text, and it is the same in one piece and in pieces, whose lengths come from the bytes too; what is shown is
 * markup that parses. */
static char *
dump (const uint8_t *data, size_t size, size_t step)
{
  g_autoptr (SenMarkdownBlocks) blocks = sen_markdown_blocks_new ();
  for (size_t at = 0; at < size;)
    {
      size_t n = MIN (step, size - at);
      sen_markdown_blocks_append (blocks, (const char *) data + at, (gssize) n);
      sen_markdown_blocks_update (blocks, 8 * step);
      at += n;
    }
  sen_markdown_blocks_finish (blocks);
  while (!sen_markdown_blocks_update (blocks, 8 * step))
    ;
  g_assert (sen_markdown_blocks_n_final (blocks) == sen_markdown_blocks_n (blocks));
  for (guint i = 0; i < sen_markdown_blocks_n (blocks); i++)
    {
      const SenMarkdownBlock *block = sen_markdown_blocks_get (blocks, i);
      if (block->markup == NULL)
        continue;
      g_autofree char *whole = g_strdup_printf ("<markup>%s</markup>", block->markup);
      GMarkupParseContext *parser = g_markup_parse_context_new (&(GMarkupParser) { 0 }, 0, NULL, NULL);
      g_assert (g_markup_parse_context_parse (parser, whole, -1, NULL) && g_markup_parse_context_end_parse (parser, NULL));
      g_markup_parse_context_free (parser);
    }
  return sen_markdown_blocks_dump (blocks);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 2)
    return 0;
  size_t step = 1 + data[0];
  g_autofree char *pieces = dump (data + 1, size - 1, step);
  g_autofree char *whole = dump (data + 1, size - 1, size);
  g_assert (strcmp (pieces, whole) == 0);
  return 0;
}
