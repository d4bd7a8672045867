/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-error.h"
#include "sen-session-private.h"

#define DEFAULT_N_CTX 4096
#define DEFAULT_N_BATCH 512
/* What a device needs beside weights and caches: arenas and staging. Measured generously; the budget is a promise. */
#define RESERVE_BYTES (64ull << 20)

SenSessionParams
sen_session_params_default (void)
{
  return (SenSessionParams) { .kv_type = SEN_TYPE_F16 };
}

/* --- Where layers go ------------------------------------------------------------------------------------------------ */

static void
add_layer_weights (const SenModel *model, uint32_t layer, GPtrArray *weights)
{
  G_STATIC_ASSERT (sizeof (SenLayer) % sizeof (const SenWeight *) == 0);
  const SenWeight *const *slots = (const SenWeight *const *) &model->layers[layer];
  for (size_t i = 0; i < sizeof (SenLayer) / sizeof *slots; i++)
    if (slots[i] != NULL)
      g_ptr_array_add (weights, (gpointer) slots[i]);
}

/* The weights of layers [first, end); the embedding belongs to layer 0, the output to layer n_layer. */
static GPtrArray *
list_weights (const SenModel *model, uint32_t first, uint32_t end)
{
  GPtrArray *weights = g_ptr_array_new ();
  if (first == 0 && end > 0)
    g_ptr_array_add (weights, (gpointer) model->token_embd);
  for (uint32_t layer = first; layer < MIN (end, model->hp.n_layer); layer++)
    add_layer_weights (model, layer, weights);
  if (end > model->hp.n_layer)
    {
      g_ptr_array_add (weights, (gpointer) model->output_norm);
      if (model->output != model->token_embd || first > 0)
        g_ptr_array_add (weights, (gpointer) model->output);
      if (model->output_bias != NULL)
        g_ptr_array_add (weights, (gpointer) model->output_bias);
    }
  return weights;
}

static uint64_t
sum_bytes (SenDevice *device, GPtrArray *weights)
{
  uint64_t n_bytes = 0;
  for (uint32_t i = 0; i < weights->len; i++)
    n_bytes += sen_device_weight_bytes (device, g_ptr_array_index (weights, i));
  return n_bytes;
}

static SenPassShape
together_shape (uint32_t n)
{
  return (SenPassShape) { .n_batch = n, .n_out_max = 1, .with_embeddings = true, .together = true };
}

/* What must stay free beside weights and caches. The pass for what is read together is made when the first picture comes, long after the
 * layers took their places. */
static uint64_t
reserved_bytes (const SenSession *session)
{
  const SenPassShape shape = together_shape (MIN (session->model->family->n_together, session->placement.n_ctx));
  return RESERVE_BYTES + (shape.n_batch > 0 ? sen_pass_arena_bytes (&session->placement, &shape) : 0);
}

/* How many layers (the output counts as one more) the budget of the main device allows. */
static uint32_t
count_fitting_layers (SenSession *session, uint64_t kv_bytes_per_layer)
{
  const SenModel *model = session->model;
  uint64_t budget = sen_device_budget_bytes (session->device);
  uint32_t n_total = model->hp.n_layer + 1;
  if (budget == UINT64_MAX)
    return n_total;

  uint64_t reserved = reserved_bytes (session);
  budget = budget > reserved ? budget - reserved : 0;
  for (uint32_t n = n_total; n > 0; n--)
    {
      g_autoptr (GPtrArray) weights = list_weights (model, 0, n);
      if (sum_bytes (session->device, weights) + kv_bytes_per_layer * MIN (n, model->hp.n_layer) <= budget)
        return n;
    }
  return 0;
}

static void
free_caches (SenSession *session)
{
  for (uint32_t i = 0; i < session->model->hp.n_layer; i++)
    {
      g_clear_pointer (&session->k_cache[i], sen_state_free);
      g_clear_pointer (&session->v_cache[i], sen_state_free);
    }
}

static void
unbind (SenSession *session)
{
  SenDevice *devices[SEN_MAX_STAGES] = { session->device, session->fallback };
  for (int i = 0; i < SEN_MAX_STAGES; i++)
    if (session->bound[i] != NULL)
      {
        sen_device_unbind_weights (devices[i], (const SenWeight *const *) session->bound[i]->pdata, session->bound[i]->len);
        g_clear_pointer (&session->bound[i], g_ptr_array_unref);
      }
}

static bool
bind_range (SenSession *session, int slot, SenDevice *device, uint32_t first, uint32_t end, GError **error)
{
  if (first >= end)
    return true;
  g_autoptr (GPtrArray) weights = list_weights (session->model, first, end);
  if (!sen_device_bind_weights (device, (const SenWeight *const *) weights->pdata, weights->len, NULL, error))
    return false;
  session->bound[slot] = g_steal_pointer (&weights);
  return true;
}

/* Takes memory for @n_first layers on the main device and the rest on the fallback. */
static bool
occupy (SenSession *session, uint32_t n_first, GError **error)
{
  const SenHyperparams *hp = &session->model->hp;
  if (!bind_range (session, 0, session->device, 0, n_first, error)
      || !bind_range (session, 1, session->fallback, n_first, hp->n_layer + 1, error))
    return false;

  for (uint32_t i = 0; i < hp->n_layer; i++)
    {
      SenDevice *device = i < n_first ? session->device : session->fallback;
      uint32_t n_ctx = session->placement.n_ctx;
      session->k_cache[i] = sen_state_new (device, session->kv_type, hp->n_kv_head, n_ctx, hp->head_dim, error);
      if (session->k_cache[i] == NULL)
        return false;
      session->v_cache[i] = sen_state_new (device, session->kv_type, hp->n_kv_head, n_ctx, hp->head_dim, error);
      if (session->v_cache[i] == NULL)
        return false;
    }

  session->placement.n_layer_first = n_first;
  const SenPassShape prefill = { .n_batch = session->n_batch, .n_out_max = session->n_out_max, .with_embeddings = true };
  const SenPassShape decode = { .n_batch = 1, .n_out_max = 1 };
  session->prefill = sen_pass_new (&session->placement, &prefill, error);
  if (session->prefill == NULL)
    return false;
  session->decode = sen_pass_new (&session->placement, &decode, error);
  return session->decode != NULL;
}

static void
vacate (SenSession *session)
{
  sen_session_drop_revisits (session);
  g_clear_pointer (&session->together, sen_pass_free);
  session->n_together = 0;
  g_clear_pointer (&session->tapped_decode, sen_pass_free);
  g_clear_pointer (&session->decode, sen_pass_free);
  g_clear_pointer (&session->prefill, sen_pass_free);
  free_caches (session);
  unbind (session);
}

/* Fills the main device as far as it goes. An allocation may fail within the budget too (fragmentation, another program
 * was faster): then fewer layers are tried, down to none, and the fallback takes all. */
static bool
place (SenSession *session, GError **error)
{
  const SenHyperparams *hp = &session->model->hp;
  uint64_t kv_bytes_per_layer = sen_model_kv_bytes (session->model, session->placement.n_ctx, session->kv_type) / hp->n_layer;
  bool can_fall_back = session->fallback != NULL && session->fallback != session->device;
  uint32_t n_first = can_fall_back ? count_fitting_layers (session, kv_bytes_per_layer) : hp->n_layer + 1;

  for (;;)
    {
      g_autoptr (GError) local_error = NULL;
      if (occupy (session, n_first, &local_error))
        return true;
      vacate (session);
      if (!can_fall_back || n_first == 0 || !g_error_matches (local_error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return false;
        }
      n_first -= MAX (1, n_first / 4);
    }
}

static void
describe (SenSession *session, const char *reason)
{
  const SenHyperparams *hp = &session->model->hp;
  uint32_t n_layer_first = MIN (session->placement.n_layer_first, hp->n_layer);
  SenDevice *main_device = session->placement.n_layer_first > 0 ? session->device : session->fallback;
  const SenDeviceInfo *device = sen_device_info (main_device);
  uint64_t kv_bytes = sen_model_kv_bytes (session->model, session->placement.n_ctx, session->kv_type);

  g_free (session->device_text);
  g_free (session->reason_text);
  session->device_text = g_strdup_printf ("%s (%s)", device->name, device->id);
  if (session->placement.n_layer_first <= hp->n_layer)
    session->reason_text = g_strdup_printf ("%s%s%u of %u layers fit into the memory of %s; the rest runs on the CPU",
                                            reason != NULL ? reason : "", reason != NULL ? "; " : "", n_layer_first,
                                            hp->n_layer, sen_device_info (session->device)->name);
  else
    session->reason_text = g_strdup (reason != NULL ? reason : "");

  session->info = (SenSessionInfo) {
    .device = session->device_text,
    .reason = session->reason_text,
    .n_layer_device = n_layer_first,
    .n_layer = hp->n_layer,
    .memory_bytes = kv_bytes * n_layer_first / hp->n_layer
                    + (session->bound[0] != NULL ? sum_bytes (session->device, session->bound[0]) : 0),
    .n_ctx = session->placement.n_ctx,
  };
}

SenSession *
sen_session_new (SenModel *model, SenDevice *device, SenDevice *fallback, const SenSessionParams *params, GError **error)
{
  const SenHyperparams *hp = &model->hp;
  g_return_val_if_fail (params->kv_type == SEN_TYPE_F16 || params->kv_type == SEN_TYPE_F32, NULL);

  g_autoptr (SenSession) session = g_new0 (SenSession, 1);
  session->model = sen_model_ref (model);
  session->device = sen_device_ref (device);
  session->fallback = fallback != NULL && fallback != device ? sen_device_ref (fallback) : NULL;
  session->k_cache = g_new0 (SenState *, hp->n_layer);
  session->v_cache = g_new0 (SenState *, hp->n_layer);
  session->timeline = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  session->places = g_array_new (FALSE, FALSE, sizeof (SenPlace));
  session->kv_type = params->kv_type;

  uint32_t n_ctx = params->n_ctx != 0 ? params->n_ctx : MIN (hp->n_ctx_train, DEFAULT_N_CTX);
  session->n_batch = MIN (params->n_batch != 0 ? params->n_batch : DEFAULT_N_BATCH, n_ctx);
  session->n_out_max = MIN (MAX (params->n_out_max, 1), session->n_batch);
  session->placement = (SenPlacement) {
    .model = model,
    .devices = { device, session->fallback },
    .k_cache = session->k_cache,
    .v_cache = session->v_cache,
    .n_ctx = n_ctx,
    .rope = n_ctx > model->rope_n_ctx ? &model->rope_long : &model->rope,
    .rope_local = model->rope_local.n_rot > 0 ? &model->rope_local : NULL,
  };

  session->ids = g_new (int32_t, session->n_batch);
  session->out_rows = g_new (int32_t, session->n_out_max);
  session->logits = g_try_new (float, (gsize) session->n_out_max * hp->n_vocab);
  if (session->logits == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for the %" G_GSIZE_FORMAT " bytes of logits",
                   (gsize) session->n_out_max * hp->n_vocab * sizeof (float));
      return NULL;
    }
  if (!place (session, error))
    return NULL;
  describe (session, params->reason);
  return g_steal_pointer (&session);
}

static SenPass *
new_tapped_decode (SenSession *session, GError **error)
{
  const SenPassShape shape = { .n_batch = 1, .n_out_max = 1, .with_embeddings = true, .taps = &session->taps };
  return sen_pass_new (&session->placement, &shape, error);
}

bool
sen_session_move (SenSession *session, SenDevice *device, SenDevice *fallback, const char *reason, GError **error)
{
  vacate (session);
  sen_session_truncate (session, 0);
  sen_device_unref (session->fallback);
  sen_device_unref (session->device);
  session->device = sen_device_ref (device);
  session->fallback = fallback != NULL && fallback != device ? sen_device_ref (fallback) : NULL;
  session->placement.devices[0] = session->device;
  session->placement.devices[1] = session->fallback;

  if (!place (session, error))
    return false;
  describe (session, reason);
  /* Who looks must not cost the answer: without room for it the text goes on untapped. */
  if (session->has_taps)
    session->tapped_decode = new_tapped_decode (session, NULL);
  session->has_taps = session->tapped_decode != NULL;
  return true;
}

SenSession *
sen_session_new_beside (const SenSession *session, uint32_t n_ctx, GError **error)
{
  const SenSessionParams params = {
    .n_ctx = n_ctx, .n_batch = session->n_batch, .kv_type = session->kv_type, .reason = session->info.reason,
  };
  if (session->device != NULL)
    return sen_session_new (session->model, session->device, session->fallback, &params, error);
  g_set_error_literal (error, SEN_ERROR, SEN_ERROR_DEVICE, "the model lost its device and found no other; load it again");
  return NULL;
}

void
sen_session_free (SenSession *session)
{
  if (session == NULL)
    return;
  vacate (session);
  g_free (session->k_cache);
  g_free (session->v_cache);
  g_array_unref (session->timeline);
  g_array_unref (session->places);
  g_free (session->logits);
  g_free (session->ids);
  g_free (session->out_rows);
  g_free (session->embeddings);
  g_free (session->together_ids);
  g_free (session->tap_attention);
  g_free (session->tap_hidden);
  g_free (session->attention_layers);
  g_free (session->hidden_layers);
  g_free (session->device_text);
  g_free (session->reason_text);
  sen_device_unref (session->fallback);
  sen_device_unref (session->device);
  sen_model_unref (session->model);
  g_free (session);
}

SenModel *
sen_session_model (const SenSession *session)
{
  return session->model;
}

const SenSessionInfo *
sen_session_info (const SenSession *session)
{
  return &session->info;
}

uint32_t
sen_session_n_past (const SenSession *session)
{
  return session->timeline->len;
}

uint32_t
sen_session_n_read (const SenSession *session)
{
  return session->n_read;
}

/* --- Reading -------------------------------------------------------------------------------------------------------- */

/* Tokens and embeddings share one space of keys: the top bit marks an embedding, mixed with its place in its part. Read together is
 * another thing than read in order, and so are rows of another length and another stretch of a picture. */
static uint64_t
position_key (const SenPart *part, uint32_t index)
{
  if (part->tokens != NULL)
    return (uint32_t) part->tokens[index];
  uint64_t rows = ((uint64_t) part->from << 32 | part->n_column) * 0xc2b2ae3d27d4eb4full;
  return ((part->content_id * 2 + part->together + rows) * 0x9e3779b97f4a7c15ull + index) | 1ull << 63;
}

static bool
has_rows (const SenModel *model, const SenPart *part)
{
  return part->tokens == NULL && model->info.counts_rows && part->n_column > 0;
}

/* Where the @index-th of a part stands that begins at @first. */
static SenPlace
find_place (const SenModel *model, const SenPart *part, uint32_t index, uint32_t first)
{
  uint32_t n = part->n_column, at = first + index, in_picture = part->from + index;
  if (!has_rows (model, part))
    return (SenPlace) { .axis = { at, at, at }, .next = at + 1 };
  return (SenPlace) {
    .axis = { first, first + in_picture / n, first + in_picture % n }, .next = first + MAX ((part->from + part->n - 1) / n + 1, n),
  };
}

/* A walk over parts: where the last one began, or its picture did, and what comes next. */
typedef struct {
  uint32_t first, next;
} Walk;

/* To @part, which counts from where its picture began when it goes on with one. False for an empty part, which stands nowhere. */
static bool
walk_to (Walk *walk, const SenModel *model, const SenPart *part)
{
  if (part->n == 0)
    return false;
  if (!has_rows (model, part) || part->from == 0)
    walk->first = walk->next;
  walk->next = find_place (model, part, part->n - 1, walk->first).next;
  return true;
}

uint32_t
sen_parts_n_counted (const SenPart *parts, size_t n_parts, const SenModel *model)
{
  Walk walk = { 0 };
  for (size_t i = 0; i < n_parts; i++)
    walk_to (&walk, model, &parts[i]);
  return walk.next;
}

static bool
check_part (SenSession *session, const SenPart *part, GError **error)
{
  uint32_t n_vocab = session->model->hp.n_vocab;
  for (uint32_t j = 0; part->tokens != NULL && j < part->n; j++)
    if (part->tokens[j] < 0 || (uint32_t) part->tokens[j] >= n_vocab)
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "token %d is not in the vocabulary of %u", part->tokens[j], n_vocab);
        return false;
      }
  if (part->tokens == NULL && part->together && part->n > SEN_MAX_TOGETHER)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%u embeddings are to be read in one go and at most %d can be", part->n,
                   SEN_MAX_TOGETHER);
      return false;
    }
  return true;
}

bool
sen_session_list_positions (SenSession *session, const SenPart *parts, size_t n_parts, GArray *positions, GError **error)
{
  Walk walk = { 0 };
  for (size_t i = 0; i < n_parts; i++)
    {
      const SenPart *part = &parts[i];
      if (!walk_to (&walk, session->model, part))
        continue;
      if (!check_part (session, part, error))
        return false;
      for (uint32_t j = 0; j < part->n; j++)
        {
          Position position = {
            .key = position_key (part, j), .token = SEN_NO_TOKEN, .place = find_place (session->model, part, j, walk.first),
          };
          if (part->tokens != NULL)
            position.token = part->tokens[j];
          else
            {
              position.embedding = part->embeddings + (size_t) j * session->model->hp.n_embd;
              position.n_together = part->together ? part->n : 0;
              position.index = j;
            }
          g_array_append_val (positions, position);
        }
    }
  if (positions->len == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "there is nothing to read: the conversation is empty");
      return false;
    }
  return true;
}

static bool
check_room (SenSession *session, uint32_t n_positions, GError **error)
{
  uint32_t n_ctx = session->placement.n_ctx;
  if (n_positions <= n_ctx)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_CONTEXT_FULL, "the conversation takes %u tokens and the context holds %u: %u must "
               "go", n_positions, n_ctx, n_positions - n_ctx);
  return false;
}

/* The pass for a step of @n positions: a single token goes the recorded decode way, tapped where taps are set. */
static SenPass *
choose_pass (SenSession *session, uint32_t n, bool has_embeddings)
{
  if (n == 1 && session->has_taps)
    return session->tapped_decode;
  return n > 1 || has_embeddings ? session->prefill : session->decode;
}

/* How many of @n_left positions the next batch takes: a part that is read together alone and whole, else up to the next of these. */
static uint32_t
count_batch (const SenSession *session, const Position *positions, uint32_t n_max, uint32_t n_left)
{
  if (positions[0].n_together > 0)
    return positions[0].n_together;
  uint32_t n = MIN (n_max, n_left);
  if (session->prefill != NULL)
    n = MIN (n, sen_pass_max_tokens (session->prefill));
  for (uint32_t i = 1; i < n; i++)
    if (positions[i].n_together > 0)
      return i;
  return n;
}

static void
take_batch (SenSession *session, const SenBatch *batch, const Position *positions)
{
  for (uint32_t i = 0; i < batch->n_tokens; i++)
    g_array_append_val (session->timeline, positions[i].key);
  session->has_logits = true;
  session->logits_row = batch->n_out - 1;
}

bool
sen_session_lost (GError **error)
{
  g_set_error_literal (error, SEN_ERROR, SEN_ERROR_DEVICE, "the model lost its device and found no other; load it again");
  return false;
}

static bool
run_batch (SenSession *session, SenPass *pass, const SenBatch *batch, const Position *positions, SenCancel *cancel, GError **error)
{
  session->has_logits = session->was_tapped = false;
  if (pass == NULL)
    return sen_session_lost (error);
  if (!sen_pass_run (pass, batch, session->logits, cancel, error))
    return false;
  take_batch (session, batch, positions);
  session->was_tapped = session->has_taps && pass == session->tapped_decode;
  return true;
}

/* Puts down where what is about to be read stands: behind the timeline. */
static const SenPlace *
note_places (SenSession *session, const Position *positions, uint32_t n)
{
  g_array_set_size (session->places, session->timeline->len);
  for (uint32_t i = 0; i < n; i++)
    g_array_append_val (session->places, positions[i].place);
  return &g_array_index (session->places, SenPlace, session->timeline->len);
}

/* Reads a part together after the timeline; logits of its last position. */
static bool
read_together (SenSession *session, const Position *positions, SenCancel *cancel, GError **error)
{
  uint32_t n = positions[0].n_together;
  if (session->prefill != NULL && n > session->n_together)
    {
      const SenPassShape shape = together_shape (n);
      g_clear_pointer (&session->together, sen_pass_free);
      session->n_together = 0;
      g_autoptr (GError) full = NULL;
      session->together = sen_pass_new (&session->placement, &shape, &full);
      if (session->together == NULL)
        {
          /* What only looks goes before what reads. */
          sen_session_drop_revisits (session);
          session->together = sen_pass_new (&session->placement, &shape, error);
        }
      if (session->together == NULL)
        return false;
      session->n_together = n;
      session->together_ids = g_renew (int32_t, session->together_ids, n);
      for (uint32_t i = 0; i < n; i++)
        session->together_ids[i] = -1 - (int32_t) i;
    }
  session->out_rows[0] = (int32_t) n - 1;
  const SenBatch batch = {
    .ids = session->together_ids, .embeddings = positions[0].embedding, .n_embeddings = n, .n_tokens = n,
    .n_past = session->timeline->len, .places = note_places (session, positions, n), .out_rows = session->out_rows, .n_out = 1,
    .tap_row = n - 1, .n_tap_row = 1,
  };
  return run_batch (session, session->together, &batch, positions, cancel, error);
}

/* Reads positions[0..n) after the timeline; logits of the last @n_out of them. */
static bool
read_batch (SenSession *session, const Position *positions, uint32_t n, uint32_t n_out, SenCancel *cancel, GError **error)
{
  if (positions[0].n_together > 0)
    return read_together (session, positions, cancel, error);
  uint32_t n_embd = session->model->hp.n_embd, n_embeddings = 0;
  for (uint32_t i = 0; i < n; i++)
    {
      session->ids[i] = positions[i].token;
      if (positions[i].embedding == NULL)
        continue;
      if (session->embeddings == NULL)
        session->embeddings = g_new (float, (gsize) session->n_batch * n_embd);
      memcpy (session->embeddings + (size_t) n_embeddings * n_embd, positions[i].embedding, n_embd * sizeof (float));
      session->ids[i] = -1 - (int32_t) n_embeddings++;
    }
  for (uint32_t i = 0; i < n_out; i++)
    session->out_rows[i] = (int32_t) (n - n_out + i);

  const SenBatch batch = {
    .ids = session->ids,
    .embeddings = session->embeddings,
    .n_embeddings = n_embeddings,
    .n_tokens = n,
    .n_past = session->timeline->len,
    .places = note_places (session, positions, n),
    .out_rows = session->out_rows,
    .n_out = n_out,
    .tap_row = n - 1,
    .n_tap_row = 1,
  };
  return run_batch (session, choose_pass (session, n, n_embeddings > 0), &batch, positions, cancel, error);
}

/* How many positions at the front are there already. The last is always read anew: its logits are what the caller came for. */
static uint32_t
count_common (const SenSession *session, const Position *positions, uint32_t n_total)
{
  uint32_t n = 0;
  while (n < MIN (session->timeline->len, n_total - 1)
         && g_array_index (session->timeline, uint64_t, n) == positions[n].key)
    n++;
  /* Of a part that is read together each position knows the whole of it. */
  return positions[n].n_together > 0 ? n - positions[n].index : n;
}

bool
sen_session_holds (SenSession *session, const SenPart *parts, size_t n_parts)
{
  uint32_t at = 0;
  for (size_t i = 0; i < n_parts; i++)
    for (uint32_t j = 0; j < parts[i].n; j++, at++)
      if (at >= session->timeline->len || g_array_index (session->timeline, uint64_t, at) != position_key (&parts[i], j))
        return false;
  return true;
}

bool
sen_session_sync (SenSession *session, const SenPart *parts, size_t n_parts, SenSessionProgress progress, gpointer user_data,
                  SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (Position));
  if (!sen_session_list_positions (session, parts, n_parts, list, error) || !check_room (session, list->len, error))
    return false;

  const Position *positions = (const Position *) list->data;
  uint32_t n_total = list->len, n_common = count_common (session, positions, n_total);
  sen_session_truncate (session, n_common);
  session->n_read = n_total - n_common;

  while (session->timeline->len < n_total)
    {
      uint32_t n_done = session->timeline->len;
      uint32_t n = count_batch (session, positions + n_done, session->n_batch, n_total - n_done);
      /* Taps belong to decode steps: the last token gets one of its own. */
      if (session->has_taps && n > 1 && n_done + n == n_total && positions[n_done].n_together == 0)
        n--;
      if (!read_batch (session, positions + n_done, n, 1, cancel, error))
        return false;
      if (progress != NULL)
        progress (session->timeline->len - n_common, n_total - n_common, user_data);
    }
  return true;
}

bool
sen_session_append (SenSession *session, SenToken token, SenCancel *cancel, GError **error)
{
  if (!check_room (session, session->timeline->len + 1, error))
    return false;
  if (token < 0 || (uint32_t) token >= session->model->hp.n_vocab)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "token %d is not in the vocabulary of %u", token,
                   session->model->hp.n_vocab);
      return false;
    }
  uint32_t n_past = session->timeline->len, next = n_past > 0 ? g_array_index (session->places, SenPlace, n_past - 1).next : 0;
  const SenPart part = { .tokens = &token, .n = 1 };
  const Position position = { .key = (uint32_t) token, .token = token, .place = find_place (session->model, &part, 0, next) };
  return read_batch (session, &position, 1, 1, cancel, error);
}

void
sen_session_truncate (SenSession *session, uint32_t n_past)
{
  if (n_past >= session->timeline->len)
    return;
  g_array_set_size (session->timeline, n_past);
  session->has_logits = false;
}

const float *
sen_session_logits (const SenSession *session)
{
  return session->has_logits ? session->logits + (size_t) session->logits_row * session->model->hp.n_vocab : NULL;
}

bool
sen_session_score (SenSession *session, const SenPart *parts, size_t n_parts, SenLogitsRow row, gpointer user_data,
                   SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (Position));
  if (!sen_session_list_positions (session, parts, n_parts, list, error) || !check_room (session, list->len, error))
    return false;

  sen_session_truncate (session, 0);
  while (session->timeline->len < list->len)
    {
      uint32_t n_done = session->timeline->len;
      const Position *next = &g_array_index (list, Position, n_done);
      uint32_t n = count_batch (session, next, session->n_out_max, list->len - n_done), n_out = next->n_together > 0 ? 1 : n;
      if (!read_batch (session, next, n, n_out, cancel, error))
        return false;
      for (uint32_t i = 0; i < n_out; i++)
        row (n_done + n - n_out + i, session->logits + (size_t) i * session->model->hp.n_vocab, user_data);
    }
  return true;
}

/* --- Taps ----------------------------------------------------------------------------------------------------------- */

bool
sen_session_set_taps (SenSession *session, const SenTaps *taps, GError **error)
{
  const SenHyperparams *hp = &session->model->hp;
  g_clear_pointer (&session->tapped_decode, sen_pass_free);
  g_clear_pointer (&session->tap_attention, g_free);
  g_clear_pointer (&session->tap_hidden, g_free);
  session->has_taps = session->was_tapped = false;
  if (taps == NULL)
    return true;
  if (!sen_taps_check (taps, hp, error))
    return false;

  g_free (session->attention_layers);
  g_free (session->hidden_layers);
  session->attention_layers = g_memdup2 (taps->attention_layers, taps->n_attention_layers * sizeof (uint32_t));
  session->hidden_layers = g_memdup2 (taps->hidden_layers, taps->n_hidden_layers * sizeof (uint32_t));
  session->taps = *taps;
  session->taps.attention_layers = session->attention_layers;
  session->taps.hidden_layers = session->hidden_layers;
  session->taps.n_part_layers = 0;

  session->tapped_decode = new_tapped_decode (session, error);
  if (session->tapped_decode == NULL)
    return false;
  session->tap_attention = g_new0 (float, (gsize) sen_taps_n_head (&session->taps, hp) * session->placement.n_ctx);
  session->tap_hidden = g_new0 (float, hp->n_embd);
  session->has_taps = true;
  return true;
}

const float *
sen_session_tapped_attention (SenSession *session, uint32_t index, uint32_t *n_head_tapped)
{
  if (!session->was_tapped || !session->has_logits || index >= session->taps.n_attention_layers)
    return NULL;
  *n_head_tapped = sen_taps_n_head (&session->taps, &session->model->hp);
  return sen_pass_read_attention (session->tapped_decode, index, 1, session->tap_attention, NULL) ? session->tap_attention : NULL;
}

const float *
sen_session_tapped_hidden (SenSession *session, uint32_t index)
{
  if (!session->was_tapped || !session->has_logits || index >= session->taps.n_hidden_layers)
    return NULL;
  return sen_pass_read_hidden (session->tapped_decode, index, 1, session->tap_hidden, NULL) ? session->tap_hidden : NULL;
}
