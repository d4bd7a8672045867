/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sentence-end.h"

#include <stdbool.h>

static bool
is_sentence_end (gunichar c)
{
  return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x3002 || c == 0xff01 || c == 0xff1f || c == 0x0964;
}

static bool
is_closing (gunichar c)
{
  return c == ')' || c == ']' || c == '"' || c == '\'' || c == 0x201d || c == 0x2019 || c == 0xbb || c == 0x300d;
}

static const char *
skip_spaces (const char *p, const char *end)
{
  while (p < end && g_ascii_isspace (*p))
    p++;
  return p;
}

const char *
sen_sentence_end (const char *text, const char *end)
{
  for (const char *p = text; p < end;)
    {
      gunichar c = g_utf8_get_char (p);
      p = g_utf8_next_char (p);
      if (!is_sentence_end (c))
        continue;
      while (p < end && (is_sentence_end (g_utf8_get_char (p)) || is_closing (g_utf8_get_char (p))))
        p = g_utf8_next_char (p);
      const char *next = skip_spaces (p, end);
      if (next == end || c > 0x2fff || (next > p && !g_unichar_islower (g_utf8_get_char (next))))
        return next;
    }
  return end;
}
