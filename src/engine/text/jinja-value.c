/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"
#include "unicode.h"

#include <math.h>

#define CHUNK_BYTES ((size_t) 16 << 10)
#define SMALL_BYTES ((size_t) 4 << 10)

struct JinjaChunk {
  JinjaChunk *next;
  size_t      n_used, size;
  max_align_t bytes[];
};

void *
jinja_arena_alloc (JinjaArena *arena, size_t size)
{
  size = (MAX (size, 1) + sizeof (max_align_t) - 1) / sizeof (max_align_t) * sizeof (max_align_t);
  if (size > SMALL_BYTES
      && (arena->n_used_bytes > arena->limit_bytes || size > arena->limit_bytes - arena->n_used_bytes))
    {
      arena->n_used_bytes = arena->limit_bytes + 1;
      return NULL;
    }
  arena->n_used_bytes += size;
  JinjaChunk *chunk = arena->chunks;
  if (chunk == NULL || size > chunk->size - chunk->n_used)
    {
      size_t bytes = MAX (size, CHUNK_BYTES);
      chunk = g_try_malloc0 (sizeof *chunk + bytes);
      if (chunk == NULL && size > SMALL_BYTES)
        {
          arena->n_used_bytes = arena->limit_bytes + 1;
          return NULL;
        }
      if (chunk == NULL)
        chunk = g_malloc0 (sizeof *chunk + bytes);
      chunk->size = bytes;
      /* A large block goes behind the current chunk, which still has room. */
      if (size > SMALL_BYTES && arena->chunks != NULL)
        {
          chunk->next = arena->chunks->next;
          arena->chunks->next = chunk;
        }
      else
        {
          chunk->next = arena->chunks;
          arena->chunks = chunk;
        }
    }
  void *memory = (char *) chunk->bytes + chunk->n_used;
  chunk->n_used += size;
  return memory;
}

void
jinja_arena_clear (JinjaArena *arena)
{
  while (arena->chunks != NULL)
    {
      JinjaChunk *chunk = arena->chunks;
      arena->chunks = chunk->next;
      g_free (chunk);
    }
}

void
jinja_fail (JinjaRun *run, SenError code, const char *format, ...)
{
  if (run->error != NULL)
    return;
  va_list list;
  va_start (list, format);
  g_autofree char *what = g_strdup_vprintf (format, list);
  va_end (list);
  g_autofree char *text = g_utf8_make_valid (what, -1);
  run->error = g_error_new (SEN_ERROR, code, "chat template, line %u: %s", run->line, text);
}

bool
jinja_spend (JinjaRun *run, uint64_t n)
{
  run->n_steps += n;
  if (run->n_steps > run->limits.n_steps)
    jinja_fail (run, SEN_ERROR_LIMIT, "stopped after %" G_GUINT64_FORMAT " steps", run->limits.n_steps);
  else if (jinja_arena_is_over (&run->arena))
    jinja_fail (run, SEN_ERROR_LIMIT, "stopped at %zu bytes of memory", run->limits.memory_bytes);
  return run->error == NULL;
}

bool
jinja_enter (JinjaRun *run)
{
  if (++run->depth > run->limits.depth)
    jinja_fail (run, SEN_ERROR_LIMIT, "nested deeper than %u levels", run->limits.depth);
  return run->error == NULL;
}

void
jinja_put (JinjaRun *run, GString *buffer, const char *text, size_t length)
{
  if (run->error != NULL)
    return;
  if (length > run->limits.output_bytes || buffer->len > run->limits.output_bytes - length)
    jinja_fail (run, SEN_ERROR_LIMIT, "a text is longer than %zu bytes", run->limits.output_bytes);
  else
    {
      jinja_spend (run, length / 64);
      g_string_append_len (buffer, text, (gssize) length);
    }
}

JinjaValue
jinja_none (void)
{
  return (JinjaValue) { .type = JINJA_NONE };
}

JinjaValue
jinja_undefined (const char *name)
{
  return (JinjaValue) { .type = JINJA_UNDEFINED, .length = name != NULL ? strlen (name) : 0, .text = name };
}

JinjaValue
jinja_bool (bool value)
{
  return (JinjaValue) { .type = JINJA_BOOL, .i = value };
}

JinjaValue
jinja_int (int64_t value)
{
  return (JinjaValue) { .type = JINJA_INT, .i = value };
}

JinjaValue
jinja_float (double value)
{
  return (JinjaValue) { .type = JINJA_FLOAT, .f = value };
}

JinjaValue
jinja_string (const char *text, size_t length)
{
  return (JinjaValue) { .type = JINJA_STRING, .length = (uint32_t) length, .text = text };
}

JinjaValue
jinja_literal (const char *text)
{
  return jinja_string (text, strlen (text));
}

JinjaValue
jinja_copy (JinjaRun *run, const char *text, size_t length)
{
  char *copy = length < UINT32_MAX ? jinja_arena_alloc (&run->arena, length) : NULL;
  jinja_spend (run, 1 + length / 64);
  if (copy == NULL)
    return jinja_literal ("");
  memcpy (copy, text, length);
  return jinja_string (copy, length);
}

JinjaValue
jinja_take (JinjaRun *run, GString *buffer)
{
  JinjaValue value = jinja_copy (run, buffer->str, buffer->len);
  g_string_free (buffer, TRUE);
  return value;
}

char *
jinja_dup (JinjaRun *run, JinjaValue string)
{
  char *copy = jinja_arena_alloc (&run->arena, (size_t) string.length + 1);
  if (copy == NULL)
    {
      jinja_spend (run, 1);
      return jinja_arena_alloc (&run->arena, 1);
    }
  memcpy (copy, string.text, string.length);
  return copy;
}

JinjaValue
jinja_seq (JinjaRun *run, JinjaSeqKind kind, uint32_t capacity)
{
  JinjaSeq *seq = jinja_arena_alloc (&run->arena, sizeof *seq);
  seq->kind = kind;
  seq->shown_as = kind == JINJA_GENERATOR ? "<generator object>" : NULL;
  if (capacity > 0)
    seq->items = jinja_arena_alloc (&run->arena, capacity * sizeof (JinjaValue));
  seq->capacity = seq->items != NULL ? capacity : 0;
  jinja_spend (run, 1);
  return (JinjaValue) { .type = JINJA_SEQ, .seq = seq };
}

/* Room for one more of @n items; the old array stays in the arena. */
static bool
grow (JinjaRun *run, void **items, uint32_t n, uint32_t *capacity, size_t size)
{
  if (n < *capacity)
    return true;
  if (n > UINT32_MAX / 4)
    return false;
  uint32_t more = MAX (4, n * 2);
  void *bigger = jinja_arena_alloc (&run->arena, more * size);
  if (bigger == NULL || !jinja_spend (run, 1))
    {
      jinja_spend (run, 1);
      return false;
    }
  if (n > 0)
    memcpy (bigger, *items, n * size);
  *items = bigger;
  *capacity = more;
  return true;
}

void
jinja_append (JinjaRun *run, JinjaValue value, JinjaValue item)
{
  JinjaSeq *seq = value.seq;
  if (grow (run, (void **) &seq->items, seq->n, &seq->capacity, sizeof *seq->items))
    seq->items[seq->n++] = item;
}

JinjaValue
jinja_dict (JinjaRun *run)
{
  return (JinjaValue) { .type = JINJA_DICT, .dict = jinja_arena_alloc (&run->arena, sizeof (JinjaDict)) };
}

JinjaValue *
jinja_dict_find (JinjaRun *run, const JinjaDict *dict, JinjaValue key)
{
  jinja_spend (run, dict->n / 8);
  for (uint32_t i = 0; i < dict->n; i++)
    {
      JinjaValue *other = &dict->pairs[i].key;
      if (key.type == JINJA_STRING || other->type == JINJA_STRING)
        {
          if (key.type == other->type && key.length == other->length && memcmp (key.text, other->text, key.length) == 0)
            return &dict->pairs[i].value;
        }
      else if (jinja_equals (run, *other, key))
        return &dict->pairs[i].value;
    }
  return NULL;
}

void
jinja_dict_set (JinjaRun *run, JinjaDict *dict, JinjaValue key, JinjaValue value)
{
  JinjaValue *found = jinja_dict_find (run, dict, key);
  if (found != NULL)
    *found = value;
  else if (grow (run, (void **) &dict->pairs, dict->n, &dict->capacity, sizeof *dict->pairs))
    dict->pairs[dict->n++] = (JinjaPair) { key, value };
}

JinjaValue
jinja_from_variant (JinjaRun *run, GVariant *variant)
{
  JinjaValue value = jinja_none ();
  if (!jinja_enter (run) || !jinja_spend (run, 1))
    {
      run->depth--;
      return value;
    }
  size_t length;
  const char *text;
  switch (g_variant_classify (variant))
    {
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      text = g_variant_get_string (variant, &length);
      value = jinja_copy (run, text, length);
      break;
    case G_VARIANT_CLASS_BOOLEAN: value = jinja_bool (g_variant_get_boolean (variant)); break;
    case G_VARIANT_CLASS_BYTE: value = jinja_int (g_variant_get_byte (variant)); break;
    case G_VARIANT_CLASS_INT16: value = jinja_int (g_variant_get_int16 (variant)); break;
    case G_VARIANT_CLASS_UINT16: value = jinja_int (g_variant_get_uint16 (variant)); break;
    case G_VARIANT_CLASS_INT32: value = jinja_int (g_variant_get_int32 (variant)); break;
    case G_VARIANT_CLASS_UINT32: value = jinja_int (g_variant_get_uint32 (variant)); break;
    case G_VARIANT_CLASS_INT64: value = jinja_int (g_variant_get_int64 (variant)); break;
    case G_VARIANT_CLASS_UINT64: value = jinja_int ((int64_t) MIN (g_variant_get_uint64 (variant), INT64_MAX)); break;
    case G_VARIANT_CLASS_DOUBLE: value = jinja_float (g_variant_get_double (variant)); break;
    case G_VARIANT_CLASS_HANDLE: value = jinja_int (g_variant_get_handle (variant)); break;
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
      {
        bool is_variant = g_variant_is_of_type (variant, G_VARIANT_TYPE_VARIANT);
        g_autoptr (GVariant) inner = is_variant ? g_variant_get_variant (variant) : g_variant_get_maybe (variant);
        if (inner != NULL)
          value = jinja_from_variant (run, inner);
        break;
      }
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
      {
        bool is_dict = g_variant_is_of_type (variant, G_VARIANT_TYPE_DICTIONARY);
        bool is_list = g_variant_is_of_type (variant, G_VARIANT_TYPE_ARRAY);
        value = is_dict ? jinja_dict (run) : jinja_seq (run, is_list ? JINJA_LIST : JINJA_TUPLE, 0);
        for (size_t i = 0; i < g_variant_n_children (variant) && run->error == NULL; i++)
          {
            g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);
            if (!is_dict)
              {
                jinja_append (run, value, jinja_from_variant (run, child));
                continue;
              }
            g_autoptr (GVariant) key = g_variant_get_child_value (child, 0);
            g_autoptr (GVariant) item = g_variant_get_child_value (child, 1);
            jinja_dict_set (run, value.dict, jinja_from_variant (run, key), jinja_from_variant (run, item));
          }
        break;
      }
    default: break;
    }
  run->depth--;
  return value;
}

bool
jinja_is_string (JinjaValue value, const char *text)
{
  return value.type == JINJA_STRING && strlen (text) == value.length && memcmp (value.text, text, value.length) == 0;
}

bool
jinja_is_number (JinjaValue value)
{
  return value.type == JINJA_BOOL || value.type == JINJA_INT || value.type == JINJA_FLOAT;
}

double
jinja_number (JinjaValue value)
{
  return value.type == JINJA_FLOAT ? value.f : (double) value.i;
}

bool
jinja_is_true (JinjaValue value)
{
  switch (value.type)
    {
    case JINJA_UNDEFINED:
    case JINJA_NONE: return false;
    case JINJA_BOOL:
    case JINJA_INT: return value.i != 0;
    case JINJA_FLOAT: return value.f != 0;
    case JINJA_STRING: return value.length > 0;
    case JINJA_SEQ: return value.seq->kind == JINJA_GENERATOR || value.seq->n > 0;
    case JINJA_DICT: return value.dict->n > 0;
    case JINJA_LOOP:
    case JINJA_NAMESPACE:
    case JINJA_MACRO:
    case JINJA_FUNCTION: break;
    }
  return true;
}

const char *
jinja_type_name (JinjaValue value)
{
  static const char *const names[] = {
    "Undefined", "NoneType", "bool",      "int",         "float", "str",
    "list",      "dict",     "Namespace", "LoopContext", "Macro", "function",
  };
  static const char *const seqs[] = { "list", "tuple", "range", "generator", "dict_items" };
  return value.type == JINJA_SEQ ? seqs[value.seq->kind] : names[value.type];
}

static bool
seqs_equal (JinjaRun *run, const JinjaSeq *a, const JinjaSeq *b)
{
  if (a->kind != b->kind || a->n != b->n)
    return false;
  for (uint32_t i = 0; i < a->n && jinja_spend (run, 1); i++)
    if (!jinja_equals (run, a->items[i], b->items[i]))
      return false;
  return true;
}

static bool
dicts_equal (JinjaRun *run, const JinjaDict *a, const JinjaDict *b)
{
  if (a->n != b->n)
    return false;
  for (uint32_t i = 0; i < a->n && jinja_spend (run, 1); i++)
    {
      const JinjaValue *other = jinja_dict_find (run, b, a->pairs[i].key);
      if (other == NULL || !jinja_equals (run, a->pairs[i].value, *other))
        return false;
    }
  return true;
}

bool
jinja_equals (JinjaRun *run, JinjaValue a, JinjaValue b)
{
  if (jinja_is_number (a) && jinja_is_number (b))
    return a.type != JINJA_FLOAT && b.type != JINJA_FLOAT ? a.i == b.i : jinja_number (a) == jinja_number (b);
  if (a.type != b.type)
    return false;
  bool is_equal = false;
  switch (a.type)
    {
    case JINJA_UNDEFINED:
    case JINJA_NONE: return true;
    case JINJA_STRING:
      jinja_spend (run, MIN (a.length, b.length) / 64);
      return a.length == b.length && memcmp (a.text, b.text, a.length) == 0;
    case JINJA_SEQ:
      if (a.seq == b.seq)
        return true;
      if (a.seq->kind != JINJA_GENERATOR && jinja_enter (run))
        is_equal = seqs_equal (run, a.seq, b.seq);
      else if (a.seq->kind == JINJA_GENERATOR)
        return false;
      run->depth--;
      return is_equal;
    case JINJA_DICT:
      if (jinja_enter (run))
        is_equal = a.dict == b.dict || dicts_equal (run, a.dict, b.dict);
      run->depth--;
      return is_equal;
    case JINJA_NAMESPACE: return a.dict == b.dict;
    case JINJA_LOOP: return a.loop == b.loop;
    case JINJA_MACRO: return a.macro == b.macro;
    case JINJA_FUNCTION: return a.function == b.function;
    case JINJA_BOOL:
    case JINJA_INT:
    case JINJA_FLOAT: break;
    }
  return is_equal;
}

int
jinja_compare (JinjaRun *run, JinjaValue a, JinjaValue b)
{
  if (jinja_is_number (a) && jinja_is_number (b))
    {
      if (a.type != JINJA_FLOAT && b.type != JINJA_FLOAT)
        return a.i < b.i ? -1 : a.i > b.i;
      return jinja_number (a) < jinja_number (b) ? -1 : jinja_number (a) > jinja_number (b);
    }
  if (a.type == JINJA_STRING && b.type == JINJA_STRING)
    {
      jinja_spend (run, MIN (a.length, b.length) / 64);
      int order = memcmp (a.text, b.text, MIN (a.length, b.length));
      return order != 0 ? order : a.length < b.length ? -1 : a.length > b.length;
    }
  if (a.type == JINJA_SEQ && b.type == JINJA_SEQ && a.seq->kind == b.seq->kind && a.seq->kind <= JINJA_TUPLE)
    {
      int order = a.seq->n < b.seq->n ? -1 : a.seq->n > b.seq->n;
      for (uint32_t i = 0; i < MIN (a.seq->n, b.seq->n) && jinja_enter (run) && jinja_spend (run, 1); i++, run->depth--)
        if (!jinja_equals (run, a.seq->items[i], b.seq->items[i]))
          {
            order = jinja_compare (run, a.seq->items[i], b.seq->items[i]);
            run->depth--;
            break;
          }
      return order;
    }
  if (a.type == JINJA_UNDEFINED || b.type == JINJA_UNDEFINED)
    jinja_fail (run, SEN_ERROR_INVALID, "“%.*s” is undefined, so it cannot be compared",
                (int) (a.type == JINJA_UNDEFINED ? a : b).length, (a.type == JINJA_UNDEFINED ? a : b).text);
  else
    jinja_fail (run, SEN_ERROR_INVALID, "a %s and a %s have no order", jinja_type_name (a), jinja_type_name (b));
  return 0;
}

JinjaValue
jinja_find_text (JinjaRun *run, JinjaValue text, JinjaValue what, size_t from, size_t *at)
{
  jinja_spend (run, 1 + (text.length - MIN (from, text.length)) / 64);
  const char *found = from > text.length ? NULL
                                         : memmem (text.text + from, text.length - from, what.text, what.length);
  if (found != NULL)
    *at = found - text.text;
  return jinja_bool (found != NULL);
}

bool
jinja_contains (JinjaRun *run, JinjaValue container, JinjaValue item)
{
  size_t at;
  if (container.type == JINJA_DICT)
    return jinja_dict_find (run, container.dict, item) != NULL;
  if (container.type == JINJA_STRING)
    {
      if (item.type == JINJA_STRING)
        return jinja_find_text (run, container, item, 0, &at).i;
      jinja_fail (run, SEN_ERROR_INVALID, "“in” a string needs a string, not a %s", jinja_type_name (item));
      return false;
    }
  const JinjaSeq *seq = jinja_iterate (run, container);
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    if (jinja_equals (run, seq->items[i], item))
      return true;
  return false;
}

bool
jinja_is_iterable (JinjaValue value)
{
  return value.type == JINJA_UNDEFINED || value.type == JINJA_STRING || value.type == JINJA_SEQ
         || value.type == JINJA_DICT || value.type == JINJA_LOOP;
}

JinjaSeq *
jinja_iterate (JinjaRun *run, JinjaValue value)
{
  JinjaValue list;
  switch (value.type)
    {
    case JINJA_SEQ:
      if (value.seq->kind != JINJA_GENERATOR)
        return value.seq;
      list = jinja_seq (run, JINJA_LIST, 0);
      if (!value.seq->is_spent)
        {
          list.seq->items = value.seq->items;
          list.seq->n = list.seq->capacity = value.seq->n;
        }
      value.seq->is_spent = true;
      return list.seq;
    case JINJA_DICT:
      list = jinja_seq (run, JINJA_LIST, value.dict->n);
      for (uint32_t i = 0; i < value.dict->n && jinja_spend (run, 1); i++)
        jinja_append (run, list, value.dict->pairs[i].key);
      return list.seq;
    case JINJA_STRING:
      list = jinja_seq (run, JINJA_LIST, 0);
      for (size_t pos = 0; pos < value.length && jinja_spend (run, 1);)
        {
          size_t start = pos;
          sen_utf8_next (value.text, value.length, &pos);
          jinja_append (run, list, jinja_string (value.text + start, pos - start));
        }
      return list.seq;
    case JINJA_UNDEFINED: return jinja_seq (run, JINJA_LIST, 0).seq;
    case JINJA_LOOP: return value.loop->seq;
    case JINJA_NONE:
    case JINJA_BOOL:
    case JINJA_INT:
    case JINJA_FLOAT:
    case JINJA_NAMESPACE:
    case JINJA_MACRO:
    case JINJA_FUNCTION: break;
    }
  jinja_fail (run, SEN_ERROR_INVALID, "a %s has no elements to go through", jinja_type_name (value));
  return jinja_seq (run, JINJA_LIST, 0).seq;
}

static void
put_literal (JinjaRun *run, GString *buffer, const char *text)
{
  jinja_put (run, buffer, text, strlen (text));
}

static void
print_string_repr (JinjaRun *run, GString *buffer, JinjaValue value)
{
  bool has_single = memchr (value.text, '\'', value.length) != NULL;
  bool has_double = memchr (value.text, '"', value.length) != NULL;
  char quote = has_single && !has_double ? '"' : '\'';
  jinja_put (run, buffer, &quote, 1);
  for (size_t pos = 0; pos < value.length && run->error == NULL;)
    {
      size_t start = pos;
      uint32_t code = sen_utf8_next (value.text, value.length, &pos);
      char escape[12];
      const char *plain = code == '\n'   ? "\\n"
                          : code == '\r' ? "\\r"
                          : code == '\t' ? "\\t"
                          : code == '\\' ? "\\\\"
                                         : NULL;
      if (plain != NULL)
        put_literal (run, buffer, plain);
      else if (code == (uint32_t) quote)
        {
          g_snprintf (escape, sizeof escape, "\\%c", quote);
          put_literal (run, buffer, escape);
        }
      else if (code == ' ' || (g_unichar_isprint (code) && !g_unichar_isspace (code)))
        jinja_put (run, buffer, value.text + start, pos - start);
      else
        {
          g_snprintf (escape, sizeof escape, code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
          put_literal (run, buffer, escape);
        }
    }
  jinja_put (run, buffer, &quote, 1);
}

static void
print_seq (JinjaRun *run, GString *buffer, const JinjaSeq *seq)
{
  if (seq->kind == JINJA_RANGE || seq->kind == JINJA_GENERATOR)
    {
      put_literal (run, buffer, seq->shown_as);
      return;
    }
  if (seq->kind == JINJA_VIEW)
    {
      put_literal (run, buffer, seq->shown_as);
      put_literal (run, buffer, "(");
    }
  put_literal (run, buffer, seq->kind == JINJA_TUPLE ? "(" : "[");
  for (uint32_t i = 0; i < seq->n && jinja_spend (run, 1); i++)
    {
      put_literal (run, buffer, i > 0 ? ", " : "");
      jinja_print_repr (run, buffer, seq->items[i]);
    }
  put_literal (run, buffer, seq->kind != JINJA_TUPLE ? "]" : seq->n == 1 ? ",)" : ")");
  put_literal (run, buffer, seq->kind == JINJA_VIEW ? ")" : "");
}

static void
print_dict (JinjaRun *run, GString *buffer, const JinjaDict *dict)
{
  put_literal (run, buffer, "{");
  for (uint32_t i = 0; i < dict->n && jinja_spend (run, 1); i++)
    {
      put_literal (run, buffer, i > 0 ? ", " : "");
      jinja_print_repr (run, buffer, dict->pairs[i].key);
      put_literal (run, buffer, ": ");
      jinja_print_repr (run, buffer, dict->pairs[i].value);
    }
  put_literal (run, buffer, "}");
}

void
jinja_print_repr (JinjaRun *run, GString *buffer, JinjaValue value)
{
  char number[40];
  if (!jinja_enter (run))
    {
      run->depth--;
      return;
    }
  switch (value.type)
    {
    case JINJA_UNDEFINED: put_literal (run, buffer, "Undefined"); break;
    case JINJA_NONE: put_literal (run, buffer, "None"); break;
    case JINJA_BOOL: put_literal (run, buffer, value.i ? "True" : "False"); break;
    case JINJA_INT:
      g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT, value.i);
      put_literal (run, buffer, number);
      break;
    case JINJA_FLOAT:
      jinja_print_float (number, value.f);
      put_literal (run, buffer, number);
      break;
    case JINJA_STRING: print_string_repr (run, buffer, value); break;
    case JINJA_SEQ: print_seq (run, buffer, value.seq); break;
    case JINJA_DICT: print_dict (run, buffer, value.dict); break;
    case JINJA_NAMESPACE:
      put_literal (run, buffer, "<Namespace ");
      print_dict (run, buffer, value.dict);
      put_literal (run, buffer, ">");
      break;
    case JINJA_LOOP:
      g_snprintf (number, sizeof number, "%u/%u", value.loop->index + 1, value.loop->seq->n);
      put_literal (run, buffer, "<LoopContext ");
      put_literal (run, buffer, number);
      put_literal (run, buffer, ">");
      break;
    case JINJA_MACRO:
      put_literal (run, buffer, "<Macro '");
      put_literal (run, buffer, value.macro->node->name);
      put_literal (run, buffer, "'>");
      break;
    case JINJA_FUNCTION:
      put_literal (run, buffer, "<function ");
      put_literal (run, buffer, value.function->builtin->name);
      put_literal (run, buffer, ">");
      break;
    }
  run->depth--;
}

void
jinja_print (JinjaRun *run, GString *buffer, JinjaValue value)
{
  if (value.type == JINJA_STRING)
    jinja_put (run, buffer, value.text, value.length);
  else if (value.type != JINJA_UNDEFINED)
    jinja_print_repr (run, buffer, value);
}

JinjaValue
jinja_to_string (JinjaRun *run, JinjaValue value)
{
  if (value.type == JINJA_STRING)
    return value;
  GString *buffer = g_string_new (NULL);
  jinja_print (run, buffer, value);
  return jinja_take (run, buffer);
}

uint32_t
jinja_n_chars (JinjaRun *run, JinjaValue string)
{
  uint32_t n = 0;
  jinja_spend (run, string.length / 64);
  for (uint32_t i = 0; i < string.length; i++)
    n += ((uint8_t) string.text[i] & 0xc0) != 0x80;
  return n;
}
