/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-whisper-encoder.h"

#include "sen-error.h"
#include "sen-whisper-private.h"

/* --- Weights ------------------------------------------------------------------------------------------------------------------------ */

static bool
fail (SenWeightTable *table, const char *what, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s", sen_gguf_path (sen_weight_table_gguf (table)), what);
  return false;
}

static bool
read_mmproj_numbers (SenWhisperEncoder *encoder, SenWeightTable *table, GError **error)
{
  SenGguf *gguf = sen_weight_table_gguf (table);
  const struct { const char *key; uint32_t *value, max; } keys[] = {
    { "clip.audio.num_mel_bins", &encoder->n_mel, SEN_WHISPER_MAX_MEL },
    { "clip.audio.embedding_length", &encoder->n_embd, SEN_WHISPER_MAX_EMBD },
    { "clip.audio.feed_forward_length", &encoder->n_ff, 8 * SEN_WHISPER_MAX_EMBD },
    { "clip.audio.block_count", &encoder->n_layer, SEN_WHISPER_MAX_LAYERS },
    { "clip.audio.attention.head_count", &encoder->n_head, SEN_WHISPER_MAX_HEADS },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    if (!sen_gguf_get_u32 (gguf, keys[i].key, keys[i].value) || *keys[i].value == 0 || *keys[i].value > keys[i].max)
      {
        g_autofree char *what = g_strdup_printf ("%s is missing or beyond what is sensible", keys[i].key);
        return fail (table, what, error);
      }
  if (encoder->n_embd % encoder->n_head != 0)
    return fail (table, "the width of its encoder is no whole number of heads", error);
  if (!sen_gguf_get_f32 (gguf, "clip.audio.attention.layer_norm_epsilon", &encoder->eps)
      || !(encoder->eps > 0.0f && encoder->eps < 1.0f))
    return fail (table, "the epsilon of its norms is missing", error);
  encoder->n_position = SEN_WHISPER_FRAMES / 2;
  return true;
}

static bool
bind_mmproj_layer (SenWhisperEncoder *encoder, SenWeightTable *table, uint32_t layer, GError **error)
{
  uint32_t n = encoder->n_embd;
  SenBlock *b = &encoder->layers[layer];
  const struct { SenAffine *affine; const char *name; uint32_t n_out, n_in; } parts[] = {
    { &b->attn_norm, "ln1", n, 0 }, { &b->q, "attn_q", n, n },      { &b->k, "attn_k", n, n },
    { &b->v, "attn_v", n, n },      { &b->o, "attn_out", n, n },    { &b->ffn_norm, "ln2", n, 0 },
    { &b->up, "ffn_up", encoder->n_ff, n }, { &b->down, "ffn_down", n, encoder->n_ff },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *name = g_strdup_printf ("a.blk.%u.%s", layer, parts[i].name);
      if (!sen_affine_bind (parts[i].affine, table, name, parts[i].n_out, parts[i].n_in, SEN_REQUIRED, error))
        return false;
    }
  return true;
}

static bool
bind_mmproj_kernel (SenAffine *conv, SenWeightTable *table, const char *name, uint32_t n_out, uint32_t n_in, GError **error)
{
  g_autofree char *weight = g_strconcat (name, ".weight", NULL), *bias = g_strconcat (name, ".bias", NULL);
  return sen_weight_table_bind_kernel (table, &conv->w, weight, n_out, n_in, SEN_WHISPER_N_TAPS, error)
         && sen_weight_table_bind (table, &conv->b, bias, 1, n_out, SEN_REQUIRED, error);
}

bool
sen_whisper_encoder_bind_mmproj (SenWhisperEncoder *encoder, SenWeightTable *table, GError **error)
{
  if (!read_mmproj_numbers (encoder, table, error)
      || !bind_mmproj_kernel (&encoder->conv1, table, "a.conv1d.1", encoder->n_embd, encoder->n_mel, error)
      || !bind_mmproj_kernel (&encoder->conv2, table, "a.conv1d.2", encoder->n_embd, encoder->n_embd, error)
      || !sen_weight_table_bind (table, &encoder->positions, "a.position_embd.weight", encoder->n_position, encoder->n_embd,
                                 SEN_REQUIRED, error)
      || !sen_affine_bind (&encoder->norm, table, "a.post_ln", encoder->n_embd, 0, SEN_REQUIRED, error))
    return false;
  if (encoder->positions->type != SEN_TYPE_F32)
    return fail (table, "its positions are not f32", error);
  encoder->layers = g_new0 (SenBlock, encoder->n_layer);
  for (uint32_t layer = 0; layer < encoder->n_layer; layer++)
    if (!bind_mmproj_layer (encoder, table, layer, error))
      return false;
  return true;
}

void
sen_whisper_encoder_clear (SenWhisperEncoder *encoder)
{
  g_clear_pointer (&encoder->layers, g_free);
}

/* --- The pass ----------------------------------------------------------------------------------------------------------------------- */

bool
sen_whisper_encoder_build (const SenWhisperEncoder *encoder, SenNetwork *network, SenWhisperPass *pass, GError **error)
{
  SenPlan *plan = sen_network_plan (network);
  const SenStack stack = {
    .plan = plan, .n_head = encoder->n_head, .head_dim = encoder->n_embd / encoder->n_head, .eps = encoder->eps, .act = SEN_ACT_GELU_ERF,
  };
  SenKeyValues kv = { .n_ctx = encoder->n_position };
  if ((kv.k = sen_network_add_state (network, stack.n_head, kv.n_ctx, stack.head_dim, error)) == NULL
      || (kv.v = sen_network_add_state (network, stack.n_head, kv.n_ctx, stack.head_dim, error)) == NULL)
    return false;

  pass->stack = stack;
  pass->mel = sen_plan_input_fixed (plan, "mel", SEN_TYPE_F32, SEN_WHISPER_FRAMES, encoder->n_mel);
  SenTensor x = sen_plan_unfold (plan, pass->mel, SEN_WHISPER_N_TAPS, 1, 1, SEN_ROWS_FIXED, SEN_WHISPER_FRAMES);
  x = sen_plan_activate (plan, sen_stack_linear (&stack, x, encoder->conv1), SEN_ACT_GELU_ERF);
  x = sen_plan_unfold (plan, x, SEN_WHISPER_N_TAPS, 2, 1, SEN_ROWS_TOKENS, 0);
  x = sen_plan_activate (plan, sen_stack_linear (&stack, x, encoder->conv2), SEN_ACT_GELU_ERF);
  pass->positions = sen_plan_input (plan, "positions", SEN_TYPE_I32, SEN_ROWS_TOKENS, 1);
  x = sen_plan_add (plan, x, sen_plan_embed (plan, sen_plan_weight (plan, encoder->positions), pass->positions, SEN_NO_TENSOR, 1.0f));
  for (uint32_t i = 0; i < encoder->n_layer; i++)
    {
      sen_plan_set_layer (plan, i);
      SenAttentionTap *tap = pass->taps != NULL && pass->taps[i].n_row_max > 0 ? &pass->taps[i] : NULL;
      x = sen_block_forward (&stack, &encoder->layers[i], x, &kv, tap);
    }
  pass->states = x;
  return true;
}

bool
sen_whisper_encoder_start (const SenWhisperEncoder *encoder, SenNetwork *network, const SenWhisperPass *pass, GError **error)
{
  g_autofree int32_t *numbers = g_new (int32_t, encoder->n_position);
  for (uint32_t i = 0; i < encoder->n_position; i++)
    numbers[i] = (int32_t) i;
  return sen_network_write (network, pass->positions, numbers, encoder->n_position, error);
}
