/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conversations.h"

int
sen_cli_exit_code (const GError *error)
{
  if (error == NULL)
    return SEN_CLI_FAILURE;
  if (error->domain != SEN_ERROR)
    return SEN_CLI_FAILURE;
  switch ((SenError) error->code)
    {
    case SEN_ERROR_NOT_FOUND:
      return SEN_CLI_NOT_FOUND;
    case SEN_ERROR_DEVICE:
    case SEN_ERROR_DEVICE_MEMORY:
    case SEN_ERROR_DEVICE_LOST:
      return SEN_CLI_DEVICE;
    case SEN_ERROR_NETWORK:
      return SEN_CLI_NETWORK;
    case SEN_ERROR_IO:
    case SEN_ERROR_DISK_FULL:
      return SEN_CLI_DISK;
    case SEN_ERROR_FORMAT:
    case SEN_ERROR_CHECKSUM:
      return SEN_CLI_BAD_FILE;
    case SEN_ERROR_CANCELLED:
      return SEN_CLI_CANCELLED;
    case SEN_ERROR_INVALID:
      return SEN_CLI_USAGE;
    case SEN_ERROR_UNSUPPORTED:
    case SEN_ERROR_NO_MEMORY:
    case SEN_ERROR_CONTEXT_FULL:
    case SEN_ERROR_LIMIT:
    default:
      return SEN_CLI_FAILURE;
    }
}

int
sen_cli_fail (SenCli *cli, const GError *error)
{
  /* Names of files are in it, which may hold anything. */
  g_autofree char *clean = cli_clean_text (error != NULL ? error->message : "An unknown error happened.", true);
  fflush (stdout);
  g_printerr ("sensorium-cli: %s\n", clean);
  return sen_cli_exit_code (error);
}

void
sen_cli_gave_way (const char *why, gpointer unused)
{
  g_autofree char *clean = cli_clean_text (why, true);
  g_printerr ("sensorium-cli: %s. The CPU does it instead.\n", clean);
}

int
sen_cli_usage (SenCli *cli, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *said = g_strdup_vprintf (format, args), *sentence = cli_clean_text (said, true);
  va_end (args);
  g_printerr ("sensorium-cli: %s See sensorium-cli %s --help.\n", sentence, cli->command);
  return SEN_CLI_USAGE;
}

bool
sen_cli_parse (SenCli *cli, const char *arguments, const char *details, const GOptionEntry *entries,
               int *argc, char ***argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autofree char *program = g_strdup_printf ("sensorium-cli %s", cli->command);
  g_autoptr (GError) error = NULL;

  for (const SenCliCommand *command = sen_cli_commands (); command->name != NULL; command++)
    if (strcmp (command->name, cli->command) == 0)
      g_option_context_set_summary (context, command->summary);
  if (details != NULL)
    g_option_context_set_description (context, details);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  g_set_prgname (program);
  bool parsed = g_option_context_parse (context, argc, argv, &error);
  g_set_prgname ("sensorium-cli");
  if (!parsed)
    sen_cli_usage (cli, "%s.", error->message);
  /* "--" ends the options; what follows it is an argument even when it starts with a dash. */
  else if (*argc > 1 && strcmp ((*argv)[1], "--") == 0)
    {
      (*argv)[1] = (*argv)[0];
      (*argv)++;
      (*argc)--;
    }
  return parsed;
}

char *
sen_cli_read_stdin (size_t max_bytes, size_t *length, GError **error)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  uint8_t chunk[65536];

  for (;;)
    {
      ssize_t n = read (STDIN_FILENO, chunk, sizeof chunk);
      if (n < 0)
        {
          int saved = errno;
          g_set_error (error, SEN_ERROR, saved == EINTR ? SEN_ERROR_CANCELLED : SEN_ERROR_IO,
                       "Reading standard input failed: %s.", g_strerror (saved));
          return NULL;
        }
      if (n == 0)
        break;
      if ((size_t) n > max_bytes - text->len)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT,
                       "Standard input holds more than the %zu bytes this command takes; give it less.", max_bytes);
          return NULL;
        }
      g_byte_array_append (text, chunk, (guint) n);
    }
  if (length != NULL)
    *length = text->len;
  g_byte_array_append (text, (const uint8_t *) "", 1);
  return (char *) g_byte_array_free (g_steal_pointer (&text), FALSE);
}

SenModelStore *
sen_cli_open_store (SenCli *cli, const char *catalogue_path, GError **error)
{
  g_autoptr (SenCatalogue) catalogue = NULL;
  g_autofree char *text = NULL;
  size_t length;

  if (catalogue_path == NULL)
    catalogue = sen_catalogue_new_builtin (error);
  else
    {
      g_autoptr (GError) local = NULL;
      if (!g_file_get_contents (catalogue_path, &text, &length, &local))
        {
          g_set_error (error, SEN_ERROR,
                       g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? SEN_ERROR_NOT_FOUND : SEN_ERROR_IO,
                       "Reading the catalogue failed: %s.", local->message);
          return NULL;
        }
      catalogue = sen_catalogue_new_from_text (text, length, catalogue_path, error);
    }
  if (catalogue == NULL)
    return NULL;
  SenModelStoreParams params = {
    .models_dir = cli->debug.models_dir,
    .fake_free_disk_bytes = cli->debug.fake_free_disk_bytes,
  };
  return sen_model_store_new (catalogue, &params);
}

char *
sen_cli_find_model (SenCli *cli, const char *name, GError **error)
{
  g_autoptr (SenModelStore) store = sen_cli_open_store (cli, NULL, error);
  return store != NULL ? sen_model_store_find (store, name, error) : NULL;
}

#define MAX_PROMPT_BYTES (4u << 20)

char *
sen_cli_read_prompt (int argc, char **argv, GError **error)
{
  if (argc > 1 && !g_str_equal (argv[1], "-"))
    return g_strjoinv (" ", argv + 1);
  return sen_cli_read_stdin (MAX_PROMPT_BYTES, NULL, error);
}
