/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

/** Whether a word says nothing of what a text is about: "the", "is", "what", in English and German. @folded as by sen_query_fold(). */
bool sen_word_is_usual (const char *folded);

G_END_DECLS
