/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>

#include "sen-devices.h"
#include "sen-window-private.h"

/* Base models continue text but do not hold a conversation. */
static bool
is_for_chat (const SenModelStatus *status)
{
  if (status->entry != NULL)
    return (status->entry->roles & SEN_ROLE_CHAT) != 0;
  return status->state == SEN_MODEL_PRESENT;
}

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
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  bool is_free = status.state == SEN_ENGINE_EMPTY && self->job == NULL;
  sen_engine_status_clear (&status);
  if (is_free)
    {
      sen_window_load_model (self, path);
      return;
    }
  /* translators: name of a model */
  g_autofree char *text = g_strdup_printf (_("%s is ready"), sen_model_row_title (row));
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (text));
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
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->model_list)); row != NULL && self->machine != NULL;
       row = gtk_widget_get_next_sibling (row))
    sen_model_row_set_machine (SEN_MODEL_ROW (row), self->machine);
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
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->model_list)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    if (sen_model_row_is_fetching (SEN_MODEL_ROW (row)))
      return true;
  return false;
}

void
sen_window_refresh_models (SenWindow *self)
{
  SenModelStore *store = sen_application_store (self->application);
  if (store == NULL || is_fetching (self))
    return;
  g_autoptr (GPtrArray) models = sen_model_store_list (store);
  bool is_offer = false;
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->model_list))) != NULL)
    gtk_list_box_remove (self->model_list, child);
  for (guint i = 0; i < models->len; i++)
    {
      const SenModelStatus *status = g_ptr_array_index (models, i);
      if (!is_for_chat (status))
        continue;
      SenModelRow *row = sen_model_row_new (store, status);
      g_signal_connect_object (row, "use", G_CALLBACK (on_use), self, 0);
      g_signal_connect_object (row, "fetched", G_CALLBACK (on_fetched), self, 0);
      gtk_list_box_append (self->model_list, GTK_WIDGET (row));
      is_offer |= status->state != SEN_MODEL_PRESENT;
    }
  if (is_offer && gtk_widget_get_mapped (GTK_WIDGET (self->model_list)))
    measure_soon (self);
  tell_rows (self);
  sen_window_update (self);
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

/* Listing devices asks drivers, which may take its time: done on a thread. */
static void
list_devices (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autofree char *cache_dir = g_build_filename (g_get_user_cache_dir (), "sensorium", NULL);
  const SenDevicesParams params = { .cache_dir = cache_dir, .debug = data };
  g_task_return_pointer (task, sen_devices_list (&params), (GDestroyNotify) g_ptr_array_unref);
}

static void
on_devices_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  SenWindow *self = SEN_WINDOW (source);
  g_autoptr (GPtrArray) entries = g_task_propagate_pointer (G_TASK (result), NULL);
  GtkStringList *names = gtk_string_list_new (NULL);
  guint selected = 0;

  self->filling_devices = TRUE;
  g_ptr_array_set_size (self->device_ids, 0);
  gtk_string_list_append (names, _("Automatic"));
  g_ptr_array_add (self->device_ids, g_strdup ("auto"));
  for (guint i = 0; i < entries->len; i++)
    {
      const SenDeviceEntry *entry = g_ptr_array_index (entries, i);
      if (entry->unusable != NULL)
        continue;
      g_autofree char *name = g_strdup_printf ("%s (%s)", entry->name, entry->id);
      gtk_string_list_append (names, name);
      g_ptr_array_add (self->device_ids, g_strdup (entry->id));
      if (strcmp (entry->id, self->settings->device) == 0)
        selected = self->device_ids->len - 1;
    }
  gtk_drop_down_set_model (self->device_choice, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->device_choice, selected);
  g_object_unref (names);
  self->filling_devices = FALSE;
}

static void
on_device_chosen (SenWindow *self)
{
  guint selected = gtk_drop_down_get_selected (self->device_choice);
  if (self->filling_devices || selected >= self->device_ids->len)
    return;
  const char *id = g_ptr_array_index (self->device_ids, selected);
  if (strcmp (id, self->settings->device) == 0)
    return;
  g_free (self->settings->device);
  self->settings->device = g_strdup (id);
  SenEngineStatus status;
  sen_engine_get_status (self->engine, &status);
  if (status.model_path != NULL)
    sen_window_load_model (self, status.model_path);
  sen_engine_status_clear (&status);
}

void
sen_window_init_models (SenWindow *self)
{
  self->device_ids = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect_object (self->device_choice, "notify::selected", G_CALLBACK (on_device_chosen), self, G_CONNECT_SWAPPED);
  /* When the popover opens, and when the first page comes up. */
  g_signal_connect_object (self->model_list, "map", G_CALLBACK (sen_window_refresh_models), self, G_CONNECT_SWAPPED);

  g_autoptr (GTask) task = g_task_new (self, NULL, on_devices_listed, NULL);
  g_task_set_task_data (task, (gpointer) sen_application_debug (self->application), NULL);
  g_task_run_in_thread (task, list_devices);
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
  self->ask_when_loaded = FALSE;
  if (ask && sen_window_answer_waiting (self))
    return;
  sen_window_watch_idle (self);
  sen_window_update (self);
  sen_window_offer_focus (self);
  sen_window_demo_step (self);
}

void
sen_window_load_model (SenWindow *self, const char *path)
{
  sen_window_stop (self);
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
                               .n_threads = self->settings->n_threads };
  self->job = sen_engine_load (self->engine, &load);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (on_load_finished), self, 0);
  sen_window_update (self);
}

bool
sen_window_load_any_model (SenWindow *self)
{
  SenModelStore *store = sen_application_store (self->application);
  if (store == NULL)
    return false;
  if (g_file_test (self->settings->model, G_FILE_TEST_IS_REGULAR))
    {
      sen_window_load_model (self, self->settings->model);
      return true;
    }
  g_autoptr (GPtrArray) models = sen_model_store_list (store);
  for (guint i = 0; i < models->len; i++)
    {
      const SenModelStatus *status = g_ptr_array_index (models, i);
      if (!is_for_chat (status) || status->state != SEN_MODEL_PRESENT)
        continue;
      sen_window_load_model (self, status->path);
      return true;
    }
  return false;
}

/* --- Unloading ----------------------------------------------------------------------------------------------------------------------- */

static gboolean
on_idle_for_long (gpointer data)
{
  SenWindow *self = data;
  self->idle_source = 0;
  if (self->job == NULL)
    sen_window_unload (self);
  return G_SOURCE_REMOVE;
}

void
sen_window_watch_idle (SenWindow *self)
{
  g_clear_handle_id (&self->idle_source, g_source_remove);
  if (self->settings->idle_minutes > 0 && self->job == NULL)
    self->idle_source = g_timeout_add_seconds (60 * self->settings->idle_minutes, on_idle_for_long, self);
}

void
sen_window_unload (SenWindow *self)
{
  self->was_unloaded = *self->settings->model != '\0';
  g_autoptr (SenJob) job = sen_engine_unload (self->engine);
  gtk_popover_popdown (self->model_popover);
}
