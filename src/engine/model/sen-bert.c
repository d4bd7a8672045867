/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-bert.h"

#include "sen-block.h"
#include "sen-embedding.h"
#include "sen-error.h"
#include "sen-network.h"

#define MAX_CTX 8192   /* as the limits of sen-block.h */

struct SenBert {
  gatomicrefcount  ref_count;
  char            *path;
  SenBertInfo      info;
  float            eps;
  SenTokenizer    *tokenizer;
  SenToken         first, last;      /* [CLS], [SEP] */
  SenWeightTable  *weights;
  const SenWeight *tokens;           /* [n_vocab][n_embd] */
  SenAffine        norm;
  SenBlock        *layers;           /* [n_layer] */
  float           *positions;        /* [n_ctx][n_embd]; the type of all tokens is in them */
};

struct SenBertEncoder {
  SenBert    *bert;
  SenNetwork *network;
  SenTensor   ids, positions, hidden;
  float      *states;                /* [n_ctx][n_embd] */
};

static bool
fail (const SenBert *bert, GError **error, const char *what)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is no sound encoder of text: %s", bert->path, what);
  return false;
}

/* --- Opening -------------------------------------------------------------------------------------------------------------------- */

static bool
read_pooling (SenBert *bert, SenGguf *gguf, GError **error)
{
  /* llama.cpp's numbers. */
  enum { MEAN = 1, CLASS = 2 };
  uint32_t pooling = MEAN;
  sen_gguf_get_u32 (gguf, "bert.pooling_type", &pooling);
  bert->info.pooling = pooling == CLASS ? SEN_BERT_CLASS : SEN_BERT_MEAN;
  if (pooling == MEAN || pooling == CLASS)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s makes embeddings of its tokens in a way that is not supported (%u); the "
               "mean of all and the first one are", bert->path, pooling);
  return false;
}

static bool
read_numbers (SenBert *bert, SenGguf *gguf, GError **error)
{
  SenBertInfo *info = &bert->info;
  const struct {
    const char *key;
    uint32_t   *value, max;
  } numbers[] = {
    { "bert.embedding_length", &info->n_embd, SEN_ENCODER_MAX_EMBD },
    { "bert.feed_forward_length", &info->n_ff, SEN_ENCODER_MAX_FF },
    { "bert.block_count", &info->n_layer, SEN_ENCODER_MAX_LAYER },
    { "bert.attention.head_count", &info->n_head, SEN_ENCODER_MAX_HEAD },
    { "bert.context_length", &info->n_ctx, MAX_CTX },
  };
  g_autofree char *architecture = sen_gguf_dup_string (gguf, "general.architecture");
  if (g_strcmp0 (architecture, "bert") != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is no encoder of text that is known; BERT is, with WordPiece",
                   bert->path);
      return false;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!sen_gguf_get_u32 (gguf, numbers[i].key, numbers[i].value) || *numbers[i].value == 0 || *numbers[i].value > numbers[i].max)
      {
        g_autofree char *what = g_strdup_printf ("%s is missing or not from 1 to %u", numbers[i].key, numbers[i].max);
        return fail (bert, error, what);
      }
  if (!sen_gguf_get_f32 (gguf, "bert.attention.layer_norm_epsilon", &bert->eps) || !(bert->eps >= 0.0f && bert->eps < 1.0f))
    return fail (bert, error, "the epsilon of its norms is missing");
  if (info->n_embd % info->n_head != 0)
    return fail (bert, error, "its width is no whole number of heads");
  if (info->n_ctx < 3)
    return fail (bert, error, "it has no positions for text");
  info->head_dim = info->n_embd / info->n_head;
  info->name = sen_gguf_dup_string (gguf, "general.name");
  return read_pooling (bert, gguf, error);
}

static bool
find_marks (SenBert *bert, GError **error)
{
  bert->first = sen_tokenizer_find (bert->tokenizer, "[CLS]");
  bert->last = sen_tokenizer_find (bert->tokenizer, "[SEP]");
  return (bert->first != SEN_NO_TOKEN && bert->last != SEN_NO_TOKEN) || fail (bert, error, "its vocabulary lacks [CLS] or [SEP]");
}

/* Every token is of type 0: its row goes into the positions. */
static bool
make_positions (SenBert *bert, SenGguf *gguf, GError **error)
{
  uint32_t n_embd = bert->info.n_embd;
  const SenGgufTensor *table = sen_gguf_find_tensor (gguf, "position_embd.weight");
  const SenGgufTensor *types = sen_gguf_find_tensor (gguf, "token_types.weight");
  if (table == NULL || table->shape[3] != n_embd || table->shape[2] < bert->info.n_ctx || table->type == SEN_TYPE_I32)
    return fail (bert, error, "position_embd.weight is missing or has another shape than the model");
  if (types != NULL && (types->shape[3] != n_embd || types->shape[2] == 0 || types->type == SEN_TYPE_I32))
    return fail (bert, error, "token_types.weight has another shape than the model");
  bert->positions = g_new (float, (size_t) bert->info.n_ctx * n_embd);
  sen_dequantize (table->type, table->data, bert->positions, (size_t) bert->info.n_ctx * n_embd);
  if (types == NULL)
    return true;
  g_autofree float *type = g_new (float, n_embd);
  sen_dequantize (types->type, types->data, type, n_embd);
  for (uint32_t position = 0; position < bert->info.n_ctx; position++)
    for (uint32_t i = 0; i < n_embd; i++)
      bert->positions[(size_t) position * n_embd + i] += type[i];
  return true;
}

static bool
bind_layer (SenBert *bert, uint32_t layer, GError **error)
{
  SenBlock *block = &bert->layers[layer];
  uint32_t n_embd = bert->info.n_embd, n_ff = bert->info.n_ff;
  const struct {
    SenAffine  *affine;
    const char *name;
    uint32_t    n_out, n_in;
  } rows[] = {
    { &block->q, "attn_q", n_embd, n_embd },         { &block->k, "attn_k", n_embd, n_embd },
    { &block->v, "attn_v", n_embd, n_embd },         { &block->o, "attn_output", n_embd, n_embd },
    { &block->attn_norm, "attn_output_norm", n_embd, 0 }, { &block->up, "ffn_up", n_ff, n_embd },
    { &block->down, "ffn_down", n_embd, n_ff },      { &block->ffn_norm, "layer_output_norm", n_embd, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("blk.%u.%s", layer, rows[i].name);
      if (!sen_affine_bind (rows[i].affine, bert->weights, name, rows[i].n_out, rows[i].n_in, SEN_REQUIRED, error))
        return false;
    }
  return true;
}

static bool
bind_weights (SenBert *bert, SenGguf *gguf, GError **error)
{
  bert->weights = sen_weight_table_new (gguf, "BERT");
  bert->layers = g_new0 (SenBlock, bert->info.n_layer);
  if (!sen_weight_table_bind (bert->weights, &bert->tokens, "token_embd.weight", sen_tokenizer_n_tokens (bert->tokenizer),
                              bert->info.n_embd, SEN_REQUIRED, error)
      || !sen_affine_bind (&bert->norm, bert->weights, "token_embd_norm", bert->info.n_embd, 0, SEN_REQUIRED, error))
    return false;
  for (uint32_t layer = 0; layer < bert->info.n_layer; layer++)
    if (!bind_layer (bert, layer, error))
      return false;
  return make_positions (bert, gguf, error);
}

SenBert *
sen_bert_open (const char *path, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, error);
  if (gguf == NULL)
    return NULL;
  g_autoptr (SenBert) bert = g_new0 (SenBert, 1);
  g_atomic_ref_count_init (&bert->ref_count);
  bert->path = g_strdup (path);
  if (!read_numbers (bert, gguf, error) || (bert->tokenizer = sen_tokenizer_new_from_gguf (gguf, error)) == NULL
      || !find_marks (bert, error) || !bind_weights (bert, gguf, error))
    return NULL;
  return g_steal_pointer (&bert);
}

SenBert *
sen_bert_ref (SenBert *bert)
{
  g_atomic_ref_count_inc (&bert->ref_count);
  return bert;
}

void
sen_bert_unref (SenBert *bert)
{
  if (bert == NULL || !g_atomic_ref_count_dec (&bert->ref_count))
    return;
  g_clear_pointer (&bert->weights, sen_weight_table_unref);
  g_clear_pointer (&bert->tokenizer, sen_tokenizer_unref);
  g_free (bert->layers);
  g_free (bert->positions);
  g_free (bert->info.name);
  g_free (bert->path);
  g_free (bert);
}

const SenBertInfo *
sen_bert_info (const SenBert *bert)
{
  return &bert->info;
}

SenTokenizer *
sen_bert_tokenizer (const SenBert *bert)
{
  return bert->tokenizer;
}

/* --- The forward pass ----------------------------------------------------------------------------------------------------------- */

static void
build (SenBertEncoder *encoder, const SenKeyValues *kv)
{
  SenBert *bert = encoder->bert;
  const SenBertInfo *info = &bert->info;
  SenPlan *plan = sen_network_plan (encoder->network);
  const SenStack stack = {
    .plan = plan, .n_head = info->n_head, .head_dim = info->head_dim, .eps = bert->eps, .act = SEN_ACT_GELU_ERF, .post_norm = true,
  };
  encoder->ids = sen_plan_input (plan, "ids", SEN_TYPE_I32, SEN_ROWS_TOKENS, 1);
  encoder->positions = sen_plan_input_fixed (plan, "positions", SEN_TYPE_F32, info->n_ctx, info->n_embd);
  SenTensor x = sen_plan_embed (plan, sen_plan_weight (plan, bert->tokens), encoder->ids, SEN_NO_TENSOR, 1.0f);
  x = sen_stack_norm (&stack, sen_plan_add (plan, x, encoder->positions), bert->norm);
  for (uint32_t layer = 0; layer < info->n_layer; layer++)
    {
      sen_plan_set_layer (plan, layer);
      x = sen_block_forward (&stack, &bert->layers[layer], x, kv, NULL);
    }
  sen_plan_output (plan, encoder->hidden = x, "hidden");
}

SenBertEncoder *
sen_bert_encoder_new (SenBert *bert, SenDevice *device, SenCancel *cancel, GError **error)
{
  const SenBertInfo *info = &bert->info;
  g_autoptr (SenBertEncoder) encoder = g_new0 (SenBertEncoder, 1);
  SenKeyValues kv = { .n_ctx = info->n_ctx };
  encoder->bert = sen_bert_ref (bert);
  encoder->states = g_new (float, (size_t) info->n_ctx * info->n_embd);
  encoder->network = sen_network_new (device, bert->weights, info->n_ctx, 1);
  kv.k = sen_network_add_state (encoder->network, info->n_head, info->n_ctx, info->head_dim, error);
  if (kv.k == NULL)
    return NULL;
  kv.v = sen_network_add_state (encoder->network, info->n_head, info->n_ctx, info->head_dim, error);
  if (kv.v == NULL)
    return NULL;
  build (encoder, &kv);
  if (!sen_network_compile (encoder->network, cancel, error)
      || !sen_network_write (encoder->network, encoder->positions, bert->positions, info->n_ctx, error))
    return NULL;
  return g_steal_pointer (&encoder);
}

void
sen_bert_encoder_free (SenBertEncoder *encoder)
{
  if (encoder == NULL)
    return;
  g_clear_pointer (&encoder->network, sen_network_free);
  g_free (encoder->states);
  sen_bert_unref (encoder->bert);
  g_free (encoder);
}

/* --- Embedding ------------------------------------------------------------------------------------------------------------------ */

/* [CLS] and the whole text. */
static GArray *
tokenize (const SenBert *bert, const char *text, gssize length)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  g_array_append_val (ids, bert->first);
  sen_tokenizer_encode (bert->tokenizer, text, length, false, false, ids);
  return ids;
}

/* One position is for [SEP]. */
static guint
n_over (const SenBert *bert, const GArray *ids)
{
  return ids->len > bert->info.n_ctx - 1 ? ids->len - (bert->info.n_ctx - 1) : 0;
}

uint32_t
sen_bert_n_left_out (const SenBert *bert, const char *text, gssize length)
{
  g_autoptr (GArray) ids = tokenize (bert, text, length);
  return n_over (bert, ids);
}

static bool
pool (const SenBert *bert, const float *states, uint32_t n_token, float *embedding)
{
  uint32_t n_embd = bert->info.n_embd, n_row = bert->info.pooling == SEN_BERT_CLASS ? 1 : n_token;
  g_autofree double *sums = g_new0 (double, n_embd);
  for (uint32_t row = 0; row < n_row; row++)
    for (uint32_t i = 0; i < n_embd; i++)
      sums[i] += states[(size_t) row * n_embd + i];
  return sen_embedding_to_unit (sums, n_embd, embedding);
}

bool
sen_bert_encoder_embed (SenBertEncoder *encoder, const char *text, gssize length, float *embedding, SenCancel *cancel,
                        GError **error)
{
  const SenBert *bert = encoder->bert;
  g_autoptr (GArray) ids = tokenize (bert, text, length);
  g_array_set_size (ids, ids->len - n_over (bert, ids));
  g_array_append_val (ids, bert->last);
  const struct sen_step step = { .n_tokens = ids->len };
  if (!sen_network_write (encoder->network, encoder->ids, ids->data, ids->len, error)
      || !sen_network_run (encoder->network, &step, cancel, error)
      || !sen_network_read (encoder->network, encoder->hidden, encoder->states, ids->len, error))
    return false;
  return pool (bert, encoder->states, ids->len, embedding) || fail (bert, error, "its weights give no embedding");
}
