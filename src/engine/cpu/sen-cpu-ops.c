/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Every op but linear, spread over the pool where there is enough of it. One token's worth of the small ones is done by
 * the calling thread alone: it costs less than waking the others. */
#include <math.h>
#include <string.h>

#include "sen-cpu-private.h"

/* What the pool's functions get. */
typedef struct {
  CpuProgram            *program;
  const SenKernels      *kernels;
  const BoundOp         *bound;
  const struct sen_step *step;
  uint32_t               n_rows;
  uint32_t               heads_per_item, tokens_per_item;   /* attention of several tokens, or over few keys */
  uint32_t               n_stretches;                       /* attention of one token over many */
} Work;

/* Rows of small ops that one thread takes at a time; fewer are not worth sharing. */
#define ROWS_PER_CHUNK 8

static void
run_embed (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  const struct sen_embed_params *params = &work->bound->op->params.embed;
  const int32_t *ids = work->bound->in[0];
  const float *embeddings = work->bound->in[2];
  const SenWeight *table = work->bound->in_info[1]->weight;
  size_t row_bytes = sen_type_row_bytes (table->type, table->n_col);

  for (uint32_t t = first; t < end; t++)
    {
      float *y = (float *) work->bound->out[0] + (size_t) t * params->n_col;
      if (ids[t] < 0)
        {
          memcpy (y, embeddings + (size_t) (-1 - ids[t]) * params->n_col, params->n_col * sizeof (float));
          continue;
        }
      sen_dequantize (table->type, (const uint8_t *) table->data + (size_t) ids[t] * row_bytes, y, params->n_col);
      for (uint32_t i = 0; i < params->n_col; i++)
        y[i] *= params->scale;
    }
}

static void
run_rms_norm (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  const struct sen_rms_norm_params *params = &work->bound->op->params.rms_norm;
  const float *x = work->bound->in[0], *w = work->bound->in[1];
  float *y = work->bound->out[0];
  for (size_t i = (size_t) first * params->n_group; i < (size_t) end * params->n_group; i++)
    work->kernels->rms_norm (x + i * params->n_col, w, y + i * params->n_col, params->n_col, params->eps);
}

static void
run_layer_norm (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  const struct sen_layer_norm_params *params = &work->bound->op->params.layer_norm;
  for (uint32_t t = first; t < end; t++)
    {
      size_t at = (size_t) t * params->n_col;
      work->kernels->layer_norm ((const float *) work->bound->in[0] + at, work->bound->in[1], work->bound->in[2],
                                 (float *) work->bound->out[0] + at, params->n_col, params->eps);
    }
}

static void
run_add (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  uint32_t n_col = work->bound->op->params.add.n_col;
  size_t at = (size_t) first * n_col;
  work->kernels->add ((const float *) work->bound->in[0] + at, (const float *) work->bound->in[1] + at,
                      (float *) work->bound->out[0] + at, (end - first) * n_col);
}

static void
run_glu (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  const struct sen_glu_params *params = &work->bound->op->params.glu;
  size_t at = (size_t) first * params->n_col;
  work->kernels->glu ((const float *) work->bound->in[0] + at, (const float *) work->bound->in[1] + at,
                      (float *) work->bound->out[0] + at, (end - first) * params->n_col, params->act);
}

static void
run_activate (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  const struct sen_activate_params *params = &work->bound->op->params.activate;
  size_t at = (size_t) first * params->n_col;
  work->kernels->activate ((const float *) work->bound->in[0] + at, (float *) work->bound->out[0] + at,
                           (end - first) * params->n_col, params->act);
}

static void
run_unfold (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  const struct sen_unfold_params *params = &work->bound->op->params.unfold;
  const float *x = work->bound->in[0];
  float *y = (float *) work->bound->out[0] + (size_t) first * params->n_tap * params->n_col;
  int64_t n_in = sen_cpu_live_rows (work->bound->in_info[0], work->step);
  for (uint32_t t = first; t < end; t++)
    for (uint32_t k = 0; k < params->n_tap; k++, y += params->n_col)
      {
        int64_t row = (int64_t) params->stride * t + k - params->pad;
        if (row >= 0 && row < n_in)
          memcpy (y, x + row * params->n_col, params->n_col * sizeof (float));
        else
          memset (y, 0, params->n_col * sizeof (float));
      }
}

static void
rotate (const float *x, const float *table, float *y, const struct sen_rope_params *p)
{
  uint32_t half = p->n_rot / 2;
  for (uint32_t i = 0; i < half; i++)
    {
      uint32_t a = p->mode == SEN_ROPE_HALVES ? i : 2 * i, b = p->mode == SEN_ROPE_HALVES ? i + half : 2 * i + 1;
      float x0 = x[a], x1 = x[b], c = table[2 * i], s = table[2 * i + 1];
      y[a] = x0 * c - x1 * s;
      y[b] = x0 * s + x1 * c;
    }
  for (uint32_t i = p->n_rot; i < p->head_dim; i++)
    y[i] = x[i];
}

static void
run_rope (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  const struct sen_rope_params *params = &work->bound->op->params.rope;
  const float *table = work->bound->in[1];
  for (uint32_t t = first; t < end; t++)
    for (uint32_t h = 0; h < params->n_head; h++)
      {
        size_t at = ((size_t) t * params->n_head + h) * params->head_dim;
        rotate ((const float *) work->bound->in[0] + at, table + (size_t) t * params->n_rot,
                (float *) work->bound->out[0] + at, params);
      }
}

static void
run_store (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  const struct sen_store_params *params = &work->bound->op->params.store;
  const float *x = work->bound->in[0];
  uint32_t dim = params->head_dim;
  for (uint32_t t = first; t < end; t++)
    for (uint32_t h = 0; h < params->n_head; h++)
      {
        const float *values = x + ((size_t) t * params->n_head + h) * dim;
        size_t cell = ((size_t) h * params->n_ctx + work->step->n_past + t) * dim;
        if (work->bound->kv_type == SEN_TYPE_F16)
          work->kernels->narrow (values, (uint16_t *) work->bound->in[1] + cell, dim);
        else
          memcpy ((float *) work->bound->in[1] + cell, values, dim * sizeof (float));
      }
}

static void
run_gather (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Work *work = data;
  uint32_t n_col = work->bound->op->params.gather.n_col;
  const int32_t *rows = work->bound->in[1];
  for (uint32_t i = first; i < end; i++)
    memcpy ((float *) work->bound->out[0] + (size_t) i * n_col,
            (const float *) work->bound->in[0] + (size_t) rows[i] * n_col, n_col * sizeof (float));
}

/* --- Attention -------------------------------------------------------------------------------------------------------------------- */

/* The cells query t sees: [*first, *end). */
static void
visible_cells (const struct sen_attention_params *p, const struct sen_step *step, uint32_t t, uint32_t *first, uint32_t *end)
{
  uint32_t position = step->n_past + t;
  if (p->n_key > 0)
    {
      *first = 0;
      *end = p->n_key;
      return;
    }
  *end = p->causal ? position + 1 : step->n_past + step->n_tokens;
  *first = p->window > 0 && position + 1 > p->window ? position + 1 - p->window : 0;
}

static const void *
cache_of_head (const BoundOp *bound, int operand, const struct sen_attention_params *p, uint32_t kv_head)
{
  size_t row_bytes = sen_type_row_bytes (bound->kv_type, p->head_dim);
  return (const uint8_t *) bound->in[operand] + (size_t) kv_head * p->n_ctx * row_bytes;
}

static void
run_attention (gpointer data, uint32_t first_item, uint32_t end_item, uint32_t thread)
{
  const Work *work = data;
  const struct sen_attention_params *p = &work->bound->op->params.attention;
  uint32_t group = p->n_head / p->n_kv_head, n_splits = (group + work->heads_per_item - 1) / work->heads_per_item;
  uint32_t n_blocks = (work->n_rows + work->tokens_per_item - 1) / work->tokens_per_item;
  const float *q[SEN_ATTEND_QUERIES];
  float *o[SEN_ATTEND_QUERIES];
  uint32_t first[SEN_ATTEND_QUERIES], end[SEN_ATTEND_QUERIES];

  for (uint32_t item = first_item; item < end_item; item++)
    {
      /* Late blocks see the most keys: taken first, they do not end up last on one thread. */
      uint32_t block = n_blocks - 1 - item / (p->n_kv_head * n_splits);
      uint32_t kv_head = item % (p->n_kv_head * n_splits) / n_splits, split = item % n_splits;
      SenAttendArgs args = {
        .q = q, .o = o, .first = first, .end = end, .head_dim = p->head_dim, .scale = p->scale,
        .kv_type = work->bound->kv_type,
        .k = cache_of_head (work->bound, 1, p, kv_head),
        .v = cache_of_head (work->bound, 2, p, kv_head),
        .scratch = work->program->threads[thread].attend,
      };
      uint32_t end_token = MIN ((block + 1) * work->tokens_per_item, work->n_rows);
      uint32_t end_head = MIN ((split + 1) * work->heads_per_item, group);
      for (uint32_t t = block * work->tokens_per_item; t < end_token; t++)
        for (uint32_t h = split * work->heads_per_item; h < end_head; h++)
          {
            size_t at = ((size_t) t * p->n_head + kv_head * group + h) * p->head_dim;
            visible_cells (p, work->step, t, &first[args.n_query], &end[args.n_query]);
            q[args.n_query] = (const float *) work->bound->in[0] + at;
            o[args.n_query++] = (float *) work->bound->out[0] + at;
          }
      work->kernels->attend (&args);
    }
}

/* One token over one stretch of its keys. */
static void
run_attention_stretch (gpointer data, uint32_t first_item, uint32_t end_item, uint32_t thread)
{
  const Work *work = data;
  const struct sen_attention_params *p = &work->bound->op->params.attention;
  uint32_t group = p->n_head / p->n_kv_head, dim = p->head_dim;
  const float *q[SEN_ATTEND_QUERIES];
  float *o[SEN_ATTEND_QUERIES], max[SEN_ATTEND_QUERIES], sum[SEN_ATTEND_QUERIES];
  uint32_t first[SEN_ATTEND_QUERIES], end[SEN_ATTEND_QUERIES], first_cell, end_cell;
  visible_cells (p, work->step, 0, &first_cell, &end_cell);

  for (uint32_t item = first_item; item < end_item; item++)
    {
      uint32_t kv_head = item / work->n_stretches, stretch = item % work->n_stretches;
      for (uint32_t done = 0; done < group; done += SEN_ATTEND_QUERIES)
        {
          uint32_t head = kv_head * group + done;
          SenAttendArgs args = {
            .n_query = MIN (group - done, SEN_ATTEND_QUERIES),
            .q = q, .o = o, .first = first, .end = end, .head_dim = dim, .scale = p->scale,
            .kv_type = work->bound->kv_type,
            .k = cache_of_head (work->bound, 1, p, kv_head),
            .v = cache_of_head (work->bound, 2, p, kv_head),
            .scratch = work->program->threads[thread].attend,
            .max = max, .sum = sum,
          };
          for (uint32_t i = 0; i < args.n_query; i++)
            {
              first[i] = first_cell + stretch * SEN_STRETCH_KEYS;
              end[i] = MIN (first[i] + SEN_STRETCH_KEYS, end_cell);
              q[i] = (const float *) work->bound->in[0] + (size_t) (head + i) * dim;
              o[i] = work->program->stretches + ((size_t) (head + i) * work->n_stretches + stretch) * (dim + 2);
            }
          work->kernels->attend (&args);
          for (uint32_t i = 0; i < args.n_query; i++)
            {
              o[i][dim] = max[i];
              o[i][dim + 1] = sum[i];
            }
        }
    }
}

/* The stretches of a head to its output. */
static void
join_stretches (const Work *work, uint32_t head)
{
  uint32_t dim = work->bound->op->params.attention.head_dim;
  const float *stretches = work->program->stretches + (size_t) head * work->n_stretches * (dim + 2);
  float *o = (float *) work->bound->out[0] + (size_t) head * dim;
  float max = -INFINITY, sum = 0.0f;
  for (uint32_t i = 0; i < work->n_stretches; i++)
    max = MAX (max, stretches[i * (dim + 2) + dim]);
  memset (o, 0, dim * sizeof (float));
  for (uint32_t i = 0; i < work->n_stretches; i++)
    {
      const float *stretch = stretches + i * (dim + 2);
      float factor = expf (stretch[dim] - max);
      sum += factor * stretch[dim + 1];
      for (uint32_t j = 0; j < dim; j++)
        o[j] += factor * stretch[j];
    }
  for (uint32_t j = 0; j < dim; j++)
    o[j] /= sum;
}

static void
share_attention (Work *work, SenPool *pool)
{
  const struct sen_attention_params *p = &work->bound->op->params.attention;
  uint32_t group = p->n_head / p->n_kv_head, n_threads = sen_pool_n_threads (pool);

  if (work->n_rows == 1)
    {
      uint32_t first, end;
      visible_cells (p, work->step, 0, &first, &end);
      work->n_stretches = sen_cpu_n_stretches (end - first);
      if (work->n_stretches > 1)
        {
          sen_pool_run (pool, p->n_kv_head * work->n_stretches, 1, run_attention_stretch, work);
          for (uint32_t head = 0; head < p->n_head; head++)
            join_stretches (work, head);
          return;
        }
    }

  work->heads_per_item = MIN (group, SEN_ATTEND_QUERIES);
  /* One token: with fewer key-value heads than threads the queries of a head are shared out instead. */
  if (work->n_rows == 1 && p->n_kv_head < n_threads)
    work->heads_per_item = MAX (1, group * p->n_kv_head / n_threads);
  work->heads_per_item = MIN (work->heads_per_item, SEN_ATTEND_QUERIES);
  work->tokens_per_item = SEN_ATTEND_QUERIES / work->heads_per_item;
  uint32_t n_splits = (group + work->heads_per_item - 1) / work->heads_per_item;
  uint32_t n_blocks = (work->n_rows + work->tokens_per_item - 1) / work->tokens_per_item;
  sen_pool_run (pool, n_blocks * p->n_kv_head * n_splits, 1, run_attention, work);
}

/* A row and a key-value head at a time: the cells are brought together, then it is attention like any other. */
static void
run_attention_cells (gpointer data, uint32_t first_item, uint32_t end_item, uint32_t thread)
{
  const Work *work = data;
  const struct sen_attention_params *p = &work->bound->op->params.attention_cells.attention;
  uint32_t n_cell = work->bound->op->params.attention_cells.n_cell, group = p->n_head / p->n_kv_head;
  size_t row_bytes = sen_type_row_bytes (work->bound->kv_type, p->head_dim);
  const float *q[SEN_ATTEND_QUERIES];
  float *o[SEN_ATTEND_QUERIES];
  uint32_t first[SEN_ATTEND_QUERIES] = { 0 }, end[SEN_ATTEND_QUERIES];

  for (uint32_t item = first_item; item < end_item; item++)
    {
      uint32_t t = item / p->n_kv_head, kv_head = item % p->n_kv_head, n = 0;
      const int32_t *cells = (const int32_t *) work->bound->in[3] + (size_t) t * n_cell;
      const uint8_t *keys = cache_of_head (work->bound, 1, p, kv_head), *values = cache_of_head (work->bound, 2, p, kv_head);
      uint8_t *k = work->program->threads[thread].listed, *v = k + n_cell * row_bytes;
      for (; n < n_cell && cells[n] >= 0; n++)
        {
          memcpy (k + n * row_bytes, keys + (size_t) cells[n] * row_bytes, row_bytes);
          memcpy (v + n * row_bytes, values + (size_t) cells[n] * row_bytes, row_bytes);
        }
      for (uint32_t done = 0; done < group; done += SEN_ATTEND_QUERIES)
        {
          SenAttendArgs args = {
            .n_query = MIN (group - done, SEN_ATTEND_QUERIES),
            .q = q, .o = o, .first = first, .end = end, .head_dim = p->head_dim, .scale = p->scale,
            .kv_type = work->bound->kv_type, .k = k, .v = v, .scratch = work->program->threads[thread].attend,
          };
          for (uint32_t i = 0; i < args.n_query; i++)
            {
              size_t at = ((size_t) t * p->n_head + kv_head * group + done + i) * p->head_dim;
              end[i] = n;
              q[i] = (const float *) work->bound->in[0] + at;
              o[i] = (float *) work->bound->out[0] + at;
            }
          work->kernels->attend (&args);
        }
    }
}

/* Rows of attention that one item makes. */
#define TAPS_PER_ITEM 8

/* The n-th head of a mask. */
static uint32_t
tapped_head (const uint32_t mask[4], uint32_t n)
{
  for (uint32_t head = 0; head < 128; head++)
    if ((mask[head / 32] >> (head % 32) & 1) && n-- == 0)
      return head;
  return 0;
}

/* An item is a head of a few rows, which share the keys that are widened on the way. */
static void
run_attention_rows (gpointer data, uint32_t first_item, uint32_t end_item, uint32_t thread)
{
  const Work *work = data;
  const struct sen_attention_rows_params *params = &work->bound->op->params.attention_rows;
  const struct sen_attention_params *p = &params->attention;
  float *wide = work->program->threads[thread].row;
  size_t row_bytes = sen_type_row_bytes (work->bound->kv_type, p->head_dim);

  for (uint32_t item = first_item; item < end_item; item++)
    {
      uint32_t nth = item % params->n_head_tapped, head = tapped_head (params->head_mask, nth);
      uint32_t row = item / params->n_head_tapped * TAPS_PER_ITEM, n_row = MIN (TAPS_PER_ITEM, work->step->n_tap_row - row);
      const uint8_t *keys = cache_of_head (work->bound, 1, p, head / (p->n_head / p->n_kv_head));
      uint32_t first[TAPS_PER_ITEM], end[TAPS_PER_ITEM], lowest = UINT32_MAX, highest = 0;
      const float *q[TAPS_PER_ITEM];
      float *weights[TAPS_PER_ITEM];
      for (uint32_t i = 0; i < n_row; i++)
        {
          uint32_t t = work->step->tap_row + row + i;
          visible_cells (p, work->step, t, &first[i], &end[i]);
          lowest = MIN (lowest, first[i]);
          highest = MAX (highest, end[i]);
          q[i] = (const float *) work->bound->in[0] + ((size_t) t * p->n_head + head) * p->head_dim;
          weights[i] = (float *) work->bound->out[0] + ((size_t) (row + i) * params->n_head_tapped + nth) * p->n_ctx;
          memset (weights[i], 0, p->n_ctx * sizeof (float));
        }

      for (uint32_t at = lowest; at < highest; at += SEN_TAP_KEYS)
        {
          uint32_t stop = MIN (at + SEN_TAP_KEYS, highest);
          const float *k = (const float *) (keys + at * row_bytes);
          if (work->bound->kv_type == SEN_TYPE_F16)
            {
              work->kernels->widen (SEN_TYPE_F16, keys + at * row_bytes, wide, (stop - at) * p->head_dim);
              k = wide;
            }
          for (uint32_t i = 0; i < n_row; i++)
            for (uint32_t j = MAX (at, first[i]); j < MIN (stop, end[i]); j++)
              weights[i][j] = p->scale * work->kernels->dot (q[i], k + (size_t) (j - at) * p->head_dim, p->head_dim);
        }
      for (uint32_t i = 0; i < n_row; i++)
        work->kernels->softmax (weights[i] + first[i], end[i] - first[i]);
    }
}

/* --- Dispatch ------------------------------------------------------------------------------------------------------------------------ */

void
sen_cpu_run_op (CpuProgram *program, const BoundOp *bound, const struct sen_step *step)
{
  static const SenPoolFunc row_funcs[SEN_N_OPS] = {
    [SEN_OP_EMBED] = run_embed, [SEN_OP_RMS_NORM] = run_rms_norm, [SEN_OP_LAYER_NORM] = run_layer_norm, [SEN_OP_ADD] = run_add,
    [SEN_OP_GLU] = run_glu,     [SEN_OP_ACTIVATE] = run_activate, [SEN_OP_UNFOLD] = run_unfold,         [SEN_OP_ROPE] = run_rope,
    [SEN_OP_STORE] = run_store, [SEN_OP_GATHER] = run_gather,
  };
  CpuDevice *cpu = (CpuDevice *) program->base.device;
  Work work = {
    .program = program,
    .kernels = cpu->kernels,
    .bound = bound,
    .step = step,
    .n_rows = sen_cpu_live_rows (bound->out_info[0] != NULL ? bound->out_info[0] : bound->in_info[0], step),
  };

  if (bound->op->kind == SEN_OP_LINEAR)
    sen_cpu_linear (program, bound, step);
  else if (bound->op->kind == SEN_OP_ATTENTION)
    share_attention (&work, cpu->pool);
  else if (bound->op->kind == SEN_OP_ATTENTION_CELLS)
    sen_pool_run (cpu->pool, work.n_rows * bound->op->params.attention_cells.attention.n_kv_head, 1, run_attention_cells, &work);
  else if (bound->op->kind == SEN_OP_ATTENTION_ROWS)
    sen_pool_run (cpu->pool, (step->n_tap_row + TAPS_PER_ITEM - 1) / TAPS_PER_ITEM * bound->op->params.attention_rows.n_head_tapped, 1,
                  run_attention_rows, &work);
  else
    sen_pool_run (cpu->pool, work.n_rows, ROWS_PER_CHUNK, row_funcs[bound->op->kind], &work);
}
