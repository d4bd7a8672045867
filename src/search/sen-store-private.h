/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the parts of the store in SQLite share. */
#pragma once

#include "sen-cpu.h"
#include "sen-database.h"
#include "sen-index-store-private.h"
#include "sen-pool.h"

G_BEGIN_DECLS

extern const SenDatabaseSchema sen_store_schema;

typedef struct {
  SenStore          base;
  char             *path;
  sqlite3          *db;
  int               lock_fd;       /* -1: a reader */
  SenCancel        *cancel;        /* of the writer; or NULL */
  GHashTable       *statements;    /* static const char *sql -> sqlite3_stmt */
  GHashTable       *mirrors;       /* space -> its vectors in memory, as they are first searched */
  uint32_t          n_threads;
  SenPool          *pool;          /* made with the first search */
  SenIsa            isa;
  SenDevice        *device;        /* that vectors are searched with; or NULL */
  uint64_t          device_from;   /* bytes of them */
} SqliteStore;

/* --- Statements: sen-store-sqlite.c --------------------------------------------------------------------------------------------------- */

/** A statement with its parameters, ready for its first step. @types: a letter for each that follows: i int64_t, s const char * (may be
 *  NULL), b const void * and size_t (NULL pointer: NULL). Borrowed memory stays until sen_sqlite_end(). NULL when it can't be prepared;
 *  sen_sqlite_end() tells why. @sql is static. */
sqlite3_stmt *sen_sqlite_query (SqliteStore *self, const char *sql, const char *types, ...);
/** After the last step, whose result this is: SQLITE_ROW when no more are wanted. */
bool sen_sqlite_end (SqliteStore *self, sqlite3_stmt *statement, int result, const char *doing, GError **error);
/** A statement that has no rows. */
bool sen_sqlite_run (SqliteStore *self, GError **error, const char *sql, const char *types, ...);
/** The integer of its first row; @none when there is no row. */
bool sen_sqlite_read (SqliteStore *self, int64_t *value, int64_t none, GError **error, const char *sql, const char *types, ...);

/** Statements may be cancelled from here on, by @cancel, or no more, NULL. */
void sen_sqlite_watch (SqliteStore *self, SenCancel *cancel);
bool sen_sqlite_begin (SqliteStore *self, GError **error);
/** Commits when @ok, else, or when that fails, takes all back; then false. */
bool sen_sqlite_finish (SqliteStore *self, bool ok, GError **error);

/** A name of a file as sqlite3_column_blob() has it. (transfer full) */
char *sen_sqlite_dup_path (sqlite3_stmt *statement, int column);
/** The map of a space. (transfer full) */
char *sen_sqlite_map_path (SqliteStore *self, int64_t space);

/* --- sen-store-passes.c --------------------------------------------------------------------------------------------------------------- */

bool sen_sqlite_begin_pass (SenStore *store, SenIndexPass pass, uint32_t kinds, int64_t after, SenStoreTask *task, GError **error);
bool sen_sqlite_finish_pass (SenStore *store, int64_t content, SenIndexPass pass, const SenPassResult *result, GError **error);
bool sen_sqlite_put_parts (SenStore *store, int64_t content, SenIndexPass pass, const SenStorePart *parts, size_t n, GError **error);
bool sen_sqlite_each_part (SenStore *store, int64_t content, SenIndexPass pass, SenStorePartFunc func, gpointer data, GError **error);
bool sen_sqlite_hold_pass (SenStore *store, int64_t content, SenIndexPass pass, bool is_held, GError **error);
bool sen_sqlite_put_fact (SenStore *store, int64_t content, SenAbout about, const char *text, GError **error);
bool sen_sqlite_each_failure (SenStore *store, SenStoreFailureFunc func, gpointer data, GError **error);
bool sen_sqlite_retry_failed (SenStore *store, GError **error);
bool sen_sqlite_retry_due (SenStore *store, SenIndexPass pass, uint32_t kinds, bool *is_one, GError **error);

/* --- sen-store-spaces.c --------------------------------------------------------------------------------------------------------------- */

bool sen_sqlite_open_space (SenStore *store, SenSpaceRole role, const char *identity, uint32_t n_embd, SenSpace *space, GError **error);
bool sen_sqlite_current_space (SenStore *store, SenSpaceRole role, SenSpace *space, char **identity, GError **error);
bool sen_sqlite_settle_space (SenStore *store, int64_t space, bool *is_whole, GError **error);
bool sen_sqlite_each_missing (SenStore *store, int64_t space, int64_t after, uint32_t limit, SenStoreMissingFunc func, gpointer data,
                              GError **error);
bool sen_sqlite_count_missing (SenStore *store, int64_t space, uint64_t *n, GError **error);
/** Puts the vector of one chunk: part of a transaction. */
bool sen_sqlite_put_vector (SqliteStore *self, int64_t space, int64_t chunk, const float *values, uint32_t n_embd, GError **error);
bool sen_sqlite_space_size (SqliteStore *self, int64_t space, uint32_t *n_embd, GError **error);
/** A vector as f32; false when it is not of @n values. */
bool sen_sqlite_read_half (sqlite3_stmt *statement, int column, uint32_t n, float *values);
bool sen_sqlite_put_vectors (SenStore *store, int64_t space, const SenVectorRow *rows, size_t n, GError **error);
bool sen_sqlite_each_vector (SenStore *store, int64_t space, int64_t content, SenStoreVectorFunc func, gpointer data,
                             SenCancel *cancel, GError **error);

/* --- sen-store-fields.c --------------------------------------------------------------------------------------------------------------- */

/** Let @fields see the names and folders of @content, what is known of it, or a passage with its headings. */
bool sen_sqlite_see_names (SqliteStore *self, SenQueryFields *fields, int64_t content, GError **error);
bool sen_sqlite_see_facts (SqliteStore *self, SenQueryFields *fields, int64_t content, GError **error);
bool sen_sqlite_see_passage (SqliteStore *self, SenQueryFields *fields, int64_t chunk, GError **error);
/** Chunks (int64_t) with the rarest of the terms that @takes says, of which there are @n rows each, that have all others in chunks beside
 *  them: there facts of one file may be. None where words are too frequent for it. */
bool sen_sqlite_find_near_rows (SqliteStore *self, const SenQuery *query, const bool *takes, const int64_t *n, GArray *places,
                                GError **error);

/* --- sen-store-search.c --------------------------------------------------------------------------------------------------------------- */

void sen_sqlite_mirror_free (gpointer mirror);
void sen_sqlite_set_device (SenStore *store, SenDevice *device, uint64_t from_bytes);

void sen_sqlite_read_ahead (SenStore *store);
bool sen_sqlite_search_words (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);
bool sen_sqlite_search_names (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);
bool sen_sqlite_search_meaning (SenStore *store, int64_t space, const float *values, const SenQuery *query, uint32_t n, GArray *hits,
                                SenSpread *spread, SenCancel *cancel, GError **error);
bool sen_sqlite_search_newest (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);
bool sen_sqlite_find_place (SenStore *store, const SenHit *hit, const SenQuery *query, SenStorePlace *place, GError **error);
bool sen_sqlite_find_about (SenStore *store, int64_t content, uint32_t line, char **text, GError **error);
bool sen_sqlite_find_title (SenStore *store, int64_t content, char **title, bool *is_heading, GError **error);
bool sen_sqlite_find_beginning (SenStore *store, int64_t content, int64_t chunk, char **text, GError **error);
bool sen_sqlite_find_text (SenStore *store, int64_t content, SenChunkSource source, int64_t at_ms, char **text, GError **error);

G_END_DECLS
