/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-ears.h"

#include "sen-attachment-reason.h"

struct SenEars {
  SenModelStore     *store;       /* may be NULL */
  GMutex             busy;        /* held while the following are used */
  SenEncoderDevice  *device;

  char              *name;        /* these from sen_ears_open() on; the name for good */
  SenWhisper        *whisper;
  SenWhisperSession *session;
};

static void
close_all (gpointer data)
{
  SenEars *self = data;
  g_clear_pointer (&self->session, sen_whisper_session_free);
  g_clear_pointer (&self->whisper, sen_whisper_unref);
  sen_encoder_device_close (self->device);
}

SenEars *
sen_ears_new (const SenDebug *debug, SenModelStore *store)
{
  SenEars *self = g_new0 (SenEars, 1);
  self->store = store != NULL ? sen_model_store_ref (store) : NULL;
  self->device = sen_encoder_device_new (&(SenDevicesParams) { .debug = debug }, close_all, self);
  g_mutex_init (&self->busy);
  return self;
}

void
sen_ears_free (SenEars *self)
{
  if (self == NULL)
    return;
  close_all (self);
  sen_encoder_device_free (self->device);
  g_mutex_clear (&self->busy);
  g_free (self->name);
  g_clear_pointer (&self->store, sen_model_store_unref);
  g_free (self);
}

void
sen_ears_tell (SenEars *self, SenEncoderDeviceGaveWay gave_way, gpointer user_data)
{
  sen_encoder_device_tell (self->device, gave_way, user_data);
}

/* The model that hears; (transfer full). */
static SenModelStatus *
find (SenEars *self, GError **error)
{
  SenModelStatus *model = self->store != NULL ? sen_model_store_choose (self->store, SEN_ROLE_HEAR) : NULL;
  if (model != NULL && model->state == SEN_MODEL_PRESENT)
    return model;
  sen_attachment_fail (error, SEN_ATTACHMENT_REASON_NO_EARS, "model", model != NULL ? sen_model_status_title (model) : "a model that hears",
                       NULL);
  g_clear_pointer (&model, sen_model_status_free);
  return NULL;
}

bool
sen_ears_check (SenEars *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->busy);
  g_autoptr (SenModelStatus) model = self->session == NULL ? find (self, error) : NULL;
  return self->session != NULL || model != NULL;
}

static bool
open_all (SenEars *self, SenCancel *cancel, GError **error)
{
  if (self->session != NULL)
    return true;
  g_autoptr (SenModelStatus) model = find (self, error);
  /* Room for the widest search that anybody here asks for. */
  const uint32_t n_rows = sen_transcribe_n_rows (&(SenTranscribeParams) { .beam_size = 0 });
  g_autofree char *gguf = model != NULL ? sen_model_import (model->path, cancel, error) : NULL;
  bool ok = gguf != NULL && (self->whisper = sen_whisper_open (gguf, error)) != NULL
            && sen_encoder_device_open (self->device, error)
            && (self->session = sen_whisper_session_new (self->whisper, sen_encoder_device_get (self->device),
                                                         sen_encoder_device_fallback (self->device), n_rows, error)) != NULL;
  if (!ok)
    close_all (self);
  else if (g_strcmp0 (self->name, model->name) != 0)
    {
      g_free (self->name);
      self->name = g_strdup (model->name);
    }
  return ok;
}

bool
sen_ears_open (SenEars *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->busy);
  return open_all (self, NULL, error);
}

void
sen_ears_rest (SenEars *self)
{
  if (!g_mutex_trylock (&self->busy))
    return;
  close_all (self);
  g_mutex_unlock (&self->busy);
}

const char *
sen_ears_name (SenEars *self)
{
  return self->name;
}

bool
sen_ears_transcribe (SenEars *self, const SenTranscribeParams *params, SenSoundRead read, gpointer read_data, SenCancel *cancel,
                     GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->busy);
  GError *failure = NULL;
  if (!open_all (self, cancel, error))
    return false;
  bool ok = sen_transcribe (self->session, params, read, read_data, cancel, &failure);
  sen_encoder_device_note_moved (self->device, sen_whisper_session_moved (self->session));
  return sen_encoder_device_settle (self->device, ok, failure, error);
}
