/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-query.h"

#include <string.h>

#include <sqlite3.h>

#include "sen-error.h"

static SenQuery *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  SenQuery *query = sen_query_parse (text, false, &error);
  g_assert_no_error (error);
  return query;
}

static void
test_words (void)
{
  static const struct {
    const char *text, *meaning, *all, *any;
  } cases[] = {
    { "red tractor", "red tractor", "\"red\" AND \"tractor\"", "\"red\" OR \"tractor\"" },
    { "  red\t\n tractor ", "red tractor", "\"red\" AND \"tractor\"", "\"red\" OR \"tractor\"" },
    { "\"red tractor\" field", "red tractor field", "\"red tractor\" AND \"field\"", "\"red tractor\" OR \"field\"" },
    { "„roter Traktor“", "roter Traktor", "\"roter Traktor\"", "\"roter Traktor\"" },
    { "red -blue -\"on ice\"", "red", "\"red\"", "\"red\"" },
    { "-blue", "", NULL, NULL },
    { "C++ & C#", "C++ C#", "\"C++\" AND \"C#\"", "\"C++\" OR \"C#\"" },
    { "what's up?", "what's up?", "\"what's\" AND \"up?\"", "\"what's\" OR \"up?\"" },
    { "http://a.org/b time:12", "http://a.org/b time:12", "\"http://a.org/b\" AND \"time:12\"", "\"http://a.org/b\" OR \"time:12\"" },
    { "\"open at the end", "open at the end", "\"open at the end\"", "\"open at the end\"" },
    { "a - b", "a b", "\"a\" AND \"b\"", "\"a\" OR \"b\"" },
    { "AND OR NOT NEAR", "AND OR NOT NEAR", "\"AND\" AND \"OR\" AND \"NOT\" AND \"NEAR\"", "\"AND\" OR \"OR\" OR \"NOT\" OR \"NEAR\"" },
    { "say \"\" nothing", "say nothing", "\"say\" AND \"nothing\"", "\"say\" OR \"nothing\"" },
    { "5\" disk", "5\" disk", "\"5\"\"\" AND \"disk\"", "\"5\"\"\" OR \"disk\"" },
    { "", "", NULL, NULL },
    { "*** ((( ^^^", "", NULL, NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SenQuery) query = parse (cases[i].text);
      g_autofree char *all = sen_query_match (query, SEN_MATCH_TEXTS, SEN_MATCH_ALL, NULL);
      g_autofree char *any = sen_query_match (query, SEN_MATCH_TEXTS, SEN_MATCH_ANY, NULL);
      g_assert_cmpstr (query->meaning, ==, cases[i].meaning);
      g_assert_cmpstr (all, ==, cases[i].all);
      g_assert_cmpstr (any, ==, cases[i].any);
      g_assert_cmpint (sen_query_has_words (query), ==, *cases[i].meaning != '\0');
      g_assert_false (sen_query_has_filter (query));
    }
}

static void
test_names (void)
{
  g_autoptr (SenQuery) query = parse ("Äpfel_2019 im ÖL");
  g_autofree char *all = sen_query_match (query, SEN_MATCH_NAMES, SEN_MATCH_ALL, NULL), *folded = sen_query_fold ("ÉTÉ_Straße");
  g_assert_cmpstr (all, ==, "\"apfel 2019\"");
  g_assert_cmpstr (folded, ==, "ete strasse");
}

static void
test_typed (void)
{
  g_autoptr (SenQuery) query = sen_query_parse ("red tract", true, NULL), ended = sen_query_parse ("red tractor ", true, NULL),
                       brief = sen_query_parse ("red t", true, NULL);
  g_autofree char *match = sen_query_match (query, SEN_MATCH_TEXTS, SEN_MATCH_ALL, NULL),
                  *match_ended = sen_query_match (ended, SEN_MATCH_TEXTS, SEN_MATCH_ALL, NULL),
                  *match_brief = sen_query_match (brief, SEN_MATCH_TEXTS, SEN_MATCH_ALL, NULL);
  g_assert_cmpstr (match, ==, "\"red\" AND \"tract\"*");
  g_assert_cmpstr (match_ended, ==, "\"red\" AND \"tractor\"");
  g_assert_cmpstr (match_brief, ==, "\"red\" AND \"t\"");
}

static int64_t
local_us (int year, int month, int day)
{
  g_autoptr (GDateTime) date = g_date_time_new_local (year, month, day, 0, 0, 0);
  return g_date_time_to_unix (date) * G_USEC_PER_SEC;
}

static void
test_operators (void)
{
  g_autoptr (SenQuery) query = parse ("type:pictures TYPE:PDF in:\"My Files\" in:/srv/data/ after:2023-11 before:2024-02-29 red");
  g_assert_cmpuint (query->kinds, ==, 1u << SEN_FILE_PICTURE);
  g_assert_cmpstr (query->endings[0], ==, "pdf");
  g_assert_null (query->endings[1]);
  g_assert_cmpstr (query->folders[0], ==, "My Files");
  g_assert_cmpstr (query->folders[1], ==, "/srv/data");
  g_assert_null (query->folders[2]);
  g_assert_cmpint (query->after_us, ==, local_us (2023, 11, 1));
  g_assert_cmpint (query->before_us, ==, local_us (2024, 2, 29));
  g_assert_cmpstr (query->meaning, ==, "red");
  g_assert_true (sen_query_has_filter (query));

  int64_t inside = local_us (2024, 1, 1);
  g_assert_true (sen_query_lets_through (query, "/home/me/my files/a.jpg", SEN_FILE_PICTURE, inside));
  g_assert_true (sen_query_lets_through (query, "/srv/data/x/a.PDF", SEN_FILE_DOCUMENT, inside));
  g_assert_false (sen_query_lets_through (query, "/srv/data/x/a.txt", SEN_FILE_TEXT, inside));
  g_assert_false (sen_query_lets_through (query, "/srv/database/a.pdf", SEN_FILE_DOCUMENT, inside));
  g_assert_false (sen_query_lets_through (query, "/home/my files.pdf", SEN_FILE_DOCUMENT, inside));
  g_assert_false (sen_query_lets_through (query, "/srv/data/a.pdf", SEN_FILE_DOCUMENT, local_us (2024, 2, 29)));
  g_assert_false (sen_query_lets_through (query, "/srv/data/a.pdf", SEN_FILE_DOCUMENT, local_us (2023, 11, 1) - 1));
  g_assert_true (sen_query_lets_through (query, "/srv/data/a.pdf", SEN_FILE_DOCUMENT, local_us (2023, 11, 1)));

  g_autoptr (SenQuery) home = parse ("in:~/Invoices"), unfinished = parse ("type: in: before:"), today = parse ("after:today");
  g_autofree char *invoices = g_build_filename (g_get_home_dir (), "Invoices", NULL);
  g_assert_cmpstr (home->folders[0], ==, invoices);
  g_assert_false (sen_query_has_filter (unfinished));
  g_assert_cmpint (today->after_us, <=, g_get_real_time ());
  g_assert_cmpint (today->after_us, >, g_get_real_time () - 25 * G_TIME_SPAN_HOUR);
}

/* What is asked for beside the text must hold as well. */
static void
test_narrowed (void)
{
  g_autoptr (SenQuery) query = sen_query_parse ("type:pdf after:1970-02-01", false, NULL);
  g_assert_true (sen_query_lets_through (query, "/a/b.pdf", SEN_FILE_DOCUMENT, G_MAXINT64 - 1));
  sen_query_narrow (query, 1u << SEN_FILE_DOCUMENT, "/a", INT64_MIN, 100 * G_TIME_SPAN_DAY);
  g_assert_true (sen_query_lets_through (query, "/a/b.pdf", SEN_FILE_DOCUMENT, 50 * G_TIME_SPAN_DAY));
  g_assert_false (sen_query_lets_through (query, "/a/b.pdf", SEN_FILE_DOCUMENT, 100 * G_TIME_SPAN_DAY));
  g_assert_false (sen_query_lets_through (query, "/a/b.pdf", SEN_FILE_DOCUMENT, 5 * G_TIME_SPAN_DAY));
  g_assert_false (sen_query_lets_through (query, "/ab/b.pdf", SEN_FILE_DOCUMENT, 50 * G_TIME_SPAN_DAY));
  g_assert_false (sen_query_lets_through (query, "/a/b.html", SEN_FILE_DOCUMENT, 50 * G_TIME_SPAN_DAY));
  g_assert_false (sen_query_lets_through (query, "/a/b.pdf", SEN_FILE_PICTURE, 50 * G_TIME_SPAN_DAY));

  g_autoptr (SenQuery) plain = sen_query_parse ("words", false, NULL);
  g_assert_false (sen_query_has_filter (plain));
  sen_query_narrow (plain, 0, "/a", INT64_MIN, INT64_MAX);
  g_assert_true (sen_query_has_filter (plain));
}

static void
test_errors (void)
{
  static const struct {
    const char *text, *says;
  } cases[] = {
    { "before:soon", "“before:” takes a date" },     { "after:2024-13", "“after:” takes a date" },
    { "after:2024-02-30", "“after:” takes a date" }, { "after:24", "“after:” takes a date" },
    { "before:2024-", "“before:” takes a date" },    { "before:2024-01-01-", "“before:” takes a date" },
    { "after:0000", "“after:” takes a date" },       { "after:99999", "“after:” takes a date" },
    { "type:a/b", "“type:” takes" },                 { "type:abcdefghijklmnopqrst", "“type:” takes" },
    { "in:a/b", "“in:” takes" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenQuery) query = sen_query_parse (cases[i].text, false, &error);
      g_assert_null (query);
      g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
      g_assert_true (g_str_has_prefix (error->message, cases[i].says));
    }

  g_autofree char *long_text = g_strnfill (10000, 'a');
  g_autoptr (GString) many = g_string_new (NULL);
  for (int i = 0; i < SEN_QUERY_MAX_TERMS + 1; i++)
    g_string_append_printf (many, "w%d ", i);
  const char *limits[] = { long_text, many->str };
  for (size_t i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenQuery) query = sen_query_parse (limits[i], false, &error);
      g_assert_null (query);
      g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
    }
}

/* Whatever is typed, the expressions are ones that FTS5 takes, and they do nothing but match. */
static void
test_hostile (void)
{
  static const char *const texts[] = {
    "\"", "\"\"", "\"\"\"", "'", "'; DROP TABLE words; --", "a\" OR \"1\"=\"1", "text : a", "{text headings} : a", "a*", "^a", "a NEAR b",
    "NEAR(a b, 2)", "(a", "a)", "a AND", "OR", "NOT a", "+a", "a + b", "-", "--a", "-\"", "-\"a", "a\\\"b", "\\", "%", "_", "\x01\x02",
    "a\xff\xfe" "b", "\xc3", "\xf0\x9f\x98\x80", "ﷺ", "a\u0300\u0301", "\u0300", "\u200b", "\u00ad", "１２", "²", "日本語 中文", "𝒜𝓑",
    "type:", "in:\"", "before:\"\"", "a:b:c", ":", "::", "-type:pdf", "\"type:pdf\"", "\xe2\x80\x9c", "\xe2\x80\x9c-", "«»", "a\"b\"c\"d",
    "words MATCH 'a'", "rank:1", "bm25(words)", "a;b", "?1", ":x", "@x", "$x", "\xef\xbb\xbf" "a",
  };
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (":memory:", &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "CREATE VIRTUAL TABLE words USING fts5 (text, headings, tokenize='unicode61 remove_diacritics 2');"
                                     "CREATE VIRTUAL TABLE names USING fts5 (name, folder, tokenize='trigram');"
                                     "INSERT INTO words VALUES ('a b c', 'd'); INSERT INTO names VALUES ('abc', 'd')", NULL, NULL, NULL),
                   ==, SQLITE_OK);
  sqlite3_stmt *statements[2];
  sqlite3_prepare_v2 (db, "SELECT rowid FROM words WHERE words MATCH ?", -1, &statements[SEN_MATCH_TEXTS], NULL);
  sqlite3_prepare_v2 (db, "SELECT rowid FROM names WHERE names MATCH ?", -1, &statements[SEN_MATCH_NAMES], NULL);
  g_autoptr (GRand) random = g_rand_new_with_seed (8);
  for (size_t i = 0; i < G_N_ELEMENTS (texts) + 3000; i++)
    {
      /* Pieces of them in any order, too. */
      g_autoptr (GString) text = g_string_new (i < G_N_ELEMENTS (texts) ? texts[i] : "");
      for (int j = 0; j < 4 && i >= G_N_ELEMENTS (texts); j++)
        g_string_append (text, texts[g_rand_int_range (random, 0, G_N_ELEMENTS (texts))]);
      for (int mode = 0; mode < 4; mode++)
        {
          g_autoptr (SenQuery) query = sen_query_parse (text->str, i % 2 == 0, NULL);
          SenMatchIndex index = mode % 2 == 0 ? SEN_MATCH_TEXTS : SEN_MATCH_NAMES;
          SenMatchMode match_mode = mode / 2 == 0 ? SEN_MATCH_ALL : SEN_MATCH_ANY;
          g_autofree char *match = query != NULL ? sen_query_match (query, index, match_mode, NULL) : NULL;
          if (match == NULL)
            continue;
          g_assert_true (g_utf8_validate (match, -1, NULL));
          sqlite3_bind_text (statements[index], 1, match, -1, SQLITE_STATIC);
          int result = sqlite3_step (statements[index]);
          g_assert_true (result == SQLITE_ROW || result == SQLITE_DONE);
          sqlite3_reset (statements[index]);
        }
    }
  sqlite3_finalize (statements[0]);
  sqlite3_finalize (statements[1]);
  sqlite3_close (db);
}

/* Words that say nothing alone; what is quoted, excluded or unfinished may be about them. */
static void
test_usual (void)
{
  g_autoptr (SenQuery) query = parse ("What is \"the who\" -the (and) tractor the");
  g_autoptr (SenQuery) typed = sen_query_parse ("how the", true, NULL);
  const bool expected[] = { true, true, false, false, true, false, true };
  g_assert_cmpuint (query->n_terms, ==, G_N_ELEMENTS (expected));
  for (uint32_t i = 0; i < query->n_terms; i++)
    g_assert_cmpint (query->terms[i].is_usual, ==, expected[i]);
  g_assert_true (typed->terms[0].is_usual);
  g_assert_false (typed->terms[1].is_usual);
}

static void
test_whole_name (void)
{
  static const struct {
    const char *query, *name;
    bool        is_name;
  } cases[] = {
    { "star", "star.png", true },          { "star", "polar-star.png", false },  { "star", "stars.png", false },
    { "Polar Star", "polar-star.png", true }, { "star polar", "polar-star.png", false }, { "polar", "polar-star.png", false },
    { "\"polar star\" -sun", "polar star.tar", true }, { "star.png", "star.png", false }, { "notes", "notes", true },
    { "profile", ".profile", true },       { "-star", "star.png", false },       { "Äpfel", "apfel.txt", true },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SenQuery) query = parse (cases[i].query);
      g_autoptr (SenQueryNames) names = sen_query_names_new (query);
      g_assert_cmpint (sen_query_names_is_whole (names, cases[i].name), ==, cases[i].is_name);
    }
}

static void
test_share_in_name (void)
{
  g_autoptr (SenQuery) query = parse ("the Red tractor in a field -blue");
  g_autoptr (SenQueryNames) names = sen_query_names_new (query);
  g_assert_cmpfloat (sen_query_names_share (names, "red-tractor.png", "farm"), ==, 2.0 / 3.0);
  g_assert_cmpfloat (sen_query_names_share (names, "tractor.png", "fields"), ==, 2.0 / 3.0);
  g_assert_cmpfloat (sen_query_names_share (names, "the blue one", ""), ==, 0.0);
}

/* Words are whole in texts, parts of three letters in names; a phrase stands together; what is excluded or not taken is not waited for. */
static void
test_fields (void)
{
  static const struct { const char *query, *text, *name; bool is_typed; uint32_t n; bool all; } cases[] = {
    { "red tractor", "A Réd barn", "tractors.txt", false, 2, true },
    { "red tractor", "A red barn", "barn.txt", false, 1, false },
    { "red tractor", "reddish tractor", "", false, 1, false },
    { "red trac", "a red tractor", "", true, 2, true },
    { "red trac", "a red tractor", "", false, 1, false },
    { "\"red tractor\" x7", "the red, tractor", "x7 b", false, 2, true },
    { "\"red tractor\" x7", "tractor red", "x71", false, 0, false },
    { "red -blue", "red blue", "", false, 1, true },
    { "-blue", "blue", "", false, 0, false },
    { "чай до", "чай", "дом.txt", false, 1, false },
    { "чай дом", "чай", "дома.txt", false, 2, true },
    { "чай до", "чай", "до.txt", false, 2, true },
    /* Icons are words to the index, too; what is only a mark when it is folded is none. */
    { "red \uE000\uE000\uE000", "a red barn", "", false, 1, false },
    { "red \uE000\uE000\uE000", "a red barn", "red \uE000\uE000\uE000\uE001.txt", false, 2, true },
    { "red \uE000", "red \uE000", "", false, 2, true },
    { "red \uE000", "red \uE000\uE001", "x.txt", false, 1, false },
    { "red \uFC5E\uFC5E\uFC5E", "a red barn", "red.txt", false, 1, true },
    { "\uFF9E", "a red barn", "red.txt", false, 0, false },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SenQuery) query = sen_query_parse (cases[i].query, cases[i].is_typed, NULL);
      const bool takes[] = { true, true, false };
      g_autoptr (SenQueryFields) fields = sen_query_fields_new (query, takes);
      sen_query_fields_see (fields, cases[i].text, false);
      sen_query_fields_see (fields, cases[i].name, true);
      g_assert_cmpuint (sen_query_fields_count (fields), ==, cases[i].n);
      g_assert_cmpint (sen_query_fields_are_all (fields), ==, cases[i].all);
      sen_query_fields_begin (fields);
      g_assert_cmpuint (sen_query_fields_count (fields), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/query/words", test_words);
  g_test_add_func ("/query/names", test_names);
  g_test_add_func ("/query/typed", test_typed);
  g_test_add_func ("/query/operators", test_operators);
  g_test_add_func ("/query/narrowed", test_narrowed);
  g_test_add_func ("/query/errors", test_errors);
  g_test_add_func ("/query/hostile", test_hostile);
  g_test_add_func ("/query/usual", test_usual);
  g_test_add_func ("/query/whole-name", test_whole_name);
  g_test_add_func ("/query/share-in-name", test_share_in_name);
  g_test_add_func ("/query/fields", test_fields);
  return g_test_run ();
}
