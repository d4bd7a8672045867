/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Rich Text Format 1.9: groups in braces, words behind backslashes, everything else is text. What is for layout is passed over. */
#include "document.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 1000
#define STEP_BYTES 262144

/* What the text of a group is for. */
typedef enum { BODY, NOTHING, TITLE, AUTHOR } Destination;

typedef struct {
  Destination destination;
  uint32_t    n_fallback;   /* characters behind \u that say the same to old readers */
} Group;

typedef struct {
  uint8_t *data;            /* of file_load() */
  size_t   n, at;
  Group    groups[MAX_DEPTH];
  size_t   depth;           /* of the group that is open */
  uint32_t n_to_skip;       /* characters, behind \u */
  gunichar high;            /* the first half of a pair, or 0 */
  GString *text, *fact;
  SenWireBlock block;
  Charset  charset;
} Rtf;

static const struct { const char *word; Destination destination; } destinations[] = {
  { "author", AUTHOR }, { "title", TITLE }, { "colortbl", NOTHING }, { "datastore", NOTHING }, { "fldinst", NOTHING },
  { "fonttbl", NOTHING },
  { "footer", NOTHING }, { "footerf", NOTHING }, { "footerl", NOTHING }, { "footerr", NOTHING }, { "generator", NOTHING },
  { "header", NOTHING }, { "headerf", NOTHING }, { "headerl", NOTHING }, { "headerr", NOTHING }, { "info", NOTHING },
  { "latentstyles", NOTHING }, { "listoverridetable", NOTHING }, { "listtable", NOTHING }, { "object", NOTHING }, { "pict", NOTHING },
  { "rsidtbl", NOTHING }, { "stylesheet", NOTHING }, { "themedata", NOTHING }, { "xmlnstbl", NOTHING },
};

static const struct { const char *word; gunichar character; } characters[] = {
  { "bullet", 0x2022 }, { "cell", '\t' }, { "emdash", 0x2014 }, { "emspace", ' ' }, { "endash", 0x2013 }, { "enspace", ' ' },
  { "ldblquote", 0x201c }, { "line", '\n' }, { "lquote", 0x2018 }, { "rdblquote", 0x201d }, { "rquote", 0x2019 }, { "tab", '\t' },
};

static GString *
target (Rtf *rtf)
{
  switch (rtf->groups[rtf->depth].destination)
    {
    case BODY:
      return rtf->text;
    case TITLE:
    case AUTHOR:
      return rtf->fact;
    case NOTHING:
      break;
    }
  return NULL;
}

static void
add_character (Rtf *rtf, gunichar c)
{
  GString *text = target (rtf);
  if (rtf->n_to_skip > 0)
    rtf->n_to_skip--;
  else if (text != NULL && g_unichar_validate (c) && c != 0)
    g_string_append_unichar (text, c);
}

/* A byte of Windows-1252; other code pages write what they need as \u too. */
static void
add_byte (Rtf *rtf, uint8_t byte)
{
  GString *text = target (rtf);
  if (rtf->n_to_skip > 0)
    rtf->n_to_skip--;
  else if (text != NULL)
    charset_decode (&rtf->charset, &byte, 1, true, text);
}

static void
end_paragraph (Document *document)
{
  Rtf *rtf = document->state;
  document_add (document, rtf->block, rtf->text->str, rtf->text->len);
  g_string_truncate (rtf->text, 0);
  rtf->block.kind = SEN_BLOCK_PARAGRAPH;
  rtf->block.level = 0;
}

static void
take_unicode (Rtf *rtf, long number)
{
  gunichar c = (gunichar) (uint16_t) number;
  uint32_t n_fallback = rtf->groups[rtf->depth].n_fallback;
  rtf->n_to_skip = 0;
  if (c >= 0xd800 && c < 0xdc00)
    rtf->high = c;
  else if (c >= 0xdc00 && c < 0xe000)
    {
      if (rtf->high != 0)
        add_character (rtf, 0x10000 + ((rtf->high - 0xd800) << 10) + (c - 0xdc00));
      rtf->high = 0;
    }
  else
    add_character (rtf, c);
  rtf->n_to_skip = n_fallback;
}

static void
take_word (Document *document, const char *word, bool has_number, long number)
{
  Rtf *rtf = document->state;
  Group *group = &rtf->groups[rtf->depth];
  for (size_t i = 0; i < G_N_ELEMENTS (destinations); i++)
    if (strcmp (word, destinations[i].word) == 0)
      group->destination = destinations[i].destination;
  for (size_t i = 0; i < G_N_ELEMENTS (characters); i++)
    if (strcmp (word, characters[i].word) == 0)
      add_character (rtf, characters[i].character);
  if (strcmp (word, "u") == 0 && has_number)
    take_unicode (rtf, number);
  else if (strcmp (word, "uc") == 0 && has_number)
    group->n_fallback = (uint32_t) CLAMP (number, 0, 100);
  else if (strcmp (word, "bin") == 0 && has_number)
    rtf->at += MIN ((size_t) MAX (number, 0), rtf->n - rtf->at);
  else if (group->destination != BODY)
    return;
  else if (strcmp (word, "par") == 0 || strcmp (word, "row") == 0 || strcmp (word, "page") == 0 || strcmp (word, "sect") == 0)
    end_paragraph (document);
  else if (strcmp (word, "pard") == 0)
    rtf->block = (SenWireBlock) { .kind = SEN_BLOCK_PARAGRAPH };
  else if (strcmp (word, "outlinelevel") == 0 && number >= 0 && number < 9)
    rtf->block = (SenWireBlock) { .kind = SEN_BLOCK_HEADING, .level = (uint32_t) MIN (number + 1, 6) };
}

/* Behind the backslash. */
static void
take_control (Document *document)
{
  Rtf *rtf = document->state;
  const uint8_t *p = rtf->data;
  if (rtf->at == rtf->n)
    return;
  if (!g_ascii_isalpha (p[rtf->at]))
    {
      uint8_t symbol = p[rtf->at++];
      if (symbol == '\'' && rtf->n - rtf->at >= 2 && g_ascii_isxdigit (p[rtf->at]) && g_ascii_isxdigit (p[rtf->at + 1]))
        {
          add_byte (rtf, (uint8_t) (g_ascii_xdigit_value ((char) p[rtf->at]) << 4 | g_ascii_xdigit_value ((char) p[rtf->at + 1])));
          rtf->at += 2;
        }
      else if (symbol == '*')
        rtf->groups[rtf->depth].destination = NOTHING;
      else if (symbol == '~' || symbol == '_')
        add_character (rtf, symbol == '~' ? ' ' : '-');
      else if (symbol == '\\' || symbol == '{' || symbol == '}')
        add_character (rtf, symbol);
      else if (symbol == '\n' || symbol == '\r')
        end_paragraph (document);
      return;
    }
  char word[33];
  size_t n = 0;
  for (; rtf->at < rtf->n && g_ascii_isalpha (p[rtf->at]); rtf->at++)
    if (n < sizeof word - 1)
      word[n++] = (char) p[rtf->at];
  word[n] = '\0';
  bool is_negative = rtf->at < rtf->n && p[rtf->at] == '-', has_number = false;
  long number = 0;
  for (rtf->at += is_negative; rtf->at < rtf->n && g_ascii_isdigit (p[rtf->at]); rtf->at++, has_number = true)
    number = MIN (number * 10 + (p[rtf->at] - '0'), 1 << 30);
  if (rtf->at < rtf->n && p[rtf->at] == ' ')
    rtf->at++;
  take_word (document, word, has_number, is_negative ? -number : number);
}

/* The end of a group; facts are whole then. */
static void
close_group (Document *document)
{
  Rtf *rtf = document->state;
  Destination destination = rtf->groups[rtf->depth].destination;
  if (rtf->depth > 0)
    rtf->depth--;
  rtf->n_to_skip = 0;
  if (destination == rtf->groups[rtf->depth].destination || (destination != TITLE && destination != AUTHOR))
    return;
  if (destination == TITLE)
    document_set_title (document, rtf->fact->str);
  else
    document_set_author (document, rtf->fact->str);
  g_string_truncate (rtf->fact, 0);
}

static bool
step (Document *document, SenWireReply *reply)
{
  Rtf *rtf = document->state;
  size_t end = rtf->at + MIN (STEP_BYTES, rtf->n - rtf->at);
  while (rtf->at < end && !document->is_ended)
    {
      uint8_t byte = rtf->data[rtf->at++];
      if (byte == '\\')
        take_control (document);
      else if (byte == '{')
        {
          if (rtf->depth + 1 == MAX_DEPTH)
            return fail (reply, SEN_REASON_DAMAGED);
          rtf->groups[rtf->depth + 1] = rtf->groups[rtf->depth];
          rtf->depth++;
        }
      else if (byte == '}')
        close_group (document);
      else if (byte != '\n' && byte != '\r')
        add_byte (rtf, byte);
    }
  if (rtf->at == rtf->n)
    {
      end_paragraph (document);
      document->is_ended = true;
    }
  return true;
}

static void
close_rtf (Document *document)
{
  Rtf *rtf = document->state;
  file_unload (rtf->data);
  g_string_free (rtf->text, TRUE);
  g_string_free (rtf->fact, TRUE);
  g_free (rtf);
}

bool
document_open_rtf (Document *document, SenWireReply *reply)
{
  document->kind = SEN_DOCUMENT_OFFICE;
  g_strlcpy (document->format, "RTF", sizeof document->format);
  uint8_t *data = file_load (&document->file, reply);
  if (data == NULL)
    return false;
  Rtf *rtf = g_new0 (Rtf, 1);
  rtf->data = data;
  rtf->n = document->file.size;
  rtf->groups[0].n_fallback = 1;
  rtf->charset.name = CHARSET_LATIN1;
  rtf->text = g_string_new (NULL);
  rtf->fact = g_string_new (NULL);
  document->state = rtf;
  document->step = step;
  document->close = close_rtf;
  return true;
}
