/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"

#define MAX_RANGE 100000   /* as in the sandbox that templates are written for */

static JinjaValue
call_raise_exception (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue words = jinja_to_string (run, jinja_arg (args, 0, "message", jinja_literal ("")));
  jinja_fail (run, SEN_ERROR_INVALID, "the template refuses this conversation: %s", jinja_dup (run, words));
  return jinja_undefined (NULL);
}

static JinjaValue
call_range (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue list = jinja_seq (run, JINJA_RANGE, 0);
  int64_t bounds[3] = { 0, 0, 1 };
  for (uint32_t i = 0; i < args->n; i++)
    if (args->n > 3 || (args->values[i].type != JINJA_INT && args->values[i].type != JINJA_BOOL))
      jinja_fail (run, SEN_ERROR_INVALID, "range wants one to three whole numbers");
    else
      bounds[args->n == 1 ? 1 : i] = args->values[i].i;
  int64_t start = bounds[0], stop = bounds[1], step = bounds[2];
  if (args->n == 0 || step == 0)
    jinja_fail (run, SEN_ERROR_INVALID, "range wants a limit, and a step that is not zero");
  if (run->error != NULL)
    return list;
  uint64_t span = step > 0 ? (stop > start ? (uint64_t) stop - (uint64_t) start : 0)
                           : (start > stop ? (uint64_t) start - (uint64_t) stop : 0);
  uint64_t stride = step > 0 ? (uint64_t) step : -(uint64_t) step;
  uint64_t n = span / stride + (span % stride != 0 ? 1 : 0);
  if (n > MAX_RANGE)
    {
      jinja_fail (run, SEN_ERROR_LIMIT, "a range of more than %d numbers", MAX_RANGE);
      return list;
    }
  for (uint64_t i = 0; i < n && jinja_spend (run, 1); i++)
    jinja_append (run, list, jinja_int ((int64_t) ((uint64_t) start + i * (uint64_t) step)));
  GString *shown = g_string_new (NULL);
  g_string_append_printf (shown, "range(%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT, start, stop);
  if (step != 1)
    g_string_append_printf (shown, ", %" G_GINT64_FORMAT, step);
  g_string_append (shown, ")");
  list.seq->shown_as = jinja_dup (run, jinja_take (run, shown));
  return list;
}

/* dict() and namespace(): pairs of one positional mapping, then the named arguments. */
static JinjaValue
call_dict (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue dict = jinja_dict (run);
  if (args->n > 0 && (args->values[0].type == JINJA_DICT || args->values[0].type == JINJA_NAMESPACE))
    for (uint32_t i = 0; i < args->values[0].dict->n && jinja_spend (run, 1); i++)
      jinja_dict_set (run, dict.dict, args->values[0].dict->pairs[i].key, args->values[0].dict->pairs[i].value);
  else if (args->n > 0)
    {
      const JinjaSeq *pairs = jinja_iterate (run, args->values[0]);
      for (uint32_t i = 0; i < pairs->n && jinja_spend (run, 1); i++)
        {
          const JinjaSeq *pair = jinja_iterate (run, pairs->items[i]);
          if (pair->n == 2)
            jinja_dict_set (run, dict.dict, pair->items[0], pair->items[1]);
          else
            jinja_fail (run, SEN_ERROR_INVALID, "a dict is made of pairs");
        }
    }
  for (uint32_t i = 0; i < args->n_named && jinja_spend (run, 1); i++)
    jinja_dict_set (run, dict.dict, jinja_literal (args->names[i]), args->named[i]);
  return dict;
}

static JinjaValue
call_namespace (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  JinjaValue dict = call_dict (run, self, args);
  dict.type = JINJA_NAMESPACE;
  return dict;
}

static JinjaValue
call_strftime_now (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  return jinja_strftime (run, jinja_string_arg (run, args, 0, "format"));
}

/* A joiner gives its separator from the second call on; it remembers in a list. */
static JinjaValue
use_joiner (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  if (self.seq->n == 2)
    return self.seq->items[0];
  jinja_append (run, self, jinja_none ());
  return jinja_literal ("");
}

static JinjaValue
call_joiner (JinjaRun *run, JinjaValue self, const JinjaArgs *args)
{
  static const JinjaBuiltin builtin = { "joiner", use_joiner };
  JinjaFunction *function = jinja_arena_alloc (&run->arena, sizeof *function);
  *function = (JinjaFunction) { &builtin, jinja_seq (run, JINJA_LIST, 2) };
  jinja_append (run, function->self, jinja_arg (args, 0, "sep", jinja_literal (", ")));
  return (JinjaValue) { .type = JINJA_FUNCTION, .function = function };
}

static const JinjaBuiltin functions[] = {
  { "raise_exception", call_raise_exception }, { "range", call_range },
  { "dict", call_dict },                       { "namespace", call_namespace },
  { "strftime_now", call_strftime_now },       { "joiner", call_joiner },
};

const JinjaBuiltin *
jinja_find_function (const char *name)
{
  return jinja_find_in (functions, G_N_ELEMENTS (functions), name);
}
