/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-window.h"

#include <glib/gi18n.h>

#include "sen-advice.h"
#include "sen-window-private.h"

/* Amber from here on: the conversation will soon be too long. */
#define CONTEXT_WARNING 0.8

G_DEFINE_FINAL_TYPE (SenWindow, sen_window, ADW_TYPE_APPLICATION_WINDOW)

/* --- What is shown all the time ---------------------------------------------------------------------------------------------------- */

static void
update_context (SenWindow *self, const SenEngineStatus *status)
{
  g_autofree char *text = NULL;
  gtk_widget_remove_css_class (GTK_WIDGET (self->context_label), "context-warning");
  if (status->n_ctx > 0)
    /* translators: tokens of the context in use, and available */
    text = g_strdup_printf (_("%u / %u tokens"), status->n_used, status->n_ctx);
  if (status->n_ctx > 0 && status->n_used > CONTEXT_WARNING * status->n_ctx)
    {
      g_free (text);
      text = g_strdup_printf (_("nearly full: %u / %u tokens"), status->n_used, status->n_ctx);
      gtk_widget_add_css_class (GTK_WIDGET (self->context_label), "context-warning");
    }
  gtk_label_set_text (self->context_label, text != NULL ? text : "");
}

/* The device in a word, its whole story in a popover. */
static void
update_device (SenWindow *self, const SenEngineStatus *status)
{
  gboolean has_device = status->device != NULL;
  g_autofree char *speed = NULL;
  g_autoptr (GString) facts = g_string_new (NULL);

  if (status->tokens_per_second > 0.0)
    speed = g_strdup_printf (_("%.0f tokens/s"), status->tokens_per_second);
  gtk_label_set_text (self->speed_label, speed != NULL ? speed : "");
  gtk_label_set_text (self->device_label, has_device ? status->device : "");
  gtk_widget_set_visible (GTK_WIDGET (self->device_button), has_device);
  gtk_label_set_text (self->reason_label, status->reason != NULL ? status->reason : "");
  gtk_widget_set_visible (GTK_WIDGET (self->reason_label), status->reason != NULL && *status->reason != '\0');
  if (!has_device)
    return;

  g_autofree char *memory = g_format_size (status->memory_bytes);
  /* translators: spoken by screen readers: the device that answers */
  g_autofree char *name = g_strdup_printf (_("Device: %s"), status->device);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->device_button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  if (status->reason != NULL && *status->reason != '\0')
    g_string_append_printf (facts, _("Why: %s"), status->reason);
  if (facts->len > 0)
    g_string_append (facts, "\n\n");
  /* translators: memory of weights and caches */
  g_string_append_printf (facts, _("Memory: %s for the model and %u tokens of conversation"), memory, status->n_ctx);
  if (status->template_note != NULL && *status->template_note != '\0')
    {
      g_string_append (facts, "\n\n");
      g_string_append_printf (facts, _("Chat template: %s"), status->template_note);
    }
  gtk_label_set_text (self->facts_title, status->device);
  gtk_label_set_text (self->facts_label, facts->str);
}

/* Marks the rows of the model in use. Returns its title, which reads better than the name inside the file, or NULL when it
 * has no row. */
static const char *
mark_current_model (SenWindow *self, const char *path)
{
  const char *title = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->model_list)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      SenModelRow *row = SEN_MODEL_ROW (child);
      gboolean is_current = path != NULL && g_strcmp0 (sen_model_row_path (row), path) == 0;
      sen_model_row_set_current (row, is_current);
      if (is_current)
        title = sen_model_row_title (row);
    }
  return title;
}

/* Actions follow the state; nothing that cannot be done can be clicked. */
static void
update_actions (SenWindow *self, const SenEngineStatus *status, gboolean has_messages)
{
  const struct {
    const char *name;
    gboolean    enabled;
  } states[] = {
    { "new", has_messages },
    { "stop", self->answer != NULL },
    { "copy-answer", has_messages && self->answer == NULL },
    { "regenerate", has_messages && self->answer == NULL && status->state == SEN_ENGINE_READY },
    { "unload", status->state == SEN_ENGINE_READY && self->answer == NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (states); i++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), states[i].name)),
                                 states[i].enabled);
}

void
sen_window_update (SenWindow *self)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  gboolean has_messages = gtk_widget_get_first_child (GTK_WIDGET (self->conversation)) != NULL;
  gboolean has_model = status.model_name != NULL || status.state == SEN_ENGINE_LOADING || (self->job != NULL && self->answer == NULL);

  const char *title = mark_current_model (self, status.model_path);
  gtk_label_set_text (self->model_label, title != NULL ? title : status.model_name != NULL ? status.model_name
                      : has_model ? _("Loading…") : self->was_unloaded ? _("Unloaded") : _("Choose a model"));
  update_context (self, &status);
  update_device (self, &status);
  update_actions (self, &status, has_messages);
  sen_composer_set_busy (self->composer, self->answer != NULL);
  /* An unloaded model comes back by itself for the next question. */
  gboolean can_send = status.state == SEN_ENGINE_READY || (status.state == SEN_ENGINE_EMPTY && self->was_unloaded);
  sen_composer_set_can_send (self->composer, can_send);
  sen_composer_set_hint (self->composer, can_send || self->answer != NULL ? _("Ask anything")
                         : has_model ? _("The model is being loaded…") : _("Choose a model first"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->suggestions), can_send);
  const char *page = has_messages ? "conversation" : has_model || can_send ? "start" : "models";
  sen_window_place_models (self, strcmp (page, "models") == 0);
  gtk_stack_set_visible_child_name (self->stack, page);
  sen_engine_status_clear (&status);
}

void
sen_window_show_error (SenWindow *self, const GError *error)
{
  SenAdvice advice;
  sen_advice_init (&advice, error);
  gtk_label_set_text (self->banner_label, advice.text);
  gtk_widget_set_visible (GTK_WIDGET (self->banner_button), advice.action != NULL);
  if (advice.action != NULL)
    {
      gtk_button_set_label (self->banner_button, advice.label);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->banner_button), advice.action);
    }
  gtk_revealer_set_reveal_child (self->banner, TRUE);
  sen_advice_clear (&advice);
}

static void
on_close_banner (GtkButton *button, SenWindow *self)
{
  gtk_revealer_set_reveal_child (self->banner, FALSE);
}

/* --- The conversation ---------------------------------------------------------------------------------------------------------------- */

static gboolean
scroll_to_end (gpointer data)
{
  SenWindow *self = data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  self->scroll_pending = FALSE;
  if (self->follow)
    gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment));
  return G_SOURCE_REMOVE;
}

/* The text has grown. This is told in the middle of laying it out, when moving the view would be lost: done right after. */
static void
on_resized (SenWindow *self)
{
  if (self->scroll_pending || !self->follow)
    return;
  self->scroll_pending = TRUE;
  g_idle_add_full (GTK_PRIORITY_RESIZE - 1, scroll_to_end, g_object_ref (self), g_object_unref);
}

/* The view follows the text until the user scrolls up, and again once he is back at the end. */
static void
on_scrolled (SenWindow *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);
  if (!self->scroll_pending)
    self->follow = gtk_adjustment_get_value (adjustment) > end - 24.0;
}

static SenMessageRow *
append_row (SenWindow *self, SenMessageKind kind, const char *text)
{
  SenMessageRow *row = sen_message_row_new (kind, text);
  gtk_box_append (self->conversation, GTK_WIDGET (row));
  return row;
}

static void
describe_answer (SenWindow *self)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  double seconds = (double) (g_get_monotonic_time () - self->answer_start) / G_USEC_PER_SEC;
  g_autoptr (GString) note = g_string_new (NULL);
  if (status.stop_reason == SEN_STOP_CANCELLED)
    g_string_append (note, _("Stopped"));
  else if (status.stop_reason == SEN_STOP_CONTEXT)
    g_string_append (note, _("The context is full"));
  if (status.tokens_per_second > 0.0)
    {
      if (note->len > 0)
        g_string_append (note, " · ");
      /* translators: tokens written, speed, seconds from the question to the end */
      g_string_append_printf (note, _("%u tokens · %.0f tokens/s · %.1f s"), status.n_answer_tokens, status.tokens_per_second,
                              seconds);
    }
  sen_message_row_set_note (self->answer, note->str, FALSE);
  sen_engine_status_clear (&status);
}

static void
on_job_changed (SenJob *job, SenWindow *self)
{
  if (self->job != job || self->answer == NULL || *sen_message_row_text (self->answer) != '\0')
    return;
  double fraction = sen_job_fraction (job);
  g_autofree char *stage = fraction > 0.0 ? g_strdup_printf (_("Reading… %.0f %%"), 100.0 * fraction) : g_strdup (_("Reading…"));
  sen_message_row_set_stage (self->answer, stage);
}

static void
on_job_text (SenJob *job, const char *text, SenWindow *self)
{
  if (self->job == job && self->answer != NULL)
    sen_message_row_append (self->answer, text);
}

void
sen_window_end_answer (SenWindow *self)
{
  if (self->answer != NULL)
    {
      sen_message_row_set_stage (self->answer, NULL);
      sen_message_row_set_actions (self->answer, *sen_message_row_text (self->answer) != '\0', TRUE);
    }
  self->answer = NULL;
  if (self->job != NULL)
    sen_job_cancel (self->job);
  g_clear_object (&self->job);
}

static void
on_job_finished (SenJob *job, SenWindow *self)
{
  if (self->job != job)
    return;
  if (self->answer != NULL)
    describe_answer (self);
  if (self->answer != NULL && sen_job_error (job) != NULL)
    sen_message_row_set_note (self->answer, _("No answer"), TRUE);
  sen_window_end_answer (self);
  if (sen_job_error (job) != NULL)
    sen_window_show_error (self, sen_job_error (job));
  sen_window_update (self);
  sen_composer_focus (self->composer);
  sen_window_demo_step (self);
}

/* Sends all rows but the last, empty one, which the answer goes to. */
void
sen_window_request_answer (SenWindow *self)
{
  g_autoptr (GArray) messages = g_array_new (FALSE, FALSE, sizeof (SenChatMessage));
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->conversation)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    {
      SenMessageRow *message = SEN_MESSAGE_ROW (row);
      bool is_user = sen_message_row_kind (message) == SEN_MESSAGE_USER;
      SenChatMessage entry = { is_user ? "user" : "assistant", sen_message_row_text (message) };
      g_array_append_val (messages, entry);
      sen_message_row_set_actions (message, !is_user, FALSE);
    }

  /* Asked again, the model answers anew; only pictures for the manual shall always be the same. */
  SenSampling sampling = sen_sampling_default ();
  sampling.seed = self->demo_path != NULL ? 0 : g_random_int ();
  self->answer = append_row (self, SEN_MESSAGE_ASSISTANT, NULL);
  self->answer_start = g_get_monotonic_time ();
  self->follow = TRUE;
  gtk_revealer_set_reveal_child (self->banner, FALSE);
  g_clear_object (&self->job);
  self->job = sen_engine_chat (self->engine, (const SenChatMessage *) messages->data, messages->len, &sampling, 0);
  g_signal_connect_object (self->job, "changed", G_CALLBACK (on_job_changed), self, 0);
  g_signal_connect_object (self->job, "text", G_CALLBACK (on_job_text), self, 0);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (on_job_finished), self, 0);
  sen_window_update (self);
}

static void
on_send (SenComposer *composer, const char *text, SenWindow *self)
{
  append_row (self, SEN_MESSAGE_USER, text);
  if (self->was_unloaded)
    {
      self->ask_when_loaded = TRUE;
      sen_window_load_model (self, self->settings->model);
    }
  else
    sen_window_request_answer (self);
}

static void
on_stop (SenComposer *composer, SenWindow *self)
{
  if (self->job != NULL)
    sen_job_cancel (self->job);
}

static void
on_suggestion (GtkButton *button, SenWindow *self)
{
  sen_composer_set_text (self->composer, gtk_button_get_label (button));
  sen_composer_submit (self->composer);
}

/* --- Actions --------------------------------------------------------------------------------------------------------------------------- */

static SenMessageRow *
last_answer (SenWindow *self)
{
  GtkWidget *row = gtk_widget_get_last_child (GTK_WIDGET (self->conversation));
  while (row != NULL && sen_message_row_kind (SEN_MESSAGE_ROW (row)) != SEN_MESSAGE_ASSISTANT)
    row = gtk_widget_get_prev_sibling (row);
  return row != NULL ? SEN_MESSAGE_ROW (row) : NULL;
}

static void
action_new (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  GtkWidget *row;
  if (self->answer != NULL)
    sen_window_end_answer (self);
  self->ask_when_loaded = FALSE;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->conversation))) != NULL)
    gtk_box_remove (self->conversation, row);
  gtk_revealer_set_reveal_child (self->banner, FALSE);
  sen_window_update (self);
  sen_composer_focus (self->composer);
}

static void
action_stop (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  on_stop (NULL, data);
}

static void
action_copy_answer (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  SenMessageRow *row = last_answer (self);
  if (row == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), sen_message_row_text (row));
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_("Answer copied")));
}

static void
action_regenerate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  GtkWidget *last = gtk_widget_get_last_child (GTK_WIDGET (self->conversation));
  if (last != NULL && sen_message_row_kind (SEN_MESSAGE_ROW (last)) == SEN_MESSAGE_ASSISTANT)
    gtk_box_remove (self->conversation, last);
  sen_window_request_answer (self);
}

static void
action_models (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_menu_button_popup (SEN_WINDOW (data)->model_button);
}

static void
action_unload (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sen_window_unload (data);
}

/* --- The window ------------------------------------------------------------------------------------------------------------------------ */

static gboolean
sen_window_close_request (GtkWindow *window)
{
  SenWindow *self = SEN_WINDOW (window);
  if (self->job != NULL)
    sen_job_cancel (self->job);
  gtk_window_get_default_size (window, &self->settings->width, &self->settings->height);
  self->settings->maximized = gtk_window_is_maximized (window);
  sen_settings_save (self->settings);
  return GTK_WINDOW_CLASS (sen_window_parent_class)->close_request (window);
}

static void
sen_window_dispose (GObject *object)
{
  SenWindow *self = SEN_WINDOW (object);
  g_clear_object (&self->job);
  g_clear_pointer (&self->device_ids, g_ptr_array_unref);
  g_clear_pointer (&self->demo_prompt, g_free);
  g_clear_pointer (&self->demo_path, g_free);
  self->answer = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_WINDOW);
  G_OBJECT_CLASS (sen_window_parent_class)->dispose (object);
}

static void
sen_window_class_init (SenWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = sen_window_close_request;
  g_type_ensure (SEN_TYPE_COMPOSER);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-window.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SenWindow, name)
  BIND (toasts);
  BIND (stack);
  BIND (conversation);
  BIND (scroller);
  BIND (composer);
  BIND (model_button);
  BIND (model_popover);
  BIND (model_label);
  BIND (model_list);
  BIND (model_box);
  BIND (offer_clamp);
  BIND (device_choice);
  BIND (reason_label);
  BIND (unload_button);
  BIND (device_button);
  BIND (device_label);
  BIND (speed_label);
  BIND (facts_title);
  BIND (facts_label);
  BIND (context_label);
  BIND (banner);
  BIND (banner_label);
  BIND (banner_button);
  BIND (suggestions);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_send);
  gtk_widget_class_bind_template_callback (widget_class, on_stop);
  gtk_widget_class_bind_template_callback (widget_class, on_suggestion);
  gtk_widget_class_bind_template_callback (widget_class, on_close_banner);
}

static void
sen_window_init (SenWindow *self)
{
  const GActionEntry actions[] = {
    { .name = "new", .activate = action_new },
    { .name = "stop", .activate = action_stop },
    { .name = "copy-answer", .activate = action_copy_answer },
    { .name = "regenerate", .activate = action_regenerate },
    { .name = "models", .activate = action_models },
    { .name = "unload", .activate = action_unload },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_init_template (GTK_WIDGET (self));

  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (on_resized), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (on_scrolled), self, G_CONNECT_SWAPPED);
  self->follow = TRUE;
}

SenWindow *
sen_window_new (SenApplication *application)
{
  SenWindow *self = g_object_new (SEN_TYPE_WINDOW, "application", application, NULL);
  self->application = application;
  self->engine = sen_application_engine (application);
  self->settings = sen_application_settings (application);
  gtk_window_set_default_size (GTK_WINDOW (self), self->settings->width, self->settings->height);
  if (self->settings->maximized)
    gtk_window_maximize (GTK_WINDOW (self));

  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (SEN_RESOURCE_PATH "/sen-shortcuts.ui");
  gtk_application_window_set_help_overlay (GTK_APPLICATION_WINDOW (self),
                                           GTK_SHORTCUTS_WINDOW (gtk_builder_get_object (builder, "shortcuts")));
  g_signal_connect_object (self->engine, "changed", G_CALLBACK (sen_window_update), self, G_CONNECT_SWAPPED);
  sen_window_init_models (self);
  sen_window_refresh_models (self);
  sen_window_load_any_model (self);
  sen_window_update (self);
  return self;
}
