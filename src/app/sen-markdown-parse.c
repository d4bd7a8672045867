/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-markdown-private.h"

#include <cmark-gfm-core-extensions.h>
#include <string.h>

/* Tables wider than this are text: cmark makes a cell for every column of every row, written or not. */
#define MAX_COLUMNS 40

/* Definitions are put before every stretch that may use them, so they must stay few. */
#define MAX_DEFINITIONS 200
#define MAX_NAME_BYTES 200
#define MAX_ADDRESS_BYTES 2000

static const char *
end_of_line (const char *p, const char *end)
{
  const char *newline = memchr (p, '\n', (size_t) (end - p));
  return newline != NULL ? newline + 1 : end;
}

static bool
is_too_wide_table (const char *line, const char *end)
{
  unsigned n_columns = 0;
  if ((size_t) (end - line) < 2 * MAX_COLUMNS || strchr ("|:- ", *line) == NULL)
    return false;
  for (; line < end && strchr ("|:- \t\n", *line) != NULL; line++)
    n_columns += *line == '|';
  return line == end && n_columns > MAX_COLUMNS;
}

static void
feed (cmark_parser *parser, const char *text, gsize length)
{
  const char *end = text + length, *fed = text;
  for (const char *line = text; line < end;)
    {
      const char *next = end_of_line (line, end);
      if (is_too_wide_table (line, next))
        {
          cmark_parser_feed (parser, fed, (size_t) (line - fed));
          cmark_parser_feed (parser, "\\", 1);
          fed = line;
        }
      line = next;
    }
  cmark_parser_feed (parser, fed, (size_t) (end - fed));
}

cmark_node *
sen_markdown_parse (const SenMarkdownDefinitions *definitions, const char *text, gsize length)
{
  static const char *const extensions[] = { "table", "strikethrough", "autolink", "tasklist" };
  cmark_gfm_core_extensions_ensure_registered ();
  cmark_parser *parser = cmark_parser_new (CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE);
  for (unsigned i = 0; i < G_N_ELEMENTS (extensions); i++)
    {
      cmark_syntax_extension *extension = cmark_find_syntax_extension (extensions[i]);
      if (extension != NULL)
        cmark_parser_attach_syntax_extension (parser, extension);
    }
  if (definitions != NULL)
    cmark_parser_feed (parser, definitions->text->str, definitions->text->len);
  feed (parser, text, length);
  cmark_node *document = cmark_parser_finish (parser);
  cmark_parser_free (parser);
  return document;
}

/* The name in a line that may be a definition, or begin one: "[name]:", in whatever containers. (transfer full), or NULL. */
static char *
find_name (const char *line, const char *end)
{
  while (line < end && strchr (" \t>-+*.)0123456789", *line) != NULL)
    line++;
  if (line == end || *line != '[')
    return NULL;
  const char *p = ++line;
  for (; p < end && *p != ']' && *p != '['; p++)
    if (*p == '\\' && p + 1 < end)
      p++;
  bool is_name = p + 1 < end && p[0] == ']' && p[1] == ':' && p > line && p - line < MAX_NAME_BYTES;
  return is_name ? g_strndup (line, (gsize) (p - line)) : NULL;
}

/* In the form that can say any address. */
static void
append_definition (GString *text, const char *name, const char *url)
{
  g_string_append_printf (text, "[%s]: <", name);
  for (const char *p = url; *p != '\0'; p++)
    {
      if (*p == '&')
        g_string_append (text, "&amp;");
      else if (*p == '<' || *p == '>' || *p == '\\')
        g_string_append_printf (text, "\\%c", *p);
      else
        g_string_append_c (text, *p);
    }
  g_string_append (text, ">\n");
}

static GPtrArray *
find_names (const char *text, const char *end)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (const char *line = text; line < end && names->len < MAX_DEFINITIONS; line = end_of_line (line, end))
    {
      char *name = find_name (line, end_of_line (line, end));
      if (name != NULL)
        g_ptr_array_add (names, name);
    }
  return names;
}

/* Which lines are definitions is a matter of what they stand in, so cmark is asked: each name is used once behind the text. */
void
sen_markdown_definitions_collect (SenMarkdownDefinitions *self, const char *text, gsize length)
{
  if (self->n_lines >= MAX_DEFINITIONS || memchr (text, '[', length) == NULL)
    return;
  g_autoptr (GPtrArray) names = find_names (text, text + length);
  if (names->len == 0)
    return;
  g_autoptr (GString) probe = g_string_new_len (text, (gssize) length);
  for (unsigned i = 0; i < names->len; i++)
    g_string_append_printf (probe, "\n\n[%s]", (const char *) g_ptr_array_index (names, i));
  cmark_node *document = sen_markdown_parse (NULL, probe->str, probe->len);
  cmark_node *use = cmark_node_last_child (document);
  for (unsigned i = 1; i < names->len && use != NULL; i++)
    use = cmark_node_previous (use);
  g_autoptr (GString) added = g_string_new (NULL);
  for (unsigned i = 0; i < names->len && use != NULL; i++, use = cmark_node_next (use))
    {
      cmark_node *link = cmark_node_first_child (use);
      const char *url = link != NULL && cmark_node_get_type (link) == CMARK_NODE_LINK ? cmark_node_get_url (link) : NULL;
      if (url == NULL || strlen (url) > MAX_ADDRESS_BYTES || self->n_lines >= MAX_DEFINITIONS)
        continue;
      append_definition (added, g_ptr_array_index (names, i), url);
      self->n_lines += self->n_lines == 0 ? 2 : 1;
    }
  cmark_node_free (document);
  if (added->len == 0)
    return;
  /* In front of the empty line at the end. */
  g_string_truncate (self->text, self->text->len > 0 ? self->text->len - 1 : 0);
  g_string_append_printf (self->text, "%s\n", added->str);
}
