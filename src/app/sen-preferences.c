/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-preferences.h"

#include <glib/gi18n.h>

struct _SenPreferences {
  AdwPreferencesWindow parent_instance;

  /* Template widgets */
  AdwComboRow   *scheme_row, *context_row;
  GtkTextView   *system_view;
  AdwActionRow  *history_row, *models_row;
  GtkSpinButton *threads_spin, *idle_spin, *temperature_spin, *top_p_spin, *top_k_spin, *min_p_spin, *repetition_spin, *max_tokens_spin;

  SenSettings *settings;     /* borrowed */
  GtkWindow   *parent;       /* borrowed: this window is transient for it */
  gboolean     is_filling;
};

G_DEFINE_FINAL_TYPE (SenPreferences, sen_preferences, ADW_TYPE_PREFERENCES_WINDOW)

/* 0: as the model wants, up to 4,096. */
static const uint32_t contexts[] = { 0, 2048, 4096, 8192, 16384, 32768, 65536, 131072 };

static void
fill_contexts (SenPreferences *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (contexts); i++)
    {
      g_autofree char *name = contexts[i] > 0 ? g_strdup_printf (_("%u tokens"), contexts[i]) : g_strdup (_("Automatic"));
      gtk_string_list_append (names, name);
      if (contexts[i] == self->settings->n_ctx)
        selected = (guint) i;
    }
  adw_combo_row_set_model (self->context_row, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->context_row, selected);
}

static void
fill_sampling (SenPreferences *self)
{
  const SenSampling *sampling = &self->settings->sampling;
  gtk_spin_button_set_value (self->temperature_spin, sampling->temperature);
  gtk_spin_button_set_value (self->top_p_spin, sampling->top_p > 0.0f ? sampling->top_p : 1.0);
  gtk_spin_button_set_value (self->top_k_spin, sampling->top_k);
  gtk_spin_button_set_value (self->min_p_spin, sampling->min_p);
  gtk_spin_button_set_value (self->repetition_spin, sampling->repetition_penalty > 0.0f ? sampling->repetition_penalty : 1.0);
}

static void
fill (SenPreferences *self, SenWindow *window)
{
  SenApplication *application = SEN_APPLICATION (gtk_window_get_application (GTK_WINDOW (window)));
  SenModelStore *store = sen_application_store (application);
  const char *history = sen_history_path (sen_application_history (application));
  self->is_filling = TRUE;
  adw_combo_row_set_selected (self->scheme_row, self->settings->scheme);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->system_view), self->settings->system_prompt, -1);
  adw_action_row_set_subtitle (self->history_row, history != NULL ? history : "");
  adw_action_row_set_subtitle (self->models_row, store != NULL ? sen_model_store_target_dir (store) : "");
  fill_contexts (self);
  fill_sampling (self);
  gtk_spin_button_set_value (self->threads_spin, self->settings->n_threads);
  gtk_spin_button_set_value (self->idle_spin, self->settings->idle_minutes);
  gtk_spin_button_set_value (self->max_tokens_spin, self->settings->max_tokens);
  self->is_filling = FALSE;
}

/* --- What the user changes ---------------------------------------------------------------------------------------------------------- */

static void
on_number (SenPreferences *self)
{
  SenSettings *settings = self->settings;
  if (self->is_filling)
    return;
  settings->sampling.temperature = (float) gtk_spin_button_get_value (self->temperature_spin);
  settings->sampling.top_p = (float) gtk_spin_button_get_value (self->top_p_spin);
  settings->sampling.top_k = (uint32_t) gtk_spin_button_get_value_as_int (self->top_k_spin);
  settings->sampling.min_p = (float) gtk_spin_button_get_value (self->min_p_spin);
  settings->sampling.repetition_penalty = (float) gtk_spin_button_get_value (self->repetition_spin);
  settings->max_tokens = (uint32_t) gtk_spin_button_get_value_as_int (self->max_tokens_spin);
  settings->n_threads = (uint32_t) gtk_spin_button_get_value_as_int (self->threads_spin);
  settings->idle_minutes = (uint32_t) gtk_spin_button_get_value_as_int (self->idle_spin);
}

static void
on_system (SenPreferences *self)
{
  GtkTextIter start, end;
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->system_view);
  if (self->is_filling)
    return;
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  g_free (self->settings->system_prompt);
  self->settings->system_prompt = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

static void
on_scheme (AdwComboRow *row, GParamSpec *property, SenPreferences *self)
{
  if (self->is_filling || self->settings == NULL)
    return;
  self->settings->scheme = (SenScheme) adw_combo_row_get_selected (row);
  sen_settings_apply_scheme (self->settings);
}

static void
on_context (AdwComboRow *row, GParamSpec *property, SenPreferences *self)
{
  guint selected = adw_combo_row_get_selected (row);
  if (!self->is_filling && self->settings != NULL && selected < G_N_ELEMENTS (contexts))
    self->settings->n_ctx = contexts[selected];
}

static void
on_reset (GtkButton *button, SenPreferences *self)
{
  self->is_filling = TRUE;
  sen_settings_reset_sampling (self->settings);
  fill_sampling (self);
  self->is_filling = FALSE;
}

static void
on_back_up (GtkButton *button, SenPreferences *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->parent), "back-up", NULL);
}

/* --- The window --------------------------------------------------------------------------------------------------------------------- */

static gboolean
sen_preferences_close_request (GtkWindow *window)
{
  sen_settings_save (SEN_PREFERENCES (window)->settings);
  return GTK_WINDOW_CLASS (sen_preferences_parent_class)->close_request (window);
}

static void
sen_preferences_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_PREFERENCES);
  G_OBJECT_CLASS (sen_preferences_parent_class)->dispose (object);
}

static void
sen_preferences_class_init (SenPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_preferences_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = sen_preferences_close_request;
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-preferences.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SenPreferences, name)
  BIND (scheme_row);
  BIND (context_row);
  BIND (system_view);
  BIND (history_row);
  BIND (models_row);
  BIND (threads_spin);
  BIND (idle_spin);
  BIND (temperature_spin);
  BIND (top_p_spin);
  BIND (top_k_spin);
  BIND (min_p_spin);
  BIND (repetition_spin);
  BIND (max_tokens_spin);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_scheme);
  gtk_widget_class_bind_template_callback (widget_class, on_context);
  gtk_widget_class_bind_template_callback (widget_class, on_reset);
  gtk_widget_class_bind_template_callback (widget_class, on_back_up);
}

static void
sen_preferences_init (SenPreferences *self)
{
  self->is_filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  GtkSpinButton *spins[] = {
    self->threads_spin, self->idle_spin, self->temperature_spin, self->top_p_spin, self->top_k_spin, self->min_p_spin,
    self->repetition_spin, self->max_tokens_spin,
  };
  for (size_t i = 0; i < G_N_ELEMENTS (spins); i++)
    g_signal_connect_object (spins[i], "value-changed", G_CALLBACK (on_number), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_text_view_get_buffer (self->system_view), "changed", G_CALLBACK (on_system), self, G_CONNECT_SWAPPED);
}

GtkWidget *
sen_preferences_new (SenWindow *parent)
{
  SenPreferences *self = g_object_new (SEN_TYPE_PREFERENCES, "transient-for", parent, "modal", TRUE, NULL);
  self->parent = GTK_WINDOW (parent);
  self->settings = sen_application_settings (SEN_APPLICATION (gtk_window_get_application (GTK_WINDOW (parent))));
  fill (self, parent);
  return GTK_WIDGET (self);
}
