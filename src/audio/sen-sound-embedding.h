/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-transcribe.h"

G_BEGIN_DECLS

/**
 * What Whisper's encoder makes of a whole sound. It hears 30 seconds at a time, one window behind the other, so memory does not grow with
 * the sound; log-mel is normalized by the loudest moment of a window and those before it.
 *
 * Thread-safety: as the session.
 */

/** A window: @states[n_position][n_embd of SenWhisperInfo], the first @n_sound of which hold sound. False with @error stops. */
typedef bool (*SenSoundStates) (const float *states, uint32_t n_sound, gpointer user_data, GError **error);

/** Calls @window for each; not at all for a sound without any samples. */
bool sen_sound_encode (SenWhisperSession *session, SenSoundRead read, gpointer read_data, SenSoundStates window, gpointer user_data,
                       SenCancel *cancel, GError **error);

/** A sound as one vector: the mean of the states that hold sound, of unit length. Sounds of one kind, and speech of one content, lie near
 *  each other. The states have a large mean in common, so compare cosines with each other, not with a fixed threshold.
 *  @embedding[n_embd]. SEN_ERROR_FORMAT for a sound without any samples. */
bool sen_sound_embed (SenWhisperSession *session, SenSoundRead read, gpointer read_data, float *embedding, SenCancel *cancel,
                      GError **error);

G_END_DECLS
