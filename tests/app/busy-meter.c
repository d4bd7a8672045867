/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "busy-meter.h"

#include <time.h>

#include "work-meter.h"

static GPollFunc real_poll;
static gint64 woken_us[BUSY_N];        /* when the main loop last left poll(); 0 = not known */
static gint64 since_frame_us[BUSY_N];
static GArray *frames[BUSY_N];         /* gint64, µs of work for each */

static gint64
now_us (BusyClock clock)
{
  struct timespec now;
  clock_gettime (clock == BUSY_WALL ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* Adds the work since the last call of wake_up(). */
static void
add_up (void)
{
  for (int clock = 0; clock < BUSY_N; clock++)
    if (woken_us[clock] > 0)
      since_frame_us[clock] += now_us (clock) - woken_us[clock];
}

static void
wake_up (void)
{
  for (int clock = 0; clock < BUSY_N; clock++)
    woken_us[clock] = now_us (clock);
}

static gint
metered_poll (GPollFD *fds, guint n_fds, gint timeout)
{
  add_up ();
  gint result = real_poll (fds, n_fds, timeout);
  wake_up ();
  return result;
}

static void
on_after_paint (GdkFrameClock *frame_clock, gpointer data)
{
  add_up ();
  work_meter_end_frame ();
  for (int clock = 0; clock < BUSY_N; clock++)
    {
      g_array_append_val (frames[clock], since_frame_us[clock]);
      since_frame_us[clock] = 0;
    }
  wake_up ();
}

void
busy_meter_install (GtkWidget *window)
{
  for (int clock = 0; clock < BUSY_N; clock++)
    frames[clock] = g_array_new (FALSE, FALSE, sizeof (gint64));
  real_poll = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, metered_poll);
  g_signal_connect_after (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (on_after_paint), NULL);
}

void
busy_meter_reset (void)
{
  for (int clock = 0; clock < BUSY_N; clock++)
    {
      g_array_set_size (frames[clock], 0);
      since_frame_us[clock] = 0;
    }
  work_meter_reset ();
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;
  return x < y ? -1 : x > y;
}

double
busy_meter_percentile_ms (BusyClock clock, double percentile)
{
  GArray *times = frames[clock];
  if (times->len == 0)
    return 0.0;
  g_array_sort (times, compare);
  guint index = MIN ((guint) (percentile / 100.0 * times->len), times->len - 1);
  return (double) g_array_index (times, gint64, index) / 1000.0;
}

guint
busy_meter_n_frames (void)
{
  return frames[BUSY_WALL]->len;
}

void
busy_meter_report (const char *what)
{
  g_autofree char *work = work_meter_describe ();
  g_test_message ("%s, %u frames: median %.1f ms, 99th percentile %.1f ms, longest %.1f ms (on the wall: %.1f, %.1f, %.1f); %s", what,
                  busy_meter_n_frames (), busy_meter_percentile_ms (BUSY_THREAD, 50.0),
                  busy_meter_percentile_ms (BUSY_THREAD, 99.0), busy_meter_percentile_ms (BUSY_THREAD, 100.0),
                  busy_meter_percentile_ms (BUSY_WALL, 50.0), busy_meter_percentile_ms (BUSY_WALL, 99.0),
                  busy_meter_percentile_ms (BUSY_WALL, 100.0), work);
}
