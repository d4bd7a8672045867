/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-transcribe.h"

G_BEGIN_DECLS

/**
 * A sound as one vector: the mean of what Whisper's encoder makes of it, over the positions that hold sound, of unit length.
 * The encoder hears 30 seconds at a time, one window behind the other, so memory does not grow with the sound; log-mel is
 * normalized by the loudest moment of a window and those before it. Sounds of one kind, and speech of one content, lie near
 * each other. The states have a large mean in common, so compare cosines with each other, not with a fixed threshold.
 *
 * @embedding[n_embd of SenWhisperInfo]. SEN_ERROR_FORMAT for a sound without any samples. @progress (seconds) may be NULL.
 */
bool sen_sound_embed (SenWhisperSession *session, SenSoundRead read, gpointer read_data, SenTranscribeProgress progress,
                      gpointer user_data, float *embedding, SenCancel *cancel, GError **error);

G_END_DECLS
