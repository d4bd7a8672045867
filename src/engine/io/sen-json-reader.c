/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-json-reader.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"

#define MAX_DEPTH 64
#define MAX_VALUES (4u << 20)

struct SenJson {
  SenJsonKind kind;
  char       *name;        /* as a member of an object */
  union {
    bool        boolean;
    double      number;
    char       *string;
    GPtrArray  *children;  /* SenJson */
  } as;
};

struct SenJsonDocument {
  SenJson *root;
};

typedef struct {
  const char *text;
  size_t      length, at;
  uint32_t    n_values, depth;
  const char *problem;     /* set once */
} Parser;

static void
free_value (gpointer data)
{
  SenJson *value = data;
  if (value->kind == SEN_JSON_STRING)
    g_free (value->as.string);
  else if (value->kind == SEN_JSON_ARRAY || value->kind == SEN_JSON_OBJECT)
    g_ptr_array_unref (value->as.children);
  g_free (value->name);
  g_free (value);
}

static void *
complain (Parser *p, const char *problem)
{
  if (p->problem == NULL)
    p->problem = problem;
  return NULL;
}

static char
peek (const Parser *p)
{
  return p->at < p->length ? p->text[p->at] : '\0';
}

static void
skip_space (Parser *p)
{
  while (p->at < p->length && strchr (" \t\r\n", p->text[p->at]) != NULL && p->text[p->at] != '\0')
    p->at++;
}

/* --- Strings -------------------------------------------------------------------------------------------------------------------- */

/* Four hex digits, or -1. */
static int
read_hex (Parser *p)
{
  int code = 0;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (peek (p));
      if (digit < 0)
        return -1;
      code = code << 4 | digit;
      p->at++;
    }
  return code;
}

/* What follows "\u": one code point, of two escapes where it is a pair of surrogates. */
static bool
read_code_point (Parser *p, GString *out)
{
  int code = read_hex (p);
  if (code >= 0xd800 && code < 0xdc00 && peek (p) == '\\' && p->at + 1 < p->length && p->text[p->at + 1] == 'u')
    {
      p->at += 2;
      int low = read_hex (p);
      code = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : -1;
    }
  /* A surrogate alone is no character, and U+0000 would end the string early for its readers. */
  if (code <= 0 || (code >= 0xd800 && code < 0xe000))
    return false;
  g_string_append_unichar (out, (gunichar) code);
  return true;
}

static bool
read_escape (Parser *p, GString *out)
{
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  char c = peek (p);
  p->at++;
  if (c == 'u')
    return read_code_point (p, out);
  const char *found = c != '\0' ? strchr (names, c) : NULL;
  if (found != NULL)
    g_string_append_c (out, values[found - names]);
  return found != NULL;
}

static char *
read_string (Parser *p)
{
  g_autoptr (GString) out = g_string_new (NULL);
  p->at++;
  for (;;)
    {
      if (p->at >= p->length)
        return complain (p, "a string does not end");
      unsigned char c = (unsigned char) p->text[p->at];
      if (c == '"')
        break;
      if (c < 0x20)
        return complain (p, "a control character in a string");
      p->at++;
      if (c != '\\')
        g_string_append_c (out, (char) c);
      else if (!read_escape (p, out))
        return complain (p, "an escape that is none");
    }
  p->at++;
  if (!g_utf8_validate_len (out->str, out->len, NULL))
    return complain (p, "a string that is no UTF-8");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* --- Values ---------------------------------------------------------------------------------------------------------------------- */

static SenJson *read_value (Parser *p);

static SenJson *
new_value (Parser *p, SenJsonKind kind)
{
  if (++p->n_values > MAX_VALUES)
    return complain (p, "more values than any sound file has");
  SenJson *value = g_new0 (SenJson, 1);
  value->kind = kind;
  return value;
}

/* Elements of an array or members of an object, up to the closing bracket. */
static bool
read_children (Parser *p, GPtrArray *children, bool named, char close)
{
  p->at++;
  skip_space (p);
  if (peek (p) == close)
    {
      p->at++;
      return true;
    }
  for (;;)
    {
      g_autofree char *name = NULL;
      skip_space (p);
      if (named)
        {
          if (peek (p) != '"')
            return complain (p, "a name was expected");
          name = read_string (p);
          skip_space (p);
          if (name == NULL || peek (p) != ':')
            return complain (p, "a colon was expected");
          p->at++;
        }
      SenJson *child = read_value (p);
      if (child == NULL)
        return false;
      child->name = g_steal_pointer (&name);
      g_ptr_array_add (children, child);
      skip_space (p);
      char c = peek (p);
      p->at++;
      if (c == close)
        return true;
      if (c != ',')
        return complain (p, "a comma or a closing bracket was expected");
    }
}

static SenJson *
read_container (Parser *p, SenJsonKind kind)
{
  SenJson *value = new_value (p, kind);
  if (value == NULL)
    return NULL;
  value->as.children = g_ptr_array_new_with_free_func (free_value);
  bool named = kind == SEN_JSON_OBJECT, ok = ++p->depth <= MAX_DEPTH;
  if (!ok)
    complain (p, "brackets nested too deep");
  ok = ok && read_children (p, value->as.children, named, named ? '}' : ']');
  p->depth--;
  if (ok)
    return value;
  free_value (value);
  return NULL;
}

/* The grammar of numbers is narrower than strtod's: no leading zeros, no hex, no "inf". */
static SenJson *
read_number (Parser *p)
{
  size_t start = p->at;
  if (peek (p) == '-')
    p->at++;
  if (peek (p) == '0')
    p->at++;
  else if (g_ascii_isdigit (peek (p)))
    while (g_ascii_isdigit (peek (p)))
      p->at++;
  else
    return complain (p, "a value was expected");
  if (peek (p) == '.')
    {
      p->at++;
      if (!g_ascii_isdigit (peek (p)))
        return complain (p, "a digit was expected");
      while (g_ascii_isdigit (peek (p)))
        p->at++;
    }
  if (peek (p) == 'e' || peek (p) == 'E')
    {
      p->at++;
      if (peek (p) == '+' || peek (p) == '-')
        p->at++;
      if (!g_ascii_isdigit (peek (p)))
        return complain (p, "a digit was expected");
      while (g_ascii_isdigit (peek (p)))
        p->at++;
    }
  g_autofree char *digits = g_strndup (p->text + start, p->at - start);
  SenJson *value = new_value (p, SEN_JSON_NUMBER);
  if (value != NULL)
    value->as.number = g_ascii_strtod (digits, NULL);
  return value;
}

static SenJson *
read_word (Parser *p, const char *word, SenJsonKind kind, bool boolean)
{
  size_t n = strlen (word);
  if (n > p->length - p->at || memcmp (p->text + p->at, word, n) != 0)
    return complain (p, "a value was expected");
  p->at += n;
  SenJson *value = new_value (p, kind);
  if (value != NULL && kind == SEN_JSON_BOOL)
    value->as.boolean = boolean;
  return value;
}

static SenJson *
read_value (Parser *p)
{
  skip_space (p);
  switch (peek (p))
    {
    case '{':
      return read_container (p, SEN_JSON_OBJECT);
    case '[':
      return read_container (p, SEN_JSON_ARRAY);
    case '"':
      {
        char *string = read_string (p);
        SenJson *value = string != NULL ? new_value (p, SEN_JSON_STRING) : NULL;
        if (value == NULL)
          g_free (string);
        else
          value->as.string = string;
        return value;
      }
    case 't':
      return read_word (p, "true", SEN_JSON_BOOL, true);
    case 'f':
      return read_word (p, "false", SEN_JSON_BOOL, false);
    case 'n':
      return read_word (p, "null", SEN_JSON_NULL, false);
    default:
      return read_number (p);
    }
}

SenJsonDocument *
sen_json_parse (const char *text, size_t length, const char *name, GError **error)
{
  Parser p = { .text = text, .length = length };
  SenJson *root = read_value (&p);
  skip_space (&p);
  if (root != NULL && p.at < p.length)
    complain (&p, "something follows the value");
  if (p.problem == NULL)
    {
      SenJsonDocument *document = g_new (SenJsonDocument, 1);
      document->root = root;
      return document;
    }

  size_t line = 1, column = 1;
  for (size_t i = 0; i < MIN (p.at, length); i++)
    {
      column = text[i] == '\n' ? 1 : column + 1;
      line += text[i] == '\n';
    }
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is no sound JSON: %s (line %" G_GSIZE_FORMAT ", column %" G_GSIZE_FORMAT ")",
               name, p.problem, line, column);
  if (root != NULL)
    free_value (root);
  return NULL;
}

void
sen_json_free (SenJsonDocument *document)
{
  if (document == NULL)
    return;
  free_value (document->root);
  g_free (document);
}

const SenJson *
sen_json_root (const SenJsonDocument *document)
{
  return document->root;
}

SenJsonKind
sen_json_kind (const SenJson *value)
{
  return value->kind;
}

bool
sen_json_bool (const SenJson *value)
{
  return value->kind == SEN_JSON_BOOL && value->as.boolean;
}

double
sen_json_number (const SenJson *value)
{
  return value->kind == SEN_JSON_NUMBER ? value->as.number : 0.0;
}

const char *
sen_json_string (const SenJson *value)
{
  return value->kind == SEN_JSON_STRING ? value->as.string : NULL;
}

size_t
sen_json_length (const SenJson *value)
{
  return value->kind == SEN_JSON_ARRAY || value->kind == SEN_JSON_OBJECT ? value->as.children->len : 0;
}

const SenJson *
sen_json_at (const SenJson *value, size_t index)
{
  return index < sen_json_length (value) ? g_ptr_array_index (value->as.children, index) : NULL;
}

const char *
sen_json_member_name (const SenJson *value, size_t index)
{
  const SenJson *child = sen_json_at (value, index);
  return child != NULL ? child->name : NULL;
}

const SenJson *
sen_json_member (const SenJson *value, const char *name)
{
  for (size_t i = 0; value->kind == SEN_JSON_OBJECT && i < value->as.children->len; i++)
    {
      const SenJson *child = g_ptr_array_index (value->as.children, i);
      if (strcmp (child->name, name) == 0)
        return child;
    }
  return NULL;
}

bool
sen_json_u64 (const SenJson *value, uint64_t *number)
{
  if (value == NULL || value->kind != SEN_JSON_NUMBER || !(value->as.number >= 0.0 && value->as.number <= 0x1p53)
      || value->as.number != floor (value->as.number))
    return false;
  *number = (uint64_t) value->as.number;
  return true;
}
