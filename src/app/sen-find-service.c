/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-service.h"

#include "sen-error.h"

/* Who turns a number up and down comes to rest. */
#define REST_MS 1000

struct _SenFindService {
  GObject parent_instance;

  char          *path;         /* of the index */
  char          *device;       /* or NULL */
  guint32        n_threads;
  SenDebug       debug;
  SenModelStore *store;        /* or NULL */
  SenDecode     *decode;       /* for files that are searched by */
  SenFinder     *finder;
  SenIndexer    *indexer;      /* NULL while there is no index */
  SenThumbCache *thumbs;
  GStrv          folders;      /* NULL before they are known */
  SenIndexerStage stage;       /* when folders were last read */
  gboolean       is_paused, only_on_mains, is_reading;
  guint          use_source;
};

enum { CHANGED, FOLDERS_CHANGED, MODELS_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenFindService, sen_find_service, G_TYPE_OBJECT)

/* --- What stands in the index -------------------------------------------------------------------------------------------------------- */

static SenStore *
open_reader (const char *path, GError **error)
{
  return sen_store_open (&(SenStoreParams) { .path = path }, error);
}

static void
take_root (int64_t root, const char *path, gpointer builder)
{
  g_strv_builder_add (builder, path);
}

static void
read_folders (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (SenStore) store = open_reader (path, NULL);
  if (store != NULL)
    sen_store_each_root (store, take_root, builder, NULL);
  g_task_return_pointer (task, g_strv_builder_end (builder), (GDestroyNotify) g_strfreev);
}

static void
set_folders (SenFindService *self, GStrv folders)
{
  bool is_same = self->folders != NULL && g_strv_equal ((const char *const *) self->folders, (const char *const *) folders);
  g_strfreev (self->folders);
  self->folders = folders;
  if (!is_same)
    g_signal_emit (self, signals[FOLDERS_CHANGED], 0);
}

static void
on_folders (GObject *source, GAsyncResult *result, gpointer data)
{
  SenFindService *self = SEN_FIND_SERVICE (source);
  self->is_reading = FALSE;
  set_folders (self, g_task_propagate_pointer (G_TASK (result), NULL));
}

static void
look_for_folders (SenFindService *self)
{
  if (self->is_reading)
    return;
  self->is_reading = TRUE;
  g_autoptr (GTask) task = g_task_new (self, NULL, on_folders, NULL);
  g_task_set_task_data (task, g_strdup (self->path), g_free);
  g_task_run_in_thread (task, read_folders);
}

static void
failure_free (gpointer data)
{
  SenFindFailure *failure = data;
  g_free (failure->path);
  g_free (failure->sentence);
  g_free (failure);
}

static void
take_failure (const char *path, int pass, const char *sentence, uint32_t n_tries, gpointer failures)
{
  if (((GPtrArray *) failures)->len >= SEN_FIND_MAX_FAILURES)
    return;
  SenFindFailure *failure = g_new (SenFindFailure, 1);
  *failure = (SenFindFailure) { g_strdup (path), g_strdup (sentence) };
  g_ptr_array_add (failures, failure);
}

static void
read_failures (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) failures = g_ptr_array_new_with_free_func (failure_free);
  GError *error = NULL;
  g_autoptr (SenStore) store = open_reader (path, &error);
  if (store == NULL || !sen_store_each_failure (store, take_failure, failures, &error))
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&failures), (GDestroyNotify) g_ptr_array_unref);
}

void
sen_find_service_failures_async (SenFindService *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_task_set_task_data (task, g_strdup (self->path), g_free);
  g_task_run_in_thread (task, read_failures);
}

GPtrArray *
sen_find_service_failures_finish (SenFindService *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Indexing ------------------------------------------------------------------------------------------------------------------------ */

static void
on_progress (gpointer data)
{
  SenFindService *self = data;
  if (self->indexer == NULL)
    return;
  g_auto (SenIndexProgress) progress = { 0 };
  sen_indexer_get_progress (self->indexer, &progress);
  /* Folders within others are taken in by them, and another program may have put some there. */
  if (progress.stage != self->stage)
    look_for_folders (self);
  self->stage = progress.stage;
  g_signal_emit (self, signals[CHANGED], 0);
}

static SenFindEncodersParams
encoders_params (SenFindService *self)
{
  return (SenFindEncodersParams) { .debug = &self->debug, .store = self->store, .device = self->device, .n_threads = self->n_threads };
}

static void
start_indexer (SenFindService *self)
{
  /* Without a model store there is no catalogue, and so a broken build. */
  if (self->indexer != NULL || self->store == NULL)
    return;
  self->indexer = sen_indexer_new (&(SenIndexerParams) {
    .path = self->path, .program = SEN_VERSION, .encoders = encoders_params (self), .watches = true, .is_gentle = true,
    .only_on_mains = self->only_on_mains, .changed = on_progress, .data = self,
  });
  sen_indexer_set_paused (self->indexer, self->is_paused);
}

static void
start_finder (SenFindService *self)
{
  const SenFindEncodersParams encoders = encoders_params (self);
  self->finder = sen_finder_new (&(SenFinderParams) { .path = self->path, .encoders = self->store != NULL ? &encoders : NULL,
                                                      .decode = self->decode, .n_threads = self->n_threads });
}

static gboolean
start_again (gpointer data)
{
  SenFindService *self = data;
  self->use_source = 0;
  sen_finder_free (self->finder);
  start_finder (self);
  if (self->indexer != NULL)
    sen_indexer_use (self->indexer, self->device, self->n_threads);
  g_signal_emit (self, signals[MODELS_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

void
sen_find_service_use (SenFindService *self, const char *device, guint32 n_threads)
{
  if (g_strcmp0 (device, self->device) == 0 && n_threads == self->n_threads)
    return;
  g_free (self->device);
  self->device = g_strdup (device);
  self->n_threads = n_threads;
  g_clear_handle_id (&self->use_source, g_source_remove);
  self->use_source = g_timeout_add (REST_MS, start_again, self);
}

void
sen_find_service_begin (SenFindService *self)
{
  if (g_file_test (self->path, G_FILE_TEST_EXISTS))
    start_indexer (self);
  look_for_folders (self);
}

bool
sen_find_service_get_progress (SenFindService *self, SenIndexProgress *progress)
{
  if (self->indexer != NULL)
    sen_indexer_get_progress (self->indexer, progress);
  return self->indexer != NULL;
}

void
sen_find_service_set_paused (SenFindService *self, gboolean is_paused)
{
  self->is_paused = is_paused;
  if (self->indexer != NULL)
    sen_indexer_set_paused (self->indexer, is_paused);
  g_signal_emit (self, signals[CHANGED], 0);
}

gboolean
sen_find_service_is_paused (SenFindService *self)
{
  return self->is_paused;
}

void
sen_find_service_set_only_on_mains (SenFindService *self, gboolean only_on_mains)
{
  self->only_on_mains = only_on_mains;
  if (self->indexer != NULL)
    sen_indexer_set_only_on_mains (self->indexer, only_on_mains);
}

void
sen_find_service_retry (SenFindService *self)
{
  if (self->indexer != NULL)
    sen_indexer_retry (self->indexer);
}

/* --- Folders ------------------------------------------------------------------------------------------------------------------------- */

const char *const *
sen_find_service_folders (SenFindService *self)
{
  return (const char *const *) self->folders;
}

/* At once, whatever the indexer is at. */
void
sen_find_service_add_folder (SenFindService *self, const char *path)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  start_indexer (self);
  if (self->indexer == NULL)
    return;
  sen_indexer_add_root (self->indexer, path);
  if (self->folders != NULL)
    g_strv_builder_addv (builder, (const char **) self->folders);
  if (self->folders == NULL || !g_strv_contains ((const char *const *) self->folders, path))
    g_strv_builder_add (builder, path);
  set_folders (self, g_strv_builder_end (builder));
}

void
sen_find_service_remove_folder (SenFindService *self, const char *path)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  if (self->indexer == NULL)
    return;
  sen_indexer_remove_root (self->indexer, path);
  for (char **folder = self->folders; folder != NULL && *folder != NULL; folder++)
    if (g_strcmp0 (*folder, path) != 0)
      g_strv_builder_add (builder, *folder);
  set_folders (self, g_strv_builder_end (builder));
}

/* --- The object ---------------------------------------------------------------------------------------------------------------------- */

SenFinder *
sen_find_service_finder (SenFindService *self)
{
  return self->finder;
}

SenThumbCache *
sen_find_service_thumbs (SenFindService *self)
{
  return self->thumbs;
}

SenModelStore *
sen_find_service_store (SenFindService *self)
{
  return self->store;
}

void
sen_find_service_models_changed (SenFindService *self)
{
  sen_finder_rest (self->finder);
  if (self->indexer != NULL)
    sen_indexer_rescan (self->indexer);
  g_signal_emit (self, signals[MODELS_CHANGED], 0);
}

SenFindService *
sen_find_service_new (const SenDebug *debug, SenModelStore *store, const char *device, guint32 n_threads, gboolean only_on_mains)
{
  SenFindService *self = g_object_new (SEN_TYPE_FIND_SERVICE, NULL);
  self->debug = *debug;
  self->store = store != NULL ? sen_model_store_ref (store) : NULL;
  self->device = g_strdup (device);
  self->n_threads = n_threads;
  self->only_on_mains = only_on_mains;
  self->path = sen_index_default_path ();
  self->thumbs = sen_thumb_cache_new (debug->decode_helper);
  self->decode = sen_decode_new (&(SenDecodeParams) { .helper = debug->decode_helper });
  start_finder (self);
  return self;
}

static void
sen_find_service_finalize (GObject *object)
{
  SenFindService *self = SEN_FIND_SERVICE (object);
  g_clear_handle_id (&self->use_source, g_source_remove);
  g_clear_pointer (&self->finder, sen_finder_free);
  g_clear_pointer (&self->decode, sen_decode_free);
  g_clear_pointer (&self->indexer, sen_indexer_free);
  g_clear_object (&self->thumbs);
  g_clear_pointer (&self->store, sen_model_store_unref);
  g_strfreev (self->folders);
  g_free (self->path);
  g_free (self->device);
  G_OBJECT_CLASS (sen_find_service_parent_class)->finalize (object);
}

static void
sen_find_service_class_init (SenFindServiceClass *class)
{
  static const char *const names[] = { [CHANGED] = "changed", [FOLDERS_CHANGED] = "folders-changed", [MODELS_CHANGED] = "models-changed" };
  G_OBJECT_CLASS (class)->finalize = sen_find_service_finalize;
  for (gsize i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], SEN_TYPE_FIND_SERVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_find_service_init (SenFindService *self)
{
  self->stage = SEN_INDEXER_OPENING;
}
