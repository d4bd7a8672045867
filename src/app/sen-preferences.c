/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-preferences.h"

#include <glib/gi18n.h>

#include "sen-advice.h"
#include "sen-announce.h"
#include "sen-mic-row.h"
#include "sen-read-rows.h"
#include "sen-way-rows.h"
#include "sen-window-private.h"

/* Changes are stored once they rest: a key may be written to a file. */
#define REST_MS 400

struct _SenPreferences {
  AdwPreferencesWindow parent_instance;

  /* Template widgets */
  AdwComboRow         *scheme_row, *context_row, *model_row, *device_row;
  AdwPreferencesGroup *device_group;
  SenMicRow           *mic_row;
  SenReadRows         *read_rows;
  SenWayRows          *way_rows;
  GtkTextView         *system_view;
  AdwActionRow        *history_row, *models_row;
  GtkButton           *default_button;
  GtkSpinButton *threads_spin, *idle_spin, *temperature_spin, *top_p_spin, *top_k_spin, *min_p_spin, *repetition_spin, *max_tokens_spin;

  /* Borrowed; this window is transient for its parent */
  SenWindow      *parent;
  SenApplication *application;
  SenSettings    *settings;

  SenChoices models, devices;   /* of model_row and device_row */
  GPtrArray *device_rows;       /* borrowed: one for each device */
  guint      save_source;
  gboolean   is_filling;
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
      g_autofree char *name = contexts[i] > 0 ? g_strdup_printf (_("%'u tokens"), contexts[i]) : g_strdup (_("Automatic"));
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
fill (SenPreferences *self)
{
  const char *history = sen_history_path (sen_application_history (self->application));
  self->is_filling = TRUE;
  adw_combo_row_set_selected (self->scheme_row, self->settings->scheme);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->system_view), self->settings->system_prompt, -1);
  adw_action_row_set_subtitle (self->history_row, history != NULL ? history : "");
  gtk_widget_set_sensitive (GTK_WIDGET (self->history_row), history != NULL);
  sen_mic_row_set_settings (self->mic_row, self->settings, sen_application_debug (self->application)->capture_helper);
  sen_read_rows_set_settings (self->read_rows, self->settings, self->parent->reader);
  fill_contexts (self);
  fill_sampling (self);
  gtk_spin_button_set_value (self->threads_spin, self->settings->n_threads);
  gtk_spin_button_set_value (self->idle_spin, self->settings->idle_minutes);
  gtk_spin_button_set_value (self->max_tokens_spin, self->settings->max_tokens);
  self->is_filling = FALSE;
}

/* --- What follows the machine --------------------------------------------------------------------------------------------------------- */

/* NULL when it is not known yet, or gone. */
static const SenModelStatus *
find_model (GPtrArray *models, const char *path)
{
  for (guint i = 0; models != NULL && i < models->len; i++)
    if (g_strcmp0 (((const SenModelStatus *) g_ptr_array_index (models, i))->path, path) == 0)
      return g_ptr_array_index (models, i);
  return NULL;
}

static void
fill_models (SenPreferences *self)
{
  GPtrArray *models = sen_inventory_models (sen_application_inventory (self->application));
  SenEngineStatus status;
  sen_engine_get_status (sen_application_engine (self->application), &status);
  const char *current = status.model_path != NULL ? status.model_path : self->settings->model;
  self->is_filling = TRUE;
  sen_choices_list_models (&self->models, models, current);
  adw_combo_row_set_model (self->model_row, G_LIST_MODEL (self->models.names));
  adw_combo_row_set_selected (self->model_row, self->models.selected);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->model_row),
                               self->models.keys->len == 0 ? _("None is here yet; the window offers some") : current);
  gtk_widget_set_sensitive (GTK_WIDGET (self->model_row), self->models.keys->len > 0);
  sen_way_rows_show (self->way_rows, find_model (models, current), models, (const char *const *) self->settings->connectors);
  self->is_filling = FALSE;
  sen_engine_status_clear (&status);
}

static void
fill_folder (SenPreferences *self)
{
  SenModelStore *store = sen_application_store (self->application);
  const char *fixed = store != NULL ? sen_model_store_models_dir (store) : NULL;
  g_autofree char *target = store != NULL ? sen_model_store_dup_target_dir (store) : g_strdup ("");
  g_autofree char *text = fixed == NULL ? g_strdup (target)
                          /* translators: two folders */
                          : g_strdup_printf (_("SENSORIUM_MODELS is set: models are first looked for in %s; new ones are kept in %s."),
                                             fixed, target);
  adw_action_row_set_subtitle (self->models_row, text);
  gtk_widget_set_sensitive (GTK_WIDGET (self->models_row), store != NULL && fixed == NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->default_button), store != NULL && !sen_model_store_target_is_default (store));
}

static char *
describe_self_test (const SenDeviceEntry *entry)
{
  if (entry->unusable != NULL)
    return g_strdup_printf (_("Cannot be used: %s"), entry->unusable);
  switch (entry->self_test)
    {
    case SEN_SELF_TEST_PASSED:
      return g_strdup (_("Self-test passed"));
    case SEN_SELF_TEST_FAILED:
      return g_strdup_printf (_("Not used, because the self-test failed: %s"), entry->self_test_note);
    default:
      return g_strdup (_("Tested when it is first used"));
    }
}

static void
on_test (GtkButton *button, SenPreferences *self)
{
  sen_inventory_test_device (sen_application_inventory (self->application), g_object_get_data (G_OBJECT (button), "device"));
  gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE);
  gtk_button_set_label (button, _("Testing…"));
}

static GtkWidget *
new_device_row (SenPreferences *self, const SenDeviceEntry *entry)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *state = describe_self_test (entry);
  g_autofree char *subtitle = entry->driver != NULL && *entry->driver != '\0' ? g_strdup_printf ("%s\n%s", entry->driver, state)
                                                                         : g_strdup (state);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), entry->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 4);
  if (entry->unusable != NULL || entry->kind == SEN_DEVICE_CPU)
    return row;
  GtkWidget *button = gtk_button_new_with_label (_("Test"));
  g_autofree char *name = g_strdup_printf (_("Test %s"), entry->name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (button), "device", g_strdup (entry->id), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_test), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static void
fill_device_reason (SenPreferences *self)
{
  SenEngineStatus status;
  sen_engine_get_status (sen_application_engine (self->application), &status);
  g_autofree char *reason = NULL;
  if (status.device != NULL)
    /* translators: device, and why it is used */
    reason = g_strdup_printf (_("Now: %s, because %s"), status.device, sen_advice_reason (status.reason));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->device_row), reason != NULL ? reason : _("No model is loaded now"));
  sen_engine_status_clear (&status);
}

static void
fill_devices (SenPreferences *self)
{
  GPtrArray *devices = sen_inventory_devices (sen_application_inventory (self->application));
  self->is_filling = TRUE;
  sen_choices_list_devices (&self->devices, devices, self->settings->device);
  adw_combo_row_set_model (self->device_row, G_LIST_MODEL (self->devices.names));
  adw_combo_row_set_selected (self->device_row, self->devices.selected);
  self->is_filling = FALSE;
  for (guint i = 0; i < self->device_rows->len; i++)
    adw_preferences_group_remove (self->device_group, g_ptr_array_index (self->device_rows, i));
  g_ptr_array_set_size (self->device_rows, 0);
  for (guint i = 0; devices != NULL && i < devices->len; i++)
    {
      GtkWidget *row = new_device_row (self, g_ptr_array_index (devices, i));
      adw_preferences_group_add (self->device_group, row);
      g_ptr_array_add (self->device_rows, row);
    }
  fill_device_reason (self);
}

/* A few times a second while an answer is written; mostly it is the same model on the same device. */
static void
on_engine_changed (SenPreferences *self)
{
  SenEngineStatus status;
  sen_engine_get_status (sen_application_engine (self->application), &status);
  const char *shown = sen_choices_key (&self->models, self->models.selected);
  if (status.model_path != NULL && g_strcmp0 (status.model_path, shown) != 0)
    fill_models (self);
  sen_engine_status_clear (&status);
  fill_device_reason (self);
}

static void
tell (SenPreferences *self, const char *text)
{
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), adw_toast_new (text));
  sen_announce (GTK_WINDOW (self), text);
}

/* --- What the user changes ---------------------------------------------------------------------------------------------------------- */

static gboolean
save (gpointer data)
{
  SenPreferences *self = data;
  self->save_source = 0;
  sen_settings_save (self->settings);
  return G_SOURCE_REMOVE;
}

/* It acts at once, and is kept. */
static void
take (SenPreferences *self)
{
  sen_window_follow_settings (self->parent);
  g_clear_handle_id (&self->save_source, g_source_remove);
  self->save_source = g_timeout_add (REST_MS, save, self);
}

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
  take (self);
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
  take (self);
}

static void
on_scheme (AdwComboRow *row, GParamSpec *property, SenPreferences *self)
{
  if (self->is_filling || self->settings == NULL)
    return;
  self->settings->scheme = (SenScheme) adw_combo_row_get_selected (row);
  sen_settings_apply_scheme (self->settings);
  take (self);
}

static void
on_context (AdwComboRow *row, GParamSpec *property, SenPreferences *self)
{
  guint selected = adw_combo_row_get_selected (row);
  if (self->is_filling || self->settings == NULL || selected >= G_N_ELEMENTS (contexts))
    return;
  self->settings->n_ctx = contexts[selected];
  take (self);
}

static void
on_model (AdwComboRow *row, GParamSpec *property, SenPreferences *self)
{
  const char *path = sen_choices_key (&self->models, adw_combo_row_get_selected (row));
  if (self->is_filling || path == NULL)
    return;
  sen_window_load_model (self->parent, path);
  take (self);
}

static void
on_way (SenWayRows *rows, const char *name, gboolean is_used, SenPreferences *self)
{
  sen_window_use_connector (self->parent, name, is_used);
}

static void
on_device (AdwComboRow *row, GParamSpec *property, SenPreferences *self)
{
  const char *id = sen_choices_key (&self->devices, adw_combo_row_get_selected (row));
  if (!self->is_filling && id != NULL)
    sen_window_use_device (self->parent, id);
}

static void
on_reset (GtkButton *button, SenPreferences *self)
{
  self->is_filling = TRUE;
  sen_settings_reset_sampling (self->settings);
  fill_sampling (self);
  self->is_filling = FALSE;
  take (self);
}

static void
on_back_up (GtkButton *button, SenPreferences *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->parent), "back-up", NULL);
}

static void
on_folder_shown (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  if (!gtk_show_uri_full_finish (GTK_WINDOW (source), result, &error))
    tell (SEN_PREFERENCES (source), error->message);
}

static void
on_open_data (GtkButton *button, SenPreferences *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (sen_history_path (sen_application_history (self->application)));
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autofree char *uri = g_file_get_uri (folder);
  gtk_show_uri_full (GTK_WINDOW (self), uri, GDK_CURRENT_TIME, NULL, on_folder_shown, NULL);
}

/* --- The folder of the models --------------------------------------------------------------------------------------------------------- */

static void
on_folder_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenPreferences) self = data;
  g_autoptr (GError) error = NULL;
  bool ok = sen_inventory_set_folder_finish (SEN_INVENTORY (source), result, &error);
  /* Closed meanwhile. */
  if (self->models_row == NULL)
    return;
  fill_folder (self);
  tell (self, ok ? _("New models are kept there; what is elsewhere stays") : error->message);
}

static void
set_folder (SenPreferences *self, const char *path)
{
  sen_inventory_set_folder_async (sen_application_inventory (self->application), path, on_folder_set, g_object_ref (self));
}

static void
on_folder_chosen (GtkNativeDialog *dialog, int response, SenPreferences *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  if (path != NULL)
    set_folder (self, path);
  else if (file != NULL)
    tell (self, _("The folder must be on this machine"));
  g_object_unref (dialog);
}

static void
on_choose_folder (GtkButton *button, SenPreferences *self)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_("Keep Models In"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                                              _("_Choose"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_folder_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
on_default_folder (GtkButton *button, SenPreferences *self)
{
  set_folder (self, NULL);
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
  SenPreferences *self = SEN_PREFERENCES (object);
  g_clear_handle_id (&self->save_source, g_source_remove);
  g_clear_pointer (&self->device_rows, g_ptr_array_unref);
  sen_choices_clear (&self->models);
  sen_choices_clear (&self->devices);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_PREFERENCES);
  G_OBJECT_CLASS (sen_preferences_parent_class)->dispose (object);
}

static void
sen_preferences_class_init (SenPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_preferences_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = sen_preferences_close_request;
  g_type_ensure (SEN_TYPE_MIC_ROW);
  g_type_ensure (SEN_TYPE_READ_ROWS);
  g_type_ensure (SEN_TYPE_WAY_ROWS);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-preferences.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SenPreferences, name)
  BIND (scheme_row);
  BIND (mic_row);
  BIND (read_rows);
  BIND (way_rows);
  BIND (context_row);
  BIND (model_row);
  BIND (device_row);
  BIND (device_group);
  BIND (default_button);
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
  gtk_widget_class_bind_template_callback (widget_class, on_model);
  gtk_widget_class_bind_template_callback (widget_class, on_device);
  gtk_widget_class_bind_template_callback (widget_class, on_way);
  gtk_widget_class_bind_template_callback (widget_class, on_open_data);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_folder);
  gtk_widget_class_bind_template_callback (widget_class, on_default_folder);
  gtk_widget_class_bind_template_callback (widget_class, on_reset);
  gtk_widget_class_bind_template_callback (widget_class, on_back_up);
}

static void
sen_preferences_init (SenPreferences *self)
{
  self->is_filling = TRUE;
  self->device_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  GtkSpinButton *spins[] = {
    self->threads_spin, self->idle_spin, self->temperature_spin, self->top_p_spin, self->top_k_spin, self->min_p_spin,
    self->repetition_spin, self->max_tokens_spin,
  };
  for (size_t i = 0; i < G_N_ELEMENTS (spins); i++)
    g_signal_connect_object (spins[i], "value-changed", G_CALLBACK (on_number), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->read_rows, "changed", G_CALLBACK (take), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->mic_row, "chosen", G_CALLBACK (take), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_text_view_get_buffer (self->system_view), "changed", G_CALLBACK (on_system), self, G_CONNECT_SWAPPED);
}

GtkWidget *
sen_preferences_new (SenWindow *parent)
{
  SenPreferences *self = g_object_new (SEN_TYPE_PREFERENCES, "transient-for", parent, "modal", TRUE, NULL);
  self->parent = parent;
  self->application = SEN_APPLICATION (gtk_window_get_application (GTK_WINDOW (parent)));
  self->settings = sen_application_settings (self->application);
  SenInventory *inventory = sen_application_inventory (self->application);
  g_signal_connect_object (inventory, "models-changed", G_CALLBACK (fill_models), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (inventory, "devices-changed", G_CALLBACK (fill_devices), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (sen_application_engine (self->application), "changed", G_CALLBACK (on_engine_changed), self, G_CONNECT_SWAPPED);
  fill (self);
  fill_models (self);
  fill_folder (self);
  fill_devices (self);
  sen_inventory_look_for_models (inventory);
  sen_inventory_look_for_devices (inventory);
  return GTK_WIDGET (self);
}
