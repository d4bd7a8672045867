/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"

typedef enum { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE } Flow;

static JinjaValue eval (JinjaRun *run, const JinjaNode *node, JinjaScope *scope);
static Flow       exec_body (JinjaRun *run, const JinjaNodes *body, JinjaScope *scope);

static JinjaScope *
new_scope (JinjaRun *run, JinjaScope *parent)
{
  JinjaScope *scope = jinja_arena_alloc (&run->arena, sizeof *scope);
  scope->parent = parent;
  return scope;
}

static void
bind (JinjaRun *run, JinjaScope *scope, const char *name, JinjaValue value)
{
  for (uint32_t i = 0; i < scope->n; i++)
    if (strcmp (scope->bindings[i].name, name) == 0)
      {
        scope->bindings[i].value = value;
        return;
      }
  if (scope->n == scope->capacity)
    {
      uint32_t capacity = MAX (4, scope->capacity * 2);
      void *bigger = jinja_arena_alloc (&run->arena, capacity * sizeof *scope->bindings);
      if (bigger == NULL || !jinja_spend (run, 1))
        return;
      if (scope->n > 0)
        memcpy (bigger, scope->bindings, scope->n * sizeof *scope->bindings);
      scope->bindings = bigger;
      scope->capacity = capacity;
    }
  scope->bindings[scope->n].name = name;
  scope->bindings[scope->n++].value = value;
}

static JinjaValue
look_up (JinjaRun *run, const JinjaScope *scope, const char *name)
{
  for (; scope != NULL; scope = scope->parent)
    for (uint32_t i = 0; i < scope->n; i++)
      if (strcmp (scope->bindings[i].name, name) == 0)
        return scope->bindings[i].value;
  const JinjaBuiltin *builtin = jinja_find_function (name);
  if (builtin == NULL)
    return jinja_undefined (name);
  JinjaFunction *function = jinja_arena_alloc (&run->arena, sizeof *function);
  *function = (JinjaFunction) { builtin, jinja_none () };
  return (JinjaValue) { .type = JINJA_FUNCTION, .function = function };
}

static void
assign (JinjaRun *run, const JinjaNode *target, JinjaValue value, JinjaScope *scope)
{
  if (target->kind == JINJA_NODE_NAME)
    bind (run, scope, target->name, value);
  else if (target->kind == JINJA_NODE_ATTRIBUTE)
    {
      JinjaValue space = eval (run, target->a, scope);
      if (space.type == JINJA_NAMESPACE)
        jinja_dict_set (run, space.dict, jinja_literal (target->name), value);
      else
        jinja_fail (run, SEN_ERROR_INVALID, "“%s” can be set on a namespace only, not on a %s", target->name,
                    jinja_type_name (space));
    }
  else
    {
      const JinjaSeq *seq = jinja_iterate (run, value);
      if (seq->n != target->items.n)
        jinja_fail (run, SEN_ERROR_INVALID, "%u values cannot be assigned to %u names", seq->n, target->items.n);
      for (uint32_t i = 0; i < target->items.n && run->error == NULL && jinja_enter (run); i++, run->depth--)
        assign (run, target->items.nodes[i], seq->items[i], scope);
    }
}

/* A fresh scope for the next round of a loop, in the memory of @last where nobody needs it. */
static JinjaScope *
renew_scope (JinjaRun *run, JinjaScope *last, JinjaScope *parent)
{
  if (last == NULL || last->is_kept)
    return new_scope (run, parent);
  last->n = 0;
  return last;
}

/* Everything a body prints, as a value. */
static JinjaValue
capture (JinjaRun *run, const JinjaNodes *body, JinjaScope *scope)
{
  GString *outer = run->out;
  run->out = g_string_new (NULL);
  exec_body (run, body, scope);
  JinjaValue text = jinja_take (run, run->out);
  run->out = outer;
  return text;
}

static void
eval_args (JinjaRun *run, const JinjaNodes *items, JinjaScope *scope, JinjaArgs *args)
{
  GPtrArray *names = NULL;
  *args = (JinjaArgs) { 0 };
  if (items->n == 0)
    return;
  JinjaValue values = jinja_seq (run, JINJA_LIST, items->n), named = jinja_seq (run, JINJA_LIST, 0);
  for (uint32_t i = 0; i < items->n && run->error == NULL; i++)
    {
      const JinjaNode *node = items->nodes[i];
      bool is_part
        = node->kind == JINJA_NODE_STAR || node->kind == JINJA_NODE_DOUBLE_STAR || node->kind == JINJA_NODE_KEYWORD;
      JinjaValue value = eval (run, is_part ? node->a : node, scope);
      if (node->kind == JINJA_NODE_STAR)
        {
          const JinjaSeq *seq = jinja_iterate (run, value);
          for (uint32_t j = 0; j < seq->n && jinja_spend (run, 1); j++)
            jinja_append (run, values, seq->items[j]);
        }
      else if (!is_part)
        jinja_append (run, values, value);
      else
        {
          if (names == NULL)
            names = g_ptr_array_new ();
          if (node->kind == JINJA_NODE_KEYWORD)
            {
              g_ptr_array_add (names, (char *) node->name);
              jinja_append (run, named, value);
            }
          else if (value.type != JINJA_DICT)
            jinja_fail (run, SEN_ERROR_INVALID, "“**” wants a dict, not a %s", jinja_type_name (value));
          else
            for (uint32_t j = 0; j < value.dict->n && jinja_spend (run, 1); j++)
              if (value.dict->pairs[j].key.type == JINJA_STRING)
                {
                  g_ptr_array_add (names, jinja_dup (run, value.dict->pairs[j].key));
                  jinja_append (run, named, value.dict->pairs[j].value);
                }
        }
    }
  args->n = values.seq->n;
  args->values = values.seq->items;
  if (names != NULL)
    {
      args->n_named = MIN (names->len, named.seq->n);
      args->named = named.seq->items;
      args->names = jinja_arena_alloc (&run->arena, names->len * sizeof (char *));
      if (args->names == NULL || run->error != NULL)
        args->n_named = 0;
      else if (names->len > 0)
        memcpy (args->names, names->pdata, names->len * sizeof (char *));
      g_ptr_array_unref (names);
    }
}

static JinjaValue
call_macro (JinjaRun *run, const JinjaMacro *macro, const JinjaArgs *args)
{
  const JinjaNodes *parameters = &macro->node->items;
  JinjaScope *scope = new_scope (run, macro->scope);
  JinjaValue extra = jinja_seq (run, JINJA_TUPLE, 0), named = jinja_dict (run), caller = jinja_undefined ("caller");
  for (uint32_t i = 0; i < parameters->n && run->error == NULL; i++)
    {
      const JinjaNode *parameter = parameters->nodes[i];
      JinjaValue value = jinja_undefined (parameter->name);
      bool is_given = i < args->n;
      for (uint32_t j = 0; !is_given && j < args->n_named; j++)
        is_given = strcmp (args->names[j], parameter->name) == 0;
      if (is_given)
        value = jinja_arg (args, i, parameter->name, value);
      else if (parameter->a != NULL)
        value = eval (run, parameter->a, scope);
      bind (run, scope, parameter->name, value);
    }
  for (uint32_t i = parameters->n; i < args->n && jinja_spend (run, 1); i++)
    jinja_append (run, extra, args->values[i]);
  for (uint32_t j = 0; j < args->n_named && jinja_spend (run, 1); j++)
    {
      bool is_parameter = false;
      for (uint32_t i = 0; !is_parameter && i < parameters->n; i++)
        is_parameter = strcmp (args->names[j], parameters->nodes[i]->name) == 0;
      if (strcmp (args->names[j], "caller") == 0)
        caller = args->named[j];
      else if (!is_parameter)
        jinja_dict_set (run, named.dict, jinja_literal (args->names[j]), args->named[j]);
    }
  bind (run, scope, "varargs", extra);
  bind (run, scope, "kwargs", named);
  if (macro->node->kind == JINJA_NODE_MACRO)
    bind (run, scope, "caller", caller);
  return capture (run, &macro->node->body, scope);
}

JinjaValue
jinja_call (JinjaRun *run, JinjaValue callee, const JinjaArgs *args)
{
  JinjaValue result = jinja_undefined (NULL);
  uint32_t line = run->line;
  if (callee.type == JINJA_FUNCTION)
    return callee.function->builtin->native (run, callee.function->self, args);
  if (callee.type == JINJA_UNDEFINED)
    jinja_fail (run, SEN_ERROR_INVALID, "“%.*s” is undefined, so it cannot be called", (int) callee.length,
                callee.text);
  else if (callee.type != JINJA_MACRO)
    jinja_fail (run, SEN_ERROR_INVALID, "a %s cannot be called", jinja_type_name (callee));
  else
    result = call_macro (run, callee.macro, args);
  if (run->error == NULL)
    run->line = line;
  return result;
}

static JinjaValue
eval_filter (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaArgs args;
  JinjaValue input = node->a != NULL ? eval (run, node->a, scope) : run->filter_input;
  const JinjaBuiltin *filter = jinja_find_filter (node->name);
  eval_args (run, &node->items, scope, &args);
  run->line = run->error == NULL ? node->line : run->line;
  if (filter == NULL)
    jinja_fail (run, SEN_ERROR_UNSUPPORTED, "there is no filter “%.40s”", node->name);
  return run->error == NULL ? filter->native (run, input, &args) : jinja_undefined (NULL);
}

static JinjaValue
eval_test (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaArgs args;
  JinjaValue input = eval (run, node->a, scope);
  const JinjaBuiltin *test = jinja_find_test (node->name);
  eval_args (run, &node->items, scope, &args);
  if (test == NULL)
    jinja_fail (run, SEN_ERROR_UNSUPPORTED, "there is no test “%.40s”", node->name);
  return run->error == NULL ? test->native (run, input, &args) : jinja_bool (false);
}

static bool
is_ordered (JinjaRun *run, uint32_t op, JinjaValue a, JinjaValue b)
{
  switch (op)
    {
    case JINJA_OP2 ('=', '='): return jinja_equals (run, a, b);
    case JINJA_OP2 ('!', '='): return !jinja_equals (run, a, b);
    case JINJA_OP_IN: return jinja_contains (run, b, a);
    case JINJA_OP_NOT_IN: return !jinja_contains (run, b, a);
    case '<': return jinja_compare (run, a, b) < 0;
    case '>': return jinja_compare (run, a, b) > 0;
    case JINJA_OP2 ('<', '='): return jinja_compare (run, a, b) <= 0;
    default: return jinja_compare (run, a, b) >= 0;
    }
}

/* a < b < c is a < b and b < c. */
static JinjaValue
eval_compare (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaValue left = eval (run, node->a, scope);
  for (uint32_t i = 0; i < node->items.n && run->error == NULL; i++)
    {
      JinjaValue right = eval (run, node->items.nodes[i]->a, scope);
      if (run->error != NULL || !is_ordered (run, node->items.nodes[i]->op, left, right))
        return jinja_bool (false);
      left = right;
    }
  return jinja_bool (true);
}

static JinjaValue
eval_concat (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  GString *buffer = g_string_new (NULL);
  for (uint32_t i = 0; i < node->items.n && run->error == NULL; i++)
    jinja_print (run, buffer, eval (run, node->items.nodes[i], scope));
  return jinja_take (run, buffer);
}

static JinjaValue
eval_dict (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaValue dict = jinja_dict (run);
  for (uint32_t i = 0; i + 1 < node->items.n && run->error == NULL; i += 2)
    {
      JinjaValue key = eval (run, node->items.nodes[i], scope);
      if (key.type == JINJA_DICT || (key.type == JINJA_SEQ && key.seq->kind == JINJA_LIST))
        jinja_fail (run, SEN_ERROR_INVALID, "a %s cannot be a key", jinja_type_name (key));
      jinja_dict_set (run, dict.dict, key, eval (run, node->items.nodes[i + 1], scope));
    }
  return dict;
}

static JinjaValue
eval_sign (JinjaRun *run, JinjaValue value, bool is_negative)
{
  if (!jinja_is_number (value))
    jinja_fail (run, SEN_ERROR_INVALID, "a %s has no sign", jinja_type_name (value));
  if (value.type == JINJA_FLOAT)
    return jinja_float (is_negative ? -value.f : value.f);
  return is_negative ? jinja_binary (run, '-', jinja_int (0), value) : jinja_int (value.i);
}

static JinjaValue
eval_part (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  return node != NULL ? eval (run, node, scope) : jinja_none ();
}

static JinjaValue
eval_node (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaValue a, b;
  JinjaArgs args;
  switch (node->kind)
    {
    case JINJA_NODE_CONST: return node->value;
    case JINJA_NODE_NAME: return look_up (run, scope, node->name);
    case JINJA_NODE_LIST:
    case JINJA_NODE_TUPLE:
      a = jinja_seq (run, node->kind == JINJA_NODE_LIST ? JINJA_LIST : JINJA_TUPLE, node->items.n);
      for (uint32_t i = 0; i < node->items.n && run->error == NULL; i++)
        jinja_append (run, a, eval (run, node->items.nodes[i], scope));
      return a;
    case JINJA_NODE_DICT: return eval_dict (run, node, scope);
    case JINJA_NODE_BINARY:
      a = eval (run, node->a, scope);
      b = eval (run, node->b, scope);
      return run->error == NULL ? jinja_binary (run, node->op, a, b) : a;
    case JINJA_NODE_AND:
      a = eval (run, node->a, scope);
      return jinja_is_true (a) ? eval (run, node->b, scope) : a;
    case JINJA_NODE_OR:
      a = eval (run, node->a, scope);
      return jinja_is_true (a) ? a : eval (run, node->b, scope);
    case JINJA_NODE_NOT: return jinja_bool (!jinja_is_true (eval (run, node->a, scope)));
    case JINJA_NODE_NEGATIVE:
    case JINJA_NODE_POSITIVE: return eval_sign (run, eval (run, node->a, scope), node->kind == JINJA_NODE_NEGATIVE);
    case JINJA_NODE_CONCAT: return eval_concat (run, node, scope);
    case JINJA_NODE_COMPARE: return eval_compare (run, node, scope);
    case JINJA_NODE_CONDITION:
      if (jinja_is_true (eval (run, node->b, scope)))
        return eval (run, node->a, scope);
      return node->c != NULL ? eval (run, node->c, scope) : jinja_undefined ("the other case of if");
    case JINJA_NODE_ATTRIBUTE:
      a = eval (run, node->a, scope);
      return run->error == NULL ? jinja_attribute (run, a, node->name) : a;
    case JINJA_NODE_ITEM:
      a = eval (run, node->a, scope);
      b = eval (run, node->b, scope);
      return run->error == NULL ? jinja_item (run, a, b) : a;
    case JINJA_NODE_SLICE:
      {
        a = eval (run, node->a, scope);
        JinjaValue start = eval_part (run, node->items.nodes[0], scope);
        JinjaValue stop = eval_part (run, node->items.nodes[1], scope);
        JinjaValue step = eval_part (run, node->items.nodes[2], scope);
        return run->error == NULL ? jinja_slice (run, a, start, stop, step) : a;
      }
    case JINJA_NODE_CALL:
      a = eval (run, node->a, scope);
      eval_args (run, &node->items, scope, &args);
      return run->error == NULL ? jinja_call (run, a, &args) : a;
    case JINJA_NODE_FILTER: return eval_filter (run, node, scope);
    case JINJA_NODE_TEST: return eval_test (run, node, scope);
    default: return jinja_undefined (NULL);
    }
}

static JinjaValue
eval (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaValue value = jinja_undefined (NULL);
  if (jinja_enter (run) && jinja_spend (run, 1))
    {
      run->line = node->line;
      value = eval_node (run, node, scope);
    }
  run->depth--;
  return value;
}

/* What the loop goes through: all, or those that pass its condition. */
static JinjaSeq *
find_rounds (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaValue source = eval (run, node->b, scope);
  JinjaSeq *seq = run->error == NULL ? jinja_iterate (run, source) : jinja_seq (run, JINJA_LIST, 0).seq;
  if (node->c == NULL)
    return seq;
  JinjaValue kept = jinja_seq (run, JINJA_LIST, 0);
  JinjaScope *inner = NULL;
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      inner = renew_scope (run, inner, scope);
      assign (run, node->a, seq->items[i], inner);
      if (run->error == NULL && jinja_is_true (eval (run, node->c, inner)))
        jinja_append (run, kept, seq->items[i]);
    }
  return kept.seq;
}

static void
exec_for (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaSeq *seq = find_rounds (run, node, scope);
  if (seq->n == 0 && run->error == NULL)
    exec_body (run, &node->other, new_scope (run, scope));
  if (seq->n == 0 || run->error != NULL)
    return;
  JinjaLoop *loop = jinja_arena_alloc (&run->arena, sizeof *loop);
  *loop = (JinjaLoop) { .seq = seq };
  JinjaScope *inner = NULL;
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      inner = renew_scope (run, inner, scope);
      loop->index = i;
      bind (run, inner, "loop", (JinjaValue) { .type = JINJA_LOOP, .loop = loop });
      assign (run, node->a, seq->items[i], inner);
      if (run->error != NULL || exec_body (run, &node->body, inner) == FLOW_BREAK)
        break;
    }
}

static JinjaValue
new_macro (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaMacro *macro = jinja_arena_alloc (&run->arena, sizeof *macro);
  *macro = (JinjaMacro) { node, scope };
  for (; scope != NULL && !scope->is_kept; scope = scope->parent)
    scope->is_kept = true;
  return (JinjaValue) { .type = JINJA_MACRO, .macro = macro };
}

/* The call gets the block as its argument "caller". */
static void
exec_call_block (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaArgs args;
  JinjaValue callee = eval (run, node->a->a, scope);
  eval_args (run, &node->a->items, scope, &args);
  uint32_t n = args.n_named;
  const char **names = jinja_arena_alloc (&run->arena, (n + 1) * sizeof *names);
  JinjaValue *named = jinja_arena_alloc (&run->arena, (n + 1) * sizeof *named);
  if (names == NULL || named == NULL || !jinja_spend (run, 1))
    return;
  for (uint32_t i = 0; i < n; i++)
    {
      names[i] = args.names[i];
      named[i] = args.named[i];
    }
  names[n] = "caller";
  named[n] = new_macro (run, node, scope);
  args.names = names;
  args.named = named;
  args.n_named = n + 1;
  jinja_print (run, run->out, jinja_call (run, callee, &args));
}

static JinjaValue
apply_filters (JinjaRun *run, const JinjaNode *filters, JinjaValue text, JinjaScope *scope)
{
  JinjaValue outer = run->filter_input;
  run->filter_input = text;
  text = filters != NULL ? eval (run, filters, scope) : text;
  run->filter_input = outer;
  return text;
}

static Flow
exec_if (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  for (uint32_t i = 0; i < node->items.n && run->error == NULL; i++)
    if (jinja_is_true (eval (run, node->items.nodes[i]->a, scope)))
      return run->error == NULL ? exec_body (run, &node->items.nodes[i]->body, scope) : FLOW_BREAK;
  return run->error == NULL ? exec_body (run, &node->other, scope) : FLOW_BREAK;
}

static Flow
exec (JinjaRun *run, const JinjaNode *node, JinjaScope *scope)
{
  JinjaScope *inner;
  switch (node->kind)
    {
    case JINJA_NODE_DATA: jinja_put (run, run->out, node->value.text, node->value.length); break;
    case JINJA_NODE_OUTPUT: jinja_print (run, run->out, eval (run, node->a, scope)); break;
    case JINJA_NODE_IF: return exec_if (run, node, scope);
    case JINJA_NODE_FOR: exec_for (run, node, scope); break;
    case JINJA_NODE_SET: assign (run, node->a, eval (run, node->b, scope), scope); break;
    case JINJA_NODE_SET_BLOCK:
      inner = new_scope (run, scope);
      assign (run, node->a, apply_filters (run, node->b, capture (run, &node->body, inner), scope), scope);
      break;
    case JINJA_NODE_MACRO: bind (run, scope, node->name, new_macro (run, node, scope)); break;
    case JINJA_NODE_CALL_BLOCK: exec_call_block (run, node, scope); break;
    case JINJA_NODE_FILTER_BLOCK:
      inner = new_scope (run, scope);
      jinja_print (run, run->out, apply_filters (run, node->b, capture (run, &node->body, inner), scope));
      break;
    case JINJA_NODE_SCOPE:
      inner = new_scope (run, scope);
      for (uint32_t i = 0; i < node->items.n && run->error == NULL; i++)
        assign (run, node->items.nodes[i]->b, eval (run, node->items.nodes[i]->a, scope), inner);
      return exec_body (run, &node->body, inner);
    case JINJA_NODE_BREAK: return FLOW_BREAK;
    case JINJA_NODE_CONTINUE: return FLOW_CONTINUE;
    default: break;
    }
  return FLOW_NEXT;
}

static Flow
exec_body (JinjaRun *run, const JinjaNodes *body, JinjaScope *scope)
{
  Flow flow = FLOW_NEXT;
  if (jinja_enter (run))
    for (uint32_t i = 0; i < body->n && flow == FLOW_NEXT && jinja_spend (run, 1); i++)
      {
        run->line = body->nodes[i]->line;
        flow = exec (run, body->nodes[i], scope);
      }
  run->depth--;
  return flow;
}

void
jinja_exec (JinjaRun *run, const JinjaNodes *body, JinjaScope *scope)
{
  exec_body (run, body, scope);
}
