/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-vad.h"

G_BEGIN_DECLS

/* Samples to features. A row of features is about the frame in the middle of its window: samples
 * [i · SEN_VAD_HOP, (i + 1) · SEN_VAD_HOP) for row i. Rows come SEN_VAD_AHEAD frames late. */

enum {
  SEN_VAD_HOP = 160,
  SEN_VAD_AHEAD = 60,
  SEN_VAD_N_FEATURES = 57,
};

typedef struct SenVadFeatures SenVadFeatures;
typedef void (*SenVadRowFunc) (const float *row, gpointer data);

SenVadFeatures *sen_vad_features_new (SenVadRowFunc func, gpointer data);
void            sen_vad_features_free (SenVadFeatures *features);
void            sen_vad_features_feed (SenVadFeatures *features, const float *samples, size_t n_samples);
/* Gives the rows that are still owed (one per full hop fed), then starts over. */
void            sen_vad_features_finish (SenVadFeatures *features);

G_END_DECLS
