/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

/* For small programs that measure or make something: any trouble is their end. */
static inline void
stop_on (GError *error)
{
  if (error == NULL)
    return;
  fprintf (stderr, "%s\n", error->message);
  exit (1);
}
