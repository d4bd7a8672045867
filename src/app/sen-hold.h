/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gdk/gdk.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Held longer, a button or key is released to end; shorter, it was a click, and the next one ends. */
#define SEN_HOLD_MS 350

/** When a button or key went down or up: by our clock, and as its event tells it in milliseconds of the display's clock, which comes round
 *  every 49 days (GDK_CURRENT_TIME: no event tells it). */
typedef struct {
  gint64  us;
  guint32 event_ms;
} SenMoment;

/** Whether what went @down and @up was held. What the events say counts where both have a time: what is done when it goes down may keep the
 *  main thread busy, which makes no long press of a click. */
static inline bool
sen_hold_is_long (const SenMoment *down, const SenMoment *up)
{
  if (down->event_ms != GDK_CURRENT_TIME && up->event_ms != GDK_CURRENT_TIME)
    return (gint32) (up->event_ms - down->event_ms) >= SEN_HOLD_MS;
  return up->us - down->us >= SEN_HOLD_MS * 1000;
}

G_END_DECLS
