/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-window-private.h"

/* The engine explains what it writes only while somebody sees it. */
void
sen_window_set_looking (SenWindow *self, bool is_looking)
{
  const SenExplainParams params = { .method = SEN_EXPLAIN_ATTENTION, .n_candidates = SEN_WINDOW_CANDIDATES };
  if (self->is_looking == is_looking)
    return;
  self->is_looking = is_looking;
  sen_engine_set_looking (self->engine, is_looking ? &params : NULL);
}

/* (transfer full); NULL where it is another answer that is looked at, or nobody looks */
static SenExplanation *
take (SenWindow *self, SenJob *job)
{
  return self->is_looking && self->looked != NULL && self->looked == self->answer ? sen_engine_chat_look (job) : NULL;
}

void
sen_window_follow_look (SenWindow *self, SenJob *job)
{
  g_autoptr (SenExplanation) explanation = take (self, job);
  if (explanation == NULL)
    return;
  sen_look_pane_grow (self->look_pane, explanation, self->looked, g_object_get_data (G_OBJECT (job), "attachments"));
  sen_window_demo_live (self, sen_explanation_info (explanation)->n_queries);
}

/* All words of the answer are in it, and how each was chosen. */
static bool
is_whole (const SenExplanationInfo *info, SenMessage *message)
{
  const SenPiece *last = &info->pieces[info->n_pieces - 1], *first = &info->pieces[MIN (info->first_query + 1, info->n_pieces - 1)];
  return last->kind == SEN_PIECE_TEXT && last->end == sen_message_length (message) && first->message == last->message && first->start == 0;
}

void
sen_window_settle_look (SenWindow *self, SenJob *job)
{
  g_autoptr (SenExplanation) explanation = take (self, job);
  sen_window_follow_look (self, job);
  if (explanation != NULL && is_whole (sen_explanation_info (explanation), self->looked))
    self->look_waits = false;
}
