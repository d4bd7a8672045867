/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The language of @text, as an ISO 639-1 code, where it is simply known: by its script, or by its most usual words. NULL when it may be
 *  several. Bounded: looks at the first 2,000 characters. Reentrant. (static) */
const char *sen_language_guess (const char *text);

G_END_DECLS
