/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "helper.h"
#include "sen-document.h"

/**
 * Documents inside sensorium-decode: a reader for each format turns a file into blocks, step by step, and a queue holds what
 * the client has not fetched yet.
 */
typedef struct Document Document;

/** What an archive, or a file packed by gzip as manuals often are, may unpack to: the text of a document is far less. */
#define DOCUMENT_MAX_UNPACKED_BYTES (256u << 20)

/** A reader: document-*.c. Each is opened by setting @state, @step and @close of a Document and what it knows of the facts. */
struct Document {
  File        file;
  File        packed;               /* what it was made of when it was packed, else -1 */
  SenDocumentKind kind;
  char        format[32];
  char       *title, *author;       /* g_free() */
  char        date[24];
  char        language[16];
  uint32_t    n_pages;

  void       *state;
  bool      (*step) (Document *document, SenWireReply *reply);   /* some blocks, or the end; false with a reason */
  void      (*close) (Document *document);

  GByteArray *queue;                /* SenWireBlock with their texts */
  size_t      position;             /* in the queue: what the client has */
  uint32_t    n_skip;               /* blocks that a client had of an earlier helper */
  uint64_t    n_text;               /* bytes */
  int64_t     worked_us;            /* on all of it so far */
  bool        is_ended;
  SenWireReply failure;             /* to be told when the queue is empty; note, a and b at the end */
};

/** Opens @file, which stays the caller's until true is returned, as what its content and @by_name say. */
Document *document_open (File file, SenDocumentKind by_name, uint32_t n_skip, SenWireReply *reply);
/** The facts, and title and author into @payload. */
void      document_describe (const Document *document, void *payload, size_t max_bytes, SenWireReply *reply);
bool      document_read (Document *document, uint8_t *payload, size_t max_bytes, SenWireReply *reply);
void      document_close (Document *document);

/* --- For readers ----------------------------------------------------------------------------------------------------------------- */

/** Appends a block, in pieces when it is long, trimmed of empty lines (and, but for code, of spaces); nothing when it is empty, unless
 *  it is a scan. @block: all but continues and n_bytes. Ends the document where the limit is. */
void document_add (Document *document, SenWireBlock block, const char *text, size_t n_bytes);
/** Why not all is read; with the numbers of the sentence. Ends the document. */
void document_end_early (Document *document, SenReason note, uint64_t a, uint64_t b);
/** Sets a fact that has no value yet to @text in one line, unless it is empty. */
void document_set_title (Document *document, const char *text);
void document_set_author (Document *document, const char *text);
/** A date as files write it, kept where it begins like "2024-05-31". */
void document_set_date (Document *document, const char *text);
/** "de-DE", "de": the first part. */
void document_set_language (Document *document, const char *text);

bool document_open_text (Document *document, SenDocumentKind kind, SenWireReply *reply);
bool document_open_html (Document *document, SenWireReply *reply);
bool document_open_pdf (Document *document, SenWireReply *reply);
bool document_open_rtf (Document *document, SenWireReply *reply);
bool document_open_zip (Document *document, SenWireReply *reply);

/* --- charset.c ------------------------------------------------------------------------------------------------------------------- */

typedef enum {
  CHARSET_BINARY, CHARSET_UTF8, CHARSET_LATIN1, CHARSET_UTF16LE, CHARSET_UTF16BE, CHARSET_UTF32LE, CHARSET_UTF32BE
} CharsetName;

/** Bytes of a text to UTF-8. Without a mark of its encoding a text is UTF-8; bytes that are none are taken for Windows-1252,
 *  one by one, so that a Latin-1 text reads right and a mixed one too. */
typedef struct {
  File        file;
  uint64_t    offset;
  CharsetName name;
  uint8_t     carry[4];     /* the beginning of a character */
  size_t      n_carry;
} Charset;

/** What the first bytes of a text are written in; binary when they are no text. @n_mark: bytes of the mark. */
CharsetName charset_detect (const uint8_t *head, size_t n, size_t *n_mark);
/** "UTF-8", … */
const char *charset_title (CharsetName name);
/** Appends @bytes to @out; at the end of the text with @is_last. */
void        charset_decode (Charset *charset, const uint8_t *bytes, size_t n, bool is_last, GString *out);

/** Of a file; false with SEN_REASON_NO_TEXT when it is binary. */
bool        charset_open (Charset *charset, File file, SenWireReply *reply);
/** Appends the next part; 1, 0 at the end, -1 with a reason. */
int         charset_read (Charset *charset, GString *out, SenWireReply *reply);
