/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-replay.h"

#define STEP_MS 220

struct SenLookReplay {
  GtkToggleButton  *button;
  SenLookReplayFunc func;
  gpointer          user_data;
  gulong            handler;
  guint             n_words, source;
  int               word;
};

static void
step (SenLookReplay *self)
{
  self->word++;
  self->func (self->word, self->user_data);
}

static void
rest (SenLookReplay *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  g_signal_handler_block (self->button, self->handler);
  gtk_toggle_button_set_active (self->button, FALSE);
  g_signal_handler_unblock (self->button, self->handler);
  gtk_button_set_icon_name (GTK_BUTTON (self->button), "media-playback-start-symbolic");
}

static gboolean
on_step (gpointer data)
{
  SenLookReplay *self = data;
  if (self->word + 1 < (int) self->n_words)
    {
      step (self);
      return G_SOURCE_CONTINUE;
    }
  self->source = 0;
  rest (self);
  return G_SOURCE_REMOVE;
}

static void
on_toggled (GtkToggleButton *button, SenLookReplay *self)
{
  gboolean may_move = TRUE;
  g_clear_handle_id (&self->source, g_source_remove);
  if (!gtk_toggle_button_get_active (button) || self->n_words == 0)
    {
      rest (self);
      return;
    }
  if (self->word + 1 >= (int) self->n_words)
    self->word = -1;
  step (self);
  g_object_get (gtk_widget_get_settings (GTK_WIDGET (button)), "gtk-enable-animations", &may_move, NULL);
  if (!may_move)
    {
      rest (self);
      return;
    }
  gtk_button_set_icon_name (GTK_BUTTON (button), "media-playback-pause-symbolic");
  self->source = g_timeout_add (STEP_MS, on_step, self);
}

SenLookReplay *
sen_look_replay_new (GtkToggleButton *button, SenLookReplayFunc func, gpointer user_data)
{
  SenLookReplay *self = g_new (SenLookReplay, 1);
  *self = (SenLookReplay) { .button = button, .func = func, .user_data = user_data, .word = -1 };
  self->handler = g_signal_connect (button, "toggled", G_CALLBACK (on_toggled), self);
  return self;
}

void
sen_look_replay_free (SenLookReplay *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->source, g_source_remove);
  g_signal_handler_disconnect (self->button, self->handler);
  g_free (self);
}

void
sen_look_replay_set_words (SenLookReplay *self, guint n_words)
{
  self->n_words = n_words;
}

void
sen_look_replay_rewind (SenLookReplay *self)
{
  rest (self);
  self->word = -1;
}

int
sen_look_replay_word (const SenLookReplay *self)
{
  return self->word;
}
