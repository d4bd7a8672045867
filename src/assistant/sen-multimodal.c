/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Pictures and recordings as embeddings of the model in use. */
#include "sen-multimodal-private.h"

#include <string.h>

#include "sen-error.h"
#include "sen-file.h"
#include "sen-import.h"
#include "sen-projector-connector.h"

#define MAX_KEPT_BYTES ((size_t) 64 << 20)
/* Longer recordings would fill any context; their words do not. */
#define MAX_SECONDS 300.0

typedef struct {
  char     *identity;   /* of the file */
  SenMedia *media;
} Kept;

static void
kept_free (gpointer data)
{
  Kept *kept = data;
  g_free (kept->identity);
  sen_media_unref (kept->media);
  g_free (kept);
}

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
  self->kept = g_queue_new ();
  return sen_multimodal_find (self, params, model_path, error) ? g_steal_pointer (&self) : NULL;
}

/* All that was made for a model. */
static void
forget (SenMultimodal *self)
{
  g_clear_pointer (&self->projector, sen_projector_free);
  g_clear_error (&self->problem);
  g_queue_clear_full (self->kept, kept_free);
  self->kept_bytes = 0;
}

void
sen_multimodal_free (SenMultimodal *self)
{
  if (self == NULL)
    return;
  forget (self);
  g_queue_free (self->kept);
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
}

/* --- The projector ----------------------------------------------------------------------------------------------------------------------- */

static SenProjector *
open_connectors (SenMultimodal *self, GError **error)
{
  g_autofree char *import_dir = sen_model_conversions_dir ();
  const SenImportParams import = { .cache_dir = import_dir, .matrix_type = SEN_IMPORT_TYPE_DEFAULT };
  SenConnectorFiles files[N_SENSES] = { 0 };
  char *encoders[N_SENSES] = { NULL };
  bool ok = true;
  for (int i = 0; i < N_SENSES && ok; i++)
    if (self->senses[i].by != NULL)
      {
        encoders[i] = sen_import_open (self->senses[i].encoder, &import, error);
        ok = encoders[i] != NULL;
        files[i] = (SenConnectorFiles) { self->senses[i].connector, encoders[i] };
      }
  SenProjector *projector = ok ? sen_projector_open_connectors (files[SENSE_SIGHT].connector != NULL ? &files[SENSE_SIGHT] : NULL,
                                                                files[SENSE_HEARING].connector != NULL ? &files[SENSE_HEARING] : NULL,
                                                                self->model, self->device, self->fallback, error)
                               : NULL;
  for (int i = 0; i < N_SENSES; i++)
    g_free (encoders[i]);
  return projector;
}

/* Once for a model; what is wrong with it stays wrong. */
static bool
open_projector (SenMultimodal *self, GError **error)
{
  if (self->projector == NULL && self->problem == NULL)
    self->projector = self->mmproj != NULL ? sen_projector_open (self->mmproj, self->model, self->device, self->fallback, &self->problem)
                                           : open_connectors (self, &self->problem);
  if (self->problem != NULL)
    g_propagate_error (error, g_error_copy (self->problem));
  return self->projector != NULL;
}

/* --- Media ----------------------------------------------------------------------------------------------------------------------------- */

static SenMedia *
see (SenMultimodal *self, const char *path, SenCancel *cancel, GError **error)
{
  g_autoptr (SenImage) image = sen_decode_picture (self->decode, path, NULL, cancel, error);
  return image != NULL ? sen_projector_see (self->projector, image, cancel, error) : NULL;
}

static SenMedia *
hear (SenMultimodal *self, const char *path, SenCancel *cancel, GError **error)
{
  g_autoptr (SenSound) sound = sen_decode_open_sound (self->decode, path, 0.0, cancel, error);
  if (sound == NULL)
    return NULL;
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (float));
  float some[4096];
  for (gssize n; (n = sen_sound_read (sound, some, G_N_ELEMENTS (some), cancel, error)) != 0;)
    {
      if (n < 0)
        return NULL;
      g_array_append_vals (samples, some, (guint) n);
      if (samples->len > (guint) (MAX_SECONDS * SEN_SOUND_RATE))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "the recording is longer than %.0f minutes, which is too much to hear at once",
                       MAX_SECONDS / 60.0);
          return NULL;
        }
    }
  return sen_projector_hear (self->projector, (const float *) samples->data, samples->len, cancel, error);
}

static SenMedia *
find_kept (SenMultimodal *self, const char *identity)
{
  for (GList *link = self->kept->head; link != NULL; link = link->next)
    {
      const Kept *kept = link->data;
      if (!g_str_equal (kept->identity, identity))
        continue;
      g_queue_unlink (self->kept, link);
      g_queue_push_head_link (self->kept, link);
      return sen_media_ref (kept->media);
    }
  return NULL;
}

static void
keep (SenMultimodal *self, const char *identity, SenMedia *media)
{
  Kept *kept = g_new (Kept, 1);
  *kept = (Kept) { g_strdup (identity), sen_media_ref (media) };
  g_queue_push_head (self->kept, kept);
  self->kept_bytes += sen_media_bytes (media);
  while (self->kept_bytes > MAX_KEPT_BYTES && self->kept->length > 1)
    {
      Kept *last = g_queue_pop_tail (self->kept);
      self->kept_bytes -= sen_media_bytes (last->media);
      kept_free (last);
    }
}

SenMedia *
sen_multimodal_take (SenMultimodal *self, SenAttachmentKind kind, const char *path, SenCancel *cancel, GError **error)
{
  g_autofree char *identity = sen_file_dup_identity (path);
  if (identity == NULL)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "its content is gone");
      return NULL;
    }
  SenMedia *media = find_kept (self, identity);
  if (media != NULL || self->model == NULL || !open_projector (self, error))
    return media;
  media = kind == SEN_ATTACHMENT_PICTURE ? see (self, path, cancel, error) : hear (self, path, cancel, error);
  if (media != NULL)
    keep (self, identity, media);
  return media;
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
  g_autoptr (SenMedia) media = sen_multimodal_take (self, kind, path, cancel, error);
  return media != NULL ? sen_media_n_tokens (media) : 0;
}
