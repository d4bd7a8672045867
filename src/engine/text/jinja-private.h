/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-error.h"
#include "sen-jinja.h"

#include <string.h>

G_BEGIN_DECLS

/* Everything a template or one rendering makes lives until its end, in an arena: values need no reference counts,
 * strings share their bytes, and one number limits the memory. */
typedef struct JinjaChunk JinjaChunk;

typedef struct {
  JinjaChunk *chunks;
  size_t      n_used_bytes, limit_bytes;
} JinjaArena;

/** Zeroed memory. NULL only when @size is large and beyond the limit: small things are always given, and the caller who
 *  minds the limit sees it in @arena. */
void *jinja_arena_alloc (JinjaArena *arena, size_t size);
void  jinja_arena_clear (JinjaArena *arena);

static inline bool
jinja_arena_is_over (const JinjaArena *arena)
{
  return arena->n_used_bytes > arena->limit_bytes;
}

typedef enum {
  JINJA_UNDEFINED, JINJA_NONE, JINJA_BOOL, JINJA_INT, JINJA_FLOAT, JINJA_STRING, JINJA_SEQ, JINJA_DICT, JINJA_NAMESPACE,
  JINJA_LOOP, JINJA_MACRO, JINJA_FUNCTION,
} JinjaType;

typedef struct JinjaSeq      JinjaSeq;
typedef struct JinjaDict     JinjaDict;
typedef struct JinjaLoop     JinjaLoop;
typedef struct JinjaMacro    JinjaMacro;
typedef struct JinjaFunction JinjaFunction;
typedef struct JinjaScope    JinjaScope;
typedef struct JinjaNode     JinjaNode;
typedef struct JinjaRun      JinjaRun;

typedef struct {
  JinjaType type;
  uint32_t  length;        /* of text in bytes */
  union {
    int64_t        i;      /* INT, BOOL */
    double         f;
    const char    *text;   /* STRING: UTF-8, not NUL-terminated; UNDEFINED: the name that was looked for */
    JinjaSeq      *seq;
    JinjaDict     *dict;   /* DICT, NAMESPACE */
    JinjaLoop     *loop;
    JinjaMacro    *macro;
    JinjaFunction *function;
  };
} JinjaValue;

typedef enum { JINJA_LIST, JINJA_TUPLE, JINJA_RANGE, JINJA_GENERATOR, JINJA_VIEW } JinjaSeqKind;

struct JinjaSeq {
  JinjaSeqKind kind;
  bool         is_spent;       /* a generator gives its items once */
  uint32_t     n, capacity;
  JinjaValue  *items;
  const char  *shown_as;       /* ranges, generators, views: how they print */
};

typedef struct {
  JinjaValue key, value;
} JinjaPair;

struct JinjaDict {
  uint32_t   n, capacity;
  JinjaPair *pairs;            /* in order of insertion */
};

struct JinjaLoop {
  JinjaSeq  *seq;
  uint32_t   index;
  JinjaValue changed;          /* what loop.changed() last saw */
  bool       has_changed;
};

struct JinjaScope {
  JinjaScope *parent;
  bool        is_kept;         /* a macro looks names up here, so the next round of a loop may not use it again */
  uint32_t    n, capacity;
  struct {
    const char *name;
    JinjaValue  value;
  } *bindings;
};

struct JinjaMacro {
  const JinjaNode *node;
  JinjaScope      *scope;      /* where it was made: its free names are looked up there */
};

typedef struct {
  uint32_t     n, n_named;
  JinjaValue  *values;         /* [n] */
  const char **names;          /* [n_named] */
  JinjaValue  *named;          /* [n_named] */
} JinjaArgs;

/* Filters, tests, methods and functions alike: @self is the value left of the bar, the word "is" or the dot. */
typedef JinjaValue (*JinjaNative) (JinjaRun *run, JinjaValue self, const JinjaArgs *args);

typedef struct {
  const char *name;
  JinjaNative native;
} JinjaBuiltin;

struct JinjaFunction {
  const JinjaBuiltin *builtin;
  JinjaValue          self;
};

typedef enum {
  JINJA_NODE_CONST,
  JINJA_NODE_NAME,
  JINJA_NODE_LIST,
  JINJA_NODE_TUPLE,
  JINJA_NODE_DICT,
  JINJA_NODE_BINARY,
  JINJA_NODE_AND,
  JINJA_NODE_OR,
  JINJA_NODE_NOT,
  JINJA_NODE_NEGATIVE,
  JINJA_NODE_POSITIVE,
  JINJA_NODE_CONCAT,
  JINJA_NODE_COMPARE,
  JINJA_NODE_CONDITION,
  JINJA_NODE_ATTRIBUTE,
  JINJA_NODE_ITEM,
  JINJA_NODE_SLICE,
  JINJA_NODE_CALL,
  JINJA_NODE_FILTER,
  JINJA_NODE_TEST,
  /* Parts of others: an argument name=a, *a or **a, a parameter, one comparison, one branch of if. */
  JINJA_NODE_KEYWORD,
  JINJA_NODE_STAR,
  JINJA_NODE_DOUBLE_STAR,
  JINJA_NODE_PARAMETER,
  JINJA_NODE_OPERAND,
  JINJA_NODE_BRANCH,
  /* Statements. */
  JINJA_NODE_DATA,
  JINJA_NODE_OUTPUT,
  JINJA_NODE_IF,
  JINJA_NODE_FOR,
  JINJA_NODE_SET,
  JINJA_NODE_SET_BLOCK,
  JINJA_NODE_MACRO,
  JINJA_NODE_CALL_BLOCK,
  JINJA_NODE_FILTER_BLOCK,
  JINJA_NODE_SCOPE,
  JINJA_NODE_BREAK,
  JINJA_NODE_CONTINUE,
} JinjaNodeKind;

typedef struct {
  JinjaNode **nodes;
  uint32_t    n;
} JinjaNodes;

struct JinjaNode {
  JinjaNodeKind kind;
  uint32_t      line;
  uint32_t      op;            /* BINARY, OPERAND: JINJA_OP of its characters */
  JinjaValue    value;         /* CONST, DATA */
  const char   *name;          /* NAME, ATTRIBUTE, FILTER, TEST, KEYWORD, PARAMETER, MACRO */
  JinjaNode    *a, *b, *c;     /* FILTER: no a in a filter block */
  JinjaNodes    items;         /* elements, arguments, parameters, operands, branches, bindings */
  JinjaNodes    body, other;   /* statements; of for: else */
};

#define JINJA_OP(c) ((uint32_t) (c))
#define JINJA_OP2(c, d) ((uint32_t) (c) | (uint32_t) (d) << 8)
#define JINJA_OP_IN JINJA_OP2 ('i', 'n')
#define JINJA_OP_NOT_IN JINJA_OP2 ('n', 'i')

typedef enum {
  JINJA_TOKEN_DATA,
  JINJA_TOKEN_VARIABLE_BEGIN,
  JINJA_TOKEN_VARIABLE_END,
  JINJA_TOKEN_BLOCK_BEGIN,
  JINJA_TOKEN_BLOCK_END,
  JINJA_TOKEN_NAME,
  JINJA_TOKEN_VALUE,
  JINJA_TOKEN_OP,
  JINJA_TOKEN_END,
} JinjaTokenKind;

typedef struct {
  JinjaTokenKind kind;
  uint32_t       line;
  uint32_t       op;
  JinjaValue     value;        /* DATA, VALUE; NAME: its text */
} JinjaToken;

struct SenJinja {
  JinjaArena arena;
  JinjaNodes body;
};

struct JinjaRun {
  JinjaArena     arena;
  SenJinjaLimits limits;
  uint64_t       n_steps;
  uint32_t       depth;
  uint32_t       line;
  GString       *out;          /* Borrowed: what output is appended to; blocks swap it */
  JinjaValue     filter_input; /* of the filter block being applied */
  GDateTime     *now;
  GError        *error;        /* sticky: once set, everything unwinds quickly */
};

/* jinja-lexer.c: tokens (JinjaToken) to their end, NULL with an error. Texts live in @arena. */
GArray *jinja_lex (JinjaArena *arena, const char *source, size_t length, GError **error);
bool    jinja_is_space (uint32_t code);

/* jinja-parser.c */
bool jinja_parse (SenJinja *jinja, const GArray *tokens, GError **error);

/* jinja-eval.c */
void       jinja_exec (JinjaRun *run, const JinjaNodes *body, JinjaScope *scope);
JinjaValue jinja_call (JinjaRun *run, JinjaValue callee, const JinjaArgs *args);

/* jinja-value.c */
void jinja_fail (JinjaRun *run, SenError code, const char *format, ...) G_GNUC_PRINTF (3, 4);
/** Takes @n steps from the budget; false when something failed. */
bool jinja_spend (JinjaRun *run, uint64_t n);
/** Before recursing; leave with run->depth--. */
bool jinja_enter (JinjaRun *run);
void jinja_put (JinjaRun *run, GString *buffer, const char *text, size_t length);

JinjaValue  jinja_none (void);
JinjaValue  jinja_undefined (const char *name);
JinjaValue  jinja_bool (bool value);
JinjaValue  jinja_int (int64_t value);
JinjaValue  jinja_float (double value);
JinjaValue  jinja_string (const char *text, size_t length);              /* borrowed */
JinjaValue  jinja_literal (const char *text);                            /* borrowed, to its NUL */
JinjaValue  jinja_copy (JinjaRun *run, const char *text, size_t length); /* copied into the arena */
JinjaValue  jinja_take (JinjaRun *run, GString *buffer);                 /* copied and freed */
char       *jinja_dup (JinjaRun *run, JinjaValue string);                /* NUL-terminated, in the arena */
JinjaValue  jinja_seq (JinjaRun *run, JinjaSeqKind kind, uint32_t capacity);
void        jinja_append (JinjaRun *run, JinjaValue seq, JinjaValue item);
JinjaValue  jinja_dict (JinjaRun *run);
void        jinja_dict_set (JinjaRun *run, JinjaDict *dict, JinjaValue key, JinjaValue value);
JinjaValue *jinja_dict_find (JinjaRun *run, const JinjaDict *dict, JinjaValue key);
JinjaValue  jinja_from_variant (JinjaRun *run, GVariant *variant);

bool        jinja_is_string (JinjaValue value, const char *text);
bool        jinja_is_number (JinjaValue value);
double      jinja_number (JinjaValue value);
bool        jinja_is_true (JinjaValue value);
const char *jinja_type_name (JinjaValue value);
bool        jinja_equals (JinjaRun *run, JinjaValue a, JinjaValue b);
int         jinja_compare (JinjaRun *run, JinjaValue a, JinjaValue b);   /* fails where Python has no order */
bool        jinja_contains (JinjaRun *run, JinjaValue container, JinjaValue item);
bool        jinja_is_iterable (JinjaValue value);
JinjaSeq   *jinja_iterate (JinjaRun *run, JinjaValue value);             /* never NULL; empty when it failed */
void        jinja_print (JinjaRun *run, GString *buffer, JinjaValue value);   /* as str() */
void        jinja_print_repr (JinjaRun *run, GString *buffer, JinjaValue value);
JinjaValue  jinja_to_string (JinjaRun *run, JinjaValue value);

/* Code points. */
uint32_t    jinja_n_chars (JinjaRun *run, JinjaValue string);
JinjaValue  jinja_find_text (JinjaRun *run, JinjaValue text, JinjaValue what, size_t from, size_t *at);

/* jinja-operators.c */
JinjaValue jinja_binary (JinjaRun *run, uint32_t op, JinjaValue a, JinjaValue b);
JinjaValue jinja_attribute (JinjaRun *run, JinjaValue object, const char *name);
JinjaValue jinja_item (JinjaRun *run, JinjaValue object, JinjaValue key);
JinjaValue jinja_slice (JinjaRun *run, JinjaValue object, JinjaValue start, JinjaValue stop, JinjaValue step);

/* jinja-format.c */
JinjaValue jinja_format_percent (JinjaRun *run, JinjaValue format, JinjaValue args);
JinjaValue jinja_format_braces (JinjaRun *run, JinjaValue format, const JinjaArgs *args);
JinjaValue jinja_to_json (JinjaRun *run, JinjaValue value, JinjaValue indent, bool ascii, bool sort_keys);
JinjaValue jinja_strftime (JinjaRun *run, JinjaValue format);
void       jinja_print_float (char buffer[40], double value);

/* Tables: jinja-filters.c, jinja-tests.c, jinja-methods.c, jinja-functions.c; NULL when there is none. */
const JinjaBuiltin *jinja_find_filter (const char *name);
const JinjaBuiltin *jinja_find_test (const char *name);
const JinjaBuiltin *jinja_find_method (JinjaValue self, const char *name);
const JinjaBuiltin *jinja_find_function (const char *name);
const JinjaBuiltin *jinja_find_in (const JinjaBuiltin *table, size_t n, const char *name);

/** The argument at @index or called @name; @otherwise when not given. */
JinjaValue jinja_arg (const JinjaArgs *args, uint32_t index, const char *name, JinjaValue otherwise);
/** A string argument; fails when it is something else. */
JinjaValue jinja_string_arg (JinjaRun *run, const JinjaArgs *args, uint32_t index, const char *name);

/* jinja-methods.c, shared with filters */
JinjaValue jinja_strip (JinjaValue text, JinjaValue chars, bool left, bool right);
JinjaValue jinja_change_case (JinjaRun *run, JinjaValue text, bool upper);
JinjaValue jinja_capitalize (JinjaRun *run, JinjaValue text);
JinjaValue jinja_replace (JinjaRun *run, JinjaValue text, JinjaValue from, JinjaValue to, int64_t n_max);

G_END_DECLS
