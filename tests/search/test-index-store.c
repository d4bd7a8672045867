/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "index-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "sen-error.h"

#define N_EMBD 8

typedef struct {
  char     *folder, *path;
  SenStore *store;
  int64_t   root;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->folder = make_folder ();
  place->path = g_build_filename (place->folder, "new", "index.db", NULL);
  place->store = open_store (place->path, true);
  g_assert_true (sen_store_add_root (place->store, "/data/root", &place->root, NULL));
}

static void
tear_down (Place *place, gconstpointer data)
{
  sen_store_close (place->store);
  remove_folder (place->folder);
  g_free (place->path);
}

/* --- Short forms ---------------------------------------------------------------------------------------------------------------------- */

/* Content is told apart by a number; 0: only the name counts. */
static int64_t
put_file (SenStore *store, int64_t root, const char *path, guint32 content, SenFileKind kind, bool *is_new)
{
  g_autoptr (GError) error = NULL;
  uint8_t hash[SEN_STORE_HASH_BYTES] = { 0 };
  memcpy (hash, &content, sizeof content);
  const SenFileFacts facts = {
    .path = path,
    .stamp = { content, 1700000000000000000 + content * G_GINT64_CONSTANT (1000000), .device = 1, .inode = content },
    .hash = content != 0 ? hash : NULL, .kind = kind, .format = "txt",
  };
  SenStoredFile stored;
  g_assert_true (sen_store_put_file (store, root, &facts, &stored, is_new, &error));
  g_assert_no_error (error);
  return stored.content;
}

static void
finish (SenStore *store, int64_t content, SenIndexPass pass, const char *const *texts)
{
  g_autoptr (GError) error = NULL;
  SenChunk chunks[16] = { 0 };
  SenPassResult result = { .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_TO_DO, .language = "en", .chunks = chunks };
  for (; texts[result.n_chunks] != NULL; result.n_chunks++)
    chunks[result.n_chunks] = (SenChunk) {
      .source = *texts[result.n_chunks] == '\0' ? SEN_CHUNK_SEEN : SEN_CHUNK_TEXT, .page = (uint32_t) result.n_chunks + 1,
      .start_ms = -1, .end_ms = -1, .text = texts[result.n_chunks], .headings = "Chapter",
    };
  g_assert_true (sen_store_finish_pass (store, content, pass, &result, &error));
  g_assert_no_error (error);
}

#define TEXTS(...) ((const char *const[]) { __VA_ARGS__, NULL })

/* A file with one content and these chunks, all its passes done but the deep one. */
static int64_t
put_text (SenStore *store, int64_t root, const char *path, guint32 number, const char *const *texts)
{
  int64_t content = put_file (store, root, path, number, SEN_FILE_TEXT, NULL);
  finish (store, content, SEN_INDEX_QUICK, texts);
  return content;
}

typedef bool (*SearchFunc) (SenStore *store, const SenQuery *query, uint32_t n, GArray *hits, SenCancel *cancel, GError **error);

/* Contents as "3 1 2", weak ones in brackets. */
static char *
search (SenStore *store, SearchFunc func, const char *text, uint32_t n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenQuery) query = sen_query_parse (text, false, &error);
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  g_autoptr (GString) found = g_string_new (NULL);
  g_assert_no_error (error);
  g_assert_true (func (store, query, n, hits, NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < hits->len; i++)
    {
      const SenHit *hit = &g_array_index (hits, SenHit, i);
      g_string_append_printf (found, hit->is_strong ? "%s%d" : "%s(%d)", i > 0 ? " " : "", (int) hit->content);
    }
  return g_strdup (found->str);
}

#define assert_found(store, func, text, expected)                                                                                         \
  G_STMT_START                                                                                                                            \
    {                                                                                                                                     \
      g_autofree char *found_ = search (store, func, text, 100);                                                                          \
      g_assert_cmpstr (found_, ==, expected);                                                                                             \
    }                                                                                                                                     \
  G_STMT_END

static SenStoreCounts
count (SenStore *store)
{
  SenStoreCounts counts;
  g_assert_true (sen_store_count (store, &counts, NULL));
  return counts;
}

static void
tidy (SenStore *store)
{
  for (bool is_done = false; !is_done;)
    g_assert_true (sen_store_tidy (store, 0, 10, &is_done, NULL));
}

/* A direction among N_EMBD, turned a little by @other. */
static void
make_vector (guint axis, float other, float *values)
{
  for (guint i = 0; i < N_EMBD; i++)
    values[i] = i == axis % N_EMBD ? 3.0f : other * (float) (1 + (i * 7 + axis) % 5);
}

static void
gather_missing (const SenStoreMissing *missing, gpointer data)
{
  g_array_append_val ((GArray *) data, missing->chunk);
}

/* Gives every chunk that lacks one a vector by its number. Returns how many did. */
static guint
fill_space (SenStore *store, int64_t space, guint turn)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) chunks = g_array_new (FALSE, FALSE, sizeof (int64_t));
  g_assert_true (sen_store_each_missing (store, space, 0, 1000, gather_missing, chunks, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < chunks->len; i++)
    {
      float values[N_EMBD];
      int64_t chunk = g_array_index (chunks, int64_t, i);
      make_vector ((guint) chunk + turn, 0.1f, values);
      const SenVectorRow row = { chunk, values };
      g_assert_true (sen_store_put_vectors (store, space, &row, 1, &error));
      g_assert_no_error (error);
    }
  return chunks->len;
}

static char *
search_meaning (SenStore *store, int64_t space, guint axis, const char *text, uint32_t n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenQuery) query = sen_query_parse (text, false, &error);
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  g_autoptr (GString) found = g_string_new (NULL);
  float values[N_EMBD];
  SenSpread spread;
  make_vector (axis, 0.0f, values);
  g_assert_true (sen_store_search_meaning (store, space, values, query, n, hits, &spread, NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < hits->len; i++)
    g_string_append_printf (found, "%s%d", i > 0 ? " " : "", (int) g_array_index (hits, SenHit, i).content);
  for (guint i = 1; i < hits->len; i++)
    g_assert_cmpfloat (g_array_index (hits, SenHit, i).score, <=, g_array_index (hits, SenHit, i - 1).score);
  return g_strdup (found->str);
}

#define assert_near(store, space, axis, text, n, expected)                                                                                \
  G_STMT_START                                                                                                                            \
    {                                                                                                                                     \
      g_autofree char *found_ = search_meaning (store, space, axis, text, n);                                                             \
      g_assert_cmpstr (found_, ==, expected);                                                                                             \
    }                                                                                                                                     \
  G_STMT_END

/* --- Opening -------------------------------------------------------------------------------------------------------------------------- */

static void
test_lock (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  SenStoreParams params = { .path = place->path, .is_writer = true };
  g_assert_true (sen_store_is_locked (place->path));
  g_assert_null (sen_store_open (&params, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_IO);
  g_autoptr (SenStore) reader = open_store (place->path, false);
  put_text (place->store, place->root, "/data/root/a.txt", 1, TEXTS ("seen at once"));
  assert_found (reader, sen_store_search_words, "once", "1");
  g_clear_pointer (&place->store, sen_store_close);
  g_assert_false (sen_store_is_locked (place->path));
  place->store = open_store (place->path, true);
  g_assert_cmpuint (count (place->store).n_files, ==, 1);
}

static void
test_foreign (Place *place, gconstpointer data)
{
  g_autofree char *path = g_build_filename (place->folder, "other.db", NULL), *lock = g_strconcat (path, ".lock", NULL);
  static const struct {
    const char *sql;
    int         as_reader, as_writer;    /* -1: opens */
  } cases[] = {
    { NULL, SEN_ERROR_NOT_FOUND, -1 },
    { "CREATE TABLE cats (name)", SEN_ERROR_FORMAT, SEN_ERROR_FORMAT },
    { "PRAGMA user_version = 1000", SEN_ERROR_UNSUPPORTED, SEN_ERROR_UNSUPPORTED },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int is_writer = 0; is_writer < 2; is_writer++)
      {
        g_autoptr (GError) error = NULL;
        int code = is_writer != 0 ? cases[i].as_writer : cases[i].as_reader;
        sqlite3 *db;
        g_unlink (path);
        sqlite3_open (path, &db);
        if (cases[i].sql != NULL)
          g_assert_cmpint (sqlite3_exec (db, cases[i].sql, NULL, NULL, NULL), ==, SQLITE_OK);
        sqlite3_close (db);
        g_autoptr (SenStore) store = sen_store_open (&(SenStoreParams) { .path = path, .is_writer = is_writer != 0 }, &error);
        g_assert_true ((store != NULL) == (code < 0));
        if (code >= 0)
          g_assert_error (error, SEN_ERROR, code);
      }
  g_autoptr (GError) error = NULL;
  g_assert_true (g_file_set_contents (path, "These are no tables, and long enough to be sure of that.", -1, NULL));
  g_assert_null (sen_store_open (&(SenStoreParams) { .path = path, .is_writer = true }, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_unlink (path);
  g_clear_error (&error);
  g_assert_null (sen_store_open (&(SenStoreParams) { .path = path }, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
}

/* The first version's tables, as they were written down here once, come up to date. */
static void
test_migration (Place *place, gconstpointer data)
{
  sqlite3 *db;
  SenSpace space;
  int64_t content = put_text (place->store, place->root, "/data/root/a.txt", 1, TEXTS ("kept words"));
  g_assert_true (sen_store_put_fact (place->store, content, SEN_ABOUT_TAGS, "apple", NULL));
  g_assert_true (sen_store_open_space (place->store, SEN_SPACE_TEXT, "model", N_EMBD, &space, NULL));
  g_assert_cmpuint (fill_space (place->store, space.space, 0), ==, 1);
  g_clear_pointer (&place->store, sen_store_close);
  g_assert_cmpint (sqlite3_open (place->path, &db), ==, SQLITE_OK);
  sqlite3_stmt *q;
  g_assert_cmpint (sqlite3_prepare_v2 (db, "PRAGMA user_version", -1, &q, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (q), ==, SQLITE_ROW);
  g_assert_cmpint (sqlite3_column_int (q, 0), ==, 4);
  sqlite3_finalize (q);
  /* What is neither whole nor ours is left as it is. */
  g_assert_cmpint (sqlite3_exec (db, "PRAGMA user_version = 0", NULL, NULL, NULL), ==, SQLITE_OK);
  g_autoptr (GError) error = NULL;
  g_assert_null (sen_store_open (&(SenStoreParams) { .path = place->path, .is_writer = true }, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_assert_cmpint (sqlite3_exec (db, "DROP TABLE parts; ALTER TABLE roots DROP COLUMN removed; ALTER TABLE passes DROP COLUMN given_up;"
                                 "ALTER TABLE passes DROP COLUMN again; PRAGMA user_version = 1", NULL, NULL, NULL), ==, SQLITE_OK);
  /* Tags had vectors once. */
  g_assert_cmpint (sqlite3_exec (db, "INSERT INTO vectors (space, chunk, half) SELECT 1, id, zeroblob (16) FROM chunks"
                                 " WHERE text = 'apple'", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_changes (db), ==, 1);
  sqlite3_close (db);
  place->store = open_store (place->path, true);
  assert_found (place->store, sen_store_search_words, "kept", "1");
  assert_found (place->store, sen_store_search_words, "apple", "1");
  g_assert_true (sen_store_current_space (place->store, SEN_SPACE_TEXT, &space, NULL, NULL));
  g_assert_cmpuint (space.n_vectors, ==, 1);
  assert_near (place->store, space.space, 3, "", 9, "1");
}

/* --- Files ---------------------------------------------------------------------------------------------------------------------------- */

static void
test_rename (Place *place, gconstpointer data)
{
  bool is_new;
  uint8_t hash[SEN_STORE_HASH_BYTES];
  SenStoredFile stored;
  SenSpace space;
  int64_t content = put_text (place->store, place->root, "/data/root/a.txt", 5, TEXTS ("one", "two"));
  g_assert_true (sen_store_open_space (place->store, SEN_SPACE_TEXT, "model", N_EMBD, &space, NULL));
  g_assert_cmpuint (fill_space (place->store, space.space, 0), ==, 2);

  /* It goes, and is there again under another name: nothing is to do. */
  g_assert_true (sen_store_find_file (place->store, "/data/root/a.txt", &stored, NULL));
  g_assert_true (sen_store_find_hash (place->store, &stored.stamp, hash, &is_new, NULL));
  g_assert_true (is_new);
  g_assert_cmpuint (hash[0], ==, 5);
  g_autoptr (GArray) contents = g_array_new (FALSE, FALSE, sizeof (int64_t));
  g_assert_true (sen_store_find_contents (place->store, hash, contents, NULL));
  g_assert_cmpuint (contents->len, ==, 1);
  g_assert_cmpint (g_array_index (contents, int64_t, 0), ==, content);
  hash[1]++;
  g_assert_true (sen_store_find_contents (place->store, hash, contents, NULL));
  g_assert_cmpuint (contents->len, ==, 1);
  g_assert_true (sen_store_remove_files (place->store, &stored.file, 1, NULL));
  g_assert_cmpuint (count (place->store).n_contents, ==, 0);
  assert_found (place->store, sen_store_search_names, "txt", "");
  assert_found (place->store, sen_store_search_words, "two", "");
  assert_near (place->store, space.space, 1, "", 5, "");
  g_assert_cmpint (put_file (place->store, place->root, "/data/root/sub/b.txt", 5, SEN_FILE_TEXT, &is_new), ==, content);
  g_assert_false (is_new);
  tidy (place->store);
  g_assert_cmpuint (count (place->store).n_to_do[SEN_INDEX_QUICK], ==, 0);
  g_assert_cmpuint (fill_space (place->store, space.space, 0), ==, 0);
  assert_found (place->store, sen_store_search_words, "two", "1");
  assert_found (place->store, sen_store_search_names, "sub", "1");
  assert_near (place->store, space.space, 1, "", 5, "1");

  /* A copy shares it; a change of the original leaves the copy's. */
  g_assert_cmpint (put_file (place->store, place->root, "/data/root/copy.txt", 5, SEN_FILE_TEXT, &is_new), ==, content);
  g_assert_false (is_new);
  g_assert_cmpint (put_file (place->store, place->root, "/data/root/sub/b.txt", 6, SEN_FILE_TEXT, &is_new), !=, content);
  g_assert_true (is_new);
  tidy (place->store);
  assert_found (place->store, sen_store_search_words, "two", "1");
  g_auto (SenStorePlace) at = { 0 };
  const SenHit hit = { .content = content };
  g_assert_true (sen_store_find_place (place->store, &hit, NULL, &at, NULL));
  g_assert_cmpuint (g_strv_length (at.paths), ==, 1);
  g_assert_cmpstr (at.paths[0], ==, "/data/root/copy.txt");
  g_assert_cmpstr (at.language, ==, "en");
}

static bool
list_path (const char *path, const SenStoredFile *stored, gpointer data)
{
  g_string_append_printf (data, "%s%s", path, stored->is_unreadable ? "! " : " ");
  return true;
}

static void
list_root (int64_t root, const char *path, gpointer data)
{
  g_string_append_printf (data, "%s ", path);
}

static void
test_removal (Place *place, gconstpointer data)
{
  SenSpace space;
  int64_t other;
  g_autoptr (GString) text = g_string_new (NULL);
  g_assert_true (sen_store_add_root (place->store, "/other", &other, NULL));
  put_text (place->store, place->root, "/data/root/a.txt", 1, TEXTS ("apple", "pear"));
  put_text (place->store, other, "/other/b.txt", 2, TEXTS ("apple"));
  put_file (place->store, other, "/other/copy of a.txt", 1, SEN_FILE_TEXT, NULL);
  g_assert_true (sen_store_open_space (place->store, SEN_SPACE_TEXT, "model", N_EMBD, &space, NULL));
  fill_space (place->store, space.space, 0);
  assert_near (place->store, space.space, 3, "", 9, "2 1");
  g_assert_true (sen_store_each_root (place->store, list_root, text, NULL));
  g_assert_cmpstr (text->str, ==, "/data/root /other ");

  g_assert_true (sen_store_remove_root (place->store, other, NULL));
  g_assert_cmpuint (count (place->store).n_files, ==, 1);
  tidy (place->store);
  g_assert_cmpuint (count (place->store).n_chunks, ==, 2);
  assert_found (place->store, sen_store_search_words, "apple", "1");
  assert_found (place->store, sen_store_search_names, "copy", "");
  assert_near (place->store, space.space, 3, "", 9, "1");
  g_assert_true (sen_store_current_space (place->store, SEN_SPACE_TEXT, &space, NULL, NULL));
  g_assert_cmpuint (space.n_vectors, ==, 2);
  g_string_truncate (text, 0);
  g_assert_true (sen_store_each_file (place->store, place->root, NULL, list_path, text, NULL));
  g_assert_cmpstr (text->str, ==, "/data/root/a.txt ");

  /* What another process looks at goes, too. */
  g_autoptr (SenStore) reader = open_store (place->path, false);
  assert_near (reader, space.space, 3, "", 9, "1");
  g_assert_true (sen_store_remove_root (place->store, place->root, NULL));
  tidy (place->store);
  assert_near (reader, space.space, 3, "", 9, "");
  g_assert_cmpuint (count (reader).n_chunks, ==, 0);
}

/* Names are bytes; they need not be text. */
static void
test_odd_names (Place *place, gconstpointer data)
{
  static const char *const paths[] = { "/data/root/\xff\xfe.txt", "/data/root/new\nline.txt", "/data/root/Ünïcode_Tür.txt",
                                       "/data/root/\"quoted\".txt", "/data/root/%s' OR 1.txt" };
  SenStoredFile stored;
  for (guint32 i = 0; i < G_N_ELEMENTS (paths); i++)
    put_file (place->store, place->root, paths[i], i + 1, SEN_FILE_TEXT, NULL);
  for (guint32 i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_auto (SenStorePlace) at = { 0 };
      g_assert_true (sen_store_find_file (place->store, paths[i], &stored, NULL));
      g_assert_cmpuint (stored.stamp.size_bytes, ==, i + 1);
      const SenHit hit = { .content = stored.content };
      g_assert_true (sen_store_find_place (place->store, &hit, NULL, &at, NULL));
      g_assert_cmpstr (at.paths[0], ==, paths[i]);
    }
  assert_found (place->store, sen_store_search_names, "tur unicode", "3");
  assert_found (place->store, sen_store_search_names, "Quoted", "4");
  assert_found (place->store, sen_store_search_names, "\"or 1.t\"", "5");
  assert_found (place->store, sen_store_search_names, "root -line -quoted -unicode -\"' or\"", "1");
  g_assert_true (sen_store_find_file (place->store, "/data/root/none", &stored, NULL));
  g_assert_cmpint (stored.file, ==, 0);
}

/* A name that is just what was asked for stands first, whichever of the copies has it; then what has more of the words. */
static void
test_whole_names (Place *place, gconstpointer data)
{
  put_file (place->store, place->root, "/data/root/polar star.png", 1, SEN_FILE_PICTURE, NULL);
  put_file (place->store, place->root, "/data/root/evening star.png", 2, SEN_FILE_PICTURE, NULL);
  put_file (place->store, place->root, "/data/root/what else shines there, a star of the longest name.png", 3, SEN_FILE_PICTURE, NULL);
  put_file (place->store, place->root, "/data/root/star.png", 3, SEN_FILE_PICTURE, NULL);
  g_autoptr (SenQuery) query = sen_query_parse ("star", false, NULL);
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  g_assert_true (sen_store_search_names (place->store, query, 10, hits, NULL, NULL));
  g_assert_cmpuint (hits->len, ==, 3);
  g_assert_cmpint (g_array_index (hits, SenHit, 0).content, ==, 3);
  g_assert_cmpfloat (g_array_index (hits, SenHit, 0).score, >, g_array_index (hits, SenHit, 1).score);
  assert_found (place->store, sen_store_search_names, "polar star of the evening", "(1) (2) (3)");
}

static void
list_failure (const char *path, int pass, const char *sentence, uint32_t n_tries, gpointer data)
{
  g_string_append_printf (data, "%s %d %s %u; ", path, pass, sentence, n_tries);
}

static void
test_failures (Place *place, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  SenStoredFile stored;
  const SenFileFacts denied = { .path = "/data/root/c", .kind = SEN_FILE_OTHER, .format = "", .error = "it may not be read" };
  int64_t bad = put_file (place->store, place->root, "/data/root/bad", 1, SEN_FILE_DOCUMENT, NULL);
  int64_t deadly = put_file (place->store, place->root, "/data/root/deadly", 2, SEN_FILE_DOCUMENT, NULL);
  g_assert_true (sen_store_put_file (place->store, place->root, &denied, &stored, NULL, NULL));

  /* One says no; at the other the program ends each time, without a word. */
  g_auto (SenStoreTask) task = { 0 };
  g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, 0, &task, NULL));
  g_assert_cmpint (task.content, ==, bad);
  g_assert_cmpstr (task.path, ==, "/data/root/bad");
  g_assert_cmpstr (task.format, ==, "txt");
  const SenPassResult failed = { .state = SEN_INDEX_FAILED, .error = "it is broken" };
  g_assert_true (sen_store_finish_pass (place->store, bad, SEN_INDEX_QUICK, &failed, NULL));
  /* While it is in work, it is nobody else's; afterwards it is among those that were. */
  int64_t after = 0;
  for (int i = 0; i < SEN_STORE_MAX_TRIES; i++)
    {
      sen_store_task_clear (&task);
      g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, after, &task, NULL));
      g_assert_cmpint (task.content, ==, deadly);
      after = SEN_STORE_INTERRUPTED;
      g_assert_cmpuint (task.n_tries, ==, (guint) i + 1);
      if (i == 1)
        {
          /* Stopped by its user: that was no try. */
          const SenPassResult stopped = { .state = SEN_INDEX_TO_DO };
          g_assert_true (sen_store_finish_pass (place->store, deadly, SEN_INDEX_QUICK, &stopped, NULL));
          sen_store_task_clear (&task);
          g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, after, &task, NULL));
          g_assert_cmpuint (task.n_tries, ==, 2);
        }
      g_clear_pointer (&place->store, sen_store_close);
      place->store = open_store (place->path, true);
    }
  sen_store_task_clear (&task);
  g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, after, &task, NULL));
  g_assert_cmpint (task.content, ==, 0);
  g_assert_true (sen_store_each_failure (place->store, list_failure, text, NULL));
  g_assert_cmpstr (text->str, ==, "/data/root/bad 0 it is broken 1; /data/root/c -1 it may not be read 0; "
                                  "/data/root/deadly 0 the program ended each time it was read; it is tried again another day 5; ");
  g_assert_cmpuint (count (place->store).n_failed, ==, 3);
  g_assert_true (sen_store_retry_failed (place->store, NULL));
  g_assert_cmpuint (count (place->store).n_failed, ==, 2);
  g_assert_cmpuint (count (place->store).n_to_do[SEN_INDEX_QUICK], ==, 1);
  /* That one, once. */
  bool is_one;
  g_assert_true (sen_store_retry_due (place->store, SEN_INDEX_QUICK, 1u << SEN_FILE_SOUND, &is_one, NULL));
  g_assert_false (is_one);
  g_assert_true (sen_store_retry_due (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, &is_one, NULL));
  g_assert_true (is_one);
  g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, after, &task, NULL));
  g_assert_cmpint (task.content, ==, deadly);
  g_assert_cmpuint (task.n_tries, ==, SEN_STORE_MAX_TRIES);
  sen_store_task_clear (&task);
  g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, after, &task, NULL));
  g_assert_cmpint (task.content, ==, 0);
}

/* A number out of the database at @path, or what @sql does to it. */
static int64_t
ask_database (const char *path, const char *sql)
{
  sqlite3 *db;
  sqlite3_stmt *q;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &q, NULL), ==, SQLITE_OK);
  int64_t number = sqlite3_step (q) == SQLITE_ROW ? sqlite3_column_int64 (q, 0) : 0;
  g_assert_cmpint (sqlite3_finalize (q), ==, SQLITE_OK);
  sqlite3_close (db);
  return number;
}

/* Begins what there is to begin, as often as the program may end at it, until it is given up. How often. */
static guint
end_until_given_up (Place *place)
{
  for (guint n = 0;; n++)
    {
      g_auto (SenStoreTask) task = { 0 };
      g_clear_pointer (&place->store, sen_store_close);
      place->store = open_store (place->path, true);
      bool is_one;
      g_assert_true (sen_store_retry_due (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, &is_one, NULL));
      for (int64_t after = 0; after >= SEN_STORE_INTERRUPTED && task.content == 0; after--)
        g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, after, &task, NULL));
      if (task.content == 0)
        return n;
    }
}

/* What was given up comes again, less and less often, and once each time; who gets on is no culprit, and who is held up neither. */
static void
test_tried_again (Place *place, gconstpointer data)
{
  g_auto (SenStoreTask) task = { 0 };
  bool is_one;
  int64_t content = put_file (place->store, place->root, "/data/root/deadly", 1, SEN_FILE_DOCUMENT, NULL);
  g_assert_cmpuint (end_until_given_up (place), ==, SEN_STORE_MAX_TRIES);
  g_assert_cmpuint (end_until_given_up (place), ==, 0);
  for (int days = 1; days <= 64; days *= 2)
    {
      int64_t s = ask_database (place->path, "SELECT again - unixepoch () FROM passes");
      g_assert_cmpint (s, >, MIN (days, 32) * 86400 - 60);
      g_assert_cmpint (s, <=, MIN (days, 32) * 86400);
      ask_database (place->path, "UPDATE passes SET again = unixepoch ()");
      g_assert_cmpuint (end_until_given_up (place), ==, 1);
    }

  /* Given up while a clock stood years ahead. */
  ask_database (place->path, "UPDATE passes SET again = unixepoch () + 100000000");
  g_assert_true (sen_store_retry_due (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, &is_one, NULL));
  g_assert_true (is_one);
  g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, SEN_STORE_INTERRUPTED, &task, NULL));
  g_assert_true (sen_store_put_parts (place->store, content, SEN_INDEX_QUICK, NULL, 0, NULL));
  g_assert_cmpuint (end_until_given_up (place), ==, SEN_STORE_MAX_TRIES - 1);
  g_assert_cmpint (ask_database (place->path, "SELECT given_up FROM passes"), ==, 1);
  g_assert_true (sen_store_retry_failed (place->store, NULL));
  g_assert_true (sen_store_retry_due (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, &is_one, NULL));
  finish (place->store, content, SEN_INDEX_QUICK, TEXTS ("one"));
  g_assert_cmpint (ask_database (place->path, "SELECT given_up FROM passes"), ==, 0);
  g_assert_cmpuint (count (place->store).n_failed, ==, 0);

  content = put_file (place->store, place->root, "/data/root/long", 2, SEN_FILE_DOCUMENT, NULL);
  for (int i = 0; i < SEN_STORE_MAX_TRIES + 1; i++)
    {
      sen_store_task_clear (&task);
      g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_QUICK, SEN_ALL_KINDS, 0, &task, NULL));
      g_assert_cmpint (task.content, ==, content);
      g_assert_true (sen_store_hold_pass (place->store, content, SEN_INDEX_QUICK, true, NULL));
    }
  g_assert_true (sen_store_hold_pass (place->store, content, SEN_INDEX_QUICK, false, NULL));
  g_assert_cmpuint (end_until_given_up (place), ==, SEN_STORE_MAX_TRIES - 1);

  /* However many are due: when one ends the program, the others wait another day. */
  put_file (place->store, place->root, "/data/root/a", 3, SEN_FILE_DOCUMENT, NULL);
  put_file (place->store, place->root, "/data/root/b", 4, SEN_FILE_DOCUMENT, NULL);
  g_assert_cmpuint (end_until_given_up (place), ==, 2 * SEN_STORE_MAX_TRIES);
  for (int day = 0; day < 3; day++)
    {
      ask_database (place->path, "UPDATE passes SET again = unixepoch () WHERE given_up > 0");
      g_assert_cmpuint (end_until_given_up (place), ==, 1);
    }
}

static void
test_program (Place *place, gconstpointer data)
{
  g_autofree char *none = NULL, *last = NULL, *other = NULL;
  g_assert_true (sen_store_get_program (place->store, 0, &none, NULL));
  g_assert_null (none);
  g_assert_true (sen_store_set_program (place->store, 0, "1.0", NULL));
  g_assert_true (sen_store_set_program (place->store, 0, "1.1", NULL));
  g_assert_true (sen_store_get_program (place->store, 0, &last, NULL));
  g_assert_cmpstr (last, ==, "1.1");
  g_assert_true (sen_store_get_program (place->store, place->root, &other, NULL));
  g_assert_null (other);
}

static void
test_passes (Place *place, gconstpointer data)
{
  g_auto (SenStoreTask) task = { 0 };
  int64_t content = put_file (place->store, place->root, "/data/root/a.pdf", 1, SEN_FILE_DOCUMENT, NULL);
  g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_DEEP, SEN_ALL_KINDS, 0, &task, NULL));
  g_assert_cmpint (task.content, ==, 0);
  finish (place->store, content, SEN_INDEX_QUICK, TEXTS ("typed words", ""));
  g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_DEEP, SEN_ALL_KINDS, 0, &task, NULL));
  g_assert_cmpint (task.content, ==, content);
  finish (place->store, content, SEN_INDEX_DEEP, TEXTS ("scanned words"));
  g_assert_cmpuint (count (place->store).n_chunks, ==, 3);
  assert_found (place->store, sen_store_search_words, "words", "1");

  /* Said again, it takes the place of what was said before, and of that alone. */
  finish (place->store, content, SEN_INDEX_DEEP, TEXTS ("read better"));
  g_assert_cmpuint (count (place->store).n_chunks, ==, 3);
  assert_found (place->store, sen_store_search_words, "scanned", "");
  assert_found (place->store, sen_store_search_words, "typed", "1");
  assert_found (place->store, sen_store_search_words, "better", "1");

  g_autofree char *near = NULL, *none = NULL;
  g_assert_true (sen_store_find_text (place->store, content, SEN_CHUNK_TEXT, 0, &near, NULL));
  g_assert_true (g_str_equal (near, "typed words") || g_str_equal (near, "read better"));
  g_assert_true (sen_store_find_text (place->store, content, SEN_CHUNK_HEARD, 0, &none, NULL));
  g_assert_null (none);

  /* Texts that are too long, or none. */
  g_autofree char *long_text = g_malloc (2 * SEN_CHUNK_MAX_BYTES + 1);
  memset (long_text, '\xc3', 2 * SEN_CHUNK_MAX_BYTES);
  for (size_t i = 1; i < 2 * SEN_CHUNK_MAX_BYTES; i += 2)
    long_text[i] = '\xa4';
  long_text[0] = 'x';
  long_text[1] = 'y';
  long_text[2 * SEN_CHUNK_MAX_BYTES] = '\0';
  finish (place->store, content, SEN_INDEX_DEEP, TEXTS (long_text, "a\xff" "b"));
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  g_autoptr (SenQuery) query = sen_query_parse ("a", false, NULL);
  g_assert_true (sen_store_search_words (place->store, query, 5, hits, NULL, NULL));
  g_assert_cmpuint (hits->len, ==, 1);
  g_auto (SenStorePlace) at = { 0 };
  g_assert_true (sen_store_find_place (place->store, &g_array_index (hits, SenHit, 0), query, &at, NULL));
  g_assert_cmpstr (at.chunk.text, ==, "a\xef\xbf\xbd" "b");
  g_assert_cmpuint (at.chunk.page, ==, 2);
  g_assert_cmpint (at.chunk.start_ms, ==, -1);
  g_assert_cmpstr (at.chunk.headings, ==, "Chapter");
  g_autofree char *title = NULL;
  bool is_heading;
  g_assert_true (sen_store_find_title (place->store, content, &title, &is_heading, NULL));
  g_assert_cmpstr (title, ==, "Chapter");
  g_assert_true (is_heading);
}

/* --- Searching ------------------------------------------------------------------------------------------------------------------------ */

static void
list_part (const SenStorePart *part, gpointer text)
{
  g_string_append_printf (text, "%u %d-%d %s (%s)\n", part->page, (int) part->start_ms, (int) part->end_ms, part->text, part->place);
}

static char *
list_parts (SenStore *store, int64_t content)
{
  GString *text = g_string_new (NULL);
  g_assert_true (sen_store_each_part (store, content, SEN_INDEX_DEEP, list_part, text, NULL));
  return g_string_free (text, FALSE);
}

/* What was found of a pass outlives the program, and its end does not count against the content while it gets on. */
static void
test_parts (Place *place, gconstpointer data)
{
  g_auto (SenStoreTask) task = { 0 };
  int64_t content = put_text (place->store, place->root, "/data/root/a.flac", 1, TEXTS ("one")), after = 0;
  const SenStorePart parts[] = {
    { .place = "", .start_ms = 0, .end_ms = 900, .text = "first" }, { .place = "en 90", .start_ms = 900, .end_ms = 2000, .text = "" },
    { .place = "en 200", .page = 7, .start_ms = -1, .end_ms = -1, .text = "third" },
  };
  for (guint i = 0; i < SEN_STORE_MAX_TRIES + 2; i++)
    {
      sen_store_task_clear (&task);
      g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_DEEP, SEN_ALL_KINDS, after, &task, NULL));
      g_assert_cmpint (task.content, ==, content);
      g_assert_cmpuint (task.n_tries, ==, i == 0 ? 1 : 2);
      if (i < 2)
        g_assert_true (sen_store_put_parts (place->store, content, SEN_INDEX_DEEP, i == 0 ? parts : parts + 2, i == 0 ? 2 : 1, NULL));
      else
        g_assert_true (sen_store_put_parts (place->store, content, SEN_INDEX_DEEP, NULL, 0, NULL));
      after = SEN_STORE_INTERRUPTED;
      g_clear_pointer (&place->store, sen_store_close);
      place->store = open_store (place->path, true);
    }
  const char *all = "0 0-900 first ()\n0 900-2000  (en 90)\n7 -1--1 third (en 200)\n";
  g_autofree char *kept = list_parts (place->store, content);
  g_assert_cmpstr (kept, ==, all);
  /* They are not what is found. */
  assert_found (place->store, sen_store_search_words, "third", "");
  const SenPassResult stopped = { .state = SEN_INDEX_TO_DO }, done = { .state = SEN_INDEX_DONE };
  g_assert_true (sen_store_finish_pass (place->store, content, SEN_INDEX_DEEP, &stopped, NULL));
  g_autofree char *stopped_parts = list_parts (place->store, content);
  g_assert_cmpstr (stopped_parts, ==, all);
  g_assert_true (sen_store_finish_pass (place->store, content, SEN_INDEX_DEEP, &done, NULL));
  /* What comes after the end comes too late. */
  g_assert_true (sen_store_put_parts (place->store, content, SEN_INDEX_DEEP, parts, 2, NULL));
  g_autofree char *none = list_parts (place->store, content);
  g_assert_cmpstr (none, ==, "");
}

/* What was found of a content that is given up is found; when it is tried again, it goes on there. What others wrote is text at least. */
static void
test_given_up (Place *place, gconstpointer data)
{
  g_auto (SenStoreTask) task = { 0 };
  bool is_one;
  int64_t content = put_text (place->store, place->root, "/data/root/a.flac", 1, TEXTS ("one"));
  const SenStorePart parts[] = {
    { .place = "", .start_ms = 0, .end_ms = 900, .text = "spoken" }, { .place = "en 90", .start_ms = 900, .end_ms = 2000, .text = "" },
  };
  for (int turn = 0; turn < 2; turn++)
    {
      for (int i = turn == 0 ? 0 : SEN_STORE_MAX_TRIES - 1; i <= SEN_STORE_MAX_TRIES; i++)
        {
          int64_t after = i == 0 ? 0 : SEN_STORE_INTERRUPTED;
          sen_store_task_clear (&task);
          if (turn == 1 && i == SEN_STORE_MAX_TRIES - 1)
            g_assert_true (sen_store_retry_due (place->store, SEN_INDEX_DEEP, SEN_ALL_KINDS, &is_one, NULL) && is_one);
          g_assert_true (sen_store_begin_pass (place->store, SEN_INDEX_DEEP, SEN_ALL_KINDS, after, &task, NULL));
          g_assert_true ((task.content == 0) == (i == SEN_STORE_MAX_TRIES));
          if (turn == 0 && i == 0)
            g_assert_true (sen_store_put_parts (place->store, content, SEN_INDEX_DEEP, parts, 2, NULL));
        }
      g_assert_cmpuint (count (place->store).n_failed, ==, 1);
      g_assert_cmpuint (count (place->store).n_chunks, ==, 2);
      assert_found (place->store, sen_store_search_words, "spoken", "1");
      g_assert_true (sen_store_retry_failed (place->store, NULL));
    }
  g_autofree char *kept = list_parts (place->store, content);
  g_assert_cmpstr (kept, ==, "0 0-900 spoken ()\n0 900-2000  (en 90)\n");

  sqlite3 *db;
  g_assert_cmpint (sqlite3_open (place->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "UPDATE parts SET place = CAST (x'' AS BLOB), text = CAST (x'61ff62' AS TEXT) WHERE number = 1",
                                 NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_autofree char *foreign = list_parts (place->store, content);
  g_assert_cmpstr (foreign, ==, "0 0-900 a\xef\xbf\xbd" "b ()\n0 900-2000  (en 90)\n");
}

/* What is long can be stopped, and is then as it was; what a pass has found is written all the same. */
static void
test_cancelled (Place *place, gconstpointer data)
{
  SenCancel cancel = { 0 };
  g_autoptr (GError) error = NULL;
  bool is_done;
  for (guint32 i = 1; i <= 2000; i++)
    {
      g_autofree char *path = g_strdup_printf ("/data/root/%u.txt", i);
      put_file (place->store, place->root, path, i, SEN_FILE_TEXT, NULL);
    }
  g_clear_pointer (&place->store, sen_store_close);
  place->store = sen_store_open (&(SenStoreParams) { .path = place->path, .is_writer = true, .cancel = &cancel }, &error);
  g_assert_no_error (error);
  cancel.requested = 1;
  g_assert_false (sen_store_remove_root (place->store, place->root, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_test_message ("%s", error->message);
  finish (place->store, 1, SEN_INDEX_QUICK, TEXTS ("one"));
  cancel.requested = 0;
  g_assert_cmpuint (count (place->store).n_files, ==, 2000);
  g_assert_cmpuint (count (place->store).n_to_do[SEN_INDEX_QUICK], ==, 1999);
  /* It is no root any more, unless it is added again; its files go with the next writer. */
  g_autoptr (GString) roots = g_string_new (NULL);
  int64_t again;
  g_assert_true (sen_store_each_root (place->store, list_root, roots, NULL));
  g_assert_cmpstr (roots->str, ==, "");
  assert_found (place->store, sen_store_search_words, "one", "");
  assert_found (place->store, sen_store_search_names, "1999", "");
  assert_found (place->store, sen_store_search_newest, "", "");
  assert_found (place->store, sen_store_search_newest, "is:duplicate", "");
  const SenHit hit = { .content = 1 };
  g_auto (SenStorePlace) nowhere = { 0 };
  g_assert_true (sen_store_find_place (place->store, &hit, NULL, &nowhere, NULL));
  g_assert_null (nowhere.paths[0]);
  g_assert_true (sen_store_add_root (place->store, "/data/root", &again, NULL));
  g_assert_cmpint (again, ==, place->root);
  g_assert_true (sen_store_each_root (place->store, list_root, roots, NULL));
  g_assert_cmpstr (roots->str, ==, "/data/root ");
  assert_found (place->store, sen_store_search_words, "one", "1");
  cancel.requested = 1;
  g_assert_false (sen_store_remove_root (place->store, place->root, NULL));
  g_clear_pointer (&place->store, sen_store_close);
  const SenStoreParams writer = { .path = place->path, .is_writer = true, .cancel = &cancel };
  g_clear_error (&error);
  g_assert_null (sen_store_open (&writer, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  cancel.requested = 0;
  place->store = sen_store_open (&writer, NULL);
  g_assert_cmpuint (count (place->store).n_files, ==, 0);
  cancel.requested = 1;
  g_clear_error (&error);
  g_assert_false (sen_store_tidy (place->store, 0, 10000, &is_done, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
}

static void
test_words (Place *place, gconstpointer data)
{
  SenStore *store = place->store;
  put_text (store, place->root, "/data/root/1.txt", 1, TEXTS ("A red tractor stands in the field.", "Nothing here."));
  put_text (store, place->root, "/data/root/2.txt", 2, TEXTS ("The tractor is blue. A red barn."));
  put_text (store, place->root, "/data/root/3.txt", 3, TEXTS ("Red, red, red wine and a barrel of it."));
  put_text (store, place->root, "/data/root/old/4.txt", 4, TEXTS ("Der Träktor fährt"));
  assert_found (store, sen_store_search_words, "red tractor", "1 2 (3)");
  assert_found (store, sen_store_search_words, "\"red tractor\"", "1");
  assert_found (store, sen_store_search_words, "\"red tractor\" wine", "(1)");
  assert_found (store, sen_store_search_words, "red -blue", "3 1");
  assert_found (store, sen_store_search_words, "red -\"red barn\" -wine", "1");
  assert_found (store, sen_store_search_words, "traktor", "4");
  assert_found (store, sen_store_search_words, "nonsense", "");
  assert_found (store, sen_store_search_words, "in:old fahrt", "4");
  assert_found (store, sen_store_search_words, "in:old red", "");
  assert_found (store, sen_store_search_words, "type:picture red", "");
  assert_found (store, sen_store_search_words, "type:text in:/data/root wine", "3");
  assert_found (store, sen_store_search_words, "after:2023-11 before:2023-12 wine", "3");
  assert_found (store, sen_store_search_words, "after:2023-12 wine", "");
  assert_found (store, sen_store_search_words, "chapter", "1 4 2 3");
  assert_found (store, sen_store_search_newest, "type:text -wine", "4 2 1");
  g_autofree char *two = search (store, sen_store_search_words, "red tractor", 2);
  g_assert_cmpstr (two, ==, "1 2");

  /* Stopped before it began. */
  g_autoptr (GError) error = NULL;
  g_autoptr (SenQuery) query = sen_query_parse ("red", false, NULL);
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  SenCancel cancel = { 0 };
  g_assert_true (sen_store_search_words (store, query, 9, hits, &cancel, &error));
  g_assert_cmpuint (hits->len, ==, 3);
}

/* A file with these facts (lines from SEN_ABOUT_TAGS on, NULL: not known) and a text. */
static int64_t
put_facts (const Place *place, const char *name, guint32 number, const char *const facts[SEN_ABOUT_PLACE], const char *text)
{
  SenChunk chunks[SEN_ABOUT_PLACE + 1] = { 0 };
  SenPassResult result = { .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_NONE, .chunks = chunks };
  g_autofree char *path = g_strdup_printf ("/data/root/%s", name);
  int64_t content = put_file (place->store, place->root, path, number, SEN_FILE_SOUND, NULL);
  for (uint32_t i = 0; i < SEN_ABOUT_PLACE; i++)
    if (facts[i] != NULL)
      chunks[result.n_chunks++] = (SenChunk) { .source = SEN_CHUNK_ABOUT, .line = i + 1, .start_ms = -1, .end_ms = -1, .text = facts[i],
                                               .headings = "" };
  if (text != NULL)
    chunks[result.n_chunks++] = (SenChunk) { .text = text, .headings = "" };
  g_assert_true (sen_store_finish_pass (place->store, content, SEN_INDEX_QUICK, &result, NULL));
  return content;
}

#define FACTS(...) ((const char *const[SEN_ABOUT_PLACE]) { __VA_ARGS__ })

/* What has all words, whichever fact, name or passage has which. */
static void
test_spread (Place *place, gconstpointer data)
{
  SenStore *store = place->store;
  put_facts (place, "01.flac", 1, FACTS (NULL, "Cello Suite No. 1", "J. S. Bach"), NULL);
  put_facts (place, "02.flac", 2, FACTS (NULL, "Cello Sonata", "Brahms"), NULL);
  put_facts (place, "IMG_2041.png", 3, FACTS ("tractor, farm", NULL, NULL, "Pixel 7", "48.2, 16.4"), NULL);
  put_facts (place, "offers.txt", 4, FACTS (NULL, "Winter"), "Hay costs two crowns.");
  assert_found (store, sen_store_search_words, "bach cello suite", "1 (2)");
  assert_found (store, sen_store_search_words, "suite by bach", "1");
  assert_found (store, sen_store_search_words, "brahms suite", "(2) (1)");
  assert_found (store, sen_store_search_words, "pixel tractor", "3");
  assert_found (store, sen_store_search_words, "img_2041 tractor", "3");
  assert_found (store, sen_store_search_names, "img_2041 tractor", "3");
  assert_found (store, sen_store_search_names, "img_2041 plough", "(3)");
  assert_found (store, sen_store_search_words, "offers hay", "4");
  assert_found (store, sen_store_search_words, "offers hay plough", "(4)");
  assert_found (store, sen_store_search_words, "bach suite -cello", "");

  /* Signs that a name or text can't have, or that come to nothing when they are folded, beside a word. */
  assert_found (store, sen_store_search_names, "offers \uE000\uE000\uE000", "(4)");
  assert_found (store, sen_store_search_words, "hay \uE000\uE000\uE000", "(4)");
  assert_found (store, sen_store_search_names, "offers hay \uE000\uE000\uE000", "(4)");
  assert_found (store, sen_store_search_words, "hay \uFC5E", "(4)");

  /* Where very many have one or the other: far behind the best of those. */
  for (guint32 i = 0; i < 200; i++)
    {
      g_autofree char *first = g_strdup_printf ("a%u.flac", i), *second = g_strdup_printf ("b%u.flac", i);
      put_facts (place, first, 100 + 2 * i, FACTS (NULL, "Fugue in all the keys there are", "Handel"), NULL);
      put_facts (place, second, 101 + 2 * i, FACTS (NULL, "Prelude", "Liszt"), NULL);
    }
  const int64_t all[] = { put_facts (place, "c.flac", 900, FACTS (NULL, "Prelude", "Handel"), NULL),
                          put_facts (place, "d.flac", 901, FACTS ("prelude", "Largo", "Anon", "Pixel 7", "Handel House"), NULL) };
  g_autofree char *found = search (store, sen_store_search_words, "handel prelude", 10);
  g_autofree char *expected = g_strdup_printf ("%d %d (", (int) all[0], (int) all[1]);
  g_auto (GStrv) places = g_strsplit (found, " ", -1);
  g_assert_cmpuint (g_strv_length (places), ==, 10);
  g_assert_true (g_str_has_prefix (found, expected));

  /* A rare word beside a frequent one: what has both in one place stands before what has them in two. */
  int64_t apart = put_facts (place, "e.flac", 902, FACTS (NULL, "Toccata in all keys", "Handel"), NULL);
  int64_t together = put_facts (place, "f.flac", 903, FACTS (NULL, "Handel Toccata"), NULL);
  g_autofree char *rare = search (store, sen_store_search_words, "toccata handel", 2);
  g_autofree char *in_order = g_strdup_printf ("%d %d", (int) together, (int) apart);
  g_assert_cmpstr (rare, ==, in_order);
}

/* A word that most chunks have is not asked for beside others, and alone it ranks nothing. */
static void
test_common (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  SenChunk *chunks = g_new0 (SenChunk, 6000);
  for (int i = 0; i < 6000; i++)
    chunks[i] = (SenChunk) { .text = i == 77 ? "the needle" : i == 99 ? "a needle" : "the hay of the field", .headings = "" };
  for (guint32 i = 0; i < 2; i++)
    {
      g_autofree char *path = g_strdup_printf ("/data/root/%u.txt", i);
      int64_t content = put_file (place->store, place->root, path, i + 1, SEN_FILE_TEXT, NULL);
      const SenPassResult result = { .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_NONE, .chunks = chunks + 78 * i,
                                     .n_chunks = 6000 - 78 * i };
      g_assert_true (sen_store_finish_pass (place->store, content, SEN_INDEX_QUICK, &result, &error));
      g_assert_no_error (error);
    }
  g_free (chunks);
  assert_found (place->store, sen_store_search_words, "the needle", "1 2");
  assert_found (place->store, sen_store_search_words, "the field", "2 1");
  assert_found (place->store, sen_store_search_words, "the field needle", "1 2");
  assert_found (place->store, sen_store_search_words, "\"the needle\" the", "1");
}

/* Where a vector is longest. */
static void
list_axis (int64_t chunk, const float *values, gpointer data)
{
  int longest = 0;
  double square = 0.0;
  for (int i = 0; i < N_EMBD; i++)
    {
      longest = values[i] > values[longest] ? i : longest;
      square += values[i] * values[i];
    }
  g_assert_cmpfloat_with_epsilon (square, 1.0, 1e-3);
  g_string_append_printf (data, "%d:%d ", (int) chunk, longest);
}

static void
test_meaning (Place *place, gconstpointer data)
{
  SenStore *store = place->store;
  SenSpace space, sight;
  put_text (store, place->root, "/data/root/1.txt", 1, TEXTS ("a", "b", ""));
  put_text (store, place->root, "/data/root/2.txt", 2, TEXTS ("c"));
  put_text (store, place->root, "/data/root/old/3.txt", 3, TEXTS ("d", "blue"));
  g_assert_true (sen_store_open_space (store, SEN_SPACE_TEXT, "minilm", N_EMBD, &space, NULL));
  g_assert_true (sen_store_open_space (store, SEN_SPACE_SIGHT, "sight", N_EMBD, &sight, NULL));
  g_assert_cmpuint (fill_space (store, space.space, 0), ==, 5);
  g_assert_cmpuint (fill_space (store, sight.space, 0), ==, 1);
  /* Chunks are 1, 2, 3 (the picture) of content 1, 4 of 2, 5 and 6 of 3; each is an axis of its own. */
  assert_near (store, space.space, 4, "", 1, "2");
  assert_near (store, space.space, 2, "", 1, "1");
  assert_near (store, space.space, 5, "", 1, "3");
  assert_near (store, space.space, 5, "-blue", 1, "2");
  assert_near (store, space.space, 1, "in:old", 9, "3");
  assert_near (store, space.space, 1, "\"c\"", 9, "2");
  assert_near (store, sight.space, 5, "", 9, "1");

  g_autoptr (GString) axes = g_string_new (NULL);
  g_assert_true (sen_store_each_vector (store, space.space, 1, list_axis, axes, NULL, NULL));
  g_assert_cmpstr (axes->str, ==, "1:1 2:2 ");

  /* Not every chunk can have one, and it isn't asked for again. */
  const SenVectorRow none = { 7, NULL };
  put_text (store, place->root, "/data/root/4.txt", 4, TEXTS ("e"));
  g_assert_true (sen_store_put_vectors (store, space.space, &none, 1, NULL));
  g_assert_cmpuint (fill_space (store, space.space, 0), ==, 0);
  assert_near (store, space.space, 7, "in:/data/root", 9, "3 2 1");

  g_autoptr (GError) error = NULL;
  g_assert_false (sen_store_open_space (store, SEN_SPACE_TEXT, "minilm", N_EMBD + 1, &space, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

/* More chunks of one content than are compared exactly at first: the others are found all the same. */
static void
test_crowd (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  SenStore *store = place->store;
  SenSpace space;
  SenChunk *chunks = g_new0 (SenChunk, 3000);
  for (int i = 0; i < 3000; i++)
    chunks[i] = (SenChunk) { .text = "crowd", .headings = "" };
  int64_t crowd = put_file (store, place->root, "/data/root/crowd.txt", 1, SEN_FILE_TEXT, NULL);
  const SenPassResult result = { .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_NONE, .chunks = chunks, .n_chunks = 3000 };
  g_assert_true (sen_store_finish_pass (store, crowd, SEN_INDEX_QUICK, &result, &error));
  g_free (chunks);
  put_text (store, place->root, "/data/root/lone.txt", 2, TEXTS ("lone"));
  g_assert_true (sen_store_open_space (store, SEN_SPACE_TEXT, "model", N_EMBD, &space, &error));
  g_autofree SenVectorRow *rows = g_new (SenVectorRow, 3001);
  g_autofree float *values = g_new (float, 3001 * N_EMBD);
  for (int i = 0; i < 3001; i++)
    {
      make_vector (2, i == 3000 ? 0.9f : 0.0001f * (float) i, values + i * N_EMBD);
      rows[i] = (SenVectorRow) { i + 1, values + i * N_EMBD };
    }
  g_assert_true (sen_store_put_vectors (store, space.space, rows, 3001, &error));
  g_assert_no_error (error);
  assert_near (store, space.space, 2, "", 2, "1 2");
}

/* A new model beside the old one, which is searched until the new one is whole. */
static void
test_two_spaces (Place *place, gconstpointer data)
{
  SenStore *store = place->store;
  SenSpace old, fresh, current;
  bool is_whole;
  g_autofree char *identity = NULL;
  put_text (store, place->root, "/data/root/1.txt", 1, TEXTS ("a", "b"));
  put_text (store, place->root, "/data/root/2.txt", 2, TEXTS ("c"));
  g_assert_true (sen_store_current_space (store, SEN_SPACE_TEXT, &current, NULL, NULL));
  g_assert_cmpint (current.space, ==, 0);
  g_assert_true (sen_store_open_space (store, SEN_SPACE_TEXT, "old", N_EMBD, &old, NULL));
  fill_space (store, old.space, 0);
  g_assert_true (sen_store_settle_space (store, old.space, &is_whole, NULL));
  g_assert_true (is_whole);

  g_assert_true (sen_store_open_space (store, SEN_SPACE_TEXT, "new", N_EMBD, &fresh, NULL));
  g_assert_true (sen_store_settle_space (store, fresh.space, &is_whole, NULL));
  g_assert_false (is_whole);
  g_assert_true (sen_store_current_space (store, SEN_SPACE_TEXT, &current, &identity, NULL));
  g_assert_cmpint (current.space, ==, old.space);
  g_assert_cmpstr (identity, ==, "old");
  assert_near (store, current.space, 3, "", 1, "2");

  fill_space (store, fresh.space, 1);
  /* What is not read yet may have chunks, so it isn't whole. */
  int64_t late = put_file (store, place->root, "/data/root/3.txt", 3, SEN_FILE_TEXT, NULL);
  g_assert_true (sen_store_settle_space (store, fresh.space, &is_whole, NULL));
  g_assert_false (is_whole);
  finish (store, late, SEN_INDEX_QUICK, TEXTS ("d"));
  g_assert_true (sen_store_settle_space (store, fresh.space, &is_whole, NULL));
  g_assert_false (is_whole);
  fill_space (store, fresh.space, 1);
  g_assert_true (sen_store_settle_space (store, fresh.space, &is_whole, NULL));
  g_assert_true (is_whole);
  g_assert_true (sen_store_current_space (store, SEN_SPACE_TEXT, &current, NULL, NULL));
  g_assert_cmpint (current.space, ==, fresh.space);
  g_assert_cmpuint (current.n_vectors, ==, 4);
  assert_near (store, current.space, 4, "", 1, "2");
  tidy (store);

  /* Its vectors are gone, and it would begin anew. */
  g_assert_true (sen_store_open_space (store, SEN_SPACE_TEXT, "old", N_EMBD, &old, NULL));
  g_assert_cmpuint (old.n_vectors, ==, 0);
  g_assert_false (old.is_whole);
  g_assert_true (sen_store_current_space (store, SEN_SPACE_TEXT, &current, NULL, NULL));
  g_assert_cmpint (current.space, ==, fresh.space);
}

/* --- Ends ----------------------------------------------------------------------------------------------------------------------------- */

/* What a killed program leaves: indexes files 1, 2, 3 … from where the database says it was, and writes the number of each that the store
 * has said it keeps. */
static void
write_until_killed (const char *path, int pipe_fd)
{
  SenStore *store = sen_store_open (&(SenStoreParams) { .path = path, .is_writer = true, .n_threads = 1 }, NULL);
  int64_t root;
  SenSpace space;
  if (store == NULL || !sen_store_add_root (store, "/data/root", &root, NULL)
      || !sen_store_open_space (store, SEN_SPACE_TEXT, "model", N_EMBD, &space, NULL))
    _exit (3);
  for (guint32 n = (guint32) count (store).n_files + 1;; n++)
    {
      g_autofree char *name = g_strdup_printf ("/data/root/%u.txt", n), *text = g_strdup_printf ("number n%u of many", n);
      put_file (store, root, name, n, SEN_FILE_TEXT, NULL);
      g_auto (SenStoreTask) task = { 0 };
      for (int64_t after = 0; after >= SEN_STORE_INTERRUPTED; after--)
        while (sen_store_begin_pass (store, SEN_INDEX_QUICK, SEN_ALL_KINDS, after, &task, NULL) && task.content != 0)
          {
            finish (store, task.content, SEN_INDEX_QUICK, TEXTS (text, "and a second chunk"));
            sen_store_task_clear (&task);
          }
      fill_space (store, space.space, n);
      if (n % 7 == 0)
        {
          SenStoredFile stored;
          bool is_done;
          g_autofree char *gone = g_strdup_printf ("/data/root/%u.txt", n / 7 * 5);
          sen_store_find_file (store, gone, &stored, NULL);
          put_file (store, root, gone, n + 100000, SEN_FILE_TEXT, NULL);
          sen_store_tidy (store, 0, 100, &is_done, NULL);
        }
      if (write (pipe_fd, &n, sizeof n) != sizeof n)
        _exit (4);
    }
}

static int64_t
read_number (sqlite3 *db, const char *sql)
{
  sqlite3_stmt *q;
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &q, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (q), ==, SQLITE_ROW);
  int64_t value = sqlite3_column_int64 (q, 0);
  sqlite3_finalize (q);
  return value;
}

static void
test_killed (Place *place, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  guint32 last = 0;
  g_clear_pointer (&place->store, sen_store_close);
  for (int round = 0; round < 20; round++)
    {
      int ends[2], status;
      g_assert_cmpint (pipe (ends), ==, 0);
      pid_t child = fork ();
      g_assert_cmpint (child, >=, 0);
      if (child == 0)
        {
          close (ends[0]);
          write_until_killed (place->path, ends[1]);
        }
      close (ends[1]);
      /* Somewhere within the file after the next few, however fast this machine is. */
      guint32 n;
      for (int left = round % 4; left > 0 && read (ends[0], &n, sizeof n) == sizeof n; left--)
        last = n;
      g_usleep ((gulong) g_rand_int_range (random, 0, 20000));
      kill (child, SIGKILL);
      g_assert_cmpint (waitpid (child, &status, 0), ==, child);
      g_assert_true (WIFSIGNALED (status));
      while (read (ends[0], &n, sizeof n) == sizeof n)
        last = n;
      close (ends[0]);

      sqlite3 *db;
      g_assert_cmpint (sqlite3_open (place->path, &db), ==, SQLITE_OK);
      sqlite3_stmt *q;
      g_assert_cmpint (sqlite3_prepare_v2 (db, "PRAGMA integrity_check", -1, &q, NULL), ==, SQLITE_OK);
      g_assert_cmpint (sqlite3_step (q), ==, SQLITE_ROW);
      g_assert_cmpstr ((const char *) sqlite3_column_text (q, 0), ==, "ok");
      sqlite3_finalize (q);
      if (last > 0)
        {
          g_assert_cmpint (sqlite3_exec (db, "INSERT INTO words (words, rank) VALUES ('integrity-check', 1);"
                                             "INSERT INTO names (names, rank) VALUES ('integrity-check', 1)", NULL, NULL, NULL),
                           ==, SQLITE_OK);
          /* What the store said it keeps is there, whole, and of nothing is there a part. */
          g_assert_cmpint (read_number (db, "SELECT count (*) FROM files"), >=, last);
          g_assert_cmpint (read_number (db, "SELECT count (*) FROM passes p WHERE p.pass = 0 AND p.state = 1 AND 2 <>"
                                            " (SELECT count (*) FROM chunks c WHERE c.content = p.content AND c.pass = 0)"), ==, 0);
          g_assert_cmpint (read_number (db, "SELECT count (*) FROM chunks c JOIN passes p ON p.content = c.content AND p.pass = c.pass"
                                            " WHERE p.state <> 1"), ==, 0);
          g_assert_cmpint (read_number (db, "SELECT sum (n) FROM spaces"), ==, read_number (db, "SELECT count (*) FROM vectors"));
          g_autofree char *sql = g_strdup_printf ("SELECT count (*) FROM files f WHERE f.id <= %u AND 2 <> (SELECT count (*) FROM chunks c"
                                                  " JOIN vectors v ON v.chunk = c.id WHERE c.content = f.content)", last - last / 7 - 1);
          g_assert_cmpint (read_number (db, sql), <=, 1);
        }
      sqlite3_close (db);
    }
  g_assert_cmpuint (last, >=, 30);
  place->store = open_store (place->path, true);
  g_autofree char *word = g_strdup_printf ("n%u", last), *found = search (place->store, sen_store_search_words, word, 5);
  g_assert_cmpstr (found, !=, "");
}

/* The disk is full: one sentence, nothing of what was to be written, and it goes on when there is room. RLIMIT_FSIZE is how a test
 * has one. */
static void
test_full (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  struct rlimit old, tight;
  g_autofree char *big = g_strnfill (60000, 'x');
  SenChunk chunks[200];
  for (int i = 0; i < 200; i++)
    chunks[i] = (SenChunk) { .text = big, .headings = "" };
  const SenPassResult result = { .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_NONE, .chunks = chunks, .n_chunks = 200 };
  put_text (place->store, place->root, "/data/root/1.txt", 1, TEXTS ("kept"));
  int64_t content = put_file (place->store, place->root, "/data/root/2.txt", 2, SEN_FILE_TEXT, NULL);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  tight = old;
  tight.rlim_cur = 4 << 20;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
  bool ok = sen_store_finish_pass (place->store, content, SEN_INDEX_QUICK, &result, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_false (ok);
  g_assert_error (error, SEN_ERROR, SEN_ERROR_DISK_FULL);
  g_assert_cmpuint (count (place->store).n_chunks, ==, 1);
  g_clear_error (&error);
  g_assert_true (sen_store_finish_pass (place->store, content, SEN_INDEX_QUICK, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count (place->store).n_chunks, ==, 201);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/index-store/" name, Place, NULL, set_up, func, tear_down)
  ADD ("lock", test_lock);
  ADD ("foreign", test_foreign);
  ADD ("migration", test_migration);
  ADD ("rename", test_rename);
  ADD ("removal", test_removal);
  ADD ("odd-names", test_odd_names);
  ADD ("whole-names", test_whole_names);
  ADD ("failures", test_failures);
  ADD ("passes", test_passes);
  ADD ("parts", test_parts);
  ADD ("given-up", test_given_up);
  ADD ("tried-again", test_tried_again);
  ADD ("program", test_program);
  ADD ("cancelled", test_cancelled);
  ADD ("words", test_words);
  ADD ("spread", test_spread);
  ADD ("common", test_common);
  ADD ("meaning", test_meaning);
  ADD ("crowd", test_crowd);
  ADD ("two-spaces", test_two_spaces);
  ADD ("killed", test_killed);
  ADD ("full", test_full);
#undef ADD
  return g_test_run ();
}
