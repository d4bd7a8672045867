/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"
#include "unicode.h"

#include <math.h>

static JinjaValue
fail_operands (JinjaRun *run, uint32_t op, JinjaValue a, JinjaValue b)
{
  char text[3] = { (char) (op & 0xff), (char) (op >> 8), '\0' };
  JinjaValue none = a.type == JINJA_UNDEFINED ? a : b;
  if (none.type == JINJA_UNDEFINED)
    jinja_fail (run, SEN_ERROR_INVALID, "“%.*s” is undefined, so “%s” cannot work on it", (int) none.length, none.text,
                text);
  else
    jinja_fail (run, SEN_ERROR_INVALID, "“%s” does not work on a %s and a %s", text, jinja_type_name (a),
                jinja_type_name (b));
  return jinja_undefined (NULL);
}

static JinjaValue
fail_overflow (JinjaRun *run)
{
  jinja_fail (run, SEN_ERROR_LIMIT, "a number is larger than 64 bits");
  return jinja_undefined (NULL);
}

static JinjaValue
power (JinjaRun *run, int64_t base, int64_t exponent)
{
  int64_t result = 1;
  while (exponent > 0)
    {
      if ((exponent & 1) != 0 && __builtin_mul_overflow (result, base, &result))
        return fail_overflow (run);
      exponent >>= 1;
      if (exponent > 0 && __builtin_mul_overflow (base, base, &base))
        return fail_overflow (run);
    }
  return jinja_int (result);
}

static JinjaValue
compute_ints (JinjaRun *run, uint32_t op, int64_t a, int64_t b)
{
  int64_t result = 0;
  switch (op)
    {
    case '+': return __builtin_add_overflow (a, b, &result) ? fail_overflow (run) : jinja_int (result);
    case '-': return __builtin_sub_overflow (a, b, &result) ? fail_overflow (run) : jinja_int (result);
    case '*': return __builtin_mul_overflow (a, b, &result) ? fail_overflow (run) : jinja_int (result);
    case '/': return jinja_float ((double) a / (double) b);
    case '%':
      /* Python's remainder has the sign of the divisor. */
      result = b == -1 ? 0 : a % b;
      return jinja_int (result != 0 && (result < 0) != (b < 0) ? result + b : result);
    case JINJA_OP2 ('/', '/'):
      if (b == -1)
        return __builtin_sub_overflow (0, a, &result) ? fail_overflow (run) : jinja_int (result);
      return jinja_int (a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0));
    default: return b < 0 ? jinja_float (pow (a, b)) : power (run, a, b);
    }
}

static JinjaValue
compute_floats (uint32_t op, double a, double b)
{
  double rest;
  switch (op)
    {
    case '+': return jinja_float (a + b);
    case '-': return jinja_float (a - b);
    case '*': return jinja_float (a * b);
    case '/': return jinja_float (a / b);
    case '%':
      rest = fmod (a, b);
      return jinja_float (rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
    case JINJA_OP2 ('/', '/'): return jinja_float (floor (a / b));
    default: return jinja_float (pow (a, b));
    }
}

static JinjaValue
repeat (JinjaRun *run, JinjaValue value, int64_t times)
{
  uint64_t n = times > 0 ? (uint64_t) times : 0;
  uint64_t length = value.type == JINJA_STRING ? value.length : value.seq->n;
  if (length > 0 && n > UINT32_MAX / 2 / length / (value.type == JINJA_STRING ? 1 : sizeof (JinjaValue)))
    {
      jinja_fail (run, SEN_ERROR_LIMIT, "a %s is multiplied to more than memory may hold", jinja_type_name (value));
      return jinja_undefined (NULL);
    }
  length *= n;
  if (value.type != JINJA_STRING)
    {
      JinjaValue list = jinja_seq (run, value.seq->kind, length);
      for (uint64_t i = 0; value.seq->n > 0 && i < n && jinja_spend (run, 1); i++)
        for (uint32_t j = 0; j < value.seq->n && jinja_spend (run, 1); j++)
          jinja_append (run, list, value.seq->items[j]);
      return list;
    }
  char *text = length < run->limits.memory_bytes ? jinja_arena_alloc (&run->arena, length) : NULL;
  if (text == NULL || !jinja_spend (run, length / 16))
    {
      jinja_fail (run, SEN_ERROR_LIMIT, "a str is multiplied to more than memory may hold");
      return jinja_undefined (NULL);
    }
  for (uint64_t at = 0; at < length; at += value.length)
    memcpy (text + at, value.text, value.length);
  return jinja_string (text, length);
}

static JinjaValue
add (JinjaRun *run, JinjaValue a, JinjaValue b)
{
  if (a.type == JINJA_STRING && b.type == JINJA_STRING)
    {
      uint64_t length = (uint64_t) a.length + b.length;
      char *text = length < UINT32_MAX ? jinja_arena_alloc (&run->arena, length) : NULL;
      jinja_spend (run, 1 + length / 64);
      if (text == NULL)
        return jinja_literal ("");
      memcpy (text, a.text, a.length);
      memcpy (text + a.length, b.text, b.length);
      return jinja_string (text, length);
    }
  if (a.type == JINJA_SEQ && b.type == JINJA_SEQ && a.seq->kind == b.seq->kind && a.seq->kind <= JINJA_TUPLE)
    {
      JinjaValue list = jinja_seq (run, a.seq->kind, MIN ((uint64_t) a.seq->n + b.seq->n, UINT32_MAX / 32));
      for (uint32_t i = 0; i < a.seq->n && jinja_spend (run, 1); i++)
        jinja_append (run, list, a.seq->items[i]);
      for (uint32_t i = 0; i < b.seq->n && jinja_spend (run, 1); i++)
        jinja_append (run, list, b.seq->items[i]);
      return list;
    }
  return fail_operands (run, '+', a, b);
}

static bool
can_repeat (JinjaValue value, JinjaValue times)
{
  return (value.type == JINJA_STRING || (value.type == JINJA_SEQ && value.seq->kind <= JINJA_TUPLE))
         && (times.type == JINJA_INT || times.type == JINJA_BOOL);
}

JinjaValue
jinja_binary (JinjaRun *run, uint32_t op, JinjaValue a, JinjaValue b)
{
  if (jinja_is_number (a) && jinja_is_number (b))
    {
      bool divides = op == '/' || op == '%' || op == JINJA_OP2 ('/', '/');
      if ((divides && jinja_number (b) == 0)
          || (op == JINJA_OP2 ('*', '*') && jinja_number (a) == 0 && jinja_number (b) < 0))
        {
          jinja_fail (run, SEN_ERROR_INVALID, "division by zero");
          return jinja_undefined (NULL);
        }
      if (a.type == JINJA_FLOAT || b.type == JINJA_FLOAT)
        return compute_floats (op, jinja_number (a), jinja_number (b));
      return compute_ints (run, op, a.i, b.i);
    }
  if (op == '+')
    return add (run, a, b);
  if (op == '*' && can_repeat (a, b))
    return repeat (run, a, b.i);
  if (op == '*' && can_repeat (b, a))
    return repeat (run, b, a.i);
  if (op == '%' && a.type == JINJA_STRING)
    return jinja_format_percent (run, a, b);
  return fail_operands (run, op, a, b);
}

/* The depth counts recursive loops only, which there are none of. */
static JinjaValue
loop_attribute (JinjaLoop *loop, const char *name)
{
  uint32_t n = loop->seq->n, i = loop->index;
  const struct {
    const char *name;
    int64_t     value;
  } numbers[] = {
    { "index", (int64_t) i + 1 },
    { "index0", i },
    { "revindex", (int64_t) n - i },
    { "revindex0", (int64_t) n - i - 1 },
    { "length", n },
    { "depth", 1 },
    { "depth0", 0 },
  };
  for (size_t k = 0; k < G_N_ELEMENTS (numbers); k++)
    if (strcmp (name, numbers[k].name) == 0)
      return jinja_int (numbers[k].value);
  if (strcmp (name, "first") == 0)
    return jinja_bool (i == 0);
  if (strcmp (name, "last") == 0)
    return jinja_bool (i + 1 == n);
  if (strcmp (name, "previtem") == 0 && i > 0)
    return loop->seq->items[i - 1];
  if (strcmp (name, "nextitem") == 0 && i + 1 < n)
    return loop->seq->items[i + 1];
  return jinja_undefined (name);
}

/* object.name: what Python calls an attribute first, then the element of that name. */
JinjaValue
jinja_attribute (JinjaRun *run, JinjaValue object, const char *name)
{
  if (object.type == JINJA_UNDEFINED)
    {
      jinja_fail (run, SEN_ERROR_INVALID, "“%.*s” is undefined, so it has no “%s”", (int) object.length, object.text,
                  name);
      return jinja_undefined (name);
    }
  const JinjaBuiltin *method = jinja_find_method (object, name);
  if (method != NULL)
    {
      JinjaFunction *function = jinja_arena_alloc (&run->arena, sizeof *function);
      *function = (JinjaFunction) { method, object };
      return (JinjaValue) { .type = JINJA_FUNCTION, .function = function };
    }
  if (object.type == JINJA_LOOP)
    return loop_attribute (object.loop, name);
  if (object.type == JINJA_MACRO && strcmp (name, "name") == 0)
    return jinja_literal (object.macro->node->name);
  if (object.type == JINJA_DICT || object.type == JINJA_NAMESPACE)
    {
      JinjaValue *found = jinja_dict_find (run, object.dict, jinja_literal (name));
      if (found != NULL)
        return *found;
    }
  return jinja_undefined (name);
}

/* Where the character @index of a string begins and ends; false beyond it. */
static bool
find_char (JinjaRun *run, JinjaValue string, int64_t index, size_t *start, size_t *end)
{
  if (index < 0)
    index += jinja_n_chars (run, string);
  jinja_spend (run, string.length / 64);
  size_t pos = 0;
  for (int64_t i = 0; index >= 0 && pos < string.length; i++)
    {
      *start = pos;
      sen_utf8_next (string.text, string.length, &pos);
      *end = pos;
      if (i == index)
        return true;
    }
  return false;
}

JinjaValue
jinja_item (JinjaRun *run, JinjaValue object, JinjaValue key)
{
  bool is_index = key.type == JINJA_INT || key.type == JINJA_BOOL;
  if (object.type == JINJA_UNDEFINED)
    {
      jinja_fail (run, SEN_ERROR_INVALID, "“%.*s” is undefined, so it has no elements", (int) object.length,
                  object.text);
      return object;
    }
  if (object.type == JINJA_DICT)
    {
      JinjaValue *found = jinja_dict_find (run, object.dict, key);
      if (found != NULL)
        return *found;
    }
  else if (object.type == JINJA_SEQ && object.seq->kind <= JINJA_RANGE && is_index)
    {
      int64_t index = key.i < 0 ? key.i + object.seq->n : key.i;
      if (index >= 0 && index < object.seq->n)
        return object.seq->items[index];
    }
  else if (object.type == JINJA_STRING && is_index)
    {
      size_t start = 0, end = 0;
      if (find_char (run, object, key.i, &start, &end))
        return jinja_string (object.text + start, end - start);
    }
  if (key.type != JINJA_STRING)
    return jinja_undefined ("element");
  /* A dictionary's methods come after its keys, unlike with the dot. */
  return jinja_attribute (run, object, jinja_dup (run, key));
}

static bool
read_bound (JinjaRun *run, JinjaValue value, int64_t otherwise, int64_t *bound)
{
  *bound = otherwise;
  if (value.type == JINJA_NONE)
    return true;
  if (value.type != JINJA_INT && value.type != JINJA_BOOL)
    {
      jinja_fail (run, SEN_ERROR_INVALID, "a slice is cut by whole numbers, not by a %s", jinja_type_name (value));
      return false;
    }
  *bound = value.i;
  return true;
}

JinjaValue
jinja_slice (JinjaRun *run, JinjaValue object, JinjaValue start, JinjaValue stop, JinjaValue step)
{
  bool is_seq = object.type == JINJA_SEQ && object.seq->kind <= JINJA_RANGE;
  int64_t by, from, to;
  if (object.type != JINJA_STRING && !is_seq)
    {
      if (object.type == JINJA_UNDEFINED)
        jinja_fail (run, SEN_ERROR_INVALID, "“%.*s” is undefined, so it cannot be sliced", (int) object.length,
                    object.text);
      return jinja_undefined ("slice");
    }
  if (!read_bound (run, step, 1, &by))
    return object;
  if (by == 0)
    {
      jinja_fail (run, SEN_ERROR_INVALID, "the step of a slice cannot be zero");
      return object;
    }
  int64_t n = is_seq ? object.seq->n : jinja_n_chars (run, object);
  if (!read_bound (run, start, by > 0 ? 0 : n - 1, &from) || !read_bound (run, stop, by > 0 ? n : -1, &to))
    return object;
  /* Negative bounds count from the end; then both are held within what exists. */
  int64_t low = by > 0 ? 0 : -1, high = by > 0 ? n : n - 1;
  from = CLAMP (from < 0 && start.type != JINJA_NONE ? from + n : from, low, high);
  to = CLAMP (to < 0 && stop.type != JINJA_NONE ? to + n : to, low, high);
  by = CLAMP (by, -n - 1, n + 1);
  if (is_seq)
    {
      JinjaValue list = jinja_seq (run, object.seq->kind == JINJA_TUPLE ? JINJA_TUPLE : JINJA_LIST, 0);
      for (int64_t i = from; (by > 0 ? i < to : i > to) && jinja_spend (run, 1); i += by)
        jinja_append (run, list, object.seq->items[i]);
      return list;
    }
  if (by == 1)
    {
      size_t begin = object.length, end = object.length, unused;
      if (from >= to)
        return jinja_literal ("");
      find_char (run, object, from, &begin, &unused);
      if (to < n)
        find_char (run, object, to, &end, &unused);
      return jinja_string (object.text + begin, end - begin);
    }
  const JinjaSeq *chars = jinja_iterate (run, object);
  GString *buffer = g_string_new (NULL);
  for (int64_t i = from; (by > 0 ? i < to : i > to) && jinja_spend (run, 1) && i < chars->n; i += by)
    jinja_put (run, buffer, chars->items[i].text, chars->items[i].length);
  return jinja_take (run, buffer);
}
