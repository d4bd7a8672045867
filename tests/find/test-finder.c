/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Finding by words and names, without models; and the thread that finds. */
#include "sen-finder.h"

#include <string.h>

#include <glib/gstdio.h>

#include "index-fixture.h"
#include "sen-error.h"

typedef struct {
  char *folder, *db;
} Fixture;

static void
put (SenStore *store, int64_t root, const char *path, SenFileKind kind, int64_t mtime_s, const SenChunk *chunks, size_t n_chunks)
{
  g_autoptr (GError) error = NULL;
  static uint64_t inode = 100;
  uint8_t hash[SEN_STORE_HASH_BYTES] = { 0 };
  /* The same text has the same content. */
  guint number = n_chunks > 0 ? g_str_hash (chunks[0].text) : (guint) inode;
  memcpy (hash, &number, sizeof number);
  SenStoredFile stored;
  bool is_new;
  g_assert_true (sen_store_put_file (store, root, &(SenFileFacts) {
    .path = path, .stamp = { 10, mtime_s * 1000000000, 1, inode++ }, .hash = hash, .kind = kind, .format = "text",
  }, &stored, &is_new, &error));
  g_assert_no_error (error);
  if (!is_new)
    return;
  g_assert_true (sen_store_finish_pass (store, stored.content, SEN_INDEX_QUICK, &(SenPassResult) {
    .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_NONE, .chunks = chunks, .n_chunks = n_chunks, .language = "en",
  }, &error));
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  int64_t root;
  f->folder = make_folder ();
  f->db = g_build_filename (f->folder, "index.db", NULL);
  g_autoptr (SenStore) store = open_store (f->db, true);
  g_assert_true (sen_store_add_root (store, "/farm", &root, NULL));
  const SenChunk manual[] = { { SEN_CHUNK_TEXT, 3, 0, -1, -1, "The red tractor stands in the meadow.", "Machines › Tractors" },
                              { SEN_CHUNK_TEXT, 7, 0, -1, -1, "Sheep are white.", "Animals" } };
  const SenChunk letter[] = { { SEN_CHUNK_TEXT, 0, 12, -1, -1, "We sold the tractor last year.", "" } };
  const SenChunk talk[] = { { SEN_CHUNK_ABOUT, 0, SEN_ABOUT_TITLE, -1, -1, "An evening\nin May", "" },
                            { SEN_CHUNK_HEARD, 0, 0, 61500, 64000, "and then the sheep ran away", "" } };
  const SenChunk song[] = { { SEN_CHUNK_ABOUT, 0, SEN_ABOUT_TITLE, -1, -1, "Silence", "" } };
  const SenChunk report[] = { { SEN_CHUNK_ABOUT, 0, SEN_ABOUT_TITLE, -1, -1, "A report", "" },
                              { SEN_CHUNK_TEXT, 0, 1, -1, -1, "A report\n\nHay was dear.", "" } };
  put (store, root, "/farm/song.webm", SEN_FILE_VIDEO, 100, song, 1);
  put (store, root, "/farm/report.md", SEN_FILE_TEXT, 200, report, 2);
  put (store, root, "/farm/manual.pdf", SEN_FILE_DOCUMENT, 1000, manual, 2);
  put (store, root, "/farm/letters/letter.txt", SEN_FILE_TEXT, 3000, letter, 1);
  put (store, root, "/farm/letters/copy of letter.txt", SEN_FILE_TEXT, 3500, letter, 1);
  put (store, root, "/farm/talk.ogg", SEN_FILE_SOUND, 2000, talk, 2);
  put (store, root, "/farm/Tractors_\xff.png", SEN_FILE_PICTURE, 4000, NULL, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  remove_folder (f->folder);
  g_free (f->db);
}

static SenFindResults *
ask (const char *db, const SenFindRequest *request)
{
  g_autoptr (SenFind) find = sen_find_new (&(SenFindParams) { .path = db, .n_threads = 1 });
  g_assert_false (sen_find_is_cold (find, request));
  return sen_find_run (find, request, NULL);
}

static const SenFindResult *
find_path (const SenFindResults *results, const char *path)
{
  for (uint32_t i = 0; i < sen_find_results_info (results)->n; i++)
    if (strcmp (sen_find_results_get (results, i)->paths[0], path) == 0)
      return sen_find_results_get (results, i);
  g_error ("%s was not found", path);
}

static void
test_words (Fixture *f, gconstpointer data)
{
  g_autoptr (SenFindResults) results = ask (f->db, &(SenFindRequest) { .text = "red tractor" });
  const SenFindResultsInfo *info = sen_find_results_info (results);
  g_assert_no_error (info->error);
  g_assert_true (info->has_index && info->is_whole);
  g_assert_cmpuint (info->n, ==, 3);
  g_assert_cmpuint (info->n_shown, ==, 1);

  const SenFindResult *manual = &info->results[0];
  g_assert_cmpstr (manual->paths[0], ==, "/farm/manual.pdf");
  g_assert_cmpuint (manual->page, ==, 3);
  g_assert_cmpstr (manual->headings, ==, "Machines › Tractors");
  g_assert_cmpstr (manual->snippet.text, ==, "The red tractor stands in the meadow.");
  g_assert_cmpuint (manual->snippet.n_marks, ==, 2);
  g_assert_cmpuint (manual->passage.marks[1].start, ==, 8);
  g_assert_cmpuint (manual->passage.marks[1].end, ==, 15);
  g_assert_cmpuint (manual->n_why, ==, 1);
  g_assert_cmpint (manual->why[0].kind, ==, SEN_FIND_BY_WORDS);
  g_assert_cmpstr (manual->why[0].text, ==, "red, tractor");
  g_assert_cmpstr (manual->name.text, ==, "manual.pdf");
  /* The first section of a PDF may be its cover. */
  g_assert_cmpstr (manual->title.text, ==, "");

  const SenFindResult *letter = find_path (results, "/farm/letters/letter.txt");
  g_assert_cmpuint (letter->n_paths, ==, 2);
  g_assert_cmpuint (letter->line, ==, 12);
  g_assert_cmpstr (letter->title.text, ==, "");
  g_assert_cmpint (letter->why[0].kind, ==, SEN_FIND_BY_SOME_WORDS);
  g_assert_cmpstr (letter->why[0].text, ==, "tractor");

  /* A name that is no UTF-8 keeps its bytes, and can be looked at. */
  const SenFindResult *picture = find_path (results, "/farm/Tractors_\xff.png");
  g_assert_true (g_utf8_validate (picture->name.text, -1, NULL));
  g_assert_cmpint (picture->why[0].kind, ==, SEN_FIND_BY_NAME);
  g_assert_cmpuint (picture->name.n_marks, ==, 1);
  g_assert_cmpint (picture->start_ms, ==, -1);
}

static void
test_places (Fixture *f, gconstpointer data)
{
  g_autoptr (SenFindResults) results = ask (f->db, &(SenFindRequest) { .text = "sheep ran" });
  const SenFindResult *talk = find_path (results, "/farm/talk.ogg");
  g_assert_cmpint (talk->start_ms, ==, 61500);
  g_assert_cmpint (talk->source, ==, SEN_CHUNK_HEARD);
  g_assert_cmpstr (talk->title.text, ==, "An evening in May");
}

/* Below a title it is not said once more. */
static void
test_titles (Fixture *f, gconstpointer data)
{
  g_autoptr (SenFindResults) results = ask (f->db, &(SenFindRequest) { .text = "evening" });
  const SenFindResult *talk = find_path (results, "/farm/talk.ogg");
  g_assert_cmpint (talk->source, ==, SEN_CHUNK_ABOUT);
  g_assert_cmpstr (talk->title.text, ==, "An evening in May");
  g_assert_cmpuint (talk->title.n_marks, ==, 1);
  g_assert_cmpstr (talk->passage.text, ==, "An evening\nin May");
  g_assert_cmpstr (talk->snippet.text, ==, "and then the sheep ran away");
  g_autoptr (SenFindResults) songs = ask (f->db, &(SenFindRequest) { .text = "silence" });
  g_assert_cmpstr (find_path (songs, "/farm/song.webm")->title.text, ==, "Silence");
  g_assert_cmpstr (find_path (songs, "/farm/song.webm")->snippet.text, ==, "");
  g_autoptr (SenFindResults) reports = ask (f->db, &(SenFindRequest) { .text = "report" });
  g_assert_cmpstr (find_path (reports, "/farm/report.md")->title.text, ==, "A report");
  g_assert_cmpstr (find_path (reports, "/farm/report.md")->snippet.text, ==, "Hay was dear.");
}

static uint32_t
count (const char *db, SenFindRequest request)
{
  g_autoptr (SenFindResults) results = ask (db, &request);
  g_assert_no_error (sen_find_results_info (results)->error);
  return sen_find_results_info (results)->n;
}

static void
test_filters (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "tractor", .kinds = 1u << SEN_FILE_TEXT }), ==, 1);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "tractor type:pdf", .kinds = 1u << SEN_FILE_TEXT }), ==, 0);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "tractor", .folder = "/farm/letters" }), ==, 1);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "tractor in:letters", .folder = "/elsewhere" }), ==, 0);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "tractor", .before_us = 2000 * G_USEC_PER_SEC }), ==, 1);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "tractor -meadow" }), ==, 2);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "tractor", .by = 1u << SEN_EVIDENCE_NAMES }), ==, 1);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "tractor", .limit = 2 }), ==, 2);

  /* Nothing is asked for: the newest. */
  g_autoptr (SenFindResults) results = ask (f->db, &(SenFindRequest) { .kinds = 1u << SEN_FILE_SOUND | 1u << SEN_FILE_DOCUMENT });
  const SenFindResultsInfo *info = sen_find_results_info (results);
  g_assert_cmpuint (info->n_shown, ==, 2);
  g_assert_cmpstr (info->results[0].paths[0], ==, "/farm/talk.ogg");
  g_assert_cmpint (info->results[0].why[0].kind, ==, SEN_FIND_BY_FILTER);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = NULL }), ==, 6);
}

/* Files that there are copies of: both of one, wherever the other lies. */
static void
test_copies (Fixture *f, gconstpointer data)
{
  g_autoptr (SenFindResults) all = ask (f->db, &(SenFindRequest) { .only_copies = true });
  const SenFindResultsInfo *info = sen_find_results_info (all);
  g_assert_cmpuint (info->n, ==, 1);
  g_assert_cmpuint (info->n_shown, ==, 1);
  g_assert_cmpuint (info->results[0].n_paths, ==, 2);
  g_assert_cmpint (info->results[0].why[0].kind, ==, SEN_FIND_BY_BYTES);

  g_autoptr (SenFindResults) below = ask (f->db, &(SenFindRequest) {
    .text = "is:duplicates in:letters tractor", .before_us = 3200 * G_TIME_SPAN_SECOND,
  });
  const SenFindResult *letter = find_path (below, "/farm/letters/letter.txt");
  g_assert_cmpuint (letter->n_paths, ==, 2);
  g_assert_cmpstr (letter->paths[0], ==, "/farm/letters/letter.txt");
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "is:duplicate in:elsewhere" }), ==, 0);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "meadow is:copy" }), ==, 0);
  g_autoptr (SenFindResults) wrong = ask (f->db, &(SenFindRequest) { .text = "is:red" });
  g_assert_error (sen_find_results_info (wrong)->error, SEN_ERROR, SEN_ERROR_INVALID);
}

static void
test_typed (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "mead", .is_typed = true }), ==, 1);
  g_assert_cmpuint (count (f->db, (SenFindRequest) { .text = "mead" }), ==, 0);
}

/* --- What is wrong -------------------------------------------------------------------------------------------------------------------- */

static void
test_wrong (Fixture *f, gconstpointer data)
{
  g_autofree char *none = g_build_filename (f->folder, "none.db", NULL), *junk = g_build_filename (f->folder, "junk.db", NULL);
  g_autoptr (SenFindResults) nothing = ask (none, &(SenFindRequest) { .text = "tractor" });
  g_assert_false (sen_find_results_info (nothing)->has_index);
  g_assert_no_error (sen_find_results_info (nothing)->error);

  g_assert_true (g_file_set_contents (junk, "This is no database, but a text that is long enough to be looked at as one.", -1, NULL));
  g_autoptr (SenFindResults) damaged = ask (junk, &(SenFindRequest) { .text = "tractor" });
  g_assert_error (sen_find_results_info (damaged)->error, SEN_ERROR, SEN_ERROR_FORMAT);

  g_autofree char *text = g_strnfill (10000, 'a');
  g_autoptr (SenFindResults) too_long = ask (f->db, &(SenFindRequest) { .text = text });
  g_assert_error (sen_find_results_info (too_long)->error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_assert_cmpuint (sen_find_results_info (too_long)->n, ==, 0);

  g_autoptr (SenFindResults) no_date = ask (f->db, &(SenFindRequest) { .text = "before:tomorrow" });
  g_assert_error (sen_find_results_info (no_date)->error, SEN_ERROR, SEN_ERROR_INVALID);

  SenFindPart parts[SEN_FIND_MAX_PARTS + 1] = { { .text = "a", .weight = 1.0f } };
  g_autoptr (SenFindResults) too_many = ask (f->db, &(SenFindRequest) { .parts = parts, .n_parts = G_N_ELEMENTS (parts) });
  g_assert_error (sen_find_results_info (too_many)->error, SEN_ERROR, SEN_ERROR_LIMIT);

  g_autoptr (SenFindResults) no_file = ask (f->db, &(SenFindRequest) { .like = "/nowhere/at all.png" });
  g_assert_error (sen_find_results_info (no_file)->error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
}

/* A database that is made, thrown away, and made again while it is searched. */
static void
test_replaced (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->folder, "other.db", NULL);
  g_autoptr (SenFind) find = sen_find_new (&(SenFindParams) { .path = path, .n_threads = 1 });
  const SenFindRequest request = { .text = "tractor" };
  static const char *const endings[] = { "", "-wal", "-shm" };
  for (int round = 0; round < 2; round++)
    {
      g_autoptr (SenFindResults) before = sen_find_run (find, &request, NULL);
      g_assert_false (sen_find_results_info (before)->has_index);
      for (size_t i = 0; i < G_N_ELEMENTS (endings); i++)
        {
          g_autofree char *from = g_strconcat (f->db, endings[i], NULL), *to = g_strconcat (path, endings[i], NULL), *bytes = NULL;
          gsize n;
          if (g_file_get_contents (from, &bytes, &n, NULL))
            g_assert_true (g_file_set_contents (to, bytes, (gssize) n, NULL));
        }
      g_autoptr (SenFindResults) after = sen_find_run (find, &request, NULL);
      g_assert_no_error (sen_find_results_info (after)->error);
      g_assert_cmpuint (sen_find_results_info (after)->n, ==, 3);
      for (size_t i = 0; i < G_N_ELEMENTS (endings); i++)
        {
          g_autofree char *name = g_strconcat (path, endings[i], NULL);
          g_remove (name);
        }
    }
}

/* --- The thread ----------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  GMainLoop *loop;
  GString   *order;
  uint32_t   n;
} Heard;

static void
on_results (SenFindResults *results, gpointer data)
{
  Heard *heard = data;
  heard->n = sen_find_results_info (results)->n;
  g_string_append_c (heard->order, '!');
  g_main_loop_quit (heard->loop);
}

static void
on_unwanted (SenFindResults *results, gpointer data)
{
  g_assert_not_reached ();
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
test_thread (Fixture *f, gconstpointer data)
{
  Heard heard = { g_main_loop_new (NULL, FALSE), g_string_new (NULL), 0 };
  SenFinder *finder = sen_finder_new (&(SenFinderParams) { .path = f->db, .n_threads = 1 });
  /* Of a row of letters only the last is answered. */
  for (int i = 0; i < 50; i++)
    {
      g_autofree char *text = g_strdup_printf ("tractor%d", i);
      sen_finder_ask (finder, &(SenFindRequest) { .text = text, .is_typed = true }, on_unwanted, NULL);
    }
  sen_finder_ask (finder, &(SenFindRequest) { .text = "tractor" }, on_results, &heard);
  g_main_loop_run (heard.loop);
  g_assert_cmpstr (heard.order->str, ==, "!");
  g_assert_cmpuint (heard.n, ==, 3);

  /* What is stopped is not answered; nor is what is under way when the finder goes. */
  sen_finder_ask (finder, &(SenFindRequest) { .text = "tractor" }, on_unwanted, NULL);
  sen_finder_stop (finder);
  sen_finder_rest (finder);
  g_timeout_add (50, quit, heard.loop);
  g_main_loop_run (heard.loop);
  sen_finder_ask (finder, &(SenFindRequest) { .text = "tractor" }, on_unwanted, NULL);
  sen_finder_free (finder);
  g_timeout_add (50, quit, heard.loop);
  g_main_loop_run (heard.loop);
  g_main_loop_unref (heard.loop);
  g_string_free (heard.order, TRUE);
}

static void
on_record (SenGroundingRecord *record, const GError *error, gpointer data)
{
  Heard *heard = data;
  g_assert_no_error (error);
  heard->n = sen_grounding_n_sources (record->grounding);
  g_assert_cmpstr (record->query, ==, "tractor");
  g_string_append_c (heard->order, '!');
  g_main_loop_quit (heard->loop);
}

static void
on_no_record (SenGroundingRecord *record, const GError *error, gpointer data)
{
  g_assert_not_reached ();
}

static void
count_free (gpointer n_freed)
{
  g_atomic_int_inc ((gint *) n_freed);
}

static void
ask_for_answer (SenFinder *finder, const char *question, gint *n_freed, SenFinderAnswerFunc func, gpointer data)
{
  const SenGroundingWish wish = { .questions = &question, .n_questions = 1, .n_ctx = 2048, .data = n_freed };
  sen_finder_ask_for_answer (finder, &wish, count_free, func, data);
}

/* What an answer waits for is neither ended by what is typed nor ends it, and comes once. */
static void
test_for_answer (Fixture *f, gconstpointer data)
{
  Heard answer = { g_main_loop_new (NULL, FALSE), g_string_new (NULL), 0 }, typed = { answer.loop, g_string_new (NULL), 0 };
  g_autoptr (SenFinder) finder = sen_finder_new (&(SenFinderParams) { .path = f->db, .n_threads = 1 });
  gint n_freed = 0;
  ask_for_answer (finder, "sheep", &n_freed, on_no_record, NULL);
  ask_for_answer (finder, "tractor", &n_freed, on_record, &answer);
  for (int i = 0; i < 20; i++)
    sen_finder_ask (finder, &(SenFindRequest) { .text = "sheep", .is_typed = true }, i < 19 ? on_unwanted : on_results, &typed);
  while (answer.order->len == 0 || typed.order->len == 0)
    g_main_loop_run (answer.loop);
  g_assert_cmpstr (answer.order->str, ==, "!");
  g_assert_cmpstr (typed.order->str, ==, "!");
  g_assert_cmpuint (answer.n, ==, 3);
  ask_for_answer (finder, "tractor", &n_freed, on_no_record, NULL);
  sen_finder_stop_for_answer (finder);
  g_timeout_add (50, quit, answer.loop);
  g_main_loop_run (answer.loop);
  g_clear_pointer (&finder, sen_finder_free);
  g_assert_cmpint (n_freed, ==, 3);
  g_main_loop_unref (answer.loop);
  g_string_free (answer.order, TRUE);
  g_string_free (typed.order, TRUE);
}

static void
on_no_heat (const char *path, const SenFindHeat *heat, const GError *error, gpointer data)
{
  Heard *heard = data;
  g_assert_null (heat);
  g_assert_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_assert_cmpstr (path, ==, "/farm/a.png");
  g_main_loop_quit (heard->loop);
}

static void
test_no_heat (Fixture *f, gconstpointer data)
{
  Heard heard = { g_main_loop_new (NULL, FALSE), NULL, 0 };
  g_autoptr (SenFinder) finder = sen_finder_new (&(SenFinderParams) { .path = f->db, .n_threads = 1 });
  sen_finder_heat (finder, &(SenFindRequest) { .text = "tractor" }, "/farm/a.png", on_no_heat, &heard);
  g_main_loop_run (heard.loop);
  g_main_loop_unref (heard.loop);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/finder/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("words", test_words);
  ADD ("places", test_places);
  ADD ("titles", test_titles);
  ADD ("filters", test_filters);
  ADD ("copies", test_copies);
  ADD ("typed", test_typed);
  ADD ("wrong", test_wrong);
  ADD ("replaced", test_replaced);
  ADD ("thread", test_thread);
  ADD ("for-answer", test_for_answer);
  ADD ("no-heat", test_no_heat);
  return g_test_run ();
}
