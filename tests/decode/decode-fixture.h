/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-decode.h"

G_BEGIN_DECLS

/** The helper of this build: SENSORIUM_DECODE_HELPER. */
const char *fixture_helper (void);

/** Begins a test of the files of argv[1], tests/data/media; the client that all of its functions share. */
SenDecode *fixture_begin (int *argc, char ***argv);
/** Runs the tests and frees @decode; the exit status. */
int        fixture_run (SenDecode *decode);
/** Of a file of the corpus. */
char      *corpus_path (const char *name);

/** A BMP of 24 bits; pixel (x, y) is fixture_colour (x, y). */
GBytes *fixture_bmp (int width, int height);
/** 0xRRGGBB. */
uint32_t fixture_colour (int x, int y);

/** A mono WAV of 16 bits at 16 kHz in the temporary folder. */
char *fixture_write_wav (size_t n_samples);
float fixture_wav_sample (size_t i);

/** Appends @n_bytes of @value, the lowest first. */
void fixture_put (GByteArray *out, uint64_t value, uint32_t n_bytes);

/** A file of @bytes in the temporary folder, which the caller removes. */
char *fixture_write (const char *name, const void *bytes, size_t n);

G_END_DECLS
