/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"
#include "unicode.h"

#include <errno.h>
#include <math.h>

static JinjaValue
none_arg (const JinjaArgs *args, uint32_t index, const char *name)
{
  return jinja_arg (args, index, name, jinja_none ());
}

static bool
flag_arg (const JinjaArgs *args, uint32_t index, const char *name)
{
  return jinja_is_true (jinja_arg (args, index, name, jinja_bool (false)));
}

/* "a.b.0": the element of an element, as the attribute arguments of filters say it; @otherwise for each that is
 * missing. */
static JinjaValue
dig_or (JinjaRun *run, JinjaValue value, JinjaValue path, JinjaValue otherwise)
{
  if (path.type == JINJA_INT)
    {
      value = jinja_item (run, value, path);
      return value.type == JINJA_UNDEFINED ? otherwise : value;
    }
  if (path.type != JINJA_STRING)
    return value;
  const char *p = path.text, *end = path.text + path.length;
  while (jinja_spend (run, 1))
    {
      const char *stop = memchr (p, '.', end - p);
      JinjaValue name = jinja_string (p, (stop != NULL ? stop : end) - p);
      bool is_index = name.length > 0 && name.length < 9;
      for (uint32_t i = 0; i < name.length; i++)
        is_index = is_index && g_ascii_isdigit (name.text[i]);
      value = jinja_item (run, value, is_index ? jinja_int (g_ascii_strtoll (jinja_dup (run, name), NULL, 10)) : name);
      if (value.type == JINJA_UNDEFINED && otherwise.type != JINJA_UNDEFINED)
        value = otherwise;
      if (stop == NULL)
        break;
      p = stop + 1;
    }
  return value;
}

static JinjaValue
dig (JinjaRun *run, JinjaValue value, JinjaValue path)
{
  return dig_or (run, value, path, jinja_undefined ("element"));
}

static JinjaValue
fold (JinjaRun *run, JinjaValue value, bool case_sensitive)
{
  return value.type == JINJA_STRING && !case_sensitive ? jinja_change_case (run, value, false) : value;
}

static JinjaValue
filter_abs (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  if (self.type == JINJA_FLOAT)
    return jinja_float (fabs (self.f));
  return jinja_is_number (self) && self.i >= 0 ? jinja_int (self.i) : jinja_binary (run, '-', jinja_int (0), self);
}

static JinjaValue
filter_batch (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = jinja_iterate (run, self);
  JinjaValue size = none_arg (args, 0, "linecount"), fill = none_arg (args, 1, "fill_with");
  JinjaValue list = jinja_seq (run, JINJA_GENERATOR, 0), row = jinja_none ();
  if (size.type != JINJA_INT || size.i < 1)
    jinja_fail (run, SEN_ERROR_INVALID, "batch wants a size");
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      if (i % size.i == 0)
        {
          row = jinja_seq (run, JINJA_LIST, 0);
          jinja_append (run, list, row);
        }
      jinja_append (run, row, seq->items[i]);
    }
  while (row.type == JINJA_SEQ && fill.type != JINJA_NONE && row.seq->n < size.i && jinja_spend (run, 1))
    jinja_append (run, row, fill);
  return list;
}

static JinjaValue
filter_capitalize (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_capitalize (run, jinja_to_string (run, self));
}

static JinjaValue
filter_default (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  bool is_missing = self.type == JINJA_UNDEFINED || (flag_arg (args, 1, "boolean") && !jinja_is_true (self));
  return is_missing ? jinja_arg (args, 0, "default_value", jinja_literal ("")) : self;
}

/* A list with keys beside its values, to sort by. */
typedef struct {
  JinjaValue key, value;
} Keyed;

static int
compare_keyed (const void *a, const void *b, void *run)
{
  return jinja_spend (run, 1) ? jinja_compare (run, ((const Keyed *) a)->key, ((const Keyed *) b)->key) : 0;
}

static JinjaValue
sort_keyed (JinjaRun *run, Keyed *keyed, uint32_t n, bool reverse)
{
  JinjaValue list = jinja_seq (run, JINJA_LIST, n);
  /* Backwards is stable too: equal elements keep their order, so they are turned before and after. */
  for (uint32_t i = 0; reverse && i < n / 2; i++)
    {
      Keyed other = keyed[i];
      keyed[i] = keyed[n - 1 - i];
      keyed[n - 1 - i] = other;
    }
  if (n > 0)
    g_qsort_with_data (keyed, (int) n, sizeof *keyed, compare_keyed, run);
  for (uint32_t i = 0; i < n && jinja_spend (run, 1); i++)
    jinja_append (run, list, keyed[reverse ? n - 1 - i : i].value);
  return list;
}

static Keyed *
new_keyed (JinjaRun *run, uint32_t n)
{
  Keyed *keyed = jinja_arena_alloc (&run->arena, n * sizeof *keyed);
  return jinja_spend (run, 1) ? keyed : NULL;
}

static JinjaValue
filter_dictsort (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  if (self.type != JINJA_DICT)
    jinja_fail (run, SEN_ERROR_INVALID, "dictsort wants a dict, not a %s", jinja_type_name (self));
  uint32_t n = self.type == JINJA_DICT ? self.dict->n : 0;
  Keyed *keyed = new_keyed (run, n);
  bool by_value = jinja_is_string (jinja_arg (args, 1, "by", jinja_literal ("key")), "value");
  if (keyed == NULL)
    return jinja_undefined (NULL);
  for (uint32_t i = 0; i < n && jinja_spend (run, 1); i++)
    {
      JinjaPair pair = self.dict->pairs[i];
      keyed[i] = (Keyed) { fold (run, by_value ? pair.value : pair.key, flag_arg (args, 0, "case_sensitive")),
                           jinja_seq (run, JINJA_TUPLE, 2) };
      jinja_append (run, keyed[i].value, pair.key);
      jinja_append (run, keyed[i].value, pair.value);
    }
  return sort_keyed (run, keyed, n, flag_arg (args, 2, "reverse"));
}

static JinjaValue
filter_sort (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = jinja_iterate (run, self);
  Keyed *keyed = new_keyed (run, seq->n);
  JinjaValue attribute = none_arg (args, 2, "attribute");
  if (keyed == NULL)
    return self;
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    keyed[i]
      = (Keyed) { fold (run, dig (run, seq->items[i], attribute), flag_arg (args, 1, "case_sensitive")), seq->items[i] };
  return sort_keyed (run, keyed, seq->n, flag_arg (args, 0, "reverse"));
}

static JinjaValue
find_extreme (JinjaRun *run, JinjaValue self, const JinjaArgs *args, int sign)
{
  const JinjaSeq *seq = jinja_iterate (run, self);
  JinjaValue attribute = none_arg (args, 1, "attribute"), best = jinja_undefined ("extreme"), best_key = best;
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      JinjaValue key = fold (run, dig (run, seq->items[i], attribute), flag_arg (args, 0, "case_sensitive"));
      if (i > 0 && jinja_compare (run, key, best_key) * sign <= 0)
        continue;
      best_key = key;
      best = seq->items[i];
    }
  return best;
}

static JinjaValue
filter_min (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return find_extreme (run, self, args, -1);
}

static JinjaValue
filter_max (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return find_extreme (run, self, args, 1);
}

static JinjaValue
filter_unique (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = jinja_iterate (run, self);
  JinjaValue list = jinja_seq (run, JINJA_GENERATOR, 0), seen = jinja_seq (run, JINJA_LIST, 0);
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      JinjaValue key = fold (run, dig (run, seq->items[i], none_arg (args, 1, "attribute")),
                             flag_arg (args, 0, "case_sensitive"));
      if (jinja_contains (run, seen, key))
        continue;
      jinja_append (run, seen, key);
      jinja_append (run, list, seq->items[i]);
    }
  return list;
}

static JinjaValue
filter_escape (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue text = jinja_to_string (run, self);
  GString *buffer = g_string_new (NULL);
  for (uint32_t i = 0; i < text.length && run->error == NULL; i++)
    {
      char c = text.text[i];
      const char *entity = c == '&'    ? "&amp;"
                           : c == '<'  ? "&lt;"
                           : c == '>'  ? "&gt;"
                           : c == '"'  ? "&#34;"
                           : c == '\'' ? "&#39;"
                                       : NULL;
      jinja_put (run, buffer, entity != NULL ? entity : &text.text[i], entity != NULL ? strlen (entity) : 1);
    }
  return jinja_take (run, buffer);
}

static JinjaValue
filter_first (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = jinja_iterate (run, self);
  return seq->n > 0 ? seq->items[0] : jinja_undefined ("first");
}

static JinjaValue
filter_last (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = jinja_iterate (run, self);
  return seq->n > 0 ? seq->items[seq->n - 1] : jinja_undefined ("last");
}

/* The number a text begins and ends with, spaces aside. */
static bool
read_float (JinjaRun *run, JinjaValue text, double *value)
{
  char *plain = jinja_dup (run, jinja_strip (text, jinja_none (), true, true)), *end;
  *value = g_ascii_strtod (plain, &end);
  return end != plain && *end == '\0' && strpbrk (plain, "xX") == NULL;
}

static JinjaValue
filter_float (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  double value;
  if (jinja_is_number (self))
    return jinja_float (jinja_number (self));
  return self.type == JINJA_STRING && read_float (run, self, &value) ? jinja_float (value)
                                                                    : jinja_arg (args, 0, "default", jinja_float (0));
}

static JinjaValue
filter_int (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue otherwise = jinja_arg (args, 0, "default", jinja_int (0)),
             base = jinja_arg (args, 1, "base", jinja_int (10));
  double value = self.type == JINJA_FLOAT ? self.f : 0;
  if (self.type == JINJA_INT || self.type == JINJA_BOOL)
    return jinja_int (self.i);
  if (self.type == JINJA_STRING)
    {
      char *plain = jinja_dup (run, jinja_strip (self, jinja_none (), true, true)), *end;
      errno = 0;
      if (base.type == JINJA_INT && base.i >= 0 && base.i <= 36 && base.i != 1)
        {
          int64_t whole = g_ascii_strtoll (plain, &end, (guint) base.i);
          if (end != plain && *end == '\0' && errno == 0)
            return jinja_int (whole);
        }
      if (!read_float (run, self, &value))
        return otherwise;
    }
  else if (self.type != JINJA_FLOAT)
    return otherwise;
  return isfinite (value) && fabs (value) < 9.2e18 ? jinja_int ((int64_t) value) : otherwise;
}

static JinjaValue
filter_format (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue values = jinja_seq (run, JINJA_TUPLE, args->n);
  for (uint32_t i = 0; i < args->n; i++)
    jinja_append (run, values, args->values[i]);
  if (args->n_named > 0)
    {
      values = jinja_dict (run);
      for (uint32_t i = 0; i < args->n_named; i++)
        jinja_dict_set (run, values.dict, jinja_literal (args->names[i]), args->named[i]);
    }
  return jinja_format_percent (run, jinja_to_string (run, self), values);
}

static JinjaValue
filter_indent (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue width = jinja_arg (args, 0, "width", jinja_int (4)), text = jinja_to_string (run, self);
  bool first = flag_arg (args, 1, "first"), blank = flag_arg (args, 2, "blank");
  if (width.type != JINJA_STRING)
    width = jinja_binary (run, '*', jinja_literal (" "), width);
  GString *buffer = g_string_new (NULL);
  for (uint32_t start = 0, line = 0; run->error == NULL; line++)
    {
      const char *newline = memchr (text.text + start, '\n', text.length - start);
      uint32_t end = newline != NULL ? (uint32_t) (newline - text.text) : text.length;
      if (line == 0 ? first : blank || end > start)
        jinja_put (run, buffer, width.text, width.length);
      jinja_put (run, buffer, text.text + start, end - start + (newline != NULL ? 1 : 0));
      if (newline == NULL || !jinja_spend (run, 1))
        break;
      start = end + 1;
    }
  return jinja_take (run, buffer);
}

static JinjaValue
filter_items (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaArgs none = { 0 };
  JinjaValue list = jinja_seq (run, JINJA_GENERATOR, 0);
  if (self.type == JINJA_UNDEFINED)
    return list;
  if (self.type != JINJA_DICT)
    {
      jinja_fail (run, SEN_ERROR_INVALID, "items wants a dict, not a %s", jinja_type_name (self));
      return list;
    }
  list = jinja_find_method (self, "items")->native (run, self, &none);
  list.seq->kind = JINJA_GENERATOR;
  return list;
}

static JinjaValue
filter_join (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = jinja_iterate (run, self);
  JinjaValue separator = jinja_to_string (run, jinja_arg (args, 0, "d", jinja_literal ("")));
  JinjaValue attribute = none_arg (args, 1, "attribute");
  GString *buffer = g_string_new (NULL);
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      jinja_put (run, buffer, separator.text, i > 0 ? separator.length : 0);
      jinja_print (run, buffer, dig (run, seq->items[i], attribute));
    }
  return jinja_take (run, buffer);
}

static JinjaValue
filter_length (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  if (self.type == JINJA_STRING)
    return jinja_int (jinja_n_chars (run, self));
  if (self.type == JINJA_SEQ && self.seq->kind != JINJA_GENERATOR)
    return jinja_int (self.seq->n);
  if (self.type == JINJA_DICT)
    return jinja_int (self.dict->n);
  if (self.type == JINJA_LOOP)
    return jinja_int (self.loop->seq->n);
  if (self.type != JINJA_UNDEFINED)
    jinja_fail (run, SEN_ERROR_INVALID, "a %s has no length", jinja_type_name (self));
  return jinja_int (0);
}

static JinjaValue
filter_list (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = jinja_iterate (run, self);
  JinjaValue list = jinja_seq (run, JINJA_LIST, seq->n);
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    jinja_append (run, list, seq->items[i]);
  return list;
}

static JinjaValue
filter_lower (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_change_case (run, jinja_to_string (run, self), false);
}

static JinjaValue
filter_upper (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_change_case (run, jinja_to_string (run, self), true);
}

/* The arguments from the @n_skip-th on, for the filter or test they name. */
static JinjaArgs
rest_args (const JinjaArgs *args, uint32_t n_skip)
{
  JinjaArgs rest = *args;
  rest.n = args->n > n_skip ? args->n - n_skip : 0;
  rest.values = rest.n > 0 ? args->values + n_skip : NULL;
  return rest;
}

/* map and select take anything false for nothing: None too. */
static const JinjaSeq *
iterate_true (JinjaRun *run, JinjaValue value)
{
  return jinja_iterate (run, jinja_is_true (value) ? value : jinja_undefined (NULL));
}

static JinjaValue
filter_map (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = iterate_true (run, self);
  JinjaValue list = jinja_seq (run, JINJA_GENERATOR, 0),
             attribute = jinja_arg (args, UINT32_MAX, "attribute", jinja_none ());
  JinjaValue otherwise = jinja_arg (args, UINT32_MAX, "default", jinja_undefined ("default"));
  const JinjaBuiltin *filter = NULL;
  if (args->n > 0 || attribute.type == JINJA_NONE)
    {
      JinjaValue name = jinja_string_arg (run, args, 0, NULL);
      filter = jinja_find_filter (jinja_dup (run, name));
      if (filter == NULL)
        jinja_fail (run, SEN_ERROR_INVALID, "there is no filter “%.*s”", (int) MIN (name.length, 40), name.text);
    }
  JinjaArgs rest = rest_args (args, 1);
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      JinjaValue item = seq->items[i];
      jinja_append (run, list,
                    filter != NULL ? filter->native (run, item, &rest) : dig_or (run, item, attribute, otherwise));
    }
  return list;
}

static JinjaValue
select_items (JinjaRun *run, JinjaValue self, const JinjaArgs *args, bool by_attribute, bool wanted)
{
  const JinjaSeq *seq = iterate_true (run, self);
  JinjaValue list = jinja_seq (run, JINJA_GENERATOR, 0);
  JinjaValue attribute = by_attribute ? jinja_arg (args, 0, NULL, jinja_literal ("")) : jinja_none ();
  uint32_t n_skip = by_attribute ? 1 : 0;
  const JinjaBuiltin *test = NULL;
  if (args->n > n_skip)
    {
      JinjaValue name = jinja_string_arg (run, args, n_skip, NULL);
      test = jinja_find_test (jinja_dup (run, name));
      if (test == NULL)
        jinja_fail (run, SEN_ERROR_INVALID, "there is no test “%.*s”", (int) MIN (name.length, 40), name.text);
    }
  JinjaArgs rest = rest_args (args, n_skip + 1);
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      JinjaValue key = dig (run, seq->items[i], attribute);
      if (jinja_is_true (test != NULL ? test->native (run, key, &rest) : key) == wanted)
        jinja_append (run, list, seq->items[i]);
    }
  return list;
}

static JinjaValue
filter_select (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return select_items (run, self, args, false, true);
}

static JinjaValue
filter_reject (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return select_items (run, self, args, false, false);
}

static JinjaValue
filter_selectattr (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return select_items (run, self, args, true, true);
}

static JinjaValue
filter_rejectattr (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return select_items (run, self, args, true, false);
}

static JinjaValue
filter_replace (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue count = none_arg (args, 2, "count");
  JinjaValue from = jinja_to_string (run, none_arg (args, 0, "old")),
             to = jinja_to_string (run, none_arg (args, 1, "new"));
  return jinja_replace (run, jinja_to_string (run, self), from, to, count.type == JINJA_INT ? count.i : -1);
}

static JinjaValue
filter_reverse (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue turned;
  if (self.type == JINJA_STRING)
    return jinja_slice (run, self, jinja_none (), jinja_none (), jinja_int (-1));
  const JinjaSeq *seq = jinja_iterate (run, self);
  turned = jinja_seq (run, JINJA_GENERATOR, 0);
  for (uint32_t i = seq->n; i > 0 && jinja_spend (run, 1); i--)
    jinja_append (run, turned, seq->items[i - 1]);
  return turned;
}

static JinjaValue
filter_round (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue precision = jinja_arg (args, 0, "precision", jinja_int (0)), method = none_arg (args, 1, "method");
  if (!jinja_is_number (self) || precision.type != JINJA_INT)
    {
      jinja_fail (run, SEN_ERROR_INVALID, "round wants a number");
      return self;
    }
  double value = jinja_number (self);
  int digits = (int) CLAMP (precision.i, -300, 300);
  double scale = pow (10, digits);
  if (jinja_is_string (method, "ceil"))
    return jinja_float (ceil (value * scale) / scale);
  if (jinja_is_string (method, "floor"))
    return jinja_float (floor (value * scale) / scale);
  if (self.type != JINJA_FLOAT && digits >= 0)
    return jinja_int (self.i);
  if (digits < 0 || digits > 22 || fabs (value) > 1e15)
    return jinja_float (digits > 0 ? value : rint (value * scale) / scale);
  /* The decimal digits of the number itself decide, as printf rounds them, not those of a scaled one. */
  char format[8], text[400];
  g_snprintf (format, sizeof format, "%%.%df", digits);
  g_ascii_formatd (text, sizeof text, format, value);
  return jinja_float (g_ascii_strtod (text, NULL));
}

/* Nothing is escaped here, so nothing need be marked as safe. */
static JinjaValue
filter_safe (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_to_string (run, self);
}

static JinjaValue
filter_string (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_to_string (run, self);
}

static JinjaValue
filter_sum (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  const JinjaSeq *seq = jinja_iterate (run, self);
  JinjaValue sum = jinja_arg (args, 1, "start", jinja_int (0));
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    sum = jinja_binary (run, '+', sum, dig (run, seq->items[i], none_arg (args, 0, "attribute")));
  return sum;
}

static JinjaValue
filter_title (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue text = jinja_to_string (run, self);
  GString *buffer = g_string_new (NULL);
  for (uint32_t start = 0, end; start < text.length && jinja_spend (run, 1); start = end)
    {
      /* Words are cut at spaces, hyphens and opening brackets. */
      static const char cuts[] = "-({[<";
      size_t next = start;
      for (end = start; next < text.length; end = (uint32_t) next)
        {
          uint32_t code = sen_utf8_next (text.text, text.length, &next);
          if (jinja_is_space (code) || (code != 0 && code < 0x80 && strchr (cuts, (char) code) != NULL))
            break;
        }
      JinjaValue word = jinja_capitalize (run, jinja_string (text.text + start, end - start));
      jinja_put (run, buffer, word.text, word.length);
      if (end < text.length)
        jinja_put (run, buffer, text.text + end, next - end);
      end = (uint32_t) next;
    }
  return jinja_take (run, buffer);
}

static JinjaValue
filter_tojson (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  /* The arguments in transformers' order: ensure_ascii, indent, separators, sort_keys. */
  return jinja_to_json (run, self, none_arg (args, 1, "indent"), flag_arg (args, 0, "ensure_ascii"),
                        flag_arg (args, 3, "sort_keys"));
}

static JinjaValue
filter_trim (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue text = jinja_to_string (run, self), chars = none_arg (args, 0, "chars");
  uint64_t n_chars = chars.type == JINJA_STRING ? chars.length : 1;
  return jinja_spend (run, 1 + text.length * n_chars / 64) ? jinja_strip (text, chars, true, true) : text;
}

static JinjaValue
filter_attr (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  /* Only real attributes, never the elements of a dict. */
  JinjaValue name = jinja_string_arg (run, args, 0, "name");
  return self.type == JINJA_DICT && jinja_find_method (self, jinja_dup (run, name)) == NULL
           ? jinja_undefined (jinja_dup (run, name))
           : jinja_attribute (run, self, jinja_dup (run, name));
}

static JinjaValue
filter_wordcount (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue text = jinja_to_string (run, self);
  const JinjaArgs none = { 0 };
  return jinja_int (jinja_find_method (text, "split")->native (run, text, &none).seq->n);
}

static const JinjaBuiltin filters[] = {
  { "abs", filter_abs },           { "attr", filter_attr },             { "batch", filter_batch },
  { "capitalize", filter_capitalize }, { "count", filter_length },      { "d", filter_default },
  { "default", filter_default },   { "dictsort", filter_dictsort },     { "e", filter_escape },
  { "escape", filter_escape },     { "first", filter_first },           { "float", filter_float },
  { "forceescape", filter_escape }, { "format", filter_format },        { "indent", filter_indent },
  { "int", filter_int },           { "items", filter_items },           { "join", filter_join },
  { "last", filter_last },         { "length", filter_length },         { "list", filter_list },
  { "lower", filter_lower },       { "map", filter_map },               { "max", filter_max },
  { "min", filter_min },           { "reject", filter_reject },         { "rejectattr", filter_rejectattr },
  { "replace", filter_replace },   { "reverse", filter_reverse },       { "round", filter_round },
  { "safe", filter_safe },         { "select", filter_select },         { "selectattr", filter_selectattr },
  { "sort", filter_sort },         { "string", filter_string },         { "sum", filter_sum },
  { "title", filter_title },       { "tojson", filter_tojson },         { "trim", filter_trim },
  { "unique", filter_unique },     { "upper", filter_upper },           { "wordcount", filter_wordcount },
};

const JinjaBuiltin *
jinja_find_filter (const char *name)
{
  return jinja_find_in (filters, G_N_ELEMENTS (filters), name);
}
