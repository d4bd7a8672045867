/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "media.h"
#include "runtime.h"
#include "sen-prompt.h"

#define MAX_LINE_BYTES (1u << 20)

static const char help[] =
  "/attach FILE… goes with your next message, in words; /attach shows what does, /detach takes all back\n"
  "/new begins anew   /system TEXT sets what the assistant is told   /again answers once more   /info   /quit\n"
  "A line that ends in \\ goes on in the next. Ctrl+C stops an answer; Ctrl+D leaves.\n";

typedef struct {
  CliRuntime runtime;
  char      *system;
  double     temperature;
  GPtrArray *turns;       /* user and assistant texts in turn */
  GString   *answer;
  CliMedia   media;       /* with what goes with the next message */
  bool       is_terminal;
} Chat;

/* --- Reading ---------------------------------------------------------------------------------------------------------------------- */

/* One message, which may span lines; NULL at the end of input. (transfer full) */
static char *
read_message (Chat *chat)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (;;)
    {
      char buffer[4096];
      if (chat->is_terminal)
        fputs (text->len == 0 ? "\n\033[1m›\033[0m " : "  ", stderr);
      do
        {
          if (fgets (buffer, sizeof buffer, stdin) == NULL)
            {
              clearerr (stdin);
              return text->len > 0 ? g_strdup (text->str) : NULL;
            }
          g_string_append (text, buffer);
        }
      while (text->len > 0 && text->str[text->len - 1] != '\n' && text->len < MAX_LINE_BYTES);
      g_strchomp (text->str);
      text->len = strlen (text->str);
      if (text->len == 0 || text->str[text->len - 1] != '\\' || text->len >= MAX_LINE_BYTES)
        return g_strdup (text->str);
      g_string_overwrite (text, text->len - 1, "\n");
    }
}

/* --- Answering -------------------------------------------------------------------------------------------------------------------- */

static bool
on_token (const SenGeneratedToken *token, gpointer data)
{
  Chat *chat = data;
  g_string_append (chat->answer, token->text);
  fputs (token->text, stdout);
  fflush (stdout);
  return true;
}

static bool
answer (Chat *chat, SenCli *cli, GError **error)
{
  g_autoptr (GArray) messages = g_array_new (FALSE, FALSE, sizeof (SenChatMessage));
  if (chat->system != NULL)
    {
      SenChatMessage message = { "system", chat->system };
      g_array_append_val (messages, message);
    }
  for (guint i = 0; i < chat->turns->len; i++)
    {
      SenChatMessage message = { i % 2 == 0 ? "user" : "assistant", g_ptr_array_index (chat->turns, i) };
      g_array_append_val (messages, message);
    }

  SenGenerateParams params = {
    .sampling = sen_sampling_default (),
    .on_token = on_token,
    .user_data = chat,
    .cancel = cli->cancel,
  };
  SenGenerateStats stats = { 0 };
  params.sampling.temperature = (float) chat->temperature;
  params.sampling.seed = (uint64_t) g_get_real_time ();
  g_string_truncate (chat->answer, 0);
  bool ok = sen_generate_chat (chat->runtime.session, (const SenChatMessage *) messages->data, messages->len, &params, &stats,
                               error);
  putchar ('\n');
  fflush (stdout);
  sen_cli_cancel_reset (cli);
  if (ok && chat->is_terminal && stats.decode_seconds > 0.0)
    fprintf (stderr, "\033[2m%.0f tokens/s · %u of %u tokens%s\033[0m\n", stats.n_generated_tokens / stats.decode_seconds,
             sen_session_n_past (chat->runtime.session), sen_session_info (chat->runtime.session)->n_ctx,
             stats.stop_reason == SEN_STOP_CANCELLED ? " · stopped" : stats.stop_reason == SEN_STOP_CONTEXT ? " · context full" : "");
  return ok;
}

/* Adds the answer to the user's last words, or takes them back when there is none. */
static void
take_turn (Chat *chat, SenCli *cli)
{
  g_autoptr (GError) error = NULL;
  bool ok = answer (chat, cli, &error);
  if (!ok && g_error_matches (error, SEN_ERROR, SEN_ERROR_DEVICE_LOST) && chat->answer->len == 0)
    {
      g_clear_error (&error);
      ok = cli_runtime_reopen (&chat->runtime, cli, &error) && answer (chat, cli, &error);
    }
  if (!ok)
    sen_cli_fail (cli, error);
  if (!ok && g_error_matches (error, SEN_ERROR, SEN_ERROR_CONTEXT_FULL))
    fputs ("Say /new to begin anew.\n", stderr);
  if (ok)
    g_ptr_array_add (chat->turns, g_strdup (chat->answer->str));
  else
    g_ptr_array_set_size (chat->turns, (int) chat->turns->len - 1);
}

/* --- Commands ---------------------------------------------------------------------------------------------------------------------- */

static void
list_attached (Chat *chat)
{
  if (chat->media.attachments == NULL || chat->media.attachments->len == 0)
    fputs ("Nothing is attached; /attach FILE does it.\n", stderr);
  else
    cli_media_explain (&chat->media, 0);
}

/* @names as a shell reads them, which is how terminals paste a dropped file. What cannot be understood stays behind. */
static void
attach (Chat *chat, SenCli *cli, const char *names)
{
  g_auto (GStrv) words = NULL;
  int status = SEN_CLI_OK;
  if (!g_shell_parse_argv (names, NULL, &words, NULL))
    {
      fputs ("That is no list of files; put a name with blanks or quotes into quotes.\n", stderr);
      return;
    }
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  for (char **word = words; *word != NULL; word++)
    g_ptr_array_add (paths, g_str_has_prefix (*word, "~/") ? g_build_filename (g_get_home_dir (), *word + 2, NULL) : g_strdup (*word));
  guint first = chat->media.attachments != NULL ? chat->media.attachments->len : 0;
  if (!cli_media_add (&chat->media, cli, paths, &status))
    sen_cli_cancel_reset (cli);
  for (guint i = chat->media.attachments->len; i > first; i--)
    if (sen_attachment_facts (g_ptr_array_index (chat->media.attachments, i - 1))->words == NULL)
      g_ptr_array_remove_index (chat->media.attachments, i - 1);
  cli_media_explain (&chat->media, first);
}

/* False to leave. */
static bool
obey (Chat *chat, SenCli *cli, const char *line)
{
  const SenSessionInfo *info = sen_session_info (chat->runtime.session);
  if (strcmp (line, "/quit") == 0 || strcmp (line, "/exit") == 0)
    return false;
  if (strcmp (line, "/new") == 0)
    g_ptr_array_set_size (chat->turns, 0);
  else if (strcmp (line, "/again") == 0 && chat->turns->len >= 2)
    {
      g_ptr_array_set_size (chat->turns, (int) chat->turns->len - 1);
      take_turn (chat, cli);
    }
  else if (g_str_has_prefix (line, "/system "))
    {
      g_free (chat->system);
      chat->system = g_strstrip (g_strdup (line + strlen ("/system ")));
    }
  else if (strcmp (line, "/attach") == 0)
    list_attached (chat);
  else if (g_str_has_prefix (line, "/attach "))
    attach (chat, cli, line + strlen ("/attach "));
  else if (strcmp (line, "/detach") == 0 && chat->media.attachments != NULL)
    g_ptr_array_set_size (chat->media.attachments, 0);
  else if (strcmp (line, "/info") == 0)
    fprintf (stderr, "%s on %s (%s); template: %s; %u of %u tokens\n", sen_model_info (chat->runtime.model)->name, info->device,
             info->reason, sen_chat_template_description (sen_model_chat_template (chat->runtime.model)),
             sen_session_n_past (chat->runtime.session), info->n_ctx);
  else
    fputs (help, stderr);
  return true;
}

static void
converse (Chat *chat, SenCli *cli)
{
  if (chat->is_terminal)
    fprintf (stderr, "%s on %s. /help for help.\n", sen_model_info (chat->runtime.model)->name,
             sen_session_info (chat->runtime.session)->device);
  for (;;)
    {
      g_autofree char *line = read_message (chat);
      if (line == NULL)
        {
          /* Ctrl+C at the prompt clears the line; a second one, or Ctrl+D, leaves. */
          if (!sen_cancel_requested (cli->cancel))
            break;
          sen_cli_cancel_reset (cli);
          continue;
        }
      if (*line == '\0')
        continue;
      if (*line == '/')
        {
          if (!obey (chat, cli, line))
            break;
          continue;
        }
      g_ptr_array_add (chat->turns, sen_prompt_message (chat->media.attachments, line));
      if (chat->media.attachments != NULL)
        g_ptr_array_set_size (chat->media.attachments, 0);
      take_turn (chat, cli);
    }
}

int
sen_cli_chat (SenCli *cli, int argc, char **argv)
{
  Chat chat = { .temperature = sen_sampling_default ().temperature };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    CLI_RUNTIME_OPTIONS (chat.runtime),
    { "system", 's', 0, G_OPTION_ARG_STRING, &chat.system, "What the assistant is told before", "S" },
    { "temp", 0, 0, G_OPTION_ARG_DOUBLE, &chat.temperature, "Temperature; 0 always takes the likeliest token", "T" },
    { NULL },
  };
  if (!sen_cli_parse (cli, NULL, help, entries, &argc, &argv))
    return SEN_CLI_USAGE;

  int status = SEN_CLI_OK;
  chat.turns = g_ptr_array_new_with_free_func (g_free);
  chat.answer = g_string_new (NULL);
  chat.is_terminal = isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
  if (cli_runtime_open (&chat.runtime, cli, 0, 0, &error))
    converse (&chat, cli);
  else
    status = sen_cli_fail (cli, error);
  cli_media_clear (&chat.media);
  g_ptr_array_unref (chat.turns);
  g_string_free (chat.answer, TRUE);
  g_free (chat.system);
  cli_runtime_clear (&chat.runtime);
  return status;
}
