/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chat.h"
#include "sen-grounding-turns.h"
#include "sen-grounding-answer.h"
#include "sen-prompt.h"
#include "word-wrap.h"

#define MAX_LINE_BYTES (1u << 20)
/* Messages that are shown of a conversation that is gone on with. */
#define N_SHOWN 6
/* Reading that takes longer is told of. */
#define QUIET_US (G_USEC_PER_SEC / 2)

/* --- Reading ---------------------------------------------------------------------------------------------------------------------- */

/* One message from a pipe, or from a terminal that cannot be edited on. It may span lines. NULL at the end of input. (transfer full) */
static char *
read_plain (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (;;)
    {
      char buffer[4096];
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
        return g_utf8_make_valid (text->str, -1);
      g_string_overwrite (text, text->len - 1, "\n");
    }
}

/* "" for nothing to do; NULL to leave. (transfer full) */
static char *
read_message (Chat *chat)
{
  if (chat->editor == NULL)
    return read_plain ();
  LineEnd end;
  fputs ("\n", stderr);
  g_autofree char *text = line_editor_read (chat->editor, chat->initial, &end);
  g_clear_pointer (&chat->initial, g_free);
  if (end == LINE_DONE)
    return g_strdup (g_strstrip (text));
  g_clear_object (&chat->edited);
  if (end == LINE_END)
    return NULL;
  fputs ("Ctrl+D leaves.\n", stderr);
  return g_strdup ("");
}

/* --- Answering -------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  Chat       *chat;
  SenMessage *message;
  WordWrap   *wrap;            /* NULL: it does not go to a terminal */
  gint64      start;
  bool        goes_on;         /* with what stands there */
  bool        tells_progress;
} Answer;

static void
clear_progress (Answer *answer)
{
  if (answer->tells_progress)
    fputs ("\r\033[K", stderr);
  answer->tells_progress = false;
}

static void
on_prefill (uint32_t n_done, uint32_t n_total, gpointer data)
{
  Answer *answer = data;
  if (!answer->chat->is_terminal || n_total == 0 || g_get_monotonic_time () - answer->start < QUIET_US)
    return;
  fprintf (stderr, "\r\033[2mReading… %u %%\033[0m\033[K", 100 * n_done / n_total);
  answer->tells_progress = true;
}

static void
write_text (Answer *answer, const char *text)
{
  clear_progress (answer);
  sen_message_append (answer->message, text);
  /* What a model writes is anybody's words: it shall not steer the terminal. */
  if (answer->wrap != NULL)
    {
      g_autofree char *clean = cli_clean_text (text, false);
      word_wrap_add (answer->wrap, clean, word_wrap_columns (stdout));
    }
  else
    fputs (text, stdout);
  fflush (stdout);
  /* The history saves what streams in from the main context. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static bool
on_token (const SenGeneratedToken *token, gpointer data)
{
  write_text (data, token->text);
  return true;
}

/* Draws the line where the model's memory begins now, and keeps the place for the next question. */
static void
leave_out (Chat *chat, SenMultimodalPrompt *prompt)
{
  uint32_t n = sen_multimodal_prompt_leave_out (prompt, chat->runtime.model, sen_session_info (chat->runtime.session)->n_ctx);
  guint n_all = g_list_model_get_n_items (G_LIST_MODEL (chat->conversation)), at = 0;
  for (guint i = 0; chat->first != NULL && i < n_all; i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (chat->conversation), i);
      if (message == chat->first)
        at = i;
    }
  g_clear_object (&chat->first);
  if (at + n < n_all)
    chat->first = g_list_model_get_item (G_LIST_MODEL (chat->conversation), at + n);
  if (n > 0)
    fprintf (stderr, "── The context is full: the model no longer sees the %u messages at the beginning. ──\n", at + n);
}

/* Looks for what was asked in files. Where nothing is found that is the answer, and *@is_over. */
static bool
find (Chat *chat, Answer *answer, bool *is_over, GError **error)
{
  *is_over = false;
  bool is_asked = sen_grounding_turns_question (chat->conversation, answer->message) != NULL;
  if (!is_asked || answer->goes_on || !ask_files_is_wanted (&chat->files))
    return true;
  if (!chat_find (chat, answer->message, error))
    return false;
  bool sees = chat->runtime.multimodal != NULL && sen_multimodal_by (chat->runtime.multimodal, SEN_ATTACHMENT_PICTURE) != NULL;
  const char *alone = sen_grounding_answer_alone (chat_sources (chat, answer->message)->grounding, sees);
  *is_over = alone != NULL;
  if (*is_over)
    write_text (answer, alone);
  return true;
}

static bool
generate (Chat *chat, Answer *answer, SenGenerateStats *stats, GError **error)
{
  bool is_over;
  if (!find (chat, answer, &is_over, error))
    return false;
  if (is_over)
    return true;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) media = g_array_new (FALSE, FALSE, sizeof (SenPromptMedia));
  const char *own = sen_conversation_system (chat->conversation);
  sen_grounding_turns_prepare (chat->conversation, answer->message, sen_session_info (chat->runtime.session)->n_ctx);
  g_autoptr (GArray) messages = sen_prompt_conversation (chat->conversation, own != NULL ? own : chat->system, chat->first,
                                                         answer->message, media, texts);
  g_autoptr (GArray) pictures = sen_grounding_show (chat->conversation, messages, media);
  SenGenerateParams params = {
    .sampling = sen_sampling_default (),
    .on_token = on_token,
    .on_prefill = on_prefill,
    .user_data = answer,
    .cancel = chat->cli->cancel,
  };
  if (chat->temperature >= 0.0)
    params.sampling.temperature = (float) chat->temperature;
  params.sampling.seed = (uint64_t) g_get_real_time ();
  if (chat_sources (chat, answer->message) != NULL)
    sen_grounding_set_sampling (&params.sampling, &params.max_tokens, chat->temperature >= 0.0);
  const SenChatMessage *sent = (const SenChatMessage *) messages->data;
  const SenMultimodalRequest request = {
    .messages = sent, .n_messages = messages->len, .media = (const SenPromptMedia *) media->data, .n_media = media->len,
    .n_ctx = sen_session_info (chat->runtime.session)->n_ctx,
    .n_words = pictures->len > 0 ? sen_count_chat_tokens (chat->runtime.model, sent, messages->len, NULL) : 0,
  };
  g_autoptr (SenMultimodalPrompt) prompt = sen_multimodal_prepare (chat->runtime.multimodal, &request, chat->cli->cancel, error);
  if (prompt == NULL)
    return false;
  chat_note_taken (chat, answer->message, pictures, sen_multimodal_prompt_taken (prompt));
  g_autoptr (GError) failure = NULL;
  gsize n_before = sen_message_length (answer->message);
  for (int attempt = 0;; attempt++)
    {
      g_clear_error (&failure);
      if (sen_multimodal_generate (prompt, chat->runtime.session, &params, stats, &failure))
        return true;
      if (attempt > 0 || sen_message_length (answer->message) > n_before)
        break;
      if (g_error_matches (failure, SEN_ERROR, SEN_ERROR_CONTEXT_FULL))
        leave_out (chat, prompt);
      else if (!g_error_matches (failure, SEN_ERROR, SEN_ERROR_DEVICE_LOST) || !cli_runtime_reopen (&chat->runtime, chat->cli, error))
        break;
    }
  if (error == NULL || *error == NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return false;
}

static void
print_figures (Chat *chat, const SenGenerateStats *stats)
{
  if (chat->is_terminal && stats->decode_seconds > 0.0)
    fprintf (stderr, "\033[2m%.0f tokens/s · %u of %u tokens%s\033[0m\n", stats->n_generated_tokens / stats->decode_seconds,
             sen_session_n_past (chat->runtime.session), sen_session_info (chat->runtime.session)->n_ctx,
             stats->stop_reason == SEN_STOP_CANCELLED ? " · stopped; /continue goes on"
             : stats->stop_reason == SEN_STOP_CONTEXT ? " · context full; /continue goes on"
             : stats->stop_reason == SEN_STOP_LENGTH  ? " · as long as an answer may be; /continue goes on" : "");
}

void
chat_answer (Chat *chat, SenMessage *again, SenMessage *unfinished)
{
  SenMessage *message = unfinished != NULL ? unfinished
                        : again != NULL ? sen_conversation_branch (chat->conversation, again, "")
                        : sen_conversation_append (chat->conversation, SEN_SPEAKER_ASSISTANT, "");
  g_autoptr (WordWrap) wrap = chat->is_shown ? word_wrap_new (stdout) : NULL;
  Answer answer = { .chat = chat, .message = message, .wrap = wrap, .start = g_get_monotonic_time (),
                    .goes_on = unfinished != NULL };
  SenGenerateStats stats = { 0 };
  g_autoptr (GError) error = NULL;
  sen_message_append (message, "");
  bool ok = generate (chat, &answer, &stats, &error);
  clear_progress (&answer);
  putchar ('\n');
  fflush (stdout);
  sen_cli_cancel_reset (chat->cli);

  const SenMessageFigures *before = sen_message_figures (message);
  const SenMessageFigures figures = {
    .model = sen_model_info (chat->runtime.model)->name,
    .device = sen_session_info (chat->runtime.session)->device,
    .n_tokens = before->n_tokens + stats.n_generated_tokens,
    .seconds = before->seconds + (double) (g_get_monotonic_time () - answer.start) / G_USEC_PER_SEC,
    .tokens_per_second = stats.decode_seconds > 0.0 ? stats.n_generated_tokens / stats.decode_seconds : 0.0,
  };
  sen_message_finish (message, ok ? sen_message_state_after (stats.stop_reason) : SEN_MESSAGE_FAILED, &figures);
  if (ok)
    {
      print_figures (chat, &stats);
      chat_check_sources (chat, message);
    }
  else
    sen_cli_fail (chat->cli, error);
}

/* --- The conversation -------------------------------------------------------------------------------------------------------------- */

void
chat_open (Chat *chat, SenConversation *conversation)
{
  g_clear_object (&chat->edited);
  g_clear_object (&chat->first);
  g_set_object (&chat->conversation, conversation);
}

SenMessage *
chat_last (Chat *chat, SenSpeaker speaker)
{
  SenMessage *last = NULL;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (chat->conversation)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (chat->conversation), i);
      if (sen_message_speaker (message) == speaker)
        last = message;
    }
  return last;
}

void
chat_show (Chat *chat)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (chat->conversation)), first = n > N_SHOWN ? n - N_SHOWN : 0;
  g_autofree char *title = cli_clean_text (sen_conversation_title (chat->conversation), true);
  fprintf (stderr, "\033[1m%s\033[0m\n", title);
  if (first > 0)
    fprintf (stderr, "\033[2m%u earlier messages\033[0m\n", first);
  for (guint i = first; i < n; i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (chat->conversation), i);
      g_autofree char *text = cli_clean_text (sen_message_text (message), false);
      fprintf (stderr, sen_message_speaker (message) == SEN_SPEAKER_USER ? "\n\033[1m› %s\033[0m\n" : "%s\n", text);
    }
}

/* "/etc/fstab says…" is none. */
static bool
is_command (const char *line)
{
  gsize n = strcspn (line, " \t\n");
  return *line == '/' && memchr (line + 1, '/', MAX (n, 1) - 1) == NULL;
}

static void
take_message (Chat *chat, const char *text)
{
  if (chat->edited != NULL)
    sen_conversation_branch (chat->conversation, chat->edited, text);
  else
    {
      for (guint i = 0; chat->media.attachments != NULL && i < chat->media.attachments->len; i++)
        sen_conversation_attach (chat->conversation, g_ptr_array_index (chat->media.attachments, i));
      if (chat->media.attachments != NULL)
        g_ptr_array_set_size (chat->media.attachments, 0);
      sen_conversation_ask (chat->conversation, text);
    }
  g_clear_object (&chat->edited);
  chat_answer (chat, NULL, NULL);
}

static void
converse (Chat *chat)
{
  g_autofree char *problem = NULL;
  if (chat->is_terminal)
    fprintf (stderr, "%s on %s. /help for help.\n", sen_model_info (chat->runtime.model)->name,
             sen_session_info (chat->runtime.session)->device);
  while (!chat->is_over)
    {
      while (g_main_context_iteration (NULL, FALSE))
        ;
      /* Said once: all goes on, in memory. */
      const GError *error = sen_history_problem (chat->history);
      if (error != NULL && g_strcmp0 (error->message, problem) != 0)
        g_printerr ("sensorium-cli: %s\n", error->message);
      g_free (problem);
      problem = g_strdup (error != NULL ? error->message : NULL);

      g_autofree char *line = read_message (chat);
      if (line == NULL)
        break;
      if (is_command (line))
        chat_obey (chat, line);
      else if (*line != '\0')
        take_message (chat, line);
    }
}

static bool
begin (Chat *chat, const char *resumed, bool is_private, GError **error)
{
  chat->history = cli_history_new (is_private);
  chat->media.history = g_object_ref (chat->history);
  if (resumed != NULL)
    {
      SenConversation *conversation = cli_history_find (chat->history, resumed, error);
      if (conversation == NULL)
        return false;
      chat_open (chat, conversation);
    }
  else
    chat->conversation = sen_history_begin (chat->history);
  if (chat->system != NULL)
    sen_conversation_set_system (chat->conversation, chat->system);
  if (!cli_runtime_open_multimodal (&chat->runtime, chat->cli, error)
      || (ask_files_is_wanted (&chat->files) && !ask_files_open (&chat->files, chat->cli, &chat->runtime, error)))
    return false;
  chat_follow_files (chat);
  if (chat->is_terminal && line_editor_is_possible (STDIN_FILENO, STDERR_FILENO))
    {
      g_autofree char *lines = g_build_filename (g_get_user_state_dir (), "sensorium", "chat-lines", NULL);
      chat->editor = line_editor_new (STDIN_FILENO, STDERR_FILENO, chat->cli->wake, is_private ? NULL : lines, chat_command_names ());
    }
  return true;
}

int
sen_cli_chat (SenCli *cli, int argc, char **argv)
{
  Chat chat = { .cli = cli, .temperature = -1.0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *resumed = NULL;
  gboolean is_private = FALSE;
  const GOptionEntry entries[] = {
    CLI_RUNTIME_OPTIONS (chat.runtime),
    CLI_MEDIA_OPTIONS (chat.runtime),
    ASK_FILES_OPTIONS (chat.files),
    { "system", 's', 0, G_OPTION_ARG_STRING, &chat.system, "What the assistant is told before", "S" },
    { "temp", 0, 0, G_OPTION_ARG_DOUBLE, &chat.temperature, "Temperature; 0 always takes the likeliest token, as answers from files do",
      "T" },
    { "resume", 'r', 0, G_OPTION_ARG_STRING, &resumed, "Go on with a conversation of \"history list\"; 1 is the latest", "ID" },
    { "private", 'p', 0, G_OPTION_ARG_NONE, &is_private, "Keep nothing of it", NULL },
    { NULL },
  };
  if (!sen_cli_parse (cli, NULL, "The conversation is kept, as those of the window are; /help in it lists what can be said.", entries,
                      &argc, &argv))
    return SEN_CLI_USAGE;

  int status = SEN_CLI_OK;
  chat.is_terminal = isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
  chat.is_shown = isatty (STDOUT_FILENO);
  if (is_private && resumed != NULL)
    status = sen_cli_usage (cli, "--private and --resume exclude each other.");
  else if (begin (&chat, resumed, is_private, &error))
    {
      if (resumed != NULL && chat.is_terminal)
        chat_show (&chat);
      converse (&chat);
    }
  else
    status = sen_cli_fail (cli, error);
  if (chat.history != NULL && sen_history_path (chat.history) != NULL && !sen_history_flush (chat.history) && status == SEN_CLI_OK)
    status = SEN_CLI_DISK;
  line_editor_free (chat.editor);
  cli_media_clear (&chat.media);
  ask_files_clear (&chat.files);
  g_clear_object (&chat.edited);
  g_clear_object (&chat.first);
  g_clear_object (&chat.conversation);
  g_clear_object (&chat.history);
  g_free (chat.initial);
  g_free (chat.system);
  cli_runtime_clear (&chat.runtime);
  return status;
}
