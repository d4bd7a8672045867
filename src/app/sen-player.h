/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-perception.h"

G_BEGIN_DECLS

#define SEN_TYPE_PLAYER (sen_player_get_type ())
G_DECLARE_FINAL_TYPE (SenPlayer, sen_player, SEN, PLAYER, GtkWidget)

/** The sound of @attachment, a recording or a video: its waveform, play and pause, position and duration. One player plays at a
 *  time. It is not to be seen while there is no sound. @is_small: of the size of a tile's picture, its waveform without seeking. */
GtkWidget *sen_player_new (SenPerception *perception, SenAttachment *attachment, gboolean is_small);
/** Where it begins when it is played next. */
void       sen_player_set_start (SenPlayer *self, double seconds);

G_END_DECLS
