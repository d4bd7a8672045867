/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * A file mapped read-only and shared.
 *
 * Weights of gigabytes are used in place: no copy, shared between processes, loaded by page faults. The price is that
 * somebody may truncate the file meanwhile, and touching a lost page raises SIGBUS. A handler (installed with the
 * first map; the one process-wide thing in the engine, because signals are) puts zero pages under a lost range of one
 * of our maps and marks the map as lost, so the computation runs on and its caller sees sen_map_is_lost(). Faults
 * elsewhere go to the handler that was there before.
 *
 * Thread-safety: immutable after open; reference counting is atomic.
 */
typedef struct SenMap SenMap;

SenMap *sen_map_open (const char *path, GError **error);
/** The same face for bytes in memory, which are kept and can't be lost; @name stands where a path would. */
SenMap *sen_map_new_bytes (GBytes *bytes, const char *name);
SenMap *sen_map_ref (SenMap *map);
void    sen_map_unref (SenMap *map);

/** NULL where there are no bytes. */
const uint8_t *sen_map_data (const SenMap *map);
size_t         sen_map_size (const SenMap *map);
const char    *sen_map_path (const SenMap *map);

/** True once a page of the map was found gone (the file was truncated): results since then are worthless. */
bool sen_map_is_lost (const SenMap *map);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMap, sen_map_unref)

G_END_DECLS
