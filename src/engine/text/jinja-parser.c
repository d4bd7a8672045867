/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-parser-private.h"

static const char *parse_body (JinjaParser *parser, const char *const *ends, JinjaNodes *body);

static void
expect_block_end (JinjaParser *parser)
{
  if (jinja_parser_peek (parser, 0)->kind != JINJA_TOKEN_BLOCK_END)
    jinja_parser_fail (parser, SEN_ERROR_FORMAT, "the tag has more in it than it should");
  jinja_parser_next (parser);
}

/* What set and for assign to: a name, ns.name, or several with commas, in brackets or not. */
static JinjaNode *
parse_target (JinjaParser *parser, bool may_be_tuple)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  bool has_comma = false;
  do
    {
      JinjaNode *node;
      if (list->len > 0
          && (jinja_parser_at_name (parser, "in") || jinja_parser_at_op (parser, '=')
              || jinja_parser_at_op (parser, ')')))
        break;
      if (jinja_parser_enter (parser) && jinja_parser_skip_op (parser, '('))
        {
          node = parse_target (parser, true);
          jinja_parser_expect_op (parser, ')');
        }
      else
        {
          node = jinja_parser_new_node (parser, JINJA_NODE_NAME);
          node->name = jinja_parser_expect_name (parser);
          if (jinja_parser_skip_op (parser, '.'))
            {
              node = jinja_parser_new_pair (parser, JINJA_NODE_ATTRIBUTE, node, NULL);
              node->name = jinja_parser_expect_name (parser);
            }
        }
      parser->depth--;
      g_ptr_array_add (list, node);
      if (!may_be_tuple || !jinja_parser_at_op (parser, ','))
        break;
      has_comma = true;
    }
  while (jinja_parser_skip_op (parser, ','));
  if (!has_comma)
    return list->pdata[0];
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_TUPLE);
  node->items = jinja_parser_take_nodes (parser, list);
  return node;
}

static JinjaNodes
parse_parameters (JinjaParser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  jinja_parser_expect_op (parser, '(');
  while (parser->error == NULL && !jinja_parser_at_op (parser, ')'))
    {
      if (list->len > 0)
        jinja_parser_expect_op (parser, ',');
      JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_PARAMETER);
      node->name = jinja_parser_expect_name (parser);
      if (jinja_parser_skip_op (parser, '='))
        node->a = jinja_parser_expression (parser);
      g_ptr_array_add (list, node);
    }
  jinja_parser_expect_op (parser, ')');
  return jinja_parser_take_nodes (parser, list);
}

static void
parse_body_to (JinjaParser *parser, const char *end, JinjaNodes *body)
{
  const char *ends[] = { end, NULL };
  parse_body (parser, ends, body);
  expect_block_end (parser);
}

static JinjaNode *
parse_for (JinjaParser *parser)
{
  static const char *const ends[] = { "else", "endfor", NULL };
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_FOR);
  node->a = parse_target (parser, true);
  if (!jinja_parser_skip_name (parser, "in"))
    jinja_parser_fail (parser, SEN_ERROR_FORMAT, "“in” is missing in for");
  node->b = jinja_parser_tuple (parser, false);
  if (jinja_parser_skip_name (parser, "if"))
    node->c = jinja_parser_expression (parser);
  if (jinja_parser_at_name (parser, "recursive"))
    jinja_parser_fail (parser, SEN_ERROR_UNSUPPORTED, "recursive loops are not supported");
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
parse_if (JinjaParser *parser)
{
  static const char *const ends[] = { "elif", "else", "endif", NULL };
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_IF);
  const char *end = "elif";
  while (parser->error == NULL && strcmp (end, "elif") == 0)
    {
      JinjaNode *branch = jinja_parser_new_node (parser, JINJA_NODE_BRANCH);
      branch->a = jinja_parser_tuple (parser, false);
      expect_block_end (parser);
      end = parse_body (parser, ends, &branch->body);
      g_ptr_array_add (list, branch);
    }
  expect_block_end (parser);
  node->items = jinja_parser_take_nodes (parser, list);
  if (strcmp (end, "else") == 0)
    parse_body_to (parser, "endif", &node->other);
  return node;
}

static JinjaNode *
parse_set (JinjaParser *parser)
{
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_SET);
  node->a = parse_target (parser, true);
  if (jinja_parser_skip_op (parser, '='))
    {
      node->b = jinja_parser_tuple (parser, true);
      expect_block_end (parser);
      return node;
    }
  node->kind = JINJA_NODE_SET_BLOCK;
  while (jinja_parser_skip_op (parser, '|'))
    node->b = jinja_parser_filter (parser, node->b);
  expect_block_end (parser);
  parse_body_to (parser, "endset", &node->body);
  return node;
}

/* The body of a macro is no part of the loop around it. */
static void
parse_closed_body (JinjaParser *parser, const char *end, JinjaNodes *body)
{
  uint32_t loop_depth = parser->loop_depth;
  parser->loop_depth = 0;
  parse_body_to (parser, end, body);
  parser->loop_depth = loop_depth;
}

static JinjaNode *
parse_macro (JinjaParser *parser)
{
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_MACRO);
  node->name = jinja_parser_expect_name (parser);
  node->items = parse_parameters (parser);
  expect_block_end (parser);
  parse_closed_body (parser, "endmacro", &node->body);
  return node;
}

static JinjaNode *
parse_call_block (JinjaParser *parser)
{
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_CALL_BLOCK);
  node->name = "caller";
  if (jinja_parser_at_op (parser, '('))
    node->items = parse_parameters (parser);
  node->a = jinja_parser_expression (parser);
  if (node->a->kind != JINJA_NODE_CALL)
    jinja_parser_fail (parser, SEN_ERROR_FORMAT, "call needs a call");
  expect_block_end (parser);
  parse_closed_body (parser, "endcall", &node->body);
  return node;
}

static JinjaNode *
parse_filter_block (JinjaParser *parser)
{
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_FILTER_BLOCK);
  node->b = jinja_parser_filter (parser, NULL);
  while (jinja_parser_skip_op (parser, '|'))
    node->b = jinja_parser_filter (parser, node->b);
  expect_block_end (parser);
  parse_body_to (parser, "endfilter", &node->body);
  return node;
}

static JinjaNode *
parse_with (JinjaParser *parser)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_SCOPE);
  while (parser->error == NULL && jinja_parser_peek (parser, 0)->kind != JINJA_TOKEN_BLOCK_END)
    {
      if (list->len > 0)
        jinja_parser_expect_op (parser, ',');
      JinjaNode *binding = jinja_parser_new_pair (parser, JINJA_NODE_KEYWORD, NULL, parse_target (parser, false));
      jinja_parser_expect_op (parser, '=');
      binding->a = jinja_parser_expression (parser);
      g_ptr_array_add (list, binding);
    }
  expect_block_end (parser);
  node->items = jinja_parser_take_nodes (parser, list);
  parse_body_to (parser, "endwith", &node->body);
  return node;
}

/* Marks what the assistant said, for training; here it is only a scope. */
static JinjaNode *
parse_generation (JinjaParser *parser)
{
  JinjaNode *node = jinja_parser_new_node (parser, JINJA_NODE_SCOPE);
  expect_block_end (parser);
  parse_closed_body (parser, "endgeneration", &node->body);
  return node;
}

static JinjaNode *
parse_jump (JinjaParser *parser, JinjaNodeKind kind)
{
  JinjaNode *node = jinja_parser_new_node (parser, kind);
  if (parser->loop_depth == 0)
    jinja_parser_fail (parser, SEN_ERROR_FORMAT, "break and continue belong into a loop");
  expect_block_end (parser);
  return node;
}

static JinjaNode *
parse_statement (JinjaParser *parser, const char *tag)
{
  static const struct {
    const char *tag;
    JinjaNode *(*parse) (JinjaParser *parser);
  } tags[] = {
    { "for", parse_for },         { "if", parse_if },
    { "set", parse_set },         { "macro", parse_macro },
    { "call", parse_call_block }, { "filter", parse_filter_block },
    { "with", parse_with },       { "generation", parse_generation },
  };
  static const char *const unsupported[]
    = { "block", "extends", "include", "import", "from", "autoescape", "do", "trans" };
  for (size_t i = 0; i < G_N_ELEMENTS (tags); i++)
    if (strcmp (tag, tags[i].tag) == 0)
      return tags[i].parse (parser);
  if (strcmp (tag, "break") == 0)
    return parse_jump (parser, JINJA_NODE_BREAK);
  if (strcmp (tag, "continue") == 0)
    return parse_jump (parser, JINJA_NODE_CONTINUE);
  for (size_t i = 0; i < G_N_ELEMENTS (unsupported); i++)
    if (strcmp (tag, unsupported[i]) == 0)
      jinja_parser_fail (parser, SEN_ERROR_UNSUPPORTED, "“%s” is not supported", tag);
  jinja_parser_fail (parser, SEN_ERROR_FORMAT, "the tag “%.40s” is unknown or stands in the wrong place", tag);
  return jinja_parser_new_node (parser, JINJA_NODE_CONST);
}

/* Statements up to a tag in @ends (NULL: the end of the template), whose name is read and returned. */
static const char *
parse_body (JinjaParser *parser, const char *const *ends, JinjaNodes *body)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  const char *found = "";
  jinja_parser_enter (parser);
  while (parser->error == NULL && *found == '\0')
    {
      const JinjaToken *token = jinja_parser_peek (parser, 0);
      JinjaNode *node = NULL;
      if (token->kind == JINJA_TOKEN_DATA)
        {
          node = jinja_parser_new_node (parser, JINJA_NODE_DATA);
          node->value = token->value;
          jinja_parser_next (parser);
        }
      else if (token->kind == JINJA_TOKEN_VARIABLE_BEGIN)
        {
          jinja_parser_next (parser);
          node = jinja_parser_new_node (parser, JINJA_NODE_OUTPUT);
          node->a = jinja_parser_tuple (parser, true);
          if (jinja_parser_peek (parser, 0)->kind != JINJA_TOKEN_VARIABLE_END)
            jinja_parser_fail (parser, SEN_ERROR_FORMAT, "“}}” is missing");
          jinja_parser_next (parser);
        }
      else if (token->kind == JINJA_TOKEN_BLOCK_BEGIN)
        {
          jinja_parser_next (parser);
          const char *tag = jinja_parser_expect_name (parser);
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
          jinja_parser_fail (parser, SEN_ERROR_FORMAT, "“{%% %s %%}” is missing", end);
        }
      if (node != NULL)
        g_ptr_array_add (list, node);
    }
  parser->depth--;
  *body = jinja_parser_take_nodes (parser, list);
  return found;
}

bool
jinja_parse (SenJinja *jinja, const GArray *tokens, GError **error)
{
  JinjaParser parser = { .arena = &jinja->arena, .tokens = tokens };
  parse_body (&parser, NULL, &jinja->body);
  if (parser.error == NULL)
    return true;
  g_propagate_error (error, parser.error);
  return false;
}
