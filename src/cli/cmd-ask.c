/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "media.h"
#include "runtime.h"
#include "sen-prompt.h"

#define MAX_PROMPT_BYTES (4u << 20)

typedef struct {
  CliRuntime runtime;
  char      *system;
  double     temperature;
  gint64     seed;
  int        max_tokens;
  GString   *answer;
  GPtrArray *paths;       /* of what goes with the question */
  CliMedia   media;
  int        status;
} Ask;

static bool
on_token (const SenGeneratedToken *token, gpointer data)
{
  Ask *ask = data;
  g_string_append (ask->answer, token->text);
  if (!ask->runtime.json)
    {
      fputs (token->text, stdout);
      fflush (stdout);
    }
  return true;
}

static const char *
stop_name (SenStopReason reason)
{
  static const char *const names[] = { "end", "length", "stop", "context", "cancelled" };
  return names[reason];
}

static void
print_json (const Ask *ask, const SenGenerateStats *stats)
{
  const SenSessionInfo *info = sen_session_info (ask->runtime.session);
  g_autoptr (GString) json = g_string_new ("{\"text\":");
  cli_json_string (json, ask->answer->str);
  g_string_append_printf (json, ",\"prompt_tokens\":%u,\"reused_tokens\":%u,\"generated_tokens\":%u,\"stop\":\"%s\","
                          "\"load_seconds\":%.3f,\"prefill_seconds\":%.3f,\"decode_seconds\":%.3f,\"device\":",
                          stats->n_prompt_tokens, stats->n_reused_tokens, stats->n_generated_tokens,
                          stop_name (stats->stop_reason), ask->runtime.load_seconds, stats->prefill_seconds,
                          stats->decode_seconds);
  cli_json_string (json, info->device);
  g_string_append (json, ",\"device_reason\":");
  cli_json_string (json, info->reason);
  g_string_append (json, ",\"chat_template\":");
  cli_json_string (json, sen_chat_template_description (sen_model_chat_template (ask->runtime.model)));
  puts (g_string_append_c (json, '}')->str);
}

/* Everything after the options, or standard input for "-" and for nothing at all. */
static char *
read_prompt (int argc, char **argv, GError **error)
{
  if (argc > 1 && strcmp (argv[1], "-") != 0)
    return g_strjoinv (" ", argv + 1);
  return sen_cli_read_stdin (MAX_PROMPT_BYTES, NULL, error);
}

static bool
run (Ask *ask, SenCli *cli, int argc, char **argv, SenGenerateStats *stats, GError **error)
{
  g_autofree char *text = read_prompt (argc, argv, error);
  if (text == NULL)
    return false;
  if (ask->paths->len > 0 && !cli_media_add (&ask->media, cli, ask->paths, &ask->status))
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
      return false;
    }
  if (ask->paths->len > 0)
    cli_media_explain (&ask->media, 0);
  g_autofree char *prompt = sen_prompt_message (ask->media.attachments, text);
  cli_media_clear (&ask->media);
  if (!cli_runtime_open (&ask->runtime, cli, 0, 0, error))
    return false;

  const SenChatMessage messages[] = { { "system", ask->system }, { "user", prompt } };
  size_t first = ask->system == NULL ? 1 : 0;
  SenGenerateParams params = {
    .sampling = sen_sampling_default (),
    .max_tokens = (uint32_t) MAX (ask->max_tokens, 0),
    .on_token = on_token,
    .user_data = ask,
    .cancel = cli->cancel,
  };
  params.sampling.temperature = (float) ask->temperature;
  params.sampling.seed = (uint64_t) ask->seed;

  g_autoptr (GError) local_error = NULL;
  if (sen_generate_chat (ask->runtime.session, messages + first, G_N_ELEMENTS (messages) - first, &params, stats, &local_error))
    return true;
  if (!g_error_matches (local_error, SEN_ERROR, SEN_ERROR_DEVICE_LOST) || ask->answer->len > 0)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return false;
    }
  /* Nothing is on the screen yet, so a new device can simply do it all again. */
  return cli_runtime_reopen (&ask->runtime, cli, error)
         && sen_generate_chat (ask->runtime.session, messages + first, G_N_ELEMENTS (messages) - first, &params, stats, error);
}

int
sen_cli_ask (SenCli *cli, int argc, char **argv)
{
  Ask ask = { .temperature = sen_sampling_default ().temperature, .seed = g_get_real_time () };
  SenGenerateStats stats = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    CLI_RUNTIME_OPTIONS (ask.runtime),
    CLI_JSON_OPTION (ask.runtime),
    { "system", 's', 0, G_OPTION_ARG_STRING, &ask.system, "What the assistant is told before", "S" },
    { "temp", 0, 0, G_OPTION_ARG_DOUBLE, &ask.temperature, "Temperature; 0 always takes the likeliest token", "T" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &ask.seed, "The same seed gives the same answer", "N" },
    { "max-tokens", 'n', 0, G_OPTION_ARG_INT, &ask.max_tokens, "Longest answer (default: what the context holds)", "N" },
    { NULL },
  };
  ask.paths = cli_media_take_options (&argc, argv);
  if (!sen_cli_parse (cli, "[PROMPT|-]", "--image F, --audio F and --video F go before the question in the order given, in words. Without a "
                      "prompt, or with -, it is read from standard input. --json gives the text, token counts, timings and the device.",
                      entries, &argc, &argv))
    {
      g_ptr_array_unref (ask.paths);
      return SEN_CLI_USAGE;
    }

  ask.answer = g_string_new (NULL);
  int status = SEN_CLI_OK;
  if (!run (&ask, cli, argc, argv, &stats, &error))
    status = sen_cli_fail (cli, error);
  else
    {
      if (ask.runtime.json)
        print_json (&ask, &stats);
      else
        putchar ('\n');
      status = ask.status;
      if (stats.stop_reason == SEN_STOP_CANCELLED)
        status = SEN_CLI_CANCELLED;
      else if (stats.stop_reason == SEN_STOP_CONTEXT && !ask.runtime.json)
        g_printerr ("sensorium-cli: the answer stops here because the context of %u tokens is full.\n",
                    sen_session_info (ask.runtime.session)->n_ctx);
    }
  g_string_free (ask.answer, TRUE);
  g_ptr_array_unref (ask.paths);
  g_free (ask.system);
  cli_runtime_clear (&ask.runtime);
  return status;
}
