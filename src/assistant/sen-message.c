/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-history-private.h"

/* How long new text may wait to be saved. */
#define SAVE_INTERVAL_MS 450

enum { APPENDED, CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenMessage, sen_message, G_TYPE_OBJECT)

gint64
sen_message_id (SenMessage *self)
{
  return self->id;
}

SenSpeaker
sen_message_speaker (SenMessage *self)
{
  return self->speaker;
}

SenMessageState
sen_message_state (SenMessage *self)
{
  return self->state;
}

const char *
sen_message_text (SenMessage *self)
{
  return self->text->str;
}

gsize
sen_message_length (SenMessage *self)
{
  return self->text->len;
}

const SenMessageFigures *
sen_message_figures (SenMessage *self)
{
  return &self->figures;
}

GPtrArray *
sen_message_attachments (SenMessage *self)
{
  return self->attachments;
}

const char *
sen_message_sources (SenMessage *self)
{
  return self->sources;
}

void
sen_message_set_sources (SenMessage *self, const char *sources)
{
  if (sources != NULL && strlen (sources) > SEN_MESSAGE_MAX_SOURCES)
    return;
  g_autofree char *before = self->sources;
  self->sources = g_strdup (sources);
  if (self->store != NULL)
    sen_history_store_write (self->store, "UPDATE messages SET sources = ?2 WHERE id = ?1", "is", self->id, sources);
  g_signal_emit (self, signals[CHANGED], 0);
}

const char *
sen_message_asked (SenMessage *self)
{
  return self->asked;
}

void
sen_message_set_asked (SenMessage *self, const char *asked)
{
  g_autofree char *before = self->asked;
  self->asked = g_strdup (asked);
}

void
sen_message_take_attachment (SenMessage *self, SenAttachment *attachment)
{
  if (self->attachments == NULL)
    self->attachments = g_ptr_array_new_with_free_func (g_object_unref);
  attachment->message = self->id;
  attachment->position = self->attachments->len;
  g_ptr_array_add (self->attachments, attachment);
}

/* --- Saving --------------------------------------------------------------------------------------------------------------------------- */

/* Only what is new travels, so a long answer costs no more to save than a short one. */
void
sen_message_save (SenMessage *self)
{
  g_clear_handle_id (&self->save_source, g_source_remove);
  if (self->store == NULL || self->n_saved == self->text->len)
    return;
  sen_history_store_write (self->store, "UPDATE messages SET text = text || ?2, state = ?3 WHERE id = ?1", "isi", self->id,
                           self->text->str + self->n_saved, (gint64) self->state);
  self->n_saved = self->text->len;
}

static gboolean
on_save (gpointer data)
{
  SenMessage *self = data;
  self->save_source = 0;
  sen_message_save (self);
  return G_SOURCE_REMOVE;
}

void
sen_message_attach (SenMessage *self, SenHistoryStore *store)
{
  self->store = store;
  self->n_saved = self->text->len;
}

void
sen_message_append (SenMessage *self, const char *text)
{
  self->state = SEN_MESSAGE_WRITING;
  g_string_append (self->text, text);
  if (self->store != NULL && self->save_source == 0)
    self->save_source = g_timeout_add (SAVE_INTERVAL_MS, on_save, self);
  g_signal_emit (self, signals[APPENDED], 0, text);
}

void
sen_message_set_figures (SenMessage *self, const SenMessageFigures *figures)
{
  g_autofree char *model = g_strdup (figures->model), *device = g_strdup (figures->device);
  g_free (self->model);
  g_free (self->device);
  self->model = g_steal_pointer (&model);
  self->device = g_steal_pointer (&device);
  self->figures = *figures;
  self->figures.model = self->model;
  self->figures.device = self->device;
}

SenMessageState
sen_message_state_after (SenStopReason reason)
{
  switch (reason)
    {
    case SEN_STOP_CANCELLED:
      return SEN_MESSAGE_STOPPED;
    case SEN_STOP_CONTEXT:
      return SEN_MESSAGE_CUT;
    case SEN_STOP_LENGTH:
      return SEN_MESSAGE_LONG;
    case SEN_STOP_END:
    case SEN_STOP_STRING:
      break;
    }
  return SEN_MESSAGE_DONE;
}

bool
sen_message_state_can_go_on (SenMessageState state)
{
  return state == SEN_MESSAGE_STOPPED || state == SEN_MESSAGE_CUT || state == SEN_MESSAGE_LONG;
}

void
sen_message_finish (SenMessage *self, SenMessageState state, const SenMessageFigures *figures)
{
  sen_message_save (self);
  self->state = state;
  if (figures != NULL)
    sen_message_set_figures (self, figures);
  if (self->store != NULL)
    sen_history_store_write (self->store, "UPDATE messages SET state = ?2, model = ?3, device = ?4, n_tokens = ?5, seconds = ?6,"
                             " tokens_per_second = ?7 WHERE id = ?1", "iissidd", self->id, (gint64) state, self->model,
                             self->device, (gint64) self->figures.n_tokens, self->figures.seconds,
                             self->figures.tokens_per_second);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- The object ----------------------------------------------------------------------------------------------------------------------- */

SenMessage *
sen_message_new (gint64 id, gint64 parent, SenSpeaker speaker, const char *text)
{
  SenMessage *self = g_object_new (SEN_TYPE_MESSAGE, NULL);
  self->id = id;
  self->parent = parent;
  self->speaker = speaker;
  g_string_append (self->text, text);
  return self;
}

static void
sen_message_finalize (GObject *object)
{
  SenMessage *self = SEN_MESSAGE (object);
  g_clear_handle_id (&self->save_source, g_source_remove);
  g_clear_pointer (&self->attachments, g_ptr_array_unref);
  g_string_free (self->text, TRUE);
  g_free (self->model);
  g_free (self->device);
  g_free (self->sources);
  g_free (self->asked);
  G_OBJECT_CLASS (sen_message_parent_class)->finalize (object);
}

static void
sen_message_class_init (SenMessageClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_message_finalize;
  signals[APPENDED] = g_signal_new ("appended", SEN_TYPE_MESSAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                    G_TYPE_STRING);
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_MESSAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_message_init (SenMessage *self)
{
  self->text = g_string_new (NULL);
}
