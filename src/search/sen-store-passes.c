/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The store in SQLite: passes over contents, and the chunks they find. */
#include <string.h>

#include "sen-index-reason.h"
#include "sen-store-private.h"

/* The first time it is tried again after a day, then after two, four … and at last after 32. */
#define AGAIN_S (24 * 60 * 60)
#define AGAIN_DOUBLINGS 5
/* Later than that is a time by a clock that was wrong. */
#define AGAIN_MAX_S (AGAIN_S << AGAIN_DOUBLINGS)
/* One more ending of the program, and it is given up again. */
#define LAST_TRY "tries = " G_STRINGIFY (SEN_STORE_MAX_TRIES) " - 1"

/* What was found until then stands, and is found. Its parts stay as well: when it is tried again, it goes on behind them. Others that wait
 * for their turn wait a day from now at least: however many of them end the program, it ends once a day. */
static bool
fail_pass (SqliteStore *self, SenIndexPass pass, int64_t content, GError **error)
{
  g_autofree char *why = sen_index_say (SEN_INDEX_REASON_DEADLY, NULL);
  return sen_sqlite_run (self, error, "UPDATE passes SET state = ?, error = ?, given_up = given_up + 1,"
                         " again = unixepoch () + ? * (1 << min (given_up, ?)) WHERE content = ? AND pass = ?", "isiiii",
                         (int64_t) SEN_INDEX_FAILED, why, (int64_t) AGAIN_S, (int64_t) AGAIN_DOUBLINGS, content, (int64_t) pass)
         && sen_sqlite_run (self, error, "UPDATE passes SET again = min (max (again, unixepoch () + ?), unixepoch () + ?)"
                            " WHERE pass < ? AND state = ? AND given_up > 0", "iiii", (int64_t) AGAIN_S, (int64_t) AGAIN_MAX_S,
                            (int64_t) SEN_N_INDEX_PASSES, (int64_t) SEN_INDEX_FAILED)
         && sen_sqlite_run (self, error, "DELETE FROM chunks WHERE content = ? AND pass = ?", "ii", content, (int64_t) pass)
         && sen_sqlite_run (self, error, "INSERT INTO chunks (content, pass, source, page, line, start, end, text, headings)"
                            " SELECT content, pass, iif (page > 0, ?, ?), page, 0, start, end, substr (text, 1, ?), '' FROM parts"
                            " WHERE content = ? AND pass = ? AND text <> '' ORDER BY number", "iiiii", (int64_t) SEN_CHUNK_READ,
                            (int64_t) SEN_CHUNK_HEARD, (int64_t) SEN_CHUNK_MAX_BYTES / 4, content, (int64_t) pass);
}

bool
sen_sqlite_begin_pass (SenStore *store, SenIndexPass pass, uint32_t kinds, int64_t after, SenStoreTask *task, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  int64_t content;
  *task = (SenStoreTask) { 0 };
  /* An @after below zero: SEN_STORE_INTERRUPTED - the content. */
  bool ok = sen_sqlite_begin (self, error);
  while (ok && task->content == 0)
    {
      sqlite3_stmt *q = sen_sqlite_query (self, "SELECT p.content, p.tries, c.format, f.path, f.kind FROM passes p"
                                          " JOIN contents c ON c.id = p.content JOIN files f ON f.content = c.id"
                                          " WHERE p.pass = ?1 AND p.state = ?2 AND (p.tries > 0) = ?3 AND p.content > ?4"
                                          " AND (?5 >> f.kind) & 1 ORDER BY p.content LIMIT 1", "iiiii", (int64_t) pass,
                                          (int64_t) SEN_INDEX_TO_DO, (int64_t) (after < 0),
                                          after < 0 ? SEN_STORE_INTERRUPTED - after : after, (int64_t) kinds);
      int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
      bool is_found = result == SQLITE_ROW;
      if (is_found)
        {
          content = sqlite3_column_int64 (q, 0);
          after = after < 0 ? SEN_STORE_INTERRUPTED - content : content;
          uint32_t n_tries = (uint32_t) sqlite3_column_int64 (q, 1);
          if (n_tries < SEN_STORE_MAX_TRIES)
            *task = (SenStoreTask) {
              .content = content,
              .after = after,
              .n_tries = n_tries + 1,
              .format = g_strdup ((const char *) sqlite3_column_text (q, 2)),
              .path = sen_sqlite_dup_path (q, 3),
              .kind = (SenFileKind) sqlite3_column_int (q, 4),
            };
        }
      ok = sen_sqlite_end (self, q, result, "reading the index", error);
      if (!ok || !is_found)
        break;
      ok = task->content == 0 ? fail_pass (self, pass, content, error)
                              : sen_sqlite_run (self, error, "UPDATE passes SET tries = tries + 1 WHERE content = ? AND pass = ?", "ii",
                                                content, (int64_t) pass);
    }
  ok = sen_sqlite_finish (self, ok, error);
  if (!ok)
    sen_store_task_clear (task);
  return ok;
}

/* What fits of a text, cut between characters; UTF-8 as it should have been. (transfer full) */
static char *
cut_text (const char *text)
{
  size_t n = strnlen (text, SEN_CHUNK_MAX_BYTES + 1);
  if (n > SEN_CHUNK_MAX_BYTES)
    for (n = SEN_CHUNK_MAX_BYTES; n > 0 && ((uint8_t) text[n] & 0xc0) == 0x80;)
      n--;
  return g_utf8_make_valid (text, (gssize) n);
}

static bool
put_chunk (SqliteStore *self, int64_t content, SenIndexPass pass, const SenChunk *chunk, GError **error)
{
  g_autofree char *text = cut_text (chunk->text), *headings = cut_text (chunk->headings != NULL ? chunk->headings : "");
  return sen_sqlite_run (self, error, "INSERT INTO chunks (content, pass, source, page, line, start, end, text, headings)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", "iiiiiiiss", content, (int64_t) pass, (int64_t) chunk->source,
                         (int64_t) chunk->page, (int64_t) chunk->line, chunk->start_ms, chunk->end_ms, text, headings);
}

bool
sen_sqlite_finish_pass (SenStore *store, int64_t content, SenIndexPass pass, const SenPassResult *result, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  int64_t is_there = 0;
  bool ok = sen_sqlite_begin (self, error);
  ok = ok && sen_sqlite_read (self, &is_there, 0, error, "SELECT 1 FROM passes WHERE content = ? AND pass = ?", "ii", content,
                              (int64_t) pass);
  if (ok && is_there != 0)
    {
      ok = sen_sqlite_run (self, error, "UPDATE passes SET state = ?1, error = ?2, tries = max (0, tries - (?1 = ?3)),"
                           " given_up = iif (?1 = ?3, given_up, 0), again = NULL WHERE content = ?4 AND pass = ?5", "isiii",
                           (int64_t) result->state, result->error,
                           (int64_t) SEN_INDEX_TO_DO, content, (int64_t) pass)
           && sen_sqlite_run (self, error, "DELETE FROM chunks WHERE content = ? AND pass = ?", "ii", content, (int64_t) pass)
           && (result->state == SEN_INDEX_TO_DO
               || sen_sqlite_run (self, error, "DELETE FROM parts WHERE content = ? AND pass = ?", "ii", content, (int64_t) pass));
      uint32_t n_embd = 0;
      ok = ok && (result->vectors == NULL || sen_sqlite_space_size (self, result->space, &n_embd, error));
      for (size_t i = 0; i < result->n_chunks && ok; i++)
        {
          ok = put_chunk (self, content, pass, &result->chunks[i], error);
          if (ok && result->vectors != NULL && result->vectors[i] != NULL)
            ok = sen_sqlite_put_vector (self, result->space, sqlite3_last_insert_rowid (self->db), result->vectors[i], n_embd, error);
        }
      if (ok && result->language != NULL)
        ok = sen_sqlite_run (self, error, "UPDATE contents SET language = ? WHERE id = ?", "si", result->language, content);
      if (ok && result->made_us != 0)
        ok = sen_sqlite_run (self, error, "UPDATE contents SET made = ? WHERE id = ?", "ii", result->made_us, content);
      if (ok && pass == SEN_INDEX_QUICK && result->state == SEN_INDEX_DONE)
        ok = sen_sqlite_run (self, error, "INSERT OR REPLACE INTO passes (pass, content, state) VALUES (?, ?, ?)", "iii",
                             (int64_t) SEN_INDEX_DEEP, content, (int64_t) result->deep_state);
    }
  return sen_sqlite_finish (self, ok, error);
}

bool
sen_sqlite_put_parts (SenStore *store, int64_t content, SenIndexPass pass, const SenStorePart *parts, size_t n, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  int64_t is_there = 0, number = 0;
  bool ok = sen_sqlite_begin (self, error);
  ok = ok && sen_sqlite_read (self, &is_there, 0, error, "SELECT 1 FROM passes WHERE content = ? AND pass = ? AND state = ?", "iii",
                              content, (int64_t) pass, (int64_t) SEN_INDEX_TO_DO)
       && sen_sqlite_read (self, &number, 0, error, "SELECT ifnull (max (number), 0) FROM parts WHERE content = ? AND pass = ?", "ii",
                           content, (int64_t) pass);
  for (size_t i = 0; i < n && ok && is_there != 0; i++)
    ok = sen_sqlite_run (self, error, "INSERT INTO parts (content, pass, number, place, page, start, end, text)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "iiisiiis", content, (int64_t) pass, number + 1 + (int64_t) i, parts[i].place,
                         (int64_t) parts[i].page, parts[i].start_ms, parts[i].end_ms, parts[i].text);
  ok = ok && sen_sqlite_run (self, error, "UPDATE passes SET tries = min (tries, 1), given_up = 0 WHERE content = ? AND pass = ?", "ii",
                             content, (int64_t) pass);
  return sen_sqlite_finish (self, ok, error);
}

bool
sen_sqlite_hold_pass (SenStore *store, int64_t content, SenIndexPass pass, bool is_held, GError **error)
{
  return sen_sqlite_run ((SqliteStore *) store, error, "UPDATE passes SET tries = max (0, tries + ?) WHERE content = ? AND pass = ?"
                         " AND state = ?", "iiii", (int64_t) (is_held ? -1 : 1), content, (int64_t) pass, (int64_t) SEN_INDEX_TO_DO);
}

/* As UTF-8, whatever a database holds. (transfer full) */
static char *
dup_text (sqlite3_stmt *q, int column)
{
  const char *text = (const char *) sqlite3_column_text (q, column);
  return g_utf8_make_valid (text != NULL ? text : "", -1);
}

bool
sen_sqlite_each_part (SenStore *store, int64_t content, SenIndexPass pass, SenStorePartFunc func, gpointer data, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT place, page, start, end, text FROM parts WHERE content = ? AND pass = ?"
                                      " ORDER BY number", "ii", content, (int64_t) pass);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      g_autofree char *place = dup_text (q, 0), *text = dup_text (q, 4);
      func (&(SenStorePart) {
        .place = place,
        .page = (uint32_t) sqlite3_column_int64 (q, 1),
        .start_ms = sqlite3_column_int64 (q, 2),
        .end_ms = sqlite3_column_int64 (q, 3),
        .text = text,
      }, data);
    }
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

bool
sen_sqlite_put_fact (SenStore *store, int64_t content, SenAbout about, const char *text, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  const SenChunk chunk = { .source = SEN_CHUNK_ABOUT, .line = about, .start_ms = -1, .end_ms = -1, .text = text };
  int64_t is_there = 0;
  bool ok = sen_sqlite_begin (self, error);
  ok = ok && sen_sqlite_read (self, &is_there, 0, error, "SELECT 1 FROM contents WHERE id = ?", "i", content)
       && sen_sqlite_run (self, error, "DELETE FROM chunks WHERE content = ? AND pass = ? AND source = ? AND line = ?", "iiii", content,
                          (int64_t) SEN_INDEX_QUICK, (int64_t) SEN_CHUNK_ABOUT, (int64_t) about)
       && (is_there == 0 || *text == '\0' || put_chunk (self, content, SEN_INDEX_QUICK, &chunk, error));
  return sen_sqlite_finish (self, ok, error);
}

bool
sen_sqlite_each_failure (SenStore *store, SenStoreFailureFunc func, gpointer data, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT path, -1, error, 0 FROM files WHERE error IS NOT NULL"
                                      " UNION ALL SELECT f.path, p.pass, ifnull (p.error, ''), p.tries FROM passes p"
                                      " JOIN files f ON f.content = p.content WHERE p.pass < ? AND p.state = ? ORDER BY 1", "ii",
                                      (int64_t) SEN_N_INDEX_PASSES, (int64_t) SEN_INDEX_FAILED);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      g_autofree char *path = sen_sqlite_dup_path (q, 0);
      func (path, sqlite3_column_int (q, 1), (const char *) sqlite3_column_text (q, 2), (uint32_t) sqlite3_column_int64 (q, 3), data);
    }
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

bool
sen_sqlite_retry_failed (SenStore *store, GError **error)
{
  return sen_sqlite_run ((SqliteStore *) store, error, "UPDATE passes SET state = ?, tries = 0, error = NULL WHERE pass < ? AND state = ?"
                         " AND given_up = 0", "iii", (int64_t) SEN_INDEX_TO_DO, (int64_t) SEN_N_INDEX_PASSES, (int64_t) SEN_INDEX_FAILED)
         && sen_sqlite_run ((SqliteStore *) store, error, "UPDATE passes SET again = 0 WHERE pass < ? AND state = ? AND given_up > 0", "ii",
                            (int64_t) SEN_N_INDEX_PASSES, (int64_t) SEN_INDEX_FAILED);
}

bool
sen_sqlite_retry_due (SenStore *store, SenIndexPass pass, uint32_t kinds, bool *is_one, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  bool ok = sen_sqlite_run (self, error, "UPDATE passes SET state = ?1, " LAST_TRY ", error = NULL, again = NULL WHERE pass = ?2"
                            " AND content = (SELECT p.content FROM passes p WHERE p.pass = ?2 AND p.state = ?3 AND p.given_up > 0"
                            " AND p.again NOT BETWEEN unixepoch () + 1 AND unixepoch () + ?4 AND EXISTS"
                            " (SELECT 1 FROM files f WHERE f.content = p.content AND (?5 >> f.kind) & 1) ORDER BY p.again LIMIT 1)"
                            " AND NOT EXISTS (SELECT 1 FROM passes w WHERE w.pass < ?6 AND w.state = ?1 AND w.given_up > 0 AND EXISTS"
                            " (SELECT 1 FROM files f WHERE f.content = w.content AND (?5 >> f.kind) & 1))", "iiiiii",
                            (int64_t) SEN_INDEX_TO_DO, (int64_t) pass, (int64_t) SEN_INDEX_FAILED, (int64_t) AGAIN_MAX_S, (int64_t) kinds,
                            (int64_t) SEN_N_INDEX_PASSES);
  *is_one = ok && sqlite3_changes (self->db) > 0;
  return ok;
}
