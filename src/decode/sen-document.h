/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-decode.h"

G_BEGIN_DECLS

/**
 * The text of documents, read by sensorium-decode piece by piece (docs/media.md): plain text, Markdown, source code, HTML, PDF,
 * docx, pptx, xlsx, OpenDocument, EPUB, RTF; each of them gzipped too. What a file is goes by its content; its name only tells texts
 * apart that look alike (Markdown, source code).
 *
 * Read are at most 16 MiB of text and 10,000 pages, however large the file is; sen_document_note() then says so. Memory does
 * not grow with the file (HTML and texts are streams, of a PDF one page is held, of an archive one member of at most 64 MiB), and
 * one piece that takes longer than the limit of a request (30 s) ends the document.
 *
 * Errors as in sen-decode.h: SEN_ERROR_UNSUPPORTED for what has no text (pictures, programs, archives) and for files with a
 * password, SEN_ERROR_FORMAT for damaged ones. What was given before an error is right.
 *
 * Thread-safety: one thread at a time for a document; documents of one SenDecode may be read side by side, sixteen at most.
 */
typedef struct SenDocument SenDocument;

typedef enum {
  SEN_DOCUMENT_TEXT,
  SEN_DOCUMENT_MARKDOWN,
  SEN_DOCUMENT_CODE,
  SEN_DOCUMENT_HTML,
  SEN_DOCUMENT_PDF,
  SEN_DOCUMENT_OFFICE,      /* Word, OpenDocument text and tables */
  SEN_DOCUMENT_SLIDES,      /* PowerPoint, OpenDocument; pages are slides */
  SEN_DOCUMENT_BOOK,        /* EPUB */
  SEN_N_DOCUMENT_KINDS
} SenDocumentKind;

typedef enum {
  SEN_BLOCK_PARAGRAPH,  /* line breaks as they stand, where they may mean something */
  SEN_BLOCK_HEADING,
  SEN_BLOCK_CODE,       /* lines and the spaces before them count; a stretch between empty lines */
  SEN_BLOCK_SECTION,    /* a heading that is not in the text, but in the file's own list of contents */
  SEN_BLOCK_SCAN,       /* a page that is a picture; its text is "", sen_decode_read_text() reads it off */
  SEN_N_BLOCK_KINDS
} SenBlockKind;

typedef struct {
  SenBlockKind kind;
  uint32_t     level;       /* of headings and sections: 1 to 6, 1 the highest; else 0 */
  uint32_t     page;        /* from 1, as the file counts them; 0: it has none */
  uint32_t     line;        /* from 1, where the block begins in a text; 0: there are none */
  int64_t      start_ms;    /* of transcripts, which come from elsewhere; -1: no time */
  int64_t      end_ms;
  bool         continues;   /* the same paragraph as the block before, which was longer than a block (16 KiB) */
  const char  *text;        /* UTF-8 without control characters but \n and \t */
} SenDocumentBlock;

/** What the file says of itself; strings are NULL where it says nothing. */
typedef struct {
  SenDocumentKind kind;
  char    *format;          /* "PDF", "HTML", "UTF-16 text", … */
  char    *title;
  char    *author;
  char    *date;            /* when it was made: "2024-05-31", or with a time, "2024-05-31T12:00:00" */
  char    *language;        /* "de"; as it says, which may be wrong */
  uint32_t n_pages;         /* 0: it has none */
} SenDocumentFacts;

SenDocument *sen_document_open (SenDecode *decode, const char *path, SenCancel *cancel, GError **error);
void         sen_document_close (SenDocument *document);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenDocument, sen_document_close)

const SenDocumentFacts *sen_document_facts (const SenDocument *document);

/** The next block in reading order: 1, or 0 at the end, -1 on error. Its text is the document's until the next call. */
int sen_document_next (SenDocument *document, SenDocumentBlock *block, SenCancel *cancel, GError **error);

/** After the end: one sentence when there is more in the file than was read of it, else NULL. */
const char *sen_document_note (const SenDocument *document);

/** What the name of a text says of it: Markdown, source code, HTML, or plain text. */
SenDocumentKind sen_document_kind_by_name (const char *path);

G_END_DECLS
