/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"

G_BEGIN_DECLS

/** How many bytes of weights a second @device gets through when it writes token by token, which is what limits it: measured with
 *  one matrix of four-bit weights that is larger than most caches, in about a tenth of a second. 0 on errors, which are few: no
 *  memory for 64 MiB of weights, a lost device. Other work on the machine makes it less. The device belongs to the caller's thread. */
double sen_device_measure_rate (SenDevice *device, GError **error);

G_END_DECLS
