/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-model-store-private.h"

#include "sen-error.h"
#include "sen-import.h"
#include "sen-model-files-private.h"
#include "sen-model-index-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_FOLDER_ENTRIES 10000

/* Immutable and counted, so that a call keeps those it began with. */
typedef struct {
  GPtrArray *dirs;             /* char *: where models are looked for, in order */
  char      *preferences_dir;  /* may be NULL */
} Folders;

struct SenModelStore {
  gatomicrefcount n_refs;
  SenCatalogue   *catalogue;
  char           *models_dir;  /* may be NULL */
  char           *data_dir;
  char           *conversions_dir;
  GPtrArray      *extra_dirs;  /* char * */
  uint64_t        fake_free_disk_bytes;
  GMutex          lock;
  Folders        *folders;     /* under the lock */
};

static void
clear_folders (gpointer data)
{
  Folders *folders = data;
  g_ptr_array_unref (folders->dirs);
  g_free (folders->preferences_dir);
}

static void
release_folders (Folders *folders)
{
  g_atomic_rc_box_release_full (folders, clear_folders);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Folders, release_folders)

static Folders *
hold_folders (SenModelStore *store)
{
  g_mutex_lock (&store->lock);
  Folders *folders = g_atomic_rc_box_acquire (store->folders);
  g_mutex_unlock (&store->lock);
  return folders;
}

static char *
dup_dir (const char *dir)
{
  return dir != NULL && *dir != '\0' ? g_canonicalize_filename (dir, NULL) : NULL;
}

static void
add_dir (GPtrArray *dirs, const char *dir)
{
  if (dir != NULL && !g_ptr_array_find_with_equal_func (dirs, dir, g_str_equal, NULL))
    g_ptr_array_add (dirs, g_strdup (dir));
}

static Folders *
make_folders (const SenModelStore *store, const char *preferences_dir)
{
  Folders *folders = g_atomic_rc_box_new0 (Folders);
  folders->dirs = g_ptr_array_new_with_free_func (g_free);
  folders->preferences_dir = g_strdup (preferences_dir);
  add_dir (folders->dirs, store->models_dir);
  add_dir (folders->dirs, preferences_dir);
  add_dir (folders->dirs, store->data_dir);
  for (guint i = 0; i < store->extra_dirs->len; i++)
    add_dir (folders->dirs, store->extra_dirs->pdata[i]);
  return folders;
}

/* Beside the program where it is installed, or in the tree it was built in. (transfer full) */
static char *
find_own_models (void)
{
  static const char *const places[] = { SEN_MODELS_FROM_BIN, "../../../data/models" };
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program != NULL ? g_path_get_dirname (program) : NULL;
  for (size_t i = 0; folder != NULL && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_build_filename (folder, places[i], NULL);
      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        return g_canonicalize_filename (path, NULL);
    }
  return NULL;
}

char *
sen_model_conversions_dir (void)
{
  return g_build_filename (g_get_user_cache_dir (), "sensorium", "models", NULL);
}

static bool
goes_on (double fraction, gpointer cancel)
{
  return !sen_cancel_requested (cancel);
}

char *
sen_model_import (const char *path, SenCancel *cancel, GError **error)
{
  g_autofree char *folder = sen_model_conversions_dir ();
  const SenImportParams params = {
    .cache_dir = folder, .matrix_type = SEN_IMPORT_TYPE_DEFAULT, .progress = goes_on, .user_data = cancel,
  };
  return sen_import_open (path, &params, error);
}

SenModelStore *
sen_model_store_new (SenCatalogue *catalogue, const SenModelStoreParams *params)
{
  SenModelStore *store = g_new0 (SenModelStore, 1);
  g_atomic_ref_count_init (&store->n_refs);
  store->catalogue = sen_catalogue_ref (catalogue);
  store->models_dir = dup_dir (params->models_dir);
  store->data_dir = params->data_dir != NULL
                      ? g_canonicalize_filename (params->data_dir, NULL)
                      : g_build_filename (g_get_user_data_dir (), "sensorium", "models", NULL);
  store->extra_dirs = g_ptr_array_new_with_free_func (g_free);
  for (const char *const *dir = params->extra_dirs; dir != NULL && *dir != NULL; dir++)
    g_ptr_array_add (store->extra_dirs, dup_dir (*dir));
  for (const char *const *dir = g_get_system_data_dirs (); params->extra_dirs == NULL && *dir != NULL; dir++)
    g_ptr_array_add (store->extra_dirs, g_build_filename (*dir, "sensorium", "models", NULL));
  char *own = params->extra_dirs == NULL ? find_own_models () : NULL;
  if (own != NULL)
    g_ptr_array_add (store->extra_dirs, own);
  store->fake_free_disk_bytes = params->fake_free_disk_bytes;
  g_mutex_init (&store->lock);

  g_autofree char *preferences_dir = dup_dir (params->preferences_dir);
  if (preferences_dir == NULL)
    {
      g_autoptr (SenModelIndex) index = sen_model_index_load (store->data_dir, NULL);
      if (index != NULL)
        preferences_dir = g_steal_pointer (&index->folder);
    }
  store->conversions_dir = params->conversions_dir != NULL ? g_strdup (params->conversions_dir) : sen_model_conversions_dir ();
  store->folders = make_folders (store, preferences_dir);
  return store;
}

SenModelStore *
sen_model_store_ref (SenModelStore *store)
{
  g_atomic_ref_count_inc (&store->n_refs);
  return store;
}

void
sen_model_store_unref (SenModelStore *store)
{
  if (store == NULL || !g_atomic_ref_count_dec (&store->n_refs))
    return;
  sen_catalogue_unref (store->catalogue);
  release_folders (store->folders);
  g_mutex_clear (&store->lock);
  g_ptr_array_unref (store->extra_dirs);
  g_free (store->models_dir);
  g_free (store->data_dir);
  g_free (store->conversions_dir);
  g_free (store);
}

SenCatalogue *
sen_model_store_catalogue (const SenModelStore *store)
{
  return store->catalogue;
}

char *
sen_model_store_dup_target_dir (SenModelStore *store)
{
  g_autoptr (Folders) folders = hold_folders (store);
  return g_strdup (folders->preferences_dir != NULL ? folders->preferences_dir : store->data_dir);
}

bool
sen_model_store_target_is_default (SenModelStore *store)
{
  g_autoptr (Folders) folders = hold_folders (store);
  return folders->preferences_dir == NULL || strcmp (folders->preferences_dir, store->data_dir) == 0;
}

const char *
sen_model_store_models_dir (const SenModelStore *store)
{
  return store->models_dir;
}

uint64_t
sen_model_store_fake_free_disk_bytes (const SenModelStore *store)
{
  return store->fake_free_disk_bytes;
}

static bool
dir_is_ours (const SenModelStore *store, const Folders *folders, const char *dir)
{
  return g_strcmp0 (dir, folders->preferences_dir) == 0 || strcmp (dir, store->data_dir) == 0;
}

void
sen_model_status_free (SenModelStatus *status)
{
  if (status == NULL)
    return;
  g_free (status->name);
  g_free (status->path);
  g_free (status->conversion);
  g_free (status->sees_by);
  g_free (status->hears_by);
  g_free (status);
}

const char *
sen_model_status_title (const SenModelStatus *status)
{
  return status->entry != NULL ? status->entry->title : status->name;
}

static SenModelStatus *
status_new (const char *name, SenModelOrigin origin)
{
  SenModelStatus *status = g_new0 (SenModelStatus, 1);
  status->name = g_strdup (name);
  status->origin = origin;
  return status;
}

static void
find_conversion (const SenModelStore *store, SenModelStatus *status)
{
  if (status->state == SEN_MODEL_PRESENT)
    status->conversion = sen_import_find_conversion (status->path, store->conversions_dir);
  if (status->conversion != NULL)
    status->conversion_bytes = (uint64_t) MAX (sen_file_size (status->conversion), 0);
}

/* State of a catalogue model in one folder; sets size and, when all is there, verified. */
static SenModelState
look_at_dir (const char *dir, const SenCatalogueEntry *entry, uint64_t *size_bytes, bool *verified)
{
  size_t n_there = 0;
  size_t n_right = 0;
  *size_bytes = 0;
  *verified = true;
  for (size_t i = 0; i < entry->n_files; i++)
    {
      g_autofree char *path = sen_model_file_path (dir, entry, i);
      int64_t size = sen_file_size (path);
      if (size < 0)
        continue;
      n_there++;
      *size_bytes += (uint64_t) size;
      if ((uint64_t) size == entry->files[i].size_bytes)
        n_right++;
      *verified = *verified && sen_stamp_matches (path, &entry->files[i]);
    }
  if (n_right == entry->n_files)
    return SEN_MODEL_PRESENT;
  *verified = false;
  if (n_there > 0)
    return SEN_MODEL_DAMAGED;

  *size_bytes = 0;
  g_autofree char *partial = sen_model_partial_path (dir, entry);
  if (!g_file_test (partial, G_FILE_TEST_EXISTS))
    return SEN_MODEL_ABSENT;
  for (size_t i = 0; i < entry->n_files; i++)
    {
      g_autofree char *growing = sen_model_partial_file_path (dir, entry, i);
      g_autofree char *complete = g_build_filename (partial, entry->files[i].name, NULL);
      int64_t size = sen_file_size (growing);
      if (size < 0 && entry->is_folder)
        size = sen_file_size (complete);
      *size_bytes += (uint64_t) MAX (size, 0);
    }
  return SEN_MODEL_PARTIAL;
}

static SenModelStatus *
catalogue_status (SenModelStore *store, const SenCatalogueEntry *entry)
{
  g_autoptr (Folders) folders = hold_folders (store);
  SenModelStatus *status = status_new (entry->name, SEN_MODEL_CATALOGUE);
  status->entry = entry;
  for (guint i = 0; i < folders->dirs->len; i++)
    {
      const char *dir = folders->dirs->pdata[i];
      uint64_t size;
      bool verified;
      SenModelState state = look_at_dir (dir, entry, &size, &verified);
      if (state != SEN_MODEL_ABSENT && dir_is_ours (store, folders, dir))
        status->removable = true;
      /* The first folder that has it whole is the one; a partial one elsewhere only counts while none is found. */
      if (state <= status->state)
        continue;
      status->state = state;
      status->size_bytes = size;
      status->verified = verified;
      g_clear_pointer (&status->path, g_free);
      if (state >= SEN_MODEL_DAMAGED)
        status->path = sen_model_path (dir, entry);
    }
  find_conversion (store, status);
  return status;
}

bool
sen_is_gguf_name (const char *name)
{
  size_t length = strlen (name);
  return length > 5 && name[0] != '.' && g_ascii_strcasecmp (name + length - 5, ".gguf") == 0;
}

bool
sen_is_projector_name (const char *name)
{
  return sen_is_gguf_name (name) && strcasestr (name, "mmproj") != NULL;
}

/* Of a model that is listed by itself, or of none that is listed. */
static bool
is_catalogue_file (const SenModelStore *store, const char *file_name)
{
  g_autofree char *name = g_strndup (file_name, strlen (file_name) - strlen (".gguf"));
  if (sen_is_projector_name (file_name) || sen_catalogue_find_connector (store->catalogue, name) != NULL)
    return true;
  for (size_t i = 0; i < sen_catalogue_n_entries (store->catalogue); i++)
    {
      const SenCatalogueEntry *entry = sen_catalogue_entry (store->catalogue, i);
      if (!entry->is_folder && strcmp (entry->files[0].name, file_name) == 0)
        return true;
    }
  return false;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Paths of the GGUF files right in a folder, sorted by name. */
static GPtrArray *
gguf_files_in (const char *dir)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) handle = g_dir_open (dir, 0, NULL);
  const char *name;
  for (size_t n = 0; handle != NULL && n < MAX_FOLDER_ENTRIES && (name = g_dir_read_name (handle)) != NULL; n++)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      if (sen_is_gguf_name (name) && sen_file_size (path) >= 0)
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  g_ptr_array_sort (paths, compare_paths);
  return paths;
}

/* Of the files in a model's folder; what it was converted to, beside them, is counted apart. */
static uint64_t
folder_bytes (const char *dir)
{
  uint64_t n_bytes = 0;
  g_autoptr (GDir) handle = g_dir_open (dir, 0, NULL);
  const char *name;
  for (size_t n = 0; handle != NULL && n < MAX_FOLDER_ENTRIES && (name = g_dir_read_name (handle)) != NULL; n++)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      if (*name != '.')
        n_bytes += (uint64_t) MAX (sen_file_size (path), 0);
    }
  return n_bytes;
}

static void
add_other (GPtrArray *list, GHashTable *names, const SenModelStore *store, const char *name, const char *path,
           SenModelOrigin origin, bool removable)
{
  if (!g_hash_table_add (names, g_strdup (name)))
    return;
  SenModelStatus *status = status_new (name, origin);
  struct stat info;
  if (stat (path, &info) == 0)
    {
      status->state = SEN_MODEL_PRESENT;
      status->size_bytes = S_ISREG (info.st_mode) ? (uint64_t) info.st_size : folder_bytes (path);
      status->path = g_strdup (path);
    }
  status->removable = removable;
  find_conversion (store, status);
  g_ptr_array_add (list, status);
}

static bool
is_listed (GPtrArray *list, const char *path)
{
  for (guint i = 0; i < list->len; i++)
    if (g_strcmp0 (((const SenModelStatus *) list->pdata[i])->path, path) == 0)
      return true;
  return false;
}

static void
add_files_of (GPtrArray *list, GHashTable *names, const SenModelStore *store, const char *dir, SenModelOrigin origin)
{
  g_autoptr (GPtrArray) paths = gguf_files_in (dir);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autofree char *base = g_path_get_basename (paths->pdata[i]);
      if (is_catalogue_file (store, base) || is_listed (list, paths->pdata[i]))
        continue;
      g_autofree char *name = g_strndup (base, strlen (base) - 5);
      add_other (list, names, store, name, paths->pdata[i], origin, false);
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const SenModelStatus *const *first = a;
  const SenModelStatus *const *second = b;
  return strcmp ((*first)->name, (*second)->name);
}

/* Models outside the catalogue. Imports come first: their names were chosen. */
static GPtrArray *
list_others (SenModelStore *store, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_model_status_free);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (Folders) folders = hold_folders (store);
  g_autoptr (SenModelIndex) index = sen_model_index_load (store->data_dir, error);
  if (index == NULL)
    return NULL;

  for (size_t i = 0; i < sen_catalogue_n_entries (store->catalogue); i++)
    g_hash_table_add (names, g_strdup (sen_catalogue_entry (store->catalogue, i)->name));
  for (guint i = 0; i < index->imports->len; i++)
    {
      const SenImport *import = index->imports->pdata[i];
      add_other (list, names, store, import->name, import->path, SEN_MODEL_IMPORTED, true);
    }
  for (guint i = 0; i < index->imports->len; i++)
    add_files_of (list, names, store, ((const SenImport *) index->imports->pdata[i])->path, SEN_MODEL_IMPORTED);
  for (guint i = 0; i < folders->dirs->len; i++)
    add_files_of (list, names, store, folders->dirs->pdata[i], SEN_MODEL_FOUND);
  g_ptr_array_sort (list, compare_names);
  return g_steal_pointer (&list);
}

GPtrArray *
sen_model_store_list (SenModelStore *store)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_model_status_free);
  for (size_t i = 0; i < sen_catalogue_n_entries (store->catalogue); i++)
    g_ptr_array_add (list, catalogue_status (store, sen_catalogue_entry (store->catalogue, i)));
  /* A broken index must not hide the catalogue; whoever asks for a model by a name of its own is told. */
  g_autoptr (GPtrArray) others = list_others (store, NULL);
  if (others != NULL)
    g_ptr_array_extend_and_steal (list, g_steal_pointer (&others));
  return list;
}

SenModelStatus *
sen_model_store_status (SenModelStore *store, const char *name, GError **error)
{
  const SenCatalogueEntry *entry = sen_catalogue_find (store->catalogue, name);
  if (entry != NULL)
    return catalogue_status (store, entry);
  g_autoptr (GPtrArray) others = list_others (store, error);
  if (others == NULL)
    return NULL;
  for (guint i = 0; i < others->len; i++)
    {
      SenModelStatus *status = others->pdata[i];
      if (strcmp (status->name, name) == 0)
        return g_ptr_array_steal_index (others, i);
    }
  g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND,
               "There is no model named \"%s\"; \"sensorium-cli models list\" shows those there are.", name);
  return NULL;
}

SenModelStatus *
sen_model_store_choose (SenModelStore *store, SenRoles role)
{
  SenModelStatus *chosen = NULL;
  for (size_t i = 0; i < sen_catalogue_n_entries (store->catalogue); i++)
    {
      const SenCatalogueEntry *entry = sen_catalogue_entry (store->catalogue, i);
      SenModelStatus *status = (entry->roles & role) != 0 ? catalogue_status (store, entry) : NULL;
      bool is_present = status != NULL && status->state == SEN_MODEL_PRESENT;
      if (status == NULL || (chosen != NULL && !is_present))
        {
          g_clear_pointer (&status, sen_model_status_free);
          continue;
        }
      g_clear_pointer (&chosen, sen_model_status_free);
      chosen = status;
      if (is_present)
        break;
    }
  return chosen;
}

/* A folder stands for the one GGUF file in it, or for a model of several files. */
static char *
resolve_path (const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_strdup (path);
  g_autoptr (GPtrArray) files = gguf_files_in (path);
  if (files->len == 0)
    return g_strdup (path);
  if (files->len == 1)
    return g_strdup (files->pdata[0]);
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "The folder %s holds %u GGUF files; name one of them.", path,
               files->len);
  return NULL;
}

char *
sen_model_store_find_connector (SenModelStore *store, const char *name)
{
  g_autoptr (Folders) folders = hold_folders (store);
  g_autofree char *file = g_strconcat (name, ".gguf", NULL);
  if (sen_catalogue_find_connector (store->catalogue, name) == NULL)
    return NULL;
  for (guint i = 0; i < folders->dirs->len; i++)
    {
      g_autofree char *path = g_build_filename (folders->dirs->pdata[i], file, NULL);
      if (sen_file_size (path) >= 0)
        return g_steal_pointer (&path);
    }
  return NULL;
}

char *
sen_model_store_find (SenModelStore *store, const char *name, GError **error)
{
  bool is_path = strchr (name, G_DIR_SEPARATOR) != NULL;
  g_autoptr (SenModelStatus) status = NULL;
  g_autoptr (GError) local = NULL;

  char *connector = sen_model_store_find_connector (store, name);
  if (connector != NULL)
    return connector;
  if (!is_path && (status = sen_model_store_status (store, name, &local)) != NULL)
    {
      if (status->state == SEN_MODEL_PRESENT)
        return resolve_path (status->path, error);
      if (status->entry == NULL)
        g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND,
                     "The imported model \"%s\" is no longer where it was; import it again or remove it.", name);
      else
        g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "The model %s is %s; get it with \"sensorium-cli models "
                     "fetch %s\".", name,
                     status->state == SEN_MODEL_ABSENT ? "not on this machine"
                     : status->state == SEN_MODEL_PARTIAL ? "only partly downloaded" : "damaged (its size is wrong)",
                     name);
      return NULL;
    }
  if (g_file_test (name, G_FILE_TEST_EXISTS))
    return resolve_path (name, error);
  if (is_path || sen_is_gguf_name (name))
    g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "There is no file or folder %s.", name);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

bool
sen_model_store_verify (SenModelStore *store, const char *name, GCancellable *cancellable, GError **error)
{
  const SenCatalogueEntry *entry = sen_catalogue_find (store->catalogue, name);
  if (entry == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID,
                   "\"%s\" is not in the catalogue, so nothing says what its SHA-256 should be.", name);
      return false;
    }
  g_autoptr (SenModelStatus) status = catalogue_status (store, entry);
  if (status->path == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "The model %s is not on this machine.", name);
      return false;
    }
  for (size_t i = 0; i < entry->n_files; i++)
    {
      g_autofree char *path = entry->is_folder ? g_build_filename (status->path, entry->files[i].name, NULL)
                                               : g_strdup (status->path);
      if (!sen_model_file_verify (path, &entry->files[i], NULL, NULL, cancellable, error))
        return false;
    }
  return true;
}

static bool
unlink_file (const char *path, GError **error)
{
  if (g_unlink (path) != 0 && errno != ENOENT && errno != ENOTDIR)
    {
      sen_set_errno_error (error, errno, "Deleting", path);
      return false;
    }
  return true;
}

/* Deletes by name only what a fetch can have put there: whatever else is in the folders is not ours. */
static bool
remove_from_dir (const SenModelStore *store, const char *dir, const SenCatalogueEntry *entry, GError **error)
{
  g_autofree char *model = sen_model_path (dir, entry);
  g_autofree char *partial = sen_model_partial_path (dir, entry);
  g_autofree char *wheels = sen_model_wheels_path (dir, entry);

  sen_import_forget (model, store->conversions_dir);
  for (size_t i = 0; i < entry->n_files; i++)
    {
      g_autofree char *path = sen_model_file_path (dir, entry, i);
      g_autofree char *growing = sen_model_partial_file_path (dir, entry, i);
      g_autofree char *etag = g_strconcat (growing, ".etag", NULL);
      sen_stamp_remove (path);
      if (!unlink_file (path, error) || !unlink_file (growing, error) || !unlink_file (etag, error))
        return false;
      if (entry->is_folder)
        {
          g_autofree char *complete = g_build_filename (partial, entry->files[i].name, NULL);
          sen_stamp_remove (complete);
          if (!unlink_file (complete, error))
            return false;
        }
    }
  if (entry->is_folder)
    {
      g_rmdir (model);
      g_rmdir (partial);
    }
  sen_remove_tree (wheels);
  return true;
}

static bool
remove_catalogue_model (SenModelStore *store, const SenCatalogueEntry *entry, GError **error)
{
  g_autoptr (SenModelStatus) status = catalogue_status (store, entry);
  if (status->state == SEN_MODEL_ABSENT)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "The model %s is not on this machine.", entry->name);
      return false;
    }
  if (!status->removable)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID,
                   "%s lies in a folder that Sensorium only reads; delete it yourself if you want it gone.",
                   status->path != NULL ? status->path : entry->name);
      return false;
    }
  g_autoptr (Folders) folders = hold_folders (store);
  const char *ours[] = { folders->preferences_dir, store->data_dir };
  for (size_t i = 0; i < G_N_ELEMENTS (ours); i++)
    {
      if (ours[i] == NULL || !g_file_test (ours[i], G_FILE_TEST_IS_DIR))
        continue;
      g_autofree char *lock_name = g_strdup_printf (".%s.lock", entry->name);
      g_autofree char *lock_path = g_build_filename (ours[i], lock_name, NULL);
      g_autofree char *busy = g_strdup_printf ("The model %s is being fetched by another process; stop that first.",
                                               entry->name);
      int lock = sen_lock_take (lock_path, false, busy, error);
      if (lock < 0)
        return false;
      bool ok = remove_from_dir (store, ours[i], entry, error);
      sen_lock_release (lock, lock_path);
      if (!ok)
        return false;
    }
  return true;
}

bool
sen_model_store_remove (SenModelStore *store, const char *name, GError **error)
{
  const SenCatalogueEntry *entry = sen_catalogue_find (store->catalogue, name);
  if (entry != NULL)
    return remove_catalogue_model (store, entry, error);
  g_autoptr (SenModelStatus) status = sen_model_store_status (store, name, error);
  if (status == NULL)
    return false;
  if (!status->removable)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID,
                   "%s was put there by you, not by a fetch; delete it yourself if you want it gone.", status->path);
      return false;
    }
  int lock = sen_model_index_lock (store->data_dir, error);
  if (lock < 0)
    return false;
  g_autoptr (SenModelIndex) index = sen_model_index_load (store->data_dir, error);
  bool ok = index != NULL;
  if (ok)
    {
      for (guint i = 0; i < index->imports->len; i++)
        if (strcmp (((const SenImport *) index->imports->pdata[i])->name, name) == 0)
          g_ptr_array_remove_index (index->imports, i--);
      ok = sen_model_index_save (index, store->data_dir, error);
    }
  /* The user's files stay; what was made of them is ours. */
  if (ok && status->path != NULL)
    sen_import_forget (status->path, store->conversions_dir);
  sen_model_index_unlock (store->data_dir, lock);
  return ok;
}

/* The file's own name, made into one that can be typed: "My model (1).gguf" is "My-model-1". */
static char *
name_from_path (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  if (sen_is_gguf_name (base))
    base[strlen (base) - 5] = '\0';
  g_autoptr (GString) name = g_string_new (NULL);
  for (const char *c = base; *c != '\0'; c++)
    if (g_ascii_isalnum (*c) || (name->len > 0 && strchr ("._", *c) != NULL))
      g_string_append_c (name, *c);
    else if (name->len > 0 && name->str[name->len - 1] != '-')
      g_string_append_c (name, '-');
  while (name->len > 0 && name->str[name->len - 1] == '-')
    g_string_truncate (name, name->len - 1);
  return g_string_free (g_steal_pointer (&name), FALSE);
}

static bool
check_is_model (const char *path, GError **error)
{
  struct stat info;
  if (stat (path, &info) != 0 || !(S_ISREG (info.st_mode) || S_ISDIR (info.st_mode)))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "There is no file or folder %s.", path);
      return false;
    }
  if (S_ISREG (info.st_mode))
    {
      char magic[4] = { 0 };
      FILE *file = g_fopen (path, "rbe");
      bool right = file != NULL && fread (magic, 1, 4, file) == 4 && memcmp (magic, "GGUF", 4) == 0;
      if (file != NULL)
        fclose (file);
      if (!right)
        g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is not a GGUF file: it does not begin with \"GGUF\".",
                     path);
      return right;
    }
  static const char *const marks[] = { "config.json", "model.safetensors", "model.bin", "tokenizer.json" };
  g_autoptr (GPtrArray) files = gguf_files_in (path);
  bool found = files->len > 0;
  for (size_t i = 0; i < G_N_ELEMENTS (marks) && !found; i++)
    {
      g_autofree char *mark = g_build_filename (path, marks[i], NULL);
      found = sen_file_size (mark) >= 0;
    }
  if (!found)
    g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID,
                 "The folder %s holds neither GGUF files nor a model (config.json, model.safetensors).", path);
  return found;
}

/* The name that a path has already, or its own, with a number when another model has that. */
static char *
choose_name (const SenModelStore *store, const SenModelIndex *index, const char *path)
{
  for (guint i = 0; i < index->imports->len; i++)
    {
      const SenImport *import = index->imports->pdata[i];
      if (strcmp (import->path, path) == 0)
        return g_strdup (import->name);
    }
  g_autofree char *own = name_from_path (path);
  g_autofree char *name = g_strdup (own);
  for (unsigned n = 2; sen_catalogue_find (store->catalogue, name) != NULL || sen_model_index_find (index, name) != NULL; n++)
    {
      g_free (name);
      name = g_strdup_printf ("%s-%u", own, n);
    }
  return g_steal_pointer (&name);
}

static bool
check_name (const SenModelStore *store, const SenModelIndex *index, const char *name, const char *path, GError **error)
{
  const SenImport *there = sen_model_index_find (index, name);
  if (sen_catalogue_find (store->catalogue, name) != NULL)
    g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID,
                 "\"%s\" cannot be the name of an import: a model of the catalogue has it; choose another.", name);
  else if (!sen_catalogue_name_is_valid (name))
    g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "\"%s\" cannot be the name of an import: a name is letters, digits and "
                 "\"._-\", starting with a letter or digit; choose another.", name);
  else if (there != NULL && strcmp (there->path, path) != 0)
    g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "The name \"%s\" is taken by %s; choose another.", name, there->path);
  else
    return true;
  return false;
}

char *
sen_model_store_import (SenModelStore *store, const char *path, const char *name, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  if (!check_is_model (absolute, error))
    return NULL;
  if (!g_utf8_validate (absolute, -1, NULL))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "The path of the model is not UTF-8; rename it first.");
      return NULL;
    }
  int lock = sen_model_index_lock (store->data_dir, error);
  if (lock < 0)
    return NULL;
  g_autoptr (SenModelIndex) index = sen_model_index_load (store->data_dir, error);
  g_autofree char *chosen = index == NULL ? NULL : name != NULL ? g_strdup (name) : choose_name (store, index, absolute);
  bool ok = chosen != NULL && check_name (store, index, chosen, absolute, error);
  if (ok && sen_model_index_find (index, chosen) == NULL)
    {
      sen_model_index_add_import (index, chosen, absolute);
      ok = sen_model_index_save (index, store->data_dir, error);
    }
  sen_model_index_unlock (store->data_dir, lock);
  return ok ? g_steal_pointer (&chosen) : NULL;
}

bool
sen_model_store_set_folder (SenModelStore *store, const char *dir, GError **error)
{
  g_autofree char *absolute = dir != NULL ? g_canonicalize_filename (dir, NULL) : NULL;
  if (absolute != NULL && !g_utf8_validate (absolute, -1, NULL))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "The path of the folder is not UTF-8; rename it first.");
      return false;
    }
  if (absolute != NULL && !sen_make_dir (absolute, error))
    return false;
  if (absolute != NULL && g_access (absolute, W_OK) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "The folder %s may not be written to; choose another.", absolute);
      return false;
    }
  int lock = sen_model_index_lock (store->data_dir, error);
  if (lock < 0)
    return false;
  g_autoptr (SenModelIndex) index = sen_model_index_load (store->data_dir, error);
  bool ok = index != NULL;
  if (ok)
    {
      g_free (index->folder);
      index->folder = g_strdup (absolute);
      ok = sen_model_index_save (index, store->data_dir, error);
    }
  if (ok)
    {
      g_mutex_lock (&store->lock);
      g_autoptr (Folders) old = g_steal_pointer (&store->folders);
      store->folders = make_folders (store, absolute);
      g_mutex_unlock (&store->lock);
    }
  sen_model_index_unlock (store->data_dir, lock);
  return ok;
}

bool
sen_model_store_terms_accepted (SenModelStore *store, const SenCatalogueEntry *entry)
{
  if (entry->terms_url == NULL)
    return true;
  g_autoptr (SenModelIndex) index = sen_model_index_load (store->data_dir, NULL);
  return index != NULL && sen_model_index_accepts (index, entry->terms_url);
}

bool
sen_model_store_accept_terms (SenModelStore *store, const SenCatalogueEntry *entry, GError **error)
{
  if (sen_model_store_terms_accepted (store, entry))
    return true;
  int lock = sen_model_index_lock (store->data_dir, error);
  if (lock < 0)
    return false;
  g_autoptr (SenModelIndex) index = sen_model_index_load (store->data_dir, error);
  bool ok = index != NULL;
  if (ok)
    {
      g_ptr_array_add (index->accepted_terms, g_strdup (entry->terms_url));
      ok = sen_model_index_save (index, store->data_dir, error);
    }
  sen_model_index_unlock (store->data_dir, lock);
  return ok;
}
