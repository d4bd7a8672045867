/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/** Set from any thread (a signal handler too) to stop work; polled between ops, submissions, tokens and pieces of media. */
typedef struct {
  volatile gint requested;
} SenCancel;

static inline bool
sen_cancel_requested (SenCancel *cancel)
{
  return cancel != NULL && g_atomic_int_get (&cancel->requested) != 0;
}

G_END_DECLS
