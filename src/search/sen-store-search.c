/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The store in SQLite: searching by words, names and meaning. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-chunk.h"
#include "sen-error.h"
#include "sen-find-reason.h"
#include "sen-store-private.h"
#include "sen-vectors.h"

/* At most so many times the wanted number are compared again exactly, some at a time, until none of the rest can be among the wanted:
 * each may lie anywhere on the disk. A hundredth of the likeness is what 8 bits may cost. */
#define CANDIDATES_PER_HIT 8
#define MIN_CANDIDATES 256
#define CANDIDATES_AT_ONCE 32
#define MAX_LOSS 0.01f
/* While a map is filled, what is in memory goes to the disk after so many vectors. */
#define SAVE_EVERY 65536
/* A map with more than this, and than a quarter of it, removed is made anew. */
#define REMOVED_MAX 4096

static bool
begin_search (SqliteStore *self, SenCancel *cancel, GError **error)
{
  sen_sqlite_watch (self, cancel);
  /* All that a search reads is of one moment. */
  return sen_sqlite_run (self, error, "BEGIN", "");
}

static bool
end_search (SqliteStore *self, bool ok)
{
  sen_sqlite_watch (self, NULL);
  sqlite3_exec (self->db, ok ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL);
  return ok;
}

/* --- What a query lets through -------------------------------------------------------------------------------------------------------- */

/* A bit for each content. */
typedef struct {
  bool        is_all;
  GByteArray *bits;      /* NULL when it is all */
} Allowed;

static void
allowed_clear (Allowed *allowed)
{
  g_clear_pointer (&allowed->bits, g_byte_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Allowed, allowed_clear)

static void
set_bit (GByteArray *bits, int64_t content)
{
  if (content >= 0 && (uint64_t) content / 8 < bits->len)
    bits->data[content / 8] |= (uint8_t) (1u << (content % 8));
}

static bool
is_allowed (int64_t content, gpointer data)
{
  const Allowed *allowed = data;
  return allowed->is_all
         || (content >= 0 && (uint64_t) content / 8 < allowed->bits->len && (allowed->bits->data[content / 8] >> (content % 8) & 1) != 0);
}

static GByteArray *
new_bits (guint n_bytes, uint8_t value)
{
  GByteArray *bits = g_byte_array_sized_new (n_bytes);
  g_byte_array_set_size (bits, n_bytes);
  memset (bits->data, value, n_bytes);
  return bits;
}

static bool
set_by_statement (SqliteStore *self, const char *sql, const char *match, GByteArray *bits, GError **error)
{
  sqlite3_stmt *q = sen_sqlite_query (self, sql, "s", match);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    set_bit (bits, sqlite3_column_int64 (q, 0));
  return sen_sqlite_end (self, q, result, "searching the index", error);
}

/* Contents that have a term in their text or names. */
static bool
find_term (SqliteStore *self, const SenQueryTerm *term, GByteArray *bits, GError **error)
{
  g_autofree char *text = sen_query_match_term (term, SEN_MATCH_TEXTS), *name = sen_query_match_term (term, SEN_MATCH_NAMES);
  return (text == NULL
          || set_by_statement (self, "SELECT c.content FROM words JOIN chunks c ON c.id = words.rowid WHERE words MATCH ?", text, bits,
                               error))
         && (name == NULL
             || set_by_statement (self, "SELECT f.content FROM names JOIN files f ON f.id = names.rowid WHERE names MATCH ?", name, bits,
                                  error));
}

static const char *
read_path (sqlite3_stmt *q, int column, GString *path)
{
  const char *bytes = sqlite3_column_blob (q, column);
  g_string_truncate (path, 0);
  g_string_append_len (path, bytes != NULL ? bytes : "", sqlite3_column_bytes (q, column));
  return path->str;
}

/* Files of a root that was taken out are still there until a writer comes, and are not found any more. */
#define IS_KEPT "+f.root NOT IN (SELECT id FROM roots WHERE removed)"
#define DATE "ifnull (nullif (c.made, 0), f.mtime / 1000)"

static bool
set_by_files (SqliteStore *self, const SenQuery *query, GByteArray *bits, GError **error)
{
  /* Contents are only asked when it is about dates. */
  bool has_dates = query->after_us != INT64_MIN || query->before_us != INT64_MAX;
  sqlite3_stmt *q = sen_sqlite_query (self, has_dates ? "SELECT f.content, f.path, f.kind, " DATE " FROM files f JOIN contents c"
                                                        " ON c.id = f.content WHERE " IS_KEPT
                                                      : "SELECT f.content, f.path, f.kind, 0 FROM files f WHERE " IS_KEPT, "");
  g_autoptr (GString) path = g_string_new (NULL);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    if (sen_query_lets_through (query, read_path (q, 1, path), (SenFileKind) sqlite3_column_int (q, 2), sqlite3_column_int64 (q, 3)))
      set_bit (bits, sqlite3_column_int64 (q, 0));
  return sen_sqlite_end (self, q, result, "searching the index", error);
}

/* Contents whose bytes several files have, whatever they are read as. Of what is found by its name alone the bytes are not known. */
#define COPIED                                                                                                                            \
  " (SELECT c.hash FROM files f JOIN contents c ON c.id = f.content WHERE c.hash IS NOT NULL AND " IS_KEPT                                \
  " GROUP BY c.hash HAVING count (*) > 1)"

static bool
find_copies (SqliteStore *self, GByteArray *bits, GError **error)
{
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT f.content FROM files f JOIN contents c ON c.id = f.content WHERE c.hash IN" COPIED, "");
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    set_bit (bits, sqlite3_column_int64 (q, 0));
  return sen_sqlite_end (self, q, result, "searching the index", error);
}

static bool
find_allowed (SqliteStore *self, const SenQuery *query, Allowed *allowed, GError **error)
{
  int64_t last, n_removed;
  *allowed = (Allowed) { .is_all = true };
  if (query == NULL)
    return true;
  if (!sen_sqlite_read (self, &n_removed, 0, error, "SELECT count (*) FROM roots WHERE removed", ""))
    return false;
  bool has_filter = n_removed > 0 || sen_query_has_filter (query), is_bound = has_filter;
  for (uint32_t i = 0; i < query->n_terms; i++)
    is_bound |= query->terms[i].is_excluded || query->terms[i].is_phrase;
  if (!is_bound)
    return true;
  if (!sen_sqlite_read (self, &last, 0, error, "SELECT max (id) FROM contents", ""))
    return false;

  guint n_bytes = (guint) (last / 8 + 1);
  allowed->is_all = false;
  allowed->bits = new_bits (n_bytes, has_filter ? 0 : 0xff);
  if (has_filter && !set_by_files (self, query, allowed->bits, error))
    return false;
  if (query->only_copies)
    {
      g_autoptr (GByteArray) with = new_bits (n_bytes, 0);
      if (!find_copies (self, with, error))
        return false;
      for (guint j = 0; j < n_bytes; j++)
        allowed->bits->data[j] &= with->data[j];
    }
  for (uint32_t i = 0; i < query->n_terms; i++)
    {
      const SenQueryTerm *term = &query->terms[i];
      if (!term->is_excluded && !term->is_phrase)
        continue;
      g_autoptr (GByteArray) with = new_bits (n_bytes, 0);
      if (!find_term (self, term, with, error))
        return false;
      for (guint j = 0; j < n_bytes; j++)
        allowed->bits->data[j] &= term->is_excluded ? (uint8_t) ~with->data[j] : with->data[j];
    }
  return true;
}

/* What lost its last file is still there for a while, in case that only moved, but is not to be found. */
static bool
has_file (SqliteStore *self, int64_t content, bool *has, GError **error)
{
  int64_t value;
  bool ok = sen_sqlite_read (self, &value, 0, error, "SELECT EXISTS (SELECT 1 FROM files WHERE content = ?)", "i", content);
  *has = ok && value != 0;
  return ok;
}

/* How many passages @hits have been the best of, from the @from-th on. */
static bool
count_passages (SqliteStore *self, GArray *hits, guint from, GError **error)
{
  for (guint i = from; i < hits->len; i++)
    {
      SenHit *hit = &g_array_index (hits, SenHit, i);
      int64_t n;
      if (!sen_sqlite_read (self, &n, 0, error, "SELECT count (*) FROM (SELECT 1 FROM chunks WHERE content = ? LIMIT ?)", "ii",
                            hit->content, (int64_t) SEN_STORE_MAX_COUNTED))
        return false;
      hit->n_passages = (uint32_t) n;
    }
  return true;
}

/* --- Words and names ------------------------------------------------------------------------------------------------------------------ */

/* What is named as was asked for, and no more than that, is meant: so much more than by BM25. */
#define WHOLE_NAME 1.5

/* Where there are too many to be ranked, the latest stands first all the same. */
#define UNRANKED 0.01

/* A list while it is made. */
typedef struct {
  SqliteStore         *self;
  const SenQueryNames *names;
  Allowed             *allowed;
  GHashTable          *seen;       /* content -> its place in @hits from 1 */
  GArray              *hits;
  guint                end;        /* as many hits at most */
} Ranked;

/* What a name is worth by which of the words it has; 1 for what has no name here. */
static double
name_factor (const Ranked *ranked, const char *name, const char *folder, bool is_strong)
{
  if (name == NULL || folder == NULL)
    return 1.0;
  if (!is_strong)
    return sen_query_names_share (ranked->names, name, folder);
  return sen_query_names_is_whole (ranked->names, name) ? WHOLE_NAME : 1.0;
}

/* Another row of a content that is there already: the best of its names is the one that counts. */
static void
raise_to (Ranked *ranked, guint place, float score, bool is_strong)
{
  SenHit *hit = &g_array_index (ranked->hits, SenHit, place - 1);
  if (hit->is_strong == is_strong)
    hit->score = MAX (hit->score, score);
}

static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const SenHit *first = a, *second = b;
  return first->score != second->score ? (first->score < second->score) - (first->score > second->score)
                                       : (first->content > second->content) - (first->content < second->content);
}

/* Rows are (chunk or 0, content or 0, rank, folded name and folder or nothing), best first; contents that were not yet found are added
 * until there are as many as are wanted, the best first. */
static bool
add_ranked (Ranked *ranked, const char *sql, const char *match, bool is_strong, GError **error)
{
  SqliteStore *self = ranked->self;
  GArray *hits = ranked->hits;
  sqlite3_stmt *q = sen_sqlite_query (self, sql, "s", match);
  int result = SQLITE_ERROR;
  guint begin = hits->len;
  bool ok = true, has;
  while (ok && q != NULL && hits->len < ranked->end && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      SenHit hit = { .chunk = sqlite3_column_int64 (q, 0), .content = sqlite3_column_int64 (q, 1), .is_strong = is_strong,
                     .score = (float) -sqlite3_column_double (q, 2) };
      if (hit.content == 0)
        ok = sen_sqlite_read (self, &hit.content, 0, error, "SELECT content FROM chunks WHERE id = ?", "i", hit.chunk);
      if (!ok || !is_allowed (hit.content, ranked->allowed))
        continue;
      const char *name = (const char *) sqlite3_column_text (q, 3), *folder = (const char *) sqlite3_column_text (q, 4);
      hit.score = hit.score != 0.0f ? hit.score * (float) name_factor (ranked, name, folder, is_strong)
                                    : (float) (UNRANKED / (1.0 + hits->len));
      guint place = GPOINTER_TO_UINT (g_hash_table_lookup (ranked->seen, GSIZE_TO_POINTER ((gsize) hit.content)));
      if (place != 0)
        {
          raise_to (ranked, place, hit.score, is_strong);
          continue;
        }
      ok = has_file (self, hit.content, &has, error);
      if (!has)
        continue;
      g_array_append_val (hits, hit);
      g_hash_table_insert (ranked->seen, GSIZE_TO_POINTER ((gsize) hit.content), GUINT_TO_POINTER (hits->len));
    }
  if (ok && q != NULL && hits->len >= ranked->end)
    result = SQLITE_ROW;
  if (hits->len > begin)
    qsort (&g_array_index (hits, SenHit, begin), hits->len - begin, sizeof (SenHit), compare_ranked);
  return sen_sqlite_end (self, q, result, "searching the index", ok ? error : NULL) && ok;
}

/* What an index is asked with. */
typedef struct {
  SenMatchIndex index;
  const char   *count_all;      /* how many rows there are, about */
  const char   *count;          /* how many have a term, up to a limit */
  const char   *ranked;         /* (chunk or 0, content or 0, rank, folded name and folder or NULL) */
  const char   *unranked;       /* the same, the latest first */
} Index;

/* A word in the headings, or a folder, says less about what is found than one in itself. */
static const Index texts_index = {
  SEN_MATCH_TEXTS,
  "SELECT max (id) FROM chunks",
  "SELECT count (*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)",
  "SELECT rowid, 0, rank, NULL, NULL FROM words WHERE words MATCH ? AND rank MATCH 'bm25 (1.0, 0.5)' ORDER BY rank",
  "SELECT rowid, 0, 0, NULL, NULL FROM words WHERE words MATCH ? ORDER BY rowid DESC",
};
static const Index names_index = {
  SEN_MATCH_NAMES,
  "SELECT max (id) FROM files",
  "SELECT count (*) FROM (SELECT 1 FROM names WHERE names MATCH ? LIMIT ?)",
  "SELECT 0, f.content, names.rank, f.name, f.folder FROM names JOIN files f ON f.id = names.rowid"
  " WHERE names MATCH ? AND names.rank MATCH 'bm25 (4.0, 1.0)' ORDER BY names.rank",
  "SELECT 0, f.content, 0, f.name, f.folder FROM names JOIN files f ON f.id = names.rowid WHERE names MATCH ? ORDER BY names.rowid DESC",
};

/* Which terms are asked for by any of them: one that says something, or all where none does. */
static bool
says_something (const SenQuery *query, uint32_t i)
{
  bool has_other = false;
  for (uint32_t j = 0; j < query->n_terms; j++)
    has_other |= !query->terms[j].is_usual && !query->terms[j].is_excluded;
  return !has_other || !query->terms[i].is_usual;
}

/* Counting a row costs 0.03 µs, ranking it 1.2 µs. So words that are in more than an eighth of all, which BM25 gives next to nothing, are
 * not asked for beside others; and of any words the rarest are ranked, as many as have this many rows together. */
#define COMMON_MIN 5000
#define RANKED_MIN 15000

typedef struct {
  bool    all[SEN_QUERY_MAX_TERMS], any[SEN_QUERY_MAX_TERMS];
  bool    is_ranked;      /* else all words are common */
  int64_t n[SEN_QUERY_MAX_TERMS], n_rows;      /* rows with each, and of all */
} Choice;

static bool
choose_terms (SqliteStore *self, const Index *index, const SenQuery *query, Choice *choice, GError **error)
{
  int64_t *n = choice->n, n_all;
  *choice = (Choice) { 0 };
  if (!sen_sqlite_read (self, &n_all, 0, error, index->count_all, ""))
    return false;
  choice->n_rows = n_all;
  int64_t common = MAX (n_all / 8, COMMON_MIN), left = MAX (n_all / 20, RANKED_MIN);
  for (uint32_t i = 0; i < query->n_terms; i++)
    {
      const SenQueryTerm *term = &query->terms[i];
      g_autofree char *match = term->is_excluded ? NULL : sen_query_match_term (term, index->index);
      n[i] = G_MAXINT64;
      if (match == NULL)
        continue;
      if (!sen_sqlite_read (self, &n[i], 0, error, index->count, "si", match, common + 1))
        return false;
      choice->all[i] = n[i] <= common || term->is_phrase;
      choice->is_ranked |= choice->all[i];
    }
  for (uint32_t i = 0; i < query->n_terms && !choice->is_ranked; i++)
    choice->all[i] = true;
  /* The rarest first, and always one. */
  for (bool is_first = true;; is_first = false)
    {
      uint32_t rarest = query->n_terms;
      for (uint32_t i = 0; i < query->n_terms; i++)
        if (n[i] <= common && !choice->any[i] && says_something (query, i) && (rarest == query->n_terms || n[i] < n[rarest]))
          rarest = i;
      if (rarest == query->n_terms || (!is_first && n[rarest] > left))
        return true;
      choice->any[rarest] = true;
      left -= n[rarest];
    }
}

/* --- Words that are spread over a file ------------------------------------------------------------------------------------------------ */

/* Of more words some are likely in any file's name, folders and passage, and not meant so. */
#define MAX_SPREAD 6
/* Hits that have some words are asked for the others, the best so many. */
#define MAX_ASKED 32

/* As BM25 weighs words that are said once. */
static float
weigh_words (const SenQuery *query, const Choice *choice, const bool *takes)
{
  double sum = 0.0;
  for (uint32_t i = 0; i < query->n_terms; i++)
    if (takes[i])
      sum += MAX (log (((double) MAX (choice->n_rows - choice->n[i], 0) + 0.5) / ((double) choice->n[i] + 0.5)), 1e-6);
  return (float) sum;
}

/* What was only found by some words is as good as what was found by all where the file has the others elsewhere. In the list of words
 * those count as if they were said once where it was found; in that of names they don't: the list of words counts what is in facts. */
static bool
raise_spread (Ranked *ranked, const Index *index, const SenQuery *query, const Choice *choice, SenQueryFields *fields, guint first,
              GError **error)
{
  SqliteStore *self = ranked->self;
  bool by_name = index->index == SEN_MATCH_NAMES, misses[SEN_QUERY_MAX_TERMS];
  for (guint i = first; i < MIN (ranked->hits->len, first + MAX_ASKED); i++)
    {
      SenHit *hit = &g_array_index (ranked->hits, SenHit, i);
      sen_query_fields_begin (fields);
      if (!(by_name ? sen_sqlite_see_names (self, fields, hit->content, error) : sen_sqlite_see_passage (self, fields, hit->chunk, error)))
        return false;
      sen_query_fields_missing (fields, misses);
      if (!sen_sqlite_see_facts (self, fields, hit->content, error)
          || (!by_name && !sen_sqlite_see_names (self, fields, hit->content, error)))
        return false;
      hit->is_strong = sen_query_fields_are_all (fields);
      if (hit->is_strong && !by_name)
        hit->score += weigh_words (query, choice, misses);
    }
  return true;
}

/* Where many files have each of the words, one that has all need not be among the best by some of them. */
static bool
add_near_rows (Ranked *ranked, const SenQuery *query, const Choice *choice, const bool *takes, SenQueryFields *fields, GError **error)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (int64_t));
  SqliteStore *self = ranked->self;
  bool has = true;
  if (!sen_sqlite_find_near_rows (self, query, takes, choice->n, places, error))
    return false;
  for (guint i = 0; i < places->len; i++)
    {
      SenHit hit = { .chunk = g_array_index (places, int64_t, i), .is_strong = true, .score = weigh_words (query, choice, takes) };
      if (!sen_sqlite_read (self, &hit.content, 0, error, "SELECT content FROM chunks WHERE id = ?", "i", hit.chunk))
        return false;
      if (!is_allowed (hit.content, ranked->allowed) || g_hash_table_contains (ranked->seen, GSIZE_TO_POINTER ((gsize) hit.content)))
        continue;
      sen_query_fields_begin (fields);
      if (!sen_sqlite_see_facts (self, fields, hit.content, error)
          || (sen_query_fields_are_all (fields) && !has_file (self, hit.content, &has, error)))
        return false;
      if (!has || !sen_query_fields_are_all (fields))
        continue;
      g_array_append_val (ranked->hits, hit);
      g_hash_table_insert (ranked->seen, GSIZE_TO_POINTER ((gsize) hit.content), GUINT_TO_POINTER (ranked->hits->len));
    }
  return true;
}

static int
compare_strength (gconstpointer a, gconstpointer b)
{
  const SenHit *first = a, *second = b;
  return first->is_strong != second->is_strong ? second->is_strong - first->is_strong : compare_ranked (a, b);
}

/* @first: of the hits that have some of the words. */
static bool
find_spread (Ranked *ranked, const Index *index, const SenQuery *query, const Choice *choice, guint begin, guint first, GError **error)
{
  bool takes[SEN_QUERY_MAX_TERMS] = { false };
  for (uint32_t i = 0; i < query->n_terms; i++)
    takes[i] = choice->all[i] && says_something (query, i);
  g_autoptr (SenQueryFields) fields = sen_query_fields_new (query, takes);
  uint32_t n_terms = sen_query_fields_missing (fields, takes);
  if (n_terms < 2 || n_terms > MAX_SPREAD)
    return true;
  if (!raise_spread (ranked, index, query, choice, fields, first, error)
      || (index->index == SEN_MATCH_TEXTS && !add_near_rows (ranked, query, choice, takes, fields, error)))
    return false;
  GArray *hits = ranked->hits;
  if (hits->len > begin)
    qsort (&g_array_index (hits, SenHit, begin), hits->len - begin, sizeof (SenHit), compare_strength);
  g_array_set_size (hits, MIN (hits->len, ranked->end));
  return true;
}

static bool
search_index (SqliteStore *self, const Index *index, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error)
{
  guint begin = hits->len;
  g_autofree char *some = sen_query_match (query, index->index, SEN_MATCH_ALL, NULL), *all = NULL, *any = NULL;
  if (some == NULL || n == 0)
    return true;
  g_auto (Allowed) allowed = { .is_all = true };
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (SenQueryNames) names = sen_query_names_new (query);
  Ranked ranked = { self, names, &allowed, seen, hits, hits->len + n };
  Choice choice;
  bool ok = begin_search (self, cancel, error);
  ok = ok && find_allowed (self, query, &allowed, error) && choose_terms (self, index, query, &choice, error);
  if (ok)
    {
      all = sen_query_match (query, index->index, SEN_MATCH_ALL, choice.all);
      any = sen_query_match (query, index->index, SEN_MATCH_ANY, choice.any);
      ok = add_ranked (&ranked, choice.is_ranked ? index->ranked : index->unranked, all, true, error);
      /* Sorted by now: these are their places. */
      for (guint i = 0; i < hits->len; i++)
        g_hash_table_insert (seen, GSIZE_TO_POINTER ((gsize) g_array_index (hits, SenHit, i).content), GUINT_TO_POINTER (i + 1));
      guint n_strong = hits->len;
      if (ok && n_strong < ranked.end && any != NULL)
        ok = (strcmp (all, any) == 0 || add_ranked (&ranked, index->ranked, any, false, error))
             && find_spread (&ranked, index, query, &choice, begin, n_strong, error);
      ok = ok && (index->index == SEN_MATCH_NAMES || count_passages (self, hits, begin, error));
    }
  return end_search (self, ok);
}

bool
sen_sqlite_search_words (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error)
{
  return search_index ((SqliteStore *) store, &texts_index, query, n, hits, cancel, error);
}

bool
sen_sqlite_search_names (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error)
{
  return search_index ((SqliteStore *) store, &names_index, query, n, hits, cancel, error);
}

/* --- Meaning -------------------------------------------------------------------------------------------------------------------------- */

/* A space's vectors in memory, and how far they are the database's. */
typedef struct {
  SenVectors *vectors;
  uint32_t    n_embd;
  int64_t     seen;        /* vectors up to this id, of whatever space, were looked at */
  int64_t     gone;        /* the log of what is gone, up to this */
} Mirror;

void
sen_sqlite_mirror_free (gpointer data)
{
  Mirror *mirror = data;
  sen_vectors_free (mirror->vectors);
  g_free (mirror);
}

void
sen_sqlite_set_device (SenStore *store, SenDevice *device, uint64_t from_bytes)
{
  SqliteStore *self = (SqliteStore *) store;
  GHashTableIter iter;
  gpointer mirror;
  if (device != NULL)
    sen_device_ref (device);
  sen_device_unref (self->device);
  self->device = device;
  self->device_from = from_bytes;
  g_hash_table_iter_init (&iter, self->mirrors);
  while (g_hash_table_iter_next (&iter, NULL, &mirror))
    sen_vectors_set_device (((Mirror *) mirror)->vectors, device, from_bytes);
}

static bool
find_mirror (SqliteStore *self, int64_t space, Mirror **found, GError **error)
{
  int64_t n_embd;
  *found = g_hash_table_lookup (self->mirrors, &space);
  if (*found != NULL)
    return true;
  if (!sen_sqlite_read (self, &n_embd, 0, error, "SELECT n_embd FROM spaces WHERE id = ?", "i", space))
    return false;
  if (n_embd <= 0 || n_embd > SEN_SPACE_MAX_EMBD)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "the index has no space %" G_GINT64_FORMAT, space);
      return false;
    }
  if (self->pool == NULL)
    {
      uint32_t n_threads = self->n_threads != 0 ? self->n_threads : sen_pool_count_processors ("/sys/fs/cgroup", "/proc/self/cgroup");
      self->pool = sen_pool_new (n_threads);
    }

  g_autofree char *path = sen_sqlite_map_path (self, space);
  SenVectorsParams params = { .path = path, .n_embd = (uint32_t) n_embd, .isa = self->isa, .pool = self->pool };
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT value FROM facts WHERE name = 'identity'", "");
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  if (result == SQLITE_ROW)
    memcpy (params.key, sqlite3_column_blob (q, 0), (size_t) CLAMP (sqlite3_column_bytes (q, 0), 0, 16));
  memcpy (params.key + 16, &space, sizeof space);
  if (!sen_sqlite_end (self, q, result, "reading the index", error))
    return false;

  Mirror *mirror = g_new (Mirror, 1);
  SenVectors *vectors = sen_vectors_new (&params);
  sen_vectors_set_device (vectors, self->device, self->device_from);
  *mirror = (Mirror) { vectors, (uint32_t) n_embd, sen_vectors_last_id (vectors), sen_vectors_mark (vectors) };
  g_hash_table_insert (self->mirrors, g_memdup2 (&space, sizeof space), mirror);
  *found = mirror;
  return true;
}

/* A power cut may take what was committed last; the map must not know more than what is left then, for ids would be given out again. */
static void
save (SqliteStore *self, Mirror *mirror)
{
  if (!sen_vectors_wants_save (mirror->vectors))
    return;
  g_autofree char *log = g_strconcat (self->path, "-wal", NULL);
  int fd = open (log, O_RDONLY | O_CLOEXEC);
  bool is_safe = fd < 0 ? errno == ENOENT : fdatasync (fd) == 0;
  if (fd >= 0)
    close (fd);
  if (is_safe)
    sen_vectors_save (mirror->vectors);
}

static bool
add_new (SqliteStore *self, int64_t space, Mirror *mirror, GError **error)
{
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT v.id, v.space, v.chunk, c.content, v.half FROM vectors v JOIN chunks c"
                                      " ON c.id = v.chunk WHERE v.id > ? AND v.half IS NOT NULL ORDER BY v.id", "i", mirror->seen);
  g_autofree float *values = g_new (float, mirror->n_embd);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      mirror->seen = sqlite3_column_int64 (q, 0);
      if (sqlite3_column_int64 (q, 1) != space || !sen_sqlite_read_half (q, 4, mirror->n_embd, values))
        continue;
      sen_vectors_add (mirror->vectors, mirror->seen, sqlite3_column_int64 (q, 2), sqlite3_column_int64 (q, 3), values);
      if (sen_vectors_count (mirror->vectors) % SAVE_EVERY == 0)
        save (self, mirror);
    }
  return sen_sqlite_end (self, q, result, "searching the index", error);
}

static bool
remove_gone (SqliteStore *self, Mirror *mirror, GError **error)
{
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT id, vector FROM gone WHERE id > ? ORDER BY id", "i", mirror->gone);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      mirror->gone = sqlite3_column_int64 (q, 0);
      sen_vectors_remove (mirror->vectors, sqlite3_column_int64 (q, 1));
    }
  return sen_sqlite_end (self, q, result, "searching the index", error);
}

/* Makes a mirror what the database is now. */
static bool
refresh (SqliteStore *self, int64_t space, Mirror *mirror, GError **error)
{
  int64_t gone_from, last_gone, last_vector;
  if (!sen_sqlite_read (self, &last_vector, 0, error, "SELECT seq FROM sqlite_sequence WHERE name = 'vectors'", "")
      || !sen_sqlite_read (self, &gone_from, 0, error, "SELECT value FROM facts WHERE name = 'gone_from'", "")
      || !sen_sqlite_read (self, &last_gone, gone_from, error, "SELECT id FROM gone ORDER BY id DESC LIMIT 1", ""))
    return false;
  uint64_t n_removed = sen_vectors_n_removed (mirror->vectors);
  /* Nothing is known yet, or more than the database knows (an older copy of it was put back), or the log does not reach back to what is,
   * or much of it is gone: all is read. */
  if (mirror->seen == 0 || mirror->seen > last_vector || mirror->gone < gone_from
      || (n_removed > REMOVED_MAX && n_removed > sen_vectors_count (mirror->vectors) / 4))
    {
      sen_vectors_reset (mirror->vectors, last_gone);
      mirror->seen = 0;
      mirror->gone = last_gone;
    }
  if (!add_new (self, space, mirror, error) || !remove_gone (self, mirror, error))
    return false;
  save (self, mirror);
  return true;
}

typedef struct {
  SenNeighbour at;
  float        cosine;
} Candidate;

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *first = a, *second = b;
  return first->cosine > second->cosine   ? -1
         : first->cosine < second->cosine ? 1
         : first->at.id < second->at.id   ? -1
                                          : first->at.id > second->at.id;
}

/* SQLite looks whether a search was stopped within a statement; this is for many short ones. */
static bool
goes_on (SenCancel *cancel, GError **error)
{
  if (!sen_cancel_requested (cancel))
    return true;
  return sen_find_fail (error, SEN_FIND_REASON_STOPPED, NULL);
}

/* Neighbours compared again by what they were made of. @unit [n_embd] is the query with unit length. */
static bool
compare_exactly (SqliteStore *self, const Mirror *mirror, const float *unit, const GArray *found, guint from, guint end,
                 GArray *candidates, SenCancel *cancel, GError **error)
{
  g_autofree float *values = g_new (float, mirror->n_embd);
  for (guint i = from; i < end; i++)
    {
      if (!goes_on (cancel, error))
        return false;
      const SenNeighbour *at = &g_array_index (found, SenNeighbour, i);
      sqlite3_stmt *q = sen_sqlite_query (self, "SELECT half FROM vectors WHERE id = ?", "i", at->id);
      int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
      if (result == SQLITE_ROW && sen_sqlite_read_half (q, 0, mirror->n_embd, values))
        {
          Candidate candidate = { *at, 0.0f };
          for (uint32_t j = 0; j < mirror->n_embd; j++)
            candidate.cosine += unit[j] * values[j];
          g_array_append_val (candidates, candidate);
        }
      if (!sen_sqlite_end (self, q, result, "searching the index", error))
        return false;
    }
  g_array_sort (candidates, compare_candidates);
  return true;
}

/* The best @n contents of the candidates. */
static bool
take_best (SqliteStore *self, const GArray *candidates, uint32_t n, GArray *hits, SenCancel *cancel, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint end = hits->len + n;
  for (guint i = 0; i < candidates->len && hits->len < end; i++)
    {
      const Candidate *candidate = &g_array_index (candidates, Candidate, i);
      SenHit hit = { .content = candidate->at.content, .chunk = candidate->at.chunk, .score = candidate->cosine };
      bool has;
      if (!g_hash_table_add (seen, GSIZE_TO_POINTER ((gsize) hit.content)))
        continue;
      if (!goes_on (cancel, error) || !has_file (self, hit.content, &has, error))
        return false;
      if (has)
        g_array_append_val (hits, hit);
    }
  return true;
}

static bool
rank_exactly (SqliteStore *self, const Mirror *mirror, const float *unit, const GArray *found, uint32_t n, GArray *hits,
              SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  guint begin = hits->len;
  for (guint from = 0, end; from < found->len; from = end)
    {
      end = MIN (from == 0 ? MAX (n, CANDIDATES_AT_ONCE) : from + CANDIDATES_AT_ONCE, found->len);
      g_array_set_size (hits, begin);
      if (!compare_exactly (self, mirror, unit, found, from, end, candidates, cancel, error)
          || !take_best (self, candidates, n, hits, cancel, error))
        return false;
      if (hits->len == begin + n && end < found->len
          && g_array_index (hits, SenHit, hits->len - 1).score > g_array_index (found, SenNeighbour, end).score + MAX_LOSS)
        break;
    }
  return true;
}

static bool
search_vectors (SqliteStore *self, int64_t space, const float *values, Allowed *allowed, uint32_t n, GArray *hits, SenSpread *spread,
                SenCancel *cancel, GError **error)
{
  Mirror *mirror;
  if (!find_mirror (self, space, &mirror, error) || !refresh (self, space, mirror, error))
    return false;

  g_autofree float *unit = g_new (float, mirror->n_embd);
  double square = 0.0;
  for (uint32_t i = 0; i < mirror->n_embd; i++)
    square += (double) values[i] * values[i];
  for (uint32_t i = 0; i < mirror->n_embd; i++)
    unit[i] = square > 0.0 ? (float) (values[i] / sqrt (square)) : 0.0f;

  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenNeighbour));
  guint begin = hits->len;
  bool was_lost = false;
  for (uint32_t n_wanted = MAX (CANDIDATES_PER_HIT * n, MIN_CANDIDATES);; n_wanted = n_wanted > UINT32_MAX / 4 ? UINT32_MAX : 4 * n_wanted)
    {
      const SenVectorsQuery query = { unit, n_wanted, allowed->is_all ? NULL : is_allowed, allowed };
      g_array_set_size (found, 0);
      g_array_set_size (hits, begin);
      if (!sen_vectors_search (mirror->vectors, &query, found, &spread->n, &spread->mean, &spread->deviation, cancel))
        {
          if (sen_cancel_requested (cancel) || was_lost)
            return sen_find_fail (error, was_lost ? SEN_FIND_REASON_MAP_LOST : SEN_FIND_REASON_STOPPED, NULL);
          was_lost = true;
          mirror->seen = 0;
          if (!refresh (self, space, mirror, error))
            return false;
          continue;
        }
      if (!rank_exactly (self, mirror, unit, found, n, hits, cancel, error))
        return false;
      /* A few contents may have had all the best chunks. */
      if (hits->len == begin + n || found->len < n_wanted)
        return count_passages (self, hits, begin, error);
    }
}

bool
sen_sqlite_search_meaning (SenStore *store, int64_t space, const float *values, const SenQuery *query, uint32_t n, GArray *hits,
                           SenSpread *spread, SenCancel *cancel, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  g_auto (Allowed) allowed = { .is_all = true };
  *spread = (SenSpread) { 0 };
  if (n == 0)
    return true;
  bool ok = begin_search (self, cancel, error);
  ok = ok && find_allowed (self, query, &allowed, error)
       && search_vectors (self, space, values, &allowed, n, hits, spread, cancel, error);
  return end_search (self, ok);
}

/* A piece that the kernel reads whatever the disk's settings are. */
#define AHEAD_BYTES (128 << 10)

static gpointer
read_ahead (gpointer data)
{
  g_auto (GStrv) paths = data;
  for (char **path = paths; *path != NULL; path++)
    {
      struct stat status;
      int fd = open (*path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
      if (fd >= 0 && fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
        for (off_t at = 0; at < status.st_size && posix_fadvise (fd, at, AHEAD_BYTES, POSIX_FADV_WILLNEED) == 0;)
          at += AHEAD_BYTES;
      if (fd >= 0)
        close (fd);
    }
  return NULL;
}

/* Only maps: closing the database, even one opened for that alone, would drop the locks that this process has on it. */
void
sen_sqlite_read_ahead (SenStore *store)
{
  SqliteStore *self = (SqliteStore *) store;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT id FROM spaces WHERE NOT given_up AND n > 0", "");
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    g_ptr_array_add (paths, sen_sqlite_map_path (self, sqlite3_column_int64 (q, 0)));
  sen_sqlite_end (self, q, result, "reading the index", NULL);
  g_ptr_array_add (paths, NULL);
  g_thread_unref (g_thread_new ("read-ahead", read_ahead, g_ptr_array_steal (paths, NULL)));
}

/* --- Files ---------------------------------------------------------------------------------------------------------------------------- */

/* Contents of each group of copies, one after the other; links to one file take no room. */
static const char by_room[] =
  "SELECT DISTINCT f.content, c.hash, g.room FROM files f JOIN contents c ON c.id = f.content JOIN ("
  "  SELECT c.hash, (count (DISTINCT f.device || ' ' || f.inode) - 1) * max (f.size) AS room"
  "  FROM files f JOIN contents c ON c.id = f.content WHERE c.hash IS NOT NULL AND " IS_KEPT
  "  GROUP BY c.hash HAVING count (*) > 1) g ON g.hash = c.hash ORDER BY g.room DESC, c.hash, f.content";

bool
sen_sqlite_search_newest (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  g_auto (Allowed) allowed = { .is_all = true };
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GBytes) last = NULL;
  guint end = hits->len + n;
  int result = SQLITE_ERROR;
  if (!begin_search (self, cancel, error) || !find_allowed (self, query, &allowed, error))
    return end_search (self, false);
  /* Of copies those first that take most room for nothing. */
  static const char by_date[] = "SELECT f.content FROM files f JOIN contents c ON c.id = f.content ORDER BY " DATE " DESC";
  sqlite3_stmt *q = sen_sqlite_query (self, query->only_copies ? by_room : by_date, "");
  while (q != NULL && hits->len < end && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      SenHit hit = { .content = sqlite3_column_int64 (q, 0), .is_strong = true };
      if (!is_allowed (hit.content, &allowed) || !g_hash_table_add (seen, GSIZE_TO_POINTER ((gsize) hit.content)))
        continue;
      /* Of a group the first stands for all. */
      if (query->only_copies && last != NULL && g_bytes_get_size (last) == (gsize) sqlite3_column_bytes (q, 1)
          && memcmp (g_bytes_get_data (last, NULL), sqlite3_column_blob (q, 1), g_bytes_get_size (last)) == 0)
        continue;
      g_array_append_val (hits, hit);
      if (query->only_copies)
        {
          g_clear_pointer (&last, g_bytes_unref);
          last = g_bytes_new (sqlite3_column_blob (q, 1), (gsize) sqlite3_column_bytes (q, 1));
        }
    }
  return end_search (self, sen_sqlite_end (self, q, q != NULL && hits->len >= end ? SQLITE_ROW : result, "searching the index", error));
}

static bool
read_paths (SqliteStore *self, const SenHit *hit, const SenQuery *query, SenStorePlace *place, GError **error)
{
#define PATHS                                                                                                                             \
  "SELECT f.path, f.kind, f.size, f.mtime, f.device, f.inode, c.made, c.language, " DATE " FROM files f JOIN contents c ON c.id = f.content"
  /* Copies that are read as something else, too. */
  static const char of_content[] = PATHS " WHERE f.content = ?1 AND " IS_KEPT " ORDER BY length (f.path), f.path";
  static const char of_hash[] = PATHS " WHERE f.content IN (SELECT id FROM contents WHERE id = ?1"
                                      " OR hash = (SELECT hash FROM contents WHERE id = ?1)) AND " IS_KEPT
                                      " ORDER BY f.content <> ?1, length (f.path), f.path";
  sqlite3_stmt *q = sen_sqlite_query (self, query != NULL && query->only_copies ? of_hash : of_content, "i", hit->content);
  g_autoptr (GPtrArray) paths = g_ptr_array_new (), others = g_ptr_array_new_with_free_func (g_free);
  int result = SQLITE_ERROR;
  while (q != NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      char *path = sen_sqlite_dup_path (q, 0);
      SenFileKind kind = (SenFileKind) sqlite3_column_int (q, 1);
      if (query != NULL && !sen_query_lets_through (query, path, kind, sqlite3_column_int64 (q, 8)))
        {
          g_ptr_array_add (others, path);
          continue;
        }
      if (paths->len == 0)
        {
          place->kind = kind;
          place->stamp = (SenFileStamp) { (uint64_t) sqlite3_column_int64 (q, 2), sqlite3_column_int64 (q, 3),
                                          (uint64_t) sqlite3_column_int64 (q, 4), (uint64_t) sqlite3_column_int64 (q, 5) };
          place->made_us = sqlite3_column_int64 (q, 6);
          place->language = g_strdup ((const char *) sqlite3_column_text (q, 7));
        }
      g_ptr_array_add (paths, path);
    }
  /* Who asks for copies wants to see of what, wherever those are. */
  if (query != NULL && query->only_copies && paths->len > 0)
    g_ptr_array_extend_and_steal (paths, g_steal_pointer (&others));
  g_ptr_array_add (paths, NULL);
  place->paths = (GStrv) g_ptr_array_steal (paths, NULL);
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

bool
sen_sqlite_find_place (SenStore *store, const SenHit *hit, const SenQuery *query, SenStorePlace *place, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  *place = (SenStorePlace) { 0 };
  if (!read_paths (self, hit, query, place, error))
    return false;
  if (hit->chunk == 0)
    return true;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT source, page, line, start, end, text, headings FROM chunks WHERE id = ?", "i",
                                      hit->chunk);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  if (result == SQLITE_ROW)
    place->chunk = (SenChunk) {
      .source = (SenChunkSource) sqlite3_column_int (q, 0),
      .page = (uint32_t) sqlite3_column_int64 (q, 1),
      .line = (uint32_t) sqlite3_column_int64 (q, 2),
      .start_ms = sqlite3_column_int64 (q, 3),
      .end_ms = sqlite3_column_int64 (q, 4),
      .text = g_strdup ((const char *) sqlite3_column_text (q, 5)),
      .headings = g_strdup ((const char *) sqlite3_column_text (q, 6)),
    };
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

bool
sen_sqlite_find_about (SenStore *store, int64_t content, uint32_t line, char **text, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT text FROM chunks WHERE content = ? AND source = ? AND line = ?", "iii", content,
                                      (int64_t) SEN_CHUNK_ABOUT, (int64_t) line);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  *text = result == SQLITE_ROW ? g_strdup ((const char *) sqlite3_column_text (q, 0)) : NULL;
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

/* What is known of a content stands before its text. */
#define ROWS_BEFORE_TEXT 8

static char *
dup_outermost (const char *headings)
{
  const char *end = strstr (headings, SEN_HEADINGS_SEPARATOR);
  return end != NULL ? g_strndup (headings, (gsize) (end - headings)) : g_strdup (headings);
}

bool
sen_sqlite_find_title (SenStore *store, int64_t content, char **title, bool *is_heading, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT source, line, text, headings FROM chunks WHERE content = ? ORDER BY pass, id LIMIT ?",
                                      "ii", content, (int64_t) ROWS_BEFORE_TEXT);
  int result = SQLITE_ERROR;
  *title = NULL;
  *is_heading = false;
  while (q != NULL && *title == NULL && (result = sqlite3_step (q)) == SQLITE_ROW)
    {
      SenChunkSource source = (SenChunkSource) sqlite3_column_int (q, 0);
      *is_heading = source == SEN_CHUNK_TEXT;
      if (*is_heading)
        *title = dup_outermost ((const char *) sqlite3_column_text (q, 3));
      else if (source == SEN_CHUNK_ABOUT && sqlite3_column_int (q, 1) == SEN_ABOUT_TITLE)
        *title = g_strdup ((const char *) sqlite3_column_text (q, 2));
    }
  if (*title == NULL)
    *title = g_strdup ("");
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

bool
sen_sqlite_find_beginning (SenStore *store, int64_t content, int64_t chunk, char **text, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT text FROM chunks WHERE content = ? AND id <> ? AND source <> ? AND text <> ''"
                                      " ORDER BY pass, id LIMIT 1", "iii", content, chunk, (int64_t) SEN_CHUNK_ABOUT);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  *text = result == SQLITE_ROW ? g_strdup ((const char *) sqlite3_column_text (q, 0)) : NULL;
  return sen_sqlite_end (self, q, result, "reading the index", error);
}

bool
sen_sqlite_find_text (SenStore *store, int64_t content, SenChunkSource source, int64_t at_ms, char **text, GError **error)
{
  SqliteStore *self = (SqliteStore *) store;
  sqlite3_stmt *q = sen_sqlite_query (self, "SELECT text FROM chunks WHERE content = ? AND source = ? AND text <> ''"
                                      " ORDER BY MAX (start - ?3, ?3 - end, 0), id LIMIT 1", "iii", content, (int64_t) source, at_ms);
  int result = q != NULL ? sqlite3_step (q) : SQLITE_ERROR;
  *text = result == SQLITE_ROW ? g_strdup ((const char *) sqlite3_column_text (q, 0)) : NULL;
  return sen_sqlite_end (self, q, result, "reading the index", error);
}
