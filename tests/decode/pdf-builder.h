/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** PDFs with what a test needs, page by page; Helvetica, A4. */
typedef struct PdfBuilder PdfBuilder;

PdfBuilder *pdf_builder_new (const char *title, const char *author);
void        pdf_builder_add_page (PdfBuilder *pdf);
/** On the page added last; @y points from the bottom. No parentheses in @text. */
void        pdf_builder_add_text (PdfBuilder *pdf, int size, int x, int y, const char *text);
/** A grey picture of a few pixels over the whole of the page. */
void        pdf_builder_add_picture (PdfBuilder *pdf);
/** An entry of the list of contents, all on one level, for the page added last. */
void        pdf_builder_add_entry (PdfBuilder *pdf, const char *title);
/** (transfer full) */
GByteArray *pdf_builder_finish (PdfBuilder *pdf);

G_END_DECLS
