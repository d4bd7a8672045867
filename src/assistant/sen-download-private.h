/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-download.h"

G_BEGIN_DECLS

/* One fetch, seen from the thread that does it. */
typedef struct {
  gatomicrefcount          n_refs;
  SenModelStore           *store;
  const SenCatalogueEntry *entry;   /* borrowed from the store's catalogue */
  char                    *dir;     /* where the model shall lie */
  bool                     anywhere;  /* a model that lies in another folder will do */
  unsigned                 retry_wait_ms;
  GCancellable            *cancellable;  /* may be NULL */

  GMainContext        *context;     /* the caller's */
  SenFetchProgressFunc report;
  gpointer             report_data;

  GMutex           lock;            /* guards what follows */
  SenFetchProgress progress;
  bool             is_report_pending;
  gint64           last_report_us;
  gint64           rate_since_us;   /* start of the window over which the rate is taken */
  uint64_t         rate_bytes;      /* arrived in it */
} SenFetchJob;

/* Progress. done_bytes counts what is safe; arrived bytes feed the rate. */
void sen_fetch_stage (SenFetchJob *job, SenFetchStage stage);
void sen_fetch_source (SenFetchJob *job, const char *source, unsigned n_parts);
void sen_fetch_part (SenFetchJob *job, unsigned part);
void sen_fetch_done_bytes (SenFetchJob *job, uint64_t done_bytes);
void sen_fetch_arrived (SenFetchJob *job, uint64_t n_bytes);

bool sen_fetch_check_cancelled (SenFetchJob *job, GError **error);
/** SEN_ERROR_DISK_FULL unless @n_bytes more fit into the target folder. */
bool sen_fetch_check_disk (SenFetchJob *job, uint64_t n_bytes, GError **error);

/* A file that grows to what the catalogue promises. Its length on the disk is all there is to know for resuming. */
typedef struct {
  const SenCatalogueFile *file;
  char                   *path;
  int                     fd;
  uint64_t                size_bytes;
  GChecksum              *checksum;  /* of the first size_bytes, once is_hashed */
  bool                    is_hashed;
  bool                    is_resumed;
} SenPartial;

/** Opens or begins it; an overlong one is begun anew. Nothing is hashed yet. */
bool sen_partial_open (SenPartial *partial, const char *path, const SenCatalogueFile *file, GError **error);
void sen_partial_close (SenPartial *partial);
/** Cuts it, and hashes what remains. */
bool sen_partial_cut (SenPartial *partial, uint64_t size_bytes, SenFetchJob *job, uint64_t base, GError **error);
bool sen_partial_append (SenPartial *partial, const void *data, size_t n_bytes, GError **error);
/** True when it is whole and its SHA-256 is right; a whole file with a wrong one is emptied: SEN_ERROR_CHECKSUM. */
bool sen_partial_check (SenPartial *partial, GError **error);

/* The sources. Each brings partial files of the entry to their end; @base is what is safe of the files before. */
bool sen_download_http (SenFetchJob *job, const char *url, SenPartial *partial, uint64_t base, GError **error);
bool sen_download_package (SenFetchJob *job, const SenCatalogueSource *source, size_t file_index, SenPartial *partial,
                           uint64_t base, GError **error);

G_END_DECLS
