/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-find SAMPLES CONNECTORS     real models, and a folder that is indexed with them */
#include "sen-find.h"

#include <string.h>
#include <sys/stat.h>

#include "find-fixture.h"
#include "index-fixture.h"
#include "sen-error.h"
#include "sen-indexer.h"

static char *folder, *db;
static const char *samples;
static SenDecode *decode;
static SenModelStore *store;
static SenFindEncoders *encoders;
static SenFind *find;

static char *
copy (const char *from, const char *name)
{
  g_autofree char *source = g_build_filename (samples, from, NULL), *bytes = NULL;
  char *path = g_build_filename (folder, "files", name, NULL);
  gsize n;
  g_assert_true (g_file_get_contents (source, &bytes, &n, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
  return path;
}

static void
write_text (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, "files", name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* One of several passages, each about something else. */
static void
write_manual (void)
{
  static const char *const said[][2] = {
    { "The boiler", "The filter of the boiler is cleaned every nine months with vinegar." },
    { "The lawn mower", "The blade of the lawn mower is sharpened by the dealer in spring." },
    { "The sewing machine", "The sewing machine takes needles of size eighty for cotton." },
  };
  g_autoptr (GString) text = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (said); i++)
    {
      g_string_append_printf (text, "# %s\n\n%s", said[i][0], said[i][1]);
      for (int j = 0; j < 12; j++)
        g_string_append_printf (text, " %s stays in its place in room %d unless it is carried elsewhere.", said[i][0], j);
      g_string_append (text, "\n\n");
    }
  write_text ("household.md", text->str);
}

static void
make_index (void)
{
  g_autofree char *files = g_build_filename (folder, "files", NULL), *coffee = NULL, *again = NULL, *sign = NULL;
  g_assert_cmpint (mkdir (files, 0700), ==, 0);
  coffee = copy ("coffee.jpg", "DSC_0001.jpg");
  again = copy ("coffee.jpg", "DSC_0001 (copy).jpg");
  sign = copy ("sign.png", "DSC_0002.png");
  write_text ("pets.txt", "The kitten naps on the couch all afternoon, and purrs when somebody strokes its fur.\n");
  write_text ("money.txt", "The invoice is due within thirty days; interest is charged on late payments.\n");
  write_text ("garden.md", "# Garden\n\nApple trees are pruned in late winter, before their buds open.\n");
  write_text ("engine.txt", "Change the oil of the car's engine once a year, and check the brakes.\n");
  write_manual ();
  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (SenIndexer) indexer = sen_indexer_new (&(SenIndexerParams) {
    .path = db, .encoders = { .debug = &debug, .store = store, .device = "cpu", .n_threads = 2 },
  });
  sen_indexer_add_root (indexer, files);
  g_assert_true (sen_indexer_wait (indexer, 120000));
}

static SenFindResults *
ask (SenFindRequest request)
{
  SenFindResults *results = sen_find_run (find, &request, NULL);
  const SenFindResultsInfo *info = sen_find_results_info (results);
  g_assert_no_error (info->error);
  for (uint32_t i = 0; i < info->n; i++)
    g_test_message ("%u %s%s %.3f", i, info->results[i].name.text, i < info->n_shown ? "" : " (nearest)", (double) info->results[i].cosine);
  return results;
}

static void
check_first (const SenFindResults *results, const char *name)
{
  g_assert_cmpuint (sen_find_results_info (results)->n, >, 0);
  g_assert_cmpstr (sen_find_results_get (results, 0)->name.text, ==, name);
}

static bool
is_by (const SenFindResult *result, SenFindWhyKind kind)
{
  for (uint32_t i = 0; i < result->n_why; i++)
    if (result->why[i].kind == kind)
      return true;
  return false;
}

static void
test_meaning (void)
{
  const SenFindRequest request = { .text = "cats sleeping on furniture", .by = 1u << SEN_EVIDENCE_MEANING };
  sen_find_rest (find);
  g_assert_true (sen_find_is_cold (find, &request));
  g_autoptr (SenFindResults) literal = sen_find_run_literally (find, &request, NULL);
  g_assert_false (sen_find_results_info (literal)->is_whole);
  g_assert_cmpuint (sen_find_results_info (literal)->n, ==, 0);

  g_autoptr (SenFindResults) results = ask (request);
  g_assert_false (sen_find_is_cold (find, &request));
  const SenFindResultsInfo *info = sen_find_results_info (results);
  check_first (results, "pets.txt");
  g_assert_true (is_by (&info->results[0], SEN_FIND_BY_MEANING));
  g_assert_cmpint (info->roles[SEN_SPACE_TEXT].state, ==, SEN_FIND_ROLE_SEARCHED);
  g_assert_cmpint (info->roles[SEN_SPACE_SIGHT].state, ==, SEN_FIND_ROLE_SEARCHED);
  g_assert_cmpint (info->roles[SEN_SPACE_SOUND].state, ==, SEN_FIND_ROLE_EMPTY);
}

/* Passages rather than files, to be read all or none. */
static void
test_answer (void)
{
  g_autoptr (SenFindResults) results = ask ((SenFindRequest) { .text = "how often do I clean the boiler's filter", .for_answer = true });
  const SenFindResultsInfo *info = sen_find_results_info (results);
  check_first (results, "household.md");
  g_assert_nonnull (strstr (info->results[0].passage.text, "nine months"));
  g_assert_cmpuint (info->n_shown, ==, info->n);
  /* What the manual says of something else is far behind. */
  for (uint32_t i = 0; i < info->n; i++)
    {
      g_assert_null (strstr (info->results[i].passage.text, "sewing"));
      g_assert_cmpfloat (info->results[i].score, <=, info->results[MAX (i, 1) - 1].score);
    }
  /* Of one that asks for two things both are there, whichever is better: what stands in front of the best comes behind it. */
  g_autoptr (SenFindResults) two = ask ((SenFindRequest) { .text = "when is the boiler's filter cleaned and the lawn mower's blade "
                                                           "sharpened", .for_answer = true });
  guint n_of_manual = 0;
  for (uint32_t i = 0; i < sen_find_results_info (two)->n; i++)
    n_of_manual += strcmp (sen_find_results_get (two, i)->name.text, "household.md") == 0;
  g_assert_cmpuint (n_of_manual, >=, 2);
  g_autoptr (SenFindResults) none = ask ((SenFindRequest) { .text = "who won the football world cup in 1974", .for_answer = true });
  g_assert_cmpuint (sen_find_results_info (none)->n_shown, ==, 0);
}

static void
test_look (void)
{
  g_autoptr (SenFindResults) results = ask ((SenFindRequest) { .text = "a cup of coffee", .kinds = 1u << SEN_FILE_PICTURE,
                                                               .by = 1u << SEN_EVIDENCE_MEANING });
  const SenFindResult *first = sen_find_results_get (results, 0);
  g_assert_cmpuint (first->n_paths, ==, 2);
  g_assert_true (is_by (first, SEN_FIND_BY_LOOK));
}

/* Words are added and taken away as vectors are. */
static void
test_parts (void)
{
  const SenFindPart cats[] = { { .text = "a sleeping cat", .weight = 1.0f } };
  g_autoptr (SenFindResults) one = ask ((SenFindRequest) { .parts = cats, .n_parts = 1, .kinds = 1u << SEN_FILE_TEXT });
  check_first (one, "pets.txt");
  const SenFindPart more[] = { { .text = "a sleeping cat", .weight = 1.0f }, { .text = "maintenance of a car", .weight = 2.0f },
                               { .text = "pets", .weight = -1.0f } };
  g_autoptr (SenFindResults) sum = ask ((SenFindRequest) { .parts = more, .n_parts = 3, .kinds = 1u << SEN_FILE_TEXT });
  check_first (sum, "engine.txt");

  g_autofree char *sign = g_build_filename (folder, "files", "DSC_0002.png", NULL);
  const SenFindPart picture[] = { { .path = sign, .weight = 1.0f } };
  g_autoptr (SenFindResults) like = ask ((SenFindRequest) { .parts = picture, .n_parts = 1, .kinds = 1u << SEN_FILE_PICTURE });
  check_first (like, "DSC_0002.png");

  /* The same without a file. */
  g_autoptr (SenImage) image = sen_decode_picture (decode, sign, NULL, NULL, NULL);
  const SenFindPart pasted[] = { { .picture = image, .weight = 1.0f } };
  g_autoptr (SenFindResults) seen = ask ((SenFindRequest) { .parts = pasted, .n_parts = 1, .kinds = 1u << SEN_FILE_PICTURE });
  check_first (seen, "DSC_0002.png");

  /* What cancels itself out asks for nothing. */
  const SenFindPart nothing[] = { { .text = "cat", .weight = 1.0f }, { .text = "cat", .weight = -1.0f } };
  g_autoptr (SenFindResults) none = ask ((SenFindRequest) { .parts = nothing, .n_parts = 2 });
  g_assert_cmpuint (sen_find_results_info (none)->n, ==, 0);
}

static void
test_like (void)
{
  /* Not indexed itself, but its copies are. */
  g_autofree char *coffee = g_build_filename (samples, "coffee.jpg", NULL), *pets = g_build_filename (folder, "files", "pets.txt", NULL);
  g_autoptr (SenFindResults) results = ask ((SenFindRequest) { .like = coffee });
  const SenFindResult *first = sen_find_results_get (results, 0);
  g_assert_cmpuint (first->n_paths, ==, 2);
  g_assert_true (is_by (first, SEN_FIND_BY_BYTES));
  g_assert_cmpfloat (first->cosine, >, 0.99f);
  g_assert_cmpuint (sen_find_results_info (results)->n_shown, ==, sen_find_results_info (results)->n);

  g_autoptr (SenFindResults) texts = ask ((SenFindRequest) { .like = pets });
  check_first (texts, "pets.txt");
  g_assert_cmpuint (sen_find_results_info (texts)->n, >, 1);

  g_autofree char *letter = g_build_filename (folder, "letter.txt", NULL);
  g_assert_true (g_file_set_contents (letter, "Our cat slept on the sofa again.\n", -1, NULL));
  g_autoptr (SenFindResults) fresh = ask ((SenFindRequest) { .like = letter, .kinds = 1u << SEN_FILE_TEXT });
  check_first (fresh, "pets.txt");
}

static void
test_heat (void)
{
  g_autoptr (GError) error = NULL;
  SenFindHeat heat;
  g_autofree char *coffee = g_build_filename (samples, "coffee.jpg", NULL);
  g_assert_true (sen_find_heat (find, &(SenFindRequest) { .text = "a cup of coffee" }, coffee, &heat, NULL, &error));
  g_assert_no_error (error);
  float largest = 0.0f;
  for (int i = 0; i < SEN_FIND_HEAT_SIDE * SEN_FIND_HEAT_SIDE; i++)
    {
      g_assert_cmpfloat ((&heat.heat[0][0])[i], >=, 0.0f);
      largest = MAX (largest, (&heat.heat[0][0])[i]);
    }
  g_assert_cmpfloat (heat.fall, >, 0.0f);
  g_assert_cmpfloat (largest, ==, 1.0f);

  g_assert_false (sen_find_heat (find, &(SenFindRequest) { .text = "type:picture" }, coffee, &heat, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_clear_error (&error);
  SenCancel cancel = { 1 };
  g_assert_false (sen_find_heat (find, &(SenFindRequest) { .text = "coffee" }, coffee, &heat, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
}

/* Without models words are found all the same, and what is lacking is said. */
static void
test_missing (void)
{
  g_autoptr (SenModelStore) poor = find_models ("/nonexistent", false);
  g_autoptr (SenFindEncoders) none = find_encoders (poor);
  g_autoptr (SenFind) other = sen_find_new (&(SenFindParams) { .path = db, .encoders = none, .decode = decode });
  /* There is nothing to be opened, so nothing to be answered before that. */
  g_assert_false (sen_find_is_cold (other, &(SenFindRequest) { .text = "invoice" }));
  g_autoptr (SenFindResults) results = sen_find_run (other, &(SenFindRequest) { .text = "invoice" }, NULL);
  const SenFindResultsInfo *info = sen_find_results_info (results);
  g_assert_no_error (info->error);
  check_first (results, "money.txt");
  g_assert_cmpint (info->roles[SEN_SPACE_TEXT].state, ==, SEN_FIND_ROLE_NO_MODEL);
  g_assert_cmpstr (info->roles[SEN_SPACE_TEXT].model, ==, "all-minilm-l6-v2");
  g_assert_nonnull (strstr (info->roles[SEN_SPACE_TEXT].sentence, "fetch"));
  g_assert_cmpint (info->roles[SEN_SPACE_SIGHT].state, ==, SEN_FIND_ROLE_NO_MODEL);

  g_autofree char *sign = g_build_filename (samples, "sign.png", NULL);
  const SenFindPart part = { .path = sign, .weight = 1.0f };
  g_autoptr (SenFindResults) picture = sen_find_run (other, &(SenFindRequest) { .parts = &part, .n_parts = 1 }, NULL);
  g_assert_error (sen_find_results_info (picture)->error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
}

static void
note_chunk (const SenStoreMissing *missing, gpointer data)
{
  *(int64_t *) data = missing->chunk;
}

/* Vectors that say they are of the same model, but are of another length, are not compared with what it makes. */
static void
test_other_length (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "short.db", NULL);
  g_autoptr (SenStore) short_store = open_store (path, true);
  const uint8_t hash[SEN_STORE_HASH_BYTES] = { 1 };
  const SenChunk chunk = { SEN_CHUNK_TEXT, 0, 1, -1, -1, "The invoice is due.", "" };
  const float values[] = { 1.0f, 2.0f, 3.0f, 4.0f };
  int64_t root;
  SenStoredFile stored;
  SenSpace space;
  int64_t chunk_id = 0;
  bool is_new;
  g_assert_true (sen_store_add_root (short_store, "/bills", &root, &error));
  g_assert_true (sen_store_put_file (short_store, root, &(SenFileFacts) {
    .path = "/bills/bill.txt", .stamp = { 10, 1, 1, 1 }, .hash = hash, .kind = SEN_FILE_TEXT, .format = "text",
  }, &stored, &is_new, &error));
  g_assert_true (sen_store_finish_pass (short_store, stored.content, SEN_INDEX_QUICK, &(SenPassResult) {
    .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_NONE, .chunks = &chunk, .n_chunks = 1, .language = "en",
  }, &error));
  const char *identity = sen_find_encoders_identity (encoders, SEN_SPACE_TEXT, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (sen_store_open_space (short_store, SEN_SPACE_TEXT, identity, G_N_ELEMENTS (values), &space, &error));
  g_assert_true (sen_store_each_missing (short_store, space.space, 0, 1, note_chunk, &chunk_id, &error));
  g_assert_true (sen_store_put_vectors (short_store, space.space, &(SenVectorRow) { chunk_id, values }, 1, &error));
  g_assert_no_error (error);

  g_autoptr (SenFind) other = sen_find_new (&(SenFindParams) { .path = path, .encoders = encoders, .decode = decode });
  g_autoptr (SenFindResults) results = sen_find_run (other, &(SenFindRequest) { .text = "invoice" }, NULL);
  const SenFindResultsInfo *info = sen_find_results_info (results);
  g_assert_no_error (info->error);
  check_first (results, "bill.txt");
  g_assert_cmpint (info->roles[SEN_SPACE_TEXT].state, ==, SEN_FIND_ROLE_OTHER_MODEL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc != 3)
    return 2;
  samples = argv[1];
  const SenDebug debug = sen_debug_from_env ();
  folder = make_folder ();
  db = g_build_filename (folder, "index.db", NULL);
  store = find_models (argv[2], true);
  make_index ();
  decode = sen_decode_new (&(SenDecodeParams) { .helper = debug.decode_helper });
  encoders = find_encoders (store);
  find = sen_find_new (&(SenFindParams) { .path = db, .encoders = encoders, .decode = decode, .n_threads = 2 });
  g_test_add_func ("/find/meaning", test_meaning);
  g_test_add_func ("/find/answer", test_answer);
  g_test_add_func ("/find/look", test_look);
  g_test_add_func ("/find/parts", test_parts);
  g_test_add_func ("/find/like", test_like);
  g_test_add_func ("/find/heat", test_heat);
  g_test_add_func ("/find/missing", test_missing);
  g_test_add_func ("/find/other-length", test_other_length);
  int status = g_test_run ();
  sen_find_free (find);
  sen_find_encoders_free (encoders);
  sen_model_store_unref (store);
  sen_decode_free (decode);
  remove_folder (folder);
  g_free (db);
  return status;
}
