/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "ask-files.h"
#include "media.h"
#include "runtime.h"
#include "sen-grounding-answer.h"
#include "sen-prompt.h"

typedef struct {
  CliRuntime runtime;
  char      *system;
  double     temperature;
  gint64     seed;
  int        max_tokens;
  GString   *answer;
  GPtrArray *paths;       /* of what goes with the question */
  GArray    *sent;        /* SenPromptMedia */
  GPtrArray *texts;       /* what it says */
  SenMultimodalPrompt *prompt;
  double     encode_seconds;   /* until all media were embeddings */
  CliMedia   media;
  AskFiles   files;
  FileAnswer *found;      /* NULL: it is not answered from files */
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
print_media (GString *json, const Ask *ask)
{
  guint n = ask->media.attachments != NULL ? ask->media.attachments->len : 0;
  if (n == 0)
    return;
  g_string_append_printf (json, ",\"encode_seconds\":%.3f,\"media\":[", ask->encode_seconds);
  for (guint i = 0; i < n; i++)
    {
      const SenPromptMedia *media = &g_array_index (ask->sent, SenPromptMedia, i);
      const SenMultimodalTaken *taken = g_ptr_array_index (sen_multimodal_prompt_taken (ask->prompt), i);
      g_string_append (json, i > 0 ? ",{\"name\":" : "{\"name\":");
      sen_json_quote (json, media->name);
      g_string_append_printf (json, ",\"direct\":%s", taken->is_direct ? "true" : "false");
      if (taken->is_direct)
        sen_json_quote (g_string_append (json, ",\"by\":"), sen_multimodal_by (ask->runtime.multimodal, media->kind));
      if (taken->note != NULL)
        sen_json_quote (g_string_append (json, ",\"note\":"), taken->note);
      if (taken->detail != NULL)
        sen_json_quote (g_string_append (json, ",\"detail\":"), taken->detail);
      g_string_append_c (json, '}');
    }
  g_string_append_c (json, ']');
}

static void
print_json (const Ask *ask, const SenGenerateStats *stats)
{
  const SenSessionInfo *info = sen_session_info (ask->runtime.session);
  g_autoptr (GString) json = g_string_new ("{\"text\":");
  sen_json_quote (json, ask->answer->str);
  g_string_append_printf (json, ",\"prompt_tokens\":%u,\"reused_tokens\":%u,\"generated_tokens\":%u,\"stop\":\"%s\","
                          "\"load_seconds\":%.3f,\"prefill_seconds\":%.3f,\"decode_seconds\":%.3f,\"device\":",
                          stats->n_prompt_tokens, stats->n_reused_tokens, stats->n_generated_tokens,
                          stop_name (stats->stop_reason), ask->runtime.load_seconds, stats->prefill_seconds,
                          stats->decode_seconds);
  sen_json_quote (json, info->device);
  g_string_append (json, ",\"device_reason\":");
  sen_json_quote (json, info->reason);
  g_string_append (json, ",\"chat_template\":");
  sen_json_quote (json, sen_chat_template_description (sen_model_chat_template (ask->runtime.model)));
  print_media (json, ask);
  if (ask->found != NULL)
    file_answer_append_json (ask->found, json);
  puts (g_string_append_c (json, '}')->str);
}

/* Looks for what is asked in files: @text becomes the question with its sources. *@is_over: nothing was found, which is the answer. */
static bool
find (Ask *ask, SenCli *cli, char **text, bool *is_over, GError **error)
{
  *is_over = false;
  if (!ask_files_is_wanted (&ask->files))
    return true;
  if (ask_files_open (&ask->files, cli, &ask->runtime, error))
    ask->found = ask_files_find (&ask->files, cli, &ask->runtime, (const char *const *) text, 1, error);
  if (ask->found == NULL)
    return false;
  bool sees = ask->runtime.multimodal != NULL && sen_multimodal_by (ask->runtime.multimodal, SEN_ATTACHMENT_PICTURE) != NULL;
  const char *alone = sen_grounding_answer_alone (ask->found->grounding, sees);
  *is_over = alone != NULL;
  if (*is_over)
    {
      g_string_assign (ask->answer, alone);
      if (!ask->runtime.json)
        fputs (ask->answer->str, stdout);
      return true;
    }
  g_free (*text);
  *text = file_answer_prompt (ask->found);
  return true;
}

/* What goes with the question, as the model can take it; how it does is said on stderr. */
static bool
prepare (Ask *ask, SenCli *cli, const SenChatMessage *messages, size_t n_messages, GError **error)
{
  const SenMultimodalRequest request = {
    .messages = messages, .n_messages = n_messages, .media = (const SenPromptMedia *) ask->sent->data, .n_media = ask->sent->len,
    .n_ctx = sen_session_info (ask->runtime.session)->n_ctx,
    .n_words = ask->found != NULL ? sen_count_chat_tokens (ask->runtime.model, messages, n_messages, NULL) : 0,
  };
  gint64 start = g_get_monotonic_time ();
  ask->prompt = sen_multimodal_prepare (ask->runtime.multimodal, &request, cli->cancel, error);
  if (ask->prompt == NULL)
    return false;
  ask->encode_seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  cli_media_explain_taken (&ask->media, ask->runtime.multimodal, sen_multimodal_prompt_taken (ask->prompt));
  if (ask->found != NULL)
    file_answer_note_taken (ask->found, ask->sent, sen_multimodal_prompt_taken (ask->prompt));
  return true;
}

static bool
run (Ask *ask, SenCli *cli, int argc, char **argv, SenGenerateStats *stats, GError **error)
{
  g_autofree char *text = sen_cli_read_prompt (argc, argv, error);
  if (text == NULL)
    return false;
  bool is_over;
  if (!cli_runtime_open_multimodal (&ask->runtime, cli, error) || !find (ask, cli, &text, &is_over, error))
    return false;
  if (is_over)
    return true;
  if (ask->paths->len > 0 && !cli_media_add (&ask->media, cli, ask->runtime.multimodal, ask->paths, &ask->status))
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "stopped");
      return false;
    }

  const SenChatMessage messages[] = { { "system", ask->system }, { "user", text } };
  size_t first = ask->system == NULL ? 1 : 0, n = G_N_ELEMENTS (messages) - first;
  sen_prompt_add_media (ask->media.attachments, n - 1, ask->sent, ask->texts);
  if (ask->found != NULL)
    file_answer_add_media (ask->found, n - 1, ask->sent);
  if (!prepare (ask, cli, messages + first, n, error))
    return false;
  SenGenerateParams params = {
    .sampling = sen_sampling_default (),
    .max_tokens = (uint32_t) MAX (ask->max_tokens, 0),
    .on_token = on_token,
    .user_data = ask,
    .cancel = cli->cancel,
  };
  if (ask->temperature >= 0.0)
    params.sampling.temperature = (float) ask->temperature;
  params.sampling.seed = (uint64_t) ask->seed;
  if (ask_files_is_wanted (&ask->files))
    sen_grounding_set_sampling (&params.sampling, &params.max_tokens, ask->temperature >= 0.0);

  g_autoptr (GError) local_error = NULL;
  if (sen_multimodal_generate (ask->prompt, ask->runtime.session, &params, stats, &local_error))
    return true;
  if (!g_error_matches (local_error, SEN_ERROR, SEN_ERROR_DEVICE_LOST) || ask->answer->len > 0)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return false;
    }
  /* Nothing is on the screen yet, so a new device can simply do it all again. */
  return cli_runtime_reopen (&ask->runtime, cli, error)
         && sen_multimodal_generate (ask->prompt, ask->runtime.session, &params, stats, error);
}

int
sen_cli_ask (SenCli *cli, int argc, char **argv)
{
  Ask ask = { .temperature = -1.0, .seed = g_get_real_time () };
  SenGenerateStats stats = { 0 };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    CLI_RUNTIME_OPTIONS (ask.runtime),
    CLI_MEDIA_OPTIONS (ask.runtime),
    ASK_FILES_OPTIONS (ask.files),
    CLI_JSON_OPTION (ask.runtime),
    { "system", 's', 0, G_OPTION_ARG_STRING, &ask.system, "What the assistant is told before", "S" },
    { "temp", 0, 0, G_OPTION_ARG_DOUBLE, &ask.temperature, "Temperature; 0 always takes the likeliest token, as answers from files do",
      "T" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &ask.seed, "The same seed gives the same answer", "N" },
    { "max-tokens", 'n', 0, G_OPTION_ARG_INT, &ask.max_tokens, "Longest answer (default: what the context holds)", "N" },
    { NULL },
  };
  ask.paths = cli_media_take_options (&argc, argv);
  if (!sen_cli_parse (cli, "[PROMPT|-]", "--image F, --audio F and --video F go before the question in the order given, directly where the "
                      "model can take them, else in words. Without a prompt, or with -, it is read from standard input. "
                      "--json gives the text, token counts, timings and the device.",
                      entries, &argc, &argv))
    {
      g_ptr_array_unref (ask.paths);
      return SEN_CLI_USAGE;
    }

  ask.answer = g_string_new (NULL);
  ask.sent = g_array_new (FALSE, FALSE, sizeof (SenPromptMedia));
  ask.texts = g_ptr_array_new_with_free_func (g_free);
  int status = SEN_CLI_OK;
  if (!run (&ask, cli, argc, argv, &stats, &error))
    status = sen_cli_fail (cli, error);
  else
    {
      if (ask.found != NULL)
        file_answer_check (ask.found, ask.answer->str);
      if (ask.runtime.json)
        print_json (&ask, &stats);
      else
        putchar ('\n');
      fflush (stdout);
      if (ask.found != NULL && !ask.runtime.json)
        file_answer_print (ask.found, ask.answer->str);
      status = ask.status;
      if (stats.stop_reason == SEN_STOP_CANCELLED)
        status = SEN_CLI_CANCELLED;
      else if (stats.stop_reason == SEN_STOP_CONTEXT && !ask.runtime.json)
        g_printerr ("sensorium-cli: the answer stops here because the context of %u tokens is full.\n",
                    sen_session_info (ask.runtime.session)->n_ctx);
    }
  g_string_free (ask.answer, TRUE);
  g_clear_pointer (&ask.prompt, sen_multimodal_prompt_free);
  g_array_unref (ask.sent);
  g_ptr_array_unref (ask.texts);
  cli_media_clear (&ask.media);
  g_clear_pointer (&ask.found, file_answer_free);
  ask_files_clear (&ask.files);
  g_ptr_array_unref (ask.paths);
  g_free (ask.system);
  cli_runtime_clear (&ask.runtime);
  return status;
}
