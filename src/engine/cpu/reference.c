/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Every op as params.h defines it: plain loops, double accumulation, no fusion of steps. What the other devices are
 * compared with. */
#include <math.h>
#include <string.h>

#include "sen-cpu-private.h"

static double
activate (double x, uint32_t act)
{
  if (act == SEN_ACT_SILU)
    return x / (1.0 + exp (-x));
  if (act == SEN_ACT_GELU_TANH_HALF)
    {
      if (fabs (x) >= 10.0)
        return MAX (x, 0.0);
      double half = sen_f16_to_f32 (sen_f32_to_f16 ((float) x));
      return sen_f16_to_f32 (sen_f32_to_f16 ((float) activate (half, SEN_ACT_GELU_TANH)));
    }
  if (act == SEN_ACT_GELU_ERF)
    return 0.5 * x * (1.0 + erf (x * G_SQRT2 / 2.0));
  if (act == SEN_ACT_GELU_QUICK)
    return x / (1.0 + exp (-1.702 * x));
  return 0.5 * x * (1.0 + tanh (sqrt (2.0 / G_PI) * (x + 0.044715 * x * x * x)));
}

static float *
dequantized_row (const SenWeight *weight, uint32_t row)
{
  float *values = g_new (float, weight->n_col);
  size_t row_bytes = sen_type_row_bytes (weight->type, weight->n_col);
  sen_dequantize (weight->type, (const uint8_t *) weight->data + row * row_bytes, values, weight->n_col);
  return values;
}

static void
reference_embed (const BoundOp *b, uint32_t n_rows)
{
  const struct sen_embed_params *p = &b->op->params.embed;
  const int32_t *ids = b->in[0];
  for (uint32_t t = 0; t < n_rows; t++)
    {
      float *y = (float *) b->out[0] + (size_t) t * p->n_col;
      if (ids[t] < 0)
        {
          memcpy (y, (const float *) b->in[2] + (size_t) (-1 - ids[t]) * p->n_col, p->n_col * sizeof (float));
          continue;
        }
      g_autofree float *row = dequantized_row (b->in_info[1]->weight, (uint32_t) ids[t]);
      for (uint32_t i = 0; i < p->n_col; i++)
        y[i] = row[i] * p->scale;
    }
}

static void
norm_row (const float *x, const float *w, float *y, uint32_t n, float eps)
{
  double sum = 0.0;
  for (uint32_t i = 0; i < n; i++)
    sum += (double) x[i] * x[i];
  double scale = 1.0 / sqrt (sum / n + eps);
  for (uint32_t i = 0; i < n; i++)
    y[i] = (float) (x[i] * scale * w[i]);
}

static void
reference_rms_norm (const BoundOp *b, uint32_t n_rows)
{
  const struct sen_rms_norm_params *p = &b->op->params.rms_norm;
  for (size_t i = 0; i < (size_t) n_rows * p->n_group; i++)
    norm_row ((const float *) b->in[0] + i * p->n_col, b->in[1], (float *) b->out[0] + i * p->n_col, p->n_col, p->eps);
}

static void
reference_layer_norm (const BoundOp *b, uint32_t n_rows)
{
  const struct sen_layer_norm_params *p = &b->op->params.layer_norm;
  const float *w = b->in[1], *bias = b->in[2];
  for (uint32_t t = 0; t < n_rows; t++)
    {
      const float *x = (const float *) b->in[0] + (size_t) t * p->n_col;
      float *y = (float *) b->out[0] + (size_t) t * p->n_col;
      double mean = 0.0, variance = 0.0;
      for (uint32_t i = 0; i < p->n_col; i++)
        mean += x[i];
      mean /= p->n_col;
      for (uint32_t i = 0; i < p->n_col; i++)
        variance += (x[i] - mean) * (x[i] - mean);
      double scale = 1.0 / sqrt (variance / p->n_col + p->eps);
      for (uint32_t i = 0; i < p->n_col; i++)
        y[i] = (float) ((x[i] - mean) * scale * w[i] + bias[i]);
    }
}

static void
reference_unfold (const BoundOp *b, const struct sen_step *step, uint32_t n_rows)
{
  const struct sen_unfold_params *p = &b->op->params.unfold;
  int64_t n_in = sen_cpu_live_rows (b->in_info[0], step);
  float *y = b->out[0];
  for (uint32_t t = 0; t < n_rows; t++)
    for (uint32_t k = 0; k < p->n_tap; k++)
      for (uint32_t c = 0; c < p->n_col; c++)
        {
          int64_t row = (int64_t) p->stride * t + k - p->pad;
          *y++ = row >= 0 && row < n_in ? ((const float *) b->in[0])[row * p->n_col + c] : 0.0f;
        }
}

/* The reference asks for no fusion, so there is one weight and nothing around it. */
static void
reference_linear (const BoundOp *b, uint32_t n_rows)
{
  const SenWeight *weight = b->in_info[SEN_LINEAR_W0]->weight;
  const float *bias = b->in[SEN_LINEAR_B0];
  for (uint32_t r = 0; r < weight->n_row; r++)
    {
      g_autofree float *row = dequantized_row (weight, r);
      for (uint32_t t = 0; t < n_rows; t++)
        {
          const float *x = (const float *) b->in[SEN_LINEAR_X] + (size_t) t * weight->n_col;
          double sum = bias != NULL ? bias[r] : 0.0;
          for (uint32_t i = 0; i < weight->n_col; i++)
            sum += (double) row[i] * x[i];
          ((float *) b->out[0])[(size_t) t * weight->n_row + r] = (float) sum;
        }
    }
}

static void
reference_rope (const BoundOp *b, uint32_t n_rows)
{
  const struct sen_rope_params *p = &b->op->params.rope;
  for (uint32_t t = 0; t < n_rows; t++)
    for (uint32_t h = 0; h < p->n_head; h++)
      {
        size_t at = ((size_t) t * p->n_head + h) * p->head_dim;
        const float *x = (const float *) b->in[0] + at, *table = (const float *) b->in[1] + (size_t) t * p->n_rot;
        float *y = (float *) b->out[0] + at;
        for (uint32_t i = 0; i < p->n_rot / 2; i++)
          {
            uint32_t first = p->mode == SEN_ROPE_HALVES ? i : 2 * i;
            uint32_t second = p->mode == SEN_ROPE_HALVES ? i + p->n_rot / 2 : 2 * i + 1;
            double x0 = x[first], x1 = x[second];
            y[first] = (float) (x0 * table[2 * i] - x1 * table[2 * i + 1]);
            y[second] = (float) (x0 * table[2 * i + 1] + x1 * table[2 * i]);
          }
        for (uint32_t i = p->n_rot; i < p->head_dim; i++)
          y[i] = x[i];
      }
}

static void
reference_store (const BoundOp *b, const struct sen_step *step)
{
  const struct sen_store_params *p = &b->op->params.store;
  size_t row_bytes = sen_type_row_bytes (b->kv_type, p->head_dim);
  for (uint32_t t = 0; t < step->n_tokens; t++)
    for (uint32_t h = 0; h < p->n_head; h++)
      sen_quantize (b->kv_type, (const float *) b->in[0] + ((size_t) t * p->n_head + h) * p->head_dim,
                    (uint8_t *) b->in[1] + ((size_t) h * p->n_ctx + step->n_past + t) * row_bytes, p->head_dim);
}

/* The softmax weights of query @t, head @h over all cells of the cache; 0 where it may not look. */
static void
attention_weights (const BoundOp *b, const struct sen_attention_params *p, const struct sen_step *step, uint32_t t, uint32_t h,
                   double *weights)
{
  size_t row_bytes = sen_type_row_bytes (b->kv_type, p->head_dim);
  const float *q = (const float *) b->in[0] + ((size_t) t * p->n_head + h) * p->head_dim;
  uint32_t kv_head = h / (p->n_head / p->n_kv_head);
  g_autofree float *key = g_new (float, p->head_dim);
  double max = -INFINITY, sum = 0.0;

  for (uint32_t j = 0; j < p->n_ctx; j++)
    {
      bool visible = p->n_key > 0
        ? j < p->n_key
        : j < step->n_past + step->n_tokens && (!p->causal || j <= step->n_past + t)
                     && (p->window == 0 || (int64_t) j > (int64_t) step->n_past + t - p->window);
      weights[j] = -INFINITY;
      if (!visible)
        continue;
      sen_dequantize (b->kv_type, (const uint8_t *) b->in[1] + ((size_t) kv_head * p->n_ctx + j) * row_bytes, key, p->head_dim);
      weights[j] = 0.0;
      for (uint32_t i = 0; i < p->head_dim; i++)
        weights[j] += (double) q[i] * key[i];
      weights[j] *= p->scale;
      max = MAX (max, weights[j]);
    }
  for (uint32_t j = 0; j < p->n_ctx; j++)
    sum += weights[j] = exp (weights[j] - max);
  for (uint32_t j = 0; j < p->n_ctx; j++)
    weights[j] /= sum;
}

static void
reference_attention (const BoundOp *b, const struct sen_step *step, uint32_t n_rows)
{
  const struct sen_attention_params *p = &b->op->params.attention;
  size_t row_bytes = sen_type_row_bytes (b->kv_type, p->head_dim);
  g_autofree double *weights = g_new (double, p->n_ctx);
  g_autofree float *value = g_new (float, p->head_dim);
  g_autofree double *sum = g_new (double, p->head_dim);

  for (uint32_t t = 0; t < n_rows; t++)
    for (uint32_t h = 0; h < p->n_head; h++)
      {
        attention_weights (b, p, step, t, h, weights);
        memset (sum, 0, p->head_dim * sizeof (double));
        for (uint32_t j = 0; j < p->n_ctx; j++)
          {
            size_t cell = (size_t) (h / (p->n_head / p->n_kv_head)) * p->n_ctx + j;
            if (weights[j] == 0.0)
              continue;
            sen_dequantize (b->kv_type, (const uint8_t *) b->in[2] + cell * row_bytes, value, p->head_dim);
            for (uint32_t i = 0; i < p->head_dim; i++)
              sum[i] += weights[j] * value[i];
          }
        for (uint32_t i = 0; i < p->head_dim; i++)
          ((float *) b->out[0])[((size_t) t * p->n_head + h) * p->head_dim + i] = (float) sum[i];
      }
}

static void
reference_attention_cells (const BoundOp *b, uint32_t n_rows)
{
  const struct sen_attention_params *p = &b->op->params.attention_cells.attention;
  uint32_t n_cell = b->op->params.attention_cells.n_cell;
  size_t row_bytes = sen_type_row_bytes (b->kv_type, p->head_dim);
  g_autofree double *weights = g_new (double, n_cell);
  g_autofree float *row = g_new (float, p->head_dim);

  for (uint32_t t = 0; t < n_rows; t++)
    for (uint32_t h = 0; h < p->n_head; h++)
      {
        const int32_t *cells = (const int32_t *) b->in[3] + (size_t) t * n_cell;
        size_t base = (size_t) (h / (p->n_head / p->n_kv_head)) * p->n_ctx, at = ((size_t) t * p->n_head + h) * p->head_dim;
        double max = -INFINITY, sum = 0.0;
        uint32_t n = 0;
        for (; n < n_cell && cells[n] >= 0; n++)
          {
            sen_dequantize (b->kv_type, (const uint8_t *) b->in[1] + (base + (uint32_t) cells[n]) * row_bytes, row, p->head_dim);
            weights[n] = 0.0;
            for (uint32_t i = 0; i < p->head_dim; i++)
              weights[n] += (double) ((const float *) b->in[0])[at + i] * row[i];
            weights[n] *= p->scale;
            max = MAX (max, weights[n]);
          }
        for (uint32_t j = 0; j < n; j++)
          sum += weights[j] = exp (weights[j] - max);
        for (uint32_t i = 0; i < p->head_dim; i++)
          {
            double value = 0.0;
            for (uint32_t j = 0; j < n; j++)
              {
                float element[1];
                const uint8_t *cell = (const uint8_t *) b->in[2] + (base + (uint32_t) cells[j]) * row_bytes;
                sen_dequantize (b->kv_type, cell + i * row_bytes / p->head_dim, element, 1);
                value += weights[j] / sum * element[0];
              }
            ((float *) b->out[0])[at + i] = (float) value;
          }
      }
}

static void
reference_attention_rows (const BoundOp *b, const struct sen_step *step)
{
  const struct sen_attention_rows_params *params = &b->op->params.attention_rows;
  const struct sen_attention_params *p = &params->attention;
  g_autofree double *weights = g_new (double, p->n_ctx);
  float *y = b->out[0];

  for (uint32_t i = 0; i < step->n_tap_row; i++)
    for (uint32_t h = 0; h < p->n_head; h++)
      {
        if ((params->head_mask[h / 32] >> (h % 32) & 1) == 0)
          continue;
        attention_weights (b, p, step, step->tap_row + i, h, weights);
        for (uint32_t j = 0; j < p->n_ctx; j++)
          *y++ = (float) weights[j];
      }
}

void
sen_reference_run_op (const BoundOp *b, const struct sen_step *step)
{
  uint32_t n_rows = sen_cpu_live_rows (b->out_info[0] != NULL ? b->out_info[0] : b->in_info[0], step);
  size_t n = b->out_info[0] != NULL ? (size_t) n_rows * b->out_info[0]->n_col : 0;
  const float *x = b->in[0], *other = b->in[1];
  float *y = b->out[0];

  switch (b->op->kind)
    {
    case SEN_OP_EMBED:
      reference_embed (b, n_rows);
      break;
    case SEN_OP_RMS_NORM:
      reference_rms_norm (b, n_rows);
      break;
    case SEN_OP_LAYER_NORM:
      reference_layer_norm (b, n_rows);
      break;
    case SEN_OP_LINEAR:
      reference_linear (b, n_rows);
      break;
    case SEN_OP_ADD:
      for (size_t i = 0; i < n; i++)
        y[i] = x[i] + other[i];
      break;
    case SEN_OP_GLU:
      for (size_t i = 0; i < n; i++)
        y[i] = (float) (activate (x[i], b->op->params.glu.act) * other[i]);
      break;
    case SEN_OP_ACTIVATE:
      for (size_t i = 0; i < n; i++)
        y[i] = (float) activate (x[i], b->op->params.activate.act);
      break;
    case SEN_OP_UNFOLD:
      reference_unfold (b, step, n_rows);
      break;
    case SEN_OP_ROPE:
      reference_rope (b, n_rows);
      break;
    case SEN_OP_STORE:
      reference_store (b, step);
      break;
    case SEN_OP_ATTENTION:
      reference_attention (b, step, n_rows);
      break;
    case SEN_OP_ATTENTION_CELLS:
      reference_attention_cells (b, n_rows);
      break;
    case SEN_OP_ATTENTION_ROWS:
      reference_attention_rows (b, step);
      break;
    case SEN_OP_GATHER:
      for (uint32_t i = 0; i < n_rows; i++)
        {
          uint32_t n_col = b->op->params.gather.n_col;
          memcpy (y + (size_t) i * n_col, x + (size_t) ((const int32_t *) b->in[1])[i] * n_col, n_col * sizeof (float));
        }
      break;
    case SEN_N_OPS:
      break;
    }
}
