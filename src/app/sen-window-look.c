/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <string.h>

#include "sen-advice.h"
#include "sen-error.h"
#include "sen-explain-report.h"
#include "sen-grounding-media.h"
#include "sen-prompt.h"
#include "sen-window-private.h"

#define DIALOG_KEY "sen-look-dialog"

static bool
is_open (SenWindow *self)
{
  return adw_flap_get_reveal_flap (self->look_flap);
}

void
sen_window_stop_looking (SenWindow *self)
{
  if (self->look_job != NULL)
    sen_job_cancel (self->look_job);
  g_clear_object (&self->look_job);
}

/* --- Asking the engine ---------------------------------------------------------------------------------------------------------------- */

/* What the conversation begins with for the model, or NULL: an answer from before the messages were left out was written with them. */
static SenMessage *
find_first (SenWindow *self)
{
  gint64 id = sen_conversation_id (self->conversation);
  SenMessage *cut = g_hash_table_lookup (self->cuts, &id);
  for (guint i = 0; cut != NULL && i < g_list_model_get_n_items (G_LIST_MODEL (self->conversation)); i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self->conversation), i);
      if (message == cut)
        return cut;
      if (message == self->looked)
        return NULL;
    }
  return cut;
}

/* The model and what sees and hears for it. (transfer full) */
static char *
describe_reader (SenWindow *self)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  g_autofree char *n_ctx = g_strdup_printf ("%u", status.n_ctx);
  char *reader = g_strjoin ("\n", status.model_path != NULL ? status.model_path : "", status.device != NULL ? status.device : "", n_ctx,
                            status.sees_by != NULL ? status.sees_by : "", status.hears_by != NULL ? status.hears_by : "", NULL);
  sen_engine_status_clear (&status);
  return reader;
}

SenJob *
sen_window_ask_look (SenWindow *self, SenExplainParams *params, GPtrArray *attachments, SenExplanation **known)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) media = g_array_new (FALSE, FALSE, sizeof (SenPromptMedia));
  const char *system = sen_conversation_system (self->conversation);
  sen_window_prepare_turns (self, self->looked);
  g_autoptr (GArray) messages = sen_prompt_conversation (self->conversation, system != NULL ? system : self->settings->system_prompt,
                                                         find_first (self), self->looked, media, texts);
  g_autoptr (GArray) pictures = sen_grounding_show (self->conversation, messages, media);
  const SenEngineChat chat = {
    .messages = (const SenChatMessage *) messages->data,
    .n_messages = messages->len,
    .media = (const SenPromptMedia *) media->data,
    .n_media = media->len,
    .may_leave_out = true,
  };
  for (guint i = 0; attachments != NULL && i < media->len; i++)
    g_ptr_array_add (attachments, g_object_ref (g_array_index (media, SenPromptMedia, i).attachment));
  params->message = (int32_t) messages->len - 1;
  params->n_candidates = SEN_WINDOW_CANDIDATES;
  g_autofree char *reader = describe_reader (self), *key = sen_explain_cache_key (&chat, params, reader);
  *known = params->with_trust ? NULL : sen_explain_cache_find (self->look_cache, key);
  if (*known != NULL)
    return NULL;
  SenJob *job = sen_engine_explain (self->engine, &chat, params);
  g_object_set_data_full (G_OBJECT (job), "key", g_steal_pointer (&key), g_free);
  return job;
}

void
sen_window_keep_look (SenWindow *self, SenJob *job, SenExplanation *explanation)
{
  sen_explain_cache_add (self->look_cache, g_object_get_data (G_OBJECT (job), "key"), explanation);
}

static void
on_look_changed (SenJob *job, SenWindow *self)
{
  double fraction = sen_job_fraction (job);
  const char *stage = sen_job_stage (job);
  if (self->look_job != job)
    return;
  g_autofree char *text = g_strcmp0 (stage, "Looking") == 0 ? g_strdup_printf (_("Looking… %.0f %%"), 100.0 * MAX (fraction, 0.0))
                                                            : g_strdup_printf (_("Reading… %.0f %%"), 100.0 * MAX (fraction, 0.0));
  sen_look_pane_show_progress (self->look_pane, text, fraction);
}

static void
on_look_finished (SenJob *job, SenWindow *self)
{
  if (self->look_job != job)
    return;
  g_autoptr (SenJob) ours = g_steal_pointer (&self->look_job);
  g_autoptr (SenExplanation) explanation = sen_engine_explain_result (job);
  const GError *error = sen_job_error (job);
  if (explanation != NULL)
    {
      sen_window_keep_look (self, job, explanation);
      sen_look_pane_show (self->look_pane, explanation, self->looked, g_object_get_data (G_OBJECT (job), "attachments"));
    }
  else if (g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED))
    sen_look_pane_show_sentence (self->look_pane, _("Stopped."), "win.look-again", _("Look Again"));
  else
    {
      SenAdvice advice;
      sen_advice_init (&advice, error);
      /* What would help a question would write on in this answer. */
      sen_look_pane_show_sentence (self->look_pane, advice.text, "win.look-again", _("Look Again"));
      sen_advice_clear (&advice);
    }
  sen_window_demo_step (self);
}

/* The model that wrote the answer may be another, or none be there. */
static bool
is_model_there (SenWindow *self)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  bool is_there = status.state == SEN_ENGINE_READY || status.state == SEN_ENGINE_BUSY;
  sen_engine_status_clear (&status);
  return is_there;
}

static bool
is_on_path (SenWindow *self, SenMessage *message)
{
  bool is_there = false;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) && !is_there; i++)
    {
      g_autoptr (SenMessage) other = g_list_model_get_item (G_LIST_MODEL (self->conversation), i);
      is_there = other == message;
    }
  return is_there;
}

static void
look (SenWindow *self)
{
  bool is_writing = self->job != NULL || (self->looked != NULL && sen_message_state (self->looked) == SEN_MESSAGE_WRITING);
  sen_window_stop_looking (self);
  sen_window_reset_method (self);
  self->look_waits = is_writing || !is_model_there (self);
  if (self->looked == NULL)
    sen_look_pane_show_sentence (self->look_pane, _("Where the model looked is shown here for any of its answers."), NULL, NULL);
  else if (!is_on_path (self, self->looked))
    sen_look_pane_show_sentence (self->look_pane, _("This answer is not in the conversation any more."), NULL, NULL);
  else if (is_writing && self->looked == self->answer)
    sen_look_pane_show_sentence (self->look_pane, _("Where the model looks is shown with each word that it writes."), NULL, NULL);
  else if (is_writing)
    sen_look_pane_show_sentence (self->look_pane, _("What the model looked at is shown when the answer is written."), NULL, NULL);
  else if (sen_message_length (self->looked) == 0)
    sen_look_pane_show_sentence (self->look_pane, _("This answer has no words to look at."), NULL, NULL);
  else if (self->look_waits)
    sen_look_pane_show_sentence (self->look_pane, _("No model is loaded that could read this answer once more. Choose one; the answer "
                                                    "stays as it is."), "win.models", _("Choose a Model"));
  else
    {
      GPtrArray *attachments = g_ptr_array_new_with_free_func (g_object_unref);
      SenExplainParams params = { .query = SEN_EXPLAIN_EVERY };
      uint32_t layer;
      sen_window_add_layer (self, &params, &layer);
      g_autoptr (SenExplanation) known = NULL;
      self->look_job = sen_window_ask_look (self, &params, attachments, &known);
      if (known != NULL)
        {
          sen_look_pane_show (self->look_pane, known, self->looked, attachments);
          g_ptr_array_unref (attachments);
          return;
        }
      g_object_set_data_full (G_OBJECT (self->look_job), "attachments", attachments, (GDestroyNotify) g_ptr_array_unref);
      g_signal_connect_object (self->look_job, "changed", G_CALLBACK (on_look_changed), self, 0);
      g_signal_connect_object (self->look_job, "finished", G_CALLBACK (on_look_finished), self, 0);
      sen_look_pane_show_progress (self->look_pane, _("Reading…"), -1.0);
    }
}

/* --- One word more closely ------------------------------------------------------------------------------------------------------------ */

static void
on_detail_finished (SenJob *job, SenWindow *self)
{
  if (self->look_job != job)
    return;
  g_autoptr (SenJob) ours = g_steal_pointer (&self->look_job);
  g_autoptr (SenExplanation) detail = sen_engine_explain_result (job);
  sen_look_pane_set_detail (self->look_pane, detail);
  if (detail == NULL && !g_error_matches (sen_job_error (job), SEN_ERROR, SEN_ERROR_CANCELLED))
    {
      SenAdvice advice;
      sen_advice_init (&advice, sen_job_error (job));
      sen_window_show_banner (self, advice.text, NULL, NULL);
      sen_advice_clear (&advice);
    }
  sen_window_demo_step (self);
}

/* The model that @explanation is of is loaded. */
static bool
wrote (SenWindow *self, SenExplanation *explanation)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  bool is_same = g_strcmp0 (status.model_path, sen_explanation_info (explanation)->model_path) == 0;
  sen_engine_status_clear (&status);
  return is_same;
}

bool
sen_window_can_ask_look (SenWindow *self)
{
  SenExplanation *shown = sen_look_pane_explanation (self->look_pane);
  return self->job == NULL && self->looked != NULL && shown != NULL && is_on_path (self, self->looked) && wrote (self, shown);
}

static void
on_detail (SenLookPane *pane, guint query, SenWindow *self)
{
  sen_window_stop_looking (self);
  SenExplanation *explanation = sen_look_pane_explanation (pane);
  if (!sen_window_can_ask_look (self))
    {
      sen_look_pane_set_detail (pane, NULL);
      return;
    }
  const SenExplainParams params = {
    .message = SEN_EXPLAIN_EVERY, .query = query, .n_candidates = SEN_WINDOW_CANDIDATES, .with_detail = true, .with_lens = true,
  };
  self->look_job = sen_engine_explain_more (self->engine, explanation, &params);
  g_signal_connect_object (self->look_job, "finished", G_CALLBACK (on_detail_finished), self, 0);
}

static void
on_go_on_with (SenLookPane *pane, const char *text, SenWindow *self)
{
  if (self->job != NULL || self->looked == NULL || !is_on_path (self, self->looked))
    return;
  SenMessage *answer = sen_conversation_branch (self->conversation, self->looked, text);
  sen_message_append (answer, "");
  sen_window_go_on (self, answer);
}

static void
on_cancel (SenLookPane *pane, SenWindow *self)
{
  if (self->look_job != NULL)
    sen_job_cancel (self->look_job);
}

/* --- Export --------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenExplanation *explanation;
  GFile          *file;
  const char     *format;     /* interned: "html", "png", "json", "npz" */
  char           *title;
  GPtrArray      *pictures;   /* SenImage or NULL, by number of media */
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;
  sen_explanation_unref (export->explanation);
  g_clear_object (&export->file);
  g_free (export->title);
  g_ptr_array_unref (export->pictures);
  g_free (export);
}

static GBytes *
take_text (char *text)
{
  return g_bytes_new_take (text, strlen (text));
}

/* (transfer full) */
static GBytes *
make_export (const Export *export, GError **error)
{
  const SenExplainReport report = {
    .title = export->title, .pictures = (SenImage **) export->pictures->pdata, .n_pictures = export->pictures->len,
  };
  if (g_str_equal (export->format, "html"))
    return take_text (sen_explain_report_html (export->explanation, &report));
  if (g_str_equal (export->format, "png"))
    return sen_explain_report_png (export->explanation, &report, error);
  if (g_str_equal (export->format, "npz"))
    return sen_explain_report_npz (export->explanation, error);
  return take_text (sen_explanation_to_json (export->explanation));
}

/* Millions of numbers in letters take their time. */
static void
write_export (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Export *export = data;
  GError *error = NULL;
  SenExplanation *settled = sen_explanation_settle (export->explanation);
  sen_explanation_unref (export->explanation);
  export->explanation = settled;
  g_autoptr (GBytes) bytes = make_export (export, &error);
  gsize n;
  const char *content = bytes != NULL ? g_bytes_get_data (bytes, &n) : NULL;
  const GFileCreateFlags flags = G_FILE_CREATE_REPLACE_DESTINATION;
  if (content != NULL && g_file_replace_contents (export->file, content, n, NULL, FALSE, flags, NULL, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_export_written (GObject *source, GAsyncResult *result, gpointer data)
{
  SenWindow *self = SEN_WINDOW (source);
  g_autoptr (GError) error = NULL;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    sen_window_toast (self, _("Exported"));
  else
    sen_window_show_banner (self, error->message, NULL, NULL);
}

void
sen_window_export_look (SenWindow *self, const char *format, GFile *file)
{
  SenExplanation *explanation = sen_look_pane_explanation (self->look_pane);
  if (explanation == NULL)
    return;
  Export *export = g_new (Export, 1);
  *export = (Export) {
    .explanation = sen_explanation_ref (explanation),
    .file = g_object_ref (file),
    .format = g_intern_string (format),
    .title = g_strdup (sen_conversation_title (self->conversation)),
    .pictures = sen_look_pane_list_pictures (self->look_pane),
  };
  g_autoptr (GTask) task = g_task_new (self, NULL, on_export_written, NULL);
  g_task_set_task_data (task, export, export_free);
  g_task_run_in_thread (task, write_export);
}

static void
on_export_chosen (GtkNativeDialog *dialog, int response, SenWindow *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  if (file != NULL)
    sen_window_export_look (self, g_object_get_data (G_OBJECT (dialog), "format"), file);
  g_object_set_data (G_OBJECT (self), DIALOG_KEY, NULL);
}

static void
action_look_export (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const char *format = g_intern_string (g_variant_get_string (parameter, NULL));
  g_autofree char *name = g_strconcat ("where-it-looked.", format, NULL);
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_("Export Where It Looked"), GTK_WINDOW (data), GTK_FILE_CHOOSER_ACTION_SAVE,
                                                              NULL, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_object_set_data (G_OBJECT (dialog), "format", (gpointer) format);
  /* It goes with the window, whichever is closed first. */
  g_object_set_data_full (data, DIALOG_KEY, dialog, g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_export_chosen), data, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* --- Opening and closing -------------------------------------------------------------------------------------------------------------- */

/* The last answer of the path. (transfer full); NULL for none */
static SenMessage *
last_answer (SenWindow *self)
{
  for (guint i = self->conversation != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) : 0; i > 0; i--)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self->conversation), i - 1);
      if (sen_message_speaker (message) == SEN_SPEAKER_ASSISTANT)
        return g_steal_pointer (&message);
    }
  return NULL;
}

void
sen_window_look_at (SenWindow *self, SenMessage *message)
{
  g_autoptr (SenMessage) last = message == NULL ? last_answer (self) : NULL;
  SenMessage *wanted = message != NULL ? message : last;
  g_set_object (&self->looked, wanted);
  if (is_open (self))
    look (self);
}

void
sen_window_update_look (SenWindow *self)
{
  sen_look_pane_set_busy (self->look_pane, self->job != NULL);
  /* What is asked now comes first; what was looked at is looked at again behind it. */
  bool is_in_the_way = self->job != NULL && self->look_job != NULL;
  if (self->job != NULL)
    sen_window_stop_method (self);
  if (is_in_the_way || (is_open (self) && self->look_waits && self->job == NULL && is_model_there (self)))
    look (self);
}

static void
on_revealed (AdwFlap *flap, GParamSpec *spec, SenWindow *self)
{
  sen_window_set_looking (self, is_open (self));
  if (!is_open (self))
    {
      sen_window_stop_looking (self);
      sen_window_stop_method (self);
    }
  else if (self->looked == NULL || !is_on_path (self, self->looked))
    sen_window_look_at (self, NULL);
  else
    look (self);
}

/* Out of sight, the pane keeps no numbers. */
static void
on_reveal_progress (AdwFlap *flap, GParamSpec *spec, SenWindow *self)
{
  if (!is_open (self) && adw_flap_get_reveal_progress (flap) <= 0.0 && sen_look_pane_explanation (self->look_pane) != NULL)
    sen_look_pane_show_sentence (self->look_pane, "", NULL, NULL);
}

static void
on_look (SenConversationView *view, SenMessage *message, SenWindow *self)
{
  g_set_object (&self->looked, message);
  if (is_open (self))
    look (self);
  else
    adw_flap_set_reveal_flap (self->look_flap, TRUE);
}

static void
action_look (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  adw_flap_set_reveal_flap (self->look_flap, !is_open (self));
}

static void
action_look_again (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  look (data);
}

void
sen_window_init_look (SenWindow *self)
{
  const GActionEntry actions[] = {
    { .name = "look", .activate = action_look },
    { .name = "look-again", .activate = action_look_again },
    { .name = "look-export", .activate = action_look_export, .parameter_type = "s" },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  sen_look_pane_set_perception (self->look_pane, self->perception);
  g_signal_connect_object (self->look_flap, "notify::reveal-flap", G_CALLBACK (on_revealed), self, 0);
  g_signal_connect_object (self->look_flap, "notify::reveal-progress", G_CALLBACK (on_reveal_progress), self, 0);
  g_signal_connect_object (self->look_pane, "detail", G_CALLBACK (on_detail), self, 0);
  g_signal_connect_object (self->look_pane, "go-on-with", G_CALLBACK (on_go_on_with), self, 0);
  g_signal_connect_object (self->look_pane, "cancel", G_CALLBACK (on_cancel), self, 0);
  sen_window_init_methods (self);
  g_signal_connect_object (self->view, "look", G_CALLBACK (on_look), self, 0);
  sen_window_init_pointing (self);
}
