/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <string.h>

#include "sen-advice.h"
#include "sen-error.h"
#include "sen-window-private.h"

/* Of all that is known of the conversation that is open. */
#define MOST_KNOWN_BYTES (128u << 20)
#define TRUST_STEPS 10

static void
tell (SenWindow *self, const char *stage, double fraction)
{
  if (self->measures_trust)
    sen_look_trust_tell (sen_look_pane_trust (self->look_pane), stage, fraction);
  else
    sen_look_methods_tell (sen_look_pane_methods (self->look_pane), stage, fraction);
}

/* What is shown stays, and is what is chosen again. */
static void
end (SenWindow *self)
{
  SenExplanation *shown = sen_look_pane_explanation (self->look_pane);
  const SenExplanationInfo *info = shown != NULL ? sen_explanation_info (shown) : NULL;
  if (info != NULL)
    sen_look_pane_set_layer (self->look_pane, info->n_layers == 1 && info->n_layer > 1 ? (int) info->layers[0] : -1,
                             info->n_layers == 1 && info->n_layer > 1 ? info->head : -1);
  tell (self, NULL, 0.0);
  g_clear_object (&self->method_job);
  self->measures_trust = false;
  sen_look_methods_set (sen_look_pane_methods (self->look_pane), &self->method);
}

void
sen_window_stop_method (SenWindow *self)
{
  if (self->method_job == NULL)
    return;
  sen_job_cancel (self->method_job);
  end (self);
}

void
sen_window_reset_method (SenWindow *self)
{
  sen_window_stop_method (self);
  self->method = (SenExplainParams) { .method = SEN_EXPLAIN_ATTENTION };
  sen_look_methods_set (sen_look_pane_methods (self->look_pane), &self->method);
}

/* --- Methods -------------------------------------------------------------------------------------------------------------------------- */

/* An answer that was seen while it was written may be of other tokens than its letters are cut into: then all of it is shown anew. */
static void
take (SenWindow *self, SenExplanation *explanation, const SenExplainParams *asked, GPtrArray *attachments)
{
  if (!sen_look_pane_switch (self->look_pane, explanation))
    sen_look_pane_show (self->look_pane, explanation, self->looked, attachments);
  self->method = *asked;
}

static void
show_problem (SenWindow *self, SenJob *job)
{
  SenAdvice advice;
  sen_advice_init (&advice, sen_job_error (job));
  sen_window_show_banner (self, advice.text, NULL, NULL);
  sen_advice_clear (&advice);
}

static void
on_method_changed (SenJob *job, SenWindow *self)
{
  if (self->method_job == job)
    tell (self, sen_job_stage (job), sen_job_fraction (job));
}

static void
on_method_finished (SenJob *job, SenWindow *self)
{
  if (self->method_job != job)
    return;
  g_autoptr (SenExplanation) explanation = sen_engine_explain_result (job);
  const SenExplainParams *asked = g_object_get_data (G_OBJECT (job), "asked");
  if (explanation != NULL)
    {
      sen_window_keep_look (self, job, explanation);
      take (self, explanation, asked, g_object_get_data (G_OBJECT (job), "attachments"));
    }
  else if (!g_error_matches (sen_job_error (job), SEN_ERROR, SEN_ERROR_CANCELLED))
    show_problem (self, job);
  end (self);
  sen_window_demo_step (self);
}

/* What is known comes at once. */
static void
begin (SenWindow *self, SenExplainParams *params)
{
  g_autoptr (SenExplanation) known = NULL;
  if (params->method != SEN_EXPLAIN_ATTENTION)
    sen_look_pane_set_layer (self->look_pane, -1, -1);
  uint32_t layer;
  sen_window_add_layer (self, params, &layer);
  g_autoptr (GPtrArray) attachments = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (SenJob) job = sen_window_ask_look (self, params, attachments, &known);
  SenExplainParams plain = { .method = params->method, .is_maximum = params->is_maximum, .grain = params->grain };
  if (known != NULL)
    {
      take (self, known, &plain, attachments);
      end (self);
      sen_window_demo_step (self);
      return;
    }
  self->method_job = g_steal_pointer (&job);
  g_object_set_data_full (G_OBJECT (self->method_job), "asked", g_memdup2 (&plain, sizeof plain), g_free);
  g_object_set_data_full (G_OBJECT (self->method_job), "attachments", g_steal_pointer (&attachments), (GDestroyNotify) g_ptr_array_unref);
  g_signal_connect_object (self->method_job, "changed", G_CALLBACK (on_method_changed), self, 0);
  g_signal_connect_object (self->method_job, "finished", G_CALLBACK (on_method_finished), self, 0);
  tell (self, "Reading", -1.0);
}

static void
on_chosen (SenLookMethods *methods, SenWindow *self)
{
  SenExplainParams params = { .query = SEN_EXPLAIN_EVERY };
  sen_look_methods_get (methods, &params);
  if (self->method_job != NULL)
    {
      sen_job_cancel (self->method_job);
      tell (self, NULL, 0.0);
      g_clear_object (&self->method_job);
      self->measures_trust = false;
    }
  if (sen_window_can_ask_look (self))
    begin (self, &params);
  else
    end (self);
}

/* All words by one layer or head, or by all again; also those that are being written, and those to come. */
static void
on_layers (SenLookPane *pane, SenWindow *self)
{
  SenExplainParams params = { .method = SEN_EXPLAIN_ATTENTION, .query = SEN_EXPLAIN_EVERY, .is_maximum = self->method.is_maximum };
  if (self->method_job != NULL)
    {
      sen_job_cancel (self->method_job);
      tell (self, NULL, 0.0);
      g_clear_object (&self->method_job);
      self->measures_trust = false;
    }
  sen_window_look_anew (self);
  if (sen_window_can_ask_look (self))
    begin (self, &params);
}

static void
on_trust_wanted (SenLookTrust *trust, SenWindow *self)
{
  SenExplanation *shown = sen_look_pane_explanation (self->look_pane);
  sen_window_stop_method (self);
  if (!sen_window_can_ask_look (self) || shown == NULL)
    return;
  const SenExplanationInfo *info = sen_explanation_info (shown);
  SenExplainParams params = self->method;
  params.query = SEN_EXPLAIN_EVERY;
  params.with_trust = true;
  params.trust_steps = TRUST_STEPS;
  /* What was seen while it was written is of a few layers, and not what is measured. */
  params.weights_of = info->weights != NULL && info->n_layers == info->n_layer ? shown : NULL;
  self->measures_trust = true;
  begin (self, &params);
}

static void
on_cancel (gpointer widget, SenWindow *self)
{
  if (self->method_job != NULL)
    sen_job_cancel (self->method_job);
}

/* --- Shares --------------------------------------------------------------------------------------------------------------------------- */

static void
on_shares_finished (SenJob *job, SenWindow *self)
{
  if (self->look_job != job)
    return;
  g_autoptr (SenJob) ours = g_steal_pointer (&self->look_job);
  g_autoptr (SenExplanation) shares = sen_engine_explain_result (job);
  if (shares == NULL && !g_error_matches (sen_job_error (job), SEN_ERROR, SEN_ERROR_CANCELLED))
    show_problem (self, job);
  sen_look_pane_set_shares (self->look_pane, shares);
  sen_window_demo_step (self);
}

/* Of the very text that is shown, whose tokens need not be those its letters would be cut into. */
static void
on_shares (SenLookPane *pane, guint query, int token, SenWindow *self)
{
  sen_window_stop_looking (self);
  if (!sen_window_can_ask_look (self))
    {
      sen_look_pane_set_shares (pane, NULL);
      return;
    }
  const SenExplainParams params = {
    .method = SEN_EXPLAIN_ATTENTION, .message = SEN_EXPLAIN_EVERY, .query = query, .n_candidates = SEN_WINDOW_CANDIDATES,
    .with_shares = true, .share_token = token,
  };
  self->look_job = sen_engine_explain_more (self->engine, sen_look_pane_explanation (pane), &params);
  g_signal_connect_object (self->look_job, "finished", G_CALLBACK (on_shares_finished), self, 0);
}

void
sen_window_init_methods (SenWindow *self)
{
  self->look_cache = sen_explain_cache_new (MOST_KNOWN_BYTES);
  g_signal_connect_object (sen_look_pane_methods (self->look_pane), "chosen", G_CALLBACK (on_chosen), self, 0);
  g_signal_connect_object (sen_look_pane_methods (self->look_pane), "cancel", G_CALLBACK (on_cancel), self, 0);
  g_signal_connect_object (sen_look_pane_trust (self->look_pane), "wanted", G_CALLBACK (on_trust_wanted), self, 0);
  g_signal_connect_object (sen_look_pane_trust (self->look_pane), "cancel", G_CALLBACK (on_cancel), self, 0);
  g_signal_connect_object (self->look_pane, "layers", G_CALLBACK (on_layers), self, 0);
  g_signal_connect_object (self->look_pane, "shares", G_CALLBACK (on_shares), self, 0);
}
