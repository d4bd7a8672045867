/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-debug.h"
#include "sen-decode.h"
#include "sen-encoder-device.h"
#include "sen-encoding-cache.h"
#include "sen-model-store.h"
#include "sen-vit-saliency.h"

G_BEGIN_DECLS

/**
 * Texts, pictures and sounds as vectors, by whatever encoder of them a model file holds, and nothing encoded twice: results are
 * kept by the content's SHA-256 and the model's identity (sen-encoding-cache.h), so a file that was seen before, under whatever name,
 * costs its hash. The model asked for last of each kind stays open; the device is opened when the first thing must be encoded, and the CPU
 * does what it has no room for.
 *
 *   texts      BERT: mean or first token as the model wants it
 *   pictures   CLIP, SigLIP, DINOv2: the pooled embedding, behind CLIP's projection
 *   sounds     Whisper: the mean of its encoder's states (sen-sound-embedding.h)
 *
 * A matching connector of ours (sen-connector.h) takes pictures or sounds into the space of a text encoder, where words lie near what they
 * name; the models that it stands behind and before are looked for in the store.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenEncoders SenEncoders;

typedef enum { SEN_CONTENT_TEXT, SEN_CONTENT_PICTURE, SEN_CONTENT_SOUND } SenContentKind;
#define SEN_N_CONTENT_KINDS 3

typedef struct {
  const SenDebug *debug;        /* copied */
  SenDecode      *decode;       /* borrowed, outlives the encoders */
  SenModelStore  *store;        /* for matching connectors; may be NULL */
  const char     *device;       /* as SenDevicesParams.wanted; NULL: the best one */
  uint32_t        n_threads;    /* of the CPU; 0: as many as allowed */
  bool            exact;        /* f32 throughout */
} SenEncodersParams;

/** Takes over @cache. */
SenEncoders *sen_encoders_new (const SenEncodersParams *params, SenEncodingCache *cache);
void         sen_encoders_free (SenEncoders *encoders);
/** Calls @gave_way once, if the CPU takes the place of the device; from the thread that encodes. */
void         sen_encoders_tell (SenEncoders *encoders, SenEncoderDeviceGaveWay gave_way, gpointer user_data);

/** The vector of @content, a text or the path of a file, by the model at @model (a path, converted if need be): *@n floats of unit
 *  length. @n_left_out (may be NULL): tokens of a text that did not fit. SEN_ERROR_INVALID when the model encodes something
 *  else. (transfer full) */
float *sen_encoders_embed (SenEncoders *encoders, const char *model, SenContentKind kind, const char *content, size_t *n,
                           uint32_t *n_left_out, SenCancel *cancel, GError **error);

/** What draws the eye in the picture file at @path. SEN_ERROR_UNSUPPORTED when the model does not know, SEN_ERROR_NOT_FOUND when there is
 *  nothing. */
bool sen_encoders_find_region (SenEncoders *encoders, const char *model, const char *path, SenVitRegion *region, SenCancel *cancel,
                               GError **error);

/** Closes the model and the device; what is encoded next opens them again. */
void sen_encoders_rest (SenEncoders *encoders);

/** How well a label fits: the cosine of both vectors, and of all labels' the softmax with the connector's temperature. */
typedef struct {
  float cosine, probability;
} SenMatch;

#define SEN_ENCODERS_MAX_LABELS 8192

/** @matches[n] of @labels (NULL-terminated) with the picture or sound file at @content, by the matching connector at @model. *@threshold
 *  (may be NULL): the probability from which on a label of data/tags.txt is worth telling. SEN_ERROR_INVALID for a model that matches
 *  nothing, SEN_ERROR_NOT_FOUND, with the command that gets it, when a model that it needs is not here. */
bool sen_encoders_match (SenEncoders *encoders, const char *model, SenContentKind kind, const char *content, const char *const *labels,
                         SenMatch *matches, float *threshold, SenCancel *cancel, GError **error);

/** A model of the catalogue that encodes such content, and one that matches it with words. */
const char *sen_encoders_example (SenContentKind kind);
const char *sen_encoders_matching_example (SenContentKind kind);

/** How often an encoder has run. */
uint64_t sen_encoders_n_runs (const SenEncoders *encoders);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenEncoders, sen_encoders_free)

G_END_DECLS
