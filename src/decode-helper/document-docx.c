/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Word's documents (ECMA-376, WordprocessingML): the text, notes behind it, headings by their styles. */
#include "document-zip.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  Office      base;
  GHashTable *levels;       /* style id to heading level */
  char       *style;        /* while styles are read */
} Docx;

/* --- Styles ------------------------------------------------------------------------------------------------------------------------ */

/* Styles have local names as ids ("berschrift1") and, for those of Word's own, English names. */
static void
on_style_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Docx *docx = data;
  const char *local = xml_local (name), *value = xml_attribute (names, values, "val");
  uint32_t level = 0;
  if (strcmp (local, "style") == 0)
    {
      g_free (docx->style);
      docx->style = g_strdup (xml_attribute (names, values, "styleId"));
    }
  else if (strcmp (local, "name") == 0 && value != NULL)
    level = g_ascii_strncasecmp (value, "heading ", 8) == 0 ? (uint32_t) atoi (value + 8) : g_ascii_strcasecmp (value, "title") == 0;
  else if (strcmp (local, "outlineLvl") == 0 && value != NULL)
    level = (uint32_t) atoi (value) + 1;
  if (docx->style != NULL && level >= 1 && level <= 9)
    g_hash_table_insert (docx->levels, g_strdup (docx->style), GUINT_TO_POINTER (MIN (level, 6)));
}

/* --- Text -------------------------------------------------------------------------------------------------------------------------- */

static void
set_level (OfficeText *office, uint32_t level)
{
  if (level >= 1 && level <= 9 && office->n_rows == 0)
    {
      office->block.kind = SEN_BLOCK_HEADING;
      office->block.level = MIN (level, 6);
    }
}

/* In a run, not where the places of tabs are defined. */
static bool
is_in (GMarkupParseContext *context, const char *parent)
{
  const GSList *stack = g_markup_parse_context_get_element_stack (context);
  return stack->next != NULL && strcmp (xml_local (stack->next->data), parent) == 0;
}

static void
on_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Docx *docx = data;
  OfficeText *office = &docx->base.office;
  const char *local = xml_local (name), *value = xml_attribute (names, values, "val");
  /* The second form of what stands there already, for old readers. */
  if (office->n_left_out > 0 || strcmp (local, "Fallback") == 0)
    office->n_left_out++;
  else if (strcmp (local, "t") == 0)
    office->is_taking = true;
  else if (strcmp (local, "tab") == 0 && is_in (context, "r"))
    g_string_append_c (office->text, '\t');
  else if (strcmp (local, "br") == 0 || strcmp (local, "cr") == 0)
    g_string_append_c (office->text, '\n');
  else if (strcmp (local, "noBreakHyphen") == 0)
    g_string_append_c (office->text, '-');
  else if (strcmp (local, "tr") == 0)
    office_begin_row (office);
  else if (strcmp (local, "tc") == 0)
    office_begin_cell (office);
  else if (strcmp (local, "pStyle") == 0 && value != NULL)
    set_level (office, GPOINTER_TO_UINT (g_hash_table_lookup (docx->levels, value)));
  else if (strcmp (local, "outlineLvl") == 0 && value != NULL)
    set_level (office, (uint32_t) atoi (value) + 1);
}

static bool
step (Document *document, SenWireReply *reply)
{
  static const GMarkupParser parser = { .start_element = on_start, .end_element = office_on_end, .text = office_on_text };
  Docx *docx = document->state;
  if (docx->base.next == docx->base.members->len)
    document->is_ended = true;
  else
    return archive_parse (&docx->base.archive, g_ptr_array_index (docx->base.members, docx->base.next++), &parser, docx, reply);
  return true;
}

static void
close_docx (Document *document)
{
  Docx *docx = document->state;
  g_hash_table_unref (docx->levels);
  g_free (docx->style);
  office_close (document);
}

bool
document_open_docx (Document *document, SenZip *zip, SenWireReply *reply)
{
  static const GMarkupParser styles = { .start_element = on_style_start };
  static const char *const members[] = { "word/document.xml", "word/footnotes.xml", "word/endnotes.xml" };
  Docx *docx = (Docx *) office_new (document, zip, SEN_DOCUMENT_OFFICE, "Word document", sizeof *docx);
  Archive *archive = &docx->base.archive;
  SenWireReply ignored = { 0 };
  docx->levels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  document->close = close_docx;
  document->step = step;
  office_read_facts (document, archive, "docProps/core.xml");
  if (archive_has (archive, "word/styles.xml"))
    archive_parse (archive, "word/styles.xml", &styles, docx, &ignored);
  for (size_t i = 0; i < G_N_ELEMENTS (members); i++)
    if (archive_has (archive, members[i]))
      g_ptr_array_add (docx->base.members, g_strdup (members[i]));
  return true;
}
