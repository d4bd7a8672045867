/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"
#include "sen-encoders.h"

typedef struct {
  CliRuntime runtime;      /* its options */
  char      *image, *audio;
  char      *labels;       /* as they were given */
} Match;

typedef struct {
  const char *label;
  SenMatch    match;
} Row;

static int
compare_rows (const void *a, const void *b)
{
  float x = ((const Row *) a)->match.cosine, y = ((const Row *) b)->match.cosine;
  return (x < y) - (x > y);
}

/* The best label first. */
static void
print_rows (const Row *rows, size_t n, const char *model, bool as_json)
{
  g_autoptr (GString) text = g_string_new (NULL);
  if (as_json)
    {
      g_string_append (text, "{\"model\":");
      sen_json_quote (text, model);
      g_string_append (text, ",\"matches\":[");
    }
  for (size_t i = 0; i < n; i++)
    if (as_json)
      {
        g_string_append (text, i > 0 ? ",{\"label\":" : "{\"label\":");
        sen_json_quote (text, rows[i].label);
        sen_json_add_number (text, "probability", "%.6f", (double) rows[i].match.probability);
        sen_json_add_number (text, "cosine", "%.6f", (double) rows[i].match.cosine);
        g_string_append_c (text, '}');
      }
    else
      {
        sen_number_append (text, "%5.1f", 100.0 * (double) rows[i].match.probability);
        sen_number_append (g_string_append (text, " %  "), "%6.3f", (double) rows[i].match.cosine);
        g_string_append_printf (text, "  %s%s", rows[i].label, i + 1 < n ? "\n" : "");
      }
  puts (as_json ? g_string_append (text, "]}")->str : text->str);
}

static bool
run (SenCli *cli, const Match *match, char **labels, GError **error)
{
  const CliRuntime *options = &match->runtime;
  SenContentKind kind = match->image != NULL ? SEN_CONTENT_PICTURE : SEN_CONTENT_SOUND;
  const char *name = options->model_name != NULL ? options->model_name : sen_encoders_matching_example (kind);
  g_autoptr (SenModelStore) store = sen_cli_open_store (cli, NULL, error);
  g_autofree char *model = store != NULL ? sen_model_store_find (store, name, error) : NULL;
  if (model == NULL)
    return false;
  size_t n = g_strv_length (labels);
  g_autofree SenMatch *matches = g_new (SenMatch, n);
  SenDecode *decode = sen_decode_new (&(SenDecodeParams) { .helper = cli->debug.decode_helper });
  SenEncoders *encoders = sen_encoders_new (&(SenEncodersParams) {
    .debug = &cli->debug, .decode = decode, .store = store, .device = options->device_name,
    .n_threads = (uint32_t) MAX (options->n_threads, 0), .exact = options->exact,
  }, sen_encoding_cache_new_default ());
  sen_encoders_tell (encoders, sen_cli_gave_way, NULL);
  bool ok = sen_encoders_match (encoders, model, kind, match->image != NULL ? match->image : match->audio, (const char *const *) labels,
                                matches, NULL, cli->cancel, error);
  sen_encoders_free (encoders);
  sen_decode_free (decode);
  if (!ok)
    return false;
  g_autofree Row *rows = g_new (Row, n);
  for (size_t i = 0; i < n; i++)
    rows[i] = (Row) { labels[i], matches[i] };
  qsort (rows, n, sizeof *rows, compare_rows);
  print_rows (rows, n, name, options->json);
  return true;
}

int
sen_cli_match (SenCli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Match match = { 0 };
  const GOptionEntry entries[] = {
    { "image", 0, 0, G_OPTION_ARG_FILENAME, &match.image, "The picture", "F" },
    { "audio", 0, 0, G_OPTION_ARG_FILENAME, &match.audio, "The sound of this file", "F" },
    { "labels", 0, 0, G_OPTION_ARG_STRING, &match.labels, "Words or phrases, between commas", "A,B,C" },
    { "model", 'm', 0, G_OPTION_ARG_STRING, &match.runtime.model_name, "A matching connector: name from the catalogue, or path", "M" },
    CLI_DEVICE_OPTIONS (match.runtime),
    CLI_JSON_OPTION (match.runtime),
    { NULL },
  };
  int status = SEN_CLI_USAGE;
  if (!sen_cli_parse (cli, NULL, "How well each label fits, the best first: its share among them, and the cosine.", entries, &argc, &argv))
    status = SEN_CLI_USAGE;
  else if (argc > 1)
    status = sen_cli_usage (cli, "“%s” is not understood; labels stand between commas after --labels.", argv[1]);
  else if ((match.image == NULL) == (match.audio == NULL))
    status = sen_cli_usage (cli, match.image == NULL ? "Say what to match: --image F or --audio F."
                                                     : "--image and --audio exclude each other.");
  else if (match.labels == NULL)
    status = sen_cli_usage (cli, "Say with what: --labels A,B,C.");
  else
    {
      g_auto (GStrv) labels = g_strsplit (match.labels, ",", -1);
      for (char **label = labels; *label != NULL; label++)
        g_strstrip (*label);
      status = run (cli, &match, labels, &error) ? SEN_CLI_OK : sen_cli_fail (cli, error);
    }
  g_free (match.image);
  g_free (match.audio);
  g_free (match.labels);
  cli_runtime_clear (&match.runtime);
  return status;
}
