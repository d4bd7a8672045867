/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/* A store with all kinds of folders. */
typedef struct {
  Fixture        common;
  char          *models_dir;
  char          *preferences_dir;
  char          *extra_dir;
  SenModelStore *store;
} StoreFixture;

static void
set_up (StoreFixture *fixture, gconstpointer data)
{
  fixture_set_up (&fixture->common, NULL);
  char **dirs[] = { &fixture->models_dir, &fixture->preferences_dir, &fixture->extra_dir };
  const char *names[] = { "environment", "preferences", "extra" };
  for (size_t i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      *dirs[i] = g_build_filename (fixture->common.root, names[i], NULL);
      g_assert_cmpint (g_mkdir (*dirs[i], 0755), ==, 0);
    }
  g_assert_cmpint (g_mkdir (fixture->common.data_dir, 0755), ==, 0);
  g_autofree char *package = fixture_package (&fixture->common, 1);
  g_autofree char *text = fixture_catalogue_text (&fixture->common, package, false);
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_from_text (text, strlen (text), "test", NULL);
  const char *const extra[] = { fixture->extra_dir, NULL };
  SenModelStoreParams params = {
    .models_dir = fixture->models_dir, .preferences_dir = fixture->preferences_dir,
    .data_dir = fixture->common.data_dir, .extra_dirs = extra,
  };
  fixture->store = sen_model_store_new (catalogue, &params);
}

static void
tear_down (StoreFixture *fixture, gconstpointer data)
{
  sen_model_store_unref (fixture->store);
  g_free (fixture->models_dir);
  g_free (fixture->preferences_dir);
  g_free (fixture->extra_dir);
  fixture_tear_down (&fixture->common, NULL);
}

static void
assert_target (SenModelStore *store, const char *dir)
{
  g_autofree char *target = sen_model_store_dup_target_dir (store);
  g_assert_cmpstr (target, ==, dir);
}

static void
put_model (StoreFixture *fixture, const char *dir, const char *name)
{
  fixture_write (dir, name, g_bytes_get_data (fixture->common.content, NULL), CONTENT_BYTES);
}

static void
assert_found (StoreFixture *fixture, const char *name, const char *dir, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sen_model_store_find (fixture->store, name, &error);
  g_autofree char *wanted = g_build_filename (dir, file, NULL);
  g_assert_no_error (error);
  g_assert_cmpstr (path, ==, wanted);
}

static void
assert_not_found (StoreFixture *fixture, const char *name, int code, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (sen_model_store_find (fixture->store, name, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, SEN_ERROR, code);
  g_assert_nonnull (strstr (error->message, says));
}

static void
test_order (StoreFixture *fixture, gconstpointer data)
{
  const char *dirs[] = { fixture->extra_dir, fixture->common.data_dir, fixture->preferences_dir, fixture->models_dir };
  assert_not_found (fixture, "tiny", SEN_ERROR_NOT_FOUND, "models fetch tiny");
  for (size_t i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      put_model (fixture, dirs[i], "tiny.gguf");
      assert_found (fixture, "tiny", dirs[i], "tiny.gguf");
    }
  /* The first one is cut short: the next is used, rather than failing later. */
  fixture_write (fixture->models_dir, "tiny.gguf", "GGUF", 4);
  assert_found (fixture, "tiny", fixture->preferences_dir, "tiny.gguf");
  assert_target (fixture->store, fixture->preferences_dir);
}

static void
test_states (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModelStatus) status = sen_model_store_status (fixture->store, "tiny", &error);
  g_assert_true (status->state == SEN_MODEL_ABSENT && status->path == NULL && !status->removable);
  g_assert_false (sen_model_store_remove (fixture->store, "tiny", &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_clear_error (&error);

  fixture_write (fixture->preferences_dir, "tiny.gguf.partial", "GGUF", 4);
  g_clear_pointer (&status, sen_model_status_free);
  status = sen_model_store_status (fixture->store, "tiny", &error);
  g_assert_true (status->state == SEN_MODEL_PARTIAL && status->size_bytes == 4 && status->removable);
  assert_not_found (fixture, "tiny", SEN_ERROR_NOT_FOUND, "partly");

  fixture_write (fixture->preferences_dir, "tiny.gguf", "GGUFx", 5);
  g_clear_pointer (&status, sen_model_status_free);
  status = sen_model_store_status (fixture->store, "tiny", &error);
  g_assert_true (status->state == SEN_MODEL_DAMAGED && status->size_bytes == 5);
  assert_not_found (fixture, "tiny", SEN_ERROR_NOT_FOUND, "damaged");

  put_model (fixture, fixture->preferences_dir, "tiny.gguf");
  g_clear_pointer (&status, sen_model_status_free);
  status = sen_model_store_status (fixture->store, "tiny", &error);
  g_assert_true (status->state == SEN_MODEL_PRESENT && !status->verified && status->removable);
  g_assert_true (sen_model_store_verify (fixture->store, "tiny", NULL, &error));
  g_clear_pointer (&status, sen_model_status_free);
  status = sen_model_store_status (fixture->store, "tiny", &error);
  g_assert_true (status->verified);

  /* One bit, the same size: the stamp no longer speaks for it, and verifying finds out. */
  g_autofree uint8_t *copy = g_memdup2 (g_bytes_get_data (fixture->common.content, NULL), CONTENT_BYTES);
  copy[1000] ^= 1;
  fixture_write (fixture->preferences_dir, "tiny.gguf", copy, CONTENT_BYTES);
  g_clear_pointer (&status, sen_model_status_free);
  status = sen_model_store_status (fixture->store, "tiny", &error);
  g_assert_true (status->state == SEN_MODEL_PRESENT && !status->verified);
  g_assert_false (sen_model_store_verify (fixture->store, "tiny", NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM);
  g_clear_error (&error);

  fixture_write (fixture->preferences_dir, "mine.txt", "x", 1);
  g_assert_true (sen_model_store_remove (fixture->store, "tiny", &error));
  g_autoptr (GDir) dir = g_dir_open (fixture->preferences_dir, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "mine.txt");
  g_assert_null (g_dir_read_name (dir));
}

static void
test_read_only_folders (StoreFixture *fixture, gconstpointer data)
{
  const char *dirs[] = { fixture->models_dir, fixture->extra_dir };
  for (size_t i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = g_build_filename (dirs[i], "tiny.gguf", NULL);
      put_model (fixture, dirs[i], "tiny.gguf");
      g_assert_false (sen_model_store_remove (fixture->store, "tiny", &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
      g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
      g_unlink (path);
    }
}

static SenModelStatus *
listed (GPtrArray *list, const char *name)
{
  for (guint i = 0; i < list->len; i++)
    if (strcmp (((SenModelStatus *) list->pdata[i])->name, name) == 0)
      return list->pdata[i];
  return NULL;
}

static void
test_found_files (StoreFixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->models_dir, "folder.gguf", NULL);
  put_model (fixture, fixture->models_dir, "other.gguf");
  put_model (fixture, fixture->extra_dir, "other.gguf");
  put_model (fixture, fixture->extra_dir, "Third.GGUF");
  put_model (fixture, fixture->extra_dir, ".hidden.gguf");
  put_model (fixture, fixture->extra_dir, "notes.txt");
  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_autoptr (GPtrArray) list = sen_model_store_list (fixture->store);
  g_assert_cmpuint (list->len, ==, 3);
  SenModelStatus *other = listed (list, "other");
  g_assert_true (other->origin == SEN_MODEL_FOUND && other->entry == NULL && !other->removable);
  g_assert_nonnull (listed (list, "Third"));
  assert_found (fixture, "other", fixture->models_dir, "other.gguf");
  assert_not_found (fixture, "fourth", SEN_ERROR_NOT_FOUND, "models list");
}

static void
test_paths (StoreFixture *fixture, gconstpointer data)
{
  g_autofree char *dir = g_build_filename (fixture->common.root, "somewhere", NULL);
  g_autofree char *file = g_build_filename (dir, "a.gguf", NULL);
  assert_not_found (fixture, file, SEN_ERROR_NOT_FOUND, "no file or folder");
  g_assert_cmpint (g_mkdir (dir, 0755), ==, 0);
  assert_found (fixture, dir, fixture->common.root, "somewhere");
  put_model (fixture, dir, "a.gguf");
  assert_found (fixture, file, dir, "a.gguf");
  assert_found (fixture, dir, dir, "a.gguf");
  put_model (fixture, dir, "b.gguf");
  assert_not_found (fixture, dir, SEN_ERROR_INVALID, "2 GGUF files");
}

static void
test_import (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_build_filename (fixture->common.root, "mine", NULL);
  g_autofree char *file = g_build_filename (dir, "My model (1).gguf", NULL);
  g_autofree char *text = g_build_filename (dir, "text.gguf", NULL);
  g_assert_cmpint (g_mkdir (dir, 0755), ==, 0);
  put_model (fixture, dir, "My model (1).gguf");
  fixture_write (dir, "text.gguf", "text", 4);

  g_autofree char *name = sen_model_store_import (fixture->store, file, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (name, ==, "My-model-1");
  assert_found (fixture, "My-model-1", dir, "My model (1).gguf");
  g_autofree char *again = sen_model_store_import (fixture->store, file, NULL, &error);
  g_assert_cmpstr (again, ==, name);

  /* The same name from elsewhere, and one of the catalogue. */
  g_autofree char *other = g_build_filename (fixture->common.root, "other", NULL);
  g_autofree char *second = g_build_filename (other, "My model (1).gguf", NULL), *catalogue = g_build_filename (other, "tiny.gguf", NULL);
  g_assert_cmpint (g_mkdir (other, 0755), ==, 0);
  put_model (fixture, other, "My model (1).gguf");
  put_model (fixture, other, "tiny.gguf");
  g_autofree char *second_name = sen_model_store_import (fixture->store, second, NULL, &error);
  g_autofree char *catalogue_name = sen_model_store_import (fixture->store, catalogue, NULL, &error);
  g_assert_cmpstr (second_name, ==, "My-model-1-2");
  g_assert_cmpstr (catalogue_name, ==, "tiny-2");
  assert_found (fixture, "tiny-2", other, "tiny.gguf");

  const struct {
    const char *path;
    const char *name;
    int         code;
  } refused[] = {
    { file, "tiny", SEN_ERROR_INVALID },   { file, "../x", SEN_ERROR_INVALID },
    { text, NULL, SEN_ERROR_FORMAT },      { text, "My-model-1", SEN_ERROR_FORMAT },
    { "/nowhere/x.gguf", NULL, SEN_ERROR_NOT_FOUND }, { "/dev/null", "null", SEN_ERROR_NOT_FOUND },
    { fixture->extra_dir, NULL, SEN_ERROR_INVALID },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_assert_null (sen_model_store_import (fixture->store, refused[i].path, refused[i].name, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, SEN_ERROR, refused[i].code);
      g_clear_error (&error);
    }

  /* Forgetting it leaves the file alone. */
  g_assert_true (sen_model_store_remove (fixture->store, "My-model-1", &error));
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  assert_not_found (fixture, "My-model-1", SEN_ERROR_NOT_FOUND, "no model named");

  /* A folder of GGUF files: each of them by its name. */
  g_autofree char *folder = sen_model_store_import (fixture->store, dir, NULL, &error);
  g_assert_cmpstr (folder, ==, "mine");
  assert_found (fixture, "text", dir, "text.gguf");
  assert_not_found (fixture, "mine", SEN_ERROR_INVALID, "2 GGUF files");
  g_autoptr (SenModelStatus) status = sen_model_store_status (fixture->store, "mine", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (status->size_bytes, >=, CONTENT_BYTES);

  /* The file goes away. */
  g_autofree char *single = sen_model_store_import (fixture->store, file, "single", &error);
  g_assert_cmpstr (single, ==, "single");
  g_unlink (file);
  assert_not_found (fixture, "single", SEN_ERROR_NOT_FOUND, "no longer");
}

/* The folder set in preferences holds at once, and for every later store. */
static void
test_set_folder (StoreFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_build_filename (fixture->common.root, "big", "disk", NULL);
  const char *const none[] = { NULL };
  SenModelStoreParams params = { .data_dir = fixture->common.data_dir, .extra_dirs = none };
  SenCatalogue *catalogue = sen_model_store_catalogue (fixture->store);
  g_autoptr (SenModelStore) first = sen_model_store_new (catalogue, &params);
  assert_target (first, fixture->common.data_dir);
  g_assert_true (sen_model_store_set_folder (first, dir, &error));
  assert_target (first, dir);
  g_autoptr (SenModelStore) second = sen_model_store_new (catalogue, &params);
  put_model (fixture, dir, "tiny.gguf");
  SenModelStore *both[] = { first, second };
  for (size_t i = 0; i < G_N_ELEMENTS (both); i++)
    {
      assert_target (both[i], dir);
      g_autofree char *path = sen_model_store_find (both[i], "tiny", &error);
      g_assert_true (g_str_has_prefix (path, dir));
    }
  g_assert_true (sen_model_store_remove (second, "tiny", &error));
  g_assert_true (sen_model_store_set_folder (second, NULL, &error));
  g_autoptr (SenModelStore) third = sen_model_store_new (catalogue, &params);
  assert_target (third, fixture->common.data_dir);
  g_assert_false (sen_model_store_set_folder (third, "/dev/null/x", &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_IO);
}

static void
test_broken_index (StoreFixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "", "{", "[]", "{\"version\": 9}", "{\"version\": 1}", "{\"version\": 1, \"imports\": [1], \"accepted_terms\": []}",
    "{\"version\": 1, \"imports\": [{\"name\": \"x\"}], \"accepted_terms\": []}",
  };
  put_model (fixture, fixture->models_dir, "tiny.gguf");
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      fixture_write (fixture->common.data_dir, "index.json", texts[i], strlen (texts[i]));
      /* The catalogue goes on working; a name that only the index could know says what is wrong. */
      assert_found (fixture, "tiny", fixture->models_dir, "tiny.gguf");
      g_autoptr (GPtrArray) list = sen_model_store_list (fixture->store);
      g_assert_cmpuint (list->len, ==, 1);
      g_assert_null (sen_model_store_find (fixture->store, "other", &error));
      g_assert_nonnull (strstr (error->message, "index.json"));
      g_clear_error (&error);
      g_autofree char *model = g_build_filename (fixture->models_dir, "tiny.gguf", NULL);
      g_assert_null (sen_model_store_import (fixture->store, model, "x", &error));
      g_assert_nonnull (strstr (error->message, "index.json"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const struct {
    const char *name;
    void (*run) (StoreFixture *fixture, gconstpointer data);
  } tests[] = {
    { "/store/order", test_order },
    { "/store/states", test_states },
    { "/store/read-only-folders", test_read_only_folders },
    { "/store/found-files", test_found_files },
    { "/store/paths", test_paths },
    { "/store/import", test_import },
    { "/store/set-folder", test_set_folder },
    { "/store/broken-index", test_broken_index },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, StoreFixture, NULL, set_up, tests[i].run, tear_down);
  return g_test_run ();
}
