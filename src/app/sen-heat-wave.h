/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-decode.h"
#include "sen-heat.h"

G_BEGIN_DECLS

#define SEN_TYPE_HEAT_WAVE (sen_heat_wave_get_type ())
G_DECLARE_FINAL_TYPE (SenHeatWave, sen_heat_wave, SEN, HEAT_WAVE, GtkWidget)

/** A waveform that glows where the heat is. Time runs from left to right, whatever the language. To screen readers an image; its label and
 *  description are the caller's. */
GtkWidget *sen_heat_wave_new (void);

/** @peaks must live as long as the widget; NULL draws a line. */
void sen_heat_wave_set_peaks (SenHeatWave *self, const SenPeaks *peaks);
/** f32 [n_step], 0 to 1, or of a change -1 to 1, of equal parts of the time from 0 to @seconds; copied. NULL: no heat. */
void sen_heat_wave_set_heat (SenHeatWave *self, SenHeatMap map, const float *strengths, guint n_step, double seconds);

/** What the tooltip says of a step. (transfer full) */
typedef char *(*SenHeatWaveDescribe) (guint step, gpointer user_data);
void sen_heat_wave_set_describe (SenHeatWave *self, SenHeatWaveDescribe describe, gpointer user_data);

G_END_DECLS
