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

G_END_DECLS
