/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "sen-capture.h"
#include "sen-debug.h"
#include "sen-model-store.h"

G_BEGIN_DECLS

#define SEN_TYPE_DICTATION (sen_dictation_get_type ())
G_DECLARE_FINAL_TYPE (SenDictation, sen_dictation, SEN, DICTATION, GObject)

/**
 * Speaking instead of writing: microphone, level, and what was said in words, while it is said and after.
 *
 * A thread of its own hears: silence is left out by voice activity detection (sen-vad.h); about once a second what was said since
 * the last long pause is transcribed in haste (sen_dictation_text()), and once more with care after the pause, or the end. A model
 * that hears is looked for before the microphone opens. Nothing of the sound is kept unless it is asked for.
 *
 * Signals, on the main context:
 *   "changed"                 state, level, seconds or text so far; about 25 times a second while it records
 *   "heard" (const char *)    what was said, after sen_dictation_finish(); "" when nothing was
 *   "recorded" (GBytes *)     a WAV file, after sen_dictation_keep()
 *   "failed" (GError *)       one sentence. SEN_ERROR_NOT_FOUND of no sound reason (sen_capture_sentence()): no model hears. A text
 *                             that was understood before comes first, as "heard".
 *
 * Thread-safety: main context only.
 */

typedef enum {
  SEN_DICTATION_IDLE,
  SEN_DICTATION_OPENING,      /* the microphone does not give anything yet */
  SEN_DICTATION_RECORDING,
  SEN_DICTATION_FINISHING,    /* the last words are being understood */
} SenDictationState;

#define SEN_DICTATION_MAX_SECONDS 600   /* then it ends by itself, as by sen_dictation_finish() */

/** @store: where a model that hears is found; may be NULL. */
SenDictation *sen_dictation_new (const SenDebug *debug, SenModelStore *store);

/** Begins to record, unless it does already. @device: SenMicrophone.id; "" for the default one. */
void sen_dictation_start (SenDictation *self, const char *device);
/** Ends the recording; its text follows. */
void sen_dictation_finish (SenDictation *self);
/** Ends the recording; the sound itself follows, without the silence around it. */
void sen_dictation_keep (SenDictation *self);
/** Forgets everything. Silent at once. */
void sen_dictation_cancel (SenDictation *self);
/** The model that hears is closed, unless it hears just now; the next take opens it again. */
void sen_dictation_rest (SenDictation *self);

SenDictationState sen_dictation_state (SenDictation *self);
SenSoundLevel     sen_dictation_level (SenDictation *self);
double            sen_dictation_seconds (SenDictation *self);      /* since it records */
/** The microphone gives digital silence only. */
bool              sen_dictation_is_silent (SenDictation *self);
/** What was understood so far, "" at first. */
const char       *sen_dictation_text (SenDictation *self);

G_END_DECLS
