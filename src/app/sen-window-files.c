/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>

#include "sen-advice.h"
#include "sen-announce.h"
#include "sen-error.h"
#include "sen-find-folders.h"
#include "sen-grounding-json.h"
#include "sen-grounding-turns.h"
#include "sen-source-window.h"
#include "sen-window-private.h"

#define MAX_CHECKED 4096

/* --- Whether files are asked --------------------------------------------------------------------------------------------------------- */

static void
set_state (SenWindow *self, const char *name, GVariant *state)
{
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), name)), state);
}

void
sen_window_update_files (SenWindow *self)
{
  bool is_on = sen_conversation_asks_files (self->conversation);
  const char *folder = sen_conversation_folder (self->conversation);
  g_autofree char *uri = folder != NULL ? g_filename_to_uri (folder, NULL, NULL) : NULL;
  self->skips_files = self->skips_files && is_on;
  set_state (self, "ask-files", g_variant_new_boolean (is_on));
  set_state (self, "skip-files", g_variant_new_boolean (self->skips_files));
  set_state (self, "files-folder", g_variant_new_string (uri != NULL ? uri : ""));
  sen_files_bar_set (self->files_bar, is_on, self->skips_files, folder);
}

static void
set_files (SenWindow *self, bool is_on, const char *folder)
{
  sen_conversation_set_files (self->conversation, is_on, folder);
  sen_window_update_files (self);
  sen_window_update (self);
}

static void
change_ask_files (GSimpleAction *action, GVariant *state, gpointer data)
{
  SenWindow *self = data;
  bool is_on = g_variant_get_boolean (state);
  set_files (self, is_on, sen_conversation_folder (self->conversation));
  sen_announce (GTK_WINDOW (self), is_on ? _("Your files are asked") : _("Your files are not asked"));
  sen_composer_focus (self->composer);
}

static void
change_skip_files (GSimpleAction *action, GVariant *state, gpointer data)
{
  SenWindow *self = data;
  self->skips_files = g_variant_get_boolean (state);
  sen_window_update_files (self);
  sen_window_update (self);
}

static void
change_files_folder (GSimpleAction *action, GVariant *state, gpointer data)
{
  SenWindow *self = data;
  const char *uri = g_variant_get_string (state, NULL);
  g_autofree char *path = *uri != '\0' ? g_filename_from_uri (uri, NULL, NULL) : NULL;
  set_files (self, true, path);
}

/* --- Folders ------------------------------------------------------------------------------------------------------------------------- */

static void
find_real_path (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  g_task_return_pointer (task, sen_find_real_path (path), g_free);
}

static void
on_real_path (GObject *source, GAsyncResult *result, gpointer data)
{
  SenWindow *self = SEN_WINDOW (source);
  g_autoptr (SenConversation) conversation = data;
  g_autofree char *real = g_task_propagate_pointer (G_TASK (result), NULL);
  const char *path = g_task_get_task_data (G_TASK (result));
  if (self->conversation == NULL)
    return;
  /* Before the index has told its folders: one that is there already is none more. */
  if (sen_find_service_folders (self->finding) == NULL || !sen_files_bar_is_searched (self->finding, real))
    sen_find_service_add_folder (self->finding, real);
  /* Another may have been chosen since. */
  if (g_strcmp0 (sen_conversation_folder (conversation), path) == 0)
    sen_conversation_set_files (conversation, sen_conversation_asks_files (conversation), real);
  sen_window_update_files (self);
}

/* Files are indexed under their real names, which a disk is to be asked for; until it has answered the folder is called as it was. */
static void
ask_folder (SenWindow *self, const char *path)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_real_path, g_object_ref (self->conversation));
  g_task_set_task_data (task, g_strdup (path), g_free);
  set_files (self, true, g_task_get_task_data (task));
  g_task_run_in_thread (task, find_real_path);
}

static void
on_folder_chosen (GtkNativeDialog *dialog, int response, SenWindow *self)
{
  g_autoptr (GFile) folder = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  g_autofree char *path = folder != NULL ? g_file_get_path (folder) : NULL;
  if (path != NULL)
    ask_folder (self, path);
  else if (folder != NULL)
    sen_window_toast (self, _("Only folders of this machine can be searched"));
  g_object_unref (dialog);
}

static void
action_choose_files_folder (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_("Folder to Ask"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                                              _("_Ask"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_folder_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* That of the conversation, or on the page for finding any. */
static void
action_search_files_folder (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  const char *folder = sen_conversation_folder (self->conversation);
  if (folder != NULL)
    ask_folder (self, folder);
  else
    {
      sen_window_show_finding (self, true);
      sen_find_folders_choose (GTK_WINDOW (self), self->finding);
    }
}

void
sen_window_ask_about_folder (SenWindow *self, const char *folder)
{
  g_action_group_activate_action (G_ACTION_GROUP (self), "new", NULL);
  if (folder != NULL)
    ask_folder (self, folder);
  else
    set_files (self, true, NULL);
  sen_composer_focus (self->composer);
}

/* --- Looking in them ----------------------------------------------------------------------------------------------------------------- */

bool
sen_window_takes_files (SenWindow *self)
{
  bool takes = sen_conversation_asks_files (self->conversation) && !self->skips_files;
  self->skips_files = FALSE;
  sen_window_update_files (self);
  return takes;
}

static uint32_t
count_tokens (const char *text, gpointer engine)
{
  return sen_engine_count_text (engine, text);
}

/* What is answered without a model, static. */
#define ALONE_KEY "sen-alone"

static void
on_found (SenGroundingRecord *record, const GError *error, gpointer data)
{
  SenWindow *self = data;
  g_autoptr (SenJob) job = g_steal_pointer (&self->files_job);
  if (job == NULL)
    return;
  if (record != NULL && self->answer != NULL)
    {
      SenEngineStatus status;
      sen_engine_get_status (self->engine, &status);
      g_autofree char *json = sen_grounding_record_to_json (record);
      sen_message_set_sources (self->answer, json);
      g_object_set_data (G_OBJECT (job), ALONE_KEY, (gpointer) sen_grounding_answer_alone (record->grounding, status.sees_by != NULL));
      sen_engine_status_clear (&status);
    }
  sen_job_report_finished (job, error != NULL ? g_error_copy (error) : NULL);
}

/* All that takes time, counting tokens too, is done by the finder. */
static void
look (SenWindow *self)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  g_autoptr (GPtrArray) questions = sen_grounding_turns_questions (self->answering, self->answer);
  if (questions->len == 0)
    g_ptr_array_add (questions, (gpointer) "");
  const SenGroundingWish wish = {
    .questions = (const char *const *) questions->pdata, .n_questions = questions->len,
    .folder = sen_conversation_folder (self->answering), .n_ctx = status.n_ctx, .count = count_tokens, .data = self->engine,
  };
  g_object_ref (self->engine);
  sen_finder_ask_for_answer (sen_find_service_finder (self->finding), &wish, g_object_unref, on_found, self);
  sen_engine_status_clear (&status);
}

/* Another finder may have come, which knows nothing of what the one before was asked. */
static void
on_finder_changed (SenWindow *self)
{
  if (self->files_job != NULL)
    look (self);
}

SenJob *
sen_window_look_in_files (SenWindow *self)
{
  g_clear_object (&self->files_job);
  self->files_job = sen_job_new ();
  look (self);
  return g_object_ref (self->files_job);
}

const char *
sen_window_answer_of_files (SenJob *job)
{
  return g_object_get_data (G_OBJECT (job), ALONE_KEY);
}

void
sen_window_show_files_error (SenWindow *self, const GError *error)
{
  g_autofree char *sentence = sen_advice_index (error->message), *message = sen_advice_without_point (sentence);
  /* translators: an error message follows */
  g_autofree char *text = g_strdup_printf (_("Your files could not be asked: %s."), message);
  sen_window_show_banner (self, text, NULL, NULL);
}

void
sen_window_stop_looking_in_files (SenWindow *self)
{
  if (self->files_job == NULL)
    return;
  sen_finder_stop_for_answer (sen_find_service_finder (self->finding));
  g_autoptr (SenJob) job = g_steal_pointer (&self->files_job);
  sen_job_report_finished (job, g_error_new_literal (SEN_ERROR, SEN_ERROR_CANCELLED, "stopped while files were looked through"));
}

/* --- With what was found ------------------------------------------------------------------------------------------------------------- */

void
sen_window_prepare_turns (SenWindow *self, SenMessage *last)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  sen_grounding_turns_prepare (self->conversation, last, status.n_ctx);
  sen_engine_status_clear (&status);
}

void
sen_window_check_sources (SenWindow *self, SenMessage *answer)
{
  SenMessage *question = sen_message_sources (answer) != NULL ? sen_grounding_turns_question (self->answering, answer) : NULL;
  if (question == NULL)
    return;
  const char *text = sen_message_text (answer);
  g_autoptr (SenGroundingRecord) record
    = sen_grounding_record_from_json (sen_message_sources (answer), sen_message_text (question), "", NULL);
  if (record == NULL)
    return;
  /* What is long is not checked here, where the window waits; answers from files are short. */
  record->check = *text != '\0' && sen_message_length (answer) <= MAX_CHECKED ? sen_grounding_check (record->grounding, text) : NULL;
  g_autofree char *json = sen_grounding_record_to_json (record);
  sen_message_set_sources (answer, json);
}

static SenMessage *
find_message (SenWindow *self, gint64 id)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->conversation)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self->conversation), i);
      if (sen_message_id (message) == id)
        return message;
    }
  return NULL;
}

static void
action_open_source (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  gint64 id;
  guint number;
  gboolean is_weaker;
  g_variant_get (parameter, "(xub)", &id, &number, &is_weaker);
  SenMessage *message = find_message (self, id);
  const char *json = message != NULL ? sen_message_sources (message) : NULL;
  g_autoptr (SenGroundingRecord) record = json != NULL ? sen_grounding_record_from_json (json, "", "", NULL) : NULL;
  const SenGrounding *sources = record == NULL ? NULL : is_weaker ? record->weaker : record->grounding;
  if (sources == NULL || number == 0 || number > sen_grounding_n_sources (sources))
    return;
  gtk_window_present (GTK_WINDOW (sen_source_window_new (GTK_WINDOW (self), self->finding, self->perception,
                                                         sen_grounding_source (sources, number - 1))));
}

/* --- Setting up ---------------------------------------------------------------------------------------------------------------------- */

void
sen_window_init_files (SenWindow *self)
{
  const GActionEntry actions[] = {
    { .name = "ask-files", .state = "false", .change_state = change_ask_files },
    { .name = "skip-files", .state = "false", .change_state = change_skip_files },
    { .name = "files-folder", .parameter_type = "s", .state = "''", .change_state = change_files_folder },
    { .name = "choose-files-folder", .activate = action_choose_files_folder },
    { .name = "search-files-folder", .activate = action_search_files_folder },
    { .name = "open-source", .parameter_type = "(xub)", .activate = action_open_source },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  sen_conversation_view_set_thumbs (self->view, sen_find_service_thumbs (self->finding));
  self->files_bar = SEN_FILES_BAR (sen_files_bar_new (self->finding));
  g_signal_connect_object (self->finding, "models-changed", G_CALLBACK (on_finder_changed), self, G_CONNECT_SWAPPED);
  sen_composer_set_files_bar (self->composer, GTK_WIDGET (self->files_bar));
}
