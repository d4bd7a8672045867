/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-tags.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-file.h"

#define MAX_LIST_BYTES (1u << 18)

/* The list of @connector. (transfer full) */
static char *
list_path (const char *connector)
{
  g_autofree char *folder = g_path_get_dirname (connector);
  return g_build_filename (folder, "tags.txt", NULL);
}

static bool
is_here (SenModelStore *store, const char *model)
{
  g_autoptr (SenModelStatus) status = sen_model_store_status (store, model, NULL);
  return status != NULL && status->state == SEN_MODEL_PRESENT;
}

char *
sen_tags_find (SenModelStore *store)
{
  const SenCatalogueConnector *entry
    = store != NULL ? sen_catalogue_find_connector (sen_model_store_catalogue (store), SEN_TAGS_BY) : NULL;
  g_autofree char *connector = entry != NULL ? sen_model_store_find_connector (store, entry->name) : NULL;
  g_autofree char *list = connector != NULL ? list_path (connector) : NULL;
  if (list == NULL || !g_file_test (list, G_FILE_TEST_IS_REGULAR) || !is_here (store, entry->encoder)
      || !is_here (store, entry->language_model))
    return NULL;
  return g_steal_pointer (&connector);
}

static bool
append (const uint8_t *piece, size_t n_bytes, gpointer user_data)
{
  g_string_append_len (user_data, (const char *) piece, (gssize) n_bytes);
  return true;
}

/* All of the file, which is asked for its size first. (transfer full) */
static GString *
read_text (const char *path, GError **error)
{
  uint64_t size;
  int fd = sen_file_open (path, &size, error);
  if (fd < 0)
    return NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  bool done = false;
  if (size > MAX_LIST_BYTES)
    g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s has more than the %u KiB that a list of words may have; shorten it", path,
                 MAX_LIST_BYTES / 1024);
  else
    done = sen_file_read (fd, path, 0, size, append, text, error);
  close (fd);
  return done ? g_steal_pointer (&text) : NULL;
}

char **
sen_tags_read (const char *connector, GError **error)
{
  g_autofree char *path = list_path (connector);
  g_autoptr (GString) text = read_text (path, error);
  if (text == NULL)
    return NULL;
  if (!g_utf8_validate (text->str, (gssize) text->len, NULL))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is no text in UTF-8; a list of words has one a line", path);
      return NULL;
    }
  g_auto (GStrv) lines = g_strsplit (text->str, "\n", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  for (char **line = lines; *line != NULL; line++)
    if (*g_strstrip (*line) != '\0')
      g_strv_builder_add (words, *line);
  return g_strv_builder_end (words);
}

typedef struct {
  const char *tag;
  float       probability;
} Guess;

static int
compare_guesses (const void *a, const void *b)
{
  float x = ((const Guess *) a)->probability, y = ((const Guess *) b)->probability;
  return (x < y) - (x > y);
}

char *
sen_tags_guess (SenEncoders *encoders, const char *connector, const char *picture, SenCancel *cancel, GError **error)
{
  g_auto (GStrv) tags = sen_tags_read (connector, error);
  if (tags == NULL)
    return NULL;
  size_t n = g_strv_length (tags);
  float threshold;
  g_autofree SenMatch *matches = g_new (SenMatch, MAX (n, 1));
  if (!sen_encoders_match (encoders, connector, SEN_CONTENT_PICTURE, picture, (const char *const *) tags, matches, &threshold, cancel,
                           error))
    return NULL;
  g_autofree Guess *guesses = g_new (Guess, n);
  for (size_t i = 0; i < n; i++)
    guesses[i] = (Guess) { tags[i], matches[i].probability };
  qsort (guesses, n, sizeof *guesses, compare_guesses);
  GString *text = g_string_new (NULL);
  for (size_t i = 0; i < MIN (n, SEN_TAGS_MAX) && guesses[i].probability >= threshold; i++)
    g_string_append_printf (text, "%s%s %ld %%", i > 0 ? ", " : "", guesses[i].tag, lrintf (100.0f * guesses[i].probability));
  return g_string_free (text, FALSE);
}
