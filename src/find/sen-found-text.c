/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-found-text.h"

#include <string.h>

#include "sen-usual-words.h"

/* Words with so many letters in common at their beginning are likely forms of one: "index" and "indexing". */
#define ALIKE_LETTERS 4
/* A word of a text longer than this, in bytes, is nobody's. */
#define MAX_WORD_BYTES 256
/* So many letters at the end of a snippet are left out to end it between words; scripts without spaces are cut where they are. */
#define MAX_CUT_LETTERS 40
/* Words with fewer letters, "a" and "to", are in too many others: in names they count as words only. The index of names knows none. */
#define MIN_PART_LETTERS 3

/* A term of the query: one word, or those of a phrase. */
typedef struct {
  GPtrArray  *words;       /* char *, folded */
  const char *text;        /* as it was typed */
  bool        is_phrase, is_prefix;
} Term;

struct SenFindWords {
  GArray *terms;           /* Term */
};

/* --- Words ---------------------------------------------------------------------------------------------------------------------------- */

static bool
is_word_letter (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);
  return g_unichar_isalnum (c) || g_unichar_ismark (c) || type == G_UNICODE_OTHER_NUMBER || type == G_UNICODE_PRIVATE_USE;
}

/* Appends a letter without case and marks. */
static void
append_folded (GString *folded, gunichar c)
{
  char bytes[6];
  if (c < 0x80)
    {
      g_string_append_c (folded, g_ascii_tolower ((char) c));
      return;
    }
  bytes[g_unichar_to_utf8 (c, bytes)] = '\0';
  g_autofree char *plain = sen_query_fold (bytes);
  g_string_append (folded, plain);
}

typedef struct {
  const char *begin, *end;
} Word;

/* The next word at or after *@p; false at the end. */
static bool
next_word (const char **p, Word *word)
{
  const char *at = *p;
  while (*at != '\0' && !is_word_letter (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  word->begin = at;
  while (*at != '\0' && is_word_letter (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  word->end = *p = at;
  return word->end > word->begin;
}

static void
fold_word (const Word *word, GString *folded)
{
  g_string_truncate (folded, 0);
  if (word->end - word->begin <= MAX_WORD_BYTES)
    for (const char *p = word->begin; p < word->end; p = g_utf8_next_char (p))
      append_folded (folded, g_utf8_get_char (p));
}

static void
clear_term (gpointer data)
{
  Term *term = data;
  g_ptr_array_unref (term->words);
  g_free ((char *) term->text);
}

static bool
is_usual (const SenQueryTerm *term)
{
  g_autofree char *folded = sen_query_fold (term->text);
  return !term->is_phrase && !term->is_prefix && sen_word_is_usual (folded);
}

SenFindWords *
sen_find_words_new (const SenQuery *query)
{
  SenFindWords *self = g_new0 (SenFindWords, 1);
  self->terms = g_array_new (FALSE, FALSE, sizeof (Term));
  g_array_set_clear_func (self->terms, clear_term);
  g_autoptr (GString) folded = g_string_new (NULL);
  bool is_telling = false;
  for (uint32_t i = 0; query != NULL && i < query->n_terms; i++)
    is_telling |= !query->terms[i].is_excluded && !is_usual (&query->terms[i]);
  for (uint32_t i = 0; query != NULL && i < query->n_terms; i++)
    {
      const SenQueryTerm *from = &query->terms[i];
      Term term = { g_ptr_array_new_with_free_func (g_free), g_strdup (from->text), from->is_phrase, from->is_prefix };
      const char *p = from->text;
      /* What is excluded keeps its place, without words to be found; so does “the” beside what tells more. */
      bool is_passed_over = from->is_excluded || (is_telling && is_usual (from));
      for (Word word; !is_passed_over && next_word (&p, &word);)
        {
          fold_word (&word, folded);
          g_ptr_array_add (term.words, g_strdup (folded->str));
        }
      g_array_append_val (self->terms, term);
    }
  return self;
}

void
sen_find_words_free (SenFindWords *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->terms);
  g_free (self);
}

static char *
list_terms (const SenFindWords *self, const bool *matched)
{
  GString *list = g_string_new (NULL);
  for (guint i = 0; i < self->terms->len; i++)
    {
      const Term *term = &g_array_index (self->terms, Term, i);
      if (term->words->len > 0 && (matched == NULL || matched[i]))
        g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", term->text);
    }
  return g_string_free (list, FALSE);
}

char *
sen_find_words_list (const SenFindWords *self)
{
  return list_terms (self, NULL);
}

char *
sen_find_words_matched (const SenFindWords *self, const bool *matched)
{
  return list_terms (self, matched);
}

/* --- Marks ---------------------------------------------------------------------------------------------------------------------------- */

static bool
is_said (const char *folded, const Term *term, guint i)
{
  const char *wanted = term->words->pdata[i];
  bool is_last = i + 1 == term->words->len;
  return term->is_prefix && is_last ? g_str_has_prefix (folded, wanted) : strcmp (folded, wanted) == 0;
}

/* The folded words of a text, and where they stand in it. */
typedef struct {
  GArray    *words;       /* Word */
  GPtrArray *folded;      /* char * */
} Text;

static void
text_clear (Text *text)
{
  g_array_unref (text->words);
  g_ptr_array_unref (text->folded);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Text, text_clear)

static Text
read_text (const char *text)
{
  Text read = { g_array_new (FALSE, FALSE, sizeof (Word)), g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (GString) folded = g_string_new (NULL);
  for (Word word; next_word (&text, &word);)
    {
      fold_word (&word, folded);
      g_array_append_val (read.words, word);
      g_ptr_array_add (read.folded, g_strdup (folded->str));
    }
  return read;
}

/* How many words from the @i-th on are said by @term; 0: it is not there. */
static guint
count_said (const Text *text, guint i, const Term *term)
{
  guint n = term->words->len;
  if (n == 0 || n > text->words->len - i)
    return 0;
  for (guint j = 0; j < n; j++)
    if (!is_said (text->folded->pdata[i + j], term, j))
      return 0;
  return n;
}

static void
add_mark (GArray *marks, uint32_t start, uint32_t end)
{
  SenFindRange *last = marks->len > 0 ? &g_array_index (marks, SenFindRange, marks->len - 1) : NULL;
  if (last != NULL && start <= last->end)
    last->end = MAX (last->end, end);
  else
    g_array_append_vals (marks, &(SenFindRange) { start, end }, 1);
}

void
sen_find_words_mark (const SenFindWords *self, const char *text, GArray *marks, bool *matched)
{
  if (self->terms->len == 0)
    return;
  g_auto (Text) read = read_text (text);
  for (guint i = 0; i < read.words->len; i++)
    for (guint t = 0; t < self->terms->len; t++)
      {
        guint n = count_said (&read, i, &g_array_index (self->terms, Term, t));
        if (n == 0)
          continue;
        const Word *first = &g_array_index (read.words, Word, i), *last = &g_array_index (read.words, Word, i + n - 1);
        add_mark (marks, (uint32_t) (first->begin - text), (uint32_t) (last->end - text));
        if (matched != NULL)
          matched[t] = true;
      }
}

static int
compare_ranges (gconstpointer a, gconstpointer b)
{
  const SenFindRange *first = a, *second = b;
  return first->start < second->start ? -1 : first->start > second->start;
}

static bool
is_whole_word (const GString *folded, const char *begin, const char *end)
{
  const char *before = g_utf8_find_prev_char (folded->str, begin);
  return (before == NULL || !is_word_letter (g_utf8_get_char (before))) && (*end == '\0' || !is_word_letter (g_utf8_get_char (end)));
}

/* Names are searched folded, and letters may become more or fewer by that: @places says where each byte of it comes from. */
static void
find_in_name (const GString *folded, const GArray *places, const char *wanted, GArray *ranges)
{
  size_t n = strlen (wanted);
  bool is_short = g_utf8_strlen (wanted, -1) < MIN_PART_LETTERS;
  for (const char *at = folded->str; n > 0 && (at = strstr (at, wanted)) != NULL; at += n)
    {
      if (is_short && !is_whole_word (folded, at, at + n))
        continue;
      const SenFindRange *first = &g_array_index (places, SenFindRange, at - folded->str);
      const SenFindRange *last = &g_array_index (places, SenFindRange, at - folded->str + (ptrdiff_t) n - 1);
      g_array_append_vals (ranges, &(SenFindRange) { first->start, last->end }, 1);
    }
}

void
sen_find_words_mark_name (const SenFindWords *self, const char *name, GArray *marks, bool *matched)
{
  g_autoptr (GString) folded = g_string_new (NULL);
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (SenFindRange)), ranges = g_array_new (FALSE, FALSE, sizeof (SenFindRange));
  if (self->terms->len == 0)
    return;
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    {
      const SenFindRange place = { (uint32_t) (p - name), (uint32_t) (g_utf8_next_char (p) - name) };
      append_folded (folded, *p == '_' ? ' ' : g_utf8_get_char (p));
      while (places->len < folded->len)
        g_array_append_val (places, place);
    }
  for (guint t = 0; t < self->terms->len; t++)
    {
      const Term *term = &g_array_index (self->terms, Term, t);
      g_autofree char *wanted = term->words->len > 0 ? sen_query_fold (term->text) : NULL;
      guint n = ranges->len;
      if (wanted != NULL)
        find_in_name (folded, places, wanted, ranges);
      if (matched != NULL && ranges->len > n)
        matched[t] = true;
    }
  g_array_sort (ranges, compare_ranges);
  for (guint i = 0; i < ranges->len; i++)
    add_mark (marks, g_array_index (ranges, SenFindRange, i).start, g_array_index (ranges, SenFindRange, i).end);
}

/* --- Snippets ------------------------------------------------------------------------------------------------------------------------- */

static bool
are_alike (const char *a, const char *b)
{
  return g_utf8_strlen (a, -1) >= ALIKE_LETTERS && g_utf8_strlen (b, -1) >= ALIKE_LETTERS
         && strncmp (a, b, (size_t) (g_utf8_offset_to_pointer (a, ALIKE_LETTERS) - a)) == 0;
}

/* What a word of the text is worth for each term: 2 when it is said, 1 when it begins alike. */
static uint8_t
worth (const Text *text, guint i, const Term *term)
{
  if (count_said (text, i, term) > 0)
    return 2;
  for (guint j = 0; j < term->words->len; j++)
    if (are_alike (text->folded->pdata[i], term->words->pdata[j]))
      return 1;
  return 0;
}

/* The first word of the stretch that has the most; one that is worth something, if there is one. */
static guint
find_best_start (const SenFindWords *self, const Text *text)
{
  guint n_terms = self->terms->len, best = 0, best_sum = 0;
  g_autofree uint8_t *worths = g_new0 (uint8_t, (size_t) text->words->len * n_terms), *seen = g_new (uint8_t, MAX (n_terms, 1));
  for (guint i = 0; i < text->words->len; i++)
    for (guint t = 0; t < n_terms; t++)
      worths[i * n_terms + t] = worth (text, i, &g_array_index (self->terms, Term, t));
  for (guint i = 0; i < text->words->len; i++)
    {
      const char *begin = g_array_index (text->words, Word, i).begin;
      guint sum = 0, own = 0;
      for (guint t = 0; t < n_terms; t++)
        own += worths[i * n_terms + t];
      if (own == 0)
        continue;
      memset (seen, 0, n_terms);
      /* Bytes for letters: a stretch in letters of several bytes is only looked through for less of it. */
      for (guint j = i; j < text->words->len && g_array_index (text->words, Word, j).end - begin <= SEN_FIND_SNIPPET_LETTERS * 3 / 4; j++)
        for (guint t = 0; t < n_terms; t++)
          if (worths[j * n_terms + t] > seen[t])
            {
              sum += worths[j * n_terms + t] - seen[t];
              seen[t] = worths[j * n_terms + t];
            }
      if (sum > best_sum)
        {
          best_sum = sum;
          best = i;
        }
    }
  return best;
}

static bool
ends_sentence (const char *text, const char *p)
{
  while (p > text && g_ascii_isspace (p[-1]))
    p--;
  return p == text || strchr (".!?:;", p[-1]) != NULL;
}

/* Goes back from a match to where its sentence begins, or some words. */
static const char *
find_begin (const char *text, const Text *read, guint first)
{
  if (first == 0)
    return text;
  const char *match = g_array_index (read->words, Word, first).begin;
  guint i = first;
  while (i > 0 && match - g_array_index (read->words, Word, i - 1).begin < SEN_FIND_SNIPPET_LETTERS / 3)
    {
      if (ends_sentence (text, g_array_index (read->words, Word, i).begin))
        break;
      i--;
    }
  return i == 0 ? text : g_array_index (read->words, Word, i).begin;
}

char *
sen_find_words_snippet (const SenFindWords *self, const char *text, GArray *marks)
{
  g_auto (Text) read = read_text (text);
  guint first = find_best_start (self, &read);
  const char *begin = find_begin (text, &read, first), *end = begin, *space = NULL;
  glong n = 0, n_at_space = 0;
  for (; *end != '\0' && n < SEN_FIND_SNIPPET_LETTERS; end = g_utf8_next_char (end), n++)
    if (g_unichar_isspace (g_utf8_get_char (end)))
      {
        space = end;
        n_at_space = n;
      }
  /* Not within a word, if it is not too long a one. */
  if (*end != '\0' && !g_unichar_isspace (g_utf8_get_char (end)) && space != NULL && n - n_at_space <= MAX_CUT_LETTERS)
    end = space;

  GString *snippet = g_string_new (begin > text ? "… " : NULL);
  bool is_between = true;
  for (const char *p = begin; p < end; p = g_utf8_next_char (p))
    {
      bool is_space = g_unichar_isspace (g_utf8_get_char (p));
      if (is_space && !is_between)
        g_string_append_c (snippet, ' ');
      else if (!is_space)
        g_string_append_len (snippet, p, g_utf8_next_char (p) - p);
      is_between = is_space;
    }
  while (snippet->len > 0 && snippet->str[snippet->len - 1] == ' ')
    g_string_truncate (snippet, snippet->len - 1);
  if (*end != '\0')
    {
      const char *rest = end;
      while (*rest != '\0' && g_unichar_isspace (g_utf8_get_char (rest)))
        rest = g_utf8_next_char (rest);
      if (*rest != '\0')
        g_string_append (snippet, " …");
    }
  sen_find_words_mark (self, snippet->str, marks, NULL);
  return g_string_free (snippet, FALSE);
}

const char *
sen_find_text_behind (const char *text, const char *title)
{
  g_autoptr (GString) folded = g_string_new (NULL), wanted = g_string_new (NULL);
  const char *p = text, *t = title;
  bool has_words = false;
  for (Word word, other; next_word (&t, &other); has_words = true)
    {
      if (!next_word (&p, &word))
        return text;
      fold_word (&word, folded);
      fold_word (&other, wanted);
      if (!g_string_equal (folded, wanted))
        return text;
    }
  /* A sentence may begin as its title does. */
  while (*p != '\0' && *p != '\n' && (g_unichar_isspace (g_utf8_get_char (p)) || g_unichar_ispunct (g_utf8_get_char (p))))
    p = g_utf8_next_char (p);
  if (!has_words || (*p != '\0' && *p != '\n'))
    return text;
  while (g_unichar_isspace (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  return p;
}
