/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-find-gpu SAMPLES CONNECTORS     an index that is filled and searched on a Vulkan device, beside the same on the CPU. Any device
 *                                        will do, lavapipe too. */
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "find-fixture.h"
#include "index-fixture.h"
#include "sen-find.h"
#include "sen-indexer.h"
#include "sen-vulkan.h"

#define N 384
#define N_RANDOM 3000

static const char *samples;
static SenModelStore *store;
static char *folder, *files, *cpu_path, *gpu_path;

static void
copy (const char *name)
{
  g_autofree char *from = g_build_filename (samples, name, NULL), *to = g_build_filename (files, name, NULL), *bytes = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (from, &bytes, &n, NULL));
  g_assert_true (g_file_set_contents (to, bytes, (gssize) n, NULL));
}

static void
write_text (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (files, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
make_index (const char *path, const char *device, const SenDebug *debug)
{
  g_auto (SenIndexProgress) progress = { 0 };
  g_autoptr (SenIndexer) indexer = sen_indexer_new (&(SenIndexerParams) {
    .path = path, .is_quick = true, .encoders = { .debug = debug, .store = store, .device = device, .n_threads = 2 },
  });
  sen_indexer_add_root (indexer, files);
  g_assert_true (sen_indexer_wait (indexer, 600000));
  sen_indexer_get_progress (indexer, &progress);
  g_assert_cmpuint (progress.n_failed, ==, 0);
  g_assert_cmpint (progress.stage, ==, SEN_INDEXER_UP_TO_DATE);
}

static void
take_vector (int64_t chunk, const float *values, gpointer sum)
{
  for (int i = 0; i < N; i++)
    ((double *) sum)[i] += (double) values[i];
}

/* Of the file @name; false: it has none in this space. */
static bool
read_vector (SenStore *index, SenSpaceRole role, const char *name, float *vector)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (files, name, NULL), *real = sen_find_real_path (path);
  SenStoredFile file;
  SenSpace space;
  double sum[N] = { 0.0 }, square = 0.0;
  g_assert_true (sen_store_find_file (index, real, &file, &error) && file.file != 0);
  g_assert_true (sen_store_current_space (index, role, &space, NULL, &error) && space.space != 0);
  g_assert_true (sen_store_each_vector (index, space.space, file.content, take_vector, sum, NULL, &error));
  for (int i = 0; i < N; i++)
    square += sum[i] * sum[i];
  for (int i = 0; i < N && square > 0.0; i++)
    vector[i] = (float) (sum[i] / sqrt (square));
  return square > 0.0;
}

/* What was indexed on either is near to each other: rounding, and arithmetic in halves or bytes. */
static void
test_indexing (void)
{
  static const struct { const char *name; SenSpaceRole role; } made[] = {
    { "pets.txt", SEN_SPACE_TEXT }, { "money.txt", SEN_SPACE_TEXT }, { "garden.md", SEN_SPACE_TEXT }, { "coffee.jpg", SEN_SPACE_SIGHT },
    { "sign.png", SEN_SPACE_SIGHT },
  };
  SenDebug debug = sen_debug_from_env ();
  debug.vulkan_validation = true;
  make_index (cpu_path, "cpu", &debug);
  make_index (gpu_path, "vulkan:0", &debug);
  g_autoptr (SenStore) cpu = open_store (cpu_path, false), gpu = open_store (gpu_path, false);
  for (size_t i = 0; i < G_N_ELEMENTS (made); i++)
    {
      float expected[N], vector[N];
      g_assert_true (read_vector (cpu, made[i].role, made[i].name, expected));
      g_assert_true (read_vector (gpu, made[i].role, made[i].name, vector));
      g_test_message ("%s: cosine %.6f", made[i].name, (double) dot (expected, vector, N));
      g_assert_cmpfloat (dot (expected, vector, N), >, 0.999f);
    }
}

/* Passages about nothing, so that there are whole blocks of vectors to multiply. */
static void
add_vectors (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenStore) index = open_store (path, true);
  g_autofree char *name = g_build_filename (files, "noise.txt", NULL), *real = sen_find_real_path (name);
  g_autofree SenChunk *chunks = g_new0 (SenChunk, N_RANDOM);
  g_autofree float *values = g_new (float, (size_t) N_RANDOM * N);
  g_autofree const float **vectors = g_new (const float *, N_RANDOM);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  uint8_t hash[SEN_STORE_HASH_BYTES] = { 1 };
  const SenFileFacts facts = { .path = real, .stamp = { 1, 1, 1, 1 }, .hash = hash, .kind = SEN_FILE_TEXT, .format = "txt" };
  SenStoredFile file;
  SenSpace space;
  int64_t root;
  for (size_t i = 0; i < N_RANDOM; i++)
    {
      chunks[i] = (SenChunk) { .text = "noise", .headings = "", .start_ms = -1, .end_ms = -1 };
      vectors[i] = values + i * N;
      for (size_t j = 0; j < N; j++)
        values[i * N + j] = (float) g_rand_double_range (random, -1.0, 1.0);
    }
  g_assert_true (sen_store_current_space (index, SEN_SPACE_TEXT, &space, NULL, &error));
  const SenPassResult result = { .state = SEN_INDEX_DONE, .deep_state = SEN_INDEX_NONE, .chunks = chunks, .n_chunks = N_RANDOM,
                                 .space = space.space, .vectors = vectors };
  g_assert_true (sen_store_add_root (index, files, &root, &error) && sen_store_put_file (index, root, &facts, &file, NULL, &error)
                 && sen_store_finish_pass (index, file.content, SEN_INDEX_QUICK, &result, &error));
}

static SenFindEncoders *
encoders_on (const char *device, const SenDebug *debug)
{
  return sen_find_encoders_new (&(SenFindEncodersParams) { .debug = debug, .store = store, .device = device, .n_threads = 2 });
}

static void
test_finding (void)
{
  static const char *const asked[] = { "cats sleeping on furniture", "when a bill has to be paid", "cutting branches of trees" };
  static const char *const found[] = { "pets.txt", "money.txt", "garden.md" };
  SenDebug debug = sen_debug_from_env ();
  debug.vulkan_validation = debug.search_anywhere = true;
  debug.vulkan_budget_bytes = 1ull << 30;
  add_vectors (gpu_path);
  g_autoptr (SenFindEncoders) on_cpu = encoders_on ("cpu", &debug), on_gpu = encoders_on ("vulkan:0", &debug);
  g_autoptr (SenFind) cpu = sen_find_new (&(SenFindParams) { .path = gpu_path, .encoders = on_cpu, .n_threads = 2 });
  g_autoptr (SenFind) gpu = sen_find_new (&(SenFindParams) { .path = gpu_path, .encoders = on_gpu, .n_threads = 2 });
  float vector[N];
  g_assert_true (sen_find_encoders_query (on_gpu, SEN_SPACE_TEXT, "nothing", vector, NULL, NULL));
  uint64_t from_bytes;
  g_autoptr (SenDevice) device = sen_device_ref (sen_find_encoders_searching_device (on_gpu, &from_bytes));
  uint64_t budget = sen_device_budget_bytes (device);
  for (size_t i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      const SenFindRequest request = { .text = asked[i], .by = 1u << SEN_EVIDENCE_MEANING };
      g_autoptr (SenFindResults) expected = sen_find_run (cpu, &request, NULL), results = sen_find_run (gpu, &request, NULL);
      g_assert_no_error (sen_find_results_info (results)->error);
      g_assert_cmpuint (sen_find_results_info (results)->n, ==, sen_find_results_info (expected)->n);
      g_assert_cmpstr (sen_find_results_get (results, 0)->name.text, ==, found[i]);
      g_assert_cmpfloat_with_epsilon (sen_find_results_get (results, 0)->cosine, sen_find_results_get (expected, 0)->cosine, 0.01f);
      g_assert_null (sen_find_encoders_searching_device (on_cpu, &from_bytes));
    }
  /* It has vectors, until it rests. */
  g_assert_true (sen_find_encoders_searching_device (on_gpu, &from_bytes) == device);
  g_assert_cmpuint (sen_device_budget_bytes (device) + N_RANDOM / 1024 * 1024 * N, <=, budget);
  sen_find_rest (gpu);
  g_assert_null (sen_find_encoders_searching_device (on_gpu, &from_bytes));
  g_assert_cmpuint (sen_device_budget_bytes (device), >, budget);

  /* What is not asked for is left to the CPU: a software device, or few vectors. */
  debug.search_anywhere = false;
  g_autoptr (SenFindEncoders) usual = encoders_on ("vulkan:0", &debug);
  g_assert_true (sen_find_encoders_query (usual, SEN_SPACE_TEXT, asked[0], vector, NULL, NULL));
  g_autofree char *reason = NULL;
  g_autoptr (GPtrArray) list = sen_vulkan_list (NULL, &reason);
  bool is_discrete = ((SenVulkanInfo *) g_ptr_array_index (list, 0))->kind == SEN_DEVICE_DISCRETE;
  g_assert_true ((sen_find_encoders_searching_device (usual, &from_bytes) != NULL) == is_discrete);
  g_assert_cmpuint (from_bytes, >, 1u << 20);
}

/* A language model has filled the device: the CPU takes its place, until the encoders rest. */
static void
test_no_room (void)
{
  static const char text[] = "The invoice is due within thirty days";
  SenDebug debug = sen_debug_from_env ();
  g_autoptr (SenFindEncoders) cpu = encoders_on ("cpu", &debug);
  debug.vulkan_budget_bytes = 16u << 20;
  g_autoptr (SenFindEncoders) gpu = encoders_on ("vulkan:0", &debug);
  g_autoptr (GError) error = NULL;
  SenVitPreparation preparation;
  float expected[N], vector[N];
  uint32_t n_threads;
  g_assert_false (sen_find_encoders_use_cpu (gpu, &n_threads, &error));
  g_assert_no_error (error);
  g_assert_true (sen_find_encoders_query (cpu, SEN_SPACE_TEXT, text, expected, NULL, &error));
  g_assert_true (sen_find_encoders_query (gpu, SEN_SPACE_TEXT, text, vector, NULL, &error));
  g_assert_cmpfloat (dot (expected, vector, N), >, 0.99999f);
  g_assert_true (sen_find_encoders_use_cpu (gpu, &n_threads, &error));

  sen_find_encoders_rest (gpu);
  g_assert_false (sen_find_encoders_use_cpu (gpu, &n_threads, &error));
  g_assert_true (sen_find_encoders_preparation (gpu, &preparation, NULL, &error));
  g_autofree float *pixels = g_new0 (float, (size_t) 3 * preparation.image_size * preparation.image_size);
  g_assert_true (sen_find_encoders_see (cpu, pixels, expected, NULL, &error));
  g_assert_true (sen_find_encoders_see (gpu, pixels, vector, NULL, &error));
  g_assert_cmpfloat (dot (expected, vector, N), >, 0.99999f);
  g_assert_true (sen_find_encoders_use_cpu (gpu, &n_threads, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  g_autofree char *reason = NULL;
  g_autoptr (GPtrArray) list = sen_vulkan_list (NULL, &reason);
  if (list->len == 0)
    {
      g_print ("1..0 # SKIP hardware: %s\n", reason);
      return 0;
    }
  samples = argv[1];
  store = find_models (argv[2], true);
  folder = make_folder ();
  files = g_build_filename (folder, "files", NULL);
  cpu_path = g_build_filename (folder, "cpu.db", NULL);
  gpu_path = g_build_filename (folder, "gpu.db", NULL);
  g_assert_cmpint (mkdir (files, 0700), ==, 0);
  copy ("coffee.jpg");
  copy ("sign.png");
  write_text ("pets.txt", "The kitten naps on the couch all afternoon, and purrs when somebody strokes its fur.\n");
  write_text ("money.txt", "The invoice is due within thirty days; interest is charged on late payments.\n");
  write_text ("garden.md", "# Garden\n\nApple trees are pruned in late winter, before their buds open.\n");
  g_test_add_func ("/find-gpu/indexing", test_indexing);
  g_test_add_func ("/find-gpu/finding", test_finding);
  g_test_add_func ("/find-gpu/no-room", test_no_room);
  int result = g_test_run ();
  sen_model_store_unref (store);
  remove_folder (folder);
  g_free (files);
  g_free (cpu_path);
  g_free (gpu_path);
  return result;
}
