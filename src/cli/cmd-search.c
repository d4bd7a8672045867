/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "find-output.h"

static const char details[] =
  "QUERY is what would be typed into the window: words, “\"words side by side\"”, -without, type:picture, in:FOLDER,\n"
  "before:2024, after:2024-05, is:duplicate. Paths of pictures and recordings are looked for by what they are like; beside one, or\n"
  "with a weight, words too are added or taken away: search beach.jpg +sunset -people, search red tractor +0.5:snow.\n"
  "What stands after -- is never an option.";

/* Terms may begin with a dash, so options are taken out first: what is one by @entries goes to @options, the rest to @terms. */
static void
sort_arguments (const GOptionEntry *entries, int argc, char **argv, GPtrArray *options, GPtrArray *terms)
{
  for (int i = 0; i < argc; i++)
    {
      const char *word = argv[i];
      bool is_long = g_str_has_prefix (word, "--"), is_short = *word == '-' && word[1] != '\0' && word[2] == '\0';
      size_t n = is_long ? strcspn (word + 2, "=") : 0;
      const GOptionEntry *entry = entries;
      if (strcmp (word, "--") == 0)
        {
          for (i++; i < argc; i++)
            g_ptr_array_add (terms, argv[i]);
          return;
        }
      while (entry->long_name != NULL && !(is_long && strlen (entry->long_name) == n && strncmp (entry->long_name, word + 2, n) == 0)
             && !(is_short && entry->short_name == word[1]))
        entry++;
      g_ptr_array_add (i == 0 || is_long || entry->long_name != NULL ? options : terms, argv[i]);
      bool takes_value = entry->long_name != NULL && entry->arg != G_OPTION_ARG_NONE && strchr (word, '=') == NULL;
      if (takes_value && i + 1 < argc)
        g_ptr_array_add (options, argv[++i]);
    }
}

/* A term of the command line: "+2:word", "-beach.jpg". */
typedef struct {
  const char *text;
  char        sign;         /* '+', '-', or 0 */
  bool        has_weight, is_file;
  float       weight;
} Term;

static bool
is_file (const char *text)
{
  return strpbrk (text, "/.") != NULL && g_file_test (text, G_FILE_TEST_IS_REGULAR);
}

static Term
read_term (const char *word)
{
  Term term = { .text = word, .weight = 1.0f };
  if ((*word == '+' || *word == '-') && word[1] != '\0')
    {
      char *end;
      double weight = g_ascii_strtod (word + 1, &end);
      term.sign = *word;
      term.has_weight = end > word + 1 && *end == ':' && end[1] != '\0' && isfinite (weight) && weight >= 0.0;
      term.text = term.has_weight ? end + 1 : word + 1;
      term.weight = (float) (term.has_weight ? weight : 1.0) * (term.sign == '-' ? -1.0f : 1.0f);
    }
  term.is_file = is_file (term.text);
  return term;
}

/* Files are parts, and beside them, or where something has a weight, so is what has a sign; all else is typed. */
static void
make_request (const GPtrArray *words, GString *text, GArray *parts)
{
  bool is_sum = false;
  for (guint i = 0; i < words->len; i++)
    {
      Term term = read_term (words->pdata[i]);
      is_sum |= term.is_file || term.has_weight;
    }
  for (guint i = 0; i < words->len; i++)
    {
      Term term = read_term (words->pdata[i]);
      if (term.is_file)
        g_array_append_vals (parts, &(SenFindPart) { .path = term.text, .weight = term.weight }, 1);
      else if (is_sum && term.sign != 0)
        g_array_append_vals (parts, &(SenFindPart) { .text = term.text, .weight = term.weight }, 1);
      else
        g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", term.sign == '+' ? term.text : (const char *) words->pdata[i]);
    }
}

int
sen_cli_search (SenCli *cli, int argc, char **argv)
{
  CliFind find = { 0 };
  const GOptionEntry entries[] = {
    CLI_FIND_OPTIONS (find),
    { "duplicates", 0, 0, G_OPTION_ARG_NONE, &find.copies,
      "Files that there are exact copies of, what takes most room first; QUERY may be left out", NULL },
    { NULL },
  };
  g_autoptr (GPtrArray) options = g_ptr_array_new (), words = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (SenFindPart));
  int status = SEN_CLI_USAGE;
  sort_arguments (entries, argc, argv, options, words);
  int n_options = (int) options->len;
  g_ptr_array_add (options, NULL);
  char **rest = (char **) options->pdata;
  make_request (words, text, parts);
  if (!sen_cli_parse (cli, "QUERY…", details, entries, &n_options, &rest))
    status = SEN_CLI_USAGE;
  else if (words->len == 0 && !find.copies)
    status = sen_cli_usage (cli, "Say what to look for: search QUERY….");
  else
    status = cli_find (cli, &find, &(SenFindRequest) {
      .text = text->str, .parts = (const SenFindPart *) parts->data, .n_parts = parts->len,
    });
  cli_find_clear (&find);
  return status;
}
