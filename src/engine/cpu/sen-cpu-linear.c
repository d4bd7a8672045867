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
#define MIN_TOKENS_PER_ITEM 480   /* of many: enough to pay for unpacking the weights */

typedef struct {
  CpuProgram       *program;
  const SenKernels *kernels;
  const BoundOp    *bound;
  const float      *x;          /* [n][n_in], normed */
  uint32_t          n;          /* live rows */
  uint32_t          n_in;
  bool              exact;
  uint32_t          rows_per_item[3];   /* of each weight */
  uint32_t          n_items[3];         /* of each weight, n_chunks times over */
  uint32_t          n_chunks;           /* of tokens: all but the last of tokens_per_item */
  uint32_t          tokens_per_item;
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
  *first_row = item * l->rows_per_item[index];
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

/* --- Many tokens -----------------------------------------------------------------------------------------------------------------------
 * An item is a few tiles of rows by some hundred tokens. For each block of columns its tiles are unpacked once; then a few dozen
 * tokens at a time meet all of them, with their sums in a small buffer, so that activations stay in the L1 cache and outputs
 * are touched in whole stretches. */

/* Rows of one tile: numbers take two vectors. */
static uint32_t
tile_rows (const Linear *l, const SenWeight *weight)
{
  return uses_q8 (l, weight) ? l->kernels->tile_rows : 2 * l->kernels->tile_rows;
}

/* Columns [col, col + n_col) of rows [first_row, first_row + n_rows), to tiles from @slot on. */
static void
unpack_tiles (const Linear *l, const SenWeight *weight, uint32_t first_row, uint32_t n_rows, uint32_t col, uint32_t n_col,
              uint32_t slot, ThreadScratch *scratch)
{
  const SenTypeInfo *info = sen_type_info (weight->type);
  uint32_t lanes = tile_rows (l, weight);
  size_t row_bytes = sen_type_row_bytes (weight->type, weight->n_col);
  for (uint32_t row = 0; row < n_rows; row += lanes, slot++)
    {
      uint32_t n = MIN (lanes, n_rows - row);
      const uint8_t *rows = (const uint8_t *) weight->data + (first_row + row) * row_bytes;
      float *wide = scratch->wide_tiles + (size_t) slot * SEN_WIDE_TILE_COLS * lanes;
      if (uses_q8 (l, weight))
        {
          scratch->tiles[slot].n_col = n_col;
          scratch->tiles[slot].group_elems = info->group_elems;
          l->kernels->unpack_tile (weight->type, rows, row_bytes, n, col, &scratch->tiles[slot]);
        }
      else if (!info->is_quantized)
        l->kernels->widen_tile (weight->type, rows, row_bytes, n, col, n_col, wide);
      else
        {
          for (uint32_t r = 0; r < n; r++)
            sen_dequantize (weight->type, rows + r * row_bytes + col / info->block_elems * info->block_bytes,
                            scratch->row + (size_t) r * SEN_WIDE_TILE_COLS, n_col);
          l->kernels->widen_tile (SEN_TYPE_F32, scratch->row, SEN_WIDE_TILE_COLS * sizeof (float), n, 0, n_col, wide);
        }
    }
}

/* sums += tiles from @slot on by columns [col, col + n_col) of tokens [first, first + n). */
static void
mul_tiles (const Linear *l, const SenWeight *weight, uint32_t n_rows, uint32_t col, uint32_t n_col, uint32_t first, uint32_t n,
           uint32_t slot, ThreadScratch *scratch, float *sums, uint32_t stride)
{
  uint32_t lanes = tile_rows (l, weight);
  const SenQ8Row x = q8_row (l, first);
  for (uint32_t row = 0; row < n_rows; row += lanes, slot++)
    if (uses_q8 (l, weight))
      l->kernels->mul_tile_q8 (&scratch->tiles[slot], &x, l->n_in, col, n, sums + row, stride);
    else
      l->kernels->mul_tile_f32 (scratch->wide_tiles + (size_t) slot * SEN_WIDE_TILE_COLS * lanes,
                                l->x + (size_t) first * l->n_in + col, l->n_in, n_col, n, sums + row, stride);
}

/* What a product is added to: what earlier columns gave, else residual and bias where there are any. */
static void
begin_sums (const Linear *l, bool is_first, const float *bias, const float *residual, const float *y, uint32_t n_rows,
            uint32_t y_stride, uint32_t n, float *sums, uint32_t stride)
{
  const float *from = is_first ? residual : y;
  for (uint32_t t = 0; t < n; t++, sums += stride)
    {
      if (from == NULL)
        memset (sums, 0, n_rows * sizeof (float));
      else
        memcpy (sums, from + (size_t) t * y_stride, n_rows * sizeof (float));
      if (is_first && bias != NULL)
        l->kernels->add (sums, bias, sums, n_rows);
      /* Rows past the last of the weight are summed up too. */
      memset (sums + n_rows, 0, (stride - n_rows) * sizeof (float));
    }
}

static void
end_sums (const Linear *l, bool is_last, float *sums, const float *up, uint32_t stride, float *y, uint32_t n_rows,
          uint32_t y_stride, uint32_t n)
{
  uint32_t act = l->bound->op->params.linear.act;
  for (uint32_t t = 0; t < n; t++, sums += stride, y += y_stride)
    if (is_last && up != NULL)
      l->kernels->glu (sums, up + (size_t) t * stride, y, n_rows, act);
    else if (is_last && is_activated (l))
      l->kernels->activate (sums, y, n_rows, act);
    else
      memcpy (y, sums, n_rows * sizeof (float));
}

/* Rows [first_row, first_row + n_rows) of one weight, or of a gated pair, by tokens [first, end). */
static void
mul_item (const Linear *l, uint32_t index, uint32_t first_row, uint32_t n_rows, uint32_t first, uint32_t end,
          ThreadScratch *scratch)
{
  const BoundOp *bound = l->bound;
  const SenWeight *weight = weight_of (l, index), *second = is_gated (l) ? weight_of (l, 1) : NULL;
  uint32_t stride = l->rows_per_item[index], width = weight->n_row, second_slot = SEN_ITEM_TILES / 2;
  float *sums = scratch->sums, *up_sums = sums + (size_t) SEN_BLOCK_TOKENS * stride;
  const float *bias = bound->in[SEN_LINEAR_B0 + index], *up_bias = bound->in[SEN_LINEAR_B0 + 1];
  const float *residual = bound->in[SEN_LINEAR_RESIDUAL];
  bool any_f32 = !uses_q8 (l, weight) || (second != NULL && !uses_q8 (l, second));
  uint32_t block = any_f32 ? SEN_WIDE_TILE_COLS : SEN_TILE_COLS;
  if (any_f32)
    second_slot /= 2;

  for (uint32_t col = 0; col < l->n_in; col += block)
    {
      uint32_t n_col = MIN (block, l->n_in - col);
      bool is_first = col == 0, is_last = col + n_col == l->n_in;
      unpack_tiles (l, weight, first_row, n_rows, col, n_col, 0, scratch);
      if (second != NULL)
        unpack_tiles (l, second, first_row, n_rows, col, n_col, second_slot, scratch);
      for (uint32_t t = first; t < end; t += SEN_BLOCK_TOKENS)
        {
          uint32_t n = MIN (SEN_BLOCK_TOKENS, end - t);
          size_t at = (size_t) t * width + first_row;
          float *y = (float *) bound->out[index] + at, *up = NULL;
          begin_sums (l, is_first, bias != NULL ? bias + first_row : NULL, residual != NULL ? residual + at : NULL, y, n_rows,
                      width, n, sums, stride);
          mul_tiles (l, weight, n_rows, col, n_col, t, n, 0, scratch, sums, stride);
          if (second != NULL)
            {
              up = l->program->second + at;
              begin_sums (l, is_first, up_bias != NULL ? up_bias + first_row : NULL, NULL, up, n_rows, width, n, up_sums, stride);
              mul_tiles (l, second, n_rows, col, n_col, t, n, second_slot, scratch, up_sums, stride);
              if (!is_last)
                end_sums (l, false, up_sums, NULL, stride, up, n_rows, width, n);
            }
          end_sums (l, is_last, sums, second != NULL ? up_sums : NULL, stride, y, n_rows, width, n);
        }
    }
}

static void
run_tiles (gpointer data, uint32_t first_item, uint32_t end_item, uint32_t thread)
{
  const Linear *l = data;
  for (uint32_t item = first_item; item < end_item; item++)
    {
      uint32_t first_row, chunk = item % l->n_chunks, index = locate_item (l, item / l->n_chunks, &first_row);
      uint32_t n_rows = MIN (l->rows_per_item[index], weight_of (l, index)->n_row - first_row);
      uint32_t first = chunk * l->tokens_per_item, end = MIN (first + l->tokens_per_item, l->n);
      mul_item (l, index, first_row, n_rows, first, end, &l->program->threads[thread]);
    }
}

/* Rows of an item: as many tiles as it has room for, fewer where the threads would not all get some. */
static uint32_t
rows_per_item (const Linear *l, const SenWeight *weight, uint32_t n_threads)
{
  /* A pair shares the room. Its types may differ; the taller tile counts. */
  uint32_t lanes = is_gated (l) ? MAX (tile_rows (l, weight), tile_rows (l, weight_of (l, 1))) : tile_rows (l, weight);
  uint32_t most = (lanes == l->kernels->tile_rows ? SEN_ITEM_TILES : SEN_ITEM_TILES / 2) / (is_gated (l) ? 2 : 1);
  uint32_t n_tiles = (weight->n_row + lanes - 1) / lanes;
  return lanes * CLAMP (n_tiles * l->n_chunks / (2 * n_threads), 1, most);
}

/* --- The op --------------------------------------------------------------------------------------------------------------------------- */

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
  l.n_chunks = is_mv ? 1 : MAX (l.n / MIN_TOKENS_PER_ITEM, 1);
  l.tokens_per_item = (l.n + l.n_chunks - 1) / l.n_chunks;

  uint32_t n_items = 0;
  for (uint32_t i = 0; i < (is_gated (&l) ? 1 : params->n_weight); i++)
    {
      const SenWeight *weight = weight_of (&l, i);
      l.rows_per_item[i] = is_mv ? ROWS_PER_ITEM : rows_per_item (&l, weight, sen_pool_n_threads (cpu->pool));
      l.n_items[i] = (weight->n_row + l.rows_per_item[i] - 1) / l.rows_per_item[i];
      n_items += l.n_items[i] * l.n_chunks;
    }
  sen_pool_run (cpu->pool, l.n, is_mv ? l.n : 4, prepare_rows, &l);
  if (is_mv)
    sen_pool_run_stretches (cpu->pool, n_items, run_rows, &l);
  else
    sen_pool_run (cpu->pool, n_items, 1, run_tiles, &l);
}
