/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-media.h"

G_BEGIN_DECLS

/**
 * Media that were encoded, under the name of what they come from. When they take more than their room, those used longest ago go; the
 * newest stays however large it is.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenMediaCache SenMediaCache;

SenMediaCache *sen_media_cache_new (size_t max_bytes);
void           sen_media_cache_free (SenMediaCache *cache);

/** What was added under @name, which counts as used; NULL when it is not there. (transfer full) */
SenMedia *sen_media_cache_find (SenMediaCache *cache, const char *name);
/** In place of what was there under @name. Takes a reference. */
void      sen_media_cache_add (SenMediaCache *cache, const char *name, SenMedia *media);
void      sen_media_cache_clear (SenMediaCache *cache);

size_t    sen_media_cache_bytes (const SenMediaCache *cache);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMediaCache, sen_media_cache_free)

G_END_DECLS
