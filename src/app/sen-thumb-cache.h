/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gdk/gdk.h>
#include <stdbool.h>

#include "sen-search-types.h"

G_BEGIN_DECLS

#define SEN_TYPE_THUMB_CACHE (sen_thumb_cache_get_type ())
G_DECLARE_FINAL_TYPE (SenThumbCache, sen_thumb_cache, SEN, THUMB_CACHE, GObject)

/**
 * What files look like, in a size that fits on a screen.
 *
 * A thread of its own finds thumbnails on disk (sen-thumb-file.h), or makes them in the decode helper and puts them there: the last one
 * that was asked for first, because that is what is looked at. Textures are kept while they fit in SEN_THUMB_CACHE_BYTES; those that were
 * not looked at for longest go.
 *
 * Pictures and videos have thumbnails; of other files there are those that other programs made.
 *
 * Thread-safety: main context only. Nothing here waits for a disk.
 */
#define SEN_THUMB_CACHE_BYTES (32u << 20)

/** @decode_helper as SenDecodeParams.helper. Starts nothing yet. */
SenThumbCache *sen_thumb_cache_new (const char *decode_helper);

/** A file as the index knows it: another time of change is another picture. */
typedef struct {
  const char *path;       /* bytes as the system has them */
  SenFileKind kind;
  int64_t     mtime_ns;
  int         side_px;    /* the longer one, at most; up to 512 px lie on disk, larger ones are made each time */
} SenThumbWish;

/** What is at hand, or NULL. (transfer none) */
GdkTexture *sen_thumb_cache_peek (SenThumbCache *self, const SenThumbWish *wish);

/** @texture: NULL when there is none of this file. */
typedef void (*SenThumbFunc) (GdkTexture *texture, gpointer user_data);
/** A number to cancel it by, never 0. @func is called once, later, unless it was cancelled. */
guint sen_thumb_cache_ask (SenThumbCache *self, const SenThumbWish *wish, SenThumbFunc func, gpointer user_data);
/** 0 and what has been answered are passed over. */
void  sen_thumb_cache_cancel (SenThumbCache *self, guint request);

/** Bytes of textures that are kept. For tests. */
gsize sen_thumb_cache_bytes (SenThumbCache *self);

G_END_DECLS
