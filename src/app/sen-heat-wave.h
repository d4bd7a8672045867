/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-decode.h"
#include "sen-heat.h"

G_BEGIN_DECLS

#define SEN_TYPE_HEAT_WAVE (sen_heat_wave_get_type ())
G_DECLARE_FINAL_TYPE (SenHeatWave, sen_heat_wave, SEN, HEAT_WAVE, GtkWidget)

/** A waveform that glows where the heat is, and below it the words that are said, where they are said, glowing likewise. Where they do
 *  not all fit, the warmest do. Time runs from left to right, whatever the language. To screen readers an image; its label and
 *  description are the caller's. */
GtkWidget *sen_heat_wave_new (void);

/** @peaks must live as long as the widget; NULL draws a line. */
void sen_heat_wave_set_peaks (SenHeatWave *self, const SenPeaks *peaks);

typedef struct {
  double start, end;   /* seconds */
  float  strength;     /* 0 to 1, or of a change -1 to 1 */
} SenHeatMoment;

/** Copied. NULL: no heat along the time. */
void sen_heat_wave_set_heat (SenHeatWave *self, SenHeatMap map, const SenHeatMoment *moments, guint n);

typedef struct {
  const char *text;
  double      start, end;   /* seconds */
} SenHeatWord;

/** In the order in which they are said; copied. */
void sen_heat_wave_set_words (SenHeatWave *self, const SenHeatWord *words, guint n);
/** f32 [n] of the words, as of moments; copied. NULL: no heat. */
void sen_heat_wave_set_word_heat (SenHeatWave *self, SenHeatMap map, const float *strengths);

/** What the tooltip says of a moment; NULL: nothing. (transfer full) */
typedef char *(*SenHeatWaveDescribe) (double seconds, gpointer user_data);
void sen_heat_wave_set_describe (SenHeatWave *self, SenHeatWaveDescribe describe, gpointer user_data);

G_END_DECLS
