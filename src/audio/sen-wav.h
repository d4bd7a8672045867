/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** A WAV file of @n mono samples at 16 kHz, of 16 bits each; samples outside [-1, 1] are cut. At most 2^31 bytes. RIFF, format 1 (PCM).
 *  Reentrant. (transfer full) */
GBytes *sen_wav_new (const float *samples, size_t n);

G_END_DECLS
