/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-query.h"

#include <string.h>

#include "sen-find-reason.h"
#include "sen-usual-words.h"

#define MIN_NAME_LETTERS 3      /* what the index of names knows */
#define MIN_PREFIX_LETTERS 3
#define MAX_ENDING 16

/* What `type:` calls the kinds. */
static const struct {
  const char *word;
  SenFileKind kind;
} kind_words[] = {
  { "text", SEN_FILE_TEXT },         { "code", SEN_FILE_CODE },       { "document", SEN_FILE_DOCUMENT },
  { "picture", SEN_FILE_PICTURE },   { "image", SEN_FILE_PICTURE },   { "photo", SEN_FILE_PICTURE },
  { "sound", SEN_FILE_SOUND },       { "audio", SEN_FILE_SOUND },     { "music", SEN_FILE_SOUND },
  { "recording", SEN_FILE_SOUND },   { "video", SEN_FILE_VIDEO },     { "film", SEN_FILE_VIDEO },
  { "other", SEN_FILE_OTHER },
};

typedef struct {
  SenQuery   query;
  GArray    *terms;         /* SenQueryTerm */
  GPtrArray *endings, *folders;
  GString   *meaning;
} Parsed;

void
sen_query_free (SenQuery *query)
{
  Parsed *parsed = (Parsed *) query;
  if (parsed == NULL)
    return;
  for (guint i = 0; i < parsed->terms->len; i++)
    g_free ((char *) g_array_index (parsed->terms, SenQueryTerm, i).text);
  g_array_unref (parsed->terms);
  g_ptr_array_unref (parsed->endings);
  g_ptr_array_unref (parsed->folders);
  g_string_free (parsed->meaning, TRUE);
  g_free ((char *) parsed->query.only_folder);
  g_free (parsed);
}

/* What the tokenizer of texts makes words of: letters, all kinds of digits, and what is for private use, as icons are. */
static bool
is_token (const char *p)
{
  gunichar c = g_utf8_get_char (p);
  return g_unichar_isalnum (c) || g_unichar_type (c) == G_UNICODE_PRIVATE_USE;
}

static bool
has_token (const char *text)
{
  while (*text != '\0' && !is_token (text))
    text = g_utf8_next_char (text);
  return *text != '\0';
}

static bool
is_space (const char *p)
{
  gunichar c = g_utf8_get_char (p);
  return g_unichar_isspace (c) || g_unichar_iscntrl (c);
}

/* A closing quote of any kind that keyboards make. */
static const char *
after_quote (const char *p, bool is_opening)
{
  static const char *const opening[] = { "\"", "“", "„", "«", "”" }, *const closing[] = { "\"", "”", "“", "»" };
  const char *const *quotes = is_opening ? opening : closing;
  size_t n = is_opening ? G_N_ELEMENTS (opening) : G_N_ELEMENTS (closing);
  for (size_t i = 0; i < n; i++)
    if (g_str_has_prefix (p, quotes[i]))
      return p + strlen (quotes[i]);
  return NULL;
}

/* The text from @p on to the closing quote, which may be missing, or to the next space. (transfer full) */
static char *
take_text (const char **p, bool *is_quoted, bool *is_open)
{
  const char *begin = after_quote (*p, true), *end, *next = NULL;
  *is_quoted = begin != NULL;
  *is_open = true;
  if (begin == NULL)
    {
      for (begin = end = *p; *end != '\0' && !is_space (end);)
        end = g_utf8_next_char (end);
      *is_open = *end == '\0';
      *p = end;
      return g_strndup (begin, (gsize) (end - begin));
    }
  for (end = begin; *end != '\0' && (next = after_quote (end, false)) == NULL;)
    end = g_utf8_next_char (end);
  *is_open = *end == '\0';
  *p = *end != '\0' ? next : end;
  return g_strndup (begin, (gsize) (end - begin));
}

/* --- Operators ------------------------------------------------------------------------------------------------------------------------ */

static bool
take_type (Parsed *parsed, const char *word, GError **error)
{
  g_autofree char *lower = g_utf8_strdown (word, -1);
  for (size_t i = 0; i < G_N_ELEMENTS (kind_words); i++)
    if (strcmp (lower, kind_words[i].word) == 0
        || (g_str_has_prefix (lower, kind_words[i].word) && strcmp (lower + strlen (kind_words[i].word), "s") == 0))
      {
        parsed->query.kinds |= 1u << kind_words[i].kind;
        return true;
      }
  const char *ending = *lower == '.' ? lower + 1 : lower;
  size_t n = strlen (ending);
  bool ok = n > 0 && n <= MAX_ENDING;
  for (const char *p = ending; *p != '\0' && ok; p = g_utf8_next_char (p))
    ok = g_unichar_isalnum (g_utf8_get_char (p));
  if (ok)
    g_ptr_array_add (parsed->endings, g_strdup (ending));
  else
    sen_find_fail (error, SEN_FIND_REASON_NO_TYPE, NULL);
  return ok;
}

static bool
take_folder (Parsed *parsed, const char *word, GError **error)
{
  g_autofree char *path = NULL;
  if (*word == '~' && (word[1] == '/' || word[1] == '\0'))
    path = g_build_filename (g_get_home_dir (), word + 1, NULL);
  else
    path = g_strdup (word);
  while (strlen (path) > 1 && g_str_has_suffix (path, "/"))
    path[strlen (path) - 1] = '\0';
  if (*path == '\0' || (*path != '/' && strchr (path, '/') != NULL))
    return sen_find_fail (error, SEN_FIND_REASON_NO_FOLDER, NULL);
  g_ptr_array_add (parsed->folders, g_steal_pointer (&path));
  return true;
}

/* A year, a month or a day, here: when it begins and when it ends. */
static bool
read_date (const char *word, int64_t *begin_us, int64_t *end_us)
{
  g_autoptr (GDateTime) begin = NULL, end = NULL;
  g_autofree char *lower = g_utf8_strdown (word, -1);
  bool is_yesterday = strcmp (lower, "yesterday") == 0;
  if (is_yesterday || strcmp (lower, "today") == 0)
    {
      g_autoptr (GDateTime) now = g_date_time_new_now_local (), day = g_date_time_add_days (now, is_yesterday ? -1 : 0);
      begin = g_date_time_new_local (g_date_time_get_year (day), g_date_time_get_month (day), g_date_time_get_day_of_month (day), 0, 0, 0);
      end = g_date_time_add_days (begin, 1);
    }
  else
    {
      int part[3] = { 0, 1, 1 }, n = 0;
      const char *p = lower;
      for (; n < 3; n++)
        {
          int digits = 0;
          for (part[n] = 0; g_ascii_isdigit (*p) && digits < 4; p++, digits++)
            part[n] = 10 * part[n] + (*p - '0');
          if (digits == 0 || (n == 0 && digits != 4) || (n > 0 && digits > 2))
            return false;
          if (*p != '-')
            {
              n++;
              break;
            }
          if (n < 2)
            p++;
        }
      if (*p != '\0')
        return false;
      begin = part[0] > 0 ? g_date_time_new_local (part[0], part[1], part[2], 0, 0, 0) : NULL;
      if (begin != NULL)
        end = n == 1 ? g_date_time_add_years (begin, 1) : n == 2 ? g_date_time_add_months (begin, 1) : g_date_time_add_days (begin, 1);
    }
  if (begin == NULL || end == NULL)
    return false;
  *begin_us = g_date_time_to_unix (begin) * G_USEC_PER_SEC;
  *end_us = g_date_time_to_unix (end) * G_USEC_PER_SEC;
  return true;
}

static bool
take_date (Parsed *parsed, bool is_before, const char *word, GError **error)
{
  int64_t begin, end;
  if (!read_date (word, &begin, &end))
    return sen_find_fail (error, is_before ? SEN_FIND_REASON_NO_DATE_BEFORE : SEN_FIND_REASON_NO_DATE_AFTER, NULL);
  if (is_before)
    parsed->query.before_us = MIN (parsed->query.before_us, begin);
  else
    parsed->query.after_us = MAX (parsed->query.after_us, begin);
  return true;
}

static bool
take_state (Parsed *parsed, const char *word, GError **error)
{
  static const char *const words[] = { "duplicate", "duplicates", "copy", "copies" };
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (word, words[i]) == 0)
      {
        parsed->query.only_copies = true;
        return true;
      }
  return sen_find_fail (error, SEN_FIND_REASON_NO_STATE, NULL);
}

/* An operator at @p, with its argument; *@is_operator false: there is none, and @p stays. */
static bool
take_operator (Parsed *parsed, const char **p, bool *is_operator, GError **error)
{
  static const char *const names[] = { "type:", "in:", "before:", "after:", "is:" };
  size_t which = 0;
  while (which < G_N_ELEMENTS (names) && g_ascii_strncasecmp (*p, names[which], strlen (names[which])) != 0)
    which++;
  *is_operator = which < G_N_ELEMENTS (names);
  if (!*is_operator)
    return true;
  bool is_quoted, is_open;
  *p += strlen (names[which]);
  g_autofree char *word = take_text (p, &is_quoted, &is_open);
  /* Nothing yet: it is being typed. */
  if (*word == '\0')
    return true;
  return which == 0   ? take_type (parsed, word, error)
         : which == 1 ? take_folder (parsed, word, error)
         : which == 4 ? take_state (parsed, word, error)
                      : take_date (parsed, which == 2, word, error);
}

/* --- Parsing -------------------------------------------------------------------------------------------------------------------------- */

/* The next run of letters and digits (is_token()) at or after *@p, in @word; false at the end. */
static bool
next_word (const char **p, const char *end, GString *word)
{
  g_string_truncate (word, 0);
  while (*p < end && !is_token (*p))
    *p = g_utf8_next_char (*p);
  for (; *p < end && is_token (*p); *p = g_utf8_next_char (*p))
    g_string_append_unichar (word, g_utf8_get_char (*p));
  return word->len > 0;
}

static bool
is_usual (const char *text)
{
  g_autofree char *folded = sen_query_fold (text);
  g_autoptr (GString) word = g_string_new (NULL), other = g_string_new (NULL);
  const char *p = folded, *end = folded + strlen (folded);
  return next_word (&p, end, word) && !next_word (&p, end, other) && sen_word_is_usual (word->str);
}

static bool
take_term (Parsed *parsed, const char **p, bool is_typed, GError **error)
{
  bool is_quoted, is_open, is_excluded = **p == '-' && (*p)[1] != '\0' && !is_space (*p + 1);
  if (is_excluded)
    (*p)++;
  g_autofree char *text = take_text (p, &is_quoted, &is_open);
  g_strstrip (text);
  /* What has no letter says nothing to an index of words, but does to who reads it: "C++" is a word with one, "+" is none. */
  if (!has_token (text))
    return true;
  if (parsed->terms->len == SEN_QUERY_MAX_TERMS)
    return sen_find_fail_count (error, SEN_FIND_REASON_MANY_WORDS, SEN_QUERY_MAX_TERMS);
  if (!is_excluded)
    g_string_append_printf (parsed->meaning, "%s%s", parsed->meaning->len > 0 ? " " : "", text);
  bool is_prefix = is_typed && is_open && !is_excluded, says_nothing = !is_quoted && !is_excluded && !is_prefix && is_usual (text);
  SenQueryTerm term = {
    .text = g_steal_pointer (&text), .is_phrase = is_quoted, .is_excluded = is_excluded, .is_prefix = is_prefix, .is_usual = says_nothing,
  };
  g_array_append_val (parsed->terms, term);
  return true;
}

SenQuery *
sen_query_parse (const char *text, bool is_typed, GError **error)
{
  size_t n = strnlen (text, SEN_QUERY_MAX_BYTES + 1);
  if (n > SEN_QUERY_MAX_BYTES)
    {
      sen_find_fail_count (error, SEN_FIND_REASON_TOO_LONG, SEN_QUERY_MAX_BYTES);
      return NULL;
    }
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) n);
  Parsed *parsed = g_new0 (Parsed, 1);
  parsed->terms = g_array_new (FALSE, FALSE, sizeof (SenQueryTerm));
  parsed->endings = g_ptr_array_new_with_free_func (g_free);
  parsed->folders = g_ptr_array_new_with_free_func (g_free);
  parsed->meaning = g_string_new (NULL);
  parsed->query.after_us = INT64_MIN;
  parsed->query.before_us = INT64_MAX;

  bool ok = true;
  for (const char *p = valid; ok;)
    {
      bool is_operator;
      while (*p != '\0' && is_space (p))
        p = g_utf8_next_char (p);
      if (*p == '\0')
        break;
      ok = take_operator (parsed, &p, &is_operator, error) && (is_operator || take_term (parsed, &p, is_typed, error));
    }
  g_ptr_array_add (parsed->endings, NULL);
  g_ptr_array_add (parsed->folders, NULL);
  parsed->query.terms = (const SenQueryTerm *) parsed->terms->data;
  parsed->query.n_terms = parsed->terms->len;
  parsed->query.endings = (const char *const *) parsed->endings->pdata;
  parsed->query.folders = (const char *const *) parsed->folders->pdata;
  parsed->query.meaning = parsed->meaning->str;
  if (ok)
    return &parsed->query;
  sen_query_free (&parsed->query);
  return NULL;
}

void
sen_query_narrow (SenQuery *query, uint32_t kinds, const char *folder, int64_t after_us, int64_t before_us)
{
  query->only_kinds = kinds;
  g_free ((char *) query->only_folder);
  query->only_folder = g_strdup (folder);
  query->after_us = MAX (query->after_us, after_us);
  query->before_us = MIN (query->before_us, before_us);
}

void
sen_query_want_copies (SenQuery *query)
{
  query->only_copies = true;
}

bool
sen_query_has_words (const SenQuery *query)
{
  return *query->meaning != '\0';
}

bool
sen_query_has_filter (const SenQuery *query)
{
  return query->kinds != 0 || query->endings[0] != NULL || query->folders[0] != NULL || query->after_us != INT64_MIN
         || query->before_us != INT64_MAX || query->only_kinds != 0 || query->only_folder != NULL || query->only_copies;
}

static bool
has_ending (const char *path, const char *ending)
{
  size_t n_path = strlen (path), n = strlen (ending);
  return n_path > n + 1 && path[n_path - n - 1] == '.' && g_ascii_strcasecmp (path + n_path - n, ending) == 0;
}

static bool
is_below (const char *path, const char *folder)
{
  size_t n = strlen (folder);
  if (*folder == '/')
    return n == 1 || (strncmp (path, folder, n) == 0 && path[n] == '/');
  for (const char *slash = path; (slash = strchr (slash, '/')) != NULL; slash++)
    if (g_ascii_strncasecmp (slash + 1, folder, n) == 0 && slash[1 + n] == '/')
      return true;
  return false;
}

bool
sen_query_lets_through (const SenQuery *query, const char *path, SenFileKind kind, int64_t date_us)
{
  bool is_kind = query->kinds == 0 && query->endings[0] == NULL, is_place = query->folders[0] == NULL;
  if (date_us < query->after_us || date_us >= query->before_us)
    return false;
  if ((query->only_kinds != 0 && (query->only_kinds >> kind & 1) == 0)
      || (query->only_folder != NULL && !is_below (path, query->only_folder)))
    return false;
  is_kind = is_kind || (query->kinds >> kind & 1) != 0;
  for (size_t i = 0; query->endings[i] != NULL && !is_kind; i++)
    is_kind = has_ending (path, query->endings[i]);
  for (size_t i = 0; query->folders[i] != NULL && !is_place && is_kind; i++)
    is_place = is_below (path, query->folders[i]);
  return is_kind && is_place;
}

/* --- Expressions of FTS5 -------------------------------------------------------------------------------------------------------------- */

char *
sen_query_fold (const char *text)
{
  g_autofree char *apart = g_utf8_normalize (text, -1, G_NORMALIZE_ALL), *lower = g_utf8_casefold (apart != NULL ? apart : text, -1);
  g_autoptr (GString) folded = g_string_sized_new (strlen (lower));
  for (const char *p = lower; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_type (g_utf8_get_char (p)) != G_UNICODE_NON_SPACING_MARK)
      g_string_append_len (folded, p, g_utf8_next_char (p) - p);
  /* "holiday_2019" is found by "holiday 2019". */
  for (char *p = folded->str; *p != '\0'; p++)
    if (*p == '_')
      *p = ' ';
  return g_strdup (folded->str);
}

struct SenQueryNames {
  GPtrArray *parts;         /* char *: terms that a name may have a part of */
  GPtrArray *words;         /* char *: all words of all terms, in order */
};

SenQueryNames *
sen_query_names_new (const SenQuery *query)
{
  SenQueryNames *self = g_new (SenQueryNames, 1);
  *self = (SenQueryNames) { g_ptr_array_new_with_free_func (g_free), g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (GString) word = g_string_new (NULL);
  for (uint32_t i = 0; i < query->n_terms; i++)
    {
      const SenQueryTerm *term = &query->terms[i];
      g_autofree char *folded = term->is_excluded ? NULL : sen_query_fold (term->text);
      if (folded == NULL)
        continue;
      for (const char *p = folded, *end = folded + strlen (folded); next_word (&p, end, word);)
        g_ptr_array_add (self->words, g_strdup (word->str));
      if (!term->is_usual && g_utf8_strlen (folded, -1) >= MIN_NAME_LETTERS)
        g_ptr_array_add (self->parts, g_steal_pointer (&folded));
    }
  return self;
}

void
sen_query_names_free (SenQueryNames *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->parts);
  g_ptr_array_unref (self->words);
  g_free (self);
}

double
sen_query_names_share (const SenQueryNames *self, const char *folded_name, const char *folded_folder)
{
  guint n_in = 0;
  for (guint i = 0; i < self->parts->len; i++)
    n_in += strstr (folded_name, self->parts->pdata[i]) != NULL || strstr (folded_folder, self->parts->pdata[i]) != NULL;
  return self->parts->len > 0 ? (double) n_in / self->parts->len : 0.0;
}

bool
sen_query_names_is_whole (const SenQueryNames *self, const char *folded_name)
{
  const char *point = strrchr (folded_name, '.'), *p = folded_name, *end = point != NULL && point > p ? point : p + strlen (p);
  g_autoptr (GString) word = g_string_new (NULL);
  for (guint i = 0; i < self->words->len; i++)
    if (!next_word (&p, end, word) || strcmp (word->str, self->words->pdata[i]) != 0)
      return false;
  return self->words->len > 0 && !next_word (&p, end, word);
}

/* --- Fields --------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  char    *text;        /* folded; one space between its words, and before and behind them */
  uint32_t term;        /* its place in the query */
  bool     is_prefix, is_seen;
} Field;

struct SenQueryFields {
  GArray  *terms;       /* Field */
  uint32_t n_terms;     /* of the query */
};

static void
field_clear (gpointer data)
{
  g_free (((Field *) data)->text);
}

/* The words of a text, a space around each. */
static char *
space_words (const char *folded)
{
  GString *spaced = g_string_new (" ");
  g_autoptr (GString) word = g_string_new (NULL);
  for (const char *p = folded, *end = folded + strlen (folded); next_word (&p, end, word);)
    g_string_append_printf (spaced, "%s ", word->str);
  return g_string_free (spaced, FALSE);
}

SenQueryFields *
sen_query_fields_new (const SenQuery *query, const bool *takes)
{
  SenQueryFields *self = g_new (SenQueryFields, 1);
  *self = (SenQueryFields) { g_array_new (FALSE, FALSE, sizeof (Field)), query->n_terms };
  g_array_set_clear_func (self->terms, field_clear);
  for (uint32_t i = 0; i < query->n_terms; i++)
    {
      const SenQueryTerm *term = &query->terms[i];
      if (term->is_excluded || !takes[i])
        continue;
      g_autofree char *folded = sen_query_fold (term->text);
      /* A sign that is a letter, but nothing but marks once it is folded, would be in every text. */
      if (!has_token (folded))
        continue;
      Field field = { space_words (folded), i, term->is_prefix && g_utf8_strlen (term->text, -1) >= MIN_PREFIX_LETTERS, false };
      g_array_append_val (self->terms, field);
    }
  return self;
}

void
sen_query_fields_free (SenQueryFields *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->terms);
  g_free (self);
}

void
sen_query_fields_begin (SenQueryFields *self)
{
  for (guint i = 0; i < self->terms->len; i++)
    g_array_index (self->terms, Field, i).is_seen = false;
}

static bool
is_in (const char *spaced, const Field *field, bool is_name)
{
  bool has_parts = is_name && g_utf8_strlen (field->text, -1) >= MIN_NAME_LETTERS + 2;
  /* Without the space behind it the beginning of a word is enough, without that before it any part. */
  const char *from = has_parts ? field->text + 1 : field->text;
  g_autofree char *wanted = g_strndup (from, strlen (from) - (has_parts || field->is_prefix ? 1 : 0));
  return strstr (spaced, wanted) != NULL;
}

void
sen_query_fields_see (SenQueryFields *self, const char *text, bool is_name)
{
  g_autofree char *folded = is_name ? g_strdup (text) : sen_query_fold (text), *spaced = space_words (folded);
  for (guint i = 0; i < self->terms->len; i++)
    {
      Field *field = &g_array_index (self->terms, Field, i);
      field->is_seen = field->is_seen || is_in (spaced, field, is_name);
    }
}

uint32_t
sen_query_fields_count (const SenQueryFields *self)
{
  uint32_t n = 0;
  for (guint i = 0; i < self->terms->len; i++)
    n += g_array_index (self->terms, Field, i).is_seen;
  return n;
}

uint32_t
sen_query_fields_missing (const SenQueryFields *self, bool *misses)
{
  uint32_t n = 0;
  memset (misses, 0, self->n_terms * sizeof *misses);
  for (guint i = 0; i < self->terms->len; i++)
    {
      const Field *field = &g_array_index (self->terms, Field, i);
      misses[field->term] = !field->is_seen;
      n += !field->is_seen;
    }
  return n;
}

bool
sen_query_fields_are_all (const SenQueryFields *self)
{
  return self->terms->len > 0 && sen_query_fields_count (self) == self->terms->len;
}

/* --- Terms ---------------------------------------------------------------------------------------------------------------------------- */

char *
sen_query_match_term (const SenQueryTerm *term, SenMatchIndex index)
{
  g_autofree char *folded = index == SEN_MATCH_NAMES ? sen_query_fold (term->text) : NULL;
  const char *text = folded != NULL ? folded : term->text;
  if (!has_token (text) || (index == SEN_MATCH_NAMES && g_utf8_strlen (text, -1) < MIN_NAME_LETTERS))
    return NULL;
  /* A string of FTS5: all between the quotes is text, and quotes in it are doubled. Nothing else is special there. */
  g_auto (GStrv) parts = g_strsplit (text, "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);
  bool is_prefix = term->is_prefix && index == SEN_MATCH_TEXTS && g_utf8_strlen (text, -1) >= MIN_PREFIX_LETTERS;
  return g_strdup_printf ("\"%s\"%s", doubled, is_prefix ? "*" : "");
}

char *
sen_query_match (const SenQuery *query, SenMatchIndex index, SenMatchMode mode, const bool *takes)
{
  g_autoptr (GString) match = g_string_new (NULL);
  for (uint32_t i = 0; i < query->n_terms; i++)
    {
      bool is_taken = !query->terms[i].is_excluded && (takes == NULL || takes[i]);
      g_autofree char *term = !is_taken ? NULL : sen_query_match_term (&query->terms[i], index);
      if (term != NULL)
        g_string_append_printf (match, "%s%s", match->len == 0 ? "" : mode == SEN_MATCH_ALL ? " AND " : " OR ", term);
    }
  return match->len > 0 ? g_strdup (match->str) : NULL;
}
