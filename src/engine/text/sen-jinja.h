/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * A sandboxed interpreter for the Jinja2 templates that come inside model files.
 *
 * Output equals python-jinja2's ImmutableSandboxedEnvironment with trim_blocks, lstrip_blocks and loop controls, as
 * transformers renders chat templates. Left out, each with an error that names it: recursive loops, blocks,
 * inheritance and imports. Integers have 64 bits, and marking text as safe has no effect, for nothing is escaped.
 *
 * Templates are hostile input: they can call nothing but the functions here, and steps, nesting, memory and output are
 * limited (SEN_ERROR_LIMIT). Errors name the template's line.
 *
 * Thread-safety: immutable; rendering is reentrant.
 */
typedef struct SenJinja SenJinja;

/** Zeros mean the defaults, which are far above what any conversation needs. */
typedef struct {
  uint64_t n_steps;        /* expressions, statements, loop rounds, and 64 bytes of text looked at */
  size_t   memory_bytes;   /* all values made while rendering */
  size_t   output_bytes;
  uint32_t depth;          /* of nested evaluation */
} SenJinjaLimits;

/** Parses source[length] (-1: to its NUL). Mistakes are SEN_ERROR_FORMAT, what is left out SEN_ERROR_UNSUPPORTED. */
SenJinja *sen_jinja_new (const char *source, gssize length, GError **error);
void      sen_jinja_free (SenJinja *jinja);

/** Renders with the variables of @context: an a{sv}, in which strings, booleans, numbers, arrays, tuples, string-keyed
 *  dictionaries and empty maybes (none) become values; a floating reference is taken. @today ("2026-11-24") is what
 *  strftime_now sees, NULL for the present. raise_exception() and mistakes at run time are SEN_ERROR_INVALID.
 *  (transfer full) */
char *sen_jinja_render (const SenJinja *jinja, GVariant *context, const char *today, const SenJinjaLimits *limits,
                        GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenJinja, sen_jinja_free)

G_END_DECLS
