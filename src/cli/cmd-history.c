/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "conversations.h"
#include "runtime.h"

typedef struct {
  SenCli     *cli;
  SenHistory *history;
  gboolean    json, all;
  char       *output, *format;
  bool        is_terminal;
} History;

typedef struct {
  const char *name;
  int         min_arguments, max_arguments;   /* -1: any number */
  bool (*run) (History *history, int n, char **arguments, GError **error);
} Action;

/* --- list, search --------------------------------------------------------------------------------------------------------------------- */

static void
add_conversation (GString *json, SenConversation *conversation)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (sen_conversation_updated (conversation) / G_USEC_PER_SEC);
  g_autofree char *when = date != NULL ? g_date_time_format_iso8601 (date) : g_strdup ("");
  g_string_append_printf (json, "%s{\"id\":\"%" G_GINT64_FORMAT "\",\"title\":", json->len > 1 ? "," : "",
                          sen_conversation_id (conversation));
  sen_json_quote (json, sen_conversation_title (conversation));
  g_string_append_printf (json, ",\"updated\":\"%s\"", when);
}

static bool
list (History *history, int n, char **arguments, GError **error)
{
  if (!history->json)
    {
      cli_history_print_list (history->history, G_MAXUINT, stdout);
      return true;
    }
  g_autoptr (GString) json = g_string_new ("[");
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (history->history)); i++)
    {
      g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (history->history), i);
      add_conversation (json, conversation);
      g_string_append_c (json, '}');
    }
  puts (g_string_append_c (json, ']')->str);
  return true;
}

static bool
search (History *history, int n, char **arguments, GError **error)
{
  g_autofree char *query = g_strjoinv (" ", arguments);
  g_autoptr (GPtrArray) matches = cli_history_search (history->history, query, error);
  if (matches == NULL)
    return false;
  if (!history->json)
    {
      cli_history_print_matches (history->history, matches, history->is_terminal, stdout);
      return true;
    }
  g_autoptr (GString) json = g_string_new ("[");
  for (guint i = 0; i < matches->len; i++)
    {
      const SenHistoryMatch *match = g_ptr_array_index (matches, i);
      SenConversation *conversation = sen_history_find (history->history, match->conversation);
      const char marks[] = { SEN_MATCH_START, SEN_MATCH_END, '\0' };
      if (conversation == NULL)
        continue;
      g_auto (GStrv) parts = g_strsplit_set (match->snippet, marks, -1);
      g_autofree char *snippet = g_strjoinv ("", parts);
      add_conversation (json, conversation);
      g_string_append (json, ",\"snippet\":");
      sen_json_quote (json, snippet);
      g_string_append_c (json, '}');
    }
  puts (g_string_append_c (json, ']')->str);
  return true;
}

/* What ends in the main context. */
typedef struct {
  GPtrArray *added;
  guint      n_known;
  GError    *error;
  bool       is_done;
} Work;

static bool
finish (Work *work, GError **error)
{
  while (!work->is_done)
    g_main_context_iteration (NULL, TRUE);
  if (work->error == NULL)
    return true;
  g_propagate_error (error, work->error);
  return false;
}

/* --- show, export --------------------------------------------------------------------------------------------------------------------- */

static GPtrArray *
find_all (History *history, int n, char **arguments, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  for (int i = 0; i < n; i++)
    {
      SenConversation *conversation = cli_history_find (history->history, arguments[i], error);
      if (conversation == NULL)
        return NULL;
      g_ptr_array_add (found, conversation);
    }
  for (guint i = 0; history->all && i < g_list_model_get_n_items (G_LIST_MODEL (history->history)); i++)
    {
      g_autoptr (SenConversation) conversation = g_list_model_get_item (G_LIST_MODEL (history->history), i);
      cli_history_load (conversation);
      g_ptr_array_add (found, conversation);
    }
  return g_steal_pointer (&found);
}

static char *
render (GPtrArray *conversations, bool as_json)
{
  return as_json ? sen_conversations_to_json (conversations) : sen_conversations_to_markdown (conversations);
}

static bool
show (History *history, int n, char **arguments, GError **error)
{
  g_autoptr (GPtrArray) found = find_all (history, n, arguments, error);
  if (found == NULL)
    return false;
  g_autofree char *text = render (found, history->json), *clean = history->is_terminal ? cli_clean_text (text, false) : NULL;
  const char *shown = clean != NULL ? clean : text;
  return cli_write_file ("-", shown, strlen (shown), error);
}

static bool
export (History *history, int n, char **arguments, GError **error)
{
  bool as_json = history->json || g_strcmp0 (history->format, "json") == 0
                 || (history->format == NULL && history->output != NULL && g_str_has_suffix (history->output, ".json"));
  if (!as_json && history->format != NULL && strcmp (history->format, "markdown") != 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "--format is markdown or json");
      return false;
    }
  if (n == 0 && !history->all)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "say which conversations, or --all");
      return false;
    }
  g_autoptr (GPtrArray) found = find_all (history, n, arguments, error);
  if (found == NULL)
    return false;
  if (history->output == NULL || strcmp (history->output, "-") == 0)
    {
      g_autofree char *text = render (found, as_json);
      return cli_write_file ("-", text, strlen (text), error);
    }
  return cli_history_export (history->history, found, history->output, as_json, error);
}

/* --- import, backup, delete ----------------------------------------------------------------------------------------------------------- */

static void
on_import (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *work = data;
  work->added = sen_history_import_finish (SEN_HISTORY (source), result, &work->n_known, &work->error);
  work->is_done = true;
}

static void
on_backup (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *work = data;
  sen_history_backup_finish (SEN_HISTORY (source), result, &work->error);
  work->is_done = true;
}

/* What was changed is on the disk when the program says so. */
static bool
save (History *history, GError **error)
{
  if (sen_history_flush (history->history))
    return true;
  while (sen_history_problem (history->history) == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_propagate_error (error, g_error_copy (sen_history_problem (history->history)));
  return false;
}

static bool
import (History *history, int n, char **arguments, GError **error)
{
  guint n_added = 0, n_known = 0;
  for (int i = 0; i < n; i++)
    {
      Work work = { 0 };
      sen_history_import_async (history->history, arguments[i], on_import, &work);
      if (!finish (&work, error))
        return false;
      n_added += work.added->len;
      n_known += work.n_known;
      g_ptr_array_unref (work.added);
    }
  if (!save (history, error))
    return false;
  if (history->json)
    printf ("{\"added\":%u,\"known\":%u}\n", n_added, n_known);
  else if (n_known > 0)
    printf ("%u added; %u were here already\n", n_added, n_known);
  else
    printf ("%u added\n", n_added);
  return true;
}

static bool
backup (History *history, int n, char **arguments, GError **error)
{
  Work work = { 0 };
  sen_history_backup_async (history->history, arguments[0], on_backup, &work);
  if (!finish (&work, error))
    return false;
  puts (arguments[0]);
  return true;
}

static bool
delete (History *history, int n, char **arguments, GError **error)
{
  g_autoptr (GPtrArray) found = find_all (history, n, arguments, error);
  if (found == NULL)
    return false;
  for (guint i = 0; i < found->len; i++)
    sen_history_remove (history->history, g_ptr_array_index (found, i));
  return save (history, error);
}

/* --- The subcommand ------------------------------------------------------------------------------------------------------------------- */

static const Action actions[] = {
  { "list", 0, 0, list },      { "show", 1, 1, show },     { "search", 1, -1, search }, { "export", 0, -1, export },
  { "import", 1, -1, import }, { "backup", 1, 1, backup }, { "delete", 1, -1, delete },
};

static const Action *
find_action (const char *name)
{
  for (size_t i = 0; name != NULL && i < G_N_ELEMENTS (actions); i++)
    if (strcmp (actions[i].name, name) == 0)
      return &actions[i];
  return NULL;
}

static const char details[] =
  "Actions:\n"
  "  list               The conversations, latest first\n"
  "  show ID            A conversation, as Markdown\n"
  "  search WORDS       Where words are found; the last may be unfinished\n"
  "  export ID… | --all To standard output or to --output FILE, as Markdown or JSON\n"
  "  import FILE…       Adds what was exported as JSON, or a backup\n"
  "  backup FILE        Copies all conversations into one file\n"
  "  delete ID…         Throws conversations away\n\n"
  "An ID is the number in front of a conversation in the list, or its \"id\" in JSON.";

int
sen_cli_history (SenCli *cli, int argc, char **argv)
{
  History history = { .cli = cli, .is_terminal = isatty (STDOUT_FILENO) };
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &history.json, "Print JSON", NULL },
    { "all", 0, 0, G_OPTION_ARG_NONE, &history.all, "export: every conversation", NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &history.output, "export: where to (default: standard output)", "FILE" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &history.format, "export: markdown (default) or json; else by the ending of FILE", "F" },
    { NULL },
  };
  if (!sen_cli_parse (cli, "ACTION [ID|FILE|WORDS…]", details, entries, &argc, &argv))
    return SEN_CLI_USAGE;
  const Action *action = find_action (argc > 1 ? argv[1] : NULL);
  int n = argc - 2, status = SEN_CLI_OK;
  if (action == NULL)
    status = sen_cli_usage (cli, argc > 1 ? "There is no action \"%s\"." : "No action was given.", argc > 1 ? argv[1] : "");
  else if (n < action->min_arguments || (action->max_arguments >= 0 && n > action->max_arguments))
    status = sen_cli_usage (cli, "\"%s\" takes %s.", action->name,
                            action->max_arguments == 0 ? "nothing more" : action->max_arguments == 1 ? "one thing" : "at least one thing");
  else if ((history.history = cli_history_open (&error)) == NULL || !action->run (&history, n, argv + 2, &error))
    status = sen_cli_fail (cli, error);
  g_clear_object (&history.history);
  g_free (history.output);
  g_free (history.format);
  return status;
}
