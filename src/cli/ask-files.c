/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "ask-files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conversations.h"
#include "sen-find.h"
#include "sen-indexer.h"

/* Indexing that takes longer is told of. */
#define QUIET_US G_USEC_PER_SEC
#define POLL_MS 100
/* Sources take half of the context at most: the rest is for the question and the answer. */
#define CONTEXT_SHARE 2
/* Where there is evidence for one file, the next nearest are read too: the answer may stand in another passage than what gave the file away. */
#define N_LEAST 3
/* Of an answer: a few sentences. */
#define MAX_TOKENS 256
#define REPETITION_PENALTY 1.1f
#define PENALTY_WINDOW 128

bool
ask_files_is_wanted (const AskFiles *self)
{
  return self->folder != NULL || self->db != NULL;
}

void
ask_files_clear (AskFiles *self)
{
  g_clear_pointer (&self->grounding, sen_grounding_free);
  g_clear_pointer (&self->check, sen_grounding_check_free);
  g_free (self->folder);
  g_free (self->db);
  g_free (self->query);
}

/* --- The index ------------------------------------------------------------------------------------------------------------------------ */

/* Where the index of a folder is kept that has no other. (transfer full) */
static char *
folder_index (const char *folder)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, folder, -1), *name = g_strdup_printf ("%.32s.db", digest);
  return g_build_filename (g_get_user_cache_dir (), "sensorium", "folders", name, NULL);
}

static void
print_progress (const SenIndexProgress *progress)
{
  if (progress->n_total > 0)
    fprintf (stderr, "\rIndexing… %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT "\033[K", progress->n_done, progress->n_total);
  else
    fprintf (stderr, "\rIndexing…\033[K");
  fflush (stderr);
}

/* Looks through the folder; what is up to date costs a look. */
static bool
update (AskFiles *self, SenCli *cli, const SenFindEncodersParams *encoders, GError **error)
{
  char *real = realpath (self->folder, NULL);
  if (real == NULL || !g_file_test (real, G_FILE_TEST_IS_DIR))
    {
      g_autofree char *shown = g_filename_display_name (self->folder);
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "the folder %s can't be looked through: %s", shown,
                   g_strerror (real == NULL ? errno : ENOTDIR));
      free (real);
      return false;
    }
  if (self->db == NULL)
    self->db = folder_index (real);
  const SenIndexerParams params = { .path = self->db, .encoders = *encoders };
  g_autoptr (SenIndexer) indexer = sen_indexer_new (&params);
  g_auto (SenIndexProgress) progress = { 0 };
  bool is_shown = isatty (STDERR_FILENO), is_over = false;
  gint64 start = g_get_monotonic_time ();
  sen_indexer_add_root (indexer, real);
  free (real);
  while (!is_over && !sen_cancel_requested (cli->cancel))
    {
      is_over = sen_indexer_wait (indexer, POLL_MS);
      sen_index_progress_clear (&progress);
      sen_indexer_get_progress (indexer, &progress);
      if (is_shown && !is_over && g_get_monotonic_time () - start > QUIET_US)
        print_progress (&progress);
    }
  if (is_shown)
    fputs ("\r\033[K", stderr);
  for (char **note = progress.notes; note != NULL && *note != NULL; note++)
    fprintf (stderr, "%s\n", *note);
  if (!is_over)
    g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped while the folder was indexed; the same command goes on with it");
  else if (progress.stage == SEN_INDEXER_FAILED || progress.stage == SEN_INDEXER_ELSEWHERE)
    g_set_error_literal (error, SEN_ERROR, SEN_ERROR_IO, progress.sentence);
  else
    return true;
  return false;
}

/* --- Sources -------------------------------------------------------------------------------------------------------------------------- */

static uint32_t
count_tokens (const char *text, gpointer tokenizer)
{
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (tokenizer, text, -1, false, false, tokens);
  return tokens->len;
}

/* Looks for @self->query; what is not searched by meaning is told of. */
static SenFindResults *
search (const AskFiles *self, SenCli *cli, SenFindEncoders *encoders, GError **error)
{
  g_autoptr (SenFind) find = sen_find_new (&(SenFindParams) { .path = self->db, .encoders = encoders });
  const SenFindRequest request = { .text = self->query };
  g_autoptr (SenFindResults) results = sen_find_run (find, &request, cli->cancel);
  if (results == NULL)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
      return NULL;
    }
  const SenFindResultsInfo *info = sen_find_results_info (results);
  if (info->error != NULL)
    g_propagate_error (error, g_error_copy (info->error));
  else if (!info->has_index)
    g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there is no index at %s; sensorium-cli index --db FILE DIR makes one", self->db);
  else
    {
      if (*info->roles[SEN_SPACE_TEXT].sentence != '\0')
        fprintf (stderr, "%s\n", info->roles[SEN_SPACE_TEXT].sentence);
      return g_steal_pointer (&results);
    }
  return NULL;
}

bool
ask_files_find (AskFiles *self, SenCli *cli, CliRuntime *runtime, const char *question, GError **error)
{
  g_autoptr (SenModelStore) store = sen_cli_open_store (cli, NULL, error);
  if (store == NULL)
    return false;
  const SenFindEncodersParams params = {
    .debug = &cli->debug, .store = store, .device = runtime->device_name, .n_threads = (uint32_t) MAX (runtime->n_threads, 0),
    .exact = runtime->exact,
  };
  if (self->folder != NULL && !update (self, cli, &params, error))
    return false;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (SenFindEncoders) encoders = sen_find_encoders_new (&params);
  self->query = sen_grounding_query (question, NULL);
  g_autoptr (SenFindResults) results = search (self, cli, encoders, error);
  if (results == NULL)
    return false;
  const SenFindResultsInfo *info = sen_find_results_info (results);
  const SenGroundingParams grounding = {
    .question = question,
    .max_sources = (uint32_t) CLAMP (self->max_sources, 0, SEN_GROUNDING_MAX_SOURCES),
    .max_tokens = sen_session_info (runtime->session)->n_ctx / CONTEXT_SHARE,
    .count = count_tokens,
    .data = sen_model_tokenizer (runtime->model),
  };
  uint32_t n = info->n_shown > 0 ? MAX (info->n_shown, MIN (info->n, N_LEAST)) : 0;
  self->grounding = sen_grounding_new (info->results, n, &grounding);
  self->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return true;
}

char *
ask_files_prompt (const AskFiles *self)
{
  return sen_grounding_n_sources (self->grounding) > 0 ? sen_grounding_prompt (self->grounding) : NULL;
}

void
ask_files_set_sampling (SenGenerateParams *params, bool has_temperature)
{
  if (!has_temperature)
    params->sampling.temperature = 0.0f;
  if (params->max_tokens == 0)
    params->max_tokens = MAX_TOKENS;
  params->sampling.repetition_penalty = REPETITION_PENALTY;
  params->sampling.penalty_window = PENALTY_WINDOW;
}

void
ask_files_check (AskFiles *self, const char *answer)
{
  g_clear_pointer (&self->check, sen_grounding_check_free);
  self->check = sen_grounding_check (self->grounding, answer);
}

/* --- Telling -------------------------------------------------------------------------------------------------------------------------- */

static void
print_source (const SenSource *source, guint number, bool is_used)
{
  g_autofree char *shown = g_filename_display_name (source->path), *path = cli_clean_text (shown, true);
  printf ("%s[%u] %s", is_used ? "* " : "  ", number, path);
  if (source->page > 0)
    printf (", page %u", source->page);
  if (source->start_ms >= 0)
    printf (", %d:%02d", (int) (source->start_ms / 60000), (int) (source->start_ms / 1000 % 60));
  putchar ('\n');
  if (*source->instructions == '\0')
    return;
  g_autofree char *instructions = cli_clean_text (source->instructions, true);
  printf ("      It speaks to an assistant, which was left out: %s\n", instructions);
}

void
ask_files_print (const AskFiles *self, const char *answer)
{
  guint n = sen_grounding_n_sources (self->grounding);
  if (n > 0)
    puts ("\nSources (* says what is answered)");
  for (guint i = 0; i < n; i++)
    print_source (sen_grounding_source (self->grounding, i), i + 1, self->check->used >> i & 1);
  for (uint32_t i = 0; i < self->check->n && self->check->n_supported > 0; i++)
    {
      const SenGroundedSentence *sentence = &self->check->sentences[i];
      if (!sentence->is_claim || sentence->source >= 0)
        continue;
      g_autofree char *text = g_strndup (answer + sentence->start, sentence->end - sentence->start), *clean = cli_clean_text (text, true);
      printf ("Without a source: %s\n", clean);
    }
  if (n > 0 && self->check->is_not_found)
    puts ("None of the sources supports this answer.");
}

static void
append_number (GString *json, const char *name, double number)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_printf (json, ",\"%s\":%s", name, g_ascii_formatd (digits, sizeof digits, "%.4f", number));
}

static void
append_text (GString *json, const char *name, const char *text)
{
  g_string_append_printf (json, ",\"%s\":", name);
  sen_json_quote (json, text);
}

static void
append_source (GString *json, const SenSource *source, guint number, bool is_used)
{
  g_string_append_printf (json, "{\"number\":%u", number);
  append_text (json, "path", source->path);
  if (source->page > 0)
    g_string_append_printf (json, ",\"page\":%u", source->page);
  if (source->line > 0)
    g_string_append_printf (json, ",\"line\":%u", source->line);
  if (source->start_ms >= 0)
    {
      append_number (json, "start", (double) source->start_ms / 1000.0);
      append_number (json, "end", (double) source->end_ms / 1000.0);
    }
  append_number (json, "score", (double) source->score);
  append_number (json, "cosine", (double) source->cosine);
  append_text (json, "text", source->text);
  if (*source->instructions != '\0')
    append_text (json, "instructions", source->instructions);
  g_string_append_printf (json, ",\"tokens\":%u,\"used\":%s}", source->n_tokens, is_used ? "true" : "false");
}

static void
append_sentence (GString *json, const SenGroundedSentence *sentence)
{
  g_string_append_printf (json, "{\"start\":%u,\"end\":%u,\"claim\":%s", sentence->start, sentence->end, sentence->is_claim ? "true" : "false");
  append_number (json, "support", (double) sentence->support);
  if (sentence->source >= 0)
    g_string_append_printf (json, ",\"source\":%d", sentence->source + 1);
  g_string_append (json, ",\"cited\":[");
  for (guint i = 0, n = 0; i < SEN_GROUNDING_MAX_SOURCES; i++)
    if (sentence->cited >> i & 1)
      g_string_append_printf (json, "%s%u", n++ > 0 ? "," : "", i + 1);
  g_string_append (json, "]}");
}

void
ask_files_append_json (const AskFiles *self, GString *json)
{
  guint n = sen_grounding_n_sources (self->grounding);
  g_string_append_printf (json, ",\"found\":%s", self->check->is_not_found ? "false" : "true");
  append_text (json, "query", self->query);
  append_number (json, "search_seconds", self->seconds);
  g_string_append (json, ",\"sources\":[");
  for (guint i = 0; i < n; i++)
    {
      g_string_append (json, i > 0 ? "," : "");
      append_source (json, sen_grounding_source (self->grounding, i), i + 1, self->check->used >> i & 1);
    }
  g_string_append (json, "],\"sentences\":[");
  for (uint32_t i = 0; i < self->check->n; i++)
    {
      g_string_append (json, i > 0 ? "," : "");
      append_sentence (json, &self->check->sentences[i]);
    }
  g_string_append_c (json, ']');
}
