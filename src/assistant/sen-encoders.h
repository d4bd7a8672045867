/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-debug.h"
#include "sen-decode.h"
#include "sen-encoding-cache.h"
#include "sen-vit-saliency.h"

G_BEGIN_DECLS

/**
 * Texts, pictures and sounds as vectors, by whatever encoder of them a model file holds, and nothing encoded twice: results are
 * kept by the content's SHA-256 and the model's identity (sen-encoding-cache.h), so a file that was seen before, under whatever name,
 * costs its hash. The model asked for last stays open; the device is opened when the first thing must be encoded.
 *
 *   texts      BERT: mean or first token as the model wants it
 *   pictures   CLIP, SigLIP, DINOv2: the pooled embedding, behind CLIP's projection
 *   sounds     Whisper: the mean of its encoder's states (sen-sound-embedding.h)
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenEncoders SenEncoders;

typedef enum { SEN_CONTENT_TEXT, SEN_CONTENT_PICTURE, SEN_CONTENT_SOUND } SenContentKind;

typedef struct {
  const SenDebug *debug;        /* copied */
  SenDecode      *decode;       /* borrowed, outlives the encoders */
  const char     *device;       /* as SenDevicesParams.wanted; NULL: the best one */
  uint32_t        n_threads;    /* of the CPU; 0: as many as allowed */
  bool            exact;        /* f32 throughout */
} SenEncodersParams;

/** Takes over @cache. */
SenEncoders *sen_encoders_new (const SenEncodersParams *params, SenEncodingCache *cache);
void         sen_encoders_free (SenEncoders *encoders);

/** The vector of @content, a text or the path of a file, by the model at @model (a path, converted if need be): *@n floats of unit
 *  length. @n_left_out (may be NULL): tokens of a text that did not fit. SEN_ERROR_INVALID when the model encodes something
 *  else. (transfer full) */
float *sen_encoders_embed (SenEncoders *encoders, const char *model, SenContentKind kind, const char *content, size_t *n,
                           uint32_t *n_left_out, SenCancel *cancel, GError **error);

/** What draws the eye in the picture file at @path. SEN_ERROR_UNSUPPORTED when the model does not know, SEN_ERROR_NOT_FOUND when there is
 *  nothing. */
bool sen_encoders_find_region (SenEncoders *encoders, const char *model, const char *path, SenVitRegion *region, SenCancel *cancel,
                               GError **error);

/** A model of the catalogue that encodes such content. */
const char *sen_encoders_example (SenContentKind kind);

/** How often an encoder has run. */
uint64_t sen_encoders_n_runs (const SenEncoders *encoders);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenEncoders, sen_encoders_free)

G_END_DECLS
