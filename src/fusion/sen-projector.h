/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-image.h"
#include "sen-media.h"

G_BEGIN_DECLS

/**
 * What lets a language model see or hear: an encoder of pictures or sounds and a projection of what it says into the model's
 * space of embeddings.
 *
 * sen_projector_open() reads mmproj files (GGUF) as llama.cpp's tools write them; families.def lists which. Pictures are prepared,
 * cut, encoded and marked as llama.cpp's mtmd does it, so that the model gets what it was trained with. Nothing is compiled
 * before the first picture or sound. What was encoded is kept, the least recently used first to go.
 *
 *   projector = sen_projector_open ("mmproj.gguf", model, device, fallback, &error);
 *   media = sen_projector_see (projector, image, cancel, &error);
 *
 * Errors: SEN_ERROR_UNSUPPORTED for another kind of file or a family that is not known, SEN_ERROR_FORMAT for a damaged one,
 * SEN_ERROR_INVALID for one that belongs to another language model, and for media that cannot be looked at.
 *
 * Thread-safety: one thread at a time, that of its devices.
 */
typedef struct SenProjector SenProjector;

typedef enum {
  SEN_SEES  = 1 << 0,
  SEN_HEARS = 1 << 1,
} SenProjectorSenses;

/** @fallback, usually the CPU, takes over where @device has no room; may be NULL. */
SenProjector *sen_projector_open (const char *path, SenModel *model, SenDevice *device, SenDevice *fallback, GError **error);
void          sen_projector_free (SenProjector *projector);

SenProjectorSenses sen_projector_senses (const SenProjector *projector);
/** "LLaVA", "Gemma 3": which family sees or hears; NULL where the projector does not have that one sense. Static. */
const char        *sen_projector_family (const SenProjector *projector, SenProjectorSenses sense);
const char        *sen_projector_path (const SenProjector *projector);

/** (transfer full) */
SenMedia *sen_projector_see (SenProjector *projector, const SenImage *image, SenCancel *cancel, GError **error);
/** @samples[@n] mono at 16 kHz in [-1, 1]. (transfer full) */
SenMedia *sen_projector_hear (SenProjector *projector, const float *samples, size_t n, SenCancel *cancel, GError **error);

/** Pictures whose family chooses how large they are seen take at most @n_positions of a context from now on; 0: as many as they like. */
void sen_projector_set_room (SenProjector *projector, uint32_t n_positions);

/** Leaves its devices, which may be lost, for others. What was encoded stays. */
void sen_projector_move (SenProjector *projector, SenDevice *device, SenDevice *fallback);

/** How often something was encoded, rather than found among what was kept. */
uint32_t sen_projector_n_encoded (const SenProjector *projector);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenProjector, sen_projector_free)

G_END_DECLS
