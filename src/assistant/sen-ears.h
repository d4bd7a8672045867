/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-debug.h"
#include "sen-encoder-device.h"
#include "sen-model-store.h"
#include "sen-transcribe.h"

G_BEGIN_DECLS

/**
 * The first model that hears, with device and session: opened when something is first heard, kept for the next time. Where the device has
 * no room or fails, the CPU hears.
 *
 * Thread-safety: any thread, one at a time.
 */
typedef struct SenEars SenEars;

/** @store may be NULL: then there is no model. */
SenEars *sen_ears_new (const SenDebug *debug, SenModelStore *store);
void     sen_ears_free (SenEars *self);
/** Calls @gave_way once, if the CPU takes the place of the device; from the thread that hears. */
void     sen_ears_tell (SenEars *self, SenEncoderDeviceGaveWay gave_way, gpointer user_data);

/** Whether a model that hears is here; else SEN_ERROR_NOT_FOUND, with a sentence that names one. */
bool        sen_ears_check (SenEars *self, GError **error);
/** Makes ready what sen_ears_transcribe() would. Fails as sen_ears_check() does, or because the model is bad. */
bool        sen_ears_open (SenEars *self, GError **error);
/** The model's name, NULL before. */
const char *sen_ears_name (SenEars *self);
/** As sen_transcribe(); opens what is needed. */
bool        sen_ears_transcribe (SenEars *self, const SenTranscribeParams *params, SenSoundRead read, gpointer read_data, SenCancel *cancel,
                                 GError **error);
/** Gives the memory back, unless something is being heard; the next sound opens it again. Never waits; any thread. */
void        sen_ears_rest (SenEars *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenEars, sen_ears_free)

G_END_DECLS
