/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conversations.h"
#include "index-report.h"
#include "runtime.h"
#include "sen-clock.h"
#include "sen-indexer.h"

/* How often progress is printed: on a terminal over the last line, elsewhere a line each. */
#define TERMINAL_MS 250
#define LINES_MS 10000

typedef struct {
  CliRuntime runtime;        /* its options */
  char      *path, *remove, *ignore_path, *ignore;
  int        max_mib;
  gboolean   watches, retries, is_quick, is_gentle, only_on_mains, takes_hidden, takes_mounts;
  GPtrArray *folders;        /* absolute, without links */

  bool            is_terminal, has_line;
  SenIndexerStage last_stage;
  gint64          last_line;
  char           *last_notes;
} Index;

/* --- Progress ------------------------------------------------------------------------------------------------------------------------- */

static const char *const stages[] = {
  [SEN_INDEXER_OPENING] = "Opening", [SEN_INDEXER_LOOKING] = "Looking through folders", [SEN_INDEXER_READING] = "Reading",
  [SEN_INDEXER_EMBEDDING] = "Understanding", [SEN_INDEXER_DEEPENING] = "Looking and listening closely",
  [SEN_INDEXER_UP_TO_DATE] = "Up to date", [SEN_INDEXER_PAUSED] = "Paused", [SEN_INDEXER_ON_BATTERY] = "Waiting for mains",
  [SEN_INDEXER_ELSEWHERE] = "Waiting", [SEN_INDEXER_FAILED] = "Failed",
};

static void
clear_line (Index *self)
{
  if (self->has_line)
    fputs ("\r\033[K", stderr);
  self->has_line = false;
}

static void
print_progress (Index *self, const SenIndexProgress *progress)
{
  gint64 now = g_get_monotonic_time ();
  bool is_new = progress->stage != self->last_stage;
  g_autofree char *notes = g_strjoinv ("\n", progress->notes);
  if (g_strcmp0 (notes, self->last_notes) != 0)
    {
      clear_line (self);
      for (char **note = progress->notes; *note != NULL; note++)
        {
          g_autofree char *clean = cli_clean_text (*note, true);
          g_printerr ("%s\n", clean);
        }
      g_free (self->last_notes);
      self->last_notes = g_steal_pointer (&notes);
    }
  if (!is_new && now - self->last_line < (self->is_terminal ? TERMINAL_MS : LINES_MS) * 1000)
    return;
  self->last_stage = progress->stage;
  self->last_line = now;
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
  if (self->is_terminal)
    {
      fprintf (stderr, "\r%s\033[K", line->str);
      self->has_line = true;
    }
  else
    fprintf (stderr, "%s\n", line->str);
  fflush (stderr);
}

/* --- Indexing ------------------------------------------------------------------------------------------------------------------------- */

/* Folders as the index has them; false with a sentence. */
static bool
find_folders (Index *self, char **names, GError **error)
{
  for (char **name = names; *name != NULL; name++)
    {
      char *path = realpath (*name, NULL);
      int code = errno;
      if (path != NULL && !g_file_test (path, G_FILE_TEST_IS_DIR))
        {
          free (path);
          path = NULL;
          code = ENOTDIR;
        }
      if (path == NULL)
        {
          g_autofree char *shown = g_filename_display_name (*name);
          g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "the folder %s can't be looked through: %s", shown, g_strerror (code));
          return false;
        }
      g_ptr_array_add (self->folders, g_strdup (path));
      free (path);
    }
  return self->ignore_path == NULL || g_file_get_contents (self->ignore_path, &self->ignore, NULL, error);
}

static bool
report (const Index *self, double seconds, GError **error)
{
  g_autoptr (SenStore) store = sen_store_open (&(SenStoreParams) { .path = self->path }, error);
  g_autoptr (GString) text = g_string_new (NULL);
  if (store == NULL)
    return false;
  if (self->runtime.json)
    {
      char digits[G_ASCII_DTOSTR_BUF_SIZE];
      g_string_append (text, "{\"index\":");
      sen_json_quote (text, self->path);
      g_string_append_printf (text, ",\"seconds\":%s,", g_ascii_formatd (digits, sizeof digits, "%.3f", seconds));
      if (!index_report_json (store, text, error))
        return false;
      g_string_append (text, "}\n");
      fputs (text->str, stdout);
      return true;
    }
  SenStoreCounts counts;
  if (!sen_store_count (store, &counts, error))
    return false;
  printf ("%" G_GUINT64_FORMAT " files, %" G_GUINT64_FORMAT " passages", counts.n_files, counts.n_chunks);
  if (counts.n_failed > 0)
    printf (", %" G_GUINT64_FORMAT " could not be read:", counts.n_failed);
  puts ("");
  if (!index_report_failures (store, text, error))
    return false;
  fputs (text->str, stdout);
  return true;
}

static bool
run (SenCli *cli, Index *self, GError **error)
{
  g_autoptr (SenModelStore) store = sen_cli_open_store (cli, NULL, error);
  if (store == NULL)
    return false;
  gint64 start = g_get_monotonic_time ();
  const SenIndexerParams params = {
    .path = self->path, .ignore = self->ignore, .takes_hidden = self->takes_hidden, .takes_mounts = self->takes_mounts,
    .max_bytes = (uint64_t) MAX (self->max_mib, 0) << 20, .watches = self->watches, .is_quick = self->is_quick,
    .is_gentle = self->is_gentle, .only_on_mains = self->only_on_mains,
    .encoders = { .debug = &cli->debug, .store = store, .device = self->runtime.device_name,
                  .n_threads = (uint32_t) MAX (self->runtime.n_threads, 0), .exact = self->runtime.exact },
  };
  SenIndexer *indexer = sen_indexer_new (&params);
  if (self->remove != NULL)
    sen_indexer_remove_root (indexer, self->remove);
  for (guint i = 0; i < self->folders->len; i++)
    sen_indexer_add_root (indexer, g_ptr_array_index (self->folders, i));
  if (self->retries)
    sen_indexer_retry (indexer);
  bool is_over = false;
  g_auto (SenIndexProgress) progress = { 0 };
  while (!is_over && !sen_cancel_requested (cli->cancel))
    {
      is_over = sen_indexer_wait (indexer, 100) && !self->watches;
      sen_index_progress_clear (&progress);
      sen_indexer_get_progress (indexer, &progress);
      print_progress (self, &progress);
      if (self->watches && !is_over)
        g_usleep (50000);
    }
  clear_line (self);
  sen_indexer_free (indexer);
  if (sen_cancel_requested (cli->cancel))
    g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "indexing was stopped; the same command goes on with it");
  else if (progress.stage == SEN_INDEXER_FAILED || progress.stage == SEN_INDEXER_ELSEWHERE)
    g_set_error_literal (error, SEN_ERROR, SEN_ERROR_IO, progress.sentence);
  else
    return report (self, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC, error);
  return false;
}

int
sen_cli_index (SenCli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Index self = { .last_stage = SEN_INDEXER_OPENING, .folders = g_ptr_array_new_with_free_func (g_free) };
  const GOptionEntry entries[] = {
    { "db", 0, 0, G_OPTION_ARG_FILENAME, &self.path, "The index (default: the user's)", "FILE" },
    { "watch", 0, 0, G_OPTION_ARG_NONE, &self.watches, "Go on, and take in what changes", NULL },
    { "remove", 0, 0, G_OPTION_ARG_FILENAME, &self.remove, "Take a folder out of the index", "DIR" },
    { "retry", 0, 0, G_OPTION_ARG_NONE, &self.retries, "Read once more what could not be read", NULL },
    { "quick", 0, 0, G_OPTION_ARG_NONE, &self.is_quick, "No text in pictures, no transcripts: they stay to do", NULL },
    { "gentle", 0, 0, G_OPTION_ARG_NONE, &self.is_gentle, "At the lowest priority", NULL },
    { "mains", 0, 0, G_OPTION_ARG_NONE, &self.only_on_mains, "Rest while on battery", NULL },
    { "hidden", 0, 0, G_OPTION_ARG_NONE, &self.takes_hidden, "Take hidden files too", NULL },
    { "mounts", 0, 0, G_OPTION_ARG_NONE, &self.takes_mounts, "Take file systems too that are mounted below", NULL },
    { "ignore", 0, 0, G_OPTION_ARG_FILENAME, &self.ignore_path, "What to leave out, as in .gitignore", "FILE" },
    { "max-size", 0, 0, G_OPTION_ARG_INT, &self.max_mib, "Of what is larger, the name alone", "MIB" },
    { "device", 'd', 0, G_OPTION_ARG_STRING, &self.runtime.device_name, "auto, cpu, vulkan or vulkan:N", "D" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &self.runtime.n_threads, "Threads of the CPU (default: all it may use)", "N" },
    { "exact", 0, 0, G_OPTION_ARG_NONE, &self.runtime.exact, "f32 throughout: slower, for comparing", NULL },
    CLI_JSON_OPTION (self.runtime),
    { NULL },
  };
  int status = SEN_CLI_USAGE;
  if (sen_cli_parse (cli, "[DIR…]", "Folders that were indexed before are looked through again. A kill at any moment loses nothing that "
                     "was done; the same command goes on.", entries, &argc, &argv))
    {
      if (self.path == NULL)
        self.path = sen_index_default_path ();
      self.is_terminal = isatty (STDERR_FILENO);
      if (self.remove != NULL)
        {
          /* It may be gone. */
          g_autofree char *path = g_canonicalize_filename (self.remove, NULL);
          char *real = realpath (path, NULL);
          g_free (self.remove);
          self.remove = g_strdup (real != NULL ? real : path);
          free (real);
        }
      status = find_folders (&self, argv + 1, &error) && run (cli, &self, &error) ? SEN_CLI_OK : sen_cli_fail (cli, error);
    }
  g_free (self.path);
  g_free (self.remove);
  g_free (self.ignore_path);
  g_free (self.ignore);
  g_free (self.last_notes);
  g_ptr_array_unref (self.folders);
  cli_runtime_clear (&self.runtime);
  return status;
}
