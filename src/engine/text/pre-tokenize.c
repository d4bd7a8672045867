/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The regular expressions that cut text into words before BPE, written out. They are, in the order of their alternatives
 * (L letters, N numbers, S white space, O anything else):
 *   gpt-2   's|'t|'re|'ve|'m|'ll|'d | ?L+ | ?N+ | ?O+ | S+(?!\S) | S+
 *   smollm  every N alone, then gpt-2 on what lies between
 *   llama3  (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\r\n L N]?L+ | N{1,3} | ?O+[\r\n]* | S*[\r\n]+ | S+(?!\S) | S+
 *   qwen2   as llama3 with N alone */
#include "tokenizer-private.h"
#include "unicode.h"

enum { LETTER = 1, NUMBER = 2, SPACE = 4, OTHER = 8 };

/* Code points of the text with their class and where they begin; one more at the end of class 0. */
typedef struct {
  uint32_t code;
  uint32_t start;
  uint8_t  klass;
} Point;

typedef struct {
  const Point *points;
  uint32_t     n;
  GArray      *lengths;
} Cutter;

static uint8_t
classify (uint32_t code)
{
  return sen_unicode_is_letter (code) ? LETTER : sen_unicode_is_number (code) ? NUMBER : sen_unicode_is_space (code) ? SPACE
                                                                                                                      : OTHER;
}

static void
cut (Cutter *cutter, uint32_t first, uint32_t end)
{
  uint32_t length = cutter->points[end].start - cutter->points[first].start;
  g_array_append_val (cutter->lengths, length);
}

/* A class outside [.., end) is 0: pieces are matched as if nothing followed them. */
static uint8_t
klass_at (const Cutter *cutter, uint32_t at, uint32_t end)
{
  return at < end ? cutter->points[at].klass : 0;
}

static uint32_t
code_at (const Cutter *cutter, uint32_t at, uint32_t end)
{
  return at < end ? cutter->points[at].code : UINT32_MAX;
}

/* Code points of a contraction at @at, 0 when there is none. */
static uint32_t
match_contraction (const Cutter *cutter, uint32_t at, uint32_t end, bool any_case)
{
  uint32_t next = code_at (cutter, at + 1, end), third = code_at (cutter, at + 2, end);
  if (code_at (cutter, at, end) != '\'')
    return 0;
  if (any_case && next < 0x80)
    next = (uint32_t) g_ascii_tolower ((char) next);
  if (any_case && third < 0x80)
    third = (uint32_t) g_ascii_tolower ((char) third);
  if (next == 's' || next == 't' || next == 'm' || next == 'd')
    return 2;
  if ((next == 'r' && third == 'e') || (next == 'v' && third == 'e') || (next == 'l' && third == 'l'))
    return 3;
  return 0;
}

static uint32_t
skip_class (const Cutter *cutter, uint32_t at, uint32_t end, uint8_t klass)
{
  while (klass_at (cutter, at, end) & klass)
    at++;
  return at;
}

/* White space: all but its last character when a word follows, which takes that one. */
static uint32_t
match_space (const Cutter *cutter, uint32_t at, uint32_t end)
{
  uint32_t after = skip_class (cutter, at, end, SPACE);
  return after - at > 1 && after < end ? after - 1 : after;
}

static void
cut_gpt2 (Cutter *cutter, uint32_t at, uint32_t end)
{
  while (at < end)
    {
      uint32_t first = at, n = match_contraction (cutter, at, end, false);
      uint32_t body = code_at (cutter, at, end) == ' ' ? at + 1 : at;
      uint8_t klass = klass_at (cutter, body, end);
      if (n > 0)
        at += n;
      else if (klass & (LETTER | NUMBER | OTHER))
        at = skip_class (cutter, body, end, klass);
      else
        at = match_space (cutter, at, end);
      cut (cutter, first, at);
    }
}

static void
cut_smollm (Cutter *cutter)
{
  uint32_t first = 0;
  for (uint32_t at = 0; at < cutter->n; at++)
    {
      if (cutter->points[at].klass != NUMBER)
        continue;
      cut_gpt2 (cutter, first, at);
      cut (cutter, at, at + 1);
      first = at + 1;
    }
  cut_gpt2 (cutter, first, cutter->n);
}

/* S*[\r\n]+: to behind the last line end of the run of white space, or 0. */
static uint32_t
match_lines (const Cutter *cutter, uint32_t at, uint32_t end)
{
  uint32_t after = 0;
  for (; klass_at (cutter, at, end) & SPACE; at++)
    if (cutter->points[at].code == '\r' || cutter->points[at].code == '\n')
      after = at + 1;
  return after;
}

static void
cut_llama3 (Cutter *cutter, uint32_t max_digits)
{
  uint32_t at = 0, end = cutter->n;
  while (at < end)
    {
      uint32_t first = at, code = cutter->points[at].code, n = match_contraction (cutter, at, end, true);
      uint8_t klass = cutter->points[at].klass;
      uint32_t body = code == ' ' ? at + 1 : at, lines;
      bool is_line_end = code == '\r' || code == '\n';

      if (n > 0)
        at += n;
      else if (klass == LETTER)
        at = skip_class (cutter, at, end, LETTER);
      else if (!is_line_end && klass != NUMBER && klass_at (cutter, at + 1, end) == LETTER)
        at = skip_class (cutter, at + 1, end, LETTER);
      else if (klass == NUMBER)
        at = skip_class (cutter, at, MIN (end, at + max_digits), NUMBER);
      else if (klass_at (cutter, body, end) == OTHER)
        {
          at = skip_class (cutter, body, end, OTHER);
          while (code_at (cutter, at, end) == '\r' || code_at (cutter, at, end) == '\n')
            at++;
        }
      else if ((lines = match_lines (cutter, at, end)) > 0)
        at = lines;
      else
        at = match_space (cutter, at, end);
      cut (cutter, first, at);
    }
}

void
sen_pre_tokenize (SenPreTokenizer pre, const char *text, size_t length, GArray *lengths)
{
  g_autoptr (GArray) points = g_array_sized_new (FALSE, FALSE, sizeof (Point), (guint) length + 1);
  size_t position = 0;
  while (position < length)
    {
      Point point = { .start = (uint32_t) position };
      point.code = sen_utf8_next (text, length, &position);
      point.klass = classify (point.code);
      g_array_append_val (points, point);
    }
  Point last = { .start = (uint32_t) length };
  g_array_append_val (points, last);

  Cutter cutter = { .points = (const Point *) points->data, .n = points->len - 1, .lengths = lengths };
  switch (pre)
    {
    case SEN_PRE_GPT2:
      cut_gpt2 (&cutter, 0, cutter.n);
      break;
    case SEN_PRE_SMOLLM:
      cut_smollm (&cutter);
      break;
    case SEN_PRE_LLAMA3:
      cut_llama3 (&cutter, 3);
      break;
    case SEN_PRE_QWEN2:
      cut_llama3 (&cutter, 1);
      break;
    }
}
