/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>

#include "sen-advice.h"
#include "sen-announce.h"
#include "sen-error.h"
#include "sen-grounding-answer.h"
#include "sen-grounding-media.h"
#include "sen-prompt.h"
#include "sen-window-private.h"

/* --- While an answer is written ----------------------------------------------------------------------------------------------------- */

static void
on_job_changed (SenJob *job, SenWindow *self)
{
  SenMessageRow *row = self->answer != NULL ? sen_conversation_view_find_row (self->view, self->answer) : NULL;
  if (self->job != job || row == NULL || sen_message_length (self->answer) > 0)
    return;
  double fraction = sen_job_fraction (job);
  g_autofree char *stage = fraction > 0.0 ? g_strdup_printf (_("Reading… %.0f %%"), 100.0 * fraction) : g_strdup (_("Reading…"));
  sen_message_row_set_stage (row, stage);
}

/* How each picture and recording reached the model stands beside it from now on, with those of the user's files among the sources. */
static void
note_taken (SenWindow *self, SenJob *job)
{
  GPtrArray *asked = g_object_get_data (G_OBJECT (job), "asked");
  GArray *pictures = g_object_get_data (G_OBJECT (job), "pictures");
  g_autoptr (GPtrArray) taken = asked != NULL ? sen_engine_chat_taken (job) : NULL;
  if (taken == NULL)
    return;
  for (guint i = 0; i < MIN (taken->len, asked->len); i++)
    {
      const SenMultimodalTaken *one = g_ptr_array_index (taken, i);
      sen_attachment_set_direct (g_ptr_array_index (asked, i), one->by, one->with_words);
      g_autofree char *note = one->note != NULL && one->is_new ? sen_advice_attachment (one->note) : NULL;
      if (note != NULL)
        sen_window_toast (self, note);
    }
  if (self->answering != NULL && self->answer != NULL)
    sen_grounding_note_taken (self->answering, self->answer, pictures, taken);
  g_object_set_data (G_OBJECT (job), "asked", NULL);
}

static void
on_job_text (SenJob *job, const char *text, SenWindow *self)
{
  if (self->job != job || self->answer == NULL)
    return;
  note_taken (self, job);
  if (sen_message_length (self->answer) == 0)
    g_debug ("first words %.3f s after the question", (double) (g_get_monotonic_time () - self->answer_start) / G_USEC_PER_SEC);
  sen_message_append (self->answer, text);
  sen_window_follow_look (self, job);
  sen_sentences_append (self->sentences, text);
  g_autofree char *said = sen_sentences_take (self->sentences);
  if (said != NULL && !sen_window_read_sentences (self, said))
    sen_announce (GTK_WINDOW (self), said);
}

static SenMessageState
final_state (const SenEngineStatus *status, const GError *error, SenMessage *answer)
{
  if (error != NULL)
    return sen_message_length (answer) > 0 ? SEN_MESSAGE_STOPPED : SEN_MESSAGE_FAILED;
  return sen_message_state_after (status->stop_reason);
}

static void
finish_answer (SenWindow *self, const GError *error)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  const SenMessageFigures *before = sen_message_figures (self->answer);
  const SenMessageFigures figures = {
    .model = status.model_name,
    .device = status.device,
    .n_tokens = before->n_tokens + status.n_answer_tokens,
    .seconds = before->seconds + (double) (g_get_monotonic_time () - self->answer_start) / G_USEC_PER_SEC,
    .tokens_per_second = status.tokens_per_second,
  };
  sen_window_check_sources (self, self->answer);
  sen_message_finish (self->answer, final_state (&status, error, self->answer), &figures);
  sen_engine_status_clear (&status);
  g_autofree char *said = sen_sentences_finish (self->sentences);
  if (said != NULL && !sen_window_read_sentences (self, said))
    sen_announce (GTK_WINDOW (self), said);
  sen_window_end_answer (self);
}

/* The engine has said how many messages it went without: the line is drawn behind them. */
static void
mark_cut (SenWindow *self)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  guint n_left_out = status.n_left_out;
  sen_engine_status_clear (&status);
  if (n_left_out == 0 || self->answering == NULL)
    return;
  gint64 *id = g_new (gint64, 1);
  *id = sen_conversation_id (self->answering);
  SenMessage *old = g_hash_table_lookup (self->cuts, id);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->answering)), at = 0;
  for (guint i = 0; old != NULL && i < n; i++)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self->answering), i);
      if (message == old)
        at = i;
    }
  SenMessage *cut = g_list_model_get_item (G_LIST_MODEL (self->answering), MIN (at + n_left_out, n - 1));
  g_hash_table_replace (self->cuts, id, cut);
  if (self->answering == self->conversation)
    sen_conversation_view_set_cut (self->view, cut);
}

static void
on_job_finished (SenJob *job, SenWindow *self)
{
  if (self->job != job)
    return;
  note_taken (self, job);
  if (self->may_leave_out)
    mark_cut (self);
  if (self->answer != NULL)
    {
      finish_answer (self, sen_job_error (job));
      sen_window_settle_look (self, job);
    }
  g_clear_object (&self->answer);
  g_clear_object (&self->answering);
  g_clear_object (&self->job);
  if (sen_job_error (job) != NULL)
    sen_window_show_error (self, sen_job_error (job));
  sen_window_follow_settings (self);
  sen_window_update (self);
  sen_window_offer_focus (self);
  sen_window_demo_step (self);
}

void
sen_window_stop (SenWindow *self)
{
  if (self->job != NULL)
    sen_job_cancel (self->job);
  sen_window_stop_looking_in_files (self);
}

/* --- Asking ------------------------------------------------------------------------------------------------------------------------- */

/* @prompts keeps the texts, *@pictures (transfer full) those of the user's files. */
static GArray *
collect_messages (SenWindow *self, SenMessage *answer, GArray *media, GPtrArray *prompts, GArray **pictures)
{
  const char *system = sen_conversation_system (self->conversation);
  gint64 id = sen_conversation_id (self->conversation);
  sen_window_prepare_turns (self, answer);
  GArray *messages = sen_prompt_conversation (self->conversation, system != NULL ? system : self->settings->system_prompt,
                                              g_hash_table_lookup (self->cuts, &id), answer, media, prompts);
  *pictures = sen_grounding_show (self->conversation, messages, media);
  return messages;
}

static void
take_job (SenWindow *self, SenJob *job, GCallback on_changed, GCallback on_finished)
{
  g_clear_object (&self->job);
  self->job = job;
  g_signal_connect_object (job, "changed", on_changed, self, 0);
  g_signal_connect_object (job, "finished", on_finished, self, 0);
}

/* (transfer full) */
static GPtrArray *
list_attachments (const GArray *media)
{
  GPtrArray *attachments = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < media->len; i++)
    g_ptr_array_add (attachments, g_object_ref (g_array_index (media, SenPromptMedia, i).attachment));
  return attachments;
}

static void
ask_engine (SenWindow *self)
{
  g_autoptr (GPtrArray) prompts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) media = g_array_new (FALSE, FALSE, sizeof (SenPromptMedia));
  GArray *pictures;
  g_autoptr (GArray) messages = collect_messages (self, self->answer, media, prompts, &pictures);
  SenEngineChat chat = {
    .messages = (const SenChatMessage *) messages->data,
    .n_messages = messages->len,
    .media = (const SenPromptMedia *) media->data,
    .n_media = media->len,
    .sampling = self->settings->sampling,
    .max_tokens = self->settings->max_tokens,
    .may_leave_out = self->may_leave_out,
  };
  /* Asked again, also what is made from files may come out otherwise. */
  if (sen_message_asked (self->answer) != NULL)
    sen_grounding_set_sampling (&chat.sampling, &chat.max_tokens, self->asks_again);
  /* Asked again, the model answers anew; only pictures for the manual shall always be the same. */
  if (chat.sampling.seed == 0 && self->demo_path == NULL)
    chat.sampling.seed = g_random_int ();
  g_set_object (&self->in_mind, self->answering);
  take_job (self, sen_engine_chat (self->engine, &chat), G_CALLBACK (on_job_changed), G_CALLBACK (on_job_finished));
  g_object_set_data_full (G_OBJECT (self->job), "pictures", pictures, (GDestroyNotify) g_array_unref);
  g_object_set_data_full (G_OBJECT (self->job), "asked", list_attachments (media), (GDestroyNotify) g_ptr_array_unref);
  g_object_set_data_full (G_OBJECT (self->job), "attachments", list_attachments (media), (GDestroyNotify) g_ptr_array_unref);
  g_signal_connect_object (self->job, "text", G_CALLBACK (on_job_text), self, 0);
}

/* --- Looking in files first ---------------------------------------------------------------------------------------------------------- */

/* It ends before the model has seen any of it. */
static void
give_up (SenWindow *self)
{
  if (self->answer != NULL)
    sen_message_finish (self->answer, SEN_MESSAGE_STOPPED, NULL);
  sen_window_stop_reading (self);
  g_clear_object (&self->answer);
  g_clear_object (&self->answering);
  g_clear_object (&self->job);
  sen_window_follow_settings (self);
  sen_window_update (self);
}

/* Nothing was found that could be answered from: no model need be asked to say so. */
static void
answer_alone (SenWindow *self, const char *text)
{
  g_autoptr (SenMessage) answer = g_steal_pointer (&self->answer);
  sen_message_append (answer, text);
  sen_message_finish (answer, SEN_MESSAGE_DONE, NULL);
  sen_window_end_answer (self);
  sen_announce (GTK_WINDOW (self), _(text));
  g_clear_object (&self->answering);
  g_clear_object (&self->job);
  sen_window_follow_settings (self);
  sen_window_update (self);
  sen_window_offer_focus (self);
  sen_window_demo_step (self);
}

static void
on_looked_in_files (SenJob *job, SenWindow *self)
{
  if (self->job != job)
    return;
  const GError *error = sen_job_error (job);
  if (error != NULL && !g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED))
    sen_window_show_files_error (self, error);
  if (error != NULL || self->answer == NULL || self->answering != self->conversation)
    {
      give_up (self);
      return;
    }
  g_debug ("sources %.3f s after the question", (double) (g_get_monotonic_time () - self->answer_start) / G_USEC_PER_SEC);
  sen_window_prepare_turns (self, self->answer);
  const char *alone = sen_window_answer_of_files (job);
  /* Sources that are too long to be kept are none. */
  if (alone == NULL && sen_message_asked (self->answer) == NULL)
    alone = SEN_GROUNDING_NOT_FOUND;
  if (alone == NULL)
    ask_engine (self);
  else
    answer_alone (self, alone);
}

static void
on_looking_in_files (SenJob *job, SenWindow *self)
{
}

/* The model is asked, after the files where the conversation says so. */
static void
proceed (SenWindow *self)
{
  if (!self->looks_first)
    {
      ask_engine (self);
      return;
    }
  take_job (self, sen_window_look_in_files (self), G_CALLBACK (on_looking_in_files), G_CALLBACK (on_looked_in_files));
  SenMessageRow *row = sen_conversation_view_find_row (self->view, self->answer);
  if (row != NULL)
    sen_message_row_set_stage (row, _("Looking in your files…"));
}

/* --- Looking and listening first ----------------------------------------------------------------------------------------------------- */

static void
on_perceiving (SenJob *job, SenWindow *self)
{
  SenMessageRow *row = self->answer != NULL ? sen_conversation_view_find_row (self->view, self->answer) : NULL;
  GPtrArray *attachments = g_object_get_data (G_OBJECT (job), "attachments");
  if (self->job != job || row == NULL)
    return;
  g_autofree char *stage = sen_window_describe_perceiving (attachments);
  sen_message_row_set_stage (row, stage);
}

/* What could not be understood is said beside it, and to the model; the question is asked all the same. */
static void
on_perceived (SenJob *job, SenWindow *self)
{
  if (self->job != job)
    return;
  if (sen_job_error (job) == NULL && self->answer != NULL && self->answering == self->conversation)
    proceed (self);
  else
    give_up (self);
}

static void
begin_answer (SenWindow *self, SenMessage *answer, bool may_leave_out, bool retry, bool looks_first)
{
  g_autoptr (GPtrArray) unseen = sen_window_list_unseen (self, answer, retry);
  g_set_object (&self->answer, answer);
  g_set_object (&self->answering, self->conversation);
  g_free (sen_sentences_finish (self->sentences));
  self->answer_start = g_get_monotonic_time ();
  self->may_leave_out = may_leave_out;
  self->asks_again = retry;
  self->looks_first = looks_first;
  sen_window_hide_banner (self);
  sen_window_read_answer (self);
  if (unseen == NULL)
    proceed (self);
  else
    {
      take_job (self, sen_perception_settle (self->perception, unseen, retry), G_CALLBACK (on_perceiving), G_CALLBACK (on_perceived));
      g_object_set_data_full (G_OBJECT (self->job), "attachments", g_ptr_array_ref (unseen), (GDestroyNotify) g_ptr_array_unref);
    }
  sen_conversation_view_scroll_to_end (self->view);
  sen_window_look_at (self, answer);
  sen_window_update (self);
}

/* True when the model was unloaded: it is loaded now, and answers after that (sen_window_answer_waiting()), unless its file is
 * gone, which is told. */
static bool
is_asleep (SenWindow *self, SenMessage *again, SenMessage *unfinished)
{
  if (!self->was_unloaded)
    return false;
  if (!g_file_test (self->settings->model, G_FILE_TEST_IS_REGULAR))
    {
      sen_window_show_banner (self, _("The model's file is gone. Choose another model; your question is still there."), "win.models",
                              _("Choose a Model"));
      return true;
    }
  g_set_object (&self->waiting_again, again);
  g_set_object (&self->waiting_unfinished, unfinished);
  self->ask_when_loaded = TRUE;
  sen_window_load_model (self, self->settings->model);
  return true;
}

void
sen_window_answer (SenWindow *self, SenMessage *again)
{
  if (self->job != NULL || is_asleep (self, again, NULL))
    return;
  SenMessage *answer = again != NULL ? sen_conversation_branch (self->conversation, again, "")
                       : sen_conversation_append (self->conversation, SEN_SPEAKER_ASSISTANT, "");
  sen_message_append (answer, "");
  begin_answer (self, answer, false, again != NULL, sen_window_takes_files (self));
}

void
sen_window_go_on (SenWindow *self, SenMessage *answer)
{
  if (self->job == NULL && !is_asleep (self, NULL, answer))
    begin_answer (self, answer, false, false, false);
}

/* A model that went away in the meantime is told of here, before the question becomes one without an answer. */
void
sen_window_ask (SenWindow *self, const char *text)
{
  if (self->job != NULL)
    return;
  if (self->was_unloaded && !g_file_test (self->settings->model, G_FILE_TEST_IS_REGULAR))
    {
      sen_composer_set_text (self->composer, text);
      is_asleep (self, NULL, NULL);
      return;
    }
  sen_conversation_ask (self->conversation, text);
  sen_conversation_set_draft (self->conversation, "");
  sen_sidebar_set_current (self->sidebar, self->conversation);
  sen_window_answer (self, NULL);
}

static bool
is_shown (SenWindow *self, SenMessage *message)
{
  bool is_there = false;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) && !is_there; i++)
    {
      g_autoptr (SenMessage) other = g_list_model_get_item (G_LIST_MODEL (self->conversation), i);
      is_there = other == message;
    }
  return is_there;
}

bool
sen_window_answer_waiting (SenWindow *self)
{
  g_autoptr (SenMessage) again = g_steal_pointer (&self->waiting_again);
  g_autoptr (SenMessage) unfinished = g_steal_pointer (&self->waiting_unfinished);
  self->ask_when_loaded = FALSE;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->conversation));
  g_autoptr (SenMessage) last = n > 0 ? g_list_model_get_item (G_LIST_MODEL (self->conversation), n - 1) : NULL;
  /* Another conversation may be shown by now. */
  if (unfinished != NULL && is_shown (self, unfinished))
    sen_window_go_on (self, unfinished);
  else if (again != NULL && is_shown (self, again))
    sen_window_answer (self, again);
  else if (again == NULL && unfinished == NULL && last != NULL && sen_message_speaker (last) == SEN_SPEAKER_USER)
    sen_window_answer (self, NULL);
  return self->job != NULL;
}

/* --- A conversation that is too long ------------------------------------------------------------------------------------------------ */

void
sen_window_leave_out (SenWindow *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->conversation));
  if (self->job != NULL || n == 0)
    return;
  g_autoptr (SenMessage) last = g_list_model_get_item (G_LIST_MODEL (self->conversation), n - 1);
  SenMessage *answer = last;
  if (sen_message_speaker (last) == SEN_SPEAKER_USER)
    answer = sen_conversation_append (self->conversation, SEN_SPEAKER_ASSISTANT, "");
  sen_message_append (answer, "");
  /* What was found already stays found. */
  begin_answer (self, answer, true, false, sen_message_sources (answer) == NULL && answer != last && sen_window_takes_files (self));
}
