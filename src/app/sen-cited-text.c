/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-cited-text.h"

#include <string.h>

#include "sen-markdown-cite.h"

/* Whether a fence of code is open before @end. */
static bool
is_in_code (const char *answer, const char *end)
{
  bool is_open = false;
  for (const char *line = answer; line != NULL && line < end; line = strchr (line, '\n'), line = line != NULL ? line + 1 : NULL)
    if (g_str_has_prefix (line + strspn (line, " "), "```"))
      is_open = !is_open;
  return is_open;
}

/* Behind what makes a line a heading, an item, a cell or bold: a mark before that would make it a paragraph. */
static const char *
skip_syntax (const char *at, const char *end)
{
  for (;;)
    {
      gsize n = strspn (at, " \t>#*_-+|`");
      gsize digits = strspn (at + n, "0123456789");
      if (digits > 0 && strchr (".)", at[n + digits]) != NULL && at[n + digits] != '\0' && at[n + digits + 1] == ' ')
        n += digits + 2;
      if (n == 0 || at + n >= end)
        return at;
      at += n;
    }
}

/* What closes bold or a cell stands behind the mark. */
static const char *
skip_back (const char *start, const char *end)
{
  while (end > start && strchr ("*_|` ", end[-1]) != NULL)
    end--;
  return end;
}

char *
sen_cited_text (const char *answer, const SenGroundingCheck *check)
{
  GString *text = g_string_new (NULL);
  const char *at = answer;
  for (uint32_t i = 0; i < check->n; i++)
    {
      const SenGroundedSentence *sentence = &check->sentences[i];
      const char *end = answer + sentence->end, *first = skip_syntax (answer + sentence->start, end), *last = skip_back (first, end);
      bool is_cell = answer[sentence->start] == '|';
      if (!sentence->is_claim || is_in_code (answer, first))
        continue;
      if (sentence->source < 0 && last > first)
        {
          g_string_append_len (text, at, first - at);
          g_string_append (text, SEN_MARKDOWN_DOUBT_BEGIN);
          g_string_append_len (text, first, last - first);
          g_string_append (text, SEN_MARKDOWN_DOUBT_END);
          at = last;
        }
      else if (sentence->source >= 0 && sentence->cited == 0 && !is_cell)
        {
          g_string_append_len (text, at, end - at);
          g_string_append_printf (text, " [%d]", sentence->source + 1);
          at = end;
        }
    }
  g_string_append (text, at);
  return g_string_free (text, FALSE);
}
