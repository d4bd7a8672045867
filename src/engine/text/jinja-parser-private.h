/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "jinja-private.h"

G_BEGIN_DECLS

typedef struct {
  JinjaArena   *arena;
  const GArray *tokens;
  uint32_t      pos;
  uint32_t      depth, loop_depth;
  GError       *error;   /* sticky: after the first mistake the parser only sees the end */
} JinjaParser;

/* jinja-expression.c */
void              jinja_parser_fail (JinjaParser *parser, SenError code, const char *format, ...) G_GNUC_PRINTF (3, 4);
const JinjaToken *jinja_parser_peek (const JinjaParser *parser, uint32_t ahead);
void              jinja_parser_next (JinjaParser *parser);
/** Before recursing; leave with parser->depth--. */
bool              jinja_parser_enter (JinjaParser *parser);
bool              jinja_parser_at_op (const JinjaParser *parser, uint32_t op);
bool              jinja_parser_at_name (const JinjaParser *parser, const char *name);
bool              jinja_parser_skip_op (JinjaParser *parser, uint32_t op);
bool              jinja_parser_skip_name (JinjaParser *parser, const char *name);
void              jinja_parser_expect_op (JinjaParser *parser, uint32_t op);
const char       *jinja_parser_expect_name (JinjaParser *parser);

JinjaNode *jinja_parser_new_node (JinjaParser *parser, JinjaNodeKind kind);
JinjaNode *jinja_parser_new_pair (JinjaParser *parser, JinjaNodeKind kind, JinjaNode *a, JinjaNode *b);
JinjaNodes jinja_parser_take_nodes (JinjaParser *parser, GPtrArray *list);

JinjaNode *jinja_parser_expression (JinjaParser *parser);
/** One expression, or several with commas, which make a tuple; "a if b" is left alone unless @with_condition. */
JinjaNode *jinja_parser_tuple (JinjaParser *parser, bool with_condition);
/** The filter behind the bar, of @value; NULL where a block gives it. */
JinjaNode *jinja_parser_filter (JinjaParser *parser, JinjaNode *value);

G_END_DECLS
