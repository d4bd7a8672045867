/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "ask-files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversations.h"
#include "index-wait.h"
#include "sen-grounding-find.h"

bool
ask_files_is_wanted (const AskFiles *self)
{
  return self->folder != NULL || self->db != NULL;
}

void
ask_files_clear (AskFiles *self)
{
  g_clear_pointer (&self->find, sen_find_free);
  g_clear_pointer (&self->encoders, sen_find_encoders_free);
  g_clear_pointer (&self->store, sen_model_store_unref);
  g_free (self->path);
  g_free (self->root);
  g_free (self->folder);
  g_free (self->db);
  *self = (AskFiles) { .max_sources = self->max_sources };
}

/* --- The index ------------------------------------------------------------------------------------------------------------------------ */

/* Where the index of a folder is kept that has no other. (transfer full) */
static char *
folder_index (const char *folder)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, folder, -1), *name = g_strdup_printf ("%.32s.db", digest);
  return g_build_filename (g_get_user_cache_dir (), "sensorium", "folders", name, NULL);
}

typedef struct {
  const char *folder;
  bool        is_there;
} Wanted;

static void
compare_root (int64_t root, const char *path, gpointer data)
{
  Wanted *wanted = data;
  gsize n = strlen (path);
  while (n > 0 && path[n - 1] == '/')
    n--;
  wanted->is_there |= strncmp (wanted->folder, path, n) == 0 && (wanted->folder[n] == '/' || wanted->folder[n] == '\0');
}

/* Whether an index that was named has the folder: then it is somebody's own, made with options that are not known here, and stays as it
 * is. */
static bool
has_folder (const AskFiles *self, bool *is_there, GError **error)
{
  Wanted wanted = { self->root, false };
  *is_there = false;
  if (self->db == NULL || !g_file_test (self->db, G_FILE_TEST_EXISTS))
    return true;
  g_autoptr (SenStore) store = sen_store_open (&(SenStoreParams) { .path = self->db }, error);
  if (store == NULL || !sen_store_each_root (store, compare_root, &wanted, error))
    return false;
  *is_there = wanted.is_there;
  return true;
}

/* Looks through the folder; what is up to date costs a look. */
static bool
update (AskFiles *self, SenCli *cli, const SenFindEncodersParams *encoders, GError **error)
{
  bool is_there;
  self->root = cli_index_folder (self->folder, error);
  if (self->root == NULL || !has_folder (self, &is_there, error))
    return false;
  self->path = self->db != NULL ? g_strdup (self->db) : folder_index (self->root);
  if (is_there)
    return true;
  g_autoptr (SenIndexer) indexer = sen_indexer_new (&(SenIndexerParams) { .path = self->path, .encoders = *encoders });
  sen_indexer_add_root (indexer, self->root);
  return cli_index_wait (indexer, cli, &(CliIndexWait) { .is_discreet = true }, error);
}

/* Who asks an index with nothing in it shall not be told that the files do not say it. */
static bool
check_contents (const AskFiles *self, GError **error)
{
  SenStoreCounts counts;
  g_autoptr (SenStore) store = sen_store_open (&(SenStoreParams) { .path = self->path }, error);
  if (store == NULL || !sen_store_count (store, &counts, error))
    return false;
  if (counts.n_chunks > 0)
    return true;
  g_autofree char *shown = g_filename_display_name (self->folder != NULL ? self->folder : self->path);
  g_autofree char *clean = cli_clean_text (shown, true);
  if (counts.n_files == 0)
    g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there are no files in %s", clean);
  else
    g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "nothing in %s can be answered from: none of its files (%" G_GUINT64_FORMAT ") has "
                 "text, a picture or a sound", clean, counts.n_files);
  return false;
}

static bool
check_index (const AskFiles *self, GError **error)
{
  if (self->folder != NULL || g_file_test (self->path, G_FILE_TEST_EXISTS))
    return check_contents (self, error);
  g_autofree char *shown = g_filename_display_name (self->path), *clean = cli_clean_text (shown, true);
  g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there is no index at %s; sensorium-cli index --db FILE DIR makes one", clean);
  return false;
}

bool
ask_files_open (AskFiles *self, SenCli *cli, const CliRuntime *runtime, GError **error)
{
  self->store = sen_cli_open_store (cli, NULL, error);
  if (self->store == NULL)
    return false;
  const SenFindEncodersParams params = {
    .debug = &cli->debug, .store = self->store, .device = runtime->device_name, .n_threads = (uint32_t) MAX (runtime->n_threads, 0),
    .exact = runtime->exact,
  };
  if (self->folder == NULL)
    self->path = g_strdup (self->db);
  else if (!update (self, cli, &params, error))
    return false;
  if (!check_index (self, error))
    return false;
  self->encoders = sen_find_encoders_new (&params);
  self->find = sen_find_new (&(SenFindParams) { .path = self->path, .encoders = self->encoders });
  return true;
}

/* --- Questions ------------------------------------------------------------------------------------------------------------------------ */

static uint32_t
count_tokens (const char *text, gpointer tokenizer)
{
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (tokenizer, text, -1, false, false, tokens);
  return tokens->len;
}

FileAnswer *
ask_files_find (AskFiles *self, SenCli *cli, const CliRuntime *runtime, const char *const *questions, uint32_t n, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  const SenGroundingWish wish = {
    .questions = questions, .n_questions = n, .folder = self->root,
    .max_sources = (uint32_t) CLAMP (self->max_sources, 0, SEN_GROUNDING_MAX_SOURCES),
    .n_ctx = sen_session_info (runtime->session)->n_ctx, .count = count_tokens, .data = sen_model_tokenizer (runtime->model),
  };
  g_autofree char *lacking = NULL;
  g_autoptr (GError) failure = NULL;
  g_autoptr (SenGroundingRecord) record = sen_grounding_find (self->find, &wish, &lacking, cli->cancel, &failure);
  if (record == NULL)
    {
      if (g_error_matches (failure, SEN_ERROR, SEN_ERROR_CONTEXT_FULL))
        g_set_error (error, SEN_ERROR, SEN_ERROR_CONTEXT_FULL, "%s; shorten it, or give a longer context with --ctx", failure->message);
      else
        g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  /* What is not searched by meaning is told of, once. */
  if (lacking != NULL && !self->is_told)
    fprintf (stderr, "%s\n", lacking);
  self->is_told = true;
  FileAnswer *answer = g_new0 (FileAnswer, 1);
  answer->query = g_steal_pointer (&record->query);
  answer->grounding = g_steal_pointer (&record->grounding);
  answer->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return answer;
}
