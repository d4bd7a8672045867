/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-index-store-private.h"

SenStore *
sen_store_open (const SenStoreParams *params, GError **error)
{
  return sen_sqlite_store_open (params, error);
}

void
sen_store_close (SenStore *store)
{
  if (store != NULL)
    store->klass->close (store);
}

void
sen_store_set_device (SenStore *store, SenDevice *device, uint64_t from_bytes)
{
  if (store->klass->set_device != NULL)
    store->klass->set_device (store, device, from_bytes);
}

void
sen_store_task_clear (SenStoreTask *task)
{
  g_free (task->path);
  g_free (task->format);
  *task = (SenStoreTask) { 0 };
}

void
sen_store_place_clear (SenStorePlace *place)
{
  g_strfreev (place->paths);
  g_free (place->language);
  g_free ((char *) place->chunk.text);
  g_free ((char *) place->chunk.headings);
  *place = (SenStorePlace) { 0 };
}

bool
sen_store_add_root (SenStore *store, const char *path, int64_t *root, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->add_root (store, path, root, error);
}

bool
sen_store_remove_root (SenStore *store, int64_t root, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->remove_root (store, root, error);
}

bool
sen_store_each_root (SenStore *store, SenStoreRootFunc func, gpointer data, GError **error)
{
  return store->klass->each_root (store, func, data, error);
}

bool
sen_store_put_file (SenStore *store, int64_t root, const SenFileFacts *facts, SenStoredFile *stored, bool *is_new, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->put_file (store, root, facts, stored, is_new, error);
}

bool
sen_store_find_file (SenStore *store, const char *path, SenStoredFile *stored, GError **error)
{
  return store->klass->find_file (store, path, stored, error);
}

bool
sen_store_find_hash (SenStore *store, const SenFileStamp *stamp, uint8_t hash[SEN_STORE_HASH_BYTES], bool *found, GError **error)
{
  return store->klass->find_hash (store, stamp, hash, found, error);
}

bool
sen_store_find_contents (SenStore *store, const uint8_t hash[SEN_STORE_HASH_BYTES], GArray *contents, GError **error)
{
  return store->klass->find_contents (store, hash, contents, error);
}

bool
sen_store_each_file (SenStore *store, int64_t root, const char *below, SenStoreFileFunc func, gpointer data, GError **error)
{
  return store->klass->each_file (store, root, below, func, data, error);
}

bool
sen_store_remove_files (SenStore *store, const int64_t *files, size_t n, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->remove_files (store, files, n, error);
}

bool
sen_store_begin_pass (SenStore *store, SenIndexPass pass, uint32_t kinds, int64_t after, SenStoreTask *task, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->begin_pass (store, pass, kinds, after, task, error);
}

bool
sen_store_finish_pass (SenStore *store, int64_t content, SenIndexPass pass, const SenPassResult *result, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->finish_pass (store, content, pass, result, error);
}

bool
sen_store_put_parts (SenStore *store, int64_t content, SenIndexPass pass, const SenStorePart *parts, size_t n, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->put_parts (store, content, pass, parts, n, error);
}

bool
sen_store_each_part (SenStore *store, int64_t content, SenIndexPass pass, SenStorePartFunc func, gpointer data, GError **error)
{
  return store->klass->each_part (store, content, pass, func, data, error);
}

bool
sen_store_hold_pass (SenStore *store, int64_t content, SenIndexPass pass, bool is_held, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->hold_pass (store, content, pass, is_held, error);
}

bool
sen_store_put_fact (SenStore *store, int64_t content, SenAbout about, const char *text, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->put_fact (store, content, about, text, error);
}

bool
sen_store_each_failure (SenStore *store, SenStoreFailureFunc func, gpointer data, GError **error)
{
  return store->klass->each_failure (store, func, data, error);
}

bool
sen_store_retry_failed (SenStore *store, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->retry_failed (store, error);
}

bool
sen_store_retry_due (SenStore *store, SenIndexPass pass, uint32_t kinds, bool *is_one, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->retry_due (store, pass, kinds, is_one, error);
}

bool
sen_store_get_program (SenStore *store, int64_t root, char **program, GError **error)
{
  return store->klass->get_program (store, root, program, error);
}

bool
sen_store_set_program (SenStore *store, int64_t root, const char *program, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->set_program (store, root, program, error);
}

bool
sen_store_open_space (SenStore *store, SenSpaceRole role, const char *identity, uint32_t n_embd, SenSpace *space, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->open_space (store, role, identity, n_embd, space, error);
}

bool
sen_store_current_space (SenStore *store, SenSpaceRole role, SenSpace *space, char **identity, GError **error)
{
  return store->klass->current_space (store, role, space, identity, error);
}

bool
sen_store_settle_space (SenStore *store, int64_t space, bool *is_whole, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->settle_space (store, space, is_whole, error);
}

bool
sen_store_each_missing (SenStore *store, int64_t space, int64_t after, uint32_t limit, SenStoreMissingFunc func, gpointer data,
                        GError **error)
{
  return store->klass->each_missing (store, space, after, limit, func, data, error);
}

bool
sen_store_count_missing (SenStore *store, int64_t space, uint64_t *n, GError **error)
{
  return store->klass->count_missing (store, space, n, error);
}

bool
sen_store_put_vectors (SenStore *store, int64_t space, const SenVectorRow *rows, size_t n, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->put_vectors (store, space, rows, n, error);
}

bool
sen_store_each_vector (SenStore *store, int64_t space, int64_t content, SenStoreVectorFunc func, gpointer data,
                       SenCancel *cancel, GError **error)
{
  return store->klass->each_vector (store, space, content, func, data, cancel, error);
}

void
sen_store_read_ahead (SenStore *store)
{
  store->klass->read_ahead (store);
}

bool
sen_store_search_words (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error)
{
  return store->klass->search_words (store, query, n, hits, cancel, error);
}

bool
sen_store_search_names (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error)
{
  return store->klass->search_names (store, query, n, hits, cancel, error);
}

bool
sen_store_search_meaning (SenStore *store, int64_t space, const float *values, const SenQuery *query, uint32_t n, GArray *hits,
                          SenSpread *spread, SenCancel *cancel, GError **error)
{
  return store->klass->search_meaning (store, space, values, query, n, hits, spread, cancel, error);
}

bool
sen_store_search_newest (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error)
{
  return store->klass->search_newest (store, query, n, hits, cancel, error);
}

bool
sen_store_find_place (SenStore *store, const SenHit *hit, const SenQuery *query, SenStorePlace *place, GError **error)
{
  return store->klass->find_place (store, hit, query, place, error);
}

bool
sen_store_find_about (SenStore *store, int64_t content, uint32_t line, char **text, GError **error)
{
  return store->klass->find_about (store, content, line, text, error);
}

bool
sen_store_find_title (SenStore *store, int64_t content, char **title, bool *is_heading, GError **error)
{
  return store->klass->find_title (store, content, title, is_heading, error);
}

bool
sen_store_find_beginning (SenStore *store, int64_t content, int64_t chunk, char **text, GError **error)
{
  return store->klass->find_beginning (store, content, chunk, text, error);
}

bool
sen_store_find_text (SenStore *store, int64_t content, SenChunkSource source, int64_t at_ms, char **text, GError **error)
{
  return store->klass->find_text (store, content, source, at_ms, text, error);
}

bool
sen_store_count (SenStore *store, SenStoreCounts *counts, GError **error)
{
  return store->klass->count (store, counts, error);
}

bool
sen_store_tidy (SenStore *store, uint32_t older_than_s, uint32_t limit, bool *is_done, GError **error)
{
  g_return_val_if_fail (store->is_writer, false);
  return store->klass->tidy (store, older_than_s, limit, is_done, error);
}
