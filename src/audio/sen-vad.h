/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * Voice activity: where in a recording somebody speaks.
 *
 * Sound goes in as mono float samples at 16 kHz, in pieces of any size; stretches of speech come out in order, padded on both
 * sides and never overlapping. Memory is constant however long the recording is (the caller takes the segments away), and the
 * answer does not depend on how the samples are cut into pieces.
 *
 * Method. Every 10 ms, two spectra (Hann windows of 32 and 50 ms) give features that do not know the level: 16 mel bands over
 * a floor tracked per band, which is the least energy of the last 3 seconds and of the 0.6 to come (minimum statistics, R. Martin,
 * IEEE Trans. Speech Audio Proc. 9(5), 2001); cepstra of these bands; spectral flatness (J. D. Johnston 1988); harmonicity
 * and pitch by autocorrelation divided by that of the window (P. Boersma, Proc. IFA 17, 1993); and the share of spectral
 * peaks that stay at one frequency, which tells held notes, hum and tones from voices that glide (continuous frequency
 * activation, K. Seyerlehner et al., DAFx 2007). Their means and spreads over ±0.2 and ±0.6 s, the energy of the envelope's
 * modulation between 2 and 8 Hz, the rate of syllables (E. Scheirer and M. Slaney, ICASSP 1997), and means over the last
 * seconds follow. A network of one hidden layer, trained by tools/train-vad.py on speech, noise and music (docs/speech.md says on what,
 * and how well it does), turns them into the probability of speech. Hysteresis, a least length of speech and of silence, and
 * padding make segments of it. The decision about a moment is made 0.6 s after it.
 *
 * Samples that are not finite count as silence, and those beyond ±1 are cut to ±1 for the purpose of deciding.
 *
 * Thread-safety: a SenVad belongs to one thread at a time.
 */
typedef struct SenVad SenVad;

#define SEN_VAD_RATE 16000   /* samples per second */

/** A stretch of speech: samples [start, end) counted from the first one fed. */
typedef struct {
  int64_t start, end;
  float   probability;   /* mean over the stretch without its padding, 0 to 1 */
} SenSpeech;

/** Seconds and probabilities; start from SEN_VAD_DEFAULTS. */
typedef struct {
  float on;            /* speech begins where the smoothed probability passes this … */
  float off;           /* … and ends where it falls below this */
  float sure;          /* a stretch that never reaches this is dropped */
  float min_speech;    /* shorter stretches (before padding) are dropped */
  float min_silence;   /* shorter pauses do not end a stretch */
  float pad;           /* kept before and after; neighbours that would overlap meet in the middle */
  float max_speech;    /* longer stretches are cut where speech is least probable in their last fifth; 0: never */
} SenVadOptions;

#define SEN_VAD_DEFAULTS { .on = 0.45f, .off = 0.3f, .sure = 0.6f, .min_speech = 0.12f, .min_silence = 0.5f, .pad = 0.2f }

/** @options: NULL for SEN_VAD_DEFAULTS. Copied. */
SenVad *sen_vad_new (const SenVadOptions *options);
void    sen_vad_free (SenVad *vad);

void sen_vad_feed (SenVad *vad, const float *samples, size_t n_samples);
/** No more samples will come: decides about the rest. Feeding again after this starts a new recording at sample 0. */
void sen_vad_finish (SenVad *vad);

/** Takes the next finished stretch; false when there is none (yet). */
bool sen_vad_next (SenVad *vad, SenSpeech *speech);

/** No stretch that is still to come begins before this sample: what lies before it may be forgotten. */
int64_t sen_vad_settled (const SenVad *vad);
/** The probability of speech at the moment decided last, for a live display. */
float   sen_vad_probability (const SenVad *vad);

/** All stretches of a recording in memory: a GArray of SenSpeech. (transfer full) */
GArray *sen_vad_find (const float *samples, size_t n_samples, const SenVadOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenVad, sen_vad_free)

G_END_DECLS
