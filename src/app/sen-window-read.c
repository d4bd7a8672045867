/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>
#include <string.h>

#include "sen-window-private.h"

/* An answer that is there is read in pieces of about so much, so that the first is soon said. */
#define PIECE_BYTES 64

static void
set_read (SenWindow *self, SenMessage *message)
{
  if (!g_set_object (&self->read, message))
    return;
  sen_conversation_view_set_read (self->view, message);
  sen_window_update (self);
}

static void
begin (SenWindow *self, SenMessage *message)
{
  sen_read_aloud_set_voice (self->reader, self->settings->read_voice, self->settings->read_rate);
  sen_read_aloud_begin (self->reader);
  set_read (self, message);
}

void
sen_window_stop_reading (SenWindow *self)
{
  if (self->read != NULL)
    sen_read_aloud_stop (self->reader);
}

/* --- An answer that is being written ------------------------------------------------------------------------------------------------- */

void
sen_window_read_answer (SenWindow *self)
{
  sen_window_stop_reading (self);
  if (!self->settings->read_aloud)
    return;
  begin (self, self->answer);
  self->reads_unasked = TRUE;
}

bool
sen_window_read_sentences (SenWindow *self, const char *said)
{
  bool is_read = self->answer != NULL && self->read == self->answer;
  if (is_read)
    sen_read_aloud_say (self->reader, said);
  return is_read;
}

void
sen_window_end_answer (SenWindow *self)
{
  if (self->answer != NULL && self->read == self->answer)
    sen_read_aloud_end (self->reader);
}

/* --- One that is there --------------------------------------------------------------------------------------------------------------- */

static void
say_all (SenWindow *self, const char *text)
{
  g_autoptr (SenSentences) sentences = sen_sentences_new ();
  while (*text != '\0')
    {
      const char *end = text;
      while (*end != '\0' && *end != '\n' && end - text < PIECE_BYTES)
        end = g_utf8_next_char (end);
      end += *end == '\n';
      g_autofree char *piece = g_strndup (text, (gsize) (end - text));
      sen_sentences_append (sentences, piece);
      g_autofree char *said = sen_sentences_take (sentences);
      if (said != NULL)
        sen_read_aloud_say (self->reader, said);
      text = end;
    }
  g_autofree char *rest = sen_sentences_finish (sentences);
  if (rest != NULL)
    sen_read_aloud_say (self->reader, rest);
  sen_read_aloud_end (self->reader);
}

static void
on_read_aloud (SenConversationView *view, SenMessage *message, SenWindow *self)
{
  bool is_read = self->read == message;
  sen_window_stop_reading (self);
  if (is_read)
    return;
  begin (self, message);
  self->reads_unasked = FALSE;
  say_all (self, sen_message_text (message));
}

static void
on_changed (SenReadAloud *reader, SenWindow *self)
{
  if (!sen_read_aloud_is_on (reader))
    set_read (self, NULL);
}

static void
on_failed (SenReadAloud *reader, GError *error, SenWindow *self)
{
  /* Once is enough, except for who asks to hear something. */
  if (self->reads_unasked && self->is_silence_told)
    return;
  self->is_silence_told = TRUE;
  g_autofree char *text = g_strconcat (_(error->message), ".", NULL);
  sen_window_show_banner (self, text, "win.preferences", _("Preferences"));
}

void
sen_window_init_reading (SenWindow *self)
{
  self->reader = sen_read_aloud_new (sen_application_debug (self->application));
  g_signal_connect_object (self->reader, "changed", G_CALLBACK (on_changed), self, 0);
  g_signal_connect_object (self->reader, "failed", G_CALLBACK (on_failed), self, 0);
  g_signal_connect_object (self->view, "read-aloud", G_CALLBACK (on_read_aloud), self, 0);
}
