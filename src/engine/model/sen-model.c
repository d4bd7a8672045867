/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-error.h"
#include "sen-model-private.h"
#include "sen-type.h"

static const SenFamily *const families[] = {
  &sen_family_llama, &sen_family_qwen2, &sen_family_qwen2vl, &sen_family_qwen3, &sen_family_gemma3,
};

static const SenFamily *
find_family (const char *architecture, const char *path, GError **error)
{
  g_autoptr (GString) supported = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (families); i++)
    {
      if (strcmp (families[i]->architecture, architecture) == 0)
        return families[i];
      g_string_append_printf (supported, "%s%s", i > 0 ? ", " : "", families[i]->architecture);
    }
  g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: models of architecture “%s” are not supported; these are: %s",
               path, architecture, supported->str);
  return NULL;
}

static void
fill_info (SenModel *model)
{
  const SenHyperparams *hp = &model->hp;
  model->info = (SenModelInfo) {
    .name = model->name,
    .path = model->path,
    .architecture = model->architecture,
    .n_ctx_train = hp->n_ctx_train,
    .n_vocab = hp->n_vocab,
    .n_layer = hp->n_layer,
    .n_embd = hp->n_embd,
    .n_head = hp->n_head,
    .n_kv_head = hp->n_kv_head,
    .head_dim = hp->head_dim,
    .counts_rows = model->family->has_sections,
  };
  for (size_t i = 0; i < sen_gguf_n_tensors (model->gguf); i++)
    {
      const SenGgufTensor *tensor = sen_gguf_tensor (model->gguf, i);
      model->info.n_params += tensor->shape[0] * tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
      model->info.file_bytes += tensor->size_bytes;
    }
}

static void
load_chat_template (SenModel *model)
{
  g_autofree char *source = sen_gguf_dup_string (model->gguf, "tokenizer.chat_template");
  const char *bos = sen_tokenizer_token_text (model->tokenizer, sen_tokenizer_bos (model->tokenizer));
  const char *eos = sen_tokenizer_token_text (model->tokenizer, sen_tokenizer_eos (model->tokenizer));
  model->chat_template = sen_chat_template_new (source, model->architecture, bos, eos);
}

static bool
bind_weights (SenModel *model, GError **error)
{
  const SenHyperparams *hp = &model->hp;
  model->layers = g_new0 (SenLayer, hp->n_layer);

  if (!sen_model_bind (model, &model->token_embd, "token_embd.weight", hp->n_vocab, hp->n_embd, SEN_REQUIRED, error)
      || !sen_model_bind (model, &model->output_norm, "output_norm.weight", 1, hp->n_embd, SEN_REQUIRED, error)
      || !sen_model_bind (model, &model->output, "output.weight", hp->n_vocab, hp->n_embd, SEN_OPTIONAL, error)
      || !sen_model_bind (model, &model->output_bias, "output.bias", 1, hp->n_vocab, SEN_OPTIONAL, error))
    return false;
  /* Tied embeddings: the table of tokens is also the output projection. */
  if (model->output == NULL)
    model->output = model->token_embd;
  return model->family->load (model, error);
}

SenModel *
sen_model_open (const char *path, GError **error)
{
  g_autoptr (SenModel) model = g_new0 (SenModel, 1);
  g_atomic_ref_count_init (&model->ref_count);
  model->path = g_strdup (path);

  model->gguf = sen_gguf_open (path, error);
  if (model->gguf == NULL)
    return NULL;

  model->architecture = sen_gguf_dup_string (model->gguf, "general.architecture");
  if (model->architecture == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: general.architecture is missing, so this is no model", path);
      return NULL;
    }
  model->family = find_family (model->architecture, path, error);
  if (model->family == NULL)
    return NULL;
  model->weights = sen_weight_table_new (model->gguf, model->architecture);
  model->name = sen_gguf_dup_string (model->gguf, "general.name");
  if (model->name == NULL || !g_utf8_validate (model->name, -1, NULL))
    {
      g_free (model->name);
      model->name = g_path_get_basename (path);
    }

  model->tokenizer = sen_tokenizer_new_from_gguf (model->gguf, error);
  if (model->tokenizer == NULL || !sen_model_read_hyperparams (model, error) || !bind_weights (model, error)
      || !sen_model_read_rope (model, error))
    return NULL;

  load_chat_template (model);
  fill_info (model);
  return g_steal_pointer (&model);
}

SenModel *
sen_model_ref (SenModel *model)
{
  g_atomic_ref_count_inc (&model->ref_count);
  return model;
}

void
sen_model_unref (SenModel *model)
{
  if (model == NULL || !g_atomic_ref_count_dec (&model->ref_count))
    return;
  sen_rope_clear (&model->rope);
  sen_rope_clear (&model->rope_long);
  sen_rope_clear (&model->rope_local);
  g_clear_pointer (&model->chat_template, sen_chat_template_free);
  g_clear_pointer (&model->tokenizer, sen_tokenizer_unref);
  g_clear_pointer (&model->weights, sen_weight_table_unref);
  g_clear_pointer (&model->gguf, sen_gguf_unref);
  g_free (model->hp.layer_is_local);
  g_free (model->layers);
  g_free (model->name);
  g_free (model->path);
  g_free (model->architecture);
  g_free (model);
}

const SenModelInfo *
sen_model_info (const SenModel *model)
{
  return &model->info;
}

SenTokenizer *
sen_model_tokenizer (const SenModel *model)
{
  return model->tokenizer;
}

const SenChatTemplate *
sen_model_chat_template (const SenModel *model)
{
  return model->chat_template;
}

uint64_t
sen_model_kv_bytes (const SenModel *model, uint32_t n_ctx, SenType kv_type)
{
  const SenHyperparams *hp = &model->hp;
  return 2ull * hp->n_layer * n_ctx * hp->n_kv_head * sen_type_row_bytes (kv_type, hp->head_dim);
}

bool
sen_model_layer_is_local (const SenModel *model, uint32_t layer)
{
  return model->hp.window > 0 && model->hp.layer_is_local != NULL && model->hp.layer_is_local[layer];
}

void
sen_model_read_embedding (const SenModel *model, SenToken token, float *row)
{
  const SenWeight *table = model->token_embd;
  g_return_if_fail (token >= 0 && (uint32_t) token < table->n_row);
  const uint8_t *data = table->data;
  sen_dequantize (table->type, data + (size_t) token * sen_type_row_bytes (table->type, table->n_col), row, table->n_col);
  for (uint32_t i = 0; i < table->n_col; i++)
    row[i] *= model->hp.embedding_scale;
}
