/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-decode.h"

G_BEGIN_DECLS

#define SEN_TYPE_PLAYER_WAVE (sen_player_wave_get_type ())
G_DECLARE_FINAL_TYPE (SenPlayerWave, sen_player_wave, SEN, PLAYER_WAVE, GtkWidget)

/** A waveform with the part that was heard in the accent colour; a slider to screen readers. Pressing, dragging, the arrows, Home
 *  and End go to another place. Signals: "seek" (double seconds), "toggle": Space or Enter. */
GtkWidget *sen_player_wave_new (void);
/** @peaks must live as long as the widget; NULL draws a line. */
void       sen_player_wave_set_peaks (SenPlayerWave *self, const SenPeaks *peaks);
void       sen_player_wave_set_position (SenPlayerWave *self, double seconds, double duration);

G_END_DECLS
