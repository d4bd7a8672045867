/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-safetensors.h"

#include <string.h>

#include "sen-error.h"
#include "sen-json-reader.h"
#include "sen-reader.h"

#define MAX_HEADER_BYTES (100u << 20)

struct SenSafetensors {
  SenMap          *map;
  const uint8_t   *data;
  size_t           size;
  char            *path;
  SenJsonDocument *header;
  GArray          *tensors;   /* SenSafetensor */
};

static const struct {
  const char *dtype;
  uint32_t    n_bytes;
  bool        is_supported;
  SenType     type;
} dtypes[] = {
  { "F32", 4, true, SEN_TYPE_F32 }, { "F16", 2, true, SEN_TYPE_F16 }, { "BF16", 2, true, SEN_TYPE_BF16 },
  { "I32", 4, true, SEN_TYPE_I32 }, { "F64", 8, false, 0 },           { "I64", 8, false, 0 },
  { "U64", 8, false, 0 },           { "U32", 4, false, 0 },           { "I16", 2, false, 0 },
  { "U16", 2, false, 0 },           { "I8", 1, false, 0 },            { "U8", 1, false, 0 },
  { "BOOL", 1, false, 0 },          { "F8_E4M3", 1, false, 0 },       { "F8_E5M2", 1, false, 0 },
};

static bool
fail (const SenSafetensors *file, const char *tensor, const char *what, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is not a sound safetensors file: %s%s%s", file->path,
               tensor != NULL ? tensor : "", tensor != NULL ? " " : "", what);
  return false;
}

/* Bytes of one element, 0 for a type nobody knows. */
static uint32_t
read_dtype (const SenJson *entry, SenSafetensor *tensor)
{
  const SenJson *dtype = sen_json_member (entry, "dtype");
  tensor->dtype = dtype != NULL ? sen_json_string (dtype) : NULL;
  for (size_t i = 0; tensor->dtype != NULL && i < G_N_ELEMENTS (dtypes); i++)
    if (strcmp (dtypes[i].dtype, tensor->dtype) == 0)
      {
        tensor->is_supported = dtypes[i].is_supported;
        tensor->type = dtypes[i].type;
        return dtypes[i].n_bytes;
      }
  return 0;
}

static bool
read_tensor (SenSafetensors *file, const SenJson *entry, const char *name, size_t data_start, GError **error)
{
  SenSafetensor tensor = { .name = name };
  uint64_t n_bytes = read_dtype (entry, &tensor), begin, end;
  const SenJson *shape = sen_json_member (entry, "shape"), *offsets = sen_json_member (entry, "data_offsets");
  if (n_bytes == 0)
    return fail (file, name, "has an unknown dtype", error);
  if (shape == NULL || sen_json_kind (shape) != SEN_JSON_ARRAY || sen_json_length (shape) > SEN_SAFETENSORS_MAX_DIMS)
    return fail (file, name, "has no shape of up to 8 axes", error);
  tensor.n_dims = (uint32_t) sen_json_length (shape);
  for (uint32_t i = 0; i < tensor.n_dims; i++)
    {
      if (!sen_json_u64 (sen_json_at (shape, i), &tensor.shape[i])
          || (tensor.shape[i] != 0 && n_bytes > file->size / tensor.shape[i]))
        return fail (file, name, "would be larger than the file", error);
      n_bytes *= tensor.shape[i];
    }
  size_t data_bytes = file->size - data_start;
  if (offsets == NULL || sen_json_length (offsets) != 2 || !sen_json_u64 (sen_json_at (offsets, 0), &begin)
      || !sen_json_u64 (sen_json_at (offsets, 1), &end) || begin > end || end > data_bytes || end - begin != n_bytes)
    return fail (file, name, "has offsets that do not fit its shape or the file", error);
  tensor.data = file->data + data_start + begin;
  tensor.size_bytes = (size_t) n_bytes;
  g_array_append_val (file->tensors, tensor);
  return true;
}

static int
compare_tensors (gconstpointer a, gconstpointer b)
{
  const SenSafetensor *x = *(const SenSafetensor *const *) a, *y = *(const SenSafetensor *const *) b;
  if (x->data != y->data)
    return x->data < y->data ? -1 : 1;
  return x->size_bytes < y->size_bytes ? -1 : x->size_bytes > y->size_bytes;
}

static bool
check_overlap (SenSafetensors *file, GError **error)
{
  g_autofree const SenSafetensor **sorted = g_new (const SenSafetensor *, file->tensors->len + 1);
  for (guint i = 0; i < file->tensors->len; i++)
    sorted[i] = &g_array_index (file->tensors, SenSafetensor, i);
  qsort (sorted, file->tensors->len, sizeof *sorted, compare_tensors);
  for (guint i = 1; i < file->tensors->len; i++)
    if ((const uint8_t *) sorted[i - 1]->data + sorted[i - 1]->size_bytes > (const uint8_t *) sorted[i]->data)
      return fail (file, sorted[i]->name, "overlaps another tensor", error);
  return true;
}

static bool
parse (SenSafetensors *file, GError **error)
{
  SenReader reader = { .data = file->data, .size = file->size };
  uint64_t header_bytes = sen_reader_u64 (&reader);
  const char *header = header_bytes <= MAX_HEADER_BYTES ? sen_reader_take (&reader, header_bytes) : NULL;
  if (header == NULL)
    return fail (file, NULL, "its header is cut short or longer than 100 MB", error);
  file->header = sen_json_parse (header, (size_t) header_bytes, file->path, error);
  if (file->header == NULL)
    return false;

  const SenJson *root = sen_json_root (file->header);
  if (sen_json_kind (root) != SEN_JSON_OBJECT)
    return fail (file, NULL, "its header is no object", error);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  for (size_t i = 0; i < sen_json_length (root); i++)
    {
      const char *name = sen_json_member_name (root, i);
      if (!g_hash_table_add (names, (gpointer) name))
        return fail (file, name, "is there twice", error);
      if (strcmp (name, "__metadata__") != 0 && !read_tensor (file, sen_json_at (root, i), name, reader.position, error))
        return false;
    }
  return check_overlap (file, error);
}

static SenSafetensors *
file_new (const char *path)
{
  SenSafetensors *file = g_new0 (SenSafetensors, 1);
  file->path = g_strdup (path);
  file->tensors = g_array_new (FALSE, TRUE, sizeof (SenSafetensor));
  return file;
}

/* Takes over @map, which may be NULL: then @error is set. */
static SenSafetensors *
open_map (SenMap *map, GError **error)
{
  if (map == NULL)
    return NULL;
  g_autoptr (SenSafetensors) file = file_new (sen_map_path (map));
  file->map = map;
  file->data = sen_map_data (map);
  file->size = sen_map_size (map);
  return parse (file, error) ? g_steal_pointer (&file) : NULL;
}

SenSafetensors *
sen_safetensors_open (const char *path, GError **error)
{
  return open_map (sen_map_open (path, error), error);
}

SenSafetensors *
sen_safetensors_open_bytes (GBytes *bytes, const char *name, GError **error)
{
  return open_map (sen_map_new_bytes (bytes, name), error);
}

void
sen_safetensors_free (SenSafetensors *file)
{
  if (file == NULL)
    return;
  g_array_unref (file->tensors);
  g_clear_pointer (&file->header, sen_json_free);
  g_clear_pointer (&file->map, sen_map_unref);
  g_free (file->path);
  g_free (file);
}

size_t
sen_safetensors_n_tensors (const SenSafetensors *file)
{
  return file->tensors->len;
}

const SenSafetensor *
sen_safetensors_tensor (const SenSafetensors *file, size_t index)
{
  return &g_array_index (file->tensors, SenSafetensor, index);
}

const SenSafetensor *
sen_safetensors_find (const SenSafetensors *file, const char *name)
{
  for (guint i = 0; i < file->tensors->len; i++)
    if (strcmp (g_array_index (file->tensors, SenSafetensor, i).name, name) == 0)
      return &g_array_index (file->tensors, SenSafetensor, i);
  return NULL;
}
