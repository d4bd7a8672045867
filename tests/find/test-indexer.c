/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-indexer SOURCES CONNECTORS     samples of the source tree and worse files are indexed, with real models and without */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "find-fixture.h"
#include "sen-decode.h"
#include "sen-error.h"
#include "sen-file-kinds.h"
#include "sen-indexer.h"

static const char *root, *connectors;

typedef struct {
  char          *folder;     /* the test's own */
  char          *files;      /* what is indexed */
  char          *path;       /* of the index */
  SenModelStore *models;
} Place;

static void
set_up (Place *place, gconstpointer with_models)
{
  place->folder = g_dir_make_tmp ("sensorium-indexer-XXXXXX", NULL);
  place->files = g_build_filename (place->folder, "files", NULL);
  place->path = g_build_filename (place->folder, "index.db", NULL);
  g_assert_cmpint (g_mkdir (place->files, 0700), ==, 0);
  place->models = find_models (connectors, with_models != NULL);
}

static void
tear_down (Place *place, gconstpointer with_models)
{
  const char *const remove[] = { "rm", "-rf", "--", place->folder, NULL };
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  sen_model_store_unref (place->models);
  g_free (place->folder);
  g_free (place->files);
  g_free (place->path);
}

static char *
in_files (const Place *place, const char *name)
{
  return g_build_filename (place->files, name, NULL);
}

static void
copy (const Place *place, const char *from, const char *name)
{
  g_autofree char *source = g_build_filename (root, from, NULL), *target = in_files (place, name), *bytes = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (source, &bytes, &n, NULL));
  g_assert_true (g_file_set_contents (target, bytes, (gssize) n, NULL));
}

static void
write_text (const Place *place, const char *name, const char *text)
{
  g_autofree char *path = in_files (place, name);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static SenIndexer *
start_program (const Place *place, bool watches, const char *program)
{
  static SenDebug debug;
  static const char *const languages[] = { "eng", NULL };
  debug = sen_debug_from_env ();
  return sen_indexer_new (&(SenIndexerParams) {
    .path = place->path, .program = program, .watches = watches, .languages = languages,
    .encoders = { .debug = &debug, .store = place->models, .device = "cpu", .n_threads = 2 },
  });
}

static SenIndexer *
start (const Place *place, bool watches)
{
  return start_program (place, watches, NULL);
}

static void
wait_for (SenIndexer *indexer)
{
  g_auto (SenIndexProgress) progress = { 0 };
  g_assert_true (sen_indexer_wait (indexer, 600000));
  sen_indexer_get_progress (indexer, &progress);
  g_assert_null (progress.sentence);
  g_assert_cmpint (progress.stage, ==, SEN_INDEXER_UP_TO_DATE);
}

/* All of it, once. */
static void
index_files (const Place *place)
{
  g_autoptr (SenIndexer) indexer = start (place, false);
  sen_indexer_add_root (indexer, place->files);
  wait_for (indexer);
}

static SenStore *
read_store (const Place *place)
{
  g_autoptr (GError) error = NULL;
  SenStore *store = sen_store_open (&(SenStoreParams) { .path = place->path, .n_threads = 1 }, &error);
  g_assert_no_error (error);
  return store;
}

static SenStoreCounts
count (const Place *place)
{
  SenStoreCounts counts;
  g_autoptr (SenStore) store = read_store (place);
  g_assert_true (sen_store_count (store, &counts, NULL));
  return counts;
}

/* Where a word is found: the name of the best file, or NULL. */
static char *
find_word (const Place *place, const char *words, SenChunk *chunk)
{
  g_autoptr (SenStore) store = read_store (place);
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  g_autoptr (SenQuery) query = sen_query_parse (words, false, NULL);
  g_assert_true (sen_store_search_words (store, query, 1, hits, NULL, NULL));
  if (hits->len == 0)
    return NULL;
  g_auto (SenStorePlace) found = { 0 };
  g_assert_true (sen_store_find_place (store, &g_array_index (hits, SenHit, 0), query, &found, NULL));
  if (chunk != NULL)
    *chunk = found.chunk;
  return g_path_get_basename (found.paths[0]);
}

#define assert_found(place, words, name)                                                                                                  \
  G_STMT_START                                                                                                                            \
  {                                                                                                                                       \
    g_autofree char *found_ = find_word (place, words, NULL);                                                                             \
    g_assert_cmpstr (found_, ==, name);                                                                                                   \
  }                                                                                                                                       \
  G_STMT_END

static void
list_failure (const char *path, int pass, const char *sentence, uint32_t n_tries, gpointer text)
{
  g_autofree char *name = g_path_get_basename (path);
  g_assert_cmpuint (n_tries, ==, pass >= 0);
  g_string_append_printf (text, "%s %d: %s\n", name, pass, sentence);
}

static char *
failures (const Place *place)
{
  g_autoptr (SenStore) store = read_store (place);
  GString *text = g_string_new (NULL);
  g_assert_true (sen_store_each_failure (store, list_failure, text, NULL));
  return g_string_free (text, FALSE);
}

/* Each kind by what is in it, as it looks and as it sounds. */
static void
test_kinds (Place *place, gconstpointer data)
{
  copy (place, "tests/data/documents/report.docx", "report.docx");
  copy (place, "tests/data/documents/scan.pdf", "scan.pdf");
  copy (place, "data/samples/sign.png", "sign.png");
  copy (place, "data/samples/coffee.jpg", "DSC0001.jpg");
  copy (place, "data/samples/message.opus", "rec.opus");
  copy (place, "tests/data/media/facts.jpg", "facts.jpg");
  copy (place, "tests/data/media/film.mkv", "film.mkv");
  write_text (place, "README", "Zebras graze beyond the river.\n");
  write_text (place, "raw.bin2", "\x7f""ELF\0\0\0\0");
  index_files (place);

  assert_found (place, "zebras", "README");
  assert_found (place, "vienna", "report.docx");
  assert_found (place, "invoice 4711", "scan.pdf");
  assert_found (place, "lisbon", "sign.png");
  assert_found (place, "sandwiches", "rec.opus");
  assert_found (place, "canon", "facts.jpg");
  SenStoreCounts counts = count (place);
  g_assert_cmpuint (counts.n_files, ==, 9);
  g_assert_cmpuint (counts.n_failed, ==, 0);
  g_assert_cmpuint (counts.n_to_do[SEN_INDEX_QUICK] + counts.n_to_do[SEN_INDEX_DEEP], ==, 0);

  g_autoptr (SenStore) store = read_store (place);
  g_autoptr (SenFindEncoders) encoders = find_encoders (place->models);
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      SenSpace space;
      g_autofree char *identity = NULL;
      uint64_t n_missing;
      g_assert_true (sen_store_current_space (store, (SenSpaceRole) role, &space, &identity, NULL));
      g_assert_cmpstr (identity, ==, sen_find_encoders_identity (encoders, (SenSpaceRole) role, NULL, NULL, NULL));
      g_assert_true (space.is_whole);
      g_assert_cmpuint (space.n_vectors, >, 0);
      g_assert_true (sen_store_count_missing (store, space.space, &n_missing, NULL));
      g_assert_cmpuint (n_missing, ==, 0);
    }

  /* A picture by what it shows. */
  SenSpace sight;
  SenSpread spread;
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (SenHit));
  g_assert_true (sen_store_current_space (store, SEN_SPACE_SIGHT, &sight, NULL, NULL));
  g_autofree float *vector = g_new (float, sight.n_embd);
  g_assert_true (sen_find_encoders_query (encoders, SEN_SPACE_SIGHT, "a cup of coffee", vector, NULL, NULL));
  g_assert_true (sen_store_search_meaning (store, sight.space, vector, NULL, 1, hits, &spread, NULL, NULL));
  g_auto (SenStorePlace) found = { 0 };
  g_assert_true (sen_store_find_place (store, &g_array_index (hits, SenHit, 0), NULL, &found, NULL));
  g_assert_true (g_str_has_suffix (found.paths[0], "/DSC0001.jpg"));

  /* A second time there is nothing to do, and nothing changes. */
  index_files (place);
  SenStoreCounts again = count (place);
  g_assert_cmpmem (&counts, sizeof counts, &again, sizeof again);
}

/* What is wrong with a file costs one sentence; the others are found. */
static void
test_bad_files (Place *place, gconstpointer data)
{
  copy (place, "tests/data/documents/locked.pdf", "locked.pdf");
  copy (place, "tests/data/documents/report.docx", "good.docx");
  write_text (place, "broken.pdf", "%PDF-1.7\nnothing more");
  write_text (place, "broken.png", "\x89PNG\r\n\x1a\nnothing more");
  write_text (place, "broken.mp3", "ID3 but no more");
  write_text (place, "empty.jpg", "");
  write_text (place, "empty.txt", "");
  write_text (place, "caf\xe9 \xff.txt", "Pelicans nest here.\n");
  write_text (place, "zeros.docx", "PK\x03\x04 no archive");
  write_text (place, "secret.txt", "nobody reads this");
  g_autofree char *secret = in_files (place, "secret.txt"), *huge = in_files (place, "huge.txt"), *loop = in_files (place, "loop"),
                  *pipe = in_files (place, "pipe.txt");
  g_assert_cmpint (chmod (secret, 0), ==, 0);
  g_assert_cmpint (symlink (".", loop), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  /* Most of it is a hole; the decoder reads 16 MiB at most. */
  write_text (place, "huge.txt", "Albatross\n");
  g_assert_cmpint (truncate (huge, (off_t) 1 << 28), ==, 0);
  index_files (place);

  assert_found (place, "pelicans", "caf\xe9 \xff.txt");
  assert_found (place, "vienna", "good.docx");
  g_autofree char *said = failures (place);
  g_test_message ("%s", said);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (said), "\n", -1);
  static const char *const bad[] = { "broken.mp3 0: ", "broken.pdf 0: ", "broken.png 0: ", "locked.pdf 0: ", "zeros.docx 0: " };
  /* Root reads what has no permissions. */
  bool is_root = geteuid () == 0;
  g_assert_cmpuint (g_strv_length (lines), ==, G_N_ELEMENTS (bad) + !is_root);
  for (guint i = 0, j = 0; lines[i] != NULL; i++)
    if (is_root || !g_str_has_prefix (lines[i], "secret.txt -1: "))
      g_assert_true (g_str_has_prefix (lines[i], bad[j++]));
  SenStoreCounts counts = count (place);
  g_assert_cmpuint (counts.n_to_do[SEN_INDEX_QUICK] + counts.n_to_do[SEN_INDEX_DEEP], ==, 0);
}

/* Words and names without any model, and vectors when the models come. */
static void
test_models_later (Place *place, gconstpointer data)
{
  write_text (place, "animals.txt", "Ocelots sleep by day.\n");
  copy (place, "data/samples/coffee.jpg", "coffee.jpg");
  copy (place, "tests/data/media/pixel.png", "pixel.png");
  index_files (place);
  assert_found (place, "ocelots", "animals.txt");
  g_autoptr (SenIndexer) indexer = start (place, false);
  wait_for (indexer);
  g_auto (SenIndexProgress) progress = { 0 };
  sen_indexer_get_progress (indexer, &progress);
  g_assert_cmpuint (g_strv_length (progress.notes), >=, 4);
  g_autofree char *notes = g_strjoinv ("\n", progress.notes);
  g_assert_nonnull (strstr (notes, "fetch all-minilm-l6-v2"));
  g_clear_pointer (&indexer, sen_indexer_free);

  g_clear_pointer (&place->models, sen_model_store_unref);
  place->models = find_models (connectors, true);
  index_files (place);
  g_autoptr (SenStore) store = read_store (place);
  SenSpace sight;
  g_assert_true (sen_store_current_space (store, SEN_SPACE_SIGHT, &sight, NULL, NULL));
  g_assert_cmpuint (sight.n_vectors, ==, 2);
  g_clear_pointer (&store, sen_store_close);

  /* Tags too, as if the models had been here from the beginning. */
  SenStoreCounts later = count (place);
  g_free (place->path);
  place->path = g_build_filename (place->folder, "other.db", NULL);
  index_files (place);
  SenStoreCounts at_once = count (place);
  g_assert_cmpuint (later.n_chunks, ==, at_once.n_chunks);
  g_assert_cmpuint (later.n_chunks, >, sight.n_vectors + 1);
}

/* Paused nothing is done; two indexers don't meet; a folder goes as it came. */
static void
test_orders (Place *place, gconstpointer data)
{
  write_text (place, "one.txt", "Marmots whistle.\n");
  g_autoptr (SenIndexer) indexer = start (place, false);
  wait_for (indexer);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
  sen_indexer_set_paused (indexer, true);
  sen_indexer_add_root (indexer, place->files);
  g_assert_false (sen_indexer_wait (indexer, 300));
  sen_indexer_set_paused (indexer, false);
  wait_for (indexer);
  assert_found (place, "marmots", "one.txt");

  g_autoptr (SenIndexer) other = start (place, false);
  g_assert_true (sen_indexer_wait (other, 600000));
  g_auto (SenIndexProgress) progress = { 0 };
  sen_indexer_get_progress (other, &progress);
  g_assert_cmpint (progress.stage, ==, SEN_INDEXER_ELSEWHERE);
  g_assert_nonnull (progress.sentence);
  g_clear_pointer (&other, sen_indexer_free);

  sen_indexer_remove_root (indexer, place->files);
  wait_for (indexer);
  g_assert_cmpuint (count (place).n_files, ==, 0);
  assert_found (place, "marmots", NULL);

  /* What was ordered before the end is as it was ordered after it. */
  sen_indexer_set_paused (indexer, true);
  sen_indexer_add_root (indexer, place->files);
  g_clear_pointer (&indexer, sen_indexer_free);
  indexer = start (place, false);
  wait_for (indexer);
  assert_found (place, "marmots", "one.txt");
  sen_indexer_set_paused (indexer, true);
  sen_indexer_remove_root (indexer, place->files);
  g_clear_pointer (&indexer, sen_indexer_free);
  indexer = start (place, false);
  wait_for (indexer);
  g_assert_cmpuint (count (place).n_files, ==, 0);
}

static void
wait_until_found (const Place *place, const char *words, const char *name)
{
  for (int i = 0; i < 1200; i++)
    {
      g_autofree char *found = find_word (place, words, NULL);
      if (g_strcmp0 (found, name) == 0)
        return;
      g_usleep (100000);
    }
  g_error ("%s is not found as %s", words, name != NULL ? name : "nothing");
}

/* What comes, changes, moves and goes while it runs. */
static void
test_watch (Place *place, gconstpointer data)
{
  g_autofree char *new_folder = in_files (place, "new"), *inner = in_files (place, "new/inner"), *moved = in_files (place, "moved");
  g_autofree char *before = in_files (place, "new/inner/b.txt"), *after = in_files (place, "c.txt"), *a = in_files (place, "a.txt");
  write_text (place, "a.txt", "Lemurs climb.\n");
  g_autoptr (SenIndexer) indexer = start (place, true);
  sen_indexer_add_root (indexer, place->files);
  wait_for (indexer);
  assert_found (place, "lemurs", "a.txt");

  write_text (place, "a.txt", "Badgers dig.\n");
  g_assert_cmpint (g_mkdir_with_parents (inner, 0700), ==, 0);
  g_assert_true (g_file_set_contents (before, "Otters swim.\n", -1, NULL));
  wait_until_found (place, "badgers", "a.txt");
  wait_until_found (place, "otters", "b.txt");
  assert_found (place, "lemurs", NULL);

  g_assert_cmpint (g_rename (before, after), ==, 0);
  wait_until_found (place, "otters", "c.txt");
  g_assert_cmpint (g_rename (new_folder, moved), ==, 0);
  g_autofree char *there = in_files (place, "moved/inner/d.txt");
  g_assert_true (g_file_set_contents (there, "Herons wait.\n", -1, NULL));
  wait_until_found (place, "herons", "d.txt");
  g_assert_cmpint (g_unlink (a), ==, 0);
  wait_until_found (place, "badgers", NULL);
}

static void
put_deep (const Place *place, const char *name)
{
  GString *path = g_string_new (place->files);
  g_string_append_printf (path, "/%s", name);
  for (int i = 0; i < 220; i++)
    g_string_append (path, "/d");
  g_assert_cmpint (g_mkdir_with_parents (path->str, 0700), ==, 0);
  g_string_free (path, TRUE);
}

/* What is found may be told a moment before what was refused beside it. */
static void
wait_until_refused (SenIndexer *indexer, const char *words)
{
  for (int i = 0; i < 1200; i++)
    {
      g_auto (SenIndexProgress) progress = { 0 };
      sen_indexer_get_progress (indexer, &progress);
      g_autofree char *notes = g_strjoinv ("\n", progress.notes);
      if (strstr (notes, words) != NULL)
        return;
      g_usleep (100000);
    }
  g_error ("it is not said that %s are refused", words);
}

/* Folders that can't be looked into, which to root are only those that are too deep: a look at one more does not forget the others. */
static void
test_refused (Place *place, gconstpointer data)
{
  put_deep (place, "a");
  put_deep (place, "b");
  g_autoptr (SenIndexer) indexer = start (place, true);
  sen_indexer_add_root (indexer, place->files);
  wait_for (indexer);
  wait_until_refused (indexer, "2 folders");
  put_deep (place, "c");
  write_text (place, "c/c.txt", "Beavers gnaw.\n");
  wait_until_found (place, "beavers", "c.txt");
  wait_until_refused (indexer, "3 folders");
  g_autofree char *b = in_files (place, "b"), *aside = g_build_filename (place->folder, "aside", NULL);
  g_assert_cmpint (g_rename (b, aside), ==, 0);
  sen_indexer_rescan (indexer);
  wait_for (indexer);
  wait_until_refused (indexer, "2 folders");
}

/* More changes at once than the kernel tells: all is looked through. */
static void
test_overflow (Place *place, gconstpointer data)
{
  g_autofree char *text = NULL, *a = in_files (place, "a.bin"), *b = in_files (place, "b.bin");
  if (!g_file_get_contents ("/proc/sys/fs/inotify/max_queued_events", &text, NULL, NULL) || g_ascii_strtoull (text, NULL, 10) > 100000)
    {
      g_test_skip ("the queue of inotify is too long, or not known");
      return;
    }
  g_autoptr (SenIndexer) indexer = start (place, true);
  sen_indexer_add_root (indexer, place->files);
  wait_for (indexer);
  sen_indexer_set_paused (indexer, true);
  for (g_auto (SenIndexProgress) progress = { 0 }; progress.stage != SEN_INDEXER_PAUSED; g_usleep (1000))
    {
      sen_index_progress_clear (&progress);
      sen_indexer_get_progress (indexer, &progress);
    }
  /* Nobody reads the queue now. */
  write_text (place, "a.bin", "");
  for (guint64 i = 0, n = g_ascii_strtoull (text, NULL, 10); i < n / 2 + 8; i++)
    g_assert_cmpint (g_rename (i % 2 == 0 ? a : b, i % 2 == 0 ? b : a), ==, 0);
  write_text (place, "late.txt", "Geckos cling.\n");
  sen_indexer_set_paused (indexer, false);
  wait_until_found (place, "geckos", "late.txt");
}

/* Another device takes over in the middle; one that is not there is a sentence, and the next one goes on. */
static void
test_device (Place *place, gconstpointer data)
{
  write_text (place, "a.txt", "Ibexes climb.\n");
  g_autoptr (SenIndexer) indexer = start (place, true);
  sen_indexer_use (indexer, "cpu", 1);
  wait_for (indexer);
  sen_indexer_add_root (indexer, place->files);
  wait_for (indexer);
  sen_indexer_use (indexer, "vulkan:99", 1);
  g_auto (SenIndexProgress) progress = { 0 };
  for (; progress.stage != SEN_INDEXER_FAILED; g_usleep (1000))
    {
      sen_index_progress_clear (&progress);
      sen_indexer_get_progress (indexer, &progress);
    }
  g_test_message ("%s", progress.sentence);
  write_text (place, "b.txt", "Chamois jump.\n");
  sen_indexer_use (indexer, "cpu", 1);
  wait_until_found (place, "chamois", "b.txt");
  SenSpace space;
  for (uint64_t n = 0; n < 2; n = space.n_vectors, g_usleep (10000))
    {
      g_autoptr (SenStore) store = read_store (place);
      g_assert_true (sen_store_current_space (store, SEN_SPACE_TEXT, &space, NULL, NULL));
    }
}

/* --- Being ended in the middle -------------------------------------------------------------------------------------------------------- */

/* A PDF whose pages are pictures: @names of the source tree, one a page. */
static void
write_scans (const Place *place, const char *name, const char *const *names)
{
  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = debug.decode_helper });
  g_autoptr (GByteArray) pdf = g_byte_array_new ();
  g_autoptr (GString) kids = g_string_new (NULL);
#define APPEND(...)                                                                                                                       \
  G_STMT_START                                                                                                                            \
    {                                                                                                                                     \
      g_autofree char *text_ = g_strdup_printf (__VA_ARGS__);                                                                             \
      g_byte_array_append (pdf, (const guint8 *) text_, (guint) strlen (text_));                                                          \
    }                                                                                                                                     \
  G_STMT_END
  APPEND ("%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n");
  int object = 3;
  for (; *names != NULL; names++, object += 3)
    {
      g_autofree char *path = g_build_filename (root, *names, NULL);
      g_autoptr (SenImage) image = sen_decode_picture (decode, path, &(SenPictureParams) { 0 }, NULL, NULL);
      g_assert_nonnull (image);
      int width = sen_image_width (image), height = sen_image_height (image);
      const char *draw = "q 500 0 0 300 20 20 cm /I Do Q";
      g_string_append_printf (kids, "%d 0 R ", object);
      APPEND ("%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 540 340]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>endobj\n",
              object, object + 1, object + 2);
      APPEND ("%d 0 obj<</Length %d>>stream\n%s\nendstream endobj\n", object + 1, (int) strlen (draw), draw);
      APPEND ("%d 0 obj<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Length %d>>stream\n",
              object + 2, width, height, width * height * 3);
      g_byte_array_append (pdf, sen_image_pixels (image), (guint) (width * height * 3));
      APPEND ("\nendstream endobj\n");
    }
  APPEND ("2 0 obj<</Type/Pages/Kids[%s]/Count %d>>endobj\ntrailer<</Root 1 0 R/Size %d>>\n%%%%EOF\n", kids->str, (object - 3) / 3, object);
#undef APPEND
  g_autofree char *path = in_files (place, name);
  g_assert_true (g_file_set_contents (path, (const char *) pdf->data, pdf->len, NULL));
}

/* Recordings of the source tree one after the other, until they are longer than a window. */
static void
write_recording (const Place *place, const char *name, const char *const *names)
{
  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = debug.decode_helper });
  g_autoptr (GByteArray) wav = g_byte_array_new ();
  static const guint8 header[44] = "RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0" "data\xdb\xff\xff\x7f";
  g_byte_array_append (wav, header, sizeof header);
  for (; *names != NULL; names++)
    {
      float samples[4096];
      gssize n;
      g_autofree char *path = g_build_filename (root, *names, NULL);
      g_autoptr (SenSound) sound = sen_decode_open_sound (decode, path, 0.0, NULL, NULL);
      g_assert_nonnull (sound);
      while ((n = sen_sound_read (sound, samples, G_N_ELEMENTS (samples), NULL, NULL)) > 0)
        for (gssize i = 0; i < n; i++)
          {
            gint16 sample = GINT16_TO_LE ((gint16) lrintf (CLAMP (samples[i], -1.0f, 1.0f) * 32767.0f));
            g_byte_array_append (wav, (const guint8 *) &sample, sizeof sample);
          }
    }
  guint32 size = GUINT32_TO_LE (wav->len - 8), data_size = GUINT32_TO_LE (wav->len - 44);
  memcpy (wav->data + 4, &size, sizeof size);
  memcpy (wav->data + 40, &data_size, sizeof data_size);
  g_autofree char *path = in_files (place, name);
  g_assert_true (g_file_set_contents (path, (const char *) wav->data, wav->len, NULL));
}

/* A number, or a text, out of the database as it stands. (transfer full) */
static char *
ask (const Place *place, const char *sql)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  char *answer = NULL;
  if (sqlite3_open_v2 (place->path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
      && sqlite3_prepare_v2 (db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step (q) == SQLITE_ROW)
    answer = g_strdup ((const char *) sqlite3_column_text (q, 0));
  sqlite3_finalize (q);
  sqlite3_close (db);
  return answer;
}

static gint64
ask_number (const Place *place, const char *sql)
{
  g_autofree char *answer = ask (place, sql);
  return answer != NULL ? g_ascii_strtoll (answer, NULL, 10) : 0;
}

#define PASSAGES                                                                                                                          \
  "SELECT group_concat (line, char (10)) FROM (SELECT f.name || '|' || c.source || '|' || c.page || '|' || c.start || '|' || c.end"       \
  " || '|' || c.text AS line FROM chunks c JOIN files f ON f.content = c.content ORDER BY f.name, c.id)"

/* A transcript and a document of scans that are ended again and again go on where they were, and become what they had become at once. */
static void
test_resumed (Place *place, gconstpointer data)
{
  static const char *const pages[] = { "tests/data/media/text-eng.png", "data/samples/sign.png", "tests/data/media/text-deu.png", NULL };
  static const char *const sounds[] = { "data/samples/inaugural.opus", "data/samples/message.opus", "data/samples/inaugural.opus",
                                        "data/samples/message.opus", NULL };
  write_scans (place, "pages.pdf", pages);
  write_recording (place, "talk.wav", sounds);
  index_files (place);
  g_autofree char *at_once = ask (place, PASSAGES);
  g_assert_nonnull (strstr (at_once, "sandwiches"));
  g_assert_nonnull (strstr (at_once, "Lisbon"));
  g_assert_cmpint (ask_number (place, "SELECT count (*) FROM parts"), ==, 0);

  g_free (place->path);
  place->path = g_build_filename (place->folder, "other.db", NULL);
  gint64 n_kept = 0;
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (SenIndexer) indexer = start (place, false);
      sen_indexer_add_root (indexer, place->files);
      gint64 n = n_kept;
      for (bool is_done = false; n == n_kept && !is_done;)
        {
          is_done = sen_indexer_wait (indexer, 20);
          n = ask_number (place, "SELECT count (*) FROM parts");
        }
      if (n == 0)
        break;
      g_clear_pointer (&indexer, sen_indexer_free);
      /* Nothing that was kept is lost while it is not done. */
      n_kept = ask_number (place, "SELECT count (*) FROM parts");
      gint64 n_to_do = ask_number (place, "SELECT count (*) FROM passes WHERE state = 0");
      g_test_message ("%d parts, %d passes to do", (int) n_kept, (int) n_to_do);
      g_assert_true (n_kept > 0 || n_to_do < 2);
    }
  index_files (place);
  g_autofree char *in_pieces = ask (place, PASSAGES);
  g_assert_cmpstr (in_pieces, ==, at_once);
  g_assert_cmpint (ask_number (place, "SELECT count (*) FROM parts"), ==, 0);
  g_assert_cmpint (ask_number (place, "SELECT count (*) FROM passes WHERE state NOT IN (1, 3)"), ==, 0);
}

/* What is held up is not in work: an ending of the program says nothing of it. */
static void
test_held_up (Place *place, gconstpointer data)
{
  static const char *const sounds[] = { "data/samples/inaugural.opus", NULL };
  write_recording (place, "talk.wav", sounds);
  g_autoptr (SenIndexer) indexer = start (place, false);
  sen_indexer_add_root (indexer, place->files);
  while (ask_number (place, "SELECT total (tries) FROM passes WHERE pass = 1 AND state = 0") == 0 && !sen_indexer_wait (indexer, 5))
    continue;
  sen_indexer_set_paused (indexer, true);
  for (g_auto (SenIndexProgress) progress = { 0 };
       progress.stage != SEN_INDEXER_PAUSED && progress.stage != SEN_INDEXER_UP_TO_DATE && progress.stage != SEN_INDEXER_FAILED;
       g_usleep (1000))
    {
      sen_index_progress_clear (&progress);
      sen_indexer_get_progress (indexer, &progress);
    }
  g_assert_cmpint (ask_number (place, "SELECT total (tries) FROM passes WHERE state = 0"), ==, 0);
  sen_indexer_set_paused (indexer, false);
  wait_for (indexer);
  g_assert_cmpint (ask_number (place, "SELECT count (*) FROM passes WHERE state NOT IN (1, 3) OR tries <> 1 AND state = 1"), ==, 0);
  assert_found (place, "country", "talk.wav");
}

/* Another program reads what one before it could not, and asks all files again what they are. */
static void
test_another_program (Place *place, gconstpointer data)
{
  write_text (place, "a.txt", "Okapis browse.\n");
  for (int i = 0; i < 4; i++)
    {
      if (i == 1)
        {
          g_free (ask (place, "UPDATE passes SET state = 2, error = 'unknown to the old one' WHERE pass = 0"));
          g_free (ask (place, "UPDATE files SET kind = 0"));
        }
      g_autoptr (SenIndexer) indexer = start_program (place, false, i < 3 ? "1" : "2");
      sen_indexer_add_root (indexer, place->files);
      wait_for (indexer);
      g_assert_cmpint (ask_number (place, "SELECT count (*) FROM passes WHERE state = 2"), ==, i == 1 || i == 2);
      g_assert_cmpint (ask_number (place, "SELECT count (*) FROM files WHERE kind = 0"), ==, i == 1 || i == 2);
    }
}

/* A recording is found by what it calls itself. */
static void
test_titles (Place *place, gconstpointer data)
{
  static const char head[] = "WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0LIST\x2c\0\0\0INFOINAM\x0a\0\0\0Nocturne \0"
                             "IART\x0e\0\0\0Clara\x1b[31m B\xc3\xbc""data\0\x7d\0\0";
  g_autofree char *path = in_files (place, "track01.wav");
  g_autoptr (GByteArray) wav = g_byte_array_new ();
  guint32 size = GUINT32_TO_LE (sizeof head - 1 + 32000);
  g_byte_array_append (wav, (const guint8 *) "RIFF", 4);
  g_byte_array_append (wav, (const guint8 *) &size, sizeof size);
  g_byte_array_append (wav, (const guint8 *) head, sizeof head - 1);
  g_byte_array_set_size (wav, wav->len + 32000);
  memset (wav->data + wav->len - 32000, 0, 32000);
  g_assert_true (g_file_set_contents (path, (const char *) wav->data, wav->len, NULL));
  index_files (place);
  assert_found (place, "nocturne", "track01.wav");
  g_autofree char *artist = ask (place, "SELECT group_concat (text) FROM chunks WHERE source = 3");
  g_test_message ("%s", artist);
  g_assert_nonnull (strstr (artist, "Clara"));
  g_assert_null (strchr (artist, '\x1b'));
}

static void
test_file_kinds (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sensorium-kinds-XXXXXX", NULL);
  static const struct { const char *name, *bytes; SenFileKind kind; const char *format; } cases[] = {
    { "a.JPG", "", SEN_FILE_PICTURE, "picture" },   { "a.tar.gz", "", SEN_FILE_OTHER, "" },
    { "changelog.gz", "", SEN_FILE_TEXT, "text" },  { "a.html", "", SEN_FILE_DOCUMENT, "document" },
    { "a.md", "", SEN_FILE_TEXT, "text" },          { "a.c", "", SEN_FILE_CODE, "code" },
    { "a.svgz", "", SEN_FILE_OTHER, "" },           { "README", "plain words", SEN_FILE_TEXT, "text" },
    { "data", "\x01\xff\xfe binary", SEN_FILE_OTHER, "" }, { "a.opus", "", SEN_FILE_SOUND, "sound" },
    { "a.ts", "let x: number = 1;", SEN_FILE_CODE, "code" }, { "a.unheard", "Gr\xc3\xbc\xc3\x9f""e", SEN_FILE_TEXT, "text" },
    { "a.png.gz", "", SEN_FILE_OTHER, "" },         { "history-wal", "plain words", SEN_FILE_OTHER, "" },
            { "gone/a.unheard", NULL, SEN_FILE_OTHER, "" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_build_filename (folder, cases[i].name, NULL);
      const char *format;
      if (cases[i].bytes != NULL)
        g_assert_true (g_file_set_contents (path, cases[i].bytes, -1, NULL));
      g_assert_cmpint (sen_file_kind (path, &format, NULL), ==, cases[i].kind);
      g_assert_cmpstr (format, ==, cases[i].format);
      g_unlink (path);
    }
  g_rmdir (folder);
}

static void
test_power (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sensorium-power-XXXXXX", NULL);
  g_autofree char *battery = g_build_filename (folder, "BAT0", NULL), *mains = g_build_filename (folder, "AC", NULL);
  g_autofree char *battery_type = g_build_filename (battery, "type", NULL), *mains_type = g_build_filename (mains, "type", NULL);
  g_autofree char *online = g_build_filename (mains, "online", NULL);
  g_assert_true (sen_power_is_mains (folder));
  g_assert_true (sen_power_is_mains ("/nowhere"));
  g_mkdir (battery, 0700);
  g_mkdir (mains, 0700);
  g_assert_true (g_file_set_contents (battery_type, "Battery\n", -1, NULL));
  g_assert_true (g_file_set_contents (mains_type, "Mains\n", -1, NULL));
  g_assert_true (g_file_set_contents (online, "0\n", -1, NULL));
  g_assert_false (sen_power_is_mains (folder));
  g_assert_true (g_file_set_contents (online, "1\n", -1, NULL));
  g_assert_true (sen_power_is_mains (folder));
  const char *const made[] = { online, mains_type, battery_type, mains, battery, folder };
  for (size_t i = 0; i < G_N_ELEMENTS (made); i++)
    g_remove (made[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc != 3)
    return 2;
  root = argv[1];
  connectors = argv[2];
  g_test_add_func ("/indexer/file-kinds", test_file_kinds);
  g_test_add_func ("/indexer/power", test_power);
  g_test_add ("/indexer/kinds", Place, "models", set_up, test_kinds, tear_down);
  g_test_add ("/indexer/titles", Place, NULL, set_up, test_titles, tear_down);
  g_test_add ("/indexer/bad-files", Place, NULL, set_up, test_bad_files, tear_down);
  g_test_add ("/indexer/models-later", Place, NULL, set_up, test_models_later, tear_down);
  g_test_add ("/indexer/orders", Place, NULL, set_up, test_orders, tear_down);
  g_test_add ("/indexer/refused", Place, NULL, set_up, test_refused, tear_down);
  g_test_add ("/indexer/overflow", Place, NULL, set_up, test_overflow, tear_down);
  g_test_add ("/indexer/device", Place, "models", set_up, test_device, tear_down);
  g_test_add ("/indexer/resumed", Place, "models", set_up, test_resumed, tear_down);
  g_test_add ("/indexer/held-up", Place, "models", set_up, test_held_up, tear_down);
  g_test_add ("/indexer/another-program", Place, NULL, set_up, test_another_program, tear_down);
  g_test_add ("/indexer/watch", Place, NULL, set_up, test_watch, tear_down);
  return g_test_run ();
}
