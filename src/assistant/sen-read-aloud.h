/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "sen-debug.h"

G_BEGIN_DECLS

#define SEN_TYPE_READ_ALOUD (sen_read_aloud_get_type ())
G_DECLARE_FINAL_TYPE (SenReadAloud, sen_read_aloud, SEN, READ_ALOUD, GObject)

/**
 * Text that is read aloud by speech-dispatcher, sentence by sentence while it is still being written.
 *
 * Speaks SSIP, the protocol of speech-dispatcher (its manual, "SSIP"), over its socket: $SPEECHD_ADDRESS or the one in the runtime
 * folder; where nobody listens there, speech-dispatcher is started. The connection is made by the first sentence and kept. Nothing
 * blocks: everything is asynchronous on the main context. What answers nonsense, or not at all, is given up with one sentence.
 *
 * The language of the voice is that of the text so far where it is simply known (sen-language.h), else the desktop's.
 *
 * Signals:
 *   "changed"              it begins or has ended to speak
 *   "failed" (GError *)    SEN_ERROR_NOT_FOUND: there is no speech-dispatcher, or it has no voice; SEN_ERROR_DEVICE: it does not answer,
 *                          or refuses. The messages are for translation as they stand
 *
 * Thread-safety: main context only.
 */

SenReadAloud *sen_read_aloud_new (const SenDebug *debug);

/** @voice: a name of sen_read_aloud_list_voices_finish(), "" for that of the language. @rate: -100 (slow) to 100 (fast), 0 is usual. For
 *  what is said from now on. */
void sen_read_aloud_set_voice (SenReadAloud *self, const char *voice, int rate);

/** Begins another text; what was being said stops. */
void sen_read_aloud_begin (SenReadAloud *self);
/** The next piece of it, a sentence or more. */
void sen_read_aloud_say (SenReadAloud *self, const char *sentence);
/** That was all of it; "changed" follows when it was heard. */
void sen_read_aloud_end (SenReadAloud *self);
/** Silent at once. */
void sen_read_aloud_stop (SenReadAloud *self);
/** From sen_read_aloud_begin() until all of it was heard, it was stopped, or it failed. */
bool sen_read_aloud_is_on (SenReadAloud *self);

/** Which voices there are. The result is sorted and without the variants of one voice; its strings go into
 *  sen_read_aloud_set_voice(). @callback has no source object, for who asks does not keep it alive: SEN_ERROR_CANCELLED where it goes
 *  first. (transfer full) */
void   sen_read_aloud_list_voices_async (SenReadAloud *self, GAsyncReadyCallback callback, gpointer data);
char **sen_read_aloud_list_voices_finish (GAsyncResult *result, GError **error);

G_END_DECLS
