/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-markdown-cite.h"

#include <stdbool.h>
#include <string.h>

/* A number of a source at @at; 0: there is none. */
static guint
read_number (const char **at, guint n_sources)
{
  guint number = 0;
  const char *p = *at;
  for (; g_ascii_isdigit (*p) && p - *at < 3; p++)
    number = number * 10 + (guint) g_ascii_digit_value (*p);
  if (p == *at || g_ascii_isdigit (*p) || number > n_sources)
    return 0;
  *at = p;
  return number;
}

static void
append_link (GString *cited, guint number, const char *text, gsize length, const char *const *titles)
{
  g_autofree char *title = g_markup_escape_text (titles[number - 1], -1);
  g_string_append_printf (cited, "<a href=\"" SEN_MARKDOWN_SOURCE "%u\" title=\"%s\">%.*s</a>", number, title, (int) length, text);
}

/* What is between brackets, "[1]" or "[1, 3]", goes to @cited; 0: it is something else, otherwise how long it is. */
static gsize
cite (const char *markup, const char *const *titles, guint n_sources, GString *cited)
{
  const char *at = markup + 1;
  g_autoptr (GString) links = g_string_new (NULL);
  guint n = 0, number = 0;
  for (;;)
    {
      const char *start = at;
      number = read_number (&at, n_sources);
      if (number == 0)
        return 0;
      /* One by itself is a link with its brackets, which are more to click on. */
      if (n++ == 0 && *at == ']')
        {
          append_link (cited, number, markup, (gsize) (at + 1 - markup), titles);
          return (gsize) (at + 1 - markup);
        }
      append_link (links, number, start, (gsize) (at - start), titles);
      if (*at == ']')
        break;
      start = at;
      at += strspn (at, ", ");
      if (at == start)
        return 0;
      g_string_append_len (links, start, at - start);
    }
  g_string_append_printf (cited, "[%s]", links->str);
  return (gsize) (at + 1 - markup);
}

char *
sen_markdown_cite (const char *markup, const char *const *titles)
{
  guint n_sources = g_strv_length ((char **) titles), depth = 0;
  GString *cited = g_string_new (NULL);
  for (const char *at = markup; *at != '\0';)
    {
      gsize length = *at == '[' && depth == 0 ? cite (at, titles, n_sources, cited) : 0;
      if (length == 0 && *at == '<')
        {
          /* Code and links are spans in which nothing is cited; bold and the like are not. */
          bool is_end = at[1] == '/';
          const char *name = at + 1 + is_end;
          if (g_str_has_prefix (name, "a") || g_str_has_prefix (name, "span"))
            depth += is_end ? -1 : 1;
          length = strcspn (at, ">") + 1;
          g_string_append_len (cited, at, (gssize) length);
        }
      else if (length == 0)
        {
          length = 1;
          g_string_append_c (cited, *at);
        }
      at += length;
    }
  return g_string_free (cited, FALSE);
}

GArray *
sen_markdown_take_doubts (GString *shown)
{
  const gsize n_mark = strlen (SEN_MARKDOWN_DOUBT_BEGIN);
  GArray *doubts = g_array_new (FALSE, FALSE, sizeof (SenMarkdownDoubt));
  SenMarkdownDoubt doubt = { 0 };
  bool is_open = false;
  for (gsize i = 0; i < shown->len;)
    {
      bool is_begin = g_str_has_prefix (shown->str + i, SEN_MARKDOWN_DOUBT_BEGIN);
      if (!is_begin && !g_str_has_prefix (shown->str + i, SEN_MARKDOWN_DOUBT_END))
        {
          i++;
          continue;
        }
      g_string_erase (shown, (gssize) i, (gssize) n_mark);
      if (is_begin && !is_open)
        doubt.start = (guint) i;
      doubt.end = (guint) i;
      if (!is_begin && doubt.end > doubt.start)
        g_array_append_val (doubts, doubt);
      is_open = is_begin;
      doubt.start = is_begin ? doubt.start : doubt.end;
    }
  doubt.end = (guint) shown->len;
  if (is_open && doubt.end > doubt.start)
    g_array_append_val (doubts, doubt);
  return doubts;
}
