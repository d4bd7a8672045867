/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"
#include "unicode.h"

const JinjaBuiltin *
jinja_find_in (const JinjaBuiltin *table, size_t n, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp (table[i].name, name) == 0)
      return &table[i];
  return NULL;
}

JinjaValue
jinja_arg (const JinjaArgs *args, uint32_t index, const char *name, JinjaValue otherwise)
{
  if (index < args->n)
    return args->values[index];
  for (uint32_t i = 0; name != NULL && i < args->n_named; i++)
    if (strcmp (args->names[i], name) == 0)
      return args->named[i];
  return otherwise;
}

JinjaValue
jinja_string_arg (JinjaRun *run, const JinjaArgs *args, uint32_t index, const char *name)
{
  JinjaValue value = jinja_arg (args, index, name, jinja_undefined (name));
  if (value.type == JINJA_STRING)
    return value;
  jinja_fail (run, SEN_ERROR_INVALID, "a str is wanted as argument %u, not a %s", index + 1, jinja_type_name (value));
  return jinja_literal ("");
}

/* The byte before @end where its last character begins. */
static size_t
last_char (JinjaValue text, size_t end)
{
  size_t start = end - 1;
  while (start > 0 && ((uint8_t) text.text[start] & 0xc0) == 0x80)
    start--;
  return start;
}

static bool
is_stripped (JinjaValue text, size_t start, size_t end, JinjaValue chars)
{
  size_t pos = 0;
  uint32_t code = sen_utf8_next (text.text + start, end - start, &pos);
  if (chars.type != JINJA_STRING)
    return jinja_is_space (code);
  for (pos = 0; pos < chars.length;)
    if (sen_utf8_next (chars.text, chars.length, &pos) == code)
      return true;
  return false;
}

/* Without what is in @chars (white space when it is none) at its ends. */
JinjaValue
jinja_strip (JinjaValue text, JinjaValue chars, bool left, bool right)
{
  size_t start = 0, end = text.length;
  while (left && start < end)
    {
      size_t next = start;
      sen_utf8_next (text.text, end, &next);
      if (!is_stripped (text, start, next, chars))
        break;
      start = next;
    }
  while (right && end > start)
    {
      size_t before = last_char (text, end);
      if (!is_stripped (text, before, end, chars))
        break;
      end = before;
    }
  return jinja_string (text.text + start, end - start);
}

static void
put_char (JinjaRun *run, GString *buffer, uint32_t code)
{
  char bytes[4];
  jinja_put (run, buffer, bytes, sen_utf8_write (code, bytes));
}

JinjaValue
jinja_change_case (JinjaRun *run, JinjaValue text, bool upper)
{
  GString *buffer = g_string_new (NULL);
  for (size_t pos = 0; pos < text.length && run->error == NULL;)
    {
      uint32_t code = sen_utf8_next (text.text, text.length, &pos);
      /* The one letter in wide use whose capital is two. */
      if (upper && code == 0xdf)
        jinja_put (run, buffer, "SS", 2);
      else
        put_char (run, buffer, upper ? g_unichar_toupper (code) : g_unichar_tolower (code));
    }
  return jinja_take (run, buffer);
}

JinjaValue
jinja_capitalize (JinjaRun *run, JinjaValue text)
{
  size_t first = 0;
  if (text.length == 0)
    return text;
  sen_utf8_next (text.text, text.length, &first);
  JinjaValue head = jinja_change_case (run, jinja_string (text.text, first), true);
  return jinja_binary (run, '+', head,
                       jinja_change_case (run, jinja_string (text.text + first, text.length - first), false));
}

JinjaValue
jinja_replace (JinjaRun *run, JinjaValue text, JinjaValue from, JinjaValue to, int64_t n_max)
{
  GString *buffer = g_string_new (NULL);
  size_t pos = 0, at = 0;
  uint64_t n_left = n_max < 0 ? UINT64_MAX : (uint64_t) n_max;
  if (from.length == 0)
    {
      for (; n_left > 0 && pos < text.length && jinja_spend (run, 1); n_left--)
        {
          size_t start = pos;
          sen_utf8_next (text.text, text.length, &pos);
          jinja_put (run, buffer, to.text, to.length);
          jinja_put (run, buffer, text.text + start, pos - start);
        }
      if (n_left > 0)
        jinja_put (run, buffer, to.text, to.length);
    }
  /* What was looked through is paid for once, not the whole rest at every find. */
  while (from.length > 0 && n_left-- > 0 && jinja_spend (run, 1))
    {
      const char *found = memmem (text.text + pos, text.length - pos, from.text, from.length);
      if (found == NULL)
        break;
      at = found - text.text;
      jinja_put (run, buffer, text.text + pos, at - pos);
      jinja_put (run, buffer, to.text, to.length);
      pos = at + from.length;
    }
  jinja_put (run, buffer, text.text + pos, text.length - pos);
  return jinja_take (run, buffer);
}

static JinjaValue
strip_ends (JinjaRun *run, JinjaValue self, const JinjaArgs *args, bool left, bool right)
{
  JinjaValue chars = jinja_arg (args, 0, NULL, jinja_none ());
  uint64_t n_chars = chars.type == JINJA_STRING ? chars.length : 1;
  return jinja_spend (run, 1 + self.length * n_chars / 64) ? jinja_strip (self, chars, left, right) : self;
}

static JinjaValue
str_strip (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return strip_ends (run, self, args, true, true);
}

static JinjaValue
str_lstrip (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return strip_ends (run, self, args, true, false);
}

static JinjaValue
str_rstrip (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return strip_ends (run, self, args, false, true);
}

static void
split_space (JinjaRun *run, JinjaValue text, int64_t n_max, JinjaValue list)
{
  JinjaValue rest = jinja_strip (text, jinja_none (), true, false);
  for (int64_t n = 0; rest.length > 0 && jinja_spend (run, 1); n++)
    {
      if (n_max >= 0 && n >= n_max)
        {
          jinja_append (run, list, jinja_strip (rest, jinja_none (), false, true));
          return;
        }
      size_t end = 0, next = 0;
      while (next < rest.length && !jinja_is_space (sen_utf8_next (rest.text, rest.length, &next)))
        end = next;
      jinja_append (run, list, jinja_string (rest.text, end));
      rest = jinja_strip (jinja_string (rest.text + end, rest.length - end), jinja_none (), true, false);
    }
}

static JinjaValue
str_split (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue list = jinja_seq (run, JINJA_LIST, 0);
  JinjaValue separator = jinja_arg (args, 0, "sep", jinja_none ());
  JinjaValue max = jinja_arg (args, 1, "maxsplit", jinja_int (-1));
  jinja_spend (run, self.length / 64);
  if (separator.type == JINJA_NONE)
    split_space (run, self, max.type == JINJA_INT ? max.i : -1, list);
  else if (separator.type != JINJA_STRING || separator.length == 0)
    jinja_fail (run, SEN_ERROR_INVALID, "split needs a separator that is a str and not empty");
  else
    {
      size_t pos = 0;
      for (int64_t n = 0; (max.i < 0 || n < max.i) && jinja_spend (run, 1); n++)
        {
          const char *found = memmem (self.text + pos, self.length - pos, separator.text, separator.length);
          if (found == NULL)
            break;
          jinja_append (run, list, jinja_string (self.text + pos, found - self.text - pos));
          pos = found - self.text + separator.length;
        }
      jinja_append (run, list, jinja_string (self.text + pos, self.length - pos));
    }
  return list;
}

/* The last place of @what before @end, or @end when there is none. */
static size_t
find_last (JinjaRun *run, JinjaValue text, JinjaValue what, size_t end)
{
  if (!jinja_spend (run, (uint64_t) (end / 16) * (1 + what.length / 16)))
    return end;
  for (size_t at = what.length <= end ? end - what.length + 1 : 0; at-- > 0;)
    if (memcmp (text.text + at, what.text, what.length) == 0)
      return at;
  return end;
}

static JinjaValue
str_rsplit (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue max = jinja_arg (args, 1, "maxsplit", jinja_int (-1));
  JinjaValue separator = jinja_arg (args, 0, "sep", jinja_none ());
  if (max.i < 0 || separator.type != JINJA_STRING || separator.length == 0)
    return str_split (run, self, args);
  JinjaValue list = jinja_seq (run, JINJA_LIST, 0);
  size_t end = self.length;
  for (int64_t n = 0; n < max.i && jinja_spend (run, 1); n++)
    {
      size_t at = find_last (run, self, separator, end);
      if (at == end)
        break;
      jinja_append (run, list, jinja_string (self.text + at + separator.length, end - at - separator.length));
      end = at;
    }
  jinja_append (run, list, jinja_string (self.text, end));
  return jinja_slice (run, list, jinja_none (), jinja_none (), jinja_int (-1));
}

static JinjaValue
str_splitlines (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue list = jinja_seq (run, JINJA_LIST, 0);
  bool keeps_ends = jinja_is_true (jinja_arg (args, 0, "keepends", jinja_bool (false)));
  for (size_t pos = 0, start = 0; start < self.length && jinja_spend (run, 1); start = pos)
    {
      size_t end = start;
      uint32_t code = 0;
      while (pos < self.length)
        {
          end = pos;
          code = sen_utf8_next (self.text, self.length, &pos);
          if ((code >= '\n' && code <= '\r') || (code >= 0x1c && code <= 0x1e) || code == 0x85 || code == 0x2028
              || code == 0x2029)
            break;
          end = pos;
        }
      if (code == '\r' && pos < self.length && self.text[pos] == '\n')
        pos++;
      jinja_append (run, list, jinja_string (self.text + start, (keeps_ends ? pos : end) - start));
    }
  return list;
}

static bool
has_prefix (JinjaValue text, JinjaValue affix)
{
  return affix.type == JINJA_STRING && affix.length <= text.length && memcmp (text.text, affix.text, affix.length) == 0;
}

static bool
has_suffix (JinjaValue text, JinjaValue affix)
{
  return affix.type == JINJA_STRING && affix.length <= text.length
         && memcmp (text.text + text.length - affix.length, affix.text, affix.length) == 0;
}

static JinjaValue
matches_affix (JinjaRun *run, JinjaValue self, const JinjaArgs *args, bool (*matches) (JinjaValue, JinjaValue))
{
  JinjaValue affix = jinja_arg (args, 0, NULL, jinja_none ());
  if (affix.type == JINJA_SEQ && affix.seq->kind == JINJA_TUPLE)
    {
      for (uint32_t i = 0; i < affix.seq->n && jinja_spend (run, 1); i++)
        if (matches (self, affix.seq->items[i]))
          return jinja_bool (true);
      return jinja_bool (false);
    }
  return jinja_bool (matches (self, jinja_string_arg (run, args, 0, NULL)));
}

static JinjaValue
str_startswith (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return matches_affix (run, self, args, has_prefix);
}

static JinjaValue
str_endswith (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return matches_affix (run, self, args, has_suffix);
}

static JinjaValue
str_removeprefix (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue affix = jinja_string_arg (run, args, 0, NULL);
  return has_prefix (self, affix) ? jinja_string (self.text + affix.length, self.length - affix.length) : self;
}

static JinjaValue
str_removesuffix (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue affix = jinja_string_arg (run, args, 0, NULL);
  return has_suffix (self, affix) ? jinja_string (self.text, self.length - affix.length) : self;
}

static JinjaValue
str_upper (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_change_case (run, self, true);
}

static JinjaValue
str_lower (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_change_case (run, self, false);
}

static JinjaValue
str_capitalize (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_capitalize (run, self);
}

static JinjaValue
str_title (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  GString *buffer = g_string_new (NULL);
  bool is_inside = false;
  for (size_t pos = 0; pos < self.length && run->error == NULL;)
    {
      uint32_t code = sen_utf8_next (self.text, self.length, &pos);
      put_char (run, buffer, is_inside ? g_unichar_tolower (code) : g_unichar_totitle (code));
      is_inside = g_unichar_toupper (code) != g_unichar_tolower (code);
    }
  return jinja_take (run, buffer);
}

static JinjaValue
str_replace (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue from = jinja_string_arg (run, args, 0, NULL), to = jinja_string_arg (run, args, 1, NULL);
  return jinja_replace (run, self, from, to, jinja_arg (args, 2, "count", jinja_int (-1)).i);
}

static JinjaValue
n_chars_before (JinjaRun *run, JinjaValue text, size_t at)
{
  return jinja_int (jinja_n_chars (run, jinja_string (text.text, at)));
}

static JinjaValue
str_find (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  size_t at;
  return jinja_find_text (run, self, jinja_string_arg (run, args, 0, NULL), 0, &at).i ? n_chars_before (run, self, at)
                                                                                      : jinja_int (-1);
}

static JinjaValue
str_rfind (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue what = jinja_string_arg (run, args, 0, NULL);
  size_t at = find_last (run, self, what, self.length);
  return at == self.length && what.length > 0 ? jinja_int (-1) : n_chars_before (run, self, at);
}

static JinjaValue
str_index (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue index = str_find (run, self, args);
  if (index.i < 0)
    jinja_fail (run, SEN_ERROR_INVALID, "index did not find the text");
  return index;
}

static JinjaValue
str_count (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue what = jinja_string_arg (run, args, 0, NULL);
  if (what.length == 0)
    return jinja_int ((int64_t) jinja_n_chars (run, self) + 1);
  int64_t n = 0;
  jinja_spend (run, self.length / 64);
  for (size_t pos = 0; jinja_spend (run, 1); n++)
    {
      const char *found = memmem (self.text + pos, self.length - pos, what.text, what.length);
      if (found == NULL)
        break;
      pos = found - self.text + what.length;
    }
  return jinja_int (n);
}

static JinjaValue
str_join (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = jinja_iterate (run, jinja_arg (args, 0, NULL, jinja_none ()));
  GString *buffer = g_string_new (NULL);
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      if (seq->items[i].type != JINJA_STRING)
        jinja_fail (run, SEN_ERROR_INVALID, "join of a str wants only str, not a %s", jinja_type_name (seq->items[i]));
      jinja_put (run, buffer, self.text, i > 0 ? self.length : 0);
      jinja_put (run, buffer, seq->items[i].text, seq->items[i].length);
    }
  return jinja_take (run, buffer);
}

static JinjaValue
str_format (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_format_braces (run, self, args);
}

static JinjaValue
every_char (JinjaValue self, gboolean (*is_so) (gunichar))
{
  for (size_t pos = 0; pos < self.length;)
    if (!is_so (sen_utf8_next (self.text, self.length, &pos)))
      return jinja_bool (false);
  return jinja_bool (self.length > 0);
}

static gboolean
is_space_char (gunichar code)
{
  return jinja_is_space (code);
}

static JinjaValue
str_isdigit (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  jinja_spend (run, self.length / 16);
  return every_char (self, g_unichar_isdigit);
}

static JinjaValue
str_isalpha (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  jinja_spend (run, self.length / 16);
  return every_char (self, g_unichar_isalpha);
}

static JinjaValue
str_isalnum (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  jinja_spend (run, self.length / 16);
  return every_char (self, g_unichar_isalnum);
}

static JinjaValue
str_isspace (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  jinja_spend (run, self.length / 16);
  return every_char (self, is_space_char);
}

static JinjaValue
has_case (JinjaRun *run, JinjaValue self, bool upper)
{
  bool has_any = false;
  jinja_spend (run, self.length / 16);
  for (size_t pos = 0; pos < self.length;)
    {
      uint32_t code = sen_utf8_next (self.text, self.length, &pos);
      if (upper ? g_unichar_islower (code) : g_unichar_isupper (code))
        return jinja_bool (false);
      has_any |= upper ? g_unichar_isupper (code) : g_unichar_islower (code);
    }
  return jinja_bool (has_any);
}

static JinjaValue
str_isupper (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return has_case (run, self, true);
}

static JinjaValue
str_islower (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return has_case (run, self, false);
}

static JinjaValue
dict_get (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue *found = jinja_dict_find (run, self.dict, jinja_arg (args, 0, NULL, jinja_none ()));
  return found != NULL ? *found : jinja_arg (args, 1, NULL, jinja_none ());
}

static JinjaValue
dict_view (JinjaRun *run, JinjaValue self, bool keys, bool values, const char *shown_as)
{
  JinjaValue list = jinja_seq (run, JINJA_VIEW, self.dict->n);
  list.seq->shown_as = shown_as;
  for (uint32_t i = 0; i < self.dict->n && jinja_spend (run, 1); i++)
    {
      JinjaPair pair = self.dict->pairs[i];
      if (keys && values)
        {
          JinjaValue both = jinja_seq (run, JINJA_TUPLE, 2);
          jinja_append (run, both, pair.key);
          jinja_append (run, both, pair.value);
          jinja_append (run, list, both);
        }
      else
        jinja_append (run, list, keys ? pair.key : pair.value);
    }
  return list;
}

static JinjaValue
dict_items (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return dict_view (run, self, true, true, "dict_items");
}

static JinjaValue
dict_keys (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return dict_view (run, self, true, false, "dict_keys");
}

static JinjaValue
dict_values (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return dict_view (run, self, false, true, "dict_values");
}

static JinjaValue
dict_copy (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue copy = jinja_dict (run);
  for (uint32_t i = 0; i < self.dict->n && jinja_spend (run, 1); i++)
    jinja_dict_set (run, copy.dict, self.dict->pairs[i].key, self.dict->pairs[i].value);
  return copy;
}

static JinjaValue
seq_index (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue what = jinja_arg (args, 0, NULL, jinja_none ());
  for (uint32_t i = 0; i < self.seq->n && jinja_spend (run, 1); i++)
    if (jinja_equals (run, self.seq->items[i], what))
      return jinja_int (i);
  jinja_fail (run, SEN_ERROR_INVALID, "index did not find the element");
  return jinja_undefined (NULL);
}

static JinjaValue
seq_count (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue what = jinja_arg (args, 0, NULL, jinja_none ());
  int64_t n = 0;
  for (uint32_t i = 0; i < self.seq->n && jinja_spend (run, 1); i++)
    n += jinja_equals (run, self.seq->items[i], what);
  return jinja_int (n);
}

static JinjaValue
seq_copy (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_slice (run, self, jinja_none (), jinja_none (), jinja_none ());
}

/* Values given to a template are not its own to change: the sandbox it was written for refuses this too. */
static JinjaValue
refuse_change (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  jinja_fail (run, SEN_ERROR_INVALID, "a template may not change a %s", jinja_type_name (self));
  return jinja_undefined (NULL);
}

static JinjaValue
loop_cycle (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  if (args->n > 0)
    return args->values[self.loop->index % args->n];
  jinja_fail (run, SEN_ERROR_INVALID, "loop.cycle needs values");
  return jinja_undefined (NULL);
}

static JinjaValue
loop_changed (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue now = jinja_seq (run, JINJA_TUPLE, args->n);
  for (uint32_t i = 0; i < args->n; i++)
    jinja_append (run, now, args->values[i]);
  bool is_new = !self.loop->has_changed || !jinja_equals (run, self.loop->changed, now);
  self.loop->changed = now;
  self.loop->has_changed = true;
  return jinja_bool (is_new);
}

static const JinjaBuiltin string_methods[] = {
  { "strip", str_strip },           { "lstrip", str_lstrip },         { "rstrip", str_rstrip },
  { "split", str_split },           { "rsplit", str_rsplit },         { "splitlines", str_splitlines },
  { "startswith", str_startswith }, { "endswith", str_endswith },     { "removeprefix", str_removeprefix },
  { "upper", str_upper },           { "lower", str_lower },           { "removesuffix", str_removesuffix },
  { "title", str_title },           { "capitalize", str_capitalize }, { "replace", str_replace },
  { "find", str_find },             { "rfind", str_rfind },           { "index", str_index },
  { "count", str_count },           { "join", str_join },             { "format", str_format },
  { "isdigit", str_isdigit },       { "isnumeric", str_isdigit },     { "isdecimal", str_isdigit },
  { "isalpha", str_isalpha },       { "isalnum", str_isalnum },       { "isspace", str_isspace },
  { "isupper", str_isupper },       { "islower", str_islower },
};

static const JinjaBuiltin dict_methods[] = {
  { "get", dict_get },        { "items", dict_items },      { "keys", dict_keys },           { "values", dict_values },
  { "copy", dict_copy },      { "pop", refuse_change },     { "popitem", refuse_change },    { "clear", refuse_change },
  { "update", refuse_change }, { "setdefault", refuse_change },
};

static const JinjaBuiltin list_methods[] = {
  { "index", seq_index },       { "count", seq_count },        { "copy", seq_copy },        { "append", refuse_change },
  { "extend", refuse_change },  { "insert", refuse_change },   { "pop", refuse_change },    { "remove", refuse_change },
  { "reverse", refuse_change }, { "sort", refuse_change },     { "clear", refuse_change },
};

static const JinjaBuiltin loop_methods[] = { { "cycle", loop_cycle }, { "changed", loop_changed } };

const JinjaBuiltin *
jinja_find_method (JinjaValue self, const char *name)
{
  if (self.type == JINJA_STRING)
    return jinja_find_in (string_methods, G_N_ELEMENTS (string_methods), name);
  if (self.type == JINJA_DICT)
    return jinja_find_in (dict_methods, G_N_ELEMENTS (dict_methods), name);
  if (self.type == JINJA_LOOP)
    return jinja_find_in (loop_methods, G_N_ELEMENTS (loop_methods), name);
  if (self.type != JINJA_SEQ || self.seq->kind > JINJA_RANGE)
    return NULL;
  return jinja_find_in (list_methods, self.seq->kind == JINJA_LIST ? G_N_ELEMENTS (list_methods) : 2, name);
}
