/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

/* How much the window does for each frame, counted rather than timed, so that it is the same on every machine: the linker sends
 * the calls of these functions through the meter (work_meter_link_args in meson.build). */
typedef enum {
  WORK_PARSED,     /* bytes of Markdown given to the parser */
  WORK_SHOWN,      /* bytes of text given to labels, which lay all of it out */
  WORK_LABELS,     /* labels given a text */
  WORK_COLOURED,   /* stretches of code given colours */
  WORK_DRAWN,      /* children that a widget of ours had drawn, however far out of sight */
  WORK_N,
} Work;

void   work_meter_reset (void);
/* The most for any frame since the reset; the sum of all. */
gsize  work_meter_most (Work work);
gsize  work_meter_total (Work work);
/* For the test's messages. (transfer full) */
char  *work_meter_describe (void);

/* Called by the busy meter. */
void   work_meter_end_frame (void);
