/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Markdown as text to be searched: headings, code and paragraphs are told apart, marks and addresses are left out. A rough reading is
 * enough; what it takes for text is text. */
#include "document-text.h"

#include <string.h>

/* --- Inside lines ------------------------------------------------------------------------------------------------------------------ */

/* Addresses are shorter; what looks for an end again and again must not look far. */
#define MAX_TARGET_BYTES 2048

/* Behind "](address)" or "][name]" from ']' on; NULL when the brackets are just brackets. An address may have pairs of its own. */
static const char *
skip_target (const char *p)
{
  const char open = p[1], close = open == '(' ? ')' : ']';
  if (open != '(' && open != '[')
    return NULL;
  size_t depth = 0;
  const char *end = p + MAX_TARGET_BYTES;
  for (p++; *p != '\0' && p < end; p++)
    {
      depth += *p == open;
      if (*p == close && --depth == 0)
        return p + 1;
    }
  return NULL;
}

/* Behind a tag of HTML; NULL when it is none. Addresses in angle brackets stay. */
static const char *
skip_tag (const char *p)
{
  bool is_tag = g_ascii_isalpha (p[1]) || p[1] == '/' || p[1] == '!';
  const char *end = is_tag ? strchr (p, '>') : NULL;
  const char *colon = end != NULL ? memchr (p, ':', (size_t) (end - p)) : NULL;
  const char *space = end != NULL ? memchr (p, ' ', (size_t) (end - p)) : NULL;
  return end == NULL || (colon != NULL && (space == NULL || colon < space)) ? NULL : end + 1;
}

/* Stars, and underscores at the edge of a word. */
static bool
is_emphasis (const char *p, char before)
{
  if (*p == '*')
    return before != ' ' || p[1] != ' ';
  bool is_word_before = g_ascii_isalnum (before), is_word_behind = g_ascii_isalnum (p[1]);
  return *p == '_' && (is_word_before != is_word_behind || before == '_' || p[1] == '_');
}

static char *
without_marks (const char *line)
{
  GString *plain = g_string_new (NULL);
  bool is_code = false;
  for (const char *p = line; *p != '\0'; p++)
    {
      char before = p == line ? ' ' : p[-1];
      const char *behind = NULL;
      if (*p == '`')
        {
          is_code = !is_code;
          continue;
        }
      if (!is_code && *p == '\\' && g_ascii_ispunct (p[1]))
        {
          g_string_append_c (plain, *++p);
          continue;
        }
      if (!is_code && *p == ']')
        behind = skip_target (p);
      else if (!is_code && *p == '<')
        behind = skip_tag (p);
      else if (!is_code && *p == '!' && p[1] == '[')
        behind = p + 2;
      else if (!is_code && *p == '[' && strchr (p, ']') != NULL && skip_target (strchr (p, ']')) != NULL)
        behind = p + 1;
      else if (!is_code && is_emphasis (p, before))
        behind = p + 1;
      if (behind != NULL)
        p = behind - 1;
      else
        g_string_append_c (plain, *p);
    }
  return g_string_free (plain, FALSE);
}

/* --- Lines ------------------------------------------------------------------------------------------------------------------------- */

/* How many of @mark the line begins with, when there is nothing else in it but @rest. */
static size_t
count_only (const char *line, char mark, const char *rest)
{
  size_t n = 0;
  for (; *line != '\0'; line++)
    if (*line == mark)
      n++;
    else if (strchr (rest, *line) == NULL)
      return 0;
  return n;
}

static bool
is_rule (const char *line)
{
  return count_only (line, '-', " \t") >= 3 || count_only (line, '*', " \t") >= 3 || count_only (line, '_', " \t") >= 3;
}

/* The line between the head and the rows of a table. */
static bool
is_table_rule (const char *line)
{
  return strchr (line, '|') != NULL && count_only (line, '-', "|: \t") >= 2;
}

static bool
take_fence (Document *document, Markdown *markdown, const char *line)
{
  const char *p = line + strspn (line, " \t>");
  size_t n = *p == '`' || *p == '~' ? strspn (p, *p == '`' ? "`" : "~") : 0;
  if (markdown->fence != 0)
    {
      if (*p == markdown->fence && n >= markdown->n_fence && p[n] == '\0')
        {
          markdown->fence = 0;
          text_end_block (document);
        }
      else
        text_add_line (document, SEN_BLOCK_CODE, line);
      return true;
    }
  if (n < 3 || (*p == '`' && strchr (p + n, '`') != NULL))
    return false;
  markdown->fence = *p;
  markdown->n_fence = n;
  text_end_block (document);
  return true;
}

static void
take_front (Document *document, Markdown *markdown, const char *line)
{
  if (strcmp (line, "---") == 0 || strcmp (line, "...") == 0)
    {
      markdown->is_in_front = false;
      return;
    }
  const char *colon = strchr (line, ':');
  if (colon == NULL)
    return;
  g_autofree char *value = g_strstrip (g_strdup (colon + 1));
  size_t n = strlen (value);
  if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value)
    {
      value[n - 1] = '\0';
      memmove (value, value + 1, n - 1);
    }
  if (g_str_has_prefix (line, "title:"))
    document_set_title (document, value);
  else if (g_str_has_prefix (line, "author:"))
    document_set_author (document, value);
  else if (g_str_has_prefix (line, "date:"))
    document_set_date (document, value);
  else if (g_str_has_prefix (line, "lang:") || g_str_has_prefix (line, "language:"))
    document_set_language (document, value);
}

static void
add_heading (Document *document, const char *words, uint32_t level)
{
  text_end_block (document);
  g_autofree char *plain = without_marks (words);
  if (level == 1)
    document_set_title (document, plain);
  text_add_line (document, SEN_BLOCK_HEADING, plain);
  text_make_heading (document, level);
}

/* "## Words ##" */
static bool
take_heading (Document *document, const char *line)
{
  size_t n_spaces = strspn (line, " "), level = strspn (line + n_spaces, "#");
  const char *words = line + n_spaces + level;
  if (n_spaces > 3 || level < 1 || level > 6 || (*words != ' ' && *words != '\t' && *words != '\0'))
    return false;
  g_autofree char *copy = g_strstrip (g_strdup (words));
  size_t n = strlen (copy);
  while (n > 0 && copy[n - 1] == '#')
    n--;
  if (n == 0 || copy[n - 1] == ' ')
    copy[n] = '\0';
  add_heading (document, copy, (uint32_t) level);
  return true;
}

/* A line of = or - under a paragraph. */
static bool
take_underline (Document *document, const char *line)
{
  const char *p = line + strspn (line, " ");
  uint32_t level = count_only (p, '=', "") >= 1 ? 1 : count_only (p, '-', "") >= 1 ? 2 : 0;
  if (level == 0 || !text_is_open (document))
    return false;
  if (level == 1)
    document_set_title (document, text_open_block (document)->str);
  text_make_heading (document, level);
  return true;
}

static bool
take_comment (Markdown *markdown, const char *line)
{
  if (!markdown->is_in_comment && !g_str_has_prefix (line + strspn (line, " "), "<!--"))
    return false;
  markdown->is_in_comment = strstr (line, "-->") == NULL;
  return true;
}

void
markdown_take_line (Document *document, Markdown *markdown, const char *line, uint32_t number)
{
  if (number == 1 && strcmp (line, "---") == 0)
    markdown->is_in_front = true;
  else if (markdown->is_in_front)
    take_front (document, markdown, line);
  else if (take_fence (document, markdown, line) || take_comment (markdown, line) || take_heading (document, line)
           || take_underline (document, line) || is_table_rule (line))
    return;
  else if (*line == '\0' || is_rule (line))
    text_end_block (document);
  else
    {
      g_autofree char *plain = without_marks (line + strspn (line, ">"));
      text_add_line (document, SEN_BLOCK_PARAGRAPH, plain);
    }
}
