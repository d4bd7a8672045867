/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The store in SQLite: spaces, and the vectors in them. */
#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-store-private.h"

#define SPACE_COLUMNS "id, role, n_embd, whole, n, identity"

static void
read_space (sqlite3_stmt *q, SenSpace *space)
{
  *space = (SenSpace) {
    .space = sqlite3_column_int64 (q, 0),
    .role = (SenSpaceRole) sqlite3_column_int (q, 1),
    .n_embd = (uint32_t) sqlite3_column_int64 (q, 2),
    .is_whole = sqlite3_column_int (q, 3) != 0,
    .n_vectors = (uint64_t) sqlite3_column_int64 (q, 4),
  };
}

static bool
find_space (SqliteStore *self, SenSpaceRole role, const char *identity, SenSpace *space, GError **error)
{
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT " SPACE_COLUMNS " FROM spaces WHERE role = ? AND identity = ?", "is", (int64_t) role,
                                      identity);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  *space = (SenSpace) { 0 };
  if (result == SQLITE_ROW)
    read_space (q, space);
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

bool
sen_sqlite_open_space (SenStore *store, SenSpaceRole role, const char *identity, uint32_t n_embd, SenSpace *space, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  if (n_embd == 0 || n_embd > SEN_SPACE_MAX_EMBD)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "vectors of %u values can't be indexed; from 1 to %d can be", n_embd,
                   SEN_SPACE_MAX_EMBD);
      return false;
    }
  /* One that was given up and is wanted again is filled up. */
  if (!sen_sqlite_run (self, error, "INSERT INTO spaces (role, identity, n_embd) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                       " SET given_up = 0, whole = whole AND NOT given_up", "isi", (int64_t) role, identity, (int64_t) n_embd)
      || !find_space (self, role, identity, space, error))
    return false;
  if (space->n_embd != n_embd)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "the vectors of “%s” have %u values in the index, not %u", identity, space->n_embd,
                   n_embd);
      return false;
    }
  return true;
}

bool
sen_sqlite_current_space (SenStore *store, SenSpaceRole role, SenSpace *space, char **identity, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT " SPACE_COLUMNS " FROM spaces WHERE role = ? AND NOT given_up"
                                      " ORDER BY whole DESC, id DESC LIMIT 1", "i", (int64_t) role);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  *space = (SenSpace) { 0 };
  if (identity != NULL)
    *identity = NULL;
  if (result == SQLITE_ROW)
    {
      read_space (q, space);
      if (identity != NULL)
        *identity = g_strdup ((const char *) sqlite3_column_text (q, 5));
    }
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

/* Which chunks a role is about: those of one source, or else all that have text. */
static int64_t
source_of (SenSpaceRole role)
{
  return role == SEN_SPACE_SIGHT ? SEN_CHUNK_SEEN : role == SEN_SPACE_SOUND ? SEN_CHUNK_SOUND : -1;
}

/* Numbers of the enums, for SQL. */
#define READ 1
#define ABOUT 3
#define TAGS 1
G_STATIC_ASSERT (READ == SEN_CHUNK_READ && ABOUT == SEN_CHUNK_ABOUT && TAGS == SEN_ABOUT_TAGS);
/* Fewer letters that were read off a picture are mostly none, and near to any other short text. */
#define READ_LETTERS 12

/* Whether a chunk c has a meaning to be compared. What a picture is guessed to show has none: those are words like any other when they are
 * looked for, but what they are only akin to, as all animals are to a dog, the look tells at first hand, and of looks it is known what
 * chance gives. */
#define MEANS                                                                                                                             \
  "c.text <> '' AND NOT (c.source = " G_STRINGIFY (ABOUT) " AND c.line = " G_STRINGIFY (TAGS) ")"                                          \
  " AND NOT (c.source = " G_STRINGIFY (READ) " AND length (c.text) < " G_STRINGIFY (READ_LETTERS) ")"

/* Chunks c that lack a vector in space ?1, of source ?2. */
#define LACKING                                                                                                                           \
  " CASE WHEN ?2 < 0 THEN " MEANS " ELSE c.source = ?2 END"                                                                               \
  " AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.chunk = c.id AND v.space = ?1)"

static bool
read_role (SqliteStore *self, int64_t space, SenSpaceRole *role, uint32_t *n_embd, GError **error)
{
  int64_t number, size;
  if (!sen_sqlite_read (self, &number, -1, error, "SELECT role FROM spaces WHERE id = ?", "i", space)
      || !sen_sqlite_read (self, &size, 0, error, "SELECT n_embd FROM spaces WHERE id = ?", "i", space))
    return false;
  if (number < 0 || number >= SEN_N_SPACE_ROLES || size <= 0 || size > SEN_SPACE_MAX_EMBD)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "the index has no space %" G_GINT64_FORMAT, space);
      return false;
    }
  *role = (SenSpaceRole) number;
  *n_embd = (uint32_t) size;
  return true;
}

bool
sen_sqlite_settle_space (SenStore *store, int64_t space, bool *is_whole, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  SenSpaceRole role = SEN_SPACE_TEXT;
  uint32_t n_embd;
  int64_t is_open = 1;
  sen_sqlite_watch (self, self->cancel);
  bool ok = sen_sqlite_begin (self, error);
  ok = ok && read_role (self, space, &role, &n_embd, error)
       && sen_sqlite_read (self, &is_open, 1, error, "SELECT EXISTS (SELECT 1 FROM passes p JOIN files f ON f.content = p.content"
                           " WHERE p.pass = ? AND p.state = ?)", "ii", (int64_t) SEN_INDEX_QUICK, (int64_t) SEN_INDEX_TO_DO)
       && (is_open != 0
           || sen_sqlite_read (self, &is_open, 1, error, "SELECT EXISTS (SELECT 1 FROM chunks c JOIN files f ON f.content = c.content"
                               " WHERE" LACKING ")", "ii", space, source_of (role)));
  if (ok && is_open == 0)
    ok = sen_sqlite_run (self, error, "UPDATE spaces SET whole = 1 WHERE id = ? AND NOT whole", "i", space)
         && sen_sqlite_run (self, error, "UPDATE spaces SET given_up = 1 WHERE role = ? AND id <> ? AND NOT given_up", "ii", (int64_t) role,
                            space);
  sen_sqlite_watch (self, NULL);
  ok = sen_sqlite_finish (self, ok, error);
  *is_whole = ok && is_open == 0;
  return ok;
}

bool
sen_sqlite_each_missing (SenStore *store, int64_t space, int64_t after, uint32_t limit, SenStoreMissingFunc func, gpointer data,
                         GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  SenSpaceRole role;
  uint32_t n_embd;
  if (!read_role (self, space, &role, &n_embd, error))
    return false;
  sen_sqlite_watch (self, self->cancel);
  /* One of a content's files will do: the plus keeps the planner from walking files first. */
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT c.id, c.content, f.path, f.kind, c.source, c.page, c.line, c.start, c.end, c.text,"
                                      " c.headings FROM chunks c JOIN files f ON f.id = (SELECT min (id) FROM files"
                                      " WHERE content = c.content) WHERE c.id > ?3 AND" LACKING
                                      " ORDER BY c.id LIMIT ?4", "iiii", space, source_of (role), after,
                                      (int64_t) limit);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      g_autofree char *path = sen_sqlite_dup_path (q, 2);
      SenStoreMissing missing = {
        .chunk = sqlite3_column_int64 (q, 0),
        .content = sqlite3_column_int64 (q, 1),
        .path = path,
        .kind = (SenFileKind) sqlite3_column_int (q, 3),
        .passage = {
          .source = (SenChunkSource) sqlite3_column_int (q, 4),
          .page = (uint32_t) sqlite3_column_int64 (q, 5),
          .line = (uint32_t) sqlite3_column_int64 (q, 6),
          .start_ms = sqlite3_column_int64 (q, 7),
          .end_ms = sqlite3_column_int64 (q, 8),
          .text = (const char *) sqlite3_column_text (q, 9),
          .headings = (const char *) sqlite3_column_text (q, 10),
        },
      };
      func (&missing, data);
    }
  sen_sqlite_watch (self, NULL);
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

bool
sen_sqlite_count_missing (SenStore *store, int64_t space, uint64_t *n, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  SenSpaceRole role;
  uint32_t n_embd;
  int64_t count = 0;
  sen_sqlite_watch (self, self->cancel);
  bool ok = read_role (self, space, &role, &n_embd, error)
            && sen_sqlite_read (self, &count, 0, error, "SELECT count (*) FROM chunks c WHERE EXISTS"
                                " (SELECT 1 FROM files f WHERE f.content = c.content) AND" LACKING, "ii", space, source_of (role));
  sen_sqlite_watch (self, NULL);
  *n = (uint64_t) count;
  return ok;
}

/* To unit length, in f16. False when it has no length. */
static bool
narrow (const float *values, uint32_t n, uint16_t *half)
{
  double square = 0.0;
  for (uint32_t i = 0; i < n; i++)
    square += (double) values[i] * values[i];
  if (!(square > 0.0) || !isfinite (square))
    return false;
  double scale = 1.0 / sqrt (square);
  for (uint32_t i = 0; i < n; i++)
    half[i] = sen_f32_to_f16 ((float) (values[i] * scale));
  return true;
}

bool
sen_sqlite_read_half (sqlite3_stmt *q, int column, uint32_t n, float *values)
{
  const uint8_t *bytes = sqlite3_column_blob (q, column);
  if (bytes == NULL || (size_t) sqlite3_column_bytes (q, column) != n * sizeof (uint16_t))
    return false;
  /* Of what is finite, as all of a vector is: the compiler makes vectors of this, and a question reads thousands. */
  for (uint32_t i = 0; i < n; i++)
    {
      uint16_t half;
      memcpy (&half, bytes + i * sizeof half, sizeof half);
      uint32_t sign = (uint32_t) (half & 0x8000) << 16, rest = (uint32_t) (half & 0x7fff) << 13;
      float value;
      memcpy (&value, &rest, sizeof value);
      value *= 0x1p112f;
      memcpy (&rest, &value, sizeof rest);
      rest |= sign;
      memcpy (&values[i], &rest, sizeof rest);
    }
  return true;
}

bool
sen_sqlite_space_size (SqliteStore *self, int64_t space, uint32_t *n_embd, GError **error)
{
  SenSpaceRole role;
  return read_role (self, space, &role, n_embd, error);
}

bool
sen_sqlite_put_vector (SqliteStore *self, int64_t space, int64_t chunk, const float *values, uint32_t n_embd, GError **error)
{
  g_autofree uint16_t *half = g_new (uint16_t, MAX (n_embd, 1));
  bool is_vector = values != NULL && narrow (values, n_embd, half);
  return sen_sqlite_run (self, error, "INSERT OR IGNORE INTO vectors (space, chunk, half) SELECT ?, id, ? FROM chunks WHERE id = ?", "ibi",
                         space, is_vector ? half : NULL, (size_t) n_embd * sizeof *half, chunk);
}

bool
sen_sqlite_put_vectors (SenStore *store, int64_t space, const SenVectorRow *rows, size_t n, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  SenSpaceRole role;
  uint32_t n_embd = 0;
  bool ok = sen_sqlite_begin (self, error);
  ok = ok && read_role (self, space, &role, &n_embd, error);
  for (size_t i = 0; i < n && ok; i++)
    ok = sen_sqlite_put_vector (self, space, rows[i].chunk, rows[i].values, n_embd, error);
  return sen_sqlite_finish (self, ok, error);
}

bool
sen_sqlite_each_vector (SenStore *store, int64_t space, int64_t content, SenStoreVectorFunc func, gpointer data,
                        SenCancel *cancel, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  SenSpaceRole role;
  uint32_t n_embd;
  if (!read_role (self, space, &role, &n_embd, error))
    return false;
  g_autofree float *values = g_new (float, n_embd);
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT v.chunk, v.half FROM chunks c JOIN vectors v ON v.chunk = c.id AND v.space = ?"
                                      " WHERE c.content = ? AND v.half IS NOT NULL ORDER BY v.chunk", "ii", space, content);
  int result = SQLITE_ERROR;
  sen_sqlite_watch (self, cancel);
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    if (sen_sqlite_read_half (q, 1, n_embd, values))
      func (sqlite3_column_int64 (q, 0), values, data);
  bool ok = sen_sqlite_end (self, q, result, "reading the index", error);
  sen_sqlite_watch (self, self->cancel);
  return ok;
}
