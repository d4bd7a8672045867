/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "sen-finder.h"
#include "sen-indexer.h"
#include "sen-thumb-cache.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_SERVICE (sen_find_service_get_type ())
G_DECLARE_FINAL_TYPE (SenFindService, sen_find_service, SEN, FIND_SERVICE, GObject)

/**
 * What the page for finding stands on: who finds, who keeps the index up to date while the program runs, and what files look like. Nothing
 * is written before somebody chooses a folder.
 *
 * Signals: "changed": the indexer got on; "folders-changed"; "models-changed": what is found by is another.
 *
 * Thread-safety: main context only; nothing waits.
 */

/** @device and @n_threads as in SenFindEncodersParams. @store may be NULL. */
SenFindService *sen_find_service_new (const SenDebug *debug, SenModelStore *store, const char *device, guint32 n_threads,
                                       gboolean only_on_mains);
/** From soon on another device, or as many threads: models are opened again there, and the index is gone on with. */
void            sen_find_service_use (SenFindService *self, const char *device, guint32 n_threads);
/** Goes on with the index, if there is one; again: looks which folders it has. */
void            sen_find_service_begin (SenFindService *self);

SenFinder      *sen_find_service_finder (SenFindService *self);     /* (transfer none) */
SenThumbCache  *sen_find_service_thumbs (SenFindService *self);     /* (transfer none) */
SenModelStore  *sen_find_service_store (SenFindService *self);      /* (transfer none); may be NULL */
/** A model was got or deleted. */
void            sen_find_service_models_changed (SenFindService *self);

/** Absolute paths, bytes as the system has them; NULL before it is known. Valid until "folders-changed". */
const char *const *sen_find_service_folders (SenFindService *self);
void            sen_find_service_add_folder (SenFindService *self, const char *path);
void            sen_find_service_remove_folder (SenFindService *self, const char *path);

/** False: nobody indexes, because there is no index. */
bool            sen_find_service_get_progress (SenFindService *self, SenIndexProgress *progress);
void            sen_find_service_set_paused (SenFindService *self, gboolean is_paused);
gboolean        sen_find_service_is_paused (SenFindService *self);
void            sen_find_service_set_only_on_mains (SenFindService *self, gboolean only_on_mains);
/** What failed is read again. */
void            sen_find_service_retry (SenFindService *self);

typedef struct {
  char *path, *sentence;
} SenFindFailure;

/** What could not be read and why, SEN_FIND_MAX_FAILURES at most: SenFindFailure. (transfer full) */
#define SEN_FIND_MAX_FAILURES 50
void       sen_find_service_failures_async (SenFindService *self, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *sen_find_service_failures_finish (SenFindService *self, GAsyncResult *result, GError **error);

G_END_DECLS
