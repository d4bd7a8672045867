/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "sen-look-pane-private.h"

#define N_BINS 24               /* of a head's strip */

/* The answer up to the pinned word, and @text in its place; NULL when that is no text. (transfer full) */
static char *
answer_with (SenLookPane *self, const char *text)
{
  const SenPiece *piece = &self->info->pieces[self->answer_first + (guint) self->pinned];
  if (piece->start > sen_message_length (self->message) || strstr (text, "\xef\xbf\xbd") != NULL || *text == '\0')
    return NULL;
  g_autofree char *before = g_strndup (sen_message_text (self->message), piece->start);
  return g_utf8_validate (before, -1, NULL) ? g_strconcat (before, text, NULL) : NULL;
}

static void
on_instead (GtkButton *button, SenLookPane *self)
{
  g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_GO_ON_WITH], 0, g_object_get_data (G_OBJECT (button), "text"));
}

static GtkWidget *
new_candidate_row (SenLookPane *self, const SenCandidate *candidate, const char *quoted, bool is_chosen)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *button = gtk_button_new_from_icon_name ("go-next-symbolic");
  g_autofree char *share = sen_heat_format_share (exp ((double) candidate->logprob));
  g_autofree char *answer = is_chosen ? NULL : answer_with (self, candidate->text);
  GtkWidget *word = gtk_label_new (quoted), *number = gtk_label_new (share);
  gtk_label_set_xalign (GTK_LABEL (word), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (word), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (word, TRUE);
  gtk_widget_add_css_class (number, "numeric");
  gtk_widget_add_css_class (number, "dim-label");
  if (is_chosen)
    gtk_widget_add_css_class (word, "heading");
  gtk_widget_set_margin_start (box, 10);
  gtk_widget_set_margin_end (box, 4);
  gtk_box_append (GTK_BOX (box), word);
  gtk_box_append (GTK_BOX (box), number);
  gtk_box_append (GTK_BOX (box), button);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _("Continue from here with this word instead"));
  /* translators: a word that the answer did not take */
  g_autofree char *label = g_strdup_printf (_("Continue from here with %s instead"), quoted);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  /* Where nothing can be gone on with its room stays, so that the numbers stand in a line. */
  gtk_widget_set_opacity (button, answer != NULL ? 1.0 : 0.0);
  gtk_widget_set_sensitive (button, answer != NULL && !self->is_busy);
  g_object_set_data_full (G_OBJECT (button), "text", g_steal_pointer (&answer), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_instead), self, 0);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  return row;
}

void
sen_look_pane_fill_candidates (SenLookPane *self)
{
  GtkWidget *row;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->candidates))) != NULL)
    gtk_list_box_remove (self->candidates, row);
  const SenPrediction *prediction = self->pinned >= 0 ? sen_look_pane_prediction_of (self, (guint) self->pinned) : NULL;
  if (prediction == NULL)
    return;
  const SenPiece *piece = &self->info->pieces[self->answer_first + (guint) self->pinned];
  const SenCandidate *candidates = self->info->candidates + (gsize) (prediction - self->info->predictions) * self->info->n_candidates;
  guint n = MIN (prediction->n_alternatives, self->info->n_candidates);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *word = sen_look_quote_among (&candidates[i], candidates, n);
      gtk_list_box_append (self->candidates, new_candidate_row (self, &candidates[i], word, candidates[i].id == piece->id));
    }
  g_autofree char *quoted = sen_look_quote (piece->text), *share = sen_heat_format_share (exp ((double) prediction->logprob));
  /* translators: a word, its probability, and its place among all words of the model by probability */
  g_autofree char *title = g_strdup_printf (_("%s was %s likely, place %u"), quoted, share, prediction->rank + 1);
  gtk_label_set_text (self->candidates_label, title);
}

void
sen_look_pane_tell_layer (SenLookPane *self)
{
  g_autofree char *text = NULL;
  bool are_few = self->info != NULL && self->info->n_layers > 1 && self->info->n_layers < self->info->n_layer;
  if (self->layer < 0)
    /* translators: a number of layers of the model, and how many it has */
    text = are_few ? g_strdup_printf (_("Mean of %u of the %u layers"), self->info->n_layers, self->info->n_layer)
                   : g_strdup (_("Mean of all layers and heads"));
  else if (self->head < 0)
    /* translators: a layer of the model */
    text = g_strdup_printf (_("Layer %d, mean of its heads"), self->layer + 1);
  else
    text = g_strdup_printf (_("Layer %d, head %d"), self->layer + 1, self->head + 1);
  gtk_label_set_text (self->layer_label, text);
  gtk_label_set_text (self->chosen_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->layer_box), self->layer >= 0);
}

/* The strongest of each stretch of pieces, each head by its own strongest: which one looks where, not how much. */
static void
fill_grid (SenLookPane *self)
{
  const SenExplanationInfo *info = sen_explanation_info (self->detail);
  gsize n_heads = (gsize) info->n_layer * info->n_head;
  guint n = info->detail_query + 1;
  g_autofree float *strips = g_new0 (float, n_heads * N_BINS);
  for (gsize head = 0; head < n_heads; head++)
    {
      const float *weights = info->detail + head * info->n_pieces;
      float *strip = strips + head * N_BINS, most = 0.0f;
      for (guint bin = 0, i = 1; bin < N_BINS; bin++)
        {
          /* Piece i lies in bin i · N_BINS / n, rounded down. */
          guint bin_end = (guint) (((guint64) (bin + 1) * n + N_BINS - 1) / N_BINS);
          for (; i < bin_end; i++)
            strip[bin] = MAX (strip[bin], weights[i]);
          most = MAX (most, strip[bin]);
        }
      for (guint bin = 0; bin < N_BINS && most > 0.0f; bin++)
        strip[bin] /= most;
    }
  sen_head_grid_set_strips (self->grid, strips, info->n_layer, info->n_head, N_BINS);
  sen_head_grid_set_chosen (self->grid, self->head >= 0 ? self->layer : -1, self->head);
}

static void
fill_lens (SenLookPane *self)
{
  const SenExplanationInfo *info = sen_explanation_info (self->detail);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free), shares = g_ptr_array_new_with_free_func (g_free);
  for (guint layer = 0; layer < info->n_layer; layer++)
    {
      const SenCandidate *best = info->lens_candidates + (gsize) layer * info->n_candidates;
      g_autofree char *quoted = sen_look_quote (best->text);
      /* translators: a layer of the model, and the word it would have said */
      g_ptr_array_add (words, g_strdup_printf (_("%u: %s"), layer + 1, quoted));
      g_ptr_array_add (shares, sen_heat_format_share (exp ((double) best->logprob)));
    }
  sen_look_table_set_lines (self->lens_table, (const char *const *) words->pdata, (const char *const *) shares->pdata, words->len);
  gtk_label_set_text (self->lens_limits, _(sen_explain_method_limits (SEN_EXPLAIN_LENS)));
}

/* The words that might have come, and the one that did where it is not among these. */
static void
fill_shares (SenLookPane *self)
{
  const SenPrediction *prediction = self->pinned >= 0 ? sen_look_pane_prediction_of (self, (guint) self->pinned) : NULL;
  const SenPiece *piece = self->pinned >= 0 ? &self->info->pieces[self->answer_first + (guint) self->pinned] : NULL;
  g_autoptr (GArray) words = g_array_new (FALSE, FALSE, sizeof (SenCandidate));
  g_autoptr (GPtrArray) named = g_ptr_array_new_with_free_func (g_free);
  bool has_chosen = false;
  for (guint i = 0; prediction != NULL && i < MIN (prediction->n_alternatives, self->info->n_candidates); i++)
    {
      const SenCandidate *one = self->info->candidates + (gsize) (prediction - self->info->predictions) * self->info->n_candidates + i;
      has_chosen = has_chosen || one->id == piece->id;
      g_array_append_val (words, *one);
    }
  if (piece != NULL && !has_chosen)
    {
      SenCandidate chosen = { .id = piece->id, .text = piece->text };
      g_array_prepend_val (words, chosen);
    }
  for (guint i = 0; i < words->len; i++)
    g_ptr_array_add (named, sen_look_quote_among (&g_array_index (words, SenCandidate, i), (const SenCandidate *) words->data, words->len));
  sen_look_shares_set_words (self->shares, (const SenCandidate *) words->data, (const char *const *) named->pdata, words->len);
}

void
sen_look_pane_show_detail (SenLookPane *self)
{
  const SenExplanationInfo *info = self->detail != NULL ? sen_explanation_info (self->detail) : NULL;
  bool has_heads = info != NULL && info->detail != NULL, has_lens = info != NULL && info->lens != NULL && info->n_candidates > 0;
  self->is_filling = true;
  gtk_adjustment_configure (self->layer_adjustment, self->layer + 1.0, 0.0, info != NULL ? info->n_layer : 1.0, 1.0, 4.0, 0.0);
  self->is_filling = false;
  gtk_widget_set_visible (GTK_WIDGET (self->heads_expander), has_heads);
  gtk_widget_set_visible (GTK_WIDGET (self->lens_expander), has_lens);
  gtk_widget_set_visible (GTK_WIDGET (self->detail_label), info == NULL);
  bool is_behind = sen_look_methods_is_waiting (self->methods) || sen_look_trust_is_waiting (self->trust);
  gtk_label_set_text (self->detail_label, is_behind ? _("Layers and heads come after what is being looked at now.")
                                                    : _("Layers and heads are on their way…"));
  sen_look_pane_tell_layer (self);
  if (has_heads)
    fill_grid (self);
  fill_shares (self);
  if (has_lens)
    fill_lens (self);
}

/* The strongest word comes into sight. */
static void
scroll_to_strongest (SenLookPane *self)
{
  graphene_rect_t bounds;
  int best = -1;
  float most = 0.0f;
  for (guint i = 1; self->row != NULL && i < self->items->len; i++)
    {
      const SenLookItem *item = sen_look_pane_item_at (self, i);
      float weight = sen_look_pane_item_weight (self, item);
      if (weight <= most || self->info->pieces[item->first].kind == SEN_PIECE_TEMPLATE)
        continue;
      most = weight;
      best = (int) i;
    }
  if (best < 0 || !sen_token_flow_get_bounds (self->prompt, (guint) best, &bounds))
    return;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->prompt_scroller);
  double page = gtk_adjustment_get_page_size (adjustment);
  gtk_adjustment_set_value (adjustment, bounds.origin.y + bounds.size.height / 2.0 - page / 2.0);
}

void
sen_look_pane_bring_into_sight (SenLookPane *self, int word)
{
  graphene_rect_t bounds;
  if (word < 0 || !sen_token_flow_get_bounds (self->answer, (guint) word, &bounds))
    return;
  gtk_adjustment_clamp_page (gtk_scrolled_window_get_vadjustment (self->answer_scroller), bounds.origin.y,
                             bounds.origin.y + bounds.size.height);
}

void
sen_look_pane_pin (SenLookPane *self, int word)
{
  self->pinned = word == self->pinned ? -1 : word;
  sen_look_replay_rewind (self->replay);
  g_clear_pointer (&self->detail, sen_explanation_unref);
  gtk_widget_set_visible (GTK_WIDGET (self->pinned_box), self->pinned >= 0);
  sen_look_pane_show_detail (self);
  sen_look_pane_fill_candidates (self);
  sen_look_pane_update_heat (self);
  if (self->pinned < 0 || self->answer_first + (guint) self->pinned == 0)
    return;
  scroll_to_strongest (self);
  g_signal_emit (self, sen_look_pane_signals[SEN_LOOK_PANE_DETAIL], 0, self->answer_first + (guint) self->pinned - 1);
}

void
sen_look_pane_point (SenLookPane *self, gssize byte)
{
  int told = -1;
  for (guint i = 0; byte >= 0 && self->info != NULL && i < self->n_answer && told < 0; i++)
    {
      const SenPiece *piece = &self->info->pieces[self->answer_first + i];
      /* A word's first token may begin with the space before it. */
      if ((gssize) piece->end > byte)
        told = (int) i;
    }
  if (told == self->told)
    return;
  self->told = told;
  sen_look_pane_update_heat (self);
  sen_look_pane_bring_into_sight (self, told);
}

void
sen_look_pane_choose (SenLookPane *self, guint word)
{
  if (self->n_answer > 0)
    sen_look_pane_pin (self, (int) MIN (word, self->n_answer - 1));
}

void
sen_look_pane_set_detail (SenLookPane *self, SenExplanation *detail)
{
  gtk_widget_set_visible (GTK_WIDGET (self->detail_label), FALSE);
  if (detail == NULL)
    return;
  const SenExplanationInfo *info = sen_explanation_info (detail);
  if (self->info == NULL || info->n_pieces != self->info->n_pieces || g_strcmp0 (info->model, self->info->model) != 0 || self->pinned < 0
      || info->detail_query + 1 != self->answer_first + (guint) self->pinned)
    return;
  g_clear_pointer (&self->detail, sen_explanation_unref);
  self->detail = sen_explanation_ref (detail);
  sen_look_pane_show_detail (self);
  sen_look_pane_update_heat (self);
}
