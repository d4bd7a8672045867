/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What gitignore(5) says of patterns. */
#include "sen-ignore.h"

#include <string.h>

static void
test_patterns (void)
{
  static const struct {
    const char *list, *path;    /* a path with a slash at the end is a folder's */
    SenIgnoreVerdict verdict;
  } cases[] = {
    { "*.o", "a.o", SEN_IGNORE_LEFT_OUT },
    { "*.o", "b/c/a.o", SEN_IGNORE_LEFT_OUT },
    { "*.o", "a.ob", SEN_IGNORE_UNKNOWN },
    { "/a.o", "a.o", SEN_IGNORE_LEFT_OUT },
    { "/a.o", "b/a.o", SEN_IGNORE_UNKNOWN },
    { "b/a.o", "b/a.o", SEN_IGNORE_LEFT_OUT },
    { "b/a.o", "c/b/a.o", SEN_IGNORE_UNKNOWN },
    { "build/", "build/", SEN_IGNORE_LEFT_OUT },
    { "build/", "build", SEN_IGNORE_UNKNOWN },
    { "build/", "x/build/", SEN_IGNORE_LEFT_OUT },
    { "foo/*", "foo/test.json", SEN_IGNORE_LEFT_OUT },
    { "foo/*", "foo/bar/hello.c", SEN_IGNORE_UNKNOWN },
    { "**/foo", "foo", SEN_IGNORE_LEFT_OUT },
    { "**/foo", "a/b/foo", SEN_IGNORE_LEFT_OUT },
    { "**/foo/bar", "a/foo/bar", SEN_IGNORE_LEFT_OUT },
    { "**/foo/bar", "a/foo/b/bar", SEN_IGNORE_UNKNOWN },
    { "abc/**", "abc/x/y", SEN_IGNORE_LEFT_OUT },
    { "abc/**", "abc", SEN_IGNORE_UNKNOWN },
    { "a/**/b", "a/b", SEN_IGNORE_LEFT_OUT },
    { "a/**/b", "a/x/b", SEN_IGNORE_LEFT_OUT },
    { "a/**/b", "a/x/y/b", SEN_IGNORE_LEFT_OUT },
    { "a/**/b", "a/xb", SEN_IGNORE_UNKNOWN },
    { "a**b", "axyb", SEN_IGNORE_LEFT_OUT },
    { "a/**b", "a/x/b", SEN_IGNORE_UNKNOWN },
    { "?.txt", "a.txt", SEN_IGNORE_LEFT_OUT },
    { "?.txt", "ab.txt", SEN_IGNORE_UNKNOWN },
    { "a?b/c", "a/b/c", SEN_IGNORE_UNKNOWN },
    { "[a-c]x", "bx", SEN_IGNORE_LEFT_OUT },
    { "[!a-c]x", "bx", SEN_IGNORE_UNKNOWN },
    { "[^a-c]x", "dx", SEN_IGNORE_LEFT_OUT },
    { "[]]x", "]x", SEN_IGNORE_LEFT_OUT },
    { "[a-]x", "-x", SEN_IGNORE_LEFT_OUT },
    { "[ab", "[ab", SEN_IGNORE_LEFT_OUT },
    { "a[!x]b/c", "a/b/c", SEN_IGNORE_UNKNOWN },
    { "\\#a", "#a", SEN_IGNORE_LEFT_OUT },
    { "#a", "#a", SEN_IGNORE_UNKNOWN },
    { "\\!a", "!a", SEN_IGNORE_LEFT_OUT },
    { "a\\*", "a*", SEN_IGNORE_LEFT_OUT },
    { "a\\*", "ab", SEN_IGNORE_UNKNOWN },
    { "a  ", "a", SEN_IGNORE_LEFT_OUT },
    { "a\\ ", "a ", SEN_IGNORE_LEFT_OUT },
    { "a\r\nb\r\n", "b", SEN_IGNORE_LEFT_OUT },
    { "*.log\n!keep.log", "keep.log", SEN_IGNORE_TAKEN },
    { "!keep.log\n*.log", "keep.log", SEN_IGNORE_LEFT_OUT },
    { "\n\n/\n//\n!\n", "a", SEN_IGNORE_UNKNOWN },
    { "*", "a", SEN_IGNORE_LEFT_OUT },
    { "\xff*", "\xff\xfe", SEN_IGNORE_LEFT_OUT },
    { "", "a", SEN_IGNORE_UNKNOWN },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SenIgnore) ignore = sen_ignore_new (cases[i].list, strlen (cases[i].list));
      g_autofree char *path = g_strdup (cases[i].path);
      size_t n = strlen (path);
      bool is_folder = n > 0 && path[n - 1] == '/';
      if (is_folder)
        path[n - 1] = '\0';
      g_autofree char *shown_list = g_strescape (cases[i].list, NULL), *shown_path = g_strescape (cases[i].path, NULL);
      g_test_message ("%s on %s", shown_list, shown_path);
      g_assert_cmpint (sen_ignore_match (ignore, path, is_folder, NULL), ==, cases[i].verdict);
    }
}

/* Patterns that would take other ways of matching years. */
static void
test_hostile (void)
{
  g_autoptr (GString) list = g_string_new (NULL);
  for (int i = 0; i < 20; i++)
    {
      for (int j = 0; j < 300; j++)
        g_string_append (list, i % 2 == 0 ? "*a" : "**/");
      g_string_append (list, "b\n");
    }
  g_autofree char *long_line = g_strnfill (SEN_IGNORE_MAX_PATTERN + 1, '*'), *text = g_strnfill (4000, 'a'),
                  *many = g_strnfill (2 * SEN_IGNORE_MAX_BYTES, '*');
  g_string_append (list, long_line);
  g_autoptr (SenIgnore) ignore = sen_ignore_new (list->str, list->len), huge = sen_ignore_new (many, strlen (many));
  for (size_t i = 7; i < 4000; i += 9)
    text[i] = '/';
  g_assert_cmpint (sen_ignore_match (ignore, text, false, NULL), ==, SEN_IGNORE_UNKNOWN);
  g_assert_cmpint (sen_ignore_match (huge, text, false, NULL), ==, SEN_IGNORE_UNKNOWN);

  SenCancel cancelled = { 1 };
  g_autoptr (SenIgnore) all = sen_ignore_new ("*", 1);
  g_assert_cmpint (sen_ignore_match (all, "a", false, NULL), ==, SEN_IGNORE_LEFT_OUT);
  g_assert_cmpint (sen_ignore_match (all, "a", false, &cancelled), ==, SEN_IGNORE_UNKNOWN);

  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  static const char letters[] = "*?[]!-\\/#ab \n\r\xff";
  for (int i = 0; i < 20000; i++)
    {
      char pattern[24], path[12];
      for (size_t j = 0; j < sizeof pattern; j++)
        pattern[j] = letters[g_rand_int_range (random, 0, sizeof letters - 1)];
      for (size_t j = 0; j < sizeof path; j++)
        path[j] = letters[g_rand_int_range (random, 0, sizeof letters - 1)];
      path[g_rand_int_range (random, 0, sizeof path)] = '\0';
      path[sizeof path - 1] = '\0';
      g_autoptr (SenIgnore) any = sen_ignore_new (pattern, (size_t) g_rand_int_range (random, 0, sizeof pattern + 1));
      sen_ignore_match (any, path, i % 2 == 0, NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ignore/patterns", test_patterns);
  g_test_add_func ("/ignore/hostile", test_hostile);
  return g_test_run ();
}
