/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-index-store.h"

G_BEGIN_DECLS

/* What a store implements; sen-index-store.c forwards the public calls. A store's struct begins with SenStore. See sen-index-store.h for
 * the contracts. */
typedef struct {
  void (*close) (SenStore *store);
  void (*set_device) (SenStore *store, SenDevice *device, uint64_t from_bytes);   /* NULL: it searches elsewhere */

  bool (*add_root) (SenStore *store, const char *path, int64_t *root, GError **error);
  bool (*remove_root) (SenStore *store, int64_t root, GError **error);
  bool (*each_root) (SenStore *store, SenStoreRootFunc func, gpointer data, GError **error);

  bool (*put_file) (SenStore *store, int64_t root, const SenFileFacts *facts, SenStoredFile *stored, bool *is_new, GError **error);
  bool (*find_file) (SenStore *store, const char *path, SenStoredFile *stored, GError **error);
  bool (*find_hash) (SenStore *store, const SenFileStamp *stamp, uint8_t hash[SEN_STORE_HASH_BYTES], bool *found, GError **error);
  bool (*find_contents) (SenStore *store, const uint8_t hash[SEN_STORE_HASH_BYTES], GArray *contents, GError **error);
  bool (*each_file) (SenStore *store, int64_t root, const char *below, SenStoreFileFunc func, gpointer data, GError **error);
  bool (*remove_files) (SenStore *store, const int64_t *files, size_t n, GError **error);

  bool (*begin_pass) (SenStore *store, SenIndexPass pass, uint32_t kinds, int64_t after, SenStoreTask *task, GError **error);
  bool (*finish_pass) (SenStore *store, int64_t content, SenIndexPass pass, const SenPassResult *result, GError **error);
  bool (*put_parts) (SenStore *store, int64_t content, SenIndexPass pass, const SenStorePart *parts, size_t n, GError **error);
  bool (*each_part) (SenStore *store, int64_t content, SenIndexPass pass, SenStorePartFunc func, gpointer data, GError **error);
  bool (*hold_pass) (SenStore *store, int64_t content, SenIndexPass pass, bool is_held, GError **error);
  bool (*put_fact) (SenStore *store, int64_t content, SenAbout about, const char *text, GError **error);
  bool (*each_failure) (SenStore *store, SenStoreFailureFunc func, gpointer data, GError **error);
  bool (*retry_failed) (SenStore *store, GError **error);
  bool (*retry_due) (SenStore *store, SenIndexPass pass, uint32_t kinds, bool *is_one, GError **error);
  bool (*get_program) (SenStore *store, int64_t root, char **program, GError **error);
  bool (*set_program) (SenStore *store, int64_t root, const char *program, GError **error);

  bool (*open_space) (SenStore *store, SenSpaceRole role, const char *identity, uint32_t n_embd, SenSpace *space, GError **error);
  bool (*current_space) (SenStore *store, SenSpaceRole role, SenSpace *space, char **identity, GError **error);
  bool (*settle_space) (SenStore *store, int64_t space, bool *is_whole, GError **error);
  bool (*each_missing) (SenStore *store, int64_t space, int64_t after, uint32_t limit, SenStoreMissingFunc func, gpointer data,
                        GError **error);
  bool (*count_missing) (SenStore *store, int64_t space, uint64_t *n, GError **error);
  bool (*put_vectors) (SenStore *store, int64_t space, const SenVectorRow *rows, size_t n, GError **error);
  bool (*each_vector) (SenStore *store, int64_t space, int64_t content, SenStoreVectorFunc func, gpointer data,
                       SenCancel *cancel, GError **error);

  void (*read_ahead) (SenStore *store);
  bool (*search_words) (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);
  bool (*search_names) (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);
  bool (*search_meaning) (SenStore *store, int64_t space, const float *values, const SenQuery *query, uint32_t n, GArray *hits,
                          SenSpread *spread, SenCancel *cancel, GError **error);
  bool (*search_newest) (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);
  bool (*find_place) (SenStore *store, const SenHit *hit, const SenQuery *query, SenStorePlace *place, GError **error);
  bool (*find_about) (SenStore *store, int64_t content, uint32_t line, char **text, GError **error);
  bool (*find_title) (SenStore *store, int64_t content, char **title, bool *is_heading, GError **error);
  bool (*find_beginning) (SenStore *store, int64_t content, int64_t chunk, char **text, GError **error);
  bool (*find_text) (SenStore *store, int64_t content, SenChunkSource source, int64_t at_ms, char **text, GError **error);

  bool (*count) (SenStore *store, SenStoreCounts *counts, GError **error);
  bool (*tidy) (SenStore *store, uint32_t older_than_s, uint32_t limit, bool *is_done, GError **error);
} SenStoreClass;

struct SenStore {
  const SenStoreClass *klass;
  bool                 is_writer;
};

/** The store in SQLite. */
SenStore *sen_sqlite_store_open (const SenStoreParams *params, GError **error);

G_END_DECLS
