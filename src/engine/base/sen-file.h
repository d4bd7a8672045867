/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "sen-cancel.h"

G_BEGIN_DECLS

/* Files of users, which may be anything, change and go away at any time. Thread-safety: reentrant. */

/** Opens a regular file for reading and tells its size; never waits, whatever lies at @path (a FIFO, a terminal). A descriptor that the
 *  caller closes; -1 with SEN_ERROR_NOT_FOUND, SEN_ERROR_IO, or SEN_ERROR_FORMAT when it is no regular file. */
int sen_file_open (const char *path, uint64_t *size, GError **error);

/** A piece of a file; false: no more. */
typedef bool (*SenFilePiece) (const uint8_t *piece, size_t n_bytes, gpointer user_data);

/** Reads [@offset, @offset + @n_bytes) of @fd in pieces of at most 256 KiB; @path names it in SEN_ERROR_IO, also when it is shorter than
 *  that. SEN_ERROR_CANCELLED when @piece wanted no more. */
bool sen_file_read (int fd, const char *path, uint64_t offset, uint64_t n_bytes, SenFilePiece piece, gpointer user_data, GError **error);

/** Adds all of the file at @path to @checksum. Fails as sen_file_open() and sen_file_read() do. */
bool sen_file_hash (const char *path, GChecksum *checksum, SenCancel *cancel, GError **error);

/** Path, size and time of change of a file: what changes when it becomes another. For keys of caches. NULL when it is not there.
 *  (transfer full) */
char *sen_file_dup_identity (const char *path);

/** Lets go of what the page cache holds of a file that was written and synced. Writing puts it there in small pages, which stay; a map
 *  that reads it afresh gets huge ones where kernel and file system have them (sen-map.c), and the products that wait for its weights are
 *  a third faster. */
void sen_file_forget_pages (int fd);

G_END_DECLS
