/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib-object.h>
#include <stdbool.h>

#include "sen-senses.h"

G_BEGIN_DECLS

#define SEN_TYPE_PLAY (sen_play_get_type ())
G_DECLARE_FINAL_TYPE (SenPlay, sen_play, SEN, PLAY, GObject)

/**
 * The sound of a file while it is heard on the default loudspeaker, from one place in it to its end. sen_perception_play() makes
 * them. Decoding and playing are done by helper processes and a thread of its own; nothing here waits.
 *
 * Signal "changed": the position, or that it is over; about 25 times a second.
 *
 * Thread-safety: main context only.
 */

/** @owner owns @senses and is kept until the thread has ended. (transfer full) */
SenPlay *sen_play_new (SenSenses *senses, GObject *owner, const char *path, double start);

/** Nothing more is heard; it is over within 0.2 seconds. */
void          sen_play_stop (SenPlay *self);
/** Seconds from the beginning of the file. */
double        sen_play_position (SenPlay *self);
bool          sen_play_is_over (SenPlay *self);
/** Why it is over before its end, or NULL. sen_capture_sentence() knows those of the sound system. */
const GError *sen_play_error (SenPlay *self);

G_END_DECLS
