/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-projector-private.h"
#include "sen-whisper-encoder.h"

G_BEGIN_DECLS

/**
 * Whisper's encoder and the projection behind it, which every family that hears so far is made of: 30 seconds of sound go in, a row of
 * embeddings comes out, all in one pass of the device. A family puts a SenEar first in its state and says how states are brought together
 * and projected, and which marks stand around a sound.
 *
 * Sound is prepared as llama.cpp's mtmd does it (0.3.36): 30 s of silence behind the recording, log-mel of all of it normalized by its
 * loudest moment, no power below 2^-24, whole windows of 3000 frames. So a recording of a second takes as many embeddings as one of
 * 29 s.
 *
 * Thread-safety: that of its projector.
 */
typedef struct SenEar SenEar;

struct SenEar {
  /* Set by the family */
  SenWhisperEncoder encoder;
  uint32_t          n_token;        /* embeddings of a window */
  uint32_t          n_pooled;       /* rows that sen_ear_pool() gives; 0: not used */
  const char       *before, *after; /* marks, parsed as text of the language model; "" for none */
  /* Embeddings f32 [n_token][n_embd of the language model] of what stands in @pass. */
  SenTensor       (*build) (const SenEar *ear, SenPlan *plan, const SenWhisperPass *pass);

  /* Made when first needed */
  SenNetwork     *network;
  SenWhisperPass  pass;
  SenTensor       pooled_rows[2], embeddings;
};

/** Reads the encoder. */
bool sen_ear_bind (SenEar *ear, SenProjector *projector, GError **error);

/** How wide the projection is in its middle: what @name, its last matrix, takes. Checks that it gives embeddings of the language model. */
bool sen_ear_find_middle (SenProjector *projector, const char *name, uint32_t *n_middle, GError **error);

/** SenProjectorFamily's free, release and hear, for states that begin with a SenEar. */
void sen_ear_free (gpointer ear);
void sen_ear_release (gpointer ear);
bool sen_ear_hear (SenProjector *projector, gpointer ear, const float *samples, size_t n, SenMediaBuilder *builder, SenCancel *cancel,
                   GError **error);

/** Embeddings of a window of which @n_stack states make one. */
uint32_t sen_ear_n_stacked (uint32_t n_stack);

/* --- For build() ----------------------------------------------------------------------------------------------------------------- */

/** The encoder's last norm over means of two states each: n_pooled rows. */
SenTensor sen_ear_pool (const SenEar *ear, SenPlan *plan, const SenWhisperPass *pass);
/** n_token rows of @n_stack rows of @x side by side; what is beyond the last counts as zero. */
SenTensor sen_ear_stack (const SenEar *ear, SenPlan *plan, SenTensor x, uint32_t n_stack);

G_END_DECLS
