/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "conversations.h"

#include <string.h>

#include "sen-direction.h"

/* Names up to here are places in the list; ids are dates and far larger. */
#define MAX_PLACE 1000000

SenHistory *
cli_history_new (bool is_private)
{
  g_autofree char *path = is_private ? NULL : sen_history_default_path ();
  SenHistory *history = sen_history_new (path);
  while (!sen_history_is_loaded (history))
    g_main_context_iteration (NULL, TRUE);
  /* What went wrong while opening is told before what was read. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  return history;
}

SenHistory *
cli_history_open (GError **error)
{
  SenHistory *history = cli_history_new (false);
  const GError *problem = sen_history_problem (history);
  /* What can be read is shown even when nothing can be written. */
  if (g_error_matches (problem, SEN_ERROR, SEN_ERROR_FORMAT)
      || (problem != NULL && g_list_model_get_n_items (G_LIST_MODEL (history)) > 0))
    g_printerr ("sensorium-cli: %s\n", problem->message);
  else if (problem != NULL)
    {
      g_propagate_error (error, g_error_copy (problem));
      g_clear_object (&history);
    }
  return history;
}

void
cli_history_load (SenConversation *conversation)
{
  sen_conversation_load (conversation);
  while (!sen_conversation_is_loaded (conversation))
    g_main_context_iteration (NULL, TRUE);
}

SenConversation *
cli_history_find (SenHistory *history, const char *name, GError **error)
{
  guint64 number;
  SenConversation *found = NULL;
  if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT64, &number, NULL) && number <= MAX_PLACE)
    {
      g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (history), (guint) number - 1);
      found = conversation;   /* the history keeps it */
    }
  else if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT64, &number, NULL))
    found = sen_history_find (history, (gint64) number);
  if (found == NULL)
    {
      g_autofree char *clean = cli_clean_text (name, true);
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there is no conversation %s; \"sensorium-cli history list\" shows what "
                   "there is", clean);
      return NULL;
    }
  cli_history_load (found);
  return found;
}

typedef struct {
  GPtrArray *matches;
  GError    *error;
  bool       is_done;
} Search;

static void
on_search (GObject *source, GAsyncResult *result, gpointer data)
{
  Search *search = data;
  search->matches = sen_history_search_finish (SEN_HISTORY (source), result, &search->error);
  search->is_done = true;
}

GPtrArray *
cli_history_search (SenHistory *history, const char *query, GError **error)
{
  Search search = { 0 };
  sen_history_search_async (history, query, NULL, on_search, &search);
  while (!search.is_done)
    g_main_context_iteration (NULL, TRUE);
  if (search.error != NULL)
    g_propagate_error (error, search.error);
  return search.matches;
}

typedef struct {
  GError *error;
  bool    is_done;
} Export;

static void
on_export (GObject *source, GAsyncResult *result, gpointer data)
{
  Export *export = data;
  sen_history_export_finish (SEN_HISTORY (source), result, &export->error);
  export->is_done = true;
}

bool
cli_history_export (SenHistory *history, GPtrArray *conversations, const char *path, bool as_json, GError **error)
{
  Export export = { 0 };
  sen_history_export_async (history, conversations, path, as_json ? SEN_EXPORT_JSON : SEN_EXPORT_MARKDOWN, on_export, &export);
  while (!export.is_done)
    g_main_context_iteration (NULL, TRUE);
  if (export.error == NULL)
    return true;
  g_propagate_error (error, export.error);
  return false;
}

bool
cli_write_file (const char *path, const void *data, gsize n_bytes, GError **error)
{
  g_autoptr (GError) failure = NULL;
  bool ok;
  if (strcmp (path, "-") == 0)
    ok = fwrite (data, 1, n_bytes, stdout) == n_bytes && fflush (stdout) == 0;
  else
    ok = g_file_set_contents (path, data, (gssize) n_bytes, &failure);
  if (!ok)
    g_set_error (error, SEN_ERROR, g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? SEN_ERROR_DISK_FULL : SEN_ERROR_IO,
                 "%s could not be written%s%s", path, failure != NULL ? ": " : "", failure != NULL ? failure->message : "");
  return ok;
}

/* --- Printing ------------------------------------------------------------------------------------------------------------------------- */

char *
cli_clean_text (const char *text, bool one_line)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *clean = g_string_new (NULL);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      bool is_space = c == '\n' || c == '\t';
      bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0) || sen_turns_text_around (c);
      if (is_space && one_line)
        g_string_append_c (clean, ' ');
      else if (c == '\r' && at[1] == '\n')
        continue;
      else
        g_string_append_unichar (clean, is_control && !is_space ? 0xfffd : c);
    }
  return g_string_free (clean, FALSE);
}

static guint
find_place (SenHistory *history, gint64 id)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (history)); i++)
    {
      g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (history), i);
      if (sen_conversation_id (conversation) == id)
        return i + 1;
    }
  return 0;
}

void
cli_history_print_list (SenHistory *history, guint max, FILE *to)
{
  guint n = MIN (g_list_model_get_n_items (G_LIST_MODEL (history)), max);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (history), i);
      g_autoptr (GDateTime) date = g_date_time_new_from_unix_local (sen_conversation_updated (conversation) / G_USEC_PER_SEC);
      g_autofree char *when = date != NULL ? g_date_time_format (date, "%Y-%m-%d %H:%M") : g_strdup ("");
      g_autofree char *title = cli_clean_text (sen_conversation_title (conversation), true);
      fprintf (to, "%4u  %s  %s\n", i + 1, when, title);
    }
}

void
cli_history_print_matches (SenHistory *history, GPtrArray *matches, bool is_terminal, FILE *to)
{
  static const char *const plain_marks[] = { "", "" }, *const bold_marks[] = { "\033[1m", "\033[0m" };
  const char *const *marks = is_terminal ? bold_marks : plain_marks;
  for (guint i = 0; i < matches->len; i++)
    {
      const SenHistoryMatch *match = g_ptr_array_index (matches, i);
      SenConversation *conversation = sen_history_find (history, match->conversation);
      if (conversation == NULL)
        continue;
      g_autofree char *title = cli_clean_text (sen_conversation_title (conversation), true);
      fprintf (to, "%4u  %s\n", find_place (history, match->conversation), title);
      if (match->message == 0)
        continue;
      fputs ("      ", to);
      const char ends[] = { SEN_MATCH_START, SEN_MATCH_END, '\0' };
      for (const char *at = match->snippet; *at != '\0';)
        {
          gsize n = strcspn (at, ends);
          g_autofree char *part = g_strndup (at, n), *clean = cli_clean_text (part, true);
          fputs (clean, to);
          at += n;
          if (*at != '\0')
            fputs (*at++ == SEN_MATCH_START ? marks[0] : marks[1], to);
        }
      fputs ("\n", to);
    }
}
