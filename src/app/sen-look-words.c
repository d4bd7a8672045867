/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "sen-look-pane-private.h"

#define MOST_TEXT_BYTES 60      /* of words that are named together */

/* Where a line ends is seen, so that it can be pointed at. (transfer full) */
static char *
display_text (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  return g_strjoinv ("↵\n", lines);
}

char *
sen_look_quote (const char *text)
{
  g_autofree char *shown = g_strdelimit (display_text (text), "\n", ' ');
  /* translators: a word of a text, quoted; spaces are a part of it */
  g_strstrip (shown);
  return g_strdup_printf (_("“%s”"), *shown != '\0' ? shown : "␣");
}

char *
sen_look_quote_among (const SenCandidate *one, const SenCandidate *all, guint n)
{
  g_autofree char *plain = sen_look_quote (one->text);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *other = sen_look_quote (all[i].text);
      if (all[i].id == one->id || !g_str_equal (plain, other))
        continue;
      g_autofree char *shown = display_text (one->text);
      g_auto (GStrv) parts = g_strsplit (g_strdelimit (shown, "\n", ' '), " ", -1);
      g_autofree char *spaced = g_strjoinv ("␣", parts);
      return g_strdup_printf (_("“%s”"), spaced);
    }
  return g_steal_pointer (&plain);
}

const SenLookItem *
sen_look_pane_item_at (SenLookPane *self, guint i)
{
  return &g_array_index (self->items, SenLookItem, i);
}

static const SenExplanationSpan *
span_of (SenLookPane *self, guint piece)
{
  gint32 span = self->info->pieces[piece].span;
  return span >= 0 && (guint) span < self->info->n_spans ? &self->info->spans[span] : NULL;
}

char *
sen_look_pane_item_text (SenLookPane *self, const SenLookItem *item)
{
  const SenExplanationSpan *span = span_of (self, item->first);
  if (span != NULL)
    return g_strdup_printf (" ▣ %s ", span->name);
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < item->n && text->len < MOST_TEXT_BYTES; i++)
    g_string_append (text, self->info->pieces[item->first + i].text);
  return display_text (text->str);
}

float
sen_look_pane_item_weight (SenLookPane *self, const SenLookItem *item)
{
  float sum = 0.0f;
  for (guint i = 0; self->row != NULL && i < item->n; i++)
    sum += self->row[item->first + i];
  return sum;
}

void
sen_look_pane_fill_prompt (SenLookPane *self)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (SenFlowToken));
  g_array_set_size (self->items, 0);
  for (guint first = 0, end; first < self->answer_first; first = end)
    {
      const SenExplanationSpan *span = span_of (self, first);
      for (end = first + 1; end < self->answer_first && span != NULL; end++)
        if (span_of (self, end) == NULL || span_of (self, end)->media != span->media)
          break;
      SenLookItem item = { first, end - first };
      g_array_append_val (self->items, item);
      char *text = sen_look_pane_item_text (self, &item);
      SenFlowToken token = {
        text, span != NULL ? SEN_TOKEN_CHIP : self->info->pieces[first].kind == SEN_PIECE_TEMPLATE ? SEN_TOKEN_DIM : SEN_TOKEN_PLAIN
      };
      g_ptr_array_add (texts, text);
      g_array_append_val (tokens, token);
    }
  sen_token_flow_set_tokens (self->prompt, (const SenFlowToken *) tokens->data, tokens->len);
}

const SenPrediction *
sen_look_pane_prediction_of (SenLookPane *self, guint word)
{
  guint piece = self->answer_first + word;
  bool is_asked = self->info->predictions != NULL && piece > self->info->first_query
                  && piece - 1 - self->info->first_query < self->info->n_queries;
  return is_asked ? &self->info->predictions[piece - 1 - self->info->first_query] : NULL;
}

void
sen_look_pane_fill_answer (SenLookPane *self, guint n_shown)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree SenFlowToken *tokens = g_new (SenFlowToken, self->n_answer);
  g_autofree float *shares = g_new0 (float, self->n_answer);
  for (guint i = 0; i < self->n_answer; i++)
    {
      const SenPrediction *prediction = sen_look_pane_prediction_of (self, i);
      /* Of as many choices as the entropy is worth, one: full when it was certain. */
      shares[i] = prediction != NULL ? expf (-prediction->entropy) : 0.0f;
      if (i < n_shown)
        continue;
      g_ptr_array_add (texts, display_text (self->info->pieces[self->answer_first + i].text));
      tokens[i - n_shown] = (SenFlowToken) { g_ptr_array_index (texts, i - n_shown), SEN_TOKEN_PLAIN };
    }
  if (n_shown == 0)
    sen_token_flow_set_tokens (self->answer, tokens, self->n_answer);
  else
    sen_token_flow_append (self->answer, tokens, self->n_answer - n_shown);
  sen_token_flow_set_ribbon (self->answer, self->info->predictions != NULL ? shares : NULL);
  sen_look_replay_set_words (self->replay, self->n_answer);
}

char *
sen_look_pane_describe_prompt (guint token, gpointer data)
{
  SenLookPane *self = data;
  if (self->info == NULL || token >= self->items->len)
    return NULL;
  const SenLookItem *item = sen_look_pane_item_at (self, token);
  g_autofree char *text = sen_look_pane_item_text (self, item), *quoted = sen_look_quote (text);
  g_autofree char *share = sen_heat_format (self->map, (double) sen_look_pane_item_weight (self, item));
  return self->row != NULL ? g_strdup_printf ("%s %s", quoted, share) : g_strdup (quoted);
}

char *
sen_look_pane_describe_answer (guint token, gpointer data)
{
  SenLookPane *self = data;
  if (self->info == NULL || token >= self->n_answer)
    return NULL;
  const SenPrediction *prediction = sen_look_pane_prediction_of (self, token);
  g_autofree char *quoted = sen_look_quote (self->info->pieces[self->answer_first + token].text);
  if (prediction == NULL)
    return g_steal_pointer (&quoted);
  g_autofree char *share = sen_heat_format_share (exp ((double) prediction->logprob));
  /* translators: a word of an answer, and with which probability the model chose it */
  return g_strdup_printf (_("%s, %s likely"), quoted, share);
}
