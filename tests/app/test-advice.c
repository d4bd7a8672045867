/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the index says is known to the window, word for word: else it could not be in the user's language. */
#include "sen-advice.h"

#include <glib/gstdio.h>

#include "sen-error.h"
#include "sen-find-reason.h"
#include "sen-index-reason.h"
#include "sen-index-store.h"
#include "sen-model-store.h"

typedef struct {
  char *folder, *path;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->folder = g_dir_make_tmp ("sensorium-advice-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "index.db", NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  const char *const remove[] = { "rm", "-rf", "--", place->folder, NULL };
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free (place->folder);
  g_free (place->path);
}

/* @expected: with PATH where the path of the index stands. */
static void
assert_advice (const Place *place, const char *sentence, const char *expected)
{
  g_autofree char *advice = sen_advice_index (sentence);
  g_auto (GStrv) parts = g_strsplit (expected, "PATH", 2);
  g_autofree char *whole = g_strjoinv (place->path, parts);
  g_assert_cmpstr (advice, ==, whole);
}

static void
test_store (Place *place, gconstpointer data)
{
  const SenStoreParams reader = { .path = place->path }, writer = { .path = place->path, .is_writer = true };
  g_autoptr (GError) error = NULL;
  g_assert_null (sen_store_open (&reader, &error));
  assert_advice (place, error->message, "There is no index at PATH yet");
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (place->path, "neither this nor that, and long enough for a page of a database", -1, NULL));
  g_assert_null (sen_store_open (&writer, &error));
  assert_advice (place, error->message, "Reading the index in PATH failed: the file is damaged");
  g_clear_error (&error);
  g_unlink (place->path);
  g_autoptr (SenStore) store = sen_store_open (&writer, &error);
  g_assert_no_error (error);
  g_assert_null (sen_store_open (&writer, &error));
  assert_advice (place, error->message, "PATH is being written by another Sensorium; it indexes for both, or end it first");
}

static void
test_model (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  static const char *const none[] = { NULL };
  g_autoptr (SenModelStore) store = sen_model_store_new (catalogue, &(SenModelStoreParams) {
    .models_dir = place->folder, .data_dir = place->folder, .extra_dirs = none,
  });
  g_autofree char *path = sen_model_store_find (store, "all-minilm-l6-v2", &error);
  g_assert_null (path);
  assert_advice (place, error->message, "The model all-minilm-l6-v2 is not here yet; get it in the list of models.");
}

/* As it stands alone: with a capital, unless a path is in front. */
static void
assert_recognized (const Place *place, const char *sentence)
{
  g_autofree char *expected = g_strdup (sentence);
  if (*expected != '/')
    *expected = g_ascii_toupper (*expected);
  assert_advice (place, sentence, expected);
}

/* Each is recognized as itself and no other, whatever the blanks hold; what is strange stays as it is. */
static void
test_all (Place *place, gconstpointer data)
{
#define REASON(name, code, sentence) SEN_INDEX_REASON_##name,
  static const SenIndexReason reasons[] = {
#include "index-reasons.def"
  };
#undef REASON
  for (size_t i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      g_autofree char *sentence = sen_index_say (reasons[i], "name", "/a folder/of mine: good", "detail", "No such thing", "found", "3",
                                                 "known", "2", "count", "5", NULL);
      assert_recognized (place, sentence);
    }
#define REASON(name, code, sentence) SEN_FIND_REASON_##name,
  static const SenFindReason find_reasons[] = {
#include "find-reasons.def"
  };
#undef REASON
  for (size_t i = 0; i < G_N_ELEMENTS (find_reasons); i++)
    {
      g_autofree char *sentence = sen_find_say (find_reasons[i], "name", "/a folder/of mine: good", "model", "all-minilm-l6-v2", "count",
                                                "5", "made", "384", "known", "2", NULL);
      assert_recognized (place, sentence);
    }
  assert_advice (place, "something else", "something else");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/advice/" name, Place, NULL, set_up, func, tear_down)
  ADD ("store", test_store);
  ADD ("model", test_model);
  ADD ("all", test_all);
#undef ADD
  return g_test_run ();
}
