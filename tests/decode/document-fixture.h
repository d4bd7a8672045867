/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "decode-fixture.h"
#include "sen-document.h"
#include "sen-error.h"

G_BEGIN_DECLS

/** The bytes of a literal and their number. */
#define BYTES(text) text, sizeof text - 1

/** Begins and ends a program of tests, whose helper document_decode() speaks to. */
void       document_fixture_begin (int *argc, char ***argv);
int        document_fixture_run (void);
SenDecode *document_decode (void);

/** Of a file of these bytes, whose name ends so. */
SenDocument *open_bytes (const char *name, const void *bytes, size_t n, GError **error);
/** A block a line: kind and level, page, line, text, its line ends as "/": "H1 p2 l3 text". NULL on error. (transfer full) */
char        *read_all (SenDocument *document, GError **error);

void assert_reads (const char *name, const void *bytes, size_t n, const char *format, const char *expected);
/** Refused at opening, with one sentence that has @words in it. */
void assert_refused (const char *name, const void *bytes, size_t n, SenError code, const char *words);

/** Cuts the file at @n_times places, and flips bits of it as often: text or a sentence, always. */
void damage_document (const uint8_t *bytes, size_t n, uint32_t n_times);

G_END_DECLS
