/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "runtime.h"
#include "sen-encoders.h"

#define MAX_STDIN_BYTES ((size_t) 64 << 20)

typedef struct {
  CliRuntime runtime;           /* its options */
  char      *contents[3];       /* by SenContentKind: text, or path */
} Embed;

/* Which one was given. False after an error. */
static bool
choose_content (SenCli *cli, Embed *embed, SenContentKind *kind)
{
  int n = 0;
  for (int i = 0; i < 3; i++)
    if (embed->contents[i] != NULL)
      {
        *kind = (SenContentKind) i;
        n++;
      }
  if (n != 1)
    sen_cli_usage (cli, n == 0 ? "Say what to embed: --text T, --image F or --audio F."
                               : "--text, --image and --audio exclude each other.");
  return n == 1;
}

static bool
read_text (Embed *embed, GError **error)
{
  char **text = &embed->contents[SEN_CONTENT_TEXT];
  if (*text != NULL && strcmp (*text, "-") == 0)
    {
      g_free (*text);
      *text = sen_cli_read_stdin (MAX_STDIN_BYTES, NULL, error);
    }
  return *text != NULL || embed->contents[SEN_CONTENT_PICTURE] != NULL || embed->contents[SEN_CONTENT_SOUND] != NULL;
}

static void
print_embedding (const float *embedding, size_t n, bool as_json)
{
  g_autoptr (GString) text = g_string_new (as_json ? "[" : NULL);
  for (size_t i = 0; i < n; i++)
    {
      sen_json_append_number (text, "%.9g", (double) embedding[i]);
      g_string_append (text, i + 1 < n ? as_json ? "," : "\n" : as_json ? "]" : "");
    }
  puts (text->str);
}

static bool
run (SenCli *cli, Embed *embed, SenContentKind kind, GError **error)
{
  const CliRuntime *options = &embed->runtime;
  const char *name = options->model_name != NULL ? options->model_name : sen_encoders_example (kind);
  g_autoptr (SenModelStore) store = read_text (embed, error) ? sen_cli_open_store (cli, NULL, error) : NULL;
  g_autofree char *model = store != NULL ? sen_model_store_find (store, name, error) : NULL;
  if (model == NULL)
    return false;
  SenDecode *decode = sen_decode_new (&(SenDecodeParams) { .helper = cli->debug.decode_helper });
  SenEncoders *encoders = sen_encoders_new (&(SenEncodersParams) {
    .debug = &cli->debug, .decode = decode, .store = store, .device = options->device_name,
    .n_threads = (uint32_t) MAX (options->n_threads, 0),
    .exact = options->exact,
  }, sen_encoding_cache_new_default ());
  sen_encoders_tell (encoders, sen_cli_gave_way, NULL);
  size_t n;
  uint32_t n_left_out;
  g_autofree float *embedding = sen_encoders_embed (encoders, model, kind, embed->contents[kind], &n, &n_left_out, cli->cancel, error);
  if (embedding != NULL)
    print_embedding (embedding, n, options->json);
  if (embedding != NULL && n_left_out > 0)
    g_printerr ("The text is longer than %s reads: its last %u tokens do not count.\n", name, n_left_out);
  sen_encoders_free (encoders);
  sen_decode_free (decode);
  return embedding != NULL;
}

int
sen_cli_embed (SenCli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Embed embed = { 0 };
  SenContentKind kind = SEN_CONTENT_TEXT;
  const GOptionEntry entries[] = {
    { "text", 0, 0, G_OPTION_ARG_STRING, &embed.contents[SEN_CONTENT_TEXT], "Embed this text; - reads it from standard input", "T" },
    { "image", 0, 0, G_OPTION_ARG_FILENAME, &embed.contents[SEN_CONTENT_PICTURE], "Embed this picture", "F" },
    { "audio", 0, 0, G_OPTION_ARG_FILENAME, &embed.contents[SEN_CONTENT_SOUND], "Embed the sound of this file", "F" },
    { "model", 'm', 0, G_OPTION_ARG_STRING, &embed.runtime.model_name, "Name from the catalogue, or path", "M" },
    CLI_DEVICE_OPTIONS (embed.runtime),
    { "json", 0, 0, G_OPTION_ARG_NONE, &embed.runtime.json, "Print a JSON array instead of a number a line", NULL },
    { NULL },
  };
  int status = SEN_CLI_USAGE;
  if (!sen_cli_parse (cli, NULL, "A vector of unit length for a text, a picture or a sound. What was embedded before comes from a cache.",
                      entries, &argc, &argv))
    status = SEN_CLI_USAGE;
  else if (argc > 1)
    status = sen_cli_usage (cli, "“%s” is not understood; say --text T, --image F or --audio F.", argv[1]);
  else if (choose_content (cli, &embed, &kind))
    status = run (cli, &embed, kind, &error) ? SEN_CLI_OK : sen_cli_fail (cli, error);
  for (int i = 0; i < 3; i++)
    g_free (embed.contents[i]);
  cli_runtime_clear (&embed.runtime);
  return status;
}
