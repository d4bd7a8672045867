/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-device.h"

/* The whole table of sen-op-check.h: each case that is further off than it may be is named, and fails the test. */
void check_ops (SenDevice *device, SenDevice *reference);
