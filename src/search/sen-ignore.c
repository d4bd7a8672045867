/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A pattern is a list of steps; matching keeps the set of steps at which it may be, and never goes back in the path. */
#include "sen-ignore.h"

#include <stdint.h>
#include <string.h>

typedef enum {
  STEP_BYTE,       /* this one */
  STEP_ANY,        /* one that is no slash */
  STEP_SET,        /* one of a set */
  STEP_STAR,       /* any number that are no slashes */
  STEP_FOLDERS,    /* nothing, or STEP_INSIDE, which follows it */
  STEP_INSIDE,     /* any number up to and with a slash */
  STEP_ALL,        /* any number */
} StepKind;

typedef struct {
  StepKind kind;
  uint8_t  byte;
  uint32_t set[8];     /* a bit for each byte */
} Step;

typedef struct {
  Step    *steps;
  uint32_t n_steps;
  bool     is_taken;          /* '!' */
  bool     is_folders_only;
  bool     is_place;          /* compared with the path, not the name */
} Rule;

struct SenIgnore {
  GArray *rules;
};

static void
clear_rule (gpointer data)
{
  g_free (((Rule *) data)->steps);
}

static void
add_to_set (Step *step, uint8_t byte)
{
  step->set[byte / 32] |= 1u << (byte % 32);
}

/* "[a-c]" at @p, whose bracket is behind it already. NULL when it is never closed, so it was no set. */
static const char *
read_set (const char *p, const char *end, Step *step)
{
  bool is_inverse = p < end && (*p == '!' || *p == '^');
  *step = (Step) { .kind = STEP_SET };
  const char *first = p += is_inverse;
  for (; p < end && (*p != ']' || p == first); p++)
    {
      uint8_t from, to;
      if (*p == '\\' && p + 1 < end)
        p++;
      from = to = (uint8_t) *p;
      if (p + 2 < end && p[1] == '-' && p[2] != ']')
        {
          p += 2;
          if (*p == '\\' && p + 1 < end)
            p++;
          to = (uint8_t) *p;
        }
      for (unsigned byte = from; byte <= to; byte++)
        add_to_set (step, (uint8_t) byte);
    }
  if (p >= end)
    return NULL;
  for (int i = 0; i < 8 && is_inverse; i++)
    step->set[i] = ~step->set[i];
  /* A name's end is none of them. */
  step->set['/' / 32] &= ~(1u << ('/' % 32));
  return p + 1;
}

static void
compile (const char *p, const char *end, Rule *rule)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (Step));
  for (const char *begin = p; p < end;)
    {
      Step step = { .kind = STEP_BYTE, .byte = (uint8_t) *p };
      const char *after = NULL;
      bool is_component = p == begin || p[-1] == '/';
      if (*p == '*')
        {
          for (after = p; after < end && *after == '*';)
            after++;
          step.kind = STEP_STAR;
          if (is_component && after - p == 2 && after < end && *after == '/')
            {
              step.kind = STEP_FOLDERS;
              g_array_append_val (steps, step);
              step.kind = STEP_INSIDE;
              after++;
            }
          else if (is_component && after - p == 2 && after == end)
            step.kind = STEP_ALL;
        }
      else if (*p == '?')
        step.kind = STEP_ANY;
      else if (*p == '\\' && p + 1 < end)
        {
          step.byte = (uint8_t) p[1];
          after = p + 2;
        }
      else if (*p == '[' && (after = read_set (p + 1, end, &step)) == NULL)
        step = (Step) { .kind = STEP_BYTE, .byte = '[' };
      g_array_append_val (steps, step);
      p = after != NULL ? after : p + 1;
    }
  rule->n_steps = steps->len;
  rule->steps = (Step *) g_array_free (g_steal_pointer (&steps), FALSE);
}

static void
add_rule (SenIgnore *ignore, const char *line, const char *end)
{
  Rule rule = { 0 };
  if (end > line && end[-1] == '\r')
    end--;
  /* Spaces at the end mean nothing, unless they are said to. */
  while (end > line && end[-1] == ' ' && !(end - line >= 2 && end[-2] == '\\'))
    end--;
  if (line == end || *line == '#')
    return;
  if (*line == '!')
    {
      rule.is_taken = true;
      line++;
    }
  if (end > line && end[-1] == '/')
    {
      rule.is_folders_only = true;
      end--;
    }
  if (line >= end || end - line > SEN_IGNORE_MAX_PATTERN)
    return;
  rule.is_place = memchr (line, '/', (size_t) (end - line)) != NULL;
  if (*line == '/' && ++line == end)
    return;
  compile (line, end, &rule);
  g_array_append_val (ignore->rules, rule);
}

SenIgnore *
sen_ignore_new (const char *text, size_t n_bytes)
{
  SenIgnore *ignore = g_new0 (SenIgnore, 1);
  const char *end = text + MIN (n_bytes, SEN_IGNORE_MAX_BYTES);
  ignore->rules = g_array_new (FALSE, FALSE, sizeof (Rule));
  g_array_set_clear_func (ignore->rules, clear_rule);
  for (const char *line = text; line < end;)
    {
      const char *newline = memchr (line, '\n', (size_t) (end - line));
      add_rule (ignore, line, newline != NULL ? newline : end);
      line = newline != NULL ? newline + 1 : end;
    }
  return ignore;
}

void
sen_ignore_free (SenIgnore *ignore)
{
  if (ignore == NULL)
    return;
  g_array_unref (ignore->rules);
  g_free (ignore);
}

/* --- Matching ------------------------------------------------------------------------------------------------------------------------- */

/* Being at a step is being at those behind it that need nothing. */
static void
arrive (const Rule *rule, bool *at, uint32_t step)
{
  for (; !at[step]; step++)
    {
      at[step] = true;
      if (step == rule->n_steps)
        return;
      StepKind kind = rule->steps[step].kind;
      if (kind == STEP_FOLDERS)
        arrive (rule, at, step + 2);
      else if (kind != STEP_STAR && kind != STEP_ALL)
        return;
    }
}

static bool
matches (const Rule *rule, const char *text)
{
  bool sets[2][SEN_IGNORE_MAX_PATTERN + 2] = { { false } };
  uint32_t n = rule->n_steps;
  bool *at = sets[0], *next = sets[1];
  arrive (rule, at, 0);
  for (; *text != '\0'; text++)
    {
      uint8_t byte = (uint8_t) *text;
      bool is_anywhere = false;
      memset (next, 0, n + 1);
      for (uint32_t i = 0; i < n; i++)
        {
          const Step *step = &rule->steps[i];
          if (!at[i])
            continue;
          is_anywhere = true;
          if ((step->kind == STEP_BYTE && byte == step->byte) || (step->kind == STEP_ANY && byte != '/')
              || (step->kind == STEP_SET && (step->set[byte / 32] >> (byte % 32) & 1) != 0) || (step->kind == STEP_INSIDE && byte == '/'))
            arrive (rule, next, i + 1);
          if ((step->kind == STEP_STAR && byte != '/') || step->kind == STEP_ALL || step->kind == STEP_INSIDE)
            arrive (rule, next, i);
        }
      if (!is_anywhere)
        return false;
      bool *old = at;
      at = next;
      next = old;
    }
  return at[n];
}

SenIgnoreVerdict
sen_ignore_match (const SenIgnore *ignore, const char *path, bool is_folder, SenCancel *cancel)
{
  const char *slash = strrchr (path, '/'), *name = slash != NULL ? slash + 1 : path;
  for (guint i = ignore->rules->len; i-- > 0 && !sen_cancel_requested (cancel);)
    {
      const Rule *rule = &g_array_index (ignore->rules, Rule, i);
      if ((is_folder || !rule->is_folders_only) && matches (rule, rule->is_place ? path : name))
        return rule->is_taken ? SEN_IGNORE_TAKEN : SEN_IGNORE_LEFT_OUT;
    }
  return SEN_IGNORE_UNKNOWN;
}
