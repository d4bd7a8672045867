/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Gemma 3 text models (Gemma team 2025): five local layers (sliding window, RoPE base 10,000) for each global one (RoPE
 * base of the file), norms before and after both halves of a layer, normed q and k, embeddings scaled by sqrt (n_embd),
 * GELU-gated feed-forward. GGUF files hold norm weights with their +1 added. */
#include <math.h>

#include "sen-error.h"
#include "sen-model-private.h"

#define LOCAL_ROPE_BASE 10000.0f
#define LAYERS_PER_GLOBAL 6

/* Which layers are local: an array of flags in newer files, else every sixth layer is global. */
static bool
read_layer_pattern (SenModel *model, GError **error)
{
  SenHyperparams *hp = &model->hp;
  uint32_t n_pattern = LAYERS_PER_GLOBAL;
  g_autofree char *key = g_strdup_printf ("%s.attention.sliding_window_pattern", model->architecture);
  SenGgufType type;
  size_t n;

  sen_model_key_u32 (model, "attention.sliding_window", &hp->window);
  if (hp->window == 0)
    return true;

  hp->layer_is_local = g_new (bool, hp->n_layer);
  if (sen_gguf_get_array (model->gguf, key, &type, &n))
    {
      if (n < hp->n_layer)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s has %" G_GSIZE_FORMAT " entries for %u layers",
                       model->path, key, n, hp->n_layer);
          return false;
        }
      for (uint32_t i = 0; i < hp->n_layer; i++)
        {
          int64_t flag = 0;
          sen_gguf_array_i64 (model->gguf, key, i, &flag);
          hp->layer_is_local[i] = flag != 0;
        }
      return true;
    }

  sen_model_key_u32 (model, "attention.sliding_window_pattern", &n_pattern);
  for (uint32_t i = 0; i < hp->n_layer; i++)
    hp->layer_is_local[i] = n_pattern == 0 || i % n_pattern < n_pattern - 1;
  return true;
}

static bool
load (SenModel *model, GError **error)
{
  SenHyperparams *hp = &model->hp;
  hp->act = SEN_ACT_GELU_TANH;
  hp->embedding_scale = sqrtf ((float) hp->n_embd);
  /* The 27B model (62 layers) scales queries by its width per head, all others by the head. */
  if (hp->n_layer == 62)
    hp->attention_scale = 1.0f / sqrtf ((float) (hp->n_embd / hp->n_head));

  if (!read_layer_pattern (model, error))
    return false;
  if (hp->window > 0)
    {
      float base = LOCAL_ROPE_BASE;
      sen_model_key_f32 (model, "rope.freq_base_swa", &base);
      if (!(isfinite (base) && base > 1.0f))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: rope.freq_base_swa is %g", model->path, base);
          return false;
        }
      sen_rope_init_plain (&model->rope_local, hp->head_dim, base, 1.0);
    }

  for (uint32_t i = 0; i < hp->n_layer; i++)
    {
      SenLayer *l = &model->layers[i];
      if (!sen_model_bind_decoder_layer (model, i, error)
          || !sen_model_bind_layer (model, &l->q_norm, i, "attn_q_norm.weight", 1, hp->head_dim, SEN_REQUIRED, error)
          || !sen_model_bind_layer (model, &l->k_norm, i, "attn_k_norm.weight", 1, hp->head_dim, SEN_REQUIRED, error)
          || !sen_model_bind_layer (model, &l->attn_post_norm, i, "post_attention_norm.weight", 1, hp->n_embd,
                                    SEN_REQUIRED, error)
          || !sen_model_bind_layer (model, &l->ffn_post_norm, i, "post_ffw_norm.weight", 1, hp->n_embd, SEN_REQUIRED,
                                    error))
        return false;
    }
  return true;
}

static SenTensor
forward (SenForward *f)
{
  const SenModel *model = f->model;
  SenTensor x = sen_forward_embed (f);

  for (uint32_t i = 0; i < model->hp.n_layer; i++)
    {
      const SenLayer *l = &model->layers[i];
      sen_plan_set_layer (f->plan, i);
      SenTensor h = sen_forward_attention (f, i, sen_forward_norm (f, x, l->attn_norm));
      x = sen_plan_add (f->plan, x, sen_forward_norm (f, h, l->attn_post_norm));
      h = sen_forward_feed_forward (f, i, sen_forward_norm (f, x, l->ffn_norm));
      f->feed_forward[i] = sen_forward_norm (f, h, l->ffn_post_norm);
      x = sen_plan_add (f->plan, x, f->feed_forward[i]);
      f->hidden[i] = x;
    }
  return sen_forward_logits (f, x);
}

const SenFamily sen_family_gemma3 = { .architecture = "gemma3", .n_together = 256, .load = load, .forward = forward };
