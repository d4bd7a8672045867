/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-devices.h"

G_BEGIN_DECLS

/**
 * The device that encoders run on: opened when something is to run, given back while there is nothing, and opened anew after it was lost.
 *
 * What was made for it (encoders, nets, sessions) is freed before it is closed; that is its owner's to do. Where it has no room, because a
 * language model fills it, or fails, the CPU takes its place until its owner closes it: who encodes, does so again as long as
 * sen_encoder_device_retreats().
 *
 * Thread-safety: one thread at a time.
 */
typedef struct SenEncoderDevice SenEncoderDevice;

/** Frees what was made for the device, and calls sen_encoder_device_close(). */
typedef void (*SenEncoderDeviceRest) (gpointer owner);

/** That the CPU takes the place of the device, and @why: a sentence without its full stop. On the thread that encodes. */
typedef void (*SenEncoderDeviceGaveWay) (const char *why, gpointer user_data);

/** @params are copied, but for cache_dir, which is that of the user. */
SenEncoderDevice *sen_encoder_device_new (const SenDevicesParams *params, SenEncoderDeviceRest rest, gpointer owner);
void              sen_encoder_device_free (SenEncoderDevice *device);
/** Calls @gave_way the first time, and never again. */
void              sen_encoder_device_tell (SenEncoderDevice *device, SenEncoderDeviceGaveWay gave_way, gpointer user_data);

bool sen_encoder_device_open (SenEncoderDevice *device, GError **error);
void sen_encoder_device_close (SenEncoderDevice *device);

/** Borrowed; NULL while it is closed. The second is the CPU, as sen_devices_open() has it. */
SenDevice *sen_encoder_device_get (const SenEncoderDevice *device);
SenDevice *sen_encoder_device_fallback (const SenEncoderDevice *device);

/** Whether what ended with *@failure is to be tried again: the device gave out (sen_device_gave_out()). Then its owner has rested,
 *  *@failure is cleared, and what is opened next is the CPU. */
bool sen_encoder_device_retreats (SenEncoderDevice *device, GError **failure);

/** To be called for what goes to the CPU by itself, as SenWhisperSession does: @why it did, or NULL. */
void sen_encoder_device_note_moved (SenEncoderDevice *device, const char *why);

/** How something ended that ran on it: @ok, or @failure (taken over; NULL: it was cancelled), which goes to @error. A lost device makes its
 *  owner rest, so that the next run opens another. Returns @ok. */
bool sen_encoder_device_settle (SenEncoderDevice *device, bool ok, GError *failure, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenEncoderDevice, sen_encoder_device_free)

G_END_DECLS
