/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"

#define MAX_DEPTH 250   /* of brackets, tags and signs within each other: about ten C calls each */

typedef struct {
  JinjaArena   *arena;
  const GArray *tokens;
  uint32_t      pos;
  uint32_t      depth, loop_depth;
  GError       *error;   /* sticky: after the first mistake the parser only sees the end */
} Parser;

static JinjaNode *parse_expression (Parser *parser);
static JinjaNode *parse_tuple (Parser *parser, bool with_condition);
static JinjaNode *parse_unary (Parser *parser, bool with_filter);
static JinjaNode *parse_primary (Parser *parser);
static JinjaNode *parse_postfix (Parser *parser, JinjaNode *node);
static const char *parse_body (Parser *parser, const char *const *ends, JinjaNodes *body);

static const JinjaToken *
peek (const Parser *parser, uint32_t ahead)
{
  uint32_t last = parser->tokens->len - 1;
  uint32_t index = parser->error != NULL || ahead > last - MIN (parser->pos, last) ? last : parser->pos + ahead;
  return &g_array_index (parser->tokens, JinjaToken, index);
}

static void G_GNUC_PRINTF (3, 4)
parse_fail (Parser *parser, SenError code, const char *format, ...)
{
  if (parser->error != NULL)
    return;
  uint32_t line = peek (parser, 0)->line;
  va_list list;
  va_start (list, format);
  g_autofree char *what = g_strdup_vprintf (format, list);
  va_end (list);
  parser->error = g_error_new (SEN_ERROR, code, "chat template, line %u: %s", line, what);
}

static void
next (Parser *parser)
{
  parser->pos++;
}

static JinjaNode *
new_node (Parser *parser, JinjaNodeKind kind)
{
  JinjaNode *node = jinja_arena_alloc (parser->arena, sizeof *node);
  node->kind = kind;
  node->line = peek (parser, 0)->line;
  if (jinja_arena_is_over (parser->arena))
    parse_fail (parser, SEN_ERROR_LIMIT, "the template is too large");
  return node;
}

static JinjaNode *
new_pair (Parser *parser, JinjaNodeKind kind, JinjaNode *a, JinjaNode *b)
{
  JinjaNode *node = new_node (parser, kind);
  node->a = a;
  node->b = b;
  return node;
}

static bool
enter (Parser *parser)
{
  if (++parser->depth > MAX_DEPTH)
    parse_fail (parser, SEN_ERROR_LIMIT, "nested deeper than %d levels", MAX_DEPTH);
  return parser->error == NULL;
}

static JinjaNodes
take_nodes (Parser *parser, GPtrArray *list)
{
  JinjaNodes nodes = { .n = list->len };
  nodes.nodes = jinja_arena_alloc (parser->arena, list->len * sizeof (JinjaNode *));
  if (nodes.nodes == NULL)
    {
      parse_fail (parser, SEN_ERROR_LIMIT, "the template is too large");
      nodes.n = 0;
    }
  else if (list->len > 0)
    memcpy (nodes.nodes, list->pdata, list->len * sizeof (JinjaNode *));
  return nodes;
}

static bool
at_op (const Parser *parser, uint32_t op)
{
  const JinjaToken *token = peek (parser, 0);
  return token->kind == JINJA_TOKEN_OP && token->op == op;
}

static bool
is_name (const JinjaToken *token, const char *name)
{
  return token->kind == JINJA_TOKEN_NAME && jinja_is_string (token->value, name);
}

static bool
at_name (const Parser *parser, const char *name)
{
  return is_name (peek (parser, 0), name);
}

static bool
skip_op (Parser *parser, uint32_t op)
{
  if (!at_op (parser, op))
    return false;
  next (parser);
  return true;
}

static bool
skip_name (Parser *parser, const char *name)
{
  if (!at_name (parser, name))
    return false;
  next (parser);
  return true;
}

static void
expect_op (Parser *parser, uint32_t op)
{
  if (!skip_op (parser, op))
    parse_fail (parser, SEN_ERROR_FORMAT, "“%c” is missing", (char) op);
}

static const char *
copy_name (Parser *parser, JinjaValue name)
{
  char *copy = jinja_arena_alloc (parser->arena, name.length + 1);
  if (copy == NULL)
    {
      parse_fail (parser, SEN_ERROR_LIMIT, "the template is too large");
      return "";
    }
  memcpy (copy, name.text, name.length);
  return copy;
}

static const char *
expect_name (Parser *parser)
{
  const JinjaToken *token = peek (parser, 0);
  if (token->kind != JINJA_TOKEN_NAME)
    {
      parse_fail (parser, SEN_ERROR_FORMAT, "a name is missing");
      return "";
    }
  next (parser);
  return copy_name (parser, token->value);
}

static void
expect_block_end (Parser *parser)
{
  if (peek (parser, 0)->kind != JINJA_TOKEN_BLOCK_END)
    parse_fail (parser, SEN_ERROR_FORMAT, "the tag has more in it than it should");
  next (parser);
}

/* (a, *b, c=d, **e) */
static JinjaNodes
parse_args (Parser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  expect_op (parser, '(');
  while (parser->error == NULL && !at_op (parser, ')'))
    {
      JinjaNode *node;
      if (list->len > 0)
        {
          expect_op (parser, ',');
          if (at_op (parser, ')'))
            break;
        }
      if (at_op (parser, '*') || at_op (parser, JINJA_OP2 ('*', '*')))
        {
          node = new_node (parser, at_op (parser, '*') ? JINJA_NODE_STAR : JINJA_NODE_DOUBLE_STAR);
          next (parser);
          node->a = parse_expression (parser);
        }
      else if (peek (parser, 0)->kind == JINJA_TOKEN_NAME && peek (parser, 1)->kind == JINJA_TOKEN_OP
               && peek (parser, 1)->op == '=')
        {
          node = new_node (parser, JINJA_NODE_KEYWORD);
          node->name = expect_name (parser);
          next (parser);
          node->a = parse_expression (parser);
        }
      else
        {
          node = parse_expression (parser);
          if (list->len > 0 && ((JinjaNode *) list->pdata[list->len - 1])->kind == JINJA_NODE_KEYWORD)
            parse_fail (parser, SEN_ERROR_FORMAT, "an argument without a name follows one with a name");
        }
      g_ptr_array_add (list, node);
    }
  expect_op (parser, ')');
  return take_nodes (parser, list);
}

static JinjaNode *
parse_subscript (Parser *parser, JinjaNode *object)
{
  JinjaNode *node = new_pair (parser, JINJA_NODE_ITEM, object, NULL);
  JinjaNode *parts[3] = { NULL, NULL, NULL };
  uint32_t n = 0;
  next (parser);
  for (;;)
    {
      if (!at_op (parser, ':') && !at_op (parser, ']'))
        parts[n] = parse_expression (parser);
      if (n == 2 || !skip_op (parser, ':'))
        break;
      n++;
      node->kind = JINJA_NODE_SLICE;
    }
  expect_op (parser, ']');
  if (node->kind == JINJA_NODE_SLICE)
    node->items = (JinjaNodes) { jinja_arena_alloc (parser->arena, sizeof parts), 3 };
  if (node->kind == JINJA_NODE_SLICE)
    memcpy (node->items.nodes, parts, sizeof parts);
  else if ((node->b = parts[0]) == NULL)
    parse_fail (parser, SEN_ERROR_FORMAT, "an index is missing between the brackets");
  return node;
}

static JinjaNode *
parse_call (Parser *parser, JinjaNode *callee)
{
  JinjaNode *node = new_pair (parser, JINJA_NODE_CALL, callee, NULL);
  node->items = parse_args (parser);
  return node;
}

static JinjaNode *
parse_postfix (Parser *parser, JinjaNode *node)
{
  for (;;)
    {
      if (at_op (parser, '.'))
        {
          next (parser);
          const JinjaToken *token = peek (parser, 0);
          if (token->kind == JINJA_TOKEN_VALUE && token->value.type == JINJA_INT)
            {
              node = new_pair (parser, JINJA_NODE_ITEM, node, new_node (parser, JINJA_NODE_CONST));
              node->b->value = token->value;
              next (parser);
              continue;
            }
          node = new_pair (parser, JINJA_NODE_ATTRIBUTE, node, NULL);
          node->name = expect_name (parser);
        }
      else if (at_op (parser, '['))
        node = parse_subscript (parser, node);
      else if (at_op (parser, '('))
        node = parse_call (parser, node);
      else
        return node;
    }
}

static const char *
parse_dotted_name (Parser *parser)
{
  const char *name = expect_name (parser);
  while (skip_op (parser, '.'))
    {
      const char *more = expect_name (parser);
      size_t n = strlen (name) + strlen (more) + 2;
      char *both = jinja_arena_alloc (parser->arena, n);
      if (both == NULL)
        break;
      g_snprintf (both, n, "%s.%s", name, more);
      name = both;
    }
  return name;
}

static JinjaNode *
parse_filter (Parser *parser, JinjaNode *value)
{
  JinjaNode *node = new_pair (parser, JINJA_NODE_FILTER, value, NULL);
  node->name = parse_dotted_name (parser);
  if (at_op (parser, '('))
    node->items = parse_args (parser);
  return node;
}

static JinjaNode *
parse_test (Parser *parser, JinjaNode *value)
{
  next (parser);
  bool is_negated = skip_name (parser, "not");
  JinjaNode *node = new_pair (parser, JINJA_NODE_TEST, value, NULL);
  node->name = parse_dotted_name (parser);
  const JinjaToken *token = peek (parser, 0);
  if (at_op (parser, '('))
    node->items = parse_args (parser);
  else if ((token->kind == JINJA_TOKEN_NAME && !at_name (parser, "else") && !at_name (parser, "or") && !at_name (parser, "and"))
           || token->kind == JINJA_TOKEN_VALUE || at_op (parser, '[') || at_op (parser, '{'))
    {
      if (at_name (parser, "is"))
        parse_fail (parser, SEN_ERROR_FORMAT, "tests cannot follow each other with “is”");
      g_autoptr (GPtrArray) list = g_ptr_array_new ();
      g_ptr_array_add (list, parse_postfix (parser, parse_primary (parser)));
      node->items = take_nodes (parser, list);
    }
  return is_negated ? new_pair (parser, JINJA_NODE_NOT, node, NULL) : node;
}

static JinjaNode *
parse_filters (Parser *parser, JinjaNode *node)
{
  for (;;)
    if (skip_op (parser, '|'))
      node = parse_filter (parser, node);
    else if (at_name (parser, "is"))
      node = parse_test (parser, node);
    else if (at_op (parser, '('))
      node = parse_call (parser, node);
    else
      return node;
}

static JinjaNode *
parse_list (Parser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = new_node (parser, JINJA_NODE_LIST);
  next (parser);
  while (parser->error == NULL && !at_op (parser, ']'))
    {
      if (list->len > 0)
        expect_op (parser, ',');
      if (at_op (parser, ']'))
        break;
      g_ptr_array_add (list, parse_expression (parser));
    }
  expect_op (parser, ']');
  node->items = take_nodes (parser, list);
  return node;
}

static JinjaNode *
parse_dict (Parser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = new_node (parser, JINJA_NODE_DICT);
  next (parser);
  while (parser->error == NULL && !at_op (parser, '}'))
    {
      if (list->len > 0)
        expect_op (parser, ',');
      if (at_op (parser, '}'))
        break;
      g_ptr_array_add (list, parse_expression (parser));
      expect_op (parser, ':');
      g_ptr_array_add (list, parse_expression (parser));
    }
  expect_op (parser, '}');
  node->items = take_nodes (parser, list);
  return node;
}

static JinjaValue
join_strings (Parser *parser, JinjaValue a, JinjaValue b)
{
  char *both = jinja_arena_alloc (parser->arena, (size_t) a.length + b.length + 1);
  if (both == NULL)
    {
      parse_fail (parser, SEN_ERROR_LIMIT, "the template is too large");
      return a;
    }
  memcpy (both, a.text, a.length);
  memcpy (both + a.length, b.text, b.length);
  return jinja_string (both, (size_t) a.length + b.length);
}

static JinjaNode *
parse_primary (Parser *parser)
{
  static const struct {
    const char *name;
    JinjaType   type;
    bool        value;
  } constants[] = {
    { "true", JINJA_BOOL, true }, { "True", JINJA_BOOL, true },   { "false", JINJA_BOOL, false }, { "False", JINJA_BOOL, false },
    { "none", JINJA_NONE, 0 },    { "None", JINJA_NONE, 0 },
  };
  const JinjaToken *token = peek (parser, 0);
  JinjaNode *node = NULL;
  if (!enter (parser))
    return new_node (parser, JINJA_NODE_CONST);
  if (token->kind == JINJA_TOKEN_NAME)
    {
      node = new_node (parser, JINJA_NODE_NAME);
      node->name = expect_name (parser);
      for (size_t i = 0; i < G_N_ELEMENTS (constants); i++)
        if (strcmp (node->name, constants[i].name) == 0)
          {
            node->kind = JINJA_NODE_CONST;
            node->value = constants[i].type == JINJA_NONE ? jinja_none () : jinja_bool (constants[i].value);
          }
    }
  else if (token->kind == JINJA_TOKEN_VALUE)
    {
      node = new_node (parser, JINJA_NODE_CONST);
      node->value = token->value;
      next (parser);
      while (node->value.type == JINJA_STRING && peek (parser, 0)->kind == JINJA_TOKEN_VALUE
             && peek (parser, 0)->value.type == JINJA_STRING)
        {
          node->value = join_strings (parser, node->value, peek (parser, 0)->value);
          next (parser);
        }
    }
  else if (skip_op (parser, '('))
    {
      node = at_op (parser, ')') ? new_node (parser, JINJA_NODE_TUPLE) : parse_tuple (parser, true);
      expect_op (parser, ')');
    }
  else if (at_op (parser, '['))
    node = parse_list (parser);
  else if (at_op (parser, '{'))
    node = parse_dict (parser);
  else
    {
      parse_fail (parser, SEN_ERROR_FORMAT, "a value is missing");
      node = new_node (parser, JINJA_NODE_CONST);
    }
  parser->depth--;
  return node;
}

static JinjaNode *
parse_unary (Parser *parser, bool with_filter)
{
  JinjaNode *node;
  if (at_op (parser, '-') || at_op (parser, '+'))
    {
      if (!enter (parser))
        return new_node (parser, JINJA_NODE_CONST);
      node = new_node (parser, at_op (parser, '-') ? JINJA_NODE_NEGATIVE : JINJA_NODE_POSITIVE);
      next (parser);
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
parse_binary (Parser *parser, int level)
{
  static const uint32_t levels[2][5] = { { '*', '/', JINJA_OP2 ('/', '/'), '%' }, { JINJA_OP2 ('*', '*') } };
  if (level == 2)
    return parse_unary (parser, true);
  JinjaNode *left = parse_binary (parser, level + 1);
  for (;;)
    {
      uint32_t op = 0;
      for (int i = 0; levels[level][i] != 0 && op == 0; i++)
        if (at_op (parser, levels[level][i]))
          op = levels[level][i];
      if (op == 0)
        return left;
      next (parser);
      left = new_pair (parser, JINJA_NODE_BINARY, left, NULL);
      left->op = op;
      left->b = parse_binary (parser, level + 1);
    }
}

/* "~" binds between sums and products, and joins any number of texts at once. */
static JinjaNode *
parse_concat (Parser *parser)
{
  JinjaNode *first = parse_binary (parser, 0);
  if (!at_op (parser, '~'))
    return first;
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = new_node (parser, JINJA_NODE_CONCAT);
  g_ptr_array_add (list, first);
  while (skip_op (parser, '~'))
    g_ptr_array_add (list, parse_binary (parser, 0));
  node->items = take_nodes (parser, list);
  return node;
}

static JinjaNode *
parse_sum (Parser *parser)
{
  JinjaNode *left = parse_concat (parser);
  while (at_op (parser, '+') || at_op (parser, '-'))
    {
      left = new_pair (parser, JINJA_NODE_BINARY, left, NULL);
      left->op = at_op (parser, '+') ? '+' : '-';
      next (parser);
      left->b = parse_concat (parser);
    }
  return left;
}

static uint32_t
parse_comparison_op (Parser *parser)
{
  static const uint32_t ops[] = { JINJA_OP2 ('=', '='), JINJA_OP2 ('!', '='), '<', JINJA_OP2 ('<', '='), '>', JINJA_OP2 ('>', '=') };
  for (size_t i = 0; i < G_N_ELEMENTS (ops); i++)
    if (skip_op (parser, ops[i]))
      return ops[i];
  if (skip_name (parser, "in"))
    return JINJA_OP_IN;
  if (at_name (parser, "not") && is_name (peek (parser, 1), "in"))
    {
      parser->pos += 2;
      return JINJA_OP_NOT_IN;
    }
  return 0;
}

static JinjaNode *
parse_compare (Parser *parser)
{
  JinjaNode *first = parse_sum (parser);
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  uint32_t op;
  while ((op = parse_comparison_op (parser)) != 0)
    {
      JinjaNode *operand = new_node (parser, JINJA_NODE_OPERAND);
      operand->op = op;
      operand->a = parse_sum (parser);
      g_ptr_array_add (list, operand);
    }
  if (list->len == 0)
    return first;
  JinjaNode *node = new_pair (parser, JINJA_NODE_COMPARE, first, NULL);
  node->items = take_nodes (parser, list);
  return node;
}

static JinjaNode *
parse_not (Parser *parser)
{
  if (!at_name (parser, "not"))
    return parse_compare (parser);
  JinjaNode *node = new_node (parser, JINJA_NODE_NOT);
  next (parser);
  if (enter (parser))
    node->a = parse_not (parser);
  parser->depth--;
  return node;
}

static JinjaNode *
parse_and (Parser *parser)
{
  JinjaNode *left = parse_not (parser);
  while (skip_name (parser, "and"))
    {
      left = new_pair (parser, JINJA_NODE_AND, left, NULL);
      left->b = parse_not (parser);
    }
  return left;
}

static JinjaNode *
parse_or (Parser *parser)
{
  JinjaNode *left = parse_and (parser);
  while (skip_name (parser, "or"))
    {
      left = new_pair (parser, JINJA_NODE_OR, left, NULL);
      left->b = parse_and (parser);
    }
  return left;
}

static JinjaNode *
parse_expression (Parser *parser)
{
  if (!enter (parser))
    return new_node (parser, JINJA_NODE_CONST);
  JinjaNode *node = parse_or (parser);
  while (skip_name (parser, "if"))
    {
      node = new_pair (parser, JINJA_NODE_CONDITION, node, NULL);
      node->b = parse_or (parser);
      if (skip_name (parser, "else"))
        node->c = parse_expression (parser);
    }
  parser->depth--;
  return node;
}

static bool
at_tuple_end (const Parser *parser)
{
  JinjaTokenKind kind = peek (parser, 0)->kind;
  return kind == JINJA_TOKEN_VARIABLE_END || kind == JINJA_TOKEN_BLOCK_END || kind == JINJA_TOKEN_END || at_op (parser, ')')
         || at_name (parser, "recursive");
}

/* One expression, or several with commas, which make a tuple. */
static JinjaNode *
parse_tuple (Parser *parser, bool with_condition)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  bool has_comma = false;
  for (;;)
    {
      if (list->len > 0 && at_tuple_end (parser))
        break;
      g_ptr_array_add (list, with_condition ? parse_expression (parser) : parse_or (parser));
      if (!skip_op (parser, ','))
        break;
      has_comma = true;
    }
  if (!has_comma)
    return list->pdata[0];
  JinjaNode *node = new_node (parser, JINJA_NODE_TUPLE);
  node->items = take_nodes (parser, list);
  return node;
}

/* What set and for assign to: a name, ns.name, or several with commas, in brackets or not. */
static JinjaNode *
parse_target (Parser *parser, bool may_be_tuple)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  bool has_comma = false;
  do
    {
      JinjaNode *node;
      if (list->len > 0 && (at_name (parser, "in") || at_op (parser, '=') || at_op (parser, ')')))
        break;
      if (enter (parser) && skip_op (parser, '('))
        {
          node = parse_target (parser, true);
          expect_op (parser, ')');
        }
      else
        {
          node = new_node (parser, JINJA_NODE_NAME);
          node->name = expect_name (parser);
          if (skip_op (parser, '.'))
            {
              node = new_pair (parser, JINJA_NODE_ATTRIBUTE, node, NULL);
              node->name = expect_name (parser);
            }
        }
      parser->depth--;
      g_ptr_array_add (list, node);
      if (!may_be_tuple || !at_op (parser, ','))
        break;
      has_comma = true;
    }
  while (skip_op (parser, ','));
  if (!has_comma)
    return list->pdata[0];
  JinjaNode *node = new_node (parser, JINJA_NODE_TUPLE);
  node->items = take_nodes (parser, list);
  return node;
}

static JinjaNodes
parse_parameters (Parser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  expect_op (parser, '(');
  while (parser->error == NULL && !at_op (parser, ')'))
    {
      if (list->len > 0)
        expect_op (parser, ',');
      JinjaNode *node = new_node (parser, JINJA_NODE_PARAMETER);
      node->name = expect_name (parser);
      if (skip_op (parser, '='))
        node->a = parse_expression (parser);
      g_ptr_array_add (list, node);
    }
  expect_op (parser, ')');
  return take_nodes (parser, list);
}

static void
parse_body_to (Parser *parser, const char *end, JinjaNodes *body)
{
  const char *ends[] = { end, NULL };
  parse_body (parser, ends, body);
  expect_block_end (parser);
}

static JinjaNode *
parse_for (Parser *parser)
{
  static const char *const ends[] = { "else", "endfor", NULL };
  JinjaNode *node = new_node (parser, JINJA_NODE_FOR);
  node->a = parse_target (parser, true);
  if (!skip_name (parser, "in"))
    parse_fail (parser, SEN_ERROR_FORMAT, "“in” is missing in for");
  node->b = parse_tuple (parser, false);
  if (skip_name (parser, "if"))
    node->c = parse_expression (parser);
  if (at_name (parser, "recursive"))
    parse_fail (parser, SEN_ERROR_UNSUPPORTED, "recursive loops are not supported");
  expect_block_end (parser);
  parser->loop_depth++;
  const char *end = parse_body (parser, ends, &node->body);
  parser->loop_depth--;
  expect_block_end (parser);
  if (strcmp (end, "else") == 0)
    parse_body_to (parser, "endfor", &node->other);
  return node;
}

static JinjaNode *
parse_if (Parser *parser)
{
  static const char *const ends[] = { "elif", "else", "endif", NULL };
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = new_node (parser, JINJA_NODE_IF);
  const char *end = "elif";
  while (parser->error == NULL && strcmp (end, "elif") == 0)
    {
      JinjaNode *branch = new_node (parser, JINJA_NODE_BRANCH);
      branch->a = parse_tuple (parser, false);
      expect_block_end (parser);
      end = parse_body (parser, ends, &branch->body);
      g_ptr_array_add (list, branch);
    }
  expect_block_end (parser);
  node->items = take_nodes (parser, list);
  if (strcmp (end, "else") == 0)
    parse_body_to (parser, "endif", &node->other);
  return node;
}

static JinjaNode *
parse_set (Parser *parser)
{
  JinjaNode *node = new_node (parser, JINJA_NODE_SET);
  node->a = parse_target (parser, true);
  if (skip_op (parser, '='))
    {
      node->b = parse_tuple (parser, true);
      expect_block_end (parser);
      return node;
    }
  node->kind = JINJA_NODE_SET_BLOCK;
  while (skip_op (parser, '|'))
    node->b = parse_filter (parser, node->b);
  expect_block_end (parser);
  parse_body_to (parser, "endset", &node->body);
  return node;
}

/* The body of a macro is no part of the loop around it. */
static void
parse_closed_body (Parser *parser, const char *end, JinjaNodes *body)
{
  uint32_t loop_depth = parser->loop_depth;
  parser->loop_depth = 0;
  parse_body_to (parser, end, body);
  parser->loop_depth = loop_depth;
}

static JinjaNode *
parse_macro (Parser *parser)
{
  JinjaNode *node = new_node (parser, JINJA_NODE_MACRO);
  node->name = expect_name (parser);
  node->items = parse_parameters (parser);
  expect_block_end (parser);
  parse_closed_body (parser, "endmacro", &node->body);
  return node;
}

static JinjaNode *
parse_call_block (Parser *parser)
{
  JinjaNode *node = new_node (parser, JINJA_NODE_CALL_BLOCK);
  node->name = "caller";
  if (at_op (parser, '('))
    node->items = parse_parameters (parser);
  node->a = parse_expression (parser);
  if (node->a->kind != JINJA_NODE_CALL)
    parse_fail (parser, SEN_ERROR_FORMAT, "call needs a call");
  expect_block_end (parser);
  parse_closed_body (parser, "endcall", &node->body);
  return node;
}

static JinjaNode *
parse_filter_block (Parser *parser)
{
  JinjaNode *node = new_node (parser, JINJA_NODE_FILTER_BLOCK);
  node->b = parse_filter (parser, NULL);
  while (skip_op (parser, '|'))
    node->b = parse_filter (parser, node->b);
  expect_block_end (parser);
  parse_body_to (parser, "endfilter", &node->body);
  return node;
}

static JinjaNode *
parse_with (Parser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = new_node (parser, JINJA_NODE_SCOPE);
  while (parser->error == NULL && peek (parser, 0)->kind != JINJA_TOKEN_BLOCK_END)
    {
      if (list->len > 0)
        expect_op (parser, ',');
      JinjaNode *binding = new_pair (parser, JINJA_NODE_KEYWORD, NULL, parse_target (parser, false));
      expect_op (parser, '=');
      binding->a = parse_expression (parser);
      g_ptr_array_add (list, binding);
    }
  expect_block_end (parser);
  node->items = take_nodes (parser, list);
  parse_body_to (parser, "endwith", &node->body);
  return node;
}

/* Marks what the assistant said, for training; here it is only a scope. */
static JinjaNode *
parse_generation (Parser *parser)
{
  JinjaNode *node = new_node (parser, JINJA_NODE_SCOPE);
  expect_block_end (parser);
  parse_closed_body (parser, "endgeneration", &node->body);
  return node;
}

static JinjaNode *
parse_jump (Parser *parser, JinjaNodeKind kind)
{
  JinjaNode *node = new_node (parser, kind);
  if (parser->loop_depth == 0)
    parse_fail (parser, SEN_ERROR_FORMAT, "break and continue belong into a loop");
  expect_block_end (parser);
  return node;
}

static JinjaNode *
parse_statement (Parser *parser, const char *tag)
{
  static const struct {
    const char *tag;
    JinjaNode *(*parse) (Parser *parser);
  } tags[] = {
    { "for", parse_for },         { "if", parse_if },
    { "set", parse_set },         { "macro", parse_macro },
    { "call", parse_call_block }, { "filter", parse_filter_block },
    { "with", parse_with },       { "generation", parse_generation },
  };
  static const char *const unsupported[] = { "block", "extends", "include", "import", "from", "autoescape", "do", "trans" };
  for (size_t i = 0; i < G_N_ELEMENTS (tags); i++)
    if (strcmp (tag, tags[i].tag) == 0)
      return tags[i].parse (parser);
  if (strcmp (tag, "break") == 0)
    return parse_jump (parser, JINJA_NODE_BREAK);
  if (strcmp (tag, "continue") == 0)
    return parse_jump (parser, JINJA_NODE_CONTINUE);
  for (size_t i = 0; i < G_N_ELEMENTS (unsupported); i++)
    if (strcmp (tag, unsupported[i]) == 0)
      parse_fail (parser, SEN_ERROR_UNSUPPORTED, "“%s” is not supported", tag);
  parse_fail (parser, SEN_ERROR_FORMAT, "the tag “%.40s” is unknown or stands in the wrong place", tag);
  return new_node (parser, JINJA_NODE_CONST);
}

/* Statements up to a tag in @ends (NULL: the end of the template), whose name is read and returned. */
static const char *
parse_body (Parser *parser, const char *const *ends, JinjaNodes *body)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  const char *found = "";
  enter (parser);
  while (parser->error == NULL && *found == '\0')
    {
      const JinjaToken *token = peek (parser, 0);
      JinjaNode *node = NULL;
      if (token->kind == JINJA_TOKEN_DATA)
        {
          node = new_node (parser, JINJA_NODE_DATA);
          node->value = token->value;
          next (parser);
        }
      else if (token->kind == JINJA_TOKEN_VARIABLE_BEGIN)
        {
          next (parser);
          node = new_node (parser, JINJA_NODE_OUTPUT);
          node->a = parse_tuple (parser, true);
          if (peek (parser, 0)->kind != JINJA_TOKEN_VARIABLE_END)
            parse_fail (parser, SEN_ERROR_FORMAT, "“}}” is missing");
          next (parser);
        }
      else if (token->kind == JINJA_TOKEN_BLOCK_BEGIN)
        {
          next (parser);
          const char *tag = expect_name (parser);
          for (size_t i = 0; ends != NULL && ends[i] != NULL; i++)
            if (strcmp (tag, ends[i]) == 0)
              found = ends[i];
          if (*found == '\0' && parser->error == NULL)
            node = parse_statement (parser, tag);
        }
      else if (ends == NULL)
        break;
      else
        {
          const char *end = ends[0];
          for (size_t i = 0; ends[i] != NULL; i++)
            end = ends[i];
          parse_fail (parser, SEN_ERROR_FORMAT, "“{%% %s %%}” is missing", end);
        }
      if (node != NULL)
        g_ptr_array_add (list, node);
    }
  parser->depth--;
  *body = take_nodes (parser, list);
  return found;
}

bool
jinja_parse (SenJinja *jinja, const GArray *tokens, GError **error)
{
  Parser parser = { .arena = &jinja->arena, .tokens = tokens };
  parse_body (&parser, NULL, &jinja->body);
  if (parser.error == NULL)
    return true;
  g_propagate_error (error, parser.error);
  return false;
}
