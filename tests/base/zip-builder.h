/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
  const char *name;
  GBytes     *bytes;
  bool        stored;
} ZipMember;

/** A ZIP archive of one or more members. (transfer full) */
GByteArray *make_zip (const ZipMember *members, size_t n);

/** @data[@size] through zlib's deflate, with the @window_bits of deflateInit2(): 16 more for gzip, below 0 for neither head. (transfer
 *  full) */
GByteArray *make_deflated (const void *data, size_t size, int window_bits);

G_END_DECLS
