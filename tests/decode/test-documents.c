/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What is read of documents, and what is said of those that cannot be read. argv[1]: tests/data/media. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "document-fixture.h"
#include "pdf-builder.h"
#include "sen-error.h"

/* --- Texts -------------------------------------------------------------------------------------------------------------------------- */

static void
test_encodings (void)
{
  assert_reads ("a.txt", BYTES ("Grüße, 世界"), "UTF-8 text", "P l1 Grüße, 世界\n");
  assert_reads ("a.txt", BYTES ("\xef\xbb\xbfGr\xc3\xbc\xc3\x9f" "e"), "UTF-8 text", "P l1 Grüße\n");
  assert_reads ("a.txt", BYTES ("Gr\xfc\xdf" "e \x80 \x93so\x94"), "Latin-1 text", "P l1 Grüße € “so”\n");
  assert_reads ("a.txt", BYTES ("\xff\xfeG\0r\0\xfc\0\n\0=\xd8\0\xde"), "UTF-16 text", "P l1 Grü/😀\n");
  assert_reads ("a.txt", BYTES ("\xfe\xff\0G\0r\0\xfc\xd8="), "UTF-16 text", "P l1 Grü�\n");
  assert_reads ("a.txt", BYTES ("\xfe\xff\0G\xd8=\0x"), "UTF-16 text", "P l1 G�x\n");
  assert_reads ("a.txt", BYTES ("H\0e\0l\0l\0o\0 \0y\0o\0u\0"), "UTF-16 text", "P l1 Hello you\n");
  assert_reads ("a.txt", BYTES ("\xff\xfe\0\0G\0\0\0\x00\xf6\x01\0"), "UTF-32 text", "P l1 G😀\n");
  assert_reads ("a.txt", BYTES ("one\r\ntwo\r\n\r\nthree\rfour\r\rfive\n"), "UTF-8 text", "P l1 one/two\nP l4 three/four\nP l7 five\n");
  /* A log that two programs wrote. */
  assert_reads ("a.log", BYTES ("\xc3\xbc \xfc\n"), "Latin-1 text", "P l1 ü ü\n");
}

static void
remove_spaces (GString *text)
{
  gsize n = 0;
  for (gsize i = 0; i < text->len; i++)
    if (!g_ascii_isspace (text->str[i]))
      text->str[n++] = text->str[i];
  g_string_truncate (text, n);
}

/* Characters that lie across the pieces a file is read in. */
static void
test_pieces (void)
{
  g_autoptr (GString) text = g_string_new ("x");
  while (text->len < 200000)
    g_string_append (text, text->len % 7 == 0 ? "Äh.\n\n" : "€ ");
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = open_bytes ("a.txt", text->str, text->len, &error);
  g_assert_no_error (error);
  SenDocumentBlock block;
  g_autoptr (GString) read = g_string_new (NULL);
  uint32_t line = 0;
  while (sen_document_next (document, &block, NULL, &error) > 0)
    {
      g_assert_cmpuint (block.line, >=, line);
      line = block.line;
      g_string_append (read, block.text);
    }
  g_assert_no_error (error);
  remove_spaces (text);
  remove_spaces (read);
  g_assert_cmpstr (read->str, ==, text->str);
}

/* A line of 100,000 letters, and one with spaces. */
static void
test_long_lines (void)
{
  g_autofree char *line = g_strnfill (100000, 'a');
  for (int with_spaces = 0; with_spaces < 2; with_spaces++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenDocument) document = open_bytes ("a.txt", line, 100000, &error);
      g_assert_no_error (error);
      SenDocumentBlock block;
      size_t n = 0;
      while (sen_document_next (document, &block, NULL, &error) > 0)
        n += strlen (block.text);
      g_assert_no_error (error);
      g_assert_cmpuint (n, >=, with_spaces ? 99000 - 10000 : 100000);
      for (size_t i = 10; i < 100000; i += 10)
        line[i] = ' ';
    }
}

static void
test_too_much_text (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  while (text->len < 17 << 20)
    g_string_append (text, "The quick brown fox jumps over the lazy dog, again and again and again.\n\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = open_bytes ("a.txt", text->str, text->len, &error);
  g_assert_no_error (error);
  SenDocumentBlock block;
  size_t n = 0;
  while (sen_document_next (document, &block, NULL, &error) > 0)
    n += strlen (block.text);
  g_assert_no_error (error);
  g_assert_cmpuint (n, <=, 16 << 20);
  g_assert_cmpuint (n, >, (16 << 20) - 1000);
  g_test_message ("%s", sen_document_note (document));
  g_assert_true (g_str_has_suffix (sen_document_note (document), "has more text than is read of one file; only the first 16 MB were"));
}

static void
test_code (void)
{
  assert_reads ("a.c", BYTES ("#include <a.h>\n\nint\nmain (void)\n{\n  int a;\n\n  return a;\n}\n\nstatic int b;\n"), "UTF-8 source code",
                "C l1 #include <a.h>\nC l3 int/main (void)/{/  int a;//  return a;/}\nC l11 static int b;\n");
  assert_reads ("a.mk", BYTES ("\tall:\n"), "UTF-8 source code", "C l1 \tall:\n");
}

static void
test_markdown (void)
{
  assert_reads ("a.md",
                BYTES ("---\ntitle: \"The title\"\nauthor: Somebody\ndate: 2024-05-31\nlang: en-GB\n---\n# One `code` #\n\n"
                       "Some *words* in a\n"
                       "[link](https://example.org/a_(b)) and ![a picture](p.png), snake_case_name and 2 * 3.\n\nTwo\n===\n\n- a\n- b\n\n"
                       "```c\n# no heading\n\nint a;\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n<!-- not\nthis -->\n***\n"
                       "> said <b>so</b>\n"),
                "UTF-8 Markdown",
                "H1 l7 One code\nP l9 Some words in a/link and a picture, snake_case_name and 2 * 3.\nH1 l12 Two\nP l15 - a/- b\n"
                "C l19 # no heading//int a;\nP l24 | a | b |/| c | d |\nP l31 said so\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = open_bytes ("a.md", BYTES ("---\ntitle: T\nlang: de\ndate: 2024-05-31\n---\ntext\n"), &error);
  const SenDocumentFacts *facts = sen_document_facts (document);
  g_assert_cmpstr (facts->title, ==, "T");
  g_assert_cmpstr (facts->language, ==, "de");
  g_assert_cmpstr (facts->date, ==, "2024-05-31");
}

/* --- HTML --------------------------------------------------------------------------------------------------------------------------- */

static void
test_html (void)
{
  static const char page[] =
    "<!-- saved --><!DOCTYPE html><html lang='de-AT'><head><title>A\n title &amp; more</title><meta charset='iso-8859-1'>"
    "<meta name=author content='Some Body'><style>p { color: red }</style></head><body><nav><p>Home</p></nav><h1>Head <i>ing</i></h1>"
    "<p>Caf&eacute; &#8364; &unknown;<br>next<script>var a = '<p>';</script></p><pre>a\n  b</pre><ul><li>one<li>two</ul>"
    "<table><tr><td>1<td>2<tr><td>3</table><img alt='A tree'><h3>Sub<a href='#sub'>&para;</a></h3>tail <b>end";
  assert_reads ("page", BYTES (page), "HTML",
                "H1 Head ing\nP Café € &unknown;/next\nC a/  b\nP one\nP two\nP 1\t2\nP 3\nP A tree\nH3 Sub\nP tail end\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = open_bytes ("page", BYTES (page), &error);
  g_assert_no_error (error);
  const SenDocumentFacts *facts = sen_document_facts (document);
  g_assert_cmpint (facts->kind, ==, SEN_DOCUMENT_HTML);
  g_assert_cmpstr (facts->title, ==, "A title & more");
  g_assert_cmpstr (facts->author, ==, "Some Body");
  g_assert_cmpstr (facts->language, ==, "de");
  assert_reads ("a.html", BYTES ("Gr\xfc\xdf" "e"), "HTML", "P Grüße\n");
}

/* Bombs of elements, and markup that never ends. */
static void
test_hostile_html (void)
{
  static const char *const beginnings[] = { "<div>", "<p><b>", "<!--", "<a href='", "<script>", "<table><tr><td>", "&#x110000;&amp",
                                            "<![CDATA[" };
  for (size_t i = 0; i < G_N_ELEMENTS (beginnings); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("<html>");
      while (text->len < 300000)
        g_string_append (text, beginnings[i]);
      g_string_append (text, "end");
      g_autoptr (SenDocument) document = open_bytes ("a.html", text->str, text->len, &error);
      g_autofree char *read = document != NULL ? read_all (document, &error) : NULL;
      g_test_message ("%s: %s", beginnings[i], error != NULL ? error->message : "read");
      if (error != NULL)
        g_assert_true (error->domain == SEN_ERROR);
    }
}

/* Empty replies and a queue that is moved for each cost nobody minutes; controls of 8 bits do not come out. */
static void
test_costly (void)
{
  g_autoptr (GString) line = g_string_new (NULL);
  for (int i = 0; i < 20000; i++)
    g_string_append_c (line, '[');
  g_string_append (line, "](");
  for (int i = 0; i < 20000; i++)
    g_string_append_c (line, '(');
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) brackets = open_bytes ("a.md", line->str, line->len, &error);
  g_assert_no_error (error);
  g_autofree char *text = read_all (brackets, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (text), >, 40000);
  assert_reads ("a.txt", BYTES ("a\xc2\x9b" "31mb"), "UTF-8 text", "P l1 a  31mb\n");
}

/* --- PDF ---------------------------------------------------------------------------------------------------------------------------- */

static GByteArray *
make_pdf (bool with_entries)
{
  PdfBuilder *pdf = pdf_builder_new ("The title", "The author");
  pdf_builder_add_page (pdf);
  pdf_builder_add_text (pdf, 24, 72, 760, "Introduction");
  pdf_builder_add_text (pdf, 11, 72, 720, "The first line of a paragraph that goes on, with a word that is inter-");
  pdf_builder_add_text (pdf, 11, 72, 706, "rupted at its end.");
  pdf_builder_add_text (pdf, 11, 72, 670, "Another paragraph.");
  pdf_builder_add_text (pdf, 11, 290, 40, "1");
  if (with_entries)
    {
      pdf_builder_add_entry (pdf, "Introduction");
      pdf_builder_add_entry (pdf, "Not on the page");
    }
  pdf_builder_add_page (pdf);
  pdf_builder_add_picture (pdf);
  pdf_builder_add_page (pdf);
  pdf_builder_add_page (pdf);
  pdf_builder_add_text (pdf, 11, 72, 720, "The last page.");
  return pdf_builder_finish (pdf);
}

/* A page that is looked at, with text in a font that is not in the file: what stands in its place would be asked of the system. */
static void
test_foreign_font (void)
{
  g_autoptr (GError) error = NULL;
  PdfBuilder *pdf = pdf_builder_new ("", "");
  pdf_builder_add_page (pdf);
  pdf_builder_add_picture (pdf);
  pdf_builder_add_text (pdf, 11, 72, 720, "Words");
  g_autoptr (GByteArray) bytes = pdf_builder_finish (pdf);
  g_autofree char *path = fixture_write ("font.pdf", bytes->data, bytes->len);
  g_autoptr (SenPictureText) text = sen_decode_read_text (document_decode (), path, &(SenReadParams) { .page = 1 }, NULL, &error);
  g_remove (path);
  g_assert_no_error (error);
  g_assert_nonnull (text);
}

static void
test_pdf (void)
{
  static const char words[] = "P p1 The first line of a paragraph that goes on, with a word that is interrupted at its end.\n"
                              "P p1 Another paragraph.\nX p2 \nP p4 The last page.\n";
  for (int with_entries = 0; with_entries < 2; with_entries++)
    {
      g_autoptr (GByteArray) bytes = make_pdf (with_entries);
      g_autofree char *expected = g_strconcat (with_entries ? "S1 p1 Not on the page\n" : "", "H1 p1 Introduction\n", words, NULL);
      assert_reads ("a.dat", bytes->data, bytes->len, "PDF", expected);
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) bytes = make_pdf (false);
  g_autoptr (SenDocument) document = open_bytes ("a.pdf", bytes->data, bytes->len, &error);
  const SenDocumentFacts *facts = sen_document_facts (document);
  g_assert_cmpstr (facts->title, ==, "The title");
  g_assert_cmpstr (facts->author, ==, "The author");
  g_assert_cmpint (strncmp (facts->date, "2024-05-31T12:00:00", 10), ==, 0);
  g_assert_cmpuint (facts->n_pages, ==, 4);
}

static void
test_many_pages (void)
{
  PdfBuilder *pdf = pdf_builder_new ("", "");
  for (int i = 0; i < 10500; i++)
    pdf_builder_add_page (pdf);
  pdf_builder_add_text (pdf, 11, 72, 720, "Too far.");
  g_autoptr (GByteArray) bytes = pdf_builder_finish (pdf);
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = open_bytes ("a.pdf", bytes->data, bytes->len, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_document_facts (document)->n_pages, ==, 10500);
  g_autofree char *text = read_all (document, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "");
  g_assert_true (g_str_has_suffix (sen_document_note (document), "has 10500 pages; only the first 10000 were read"));
}

/* --- Trouble ------------------------------------------------------------------------------------------------------------------------ */

static void
test_refused (void)
{
  assert_refused ("a.txt", BYTES ("\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0>\0"), SEN_ERROR_UNSUPPORTED, "holds no text");
  assert_refused ("a.txt", BYTES ("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1"), SEN_ERROR_UNSUPPORTED, "PNG");
  assert_refused ("a.txt", BYTES ("\1\2\3\4\5\6\7\1\2\3\4\5\6\7"), SEN_ERROR_UNSUPPORTED, "holds no text");
  g_autoptr (GString) plain = g_string_new ("P6 64 64 255\n");
  for (int i = 0; i < 64 * 64 * 3; i++)
    g_string_append_c (plain, (char) 0x80);
  assert_refused ("a.ppm", plain->str, plain->len, SEN_ERROR_UNSUPPORTED, "PNM");
  assert_refused ("a.txt", "", 0, SEN_ERROR_FORMAT, "is empty");
  assert_refused ("a.pdf", BYTES ("%PDF-1.4\n%%EOF\n"), SEN_ERROR_FORMAT, "damaged");
  /* A script with a program behind it ends where that begins. */
  g_autoptr (GString) script = g_string_new ("#!/bin/sh\n");
  while (script->len < 100000)
    g_string_append_c (script, '\n');
  g_string_append (script, "exec\n");
  g_string_append_len (script, BYTES ("\0\1\2\3 text"));
  g_autofree char *expected = g_strdup_printf ("P l1 #!/bin/sh\nP l%zu exec\n", (gsize) 100000 - strlen ("#!/bin/sh") + 1);
  assert_reads ("a.run", script->str, script->len, "UTF-8 text", expected);
}

static void
test_damaged_pdf (void)
{
  g_autoptr (GByteArray) bytes = make_pdf (true);
  damage_document (bytes->data, bytes->len, 60);
}

/* Two at once, and a third that takes the helper with it. */
static void
test_side_by_side (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < 30000; i++)
    g_string_append_printf (text, "Paragraph %d.\n\n", i);
  g_autoptr (SenDocument) a = open_bytes ("a.txt", text->str, text->len, &error), b = open_bytes ("b.txt", text->str, text->len, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 30000; i++)
    {
      SenDocumentBlock block;
      g_autofree char *expected = g_strdup_printf ("Paragraph %d.", i);
      if (i == 10000)
        g_assert_false (sen_decode_fault (document_decode (), SEN_DECODE_FAULT_CRASH, NULL, NULL));
      g_assert_cmpint (sen_document_next (a, &block, NULL, &error), ==, 1);
      g_assert_cmpstr (block.text, ==, expected);
      g_assert_cmpint (sen_document_next (b, &block, NULL, &error), ==, 1);
      g_assert_cmpstr (block.text, ==, expected);
      g_assert_no_error (error);
    }
}

static void
test_cancelled (void)
{
  SenCancel cancel = { .requested = 1 };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fixture_write ("a.txt", "text", 4);
  g_assert_null (sen_document_open (document_decode (), path, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_remove (path);
}

int
main (int argc, char **argv)
{
  document_fixture_begin (&argc, &argv);
  g_test_add_func ("/documents/encodings", test_encodings);
  g_test_add_func ("/documents/pieces", test_pieces);
  g_test_add_func ("/documents/long-lines", test_long_lines);
  g_test_add_func ("/documents/too-much-text", test_too_much_text);
  g_test_add_func ("/documents/code", test_code);
  g_test_add_func ("/documents/markdown", test_markdown);
  g_test_add_func ("/documents/html", test_html);
  g_test_add_func ("/documents/hostile-html", test_hostile_html);
  g_test_add_func ("/documents/costly", test_costly);
  g_test_add_func ("/documents/pdf", test_pdf);
  g_test_add_func ("/documents/foreign-font", test_foreign_font);
  g_test_add_func ("/documents/many-pages", test_many_pages);
  g_test_add_func ("/documents/refused", test_refused);
  g_test_add_func ("/documents/damaged-pdf", test_damaged_pdf);
  g_test_add_func ("/documents/side-by-side", test_side_by_side);
  g_test_add_func ("/documents/cancelled", test_cancelled);
  return document_fixture_run ();
}
