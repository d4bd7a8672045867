/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * Takes one member out of a ZIP archive, without trusting a byte of it.
 *
 * Only what Python wheels need: stored and deflated members of archives in one piece, below 4 GiB. ZIP64, encryption
 * and other methods are SEN_ERROR_UNSUPPORTED; anything inconsistent is SEN_ERROR_FORMAT. The size is told by the
 * caller, so a bomb ends where the caller's idea of the size does; the CRC is checked.
 *
 * Thread-safety: the function is reentrant.
 */

/** Receives the member's bytes in order; false with @error set stops. */
typedef bool (*SenZipSink) (const void *data, size_t n_bytes, gpointer user_data, GError **error);

bool sen_zip_extract (const char *path, const char *member, uint64_t size_bytes, SenZipSink sink, gpointer user_data,
                      GCancellable *cancellable, GError **error);

G_END_DECLS
