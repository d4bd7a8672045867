/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-error.h"
#include "sen-model-private.h"

static bool
shape_matches (const SenGgufTensor *tensor, uint32_t n_row, uint32_t n_col)
{
  return tensor->shape[0] == 1 && tensor->shape[1] == 1 && tensor->shape[2] == n_row && tensor->shape[3] == n_col;
}

bool
sen_model_bind (SenModel *model, const SenWeight **weight, const char *name, uint32_t n_row, uint32_t n_col,
                SenNeed need, GError **error)
{
  *weight = g_hash_table_lookup (model->weights, name);
  if (*weight == NULL)
    {
      const SenGgufTensor *tensor = sen_gguf_find_tensor (model->gguf, name);
      if (tensor == NULL)
        {
          if (need == SEN_OPTIONAL)
            return true;
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: tensor %s is missing, which every %s model has; "
                       "the file is damaged or of another kind", model->path, name, model->architecture);
          return false;
        }
      if (!shape_matches (tensor, n_row, n_col))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s: expected [%u][%u], found [%" G_GUINT64_FORMAT "][%"
                       G_GUINT64_FORMAT "]", model->path, name, n_row, n_col, tensor->shape[2], tensor->shape[3]);
          return false;
        }
      /* Norms and biases are added element by element and stand in files as f32; matrices may be of any type. */
      if (tensor->type == SEN_TYPE_I32 || (n_row == 1 && tensor->type != SEN_TYPE_F32))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: %s: expected %s, found %s", model->path, name,
                       n_row == 1 ? "f32" : "a matrix of weights", sen_type_info (tensor->type)->name);
          return false;
        }

      SenWeight *bound = g_new (SenWeight, 1);
      *bound = (SenWeight) {
        .name = tensor->name, .type = tensor->type, .n_row = n_row, .n_col = n_col, .data = tensor->data,
      };
      g_hash_table_insert (model->weights, (gpointer) bound->name, bound);
      *weight = bound;
      return true;
    }

  if ((*weight)->n_row != n_row || (*weight)->n_col != n_col)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s is used as [%u][%u] and as [%u][%u]", model->path, name,
                   (*weight)->n_row, (*weight)->n_col, n_row, n_col);
      return false;
    }
  return true;
}

bool
sen_model_bind_layer (SenModel *model, const SenWeight **weight, uint32_t layer, const char *name, uint32_t n_row,
                      uint32_t n_col, SenNeed need, GError **error)
{
  char full_name[128];
  g_snprintf (full_name, sizeof full_name, "blk.%u.%s", layer, name);
  return sen_model_bind (model, weight, full_name, n_row, n_col, need, error);
}

bool
sen_model_bind_decoder_layer (SenModel *model, uint32_t layer, GError **error)
{
  const SenHyperparams *hp = &model->hp;
  SenLayer *l = &model->layers[layer];
  uint32_t n_q = hp->n_head * hp->head_dim, n_kv = hp->n_kv_head * hp->head_dim;

  return sen_model_bind_layer (model, &l->attn_norm, layer, "attn_norm.weight", 1, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->wq, layer, "attn_q.weight", n_q, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->wk, layer, "attn_k.weight", n_kv, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->wv, layer, "attn_v.weight", n_kv, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->wo, layer, "attn_output.weight", hp->n_embd, n_q, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->ffn_norm, layer, "ffn_norm.weight", 1, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->gate, layer, "ffn_gate.weight", hp->n_ff, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->up, layer, "ffn_up.weight", hp->n_ff, hp->n_embd, SEN_REQUIRED, error)
         && sen_model_bind_layer (model, &l->down, layer, "ffn_down.weight", hp->n_embd, hp->n_ff, SEN_REQUIRED, error);
}
