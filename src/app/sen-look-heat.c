/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "sen-explain-view.h"
#include "sen-look-media.h"
#include "sen-look-pane-private.h"

#define N_DECADES 3             /* of logarithmic colours */

/* Mean over all layers and heads, over the heads of a layer, or one head; f32 [n_pieces]. (transfer full) */
static float *
detail_row (SenLookPane *self)
{
  const SenExplanationInfo *info = sen_explanation_info (self->detail);
  float *row = g_new0 (float, info->n_pieces);
  guint n = (self->layer < 0 ? info->n_layer : 1) * (self->head < 0 ? info->n_head : 1);
  for (guint layer = 0; layer < info->n_layer; layer++)
    for (guint head = 0; head < info->n_head; head++)
      if ((self->layer < 0 || (guint) self->layer == layer) && (self->head < 0 || (guint) self->head == head))
        {
          const float *weights = info->detail + ((gsize) layer * info->n_head + head) * info->n_pieces;
          for (guint i = 0; i < info->n_pieces; i++)
            row[i] += weights[i] / (float) n;
        }
  return row;
}

/* Made once. (transfer full); NULL: not known */
static float *
whole_row (SenLookPane *self)
{
  if (self->info->weights == NULL)
    return NULL;
  if (self->whole_of != self->explanation)
    {
      g_free (self->whole);
      g_clear_pointer (&self->whole_of, sen_explanation_unref);
      self->whole = sen_explain_view_whole (self->info);
      self->whole_of = sen_explanation_ref (self->explanation);
    }
  return g_memdup2 (self->whole, sizeof (float) * self->info->n_pieces);
}

/* What is known of the @word-th token of the answer, or of the whole. (transfer full); NULL: nothing */
static float *
known_row (SenLookPane *self, int word)
{
  guint piece = self->answer_first + (guint) word;
  if (word < 0)
    return whole_row (self);
  g_autofree float *row = g_new (float, self->info->n_pieces);
  bool is_known = piece > 0 && sen_explanation_read_row (self->explanation, piece - 1, row);
  return is_known ? g_steal_pointer (&row) : NULL;
}

/* The first token takes its part with it; of maxima each is for itself. */
static void
take_sink (SenLookPane *self, float *row)
{
  float rest = self->info->is_maximum ? 1.0f : 1.0f - row[0];
  if (!gtk_check_button_get_active (self->sink_check) || self->info->n_pieces < 2 || rest < 1e-6f)
    return;
  row[0] = 0.0f;
  for (guint i = 1; i < self->info->n_pieces; i++)
    row[i] /= rest;
}

/* Embeddings that were left out together have their change once among them, so that sums say what they should. */
static void
spread_changes (const SenExplanationInfo *info, float *row)
{
  g_autofree guint *n_in = g_new0 (guint, MAX (info->n_units, 1));
  for (guint i = 0; info->unit_of != NULL && i < info->n_pieces; i++)
    if (info->unit_of[i] >= 0)
      n_in[info->unit_of[i]]++;
  for (guint i = 0; info->unit_of != NULL && i < info->n_pieces; i++)
    if (info->unit_of[i] >= 0 && info->pieces[i].kind == SEN_PIECE_MEDIA)
      row[i] /= (float) n_in[info->unit_of[i]];
}

/* What is shown when the @word-th token of the answer is, or none. (transfer full); NULL: not known */
static float *
make_row (SenLookPane *self, int word)
{
  bool has_detail = word >= 0 && word == self->pinned && self->detail != NULL && sen_explanation_info (self->detail)->detail != NULL;
  float *row = known_row (self, word);
  self->map = sen_explain_view_map (self->info);
  if (has_detail && (self->layer >= 0 || row == NULL))
    {
      g_free (row);
      row = detail_row (self);
      self->map = SEN_HEAT_SHARE;
    }
  if (row != NULL && self->map == SEN_HEAT_SHARE)
    take_sink (self, row);
  else if (row != NULL)
    spread_changes (self->info, row);
  return row;
}

static float
strength (SenLookPane *self, float weight)
{
  float share = self->most > 0.0f ? weight / self->most : 0.0f;
  if (self->map == SEN_HEAT_CHANGE)
    return CLAMP (share, -1.0f, 1.0f);
  if (gtk_check_button_get_active (self->log_check))
    share = share > 0.0f ? 1.0f + log10f (share) / N_DECADES : 0.0f;
  return CLAMP (share, 0.0f, 1.0f);
}

/* Of single tokens: a picture as a whole would drown them. */
static float
find_most (SenLookPane *self)
{
  float most = 0.0f;
  for (guint i = 1; i < self->info->n_pieces; i++)
    if (self->info->pieces[i].kind != SEN_PIECE_MEDIA)
      most = MAX (most, fabsf (self->row[i]));
  return most;
}

static void
tint (SenLookPane *self)
{
  g_autofree float *prompt = g_new (float, MAX (self->items->len, 1)), *answer = g_new (float, MAX (self->n_answer, 1));
  for (guint i = 0; i < self->items->len; i++)
    prompt[i] = strength (self, sen_look_pane_item_weight (self, sen_look_pane_item_at (self, i)));
  for (guint i = 0; i < self->n_answer; i++)
    answer[i] = self->row != NULL ? strength (self, self->row[self->answer_first + i]) : 0.0f;
  sen_token_flow_set_heat (self->prompt, self->map, self->row != NULL ? prompt : NULL);
  sen_token_flow_set_heat (self->answer, self->map, self->row != NULL ? answer : NULL);
}

static void
update_media (SenLookPane *self)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->media_box));
  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    sen_look_media_set_row (SEN_LOOK_MEDIA (child), self->map, self->row);
}

/* The one pointed at, the one being replayed, the pinned one, the newest. */
static int
choose_word (SenLookPane *self)
{
  if (self->pointed >= 0 || self->told >= 0)
    return self->pointed >= 0 ? self->pointed : self->told;
  if (sen_look_replay_word (self->replay) >= 0)
    return sen_look_replay_word (self->replay);
  return self->pinned < 0 && self->follows ? (int) self->n_answer - 1 : self->pinned;
}

void
sen_look_pane_update_heat (SenLookPane *self)
{
  if (self->explanation == NULL)
    return;
  self->shown = choose_word (self);
  sen_token_flow_set_pinned (self->answer, self->shown == self->pointed ? self->pinned : self->shown);
  g_free (self->row);
  self->row = make_row (self, self->shown);
  self->most = self->row != NULL ? find_most (self) : 0.0f;
  gtk_widget_set_visible (GTK_WIDGET (self->legend), self->row != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->log_check), self->map == SEN_HEAT_SHARE);
  gtk_widget_set_visible (GTK_WIDGET (self->sink_check), self->map == SEN_HEAT_SHARE);
  if (self->map == SEN_HEAT_CHANGE)
    sen_heat_legend_set_changes (self->legend, (double) self->most);
  else
    sen_heat_legend_set_scale (self->legend, self->most, gtk_check_button_get_active (self->log_check) ? N_DECADES : 0);
  tint (self);
  sen_look_pane_name_strongest (self);
  update_media (self);
  sen_look_pane_fill_table (self);
  g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_HEAT], 0);
}

float
sen_look_pane_strength (SenLookPane *self, guint piece, SenHeatMap *map)
{
  *map = self->map;
  return self->row != NULL && self->info != NULL && piece < self->info->n_pieces ? strength (self, self->row[piece]) : 0.0f;
}
