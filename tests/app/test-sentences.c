/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "sen-sentences.h"

static const struct {
  const char *text;
  const char *said;   /* sentences that are finished while it is written, with / between; the rest behind // */
} cases[] = {
  { "One. Two! Three", "One./Two!//Three" },
  { "Pi is 3.14, or so. Roughly.", "Pi is 3.14, or so.//Roughly." },
  { "1. First\n2. Second\n", "1. First/2. Second//" },
  { "# A *title*\n\n> quoted `code`\n", "A title/quoted code//" },
  { "See [the **page**](https://x.org/a.b) now. ", "See the page now.//" },
  { "![A cat](cat.png)\n", "A cat//" },
  { "2 * 3 is 6.\n", "2 * 3 is 6.//" },
  { "```python\nprint(1). Yes\n```\nDone. ", "Code in python./Done.//" },
  { "~~~\nx\n~~~\n", "Code.//" },
  { "|a|b|\n|-|-|\n|1|2|\n", "a b/1 2//" },
  { "---\n\n***\n", "//" },
  { "你好。再见。", "你好。//再见。" },
  { "He said \"no.\" And left.", "He said \"no.\"//And left." },
  { "[open", "//open" },
  { "Look at https://www.x.org/a/b_c?d=1#e. ", "Look at x.org.//" },
  { "See <https://x.org/a> and http://y.org, both. ", "See x.org and y.org, both.//" },
  { "An _old_ __word__, snake_case and ~~gone~~ ones. ", "An old word, snake case and gone ones.//" },
  { "", "//" },
};

/* Byte by byte of what is ASCII, so in every way that a text can come. */
static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SenSentences) sentences = sen_sentences_new ();
      g_autoptr (GString) said = g_string_new (NULL);
      for (const char *p = cases[i].text; *p != '\0'; p = g_utf8_next_char (p))
        {
          g_autofree char *piece = g_strndup (p, (gsize) (g_utf8_next_char (p) - p));
          sen_sentences_append (sentences, piece);
          g_autofree char *taken = sen_sentences_take (sentences);
          if (taken != NULL)
            g_string_append_printf (said, "%s%s", said->len > 0 ? "/" : "", taken);
        }
      g_autofree char *rest = sen_sentences_finish (sentences);
      g_string_append_printf (said, "//%s", rest != NULL ? rest : "");
      g_assert_cmpstr (said->str, ==, cases[i].said);
      g_assert_null (sen_sentences_finish (sentences));
    }
}

/* All at once is one announcement; a line that never ends is said in pieces. */
static void
test_at_once (void)
{
  g_autoptr (SenSentences) sentences = sen_sentences_new ();
  sen_sentences_append (sentences, "One. Two.\n\n- Three\n- Four");
  g_autofree char *said = sen_sentences_take (sentences), *rest = sen_sentences_finish (sentences);
  g_assert_cmpstr (said, ==, "One. Two. Three");
  g_assert_cmpstr (rest, ==, "Four");
  for (int i = 0; i < 3000; i++)
    sen_sentences_append (sentences, "word ");
  gsize n = 0;
  char *piece;
  while ((piece = sen_sentences_take (sentences)) != NULL)
    {
      n += strlen (piece);
      g_free (piece);
    }
  g_assert_cmpuint (n, >, 12000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sentences/cases", test_cases);
  g_test_add_func ("/sentences/at-once", test_at_once);
  return g_test_run ();
}
