/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "runtime.h"

#define MAX_TEXT_BYTES (64u << 20)

static bool
tokenize (CliRuntime *runtime, SenCli *cli, GError **error)
{
  size_t length;
  g_autofree char *text = NULL;
  if (!cli_runtime_open_model (runtime, cli, error) || (text = sen_cli_read_stdin (MAX_TEXT_BYTES, &length, error)) == NULL)
    return false;

  SenTokenizer *tokenizer = sen_model_tokenizer (runtime->model);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (tokenizer, text, (gssize) length, true, true, ids);
  if (runtime->json)
    printf ("[");
  for (guint i = 0; i < ids->len; i++)
    {
      SenToken id = g_array_index (ids, SenToken, i);
      if (runtime->json)
        printf ("%s%d", i > 0 ? "," : "", id);
      else
        printf ("%d\t%s\n", id, sen_tokenizer_token_text (tokenizer, id));
    }
  if (runtime->json)
    printf ("]\n");
  return true;
}

int
sen_cli_tokenize (SenCli *cli, int argc, char **argv)
{
  CliRuntime runtime = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_STRING, &runtime.model_name, "Name from the catalogue, or path of a GGUF file", "M" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &runtime.json, "Print a JSON array of ids", NULL },
    { NULL },
  };
  if (!sen_cli_parse (cli, NULL, "Reads text from stdin. Special tokens in it count, and BOS is added where the model wants it.",
                      entries, &argc, &argv))
    return SEN_CLI_USAGE;
  int status = tokenize (&runtime, cli, &error) ? SEN_CLI_OK : sen_cli_fail (cli, error);
  cli_runtime_clear (&runtime);
  return status;
}
