/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-found-text.h"

#include <string.h>

static GArray *
new_marks (void)
{
  return g_array_new (FALSE, FALSE, sizeof (SenFindRange));
}

static SenFindWords *
read_words (const char *text, bool is_typed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenQuery) query = sen_query_parse (text, is_typed, &error);
  g_assert_no_error (error);
  return sen_find_words_new (query);
}

/* @text with [ ] around what is marked. */
static char *
show (const char *text, const GArray *marks)
{
  GString *shown = g_string_new (NULL);
  uint32_t at = 0;
  for (guint i = 0; i < marks->len; i++)
    {
      const SenFindRange *mark = &g_array_index (marks, SenFindRange, i);
      g_assert_cmpuint (at, <=, mark->start);
      g_assert_cmpuint (mark->start, <, mark->end);
      g_assert_cmpuint (mark->end, <=, strlen (text));
      g_string_append_len (shown, text + at, mark->start - at);
      g_string_append_c (shown, '[');
      g_string_append_len (shown, text + mark->start, mark->end - mark->start);
      g_string_append_c (shown, ']');
      at = mark->end;
    }
  g_string_append (shown, text + at);
  g_assert_true (g_utf8_validate (shown->str, -1, NULL));
  return g_string_free (shown, FALSE);
}

static void
check_marks (const char *query, bool is_typed, const char *text, const char *expected)
{
  g_autoptr (SenFindWords) words = read_words (query, is_typed);
  g_autoptr (GArray) marks = new_marks ();
  sen_find_words_mark (words, text, marks, NULL);
  g_autofree char *shown = show (text, marks);
  g_assert_cmpstr (shown, ==, expected);
}

static void
test_marks (void)
{
  check_marks ("red tractor", false, "The red, RED Tractor; tractors are not.", "The [red], [RED] [Tractor]; tractors are not.");
  check_marks ("red trac", true, "The red tractor", "The [red] [tractor]");
  check_marks ("\"red tractor\"", false, "a red car, a red tractor", "a red car, a [red tractor]");
  check_marks ("tractor -red", false, "a red tractor", "a red [tractor]");
  check_marks ("type:pdf", false, "a type pdf", "a type pdf");
  check_marks ("ubung straße", false, "Übung die Strasse, uebung die Straße", "[Übung] die [Strasse], uebung die [Straße]");
  check_marks ("cafe", false, "le cafe\xcc\x81, Café!", "le [cafe\xcc\x81], [Café]!");
  check_marks ("x", false, "", "");
  check_marks ("", false, "text", "text");
}

static void
check_name (const char *query, const char *name, const char *expected)
{
  g_autoptr (SenFindWords) words = read_words (query, false);
  g_autoptr (GArray) marks = new_marks ();
  bool matched[SEN_QUERY_MAX_TERMS] = { false };
  sen_find_words_mark_name (words, name, marks, matched);
  g_autofree char *shown = show (name, marks);
  g_assert_cmpstr (shown, ==, expected);
}

static void
test_names (void)
{
  check_name ("tract", "big_Tractors.png", "big_[Tract]ors.png");
  check_name ("tor tract", "big_Tractors.png", "big_[Tractor]s.png");
  check_name ("\"holiday 2019\"", "my_holiday_2019.jpg", "my_[holiday_2019].jpg");
  check_name ("strasse", "Bahnhofstraße.txt", "Bahnhof[straße].txt");
  check_name ("übung", "U\xcc\x88" "bung 1.odt", "[U\xcc\x88" "bung] 1.odt");
  check_name ("a dog", "a_lazy_dog-day.jpg", "a_lazy_[dog]-day.jpg");
  check_name ("a dog", "Banana.jpg", "Banana.jpg");
  check_name ("a", "a", "[a]");
}

static void
test_matched (void)
{
  g_autoptr (SenFindWords) words = read_words ("red -blue \"big tractor\" snow", false);
  g_autoptr (GArray) marks = new_marks ();
  bool matched[SEN_QUERY_MAX_TERMS] = { false };
  sen_find_words_mark (words, "red as a big tractor, blue", marks, matched);
  g_autofree char *some = sen_find_words_matched (words, matched), *all = sen_find_words_list (words);
  g_assert_cmpstr (some, ==, "red, big tractor");
  g_assert_cmpstr (all, ==, "red, big tractor, snow");

  /* Nobody looks for “the”, but who has nothing else to look for. */
  g_autoptr (SenQuery) question = sen_query_parse ("how does the tractor stop", false, NULL);
  g_autoptr (SenQuery) usual = sen_query_parse ("the who", false, NULL);
  g_autoptr (SenFindWords) telling = sen_find_words_new (question), names = sen_find_words_new (usual);
  g_autofree char *told = sen_find_words_list (telling), *both = sen_find_words_list (names);
  g_assert_cmpstr (told, ==, "tractor, stop");
  g_assert_cmpstr (both, ==, "the, who");
}

static char *
snippet (const char *query, const char *text)
{
  g_autoptr (SenFindWords) words = read_words (query, false);
  g_autoptr (GArray) marks = new_marks ();
  g_autofree char *cut = sen_find_words_snippet (words, text, marks);
  g_assert_cmpint (g_utf8_strlen (cut, -1), <=, SEN_FIND_SNIPPET_LETTERS + 4);
  return show (cut, marks);
}

static void
test_snippets (void)
{
  g_autofree char *whole = snippet ("b", "a b\n  c\t ");
  g_assert_cmpstr (whole, ==, "a [b] c");

  GString *text = g_string_new (NULL);
  for (int i = 0; i < 100; i++)
    g_string_append (text, "Nothing to see here, go on. ");
  g_string_append (text, "Sheep sleep. The red tractor\nstands in the meadow. ");
  for (int i = 0; i < 100; i++)
    g_string_append (text, "A tractor is not to be seen. ");
  g_autofree char *middle = snippet ("tractor red", text->str);
  g_assert_true (g_str_has_prefix (middle, "… The [red] [tractor] stands in the meadow."));
  g_assert_true (g_str_has_suffix (middle, " …"));

  /* Forms of a word show the place, but are not marked. */
  g_autofree char *form = snippet ("meadows", text->str);
  g_assert_nonnull (strstr (form, "The red tractor stands in the meadow."));

  /* Nothing of it: the beginning. */
  g_autofree char *begin = snippet ("zebra", text->str);
  g_assert_true (g_str_has_prefix (begin, "Nothing to see here"));
  g_string_free (text, TRUE);

  /* One word without an end, in letters of three bytes. */
  GString *long_word = g_string_new (NULL);
  for (int i = 0; i < 1000; i++)
    g_string_append (long_word, "語");
  g_autofree char *cut = snippet ("語", long_word->str);
  g_assert_true (g_str_has_prefix (cut, "語語"));
  g_string_free (long_word, TRUE);

  /* A sentence without spaces behind a short word: what was found in it is shown. */
  GString *sentence = g_string_new ("第一章 語学、猫、");
  for (int i = 0; i < 200; i++)
    g_string_append (sentence, "語学");
  g_autofree char *cat = snippet ("猫", sentence->str);
  g_assert_nonnull (strstr (cat, "[猫]"));
  g_string_free (sentence, TRUE);
}

static void
test_behind (void)
{
  g_assert_cmpstr (sen_find_text_behind ("A report\n\nHay was dear.", "A report"), ==, "Hay was dear.");
  g_assert_cmpstr (sen_find_text_behind ("A Report (draft).\nHay", "a report – draft"), ==, "Hay");
  g_assert_cmpstr (sen_find_text_behind ("A report", "A report"), ==, "");
  g_assert_cmpstr (sen_find_text_behind ("Git is fast", "Git"), ==, "Git is fast");
  g_assert_cmpstr (sen_find_text_behind ("Reports", "A report"), ==, "Reports");
  g_assert_cmpstr (sen_find_text_behind ("A", "A report"), ==, "A");
  g_assert_cmpstr (sen_find_text_behind ("Hay", ""), ==, "Hay");
  g_assert_cmpstr (sen_find_text_behind (" \n— Hay", "…"), ==, " \n— Hay");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/find-text/marks", test_marks);
  g_test_add_func ("/find-text/names", test_names);
  g_test_add_func ("/find-text/matched", test_matched);
  g_test_add_func ("/find-text/snippets", test_snippets);
  g_test_add_func ("/find-text/behind", test_behind);
  return g_test_run ();
}
