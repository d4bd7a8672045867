/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SEN_TYPE_FIND_DATES (sen_find_dates_get_type ())
G_DECLARE_FINAL_TYPE (SenFindDates, sen_find_dates, SEN, FIND_DATES, GtkWidget)

/**
 * A button that says of when files are looked for; behind it spans that are often meant (today, the past week), and a first and a last day
 * on a calendar.
 *
 * Signal: "changed".
 */
GtkWidget *sen_find_dates_new (void);
/** Microseconds since 1970, [after, before), days as they are here; 0: no limit. */
void       sen_find_dates_get (SenFindDates *self, int64_t *after_us, int64_t *before_us);
/** The last @n_days and this one, 0: today. */
void       sen_find_dates_set_past (SenFindDates *self, guint n_days);
/** Whole days, both of them included; NULL: no limit. */
void       sen_find_dates_set_days (SenFindDates *self, GDateTime *first, GDateTime *last);
void       sen_find_dates_clear (SenFindDates *self);

G_END_DECLS
