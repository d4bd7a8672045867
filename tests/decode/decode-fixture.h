/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-decode.h"

G_BEGIN_DECLS

/** The helper of this build: SENSORIUM_DECODE_HELPER. */
const char *fixture_helper (void);

/** A BMP of 24 bits; pixel (x, y) is fixture_colour (x, y). */
GBytes *fixture_bmp (int width, int height);
/** 0xRRGGBB. */
uint32_t fixture_colour (int x, int y);

/** A mono WAV of 16 bits at 16 kHz in the temporary folder. */
char *fixture_write_wav (size_t n_samples);
float fixture_wav_sample (size_t i);

/** A file of @bytes in the temporary folder, which the caller removes. */
char *fixture_write (const char *name, const void *bytes, size_t n);

G_END_DECLS
