/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What importers share: tensors by name, values out of unaligned and transposed data, small JSON files. */
#include <string.h>

#include "sen-error.h"
#include "sen-import-private.h"

void
sen_import_keep (SenImportJob *job, gpointer object, GDestroyNotify free_func)
{
  g_ptr_array_add (job->kept, object);
  g_ptr_array_add (job->kept_frees, (gpointer) free_func);
}

/* --- Tensors ------------------------------------------------------------------------------------------------------------------ */

bool
sen_import_offer (SenImportJob *job, const SenImportTensor *tensor, GError **error)
{
  if (g_hash_table_contains (job->tensors, tensor->name))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s has two tensors called %s", job->path, tensor->name);
      return false;
    }
  g_hash_table_insert (job->tensors, (gpointer) tensor->name, g_memdup2 (tensor, sizeof *tensor));
  return true;
}

const SenImportTensor *
sen_import_find (const SenImportJob *job, const char *name)
{
  return g_hash_table_lookup (job->tensors, name);
}

const SenImportTensor *
sen_import_need (const SenImportJob *job, const char *name, GError **error)
{
  const SenImportTensor *tensor = sen_import_find (job, name);
  if (tensor == NULL)
    g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s has no tensor called %s, which its kind of model needs", job->path, name);
  return tensor;
}

char *
sen_import_prefix (const SenImportJob *job, const char *suffix)
{
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init (&iter, job->tensors);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (g_str_has_suffix (name, suffix))
      return g_strndup (name, strlen (name) - strlen (suffix));
  return NULL;
}

uint64_t
sen_import_n_elems (const SenImportTensor *tensor)
{
  uint64_t n = 1;
  for (uint32_t i = 0; i < tensor->n_dims; i++)
    n *= tensor->shape[i];
  return n;
}

static float
value_at (const SenImportTensor *tensor, uint64_t index)
{
  uint16_t half;
  float value;
  switch (tensor->type)
    {
    case SEN_TYPE_F16:
    case SEN_TYPE_BF16:
      memcpy (&half, (const uint8_t *) tensor->data + index * sizeof half, sizeof half);
      return tensor->type == SEN_TYPE_F16 ? sen_f16_to_f32 (half) : sen_bf16_to_f32 (half);
    case SEN_TYPE_F32:
      memcpy (&value, (const uint8_t *) tensor->data + index * sizeof value, sizeof value);
      return value;
    default:
      g_return_val_if_reached (0.0f);
    }
}

/* Rows are along the last axis of what is stored. */
static void
read_rows (const SenImportTensor *tensor, uint64_t first_row, size_t n_rows, float *values)
{
  uint64_t n_cols = tensor->shape[tensor->n_dims - 1], n_all = sen_import_n_elems (tensor) / n_cols;
  for (uint64_t row = 0; row < n_rows; row++)
    for (uint64_t col = 0; col < n_cols; col++)
      values[row * n_cols + col] = value_at (tensor, tensor->is_transposed ? col * n_all + first_row + row
                                                                            : (first_row + row) * n_cols + col);
}

float *
sen_import_values (const SenImportTensor *tensor)
{
  uint64_t n = sen_import_n_elems (tensor);
  float *values = g_new (float, n);
  read_rows (tensor, 0, (size_t) (n / tensor->shape[tensor->n_dims - 1]), values);
  return values;
}

typedef struct {
  SenImportTensor tensor;
  const float    *scale;
} Source;

static bool
give_rows (gpointer user_data, uint64_t first_row, size_t n_rows, float *values, GError **error)
{
  const Source *source = user_data;
  uint64_t n_cols = source->tensor.shape[source->tensor.n_dims - 1];
  read_rows (&source->tensor, first_row, n_rows, values);
  if (source->scale == NULL)
    return true;
  for (uint64_t row = 0; row < n_rows; row++)
    for (uint64_t col = 0; col < n_cols; col++)
      values[row * n_cols + col] *= source->scale[source->tensor.n_dims == 1 ? col : first_row + row];
  return true;
}

void
sen_import_write (SenImportJob *job, const SenImportTensor *tensor, const char *target, SenImportKind kind, const float *scale)
{
  bool is_f32 = kind == SEN_IMPORT_F32 || job->matrix_type == SEN_TYPE_F32;
  SenType type = is_f32 ? SEN_TYPE_F32 : kind == SEN_IMPORT_F16 ? SEN_TYPE_F16 : job->matrix_type;
  if (sen_type_row_bytes (type, tensor->shape[tensor->n_dims - 1]) == 0)
    type = SEN_TYPE_F16;
  Source *source = g_new (Source, 1);
  *source = (Source) { *tensor, scale };
  sen_import_keep (job, source, g_free);
  sen_gguf_writer_add_rows (job->writer, target, type, tensor->n_dims, tensor->shape, give_rows, source);
}

/* --- JSON --------------------------------------------------------------------------------------------------------------------- */

SenJsonDocument *
sen_import_read_json (const SenImportJob *job, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (job->path, name, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  g_autoptr (SenMap) map = sen_map_open (path, error);
  if (map == NULL)
    return NULL;
  return sen_json_parse ((const char *) sen_map_data (map), sen_map_size (map), path, error);
}

uint64_t
sen_import_u64 (const SenJson *object, const char *member, uint64_t fallback)
{
  const SenJson *value = object != NULL ? sen_json_member (object, member) : NULL;
  uint64_t number;
  return value != NULL && sen_json_u64 (value, &number) ? number : fallback;
}

double
sen_import_number (const SenJson *object, const char *member, double fallback)
{
  const SenJson *value = object != NULL ? sen_json_member (object, member) : NULL;
  return value != NULL && sen_json_kind (value) == SEN_JSON_NUMBER ? sen_json_number (value) : fallback;
}

const char *
sen_import_text (const SenJson *object, const char *member)
{
  const SenJson *value = object != NULL ? sen_json_member (object, member) : NULL;
  return value != NULL && sen_json_kind (value) == SEN_JSON_STRING ? sen_json_string (value) : NULL;
}

bool
sen_import_is_true (const SenJson *object, const char *member, bool fallback)
{
  const SenJson *value = object != NULL ? sen_json_member (object, member) : NULL;
  return value != NULL && sen_json_kind (value) == SEN_JSON_BOOL ? sen_json_bool (value) : fallback;
}
