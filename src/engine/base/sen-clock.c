/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-clock.h"

char *
sen_clock_format (uint64_t seconds)
{
  unsigned minute = (unsigned) (seconds / 60 % 60), second = (unsigned) (seconds % 60);
  return seconds >= 3600 ? g_strdup_printf ("%" G_GUINT64_FORMAT ":%02u:%02u", (guint64) (seconds / 3600), minute, second)
                         : g_strdup_printf ("%u:%02u", minute, second);
}
