/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/** What pre-tokenizers ask of a code point: the categories L and N, and white space (the property, as regexes' \s has it). All here is
 *  reentrant. */
bool sen_unicode_is_letter (uint32_t code);
bool sen_unicode_is_number (uint32_t code);
bool sen_unicode_is_space (uint32_t code);

/** Code points first … last. */
typedef struct {
  uint32_t first, last;
} SenUnicodeRange;

/** Whether @code is in one of @ranges[n], which are in order. */
bool sen_unicode_is_in (const SenUnicodeRange *ranges, size_t n, uint32_t code);

/** Reads one code point of text[length] at *position and moves past it. A byte that begins no sound sequence (overlong,
 *  surrogate, cut short) is U+FFFD by itself. */
uint32_t sen_utf8_next (const char *text, size_t length, size_t *position);

/** Writes @code as UTF-8; returns 1..4 bytes. */
uint32_t sen_utf8_write (uint32_t code, char bytes[4]);

G_END_DECLS
