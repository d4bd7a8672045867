/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What somebody types: whatever it is, the expressions that are made of it are ones FTS5 takes. */
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "sen-query.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
try_match (const SenQuery *query, SenMatchIndex index, SenMatchMode mode)
{
  static sqlite3_stmt *statements[2];
  if (statements[0] == NULL)
    {
      sqlite3 *db;
      g_assert (sqlite3_open (":memory:", &db) == SQLITE_OK);
      g_assert (sqlite3_exec (db, "CREATE VIRTUAL TABLE words USING fts5 (text, headings, tokenize='unicode61 remove_diacritics 2');"
                                  "CREATE VIRTUAL TABLE names USING fts5 (name, folder, tokenize='trigram');"
                                  "INSERT INTO words VALUES ('a b c', 'd'); INSERT INTO names VALUES ('abc', 'd')", NULL, NULL, NULL)
                == SQLITE_OK);
      sqlite3_prepare_v2 (db, "SELECT rowid FROM words WHERE words MATCH ?", -1, &statements[SEN_MATCH_TEXTS], NULL);
      sqlite3_prepare_v2 (db, "SELECT rowid FROM names WHERE names MATCH ?", -1, &statements[SEN_MATCH_NAMES], NULL);
    }
  g_autofree char *match = sen_query_match (query, index, mode, NULL);
  if (match == NULL)
    return;
  sqlite3_bind_text (statements[index], 1, match, -1, SQLITE_STATIC);
  int result = sqlite3_step (statements[index]);
  g_assert (result == SQLITE_ROW || result == SQLITE_DONE);
  sqlite3_reset (statements[index]);
}

/* Words are looked for in a text and in a name, which may be the very ones that were typed. */
static void
try_fields (const SenQuery *query, const char *valid)
{
  bool takes[SEN_QUERY_MAX_TERMS], misses[SEN_QUERY_MAX_TERMS];
  for (uint32_t i = 0; i < SEN_QUERY_MAX_TERMS; i++)
    takes[i] = i % 5 != 4;
  g_autofree char *folded = sen_query_fold (valid);
  g_autoptr (SenQueryFields) fields = sen_query_fields_new (query, takes);
  uint32_t n = sen_query_fields_missing (fields, misses);
  g_assert (n <= query->n_terms);
  sen_query_fields_see (fields, "", false);
  sen_query_fields_see (fields, "", true);
  g_assert (sen_query_fields_count (fields) == 0);
  sen_query_fields_see (fields, valid, false);
  sen_query_fields_see (fields, folded, true);
  g_assert (sen_query_fields_count (fields) + sen_query_fields_missing (fields, misses) == n);
  g_autoptr (SenQueryNames) names = sen_query_names_new (query);
  sen_query_names_share (names, folded, "");
  sen_query_names_is_whole (names, folded);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (SenQuery) query = sen_query_parse (text, size % 2 == 0, NULL);
  if (query == NULL)
    return 0;
  g_assert (query->n_terms <= SEN_QUERY_MAX_TERMS && g_utf8_validate (query->meaning, -1, NULL));
  for (int i = 0; i < 4; i++)
    try_match (query, i % 2 == 0 ? SEN_MATCH_TEXTS : SEN_MATCH_NAMES, i / 2 == 0 ? SEN_MATCH_ALL : SEN_MATCH_ANY);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  try_fields (query, valid);
  sen_query_lets_through (query, "/home/me/a.pdf", SEN_FILE_DOCUMENT, 0);
  return 0;
}
