/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "counted-work.h"
#include "sen-chat-template.h"
#include "sen-error.h"
#include "sen-jinja.h"

#include <locale.h>
#include <string.h>

#include "jinja-cases.inc"

#define MAX_WORK (600ull * 1000 * 1000)   /* blocks for ten million steps, three times what they are; about a second */

#define TODAY "2026-11-24"

static GVariant *
new_context (void)
{
  g_autoptr (GError) error = NULL;
  GVariant *context = g_variant_parse (G_VARIANT_TYPE_VARDICT, CONTEXT, NULL, NULL, &error);
  g_assert_no_error (error);
  return context;
}

static char *
render (const char *source, const SenJinjaLimits *limits, GError **error)
{
  g_autoptr (SenJinja) jinja = sen_jinja_new (source, -1, error);
  g_autoptr (GVariant) context = new_context ();
  return jinja != NULL ? sen_jinja_render (jinja, context, TODAY, limits, error) : NULL;
}

/* What python3-jinja2 gives for each. */
static void
test_cases (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = render (cases[i].source, NULL, &error);
      g_assert_true ((text == NULL) == (error != NULL));
      if (g_strcmp0 (text, cases[i].expected) == 0)
        continue;
      g_test_message ("%s\n  expected %s\n  found    %s", cases[i].source, cases[i].expected,
                      text != NULL ? text : error->message);
      g_test_fail ();
    }
}

static void
test_limits (void)
{
  static const char *const sources[] = {
    "{% for i in range(10**9) %}x{% endfor %}",
    "{{ 'x' * 10**9 }}",
    "{{ 'x' * 10**18 }}",
    "{{ [1] * 10**9 }}",
    "{{ [[]] * 10**9 }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{% for b in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
    "{% set ns = namespace(x='xxxxxxxx') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}",
    "{% set ns = namespace(x=[], y=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% "
    "endfor %}"
    "{{ ns.x == ns.y }}",
    "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "{{ (['x' * 99999] * 99999) | join(',') }}",
    "{{ ('x' * 999999).replace('x', 'y' * 9999) }}",
    "{{ ('x' * 999999).split('x') | length * 0 }}{{ ('x' * 99999) | list | map('replace', '', 'y' * 99999) | list }}",
    "{% for i in range(99999) %}{{ ('x' * 999999).count('xy') }}{% endfor %}",
    "{% for i in range(99999) %}{{ 'y' in 'x' * 999999 }}{% endfor %}",
    "{{ ('a' * 9999999).strip('b' * 999999 ~ 'a') }}",
    "{{ ('a' * 9999999).rsplit('a' * 99999 ~ 'b', 5) }}",
    "{{ '%9999999999s' % 1 * 99999 }}",
    "{{ 9 ** 99 }}",
    "{{ 9223372036854775807 + 1 }}",
    "{{ 9223372036854775807 * 2 }}",
    "{{ (range(99999) | list) | unique | list | length }}",
    "{{ ([[1, 2] * 99999] * 9999) | tojson(indent=999999) }}",
    "{{ ([1] * 9999) | tojson(indent=999999) }}",
    "{{ ('a\\n' * 999999) | indent(99999999) }}",
    "{{ ('a\\n' * 9999) | indent(99999) }}",
    "{{ [1, 2] | batch(10**9, 0) | list }}",
  };
  const SenJinjaLimits small = { .n_steps = 1000 * 1000, .memory_bytes = 24 << 20, .output_bytes = 6 << 20 };
  for (size_t i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autoptr (GError) error = NULL;
      uint64_t before = work_count ();
      /* The first ones meet the limits that chats have; the suite has no time for all of them to. */
      g_autofree char *text = render (sources[i], i < 7 ? NULL : &small, &error);
      uint64_t work = work_count () - before;
      g_test_message ("%.1f million %s: %s", (double) work * 1e-6, sources[i], error != NULL ? error->message : "no error");
      if (!g_error_matches (error, SEN_ERROR, SEN_ERROR_LIMIT))
        g_test_fail ();
      g_assert_null (text);
      g_assert_cmpuint (work, <, MAX_WORK);
    }
}

static void
test_own_limits (void)
{
  static const struct {
    const char    *source;
    SenJinjaLimits limits;
  } tries[] = {
    { "{% for i in range(100) %}{% endfor %}", { .n_steps = 100 } },
    { "{{ 'x' * 1000 }}", { .output_bytes = 999 } },
    { "{{ 'x' * 100000 }}", { .memory_bytes = 50000 } },
    { "{% if 1 %}{% if 1 %}{% if 1 %}{% endif %}{% endif %}{% endif %}", { .depth = 3 } },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tries); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = render (tries[i].source, &tries[i].limits, &error);
      g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
      g_assert_null (text);
    }
}

static void
test_deep_source (void)
{
  static const char *const units[][3] = {
    { "{{ ", "(", " }}" },
    { "{{ ", "[", " }}" },
    { "{{ ", "- ", "1 }}" },
    { "{{ ", "not ", "1 }}" },
    { "{{ 1", " + 1", " }}" },
    { "{{ l", "[0]", " }}" },
    { "{{ 1", " if 1 else 1", " }}" },
    { "{{ 'a'", "|upper", " }}" },
    { "", "{% if 1 %}", "" },
    { "", "{% for x in l %}", "" },
    { "{{ ", "{1:", " }}" },
    { "{% set ", "(", "%}" },
    { "{{ s", ".x", " }}" },
    { "{{ s", "()", " }}" },
    { "{{ 1", " and 1", " }}" },
    { "{{ 1", " is eq 1", " }}" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) source = g_string_new (units[i][0]);
      for (int n = 0; n < 50000; n++)
        g_string_append (source, units[i][1]);
      g_string_append (source, units[i][2]);
      g_autofree char *text = render (source->str, NULL, &error);
      g_assert_true ((text == NULL) == (error != NULL));
      g_assert_nonnull (error);
    }
}

static const char big[]
  = "{# head #}{%- set ns = namespace(a=1, b=[1, 2.5, 'x\\n'], c={'k': none}) -%}\n{% macro m(x, y='q') %}{% endmacro "
    "%}"
    "{% macro p(x, y='q') -%}\n  {{- x ~ y|upper|replace('Q', \"z\") -}}\n{%- endmacro %}\n{% for r in ms if r.role != "
    "'z' %}\n"
    "  {%- if loop.first and not r['role'] in ['a', 'b'] %}{{ p(r.role, y=r.n) }}{% elif r is mapping or r.n is "
    "divisibleby(2) %}"
    "{{ ms[::-1][0].role[1:-1] }}{% else %}{% set ns.a = ns.a + 1 %}{% break %}{% endif %}\n{% endfor %}"
    "{% raw %}{{ x }}{% endraw %}{% set q | trim %} {{ n }} {% endset %}{% filter lower %}ABC{% endfilter %}"
    "{% call(u) p('c') %}{{ u }}{% endcall %}{% with a = 1 %}{{ a }}{% endwith %}{% generation %}g{% endgeneration %}"
    "{{ '%s-%05.1f' % ('a', 2) }}{{ '{:>4}{x}'.format(1, x=2) }}{{ d|tojson(indent=2) }}{{ strftime_now('%d %b') "
    "}}\xc3\xa9";

static void
test_truncations (void)
{
  g_autoptr (GError) whole_error = NULL;
  g_autofree char *whole = render (big, NULL, &whole_error);
  g_assert_no_error (whole_error);
  for (size_t n = 0; n <= sizeof big - 1; n++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenJinja) jinja = sen_jinja_new (big, (gssize) n, &error);
      g_assert_true ((jinja == NULL) == (error != NULL));
      if (jinja == NULL)
        continue;
      g_autoptr (GVariant) context = new_context ();
      g_autofree char *text = sen_jinja_render (jinja, context, TODAY, NULL, NULL);
    }
}

/* Bytes changed at random; the seed is fixed. */
static void
test_mutations (void)
{
  static const char alphabet[] = "{}%#-+ \n'\"\\()[].,:|=~*/<>!01aeifx_\x80\xff";
  g_autoptr (GRand) rand = g_rand_new_with_seed (20261124);
  SenJinjaLimits limits = { .n_steps = 20000, .memory_bytes = 1 << 20, .output_bytes = 1 << 16 };
  for (int i = 0; i < 3000; i++)
    {
      g_autofree char *source = g_memdup2 (big, sizeof big);
      for (int n = g_rand_int_range (rand, 1, 6); n > 0; n--)
        source[g_rand_int_range (rand, 0, sizeof big - 1)] = alphabet[g_rand_int_range (rand, 0, sizeof alphabet - 1)];
      g_autoptr (GError) error = NULL;
      g_autofree char *text = render (source, &limits, &error);
      g_assert_true ((text == NULL) == (error != NULL));
    }
}

static void
test_lines (void)
{
  static const struct {
    const char *source, *part;
    SenError    code;
  } tries[] = {
    { "a\nb\n{{ missing.x }}", "line 3: “missing” is undefined", SEN_ERROR_INVALID },
    { "a\n{{ raise_exception('No \" system') }}", "line 2: the template refuses this conversation: No \" system",
      SEN_ERROR_INVALID },
    { "a\n\n{% if %}", "line 3", SEN_ERROR_FORMAT },
    { "{% for x in l %}\n{{ x }}", "“{% endfor %}” is missing", SEN_ERROR_FORMAT },
    { "{% extends 'x' %}", "“extends” is not supported", SEN_ERROR_UNSUPPORTED },
    { "\n{% for x in l recursive %}{% endfor %}", "line 2: recursive loops", SEN_ERROR_UNSUPPORTED },
    { "{{ l | shuffle }}", "no filter “shuffle”", SEN_ERROR_UNSUPPORTED },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tries); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = render (tries[i].source, NULL, &error);
      g_assert_error (error, SEN_ERROR, (int) tries[i].code);
      if (strstr (error->message, tries[i].part) == NULL)
        g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, tries[i].part));
      g_assert_null (text);
    }
}

static const SenChatMessage chat[] = { { "system", "Be kind." }, { "user", "Hi \xff{{ x }}" } };

static char *
render_chat (const char *source, const char *architecture, const char **description, bool *is_own)
{
  static char kept[300];
  g_autoptr (GError) error = NULL;
  g_autoptr (SenChatTemplate) t = sen_chat_template_new (source, architecture, "<s>", "</s>");
  char *text = sen_chat_template_render (t, chat, G_N_ELEMENTS (chat), true, TODAY, &error);
  g_assert_no_error (error);
  g_strlcpy (kept, sen_chat_template_description (t), sizeof kept);
  *description = kept;
  *is_own = sen_chat_template_is_own (t);
  return text;
}

static void
test_chat_template (void)
{
#define TURNS                                                                                                          \
  "{{ bos_token }}{% for m in messages %}{{ m.role }}:{{ m.content }}|{% endfor %}{{ 'A:' if add_generation_prompt }}"
  static const struct {
    const char *source, *architecture, *text, *description;
    bool        is_own;
  } tries[] = {
    { TURNS, "llama", "<s>system:Be kind.|user:Hi \xef\xbf\xbd{{ x }}|A:", "the model's own template", true },
    { "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" TURNS, "llama",
      "<s>user:Be kind.\n\nHi \xef\xbf\xbd{{ x }}|A:", "the model's own template (the system", true },
    { "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}", "llama",
      "Be kind.\n\nHi \xef\xbf\xbd{{ x }}", "the model's own template (the system", true },
    { NULL, "llama",
      "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi \xff{{ x }}<|im_end|>\n<|im_start|>assistant\n",
      "chatml (the model has no template of its own)", false },
    { "<start_of_turn>{% include 'x' %}", "llama",
      "<s><start_of_turn>user\nBe kind.\n\nHi \xff{{ x }}<end_of_turn>\n<start_of_turn>model\n",
      "gemma (the model's own template cannot be used: chat template, line 1: “include” is not supported)", false },
    { "{{ messages[0].content | no_such_filter }}", "qwen2", "<|im_start|>system\nBe kind.<|im_end|>\n",
      "chatml (the model's own", false },
    { "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "gemma3",
      "<s><start_of_turn>user\n",
      "gemma (the model's own template cannot be used: chat template, line 1: stopped after", false },
    { "{{ tools is none and documents is none }}{{ strftime_now('%Y') }}" TURNS, "llama",
      "True2026<s>system:", "the model's own", true },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tries); i++)
    {
      const char *description;
      bool is_own;
      g_autofree char *text = render_chat (tries[i].source, tries[i].architecture, &description, &is_own);
      g_test_message ("%s: %s", description, text);
      g_assert_true (g_str_has_prefix (description, tries[i].description));
      g_assert_cmpint (is_own, ==, tries[i].is_own);
      g_assert_true (g_str_has_prefix (text, tries[i].text));
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/jinja/cases", test_cases);
  g_test_add_func ("/text/jinja/limits", test_limits);
  g_test_add_func ("/text/jinja/own-limits", test_own_limits);
  g_test_add_func ("/text/jinja/deep-source", test_deep_source);
  g_test_add_func ("/text/jinja/truncations", test_truncations);
  g_test_add_func ("/text/jinja/mutations", test_mutations);
  g_test_add_func ("/text/jinja/lines", test_lines);
  g_test_add_func ("/text/chat-template", test_chat_template);
  return g_test_run ();
}
