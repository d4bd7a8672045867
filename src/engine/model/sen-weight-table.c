/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-weight-table.h"

#include <string.h>

#include "sen-error.h"

struct SenWeightTable {
  gatomicrefcount ref_count;
  SenGguf        *gguf;
  char           *kind;
  GHashTable     *weights;   /* tensor name -> SenWeight, all that were bound */
  GPtrArray      *made;      /* names and data that stand in no file */
};

SenWeightTable *
sen_weight_table_new (SenGguf *gguf, const char *kind)
{
  SenWeightTable *table = g_new0 (SenWeightTable, 1);
  g_atomic_ref_count_init (&table->ref_count);
  table->gguf = sen_gguf_ref (gguf);
  table->kind = g_strdup (kind);
  table->weights = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  table->made = g_ptr_array_new_with_free_func (g_free);
  return table;
}

SenWeightTable *
sen_weight_table_ref (SenWeightTable *table)
{
  g_atomic_ref_count_inc (&table->ref_count);
  return table;
}

void
sen_weight_table_unref (SenWeightTable *table)
{
  if (table == NULL || !g_atomic_ref_count_dec (&table->ref_count))
    return;
  g_hash_table_unref (table->weights);
  g_ptr_array_unref (table->made);
  sen_gguf_unref (table->gguf);
  g_free (table->kind);
  g_free (table);
}

SenGguf *
sen_weight_table_gguf (const SenWeightTable *table)
{
  return table->gguf;
}

/* Rows run along the first axis that is in use, columns along all others; unused axes stand in front. */
static bool
shape_matches (const SenGgufTensor *tensor, uint32_t n_row, uint32_t n_col)
{
  const uint64_t *shape = tensor->shape;
  if (n_row == 1)
    return shape[0] == 1 && shape[1] == 1 && shape[2] * shape[3] == n_col && (shape[2] == 1 || shape[3] == 1);
  int first = 0;
  while (first < 2 && shape[first] == 1)
    first++;
  uint64_t n = shape[3];
  for (int i = first + 1; i < 3; i++)
    if (__builtin_mul_overflow (n, shape[i], &n))
      return false;
  return shape[first] == n_row && n == n_col;
}

static char *
shape_to_string (const SenGgufTensor *tensor)
{
  GString *text = g_string_new (NULL);
  for (uint32_t i = 4 - MAX (tensor->n_dims, 2); i < 4; i++)
    g_string_append_printf (text, "[%" G_GUINT64_FORMAT "]", tensor->shape[i]);
  return g_string_free (text, FALSE);
}

bool
sen_weight_table_bind (SenWeightTable *table, const SenWeight **weight, const char *name, uint32_t n_row, uint32_t n_col,
                       SenNeed need, GError **error)
{
  const char *path = sen_gguf_path (table->gguf);
  *weight = g_hash_table_lookup (table->weights, name);
  if (*weight != NULL)
    {
      if ((*weight)->n_row == n_row && (*weight)->n_col == n_col)
        return true;
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s is used as [%u][%u] and as [%u][%u]", path, name,
                   (*weight)->n_row, (*weight)->n_col, n_row, n_col);
      return false;
    }

  const SenGgufTensor *tensor = sen_gguf_find_tensor (table->gguf, name);
  if (tensor == NULL)
    {
      if (need == SEN_OPTIONAL)
        return true;
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: tensor %s is missing, which every %s model has; "
                   "the file is damaged or of another kind", path, name, table->kind);
      return false;
    }
  if (!shape_matches (tensor, n_row, n_col))
    {
      g_autofree char *found = shape_to_string (tensor);
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s: expected [%u][%u], found %s", path, name, n_row, n_col, found);
      return false;
    }
  /* Norms and biases are added element by element and stand in files as f32; matrices may be of any type. */
  if (tensor->type == SEN_TYPE_I32 || (n_row == 1 && tensor->type != SEN_TYPE_F32))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: %s: expected %s, found %s", path, name,
                   n_row == 1 ? "f32" : "a matrix of weights", sen_type_info (tensor->type)->name);
      return false;
    }

  SenWeight *bound = g_new (SenWeight, 1);
  *bound = (SenWeight) {
    .name = tensor->name, .type = tensor->type, .n_row = n_row, .n_col = n_col, .data = tensor->data,
  };
  g_hash_table_insert (table->weights, (gpointer) bound->name, bound);
  *weight = bound;
  return true;
}

/* Puts away a weight of the table's own making. */
static const SenWeight *
keep_made (SenWeightTable *table, char *name, SenWeight weight)
{
  SenWeight *bound = g_new (SenWeight, 1);
  *bound = weight;
  bound->name = name;
  g_ptr_array_add (table->made, name);
  g_hash_table_insert (table->weights, name, bound);
  return bound;
}

bool
sen_weight_table_bind_part (SenWeightTable *table, const SenWeight **weight, const char *name, uint32_t n_row, uint32_t n_col,
                            uint32_t part, uint32_t n_part, GError **error)
{
  const SenWeight *whole;
  g_autofree char *part_name = g_strdup_printf ("%s, part %u of %u", name, part + 1, n_part);
  *weight = g_hash_table_lookup (table->weights, part_name);
  if (*weight != NULL)
    return true;
  if (!sen_weight_table_bind (table, &whole, name, n_part * n_row, n_col, SEN_REQUIRED, error))
    return false;
  SenWeight found = *whole;
  found.n_row = n_row;
  found.data = (const uint8_t *) whole->data + part * sen_weight_bytes (&found);
  *weight = keep_made (table, g_steal_pointer (&part_name), found);
  return true;
}

bool
sen_weight_table_bind_kernel (SenWeightTable *table, const SenWeight **weight, const char *name, uint32_t n_out, uint32_t n_in,
                              uint32_t n_tap, GError **error)
{
  const SenWeight *whole;
  g_autofree char *kernel_name = g_strdup_printf ("%s by taps", name);
  *weight = g_hash_table_lookup (table->weights, kernel_name);
  if (*weight != NULL)
    return true;
  if (!sen_weight_table_bind (table, &whole, name, n_out, n_in * n_tap, SEN_REQUIRED, error))
    return false;
  const SenGgufTensor *tensor = sen_gguf_find_tensor (table->gguf, name);
  if ((whole->type != SEN_TYPE_F32 && whole->type != SEN_TYPE_F16) || tensor->shape[3] != n_tap)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: %s: expected a kernel of %u taps in f32 or f16",
                   sen_gguf_path (table->gguf), name, n_tap);
      return false;
    }
  uint8_t *data = g_try_malloc (sen_weight_bytes (whole));
  if (data == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "%s: no memory for %s (%zu bytes)", sen_gguf_path (table->gguf), name,
                   sen_weight_bytes (whole));
      return false;
    }
  size_t size = sen_type_row_bytes (whole->type, 1);
  const uint8_t *from = whole->data;
  for (size_t out = 0; out < n_out; out++)
    for (size_t in = 0; in < n_in; in++)
      for (size_t tap = 0; tap < n_tap; tap++, from += size)
        memcpy (data + ((out * n_tap + tap) * n_in + in) * size, from, size);
  g_ptr_array_add (table->made, data);
  SenWeight made = *whole;
  made.data = data;
  *weight = keep_made (table, g_steal_pointer (&kernel_name), made);
  return true;
}

bool
sen_weight_table_bind_layer (SenWeightTable *table, const SenWeight **weight, const char *stack, uint32_t layer,
                             const char *name, uint32_t n_row, uint32_t n_col, SenNeed need, GError **error)
{
  char full_name[128];
  g_snprintf (full_name, sizeof full_name, "%s.%u.%s", stack, layer, name);
  return sen_weight_table_bind (table, weight, full_name, n_row, n_col, need, error);
}

bool
sen_weight_table_check (const SenWeightTable *table, GError **error)
{
  if (!sen_gguf_is_lost (table->gguf))
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s was cut short while it was in use; put the whole file back and load it again",
               sen_gguf_path (table->gguf));
  return false;
}
