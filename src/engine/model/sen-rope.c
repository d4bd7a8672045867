/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Rotary position embedding (Su et al. 2021) and its extensions to longer contexts: linear interpolation (Chen et al.
 * 2023), YaRN (Peng et al. 2023), llama3 and longrope frequency factors. All of them scale the angle of each pair by a
 * constant, so they end in one table of inverse frequencies. Angles are computed in double: position × frequency loses
 * nothing at 100,000 positions, and no shader needs an accurate sine of a large number. Multimodal RoPE (Wang et al. 2024)
 * turns sections of a head by the time, the row and the column of a picture's part. */
#include <math.h>

#include "sen-error.h"
#include "sen-model-private.h"

void
sen_rope_init_plain (SenRope *rope, uint32_t n_rot, double base, double scale)
{
  rope->n_rot = n_rot;
  rope->magnitude = 1.0f;
  rope->inv_freq = g_new (double, n_rot / 2);
  rope->axis = g_new0 (uint8_t, n_rot / 2);
  for (uint32_t i = 0; i < n_rot / 2; i++)
    rope->inv_freq[i] = scale * pow (base, -2.0 * i / n_rot);
}

void
sen_rope_clear (SenRope *rope)
{
  g_clear_pointer (&rope->inv_freq, g_free);
  g_clear_pointer (&rope->axis, g_free);
  rope->n_rot = 0;
}

/* The pair whose wavelength makes @n_turns over the original context (YaRN, eq. 15 solved for the dimension). */
static double
find_turning_pair (uint32_t n_rot, double n_ctx, double n_turns, double base)
{
  return n_rot * log (n_ctx / (n_turns * 2.0 * G_PI)) / (2.0 * log (base));
}

/* YaRN keeps fast pairs as they are, interpolates slow ones, and blends in between. */
static void
apply_yarn (SenRope *rope, SenModel *model, double base, double scale, uint32_t n_ctx_original)
{
  float beta_fast = 32.0f, beta_slow = 1.0f, extrapolation = 1.0f, log_multiplier = 0.0f;
  sen_model_key_f32 (model, "rope.scaling.yarn_beta_fast", &beta_fast);
  sen_model_key_f32 (model, "rope.scaling.yarn_beta_slow", &beta_slow);
  sen_model_key_f32 (model, "rope.scaling.yarn_ext_factor", &extrapolation);
  sen_model_key_f32 (model, "rope.scaling.yarn_log_multiplier", &log_multiplier);

  double low = MAX (0.0, floor (find_turning_pair (rope->n_rot, n_ctx_original, beta_fast, base)));
  double high = MIN (rope->n_rot - 1.0, ceil (find_turning_pair (rope->n_rot, n_ctx_original, beta_slow, base)));
  for (uint32_t i = 0; i < rope->n_rot / 2; i++)
    {
      double ramp = CLAMP ((i - low) / MAX (0.001, high - low), 0.0, 1.0);
      double kept = (1.0 - ramp) * extrapolation;
      rope->inv_freq[i] *= scale * (1.0 - kept) + kept;
    }

  /* Attention temperature (YaRN, eq. 22): sqrt (1/t) = 0.1 ln s + 1, on both q and k. */
  double log_factor = scale < 1.0 ? log (1.0 / scale) : 0.0;
  rope->magnitude *= (0.1 * log_factor + 1.0) / (0.1 * log_multiplier * log_factor + 1.0);
}

/* Divides each frequency by a factor the file gives per pair: llama3 scaling (rope_freqs) and longrope. */
static bool
apply_factors (SenRope *rope, SenModel *model, const char *name, bool *applied, GError **error)
{
  const SenWeight *factors = NULL;
  if (!sen_model_bind (model, &factors, name, 1, rope->n_rot / 2, SEN_OPTIONAL, error))
    return false;
  if (factors == NULL)
    return true;

  const float *values = factors->data;
  for (uint32_t i = 0; i < rope->n_rot / 2; i++)
    {
      if (!(isfinite (values[i]) && values[i] > 0.0f))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s holds %g where a positive factor was expected",
                       model->path, name, values[i]);
          return false;
        }
      rope->inv_freq[i] /= values[i];
    }
  *applied = true;
  return true;
}

/* What the file says about scaling, checked. */
typedef struct {
  uint32_t n_rot, n_ctx_original;
  float    base, attention_factor;
  double   scale;        /* on angles; 1 = none */
  bool     is_yarn;
} Scaling;

static bool
read_scaling (SenModel *model, Scaling *scaling, GError **error)
{
  float factor = 0.0f;
  g_autofree char *type_key = g_strdup_printf ("%s.rope.scaling.type", model->architecture);
  g_autofree char *type = sen_gguf_dup_string (model->gguf, type_key);

  *scaling = (Scaling) {
    .n_rot = model->hp.head_dim, .n_ctx_original = model->hp.n_ctx_train, .base = 10000.0f, .attention_factor = 1.0f,
  };
  sen_model_key_u32 (model, "rope.dimension_count", &scaling->n_rot);
  sen_model_key_u32 (model, "rope.scaling.original_context_length", &scaling->n_ctx_original);
  sen_model_key_f32 (model, "rope.freq_base", &scaling->base);
  if (!sen_model_key_f32 (model, "rope.scaling.factor", &factor))
    sen_model_key_f32 (model, "rope.scale_linear", &factor);
  sen_model_key_f32 (model, "rope.scaling.attn_factor", &scaling->attention_factor);

  if (scaling->n_rot == 0 || scaling->n_rot % 2 != 0 || scaling->n_rot > model->hp.head_dim)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: rope.dimension_count is %u, expected an even number up to %u",
                   model->path, scaling->n_rot, model->hp.head_dim);
      return false;
    }
  if (!(isfinite (scaling->base) && scaling->base > 1.0f) || !(isfinite (factor) && factor >= 0.0f)
      || !isfinite (scaling->attention_factor) || scaling->n_ctx_original == 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: the RoPE settings make no sense (base %g, factor %g)",
                   model->path, scaling->base, factor);
      return false;
    }

  scaling->is_yarn = g_strcmp0 (type, "yarn") == 0;
  bool is_none = g_strcmp0 (type, "none") == 0;
  if (type != NULL && !scaling->is_yarn && !is_none && strcmp (type, "linear") != 0 && strcmp (type, "longrope") != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: RoPE scaling “%s” is not supported; none, linear, yarn "
                   "and longrope are", model->path, type);
      return false;
    }
  scaling->scale = factor > 0.0f && !is_none ? 1.0 / factor : 1.0;
  return true;
}

/* How many pairs, one section behind the other, are turned by each number of a place. */
static bool
read_sections (SenRope *rope, SenModel *model, GError **error)
{
  g_autofree char *key = g_strdup_printf ("%s.rope.dimension_sections", model->architecture);
  uint32_t n_pair = rope->n_rot / 2, pair = 0;
  size_t n = 0;
  bool is_sound = sen_gguf_get_array (model->gguf, key, NULL, &n) && n > 0 && n <= SEN_N_AXES;
  for (uint8_t axis = 0; is_sound && axis < n; axis++)
    {
      int64_t length = 0;
      is_sound = sen_gguf_array_i64 (model->gguf, key, axis, &length) && length >= 0 && length <= n_pair - pair;
      for (; is_sound && length > 0; length--)
        rope->axis[pair++] = axis;
    }
  if (is_sound && pair == n_pair)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s is no list of up to %d numbers that make %u, half of what is rotated of a head",
               model->path, key, SEN_N_AXES, n_pair);
  return false;
}

static bool
init_rope (SenRope *rope, SenModel *model, const Scaling *scaling, const char *longrope_factors, GError **error)
{
  bool applied = false;
  sen_rope_init_plain (rope, scaling->n_rot, scaling->base, scaling->is_yarn ? 1.0 : scaling->scale);
  rope->magnitude = scaling->attention_factor;
  if (!apply_factors (rope, model, "rope_freqs.weight", &applied, error))
    return false;
  if (!applied && !apply_factors (rope, model, longrope_factors, &applied, error))
    return false;
  if (scaling->is_yarn)
    apply_yarn (rope, model, scaling->base, scaling->scale, scaling->n_ctx_original);
  return !model->family->has_sections || read_sections (rope, model, error);
}

bool
sen_model_read_rope (SenModel *model, GError **error)
{
  Scaling scaling;
  if (!read_scaling (model, &scaling, error))
    return false;
  model->rope_n_ctx = scaling.n_ctx_original;
  return init_rope (&model->rope, model, &scaling, "rope_factors_short.weight", error)
         && init_rope (&model->rope_long, model, &scaling, "rope_factors_long.weight", error);
}

void
sen_rope_fill (const SenRope *rope, const SenPlace *places, uint32_t n, float *table)
{
  for (uint32_t t = 0; t < n; t++)
    for (uint32_t i = 0; i < rope->n_rot / 2; i++)
      {
        double angle = (double) places[t].axis[rope->axis[i]] * rope->inv_freq[i];
        *table++ = (float) (cos (angle) * rope->magnitude);
        *table++ = (float) (sin (angle) * rope->magnitude);
      }
}
