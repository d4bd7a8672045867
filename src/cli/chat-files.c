/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The terminal chat answers from files: which, and what was found for a question. */
#include <string.h>

#include "chat.h"
#include "sen-grounding-json.h"
#include "sen-grounding-turns.h"
#include "sen-indexer.h"

/* What was found goes with the answer that is made from it. */
static const char key[] = "file-answer";

/* Of an answer of an earlier session, or of the window. */
static FileAnswer *
read_back (Chat *chat, SenMessage *answer)
{
  const char *json = sen_message_sources (answer);
  SenMessage *question = json != NULL ? sen_grounding_turns_question (chat->conversation, answer) : NULL;
  g_autoptr (SenGroundingRecord) record
    = question != NULL ? sen_grounding_record_from_json (json, sen_message_text (question), sen_message_text (answer), NULL) : NULL;
  if (record == NULL || record->query == NULL)
    return NULL;
  FileAnswer *found = g_new0 (FileAnswer, 1);
  found->query = g_steal_pointer (&record->query);
  found->grounding = g_steal_pointer (&record->grounding);
  found->check = g_steal_pointer (&record->check);
  return found;
}

FileAnswer *
chat_sources (Chat *chat, SenMessage *answer)
{
  FileAnswer *found = answer != NULL ? g_object_get_data (G_OBJECT (answer), key) : NULL;
  if (found == NULL && answer != NULL && (found = read_back (chat, answer)) != NULL)
    g_object_set_data_full (G_OBJECT (answer), key, found, (GDestroyNotify) file_answer_free);
  return found;
}

/* Kept with the conversation, for the window too. */
static void
keep (const Chat *chat, SenMessage *answer, const FileAnswer *found)
{
  const SenGroundingRecord record = {
    .query = found->query, .folder = chat->files.root, .grounding = found->grounding, .check = found->check,
  };
  g_autofree char *json = sen_grounding_record_to_json (&record);
  sen_message_set_sources (answer, json);
}

/* --- Which files ---------------------------------------------------------------------------------------------------------------------- */

static void
tell (Chat *chat)
{
  const AskFiles *files = &chat->files;
  const char *name = files->folder != NULL ? files->folder : files->root != NULL ? files->root : files->db;
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

void
chat_follow_files (Chat *chat)
{
  g_autoptr (GError) error = NULL;
  if (ask_files_is_wanted (&chat->files) || !sen_conversation_asks_files (chat->conversation))
    return;
  chat->files.db = sen_index_default_path ();
  chat->files.root = g_strdup (sen_conversation_folder (chat->conversation));
  if (!ask_files_open (&chat->files, chat->cli, &chat->runtime, &error))
    {
      sen_cli_fail (chat->cli, error);
      ask_files_clear (&chat->files);
    }
  tell (chat);
}

/* --- Questions ------------------------------------------------------------------------------------------------------------------------ */

bool
chat_find (Chat *chat, SenMessage *answer, GError **error)
{
  g_autoptr (GPtrArray) questions = sen_grounding_turns_questions (chat->conversation, answer);
  const char *const *texts = (const char *const *) questions->pdata;
  FileAnswer *found = ask_files_find (&chat->files, chat->cli, &chat->runtime, texts, questions->len, error);
  if (found == NULL)
    return false;
  g_object_set_data_full (G_OBJECT (answer), key, found, (GDestroyNotify) file_answer_free);
  keep (chat, answer, found);
  return true;
}

void
chat_note_taken (Chat *chat, SenMessage *answer, const GArray *pictures, const GPtrArray *taken)
{
  FileAnswer *found = chat_sources (chat, answer);
  for (guint i = 0; i < taken->len; i++)
    if (((const SenMultimodalTaken *) g_ptr_array_index (taken, i))->is_new)
      cli_media_print_note (g_ptr_array_index (taken, i));
  for (guint i = 0; i < pictures->len; i++)
    {
      const SenGroundingPicture *picture = &g_array_index (pictures, SenGroundingPicture, i);
      const SenMultimodalTaken *one = g_ptr_array_index (taken, picture->place);
      if (found != NULL && picture->answer == answer && picture->source < sen_grounding_n_sources (found->grounding))
        sen_grounding_set_seen_by (found->grounding, picture->source, one->by);
    }
}

void
chat_check_sources (Chat *chat, SenMessage *answer)
{
  FileAnswer *found = chat_sources (chat, answer);
  if (found == NULL)
    return;
  file_answer_check (found, sen_message_text (answer));
  /* A check is kept of what a model has read. */
  if (strcmp (sen_message_text (answer), SEN_GROUNDING_GUESS) != 0)
    keep (chat, answer, found);
  file_answer_print (found, sen_message_text (answer));
}

void
chat_print_sources (Chat *chat)
{
  const FileAnswer *found = chat_sources (chat, chat_last (chat, SEN_SPEAKER_ASSISTANT));
  if (found == NULL)
    fputs ("The last answer did not come from files.\n", stderr);
  else if (sen_grounding_n_sources (found->grounding) == 0)
    fputs ("Nothing was found for the last question.\n", stderr);
  else
    file_answer_print_passages (found);
}
