/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * OpenDocument (ISO 26300): texts, slides, whose frames are paragraphs of a page, and tables, whose sheets are pages. */
#include "document-zip.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  Office   base;
  uint32_t n_paragraphs;    /* open, one in the other: notes stand inside of what they belong to */
  bool     is_title;        /* in the frame of a slide's title */
  bool     is_sheet;
  bool     is_done;
} Odf;

static bool
is_one_of (const char *name, const char *const *names)
{
  for (; *names != NULL; names++)
    if (strcmp (name, *names) == 0)
      return true;
  return false;
}

/* Deleted text, remarks, numbers of notes. */
static const char *const left_out[] = { "tracked-changes", "annotation", "note-citation", "forms", NULL };

static void
begin_paragraph (Odf *odf, uint32_t level)
{
  OfficeText *office = &odf->base.office;
  if (odf->n_paragraphs++ > 0)
    {
      g_string_append_c (office->text, ' ');
      return;
    }
  office->is_taking = true;
  if (office->n_rows == 0 && (level > 0 || odf->is_title))
    {
      office->block.kind = SEN_BLOCK_HEADING;
      office->block.level = CLAMP (level, 1, 6);
    }
}

static uint32_t
number (const char *text, uint32_t otherwise)
{
  return text != NULL ? (uint32_t) CLAMP (atoi (text), 0, 1000) : otherwise;
}

static void
on_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error)
{
  Odf *odf = data;
  OfficeText *office = &odf->base.office;
  const char *local = xml_local (name), *class = xml_attribute (names, values, "class");
  if (office->n_left_out > 0 || is_one_of (local, left_out))
    office->n_left_out++;
  else if (strcmp (local, "h") == 0)
    begin_paragraph (odf, number (xml_attribute (names, values, "outline-level"), 1));
  else if (strcmp (local, "p") == 0)
    begin_paragraph (odf, 0);
  else if (strcmp (local, "s") == 0)
    for (uint32_t n = MIN (number (xml_attribute (names, values, "c"), 1), 100); n > 0 && office->is_taking; n--)
      g_string_append_c (office->text, ' ');
  else if (strcmp (local, "tab") == 0)
    g_string_append_c (office->text, '\t');
  else if (strcmp (local, "line-break") == 0)
    g_string_append_c (office->text, '\n');
  else if (strcmp (local, "table-row") == 0)
    office_begin_row (office);
  else if (strcmp (local, "table-cell") == 0 || strcmp (local, "covered-table-cell") == 0)
    office_begin_cell (office);
  else if (strcmp (name, "draw:page") == 0 || (odf->is_sheet && strcmp (local, "table") == 0))
    {
      office->block.page = MIN (office->block.page + 1, SEN_WIRE_MAX_PAGES);
      const char *title = odf->is_sheet ? xml_attribute (names, values, "name") : NULL;
      if (title != NULL)
        document_add (office->document, (SenWireBlock) { .kind = SEN_BLOCK_SECTION, .level = 1, .page = office->block.page }, title,
                      strlen (title));
    }
  else if (strcmp (local, "frame") == 0)
    odf->is_title = class != NULL && strcmp (class, "title") == 0;
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize n, gpointer data, GError **error)
{
  OfficeText *office = &((Odf *) data)->base.office;
  if (!office->is_taking || office->n_left_out > 0)
    return;
  /* Line ends are those of the file. */
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isspace (text[i]))
      g_string_append_c (office->text, text[i]);
    else if (office->text->len > 0 && !g_ascii_isspace (office->text->str[office->text->len - 1]))
      g_string_append_c (office->text, ' ');
}

static void
on_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Odf *odf = data;
  OfficeText *office = &odf->base.office;
  const char *local = xml_local (name);
  if (office->n_left_out > 0)
    office->n_left_out--;
  else if ((strcmp (local, "p") == 0 || strcmp (local, "h") == 0) && odf->n_paragraphs > 0 && --odf->n_paragraphs == 0)
    {
      office->is_taking = false;
      office_end_paragraph (office);
    }
  else if (strcmp (local, "table-row") == 0)
    office_end_row (office);
  else if (strcmp (local, "frame") == 0)
    odf->is_title = false;
}

static bool
step (Document *document, SenWireReply *reply)
{
  static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
  Odf *odf = document->state;
  document->is_ended = odf->is_done;
  if (odf->is_done)
    return true;
  odf->is_done = true;
  return archive_parse (&odf->base.archive, "content.xml", &parser, odf, reply);
}

/* The list of members says which of them are encrypted. */
static bool
is_locked (Archive *archive)
{
  static const char member[] = "META-INF/manifest.xml";
  SenWireReply ignored = { 0 };
  g_autoptr (GString) manifest = archive_has (archive, member) ? archive_load (archive, member, &ignored) : NULL;
  return manifest != NULL && strstr (manifest->str, "encryption-data") != NULL;
}

bool
document_open_odf (Document *document, SenZip *zip, const char *mimetype, SenWireReply *reply)
{
  const char *what = mimetype + strlen ("application/vnd.oasis.opendocument.");
  bool is_sheet = g_str_has_prefix (what, "spreadsheet"), is_slides = g_str_has_prefix (what, "presentation");
  Odf *odf = (Odf *) office_new (document, zip, is_slides ? SEN_DOCUMENT_SLIDES : SEN_DOCUMENT_OFFICE,
                                 is_sheet ? "OpenDocument table" : is_slides ? "OpenDocument slides" : "OpenDocument text", sizeof *odf);
  odf->is_sheet = is_sheet;
  document->step = step;
  if (is_locked (&odf->base.archive))
    return fail (reply, SEN_REASON_LOCKED);
  office_read_facts (document, &odf->base.archive, "meta.xml");
  return true;
}
