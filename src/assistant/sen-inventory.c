/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-inventory.h"

#include "sen-error.h"
#include "sen-model.h"
#include "sen-multimodal.h"

typedef enum { MODELS, DEVICES, N_KINDS } Kind;

typedef struct {
  GPtrArray *seen;          /* NULL before the first look is over */
  bool       is_looking, look_again;
} Shelf;

struct _SenInventory {
  GObject        parent_instance;
  SenDebug       debug;
  SenModelStore *store;     /* may be NULL */
  char          *cache_dir;
  Shelf          shelves[N_KINDS];
};

static guint signals[N_KINDS];

G_DEFINE_FINAL_TYPE (SenInventory, sen_inventory, G_TYPE_OBJECT)

/* --- Looking ------------------------------------------------------------------------------------------------------------------------ */

static SenDevicesParams
devices_params (SenInventory *self)
{
  return (SenDevicesParams) { .cache_dir = self->cache_dir, .debug = &self->debug };
}

/* (transfer full) */
static GPtrArray *
list_models (SenModelStore *store)
{
  GPtrArray *models = sen_model_store_list (store);
  for (guint i = 0; i < models->len; i++)
    sen_multimodal_look (store, g_ptr_array_index (models, i));
  return models;
}

static void
list (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SenInventory *self = source;
  const SenDevicesParams params = devices_params (self);
  GPtrArray *seen = GPOINTER_TO_INT (data) == DEVICES ? sen_devices_list (&params)
                    : self->store != NULL ? list_models (self->store) : g_ptr_array_new ();
  g_task_return_pointer (task, seen, (GDestroyNotify) g_ptr_array_unref);
}

static void look (SenInventory *self, Kind kind);

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  SenInventory *self = SEN_INVENTORY (source);
  Kind kind = GPOINTER_TO_INT (data);
  Shelf *shelf = &self->shelves[kind];
  g_autoptr (GPtrArray) old = g_steal_pointer (&shelf->seen);
  shelf->seen = g_task_propagate_pointer (G_TASK (result), NULL);
  shelf->is_looking = false;
  if (shelf->look_again)
    look (self, kind);
  g_signal_emit (self, signals[kind], 0);
}

static void
look (SenInventory *self, Kind kind)
{
  Shelf *shelf = &self->shelves[kind];
  shelf->look_again = shelf->is_looking;
  if (shelf->is_looking)
    return;
  shelf->is_looking = true;
  g_autoptr (GTask) task = g_task_new (self, NULL, on_listed, GINT_TO_POINTER (kind));
  g_task_set_task_data (task, GINT_TO_POINTER (kind), NULL);
  g_task_run_in_thread (task, list);
}

void
sen_inventory_look_for_models (SenInventory *self)
{
  look (self, MODELS);
}

void
sen_inventory_look_for_devices (SenInventory *self)
{
  look (self, DEVICES);
}

GPtrArray *
sen_inventory_models (SenInventory *self)
{
  return self->shelves[MODELS].seen;
}

GPtrArray *
sen_inventory_devices (SenInventory *self)
{
  return self->shelves[DEVICES].seen;
}

bool
sen_inventory_is_for_chat (const SenModelStatus *status)
{
  if (status->entry != NULL)
    return (status->entry->roles & SEN_ROLE_CHAT) != 0;
  /* A folder is there for the sake of the files in it, which are listed too. */
  return status->state == SEN_MODEL_PRESENT && status->size_bytes > 0;
}

/* --- Testing a device --------------------------------------------------------------------------------------------------------------- */

static void
test_device (GTask *task, gpointer source, gpointer id, GCancellable *cancellable)
{
  const SenDevicesParams params = devices_params (source);
  /* The outcome is noted, and read by the next look. */
  g_task_return_boolean (task, sen_devices_self_test (&params, id, NULL, NULL));
}

static void
on_tested (GObject *source, GAsyncResult *result, gpointer data)
{
  sen_inventory_look_for_devices (SEN_INVENTORY (source));
}

void
sen_inventory_test_device (SenInventory *self, const char *id)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_tested, NULL);
  g_task_set_task_data (task, g_strdup (id), g_free);
  g_task_run_in_thread (task, test_device);
}

/* --- Models that come and go ---------------------------------------------------------------------------------------------------------- */

/* The model in a folder, or the first of several that can be used. */
static char *
find_usable (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GError) why = NULL;
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (!sen_is_gguf_name (name))
        continue;
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autoptr (SenModel) model = sen_model_open (file, why == NULL ? &why : NULL);
      if (model != NULL)
        return g_steal_pointer (&file);
    }
  if (why != NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  else
    g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "%s: there is no GGUF file in this folder", path);
  return NULL;
}

static void
add (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SenInventory *self = source;
  g_autofree char *path = g_file_get_path (data), *file = NULL, *name = NULL;
  GError *error = NULL;
  if (path == NULL || self->store == NULL)
    g_set_error (&error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "a model must lie on this machine; copy it here first");
  else if (g_file_test (path, G_FILE_TEST_IS_DIR))
    file = find_usable (path, &error);
  else
    {
      g_autoptr (SenModel) model = sen_model_open (path, &error);
      file = model != NULL ? g_strdup (path) : NULL;
    }
  if (file != NULL)
    name = sen_model_store_import (self->store, path, NULL, &error);
  if (name != NULL)
    g_task_return_pointer (task, g_steal_pointer (&file), g_free);
  else
    g_task_return_error (task, error);
}

void
sen_inventory_add_async (SenInventory *self, GFile *file, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_task_set_task_data (task, g_object_ref (file), g_object_unref);
  g_task_run_in_thread (task, add);
}

char *
sen_inventory_add_finish (SenInventory *self, GAsyncResult *result, GError **error)
{
  sen_inventory_look_for_models (self);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
remove_model (GTask *task, gpointer source, gpointer name, GCancellable *cancellable)
{
  SenInventory *self = source;
  GError *error = NULL;
  if (sen_model_store_remove (self->store, name, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
sen_inventory_remove_async (SenInventory *self, const char *name, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (self->store != NULL);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_task_set_task_data (task, g_strdup (name), g_free);
  g_task_run_in_thread (task, remove_model);
}

bool
sen_inventory_remove_finish (SenInventory *self, GAsyncResult *result, GError **error)
{
  sen_inventory_look_for_models (self);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Where models are kept ------------------------------------------------------------------------------------------------------------ */

static void
set_folder (GTask *task, gpointer source, gpointer dir, GCancellable *cancellable)
{
  GError *error = NULL;
  if (sen_model_store_set_folder (SEN_INVENTORY (source)->store, dir, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
sen_inventory_set_folder_async (SenInventory *self, const char *dir, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (self->store != NULL);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_task_set_task_data (task, g_strdup (dir), g_free);
  g_task_run_in_thread (task, set_folder);
}

bool
sen_inventory_set_folder_finish (SenInventory *self, GAsyncResult *result, GError **error)
{
  sen_inventory_look_for_models (self);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- The object ----------------------------------------------------------------------------------------------------------------------- */

static void
sen_inventory_finalize (GObject *object)
{
  SenInventory *self = SEN_INVENTORY (object);
  for (Kind kind = 0; kind < N_KINDS; kind++)
    g_clear_pointer (&self->shelves[kind].seen, g_ptr_array_unref);
  g_clear_pointer (&self->store, sen_model_store_unref);
  g_free (self->cache_dir);
  G_OBJECT_CLASS (sen_inventory_parent_class)->finalize (object);
}

static void
sen_inventory_class_init (SenInventoryClass *klass)
{
  static const char *const names[N_KINDS] = { [MODELS] = "models-changed", [DEVICES] = "devices-changed" };
  G_OBJECT_CLASS (klass)->finalize = sen_inventory_finalize;
  for (Kind kind = 0; kind < N_KINDS; kind++)
    signals[kind] = g_signal_new (names[kind], SEN_TYPE_INVENTORY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_inventory_init (SenInventory *self)
{
  self->cache_dir = g_build_filename (g_get_user_cache_dir (), "sensorium", NULL);
}

SenInventory *
sen_inventory_new (const SenDebug *debug, SenModelStore *store)
{
  SenInventory *self = g_object_new (SEN_TYPE_INVENTORY, NULL);
  self->debug = *debug;
  self->store = store != NULL ? sen_model_store_ref (store) : NULL;
  return self;
}
