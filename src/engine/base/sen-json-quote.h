/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All that a writer of large JSON needs beside printf. Thread-safe. */

/** Appends @text to @json as a string, with its quotation marks and everything escaped that has to be; what is no UTF-8 in it becomes
 *  U+FFFD, as names of files may be. */
void sen_json_quote (GString *json, const char *text);

/** Appends a number with a point before its decimals, whatever the locale: models and programs read it. @format: as of g_ascii_formatd().
 *  What is no number is a dash in words, and null in JSON. */
void sen_number_append (GString *text, const char *format, double number);
void sen_json_append_number (GString *json, const char *format, double number);

/** Append a member, behind a comma where it is not the first of its object; numbers as sen_json_append_number() has them. */
void sen_json_add_text (GString *json, const char *name, const char *text);
void sen_json_add_number (GString *json, const char *name, const char *format, double number);

G_END_DECLS
