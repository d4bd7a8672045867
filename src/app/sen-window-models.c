/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>

#include "sen-window-private.h"

/* Spin buttons turn on while they are held; the model is loaded once they rest. */
#define REST_MS 800

static void
on_use (SenModelRow *row, const char *path, SenWindow *self)
{
  gtk_popover_popdown (self->model_popover);
  sen_window_load_model (self, path);
}

/* A model that was got while another one talks does not interrupt it. */
static void
on_fetched (SenModelRow *row, const char *path, SenWindow *self)
{
  sen_inventory_look_for_models (self->inventory);
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  bool is_free = status.state == SEN_ENGINE_EMPTY && self->job == NULL;
  sen_engine_status_clear (&status);
  /* translators: name of a model */
  g_autofree char *text = g_strdup_printf (_("%s is ready"), sen_model_row_title (row));
  sen_window_toast (self, text);
  if (is_free)
    sen_window_load_model (self, path);
}

SenModelRow *
sen_window_nth_model_row (SenWindow *self, guint n)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->model_list, (int) n);
  /* The last row is for adding others. */
  return SEN_IS_MODEL_ROW (row) ? SEN_MODEL_ROW (row) : NULL;
}

/* --- Deleting ---------------------------------------------------------------------------------------------------------------------- */

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenWindow) self = data;
  g_autoptr (GError) error = NULL;
  bool ok = sen_inventory_remove_finish (SEN_INVENTORY (source), result, &error);
  if (self->composer != NULL && !ok)
    sen_window_show_error (self, error);
}

static void
on_remove_answered (AdwMessageDialog *dialog, const char *response, SenWindow *self)
{
  if (strcmp (response, "remove") == 0)
    sen_inventory_remove_async (self->inventory, g_object_get_data (G_OBJECT (dialog), "name"), on_removed, g_object_ref (self));
}

static void
on_remove (SenModelRow *row, const char *name, SenWindow *self)
{
  SenModelStore *store = sen_application_store (self->application);
  const SenCatalogueEntry *entry = sen_catalogue_find (sen_model_store_catalogue (store), name);
  g_autofree char *size = g_format_size (entry != NULL ? entry->size_bytes : 0);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (GTK_WINDOW (self), NULL, NULL));
  gtk_popover_popdown (self->model_popover);
  /* translators: name of a model */
  adw_message_dialog_format_heading (dialog, entry != NULL ? _("Delete %s?") : _("Forget %s?"), sen_model_row_title (row));
  if (entry != NULL)
    /* translators: a size */
    adw_message_dialog_format_body (dialog, _("Up to %s on the disk become free. It can be got again."), size);
  else
    adw_message_dialog_set_body (dialog, _("The file stays where it is."));
  adw_message_dialog_add_responses (dialog, "cancel", _("_Cancel"), "remove", entry != NULL ? _("_Delete") : _("_Forget"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "remove", ADW_RESPONSE_DESTRUCTIVE);
  g_object_set_data_full (G_OBJECT (dialog), "name", g_strdup (name), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_remove_answered), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- What models would be like here --------------------------------------------------------------------------------------------------- */

static void
measure_machine (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const SenMachine machine = sen_machine_measure (data);
  g_task_return_pointer (task, g_memdup2 (&machine, sizeof machine), g_free);
}

static void
tell_rows (SenWindow *self)
{
  SenModelRow *row;
  for (guint i = 0; self->machine != NULL && (row = sen_window_nth_model_row (self, i)) != NULL; i++)
    sen_model_row_set_machine (row, self->machine);
}

static void
on_measured (GObject *source, GAsyncResult *result, gpointer data)
{
  SenWindow *self = SEN_WINDOW (source);
  g_free (self->machine);
  self->machine = g_task_propagate_pointer (G_TASK (result), NULL);
  self->is_measuring = FALSE;
  tell_rows (self);
}

/* Once, when there is a model to think about, and not while an answer has the cores. */
static void
measure_soon (SenWindow *self)
{
  if (self->machine != NULL || self->is_measuring || self->job != NULL)
    return;
  self->is_measuring = TRUE;
  g_autoptr (GTask) task = g_task_new (self, NULL, on_measured, NULL);
  g_task_set_task_data (task, (gpointer) sen_application_debug (self->application), NULL);
  g_task_run_in_thread (task, measure_machine);
}

/* --- The list ------------------------------------------------------------------------------------------------------------------------ */

/* Rows that fetch stay as they are: their progress is theirs. */
static bool
is_fetching (SenWindow *self)
{
  SenModelRow *row;
  for (guint i = 0; (row = sen_window_nth_model_row (self, i)) != NULL; i++)
    if (sen_model_row_is_fetching (row))
      return true;
  return false;
}

static bool
is_same (const SenModelStatus *a, const SenModelStatus *b)
{
  return strcmp (a->name, b->name) == 0 && a->state == b->state && a->size_bytes == b->size_bytes
         && a->removable == b->removable && g_strcmp0 (a->path, b->path) == 0;
}

/* Rows that say the same stay, and with them the focus. */
static bool
are_same (GPtrArray *a, GPtrArray *b)
{
  bool same = a != NULL && a->len == b->len;
  for (guint i = 0; same && i < a->len; i++)
    same = is_same (g_ptr_array_index (a, i), g_ptr_array_index (b, i));
  return same;
}

static void
make_rows (SenWindow *self, GPtrArray *models)
{
  SenModelRow *old;
  int n = 0;
  while ((old = sen_window_nth_model_row (self, 0)) != NULL)
    gtk_list_box_remove (self->model_list, GTK_WIDGET (old));
  for (guint i = 0; i < models->len; i++)
    {
      const SenModelStatus *status = g_ptr_array_index (models, i);
      if (!sen_inventory_is_for_chat (status))
        continue;
      SenModelRow *row = sen_model_row_new (sen_application_store (self->application), status);
      g_signal_connect_object (row, "use", G_CALLBACK (on_use), self, 0);
      g_signal_connect_object (row, "fetched", G_CALLBACK (on_fetched), self, 0);
      g_signal_connect_object (row, "remove", G_CALLBACK (on_remove), self, 0);
      gtk_list_box_insert (self->model_list, GTK_WIDGET (row), n++);
    }
}

static bool
has_offer (GPtrArray *models)
{
  for (guint i = 0; i < models->len; i++)
    {
      const SenModelStatus *status = g_ptr_array_index (models, i);
      if (sen_inventory_is_for_chat (status) && status->state != SEN_MODEL_PRESENT)
        return true;
    }
  return false;
}

/* The model that was used last, or else the first that is there. */
static const SenModelStatus *
choose_model (SenWindow *self, GPtrArray *models)
{
  const SenModelStatus *first = NULL;
  for (guint i = 0; i < models->len; i++)
    {
      const SenModelStatus *status = g_ptr_array_index (models, i);
      if (!sen_inventory_is_for_chat (status) || status->state != SEN_MODEL_PRESENT)
        continue;
      if (strcmp (status->path, self->settings->model) == 0)
        return status;
      first = first != NULL ? first : status;
    }
  return first;
}

static void
on_models_changed (SenWindow *self)
{
  GPtrArray *models = sen_inventory_models (self->inventory);
  bool is_first = self->shown_models == NULL;
  if (!is_fetching (self) && !are_same (self->shown_models, models))
    {
      g_clear_pointer (&self->shown_models, g_ptr_array_unref);
      self->shown_models = g_ptr_array_ref (models);
      make_rows (self, models);
      tell_rows (self);
    }
  const SenModelStatus *chosen = is_first && self->job == NULL ? choose_model (self, models) : NULL;
  if (chosen != NULL)
    sen_window_load_model (self, chosen->path);
  sen_window_update (self);
  if (is_first && chosen == NULL)
    sen_window_demo_step (self);
  if (has_offer (models) && gtk_widget_get_mapped (GTK_WIDGET (self->model_list)))
    measure_soon (self);
}

static void
on_list_mapped (SenWindow *self)
{
  sen_inventory_look_for_models (self->inventory);
}

void
sen_window_place_models (SenWindow *self, bool on_page)
{
  bool is_on_page = gtk_widget_get_parent (GTK_WIDGET (self->model_list)) == GTK_WIDGET (self->offer_clamp);
  if (on_page == is_on_page)
    return;
  g_object_ref (self->model_list);
  if (on_page)
    {
      gtk_box_remove (self->model_box, GTK_WIDGET (self->model_list));
      adw_clamp_set_child (self->offer_clamp, GTK_WIDGET (self->model_list));
    }
  else
    {
      adw_clamp_set_child (self->offer_clamp, NULL);
      gtk_box_prepend (self->model_box, GTK_WIDGET (self->model_list));
    }
  g_object_unref (self->model_list);
}

/* --- Devices ------------------------------------------------------------------------------------------------------------------------- */

static void
on_devices_changed (SenWindow *self)
{
  self->filling_devices = TRUE;
  sen_choices_list_devices (&self->devices, sen_inventory_devices (self->inventory), self->settings->device);
  gtk_drop_down_set_model (self->device_choice, G_LIST_MODEL (self->devices.names));
  gtk_drop_down_set_selected (self->device_choice, self->devices.selected);
  self->filling_devices = FALSE;
}

static void
on_device_chosen (SenWindow *self)
{
  const char *id = sen_choices_key (&self->devices, gtk_drop_down_get_selected (self->device_choice));
  if (!self->filling_devices && id != NULL)
    sen_window_use_device (self, id);
}

static gboolean load_again (gpointer window);

void
sen_window_use_device (SenWindow *self, const char *id)
{
  if (strcmp (id, self->settings->device) == 0)
    return;
  g_free (self->settings->device);
  self->settings->device = g_strdup (id);
  sen_settings_save (self->settings);
  sen_find_service_use (self->finding, self->settings->device, self->settings->n_threads);
  on_devices_changed (self);
  g_clear_handle_id (&self->load_source, g_source_remove);
  load_again (self);
}

static void
on_connectors_used (SenJob *job, SenWindow *self)
{
  sen_window_update_draft (self);
}

void
sen_window_use_connector (SenWindow *self, const char *name, bool is_used)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (char **other = self->settings->connectors; *other != NULL; other++)
    if (strcmp (*other, name) != 0)
      g_strv_builder_add (names, *other);
  if (is_used)
    g_strv_builder_add (names, name);
  g_strfreev (self->settings->connectors);
  self->settings->connectors = g_strv_builder_end (names);
  sen_settings_save (self->settings);
  g_autoptr (SenJob) job = sen_engine_use_connectors (self->engine, (const char *const *) self->settings->connectors);
  g_signal_connect_object (job, "finished", G_CALLBACK (on_connectors_used), self, 0);
}

void
sen_window_init_models (SenWindow *self)
{
  g_signal_connect_object (self->device_choice, "notify::selected", G_CALLBACK (on_device_chosen), self, G_CONNECT_SWAPPED);
  /* When the popover opens, and when the first page comes up. */
  g_signal_connect_object (self->model_list, "map", G_CALLBACK (on_list_mapped), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->inventory, "models-changed", G_CALLBACK (on_models_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->inventory, "devices-changed", G_CALLBACK (on_devices_changed), self, G_CONNECT_SWAPPED);
  on_devices_changed (self);
  sen_inventory_look_for_devices (self->inventory);
  if (sen_inventory_models (self->inventory) != NULL)
    on_models_changed (self);
}

/* --- Loading ------------------------------------------------------------------------------------------------------------------------- */

static void
on_load_finished (SenJob *job, SenWindow *self)
{
  if (self->job != job)
    return;
  if (sen_job_error (job) != NULL)
    sen_window_show_error (self, sen_job_error (job));
  gboolean ask = self->ask_when_loaded && sen_job_error (job) == NULL;
  g_clear_object (&self->job);
  sen_window_update_draft (self);
  self->ask_when_loaded = FALSE;
  if (ask && sen_window_answer_waiting (self))
    return;
  sen_window_follow_settings (self);
  sen_window_update (self);
  sen_window_offer_focus (self);
  sen_window_demo_step (self);
}

void
sen_window_load_model (SenWindow *self, const char *path)
{
  sen_window_stop (self);
  /* Another model has other layers. */
  sen_look_pane_set_layer (self->look_pane, -1, -1);
  if (self->answer != NULL)
    {
      sen_message_finish (self->answer, SEN_MESSAGE_STOPPED, NULL);
      g_clear_object (&self->answer);
      g_clear_object (&self->answering);
    }
  g_clear_object (&self->job);
  char *copy = g_strdup (path);
  g_free (self->settings->model);
  path = self->settings->model = copy;
  self->was_unloaded = FALSE;
  sen_window_hide_banner (self);
  const SenEngineLoad load = { .model_path = path, .device = self->settings->device, .n_ctx = self->settings->n_ctx,
                               .n_threads = self->settings->n_threads,
                               .store = sen_application_store (self->application),
                               .connectors = (const char *const *) self->settings->connectors };
  g_free (self->loaded_device);
  self->loaded_device = g_strdup (load.device);
  self->loaded_n_ctx = load.n_ctx;
  self->loaded_n_threads = load.n_threads;
  g_clear_object (&self->in_mind);
  /* What finding has on the device is soon there again; what does not fit while a model is loaded is slow as long as the model lives. */
  sen_finder_rest (sen_find_service_finder (self->finding));
  self->job = sen_engine_load (self->engine, &load);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (on_load_finished), self, 0);
  sen_window_update (self);
}

/* --- Unloading ----------------------------------------------------------------------------------------------------------------------- */

static gboolean
on_idle_for_long (gpointer data)
{
  SenWindow *self = data;
  self->idle_source = 0;
  if (self->job != NULL)
    return G_SOURCE_REMOVE;
  sen_window_unload (self);
  sen_perception_rest (self->perception);
  sen_dictation_rest (self->dictation);
  return G_SOURCE_REMOVE;
}

/* A question, a new model or something heard begins the time anew after which idle models are unloaded. */
static void
watch_idle (SenWindow *self)
{
  g_clear_handle_id (&self->idle_source, g_source_remove);
  if (self->settings->idle_minutes > 0 && self->job == NULL)
    self->idle_source = g_timeout_add_seconds (60 * self->settings->idle_minutes, on_idle_for_long, self);
}

void
sen_window_unload (SenWindow *self)
{
  self->was_unloaded = *self->settings->model != '\0';
  sen_window_stop_looking (self);
  g_autoptr (SenJob) job = sen_engine_unload (self->engine);
  gtk_popover_popdown (self->model_popover);
}

/* --- Settings that are another ------------------------------------------------------------------------------------------------------ */

static gboolean
load_again (gpointer data)
{
  SenWindow *self = data;
  SenEngineStatus status;
  self->load_source = 0;
  sen_engine_get_status (self->engine, &status);
  /* One that could not be loaded may be now; one that is unloaded comes back with the next question. */
  bool is_wanted = status.state == SEN_ENGINE_READY || (status.state == SEN_ENGINE_EMPTY && !self->was_unloaded);
  if (is_wanted && self->job == NULL && *self->settings->model != '\0')
    sen_window_load_model (self, self->settings->model);
  sen_engine_status_clear (&status);
  return G_SOURCE_REMOVE;
}

void
sen_window_follow_settings (SenWindow *self)
{
  const SenSettings *settings = self->settings;
  g_clear_handle_id (&self->load_source, g_source_remove);
  watch_idle (self);
  sen_find_service_use (self->finding, settings->device, settings->n_threads);
  /* Not in the middle of an answer: its end brings us here again. */
  if (self->job == NULL && self->loaded_device != NULL
      && (settings->n_ctx != self->loaded_n_ctx || settings->n_threads != self->loaded_n_threads
          || strcmp (settings->device, self->loaded_device) != 0))
    self->load_source = g_timeout_add (REST_MS, load_again, self);
}
