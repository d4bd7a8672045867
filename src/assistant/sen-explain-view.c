/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explain-view.h"

#include <glib/gi18n.h>
#include <math.h>

#define LEAST_OPACITY 0.10f
#define MORE_OPACITY 0.55f

/* --- Heat ----------------------------------------------------------------------------------------------------------------------------- */

SenHeatMap
sen_explain_view_map (const SenExplanationInfo *info)
{
  return info->method == SEN_EXPLAIN_OCCLUSION ? SEN_HEAT_CHANGE : SEN_HEAT_SHARE;
}

float *
sen_explain_view_whole (const SenExplanationInfo *info)
{
  float *whole = g_new0 (float, MAX (info->n_pieces, 1));
  float factor = sen_explain_view_map (info) == SEN_HEAT_CHANGE ? 1.0f : 1.0f / (float) MAX (info->n_queries, 1);
  for (uint32_t i = 0; info->weights != NULL && i < info->n_queries; i++)
    for (uint32_t j = 0; j < info->n_pieces; j++)
      whole[j] += info->weights[(size_t) i * info->n_pieces + j] * factor;
  return whole;
}

float
sen_explain_view_scale (const SenExplanationInfo *info, const float *row)
{
  bool is_change = sen_explain_view_map (info) == SEN_HEAT_CHANGE;
  float most = 0.0f;
  for (uint32_t i = info->n_pieces > 1 ? 1 : 0; i < info->n_pieces; i++)
    most = MAX (most, is_change ? fabsf (row[i]) : row[i]);
  return most;
}

float
sen_explain_view_strength (SenHeatMap map, float weight, float scale)
{
  float strength = scale > 0.0f ? weight / scale : 0.0f;
  return CLAMP (strength, map == SEN_HEAT_CHANGE ? -1.0f : 0.0f, 1.0f);
}

void
sen_explain_view_tint (SenHeatMap map, float strength, guint8 rgb[3])
{
  float opacity = strength > 0.0f || (strength < 0.0f && map == SEN_HEAT_CHANGE) ? LEAST_OPACITY + MORE_OPACITY * fabsf (strength) : 0.0f;
  sen_heat_colour (map, strength, rgb);
  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8) (255.0f + opacity * ((float) rgb[c] - 255.0f) + 0.5f);
}

char *
sen_explain_view_format (SenHeatMap map, float weight)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (digits, sizeof digits, "%.2g", fabs ((double) weight));
  return g_strconcat (map == SEN_HEAT_SHARE || weight == 0.0f ? "" : weight < 0.0f ? "\u2212" : "+", digits, NULL);
}

/* --- Sentences ------------------------------------------------------------------------------------------------------------------------ */

char *
sen_explain_view_describe (const SenExplanationInfo *info)
{
  g_autofree char *layers = g_strdup_printf (ngettext ("%u layer", "%u layers", info->n_layers), info->n_layers);
  g_autofree char *heads = g_strdup_printf (ngettext ("%u head", "%u heads", info->n_heads), info->n_heads);
  g_autoptr (GString) how = g_string_new (gettext (sen_explain_method_title (info->method)));
  if (info->method == SEN_EXPLAIN_ATTENTION)
    {
      /* translators: of the attention; how many layers, how many heads */
      g_string_append_printf (how, info->is_maximum ? _(", the maximum of %s and %s") : _(", the mean of %s and %s"), layers, heads);
      g_string_append (how, info->without_sink ? _(", without the first token") : "");
    }
  /* translators: a model, a device, how it was looked */
  return g_strdup_printf (_("%s, %s. %s."), info->model, info->device, how->str);
}

/* Hiding by this heat harms the answer more than in random orders, by more than twice as much as these differ. */
static bool
is_trusted (const SenTrust *trust)
{
  return isfinite (trust->ratio) && trust->chance_area - trust->deletion_area > 2.0f * trust->chance_area_spread;
}

char *
sen_explain_view_trust (const SenExplanationInfo *info)
{
  const SenTrust *trust = info->trust;
  if (trust == NULL)
    return NULL;
  if (!isfinite (trust->ratio))
    return g_strdup (_("Hiding words at random does not harm this answer, so it cannot be said how far this heat may be believed."));
  if (is_trusted (trust))
    return g_strdup_printf (_("This heat predicts the answer's change %.1f times better than chance."), (double) trust->ratio);
  if (trust->ratio < 1.0f)
    return g_strdup_printf (_("This heat predicts the answer's change worse than chance, %.1f times as well: do not believe it here."),
                            (double) trust->ratio);
  return g_strdup_printf (_("This heat predicts the answer's change no better than chance: %.1f times as well, and random orders differ by "
                            "as much among themselves."), (double) trust->ratio);
}

void
sen_explain_view_curves (const SenTrust *trust, float *low, float *high)
{
  *low = *high = trust->deletion[0];
  for (uint32_t i = 0; i <= trust->n_steps; i++)
    {
      *low = MIN (*low, MIN (trust->chance[i] - trust->chance_spread[i], MIN (trust->deletion[i], trust->insertion[i])));
      *high = MAX (*high, MAX (trust->chance[i] + trust->chance_spread[i], MAX (trust->deletion[i], trust->insertion[i])));
    }
}

bool
sen_explain_view_breaks (const SenExplanationInfo *info, uint32_t i)
{
  const SenPiece *piece = &info->pieces[i];
  return i > 0 && (piece[-1].message != piece->message || (piece[-1].kind == SEN_PIECE_TEMPLATE) != (piece->kind == SEN_PIECE_TEMPLATE));
}
