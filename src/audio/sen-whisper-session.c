/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A session is four passes that share weights and caches: the encoder, which ends by filling the cross keys and values of
 * every layer; the decoder for a beginning, in batches; the decoder for one token of each row; and, once words are to be
 * timed, the decoder with its cross attention brought out. */
#include "sen-network.h"
#include "sen-whisper-private.h"

#include <string.h>

#include "sen-error.h"
#include "sen-head-mask.h"

#define N_BATCH 32            /* tokens of a beginning that are read at once */

/* One decoder pass. */
typedef struct {
  SenNetwork *network;
  SenTensor   ids, positions, out_rows, cells, logits;
  SenTensor  *taps;           /* [n_decoder_layer] or NULL; SEN_NO_TENSOR where no head of the layer is wanted */
  uint32_t   *n_tapped;       /* [n_decoder_layer] heads */
  uint32_t    n_batch;
} Decoder;

struct SenWhisperSession {
  SenWhisper *whisper;
  SenDevice  *device, *fallback;   /* fallback or NULL */
  char       *moved;          /* why device was fallback once, or NULL */
  SenNetwork *encoder;        /* owns the states below */
  SenTensor   mel, features;
  SenKeyValues *cross;        /* [n_decoder_layer] */
  SenKeyValues *self;         /* [n_decoder_layer] */
  Decoder     begin, step, align;
  uint32_t    n_begun;        /* cells of the beginning, which all rows share */
  uint32_t    n_steps;        /* steps since */
  uint32_t    n_row_max;
  uint32_t    n_cells;        /* of the caches of self-attention */
  int32_t    *cells;          /* [n_row_max][n_ctx] where the past of each row lies; −1: its end */
  int32_t    *cells_before;
  bool        is_encoded;
};

/* --- Building ----------------------------------------------------------------------------------------------------------------------- */

static bool
add_key_values (SenNetwork *network, SenKeyValues *kv, uint32_t n_head, uint32_t n_ctx, uint32_t head_dim, GError **error)
{
  kv->n_ctx = n_ctx;
  kv->k = sen_network_add_state (network, n_head, n_ctx, head_dim, error);
  kv->v = kv->k != NULL ? sen_network_add_state (network, n_head, n_ctx, head_dim, error) : NULL;
  return kv->v != NULL;
}

/* Of the decoder. */
static SenStack
make_stack (SenPlan *plan, const SenWhisper *w)
{
  uint32_t n_head = w->info.n_decoder_head;
  return (SenStack) {
    .plan = plan, .n_head = n_head, .head_dim = w->info.n_embd / n_head, .eps = w->encoder.eps, .act = SEN_ACT_GELU_ERF, .causal = true,
  };
}

static bool
build_encoder (SenWhisperSession *session, SenCancel *cancel, GError **error)
{
  const SenWhisper *w = session->whisper;
  const SenWhisperInfo *info = &w->info;
  session->encoder = sen_network_new (session->device, w->weights, info->n_position, 1);
  SenPlan *plan = sen_network_plan (session->encoder);
  SenStack decoder = make_stack (plan, w);
  SenWhisperPass pass = { 0 };

  if (!sen_whisper_encoder_build (&w->encoder, session->encoder, &pass, error))
    return false;
  for (uint32_t i = 0; i < info->n_decoder_layer; i++)
    if (!add_key_values (session->encoder, &session->cross[i], decoder.n_head, info->n_position, decoder.head_dim, error)
        || !add_key_values (session->encoder, &session->self[i], decoder.n_head, session->n_cells, decoder.head_dim, error))
      return false;

  session->mel = pass.mel;
  session->features = sen_stack_norm (&pass.stack, pass.states, w->encoder.norm);
  sen_plan_output (plan, session->features, "features");
  for (uint32_t i = 0; i < info->n_decoder_layer; i++)
    sen_block_store_cross (&decoder, &w->decoder[i], session->features, &session->cross[i]);
  return sen_network_compile (session->encoder, cancel, error)
         && sen_whisper_encoder_start (&w->encoder, session->encoder, &pass, error);
}

/* Asks for the attention of the heads that follow the sound. */
static bool
wants_tap (const SenWhisper *w, uint32_t layer, SenAttentionTap *tap)
{
  bool any = false;
  for (uint32_t i = 0; i < w->n_alignment_heads; i++)
    if (w->alignment_heads[i].layer == layer)
      {
        uint32_t head = w->alignment_heads[i].head;
        tap->head_mask[head / 32] |= 1u << (head % 32);
        any = true;
      }
  return any;
}

typedef enum { PASS_BEGIN, PASS_STEP, PASS_ALIGN } PassKind;

/* @asked: whose cross attention PASS_ALIGN brings out; NULL = the heads that follow the sound. */
static bool
build_decoder (SenWhisperSession *session, Decoder *d, PassKind kind, const SenEncoderTaps *asked, SenCancel *cancel, GError **error)
{
  const SenWhisper *w = session->whisper;
  const SenWhisperInfo *info = &w->info;
  d->n_batch = kind == PASS_STEP ? session->n_row_max : N_BATCH;
  d->network = sen_network_new (session->device, w->weights, d->n_batch, d->n_batch);
  SenPlan *plan = sen_network_plan (d->network);
  SenStack stack = make_stack (plan, w);

  d->ids = sen_plan_input (plan, "ids", SEN_TYPE_I32, SEN_ROWS_TOKENS, 1);
  d->positions = sen_plan_input (plan, "positions", SEN_TYPE_I32, SEN_ROWS_TOKENS, 1);
  d->out_rows = sen_plan_input (plan, "out rows", SEN_TYPE_I32, SEN_ROWS_OUT, 1);
  d->cells = SEN_NO_TENSOR;
  if (kind == PASS_STEP)
    d->cells = sen_plan_input (plan, "cells", SEN_TYPE_I32, SEN_ROWS_TOKENS, info->n_ctx);
  if (kind == PASS_ALIGN)
    {
      d->taps = g_new (SenTensor, info->n_decoder_layer);
      d->n_tapped = g_new0 (uint32_t, info->n_decoder_layer);
    }

  SenTensor table = sen_plan_weight (plan, w->token_embd);
  SenTensor x = sen_plan_add (plan, sen_plan_embed (plan, table, d->ids, SEN_NO_TENSOR, 1.0f),
                              sen_plan_embed (plan, sen_plan_weight (plan, w->decoder_positions), d->positions, SEN_NO_TENSOR,
                                              1.0f));
  for (uint32_t i = 0; i < info->n_decoder_layer; i++)
    {
      const SenBlock *block = &w->decoder[i];
      SenAttentionTap tap = { .n_row_max = d->n_batch };
      bool is_tapped = kind == PASS_ALIGN
                       && (asked != NULL ? sen_encoder_taps_want (asked, i, info->n_decoder_head, &tap) : wants_tap (w, i, &tap));
      sen_plan_set_layer (plan, i);
      SenTensor normed = sen_stack_norm (&stack, x, block->attn_norm);
      x = sen_plan_add (plan, x, sen_block_self_attention_cells (&stack, block, normed, &session->self[i], d->cells));
      x = sen_plan_add (plan, x, sen_block_cross_attention (&stack, block, sen_stack_norm (&stack, x, block->cross_norm),
                                                            &session->cross[i], info->n_position, is_tapped ? &tap : NULL));
      x = sen_plan_add (plan, x, sen_block_feed_forward (&stack, block, sen_stack_norm (&stack, x, block->ffn_norm)));
      if (kind == PASS_ALIGN)
        {
          d->taps[i] = is_tapped ? tap.rows : SEN_NO_TENSOR;
          d->n_tapped[i] = is_tapped ? sen_head_mask_count (tap.head_mask, 0) : 0;
        }
    }
  x = sen_stack_norm (&stack, sen_plan_gather (plan, x, d->out_rows), w->decoder_norm);
  d->logits = sen_plan_linear (plan, x, table, SEN_NO_TENSOR);
  sen_plan_output (plan, d->logits, "logits");
  return sen_network_compile (d->network, cancel, error);
}

static void
clear_decoder (Decoder *d)
{
  g_clear_pointer (&d->network, sen_network_free);
  g_clear_pointer (&d->taps, g_free);
  g_clear_pointer (&d->n_tapped, g_free);
}

/* --- Life --------------------------------------------------------------------------------------------------------------------------- */

static void
clear_passes (SenWhisperSession *session)
{
  clear_decoder (&session->align);
  clear_decoder (&session->step);
  clear_decoder (&session->begin);
  g_clear_pointer (&session->encoder, sen_network_free);
}

/* All passes or none. */
static bool
build (SenWhisperSession *session, GError **error)
{
  if (build_encoder (session, NULL, error) && build_decoder (session, &session->begin, PASS_BEGIN, NULL, NULL, error)
      && build_decoder (session, &session->step, PASS_STEP, NULL, NULL, error))
    return true;
  clear_passes (session);
  return false;
}

bool
sen_whisper_session_retreats (SenWhisperSession *session, GError **failure)
{
  if (session->fallback == NULL || !sen_device_gave_out (*failure))
    return false;
  session->moved = g_strdup ((*failure)->message);
  g_clear_error (failure);
  clear_passes (session);
  sen_device_unref (session->device);
  session->device = g_steal_pointer (&session->fallback);
  session->is_encoded = false;
  session->n_begun = session->n_steps = 0;
  return build (session, failure);
}

SenWhisperSession *
sen_whisper_session_new (SenWhisper *whisper, SenDevice *device, SenDevice *fallback, uint32_t n_row_max, GError **error)
{
  g_return_val_if_fail (n_row_max > 0 && n_row_max <= SEN_WHISPER_MAX_ROWS, NULL);
  GError *failure = NULL;
  g_autoptr (SenWhisperSession) session = g_new0 (SenWhisperSession, 1);
  const SenWhisperInfo *info = &whisper->info;
  session->whisper = sen_whisper_ref (whisper);
  session->device = sen_device_ref (device);
  session->fallback = fallback != NULL && fallback != device ? sen_device_ref (fallback) : NULL;
  session->cross = g_new0 (SenKeyValues, info->n_decoder_layer);
  session->self = g_new0 (SenKeyValues, info->n_decoder_layer);
  /* The beginning, then a cell for each row of each step; nothing longer than half of all positions is ever begun with or added. */
  session->n_row_max = n_row_max;
  session->n_cells = info->n_ctx + n_row_max * (info->n_ctx / 2);
  session->cells = g_new (int32_t, (gsize) n_row_max * info->n_ctx);
  session->cells_before = g_new (int32_t, (gsize) n_row_max * info->n_ctx);

  if (build (session, &failure) || sen_whisper_session_retreats (session, &failure))
    return g_steal_pointer (&session);
  g_propagate_error (error, failure);
  return NULL;
}

void
sen_whisper_session_free (SenWhisperSession *session)
{
  if (session == NULL)
    return;
  clear_passes (session);
  sen_device_unref (session->device);
  sen_device_unref (session->fallback);
  g_free (session->moved);
  g_free (session->cross);
  g_free (session->self);
  g_free (session->cells);
  g_free (session->cells_before);
  sen_whisper_unref (session->whisper);
  g_free (session);
}

SenWhisper *
sen_whisper_session_model (const SenWhisperSession *session)
{
  return session->whisper;
}

SenDevice *
sen_whisper_session_device (const SenWhisperSession *session)
{
  return session->device;
}

const char *
sen_whisper_session_moved (const SenWhisperSession *session)
{
  return session->moved;
}

/* --- Running ------------------------------------------------------------------------------------------------------------------------ */

bool
sen_whisper_session_encode (SenWhisperSession *session, const float *mel, SenCancel *cancel, GError **error)
{
  const struct sen_step step = { .n_tokens = session->whisper->info.n_position };
  session->is_encoded = false;
  session->n_begun = session->n_steps = 0;
  /* Where it moved to had no room either. */
  if (session->encoder == NULL && !build (session, error))
    return false;
  session->is_encoded = sen_network_write (session->encoder, session->mel, mel, SEN_WHISPER_FRAMES, error)
                        && sen_network_run (session->encoder, &step, cancel, error);
  return session->is_encoded;
}

bool
sen_whisper_session_read_features (SenWhisperSession *session, float *features, GError **error)
{
  return sen_network_read (session->encoder, session->features, features, session->whisper->info.n_position, error);
}

static bool
check_room (SenWhisperSession *session, const SenToken *tokens, uint32_t n, uint32_t n_positions, GError **error)
{
  const SenWhisperInfo *info = &session->whisper->info;
  g_return_val_if_fail (session->is_encoded, false);
  if (n == 0 || n_positions > info->n_ctx)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CONTEXT_FULL, "%u tokens are more or fewer than the %u that %s writes at most",
                   n_positions, info->n_ctx, info->name);
      return false;
    }
  for (uint32_t i = 0; i < n; i++)
    if (tokens[i] < 0 || (uint32_t) tokens[i] >= info->n_vocab)
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "token %d is not in the vocabulary of %u", tokens[i], info->n_vocab);
        return false;
      }
  return true;
}

/* Reads a batch from position @n_past on, its logits from row @first_out on. */
static bool
run_batch (Decoder *d, const SenToken *tokens, uint32_t n, uint32_t n_past, uint32_t first_out, SenCancel *cancel, GError **error)
{
  int32_t positions[N_BATCH], out_rows[N_BATCH] = { 0 };
  uint32_t n_out = MAX (n - first_out, 1);
  for (uint32_t i = 0; i < n; i++)
    positions[i] = (int32_t) (n_past + i);
  for (uint32_t i = 0; i < n_out; i++)
    out_rows[i] = (int32_t) MIN (first_out + i, n - 1);
  const struct sen_step step = { .n_tokens = n, .n_past = n_past, .n_out = n_out, .tap_row = 0, .n_tap_row = n };
  return sen_network_write (d->network, d->ids, tokens, n, error)
         && sen_network_write (d->network, d->positions, positions, n, error)
         && sen_network_write (d->network, d->out_rows, out_rows, n_out, error)
         && sen_network_run (d->network, &step, cancel, error);
}

bool
sen_whisper_session_begin (SenWhisperSession *session, const SenToken *tokens, uint32_t n, uint32_t n_logits, float *logits,
                           SenCancel *cancel, GError **error)
{
  g_return_val_if_fail (n_logits <= n, false);
  session->n_begun = session->n_steps = 0;
  if (!check_room (session, tokens, n, n, error))
    return false;
  uint32_t first_wanted = n - n_logits;
  for (uint32_t done = 0; done < n; done += N_BATCH)
    {
      uint32_t n_here = MIN (n - done, N_BATCH), first_out = first_wanted > done ? MIN (first_wanted - done, n_here) : 0;
      if (!run_batch (&session->begin, tokens + done, n_here, done, first_out, cancel, error))
        return false;
      if (first_out < n_here
          && !sen_network_read (session->begin.network, session->begin.logits,
                                logits + (gsize) (done + first_out - first_wanted) * session->whisper->info.n_vocab,
                                n_here - first_out, error))
        return false;
    }
  session->n_begun = n;
  for (uint32_t i = 0; i < session->whisper->info.n_ctx; i++)
    session->cells[i] = i < n ? (int32_t) i : -1;
  return true;
}

bool
sen_whisper_session_step (SenWhisperSession *session, const SenToken *tokens, const uint32_t *parents, uint32_t n_row, float *logits,
                          SenCancel *cancel, GError **error)
{
  Decoder *d = &session->step;
  uint32_t n_ctx = session->whisper->info.n_ctx, position = session->n_begun + session->n_steps;
  int32_t positions[SEN_WHISPER_MAX_ROWS], out_rows[SEN_WHISPER_MAX_ROWS];
  g_return_val_if_fail (n_row > 0 && n_row <= session->n_row_max, false);
  if (!check_room (session, tokens, n_row, position + 1, error))
    return false;
  g_return_val_if_fail (session->n_steps < session->whisper->info.n_ctx / 2, false);

  /* Token i goes to cell first + i; its row sees what its parent saw, and that. */
  uint32_t first = session->n_begun + session->n_steps * session->n_row_max;
  int32_t *before = session->cells;
  session->cells = session->cells_before;
  session->cells_before = before;
  for (uint32_t i = 0; i < n_row; i++)
    {
      int32_t *cells = session->cells + (gsize) i * n_ctx;
      memcpy (cells, before + (gsize) parents[i] * n_ctx, n_ctx * sizeof (int32_t));
      cells[position] = (int32_t) (first + i);
      positions[i] = (int32_t) position;
      out_rows[i] = (int32_t) i;
    }
  const struct sen_step step = { .n_tokens = n_row, .n_past = first, .n_out = n_row };
  if (!sen_network_write (d->network, d->ids, tokens, n_row, error)
      || !sen_network_write (d->network, d->positions, positions, n_row, error)
      || !sen_network_write (d->network, d->out_rows, out_rows, n_row, error)
      || !sen_network_write (d->network, d->cells, session->cells, n_row, error)
      || !sen_network_run (d->network, &step, cancel, error)
      || !sen_network_read (d->network, d->logits, logits, n_row, error))
    return false;
  session->n_steps++;
  return true;
}

/* Sorts the rows of one batch, [token][head] of each layer, into [head][token]. */
static bool
read_taps (const SenWhisperInfo *info, const Decoder *d, uint32_t first, uint32_t n_here, uint32_t n, float *rows, float *attention,
           GError **error)
{
  uint32_t first_head = 0;
  for (uint32_t layer = 0; layer < info->n_decoder_layer; layer++)
    {
      uint32_t n_tapped = d->n_tapped[layer];
      if (n_tapped == 0)
        continue;
      if (!sen_network_read (d->network, d->taps[layer], rows, n_here * n_tapped, error))
        return false;
      for (uint32_t t = 0; t < n_here; t++)
        for (uint32_t h = 0; h < n_tapped; h++)
          memcpy (attention + ((gsize) (first_head + h) * n + first + t) * info->n_position,
                  rows + ((gsize) t * n_tapped + h) * info->n_position, info->n_position * sizeof (float));
      first_head += n_tapped;
    }
  return true;
}

/* Reads @tokens in @d, whose attention is brought out. @row may be NULL. */
static bool
follow (SenWhisperSession *session, Decoder *d, const SenToken *tokens, uint32_t n, float *attention, SenWhisperRow row,
        gpointer user_data, SenCancel *cancel, GError **error)
{
  const SenWhisperInfo *info = &session->whisper->info;
  session->n_begun = session->n_steps = 0;
  g_autofree float *logits = g_new (float, (gsize) N_BATCH * info->n_vocab);
  g_autofree float *rows = g_new (float, (gsize) N_BATCH * info->n_decoder_head * info->n_position);
  for (uint32_t done = 0; done < n; done += N_BATCH)
    {
      uint32_t n_here = MIN (n - done, N_BATCH);
      if (!run_batch (d, tokens + done, n_here, done, 0, cancel, error)
          || !sen_network_read (d->network, d->logits, logits, n_here, error)
          || !read_taps (info, d, done, n_here, n, rows, attention, error))
        return false;
      for (uint32_t i = 0; row != NULL && i < n_here; i++)
        row (done + i, logits + (gsize) i * info->n_vocab, user_data);
    }
  return true;
}

bool
sen_whisper_session_align (SenWhisperSession *session, const SenToken *tokens, uint32_t n, float *attention, SenWhisperRow row,
                           gpointer user_data, SenCancel *cancel, GError **error)
{
  if (!check_room (session, tokens, n, n, error)
      || (session->align.network == NULL && !build_decoder (session, &session->align, PASS_ALIGN, NULL, cancel, error)))
    return false;
  return follow (session, &session->align, tokens, n, attention, row, user_data, cancel, error);
}

bool
sen_whisper_session_cross_attention (SenWhisperSession *session, const SenToken *tokens, uint32_t n, const SenEncoderTaps *taps,
                                     float *attention, SenCancel *cancel, GError **error)
{
  const SenWhisperInfo *info = &session->whisper->info;
  Decoder look = { 0 };
  if (!check_room (session, tokens, n, n, error)
      || !sen_encoder_taps_check (taps, info->n_decoder_layer, info->n_decoder_head, error))
    return false;
  bool done = build_decoder (session, &look, PASS_ALIGN, taps, cancel, error)
              && follow (session, &look, tokens, n, attention, NULL, NULL, cancel, error);
  clear_decoder (&look);
  return done;
}
