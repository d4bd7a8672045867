/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Thumbnails as desktops share them, made by the real decode helper of the project's samples. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

#include "sen-thumb-cache.h"
#include "sen-thumb-file.h"
#include "window-fixture.h"

static const char *samples;
static SenThumbCache *cache;

typedef struct {
  guint       n_answers;
  GdkTexture *texture;
} Answer;

static void
on_answer (GdkTexture *texture, gpointer data)
{
  Answer *answer = data;
  answer->n_answers++;
  g_set_object (&answer->texture, texture);
}

static gboolean
is_answered (gpointer data)
{
  return ((Answer *) data)->n_answers > 0;
}

static SenThumbWish
wish_for (const char *path, SenFileKind kind, int side_px)
{
  return (SenThumbWish) { .path = path, .kind = kind, .mtime_ns = 1, .side_px = side_px };
}

/* (transfer full) */
static GdkTexture *
get (const char *path, SenFileKind kind, int side_px)
{
  const SenThumbWish wish = wish_for (path, kind, side_px);
  Answer answer = { 0 };
  g_assert_cmpuint (sen_thumb_cache_ask (cache, &wish, on_answer, &answer), >, 0);
  g_assert_cmpuint (answer.n_answers, ==, 0);
  window_fixture_wait (is_answered, &answer, 20.0);
  return answer.texture;
}

/* A copy of a sample in a folder of this run, which can be changed. (transfer full) */
static char *
copy_sample (const char *name, const char *as)
{
  g_autofree char *from = g_build_filename (samples, name, NULL), *contents = NULL;
  char *to = g_build_filename (g_get_user_data_dir (), as, NULL);
  gsize n;
  g_assert_true (g_file_get_contents (from, &contents, &n, NULL));
  g_assert_true (g_file_set_contents (to, contents, (gssize) n, NULL));
  return to;
}

static void
test_made_and_found (void)
{
  g_autofree char *path = copy_sample ("coffee.jpg", "cof fee \xc3\xa4.jpg"), *found = NULL;
  g_autoptr (GdkTexture) texture = get (path, SEN_FILE_PICTURE, 200);
  SenThumbSubject subject;
  struct stat info;
  g_assert_nonnull (texture);
  g_assert_cmpint (MAX (gdk_texture_get_width (texture), gdk_texture_get_height (texture)), ==, 256);

  /* It lies where other programs look, for nobody else, and says what it is of. */
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL), *digest = g_compute_checksum_for_string (G_CHECKSUM_MD5, uri, -1);
  g_autofree char *name = g_strconcat (digest, ".png", NULL);
  g_autofree char *place = g_build_filename (g_get_user_cache_dir (), "thumbnails", "large", name, NULL), *png = NULL;
  gsize n;
  g_assert_cmpint (g_stat (place, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_get_contents (place, &png, &n, NULL));
  g_assert_nonnull (memmem (png, n, "Thumb::URI", 11));
  g_assert_nonnull (memmem (png, n, uri, strlen (uri)));
  /* Whoever reads PNG reads it, its checksums included. */
  g_autoptr (GdkTexture) read = gdk_texture_new_from_filename (place, NULL);
  g_assert_nonnull (read);

  g_assert_true (sen_thumb_subject_init (&subject, path));
  found = sen_thumb_file_find (&subject, SEN_THUMB_NORMAL);
  g_assert_cmpstr (found, ==, place);   /* a larger one will do */
  subject.mtime_s++;
  g_assert_null (sen_thumb_file_find (&subject, SEN_THUMB_LARGE));
  sen_thumb_subject_clear (&subject);
  /* A thumbnail has none itself. */
  g_assert_false (sen_thumb_subject_init (&subject, place));
}

/* What another program made of a file that we cannot read. */
static void
test_of_others (void)
{
  static const uint8_t pixels[64 * 32 * 3];
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "letter.odt", NULL);
  g_autoptr (SenImage) image = sen_image_new (64, 32, pixels);
  SenThumbSubject subject;
  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_autoptr (GdkTexture) none = get (path, SEN_FILE_DOCUMENT, 100);
  g_assert_null (none);
  g_assert_true (sen_thumb_subject_init (&subject, path));
  sen_thumb_file_save (&subject, SEN_THUMB_NORMAL, image);
  sen_thumb_subject_clear (&subject);
  g_autoptr (GdkTexture) texture = get (path, SEN_FILE_DOCUMENT, 100);
  g_assert_nonnull (texture);
  g_assert_cmpint (gdk_texture_get_width (texture), ==, 64);
}

static void
test_failures (void)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "broken.jpg", NULL);
  SenThumbSubject subject;
  g_assert_true (g_file_set_contents (path, "\xff\xd8\xff\xe0 no picture", -1, NULL));
  g_autoptr (GdkTexture) none = get (path, SEN_FILE_PICTURE, 100);
  g_assert_null (none);
  g_assert_true (sen_thumb_subject_init (&subject, path));
  g_assert_true (sen_thumb_file_has_failed (&subject));
  subject.mtime_s++;
  g_assert_false (sen_thumb_file_has_failed (&subject));
  sen_thumb_subject_clear (&subject);
  g_autoptr (GdkTexture) gone = get ("/nowhere/at all.png", SEN_FILE_PICTURE, 100);
  g_assert_null (gone);
}

/* Pictures of videos, and those larger than any thumbnail, which are not put on disk. */
static void
test_other_pictures (void)
{
  g_autofree char *video = g_build_filename (samples, "tea.webm", NULL), *picture = g_build_filename (samples, "coffee.jpg", NULL);
  g_autofree char *large = g_build_filename (g_get_user_cache_dir (), "thumbnails", "x-large", NULL);
  g_autoptr (GdkTexture) frame = get (video, SEN_FILE_VIDEO, 128), whole = get (picture, SEN_FILE_PICTURE, 600);
  g_assert_nonnull (frame);
  g_assert_nonnull (whole);
  g_assert_cmpint (gdk_texture_get_width (whole), >, 512);
  g_assert_false (g_file_test (large, G_FILE_TEST_EXISTS));
}

/* A helper that does nothing before there is a file @go. (transfer full) */
static char *
write_held_helper (const char *go)
{
  char *path = g_build_filename (g_get_user_data_dir (), "held-helper", NULL);
  g_autofree char *script = g_strdup_printf ("#!/bin/sh\nwhile [ ! -e '%s' ]; do sleep 0.05; done\nexec '%s' \"$@\"\n", go,
                                             g_getenv ("SENSORIUM_DECODE_HELPER"));
  g_assert_true (g_file_set_contents_full (path, script, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  return path;
}

/* The last wish comes first; who does not wait any more is not called; and textures do not pile up. */
static void
test_order_and_room (void)
{
  enum { N = 24 };
  g_autofree char *go = g_build_filename (g_get_user_data_dir (), "go", NULL), *helper = write_held_helper (go);
  g_autoptr (SenThumbCache) held = sen_thumb_cache_new (helper);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  Answer answers[N] = { 0 };
  guint requests[N];
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.jpg", i);
      char *path = copy_sample ("coffee.jpg", name);
      const SenThumbWish wish = wish_for (path, SEN_FILE_PICTURE, 256);
      g_ptr_array_add (paths, path);
      requests[i] = sen_thumb_cache_ask (held, &wish, on_answer, &answers[i]);
    }
  for (guint i = 2; i < N - 1; i++)
    sen_thumb_cache_cancel (held, requests[i]);
  /* All have been asked for before the first is done. */
  g_assert_true (g_file_set_contents (go, "", 0, NULL));
  window_fixture_wait (is_answered, &answers[1], 30.0);
  g_assert_cmpuint (answers[N - 1].n_answers, ==, 1);
  window_fixture_wait (is_answered, &answers[0], 30.0);
  for (guint i = 2; i < N - 1; i++)
    g_assert_cmpuint (answers[i].n_answers, ==, 0);
  for (guint i = 0; i < N; i++)
    g_clear_object (&answers[i].texture);

  const SenThumbWish wish = wish_for (g_ptr_array_index (paths, 0), SEN_FILE_PICTURE, 256);
  g_assert_nonnull (sen_thumb_cache_peek (held, &wish));
  SenThumbWish another = wish;
  another.mtime_ns++;
  g_assert_null (sen_thumb_cache_peek (held, &another));
  /* Each of these is of another time, and so another picture; all of them have no room. */
  for (gsize i = 0, n_bytes = 0; n_bytes <= SEN_THUMB_CACHE_BYTES; i++)
    {
      Answer answer = { 0 };
      another = wish_for (g_ptr_array_index (paths, 1), SEN_FILE_PICTURE, 1000);
      another.mtime_ns = (int64_t) i + 10;
      sen_thumb_cache_ask (held, &another, on_answer, &answer);
      window_fixture_wait (is_answered, &answer, 20.0);
      n_bytes += 3 * (gsize) gdk_texture_get_width (answer.texture) * (gsize) gdk_texture_get_height (answer.texture);
      g_clear_object (&answer.texture);
      g_assert_cmpuint (sen_thumb_cache_bytes (held), <=, SEN_THUMB_CACHE_BYTES);
    }
  g_assert_nonnull (sen_thumb_cache_peek (held, &another));
  g_assert_null (sen_thumb_cache_peek (held, &wish));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  samples = argv[1];
  g_mkdir_with_parents (g_get_user_data_dir (), 0700);
  cache = sen_thumb_cache_new (g_getenv ("SENSORIUM_DECODE_HELPER"));
  g_test_add_func ("/thumbs/made-and-found", test_made_and_found);
  g_test_add_func ("/thumbs/of-others", test_of_others);
  g_test_add_func ("/thumbs/failures", test_failures);
  g_test_add_func ("/thumbs/other-pictures", test_other_pictures);
  g_test_add_func ("/thumbs/order-and-room", test_order_and_room);
  int status = g_test_run ();
  g_object_unref (cache);
  return status;
}
