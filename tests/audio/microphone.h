/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A program to be started instead of sensorium-capture (microphone.sh). It lists a microphone and what a loudspeaker plays, and says what
 * a microphone would have heard, as fast as it is taken. So nothing depends on how busy the machine is: no sound is lost on its way. */

typedef struct {
  char *helper;                 /* for SenDebug.capture_helper and SenCaptureParams.helper */
  char *list, *stream, *rest;   /* its devices; what it says, and says again and again after that */
  char *spoken;                 /* a file that is there once it has said all of @stream, for the first time */
} Microphone;

void microphone_set_up (Microphone *microphone, const GArray *sound);
void microphone_tear_down (Microphone *microphone);
/* Whether all but the last 65,536 bytes, which a pipe holds, have arrived: end @sound with more than 1.1 s of nothing. */
bool microphone_has_spoken (gpointer microphone);
