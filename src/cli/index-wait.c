/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "index-wait.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conversations.h"
#include "sen-clock.h"

/* How often progress is printed: on a terminal over the last line, elsewhere a line each. */
#define TERMINAL_MS 250
#define LINES_MS 10000
#define DISCREET_US G_USEC_PER_SEC
#define POLL_MS 100

typedef struct {
  bool            is_terminal, is_discreet, has_line;
  gint64          start, last_line;
  SenIndexerStage last_stage;
  GHashTable     *told;          /* notes */
} Teller;

static const char *const stages[] = {
  [SEN_INDEXER_OPENING] = "Opening", [SEN_INDEXER_LOOKING] = "Looking through folders", [SEN_INDEXER_READING] = "Reading",
  [SEN_INDEXER_EMBEDDING] = "Understanding", [SEN_INDEXER_DEEPENING] = "Looking and listening closely",
  [SEN_INDEXER_UP_TO_DATE] = "Up to date", [SEN_INDEXER_PAUSED] = "Paused", [SEN_INDEXER_ON_BATTERY] = "Waiting for mains",
  [SEN_INDEXER_ELSEWHERE] = "Waiting", [SEN_INDEXER_FAILED] = "Failed",
};

char *
cli_index_folder (const char *name, GError **error)
{
  char *path = realpath (name, NULL);
  int code = errno;
  g_autofree char *folder = g_strdup (path);
  free (path);
  if (folder != NULL && !g_file_test (folder, G_FILE_TEST_IS_DIR))
    code = ENOTDIR;
  else if (folder != NULL && access (folder, R_OK | X_OK) != 0)
    code = errno;
  else if (folder != NULL)
    return g_steal_pointer (&folder);
  g_autofree char *shown = g_filename_display_name (name), *clean = cli_clean_text (shown, true);
  g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "the folder %s can't be looked through: %s", clean, g_strerror (code));
  return NULL;
}

static void
clear_line (Teller *teller)
{
  if (teller->has_line)
    fputs ("\r\033[K", stderr);
  teller->has_line = false;
}

/* Each once. */
static void
print_notes (Teller *teller, const SenIndexProgress *progress)
{
  for (char **note = progress->notes; *note != NULL; note++)
    {
      if (!g_hash_table_add (teller->told, g_strdup (*note)))
        continue;
      g_autofree char *clean = cli_clean_text (*note, true);
      clear_line (teller);
      g_printerr ("%s\n", clean);
    }
}

static void
print_stage (Teller *teller, const SenIndexProgress *progress)
{
  g_autoptr (GString) line = g_string_new (stages[progress->stage]);
  if (progress->sentence != NULL)
    {
      g_autofree char *clean = cli_clean_text (progress->sentence, true);
      g_string_append_printf (line, ": %s", clean);
    }
  else if (progress->n_total > 0 && progress->stage <= SEN_INDEXER_DEEPENING)
    g_string_append_printf (line, " %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, progress->n_done, progress->n_total);
  else if (progress->n_done > 0 && progress->stage == SEN_INDEXER_LOOKING)
    g_string_append_printf (line, ", %" G_GUINT64_FORMAT " files", progress->n_done);
  if (progress->rate > 0.0 && progress->stage <= SEN_INDEXER_DEEPENING)
    g_string_append_printf (line, ", %.1f/s", progress->rate);
  if (progress->eta_s >= 0.0 && progress->stage <= SEN_INDEXER_DEEPENING)
    {
      g_autofree char *left = sen_clock_format ((uint64_t) MIN (progress->eta_s, 1e9));
      g_string_append_printf (line, ", %s left", left);
    }
  if (teller->is_terminal)
    fprintf (stderr, "\r%s\033[K", line->str);
  else
    fprintf (stderr, "%s\n", line->str);
  teller->has_line = teller->is_terminal;
  fflush (stderr);
}

static void
print_progress (Teller *teller, const SenIndexProgress *progress)
{
  gint64 now = g_get_monotonic_time ();
  print_notes (teller, progress);
  if (teller->is_discreet && (!teller->is_terminal || now - teller->start < DISCREET_US))
    return;
  if (progress->stage == teller->last_stage && now - teller->last_line < (teller->is_terminal ? TERMINAL_MS : LINES_MS) * 1000)
    return;
  teller->last_stage = progress->stage;
  teller->last_line = now;
  print_stage (teller, progress);
}

bool
cli_index_wait (SenIndexer *indexer, SenCli *cli, const CliIndexWait *wait, GError **error)
{
  bool is_over = false;
  g_auto (SenIndexProgress) progress = { 0 };
  Teller teller = {
    .is_terminal = isatty (STDERR_FILENO), .is_discreet = wait->is_discreet, .start = g_get_monotonic_time (),
    .last_stage = SEN_INDEXER_OPENING, .told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
  };
  while (!is_over && !sen_cancel_requested (cli->cancel))
    {
      is_over = sen_indexer_wait (indexer, POLL_MS) && !wait->goes_on;
      sen_index_progress_clear (&progress);
      sen_indexer_get_progress (indexer, &progress);
      print_progress (&teller, &progress);
      if (wait->goes_on && !is_over)
        g_usleep (50000);
    }
  clear_line (&teller);
  g_hash_table_unref (teller.told);
  if (!is_over)
    g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "indexing was stopped; the same command goes on with it");
  else if (progress.stage == SEN_INDEXER_FAILED || progress.stage == SEN_INDEXER_ELSEWHERE)
    g_set_error_literal (error, SEN_ERROR, SEN_ERROR_IO, progress.sentence);
  else
    return true;
  return false;
}
