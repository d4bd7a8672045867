/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-gguf.h"

#include <math.h>

#include "sen-error.h"
#include "sen-reader.h"

#define GGUF_MAGIC 0x46554747u         /* "GGUF" */
#define GGUF_MAGIC_SWAPPED 0x47475546u
#define MAX_KEYS (1u << 16)
#define MAX_TENSORS (1u << 16)
#define MAX_NAME_BYTES 1024
#define MAX_ARRAY_DEPTH 4

typedef struct {
  char       *key;
  SenGgufType type;
  SenGgufType element_type;   /* of an array */
  uint64_t    n;              /* of an array */
  size_t      position;       /* of the value, or of an array's first element */
} Value;

struct SenGguf {
  gatomicrefcount ref_count;
  SenMap         *map;
  const uint8_t  *data;
  size_t          size;
  char           *path;
  uint32_t        version;
  GArray         *values;     /* Value */
  GHashTable     *value_index;
  GArray         *tensors;    /* SenGgufTensor */
  GHashTable     *tensor_index;
};

static bool
fail (GError **error, const SenGguf *gguf, const char *format, ...) G_GNUC_PRINTF (3, 4);

static bool
fail (GError **error, const SenGguf *gguf, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is not a sound GGUF file: %s", gguf->path, what);
  return false;
}

/* --- Values -------------------------------------------------------------------------------------------------------------- */

uint32_t
sen_gguf_number_bytes (uint32_t type)
{
  switch (type)
    {
    case SEN_GGUF_UINT8:
    case SEN_GGUF_INT8:
    case SEN_GGUF_BOOL:
      return 1;
    case SEN_GGUF_UINT16:
    case SEN_GGUF_INT16:
      return 2;
    case SEN_GGUF_UINT32:
    case SEN_GGUF_INT32:
    case SEN_GGUF_FLOAT32:
      return 4;
    case SEN_GGUF_UINT64:
    case SEN_GGUF_INT64:
    case SEN_GGUF_FLOAT64:
      return 8;
    default:
      return 0;
    }
}

static bool
skip_string (SenReader *reader)
{
  uint64_t length = sen_reader_u64 (reader);
  return sen_reader_take (reader, length) != NULL;
}

/* Moves past a value; for an array it notes what the elements are and where they begin. */
static bool
skip_value (SenReader *reader, uint32_t type, Value *value, int depth)
{
  if (sen_gguf_number_bytes (type) > 0)
    return sen_reader_take (reader, sen_gguf_number_bytes (type)) != NULL;
  if (type == SEN_GGUF_STRING)
    return skip_string (reader);
  if (type != SEN_GGUF_ARRAY || depth >= MAX_ARRAY_DEPTH)
    return false;

  uint32_t element_type = sen_reader_u32 (reader);
  uint64_t n = sen_reader_u64 (reader);
  if (value != NULL)
    {
      value->element_type = element_type;
      value->n = n;
      value->position = reader->position;
    }
  uint32_t n_bytes = sen_gguf_number_bytes (element_type);
  if (n_bytes > 0)
    return n <= SIZE_MAX / n_bytes && sen_reader_take (reader, n * n_bytes) != NULL;
  /* The smallest element, an empty string, has 8 bytes: a lying count ends here and not after 2^63 steps. */
  if (n > (reader->size - reader->position) / 8)
    return false;
  for (uint64_t i = 0; i < n; i++)
    if (!skip_value (reader, element_type, NULL, depth + 1))
      return false;
  return true;
}

/* A short text of the file as a NUL-terminated string, or NULL when it is too long, holds a NUL or is no UTF-8. */
static char *
read_name (SenReader *reader)
{
  uint64_t length = sen_reader_u64 (reader);
  const char *text = length <= MAX_NAME_BYTES ? sen_reader_take (reader, length) : NULL;
  if (text == NULL || length == 0 || memchr (text, 0, length) != NULL || !g_utf8_validate (text, (gssize) length, NULL))
    return NULL;
  return g_strndup (text, length);
}

static bool
read_values (SenGguf *gguf, SenReader *reader, uint64_t n_values, GError **error)
{
  for (uint64_t i = 0; i < n_values; i++)
    {
      Value value = { .key = read_name (reader) };
      if (value.key == NULL)
        return fail (error, gguf, "key %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " has no sound name", i, n_values);
      g_array_append_val (gguf->values, value);
      Value *stored = &g_array_index (gguf->values, Value, i);

      uint32_t type = sen_reader_u32 (reader);
      stored->type = type;
      stored->position = reader->position;
      if (!skip_value (reader, type, stored, 0))
        return fail (error, gguf, "the value of %s (type %u) is cut short or of an unknown type", stored->key, type);
      if (g_hash_table_contains (gguf->value_index, stored->key))
        return fail (error, gguf, "%s is there twice", stored->key);
      /* Indexes, not pointers: the array moves while it grows. */
      g_hash_table_insert (gguf->value_index, stored->key, GSIZE_TO_POINTER (i + 1));
    }
  return true;
}

static const Value *
find_value (const SenGguf *gguf, const char *key)
{
  size_t index = GPOINTER_TO_SIZE (g_hash_table_lookup (gguf->value_index, key));
  return index > 0 ? &g_array_index (gguf->values, Value, index - 1) : NULL;
}

/* --- Tensors --------------------------------------------------------------------------------------------------------------- */

static void
describe_supported_types (GString *text)
{
  for (SenType t = 0; t < SEN_N_TYPES; t++)
    g_string_append_printf (text, "%s%s", t > 0 ? ", " : "", sen_type_info (t)->name);
}

static bool
read_tensor (SenGguf *gguf, SenReader *reader, uint64_t *offset, GError **error)
{
  SenGgufTensor tensor = { .shape = { 1, 1, 1, 1 } };
  g_autofree char *name = read_name (reader);
  if (name == NULL)
    return fail (error, gguf, "tensor %u has no sound name", gguf->tensors->len);

  tensor.n_dims = sen_reader_u32 (reader);
  if (reader->failed || tensor.n_dims < 1 || tensor.n_dims > 4)
    return fail (error, gguf, "tensor %s has %u axes, expected 1 to 4", name, tensor.n_dims);

  /* The file counts axes from the fastest; we from the slowest. */
  uint64_t n_rows = 1;
  for (uint32_t i = 0; i < tensor.n_dims; i++)
    {
      uint64_t extent = sen_reader_u64 (reader);
      tensor.shape[3 - i] = extent;
      if (extent == 0 || (i > 0 && n_rows > G_MAXINT64 / extent))
        return fail (error, gguf, "axis %u of tensor %s has a length of %" G_GUINT64_FORMAT, i, name, extent);
      if (i > 0)
        n_rows *= extent;
    }

  uint32_t gguf_type = sen_reader_u32 (reader);
  *offset = sen_reader_u64 (reader);
  if (reader->failed)
    return fail (error, gguf, "the description of tensor %s is cut short", name);
  if (!sen_type_from_gguf_id (gguf_type, &tensor.type))
    {
      g_autoptr (GString) supported = g_string_new (NULL);
      describe_supported_types (supported);
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: tensor %s has the element type number %u, which is not "
                   "supported; these are: %s", gguf->path, name, gguf_type, supported->str);
      return false;
    }

  size_t row_bytes = sen_type_row_bytes (tensor.type, tensor.shape[3]);
  if (row_bytes == 0)
    return fail (error, gguf, "rows of %" G_GUINT64_FORMAT " elements of tensor %s are no whole number of %s blocks",
                 tensor.shape[3], name, sen_type_info (tensor.type)->name);
  if (n_rows > gguf->size / row_bytes)
    return fail (error, gguf, "tensor %s would be larger than the file", name);
  tensor.size_bytes = (size_t) n_rows * row_bytes;

  if (g_hash_table_contains (gguf->tensor_index, name))
    return fail (error, gguf, "tensor %s is there twice", name);
  tensor.name = g_steal_pointer (&name);
  g_array_append_val (gguf->tensors, tensor);
  g_hash_table_insert (gguf->tensor_index, (gpointer) tensor.name, GSIZE_TO_POINTER (gguf->tensors->len));
  return true;
}

static int
compare_data (gconstpointer a, gconstpointer b)
{
  const SenGgufTensor *x = *(const SenGgufTensor *const *) a, *y = *(const SenGgufTensor *const *) b;
  return x->data < y->data ? -1 : x->data > y->data;
}

static bool
check_overlap (SenGguf *gguf, GError **error)
{
  g_autofree const SenGgufTensor **sorted = g_new (const SenGgufTensor *, gguf->tensors->len + 1);
  for (uint32_t i = 0; i < gguf->tensors->len; i++)
    sorted[i] = &g_array_index (gguf->tensors, SenGgufTensor, i);
  qsort (sorted, gguf->tensors->len, sizeof *sorted, compare_data);
  for (uint32_t i = 1; i < gguf->tensors->len; i++)
    if ((const uint8_t *) sorted[i - 1]->data + sorted[i - 1]->size_bytes > (const uint8_t *) sorted[i]->data)
      return fail (error, gguf, "tensors %s and %s overlap", sorted[i - 1]->name, sorted[i]->name);
  return true;
}

static bool
read_tensors (SenGguf *gguf, SenReader *reader, uint64_t n_tensors, GError **error)
{
  g_autofree uint64_t *offsets = g_new (uint64_t, n_tensors + 1);
  for (uint64_t i = 0; i < n_tensors; i++)
    if (!read_tensor (gguf, reader, &offsets[i], error))
      return false;

  uint32_t alignment = SEN_GGUF_ALIGNMENT;
  sen_gguf_get_u32 (gguf, "general.alignment", &alignment);
  if (alignment < 4 || alignment > (1u << 20) || (alignment & (alignment - 1)) != 0)
    return fail (error, gguf, "an alignment of %u bytes is not a power of two between 4 and 1048576", alignment);

  size_t start = (reader->position + alignment - 1) / alignment * alignment;
  for (uint64_t i = 0; i < n_tensors; i++)
    {
      SenGgufTensor *tensor = &g_array_index (gguf->tensors, SenGgufTensor, i);
      if (offsets[i] % alignment != 0)
        return fail (error, gguf, "tensor %s begins at %" G_GUINT64_FORMAT ", which is no multiple of %u", tensor->name,
                     offsets[i], alignment);
      if (start > gguf->size || offsets[i] > gguf->size - start || tensor->size_bytes > gguf->size - start - offsets[i])
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is cut short: tensor %s ends %" G_GUINT64_FORMAT " bytes into "
                       "the data and the file has %" G_GSIZE_FORMAT "; fetch or copy the file again", gguf->path, tensor->name,
                       offsets[i] + tensor->size_bytes, gguf->size > start ? gguf->size - start : 0);
          return false;
        }
      tensor->data = gguf->data + start + offsets[i];
    }
  return check_overlap (gguf, error);
}

/* --- Opening ---------------------------------------------------------------------------------------------------------------- */

static bool
parse (SenGguf *gguf, GError **error)
{
  SenReader reader = { .data = gguf->data, .size = gguf->size };
  uint32_t magic = sen_reader_u32 (&reader);
  if (reader.failed || magic != GGUF_MAGIC)
    {
      if (magic == GGUF_MAGIC_SWAPPED)
        return fail (error, gguf, "it is big-endian, and only little-endian files are supported");
      return fail (error, gguf, "it does not begin with “GGUF”");
    }
  gguf->version = sen_reader_u32 (&reader);
  uint64_t n_tensors = sen_reader_u64 (&reader), n_values = sen_reader_u64 (&reader);
  if (reader.failed)
    return fail (error, gguf, "it ends inside its header");
  if (gguf->version != 2 && gguf->version != 3)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: GGUF version %u is not supported; versions 2 and 3 are",
                   gguf->path, gguf->version);
      return false;
    }
  if (n_tensors > MAX_TENSORS || n_values > MAX_KEYS)
    return fail (error, gguf, "%" G_GUINT64_FORMAT " tensors and %" G_GUINT64_FORMAT " keys are more than any model has",
                 n_tensors, n_values);
  return read_values (gguf, &reader, n_values, error) && read_tensors (gguf, &reader, n_tensors, error);
}

static void
clear_value (gpointer value)
{
  g_free (((Value *) value)->key);
}

static void
clear_tensor (gpointer tensor)
{
  g_free ((char *) ((SenGgufTensor *) tensor)->name);
}

static SenGguf *
gguf_new (const char *path)
{
  SenGguf *gguf = g_new0 (SenGguf, 1);
  g_atomic_ref_count_init (&gguf->ref_count);
  gguf->path = g_strdup (path);
  gguf->values = g_array_new (FALSE, TRUE, sizeof (Value));
  g_array_set_clear_func (gguf->values, clear_value);
  gguf->value_index = g_hash_table_new (g_str_hash, g_str_equal);
  gguf->tensors = g_array_new (FALSE, TRUE, sizeof (SenGgufTensor));
  g_array_set_clear_func (gguf->tensors, clear_tensor);
  gguf->tensor_index = g_hash_table_new (g_str_hash, g_str_equal);
  return gguf;
}

/* Takes over @map, which may be NULL: then @error is set. */
static SenGguf *
open_map (SenMap *map, GError **error)
{
  if (map == NULL)
    return NULL;
  g_autoptr (SenGguf) gguf = gguf_new (sen_map_path (map));
  gguf->map = map;
  gguf->data = sen_map_data (map);
  gguf->size = sen_map_size (map);
  return parse (gguf, error) ? g_steal_pointer (&gguf) : NULL;
}

SenGguf *
sen_gguf_open (const char *path, GError **error)
{
  return open_map (sen_map_open (path, error), error);
}

SenGguf *
sen_gguf_open_bytes (GBytes *bytes, const char *name, GError **error)
{
  return open_map (sen_map_new_bytes (bytes, name), error);
}

SenGguf *
sen_gguf_ref (SenGguf *gguf)
{
  g_atomic_ref_count_inc (&gguf->ref_count);
  return gguf;
}

void
sen_gguf_unref (SenGguf *gguf)
{
  if (gguf == NULL || !g_atomic_ref_count_dec (&gguf->ref_count))
    return;
  g_hash_table_unref (gguf->value_index);
  g_hash_table_unref (gguf->tensor_index);
  g_array_unref (gguf->values);
  g_array_unref (gguf->tensors);
  g_clear_pointer (&gguf->map, sen_map_unref);
  g_free (gguf->path);
  g_free (gguf);
}

const char *
sen_gguf_path (const SenGguf *gguf)
{
  return gguf->path;
}

bool
sen_gguf_is_lost (const SenGguf *gguf)
{
  return sen_map_is_lost (gguf->map);
}

/* --- Reading values ------------------------------------------------------------------------------------------------------- */

bool
sen_gguf_has (const SenGguf *gguf, const char *key, SenGgufType *type)
{
  const Value *value = find_value (gguf, key);
  if (value != NULL && type != NULL)
    *type = value->type;
  return value != NULL;
}

/* A number of any integer type, as 64 bits and a sign. */
static bool
integer_at (const SenGguf *gguf, SenGgufType type, size_t position, int64_t *value, bool *is_large)
{
  SenReader reader = { .data = gguf->data, .size = gguf->size, .position = position };
  uint64_t bits = sen_reader_number (&reader, sen_gguf_number_bytes (type));
  *is_large = false;
  switch (type)
    {
    case SEN_GGUF_UINT8:
    case SEN_GGUF_UINT16:
    case SEN_GGUF_UINT32:
    case SEN_GGUF_BOOL:
      *value = (int64_t) bits;
      return true;
    case SEN_GGUF_UINT64:
      *value = (int64_t) bits;
      *is_large = bits > G_MAXINT64;
      return true;
    case SEN_GGUF_INT8:
      *value = (int8_t) bits;
      return true;
    case SEN_GGUF_INT16:
      *value = (int16_t) bits;
      return true;
    case SEN_GGUF_INT32:
      *value = (int32_t) bits;
      return true;
    case SEN_GGUF_INT64:
      *value = (int64_t) bits;
      return true;
    case SEN_GGUF_FLOAT32:
    case SEN_GGUF_FLOAT64:
    case SEN_GGUF_STRING:
    case SEN_GGUF_ARRAY:
      break;
    }
  return false;
}

static bool
float_at (const SenGguf *gguf, SenGgufType type, size_t position, float *value)
{
  SenReader reader = { .data = gguf->data, .size = gguf->size, .position = position };
  uint64_t bits = sen_reader_number (&reader, sen_gguf_number_bytes (type));
  if (type == SEN_GGUF_FLOAT32)
    {
      uint32_t low = (uint32_t) bits;
      memcpy (value, &low, sizeof *value);
      return true;
    }
  if (type == SEN_GGUF_FLOAT64)
    {
      double wide;
      memcpy (&wide, &bits, sizeof wide);
      *value = (float) wide;
      return true;
    }
  return false;
}

bool
sen_gguf_get_u64 (const SenGguf *gguf, const char *key, uint64_t *value)
{
  const Value *found = find_value (gguf, key);
  int64_t number;
  bool is_large;
  if (found == NULL || !integer_at (gguf, found->type, found->position, &number, &is_large) || (number < 0 && !is_large))
    return false;
  *value = (uint64_t) number;
  return true;
}

bool
sen_gguf_get_u32 (const SenGguf *gguf, const char *key, uint32_t *value)
{
  uint64_t wide;
  if (!sen_gguf_get_u64 (gguf, key, &wide) || wide > UINT32_MAX)
    return false;
  *value = (uint32_t) wide;
  return true;
}

bool
sen_gguf_get_f32 (const SenGguf *gguf, const char *key, float *value)
{
  const Value *found = find_value (gguf, key);
  return found != NULL && float_at (gguf, found->type, found->position, value);
}

bool
sen_gguf_get_bool (const SenGguf *gguf, const char *key, bool *value)
{
  const Value *found = find_value (gguf, key);
  if (found == NULL || found->type != SEN_GGUF_BOOL)
    return false;
  *value = gguf->data[found->position] != 0;
  return true;
}

static SenGgufString
take_string (SenReader *reader)
{
  uint64_t length = sen_reader_u64 (reader);
  const char *data = sen_reader_take (reader, length);
  return (SenGgufString) { .data = data != NULL ? data : "", .length = data != NULL ? length : 0 };
}

bool
sen_gguf_get_string (const SenGguf *gguf, const char *key, SenGgufString *value)
{
  const Value *found = find_value (gguf, key);
  if (found == NULL || found->type != SEN_GGUF_STRING)
    return false;
  SenReader reader = { .data = gguf->data, .size = gguf->size, .position = found->position };
  *value = take_string (&reader);
  return true;
}

char *
sen_gguf_dup_string (const SenGguf *gguf, const char *key)
{
  SenGgufString value;
  return sen_gguf_get_string (gguf, key, &value) ? g_strndup (value.data, value.length) : NULL;
}

bool
sen_gguf_get_array (const SenGguf *gguf, const char *key, SenGgufType *element_type, size_t *n)
{
  const Value *found = find_value (gguf, key);
  if (found == NULL || found->type != SEN_GGUF_ARRAY)
    return false;
  if (element_type != NULL)
    *element_type = found->element_type;
  if (n != NULL)
    *n = found->n;
  return true;
}

bool
sen_gguf_array_string (const SenGguf *gguf, const char *key, size_t index, SenGgufString *value)
{
  const Value *found = find_value (gguf, key);
  if (found == NULL || found->type != SEN_GGUF_ARRAY || found->element_type != SEN_GGUF_STRING || index >= found->n)
    return false;
  SenReader reader = { .data = gguf->data, .size = gguf->size, .position = found->position };
  for (size_t i = 0; i < index; i++)
    skip_string (&reader);
  *value = take_string (&reader);
  return true;
}

bool
sen_gguf_array_f32 (const SenGguf *gguf, const char *key, size_t index, float *value)
{
  const Value *found = find_value (gguf, key);
  return found != NULL && found->type == SEN_GGUF_ARRAY && index < found->n
         && float_at (gguf, found->element_type, found->position + index * sen_gguf_number_bytes (found->element_type), value);
}

bool
sen_gguf_array_i64 (const SenGguf *gguf, const char *key, size_t index, int64_t *value)
{
  const Value *found = find_value (gguf, key);
  bool is_large;
  return found != NULL && found->type == SEN_GGUF_ARRAY && index < found->n
         && integer_at (gguf, found->element_type, found->position + index * sen_gguf_number_bytes (found->element_type), value,
                        &is_large)
         && !is_large;
}

SenGgufString *
sen_gguf_dup_string_array (const SenGguf *gguf, const char *key, size_t *n)
{
  const Value *found = find_value (gguf, key);
  if (found == NULL || found->type != SEN_GGUF_ARRAY || found->element_type != SEN_GGUF_STRING)
    return NULL;
  SenGgufString *strings = g_new (SenGgufString, found->n + 1);
  SenReader reader = { .data = gguf->data, .size = gguf->size, .position = found->position };
  for (uint64_t i = 0; i < found->n; i++)
    strings[i] = take_string (&reader);
  *n = found->n;
  return strings;
}

size_t
sen_gguf_n_tensors (const SenGguf *gguf)
{
  return gguf->tensors->len;
}

const SenGgufTensor *
sen_gguf_tensor (const SenGguf *gguf, size_t index)
{
  return &g_array_index (gguf->tensors, SenGgufTensor, index);
}

const SenGgufTensor *
sen_gguf_find_tensor (const SenGguf *gguf, const char *name)
{
  size_t index = GPOINTER_TO_SIZE (g_hash_table_lookup (gguf->tensor_index, name));
  return index > 0 ? &g_array_index (gguf->tensors, SenGgufTensor, index - 1) : NULL;
}
