/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Pictures and recordings as embeddings of the model in use. */
#include "sen-multimodal-private.h"

#include <glib/gstdio.h>
#include <string.h>

#include "sen-error.h"
#include "sen-file.h"
#include "sen-projector-connector.h"

#define MAX_KEPT_BYTES ((size_t) 64 << 20)
void
sen_multimodal_sense_clear (Sense *sense)
{
  g_free (sense->by);
  g_free (sense->connector);
  g_free (sense->encoder);
  *sense = (Sense) { 0 };
}

SenMultimodal *
sen_multimodal_new (const SenMultimodalParams *params, const char *model_path, GError **error)
{
  g_autoptr (SenMultimodal) self = g_new0 (SenMultimodal, 1);
  self->store = params->store != NULL ? sen_model_store_ref (params->store) : NULL;
  self->decode = sen_decode_new (&(SenDecodeParams) { .helper = params->debug->decode_helper });
  self->kept = sen_media_cache_new (MAX_KEPT_BYTES);
  return sen_multimodal_find (self, params, model_path, error) ? g_steal_pointer (&self) : NULL;
}

/* All that was made for a model. */
static void
forget (SenMultimodal *self)
{
  g_clear_pointer (&self->projector, sen_projector_free);
  g_clear_error (&self->problem);
  sen_media_cache_clear (self->kept);
  self->file_bytes = 0;
}

void
sen_multimodal_free (SenMultimodal *self)
{
  if (self == NULL)
    return;
  forget (self);
  sen_media_cache_free (self->kept);
  for (int i = 0; i < N_SENSES; i++)
    sen_multimodal_sense_clear (&self->senses[i]);
  g_clear_pointer (&self->store, sen_model_store_unref);
  sen_decode_free (self->decode);
  g_free (self->mmproj);
  g_free (self);
}

const Sense *
sen_multimodal_sense (const SenMultimodal *self, SenAttachmentKind kind)
{
  const Sense *sense = self == NULL ? NULL
                       : kind == SEN_ATTACHMENT_PICTURE ? &self->senses[SENSE_SIGHT]
                       : kind == SEN_ATTACHMENT_SOUND   ? &self->senses[SENSE_HEARING]
                                                        : NULL;
  return sense != NULL && sense->by != NULL ? sense : NULL;
}

const char *
sen_multimodal_by (const SenMultimodal *self, SenAttachmentKind kind)
{
  const Sense *sense = sen_multimodal_sense (self, kind);
  return sense != NULL ? sense->by : NULL;
}

void
sen_multimodal_use (SenMultimodal *self, SenModel *model, SenDevice *device, SenDevice *fallback)
{
  if (model != self->model)
    forget (self);
  else if (self->projector != NULL && (device != self->device || fallback != self->fallback))
    sen_projector_move (self->projector, device, fallback);
  self->model = model;
  self->device = device;
  self->fallback = fallback;
}

void
sen_multimodal_look (SenModelStore *store, SenModelStatus *status)
{
  const SenDebug debug = { 0 };
  g_autofree char *base = status->path != NULL ? g_path_get_basename (status->path) : NULL;
  if (status->state != SEN_MODEL_PRESENT || base == NULL || !sen_is_gguf_name (base))
    return;
  g_autoptr (SenMultimodal) self = sen_multimodal_new (&(SenMultimodalParams) { .debug = &debug, .store = store }, status->path, NULL);
  status->sees_by = g_strdup (sen_multimodal_by (self, SEN_ATTACHMENT_PICTURE));
  status->hears_by = g_strdup (sen_multimodal_by (self, SEN_ATTACHMENT_SOUND));
  /* An mmproj file leaves no room beside it. */
  if (self != NULL && self->mmproj == NULL && store != NULL)
    sen_multimodal_find_named (store, status);
}

/* --- The projector -------------------------------------------------------------------------------------------------------------------- */

static uint64_t
file_bytes (const char *path)
{
  GStatBuf status;
  return g_stat (path, &status) == 0 ? (uint64_t) status.st_size : 0;
}

static SenProjector *
open_connectors (SenMultimodal *self, SenCancel *cancel, GError **error)
{
  SenConnectorFiles files[N_SENSES] = { 0 };
  char *encoders[N_SENSES] = { NULL };
  bool ok = true;
  for (int i = 0; i < N_SENSES && ok; i++)
    if (self->senses[i].by != NULL)
      {
        encoders[i] = sen_model_import (self->senses[i].encoder, cancel, error);
        ok = encoders[i] != NULL;
        files[i] = (SenConnectorFiles) { self->senses[i].connector, encoders[i] };
      }
  SenProjector *projector = ok ? sen_projector_open_connectors (files[SENSE_SIGHT].connector != NULL ? &files[SENSE_SIGHT] : NULL,
                                                                files[SENSE_HEARING].connector != NULL ? &files[SENSE_HEARING] : NULL,
                                                                self->model, self->device, self->fallback, error)
                               : NULL;
  for (int i = 0; i < N_SENSES; i++)
    {
      if (projector != NULL && files[i].connector != NULL)
        self->file_bytes += file_bytes (files[i].connector) + file_bytes (files[i].encoder);
      g_free (encoders[i]);
    }
  return projector;
}

static SenProjector *
open_mmproj (SenMultimodal *self, GError **error)
{
  SenProjector *projector = sen_projector_open (self->mmproj, self->model, self->device, self->fallback, error);
  if (projector != NULL)
    self->file_bytes = file_bytes (self->mmproj);
  return projector;
}

/* Once for a model; what is wrong with it stays wrong. */
static bool
open_projector (SenMultimodal *self, SenCancel *cancel, GError **error)
{
  GError *problem = NULL;
  if (self->projector == NULL && self->problem == NULL)
    self->projector = self->mmproj != NULL ? open_mmproj (self, &problem) : open_connectors (self, cancel, &problem);
  if (g_error_matches (problem, SEN_ERROR, SEN_ERROR_CANCELLED))
    {
      g_propagate_error (error, problem);
      return false;
    }
  if (problem != NULL)
    self->problem = problem;
  if (self->problem != NULL)
    g_propagate_error (error, g_error_copy (self->problem));
  return self->projector != NULL;
}

uint64_t
sen_multimodal_memory_bytes (const SenMultimodal *self)
{
  return self != NULL ? self->file_bytes + sen_media_cache_bytes (self->kept) : 0;
}

/* --- Media ---------------------------------------------------------------------------------------------------------------------------- */

void
sen_multimodal_set_room (SenMultimodal *self, uint32_t n_positions)
{
  self->n_room = n_positions;
}

static SenMedia *
see (SenMultimodal *self, const char *path, SenCancel *cancel, GError **error)
{
  g_autoptr (SenImage) image = sen_decode_picture (self->decode, path, NULL, cancel, error);
  sen_projector_set_room (self->projector, self->n_room);
  return image != NULL ? sen_projector_see (self->projector, image, cancel, error) : NULL;
}

static SenMedia *
hear (SenMultimodal *self, const char *path, SenAttachmentReason *why, SenCancel *cancel, GError **error)
{
  g_autoptr (GArray) samples = sen_decode_read_sound (self->decode, path, SEN_MULTIMODAL_MAX_MINUTES * 60.0, cancel, error);
  if (samples == NULL)
    return NULL;
  if (samples->len > SEN_MULTIMODAL_MAX_MINUTES * 60 * SEN_SOUND_RATE)
    {
      *why = SEN_ATTACHMENT_REASON_TOO_LONG;
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%s is longer than %d minutes, which is too much to hear at once", path,
                   SEN_MULTIMODAL_MAX_MINUTES);
      return NULL;
    }
  return sen_projector_hear (self->projector, (const float *) samples->data, samples->len, cancel, error);
}

SenMedia *
sen_multimodal_take (SenMultimodal *self, SenAttachmentKind kind, const char *path, SenAttachmentReason *why, SenCancel *cancel,
                     GError **error)
{
  g_autofree char *identity = sen_file_dup_identity (path);
  GError *problem = NULL;
  *why = SEN_ATTACHMENT_REASON_GONE;
  if (identity == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "%s is gone", path);
      return NULL;
    }
  g_autofree char *name = g_strdup_printf ("%s\n%u", identity, self->n_room);
  SenMedia *media = sen_media_cache_find (self->kept, name);
  *why = SEN_ATTACHMENT_REASON_UNFIT;
  if (media != NULL || self->model == NULL || !open_projector (self, cancel, error))
    return media;
  *why = SEN_ATTACHMENT_REASON_BY_WORDS;
  media = kind == SEN_ATTACHMENT_PICTURE ? see (self, path, cancel, &problem) : hear (self, path, why, cancel, &problem);
  if (media != NULL)
    {
      sen_media_cache_add (self->kept, name, media);
      return media;
    }
  if (g_error_matches (problem, SEN_ERROR, SEN_ERROR_NO_MEMORY) || g_error_matches (problem, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY))
    *why = SEN_ATTACHMENT_REASON_NO_MEMORY;
  g_propagate_error (error, problem);
  return NULL;
}

uint32_t
sen_multimodal_count (SenMultimodal *self, SenAttachmentKind kind, const char *path, bool *with_words, SenCancel *cancel, GError **error)
{
  const Sense *sense = sen_multimodal_sense (self, kind);
  if (with_words != NULL)
    *with_words = sense != NULL && sense->with_words;
  if (sense == NULL || self->model == NULL)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "the model does not take it directly");
      return 0;
    }
  SenAttachmentReason why;
  g_autoptr (SenMedia) media = sen_multimodal_take (self, kind, path, &why, cancel, error);
  return media != NULL ? sen_media_n_tokens (media) : 0;
}
