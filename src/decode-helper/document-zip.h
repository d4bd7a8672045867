/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "document.h"
#include "sen-zip.h"

/**
 * Documents that are archives of XML. Members are unpacked into memory, one at a time and within limits, and parsed by GMarkup, which
 * knows no entities but the five of XML: neither bombs of entities nor references to files exist for it.
 */
typedef struct {
  SenZip  *zip;
  uint64_t n_unpacked;      /* bytes, of all members so far */
} Archive;

/** The member as UTF-8; NULL with a reason, LIMIT where it or all of them are too large. */
GString *archive_load (Archive *archive, const char *member, SenWireReply *reply);
bool     archive_has (const Archive *archive, const char *member);
/** Of a member and what it refers to: "OEBPS/text/a.xhtml", from "OEBPS/content.opf" and "text/a%20b.xhtml#c". (transfer full) */
char    *archive_resolve (const char *member, const char *reference);

/** Parses @member; @parser gets names without their prefix. False with a reason. */
bool     archive_parse (Archive *archive, const char *member, const GMarkupParser *parser, gpointer user_data, SenWireReply *reply);

/** The value of an attribute by its name without prefix, or NULL. */
const char *xml_attribute (const char **names, const char **values, const char *name);
/** @name without its prefix. */
const char *xml_local (const char *name);

/* --- Paragraphs of office documents, of any maker ------------------------------------------------------------------------------- */

/** What is open while a document is walked. A row of a table is one paragraph, its cells apart by tabs. */
typedef struct {
  Document    *document;
  GString     *text;
  SenWireBlock block;
  uint32_t     n_rows;      /* of tables, one in the other */
  uint32_t     n_left_out;  /* elements open, from the outermost whose content is left out */
  bool         is_taking;   /* text is of the document */
} OfficeText;

void office_text_begin (OfficeText *office, Document *document);
void office_text_clear (OfficeText *office);
/** The end of a paragraph: becomes a block, or a part of the row. */
void office_end_paragraph (OfficeText *office);
void office_begin_row (OfficeText *office);
void office_begin_cell (OfficeText *office);
void office_end_row (OfficeText *office);
/** Title, author, date and language of a document from "docProps/core.xml" or "meta.xml", when it is there. */
void office_read_facts (Document *document, Archive *archive, const char *member);

/** What each of the readers below keeps; their own follows it. */
typedef struct {
  Archive    archive;
  OfficeText office;
  GPtrArray *members;       /* char *: what is read, one a step */
  guint      next;
} Office;

/** Office Open XML: what @member refers to, by the id of the relation and, with a # before it, by its type, "#styles". (transfer full) */
GHashTable *archive_relations (Archive *archive, const char *member);

/** Texts and ends of elements in Office Open XML, where runs (t), paragraphs (p) and rows (tr) have the same names in documents and slides;
 *  @data begins with an Office. */
void office_on_text (GMarkupParseContext *context, const char *text, gsize n, gpointer data, GError **error);
void office_on_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error);

bool document_open_docx (Document *document, SenZip *zip, SenWireReply *reply);
bool document_open_odf (Document *document, SenZip *zip, const char *mimetype, SenWireReply *reply);
bool document_open_pptx (Document *document, SenZip *zip, SenWireReply *reply);
bool document_open_xlsx (Document *document, SenZip *zip, SenWireReply *reply);
bool document_open_epub (Document *document, SenZip *zip, SenWireReply *reply);

/** What all of them have in common; takes over @zip. */
Office *office_new (Document *document, SenZip *zip, SenDocumentKind kind, const char *format, size_t size);
void    office_close (Document *document);
