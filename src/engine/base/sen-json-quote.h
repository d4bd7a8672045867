/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Appends @text (what is no UTF-8 in it becomes U+FFFD, as names of files may be) to @json as a string of JSON, with its quotation marks and everything escaped that has to be: all a writer of
 *  large JSON needs beside printf. Thread-safe. */
void sen_json_quote (GString *json, const char *text);

G_END_DECLS
