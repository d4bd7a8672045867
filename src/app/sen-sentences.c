/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-sentences.h"

#include <glib/gi18n.h>
#include <stdbool.h>
#include <string.h>

/* A line without an end is said in pieces of this. */
#define MOST_BYTES 2000

struct SenSentences {
  GString *open;        /* what has no end yet */
  GString *ready;       /* what has, without marks */
  bool     is_in_code;
};

SenSentences *
sen_sentences_new (void)
{
  SenSentences *self = g_new0 (SenSentences, 1);
  self->open = g_string_new (NULL);
  self->ready = g_string_new (NULL);
  return self;
}

void
sen_sentences_free (SenSentences *self)
{
  if (self == NULL)
    return;
  g_string_free (self->open, TRUE);
  g_string_free (self->ready, TRUE);
  g_free (self);
}

/* --- Without marks -------------------------------------------------------------------------------------------------------------------- */

/* Behind what makes a line a heading, a quote or a bullet; the number of a list is said. */
static const char *
skip_line_marks (const char *p)
{
  for (;;)
    {
      p += strspn (p, " \t");
      gsize n = strspn (p, "#>");
      if (n == 0 && strchr ("-*+", *p) != NULL && *p != '\0' && p[1] == ' ')
        n = 1;
      if (n == 0)
        return p;
      p += n;
    }
}

/* "[words](address)" from '(' on: behind it, or NULL when it is something else. */
static const char *
skip_address (const char *p)
{
  const char *end = *p == '(' ? strpbrk (p + 1, ")\n") : NULL;
  return end != NULL && *end == ')' ? end + 1 : NULL;
}

/* The server of an address of the web that begins at @p, appended to @ready; behind the address, or NULL when there is none. */
static const char *
say_address (GString *ready, const char *p)
{
  gsize scheme = g_str_has_prefix (p, "https://") ? 8 : g_str_has_prefix (p, "http://") ? 7 : 0;
  if (scheme == 0)
    return NULL;
  gsize n = scheme + strcspn (p + scheme, " \t\n<>()[]\"`*|");
  while (n > scheme && strchr (".,;:!?", p[n - 1]) != NULL)
    n--;
  const char *server = p + scheme + (g_str_has_prefix (p + scheme, "www.") ? 4 : 0), *end = server;
  while (end < p + n && strchr ("/:?#", *end) == NULL)
    end++;
  g_string_append_len (ready, server, end - server);
  return p + n + (p[n] == '>');
}

/* A star between spaces is a star. */
static bool
is_mark (const char *p, char before)
{
  if (*p == '_')
    return !g_ascii_isalnum (before) || !g_ascii_isalnum (p[1]);
  if (*p == '<')
    return g_str_has_prefix (p + 1, "http");
  if (*p == '~')
    return before == '~' || p[1] == '~';
  return strchr ("*`[", *p) != NULL ? !(*p == '*' && before == ' ' && p[1] == ' ') : *p == '!' && p[1] == '[';
}

static void
add_plain (GString *ready, const char *text)
{
  gsize start = ready->len;
  for (const char *p = text; *p != '\0'; p++)
    {
      const char *behind = *p == ']' ? skip_address (p + 1) : NULL;
      if (behind == NULL && *p == 'h')
        behind = say_address (ready, p);
      char before = p == text ? 0 : p[-1];
      if (behind != NULL)
        p = behind - 1;
      else if ((*p == '|' || (*p == '_' && !is_mark (p, before))) && ready->len > start)
        g_string_append_c (ready, ' ');
      else if (*p == '|')
        continue;
      else if (!is_mark (p, before))
        g_string_append_c (ready, *p);
    }
  while (ready->len > start && g_ascii_isspace (ready->str[ready->len - 1]))
    g_string_truncate (ready, ready->len - 1);
  /* Rules and the lines of tables say nothing. */
  const char *said = ready->str + start;
  if (said[strspn (said, "-=_: \t\n")] == '\0')
    g_string_truncate (ready, start);
}

static bool
is_fence (const char *line)
{
  line += strspn (line, " \t");
  return g_str_has_prefix (line, "```") || g_str_has_prefix (line, "~~~");
}

/* @text: up to the end of a sentence or of a line. */
static void
say (SenSentences *self, const char *text)
{
  if (is_fence (text))
    {
      self->is_in_code = !self->is_in_code;
      g_autofree char *language = g_strstrip (g_strdup (text + strspn (text, " \t`~")));
      if (self->is_in_code && self->ready->len > 0)
        g_string_append_c (self->ready, ' ');
      if (self->is_in_code && *language != '\0')
        /* translators: spoken by screen readers in place of a program; its language */
        g_string_append_printf (self->ready, _("Code in %s."), language);
      else if (self->is_in_code)
        /* translators: spoken by screen readers in place of a program */
        g_string_append (self->ready, _("Code."));
      return;
    }
  if (self->is_in_code)
    return;
  g_autofree char *copy = g_strdup (text);
  const char *words = skip_line_marks (g_strstrip (copy));
  gsize before = self->ready->len;
  if (before > 0)
    g_string_append_c (self->ready, ' ');
  gsize start = self->ready->len;
  add_plain (self->ready, words);
  if (self->ready->len == start)
    g_string_truncate (self->ready, before);
}

/* --- Where sentences end -------------------------------------------------------------------------------------------------------------- */

static bool
is_end (gunichar c)
{
  return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x3002 || c == 0xFF01 || c == 0xFF1F;
}

/* "12." at the beginning is the number of a list. */
static bool
is_list_number (const char *line, const char *end)
{
  line += strspn (line, " \t");
  return line + strspn (line, "0123456789") == end;
}

/* Behind the first sentence of @text, or 0 while it is open. */
static gsize
find_end (const SenSentences *self)
{
  const char *text = self->open->str;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      const char *next = g_utf8_next_char (p);
      if (*p == '\n')
        return (gsize) (next - text);
      gunichar c = g_utf8_get_char (p);
      if (self->is_in_code || is_fence (text) || !is_end (c))
        continue;
      /* Wide marks need no space behind them. */
      bool is_wide = c > 0x2FFF;
      const char *closed = next + strspn (next, "*_)\"'`");
      if ((is_wide && *next != '\0') || ((*closed == ' ' || *closed == '\t') && !is_list_number (text, p)))
        return (gsize) (closed - text);
    }
  return self->open->len > MOST_BYTES ? self->open->len : 0;
}

void
sen_sentences_append (SenSentences *self, const char *text)
{
  gsize end;
  g_string_append (self->open, text);
  while ((end = find_end (self)) > 0)
    {
      g_autofree char *sentence = g_strndup (self->open->str, end);
      g_string_erase (self->open, 0, (gssize) end);
      say (self, sentence);
    }
}

char *
sen_sentences_take (SenSentences *self)
{
  if (self->ready->len == 0)
    return NULL;
  char *said = g_strndup (self->ready->str, self->ready->len);
  g_string_truncate (self->ready, 0);
  return said;
}

char *
sen_sentences_finish (SenSentences *self)
{
  say (self, self->open->str);
  g_string_truncate (self->open, 0);
  self->is_in_code = false;
  return sen_sentences_take (self);
}
