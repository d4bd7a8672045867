/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "counted-work.h"
#include "sen-markdown-blocks.h"

/* The list of blocks: what it holds, and that it is the same whatever pieces the text came in. */

static char *
dump_whole (const char *text, gssize length)
{
  g_autoptr (SenMarkdownBlocks) blocks = sen_markdown_blocks_new ();
  sen_markdown_blocks_append (blocks, text, length);
  sen_markdown_blocks_finish (blocks);
  g_assert_true (sen_markdown_blocks_update (blocks, G_MAXSIZE));
  g_assert_cmpuint (sen_markdown_blocks_n_final (blocks), ==, sen_markdown_blocks_n (blocks));
  return sen_markdown_blocks_dump (blocks);
}

static void
check (const char *text, const char *expected)
{
  g_autofree char *dump = dump_whole (text, -1);
  g_assert_cmpstr (dump, ==, expected);
}

/* In pieces of up to @max_piece bytes, looked at after each or after some, with more or less patience. */
static void
check_pieces (const char *text, gsize length, const char *whole, unsigned max_piece, GRand *random)
{
  g_autoptr (SenMarkdownBlocks) blocks = sen_markdown_blocks_new ();
  g_autoptr (GPtrArray) final = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_markdown_block_unref);
  for (gsize at = 0; at < length;)
    {
      gsize piece = (gsize) g_rand_int_range (random, 1, (gint32) max_piece + 1);
      piece = MIN (piece, length - at);
      sen_markdown_blocks_append (blocks, text + at, (gssize) piece);
      at += piece;
      if (g_rand_int_range (random, 0, 4) > 0)
        sen_markdown_blocks_update (blocks, (gsize) g_rand_int_range (random, 1, 20000));
      for (guint i = final->len; i < sen_markdown_blocks_n_final (blocks); i++)
        g_ptr_array_add (final, sen_markdown_block_ref (sen_markdown_blocks_get (blocks, i)));
    }
  for (guint i = 0; i < final->len; i++)
    g_assert_true (sen_markdown_blocks_get (blocks, i) == g_ptr_array_index (final, i));
  sen_markdown_blocks_finish (blocks);
  while (!sen_markdown_blocks_update (blocks, (gsize) g_rand_int_range (random, 1, 20000)))
    ;
  g_autofree char *dump = sen_markdown_blocks_dump (blocks);
  g_assert_cmpstr (dump, ==, whole);
}

static void
check_any_pieces (const char *text, gssize length_or_all, unsigned n_tries)
{
  gsize length = length_or_all < 0 ? strlen (text) : (gsize) length_or_all;
  g_autofree char *whole = dump_whole (text, (gssize) length);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  for (unsigned i = 0; i < n_tries; i++)
    check_pieces (text, length, whole, 1u << (i % 12), random);
}

static void
test_inlines (void)
{
  check ("Some *italic*, **bold *both***, ~~gone~~, `code <b>`.",
         "paragraph [Some <i>italic</i>, <b>bold </b><b><i>both</i></b>, <s>gone</s>, <span font_family=\"monospace\" "
         "size=\"92%\" background=\"#808080\" background_alpha=\"16%\">code &lt;b&gt;</span>.]\n");
  check ("a\nb  \nc", "paragraph [a\nb\nc]\n");
  check ("[x](https://example.org/?a=1&b=\"2\") <me@example.org> www.example.org",
         "paragraph [<a href=\"https://example.org/?a=1&amp;b=&quot;2&quot;\">x</a> "
         "<a href=\"mailto:me@example.org\">me@example.org</a> <a href=\"http://www.example.org\">www.example.org</a>]\n");
  check ("[x](javascript:alert(1)) [y](file:///etc/passwd)",
         "paragraph [x (javascript:alert(1)) y (file:///etc/passwd)]\n");
  check ("![A *cat*](https://example.org/cat.png)",
         "paragraph [<span size=\"92%\" background=\"#808080\" background_alpha=\"16%\">\302\240Picture: A cat "
         "(https://example.org/cat.png)\302\240</span>]\n");
  check ("<b onclick=\"x\">no</b> &amp; &lt;<br>end",
         "paragraph [&lt;b onclick=&quot;x&quot;&gt;no&lt;/b&gt; &amp; &lt;\nend]\n");
  check ("$a_1 + b_2$ and $$\\sum_i x_i$$", "paragraph [$a_1 + b_2$ and $$\\sum_i x_i$$]\n");
}

static void
test_blocks (void)
{
  check ("# One\n\nTwo\n===\n\nThree\n---\n***\n",
         "heading 1 [One]\nheading 1 [Two]\nheading 2 [Three]\nrule\n");
  check ("1. a\n2. b\n   - c\n     - d\n- [ ] e\n- [x] f\n-\n",
         "-!1. paragraph [a]\n-!2. paragraph [b]\n- -!• paragraph [c]\n- - -!◦ paragraph [d]\n"
         "-!☐ paragraph [e]\n-!☑ paragraph [f]\n-!• paragraph []\n");
  check ("> a\n> > b\n\n> c\n", ">! paragraph [a]\n> >! paragraph [b]\n>! paragraph [c]\n");
  check ("```c title\nint x;\n\n  y\n```\n    indented\n\n~~~\nopen",
         "code c [int x;\n\n  y]\ncode  [indented]\ncode  [open]\n");
  check ("Intro\n| a | b |\n|:--|--:|\n| 1 | *2* |\n| 3 |\n\nEnd",
         "paragraph [Intro]\ntable lr\n  a | b\n  1 | <i>2</i>\n  3 | \nparagraph [End]\n");
  check ("<div>\n<p>x & y</p>\n</div>\n", "paragraph [&lt;div&gt;\n&lt;p&gt;x &amp; y&lt;/p&gt;\n&lt;/div&gt;]\n");
}

/* An address may be given anywhere. */
static void
test_references (void)
{
  check ("See [one] and [two][2].\n\n[one]: https://example.org/1\n\nMore.\n\n[2]: https://example.org/2 'title'\n",
         "paragraph [See <a href=\"https://example.org/1\">one</a> and <a href=\"https://example.org/2\">two</a>.]\n"
         "paragraph [More.]\n");
}

static const char document[] =
  "Here is **what** you asked for, with a [link][late] and `code`.\n"
  "And another line\n\n"
  "A title\n=======\n\n"
  "1. First\n2. Second with *stress*\n\n   more of it\n\n   ```python\n   print(\"[x]\")\n   ```\n3. Third\n   - deep\n     - deeper\n"
  "     > quoted\n   - back\n10. tenth\n\n"
  "Another\n---\n"
  "- [ ] open\n- [x] done\n+ new list\n\n"
  "> A quote\nlazy line\n> - with a list\n>   and more\n\n"
  "````markdown\n```c\nint main (void);\n```\n````\n"
  "Text before a table\n| Name | Value |\n| :--- | ----: |\n| `a|b` | 1 |\n| x \\| y | 2 |\n| short |\nno pipe\n\n"
  "| no table |\n|---|---|\n\n"
  "<details>\n<summary>raw</summary>\n\ntext\n</details>\n\n"
  "    indented code\n\n    more\n\n"
  "\303\204\303\266\303\274 \346\274\242\345\255\227 \360\237\230\200 \330\247\331\204\330\263\331\204\330\247\331\205\r\n"
  "carriage\rreturns\r\n\r\n"
  "* * *\n"
  "[late]: https://example.org/late\n\n"
  "~~~\nnever closed\n\n  at all\n";

static void
test_pieces (void)
{
  check_any_pieces (document, -1, 200);
  check_any_pieces ("a\r", -1, 10);
  check_any_pieces ("\xE2\x82", -1, 10);
  check_any_pieces ("| a |\n|---|\n| b |\n# no row\n| c |\n", -1, 30);
  check_any_pieces ("[x]\n\n```\n[x]: /no\n```\n\n[x]: http://yes\n", -1, 30);
}

/* Longer than the windows that are looked at: every kind of block, each also in one piece. */
static void
test_long (void)
{
  static const struct { const char *head, *line; } kinds[] = {
    { "", "word. " }, { "", "no-space" }, { "", "A line of a paragraph\n" }, { "```c\n", "  int x = 1;\n" }, { "", "- item\n" },
    { "", "1. item\n\n   more\n" }, { "", "> quote\n" }, { "- item\n\n", "  inside\n" }, { "| a | b |\n|---|---|\n", "| 1 | 2 |\n" },
    { "intro\n| a | b |\n|---|---|\n", "| 1 | [x] |\n" }, { "<pre>\n", "raw\n\n" }, { "", "\n" }, { "", "[x]: /y\n" }, { "", "# head\n" },
    { "", "\346\274\242" }, { "", "e\314\201" }, { "", "**b** " }, { "| a |\n|---|\n| ", "long row " }, { "- ", "one item " },
    { "", "para\n\n" },
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GString) text = g_string_new (kinds[i].head);
      while (text->len < 150000)
        g_string_append (text, kinds[i].line);
      g_string_append (text, "\n\n\nThe end.\n");
      g_autofree char *whole = dump_whole (text->str, -1);
      g_autoptr (GRand) random = g_rand_new_with_seed (i);
      check_pieces (text->str, text->len, whole, 40000, random);
      check_pieces (text->str, text->len, whole, 900, random);
    }
}

/* What was made to take long, or to get out of the markup: twice the text costs little more than twice the work, counted in the library of
 * our own, and nothing turns the text around. */
static void
test_hostile (void)
{
  static const struct { const char *head, *part; } texts[] = {
    { "", "[" }, { "", "![" }, { "", "*a _b " }, { "", "`a``b" }, { "", "<a href=" }, { "", "> " }, { "", "- " }, { "", "1. " },
    { "", "[a](" }, { "", "a**b" }, { "", "___" }, { "", "|" }, { "|a|b|\n|-|-|\n", "|\n" }, { "", "\\" }, { "", "&#x202e;" },
    { "", "www." }, { "", "a@b." }, { "", "<!--" }, { "", "[a]: x\n" }, { "", "```\n" }, { "", "\t" }, { "", "http://" },
    { "", "> - " }, { "", "[a][" }, { "", "~~a" }, { "", "&amp" }, { "", "<?" }, { "", "-\n" }, { "", "#" }, { "", "$\\" },
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GString) text = g_string_new (texts[i].head);
      uint64_t work[2];
      for (gsize round = 0; round < 2; round++)
        {
          while (text->len < (round + 1) * 15000)
            g_string_append (text, texts[i].part);
          work[round] = work_count ();
          g_autofree char *dump = dump_whole (text->str, -1);
          work[round] = work_count () - work[round];
          g_assert_null (strstr (dump, "\342\200\256"));
        }
      g_test_message ("'%s': %" G_GUINT64_FORMAT ", %.2f times as much for twice the text", texts[i].part, work[1],
                      (double) work[1] / (double) work[0]);
      g_assert_cmpuint (work[1], <, 3 * work[0]);
    }
  check ("a\xff\xfe\x01" "b\342\200\256c", "paragraph [a\357\277\275\357\277\275\357\277\275b\357\277\275c]\n");
  check ("&#x202e;x", "paragraph [\357\277\275x]\n");
  g_autofree char *nul = dump_whole ("a\0b", 3);
  g_assert_cmpstr (nul, ==, "paragraph [a\357\277\275b]\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/markdown/inlines", test_inlines);
  g_test_add_func ("/markdown/blocks", test_blocks);
  g_test_add_func ("/markdown/references", test_references);
  g_test_add_func ("/markdown/pieces", test_pieces);
  g_test_add_func ("/markdown/long", test_long);
  g_test_add_func ("/markdown/hostile", test_hostile);
  return g_test_run ();
}
