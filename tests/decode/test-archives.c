/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Documents and books of other programs (tools/make-document-corpus.py), and archives made to do harm. argv[1]:
 * tests/data/documents. */
#include <string.h>
#include <zlib.h>

#include "document-fixture.h"
#include "zip-builder.h"

static char *
load (const char *name, gsize *n)
{
  g_autofree char *path = corpus_path (name);
  g_autoptr (GError) error = NULL;
  char *bytes;
  g_file_get_contents (path, &bytes, n, &error);
  g_assert_no_error (error);
  return bytes;
}

/* An archive of texts; a NULL name ends them. */
typedef struct {
  const char *name, *text;
} Text;

static GByteArray *
zip_texts (const Text *texts)
{
  ZipMember members[8] = { 0 };
  size_t n = 0;
  for (; texts[n].name != NULL; n++)
    members[n] = (ZipMember) { texts[n].name, g_bytes_new_static (texts[n].text, strlen (texts[n].text)), n == 0 };
  GByteArray *zip = make_zip (members, n);
  for (size_t i = 0; i < n; i++)
    g_bytes_unref (members[i].bytes);
  return zip;
}

static void
test_corpus (void)
{
  static const struct { const char *name, *format, *title, *text; } documents[] = {
    { "report.docx", "Word document", "A report",
      "H1 A report\nH1 Weather\nP It rained in Vienna, and then\tit stopped.\nP First\nP Second\nH2 Figures\nP Town\tRain\nP Graz\t3 mm\n"
      "P Café & <more>, 世界.\n" },
    { "letter.odt", "OpenDocument text", "A letter",
      "H1 Ein Brief\nP Grüße aus Wien  und/Graz Eine Fußnote. am Abend.\nP eins\nP zwei\nP Ort\tRegen\nP Graz\t3 mm\n" },
    { "rain.ods", "OpenDocument table", NULL, "S1 p1 Mai\nP p1 Regen\tMai\nS1 p2 Juni\nP p2 Regen\tJuni\n" },
    { "slides.pptx", "PowerPoint slides", "Some slides",
      "H1 p1 First slide\nP p1 A subtitle\nH1 p2 Second slide\nP p2 One point\nP p2 Another point\nP p2 left\tright\n"
      "P p2 Say hello here.\n" },
    { "costs.xlsx", "Excel workbook", "Costs",
      "S1 p1 May\nP p1 Item\tPaid on\tSum\nP p1 Shovel & spade\t2024-05-31\t19.5\nP p1 1999-12-31 23:59\t-3\n"
      "P p1 Opened\t07:30\tTRUE\t1.5\nP p1 Total\t16.5\nP p1 two lines\tGrüße, 世界\nS1 p2 Empty\nS1 p3 June\nP p3 far below\nP p3 Item\n" },
    { "book.epub", "EPUB", "A small book",
      "H1 Chapter 1\nP The text of chapter 1, with an — entity.\nH1 Chapter 2\nP The text of chapter 2, with an — entity.\n" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = corpus_path (documents[i].name);
      g_autoptr (SenDocument) document = sen_document_open (document_decode (), path, NULL, &error);
      g_assert_no_error (error);
      g_autofree char *text = read_all (document, &error);
      g_assert_no_error (error);
      /* No-break spaces are as they stand. */
      g_auto (GStrv) parts = g_strsplit (text, "\u00a0", -1);
      g_autofree char *plain = g_strjoinv (" ", parts);
      g_assert_cmpstr (plain, ==, documents[i].text);
      g_assert_cmpstr (sen_document_facts (document)->format, ==, documents[i].format);
      g_assert_cmpstr (sen_document_facts (document)->title, ==, documents[i].title);
    }
}

/* A page without text, read off as it looks. */
static void
test_scan (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = corpus_path ("scan.pdf");
  g_autoptr (SenDocument) document = sen_document_open (document_decode (), path, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *blocks = read_all (document, &error);
  g_assert_cmpstr (blocks, ==, "X p1 \n");
  static const char *const languages[] = { "eng", NULL };
  const SenReadParams params = { .languages = languages, .page = 1, .only_if_likely = true };
  g_autoptr (SenPictureText) text = sen_decode_read_text (document_decode (), path, &params, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text->text, "The quick brown fox jumps"));
  g_assert_nonnull (strstr (text->text, "Invoice 4711"));
  const SenReadParams beyond = { .languages = languages, .page = 2 };
  g_assert_null (sen_decode_read_text (document_decode (), path, &beyond, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
}

static void
test_locked (void)
{
  gsize n;
  g_autofree char *bytes = load ("locked.pdf", &n);
  assert_refused ("a.pdf", bytes, n, SEN_ERROR_UNSUPPORTED, "is protected by a password");
  static const char manifest[] = "<manifest><file-entry><encryption-data/></file-entry></manifest>";
  const Text members[] = {
    { "mimetype", "application/vnd.oasis.opendocument.text" },
    { "content.xml", "nothing to see" },
    { "META-INF/manifest.xml", manifest }, { NULL, NULL },
  };
  g_autoptr (GByteArray) zip = zip_texts (members);
  assert_refused ("a.odt", zip->data, zip->len, SEN_ERROR_UNSUPPORTED, "is protected by a password");
  assert_refused ("a.docx", BYTES ("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), SEN_ERROR_UNSUPPORTED, "Office file, encrypted or old");
}

static GByteArray *
make_docx (GBytes *text, bool stored)
{
  const ZipMember members[] = { { "word/document.xml", text, stored } };
  return make_zip (members, 1);
}

static void
test_bombs (void)
{
  /* A billion laughs. */
  g_autoptr (GBytes) laughs = g_bytes_new_static (BYTES ("<?xml version='1.0'?><!DOCTYPE d [<!ENTITY a 'ha'>"
                                                         "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
                                                         "<!ENTITY c SYSTEM 'file:///etc/passwd'>]><d><p><t>&b;&c;</t></p></d>"));
  g_autoptr (GByteArray) zip = make_docx (laughs, false);
  assert_refused ("a.docx", zip->data, zip->len, SEN_ERROR_FORMAT, "damaged");

  /* More than a member may have, in a few kilobytes. */
  gsize n = 65u << 20;
  g_autoptr (GBytes) spaces = g_bytes_new_take (g_strnfill (n, ' '), n);
  g_autoptr (GByteArray) large = make_docx (spaces, false);
  g_assert_cmpuint (large->len, <, 100000);
  assert_refused ("a.docx", large->data, large->len, SEN_ERROR_LIMIT, "more than a Word document file may have");

  /* An archive in an archive is not opened. */
  g_autoptr (GBytes) inner = g_bytes_new (large->data, large->len);
  g_autoptr (GByteArray) nested = make_docx (inner, true);
  assert_refused ("a.docx", nested->data, nested->len, SEN_ERROR_FORMAT, "damaged");

  /* Elements without an end, and deep ones. */
  g_autoptr (GString) deep = g_string_new (NULL);
  while (deep->len < 2000000)
    g_string_append (deep, "<tbl><tr><tc><p>");
  g_autoptr (GBytes) deep_bytes = g_bytes_new (deep->str, deep->len);
  g_autoptr (GByteArray) deep_zip = make_docx (deep_bytes, false);
  assert_refused ("a.docx", deep_zip->data, deep_zip->len, SEN_ERROR_FORMAT, "damaged");
}

static void
test_paths (void)
{
  static const char container[] = "<container><rootfiles><rootfile full-path='../../../../etc/passwd'/></rootfiles></container>";
  static const char package[] = "<package><manifest><item id='a' href='../../../../../etc/passwd' media-type='application/xhtml+xml'/>"
                                "<item id='b' href='../b.xhtml' media-type='application/xhtml+xml'/></manifest>"
                                "<spine><itemref idref='a'/><itemref idref='b'/><itemref idref='b'/></spine></package>";
  static const char good[] = "<container><rootfiles><rootfile full-path='x/p.opf'/></rootfiles></container>";
  const Text members[] = {
    { "mimetype", "application/epub+zip" },
    { "META-INF/container.xml", container }, { NULL, NULL },
  };
  g_autoptr (GByteArray) zip = zip_texts (members);
  assert_refused ("a.epub", zip->data, zip->len, SEN_ERROR_FORMAT, "damaged");

  const Text others[] = {
    { "mimetype", "application/epub+zip" },
    { "META-INF/container.xml", good },
    { "x/p.opf", package },
    { "b.xhtml", "<p>here" }, { NULL, NULL },
  };
  g_autoptr (GByteArray) book = zip_texts (others);
  assert_reads ("a.epub", book->data, book->len, "EPUB", "P here\nP here\n");
}

/* Texts in the cells themselves, how they are read aloud, days counted from 1904, numbers that are no days or texts; sheets that are not
 * there. And one long text that every cell of a row refers to. */
static void
test_workbooks (void)
{
#define WORKBOOK_XML "<workbook><workbookPr date1904='1'/><sheets><sheet name='One' r:id='b'/><sheet name='Gone' r:id='x'/></sheets>"     \
                     "</workbook>"
#define WORKBOOK_RELATIONS                                                                                                                \
  "<Relationships><Relationship Id='b' Type='worksheet' Target='/xl/a.xml'/><Relationship Id='x' Type='worksheet' Target='y.xml'/>"       \
  "<Relationship Id='s' Type='x/styles' Target='s.xml'/><Relationship Id='t' Type='x/sharedStrings' Target='t.xml'/></Relationships>"
  static const char styles[] = "<styleSheet><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
                               "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></styleSheet>";
  static const char sheet[] =
    "<worksheet><sheetData><row><c t='inlineStr'><is><t>東京</t><rPh><t>とうきょう</t></rPh></is></c><c s='1'><v>0</v></c><c s='1'>"
    "<v>-1</v></c><c s='1'><v>nan</v></c><c s='1'><v>1e300</v></c><c s='7'><v>8</v></c><c t='s'><v>0</v></c><c t='s'><v>9</v></c><c t='s'>"
    "<v>-1</v></c><c t='b'><v>0</v></c></row></sheetData><headerFooter><oddHeader>no</oddHeader></headerFooter></worksheet>";
  const Text members[] = {
    { "xl/workbook.xml", WORKBOOK_XML }, { "xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS }, { "xl/s.xml", styles },
    { "xl/a.xml", sheet }, { "xl/t.xml", "<sst><si><r><t>sha</t></r><r><t>red</t></r><rPh><t>no</t></rPh></si></sst>" }, { NULL, NULL },
  };
  g_autoptr (GByteArray) zip = zip_texts (members);
  assert_reads ("a.xlsx", zip->data, zip->len, "Excel workbook",
                "S1 p1 One\nP p1 東京\t1904-01-01\t1903-12-31\tnan\t1e300\t8\tshared\tFALSE\n");
  damage_document (zip->data, zip->len, 50);

  g_autofree char *word = g_strnfill (30000, 'w');
  g_autofree char *strings = g_strconcat ("<sst><si><t>", word, "</t></si></sst>", NULL);
  g_autoptr (GString) row = g_string_new ("<worksheet><row>");
  for (int i = 0; i < 20000; i++)
    g_string_append (row, "<c t='s'><v>0</v></c>");
  g_string_append (row, "</row></worksheet>");
  const Text bomb[] = {
    { "xl/workbook.xml", WORKBOOK_XML }, { "xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS }, { "xl/a.xml", row->str },
    { "xl/t.xml", strings }, { NULL, NULL },
  };
  g_autoptr (GByteArray) large = zip_texts (bomb);
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDocument) document = open_bytes ("a.xlsx", (const char *) large->data, large->len, &error);
  g_assert_no_error (error);
  g_autofree char *text = read_all (document, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (text), >, 15 << 20);
  g_assert_true (g_str_has_suffix (sen_document_note (document), "only the first 16 MB were"));
}

static void
test_damaged (void)
{
  static const char *const names[] = { "report.docx", "letter.odt", "rain.ods", "slides.pptx", "costs.xlsx", "book.epub" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gsize n;
      g_autofree char *bytes = load (names[i], &n);
      damage_document ((const uint8_t *) bytes, n, 20);
    }
}

/* --- gzip, RTF ------------------------------------------------------------------------------------------------------------------------ */

static GByteArray *
pack (const void *bytes, size_t n)
{
  return make_deflated (bytes, n, 16 + MAX_WBITS);
}

static void
test_gzip (void)
{
  g_autoptr (GByteArray) packed = pack (BYTES ("# A head\n\nText.\n"));
  assert_reads ("a.md.gz", packed->data, packed->len, "UTF-8 Markdown", "H1 l1 A head\nP l3 Text.\n");
  g_autoptr (GByteArray) twice = pack (packed->data, packed->len);
  assert_refused ("a.md.gz", twice->data, twice->len, SEN_ERROR_UNSUPPORTED, "holds no text");
  g_autofree char *spaces = g_strnfill (16 << 20, ' ');
  g_autoptr (GByteArray) part = pack (spaces, 16 << 20), bomb = g_byte_array_new ();
  for (int i = 0; i < 17; i++)
    g_byte_array_append (bomb, part->data, part->len);
  assert_refused ("a.txt.gz", bomb->data, bomb->len, SEN_ERROR_LIMIT, "more than a gzip file may have");
  damage_document (packed->data, packed->len, 20);
}

static void
test_rtf (void)
{
  static const char text[] =
    "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\info{\\title The T}{\\author Me}}\\pard\\outlinelevel0 Head\\par\\pard Caf\\'e9 \\u8364? and "
    "\\uc1\\u-10179?\\u-8704? \\{x\\}\\line y\\par{\\*\\gen z}a\\cell b\\cell\\row{\\pict 0102}\\bin3 }}}end}";
  assert_reads ("a.rtf", BYTES (text), "RTF", "H1 Head\nP Café € and 😀 {x}/y\nP a\tb\nP end\n");
  damage_document ((const uint8_t *) text, sizeof text - 1, 100);
  g_autofree char *braces = g_strnfill (5000, '{');
  memcpy (braces, "{\\rtf", 5);
  assert_refused ("a.rtf", braces, 5000, SEN_ERROR_FORMAT, "damaged");
}

int
main (int argc, char **argv)
{
  document_fixture_begin (&argc, &argv);
  g_test_add_func ("/archives/corpus", test_corpus);
  g_test_add_func ("/archives/scan", test_scan);
  g_test_add_func ("/archives/locked", test_locked);
  g_test_add_func ("/archives/bombs", test_bombs);
  g_test_add_func ("/archives/paths", test_paths);
  g_test_add_func ("/archives/workbooks", test_workbooks);
  g_test_add_func ("/archives/damaged", test_damaged);
  g_test_add_func ("/archives/gzip", test_gzip);
  g_test_add_func ("/archives/rtf", test_rtf);
  return document_fixture_run ();
}
