/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Where the first sentence of @text, valid UTF-8 up to @end, is over: behind its full stop, what closes after it and the spaces there. A
 *  word in lower case goes on with the sentence ("e.g. this"); the full stops of Chinese and Japanese need no space behind them. Pure. */
const char *sen_sentence_end (const char *text, const char *end);

G_END_DECLS
