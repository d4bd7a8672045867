/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * Log-mel spectra of sound, as Whisper was trained on them (Radford et al. 2022, section 2.2): windows of 400 samples
 * (Hann, periodic) every 160 samples at 16 kHz, power of 201 frequencies, 80 or 128 mel bands (Slaney's scale and
 * norm, 0 to 8 kHz), logarithm to base ten of at least 1e-10.
 *
 * Sound comes in pieces of any length, so hours need no more memory than one window. Frame t is centred on sample
 * 160 t; the sound is mirrored at its beginning and continued by 160 zeros, then mirrored, at its end. For n samples
 * there are floor (n / 160) + 1 frames, the last of which is no content. Samples that are not finite count as silence.
 * Agrees with the feature extractors of openai-whisper, transformers and faster-whisper to 1e-4 (tests/audio).
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenMel SenMel;

#define SEN_MEL_RATE 16000   /* samples per second */
#define SEN_MEL_HOP 160      /* samples from frame to frame */
#define SEN_MEL_MAX_BINS 256

/** @n_bins: 80 up to large-v2, 128 from large-v3 on. */
SenMel *sen_mel_new (uint32_t n_bins);
void    sen_mel_free (SenMel *mel);

/** Appends the frames that @samples[n] complete to @frames (a GArray of float, n_bins a frame): raw log10 of the power. */
void sen_mel_push (SenMel *mel, const float *samples, size_t n, GArray *frames);
/** Ends the sound: appends the frames that are left, and begins anew. */
void sen_mel_finish (SenMel *mel, GArray *frames);

/** normalized[n] = (max (raw, loudest − 8) + 4) / 4, as the model wants it; @loudest is the largest raw value of the sound. */
void sen_mel_normalize (const float *raw, size_t n, float loudest, float *normalized);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenMel, sen_mel_free)

G_END_DECLS
