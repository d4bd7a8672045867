/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* A PulseAudio daemon of the test's own: in a temporary runtime folder, with no devices but those the test makes, and without
 * ALSA. One at a time; the environment of this process points to it. */

typedef struct {
  const char *folder;
  GPid  pid;       /* 0: none runs */
} Pulse;

/* An environment in which no sound server and no card can be found; pulse_start() makes the server. */
void pulse_set_up (Pulse *pulse);
void pulse_start (Pulse *pulse);
void pulse_kill (Pulse *pulse);
void pulse_tear_down (Pulse *pulse);
/* Before the process ends. */
void pulse_forget (void);

/* Runs `pactl` with these words; its output, trimmed. Modules: "load-module", "module-null-sink", … gives a number. */
char *pulse_control (Pulse *pulse, ...) G_GNUC_NULL_TERMINATED;

/* A loudspeaker "speaker", and a microphone "mic" ("Test microphone") that hears it. Their module numbers. */
char *pulse_add_speaker (Pulse *pulse);
char *pulse_add_microphone (Pulse *pulse);
