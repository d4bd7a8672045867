/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-senses.h"

/* Senses that find in a file what the test wrote into it, in place of the real ones: the linker takes these functions.
 *   picture WORDS   a picture of 400 × 300 with these words
 *   sound WORDS     a recording of 10 seconds, in ten steps
 *   video WORDS     a video of 20 seconds, of 640 × 360
 *   anything else   nothing that can be understood */
void     fake_senses_hold (bool is_held);              /* a recording stays at its second step until it is let go, or not wanted */
unsigned fake_senses_n_understood (void);              /* how often they were asked */
unsigned fake_senses_n_rests (void);                   /* how often they rested; never on the main thread */
/* A sense more, or less, is at hand: words are by "fake" and by "keener" then. */
void     fake_senses_set_keen (bool is_keen);
