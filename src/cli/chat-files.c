/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The terminal chat answers from files: which, what was found for a question, and what of it the model still reads. */
#include <string.h>

#include "chat.h"

/* What was found for a question goes with its message. */
static const char key[] = "file-answer";

FileAnswer *
chat_sources (SenMessage *question)
{
  return question != NULL ? g_object_get_data (G_OBJECT (question), key) : NULL;
}

/* --- Which files ---------------------------------------------------------------------------------------------------------------------- */

static void
tell (Chat *chat)
{
  const char *name = chat->files.folder != NULL ? chat->files.folder : chat->files.db;
  if (name == NULL)
    {
      fputs ("Answers don't come from files; /files DIR makes them.\n", stderr);
      return;
    }
  g_autofree char *shown = g_filename_display_name (name), *clean = cli_clean_text (shown, true);
  fprintf (stderr, "Answers come from the files in %s; /files off ends that.\n", clean);
}

/* The name as a shell reads it, which is how terminals paste a folder that is dropped on them; else as it stands there. (transfer full) */
static char *
read_name (const char *argument)
{
  g_auto (GStrv) words = NULL;
  const char *name = g_shell_parse_argv (argument, NULL, &words, NULL) && g_strv_length (words) == 1 ? words[0] : argument;
  return g_str_has_prefix (name, "~/") ? g_build_filename (g_get_home_dir (), name + 2, NULL) : g_strdup (name);
}

void
chat_set_files (Chat *chat, const char *argument)
{
  g_autoptr (GError) error = NULL;
  if (strcmp (argument, "off") == 0)
    ask_files_clear (&chat->files);
  else if (*argument != '\0')
    {
      AskFiles files = { .max_sources = chat->files.max_sources };
      g_autofree char *name = read_name (argument);
      bool is_index = g_file_test (name, G_FILE_TEST_IS_REGULAR);
      *(is_index ? &files.db : &files.folder) = g_steal_pointer (&name);
      if (!ask_files_open (&files, chat->cli, &chat->runtime, &error))
        {
          /* Those before stay. */
          sen_cli_fail (chat->cli, error);
          sen_cli_cancel_reset (chat->cli);
          ask_files_clear (&files);
          return;
        }
      ask_files_clear (&chat->files);
      chat->files = files;
    }
  tell (chat);
}

/* --- Questions ------------------------------------------------------------------------------------------------------------------------ */

/* What the user asked up to @question: borrowed texts. (transfer container) */
static GPtrArray *
list_questions (Chat *chat, SenMessage *question)
{
  GPtrArray *texts = g_ptr_array_new ();
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (chat->conversation)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (chat->conversation), i);
      if (sen_message_speaker (message) == SEN_SPEAKER_USER)
        g_ptr_array_add (texts, (gpointer) sen_message_text (message));
      if (message == question)
        break;
    }
  return texts;
}

bool
chat_find (Chat *chat, SenMessage *question, GError **error)
{
  g_autoptr (GPtrArray) questions = list_questions (chat, question);
  FileAnswer *found = ask_files_find (&chat->files, chat->cli, &chat->runtime, (const char *const *) questions->pdata, questions->len, error);
  if (found != NULL)
    g_object_set_data_full (G_OBJECT (question), key, found, (GDestroyNotify) file_answer_free);
  return found != NULL;
}

/* The message among @messages that says what @message does, or NULL. */
static SenChatMessage *
find_rendered (GArray *messages, SenMessage *message)
{
  for (guint i = 0; i < messages->len; i++)
    if (g_array_index (messages, SenChatMessage, i).content == sen_message_text (message))
      return &g_array_index (messages, SenChatMessage, i);
  return NULL;
}

/* Puts what was found for @question into what stands for it. False when there is nothing to be put. */
static bool
add_sources (SenMessage *question, SenChatMessage *rendered, GPtrArray *texts)
{
  const FileAnswer *found = chat_sources (question);
  char *prompt = found != NULL && !found->is_left_out ? file_answer_prompt (found) : NULL;
  if (prompt == NULL)
    return false;
  g_ptr_array_add (texts, prompt);
  rendered->content = prompt;
  return true;
}

void
chat_add_sources (Chat *chat, GArray *messages, GArray *media, GPtrArray *texts)
{
  g_autoptr (GPtrArray) asked = g_ptr_array_new (), places = g_ptr_array_new ();
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (chat->conversation)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (chat->conversation), i);
      SenChatMessage *rendered = find_rendered (messages, message);
      if (rendered == NULL || !add_sources (message, rendered, texts))
        continue;
      g_ptr_array_add (asked, message);
      g_ptr_array_add (places, rendered);
    }
  /* Those of what was asked longest ago go first; the newest question keeps its own. */
  uint32_t n_ctx = sen_session_info (chat->runtime.session)->n_ctx;
  for (guint i = 0; i < asked->len; i++)
    {
      SenMessage *message = g_ptr_array_index (asked, i);
      SenChatMessage *rendered = g_ptr_array_index (places, i);
      if (i + 1 < asked->len
          && sen_count_chat_tokens (chat->runtime.model, (const SenChatMessage *) messages->data, messages->len, NULL) > n_ctx / 4 * 3)
        {
          chat_sources (message)->is_left_out = true;
          rendered->content = sen_message_text (message);
        }
      else
        file_answer_add_media (chat_sources (message), (size_t) (rendered - (SenChatMessage *) messages->data), media);
    }
}

void
chat_print_sources (Chat *chat)
{
  const FileAnswer *found = chat_sources (chat_last (chat, SEN_SPEAKER_USER));
  if (found == NULL)
    fputs ("The last answer did not come from files.\n", stderr);
  else if (sen_grounding_n_sources (found->grounding) == 0)
    fputs ("Nothing was found for the last question.\n", stderr);
  else
    file_answer_print_passages (found);
}
