/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "document-text.h"

#include <stdio.h>

/* By what the decoder says of it, so that a damaged picture is told of as one. */
static bool
is_media (SenDecode *decode, SenCli *cli, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenMediaInfo) info = sen_decode_probe (decode, path, cli->cancel, &error);
  return info != NULL || !g_error_matches (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
}

static void
add_block (GString *text, const SenDocumentBlock *block)
{
  if (block->kind == SEN_BLOCK_SCAN || block->kind == SEN_BLOCK_SECTION)
    return;
  if (text->len > 0)
    g_string_append (text, block->continues ? "\n" : "\n\n");
  for (uint32_t i = 0; block->kind == SEN_BLOCK_HEADING && i < block->level; i++)
    g_string_append_c (text, '#');
  g_string_append_printf (text, "%s%s", block->kind == SEN_BLOCK_HEADING ? " " : "", block->text);
}

CliDocument *
cli_document_read (SenDecode *decode, SenCli *cli, const char *path)
{
  if (is_media (decode, cli, path))
    return NULL;
  CliDocument *result = g_new0 (CliDocument, 1);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = sen_document_open (decode, path, cli->cancel, &error);
  SenDocumentBlock block;
  while (document != NULL && sen_document_next (document, &block, cli->cancel, &error) > 0)
    {
      add_block (text, &block);
      result->n_scanned += block.kind == SEN_BLOCK_SCAN;
    }
  if (document != NULL)
    {
      const SenDocumentFacts *facts = sen_document_facts (document);
      result->format = g_strdup (facts->format);
      result->title = g_strdup (facts->title);
      result->author = g_strdup (facts->author);
      result->date = g_strdup (facts->date);
      result->language = g_strdup (facts->language);
      result->n_pages = facts->n_pages;
      result->note = g_strdup (sen_document_note (document));
    }
  if (error != NULL)
    result->error = g_strdup (error->message);
  else
    result->text = g_strdup (text->len > 0 ? g_string_append_c (text, '\n')->str : "");
  return result;
}

void
cli_document_free (CliDocument *document)
{
  if (document == NULL)
    return;
  g_free (document->format);
  g_free (document->title);
  g_free (document->author);
  g_free (document->date);
  g_free (document->language);
  g_free (document->text);
  g_free (document->note);
  g_free (document->error);
  g_free (document);
}

void
cli_document_print_facts (const CliDocument *document)
{
  if (document->text == NULL)
    return;
  printf ("%s", document->format);
  if (document->n_pages > 0)
    printf (", %u %s", document->n_pages, document->n_pages == 1 ? "page" : "pages");
  if (document->n_scanned > 0)
    printf (" (%u scanned)", document->n_scanned);
  if (document->title != NULL)
    printf (", “%s”", document->title);
  if (document->author != NULL)
    printf (" by %s", document->author);
  if (document->date != NULL)
    printf (", %s", document->date);
  if (document->language != NULL)
    printf (", %s", document->language);
  puts ("\n");
}
