/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/** Seconds as a clock shows them: "0:07", "12:05", "1:02:03". The same in all languages. Reentrant. (transfer full) */
char *sen_clock_format (uint64_t seconds);

G_END_DECLS
