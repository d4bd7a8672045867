/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-devices.h"

G_BEGIN_DECLS

/** The noted result of an earlier test of the device and driver @identity; *@note (transfer full) says why it failed, or is NULL. */
SenSelfTest sen_self_test_lookup (const char *cache_dir, const char *identity, char **note);

/** Compares every kernel of @device with the scalar reference and notes the result under @identity (NULL: nowhere). False
 *  with SEN_ERROR_DEVICE when one is wrong; SEN_ERROR_CANCELLED, and SEN_ERROR_DEVICE_MEMORY where there was no room, note nothing. On the
 *  thread of @device. */
bool sen_self_test_run (SenDevice *device, const char *cache_dir, const char *identity, SenCancel *cancel, GError **error);

G_END_DECLS
