/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-projector-private.h"

#include <string.h>

#include "sen-error.h"
#include "sen-file.h"
#include "sen-media-cache.h"

#define MAX_KEPT_BYTES (64u << 20)

static const struct {
  const char               *type;
  SenProjectorSenses        sense;
  const SenProjectorFamily *family;
} families[] = {
#define SEN_PROJECTOR_FAMILY(TYPE, SENSE, FAMILY) { TYPE, SENSE, &FAMILY },
#include "families.def"
#undef SEN_PROJECTOR_FAMILY
};

/* --- Names of bytes ------------------------------------------------------------------------------------------------------------------ */

static uint64_t
mix (uint64_t hash, uint64_t word)
{
  hash = (hash ^ word) * 0xff51afd7ed558ccdull;
  return hash ^ hash >> 32;
}

static uint64_t
hash_bytes (uint64_t hash, const void *bytes, size_t n)
{
  const uint8_t *at = bytes;
  uint64_t word;
  hash = mix (hash, n);
  for (; n >= sizeof word; n -= sizeof word, at += sizeof word)
    {
      memcpy (&word, at, sizeof word);
      hash = mix (hash, word);
    }
  word = 0;
  memcpy (&word, at, n);
  return mix (mix (hash, word), 0x2545f4914f6cdd1dull);
}

/* --- Opening ------------------------------------------------------------------------------------------------------------------------- */

SenProjector *
sen_projector_new (SenGguf *gguf, SenModel *model, SenDevice *device, SenDevice *fallback)
{
  SenProjector *projector = g_new0 (SenProjector, 1);
  projector->gguf = sen_gguf_ref (gguf);
  projector->model = sen_model_ref (model);
  projector->device = device != NULL ? sen_device_ref (device) : NULL;
  projector->fallback = fallback != NULL && fallback != device ? sen_device_ref (fallback) : NULL;
  projector->weights = sen_weight_table_new (gguf, "mmproj");
  projector->kept = sen_media_cache_new (MAX_KEPT_BYTES);
  return projector;
}

static guint
sense_index (SenProjectorSenses sense)
{
  return sense == SEN_SEES ? 0 : 1;
}

void
sen_projector_add_file (SenProjector *projector, SenProjectorSenses sense, const char *path)
{
  uint64_t *identity = &projector->senses[sense_index (sense)].identity;
  /* A file in memory has only a name. */
  g_autofree char *on_disk = sen_file_dup_identity (path);
  const char *name = on_disk != NULL ? on_disk : path;
  *identity = hash_bytes (*identity, name, strlen (name));
}

void
sen_projector_adopt (SenProjector *projector, SenProjectorSenses sense, const SenProjectorFamily *family, gpointer state)
{
  projector->senses[sense_index (sense)].family = family;
  projector->senses[sense_index (sense)].state = state;
}

bool
sen_projector_add (SenProjector *projector, SenProjectorSenses sense, const SenProjectorFamily *family, GError **error)
{
  gpointer state = family->open (projector, error);
  if (state == NULL)
    return false;
  sen_projector_adopt (projector, sense, family, state);
  sen_projector_add_file (projector, sense, sen_projector_path (projector));
  return true;
}

static char *
list_types (void)
{
  GString *list = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (families); i++)
    if (i == 0 || strcmp (families[i].type, families[i - 1].type) != 0)   /* those of both senses stand in two rows */
      g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", families[i].type);
  return g_string_free (list, FALSE);
}

/* One sense of the file, when it has it: clip.projector_type stands for all, files of both senses have one for each. */
static bool
open_sense (SenProjector *projector, SenProjectorSenses sense, const char *has_key, const char *type_key, GError **error)
{
  bool has = false;
  sen_gguf_get_bool (projector->gguf, has_key, &has);
  if (!has)
    return true;
  g_autofree char *type = sen_gguf_dup_string (projector->gguf, "clip.projector_type");
  if (type == NULL || *type == '\0')
    {
      g_free (type);
      type = sen_gguf_dup_string (projector->gguf, type_key);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (families); i++)
    if (families[i].sense == sense && g_strcmp0 (type, families[i].type) == 0)
      return sen_projector_add (projector, sense, families[i].family, error);
  g_autofree char *known = list_types ();
  g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s has a projector of type %s, which nothing here can run; %s can be",
               sen_projector_path (projector), type != NULL ? type : "unknown", known);
  return false;
}

SenProjector *
sen_projector_open_gguf (SenGguf *gguf, SenModel *model, SenDevice *device, SenDevice *fallback, GError **error)
{
  g_autoptr (SenProjector) projector = sen_projector_new (gguf, model, device, fallback);
  g_autofree char *architecture = sen_gguf_dup_string (gguf, "general.architecture");
  if (g_strcmp0 (architecture, "clip") == 0
      && (!open_sense (projector, SEN_SEES, "clip.has_vision_encoder", "clip.vision.projector_type", error)
          || !open_sense (projector, SEN_HEARS, "clip.has_audio_encoder", "clip.audio.projector_type", error)))
    return NULL;
  if (sen_projector_senses (projector) == 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is no mmproj file, which would let a language model see or hear",
                   sen_projector_path (projector));
      return NULL;
    }
  return g_steal_pointer (&projector);
}

SenProjector *
sen_projector_open (const char *path, SenModel *model, SenDevice *device, SenDevice *fallback, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, error);
  return gguf != NULL ? sen_projector_open_gguf (gguf, model, device, fallback, error) : NULL;
}

void
sen_projector_free (SenProjector *projector)
{
  if (projector == NULL)
    return;
  for (size_t i = 0; i < G_N_ELEMENTS (projector->senses); i++)
    if (projector->senses[i].family != NULL)
      projector->senses[i].family->free (projector->senses[i].state);
  sen_media_cache_free (projector->kept);
  sen_weight_table_unref (projector->weights);
  sen_device_unref (projector->fallback);
  sen_device_unref (projector->device);
  sen_model_unref (projector->model);
  sen_gguf_unref (projector->gguf);
  g_free (projector);
}

static void
release (SenProjector *projector)
{
  for (size_t i = 0; i < G_N_ELEMENTS (projector->senses); i++)
    if (projector->senses[i].family != NULL)
      projector->senses[i].family->release (projector->senses[i].state);
}

void
sen_projector_move (SenProjector *projector, SenDevice *device, SenDevice *fallback)
{
  release (projector);
  SenDevice *old = projector->device, *old_fallback = projector->fallback;
  projector->device = sen_device_ref (device);
  projector->fallback = fallback != NULL && fallback != device ? sen_device_ref (fallback) : NULL;
  sen_device_unref (old_fallback);
  sen_device_unref (old);
}

/* --- What it is ---------------------------------------------------------------------------------------------------------------------- */

SenProjectorSenses
sen_projector_senses (const SenProjector *projector)
{
  return (SenProjectorSenses) ((projector->senses[0].family != NULL ? SEN_SEES : 0)
                               | (projector->senses[1].family != NULL ? SEN_HEARS : 0));
}

const char *
sen_projector_family (const SenProjector *projector, SenProjectorSenses sense)
{
  const SenProjectorFamily *family = projector->senses[sense_index (sense)].family;
  return family != NULL ? family->name : NULL;
}

const char *
sen_projector_path (const SenProjector *projector)
{
  return sen_gguf_path (projector->gguf);
}

uint32_t
sen_projector_n_encoded (const SenProjector *projector)
{
  return projector->n_encoded;
}

SenDevice *
sen_projector_device (const SenProjector *projector)
{
  return projector->device;
}

uint32_t
sen_projector_n_embd (const SenProjector *projector)
{
  return sen_model_info (projector->model)->n_embd;
}

SenTokenizer *
sen_projector_tokenizer (const SenProjector *projector)
{
  return sen_model_tokenizer (projector->model);
}

/* --- For the families ---------------------------------------------------------------------------------------------------------------- */

bool
sen_projector_find_token (const SenProjector *projector, const char *text, SenToken *token, GError **error)
{
  SenTokenizer *tokenizer = sen_projector_tokenizer (projector);
  g_autoptr (GString) bytes = g_string_new (NULL);
  for (uint32_t id = 0; id < sen_tokenizer_n_tokens (tokenizer); id++)
    {
      g_string_truncate (bytes, 0);
      sen_tokenizer_decode (tokenizer, (SenToken) id, true, bytes);
      if (strcmp (bytes->str, text) == 0)
        {
          *token = (SenToken) id;
          return true;
        }
    }
  g_autofree char *escaped = g_strescape (text, NULL);
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s marks pictures with the token %s, which %s does not have; give the mmproj that "
               "belongs to this model", sen_projector_path (projector), escaped, sen_model_info (projector->model)->name);
  return false;
}

bool
sen_projector_check_width (const SenProjector *projector, uint64_t n_embd, GError **error)
{
  uint32_t wanted = sen_projector_n_embd (projector);
  if (n_embd == wanted)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s gives embeddings of %" G_GUINT64_FORMAT " numbers and %s takes %u; give the mmproj "
               "that belongs to this model", sen_projector_path (projector), n_embd, sen_model_info (projector->model)->name, wanted);
  return false;
}

bool
sen_projector_read_u32 (const SenProjector *projector, const char *key, uint32_t max, uint32_t *value, GError **error)
{
  if (sen_gguf_get_u32 (projector->gguf, key, value) && *value > 0 && *value <= max)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s is missing or not from 1 to %u", sen_projector_path (projector), key, max);
  return false;
}

const SenGgufTensor *
sen_projector_find_tensor (const SenProjector *projector, const char *name, GError **error)
{
  const SenGgufTensor *tensor = sen_gguf_find_tensor (projector->gguf, name);
  if (tensor == NULL)
    g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: tensor %s is missing; the file is damaged or of another kind",
                 sen_projector_path (projector), name);
  return tensor;
}

/* --- Encoding ------------------------------------------------------------------------------------------------------------------------ */

/* Encodes a picture, or a sound where @image is NULL. */
static SenMedia *
encode_once (SenProjector *projector, uint64_t source, const SenImage *image, const float *samples, size_t n, SenCancel *cancel,
             GError **error)
{
  g_autoptr (SenMediaBuilder) builder = sen_media_builder_new (sen_projector_n_embd (projector), source);
  const SenProjectorFamily *family = projector->senses[image != NULL ? 0 : 1].family;
  gpointer state = projector->senses[image != NULL ? 0 : 1].state;
  if (image != NULL ? !family->see (projector, state, image, builder, cancel, error)
                    : !family->hear (projector, state, samples, n, builder, cancel, error))
    return NULL;
  return sen_media_builder_finish (builder);
}

/* The same on the other device. What is always as large as this will not fit the next time either, so that is where it stays; but a picture
 * of any size says nothing of the next one. */
static SenMedia *
encode_on_fallback (SenProjector *projector, uint64_t source, const SenImage *image, const float *samples, size_t n, SenCancel *cancel,
                    GError **error)
{
  g_autoptr (SenDevice) device = sen_device_ref (projector->device), fallback = sen_device_ref (projector->fallback);
  sen_projector_move (projector, fallback, NULL);
  SenMedia *media = encode_once (projector, source, image, samples, n, cancel, error);
  if (image != NULL && projector->senses[0].family->fits_room)
    sen_projector_move (projector, device, fallback);
  return media;
}

static SenMedia *
encode (SenProjector *projector, uint64_t source, const SenImage *image, const float *samples, size_t n, SenCancel *cancel,
        GError **error)
{
  g_autofree char *name = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", source);
  SenMedia *media = sen_media_cache_find (projector->kept, name);
  if (media != NULL)
    return media;
  GError *local = NULL;
  media = encode_once (projector, source, image, samples, n, cancel, &local);
  if (media == NULL && projector->fallback != NULL && g_error_matches (local, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY))
    {
      g_clear_error (&local);
      media = encode_on_fallback (projector, source, image, samples, n, cancel, &local);
    }
  if (media == NULL)
    {
      g_propagate_error (error, local);
      return NULL;
    }
  projector->n_encoded++;
  sen_media_cache_add (projector->kept, name, media);
  return media;
}

static bool
check_sense (const SenProjector *projector, SenProjectorSenses sense, GError **error)
{
  if (sen_projector_family (projector, sense) != NULL)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s lets a model %s only", sen_projector_path (projector),
               sense == SEN_SEES ? "hear" : "see");
  return false;
}

void
sen_projector_set_room (SenProjector *projector, uint32_t n_positions)
{
  projector->n_room = n_positions;
}

SenMedia *
sen_projector_see (SenProjector *projector, const SenImage *image, SenCancel *cancel, GError **error)
{
  if (!check_sense (projector, SEN_SEES, error))
    return NULL;
  size_t width = (size_t) sen_image_width (image), height = (size_t) sen_image_height (image);
  uint64_t eyes = mix (projector->senses[sense_index (SEN_SEES)].identity, width);
  if (projector->senses[sense_index (SEN_SEES)].family->fits_room)
    eyes = mix (eyes, projector->n_room);
  uint64_t source = hash_bytes (eyes, sen_image_pixels (image), width * height * 3);
  return encode (projector, source, image, NULL, 0, cancel, error);
}

SenMedia *
sen_projector_hear (SenProjector *projector, const float *samples, size_t n, SenCancel *cancel, GError **error)
{
  if (!check_sense (projector, SEN_HEARS, error))
    return NULL;
  if (n == 0)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_INVALID, "the recording is empty: there is nothing to hear");
      return NULL;
    }
  uint64_t source = hash_bytes (projector->senses[sense_index (SEN_HEARS)].identity, samples, n * sizeof *samples);
  return encode (projector, source, NULL, samples, n, cancel, error);
}
