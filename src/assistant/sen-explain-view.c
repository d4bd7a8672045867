/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explain-view.h"

#include <math.h>

#include "sen-heat.h"

#define LEAST_OPACITY 0.10f
#define MORE_OPACITY 0.55f

float *
sen_explain_view_mean (const SenExplanationInfo *info)
{
  float *mean = g_new0 (float, MAX (info->n_pieces, 1));
  for (uint32_t i = 0; info->weights != NULL && i < info->n_queries; i++)
    for (uint32_t j = 0; j < info->n_pieces; j++)
      mean[j] += info->weights[(size_t) i * info->n_pieces + j] / (float) info->n_queries;
  return mean;
}

float
sen_explain_view_scale (const SenExplanationInfo *info, const float *row)
{
  float most = 0.0f;
  for (uint32_t i = info->n_pieces > 1 ? 1 : 0; i < info->n_pieces; i++)
    most = MAX (most, row[i]);
  return most;
}

float
sen_explain_view_strength (float weight, float scale)
{
  return weight > 0.0f && scale > 0.0f ? MIN (weight / scale, 1.0f) : 0.0f;
}

void
sen_explain_view_tint (float strength, guint8 rgb[3])
{
  float opacity = strength > 0.0f ? LEAST_OPACITY + MORE_OPACITY * strength : 0.0f;
  sen_heat_colour (strength, rgb);
  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8) (255.0f + opacity * ((float) rgb[c] - 255.0f) + 0.5f);
}

char *
sen_explain_view_describe (const SenExplanationInfo *info)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%s, %s. %s", info->model, info->device, sen_explain_method_title (info->method));
  if (info->method == SEN_EXPLAIN_ATTENTION)
    g_string_append_printf (text, ", the %s of %u layer%s and %u head%s%s", info->is_maximum ? "maximum" : "mean", info->n_layers,
                            info->n_layers == 1 ? "" : "s", info->n_heads, info->n_heads == 1 ? "" : "s",
                            info->without_sink ? ", without the first token" : "");
  return g_string_free (g_string_append_c (text, '.'), FALSE);
}

char *
sen_explain_view_trust (const SenExplanationInfo *info)
{
  if (info->trust == NULL)
    return NULL;
  if (!isfinite (info->trust->ratio))
    return g_strdup ("Hiding words at random does not harm this answer, so it cannot be said how far this heat may be believed.");
  return g_strdup_printf ("This heat predicts the answer's change %.1f times as well as chance.", (double) info->trust->ratio);
}

bool
sen_explain_view_breaks (const SenExplanationInfo *info, uint32_t i)
{
  const SenPiece *piece = &info->pieces[i];
  return i > 0 && (piece[-1].message != piece->message || (piece[-1].kind == SEN_PIECE_TEMPLATE) != (piece->kind == SEN_PIECE_TEMPLATE));
}
