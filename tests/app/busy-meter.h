/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

/* What the UI thread does for each frame: all the time between two frames in which it was not listening for events, be it
 * text that arrives, layout or painting. Over 16 ms a user sees it stutter. Taken by the clock on the wall, and by that of
 * the thread, which does not count what other programs take of a busy machine. For the eyes of people and docs/performance.md:
 * no test fails by the time something took; what they check is the work (work-meter.h). */
typedef enum { BUSY_WALL, BUSY_THREAD, BUSY_N } BusyClock;

void   busy_meter_install (GtkWidget *window);   /* once */
void   busy_meter_reset (void);                  /* and the work meter */
double busy_meter_percentile_ms (BusyClock clock, double percentile);
guint  busy_meter_n_frames (void);
/* Frames and work since the reset, as a message of the test. */
void   busy_meter_report (const char *what);
