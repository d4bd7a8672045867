/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sen-capture-wire.h"

/* Inside sensorium-capture. */

/** Limits, no_new_privs, and the filter of system calls. */
bool sandbox_enter (void);
/** From now on no path can be opened and no socket made, by no thread. */
bool sandbox_close_paths (void);

/** One message on standard output; exits when nobody reads it any more. */
void say (SenCaptureKind kind, uint32_t value, const void *data, size_t n);
/** Says why and exits. */
_Noreturn void give_up (SenCaptureReason reason, const char *detail);

/** Reading from a sound server may wait for ever, so a thread watches standard input and exits when it ends. */
bool watch_client (void);

#define RATE 16000

int list_devices (void);
int record (const char *id);
int play (void);
