/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-media-cache.h"

/* Of @n embeddings of 64 numbers, the first of which is @value. */
static SenMedia *
new_media (uint32_t n, float value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenMediaBuilder) builder = sen_media_builder_new (64, 1);
  float *y = sen_media_builder_add_embeddings (builder, &(SenMediaSpan) { .part = { .n = n }, .n_row = 1, .n_column = n }, &error);
  g_assert_no_error (error);
  for (uint32_t i = 0; i < n * 64; i++)
    y[i] = value;
  return sen_media_builder_finish (builder);
}

static void
add (SenMediaCache *cache, const char *name, uint32_t n, float value)
{
  g_autoptr (SenMedia) media = new_media (n, value);
  sen_media_cache_add (cache, name, media);
}

/* What is there under @name begins with @value; 0: nothing is. */
static void
expect (SenMediaCache *cache, const char *name, float value)
{
  g_autoptr (SenMedia) media = sen_media_cache_find (cache, name);
  g_assert_true ((media != NULL) == (value != 0.0f));
  if (media != NULL)
    g_assert_cmpfloat (sen_media_span (media, 0)->part.embeddings[0], ==, value);
}

static void
test_room (void)
{
  g_autoptr (SenMedia) one = new_media (10, 1.0f);
  size_t each = sen_media_bytes (one);
  g_autoptr (SenMediaCache) cache = sen_media_cache_new (3 * each);
  expect (cache, "a", 0.0f);
  add (cache, "a", 10, 1.0f);
  add (cache, "b", 10, 2.0f);
  add (cache, "c", 10, 3.0f);
  g_assert_cmpuint (sen_media_cache_bytes (cache), ==, 3 * each);

  /* Looking is using: b goes, a stays. */
  expect (cache, "a", 1.0f);
  add (cache, "d", 10, 4.0f);
  expect (cache, "b", 0.0f);
  expect (cache, "a", 1.0f);
  expect (cache, "c", 3.0f);

  /* Another under the same name takes its place. */
  add (cache, "c", 10, 5.0f);
  expect (cache, "c", 5.0f);
  g_assert_cmpuint (sen_media_cache_bytes (cache), ==, 3 * each);

  /* One that is larger than all the room is kept until the next comes. */
  add (cache, "large", 100, 6.0f);
  expect (cache, "large", 6.0f);
  expect (cache, "c", 0.0f);
  add (cache, "e", 10, 7.0f);
  expect (cache, "large", 0.0f);
  g_assert_cmpuint (sen_media_cache_bytes (cache), ==, each);

  sen_media_cache_clear (cache);
  expect (cache, "e", 0.0f);
  g_assert_cmpuint (sen_media_cache_bytes (cache), ==, 0);
}

/* What was given out outlives the cache. */
static void
test_held (void)
{
  g_autoptr (SenMediaCache) cache = sen_media_cache_new (1);
  add (cache, "a", 10, 1.0f);
  g_autoptr (SenMedia) held = sen_media_cache_find (cache, "a");
  add (cache, "b", 10, 2.0f);
  expect (cache, "a", 0.0f);
  g_clear_pointer (&cache, sen_media_cache_free);
  g_assert_cmpfloat (sen_media_span (held, 0)->part.embeddings[639], ==, 1.0f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media-cache/room", test_room);
  g_test_add_func ("/media-cache/held", test_held);
  return g_test_run ();
}
