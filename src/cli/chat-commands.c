/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "chat.h"

#include <string.h>

/* Conversations that /list shows. */
#define N_LISTED 20

typedef struct {
  const char *name, *argument, *summary;   /* argument NULL: takes none; in brackets: may be left out */
  void (*run) (Chat *chat, const char *argument);
} Command;

/* --- Conversations ------------------------------------------------------------------------------------------------------------------ */

static void
begin_anew (Chat *chat, const char *argument)
{
  g_autoptr (SenConversation) conversation = sen_history_begin (chat->history);
  if (chat->system != NULL)
    sen_conversation_set_system (conversation, chat->system);
  chat_open (chat, conversation);
}

static void
list (Chat *chat, const char *argument)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (chat->history)) == 0)
    fputs ("There is none yet.\n", stderr);
  cli_history_print_list (chat->history, N_LISTED, stderr);
}

static void
search (Chat *chat, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) matches = cli_history_search (chat->history, words, &error);
  if (matches == NULL)
    sen_cli_fail (chat->cli, error);
  else if (matches->len == 0)
    fputs ("Nothing was found.\n", stderr);
  else
    cli_history_print_matches (chat->history, matches, chat->is_terminal, stderr);
}

static void
open_other (Chat *chat, const char *name)
{
  g_autoptr (GError) error = NULL;
  SenConversation *conversation = cli_history_find (chat->history, name, &error);
  if (conversation == NULL)
    {
      sen_cli_fail (chat->cli, error);
      return;
    }
  chat_open (chat, conversation);
  chat_show (chat);
  chat_follow_files (chat);
}

static void
rename_it (Chat *chat, const char *title)
{
  sen_conversation_set_title (chat->conversation, title);
}

/* Text that is read back by "history import", or Markdown for people. */
static void
save (Chat *chat, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) conversations = g_ptr_array_new ();
  g_ptr_array_add (conversations, chat->conversation);
  if (cli_history_export (chat->history, conversations, path, g_str_has_suffix (path, ".json"), &error))
    fprintf (stderr, "Written to %s.\n", path);
  else
    sen_cli_fail (chat->cli, error);
}

/* --- Attachments -------------------------------------------------------------------------------------------------------------------- */

static void
list_attached (Chat *chat)
{
  if (chat->media.attachments == NULL || chat->media.attachments->len == 0)
    fputs ("Nothing is attached; /attach FILE does it.\n", stderr);
  else
    cli_media_explain (&chat->media, chat->runtime.multimodal, 0);
}

/* @names as a shell reads them, which is how terminals paste a dropped file. What cannot be understood stays behind. */
static void
attach (Chat *chat, const char *names)
{
  g_auto (GStrv) words = NULL;
  int status = SEN_CLI_OK;
  if (*names == '\0')
    {
      list_attached (chat);
      return;
    }
  if (!g_shell_parse_argv (names, NULL, &words, NULL))
    {
      fputs ("That is no list of files; put a name with blanks or quotes into quotes.\n", stderr);
      return;
    }
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  for (char **word = words; *word != NULL; word++)
    g_ptr_array_add (paths, g_str_has_prefix (*word, "~/") ? g_build_filename (g_get_home_dir (), *word + 2, NULL) : g_strdup (*word));
  guint first = chat->media.attachments != NULL ? chat->media.attachments->len : 0;
  if (!cli_media_add (&chat->media, chat->cli, chat->runtime.multimodal, paths, &status))
    sen_cli_cancel_reset (chat->cli);
  for (guint i = chat->media.attachments->len; i > first; i--)
    {
      SenAttachment *attachment = g_ptr_array_index (chat->media.attachments, i - 1);
      if (sen_attachment_facts (attachment)->words == NULL
          && sen_multimodal_by (chat->runtime.multimodal, sen_attachment_kind (attachment)) == NULL)
        g_ptr_array_remove_index (chat->media.attachments, i - 1);
    }
  cli_media_explain (&chat->media, chat->runtime.multimodal, first);
}

static void
detach (Chat *chat, const char *argument)
{
  if (chat->media.attachments != NULL)
    g_ptr_array_set_size (chat->media.attachments, 0);
}

/* --- Files ---------------------------------------------------------------------------------------------------------------------------- */

static void
set_files (Chat *chat, const char *argument)
{
  chat_set_files (chat, argument);
}

static void
print_sources (Chat *chat, const char *argument)
{
  chat_print_sources (chat);
}

/* --- Questions and answers ---------------------------------------------------------------------------------------------------------- */

static void
answer_again (Chat *chat, const char *argument)
{
  SenMessage *question = chat_last (chat, SEN_SPEAKER_USER), *answer = chat_last (chat, SEN_SPEAKER_ASSISTANT);
  if (question == NULL)
    fputs ("There is no question yet.\n", stderr);
  else
    chat_answer (chat, answer != NULL && sen_message_id (answer) > sen_message_id (question) ? answer : NULL, NULL);
}

static void
go_on (Chat *chat, const char *argument)
{
  SenMessage *answer = chat_last (chat, SEN_SPEAKER_ASSISTANT);
  SenMessageState state = answer != NULL ? sen_message_state (answer) : SEN_MESSAGE_DONE;
  if (sen_message_state_can_go_on (state))
    chat_answer (chat, NULL, answer);
  else
    fputs ("The answer is whole.\n", stderr);
}

static void
edit (Chat *chat, const char *argument)
{
  SenMessage *question = chat_last (chat, SEN_SPEAKER_USER);
  if (question == NULL || chat->editor == NULL)
    {
      fputs ("There is no question yet.\n", stderr);
      return;
    }
  g_set_object (&chat->edited, question);
  g_free (chat->initial);
  chat->initial = g_strdup (sen_message_text (question));
}

static void
take_back (Chat *chat, const char *argument)
{
  SenMessage *question = chat_last (chat, SEN_SPEAKER_USER);
  if (question == NULL)
    {
      fputs ("There is no question yet.\n", stderr);
      return;
    }
  g_clear_object (&chat->first);
  g_free (chat->initial);
  chat->initial = chat->editor != NULL ? g_strdup (sen_message_text (question)) : NULL;
  sen_conversation_remove (chat->conversation, question);
}

/* --- What answers ------------------------------------------------------------------------------------------------------------------- */

static void
set_system (Chat *chat, const char *text)
{
  if (*text == '\0')
    {
      const char *system = sen_conversation_system (chat->conversation);
      fprintf (stderr, "%s\n", system != NULL ? system : "Nothing; /system TEXT says something.");
      return;
    }
  g_free (chat->system);
  chat->system = g_strdup (text);
  sen_conversation_set_system (chat->conversation, text);
}

static void
print_info (Chat *chat, const char *argument)
{
  const SenSessionInfo *info = sen_session_info (chat->runtime.session);
  fprintf (stderr, "%s on %s (%s); template: %s; %u of %u tokens\n", sen_model_info (chat->runtime.model)->name, info->device,
           info->reason, sen_chat_template_description (sen_model_chat_template (chat->runtime.model)),
           sen_session_n_past (chat->runtime.session), info->n_ctx);
}

/* The one at hand stays when the other cannot be had. */
static void
change_model (Chat *chat, const char *name)
{
  CliRuntime other = {
    .model_name = g_strdup (name), .device_name = g_strdup (chat->runtime.device_name), .kv_name = g_strdup (chat->runtime.kv_name),
    .n_threads = chat->runtime.n_threads, .n_ctx = chat->runtime.n_ctx, .exact = chat->runtime.exact,
    .connector = g_strcmp0 (chat->runtime.connector, "none") == 0 ? g_strdup ("none") : NULL,
  };
  g_autoptr (GError) error = NULL;
  if (!cli_runtime_open_multimodal (&other, chat->cli, &error))
    {
      sen_cli_fail (chat->cli, error);
      cli_runtime_clear (&other);
      return;
    }
  cli_runtime_clear (&chat->runtime);
  chat->runtime = other;
  print_info (chat, NULL);
}

static void
help (Chat *chat, const char *argument)
{
  chat_print_help (stderr);
}

static void
quit (Chat *chat, const char *argument)
{
  chat->is_over = true;
}

/* --- The table ---------------------------------------------------------------------------------------------------------------------- */

static const Command commands[] = {
  { "/new", NULL, "begins another conversation", begin_anew },
  { "/list", NULL, "shows the latest conversations", list },
  { "/search", "WORDS", "finds conversations that hold them", search },
  { "/open", "ID", "goes on with one of the list", open_other },
  { "/title", "TEXT", "names this one", rename_it },
  { "/save", "FILE", "writes this one as Markdown, or as JSON to FILE.json", save },
  { "/attach", "[FILE…]", "puts pictures, recordings, videos before the next message", attach },
  { "/detach", NULL, "takes all of them back", detach },
  { "/files", "[DIR|off]", "answers from the files in a folder, or from an index", set_files },
  { "/sources", NULL, "shows what was read for the last answer", print_sources },
  { "/again", NULL, "answers once more", answer_again },
  { "/continue", NULL, "goes on with an answer that was stopped", go_on },
  { "/edit", NULL, "changes the last question and asks again", edit },
  { "/undo", NULL, "takes the last question and its answer back", take_back },
  { "/system", "[TEXT]", "sets what the assistant is told, or shows it", set_system },
  { "/model", "M", "changes to another model", change_model },
  { "/info", NULL, "tells of model, device and context", print_info },
  { "/help", NULL, "shows this", help },
  { "/quit", NULL, "leaves, as Ctrl+D", quit },
};

const char *const *
chat_command_names (void)
{
  static const char *names[G_N_ELEMENTS (commands) + 1];
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i].name;
  return names;
}

void
chat_print_help (FILE *to)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *usage = g_strjoin (" ", commands[i].name, commands[i].argument, NULL);
      fprintf (to, "  %-16s %s\n", usage, commands[i].summary);
    }
  fputs ("Alt+Enter, Ctrl+J or \\ before Enter begin a new line. Up and Down bring back what was typed. Tab completes commands.\n"
         "Ctrl+C stops an answer; Ctrl+D leaves.\n", to);
}

void
chat_obey (Chat *chat, const char *line)
{
  gsize length = strcspn (line, " \t\n");
  g_autofree char *argument = g_strstrip (g_strdup (line + length));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      const Command *command = &commands[i];
      if (strncmp (command->name, line, length) != 0 || command->name[length] != '\0')
        continue;
      if (command->argument != NULL && *command->argument != '[' && *argument == '\0')
        fprintf (stderr, "Say %s %s: it %s.\n", command->name, command->argument, command->summary);
      else
        command->run (chat, argument);
      return;
    }
  fprintf (stderr, "There is no command like that; these there are:\n");
  chat_print_help (stderr);
}
