/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "index-report.h"
#include "index-wait.h"
#include "runtime.h"

typedef struct {
  CliRuntime runtime;        /* its options */
  char      *path, *remove, *ignore_path, *ignore;
  int        max_mib;
  gboolean   watches, retries, is_quick, is_gentle, only_on_mains, takes_hidden, takes_mounts;
  GPtrArray *folders;        /* absolute, without links */
} Index;

/* --- Indexing ------------------------------------------------------------------------------------------------------------------------- */

/* Folders as the index has them; false with a sentence. */
static bool
find_folders (Index *self, char **names, GError **error)
{
  for (char **name = names; *name != NULL; name++)
    {
      char *folder = cli_index_folder (*name, error);
      if (folder == NULL)
        return false;
      g_ptr_array_add (self->folders, folder);
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
      g_string_append_c (text, '{');
      sen_json_add_text (text, "index", self->path);
      sen_json_add_number (text, "seconds", "%.3f", seconds);
      g_string_append_c (text, ',');
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
    .path = self->path, .program = SEN_VERSION, .ignore = self->ignore, .takes_hidden = self->takes_hidden,
    .takes_mounts = self->takes_mounts, .max_bytes = (uint64_t) MAX (self->max_mib, 0) << 20, .watches = self->watches,
    .is_quick = self->is_quick, .is_gentle = self->is_gentle, .only_on_mains = self->only_on_mains,
    .encoders = { .debug = &cli->debug, .store = store, .device = self->runtime.device_name,
                  .n_threads = (uint32_t) MAX (self->runtime.n_threads, 0), .exact = self->runtime.exact },
  };
  g_autoptr (SenIndexer) indexer = sen_indexer_new (&params);
  if (self->remove != NULL)
    sen_indexer_remove_root (indexer, self->remove);
  for (guint i = 0; i < self->folders->len; i++)
    sen_indexer_add_root (indexer, g_ptr_array_index (self->folders, i));
  if (self->retries)
    sen_indexer_retry (indexer);
  bool ok = cli_index_wait (indexer, cli, &(CliIndexWait) { .goes_on = self->watches }, error);
  g_clear_pointer (&indexer, sen_indexer_free);
  return ok && report (self, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC, error);
}

int
sen_cli_index (SenCli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Index self = { .folders = g_ptr_array_new_with_free_func (g_free) };
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
    CLI_DEVICE_OPTIONS (self.runtime),
    CLI_JSON_OPTION (self.runtime),
    { NULL },
  };
  int status = SEN_CLI_USAGE;
  if (sen_cli_parse (cli, "[DIR…]", "Folders that were indexed before are looked through again. A kill at any moment loses nothing that "
                     "was done; the same command goes on.", entries, &argc, &argv))
    {
      if (self.path == NULL)
        self.path = sen_index_default_path ();
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
  g_ptr_array_unref (self.folders);
  cli_runtime_clear (&self.runtime);
  return status;
}
