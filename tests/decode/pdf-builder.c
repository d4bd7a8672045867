/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "pdf-builder.h"

#include <string.h>

/* Objects: 1 catalogue, 2 pages, 3 font, 4 picture, 5 facts, 6 outline; then pages and what is on them, then entries. */
#define FIRST_PAGE 7

typedef struct {
  guint page;
  char *title;
} Entry;

struct PdfBuilder {
  char      *title, *author;
  GPtrArray *pages;         /* GString, what is drawn */
  GArray    *entries;
};

PdfBuilder *
pdf_builder_new (const char *title, const char *author)
{
  PdfBuilder *pdf = g_new0 (PdfBuilder, 1);
  pdf->title = g_strdup (title);
  pdf->author = g_strdup (author);
  pdf->pages = g_ptr_array_new ();
  pdf->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  return pdf;
}

void
pdf_builder_add_page (PdfBuilder *pdf)
{
  g_ptr_array_add (pdf->pages, g_string_new (NULL));
}

static GString *
last_page (PdfBuilder *pdf)
{
  return g_ptr_array_index (pdf->pages, pdf->pages->len - 1);
}

void
pdf_builder_add_text (PdfBuilder *pdf, int size, int x, int y, const char *text)
{
  g_string_append_printf (last_page (pdf), "BT /F %d Tf %d %d Td (%s) Tj ET\n", size, x, y, text);
}

void
pdf_builder_add_picture (PdfBuilder *pdf)
{
  g_string_append (last_page (pdf), "q 595 0 0 842 0 0 cm /P Do Q\n");
}

void
pdf_builder_add_entry (PdfBuilder *pdf, const char *title)
{
  Entry entry = { .page = pdf->pages->len - 1, .title = g_strdup (title) };
  g_array_append_val (pdf->entries, entry);
}

static void
add_object (GString *out, GArray *offsets, const char *body)
{
  gsize offset = out->len;
  g_array_append_val (offsets, offset);
  g_string_append_printf (out, "%u 0 obj\n%s\nendobj\n", offsets->len, body);
}

static void
add_pages (GString *out, GArray *offsets, GPtrArray *pages)
{
  for (guint i = 0; i < pages->len; i++)
    {
      const GString *drawn = g_ptr_array_index (pages, i);
      g_autofree char *page = g_strdup_printf ("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %u 0 R"
                                               "/Resources<</Font<</F 3 0 R>>/XObject<</P 4 0 R>>>>>>", FIRST_PAGE + 2 * i + 1);
      g_autofree char *contents = g_strdup_printf ("<</Length %zu>>stream\n%s\nendstream", drawn->len + 1, drawn->str);
      add_object (out, offsets, page);
      add_object (out, offsets, contents);
    }
}

static void
add_entries (GString *out, GArray *offsets, GArray *entries, guint first)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);
      g_autofree char *next = i + 1 < entries->len ? g_strdup_printf ("/Next %u 0 R", first + i + 1) : g_strdup ("");
      g_autofree char *body = g_strdup_printf ("<</Title(%s)/Parent 6 0 R/Dest[%u 0 R/Fit]%s>>", entry->title, FIRST_PAGE + 2 * entry->page,
                                               next);
      add_object (out, offsets, body);
    }
}

static GByteArray *
finish (GString *out, GArray *offsets)
{
  gsize table = out->len;
  g_string_append_printf (out, "xref\n0 %u\n0000000000 65535 f \n", offsets->len + 1);
  for (guint i = 0; i < offsets->len; i++)
    g_string_append_printf (out, "%010zu 00000 n \n", g_array_index (offsets, gsize, i));
  g_string_append_printf (out, "trailer<</Size %u/Root 1 0 R/Info 5 0 R>>\nstartxref\n%zu\n%%%%EOF\n", offsets->len + 1, table);
  GByteArray *bytes = g_byte_array_new ();
  g_byte_array_append (bytes, (const guint8 *) out->str, (guint) out->len);
  return bytes;
}

GByteArray *
pdf_builder_finish (PdfBuilder *pdf)
{
  g_autoptr (GString) out = g_string_new ("%PDF-1.4\n"), kids = g_string_new (NULL);
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (gsize));
  guint first_entry = FIRST_PAGE + 2 * pdf->pages->len;
  for (guint i = 0; i < pdf->pages->len; i++)
    g_string_append_printf (kids, "%u 0 R ", FIRST_PAGE + 2 * i);
  g_autofree char *pages = g_strdup_printf ("<</Type/Pages/Count %u/Kids[%s]>>", pdf->pages->len, kids->str);
  g_autofree char *facts = g_strdup_printf ("<</Title(%s)/Author(%s)/CreationDate(D:20240531120000Z)>>", pdf->title, pdf->author);
  g_autofree char *outline = g_strdup_printf ("<</Count %u/First %u 0 R/Last %u 0 R>>", pdf->entries->len, first_entry,
                                              first_entry + MAX (pdf->entries->len, 1) - 1);
  add_object (out, offsets, pdf->entries->len > 0 ? "<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>" : "<</Type/Catalog/Pages 2 0 R>>");
  add_object (out, offsets, pages);
  add_object (out, offsets, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>");
  add_object (out, offsets, "<</Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray/Length 4>>stream\n1234\nendstream");
  add_object (out, offsets, facts);
  add_object (out, offsets, pdf->entries->len > 0 ? outline : "null");
  add_pages (out, offsets, pdf->pages);
  add_entries (out, offsets, pdf->entries, first_entry);
  GByteArray *bytes = finish (out, offsets);

  for (guint i = 0; i < pdf->pages->len; i++)
    g_string_free (g_ptr_array_index (pdf->pages, i), TRUE);
  for (guint i = 0; i < pdf->entries->len; i++)
    g_free (g_array_index (pdf->entries, Entry, i).title);
  g_ptr_array_unref (pdf->pages);
  g_array_unref (pdf->entries);
  g_free (pdf->title);
  g_free (pdf->author);
  g_free (pdf);
  return bytes;
}
