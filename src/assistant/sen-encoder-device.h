/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-devices.h"

G_BEGIN_DECLS

/**
 * The device that encoders run on: opened when something is to run, given back while there is nothing, and opened anew after it was lost.
 *
 * What was made for it (encoders, nets, sessions) is freed before it is closed; that is its owner's to do. Where it has no room, because a
 * language model fills it, the CPU takes its place until it is closed again, if its owner asks for that (sen_encoder_device_retreats()).
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenEncoderDevice SenEncoderDevice;

/** Frees what was made for the device, and calls sen_encoder_device_close(). */
typedef void (*SenEncoderDeviceRest) (gpointer owner);

/** @params are copied, but for cache_dir, which is that of the user. */
SenEncoderDevice *sen_encoder_device_new (const SenDevicesParams *params, SenEncoderDeviceRest rest, gpointer owner);
void              sen_encoder_device_free (SenEncoderDevice *device);

bool sen_encoder_device_open (SenEncoderDevice *device, GError **error);
void sen_encoder_device_close (SenEncoderDevice *device);

/** Borrowed; NULL while it is closed. The second is the CPU, as sen_devices_open() has it. */
SenDevice *sen_encoder_device_get (const SenEncoderDevice *device);
SenDevice *sen_encoder_device_fallback (const SenEncoderDevice *device);

/** Whether what ended with *@failure is to be tried again: there was no room on the device. Then its owner has rested, *@failure is
 *  cleared, and what is opened next is the CPU. */
bool sen_encoder_device_retreats (SenEncoderDevice *device, GError **failure);

/** How something ended that ran on it: @ok, or @failure (taken over; NULL: it was cancelled), which goes to @error. A lost device makes its
 *  owner rest, so that the next run opens another. Returns @ok. */
bool sen_encoder_device_settle (SenEncoderDevice *device, bool ok, GError *failure, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenEncoderDevice, sen_encoder_device_free)

G_END_DECLS
