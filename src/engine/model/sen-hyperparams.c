/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "sen-error.h"
#include "sen-model-private.h"

#define MAX_WIDTH (1u << 20)   /* of any axis but the vocabulary: products of two stay in 64 bits with room to spare */

bool
sen_model_key_u32 (SenModel *model, const char *key, uint32_t *value)
{
  g_autofree char *full = g_strdup_printf ("%s.%s", model->architecture, key);
  return sen_gguf_get_u32 (model->gguf, full, value);
}

bool
sen_model_key_f32 (SenModel *model, const char *key, float *value)
{
  g_autofree char *full = g_strdup_printf ("%s.%s", model->architecture, key);
  return sen_gguf_get_f32 (model->gguf, full, value);
}

static bool
require_u32 (SenModel *model, const char *key, uint32_t *value, uint32_t max, GError **error)
{
  if (!sen_model_key_u32 (model, key, value))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s.%s is missing", model->path, model->architecture, key);
      return false;
    }
  if (*value == 0 || *value > max)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s.%s is %u, expected 1 to %u", model->path,
                   model->architecture, key, *value, max);
      return false;
    }
  return true;
}

/* Settings that would change the result and that no family here implements must not be passed over in silence. */
static bool
refuse_unsupported (SenModel *model, GError **error)
{
  uint32_t n_expert = 0, value_length = model->hp.head_dim;
  sen_model_key_u32 (model, "expert_count", &n_expert);
  if (n_expert > 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: a mixture of %u experts is not supported; dense models "
                   "are", model->path, n_expert);
      return false;
    }
  sen_model_key_u32 (model, "attention.value_length", &value_length);
  if (value_length != model->hp.head_dim)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: heads of %u for keys and %u for values are not "
                   "supported", model->path, model->hp.head_dim, value_length);
      return false;
    }
  return true;
}

bool
sen_model_read_hyperparams (SenModel *model, GError **error)
{
  SenHyperparams *hp = &model->hp;

  if (!require_u32 (model, "block_count", &hp->n_layer, SEN_MAX_LAYERS, error)
      || !require_u32 (model, "embedding_length", &hp->n_embd, MAX_WIDTH, error)
      || !require_u32 (model, "feed_forward_length", &hp->n_ff, MAX_WIDTH, error)
      || !require_u32 (model, "attention.head_count", &hp->n_head, 128, error)
      || !require_u32 (model, "context_length", &hp->n_ctx_train, 1u << 28, error))
    return false;

  hp->n_kv_head = hp->n_head;
  sen_model_key_u32 (model, "attention.head_count_kv", &hp->n_kv_head);
  hp->head_dim = hp->n_embd / hp->n_head;
  sen_model_key_u32 (model, "attention.key_length", &hp->head_dim);
  if (hp->n_kv_head == 0 || hp->n_head % hp->n_kv_head != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %u heads cannot share %u key-value heads", model->path,
                   hp->n_head, hp->n_kv_head);
      return false;
    }
  if (hp->head_dim == 0 || hp->head_dim % 2 != 0 || hp->head_dim > SEN_MAX_HEAD_DIM)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: heads of %u values; an even number up to %d was expected",
                   model->path, hp->head_dim, SEN_MAX_HEAD_DIM);
      return false;
    }

  hp->rms_eps = 1e-5f;
  sen_model_key_f32 (model, "attention.layer_norm_rms_epsilon", &hp->rms_eps);
  sen_model_key_f32 (model, "final_logit_softcapping", &hp->logit_softcap);
  if (!(isfinite (hp->rms_eps) && hp->rms_eps >= 0.0f) || !(isfinite (hp->logit_softcap) && hp->logit_softcap >= 0.0f))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: norm epsilon or logit cap is no sensible number", model->path);
      return false;
    }
  hp->attention_scale = 1.0f / sqrtf ((float) hp->head_dim);
  hp->embedding_scale = 1.0f;
  hp->rope_mode = SEN_ROPE_HALVES;
  hp->act = SEN_ACT_SILU;

  const SenGgufTensor *table = sen_gguf_find_tensor (model->gguf, "token_embd.weight");
  hp->n_vocab = sen_tokenizer_n_tokens (model->tokenizer);
  if (table == NULL || table->n_dims != 2 || table->shape[2] == 0 || table->shape[2] > (1u << 24)
      || table->shape[2] < hp->n_vocab)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: token_embd.weight does not have a row for each of the %u tokens "
                   "of the vocabulary", model->path, hp->n_vocab);
      return false;
    }
  hp->n_vocab = (uint32_t) table->shape[2];
  return refuse_unsupported (model, error);
}
