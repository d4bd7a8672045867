/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The tensors of a checkpoint under the names that its modules have in PyTorch, out of safetensors and ONNX. */
#include <string.h>

#include "sen-error.h"
#include "sen-import-private.h"
#include "sen-onnx.h"
#include "sen-safetensors.h"

/* False for tensors that no family can use: scalars, empty ones, those of many axes or of another type. */
static bool
fill_shape (SenImportTensor *tensor, uint32_t n_dims, const uint64_t *shape)
{
  if (n_dims < 1 || n_dims > G_N_ELEMENTS (tensor->shape) || tensor->type == SEN_TYPE_I32)
    return false;
  tensor->n_dims = n_dims;
  for (uint32_t i = 0; i < n_dims; i++)
    {
      if (shape[i] == 0)
        return false;
      tensor->shape[i] = shape[i];
    }
  return true;
}

/* --- safetensors -------------------------------------------------------------------------------------------------------------- */

static bool
offer_safetensors (SenImportJob *job, const char *path, GError **error)
{
  SenSafetensors *file = sen_safetensors_open (path, error);
  if (file == NULL)
    return false;
  sen_import_keep (job, file, (GDestroyNotify) sen_safetensors_free);
  for (size_t i = 0; i < sen_safetensors_n_tensors (file); i++)
    {
      const SenSafetensor *found = sen_safetensors_tensor (file, i);
      SenImportTensor tensor = { .name = found->name, .type = found->type, .data = found->data };
      if (found->is_supported && fill_shape (&tensor, found->n_dims, found->shape) && !sen_import_offer (job, &tensor, error))
        return false;
    }
  return true;
}

bool
sen_import_read_safetensors (SenImportJob *job, GError **error)
{
  g_autoptr (GDir) folder = g_dir_open (job->path, 0, NULL);
  const char *name;
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (job->path, name, NULL);
      if (g_str_has_suffix (name, ".safetensors") && name[0] != '.' && !offer_safetensors (job, path, error))
        return false;
    }
  return true;
}

/* --- ONNX --------------------------------------------------------------------------------------------------------------------- */

/* The exporter names what it had to transpose or fold after the op that uses it; the module is in the node's name:
 * "/encoder/layer.0/fc1/MatMul" -> "encoder.layer.0.fc1". */
static char *
module_of (const SenOnnxNode *node)
{
  const char *start = node->name[0] == '/' ? node->name + 1 : node->name, *end = strrchr (start, '/');
  if (end == NULL || end == start)
    return NULL;
  char *module = g_strndup (start, (gsize) (end - start));
  g_strdelimit (module, "/", '.');
  return module;
}

static const SenOnnxNode *
find_user (GHashTable *users, const SenOnnxTensor *tensor)
{
  return g_str_has_prefix (tensor->name, "onnx::") ? g_hash_table_lookup (users, tensor->name) : NULL;
}

static bool
offer_onnx (SenImportJob *job, GHashTable *users, const SenOnnxTensor *found, GError **error)
{
  SenImportTensor tensor = { .name = found->name, .type = found->type, .data = found->data };
  if (!found->is_supported || !fill_shape (&tensor, found->n_dims, found->shape))
    return true;
  const SenOnnxNode *user = find_user (users, found);
  g_autofree char *module = user != NULL ? module_of (user) : NULL;
  if (module != NULL)
    {
      bool is_matrix = strcmp (user->op_type, "MatMul") == 0 && tensor.n_dims == 2;
      /* What is no weight of a module goes by the op: "embeddings#Concat". */
      char *name = is_matrix ? g_strconcat (module, ".weight", NULL) : g_strconcat (module, "#", user->op_type, NULL);
      sen_import_keep (job, name, g_free);
      tensor.name = name;
      tensor.is_transposed = is_matrix;
      if (is_matrix)
        {
          tensor.shape[0] = found->shape[1];
          tensor.shape[1] = found->shape[0];
        }
    }
  return sen_import_offer (job, &tensor, error);
}

bool
sen_import_read_onnx (SenImportJob *job, GError **error)
{
  SenOnnx *onnx = sen_onnx_open (job->path, error);
  if (onnx == NULL)
    return false;
  sen_import_keep (job, onnx, (GDestroyNotify) sen_onnx_free);
  g_autoptr (GHashTable) users = g_hash_table_new (g_str_hash, g_str_equal);
  for (size_t i = 0; i < sen_onnx_n_nodes (onnx); i++)
    {
      const SenOnnxNode *node = sen_onnx_node (onnx, i);
      for (uint32_t j = 0; j < node->n_inputs; j++)
        if (!g_hash_table_contains (users, node->inputs[j]))
          g_hash_table_insert (users, (gpointer) node->inputs[j], (gpointer) node);
    }
  for (size_t i = 0; i < sen_onnx_n_tensors (onnx); i++)
    if (!offer_onnx (job, users, sen_onnx_tensor (onnx, i), error))
      return false;
  return true;
}
