/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-jinja.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Any bytes are a template: an error or a text comes out, soon, and within the limits. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char context[] =
    "{'messages': <[<{'role': <'system'>, 'content': <'s \\u00e9'>}>, <{'role': <'user'>, 'content': <'u\\n'>}>]>,"
    " 'tools': <@ms nothing>, 'add_generation_prompt': <true>, 'bos_token': <'<s>'>, 'd': <{'a': <1>, 'b': <2.5>}>,"
    " 'n': <int64 7>, 'l': <[3, 1, 2]>}";
  const SenJinjaLimits limits = { .n_steps = 50000, .memory_bytes = 4 << 20, .output_bytes = 1 << 18 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SenJinja) jinja = sen_jinja_new ((const char *) data, (gssize) size, &error);
  g_assert ((jinja == NULL) == (error != NULL));
  if (jinja == NULL)
    return 0;
  /* Made once: what GLib keeps for itself in making it would have libFuzzer look for leaks after every run. */
  static GVariant *variables;
  if (variables == NULL)
    variables = g_variant_ref_sink (g_variant_parse (G_VARIANT_TYPE_VARDICT, context, NULL, NULL, &error));
  g_assert_no_error (error);
  g_autofree char *text = sen_jinja_render (jinja, variables, "2026-11-24", &limits, &error);
  g_assert ((text == NULL) == (error != NULL));
  return 0;
}
