/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-import.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-import-private.h"

/* Raised whenever a conversion would come out differently. */
#define CONVERTER_VERSION 2
#define SOURCE_KEY "sensorium.import.source"
#define DEFAULT_TYPE SEN_TYPE_F16

typedef enum { FORMAT_GGUF, FORMAT_ONNX, FORMAT_SAFETENSORS, FORMAT_CT2, FORMAT_UNKNOWN } Format;

/* By model_type of config.json. */
static const struct {
  const char *model_type;
  bool (*fill) (SenImportJob *job, GError **error);
} families[] = {
  { "clip", sen_import_clip },
  { "clip_vision_model", sen_import_clip },
  { "siglip", sen_import_clip },
  { "siglip_vision_model", sen_import_clip },
  { "dinov2", sen_import_dinov2 },
  { "dinov2_with_registers", sen_import_dinov2 },
  { "bert", sen_import_bert },
  { "whisper", sen_import_whisper },
};

/* --- What it is -------------------------------------------------------------------------------------------------------------- */

static bool
has_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

static bool
has_suffix_in (const char *folder, const char *suffix)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.' && g_str_has_suffix (name, suffix))
      return true;
  return false;
}

static Format
format_of (const char *path)
{
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_str_has_suffix (path, ".onnx") ? FORMAT_ONNX : FORMAT_GGUF;
  if (!has_file (path, "config.json"))
    return FORMAT_UNKNOWN;
  if (has_file (path, "model.bin"))
    return FORMAT_CT2;
  return has_suffix_in (path, ".safetensors") ? FORMAT_SAFETENSORS : FORMAT_UNKNOWN;
}

/* A file of a folder stands for the folder. */
static char *
model_of (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  if (!g_file_test (path, G_FILE_TEST_IS_DIR) && (g_str_has_suffix (base, ".safetensors") || strcmp (base, "model.bin") == 0))
    return g_path_get_dirname (path);
  return g_canonicalize_filename (path, NULL);
}

bool
sen_import_is_foreign (const char *path)
{
  g_autofree char *model = model_of (path);
  Format format = format_of (model);
  return format != FORMAT_GGUF && format != FORMAT_UNKNOWN && g_file_test (model, G_FILE_TEST_EXISTS);
}

/* --- Where conversions lie ----------------------------------------------------------------------------------------------------- */

/* The end of a conversion's name: one of another type than the default (@type not below 0) stands beside that of the default. */
static char *
ending (int type)
{
  return type < 0 ? g_strdup (".gguf") : g_strdup_printf ("-%s.gguf", sen_type_info ((SenType) type)->name);
}

static char *
beside (const char *model, int type)
{
  g_autofree char *folder = g_path_get_dirname (model), *base = g_path_get_basename (model), *end = ending (type);
  bool is_folder = g_file_test (model, G_FILE_TEST_IS_DIR);
  g_autofree char *name = g_strconcat (is_folder ? "" : ".", is_folder ? "" : base, ".sensorium", end, NULL);
  return g_build_filename (is_folder ? model : folder, name, NULL);
}

static char *
in_cache (const char *model, int type, const char *cache_dir)
{
  g_autofree char *base = g_path_get_basename (model), *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, model, -1);
  g_autofree char *end = ending (type), *name = g_strdup_printf ("%s-%.16s%s", base, hash, end);
  return g_build_filename (cache_dir, name, NULL);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
describe_file (GString *text, const char *path, const char *name)
{
  struct stat info;
  if (stat (path, &info) == 0 && S_ISREG (info.st_mode))
    g_string_append_printf (text, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld\n", name, (gint64) info.st_size,
                            (gint64) info.st_mtim.tv_sec, (long) info.st_mtim.tv_nsec);
}

/* What a conversion depends on, as one line that it keeps. */
static char *
source_key (const char *model, SenType type)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, "%d %s\n", CONVERTER_VERSION, sen_type_info (type)->name);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open (model, 0, NULL);
  const char *name;
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (model, names->pdata[i], NULL);
      describe_file (text, path, names->pdata[i]);
    }
  if (folder == NULL)
    describe_file (text, model, "");
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text->str, (gssize) text->len);
}

/* What the conversion at @path depends on; one that does not open is as good as none. */
static char *
key_of (const char *path)
{
  g_autoptr (SenGguf) gguf = g_file_test (path, G_FILE_TEST_EXISTS) ? sen_gguf_open (path, NULL) : NULL;
  return gguf != NULL ? sen_gguf_dup_string (gguf, SOURCE_KEY) : NULL;
}

static bool
is_current (const char *path, const char *key)
{
  g_autofree char *found = key_of (path);
  return g_strcmp0 (found, key) == 0;
}

/* As whatever type. */
static bool
is_of_model (const char *path, const char *model)
{
  g_autofree char *found = key_of (path);
  for (SenType type = 0; found != NULL && type < SEN_N_TYPES; type++)
    {
      g_autofree char *key = source_key (model, type);
      if (strcmp (found, key) == 0)
        return true;
    }
  return false;
}

char *
sen_import_find_conversion (const char *path, const char *cache_dir)
{
  g_autofree char *model = model_of (path);
  if (!sen_import_is_foreign (model))
    return NULL;
  g_autofree char *near = beside (model, SEN_IMPORT_TYPE_DEFAULT);
  g_autofree char *far = cache_dir != NULL ? in_cache (model, SEN_IMPORT_TYPE_DEFAULT, cache_dir) : NULL;
  if (is_of_model (near, model))
    return g_steal_pointer (&near);
  return far != NULL && is_of_model (far, model) ? g_steal_pointer (&far) : NULL;
}

void
sen_import_forget (const char *path, const char *cache_dir)
{
  g_autofree char *model = model_of (path);
  for (int type = SEN_IMPORT_TYPE_DEFAULT; type < SEN_N_TYPES; type++)
    {
      g_autofree char *near = beside (model, type), *far = cache_dir != NULL ? in_cache (model, type, cache_dir) : NULL;
      g_unlink (near);
      if (far != NULL)
        g_unlink (far);
    }
}

/* --- Converting ---------------------------------------------------------------------------------------------------------------- */

static void
job_clear (SenImportJob *job)
{
  g_clear_pointer (&job->writer, sen_gguf_writer_free);
  g_clear_pointer (&job->tensors, g_hash_table_unref);
  g_clear_pointer (&job->config, sen_json_free);
  for (guint i = job->kept->len; i-- > 0;)
    ((GDestroyNotify) job->kept_frees->pdata[i]) (job->kept->pdata[i]);
  g_ptr_array_unref (job->kept);
  g_ptr_array_unref (job->kept_frees);
}

static bool
fill_by_config (SenImportJob *job, GError **error)
{
  const char *model_type = sen_import_text (sen_json_root (job->config), "model_type");
  g_autoptr (GString) known = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (families); i++)
    {
      if (g_strcmp0 (families[i].model_type, model_type) == 0)
        return sen_import_read_safetensors (job, error) && families[i].fill (job, error);
      g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", families[i].model_type);
    }
  if (model_type != NULL && g_str_has_prefix (model_type, "siglip2"))
    g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is a SigLIP 2 NaFlex model, whose pictures keep their shape; that "
                 "is not supported, the SigLIP 2 models of one resolution are", job->path);
  else
    g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: models of the type “%s” cannot be imported; these can: %s",
                 job->path, model_type != NULL ? model_type : "(none)", known->str);
  return false;
}

static bool
fill (SenImportJob *job, Format format, GError **error)
{
  g_autofree char *name = g_path_get_basename (job->path);
  g_autofree char *shown = g_utf8_make_valid (name, -1);
  sen_gguf_writer_set_string (job->writer, "general.name", shown, -1);
  if (format == FORMAT_ONNX)
    return sen_import_read_onnx (job, error) && sen_import_dinov2 (job, error);

  g_autoptr (GError) local = NULL;
  job->config = sen_import_read_json (job, "config.json", &local);
  if (job->config == NULL)
    {
      if (local != NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      else
        g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "%s has no config.json", job->path);
      return false;
    }
  return format == FORMAT_CT2 ? sen_import_ct2 (job, error) : fill_by_config (job, error);
}

static bool
convert (const char *model, Format format, SenType type, const char *key, const char *target, const SenImportParams *params,
         GError **error)
{
  SenImportJob job = {
    .path = model,
    .writer = sen_gguf_writer_new (),
    .matrix_type = type,
    .tensors = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free),
    .kept = g_ptr_array_new (),
    .kept_frees = g_ptr_array_new (),
  };
  sen_gguf_writer_set_string (job.writer, SOURCE_KEY, key, -1);
  bool done = fill (&job, format, error) && sen_gguf_writer_save (job.writer, target, params->progress, params->user_data, error);
  job_clear (&job);
  g_autofree char *key_after = done ? source_key (model, type) : NULL;
  if (done && strcmp (key, key_after) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s changed while it was converted; try again", model);
      g_unlink (target);
      done = false;
    }
  return done;
}

static bool
can_write (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  return access (folder, W_OK | X_OK) == 0;
}

static char *
choose_target (const char *model, const SenImportParams *params, const char *near, GError **error)
{
  if (can_write (near))
    return g_strdup (near);
  if (params->cache_dir == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s must be converted once, and its folder cannot be written; move it to a folder "
                   "that can", model);
      return NULL;
    }
  if (g_mkdir_with_parents (params->cache_dir, 0700) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "the folder %s cannot be made: %s", params->cache_dir, g_strerror (errno));
      return NULL;
    }
  return in_cache (model, params->matrix_type, params->cache_dir);
}

/* Speech is as well understood with 8-bit weights, in half the time, and pictures give the same features (cosine 0.9999).
 * Embeddings of text are to be nearer than that. */
static SenType
default_type (const char *model, Format format)
{
  const SenImportJob job = { .path = model };
  g_autoptr (SenJsonDocument) config = format == FORMAT_SAFETENSORS ? sen_import_read_json (&job, "config.json", NULL) : NULL;
  const char *model_type = config != NULL ? sen_import_text (sen_json_root (config), "model_type") : NULL;
  return g_strcmp0 (model_type, "bert") == 0 ? DEFAULT_TYPE : SEN_TYPE_Q8_0;
}

char *
sen_import_open (const char *path, const SenImportParams *params, GError **error)
{
  static const SenImportParams defaults = { .matrix_type = SEN_IMPORT_TYPE_DEFAULT };
  if (params == NULL)
    params = &defaults;
  g_autofree char *model = model_of (path);
  Format format = format_of (model);
  if (format == FORMAT_GGUF)
    return g_strdup (path);
  if (format == FORMAT_UNKNOWN)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is no model: a folder must hold config.json and *.safetensors, or "
                   "config.json and the model.bin of CTranslate2", path);
      return NULL;
    }

  SenType type = params->matrix_type < 0 ? default_type (model, format) : (SenType) params->matrix_type;
  g_autofree char *key = source_key (model, type), *near = beside (model, params->matrix_type);
  g_autofree char *far = params->cache_dir != NULL ? in_cache (model, params->matrix_type, params->cache_dir) : NULL;
  if (is_current (near, key))
    return g_steal_pointer (&near);
  if (far != NULL && is_current (far, key))
    return g_steal_pointer (&far);
  g_autofree char *target = choose_target (model, params, near, error);
  if (target == NULL || !convert (model, format, type, key, target, params, error))
    return NULL;
  return g_steal_pointer (&target);
}
