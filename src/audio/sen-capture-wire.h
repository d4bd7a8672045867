/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/**
 * What sensorium-capture says on its standard output: a SenCaptureHead and @n bytes, in the machine's byte order (both ends are
 * one build). It ends when its standard input ends. Neither C library nor GLib types: the helper links no GLib.
 *
 *   sensorium-capture list               DEVICE…, then exits
 *   sensorium-capture record [ID]        STARTED, SAMPLES… until stdin ends; an ID is that of a DEVICE, none is the default one
 *   sensorium-capture play               plays mono float samples at 16 kHz from stdin, says PLAYED…, exits when all is heard
 *
 * Trouble is one REASON, after which it exits.
 */
#define SEN_CAPTURE_MAGIC 0x53435031u
#define SEN_CAPTURE_MAX_BYTES 65536u
#define SEN_CAPTURE_MAX_DEVICES 64

typedef enum {
  SEN_CAPTURE_DEVICE,    /* flags: SenCaptureFlags; text: id, NUL, human name */
  SEN_CAPTURE_STARTED,   /* text: the human name of the device that is open */
  SEN_CAPTURE_SAMPLES,   /* floats, mono, 16 kHz */
  SEN_CAPTURE_PLAYED,    /* value: samples heard so far */
  SEN_CAPTURE_REASON,    /* value: SenCaptureReason; text: detail */
} SenCaptureKind;

typedef enum {
  SEN_CAPTURE_DEFAULT = 1 << 0,
  SEN_CAPTURE_MONITOR = 1 << 1,   /* what the computer plays, not a microphone */
} SenCaptureFlags;

typedef enum {
#define REASON(name, code, sentence) SEN_CAPTURE_##name,
#include "capture-reasons.def"
#undef REASON
  SEN_CAPTURE_N_REASONS
} SenCaptureReason;

typedef struct {
  uint32_t magic;
  uint32_t kind;
  uint32_t value;
  uint32_t n;
} SenCaptureHead;
