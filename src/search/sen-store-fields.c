/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The store in SQLite: words that no passage has all of, but a file has: the one in its title, the other in its artist, its tags, its
 * name. */
#include "sen-store-private.h"

/* What is known of a content stands before its text. */
#define ROWS_BEFORE_TEXT 8
/* Copies of one content that are asked for their names. */
#define MAX_NAMES 8
/* Facts that are found in one pass are put in one after the other, and there are five at most. Tags that come later, with another pass,
 * have their row anywhere: where very many files have each of the words, they are not found this way. */
#define MAX_APART 4
/* Going through the rows of a word costs 0.03 µs each. */
#define MAX_ROWS 50000
#define MAX_PLACES 256

bool
sen_sqlite_see_names (SqliteStore *self, SenQueryFields *fields, int64_t content, GError **error)
{
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT name, folder FROM files WHERE content = ? LIMIT ?", "ii", content, (int64_t) MAX_NAMES);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    for (int i = 0; i < 2; i++)
      sen_query_fields_see (fields, (const char *) sqlite3_column_text (q, i), true);
  return sen_sqlite_end (self, q, result, "searching the index", error);
}

bool
sen_sqlite_see_facts (SqliteStore *self, SenQueryFields *fields, int64_t content, GError **error)
{
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT source, text FROM chunks WHERE content = ? ORDER BY pass, id LIMIT ?", "ii", content,
                                      (int64_t) ROWS_BEFORE_TEXT);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW && sqlite3_column_int (q, 0) != SEN_CHUNK_TEXT)
    if (sqlite3_column_int (q, 0) == SEN_CHUNK_ABOUT)
      sen_query_fields_see (fields, (const char *) sqlite3_column_text (q, 1), false);
  return sen_sqlite_end (self, q, result, "searching the index", error);
}

bool
sen_sqlite_see_passage (SqliteStore *self, SenQueryFields *fields, int64_t chunk, GError **error)
{
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT text, headings FROM chunks WHERE id = ?", "i", chunk);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  if (result == SQLITE_ROW)
    for (int i = 0; i < 2; i++)
      sen_query_fields_see (fields, (const char *) sqlite3_column_text (q, i), false);
  return sen_sqlite_end (self, q, result, "searching the index", error);
}

/* The rows that have a word, in order. */
static bool
read_rows (SqliteStore *self, const SenQueryTerm *term, GArray *rows, GError **error)
{
  g_autofree char *match = sen_query_match_term (term, SEN_MATCH_TEXTS);
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT rowid FROM words WHERE words MATCH ?", "s", match);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      int64_t row = sqlite3_column_int64 (q, 0);
      g_array_append_val (rows, row);
    }
  return sen_sqlite_end (self, q, result, "searching the index", error);
}

/* Leaves those of @places that one of @rows is near to; both are in order. */
static void
keep_near (GArray *places, const GArray *rows)
{
  guint n_kept = 0, j = 0;
  for (guint i = 0; i < places->len; i++)
    {
      int64_t place = g_array_index (places, int64_t, i);
      while (j < rows->len && g_array_index (rows, int64_t, j) < place - MAX_APART)
        j++;
      if (j < rows->len && g_array_index (rows, int64_t, j) <= place + MAX_APART)
        g_array_index (places, int64_t, n_kept++) = place;
    }
  g_array_set_size (places, n_kept);
}

bool
sen_sqlite_find_near_rows (SqliteStore *self, const SenQuery *query, const bool *takes, const int64_t *n, GArray *places, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (int64_t));
  uint32_t rarest = query->n_terms;
  int64_t n_all = 0;
  for (uint32_t i = 0; i < query->n_terms; i++)
    {
      if (!takes[i])
        continue;
      n_all += n[i];
      rarest = rarest == query->n_terms || n[i] < n[rarest] ? i : rarest;
    }
  if (rarest == query->n_terms || n[rarest] == 0 || n_all > MAX_ROWS)
    return true;
  if (!read_rows (self, &query->terms[rarest], places, error))
    return false;
  for (uint32_t i = 0; i < query->n_terms && places->len > 0; i++)
    {
      g_array_set_size (rows, 0);
      if (!takes[i] || i == rarest)
        continue;
      if (!read_rows (self, &query->terms[i], rows, error))
        return false;
      keep_near (places, rows);
    }
  g_array_set_size (places, MIN (places->len, MAX_PLACES));
  return true;
}
