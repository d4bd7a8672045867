/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * The one error domain of the engine and everything above it.
 *
 * The code says what kind of trouble it is, so that callers can react (offer a download, fall back
 * to the CPU); the message is one sentence that says what, where, and what to do. Messages are
 * English; the window maps codes to translated advice.
 */
#define SEN_ERROR (sen_error_quark ())

typedef enum {
  SEN_ERROR_FORMAT,       /* a file breaks its own format, or lies about itself */
  SEN_ERROR_UNSUPPORTED,  /* well-formed, but nothing here can do it */
  SEN_ERROR_IO,           /* the operating system refused a read or write */
  SEN_ERROR_NO_MEMORY,    /* host memory */
  SEN_ERROR_DEVICE,       /* a compute device failed or is missing */
  SEN_ERROR_DEVICE_MEMORY,/* the budget of a device is too small */
  SEN_ERROR_DEVICE_LOST,  /* the device went away; rebuild it and replay */
  SEN_ERROR_CANCELLED,    /* the caller asked to stop */
  SEN_ERROR_CONTEXT_FULL, /* more tokens than the context holds; the caller chooses what must go */
  SEN_ERROR_INVALID,      /* an argument from a user is wrong */
  SEN_ERROR_NOT_FOUND,    /* no such model, file or device */
  SEN_ERROR_NETWORK,      /* a download failed; it can be resumed */
  SEN_ERROR_DISK_FULL,    /* no room for what was asked */
  SEN_ERROR_CHECKSUM,     /* bytes arrived that are not the ones promised */
  SEN_ERROR_LIMIT,        /* a size, time or step limit against hostile input was reached */
} SenError;

GQuark sen_error_quark (void);

G_END_DECLS
