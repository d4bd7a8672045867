/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>

G_BEGIN_DECLS

/**
 * What every SQLite database of ours has in common: its tables are steps, each of which takes it from one version (PRAGMA
 * user_version) to the next. Steps are never changed, only added.
 *
 * Thread-safety: that of the connection that is handed in.
 */
typedef struct {
  const char        *what;      /* "the conversations": for sentences */
  const char *const *steps;     /* [version]: SQL */
  int                version;
  bool               keeps_old; /* before a step an older file is copied to PATH.version-N */
} SenDatabaseSchema;

/** How long one connection waits for another to have written. */
#define SEN_DATABASE_BUSY_MS 5000

/** Brings an open database to the schema's version, each step in a transaction of its own. SEN_ERROR_UNSUPPORTED when it is newer,
 *  SEN_ERROR_FORMAT when it is damaged or something else. */
bool sen_database_migrate (sqlite3 *db, const char *path, const SenDatabaseSchema *schema, GError **error);
/** The version of an open database; @result is SQLite's. */
int  sen_database_read_version (sqlite3 *db, int *result);
/** The text of a column as UTF-8, whatever the file holds; NULL for SQL's NULL. (transfer full) */
char *sen_database_dup_text (sqlite3_stmt *row, int column);
/** Copies a database, atomically, in place of @path. */
bool sen_database_copy (sqlite3 *db, const char *path, const char *what, GError **error);
/** A GError for what SQLite just said; @doing: "writing the conversations". Always false. */
bool sen_database_fail (sqlite3 *db, int result, const char *path, const char *doing, GError **error);

G_END_DECLS
