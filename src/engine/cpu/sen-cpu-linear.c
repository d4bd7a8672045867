/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The linear op in two shapes. For one or two tokens (decoding) each thread walks down its share of the weight rows, which
 * are read once from memory at the speed of memory. For more, rows are unpacked into tiles that all tokens share, so the
 * cost of unpacking is divided by the tokens. Both take 8-bit activations where the weights are quantized and the device
 * is not exact, f32 otherwise. */
#include <string.h>

#include "sen-cpu-private.h"

#define ROWS_PER_ITEM 32      /* of one token */
#define MAX_MV_TOKENS 2
#define TILES_PER_ITEM 4      /* when x does not fit the L2 cache whole: tiles that share a block of its columns */

typedef struct {
  CpuProgram       *program;
  const SenKernels *kernels;
  const BoundOp    *bound;
  const float      *x;          /* [n][n_in], normed */
  uint32_t          n;          /* live rows */
  uint32_t          n_in;
  bool              exact;
  uint32_t          rows_per_item;
  uint32_t          n_items[3];  /* of each weight */
} Linear;

static const SenWeight *
weight_of (const Linear *l, uint32_t index)
{
  return l->bound->in_info[SEN_LINEAR_W0 + index]->weight;
}

static bool
uses_q8 (const Linear *l, const SenWeight *weight)
{
  return !l->exact && sen_type_info (weight->type)->is_quantized;
}

static bool
is_gated (const Linear *l)
{
  return l->bound->op->params.linear.act != SEN_ACT_NONE && l->bound->op->params.linear.n_weight == 2;
}

static bool
is_activated (const Linear *l)
{
  return l->bound->op->params.linear.act != SEN_ACT_NONE && l->bound->op->params.linear.n_weight == 1;
}

/* The activations of row @t. */
static SenQ8Row
q8_row (const Linear *l, uint32_t t)
{
  const SenQ8Row *q8 = &l->program->q8;
  return (SenQ8Row) {
    .q = q8->q + (size_t) t * l->n_in,
    .low = q8->low + (size_t) t * l->n_in,
    .d = q8->d + (size_t) t * (l->n_in / 32),
    .sum16 = q8->sum16 + (size_t) t * (l->n_in / 16),
    .sum32 = q8->sum32 + (size_t) t * (l->n_in / 32),
    .wide = q8->wide + t * sen_q8_n_masks (l->n_in),
  };
}

/* Norms and quantizes rows of x. */
static void
prepare_rows (gpointer data, uint32_t first, uint32_t end, uint32_t thread)
{
  const Linear *l = data;
  const struct sen_linear_params *params = &l->bound->op->params.linear;
  const float *x = l->bound->in[SEN_LINEAR_X], *norm = l->bound->in[SEN_LINEAR_NORM], *norm_bias = l->bound->in[SEN_LINEAR_NORM_B];
  bool needs_q8 = false;
  for (uint32_t i = 0; i < params->n_weight; i++)
    needs_q8 |= uses_q8 (l, weight_of (l, i));

  for (uint32_t t = first; t < end; t++)
    {
      const float *row = x + (size_t) t * l->n_in;
      if (norm != NULL)
        {
          float *normed = l->program->normed + (size_t) t * l->n_in;
          if (norm_bias != NULL)
            l->kernels->layer_norm (row, norm, norm_bias, normed, l->n_in, params->eps);
          else
            l->kernels->rms_norm (row, norm, normed, l->n_in, params->eps);
          row = normed;
        }
      if (needs_q8)
        {
          SenQ8Row q8 = q8_row (l, t);
          l->kernels->quantize_q8 (row, &q8, l->n_in, l->n <= MAX_MV_TOKENS ? 0.0f : SEN_Q8_WIDE_FROM);
        }
    }
}

/* Which weight an item belongs to, and its first row. */
static uint32_t
locate_item (const Linear *l, uint32_t item, uint32_t *first_row)
{
  uint32_t index = 0;
  while (item >= l->n_items[index])
    item -= l->n_items[index++];
  *first_row = item * l->rows_per_item;
  return index;
}

/* --- One or two tokens -------------------------------------------------------------------------------------------------------------- */

static void
mul_rows (const Linear *l, const SenWeight *weight, uint32_t first_row, uint32_t n_rows, uint32_t t, uint32_t thread, float *y)
{
  size_t row_bytes = sen_type_row_bytes (weight->type, weight->n_col);
  const uint8_t *rows = (const uint8_t *) weight->data + first_row * row_bytes;
  if (uses_q8 (l, weight))
    {
      SenQ8Row x = q8_row (l, t);
      l->kernels->mul_mv_q8 (weight->type, rows, row_bytes, n_rows, l->n_in, &x, y);
      return;
    }

  const float *x = l->x + (size_t) t * l->n_in;
  float *wide = l->program->threads[thread].row;
  for (uint32_t r = 0; r < n_rows; r++, rows += row_bytes)
    {
      const float *row = (const float *) rows;
      if (weight->type == SEN_TYPE_F16 || weight->type == SEN_TYPE_BF16)
        l->kernels->widen (weight->type, rows, wide, l->n_in);
      else if (weight->type != SEN_TYPE_F32)
        sen_dequantize (weight->type, rows, wide, l->n_in);
      if (weight->type != SEN_TYPE_F32)
        row = wide;
      y[r] = l->kernels->dot (row, x, l->n_in);
    }
}

static void
run_rows (gpointer data, uint32_t first_item, uint32_t end_item, uint32_t thread)
{
  const Linear *l = data;
  const BoundOp *bound = l->bound;
  float y[ROWS_PER_ITEM], up[ROWS_PER_ITEM];

  for (uint32_t item = first_item; item < end_item; item++)
    {
      uint32_t first_row, index = locate_item (l, item, &first_row);
      const SenWeight *weight = weight_of (l, index);
      uint32_t n_rows = MIN (ROWS_PER_ITEM, weight->n_row - first_row);
      const float *bias = bound->in[SEN_LINEAR_B0 + index], *up_bias = bound->in[SEN_LINEAR_B0 + 1];
      const float *residual = bound->in[SEN_LINEAR_RESIDUAL];
      for (uint32_t t = 0; t < l->n; t++)
        {
          size_t at = (size_t) t * weight->n_row + first_row;
          mul_rows (l, weight, first_row, n_rows, t, thread, y);
          if (bias != NULL)
            l->kernels->add (y, bias + first_row, y, n_rows);
          if (is_gated (l))
            {
              mul_rows (l, weight_of (l, 1), first_row, n_rows, t, thread, up);
              if (up_bias != NULL)
                l->kernels->add (up, up_bias + first_row, up, n_rows);
              l->kernels->glu (y, up, y, n_rows, bound->op->params.linear.act);
            }
          else if (is_activated (l))
            l->kernels->activate (y, y, n_rows, bound->op->params.linear.act);
          if (residual != NULL)
            l->kernels->add (y, residual + at, y, n_rows);
          memcpy ((float *) bound->out[index] + at, y, n_rows * sizeof (float));
        }
    }
}

/* --- Many tokens ----------------------------------------------------------------------------------------------------------------------- */

/* Columns [first, first + n) of up to tile_rows rows in f32, interleaved. */
static void
widen_tile (const Linear *l, const SenWeight *weight, uint32_t first_row, uint32_t n_rows, uint32_t first, uint32_t n,
            ThreadScratch *scratch)
{
  const SenTypeInfo *info = sen_type_info (weight->type);
  uint32_t lanes = l->kernels->tile_rows;
  size_t row_bytes = sen_type_row_bytes (weight->type, weight->n_col);
  for (uint32_t r = 0; r < lanes; r++)
    {
      if (r >= n_rows)
        {
          for (uint32_t k = 0; k < n; k++)
            scratch->wide_tile[(size_t) k * lanes + r] = 0.0f;
          continue;
        }
      const uint8_t *row = (const uint8_t *) weight->data + (first_row + r) * row_bytes
                           + first / info->block_elems * info->block_bytes;
      sen_dequantize (weight->type, row, scratch->row, n);
      for (uint32_t k = 0; k < n; k++)
        scratch->wide_tile[(size_t) k * lanes + r] = scratch->row[k];
    }
}

/* y += W x for rows [first_row, first_row + n_rows), one block of columns at a time. */
static void
mul_tiles (const Linear *l, const SenWeight *weight, uint32_t first_row, uint32_t n_rows, uint32_t thread, float *y)
{
  ThreadScratch *scratch = &l->program->threads[thread];
  uint32_t lanes = l->kernels->tile_rows, end_row = first_row + n_rows;
  size_t row_bytes = sen_type_row_bytes (weight->type, weight->n_col);
  bool q8 = uses_q8 (l, weight);
  uint32_t block = q8 ? SEN_TILE_COLS : SEN_WIDE_TILE_COLS;

  for (uint32_t col = 0; col < l->n_in; col += block)
    for (uint32_t row = first_row; row < end_row; row += lanes)
      {
        uint32_t n_col = MIN (block, l->n_in - col), n = MIN (lanes, end_row - row);
        if (q8)
          {
            scratch->tile.n_col = n_col;
            scratch->tile.group_elems = sen_type_info (weight->type)->group_elems;
            l->kernels->unpack_tile (weight->type, (const uint8_t *) weight->data + row * row_bytes, row_bytes, n, col,
                                     &scratch->tile);
            l->kernels->mul_tile_q8 (&scratch->tile, &l->program->q8, l->n_in, col, l->n, n, y + row, weight->n_row);
          }
        else
          {
            widen_tile (l, weight, row, n, col, n_col, scratch);
            l->kernels->mul_tile_f32 (scratch->wide_tile, l->x + col, l->n_in, n_col, l->n, n, y + row, weight->n_row);
          }
      }
}

/* What a product is added to: the residual where there is one, else the bias, else zero. */
static void
init_rows (const Linear *l, const float *bias, const float *residual, uint32_t n_col, uint32_t first, uint32_t n, float *y)
{
  for (uint32_t t = 0; t < l->n; t++)
    {
      float *row = y + (size_t) t * n_col + first;
      if (residual != NULL && residual != y)
        memcpy (row, residual + (size_t) t * n_col + first, n * sizeof (float));
      else if (residual == NULL)
        memset (row, 0, n * sizeof (float));
      if (bias != NULL)
        l->kernels->add (row, bias + first, row, n);
    }
}

static void
run_tiles (gpointer data, uint32_t first_item, uint32_t end_item, uint32_t thread)
{
  const Linear *l = data;
  const BoundOp *bound = l->bound;
  for (uint32_t item = first_item; item < end_item; item++)
    {
      uint32_t first_row, index = locate_item (l, item, &first_row);
      const SenWeight *weight = weight_of (l, index);
      uint32_t n_rows = MIN (l->rows_per_item, weight->n_row - first_row);
      float *y = bound->out[index];

      init_rows (l, bound->in[SEN_LINEAR_B0 + index], bound->in[SEN_LINEAR_RESIDUAL], weight->n_row, first_row, n_rows, y);
      mul_tiles (l, weight, first_row, n_rows, thread, y);
      for (uint32_t t = 0; is_activated (l) && t < l->n; t++)
        {
          size_t at = (size_t) t * weight->n_row + first_row;
          l->kernels->activate (y + at, y + at, n_rows, bound->op->params.linear.act);
        }
      if (!is_gated (l))
        continue;
      float *up = l->program->second;
      init_rows (l, bound->in[SEN_LINEAR_B0 + 1], NULL, weight->n_row, first_row, n_rows, up);
      mul_tiles (l, weight_of (l, 1), first_row, n_rows, thread, up);
      for (uint32_t t = 0; t < l->n; t++)
        {
          size_t at = (size_t) t * weight->n_row + first_row;
          l->kernels->glu (y + at, up + at, y + at, n_rows, bound->op->params.linear.act);
        }
    }
}

/* --- The op ------------------------------------------------------------------------------------------------------------------------------ */

void
sen_cpu_linear (CpuProgram *program, const BoundOp *bound, const struct sen_step *step)
{
  CpuDevice *cpu = (CpuDevice *) program->base.device;
  const struct sen_linear_params *params = &bound->op->params.linear;
  Linear l = {
    .program = program,
    .kernels = cpu->kernels,
    .bound = bound,
    .x = bound->in[SEN_LINEAR_NORM] != NULL ? program->normed : bound->in[SEN_LINEAR_X],
    .n = sen_cpu_live_rows (bound->in_info[SEN_LINEAR_X], step),
    .n_in = params->n_in,
    .exact = cpu->base.info.exact,
  };
  bool is_mv = l.n <= MAX_MV_TOKENS;
  l.rows_per_item = is_mv ? ROWS_PER_ITEM : cpu->kernels->tile_rows * (params->n_in > SEN_TILE_COLS ? TILES_PER_ITEM : 1);

  uint32_t n_items = 0;
  for (uint32_t i = 0; i < (is_gated (&l) ? 1 : params->n_weight); i++)
    {
      l.n_items[i] = (weight_of (&l, i)->n_row + l.rows_per_item - 1) / l.rows_per_item;
      n_items += l.n_items[i];
    }
  sen_pool_run (cpu->pool, l.n, is_mv ? l.n : 4, prepare_rows, &l);
  if (is_mv)
    sen_pool_run_stretches (cpu->pool, n_items, run_rows, &l);
  else
    sen_pool_run (cpu->pool, n_items, 1, run_tiles, &l);
}
