/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-cli.h"
#include "sen-document.h"

G_BEGIN_DECLS

/** All of a document on the command line. */
typedef struct {
  char    *format, *title, *author, *date, *language;   /* as SenDocumentFacts */
  uint32_t n_pages, n_scanned;  /* pages that are pictures */
  char    *text;                /* paragraphs apart by empty lines, "# " before headings; NULL when there is an error */
  char    *note;                /* more is in it than was read */
  char    *error;
} CliDocument;

/** NULL when the file is a picture, a sound or a video, be it damaged, or is not there at all. */
CliDocument *cli_document_read (SenDecode *decode, SenCli *cli, const char *path);
void         cli_document_free (CliDocument *document);

/** "PDF, 12 pages (1 scanned), “The title” by Somebody, 2024-05-31, de", and an empty line. */
void cli_document_print_facts (const CliDocument *document);

G_END_DECLS
