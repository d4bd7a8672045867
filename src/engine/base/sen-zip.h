/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * Members of a ZIP archive, taken out without trusting a byte of it.
 *
 * Stored and deflated members of archives in one piece, below 4 GiB: what Python wheels and documents are. ZIP64 is SEN_ERROR_LIMIT,
 * encryption and other methods are SEN_ERROR_UNSUPPORTED; anything inconsistent is SEN_ERROR_FORMAT. A member never gives more than the
 * size its directory tells and the caller agrees to, so a bomb ends there; the CRC is checked. Names are compared, never opened.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenZip SenZip;

/** Reads the directory of [0, @size_bytes) of @fd, which stays the caller's and open; @name stands in sentences. */
SenZip *sen_zip_open (int fd, uint64_t size_bytes, const char *name, GError **error);
void    sen_zip_close (SenZip *zip);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenZip, sen_zip_close)

/** What the directory says of a member; false when there is none. */
bool sen_zip_find (const SenZip *zip, const char *member, uint64_t *size_bytes);

/** Receives the member's bytes in order; false with @error set stops. */
typedef bool (*SenZipSink) (const void *data, size_t n_bytes, gpointer user_data, GError **error);

/** SEN_ERROR_CHECKSUM when the directory tells another size than @size_bytes. */
bool sen_zip_extract (SenZip *zip, const char *member, uint64_t size_bytes, SenZipSink sink, gpointer user_data, GError **error);

G_END_DECLS
