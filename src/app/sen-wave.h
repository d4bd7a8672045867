/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-decode.h"

G_BEGIN_DECLS

/* What pictures of a sound have in common: bars, a step apart, as high as the sound is loud there. */
#define SEN_WAVE_BAR_PX 2
#define SEN_WAVE_STEP_PX 3

/** What full height stands for: the loudest of @peaks (NULL: nothing is known), or something louder than what is nearly still. */
float sen_wave_top (const SenPeaks *peaks);
/** How high bins [@first, @end) of @peaks (NULL: 0) stand under @top, 0 to 1; bins behind the last one are still. */
float sen_wave_height (const SenPeaks *peaks, size_t first, size_t end, float top);

G_END_DECLS
