/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-play.h"

#include "sen-capture.h"

#define WAIT_US 40000

struct _SenPlay {
  GObject    parent_instance;
  SenSenses *senses;            /* @owner's */
  GObject   *owner;
  char      *path;
  double     start;
  SenCancel  cancel;            /* stops reading */
  SenSound  *sound;             /* the thread's */
  GError    *reading_error;     /* the playback's thread's until that has ended */

  GMutex     lock;              /* guards what follows */
  GCond      woken;
  double     position;
  bool       is_over, has_idle;
  GError    *error;
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenPlay, sen_play, G_TYPE_OBJECT)

/* --- On the thread -------------------------------------------------------------------------------------------------------------------- */

static gboolean
emit_changed (gpointer data)
{
  SenPlay *self = data;
  g_mutex_lock (&self->lock);
  self->has_idle = false;
  g_mutex_unlock (&self->lock);
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* The main context hears of several changes at once; it also gives up the last reference, whose end is not for this thread. */
static void
tell (SenPlay *self)
{
  g_mutex_lock (&self->lock);
  bool is_new = !self->has_idle;
  self->has_idle = true;
  g_mutex_unlock (&self->lock);
  if (is_new)
    g_idle_add_full (G_PRIORITY_DEFAULT, emit_changed, g_object_ref (self), g_object_unref);
}

static gboolean
let_go (gpointer self)
{
  g_object_unref (self);
  return G_SOURCE_REMOVE;
}

static size_t
give_samples (float *samples, size_t n, gpointer data)
{
  SenPlay *self = data;
  gssize got = self->reading_error == NULL ? sen_sound_read (self->sound, samples, n, &self->cancel, &self->reading_error) : 0;
  return got > 0 ? (size_t) got : 0;
}

static void
wake (gpointer data)
{
  SenPlay *self = data;
  g_mutex_lock (&self->lock);
  g_cond_signal (&self->woken);
  g_mutex_unlock (&self->lock);
}

static void
follow (SenPlay *self, SenPlayback *playback)
{
  SenCaptureState state = SEN_CAPTURE_OPENING;
  while (state != SEN_CAPTURE_ENDED && state != SEN_CAPTURE_BROKEN && !sen_cancel_requested (&self->cancel))
    {
      g_mutex_lock (&self->lock);
      g_cond_wait_until (&self->woken, &self->lock, g_get_monotonic_time () + WAIT_US);
      g_mutex_unlock (&self->lock);
      state = sen_playback_state (playback);
      double position = self->start + (double) sen_playback_position (playback) / SEN_CAPTURE_RATE;
      g_mutex_lock (&self->lock);
      bool is_new = position != self->position;
      self->position = position;
      g_mutex_unlock (&self->lock);
      if (is_new)
        tell (self);
    }
}

static gpointer
run (gpointer data)
{
  SenPlay *self = data;
  GError *error = NULL;
  SenPlayback *playback = NULL;
  self->sound = sen_senses_open_sound (self->senses, self->path, self->start, &self->cancel, &error);
  if (self->sound != NULL)
    playback = sen_playback_new (sen_senses_capture_helper (self->senses), give_samples, wake, self, &error);
  if (playback != NULL)
    {
      follow (self, playback);
      error = sen_playback_error (playback);
    }
  g_clear_pointer (&playback, sen_playback_free);
  g_clear_pointer (&self->sound, sen_sound_close);
  if (error == NULL)
    error = g_steal_pointer (&self->reading_error);
  if (sen_cancel_requested (&self->cancel))
    g_clear_error (&error);
  g_mutex_lock (&self->lock);
  self->is_over = true;
  self->error = error;
  g_mutex_unlock (&self->lock);
  tell (self);
  g_idle_add (let_go, self);
  return NULL;
}

/* --- Outside -------------------------------------------------------------------------------------------------------------------------- */

SenPlay *
sen_play_new (SenSenses *senses, GObject *owner, const char *path, double start)
{
  SenPlay *self = g_object_new (SEN_TYPE_PLAY, NULL);
  self->senses = senses;
  self->owner = g_object_ref (owner);
  self->path = g_strdup (path);
  self->start = self->position = start;
  g_thread_unref (g_thread_new ("sen-play", run, g_object_ref (self)));
  return self;
}

void
sen_play_stop (SenPlay *self)
{
  g_atomic_int_set (&self->cancel.requested, 1);
  wake (self);
}

double
sen_play_position (SenPlay *self)
{
  g_mutex_lock (&self->lock);
  double position = self->position;
  g_mutex_unlock (&self->lock);
  return position;
}

bool
sen_play_is_over (SenPlay *self)
{
  g_mutex_lock (&self->lock);
  bool is_over = self->is_over;
  g_mutex_unlock (&self->lock);
  return is_over;
}

const GError *
sen_play_error (SenPlay *self)
{
  /* Set once, together with the end. */
  return sen_play_is_over (self) ? self->error : NULL;
}

static void
sen_play_finalize (GObject *object)
{
  SenPlay *self = SEN_PLAY (object);
  g_clear_object (&self->owner);
  g_clear_error (&self->error);
  g_clear_error (&self->reading_error);
  g_free (self->path);
  g_cond_clear (&self->woken);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (sen_play_parent_class)->finalize (object);
}

static void
sen_play_class_init (SenPlayClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_play_finalize;
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_PLAY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_play_init (SenPlay *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->woken);
}
