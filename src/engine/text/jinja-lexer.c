/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"
#include "unicode.h"

#include <errno.h>

typedef struct {
  JinjaArena *arena;
  const char *source;
  size_t      length, pos;
  uint32_t    line;
  bool        is_line_start;   /* the last thing read ended a line, so that lstrip may cut here */
  GArray     *tokens;
  GError    **error;
} Lexer;

bool
jinja_is_space (uint32_t code)
{
  return sen_unicode_is_space (code) || (code >= 0x1c && code <= 0x1f);
}

static bool
lex_fail (Lexer *lexer, const char *what)
{
  g_set_error (lexer->error, SEN_ERROR, SEN_ERROR_FORMAT, "chat template, line %u: %s", lexer->line, what);
  return false;
}

static void
add_token (Lexer *lexer, JinjaTokenKind kind, uint32_t op, JinjaValue value)
{
  JinjaToken token = { .kind = kind, .line = lexer->line, .op = op, .value = value };
  g_array_append_val (lexer->tokens, token);
}

static bool
has_at (const Lexer *lexer, size_t pos, const char *text)
{
  size_t n = strlen (text);
  return pos <= lexer->length && n <= lexer->length - pos && memcmp (lexer->source + pos, text, n) == 0;
}

static void
move_to (Lexer *lexer, size_t pos)
{
  for (; lexer->pos < pos; lexer->pos++)
    if (lexer->source[lexer->pos] == '\n')
      lexer->line++;
}

static size_t
skip_space (const Lexer *lexer, size_t pos)
{
  while (pos < lexer->length)
    {
      size_t next = pos;
      if (!jinja_is_space (sen_utf8_next (lexer->source, lexer->length, &next)))
        break;
      pos = next;
    }
  return pos;
}

/* Reads "%}" with its whitespace control at @pos: "-" takes all white space behind it, "+" nothing, else one newline
 * goes (for "}}" nothing). Returns the end, or 0 when it is not there. */
static size_t
match_end (const Lexer *lexer, size_t pos, const char *mark)
{
  bool is_variable = mark[0] == '}';
  if (has_at (lexer, pos, "-") && has_at (lexer, pos + 1, mark))
    return skip_space (lexer, pos + 3);
  if (!is_variable && has_at (lexer, pos, "+") && has_at (lexer, pos + 1, mark))
    return pos + 3;
  if (!has_at (lexer, pos, mark))
    return 0;
  return pos + 2 + (!is_variable && has_at (lexer, pos + 2, "\n") ? 1 : 0);
}

/* The text before a tag, less what the tag's sign or lstrip_blocks takes away. */
static void
add_data (Lexer *lexer, size_t end, char sign, bool is_variable)
{
  const char *text = lexer->source + lexer->pos;
  JinjaValue data = jinja_string (text, end - lexer->pos);
  if (sign == '-')
    data = jinja_strip (data, jinja_none (), false, true);
  else if (sign != '+' && !is_variable)
    {
      size_t line = data.length;
      while (line > 0 && text[line - 1] != '\n')
        line--;
      JinjaValue rest = jinja_string (text + line, data.length - line);
      if ((line > 0 || lexer->is_line_start) && jinja_strip (rest, jinja_none (), true, false).length == 0)
        data.length = line;
    }
  if (data.length > 0)
    add_token (lexer, JINJA_TOKEN_DATA, 0, data);
}

static void
finish_tag (Lexer *lexer, size_t end)
{
  move_to (lexer, end);
  lexer->is_line_start = end > 0 && lexer->source[end - 1] == '\n';
}

static bool
lex_comment (Lexer *lexer, size_t start)
{
  for (size_t pos = start; pos < lexer->length; pos++)
    {
      size_t end = match_end (lexer, pos, "#}");
      if (end > 0)
        {
          finish_tag (lexer, end);
          return true;
        }
    }
  return lex_fail (lexer, "a comment has no end: “#}” is missing");
}

static bool
match_word (const Lexer *lexer, size_t *pos, const char *word)
{
  size_t at = skip_space (lexer, *pos);
  if (!has_at (lexer, at, word))
    return false;
  *pos = skip_space (lexer, at + strlen (word));
  return true;
}

/* From behind the raw tag to behind its endraw. */
static bool
lex_raw (Lexer *lexer, size_t start)
{
  finish_tag (lexer, start);
  for (size_t pos = start; pos < lexer->length; pos++)
    {
      if (!has_at (lexer, pos, "{%"))
        continue;
      size_t at = pos + 2;
      char sign = has_at (lexer, at, "-") || has_at (lexer, at, "+") ? lexer->source[at++] : '\0';
      if (!match_word (lexer, &at, "endraw"))
        continue;
      size_t end = match_end (lexer, at, "%}");
      if (end == 0)
        continue;
      add_data (lexer, pos, sign, false);
      finish_tag (lexer, end);
      return true;
    }
  return lex_fail (lexer, "raw has no end: “{% endraw %}” is missing");
}

static uint32_t
read_digits (const char **p, const char *end, int base, int n_max)
{
  uint32_t code = 0;
  for (int i = 0; i < n_max && *p < end; i++, (*p)++)
    {
      int digit = g_ascii_xdigit_value (**p);
      if (digit < 0 || digit >= base)
        break;
      code = code * base + digit;
    }
  return code;
}

/* One escape of a string, at the backslash. Unknown ones stay as they are, as in Python. */
static void
lex_escape (const char **p, const char *end, GString *text)
{
  static const char plain[] = "\\'\"abfnrtv", meaning[] = "\\'\"\a\b\f\n\r\t\v";
  char c = (*p)[1];
  const char *known = strchr (plain, c);
  uint32_t code;
  *p += 2;
  if (c == '\n')
    return;
  if (known != NULL && c != '\0')
    {
      g_string_append_c (text, meaning[known - plain]);
      return;
    }
  if (c == 'x')
    code = read_digits (p, end, 16, 2);
  else if (c == 'u')
    code = read_digits (p, end, 16, 4);
  else if (c == 'U')
    code = read_digits (p, end, 16, 8);
  else if (c >= '0' && c <= '7')
    {
      (*p)--;
      code = read_digits (p, end, 8, 3);
    }
  else
    {
      g_string_append_c (text, '\\');
      (*p)--;
      return;
    }
  /* Surrogates and what is beyond Unicode cannot be UTF-8. */
  char bytes[4];
  bool is_sound = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
  g_string_append_len (text, bytes, sen_utf8_write (is_sound ? code : 0xfffd, bytes));
}

static bool
lex_string (Lexer *lexer)
{
  char quote = lexer->source[lexer->pos];
  size_t end = lexer->pos + 1;
  bool has_escapes = false;
  while (end < lexer->length && lexer->source[end] != quote)
    {
      has_escapes |= lexer->source[end] == '\\';
      end += lexer->source[end] == '\\' ? 2 : 1;
    }
  if (end >= lexer->length)
    return lex_fail (lexer, "a string has no end");
  const char *text = lexer->source + lexer->pos + 1;
  const char *stop = lexer->source + end;
  JinjaValue value = jinja_string (text, stop - text);
  if (has_escapes)
    {
      g_autoptr (GString) plain = g_string_new (NULL);
      while (text < stop)
        if (*text == '\\')
          lex_escape (&text, stop, plain);
        else
          g_string_append_c (plain, *text++);
      char *copy = jinja_arena_alloc (lexer->arena, plain->len + 1);
      if (copy == NULL)
        return lex_fail (lexer, "the template is too large");
      memcpy (copy, plain->str, plain->len);
      value = jinja_string (copy, plain->len);
    }
  add_token (lexer, JINJA_TOKEN_VALUE, 0, value);
  move_to (lexer, end + 1);
  return true;
}

static size_t
skip_decimals (const Lexer *lexer, size_t pos)
{
  while (pos < lexer->length
         && (g_ascii_isdigit (lexer->source[pos])
             || (lexer->source[pos] == '_' && pos + 1 < lexer->length && g_ascii_isdigit (lexer->source[pos + 1]))))
    pos++;
  return pos;
}

static bool
lex_number (Lexer *lexer)
{
  const char *s = lexer->source;
  size_t start = lexer->pos, end = start;
  bool is_float = false;
  int base = 10;
  if (s[start] == '0' && start + 1 < lexer->length && strchr ("bBoOxX", s[start + 1]) != NULL && s[start + 1] != '\0')
    {
      char mark = g_ascii_tolower (s[start + 1]);
      base = mark == 'b' ? 2 : mark == 'o' ? 8 : 16;
      for (end = start + 2; end < lexer->length && (g_ascii_isxdigit (s[end]) || s[end] == '_');)
        end++;
    }
  else
    {
      end = skip_decimals (lexer, start);
      /* "a.0.1" is two items, not one float. */
      bool may_be_float = start == 0 || s[start - 1] != '.';
      if (may_be_float && end + 1 < lexer->length && s[end] == '.' && g_ascii_isdigit (s[end + 1]))
        {
          is_float = true;
          end = skip_decimals (lexer, end + 1);
        }
      size_t exponent = end + 1;
      if (may_be_float && end < lexer->length && (s[end] == 'e' || s[end] == 'E'))
        {
          if (exponent < lexer->length && (s[exponent] == '+' || s[exponent] == '-'))
            exponent++;
          if (exponent < lexer->length && g_ascii_isdigit (s[exponent]))
            {
              is_float = true;
              end = skip_decimals (lexer, exponent);
            }
        }
    }
  g_autoptr (GString) digits = g_string_new (NULL);
  for (size_t i = base == 10 ? start : start + 2; i < end; i++)
    if (s[i] != '_')
      g_string_append_c (digits, s[i]);
  JinjaValue value;
  if (is_float)
    value = jinja_float (g_ascii_strtod (digits->str, NULL));
  else
    {
      char *stop = NULL;
      errno = 0;
      value = jinja_int (g_ascii_strtoll (digits->str, &stop, base));
      if (errno != 0 || *stop != '\0' || digits->len == 0)
        return lex_fail (lexer, "a number is malformed or larger than 64 bits");
    }
  add_token (lexer, JINJA_TOKEN_VALUE, 0, value);
  move_to (lexer, end);
  return true;
}

static bool
is_name_char (char c)
{
  return g_ascii_isalnum (c) || c == '_' || (uint8_t) c >= 0x80;
}

static bool
lex_operator (Lexer *lexer, GString *open)
{
  static const char doubles[][3] = { "//", "**", "==", "!=", ">=", "<=" };
  char c = lexer->source[lexer->pos];
  for (size_t i = 0; i < G_N_ELEMENTS (doubles); i++)
    if (has_at (lexer, lexer->pos, doubles[i]))
      {
        add_token (lexer, JINJA_TOKEN_OP, JINJA_OP2 (doubles[i][0], doubles[i][1]), jinja_none ());
        move_to (lexer, lexer->pos + 2);
        return true;
      }
  if (c == '\0' || strchr ("+-/*%~[](){}><=.:|,;", c) == NULL)
    return lex_fail (lexer, "a character has no meaning inside a tag");
  if (strchr ("([{", c) != NULL)
    g_string_append_c (open, c == '(' ? ')' : c == '[' ? ']' : '}');
  else if (strchr (")]}", c) != NULL)
    {
      if (open->len == 0 || open->str[open->len - 1] != c)
        return lex_fail (lexer, "brackets do not match");
      g_string_truncate (open, open->len - 1);
    }
  add_token (lexer, JINJA_TOKEN_OP, JINJA_OP (c), jinja_none ());
  move_to (lexer, lexer->pos + 1);
  return true;
}

/* The inside of {{ }} or {% %}. An end mark counts only outside of brackets. */
static bool
lex_tag (Lexer *lexer, bool is_variable)
{
  g_autoptr (GString) open = g_string_new (NULL);
  for (;;)
    {
      move_to (lexer, skip_space (lexer, lexer->pos));
      if (lexer->pos >= lexer->length)
        return lex_fail (lexer, "a tag has no end");
      size_t end = open->len > 0 ? 0 : match_end (lexer, lexer->pos, is_variable ? "}}" : "%}");
      char c = lexer->source[lexer->pos];
      if (end > 0)
        {
          add_token (lexer, is_variable ? JINJA_TOKEN_VARIABLE_END : JINJA_TOKEN_BLOCK_END, 0, jinja_none ());
          finish_tag (lexer, end);
          return true;
        }
      if (c == '\'' || c == '"')
        {
          if (!lex_string (lexer))
            return false;
        }
      else if (g_ascii_isdigit (c))
        {
          if (!lex_number (lexer))
            return false;
        }
      else if (is_name_char (c))
        {
          size_t stop = lexer->pos;
          while (stop < lexer->length && is_name_char (lexer->source[stop]))
            stop++;
          add_token (lexer, JINJA_TOKEN_NAME, 0, jinja_string (lexer->source + lexer->pos, stop - lexer->pos));
          move_to (lexer, stop);
        }
      else if (!lex_operator (lexer, open))
        return false;
    }
}

static bool
lex_all (Lexer *lexer)
{
  while (lexer->pos < lexer->length)
    {
      size_t pos = lexer->pos;
      while (pos < lexer->length && !has_at (lexer, pos, "{{") && !has_at (lexer, pos, "{%")
             && !has_at (lexer, pos, "{#"))
        pos++;
      if (pos == lexer->length)
        {
          add_data (lexer, pos, '+', false);
          break;
        }
      char kind = lexer->source[pos + 1];
      size_t inside = pos + 2;
      char sign = has_at (lexer, inside, "-") || has_at (lexer, inside, "+") ? lexer->source[inside++] : '\0';
      add_data (lexer, pos, sign, kind == '{');
      move_to (lexer, pos);
      if (kind == '#')
        {
          if (!lex_comment (lexer, inside))
            return false;
          continue;
        }
      size_t raw = inside;
      if (kind == '%' && match_word (lexer, &raw, "raw"))
        {
          size_t end = has_at (lexer, raw, "-%}")  ? skip_space (lexer, raw + 3)
                       : has_at (lexer, raw, "%}") ? raw + 2
                                                   : 0;
          if (end > 0)
            {
              if (!lex_raw (lexer, end))
                return false;
              continue;
            }
        }
      move_to (lexer, inside);
      add_token (lexer, kind == '{' ? JINJA_TOKEN_VARIABLE_BEGIN : JINJA_TOKEN_BLOCK_BEGIN, 0, jinja_none ());
      if (!lex_tag (lexer, kind == '{'))
        return false;
    }
  add_token (lexer, JINJA_TOKEN_END, 0, jinja_none ());
  return true;
}

GArray *
jinja_lex (JinjaArena *arena, const char *source, size_t length, GError **error)
{
  Lexer lexer = { .arena = arena, .line = 1, .is_line_start = true, .error = error };
  char *plain = jinja_arena_alloc (arena, length + 1);
  if (plain == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "the chat template is too large: %zu bytes", length);
      return NULL;
    }
  /* Newlines become one kind, and the last one goes, as in Jinja. */
  for (size_t i = 0; i < length; i++)
    if (source[i] != '\r')
      plain[lexer.length++] = source[i];
    else if (i + 1 == length || source[i + 1] != '\n')
      plain[lexer.length++] = '\n';
  if (lexer.length > 0 && plain[lexer.length - 1] == '\n')
    lexer.length--;
  lexer.source = plain;
  lexer.tokens = g_array_new (FALSE, FALSE, sizeof (JinjaToken));
  if (!lex_all (&lexer))
    g_clear_pointer (&lexer.tokens, g_array_unref);
  return lexer.tokens;
}
