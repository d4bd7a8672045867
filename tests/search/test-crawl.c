/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-crawl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "index-fixture.h"
#include "sen-error.h"

typedef struct {
  char     *folder, *root;
  SenStore *store;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->folder = make_folder ();
  place->root = g_build_filename (place->folder, "root", NULL);
  g_assert_cmpint (g_mkdir (place->root, 0700), ==, 0);
  g_autofree char *path = g_build_filename (place->folder, "index.db", NULL);
  place->store = open_store (path, true);
}

static void
tear_down (Place *place, gconstpointer data)
{
  sen_store_close (place->store);
  remove_folder (place->folder);
  g_free (place->root);
}

/* Writes a file below the root, with the folders it needs. */
static void
put (Place *place, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (place->root, name, NULL), *folder = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static SenFileKind
kind_of (const char *path, const char **format, gpointer data)
{
  *format = g_str_has_suffix (path, ".bin") ? "" : "txt";
  return **format == '\0' ? SEN_FILE_OTHER : SEN_FILE_TEXT;
}

static SenCrawlCounts
crawl_with (Place *place, SenCrawlParams params)
{
  g_autoptr (GError) error = NULL;
  SenCrawlCounts counts;
  params.store = place->store;
  params.root = place->root;
  params.kind = kind_of;
  g_assert_true (sen_crawl (&params, &counts, NULL, &error));
  g_assert_no_error (error);
  return counts;
}

static SenCrawlCounts
crawl (Place *place)
{
  return crawl_with (place, (SenCrawlParams) { 0 });
}

typedef struct {
  GString *text;
  size_t   n_root;
} Listing;

static bool
list_file (const char *path, const SenStoredFile *stored, gpointer data)
{
  Listing *listing = data;
  g_string_append_printf (listing->text, "%s%s", listing->text->len > 0 ? " " : "", path + listing->n_root + 1);
  return true;
}

#define assert_files(place, expected)                                                                                                     \
  G_STMT_START                                                                                                                            \
    {                                                                                                                                     \
      g_autoptr (GString) text_ = g_string_new (NULL);                                                                                    \
      Listing listing_ = { text_, strlen ((place)->root) };                                                                               \
      int64_t root_;                                                                                                                      \
      g_assert_true (sen_store_add_root ((place)->store, (place)->root, &root_, NULL));                                                   \
      g_assert_true (sen_store_each_file ((place)->store, root_, NULL, list_file, &listing_, NULL));                                      \
      g_assert_cmpstr (text_->str, ==, expected);                                                                                         \
    }                                                                                                                                     \
  G_STMT_END

static void
test_changes (Place *place, gconstpointer data)
{
  SenStoreCounts in_store;
  put (place, "a.txt", "one");
  put (place, "b/c.txt", "two!");
  put (place, "b/d.bin", "ignored bytes");
  SenCrawlCounts counts = crawl (place);
  g_assert_cmpuint (counts.n_seen, ==, 3);
  g_assert_cmpuint (counts.n_new, ==, 3);
  g_assert_cmpuint (counts.n_hashed_bytes, ==, 7);
  assert_files (place, "a.txt b/c.txt b/d.bin");

  counts = crawl (place);
  g_assert_cmpuint (counts.n_seen, ==, 3);
  g_assert_cmpuint (counts.n_new + counts.n_changed + counts.n_removed + counts.n_hashed_bytes, ==, 0);

  /* One that moved is not read again, one that was only touched is no other content, one is new, one is gone. */
  g_autofree char *from = g_build_filename (place->root, "b", "c.txt", NULL), *to = g_build_filename (place->root, "moved.txt", NULL),
                  *touched = g_build_filename (place->root, "a.txt", NULL), *gone = g_build_filename (place->root, "b", "d.bin", NULL);
  const struct timespec times[2] = { { 1000, 0 }, { 1000, 1 } };
  g_assert_cmpint (g_rename (from, to), ==, 0);
  g_assert_cmpint (utimensat (AT_FDCWD, touched, times, 0), ==, 0);
  g_assert_cmpint (g_unlink (gone), ==, 0);
  put (place, "z.txt", "three");
  counts = crawl (place);
  g_assert_cmpuint (counts.n_new, ==, 2);
  g_assert_cmpuint (counts.n_changed, ==, 1);
  g_assert_cmpuint (counts.n_removed, ==, 2);
  g_assert_cmpuint (counts.n_hashed_bytes, ==, 3 + 5);
  assert_files (place, "a.txt moved.txt z.txt");
  g_assert_true (sen_store_count (place->store, &in_store, NULL));
  g_assert_cmpuint (in_store.n_to_do[SEN_INDEX_QUICK], ==, 3);

  /* The same length and time, but another file in its place. */
  SenStoredFile before, after;
  g_assert_true (sen_store_find_file (place->store, touched, &before, NULL));
  g_assert_true (g_file_set_contents (touched, "ONE", 3, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, touched, times, 0), ==, 0);
  g_assert_cmpuint (crawl (place).n_changed, ==, 1);
  g_assert_true (sen_store_find_file (place->store, touched, &after, NULL));
  g_assert_cmpint (after.content, !=, before.content);
}

static void
test_left_out (Place *place, gconstpointer data)
{
  put (place, ".hidden", "x");
  put (place, ".git/config", "x");
  put (place, "keep.txt", "x");
  put (place, "drafts/a.txt", "x");
  put (place, "project/.gitignore", "*.o\nbuild/\n!keep.o\n");
  put (place, "project/a.o", "x");
  put (place, "project/a.c", "x");
  put (place, "project/build/b.c", "x");
  put (place, "project/sub/keep.o", "x");
  put (place, "project/sub/other.o", "x");
  g_autofree char *loop = g_build_filename (place->root, "loop", NULL), *link = g_build_filename (place->root, "link.txt", NULL),
                  *fifo = g_build_filename (place->root, "fifo.txt", NULL);
  g_assert_cmpint (symlink (".", loop), ==, 0);
  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  crawl_with (place, (SenCrawlParams) { .ignore = "drafts/\n" });
  assert_files (place, "keep.txt project/a.c project/sub/keep.o");
  /* The user's own list decides over those that lie about. */
  crawl_with (place, (SenCrawlParams) { .ignore = "*.o\n!drafts/" });
  assert_files (place, "drafts/a.txt keep.txt project/a.c");
  crawl_with (place, (SenCrawlParams) { .ignore = "*.o", .takes_hidden = true });
  assert_files (place, ".git/config .hidden drafts/a.txt keep.txt project/.gitignore project/a.c");
}

static void
test_large (Place *place, gconstpointer data)
{
  SenStoredFile stored;
  SenStoreCounts in_store;
  put (place, "large.txt", "more than ten bytes");
  SenCrawlCounts counts = crawl_with (place, (SenCrawlParams) { .max_bytes = 10 });
  g_assert_cmpuint (counts.n_hashed_bytes, ==, 0);
  g_autofree char *path = g_build_filename (place->root, "large.txt", NULL);
  g_assert_true (sen_store_find_file (place->store, path, &stored, NULL));
  g_assert_cmpint (stored.kind, ==, SEN_FILE_TEXT);
  g_assert_true (sen_store_count (place->store, &in_store, NULL));
  g_assert_cmpuint (in_store.n_to_do[SEN_INDEX_QUICK], ==, 0);
}

/* What can't be read says so, and what is stored below it stays. */
static void
test_unreadable (Place *place, gconstpointer data)
{
  put (place, "shut/a.txt", "x");
  put (place, "b.txt", "y");
  crawl (place);
  g_autofree char *shut = g_build_filename (place->root, "shut", NULL), *aside = g_build_filename (place->root, "aside", NULL),
                  *secret = g_build_filename (place->root, "b.txt", NULL);
  if (geteuid () == 0)
    {
      /* Nothing is shut to root: a symbolic link in a folder's place is as little a folder, and its file is another's. */
      g_assert_cmpint (g_rename (shut, aside), ==, 0);
      g_assert_cmpint (symlink ("/nowhere", shut), ==, 0);
      SenCrawlCounts counts = crawl (place);
      g_assert_cmpuint (counts.n_removed, ==, 1);
      assert_files (place, "aside/a.txt b.txt");
      return;
    }
  g_assert_cmpint (g_chmod (shut, 0), ==, 0);
  put (place, "b.txt", "changed");
  g_assert_cmpint (g_chmod (secret, 0), ==, 0);
  SenCrawlCounts counts = crawl (place);
  g_assert_cmpuint (counts.n_unreadable, ==, 2);
  g_assert_cmpuint (counts.n_removed, ==, 0);
  assert_files (place, "b.txt shut/a.txt");
  g_assert_cmpint (g_chmod (secret, 0600), ==, 0);
  g_assert_cmpuint (crawl (place).n_changed, ==, 1);
}

/* A root that is not there loses nothing, and neither does a crawl that is stopped. */
static void
test_absent (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  SenCrawlCounts counts;
  SenCancel cancel = { 1 };
  g_autofree char *aside = g_build_filename (place->folder, "aside", NULL);
  const SenCrawlParams params = { .store = place->store, .root = place->root, .kind = kind_of };
  put (place, "a.txt", "x");
  crawl (place);
  g_assert_cmpint (g_rename (place->root, aside), ==, 0);
  g_assert_false (sen_crawl (&params, &counts, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (g_mkdir (place->root, 0700), ==, 0);
  g_assert_false (sen_crawl (&params, &counts, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  assert_files (place, "a.txt");
  /* It is empty, on the same disk: so it was emptied. */
  g_assert_cmpuint (crawl (place).n_removed, ==, 1);
  assert_files (place, "");
}

/* Names of all bytes, and folders deeper than anybody has them. */
static void
test_odd (Place *place, gconstpointer data)
{
  put (place, "\xff\xfe name\n.txt", "x");
  GString *deep = g_string_new (NULL);
  for (int i = 0; i < 220; i++)
    g_string_append (deep, "d/");
  g_string_append (deep, "a.txt");
  put (place, deep->str, "x");
  g_string_free (deep, TRUE);
  SenCrawlCounts counts = crawl (place);
  g_assert_cmpuint (counts.n_seen, ==, 1);
  g_assert_cmpuint (counts.n_unreadable, ==, 1);
  assert_files (place, "\xff\xfe name\n.txt");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/crawl/" name, Place, NULL, set_up, func, tear_down)
  ADD ("changes", test_changes);
  ADD ("left-out", test_left_out);
  ADD ("large", test_large);
  ADD ("unreadable", test_unreadable);
  ADD ("absent", test_absent);
  ADD ("odd", test_odd);
#undef ADD
  return g_test_run ();
}
