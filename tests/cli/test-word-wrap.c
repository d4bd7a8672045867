/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "word-wrap.h"

/* What a terminal of @n_columns shows after @output, line by line and without the spaces at their ends: the two
 * sequences that are used, newlines, and its own breaks. */
static char *
show (const char *output, guint n_columns)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();
  GString *line = g_string_new (NULL);
  guint column = 0;
  for (const char *at = output; *at != '\0'; at = g_utf8_next_char (at))
    {
      guint back;
      int n = 0;
      if (sscanf (at, "\033[%uD\033[K%n", &back, &n) == 1 && n > 0)
        {
          g_assert_cmpuint (back, <=, column);
          column -= back;
          for (guint taken = 0; taken < back;)
            {
              const char *last = g_utf8_prev_char (line->str + line->len);
              taken += word_wrap_width_of (g_utf8_get_char (last));
              g_string_truncate (line, (gsize) (last - line->str));
            }
          at += n - 1;
          continue;
        }
      if (*at == '\n' || column + word_wrap_width_of (g_utf8_get_char (at)) > n_columns)
        {
          g_ptr_array_add (lines, g_strchomp (g_string_free (line, FALSE)));
          line = g_string_new (NULL);
          column = 0;
          if (*at == '\n')
            continue;
        }
      g_string_append_len (line, at, g_utf8_next_char (at) - at);
      column += word_wrap_width_of (g_utf8_get_char (at));
    }
  g_ptr_array_add (lines, g_strchomp (g_string_free (line, FALSE)));
  g_ptr_array_add (lines, NULL);
  char *shown = g_strjoinv ("|", (char **) lines->pdata);
  g_strfreev ((char **) g_ptr_array_steal (lines, NULL));
  return shown;
}

/* @text letter by letter, and in one go: the same is seen. */
static void
check (const char *text, guint n_columns, const char *expected)
{
  for (int in_one = 0; in_one < 2; in_one++)
    {
      char *output = NULL;
      size_t n_output = 0;
      FILE *to = open_memstream (&output, &n_output);
      g_autoptr (WordWrap) wrap = word_wrap_new (to);
      g_assert_cmpuint (word_wrap_columns (to), ==, 0);
      for (const char *at = text; *at != '\0' && !in_one; at = g_utf8_next_char (at))
        {
          char letter[8] = "";
          memcpy (letter, at, (gsize) (g_utf8_next_char (at) - at));
          word_wrap_add (wrap, letter, n_columns);
        }
      if (in_one)
        word_wrap_add (wrap, text, n_columns);
      fclose (to);
      g_autofree char *shown = show (output, n_columns > 0 ? n_columns : 1000);
      g_assert_cmpstr (shown, ==, expected);
      free (output);
    }
}

static void
test_words (void)
{
  check ("", 20, "");
  check ("one two three four", 10, "one two|three|four");
  check ("one two three four", 0, "one two three four");
  check ("one two three four", 200, "one two three four");
  /* A space that has no room is not the beginning of a line, nor of an empty one. */
  check ("123456789 abc", 10, "123456789|abc");
  check ("123456789 \nabc", 10, "123456789|abc");
  check ("123456789    abc", 10, "123456789|abc");
  check ("one\n\n  two", 10, "one||  two");
}

static void
test_long_words (void)
{
  /* The terminal breaks it, wherever it began. */
  check ("abcdefghijklmnopq", 10, "abcdefghij|klmnopq");
  check ("at abcdefghijklmno x", 10, "at|abcdefghij|klmno x");
  check ("abc", 1, "a|b|c");
}

static void
test_wide (void)
{
  check ("日本語 日本語", 10, "日本語|日本語");
  check ("cafe\xcc\x81 cafe\xcc\x81", 9, "cafe\xcc\x81|cafe\xcc\x81");
  check ("cafe\xcc\x81 cafe\xcc\x81", 10, "cafe\xcc\x81 cafe\xcc\x81");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/word-wrap/words", test_words);
  g_test_add_func ("/word-wrap/long-words", test_long_words);
  g_test_add_func ("/word-wrap/wide", test_wide);
  return g_test_run ();
}
