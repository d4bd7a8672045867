/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-json-quote.h"

#include <math.h>
#include <stdbool.h>

void
sen_json_quote (GString *json, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_string_append_c (json, '"');
  for (const char *c = valid; *c != '\0'; c++)
    {
      if (*c == '"' || *c == '\\')
        g_string_append_printf (json, "\\%c", *c);
      else if ((guchar) *c < 0x20 || *c == 0x7f)
        g_string_append_printf (json, "\\u%04x", *c);
      else
        g_string_append_c (json, *c);
    }
  g_string_append_c (json, '"');
}

void
sen_number_append (GString *text, const char *format, double number)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append (text, isfinite (number) ? g_ascii_formatd (digits, sizeof digits, format, number) : "–");
}

void
sen_json_append_number (GString *json, const char *format, double number)
{
  if (isfinite (number))
    sen_number_append (json, format, number);
  else
    g_string_append (json, "null");
}

static void
add_name (GString *json, const char *name)
{
  bool is_first = json->len == 0 || json->str[json->len - 1] == '{';
  g_string_append_printf (json, "%s\"%s\":", is_first ? "" : ",", name);
}

void
sen_json_add_text (GString *json, const char *name, const char *text)
{
  add_name (json, name);
  sen_json_quote (json, text);
}

void
sen_json_add_number (GString *json, const char *name, const char *format, double number)
{
  add_name (json, name);
  sen_json_append_number (json, format, number);
}
