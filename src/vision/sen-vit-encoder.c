/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-error.h"
#include "sen-network.h"
#include "sen-vit-private.h"

struct SenVitEncoder {
  SenVit     *vit;
  SenNetwork *network;
  SenTensor   patches, positions, rows, probe;   /* inputs */
  SenTensor  *hidden;                            /* [n_layer + 1], SEN_NO_TENSOR where none was asked for */
  SenTensor   tokens, pooled, embedding;
  SenTensor  *attention;                         /* [n_layer], those tapped filled */
  uint32_t   *tapped_layers;                     /* [taps.n_layers] */
  SenEncoderTaps taps;                           /* its array is the one above */
  uint32_t    n_row_max, first_row, n_row;       /* tokens tapped: at most, and in the next run */
  float      *patch_rows;                        /* [n_token][3 · patch²]; zeros before the patches */
};

/* --- The forward pass ----------------------------------------------------------------------------------------------------------- */

/* SigLIP: y = o (attention (probe, x, x)); y + mlp (norm y), one row. */
static SenTensor
pool_by_attention (SenVitEncoder *encoder, const SenStack *stack, SenTensor x, const SenKeyValues *kv)
{
  SenVit *vit = encoder->vit;
  encoder->probe = sen_plan_input (stack->plan, "probe", SEN_TYPE_F32, SEN_ROWS_OUT, vit->info.n_embd);
  sen_block_store_cross (stack, &vit->head, x, kv);
  SenTensor y = sen_block_cross_attention (stack, &vit->head, encoder->probe, kv, vit->info.n_token, NULL);
  return sen_plan_add (stack->plan, y, sen_block_feed_forward (stack, &vit->head, sen_stack_norm (stack, y, vit->head.ffn_norm)));
}

static SenTensor
pool (SenVitEncoder *encoder, const SenStack *stack, SenTensor last, const SenKeyValues *kv)
{
  SenVit *vit = encoder->vit;
  if (vit->family == SEN_VIT_TOWER)
    return SEN_NO_TENSOR;
  if (vit->family == SEN_VIT_SIGLIP)
    return vit->has_head ? pool_by_attention (encoder, stack, encoder->tokens, kv) : SEN_NO_TENSOR;
  encoder->rows = sen_plan_input (stack->plan, "class row", SEN_TYPE_I32, SEN_ROWS_OUT, 1);
  return sen_stack_norm (stack, sen_plan_gather (stack->plan, last, encoder->rows), vit->post_norm);
}

static void
build (SenVitEncoder *encoder, const SenKeyValues *kv)
{
  SenVit *vit = encoder->vit;
  const SenVitInfo *info = &vit->info;
  SenPlan *plan = sen_network_plan (encoder->network);
  const SenStack stack = { .plan = plan, .n_head = info->n_head, .head_dim = info->head_dim, .eps = vit->eps, .act = vit->act };
  encoder->patches = sen_plan_input (plan, "patches", SEN_TYPE_F32, SEN_ROWS_TOKENS, 3 * info->patch_size * info->patch_size);
  encoder->positions = sen_plan_input (plan, "positions", SEN_TYPE_F32, SEN_ROWS_TOKENS, info->n_embd);
  SenTensor x = sen_plan_linear (plan, encoder->patches, sen_plan_weight (plan, vit->patch), SEN_NO_TENSOR);
  x = sen_plan_add (plan, x, encoder->positions);
  if (vit->pre_norm.w != NULL)
    x = sen_stack_norm (&stack, x, vit->pre_norm);
  for (uint32_t layer = 0; layer <= info->n_layer; layer++)
    {
      if (encoder->hidden[layer] != SEN_NO_TENSOR)
        sen_plan_output (plan, encoder->hidden[layer] = x, "hidden");
      sen_plan_set_layer (plan, MIN (layer, info->n_layer - 1));
      if (layer == info->n_layer)
        break;
      SenAttentionTap tap = { .n_row_max = encoder->n_row_max };
      bool is_tapped = sen_encoder_taps_want (&encoder->taps, layer, info->n_head, &tap);
      x = sen_block_forward (&stack, &vit->layers[layer], x, kv, is_tapped ? &tap : NULL);
      encoder->attention[layer] = tap.rows;
    }
  encoder->tokens = vit->post_norm.w != NULL ? sen_stack_norm (&stack, x, vit->post_norm) : x;
  if (encoder->tokens != encoder->hidden[info->n_layer])
    sen_plan_output (plan, encoder->tokens, "tokens");
  encoder->embedding = encoder->pooled = pool (encoder, &stack, x, kv);
  if (encoder->pooled == SEN_NO_TENSOR)
    return;
  sen_plan_output (plan, encoder->pooled, "pooled");
  if (vit->projection.w == NULL)
    return;
  encoder->embedding = sen_stack_linear (&stack, encoder->pooled, vit->projection);
  sen_plan_output (plan, encoder->embedding, "embedding");
}

/* Inputs that no picture changes. */
static bool
write_constants (SenVitEncoder *encoder, GError **error)
{
  const SenVitInfo *info = &encoder->vit->info;
  static const int32_t first_row = 0;
  if (!sen_network_write (encoder->network, encoder->positions, encoder->vit->positions, info->n_token, error))
    return false;
  if (encoder->rows != SEN_NO_TENSOR)
    return sen_network_write (encoder->network, encoder->rows, &first_row, 1, error);
  return encoder->probe == SEN_NO_TENSOR || sen_network_write (encoder->network, encoder->probe, encoder->vit->probe->data, 1, error);
}

SenVitEncoder *
sen_vit_encoder_new (SenVit *vit, SenDevice *device, const uint32_t *hidden_layers, size_t n_hidden, SenCancel *cancel,
                     GError **error)
{
  const SenVitTaps taps = { .hidden_layers = hidden_layers, .n_hidden = n_hidden };
  return sen_vit_encoder_new_tapped (vit, device, &taps, cancel, error);
}

SenVitEncoder *
sen_vit_encoder_new_tapped (SenVit *vit, SenDevice *device, const SenVitTaps *taps, SenCancel *cancel, GError **error)
{
  const SenVitInfo *info = &vit->info;
  if (!sen_encoder_taps_check (&taps->attention, info->n_layer, info->n_head, error))
    return NULL;
  g_autoptr (SenVitEncoder) encoder = g_new0 (SenVitEncoder, 1);
  encoder->vit = sen_vit_ref (vit);
  encoder->rows = encoder->probe = SEN_NO_TENSOR;
  encoder->hidden = g_new (SenTensor, info->n_layer + 1);
  memset (encoder->hidden, 0xff, (info->n_layer + 1) * sizeof (SenTensor));
  for (size_t i = 0; i < taps->n_hidden; i++)
    {
      g_return_val_if_fail (taps->hidden_layers[i] <= info->n_layer, NULL);
      encoder->hidden[taps->hidden_layers[i]] = 0;
    }
  encoder->attention = g_new0 (SenTensor, info->n_layer);
  encoder->tapped_layers = g_memdup2 (taps->attention.layers, taps->attention.n_layers * sizeof (uint32_t));
  encoder->taps = taps->attention;
  encoder->taps.layers = encoder->tapped_layers;
  encoder->n_row_max = CLAMP (taps->n_row_max, 1, info->n_token);
  encoder->n_row = 1;
  encoder->patch_rows = g_new0 (float, (size_t) info->n_token * 3 * info->patch_size * info->patch_size);
  encoder->network = sen_network_new (device, vit->weights, info->n_token, 1);
  SenKeyValues kv = { .n_ctx = info->n_token };
  kv.k = sen_network_add_state (encoder->network, info->n_head, info->n_token, info->head_dim, error);
  if (kv.k == NULL)
    return NULL;
  kv.v = sen_network_add_state (encoder->network, info->n_head, info->n_token, info->head_dim, error);
  if (kv.v == NULL)
    return NULL;
  build (encoder, &kv);
  if (!sen_network_compile (encoder->network, cancel, error) || !write_constants (encoder, error))
    return NULL;
  return g_steal_pointer (&encoder);
}

void
sen_vit_encoder_free (SenVitEncoder *encoder)
{
  if (encoder == NULL)
    return;
  g_clear_pointer (&encoder->network, sen_network_free);
  g_free (encoder->hidden);
  g_free (encoder->attention);
  g_free (encoder->tapped_layers);
  g_free (encoder->patch_rows);
  sen_vit_unref (encoder->vit);
  g_free (encoder);
}

SenVit *
sen_vit_encoder_vit (SenVitEncoder *encoder)
{
  return encoder->vit;
}

SenDevice *
sen_vit_encoder_device (SenVitEncoder *encoder)
{
  return sen_network_device (encoder->network);
}

/* --- Running ------------------------------------------------------------------------------------------------------------------- */

/* Each patch becomes a row, its numbers in the order of a convolution's kernel: colour, line, column. */
static void
cut_patches (SenVitEncoder *encoder, const float *pixels)
{
  const SenVitInfo *info = &encoder->vit->info;
  size_t size = info->preparation.image_size, patch = info->patch_size;
  for (uint32_t i = 0; i < info->n_side * info->n_side; i++)
    {
      float *row = encoder->patch_rows + (info->n_first + i) * 3 * patch * patch;
      size_t top = i / info->n_side * patch, left = i % info->n_side * patch;
      for (size_t c = 0; c < 3; c++)
        for (size_t y = 0; y < patch; y++)
          memcpy (row + (c * patch + y) * patch, pixels + (c * size + top + y) * size + left, patch * sizeof (float));
    }
}

bool
sen_vit_encoder_run (SenVitEncoder *encoder, const float *pixels, SenCancel *cancel, GError **error)
{
  const SenVitInfo *info = &encoder->vit->info;
  const struct sen_step step = {
    .n_tokens = info->n_token, .n_out = encoder->pooled != SEN_NO_TENSOR ? 1 : 0, .tap_row = encoder->first_row,
    .n_tap_row = encoder->n_row,
  };
  cut_patches (encoder, pixels);
  return sen_network_write (encoder->network, encoder->patches, encoder->patch_rows, info->n_token, error)
         && sen_network_run (encoder->network, &step, cancel, error);
}

bool
sen_vit_encoder_look (SenVitEncoder *encoder, uint32_t first, uint32_t n, GError **error)
{
  uint32_t n_token = encoder->vit->info.n_token;
  if (n == 0 || n > encoder->n_row_max || first > n_token - n)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%u tokens from %u on are to be looked at, of %u at most %u at once", n, first,
                   n_token, encoder->n_row_max);
      return false;
    }
  encoder->first_row = first;
  encoder->n_row = n;
  return true;
}

bool
sen_vit_encoder_read_attention (SenVitEncoder *encoder, uint32_t index, float *rows, GError **error)
{
  if (index >= encoder->taps.n_layers)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "the attention of %u layers was asked for when the encoder was made",
                   encoder->taps.n_layers);
      return false;
    }
  uint32_t n_head = sen_encoder_taps_n_head (&encoder->taps, encoder->vit->info.n_head);
  return sen_network_read (encoder->network, encoder->attention[encoder->taps.layers[index]], rows, encoder->n_row * n_head, error);
}

size_t
sen_vit_encoder_length (const SenVitEncoder *encoder, SenVitFeature feature)
{
  const SenVitInfo *info = &encoder->vit->info;
  switch (feature)
    {
    case SEN_VIT_HIDDEN:
    case SEN_VIT_TOKENS:
      return (size_t) info->n_token * info->n_embd;
    case SEN_VIT_POOLED:
      return info->n_embd;
    case SEN_VIT_EMBEDDING:
      return info->n_embedding;
    }
  g_return_val_if_reached (0);
}

bool
sen_vit_encoder_read (SenVitEncoder *encoder, SenVitFeature feature, uint32_t layer, float *values, GError **error)
{
  const SenVitInfo *info = &encoder->vit->info;
  SenTensor tensor = feature == SEN_VIT_TOKENS ? encoder->tokens : feature == SEN_VIT_POOLED ? encoder->pooled : encoder->embedding;
  if (feature == SEN_VIT_HIDDEN)
    {
      tensor = layer <= info->n_layer ? encoder->hidden[layer] : SEN_NO_TENSOR;
      if (tensor == SEN_NO_TENSOR)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "the input of layer %u was not asked for when the encoder was made", layer);
          return false;
        }
    }
  if (tensor == SEN_NO_TENSOR)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s has no pooling head, so it gives no embedding of a whole picture",
                   encoder->vit->path);
      return false;
    }
  return sen_network_read (encoder->network, tensor, values, feature == SEN_VIT_HIDDEN || feature == SEN_VIT_TOKENS ? info->n_token : 1,
                           error);
}
