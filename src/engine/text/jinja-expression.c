/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-parser-private.h"

#define MAX_DEPTH 250   /* of brackets, tags and signs within each other: about ten C calls each */

static JinjaNode *parse_unary (JinjaParser *parser, bool with_filter);
static JinjaNode *parse_primary (JinjaParser *parser);
static JinjaNode *parse_postfix (JinjaParser *parser, JinjaNode *node);

const JinjaToken *
jinja_parser_peek (const JinjaParser *parser, uint32_t ahead)
{
  uint32_t last = parser->tokens->len - 1;
  uint32_t index = parser->error != NULL || ahead > last - MIN (parser->pos, last) ? last : parser->pos + ahead;
  return &g_array_index (parser->tokens, JinjaToken, index);
}

void
jinja_parser_fail (JinjaParser *parser, SenError code, const char *format, ...)
{
  if (parser->error != NULL)
    return;
  uint32_t line = jinja_parser_peek (parser, 0)->line;
  va_list list;
  va_start (list, format);
  g_autofree char *what = g_strdup_vprintf (format, list);
  va_end (list);
  parser->error = g_error_new (SEN_ERROR, code, "chat template, line %u: %s", line, what);
}

void
jinja_parser_next (JinjaParser *parser)
{
  parser->pos++;
}

JinjaNode *
jinja_parser_new_node (JinjaParser *parser, JinjaNodeKind kind)
{
  JinjaNode *node = jinja_arena_alloc (parser->arena, sizeof *node);
  node->kind = kind;
  node->line = jinja_parser_peek (parser, 0)->line;
  if (jinja_arena_is_over (parser->arena))
    jinja_parser_fail (parser, SEN_ERROR_LIMIT, "the template is too large");
  return node;
}

JinjaNode *
jinja_parser_new_pair (JinjaParser *parser, JinjaNodeKind kind, JinjaNode *a, JinjaNode *b)
{
  JinjaNode *node = jinja_parser_new_node (parser, kind);
  node->a = a;
  node->b = b;
  return node;
}

bool
jinja_parser_enter (JinjaParser *parser)
{
  if (++parser->depth > MAX_DEPTH)
    jinja_parser_fail (parser, SEN_ERROR_LIMIT, "nested deeper than %d levels", MAX_DEPTH);
  return parser->error == NULL;
}

JinjaNodes
jinja_parser_take_nodes (JinjaParser *parser, GPtrArray *list)
{
  JinjaNodes nodes = { .n = list->len };
  nodes.nodes = jinja_arena_alloc (parser->arena, list->len * sizeof (JinjaNode *));
  if (nodes.nodes == NULL)
    {
      jinja_parser_fail (parser, SEN_ERROR_LIMIT, "the template is too large");
      nodes.n = 0;
    }
  else if (list->len > 0)
    memcpy (nodes.nodes, list->pdata, list->len * sizeof (JinjaNode *));
  return nodes;
}

bool
jinja_parser_at_op (const JinjaParser *parser, uint32_t op)
{
  const JinjaToken *token = jinja_parser_peek (parser, 0);
  return token->kind == JINJA_TOKEN_OP && token->op == op;
}

static bool
is_name (const JinjaToken *token, const char *name)
{
  return token->kind == JINJA_TOKEN_NAME && jinja_is_string (token->value, name);
}

bool
jinja_parser_at_name (const JinjaParser *parser, const char *name)
{
  return is_name (jinja_parser_peek (parser, 0), name);
}

bool
jinja_parser_skip_op (JinjaParser *parser, uint32_t op)
{
  if (!jinja_parser_at_op (parser, op))
    return false;
  jinja_parser_next (parser);
  return true;
}

bool
jinja_parser_skip_name (JinjaParser *parser, const char *name)
{
  if (!jinja_parser_at_name (parser, name))
    return false;
  jinja_parser_next (parser);
  return true;
}

void
jinja_parser_expect_op (JinjaParser *parser, uint32_t op)
{
  if (!jinja_parser_skip_op (parser, op))
    jinja_parser_fail (parser, SEN_ERROR_FORMAT, "“%c” is missing", (char) op);
}

static const char *
copy_name (JinjaParser *parser, JinjaValue name)
{
  char *copy = jinja_arena_alloc (parser->arena, name.length + 1);
  if (copy == NULL)
    {
      jinja_parser_fail (parser, SEN_ERROR_LIMIT, "the template is too large");
      return "";
    }
  memcpy (copy, name.text, name.length);
  return copy;
}

const char *
jinja_parser_expect_name (JinjaParser *parser)
{
  const JinjaToken *token = jinja_parser_peek (parser, 0);
  if (token->kind != JINJA_TOKEN_NAME)
    {
      jinja_parser_fail (parser, SEN_ERROR_FORMAT, "a name is missing");
      return "";
    }
  jinja_parser_next (parser);
  return copy_name (parser, token->value);
}

/* (a, *b, c=d, **e) */
static JinjaNodes
parse_args (JinjaParser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  jinja_parser_expect_op (parser, '(');
  while (parser->error == NULL && !jinja_parser_at_op (parser, ')'))
    {
      JinjaNode *node;
      if (list->len > 0)
        {
          jinja_parser_expect_op (parser, ',');
          if (jinja_parser_at_op (parser, ')'))
            break;
        }
      if (jinja_parser_at_op (parser, '*') || jinja_parser_at_op (parser, JINJA_OP2 ('*', '*')))
        {
          node = jinja_parser_new_node (parser,
                                        jinja_parser_at_op (parser, '*') ? JINJA_NODE_STAR : JINJA_NODE_DOUBLE_STAR);
          jinja_parser_next (parser);
          node->a = jinja_parser_expression (parser);
        }
      else if (jinja_parser_peek (parser, 0)->kind == JINJA_TOKEN_NAME
               && jinja_parser_peek (parser, 1)->kind == JINJA_TOKEN_OP && jinja_parser_peek (parser, 1)->op == '=')
        {
          node = jinja_parser_new_node (parser, JINJA_NODE_KEYWORD);
          node->name = jinja_parser_expect_name (parser);
          jinja_parser_next (parser);
          node->a = jinja_parser_expression (parser);
        }
      else
        {
          node = jinja_parser_expression (parser);
          if (list->len > 0 && ((JinjaNode *) list->pdata[list->len - 1])->kind == JINJA_NODE_KEYWORD)
            jinja_parser_fail (parser, SEN_ERROR_FORMAT, "an argument without a name follows one with a name");
        }
      g_ptr_array_add (list, node);
    }
  jinja_parser_expect_op (parser, ')');
  return jinja_parser_take_nodes (parser, list);
}

static JinjaNode *
parse_subscript (JinjaParser *parser, JinjaNode *object)
{
  JinjaNode *node = jinja_parser_new_pair (parser, JINJA_NODE_ITEM, object, NULL);
  JinjaNode *parts[3] = { NULL, NULL, NULL };
  uint32_t n = 0;
  jinja_parser_next (parser);
  for (;;)
    {
      if (!jinja_parser_at_op (parser, ':') && !jinja_parser_at_op (parser, ']'))
        parts[n] = jinja_parser_expression (parser);
      if (n == 2 || !jinja_parser_skip_op (parser, ':'))
        break;
      n++;
      node->kind = JINJA_NODE_SLICE;
    }
  jinja_parser_expect_op (parser, ']');
  if (node->kind == JINJA_NODE_SLICE)
    node->items = (JinjaNodes) { jinja_arena_alloc (parser->arena, sizeof parts), 3 };
  if (node->kind == JINJA_NODE_SLICE)
    memcpy (node->items.nodes, parts, sizeof parts);
  else if ((node->b = parts[0]) == NULL)
    jinja_parser_fail (parser, SEN_ERROR_FORMAT, "an index is missing between the brackets");
  return node;
}

static JinjaNode *
parse_call (JinjaParser *parser, JinjaNode *callee)
{
  JinjaNode *node = jinja_parser_new_pair (parser, JINJA_NODE_CALL, callee, NULL);
  node->items = parse_args (parser);
  return node;
}

static JinjaNode *
parse_postfix (JinjaParser *parser, JinjaNode *node)
{
  for (;;)
    {
      if (jinja_parser_at_op (parser, '.'))
        {
          jinja_parser_next (parser);
          const JinjaToken *token = jinja_parser_peek (parser, 0);
          if (token->kind == JINJA_TOKEN_VALUE && token->value.type == JINJA_INT)
            {
              node = jinja_parser_new_pair (parser, JINJA_NODE_ITEM, node,
                                            jinja_parser_new_node (parser, JINJA_NODE_CONST));
              node->b->value = token->value;
              jinja_parser_next (parser);
              continue;
            }
          node = jinja_parser_new_pair (parser, JINJA_NODE_ATTRIBUTE, node, NULL);
          node->name = jinja_parser_expect_name (parser);
        }
      else if (jinja_parser_at_op (parser, '['))
        node = parse_subscript (parser, node);
      else if (jinja_parser_at_op (parser, '('))
        node = parse_call (parser, node);
      else
        return node;
    }
}

static const char *
parse_dotted_name (JinjaParser *parser)
{
  const char *name = jinja_parser_expect_name (parser);
  while (jinja_parser_skip_op (parser, '.'))
    {
      const char *more = jinja_parser_expect_name (parser);
      size_t n = strlen (name) + strlen (more) + 2;
      char *both = jinja_arena_alloc (parser->arena, n);
      if (both == NULL)
        break;
      g_snprintf (both, n, "%s.%s", name, more);
      name = both;
    }
  return name;
}

JinjaNode *
jinja_parser_filter (JinjaParser *parser, JinjaNode *value)
{
  JinjaNode *node = jinja_parser_new_pair (parser, JINJA_NODE_FILTER, value, NULL);
  node->name = parse_dotted_name (parser);
  if (jinja_parser_at_op (parser, '('))
    node->items = parse_args (parser);
  return node;
}

static JinjaNode *
parse_test (JinjaParser *parser, JinjaNode *value)
{
  jinja_parser_next (parser);
  bool is_negated = jinja_parser_skip_name (parser, "not");
  JinjaNode *node = jinja_parser_new_pair (parser, JINJA_NODE_TEST, value, NULL);
  node->name = parse_dotted_name (parser);
  const JinjaToken *token = jinja_parser_peek (parser, 0);
  if (jinja_parser_at_op (parser, '('))
    node->items = parse_args (parser);
  else if ((token->kind == JINJA_TOKEN_NAME && !jinja_parser_at_name (parser, "else")
            && !jinja_parser_at_name (parser, "or") && !jinja_parser_at_name (parser, "and"))
           || token->kind == JINJA_TOKEN_VALUE || jinja_parser_at_op (parser, '[') || jinja_parser_at_op (parser, '{'))
    {
      if (jinja_parser_at_name (parser, "is"))
        jinja_parser_fail (parser, SEN_ERROR_FORMAT, "tests cannot follow each other with “is”");
      g_autoptr (GPtrArray) list = g_ptr_array_new ();
      g_ptr_array_add (list, parse_postfix (parser, parse_primary (parser)));
      node->items = jinja_parser_take_nodes (parser, list);
    }
  return is_negated ? jinja_parser_new_pair (parser, JINJA_NODE_NOT, node, NULL) : node;
}

static JinjaNode *
parse_filters (JinjaParser *parser, JinjaNode *node)
{
  for (;;)
    if (jinja_parser_skip_op (parser, '|'))
      node = jinja_parser_filter (parser, node);
    else if (jinja_parser_at_name (parser, "is"))
      node = parse_test (parser, node);
    else if (jinja_parser_at_op (parser, '('))
      node = parse_call (parser, node);
    else
      return node;
}

static JinjaNode *
parse_list (JinjaParser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_LIST);
  jinja_parser_next (parser);
  while (parser->error == NULL && !jinja_parser_at_op (parser, ']'))
    {
      if (list->len > 0)
        jinja_parser_expect_op (parser, ',');
      if (jinja_parser_at_op (parser, ']'))
        break;
      g_ptr_array_add (list, jinja_parser_expression (parser));
    }
  jinja_parser_expect_op (parser, ']');
  node->items = jinja_parser_take_nodes (parser, list);
  return node;
}

static JinjaNode *
parse_dict (JinjaParser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_DICT);
  jinja_parser_next (parser);
  while (parser->error == NULL && !jinja_parser_at_op (parser, '}'))
    {
      if (list->len > 0)
        jinja_parser_expect_op (parser, ',');
      if (jinja_parser_at_op (parser, '}'))
        break;
      g_ptr_array_add (list, jinja_parser_expression (parser));
      jinja_parser_expect_op (parser, ':');
      g_ptr_array_add (list, jinja_parser_expression (parser));
    }
  jinja_parser_expect_op (parser, '}');
  node->items = jinja_parser_take_nodes (parser, list);
  return node;
}

static JinjaValue
join_strings (JinjaParser *parser, JinjaValue a, JinjaValue b)
{
  char *both = jinja_arena_alloc (parser->arena, (size_t) a.length + b.length + 1);
  if (both == NULL)
    {
      jinja_parser_fail (parser, SEN_ERROR_LIMIT, "the template is too large");
      return a;
    }
  memcpy (both, a.text, a.length);
  memcpy (both + a.length, b.text, b.length);
  return jinja_string (both, (size_t) a.length + b.length);
}

static JinjaNode *
parse_primary (JinjaParser *parser)
{
  static const struct {
    const char *name;
    JinjaType   type;
    bool        value;
  } constants[] = {
    { "true", JINJA_BOOL, true },   { "True", JINJA_BOOL, true }, { "false", JINJA_BOOL, false },
    { "False", JINJA_BOOL, false }, { "none", JINJA_NONE, 0 },    { "None", JINJA_NONE, 0 },
  };
  const JinjaToken *token = jinja_parser_peek (parser, 0);
  JinjaNode *node = NULL;
  if (!jinja_parser_enter (parser))
    return jinja_parser_new_node (parser, JINJA_NODE_CONST);
  if (token->kind == JINJA_TOKEN_NAME)
    {
      node = jinja_parser_new_node (parser, JINJA_NODE_NAME);
      node->name = jinja_parser_expect_name (parser);
      for (size_t i = 0; i < G_N_ELEMENTS (constants); i++)
        if (strcmp (node->name, constants[i].name) == 0)
          {
            node->kind = JINJA_NODE_CONST;
            node->value = constants[i].type == JINJA_NONE ? jinja_none () : jinja_bool (constants[i].value);
          }
    }
  else if (token->kind == JINJA_TOKEN_VALUE)
    {
      node = jinja_parser_new_node (parser, JINJA_NODE_CONST);
      node->value = token->value;
      jinja_parser_next (parser);
      while (node->value.type == JINJA_STRING && jinja_parser_peek (parser, 0)->kind == JINJA_TOKEN_VALUE
             && jinja_parser_peek (parser, 0)->value.type == JINJA_STRING)
        {
          node->value = join_strings (parser, node->value, jinja_parser_peek (parser, 0)->value);
          jinja_parser_next (parser);
        }
    }
  else if (jinja_parser_skip_op (parser, '('))
    {
      node = jinja_parser_at_op (parser, ')') ? jinja_parser_new_node (parser, JINJA_NODE_TUPLE)
                                              : jinja_parser_tuple (parser, true);
      jinja_parser_expect_op (parser, ')');
    }
  else if (jinja_parser_at_op (parser, '['))
    node = parse_list (parser);
  else if (jinja_parser_at_op (parser, '{'))
    node = parse_dict (parser);
  else
    {
      jinja_parser_fail (parser, SEN_ERROR_FORMAT, "a value is missing");
      node = jinja_parser_new_node (parser, JINJA_NODE_CONST);
    }
  parser->depth--;
  return node;
}

static JinjaNode *
parse_unary (JinjaParser *parser, bool with_filter)
{
  JinjaNode *node;
  if (jinja_parser_at_op (parser, '-') || jinja_parser_at_op (parser, '+'))
    {
      if (!jinja_parser_enter (parser))
        return jinja_parser_new_node (parser, JINJA_NODE_CONST);
      node
        = jinja_parser_new_node (parser, jinja_parser_at_op (parser, '-') ? JINJA_NODE_NEGATIVE : JINJA_NODE_POSITIVE);
      jinja_parser_next (parser);
      node->a = parse_unary (parser, false);
      parser->depth--;
    }
  else
    node = parse_primary (parser);
  node = parse_postfix (parser, node);
  return with_filter ? parse_filters (parser, node) : node;
}

/* Products (level 0) and powers (level 1), leftmost first. */
static JinjaNode *
parse_binary (JinjaParser *parser, int level)
{
  static const uint32_t levels[2][5] = { { '*', '/', JINJA_OP2 ('/', '/'), '%' }, { JINJA_OP2 ('*', '*') } };
  if (level == 2)
    return parse_unary (parser, true);
  JinjaNode *left = parse_binary (parser, level + 1);
  for (;;)
    {
      uint32_t op = 0;
      for (int i = 0; levels[level][i] != 0 && op == 0; i++)
        if (jinja_parser_at_op (parser, levels[level][i]))
          op = levels[level][i];
      if (op == 0)
        return left;
      jinja_parser_next (parser);
      left = jinja_parser_new_pair (parser, JINJA_NODE_BINARY, left, NULL);
      left->op = op;
      left->b = parse_binary (parser, level + 1);
    }
}

/* "~" binds between sums and products, and joins any number of texts at once. */
static JinjaNode *
parse_concat (JinjaParser *parser)
{
  JinjaNode *first = parse_binary (parser, 0);
  if (!jinja_parser_at_op (parser, '~'))
    return first;
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_CONCAT);
  g_ptr_array_add (list, first);
  while (jinja_parser_skip_op (parser, '~'))
    g_ptr_array_add (list, parse_binary (parser, 0));
  node->items = jinja_parser_take_nodes (parser, list);
  return node;
}

static JinjaNode *
parse_sum (JinjaParser *parser)
{
  JinjaNode *left = parse_concat (parser);
  while (jinja_parser_at_op (parser, '+') || jinja_parser_at_op (parser, '-'))
    {
      left = jinja_parser_new_pair (parser, JINJA_NODE_BINARY, left, NULL);
      left->op = jinja_parser_at_op (parser, '+') ? '+' : '-';
      jinja_parser_next (parser);
      left->b = parse_concat (parser);
    }
  return left;
}

static uint32_t
parse_comparison_op (JinjaParser *parser)
{
  static const uint32_t ops[]
    = { JINJA_OP2 ('=', '='), JINJA_OP2 ('!', '='), '<', JINJA_OP2 ('<', '='), '>', JINJA_OP2 ('>', '=') };
  for (size_t i = 0; i < G_N_ELEMENTS (ops); i++)
    if (jinja_parser_skip_op (parser, ops[i]))
      return ops[i];
  if (jinja_parser_skip_name (parser, "in"))
    return JINJA_OP_IN;
  if (jinja_parser_at_name (parser, "not") && is_name (jinja_parser_peek (parser, 1), "in"))
    {
      parser->pos += 2;
      return JINJA_OP_NOT_IN;
    }
  return 0;
}

static JinjaNode *
parse_compare (JinjaParser *parser)
{
  JinjaNode *first = parse_sum (parser);
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  uint32_t op;
  while ((op = parse_comparison_op (parser)) != 0)
    {
      JinjaNode *operand = jinja_parser_new_node (parser, JINJA_NODE_OPERAND);
      operand->op = op;
      operand->a = parse_sum (parser);
      g_ptr_array_add (list, operand);
    }
  if (list->len == 0)
    return first;
  JinjaNode *node = jinja_parser_new_pair (parser, JINJA_NODE_COMPARE, first, NULL);
  node->items = jinja_parser_take_nodes (parser, list);
  return node;
}

static JinjaNode *
parse_not (JinjaParser *parser)
{
  if (!jinja_parser_at_name (parser, "not"))
    return parse_compare (parser);
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_NOT);
  jinja_parser_next (parser);
  if (jinja_parser_enter (parser))
    node->a = parse_not (parser);
  parser->depth--;
  return node;
}

static JinjaNode *
parse_and (JinjaParser *parser)
{
  JinjaNode *left = parse_not (parser);
  while (jinja_parser_skip_name (parser, "and"))
    {
      left = jinja_parser_new_pair (parser, JINJA_NODE_AND, left, NULL);
      left->b = parse_not (parser);
    }
  return left;
}

static JinjaNode *
parse_or (JinjaParser *parser)
{
  JinjaNode *left = parse_and (parser);
  while (jinja_parser_skip_name (parser, "or"))
    {
      left = jinja_parser_new_pair (parser, JINJA_NODE_OR, left, NULL);
      left->b = parse_and (parser);
    }
  return left;
}

JinjaNode *
jinja_parser_expression (JinjaParser *parser)
{
  if (!jinja_parser_enter (parser))
    return jinja_parser_new_node (parser, JINJA_NODE_CONST);
  JinjaNode *node = parse_or (parser);
  while (jinja_parser_skip_name (parser, "if"))
    {
      node = jinja_parser_new_pair (parser, JINJA_NODE_CONDITION, node, NULL);
      node->b = parse_or (parser);
      if (jinja_parser_skip_name (parser, "else"))
        node->c = jinja_parser_expression (parser);
    }
  parser->depth--;
  return node;
}

static bool
at_tuple_end (const JinjaParser *parser)
{
  JinjaTokenKind kind = jinja_parser_peek (parser, 0)->kind;
  return kind == JINJA_TOKEN_VARIABLE_END || kind == JINJA_TOKEN_BLOCK_END || kind == JINJA_TOKEN_END
         || jinja_parser_at_op (parser, ')') || jinja_parser_at_name (parser, "recursive");
}

/* One expression, or several with commas, which make a tuple. */
JinjaNode *
jinja_parser_tuple (JinjaParser *parser, bool with_condition)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  bool has_comma = false;
  for (;;)
    {
      if (list->len > 0 && at_tuple_end (parser))
        break;
      g_ptr_array_add (list, with_condition ? jinja_parser_expression (parser) : parse_or (parser));
      if (!jinja_parser_skip_op (parser, ','))
        break;
      has_comma = true;
    }
  if (!has_comma)
    return list->pdata[0];
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_TUPLE);
  node->items = jinja_parser_take_nodes (parser, list);
  return node;
}
