/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-job.h"

struct _SenJob {
  GObject   parent_instance;
  SenCancel cancel;

  /* Shared between worker and main context, under the lock. */
  GMutex      lock;
  bool        is_scheduled;
  const char *stage;          /* static */
  double      fraction;
  GString    *text;           /* not delivered yet */
  bool        finished;
  GError     *error;

  bool        is_finished;    /* "finished" was emitted; main context only */
};

enum { CHANGED, TEXT, FINISHED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenJob, sen_job, G_TYPE_OBJECT)

static void
sen_job_finalize (GObject *object)
{
  SenJob *self = SEN_JOB (object);
  g_mutex_clear (&self->lock);
  g_string_free (self->text, TRUE);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (sen_job_parent_class)->finalize (object);
}

static void
sen_job_class_init (SenJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sen_job_finalize;
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[TEXT] = g_signal_new ("text", SEN_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[FINISHED] = g_signal_new ("finished", SEN_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_job_init (SenJob *self)
{
  g_mutex_init (&self->lock);
  self->text = g_string_new (NULL);
  self->stage = "";
  self->fraction = -1.0;
}

SenJob *
sen_job_new (void)
{
  return g_object_new (SEN_TYPE_JOB, NULL);
}

/* Delivers everything that has gathered. */
static gboolean
dispatch (gpointer data)
{
  SenJob *self = data;
  g_autofree char *text = NULL;

  g_mutex_lock (&self->lock);
  self->is_scheduled = false;
  bool finished = self->finished;
  if (self->text->len > 0)
    {
      text = g_strdup (self->text->str);
      g_string_truncate (self->text, 0);
    }
  g_mutex_unlock (&self->lock);

  g_signal_emit (self, signals[CHANGED], 0);
  if (text != NULL)
    g_signal_emit (self, signals[TEXT], 0, text);
  if (finished)
    {
      self->is_finished = true;
      g_signal_emit (self, signals[FINISHED], 0);
    }
  return G_SOURCE_REMOVE;
}

/* One source for all that is reported until it runs. */
static void
schedule_locked (SenJob *self)
{
  if (self->is_scheduled)
    return;
  self->is_scheduled = true;
  g_timeout_add_full (G_PRIORITY_DEFAULT, SEN_JOB_INTERVAL_MS, dispatch, g_object_ref (self), g_object_unref);
}

const char *
sen_job_stage (SenJob *self)
{
  g_mutex_lock (&self->lock);
  const char *stage = self->stage;
  g_mutex_unlock (&self->lock);
  return stage;
}

double
sen_job_fraction (SenJob *self)
{
  g_mutex_lock (&self->lock);
  double fraction = self->fraction;
  g_mutex_unlock (&self->lock);
  return fraction;
}

bool
sen_job_is_finished (SenJob *self)
{
  return self->is_finished;
}

const GError *
sen_job_error (SenJob *self)
{
  return self->is_finished ? self->error : NULL;
}

void
sen_job_cancel (SenJob *self)
{
  g_atomic_int_set (&self->cancel.requested, 1);
}

SenCancel *
sen_job_cancellation (SenJob *self)
{
  return &self->cancel;
}

void
sen_job_report_stage (SenJob *self, const char *stage, double fraction)
{
  g_mutex_lock (&self->lock);
  self->stage = stage;
  self->fraction = fraction;
  schedule_locked (self);
  g_mutex_unlock (&self->lock);
}

void
sen_job_report_text (SenJob *self, const char *text)
{
  g_mutex_lock (&self->lock);
  g_string_append (self->text, text);
  schedule_locked (self);
  g_mutex_unlock (&self->lock);
}

void
sen_job_report_finished (SenJob *self, GError *error)
{
  g_mutex_lock (&self->lock);
  self->finished = true;
  self->error = error;
  schedule_locked (self);
  g_mutex_unlock (&self->lock);
}
