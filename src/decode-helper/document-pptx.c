/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * PowerPoint's slides (ECMA-376, PresentationML), each a page: titles, text, tables, and the notes of who speaks. */
#include "document-zip.h"

#include <string.h>

typedef struct {
  Office      base;         /* members: slides in their order */
  GPtrArray  *ids;          /* of slides, while they are collected */
  bool        is_title;
} Pptx;

static void
on_slide_id (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Pptx *pptx = data;
  for (size_t i = 0; strcmp (xml_local (name), "sldId") == 0 && names[i] != NULL; i++)
    if (g_str_has_suffix (names[i], ":id"))
      g_ptr_array_add (pptx->ids, g_strdup (values[i]));
}

/* --- Slides ------------------------------------------------------------------------------------------------------------------------ */

static void
on_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Pptx *pptx = data;
  OfficeText *office = &pptx->base.office;
  const char *local = xml_local (name), *type = xml_attribute (names, values, "type");
  if (office->n_left_out > 0 || strcmp (local, "fld") == 0 || strcmp (local, "Fallback") == 0)
    office->n_left_out++;
  else if (strcmp (local, "sp") == 0)
    pptx->is_title = false;
  else if (strcmp (local, "ph") == 0 && type != NULL)
    pptx->is_title = strcmp (type, "title") == 0 || strcmp (type, "ctrTitle") == 0;
  else if (strcmp (local, "p") == 0 && pptx->is_title && office->n_rows == 0)
    {
      office->block.kind = SEN_BLOCK_HEADING;
      office->block.level = 1;
    }
  else if (strcmp (local, "t") == 0)
    office->is_taking = true;
  else if (strcmp (local, "br") == 0)
    g_string_append_c (office->text, '\n');
  else if (strcmp (local, "tr") == 0)
    office_begin_row (office);
  else if (strcmp (local, "tc") == 0)
    office_begin_cell (office);
}

static bool
read_slide (Pptx *pptx, const char *member, SenWireReply *reply)
{
  static const GMarkupParser parser = { .start_element = on_start, .end_element = office_on_end, .text = office_on_text };
  pptx->is_title = false;
  return archive_parse (&pptx->base.archive, member, &parser, pptx, reply);
}

static bool
step (Document *document, SenWireReply *reply)
{
  Pptx *pptx = document->state;
  Office *base = &pptx->base;
  if (base->next == base->members->len)
    {
      document->is_ended = true;
      return true;
    }
  const char *slide = g_ptr_array_index (base->members, base->next++);
  base->office.block.page = MIN (base->next, SEN_WIRE_MAX_PAGES);
  base->office.block.kind = SEN_BLOCK_PARAGRAPH;
  if (!read_slide (pptx, slide, reply))
    return false;
  g_autoptr (GHashTable) relations = archive_relations (&base->archive, slide);
  const char *notes = g_hash_table_lookup (relations, "#notesSlide");
  return notes == NULL || !archive_has (&base->archive, notes) || read_slide (pptx, notes, reply);
}

static void
close_pptx (Document *document)
{
  Pptx *pptx = document->state;
  g_ptr_array_unref (pptx->ids);
  office_close (document);
}

bool
document_open_pptx (Document *document, SenZip *zip, SenWireReply *reply)
{
  static const GMarkupParser parser = { .start_element = on_slide_id };
  static const char presentation[] = "ppt/presentation.xml";
  Pptx *pptx = (Pptx *) office_new (document, zip, SEN_DOCUMENT_SLIDES, "PowerPoint slides", sizeof *pptx);
  pptx->ids = g_ptr_array_new_with_free_func (g_free);
  document->close = close_pptx;
  document->step = step;
  office_read_facts (document, &pptx->base.archive, "docProps/core.xml");
  if (!archive_parse (&pptx->base.archive, presentation, &parser, pptx, reply))
    return false;
  g_autoptr (GHashTable) relations = archive_relations (&pptx->base.archive, presentation);
  for (guint i = 0; i < pptx->ids->len; i++)
    {
      const char *member = g_hash_table_lookup (relations, g_ptr_array_index (pptx->ids, i));
      if (member != NULL && archive_has (&pptx->base.archive, member))
        g_ptr_array_add (pptx->base.members, g_strdup (member));
    }
  document->n_pages = pptx->base.members->len;
  return true;
}
