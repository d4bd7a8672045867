/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * How a question is looked for, one way after the other; by words and names, without models. */
#include "sen-grounding-find.h"

#include <string.h>

#include "index-fixture.h"
#include "sen-error.h"

#define PICTURES (1u << SEN_FILE_PICTURE)
#define SOUNDS (1u << SEN_FILE_SOUND | 1u << SEN_FILE_VIDEO)
#define VIDEOS (1u << SEN_FILE_VIDEO)

/* "kinds/for answer: query" of each, a line each. */
static char *
describe (const char *const *questions, uint32_t n)
{
  g_auto (SenGroundingWays) ways = { 0 };
  GString *text = g_string_new (NULL);
  sen_grounding_ways_init (&ways, questions, n);
  for (uint32_t i = 0; i < ways.n; i++)
    g_string_append_printf (text, "%x/%d: %s\n", ways.ways[i].kinds, ways.ways[i].for_answer, ways.ways[i].query);
  return g_string_free (text, FALSE);
}

static void
test_ways (void)
{
  static const struct { const char *questions[3]; const char *ways; } cases[] = {
    { { "How long does the warranty last?" }, "0/1: How long does the warranty last\n" },
    { { "Which picture shows a violin?" }, "10/0: violin\n0/1: Which picture shows a violin\n" },
    { { "What did the recording say about the fence?" },
      "60/1: fence\n60/0: fence\n0/1: What did the recording say about the fence\n" },
    { { "What does the video show about a fence?" }, "40/1: fence\n40/0: fence\n0/1: What does the video show about a fence\n" },
    { { "Which picture shows a violin?", "And how much is one?" }, "0/1: And how much is one picture shows violin\n" },
    { { "Which picture shows a fox?", "And which one an owl?" }, "10/0: owl\n0/1: And which one an owl picture shows fox\n" },
    { { "" }, "0/1: \n" },
  };
  G_STATIC_ASSERT (PICTURES == 0x10 && SOUNDS == 0x60 && VIDEOS == 0x40);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      uint32_t n = 0;
      while (n < G_N_ELEMENTS (cases[i].questions) && cases[i].questions[n] != NULL)
        n++;
      g_autofree char *ways = describe (cases[i].questions, n);
      g_assert_cmpstr (ways, ==, cases[i].ways);
    }
}

/* --- Over an index -------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  char *folder, *db;
} Fixture;

static void
put (SenStore *store, int64_t root, const char *path, SenFileKind kind, SenChunkSource source, const char *text)
{
  static uint8_t number = 1;
  uint8_t hash[SEN_STORE_HASH_BYTES] = { number++ };
  const SenChunk chunk = { source, 0, 0, source == SEN_CHUNK_HEARD ? 2000 : -1, source == SEN_CHUNK_HEARD ? 9000 : -1, text, "" };
  SenStoredFile stored;
  bool is_new;
  g_assert_true (sen_store_put_file (store, root, &(SenFileFacts) {
    .path = path, .stamp = { 10, 1000000000, 1, number }, .hash = hash, .kind = kind, .format = "text",
  }, &stored, &is_new, NULL));
  g_assert_true (sen_store_finish_pass (store, stored.content, SEN_INDEX_QUICK, &(SenPassResult) {
    .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_NONE, .chunks = &chunk, .n_chunks = 1, .language = "en",
  }, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  int64_t root;
  f->folder = make_folder ();
  f->db = g_build_filename (f->folder, "index.db", NULL);
  g_autoptr (SenStore) store = open_store (f->db, true);
  g_assert_true (sen_store_add_root (store, "/farm", &root, NULL));
  put (store, root, "/farm/fences.txt", SEN_FILE_TEXT, SEN_CHUNK_TEXT, "The old fence is made of larch wood.");
  put (store, root, "/farm/walk.opus", SEN_FILE_SOUND, SEN_CHUNK_HEARD, "We walked along the old fence and Peter will repair it.");
  put (store, root, "/farm/letter.txt", SEN_FILE_TEXT, SEN_CHUNK_TEXT, "A gate costs two hundred crowns.");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  remove_folder (f->folder);
  g_free (f->db);
}

static SenGroundingRecord *
ask (const Fixture *f, SenGroundingWish wish, const char *question, SenCancel *cancel, GError **error)
{
  g_autoptr (SenFind) find = sen_find_new (&(SenFindParams) { .path = f->db, .n_threads = 1 });
  wish.questions = &question;
  wish.n_questions = 1;
  wish.n_ctx = wish.n_ctx > 0 ? wish.n_ctx : 2048;
  return sen_grounding_find (find, &wish, NULL, cancel, error);
}

static const char *
first_path (const SenGroundingRecord *record)
{
  return sen_grounding_n_sources (record->grounding) > 0 ? sen_grounding_source (record->grounding, 0)->path : "";
}

/* The kind that is asked for, and where there is nothing of it, what there is. */
static void
test_kinds (Fixture *f, gconstpointer data)
{
  g_autoptr (SenGroundingRecord) heard = ask (f, (SenGroundingWish) { 0 }, "What did the recording say about the old fence?", NULL, NULL);
  g_assert_cmpuint (sen_grounding_n_sources (heard->grounding), ==, 1);
  g_assert_cmpstr (first_path (heard), ==, "/farm/walk.opus");
  g_assert_cmpstr (heard->query, ==, "old fence");
  g_assert_null (heard->weaker);
  g_autoptr (SenGroundingRecord) read = ask (f, (SenGroundingWish) { 0 }, "Which recording says costs two hundred crowns?", NULL, NULL);
  g_assert_cmpstr (read->query, ==, "Which recording says costs two hundred crowns");
}

static void
test_nothing (Fixture *f, gconstpointer data)
{
  g_autoptr (SenGroundingRecord) none = ask (f, (SenGroundingWish) { 0 }, "Zyzzyva quux", NULL, NULL);
  g_assert_cmpuint (sen_grounding_n_sources (none->grounding), ==, 0);
  g_assert_nonnull (none->weaker);
  g_assert_cmpstr (none->query, ==, "Zyzzyva quux");
}

/* Files lie in the index under their real names. */
static void
test_folder (Fixture *f, gconstpointer data)
{
  g_autoptr (SenGroundingRecord) there = ask (f, (SenGroundingWish) { .folder = "/farm/sub/.." }, "old fence larch wood", NULL, NULL);
  g_assert_cmpstr (first_path (there), ==, "/farm/fences.txt");
  g_assert_cmpstr (there->folder, ==, "/farm");
  g_autoptr (SenGroundingRecord) elsewhere = ask (f, (SenGroundingWish) { .folder = "/barn" }, "old fence larch wood", NULL, NULL);
  g_assert_cmpstr (first_path (elsewhere), ==, "");
}

static uint32_t
count_bytes (const char *text, gpointer n_calls)
{
  ++*(guint *) n_calls;
  return (uint32_t) strlen (text);
}

static void
test_wrong (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) full = NULL, stopped = NULL, damaged = NULL;
  guint n_calls = 0;
  g_autofree char *longest = g_strnfill (2000, 'x');
  g_assert_null (ask (f, (SenGroundingWish) { .count = count_bytes, .data = &n_calls }, longest, NULL, &full));
  g_assert_error (full, SEN_ERROR, SEN_ERROR_CONTEXT_FULL);
  g_assert_cmpstr (full->message, ==, "a question of 2000 tokens leaves no room for sources in a context of 2048");
  g_assert_cmpuint (n_calls, ==, 1);
  SenCancel cancel = { .requested = 1 };
  g_assert_null (ask (f, (SenGroundingWish) { 0 }, "old fence", &cancel, &stopped));
  g_assert_error (stopped, SEN_ERROR, SEN_ERROR_CANCELLED);
  const Fixture junk = { f->folder, g_build_filename (f->folder, "junk.db", NULL) };
  g_assert_true (g_file_set_contents (junk.db, "This is no database, but a text that is long enough to be looked at as one.", -1, NULL));
  g_assert_null (ask (&junk, (SenGroundingWish) { 0 }, "old fence", NULL, &damaged));
  g_assert_error (damaged, SEN_ERROR, SEN_ERROR_FORMAT);
  g_free (junk.db);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/grounding-find/" name, Fixture, NULL, set_up, func, tear_down)
  g_test_add_func ("/grounding-find/ways", test_ways);
  ADD ("kinds", test_kinds);
  ADD ("nothing", test_nothing);
  ADD ("folder", test_folder);
  ADD ("wrong", test_wrong);
  return g_test_run ();
}
