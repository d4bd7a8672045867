/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "sen-error.h"
#include "sen-head-mask.h"
#include "sen-pass-private.h"

/* Ops [first, end) on one device. */
typedef struct {
  SenProgram *program;
  uint32_t    first, end;
} Stage;

struct SenPass {
  /* Owned */
  SenPlan   *plan;
  Stage      stages[SEN_MAX_STAGES];
  uint32_t   n_stages;
  float     *rope_table;     /* [n_batch][n_rot], filled anew for each batch */
  float     *crossing;       /* [n_batch][n_col] of the tensor that leaves the first stage */
  SenTensor *hidden_taps;    /* [n] */
  SenTensor *attention_taps; /* [n] */
  SenTensor *part_taps;      /* [2 n]: heads and feed-forward of each layer */

  /* Borrowed */
  const SenPlacement *placement;

  SenTensor ids, embeddings, rope, rope_local, out_rows, logits, embedded;
  SenTensor crossing_tensor;
  uint32_t  n_batch, n_vocab;
  uint32_t  n_head_tapped;
  uint32_t  n_ops;           /* of the plan's: those behind are not needed */
};

bool
sen_taps_check (const SenTaps *taps, const SenHyperparams *hp, GError **error)
{
  const struct { const uint32_t *layers; uint32_t n; } lists[] = {
    { taps->attention_layers, taps->n_attention_layers },
    { taps->hidden_layers, taps->n_hidden_layers },
    { taps->part_layers, taps->n_part_layers },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++)
    for (uint32_t j = 0; j < lists[i].n; j++)
      if (lists[i].layers[j] >= hp->n_layer)
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "there is no layer %u to look into: the model has %u", lists[i].layers[j],
                       hp->n_layer);
          return false;
        }
  return sen_head_mask_check (taps->head_mask, hp->n_head, error);
}

uint32_t
sen_taps_n_head (const SenTaps *taps, const SenHyperparams *hp)
{
  return sen_head_mask_count (taps->head_mask, hp->n_head);
}

/* Which layers' attention to bring out, and of which heads: all of them when the mask is empty. */
static void
ask_for_attention (SenForward *forward, const SenTaps *taps, bool *tap_layer)
{
  sen_head_mask_complete (taps->head_mask, forward->model->hp.n_head, forward->head_mask);
  for (uint32_t i = 0; i < taps->n_attention_layers; i++)
    tap_layer[taps->attention_layers[i]] = true;
  forward->tap_layer = tap_layer;
}

/* Tensors that are used further on are kept for the host beside. */
static SenTensor
bring_out (SenPass *pass, SenTensor tensor, const char *name)
{
  if (sen_plan_tensor (pass->plan, tensor)->role == SEN_ROLE_SCRATCH)
    sen_plan_output (pass->plan, tensor, name);
  return tensor;
}

static void
keep_taps (SenPass *pass, const SenForward *forward, const SenTaps *taps)
{
  pass->n_head_tapped = sen_taps_n_head (taps, &forward->model->hp);
  pass->attention_taps = g_new0 (SenTensor, taps->n_attention_layers + 1);
  for (uint32_t i = 0; i < taps->n_attention_layers; i++)
    pass->attention_taps[i] = forward->attention[taps->attention_layers[i]];

  pass->hidden_taps = g_new0 (SenTensor, taps->n_hidden_layers + 1);
  for (uint32_t i = 0; i < taps->n_hidden_layers; i++)
    pass->hidden_taps[i] = bring_out (pass, forward->hidden[taps->hidden_layers[i]], "hidden");

  pass->part_taps = g_new0 (SenTensor, 2 * (gsize) taps->n_part_layers + 1);
  for (uint32_t i = 0; i < taps->n_part_layers; i++)
    {
      pass->part_taps[2 * i] = bring_out (pass, forward->heads[taps->part_layers[i]], "heads");
      pass->part_taps[2 * i + 1] = bring_out (pass, forward->feed_forward[taps->part_layers[i]], "feed forward");
    }
  if (taps->n_part_layers > 0)
    pass->embedded = bring_out (pass, forward->embedded, "embedded");
}

/* SEN_NO_TENSOR where there are no logits. */
static SenTensor
build_forward (const SenPassShape *shape, SenForward *forward)
{
  switch (shape->kind)
    {
    case SEN_PASS_LAYER_ROWS:
      forward->attention[shape->layer] = sen_forward_layer_rows (forward, shape->layer, forward->embeddings);
      return SEN_NO_TENSOR;
    case SEN_PASS_OUTPUT:
      return sen_forward_logits (forward, forward->embeddings);
    case SEN_PASS_WHOLE:
      break;
    }
  SenTensor logits = forward->model->family->forward (forward);
  return shape->n_out_max > 0 ? logits : SEN_NO_TENSOR;
}

static bool
makes_output (const SenPlan *plan, uint32_t op)
{
  for (int j = 0; j < SEN_OP_MAX_OUT; j++)
    {
      SenTensor out = sen_plan_op (plan, op)->out[j];
      if (out != SEN_NO_TENSOR && sen_plan_tensor (plan, out)->role == SEN_ROLE_OUTPUT)
        return true;
    }
  return false;
}

static void
build_plan (SenPass *pass, const SenPassShape *shape)
{
  const SenTaps *taps = shape->taps;
  const SenPlacement *placement = pass->placement;
  const SenHyperparams *hp = &placement->model->hp;
  g_autofree SenTensor *layer_tensors = g_new0 (SenTensor, 4 * (gsize) hp->n_layer);
  g_autofree bool *tap_layer = g_new0 (bool, hp->n_layer);

  pass->plan = sen_plan_new (pass->n_batch, MAX (shape->n_out_max, 1));
  pass->ids = sen_plan_input (pass->plan, "ids", SEN_TYPE_I32, SEN_ROWS_TOKENS, 1);
  pass->embeddings = shape->with_embeddings
                       ? sen_plan_input (pass->plan, "embeddings", SEN_TYPE_F32, SEN_ROWS_TOKENS, hp->n_embd)
                       : SEN_NO_TENSOR;
  pass->rope = sen_plan_input (pass->plan, "rope", SEN_TYPE_F32, SEN_ROWS_TOKENS, placement->rope->n_rot);
  pass->rope_local = placement->rope_local != NULL
                       ? sen_plan_input (pass->plan, "rope local", SEN_TYPE_F32, SEN_ROWS_TOKENS,
                                         placement->rope_local->n_rot)
                       : SEN_NO_TENSOR;
  pass->out_rows = sen_plan_input (pass->plan, "out rows", SEN_TYPE_I32, SEN_ROWS_OUT, 1);

  SenForward forward = {
    .model = placement->model,
    .plan = pass->plan,
    .ids = pass->ids,
    .embeddings = pass->embeddings,
    .rope = pass->rope,
    .rope_local = pass->rope_local,
    .out_rows = pass->out_rows,
    .k_cache = placement->k_cache,
    .v_cache = placement->v_cache,
    .n_ctx = placement->n_ctx,
    .together = shape->together,
    .revisit = shape->revisit,
    .n_tap_row_max = MAX (shape->n_tap_row_max, 1),
    .exact = sen_device_info (placement->devices[0])->exact,
    .hidden = layer_tensors,
    .attention = layer_tensors + hp->n_layer,
    .heads = layer_tensors + 2 * hp->n_layer,
    .feed_forward = layer_tensors + 3 * hp->n_layer,
  };
  if (taps != NULL)
    ask_for_attention (&forward, taps, tap_layer);
  pass->logits = build_forward (shape, &forward);
  if (pass->logits != SEN_NO_TENSOR)
    sen_plan_output (pass->plan, pass->logits, "logits");
  if (taps != NULL)
    keep_taps (pass, &forward, taps);

  SenFusion fusion = sen_device_fusion (placement->devices[0]);
  if (placement->devices[1] != NULL)
    fusion &= sen_device_fusion (placement->devices[1]);
  sen_plan_finish (pass->plan, fusion);

  pass->n_ops = sen_plan_n_ops (pass->plan);
  while (pass->n_ops > 1 && !makes_output (pass->plan, pass->n_ops - 1))
    pass->n_ops--;
}

static bool
stage_uses (const SenPass *pass, const Stage *stage, SenTensor tensor)
{
  for (uint32_t i = stage->first; i < stage->end; i++)
    for (int j = 0; j < SEN_OP_MAX_IN; j++)
      if (sen_plan_op (pass->plan, i)->in[j] == tensor)
        return true;
  return false;
}

static bool
stage_makes (const SenPass *pass, const Stage *stage, SenTensor tensor)
{
  for (uint32_t i = stage->first; i < stage->end; i++)
    for (int j = 0; j < SEN_OP_MAX_OUT; j++)
      if (sen_plan_op (pass->plan, i)->out[j] == tensor)
        return true;
  return false;
}

/* The residual stream is all that leaves one device for the other. */
static void
find_crossing (SenPass *pass)
{
  pass->crossing_tensor = SEN_NO_TENSOR;
  if (pass->n_stages < 2)
    return;
  for (SenTensor t = 0; t < sen_plan_n_tensors (pass->plan); t++)
    if (stage_makes (pass, &pass->stages[0], t) && stage_uses (pass, &pass->stages[1], t))
      {
        g_assert (pass->crossing_tensor == SEN_NO_TENSOR);
        pass->crossing_tensor = t;
      }
  const SenTensorInfo *info = sen_plan_tensor (pass->plan, pass->crossing_tensor);
  pass->crossing = g_new (float, (gsize) info->n_row * info->n_col);
}

static bool
compile_stages (SenPass *pass, GError **error)
{
  const SenPlacement *placement = pass->placement;
  uint32_t split = 0;
  while (split < pass->n_ops && sen_plan_op (pass->plan, split)->layer < placement->n_layer_first)
    split++;

  const uint32_t edges[] = { 0, split, pass->n_ops };
  for (uint32_t i = 0; i < SEN_MAX_STAGES; i++)
    {
      if (edges[i] == edges[i + 1])
        continue;
      Stage *stage = &pass->stages[pass->n_stages];
      stage->first = edges[i];
      stage->end = edges[i + 1];
      stage->program = sen_device_compile (placement->devices[i], pass->plan, stage->first, stage->end - stage->first, error);
      if (stage->program == NULL)
        return false;
      pass->n_stages++;
    }
  find_crossing (pass);
  return true;
}

/* Nothing of it is compiled yet. */
static SenPass *
new_plan (const SenPlacement *placement, const SenPassShape *shape)
{
  SenPass *pass = g_new0 (SenPass, 1);
  pass->placement = placement;
  pass->n_batch = shape->n_batch;
  pass->n_vocab = placement->model->hp.n_vocab;
  build_plan (pass, shape);
  return pass;
}

uint64_t
sen_pass_arena_bytes (const SenPlacement *placement, const SenPassShape *shape)
{
  g_autoptr (SenPass) pass = new_plan (placement, shape);
  return sen_plan_arena_bytes (pass->plan);
}

SenPass *
sen_pass_new (const SenPlacement *placement, const SenPassShape *shape, GError **error)
{
  g_autoptr (SenPass) pass = new_plan (placement, shape);
  uint32_t n_rot = placement->rope->n_rot;
  if (placement->rope_local != NULL)
    n_rot = MAX (n_rot, placement->rope_local->n_rot);
  pass->rope_table = g_new (float, (gsize) shape->n_batch * n_rot);

  if (!compile_stages (pass, error))
    return NULL;
  return g_steal_pointer (&pass);
}

void
sen_pass_free (SenPass *pass)
{
  if (pass == NULL)
    return;
  for (uint32_t i = 0; i < pass->n_stages; i++)
    sen_program_free (pass->stages[i].program);
  sen_plan_free (pass->plan);
  g_free (pass->rope_table);
  g_free (pass->crossing);
  g_free (pass->hidden_taps);
  g_free (pass->attention_taps);
  g_free (pass->part_taps);
  g_free (pass);
}

static bool
write_rope (SenPass *pass, const Stage *stage, SenTensor tensor, const SenRope *rope, const SenBatch *batch, GError **error)
{
  if (tensor == SEN_NO_TENSOR || !stage_uses (pass, stage, tensor))
    return true;
  sen_rope_fill (rope, batch->places, batch->n_tokens, pass->rope_table);
  return sen_program_write (stage->program, tensor, pass->rope_table, batch->n_tokens * rope->n_rot * sizeof (float), error);
}

static bool
write_inputs (SenPass *pass, const Stage *stage, const SenBatch *batch, GError **error)
{
  const SenPlacement *placement = pass->placement;
  SenProgram *program = stage->program;

  if (stage_uses (pass, stage, pass->ids)
      && !sen_program_write (program, pass->ids, batch->ids, batch->n_tokens * sizeof (int32_t), error))
    return false;
  if (batch->n_embeddings > 0 && stage_uses (pass, stage, pass->embeddings)
      && !sen_program_write (program, pass->embeddings, batch->embeddings,
                             (size_t) batch->n_embeddings * placement->model->hp.n_embd * sizeof (float), error))
    return false;
  if (stage_uses (pass, stage, pass->out_rows)
      && !sen_program_write (program, pass->out_rows, batch->out_rows, batch->n_out * sizeof (int32_t), error))
    return false;
  return write_rope (pass, stage, pass->rope, placement->rope, batch, error)
         && write_rope (pass, stage, pass->rope_local, placement->rope_local, batch, error);
}

static void
cap_logits (float *logits, size_t n, float cap)
{
  for (size_t i = 0; i < n; i++)
    logits[i] = cap * tanhf (logits[i] / cap);
}

bool
sen_pass_run (SenPass *pass, const SenBatch *batch, float *logits, SenCancel *cancel, GError **error)
{
  const struct sen_step step = {
    .n_tokens = batch->n_tokens, .n_past = batch->n_past, .n_out = batch->n_out,
    .tap_row = batch->tap_row, .n_tap_row = batch->n_tap_row,
  };
  g_assert (batch->n_tokens > 0 && batch->n_tokens <= pass->n_batch);
  g_assert (batch->n_embeddings == 0 || pass->embeddings != SEN_NO_TENSOR);

  for (uint32_t i = 0; i < pass->n_stages; i++)
    {
      Stage *stage = &pass->stages[i];
      if (!write_inputs (pass, stage, batch, error))
        return false;
      if (i > 0)
        {
          uint32_t n_col = sen_plan_tensor (pass->plan, pass->crossing_tensor)->n_col;
          size_t n_bytes = (size_t) batch->n_tokens * n_col * sizeof (float);
          if (!sen_program_read (pass->stages[i - 1].program, pass->crossing_tensor, pass->crossing, n_bytes, error)
              || !sen_program_write (stage->program, pass->crossing_tensor, pass->crossing, n_bytes, error))
            return false;
        }
      if (!sen_program_run (stage->program, &step, cancel, error))
        return false;
    }

  size_t n_logits = pass->logits != SEN_NO_TENSOR ? (size_t) batch->n_out * pass->n_vocab : 0;
  if (n_logits > 0
      && !sen_program_read (pass->stages[pass->n_stages - 1].program, pass->logits, logits, n_logits * sizeof (float), error))
    return false;
  if (n_logits > 0 && pass->placement->model->hp.logit_softcap > 0.0f)
    cap_logits (logits, n_logits, pass->placement->model->hp.logit_softcap);

  return sen_weight_table_check (pass->placement->model->weights, error);
}

uint32_t
sen_pass_max_tokens (const SenPass *pass)
{
  uint32_t n = UINT32_MAX;
  for (uint32_t i = 0; i < pass->n_stages; i++)
    n = MIN (n, sen_program_max_tokens (pass->stages[i].program));
  return n;
}

static bool
read_tap (SenPass *pass, SenTensor tensor, float *values, size_t n_row, GError **error)
{
  size_t n_bytes = n_row * sen_plan_tensor (pass->plan, tensor)->n_col * sizeof (float);
  for (uint32_t i = 0; i < pass->n_stages; i++)
    if (stage_makes (pass, &pass->stages[i], tensor))
      return sen_program_read (pass->stages[i].program, tensor, values, n_bytes, error);
  g_assert_not_reached ();
}

bool
sen_pass_read_attention (SenPass *pass, uint32_t index, uint32_t n_tap_row, float *rows, GError **error)
{
  return read_tap (pass, pass->attention_taps[index], rows, (size_t) n_tap_row * pass->n_head_tapped, error);
}

bool
sen_pass_read_hidden (SenPass *pass, uint32_t index, uint32_t n_row, float *hidden, GError **error)
{
  return read_tap (pass, pass->hidden_taps[index], hidden, n_row, error);
}

bool
sen_pass_read_heads (SenPass *pass, uint32_t index, uint32_t n_row, float *heads, GError **error)
{
  return read_tap (pass, pass->part_taps[2 * index], heads, n_row, error);
}

bool
sen_pass_read_feed_forward (SenPass *pass, uint32_t index, uint32_t n_row, float *values, GError **error)
{
  return read_tap (pass, pass->part_taps[2 * index + 1], values, n_row, error);
}

bool
sen_pass_read_embedding (SenPass *pass, uint32_t n_row, float *embedding, GError **error)
{
  return read_tap (pass, pass->embedded, embedding, n_row, error);
}
