/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"

#include <math.h>

#define TEST(test, expression) \
  static JinjaValue \
  test_##test (JinjaRun *run, JinjaValue self, const JinjaArgs *args) \
  { \
    return jinja_bool (expression); \
  }

static JinjaValue
first (const JinjaArgs *args)
{
  return jinja_arg (args, 0, NULL, jinja_none ());
}

static bool
is_whole (JinjaRun *run, JinjaValue value, int64_t divisor, int64_t rest)
{
  JinjaValue left = jinja_binary (run, '%', value, jinja_int (divisor));
  return jinja_is_number (left) && jinja_number (left) == (double) rest;
}

static bool
has_case (JinjaRun *run, JinjaValue self, const char *method)
{
  JinjaValue text = jinja_to_string (run, self);
  const JinjaArgs none = { 0 };
  return jinja_find_method (text, method)->native (run, text, &none).i;
}

static bool
is_same (JinjaRun *run, JinjaValue a, JinjaValue b)
{
  if (a.type == JINJA_SEQ && b.type == JINJA_SEQ)
    return a.seq == b.seq;
  if (a.type == JINJA_DICT && b.type == JINJA_DICT)
    return a.dict == b.dict;
  return a.type == b.type && jinja_equals (run, a, b);
}

TEST (defined, self.type != JINJA_UNDEFINED)
TEST (undefined, self.type == JINJA_UNDEFINED)
TEST (none, self.type == JINJA_NONE)
TEST (boolean, self.type == JINJA_BOOL)
TEST (true, self.type == JINJA_BOOL && self.i)
TEST (false, self.type == JINJA_BOOL && !self.i)
TEST (integer, self.type == JINJA_INT)
TEST (float, self.type == JINJA_FLOAT)
TEST (number, jinja_is_number (self))
TEST (string, self.type == JINJA_STRING)
TEST (mapping, self.type == JINJA_DICT)
TEST (iterable, jinja_is_iterable (self))
TEST (sequence, self.type == JINJA_UNDEFINED || self.type == JINJA_STRING || self.type == JINJA_DICT
                || (self.type == JINJA_SEQ && self.seq->kind <= JINJA_RANGE))
TEST (callable, self.type == JINJA_MACRO || self.type == JINJA_FUNCTION)
TEST (odd, is_whole (run, self, 2, 1))
TEST (even, is_whole (run, self, 2, 0))
TEST (divisibleby, first (args).type == JINJA_INT && first (args).i != 0 && is_whole (run, self, first (args).i, 0))
TEST (lower, has_case (run, self, "islower"))
TEST (upper, has_case (run, self, "isupper"))
TEST (in, jinja_contains (run, first (args), self))
TEST (eq, jinja_equals (run, self, first (args)))
TEST (ne, !jinja_equals (run, self, first (args)))
TEST (lt, jinja_compare (run, self, first (args)) < 0)
TEST (le, jinja_compare (run, self, first (args)) <= 0)
TEST (gt, jinja_compare (run, self, first (args)) > 0)
TEST (ge, jinja_compare (run, self, first (args)) >= 0)
TEST (sameas, is_same (run, self, first (args)))
TEST (filter, self.type == JINJA_STRING && jinja_find_filter (jinja_dup (run, self)) != NULL)
TEST (test, self.type == JINJA_STRING && jinja_find_test (jinja_dup (run, self)) != NULL)

static const JinjaBuiltin tests[] = {
  { "defined", test_defined },
  { "undefined", test_undefined },
  { "none", test_none },
  { "boolean", test_boolean },
  { "true", test_true },
  { "false", test_false },
  { "integer", test_integer },
  { "float", test_float },
  { "number", test_number },
  { "string", test_string },
  { "mapping", test_mapping },
  { "iterable", test_iterable },
  { "sequence", test_sequence },
  { "callable", test_callable },
  { "odd", test_odd },
  { "even", test_even },
  { "divisibleby", test_divisibleby },
  { "lower", test_lower },
  { "upper", test_upper },
  { "in", test_in },
  { "eq", test_eq },
  { "equalto", test_eq },
  { "==", test_eq },
  { "ne", test_ne },
  { "!=", test_ne },
  { "lt", test_lt },
  { "lessthan", test_lt },
  { "<", test_lt },
  { "le", test_le },
  { "<=", test_le },
  { "gt", test_gt },
  { "greaterthan", test_gt },
  { ">", test_gt },
  { "ge", test_ge },
  { ">=", test_ge },
  { "sameas", test_sameas },
  { "filter", test_filter },
  { "test", test_test },
};

const JinjaBuiltin *
jinja_find_test (const char *name)
{
  return jinja_find_in (tests, G_N_ELEMENTS (tests), name);
}
