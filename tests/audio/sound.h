/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdint.h>

/* Sounds for tests, all mono at 16 kHz. */

/* The samples of a 16-bit WAV of tests/data/speech: spoken by espeak-ng and flite, whose output is free. */
GArray *sound_read (const char *name);

/* Gaussian noise whose power falls with @slope dB per octave (0 white, 3 pink, 6 brown), as loud as white noise of @rms dB
 * of full scale would be at 1 kHz. The same for the same @seed. */
GArray *sound_noise (double seconds, double slope, double rms, uint32_t seed);
GArray *sound_tone (double seconds, double hertz, double level);   /* a sine of @level dB */

void sound_mix (GArray *into, const GArray *other, double at);      /* adds; @into grows as needed */
void sound_scale (GArray *sound, double peak);                      /* so that the peak is @peak dB of full scale */
double sound_rms (const GArray *sound);                             /* dB */
