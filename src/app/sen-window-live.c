/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-heat-tint.h"
#include "sen-plain-text.h"
#include "sen-text-point.h"
#include "sen-window-private.h"

void
sen_window_add_layer (SenWindow *self, SenExplainParams *params, uint32_t *layer)
{
  int chosen, head;
  sen_look_pane_get_layer (self->look_pane, &chosen, &head);
  if (chosen < 0 || params->method != SEN_EXPLAIN_ATTENTION)
    return;
  *layer = (uint32_t) chosen;
  params->layers = layer;
  params->n_layers = 1;
  if (head >= 0 && head < 128)
    params->head_mask[head / 32] = 1u << head % 32;
}

static void
tell_engine (SenWindow *self)
{
  SenExplainParams params = { .method = SEN_EXPLAIN_ATTENTION, .n_candidates = SEN_WINDOW_CANDIDATES };
  uint32_t layer;
  sen_window_add_layer (self, &params, &layer);
  sen_engine_set_looking (self->engine, self->is_looking ? &params : NULL);
}

/* The engine explains what it writes only while somebody sees it. */
void
sen_window_set_looking (SenWindow *self, bool is_looking)
{
  if (self->is_looking == is_looking)
    return;
  self->is_looking = is_looking;
  tell_engine (self);
}

void
sen_window_look_anew (SenWindow *self)
{
  if (self->is_looking)
    tell_engine (self);
}

/* (transfer full); NULL where it is another answer that is looked at, or nobody looks */
static SenExplanation *
take (SenWindow *self, SenJob *job)
{
  return self->is_looking && self->looked != NULL && self->looked == self->answer ? sen_engine_chat_look (job) : NULL;
}

void
sen_window_follow_look (SenWindow *self, SenJob *job)
{
  g_autoptr (SenExplanation) explanation = take (self, job);
  if (explanation == NULL)
    return;
  sen_look_pane_grow (self->look_pane, explanation, self->looked, g_object_get_data (G_OBJECT (job), "attachments"));
  sen_window_demo_live (self, sen_explanation_info (explanation)->n_queries);
}

/* All words of the answer are in it, and how each was chosen. */
static bool
is_whole (const SenExplanationInfo *info, SenMessage *message)
{
  const SenPiece *last = &info->pieces[info->n_pieces - 1], *first = &info->pieces[MIN (info->first_query + 1, info->n_pieces - 1)];
  return last->kind == SEN_PIECE_TEXT && last->end == sen_message_length (message) && first->message == last->message && first->start == 0;
}

static void
unref_explanation (gpointer explanation)
{
  sen_explanation_unref (explanation);
}

static void
settle (GTask *task, gpointer source, gpointer explanation, GCancellable *cancellable)
{
  g_task_return_pointer (task, sen_explanation_settle (explanation), unref_explanation);
}

/* 256 MB: an answer of 8,000 words to a short question. Of longer ones rows are read one by one, as while they are written. */
#define MOST_WEIGHTS (64u << 20)

/* What needs all weights at once, as trust in them, can be asked for now. */
static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  SenWindow *self = SEN_WINDOW (source);
  g_autoptr (SenExplanation) settled = g_task_propagate_pointer (G_TASK (result), NULL);
  SenExplanation *shown = self->look_pane != NULL ? sen_look_pane_explanation (self->look_pane) : NULL;
  if (shown != NULL && self->job == NULL && sen_explanation_info (shown)->pieces == sen_explanation_info (settled)->pieces)
    sen_look_pane_grow (self->look_pane, settled, self->looked, NULL);
}

void
sen_window_settle_look (SenWindow *self, SenJob *job)
{
  SenExplanation *explanation = take (self, job);
  sen_window_follow_look (self, job);
  if (explanation == NULL)
    return;
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  if (is_whole (info, self->looked))
    self->look_waits = false;
  if ((guint64) info->n_queries * info->n_pieces > MOST_WEIGHTS)
    {
      sen_explanation_unref (explanation);
      return;
    }
  g_autoptr (GTask) task = g_task_new (self, NULL, on_settled, NULL);
  g_task_set_task_data (task, explanation, unref_explanation);
  g_task_run_in_thread (task, settle);
}

/* --- In the conversation -------------------------------------------------------------------------------------------------------------- */

/* Also while words are selected: the pointer moves then too. */
static void
on_motion (GtkEventControllerMotion *controller, double x, double y, SenWindow *self)
{
  SenMessageRow *row = self->is_looking && self->looked != NULL ? sen_conversation_view_find_row (self->view, self->looked) : NULL;
  double body_x, body_y;
  gssize byte = -1;
  if (row != NULL && gtk_widget_translate_coordinates (GTK_WIDGET (self->view), sen_message_row_body (row), x, y, &body_x, &body_y))
    byte = sen_text_point (sen_message_row_body (row), sen_message_text (self->looked), body_x, body_y);
  sen_look_pane_point (self->look_pane, byte);
}

static void
on_leave (GtkEventControllerMotion *controller, SenWindow *self)
{
  sen_look_pane_point (self->look_pane, -1);
}

/* In the dark, letters are light as the strongest tints are. */
#define DARK_OPACITY 0.6f
#define LEAST_STRENGTH 0.01f

/* Tints of the own words of the @index-th message of the model's text. */
static GArray *
list_tints (SenWindow *self, const SenExplanationInfo *info, int32_t index)
{
  GArray *tints = g_array_new (FALSE, FALSE, sizeof (SenTextTint));
  bool is_dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  for (guint i = 0; i < info->n_pieces; i++)
    {
      const SenPiece *piece = &info->pieces[i];
      SenHeatMap map = SEN_HEAT_SHARE;
      float strength = piece->message == index && piece->kind == SEN_PIECE_TEXT ? sen_look_pane_strength (self->look_pane, i, &map) : 0.0f;
      if (ABS (strength) < LEAST_STRENGTH)
        continue;
      SenTextTint tint = { piece->start, piece->end, sen_heat_tint (map, strength) };
      tint.colour.alpha *= is_dark ? DARK_OPACITY : 1.0f;
      g_array_append_val (tints, tint);
    }
  return tints;
}

static void
tint_message (SenWindow *self, SenMessage *message, const SenExplanationInfo *info, int32_t index)
{
  SenMessageRow *row = sen_conversation_view_find_row (self->view, message);
  if (row == NULL || !SEN_IS_PLAIN_TEXT (sen_message_row_body (row)))
    return;
  g_autoptr (GArray) tints = info != NULL ? list_tints (self, info, index) : NULL;
  sen_plain_text_set_tints (SEN_PLAIN_TEXT (sen_message_row_body (row)), tints != NULL ? (const SenTextTint *) tints->data : NULL,
                            tints != NULL ? tints->len : 0);
}

/* The model's text has one message after the other, but for empty ones; its last is the answer. */
static void
on_heat (SenLookPane *pane, SenWindow *self)
{
  SenExplanation *explanation = sen_look_pane_explanation (pane);
  const SenExplanationInfo *info = explanation != NULL ? sen_explanation_info (explanation) : NULL;
  int32_t index = info != NULL ? info->pieces[info->n_pieces - 1].message : -1;
  bool is_seen = false;
  const char *own = self->conversation != NULL ? sen_conversation_system (self->conversation) : NULL;
  const char *system = own != NULL ? own : self->settings->system_prompt;
  /* Before the first message that the model sees stands what it is told always. */
  int32_t first = system != NULL && *system != '\0' ? 1 : 0;
  guint n = self->conversation != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) : 0;
  for (guint i = n; i > 0 && (index >= first || info == NULL || !is_seen); i--)
    {
      g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (self->conversation), i - 1);
      is_seen = is_seen || message == self->looked;
      tint_message (self, message, is_seen && index >= first ? info : NULL, index);
      GPtrArray *attachments = sen_message_attachments (message);
      if (is_seen && (sen_message_length (message) > 0 || (attachments != NULL && attachments->len > 0) || message == self->looked))
        index--;
    }
}

void
sen_window_init_pointing (SenWindow *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  gtk_event_controller_set_propagation_phase (motion, GTK_PHASE_CAPTURE);
  g_signal_connect_object (motion, "motion", G_CALLBACK (on_motion), self, 0);
  g_signal_connect_object (motion, "leave", G_CALLBACK (on_leave), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->view), motion);
  g_signal_connect_object (self->look_pane, "heat", G_CALLBACK (on_heat), self, 0);
}
