/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * HTML by libxml2's tolerant parser, as a stream of elements without a tree. Scripts, styles and navigation are left out. */
#include "document-html.h"

#include <libxml/HTMLparser.h>
#include <string.h>

struct Html {
  Document *document;
  htmlParserCtxtPtr parser;
  GString  *open;           /* the words of the paragraph so far */
  GString  *title;
  SenWireBlock block;
  uint32_t  n_left_out;     /* elements open, from the outermost whose content is left out */
  uint32_t  n_verbatim;     /* of <pre> */
  bool      is_in_title;
};

typedef enum { INLINE, BREAK, LINE, HEADING, VERBATIM, CELL, LEFT_OUT, TITLE, META } Role;

static const struct { const char *name; Role role; } roles[] = {
  { "address", BREAK }, { "article", BREAK }, { "aside", BREAK }, { "blockquote", BREAK }, { "body", BREAK }, { "br", LINE },
  { "button", LEFT_OUT }, { "caption", BREAK }, { "dd", BREAK }, { "details", BREAK }, { "div", BREAK }, { "dl", BREAK }, { "dt", BREAK },
  { "fieldset", BREAK }, { "figcaption", BREAK }, { "figure", BREAK }, { "footer", BREAK }, { "form", BREAK }, { "h1", HEADING },
  { "h2", HEADING }, { "h3", HEADING }, { "h4", HEADING }, { "h5", HEADING }, { "h6", HEADING }, { "header", BREAK }, { "hr", BREAK },
  { "html", BREAK }, { "iframe", LEFT_OUT }, { "li", BREAK }, { "main", BREAK }, { "menu", BREAK }, { "meta", META }, { "nav", LEFT_OUT },
  { "noscript", LEFT_OUT }, { "object", LEFT_OUT }, { "ol", BREAK }, { "option", LEFT_OUT }, { "p", BREAK }, { "pre", VERBATIM },
  { "script", LEFT_OUT }, { "section", BREAK }, { "select", LEFT_OUT }, { "style", LEFT_OUT }, { "summary", BREAK }, { "svg", LEFT_OUT },
  { "table", BREAK }, { "tbody", BREAK }, { "td", CELL }, { "template", LEFT_OUT }, { "textarea", LEFT_OUT }, { "tfoot", BREAK },
  { "th", CELL }, { "thead", BREAK }, { "title", TITLE }, { "tr", BREAK }, { "ul", BREAK },
};

static Role
role_of (const xmlChar *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (roles); i++)
    if (g_ascii_strcasecmp ((const char *) name, roles[i].name) == 0)
      return roles[i].role;
  return INLINE;
}

static const char *
attribute (const xmlChar **attributes, const char *name)
{
  for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i += 2)
    if (g_ascii_strcasecmp ((const char *) attributes[i], name) == 0)
      return (const char *) attributes[i + 1];
  return NULL;
}

/* By which manuals of Sphinx and others link a heading to itself. */
#define PERMALINK "¶"

static void
end_block (Html *html)
{
  if (html->block.kind == SEN_BLOCK_HEADING && g_str_has_suffix (html->open->str, PERMALINK))
    g_string_truncate (html->open, html->open->len - strlen (PERMALINK));
  document_add (html->document, html->block, html->open->str, html->open->len);
  g_string_truncate (html->open, 0);
  html->block = (SenWireBlock) { .kind = html->n_verbatim > 0 ? SEN_BLOCK_CODE : SEN_BLOCK_PARAGRAPH };
}

/* The text may be as long as the file. */
static void
add_space (Html *html, char space)
{
  if (html->open->len > 0 && !g_ascii_isspace (html->open->str[html->open->len - 1]))
    g_string_append_c (html->open, space);
}

static void
take_meta (Html *html, const xmlChar **attributes)
{
  const char *name = attribute (attributes, "name"), *content = attribute (attributes, "content");
  if (name == NULL || content == NULL)
    return;
  if (g_ascii_strcasecmp (name, "author") == 0 || g_ascii_strcasecmp (name, "dc.creator") == 0)
    document_set_author (html->document, content);
  else if (g_ascii_strcasecmp (name, "date") == 0 || g_ascii_strcasecmp (name, "dcterms.date") == 0
           || g_ascii_strcasecmp (name, "dc.date") == 0)
    document_set_date (html->document, content);
}

static void
on_start (void *data, const xmlChar *name, const xmlChar **attributes)
{
  Html *html = data;
  Role role = role_of (name);
  if (html->n_left_out > 0 || role == LEFT_OUT)
    {
      html->n_left_out++;
      return;
    }
  switch (role)
    {
    case LINE:
      g_string_append_c (html->open, '\n');
      break;
    case HEADING:
      end_block (html);
      html->block.kind = SEN_BLOCK_HEADING;
      html->block.level = (uint32_t) (name[1] - '0');
      break;
    case VERBATIM:
      html->n_verbatim++;
      G_GNUC_FALLTHROUGH;
    case BREAK:
      end_block (html);
      break;
    case TITLE:
      html->is_in_title = true;
      break;
    case META:
      take_meta (html, attributes);
      break;
    case CELL:
      add_space (html, '\t');
      break;
    case LEFT_OUT:
    case INLINE:
      if (g_ascii_strcasecmp ((const char *) name, "img") == 0 && attribute (attributes, "alt") != NULL)
        {
          add_space (html, ' ');
          g_string_append (html->open, attribute (attributes, "alt"));
        }
      break;
    }
  if (g_ascii_strcasecmp ((const char *) name, "html") == 0)
    document_set_language (html->document, attribute (attributes, "lang"));
}

static void
on_end (void *data, const xmlChar *name)
{
  Html *html = data;
  Role role = role_of (name);
  if (html->n_left_out > 0)
    {
      html->n_left_out--;
      return;
    }
  if (role == VERBATIM && html->n_verbatim > 0)
    html->n_verbatim--;
  if (role == VERBATIM || role == BREAK || role == HEADING)
    end_block (html);
  if (role == TITLE)
    {
      html->is_in_title = false;
      document_set_title (html->document, html->title->str);
    }
}

static void
on_text (void *data, const xmlChar *text, int length)
{
  Html *html = data;
  if (html->n_left_out > 0)
    return;
  if (html->is_in_title)
    {
      if (html->title->len < SEN_WIRE_MAX_BLOCK_BYTES)
        g_string_append_len (html->title, (const char *) text, length);
      return;
    }
  if (html->n_verbatim > 0)
    g_string_append_len (html->open, (const char *) text, length);
  for (int i = 0; html->n_verbatim == 0 && i < length; i++)
    if (g_ascii_isspace (text[i]))
      add_space (html, ' ');
    else
      g_string_append_c (html->open, (char) text[i]);
  /* A page may be one paragraph without an end. */
  if (html->open->len > SEN_WIRE_MAX_TEXT_BYTES)
    end_block (html);
}

Html *
html_new (Document *document)
{
  static htmlSAXHandler handler = { .startElement = on_start, .endElement = on_end, .characters = on_text, .ignorableWhitespace = on_text };
  Html *html = g_new0 (Html, 1);
  html->document = document;
  html->parser = htmlCreatePushParserCtxt (&handler, html, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
  if (html->parser == NULL)
    {
      g_free (html);
      return NULL;
    }
  /* It gets UTF-8, whatever the page says it was. */
  htmlCtxtUseOptions (html->parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET
                                      | HTML_PARSE_IGNORE_ENC);
  html->open = g_string_new (NULL);
  html->title = g_string_new (NULL);
  return html;
}

void
html_push (Html *html, const char *text, size_t n_bytes, bool is_last)
{
  htmlParseChunk (html->parser, text, (int) n_bytes, is_last);
  if (is_last)
    end_block (html);
}

void
html_free (Html *html)
{
  if (html == NULL)
    return;
  htmlFreeParserCtxt (html->parser);
  g_string_free (html->open, TRUE);
  g_string_free (html->title, TRUE);
  g_free (html);
}

/* --- Files ------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  Html    *html;
  Charset  charset;
  GString *piece;           /* Scratch */
} HtmlFile;

static bool
step (Document *document, SenWireReply *reply)
{
  HtmlFile *file = document->state;
  g_string_truncate (file->piece, 0);
  int more = charset_read (&file->charset, file->piece, reply);
  if (more < 0)
    return false;
  html_push (file->html, file->piece->str, file->piece->len, more == 0);
  document->is_ended |= more == 0;
  return true;
}

static void
close_html (Document *document)
{
  HtmlFile *file = document->state;
  html_free (file->html);
  g_string_free (file->piece, TRUE);
  g_free (file);
}

bool
document_open_html (Document *document, SenWireReply *reply)
{
  Charset charset;
  if (!charset_open (&charset, document->file, reply))
    return false;
  Html *html = html_new (document);
  if (html == NULL)
    return fail (reply, SEN_REASON_MEMORY);
  HtmlFile *file = g_new0 (HtmlFile, 1);
  file->html = html;
  file->charset = charset;
  file->piece = g_string_new (NULL);
  document->kind = SEN_DOCUMENT_HTML;
  g_strlcpy (document->format, "HTML", sizeof document->format);
  document->state = file;
  document->step = step;
  document->close = close_html;
  return true;
}
