/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * What encoders made of pictures, sounds and texts, so that nothing is encoded twice: in memory, and in files that other
 * processes find too.
 *
 * A key is any text that names content (by its hash), model and result; who asks has to put into it whatever the result depends on.
 * A file lies in the cache's folder under the SHA-256 of its key; it holds the key and a checksum, and one that is damaged, cut
 * short, no regular file, or another's counts as absent and is written anew. Files appear whole or not at all. What was used
 * longest ago goes first, in memory and on the disk. A disk that cannot be written or is full is no error: then only memory
 * remembers.
 *
 * Thread-safety: any thread.
 */
typedef struct SenEncodingCache SenEncodingCache;

/** Longer results are not kept. */
#define SEN_ENCODING_MAX_VALUES (1u << 22)

typedef struct {
  const char *folder;         /* made when it is needed; NULL: memory only */
  size_t      memory_bytes;
  uint64_t    disk_bytes;
  uint32_t    n_files_max;
} SenEncodingCacheParams;

/** In sensorium/encodings of the user's cache folder: 64 MiB in memory, 256 MiB in 20,000 files. (transfer full) */
SenEncodingCache *sen_encoding_cache_new_default (void);
SenEncodingCache *sen_encoding_cache_new (const SenEncodingCacheParams *params);
void              sen_encoding_cache_free (SenEncodingCache *cache);

/** The values kept under @key: exactly @n of them, into @values[@n]. False when there are none, or another number. */
bool sen_encoding_cache_lookup (SenEncodingCache *cache, const char *key, float *values, size_t n);
/** Values that are not all finite are not kept. */
void sen_encoding_cache_store (SenEncodingCache *cache, const char *key, const float *values, size_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenEncodingCache, sen_encoding_cache_free)

G_END_DECLS
