/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-window.h"

#include <glib/gi18n.h>

#include "sen-advice.h"
#include "sen-announce.h"
#include "sen-preferences.h"
#include "sen-window-private.h"

/* Amber from here on: the conversation will soon be too long. */
#define CONTEXT_WARNING 0.8
#define NARROW_PX 600

G_DEFINE_FINAL_TYPE (SenWindow, sen_window, ADW_TYPE_APPLICATION_WINDOW)

/* --- What is shown all the time ---------------------------------------------------------------------------------------------------- */

/* How much of the context a conversation takes is known once the model has read it. */
static void
update_context (SenWindow *self, const SenEngineStatus *status)
{
  g_autofree char *text = NULL;
  bool is_in_mind = self->in_mind == self->conversation;
  bool is_known = is_in_mind || g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) == 0;
  guint n_used = (is_in_mind ? status->n_used : 0) + self->draft_tokens;
  gtk_widget_remove_css_class (GTK_WIDGET (self->context_label), "context-warning");
  if (status->n_ctx > 0 && is_known)
    /* translators: tokens of the context in use, and available */
    text = g_strdup_printf (_("%'u / %'u tokens"), n_used, status->n_ctx);
  if (status->n_ctx > 0 && is_known && n_used > CONTEXT_WARNING * status->n_ctx)
    {
      g_free (text);
      text = g_strdup_printf (_("nearly full: %'u / %'u tokens"), n_used, status->n_ctx);
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
  const char *reason = status->reason != NULL ? sen_advice_reason (status->reason) : "";
  gtk_label_set_text (self->reason_label, reason);
  gtk_widget_set_visible (GTK_WIDGET (self->reason_label), *reason != '\0');
  if (!has_device)
    return;

  g_autofree char *memory = g_format_size (status->memory_bytes);
  /* translators: spoken by screen readers: the device that answers */
  g_autofree char *name = g_strdup_printf (_("Device: %s"), status->device);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->device_button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  if (*reason != '\0')
    g_string_append_printf (facts, _("Why: %s"), reason);
  if (facts->len > 0)
    g_string_append (facts, "\n\n");
  /* translators: memory of weights and caches */
  g_string_append_printf (facts, _("Memory: %s for the model and %'u tokens of conversation"), memory, status->n_ctx);
  if (status->template_note != NULL && *status->template_note != '\0')
    {
      g_string_append (facts, "\n\n");
      g_string_append_printf (facts, _("Chat template: %s"), status->template_note);
    }
  gtk_label_set_text (self->facts_title, status->device);
  gtk_label_set_text (self->facts_label, facts->str);
}

/* Marks the rows of the model in use. Returns what to call it: the title of its row reads better than the name inside the file.
 * (transfer full) */
static char *
mark_current_model (SenWindow *self, const SenEngineStatus *status, gboolean has_model)
{
  const char *path = status->model_path, *title = status->model_name, *unloaded = NULL;
  SenModelRow *row;
  for (guint i = 0; (row = sen_window_nth_model_row (self, i)) != NULL; i++)
    {
      gboolean is_current = path != NULL && g_strcmp0 (sen_model_row_path (row), path) == 0;
      sen_model_row_set_current (row, is_current);
      if (is_current)
        title = sen_model_row_title (row);
      if (self->was_unloaded && g_strcmp0 (sen_model_row_path (row), self->settings->model) == 0)
        unloaded = sen_model_row_title (row);
    }
  if (title == NULL && unloaded != NULL)
    /* translators: name of a model that comes back with the next question */
    return g_strdup_printf (_("%s, unloaded"), unloaded);
  return g_strdup (title != NULL ? title : has_model ? _("Loading…") : self->was_unloaded ? _("Unloaded") : _("Choose a model"));
}

/* Actions follow the state; nothing that cannot be done can be clicked. */
static void
update_actions (SenWindow *self, const SenEngineStatus *status, gboolean has_messages)
{
  const struct {
    const char *name;
    gboolean    enabled;
  } states[] = {
    { "stop", self->answer != NULL || self->read != NULL },
    { "find", has_messages || sen_window_is_finding (self) },
    { "copy-answer", has_messages && self->answer == NULL },
    { "edit-last", has_messages && self->job == NULL },
    { "leave-out", has_messages && self->job == NULL },
    { "regenerate", has_messages && self->answer == NULL && (status->state == SEN_ENGINE_READY || self->was_unloaded) },
    { "unload", status->state == SEN_ENGINE_READY && self->answer == NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (states); i++)
    g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self), states[i].name)),
                                 states[i].enabled);
}

/* What can be asked now: of the files nobody would ask what is suggested otherwise. */
static void
update_invitation (SenWindow *self, gboolean can_send, gboolean has_model)
{
  gboolean asks_files = self->conversation != NULL && sen_conversation_asks_files (self->conversation) && !self->skips_files;
  sen_composer_set_hint (self->composer, !can_send && self->answer == NULL
                                           ? has_model ? _("The model is being loaded…") : _("Choose a model first")
                         : asks_files ? _("Ask about your files") : _("Ask anything"));
  gtk_label_set_text (self->start_label, asks_files ? _("What shall we look up?") : _("What shall we talk about?"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->suggestions), can_send);
  gtk_widget_set_visible (GTK_WIDGET (self->suggestions), !asks_files);
  gtk_widget_set_visible (GTK_WIDGET (self->start_note), asks_files);
}

void
sen_window_update (SenWindow *self)
{
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  gboolean has_messages = self->conversation != NULL
                          && (g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) > 0
                              || !sen_conversation_is_loaded (self->conversation));
  /* Until it is known what there is, nothing is asked for. */
  gboolean has_model = status.model_name != NULL || self->shown_models == NULL || status.state == SEN_ENGINE_LOADING
                       || (self->job != NULL && self->answer == NULL);

  g_autofree char *title = mark_current_model (self, &status, has_model);
  const char *conversation = self->conversation != NULL ? sen_conversation_title (self->conversation) : "";
  gtk_label_set_text (self->title_label, conversation);
  gtk_widget_set_visible (GTK_WIDGET (self->title_label), *conversation != '\0');
  if (*conversation != '\0')
    gtk_widget_add_css_class (GTK_WIDGET (self->model_label), "subtitle");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->model_label), "subtitle");
  const char *name = sen_window_is_finding (self) ? _("Find Files") : *conversation != '\0' ? conversation : "Sensorium";
  /* Screen readers say a title whenever it is set. */
  if (g_strcmp0 (gtk_window_get_title (GTK_WINDOW (self)), name) != 0)
    gtk_window_set_title (GTK_WINDOW (self), name);
  gtk_label_set_text (self->model_label, title);
  update_context (self, &status);
  update_device (self, &status);
  update_actions (self, &status, has_messages);
  sen_composer_set_busy (self->composer, self->answer != NULL);
  sen_conversation_view_set_busy (self->view, self->job != NULL);
  sen_window_update_look (self);
  /* An unloaded model comes back by itself for the next question. */
  gboolean can_send = status.state == SEN_ENGINE_READY || (status.state == SEN_ENGINE_EMPTY && self->was_unloaded);
  sen_composer_set_can_send (self->composer, can_send);
  update_invitation (self, can_send, has_model);
  const char *page = has_messages ? "conversation" : has_model || can_send ? "start" : "models";
  sen_window_place_models (self, strcmp (page, "models") == 0);
  gtk_stack_set_visible_child_name (self->stack, page);
  sen_engine_status_clear (&status);
}

void
sen_window_show_banner (SenWindow *self, const char *text, const char *action, const char *label)
{
  self->shows_problem = FALSE;
  gtk_label_set_text (self->banner_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->banner_button), action != NULL);
  if (action != NULL)
    {
      gtk_button_set_label (self->banner_button, label);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->banner_button), action);
    }
  gtk_revealer_set_reveal_child (self->banner, TRUE);
  sen_announce (GTK_WINDOW (self), text);
}

void
sen_window_hide_banner (SenWindow *self)
{
  gtk_revealer_set_reveal_child (self->banner, FALSE);
  /* This one stays true whatever else was told in between. */
  sen_window_tell_problem (self);
}

void
sen_window_show_error (SenWindow *self, const GError *error)
{
  SenAdvice advice;
  sen_advice_init (&advice, error);
  sen_window_show_banner (self, advice.text, advice.action, advice.label);
  sen_advice_clear (&advice);
}

void
sen_window_toast (SenWindow *self, const char *text)
{
  /* A toast reads markup, and names of files may hold anything. */
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  adw_toast_overlay_add_toast (sen_window_is_finding (self) ? self->find_toasts : self->toasts, adw_toast_new (escaped));
  sen_announce (GTK_WINDOW (self), text);
}

void
sen_window_offer_focus (SenWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  if (sen_window_is_finding (self))
    return;
  if (focus == NULL || !GTK_IS_TEXT (focus))
    sen_composer_focus (self->composer);
}

static void
on_close_banner (GtkButton *button, SenWindow *self)
{
  self->is_problem_known = self->is_problem_known || self->shows_problem;
  sen_window_hide_banner (self);
}

/* --- Asking ------------------------------------------------------------------------------------------------------------------------ */

static void
on_send (SenComposer *composer, const char *text, SenWindow *self)
{
  sen_window_ask (self, text);
}

static void
on_stop (SenComposer *composer, SenWindow *self)
{
  sen_window_stop (self);
}

static void
on_too_long (SenComposer *composer, guint64 n_bytes, guint64 n_most, SenWindow *self)
{
  g_autofree char *size = g_format_size (n_bytes), *most = g_format_size (n_most);
  /* translators: two sizes, such as 10 MB */
  g_autofree char *text = g_strdup_printf (_("The clipboard holds %s of text, more than any model can read at once; a message takes %s at "
                                             "most. It is still in the clipboard."), size, most);
  sen_window_show_banner (self, text, NULL, NULL);
}

static void
on_suggestion (GtkButton *button, SenWindow *self)
{
  sen_composer_set_text (self->composer, gtk_button_get_label (button));
  sen_composer_submit (self->composer);
}

/* --- Actions -------------------------------------------------------------------------------------------------------------------------- */

/* The last answer of the path, or NULL. (transfer full) */
static SenMessage *
last_answer (SenWindow *self)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->conversation)); i > 0; i--)
    {
      SenMessage *message = g_list_model_get_item (G_LIST_MODEL (self->conversation), i - 1);
      if (sen_message_speaker (message) == SEN_SPEAKER_ASSISTANT)
        return message;
      g_object_unref (message);
    }
  return NULL;
}

static void
action_stop (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sen_window_stop (data);
  sen_window_stop_reading (data);
}

static void
action_copy_answer (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  g_autoptr (SenMessage) message = last_answer (self);
  if (message == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), sen_message_text (message));
  sen_window_toast (self, _("Answer copied"));
}

static void
action_regenerate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  g_autoptr (SenMessage) message = last_answer (self);
  sen_window_answer (self, message);
}

/* The last question, as the pencil beside it would. */
static void
action_edit_last (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  SenMessageRow *row;
  for (guint i = 0; (row = sen_conversation_view_nth_row (self->view, i)) != NULL; i++)
    if (sen_message_speaker (sen_message_row_message (row)) == SEN_SPEAKER_USER)
      {
        sen_message_row_edit (row);
        return;
      }
}

/* Up where nothing is written yet: the last question once more. */
static gboolean
on_composer_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenWindow *self)
{
  if ((key != GDK_KEY_Up && key != GDK_KEY_KP_Up) || (state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  g_autofree char *text = sen_composer_get_text (self->composer);
  if (*text != '\0' || !g_action_group_get_action_enabled (G_ACTION_GROUP (self), "edit-last"))
    return GDK_EVENT_PROPAGATE;
  g_action_group_activate_action (G_ACTION_GROUP (self), "edit-last", NULL);
  return GDK_EVENT_STOP;
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

static void
action_leave_out (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sen_window_leave_out (data);
}

static void
action_search (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  adw_flap_set_reveal_flap (self->flap, TRUE);
  sen_sidebar_focus_search (self->sidebar);
}

static void
action_find (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SenWindow *self = data;
  if (sen_window_is_finding (self))
    sen_find_page_enter (self->find_page);
  else
    sen_find_bar_open (self->find_bar);
}

static void
action_toggle_sidebar (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AdwFlap *flap = SEN_WINDOW (data)->flap;
  adw_flap_set_reveal_flap (flap, !adw_flap_get_reveal_flap (flap));
}

static void
action_focus_composer (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sen_window_show_finding (data, false);
  sen_composer_focus (SEN_WINDOW (data)->composer);
}

static void
action_preferences (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_present (GTK_WINDOW (sen_preferences_new (data)));
}

static void
action_preferences_of_model (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWidget *preferences = sen_preferences_new (data);
  adw_preferences_window_set_visible_page_name (ADW_PREFERENCES_WINDOW (preferences), "model");
  gtk_window_present (GTK_WINDOW (preferences));
}

/* --- The window ----------------------------------------------------------------------------------------------------------------------- */

/* On a narrow window the pane is all of it. */
static void
sen_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gboolean is_narrow = width < NARROW_PX;
  GtkWidget *pane = GTK_WIDGET (SEN_WINDOW (widget)->look_pane);
  if (gtk_widget_get_hexpand (pane) != is_narrow)
    gtk_widget_set_hexpand (pane, is_narrow);
  GTK_WIDGET_CLASS (sen_window_parent_class)->size_allocate (widget, width, height, baseline);
}

static gboolean
sen_window_close_request (GtkWindow *window)
{
  SenWindow *self = SEN_WINDOW (window);
  sen_window_stop (self);
  sen_window_save_draft (self);
  int width, height;
  gtk_window_get_default_size (window, &width, &height);
  self->settings->width = (uint32_t) MAX (width, 0);
  self->settings->height = (uint32_t) MAX (height, 0);
  self->settings->maximized = gtk_window_is_maximized (window);
  sen_settings_save (self->settings);
  g_settings_sync ();
  return GTK_WINDOW_CLASS (sen_window_parent_class)->close_request (window);
}

static void
sen_window_dispose (GObject *object)
{
  SenWindow *self = SEN_WINDOW (object);
  /* An answer in the middle is kept as far as it came. */
  if (self->answer != NULL)
    sen_message_finish (self->answer, SEN_MESSAGE_STOPPED, NULL);
  g_clear_handle_id (&self->idle_source, g_source_remove);
  g_clear_handle_id (&self->load_source, g_source_remove);
  g_clear_handle_id (&self->begin_source, g_source_remove);
  sen_window_stop_counting (self);
  g_clear_object (&self->answer);
  g_clear_object (&self->answering);
  g_clear_object (&self->in_mind);
  g_clear_weak_pointer (&self->undo_toast);
  g_clear_object (&self->waiting_again);
  g_clear_object (&self->waiting_unfinished);
  g_clear_object (&self->conversation);
  g_clear_object (&self->job);
  sen_window_stop_looking_in_files (self);
  if (self->look_job != NULL)
    sen_job_cancel (self->look_job);
  g_clear_object (&self->look_job);
  if (self->method_job != NULL)
    sen_job_cancel (self->method_job);
  g_clear_object (&self->method_job);
  g_clear_object (&self->looked);
  if (self->dictation != NULL)
    sen_dictation_cancel (self->dictation);
  g_clear_object (&self->dictation);
  g_clear_object (&self->read);
  g_clear_object (&self->reader);
  g_clear_object (&self->hotkey);
  if (self->getting != NULL)
    g_cancellable_cancel (self->getting);
  if (self->getting_finder != NULL)
    g_cancellable_cancel (self->getting_finder);
  g_clear_pointer (&self->sentences, sen_sentences_free);
  g_clear_pointer (&self->cuts, g_hash_table_unref);
  g_clear_pointer (&self->look_cache, sen_explain_cache_free);
  g_clear_pointer (&self->demo_ways, g_strfreev);
  g_clear_pointer (&self->shown_models, g_ptr_array_unref);
  g_clear_pointer (&self->loaded_device, g_free);
  sen_choices_clear (&self->devices);
  g_clear_pointer (&self->machine, g_free);
  g_clear_pointer (&self->demo_prompt, g_free);
  g_clear_pointer (&self->demo_path, g_free);
  g_clear_pointer (&self->demo_find_path, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_WINDOW);
  G_OBJECT_CLASS (sen_window_parent_class)->dispose (object);
}

static void
sen_window_class_init (SenWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_window_dispose;
  widget_class->size_allocate = sen_window_size_allocate;
  GTK_WINDOW_CLASS (klass)->close_request = sen_window_close_request;
  g_type_ensure (SEN_TYPE_COMPOSER);
  g_type_ensure (SEN_TYPE_CONVERSATION_VIEW);
  g_type_ensure (SEN_TYPE_FIND_BAR);
  g_type_ensure (SEN_TYPE_FIND_PAGE);
  g_type_ensure (SEN_TYPE_LOOK_PANE);
  g_type_ensure (SEN_TYPE_SIDEBAR);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-window.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SenWindow, name)
  BIND (toasts);
  BIND (stack);
  BIND (flap);
  BIND (pages);
  BIND (find_page);
  BIND (find_toasts);
  BIND (sidebar);
  BIND (find_bar);
  BIND (view);
  BIND (composer);
  BIND (model_button);
  BIND (model_popover);
  BIND (title_label);
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
  BIND (start_label);
  BIND (start_note);
  BIND (suggestions);
  BIND (drop_area);
  BIND (drop_hint);
  BIND (look_flap);
  BIND (look_pane);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_send);
  gtk_widget_class_bind_template_callback (widget_class, on_stop);
  gtk_widget_class_bind_template_callback (widget_class, on_too_long);
  gtk_widget_class_bind_template_callback (widget_class, on_suggestion);
  gtk_widget_class_bind_template_callback (widget_class, on_close_banner);
}

static void
sen_window_init (SenWindow *self)
{
  const GActionEntry actions[] = {
    { .name = "stop", .activate = action_stop },
    { .name = "copy-answer", .activate = action_copy_answer },
    { .name = "regenerate", .activate = action_regenerate },
    { .name = "models", .activate = action_models },
    { .name = "unload", .activate = action_unload },
    { .name = "edit-last", .activate = action_edit_last },
    { .name = "leave-out", .activate = action_leave_out },
    { .name = "search", .activate = action_search },
    { .name = "find", .activate = action_find },
    { .name = "toggle-sidebar", .activate = action_toggle_sidebar },
    { .name = "focus-composer", .activate = action_focus_composer },
    { .name = "preferences", .activate = action_preferences },
    { .name = "preferences-of-model", .activate = action_preferences_of_model },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  sen_find_bar_set_view (self->find_bar, self->view);
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_composer_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self->composer), keys);
  self->sentences = sen_sentences_new ();
  self->cuts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
}

SenWindow *
sen_window_new (SenApplication *application)
{
  SenWindow *self = g_object_new (SEN_TYPE_WINDOW, "application", application, NULL);
  self->application = application;
  self->engine = sen_application_engine (application);
  self->settings = sen_application_settings (application);
  self->history = sen_application_history (application);
  self->perception = sen_application_perception (application);
  self->inventory = sen_application_inventory (application);
  self->finding = sen_application_finding (application);
  gtk_window_set_default_size (GTK_WINDOW (self), (int) self->settings->width, (int) self->settings->height);
  if (self->settings->maximized)
    gtk_window_maximize (GTK_WINDOW (self));

  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (SEN_RESOURCE_PATH "/sen-shortcuts.ui");
  gtk_application_window_set_help_overlay (GTK_APPLICATION_WINDOW (self),
                                           GTK_SHORTCUTS_WINDOW (gtk_builder_get_object (builder, "shortcuts")));
  g_signal_connect_object (self->engine, "changed", G_CALLBACK (sen_window_update), self, G_CONNECT_SWAPPED);
  sen_window_init_attachments (self);
  sen_window_init_reading (self);
  sen_window_init_mic (self);
  sen_window_init_look (self);
  sen_window_init_finding (self);
  sen_window_init_files (self);
  sen_window_init_conversations (self);
  sen_window_init_adding (self);
  sen_window_init_models (self);
  sen_window_update (self);
  return self;
}
