/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-markdown-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* What is laid out anew for each word must stay small, so no label grows without bound: past the first length (in bytes) a
 * paragraph is broken where a line ends, past the second where a sentence does, past the third at the next space, past the
 * last anywhere. */
#define LONG_BYTES 900
#define LONGER_BYTES 1100
#define ENDLESS_BYTES 1500
#define MAX_BYTES 1800

#define MAX_ADDRESS_CHARS 120   /* shown of the address of a picture or a link that is not opened */

typedef enum { STYLE_BOLD, STYLE_ITALIC, STYLE_STRUCK, STYLE_LINK, N_STYLES } Style;

typedef struct {
  GPtrArray  *pieces;
  GString    *markup;
  gsize       n_bytes;            /* of text in this piece */
  bool        can_split;
  bool        is_in_span;         /* which must not be split */
  unsigned    depth[N_STYLES];    /* nested ones are written once */
  const char *url;                /* of the link it is in (borrowed) */
  unsigned    applied;            /* a bit for each style that is open in the markup */
  const char *applied_url;
} Writer;

static const char *const opening[N_STYLES] = { "<b>", "<i>", "<s>", NULL };
static const char *const closing[N_STYLES] = { "</b>", "</i>", "</s>", "</a>" };

/* Code and chips are tinted by a grey that suits light and dark. */
#define CODE_OPEN "<span font_family=\"monospace\" size=\"92%\" background=\"#808080\" background_alpha=\"16%\">"
#define CHIP_OPEN "<span size=\"92%\" background=\"#808080\" background_alpha=\"16%\">"

/* Entities ("&#x202E;") bring in again what was kept out of the bytes. */
static void
append_escaped (GString *markup, const char *text, gsize length)
{
  SenMarkdownInput input = { 0 };
  g_autoptr (GString) safe = g_string_sized_new (length + 1);
  sen_markdown_input_append (&input, safe, text, length);
  g_autofree char *escaped = g_markup_escape_text (safe->str, (gssize) safe->len);
  g_string_append (markup, escaped);
}

static void
open_style (Writer *self, Style style)
{
  if (style == STYLE_LINK)
    {
      g_string_append (self->markup, "<a href=\"");
      append_escaped (self->markup, self->url, strlen (self->url));
      g_string_append (self->markup, "\">");
    }
  else
    g_string_append (self->markup, opening[style]);
}

/* Styles nest in a fixed order, so all are closed and opened again around a change. Done when there is something to write,
 * so that none is empty. */
static void
apply_styles (Writer *self)
{
  unsigned wanted = 0;
  for (unsigned style = 0; style < N_STYLES; style++)
    wanted |= self->depth[style] > 0 ? 1u << style : 0;
  if (wanted == self->applied && (self->applied_url == self->url || (wanted & 1u << STYLE_LINK) == 0))
    return;
  for (int style = N_STYLES - 1; style >= 0; style--)
    if (self->applied & 1u << style)
      g_string_append (self->markup, closing[style]);
  for (unsigned style = 0; style < N_STYLES; style++)
    if (wanted & 1u << style)
      open_style (self, style);
  self->applied = wanted;
  self->applied_url = self->url;
}

static void
close_styles (Writer *self)
{
  for (int style = N_STYLES - 1; style >= 0; style--)
    if (self->applied & 1u << style)
      g_string_append (self->markup, closing[style]);
  self->applied = 0;
}

static void
end_piece (Writer *self)
{
  close_styles (self);
  g_ptr_array_add (self->pieces, g_string_free (self->markup, FALSE));
  self->markup = g_string_new (NULL);
  self->n_bytes = 0;
}

/* How much of @text still belongs into this piece: up to its end, or the place to split at. */
static gsize
measure_fit (const Writer *self, const char *text, gsize length)
{
  if (!self->can_split || self->is_in_span || self->n_bytes + length <= LONGER_BYTES)
    return length;
  for (gsize i = 0; i < length; i++)
    {
      gsize n = self->n_bytes + i;
      if ((n >= LONGER_BYTES && i > 0 && text[i] == ' ' && strchr (".!?:;", text[i - 1]) != NULL)
          || (n >= ENDLESS_BYTES && text[i] == ' '))
        return i + 1;
      /* Not between a letter and what is put on top of it. */
      if (n >= MAX_BYTES && i > 0 && (text[i] & 0xC0) != 0x80 && !g_unichar_ismark (g_utf8_get_char (text + i)))
        return i;
    }
  return length;
}

static void
write_text (Writer *self, const char *text)
{
  gsize length = strlen (text);
  while (length > 0)
    {
      gsize fit = measure_fit (self, text, length);
      apply_styles (self);
      append_escaped (self->markup, text, fit);
      self->n_bytes += fit;
      text += fit;
      length -= fit;
      if (length > 0)
        end_piece (self);
    }
}

static void
write_break (Writer *self)
{
  if (self->can_split && self->n_bytes >= LONG_BYTES)
    end_piece (self);
  else
    g_string_append_c (self->markup, '\n');
}

static char *
shorten_address (const char *url)
{
  if (g_utf8_strlen (url, -1) <= MAX_ADDRESS_CHARS)
    return g_strdup (url);
  g_autofree char *beginning = g_utf8_substring (url, 0, MAX_ADDRESS_CHARS);
  return g_strconcat (beginning, "…", NULL);
}

/* Only these are handed to other programs, and only when the user says so. */
static bool
can_open (const char *url)
{
  return g_ascii_strncasecmp (url, "https://", 8) == 0 || g_ascii_strncasecmp (url, "http://", 7) == 0
         || g_ascii_strncasecmp (url, "mailto:", 7) == 0;
}

static void
write_span (Writer *self, const char *open, const char *text)
{
  apply_styles (self);
  g_string_append (self->markup, open);
  self->is_in_span = true;
  write_text (self, text);
  self->is_in_span = false;
  g_string_append (self->markup, "</span>");
}

static void
write_code (Writer *self, const char *code)
{
  /* A span that would be split in two is better begun in the next piece; one that is longer than a piece is plain text. */
  gsize length = strlen (code);
  if (self->can_split && self->n_bytes > LONG_BYTES && self->n_bytes + length > LONGER_BYTES)
    end_piece (self);
  if (self->can_split && length > LONGER_BYTES)
    write_text (self, code);
  else
    write_span (self, CODE_OPEN, code);
}

/* The words inside, without any style. */
static void
append_plain_text (GString *text, cmark_node *parent)
{
  cmark_iter *iter = cmark_iter_new (parent);
  cmark_event_type event;
  while ((event = cmark_iter_next (iter)) != CMARK_EVENT_DONE)
    {
      cmark_node *node = cmark_iter_get_node (iter);
      cmark_node_type type = cmark_node_get_type (node);
      if (event != CMARK_EVENT_ENTER)
        continue;
      if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
        g_string_append (text, cmark_node_get_literal (node));
      else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
        g_string_append_c (text, ' ');
    }
  cmark_iter_free (iter);
}

static void
write_image (Writer *self, cmark_node *image)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autofree char *address = shorten_address (cmark_node_get_url (image));
  append_plain_text (name, image);
  /* translators: in the place of a picture that an answer refers to: its description, its address */
  g_autofree char *chip = name->len > 0 ? g_strdup_printf (_("Picture: %s (%s)"), name->str, address)
                                        : g_strdup_printf (_("Picture: %s"), address);
  g_autofree char *padded = g_strdup_printf ("\302\240%s\302\240", chip);
  if (self->can_split && strlen (padded) > LONGER_BYTES)
    write_text (self, padded);
  else
    write_span (self, CHIP_OPEN, padded);
}

static void
write_html (Writer *self, const char *html)
{
  if (g_ascii_strcasecmp (html, "<br>") == 0 || g_ascii_strcasecmp (html, "<br/>") == 0
      || g_ascii_strcasecmp (html, "<br />") == 0)
    g_string_append_c (self->markup, '\n');
  else
    write_text (self, html);
}

static void
write_link (Writer *self, cmark_node *node, bool is_enter)
{
  const char *url = cmark_node_get_url (node);
  if (can_open (url))
    {
      if (is_enter)
        self->url = url;
      self->depth[STYLE_LINK] += is_enter ? 1 : -1;
    }
  else if (!is_enter && *url != '\0')
    {
      g_autofree char *address = shorten_address (url);
      write_text (self, " (");
      write_text (self, address);
      write_text (self, ")");
    }
}

static void
write_node (Writer *self, cmark_node *node, bool is_enter)
{
  unsigned change = is_enter ? 1 : (unsigned) -1;
  switch (cmark_node_get_type (node))
    {
    case CMARK_NODE_TEXT:
      write_text (self, cmark_node_get_literal (node));
      break;
    case CMARK_NODE_CODE:
      write_code (self, cmark_node_get_literal (node));
      break;
    case CMARK_NODE_HTML_INLINE:
      write_html (self, cmark_node_get_literal (node));
      break;
    case CMARK_NODE_SOFTBREAK:
    case CMARK_NODE_LINEBREAK:
      write_break (self);
      break;
    case CMARK_NODE_EMPH:
      self->depth[STYLE_ITALIC] += change;
      break;
    case CMARK_NODE_STRONG:
      self->depth[STYLE_BOLD] += change;
      break;
    case CMARK_NODE_LINK:
      write_link (self, node, is_enter);
      break;
    case CMARK_NODE_IMAGE:
      if (is_enter)
        write_image (self, node);
      break;
    default:
      if (sen_markdown_node_is (node, "strikethrough"))
        self->depth[STYLE_STRUCK] += change;
    }
}

GPtrArray *
sen_markdown_inlines (cmark_node *parent, bool can_split)
{
  Writer writer = { .pieces = g_ptr_array_new_with_free_func (g_free), .markup = g_string_new (NULL), .can_split = can_split };
  cmark_iter *iter = cmark_iter_new (parent);
  cmark_event_type event;
  while ((event = cmark_iter_next (iter)) != CMARK_EVENT_DONE)
    {
      cmark_node *node = cmark_iter_get_node (iter);
      if (node == parent)
        continue;
      write_node (&writer, node, event == CMARK_EVENT_ENTER);
      if (event == CMARK_EVENT_ENTER && cmark_node_get_type (node) == CMARK_NODE_IMAGE)
        cmark_iter_reset (iter, node, CMARK_EVENT_EXIT);
    }
  cmark_iter_free (iter);
  close_styles (&writer);
  if (writer.n_bytes > 0 || writer.pieces->len == 0)
    g_ptr_array_add (writer.pieces, g_string_free (writer.markup, FALSE));
  else
    g_string_free (writer.markup, TRUE);
  return writer.pieces;
}

GPtrArray *
sen_markdown_plain (const char *text)
{
  Writer writer = { .pieces = g_ptr_array_new_with_free_func (g_free), .markup = g_string_new (NULL), .can_split = true };
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (unsigned i = 0; lines[i] != NULL; i++)
    {
      if (i > 0 && (lines[i + 1] != NULL || *lines[i] != '\0'))
        write_break (&writer);
      write_text (&writer, lines[i]);
    }
  g_ptr_array_add (writer.pieces, g_string_free (writer.markup, FALSE));
  return writer.pieces;
}
