/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"

G_BEGIN_DECLS

/**
 * One table of small, odd-shaped computations that every device must get right: each op, each weight type, each fusion, and the scan.
 * The tests run it on all devices against the scalar reference; the self-test runs it on a user's GPU, which is not used at all where one
 * case is wrong, whatever it is for: who can't multiply bytes is not trusted with numbers.
 *
 * Thread-safety: on the thread of the devices.
 */

uint32_t sen_op_check_count (void);

/** "linear q4_k 3 tokens, norm, glu" (transfer full) */
char *sen_op_check_name (uint32_t index);

/** Runs case @index on both devices. *@difference is ‖out − ref‖ / ‖ref‖ over all outputs; of a scan, how many products are wrong. False
 *  only when a device could not run it. */
bool sen_op_check_run (uint32_t index, SenDevice *device, SenDevice *reference, double *difference, GError **error);

/** What @difference may be at most for this case on @device: rounding for exact devices, and what 8-bit activations or f16
 *  arithmetic cost for the others. */
double sen_op_check_tolerance (uint32_t index, SenDevice *device);

G_END_DECLS
