/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "word-wrap.h"

#include <stdbool.h>
#include <sys/ioctl.h>

/* A tab goes to the next stop; where that is depends on the terminal, so the most it may take is counted. */
#define TAB_COLUMNS 8

struct WordWrap {
  FILE    *to;
  guint    column;         /* of the cursor */
  GString *word;           /* as far as it is written */
  guint    word_columns;
  bool     is_due;         /* a line has ended in a space that had no room: what comes next begins another */
};

WordWrap *
word_wrap_new (FILE *to)
{
  WordWrap *self = g_new0 (WordWrap, 1);
  self->to = to;
  self->word = g_string_new (NULL);
  return self;
}

void
word_wrap_free (WordWrap *self)
{
  g_string_free (self->word, TRUE);
  g_free (self);
}

guint
word_wrap_columns (FILE *to)
{
  struct winsize size = { 0 };
  return ioctl (fileno (to), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

guint
word_wrap_width_of (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

static void
end_word (WordWrap *self)
{
  g_string_truncate (self->word, 0);
  self->word_columns = 0;
}

static void
break_line (WordWrap *self)
{
  fputc ('\n', self->to);
  self->column = 0;
  self->is_due = false;
}

/* The last column stays empty: once it is written to, terminals differ in where the cursor is. */
static void
add_letter (WordWrap *self, const char *letter, gsize n_bytes, guint n_columns)
{
  guint width = word_wrap_width_of (g_utf8_get_char (letter));
  bool begins_line = self->word_columns == self->column;
  if (self->is_due)
    break_line (self);
  else if (n_columns > 0 && self->column + width >= n_columns && !begins_line)
    {
      if (self->word_columns > 0)
        fprintf (self->to, "\033[%uD\033[K", self->word_columns);
      break_line (self);
      fwrite (self->word->str, 1, self->word->len, self->to);
      self->column = self->word_columns;
    }
  else if (n_columns > 0 && self->column + width > n_columns)
    self->column = self->word_columns = 0;
  fwrite (letter, 1, n_bytes, self->to);
  g_string_append_len (self->word, letter, (gssize) n_bytes);
  self->word_columns += width;
  self->column += width;
}

static void
add_space (WordWrap *self, char space, guint n_columns)
{
  guint width = space == '\t' ? TAB_COLUMNS : 1;
  end_word (self);
  if (n_columns > 0 && self->column + width >= n_columns)
    self->is_due = true;
  if (self->is_due)
    return;
  fputc (space, self->to);
  self->column += width;
}

void
word_wrap_add (WordWrap *self, const char *text, guint n_columns)
{
  for (const char *at = text, *next; *at != '\0'; at = next)
    {
      next = g_utf8_next_char (at);
      if (*at == '\n')
        {
          end_word (self);
          break_line (self);
        }
      else if (*at == ' ' || *at == '\t')
        add_space (self, *at, n_columns);
      else
        add_letter (self, at, (gsize) (next - at), n_columns);
    }
}
