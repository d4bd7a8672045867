/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-ct2.h"

#include "sen-error.h"
#include "sen-reader.h"

#define VERSION_FIRST 4   /* the first whose variables have types of their own */
#define VERSION_LAST 6
#define MAX_VARIABLES (1u << 20)

struct SenCt2 {
  SenMap       *map;
  const uint8_t *data;
  size_t        size;
  char         *path;
  char         *spec;
  GPtrArray    *names;       /* owned texts */
  GArray       *variables;   /* SenCt2Variable */
  GHashTable   *by_name;     /* name or alias -> index of the variable + 1 */
};

static const uint32_t type_bytes[SEN_CT2_N_TYPES] = { 4, 1, 2, 4, 2, 2 };

static bool
fail (const SenCt2 *file, const char *variable, const char *what, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is not a sound CTranslate2 model: %s%s%s", file->path,
               variable != NULL ? variable : "", variable != NULL ? " " : "", what);
  return false;
}

/* A text of 16 bits of length, its NUL counted; NULL when it is cut short or no text. Owned by the file. */
static const char *
read_text (SenCt2 *file, SenReader *reader)
{
  size_t length = (size_t) sen_reader_number (reader, 2);
  const char *text = sen_reader_take (reader, length);
  if (text == NULL || length == 0 || text[length - 1] != '\0' || !g_utf8_validate (text, -1, NULL)
      || strlen (text) != length - 1)
    {
      reader->failed = true;
      return NULL;
    }
  char *copy = g_strdup (text);
  g_ptr_array_add (file->names, copy);
  return copy;
}

static bool
read_variable (SenCt2 *file, SenReader *reader, GError **error)
{
  SenCt2Variable variable = { .name = read_text (file, reader) };
  if (variable.name == NULL)
    return fail (file, NULL, "the name of a variable is cut short or no text", error);
  variable.n_dims = (uint32_t) sen_reader_number (reader, 1);
  if (variable.n_dims > SEN_CT2_MAX_DIMS)
    return fail (file, variable.name, "has more than 8 axes", error);
  for (uint32_t i = 0; i < variable.n_dims; i++)
    variable.shape[i] = sen_reader_u32 (reader);
  uint32_t type = (uint32_t) sen_reader_number (reader, 1);
  variable.size_bytes = sen_reader_u32 (reader);
  variable.data = sen_reader_take (reader, variable.size_bytes);
  if (reader->failed)
    return fail (file, variable.name, "is cut short", error);
  if (type >= SEN_CT2_N_TYPES)
    return fail (file, variable.name, "has an unknown type", error);
  variable.type = (SenCt2Type) type;

  uint64_t n_bytes = type_bytes[type];
  for (uint32_t i = 0; i < variable.n_dims; i++)
    {
      if (variable.shape[i] != 0 && n_bytes > file->size / variable.shape[i])
        return fail (file, variable.name, "would be larger than the file", error);
      n_bytes *= variable.shape[i];
    }
  if (n_bytes != variable.size_bytes)
    return fail (file, variable.name, "has as many bytes as its shape does not", error);

  if (g_hash_table_contains (file->by_name, variable.name))
    return fail (file, variable.name, "is there twice", error);
  g_array_append_val (file->variables, variable);
  g_hash_table_insert (file->by_name, (gpointer) variable.name, GUINT_TO_POINTER (file->variables->len));
  return true;
}

static bool
read_alias (SenCt2 *file, SenReader *reader, GError **error)
{
  const char *alias = read_text (file, reader), *name = alias != NULL ? read_text (file, reader) : NULL;
  gpointer index = name != NULL ? g_hash_table_lookup (file->by_name, name) : NULL;
  if (index == NULL)
    return fail (file, alias, "is an alias of nothing", error);
  if (g_hash_table_contains (file->by_name, alias))
    return fail (file, alias, "is there twice", error);
  g_hash_table_insert (file->by_name, (gpointer) alias, index);
  return true;
}

static bool
parse (SenCt2 *file, GError **error)
{
  SenReader reader = { .data = file->data, .size = file->size };
  uint32_t version = sen_reader_u32 (&reader);
  if (reader.failed)
    return fail (file, NULL, "it is empty", error);
  if (version < VERSION_FIRST || version > VERSION_LAST)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is no CTranslate2 model of binary version %d to %d: it says %u; "
                   "convert the model again with a current CTranslate2", file->path, VERSION_FIRST, VERSION_LAST, version);
      return false;
    }
  file->spec = g_strdup (read_text (file, &reader));
  sen_reader_u32 (&reader);   /* the revision of the specification */
  uint32_t n_variables = sen_reader_u32 (&reader);
  if (reader.failed || n_variables > MAX_VARIABLES)
    return fail (file, NULL, "its beginning is cut short, or tells of more than a million variables", error);
  for (uint32_t i = 0; i < n_variables; i++)
    if (!read_variable (file, &reader, error))
      return false;
  uint32_t n_aliases = sen_reader_u32 (&reader);
  if (reader.failed || n_aliases > MAX_VARIABLES)
    return fail (file, NULL, "its aliases are missing", error);
  for (uint32_t i = 0; i < n_aliases; i++)
    if (!read_alias (file, &reader, error))
      return false;
  return true;
}

static SenCt2 *
file_new (const char *path)
{
  SenCt2 *file = g_new0 (SenCt2, 1);
  file->path = g_strdup (path);
  file->names = g_ptr_array_new_with_free_func (g_free);
  file->variables = g_array_new (FALSE, TRUE, sizeof (SenCt2Variable));
  file->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return file;
}

/* Takes over @map, which may be NULL: then @error is set. */
static SenCt2 *
open_map (SenMap *map, GError **error)
{
  if (map == NULL)
    return NULL;
  g_autoptr (SenCt2) file = file_new (sen_map_path (map));
  file->map = map;
  file->data = sen_map_data (map);
  file->size = sen_map_size (map);
  return parse (file, error) ? g_steal_pointer (&file) : NULL;
}

SenCt2 *
sen_ct2_open (const char *path, GError **error)
{
  return open_map (sen_map_open (path, error), error);
}

SenCt2 *
sen_ct2_open_bytes (GBytes *bytes, const char *name, GError **error)
{
  return open_map (sen_map_new_bytes (bytes, name), error);
}

void
sen_ct2_free (SenCt2 *file)
{
  if (file == NULL)
    return;
  g_hash_table_unref (file->by_name);
  g_array_unref (file->variables);
  g_ptr_array_unref (file->names);
  g_clear_pointer (&file->map, sen_map_unref);
  g_free (file->spec);
  g_free (file->path);
  g_free (file);
}

const char *
sen_ct2_spec (const SenCt2 *file)
{
  return file->spec;
}

size_t
sen_ct2_n_variables (const SenCt2 *file)
{
  return file->variables->len;
}

const SenCt2Variable *
sen_ct2_variable (const SenCt2 *file, size_t index)
{
  return &g_array_index (file->variables, SenCt2Variable, index);
}

const SenCt2Variable *
sen_ct2_find (const SenCt2 *file, const char *name)
{
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (file->by_name, name));
  return index > 0 ? sen_ct2_variable (file, index - 1) : NULL;
}

bool
sen_ct2_get_number (const SenCt2 *file, const char *name, int32_t *value)
{
  const SenCt2Variable *variable = sen_ct2_find (file, name);
  if (variable == NULL || variable->n_dims != 0)
    return false;
  SenReader reader = { .data = variable->data, .size = variable->size_bytes };
  uint64_t bits = sen_reader_number (&reader, (uint32_t) variable->size_bytes);
  switch (variable->type)
    {
    case SEN_CT2_I8:
      *value = (int8_t) bits;
      return true;
    case SEN_CT2_I16:
      *value = (int16_t) bits;
      return true;
    case SEN_CT2_I32:
      *value = (int32_t) bits;
      return true;
    case SEN_CT2_F32:
    case SEN_CT2_F16:
    case SEN_CT2_BF16:
    case SEN_CT2_N_TYPES:
    default:
      return false;
    }
}
