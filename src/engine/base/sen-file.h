/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/** Opens a regular file for reading and tells its size; never waits, whatever lies at @path (a FIFO, a terminal). A descriptor that the
 *  caller closes; -1 with SEN_ERROR_NOT_FOUND, SEN_ERROR_IO, or SEN_ERROR_FORMAT when it is no regular file. */
int sen_file_open (const char *path, uint64_t *size, GError **error);

/** Path, size and time of change of a file: what changes when it becomes another. For keys of caches. NULL when it is not there.
 *  (transfer full) */
char *sen_file_dup_identity (const char *path);

/** Lets go of what the page cache holds of a file that was written and synced. Writing puts it there in small pages, which stay; a map
 *  that reads it afresh gets huge ones where kernel and file system have them (sen-map.c), and the products that wait for its weights are
 *  a third faster. */
void sen_file_forget_pages (int fd);

G_END_DECLS
