/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Texts by lines: plain ones by paragraphs, source code by stretches between empty lines, Markdown by what its lines mean. */
#include "document-text.h"

#include <string.h>

/* A paragraph or a stretch of code longer than this is given in pieces that end with a line. */
#define MOST_BYTES 8192

struct TextReader {
  Charset    charset;
  GString   *text;          /* read and not yet cut into lines */
  size_t     position;      /* in it */
  bool       is_at_end;     /* of the file */
  bool       was_blank;     /* the line before, in code */
  uint32_t   n_lines;       /* taken */
  SenWireBlock block;       /* what the open paragraph becomes */
  GString   *open;
  Markdown   markdown;
};

/* --- The open paragraph ------------------------------------------------------------------------------------------------------------ */

void
text_end_block (Document *document)
{
  TextReader *reader = document->state;
  document_add (document, reader->block, reader->open->str, reader->open->len);
  g_string_truncate (reader->open, 0);
  reader->block = (SenWireBlock) { .kind = SEN_BLOCK_PARAGRAPH };
}

void
text_add_line (Document *document, SenBlockKind kind, const char *line)
{
  TextReader *reader = document->state;
  if (reader->open->len > MOST_BYTES)
    text_end_block (document);
  if (reader->open->len == 0)
    reader->block = (SenWireBlock) { .kind = kind, .line = reader->n_lines };
  else
    g_string_append_c (reader->open, '\n');
  g_string_append (reader->open, line);
}

void
text_make_heading (Document *document, uint32_t level)
{
  TextReader *reader = document->state;
  reader->block.kind = SEN_BLOCK_HEADING;
  reader->block.level = level;
  text_end_block (document);
}

bool
text_is_open (const Document *document)
{
  const TextReader *reader = document->state;
  return reader->open->len > 0;
}

GString *
text_open_block (Document *document)
{
  TextReader *reader = document->state;
  return reader->open;
}

/* --- Lines ------------------------------------------------------------------------------------------------------------------------- */

static bool
is_blank (const char *line)
{
  return line[strspn (line, " \t\v\f\r")] == '\0';
}

static void
take_plain (Document *document, const char *line)
{
  if (is_blank (line) || *line == '\f')
    text_end_block (document);
  if (!is_blank (line))
    text_add_line (document, SEN_BLOCK_PARAGRAPH, line);
}

/* What is indented behind an empty line, or closes, goes on. */
static void
take_code (Document *document, const char *line)
{
  TextReader *reader = document->state;
  bool blank = is_blank (line), goes_on = strchr (" \t})]", *line) != NULL;
  if (!blank && reader->was_blank && !goes_on)
    text_end_block (document);
  reader->was_blank = blank;
  if (!blank || reader->open->len > 0)
    text_add_line (document, SEN_BLOCK_CODE, line);
}

static void
take_line (Document *document, char *line)
{
  TextReader *reader = document->state;
  reader->n_lines++;
  g_strchomp (line);
  if (document->kind == SEN_DOCUMENT_MARKDOWN)
    markdown_take_line (document, &reader->markdown, line, reader->n_lines);
  else if (document->kind == SEN_DOCUMENT_CODE)
    take_code (document, line);
  else
    take_plain (document, line);
}

/* The next line without its end: "\n", "\r\n" or, of old, "\r". NULL when it is not whole yet. One without an end is cut at MOST_BYTES. */
static char *
next_line (TextReader *reader)
{
  char *start = reader->text->str + reader->position;
  size_t n_left = reader->text->len - reader->position, n = strcspn (start, "\r\n");
  bool is_whole = n + 1 < n_left || (n < n_left && (start[n] == '\n' || reader->is_at_end));
  if (!is_whole && n_left < MOST_BYTES && !(reader->is_at_end && n_left > 0))
    return NULL;
  size_t behind = n < n_left ? n + 1 + (start[n] == '\r' && start[n + 1] == '\n') : n;
  start[n] = '\0';
  reader->position += behind;
  return start;
}

static bool
step (Document *document, SenWireReply *reply)
{
  TextReader *reader = document->state;
  g_string_erase (reader->text, 0, (gssize) reader->position);
  reader->position = 0;
  int more = charset_read (&reader->charset, reader->text, reply);
  if (more < 0)
    return false;
  reader->is_at_end = more == 0;
  /* Programs hide behind a script now and then; there the text ends. */
  size_t n_text = strlen (reader->text->str);
  if (n_text < reader->text->len)
    {
      g_string_truncate (reader->text, n_text);
      reader->is_at_end = true;
    }
  for (char *line; !document->is_ended && (line = next_line (reader)) != NULL;)
    take_line (document, line);
  if (reader->is_at_end)
    {
      text_end_block (document);
      document->is_ended = true;
    }
  return true;
}

static void
close_text (Document *document)
{
  TextReader *reader = document->state;
  g_string_free (reader->text, TRUE);
  g_string_free (reader->open, TRUE);
  g_free (reader);
}

bool
document_open_text (Document *document, SenDocumentKind kind, SenWireReply *reply)
{
  Charset charset;
  if (!charset_open (&charset, document->file, reply))
    return false;
  TextReader *reader = g_new0 (TextReader, 1);
  reader->charset = charset;
  reader->text = g_string_new (NULL);
  reader->open = g_string_new (NULL);
  document->kind = kind;
  g_snprintf (document->format, sizeof document->format, "%s %s", charset_title (charset.name),
              kind == SEN_DOCUMENT_MARKDOWN ? "Markdown" : kind == SEN_DOCUMENT_CODE ? "source code" : "text");
  document->state = reader;
  document->step = step;
  document->close = close_text;
  return true;
}
