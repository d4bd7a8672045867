/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * How much work one submission may have. A device that draws the desktop must not be held for long, some drivers take a device
 * away that does not answer, and nobody can stop a submission that runs; so each is to last 25 ms, and one at twice that pace's
 * worth of surprise 50 ms. The pace of a program, in multiply-adds a second, is measured with every submission: it starts
 * low, at most doubles from one to the next, and falls at once. On the thread of the device.
 */
typedef struct {
  double macs_per_second;
} SenVkPace;

/** Of linear's variant for several tokens; pipeline.c specializes for it. Fewer cost as much. */
#define SEN_VK_TOKENS_PER_GROUP 8

/** Weights that one dispatch takes at most; larger matrices are bound in blocks. With the shortest batch, 8 tokens, that is 50 ms at
 *  5.4 G multiply-adds a second, half of what two cores do with a software driver. */
#define SEN_VK_BLOCK_WEIGHTS (32u << 20)

void   sen_vk_pace_init (SenVkPace *pace);

/** Multiply-adds that the next submission may have. */
double sen_vk_pace_macs (const SenVkPace *pace);

/** The longest batch of which no op, of @macs_per_token, is too much for a submission: a multiple of 8, and at least that;
 *  G_MAXUINT32 when nothing depends on it. */
guint32 sen_vk_pace_max_tokens (const SenVkPace *pace, double macs_per_token);

/** A submission of @macs took @seconds. */
void   sen_vk_pace_note (SenVkPace *pace, double macs, double seconds);

G_END_DECLS
