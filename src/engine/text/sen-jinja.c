/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "jinja-private.h"

#define MAX_SOURCE_BYTES ((size_t) 1 << 20)
#define MAX_PARSE_BYTES ((size_t) 128 << 20)

SenJinja *
sen_jinja_new (const char *source, gssize length, GError **error)
{
  size_t n = length < 0 ? strlen (source) : (size_t) length;
  if (n > MAX_SOURCE_BYTES)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "the chat template has %zu bytes, more than %zu", n,
                   MAX_SOURCE_BYTES);
      return NULL;
    }
  g_autofree char *valid = g_utf8_make_valid (source, (gssize) n);
  g_autoptr (SenJinja) jinja = g_new0 (SenJinja, 1);
  jinja->arena.limit_bytes = MAX_PARSE_BYTES;
  g_autoptr (GArray) tokens = jinja_lex (&jinja->arena, valid, strlen (valid), error);
  if (tokens == NULL || !jinja_parse (jinja, tokens, error))
    return NULL;
  return g_steal_pointer (&jinja);
}

void
sen_jinja_free (SenJinja *jinja)
{
  if (jinja == NULL)
    return;
  jinja_arena_clear (&jinja->arena);
  g_free (jinja);
}

static GDateTime *
read_day (const char *today)
{
  g_auto (GStrv) parts = today != NULL ? g_strsplit (today, "-", 3) : NULL;
  GDateTime *day = NULL;
  if (parts != NULL && g_strv_length (parts) == 3)
    day = g_date_time_new_local ((int) g_ascii_strtoll (parts[0], NULL, 10), (int) g_ascii_strtoll (parts[1], NULL, 10),
                                 (int) g_ascii_strtoll (parts[2], NULL, 10), 0, 0, 0);
  return day != NULL ? day : g_date_time_new_now_local ();
}

char *
sen_jinja_render (const SenJinja *jinja, GVariant *context, const char *today, const SenJinjaLimits *limits,
                  GError **error)
{
  JinjaRun run = { .line = 1 };
  if (limits != NULL)
    run.limits = *limits;
  run.limits.n_steps = run.limits.n_steps > 0 ? run.limits.n_steps : 10 * 1000 * 1000;
  run.limits.memory_bytes = run.limits.memory_bytes > 0 ? run.limits.memory_bytes : (size_t) 256 << 20;
  run.limits.output_bytes = run.limits.output_bytes > 0 ? run.limits.output_bytes : (size_t) 64 << 20;
  run.limits.depth = run.limits.depth > 0 ? run.limits.depth : 600;
  run.arena.limit_bytes = run.limits.memory_bytes;
  run.now = read_day (today);
  run.out = g_string_new (NULL);

  g_autoptr (GVariant) variables = g_variant_ref_sink (context);
  JinjaValue values = jinja_from_variant (&run, variables);
  JinjaScope *globals = jinja_arena_alloc (&run.arena, sizeof *globals);
  globals->n = globals->capacity = run.error == NULL && values.type == JINJA_DICT ? values.dict->n : 0;
  globals->bindings = jinja_arena_alloc (&run.arena, MAX (globals->n, 1) * sizeof *globals->bindings);
  for (uint32_t i = 0; globals->bindings != NULL && i < globals->n; i++)
    {
      globals->bindings[i].name = jinja_dup (&run, values.dict->pairs[i].key);
      globals->bindings[i].value = values.dict->pairs[i].value;
    }
  /* What the template sets hides the variables given to it, and nothing else. */
  JinjaScope *top = jinja_arena_alloc (&run.arena, sizeof *top);
  top->parent = globals;
  if (jinja_spend (&run, 1))
    jinja_exec (&run, &jinja->body, top);

  jinja_arena_clear (&run.arena);
  g_date_time_unref (run.now);
  if (run.error == NULL)
    return g_string_free (run.out, FALSE);
  g_string_free (run.out, TRUE);
  g_propagate_error (error, run.error);
  return NULL;
}
