/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * How tokens are chosen, and what ends an answer. Argument: the folder with the small random models. */
#include "sen-cpu.h"
#include "sen-sampler-private.h"

#include <math.h>

#define N_DRAWS 20000

static const char *folder;

/* Probabilities 0.5, 0.3, 0.15, 0.05. */
static const float logits4[] = { -0.69314718f, -1.20397280f, -1.89711998f, -2.99573227f };

/* --- The sampler ------------------------------------------------------------------------------------------------------ */

/* How often each of four tokens is drawn. */
static void
draw (const SenSampling *sampling, const float *logits, const SenToken *recent, uint32_t n_recent, double share[4])
{
  g_autoptr (SenSampler) sampler = sen_sampler_new (sampling, 4);
  for (int i = 0; i < 4; i++)
    share[i] = 0.0;
  for (int i = 0; i < N_DRAWS; i++)
    {
      SenToken token = sen_sampler_choose (sampler, logits, recent, n_recent);
      g_assert_cmpint (token, >=, 0);
      g_assert_cmpint (token, <, 4);
      share[token] += 1.0 / N_DRAWS;
    }
}

static void
expect_shares (const SenSampling *sampling, double a, double b, double c, double d)
{
  const double expected[] = { a, b, c, d };
  double share[4];
  draw (sampling, logits4, NULL, 0, share);
  for (int i = 0; i < 4; i++)
    {
      /* The generator is seeded, so this is the same every time; four standard deviations. */
      g_assert_cmpfloat_with_epsilon (share[i], expected[i], 0.015);
      if (expected[i] == 0.0)
        g_assert_cmpfloat (share[i], ==, 0.0);
    }
}

static void
test_shares (void)
{
  expect_shares (&(SenSampling) { .temperature = 0.0f }, 1, 0, 0, 0);
  expect_shares (&(SenSampling) { .temperature = 1.0f }, 0.5, 0.3, 0.15, 0.05);
  /* Probabilities squared, and their square roots, normalised. */
  expect_shares (&(SenSampling) { .temperature = 0.5f }, 0.6849, 0.2466, 0.0616, 0.0068);
  expect_shares (&(SenSampling) { .temperature = 2.0f }, 0.3790, 0.2936, 0.2076, 0.1198);
  expect_shares (&(SenSampling) { .temperature = 1.0f, .top_k = 2 }, 0.625, 0.375, 0, 0);
  expect_shares (&(SenSampling) { .temperature = 1.0f, .top_k = 1 }, 1, 0, 0, 0);
  expect_shares (&(SenSampling) { .temperature = 1.0f, .top_p = 0.6f }, 0.625, 0.375, 0, 0);
  expect_shares (&(SenSampling) { .temperature = 1.0f, .top_p = 0.01f }, 1, 0, 0, 0);
  expect_shares (&(SenSampling) { .temperature = 1.0f, .min_p = 0.25f }, 0.5263, 0.3158, 0.1579, 0);
  expect_shares (&(SenSampling) { .temperature = 1.0f, .min_p = 1.0f }, 1, 0, 0, 0);
  /* Top-p comes before the temperature: what it keeps does not depend on it. */
  expect_shares (&(SenSampling) { .temperature = 100.0f, .top_p = 0.6f }, 0.5013, 0.4987, 0, 0);
}

static void
test_seeds (void)
{
  SenToken drawn[3][64];
  const uint64_t seeds[] = { 7, 7, 8 };
  for (int i = 0; i < 3; i++)
    {
      const SenSampling sampling = { .temperature = 1.0f, .seed = seeds[i] };
      g_autoptr (SenSampler) sampler = sen_sampler_new (&sampling, 4);
      for (int j = 0; j < 64; j++)
        drawn[i][j] = sen_sampler_choose (sampler, logits4, NULL, 0);
    }
  g_assert_cmpmem (drawn[0], sizeof drawn[0], drawn[1], sizeof drawn[1]);
  g_assert_true (memcmp (drawn[0], drawn[2], sizeof drawn[0]) != 0);
}

/* Greedy, so that one choice shows what the penalties made of the logits. */
static void
expect_choice (const SenSampling *sampling, const float *logits, const SenToken *recent, uint32_t n_recent, SenToken expected)
{
  g_autoptr (SenSampler) sampler = sen_sampler_new (sampling, 4);
  g_assert_cmpint (sen_sampler_choose (sampler, logits, recent, n_recent), ==, expected);
}

static void
test_penalties (void)
{
  static const float logits[] = { 2.0f, 1.5f, -1.0f, -1.5f };
  static const SenToken recent[] = { 1, 0, 0, 0 }, all[] = { 0, 1, 2 };
  expect_choice (&(SenSampling) { 0 }, logits, recent, 4, 0);
  expect_choice (&(SenSampling) { .repetition_penalty = 1.0f }, logits, recent, 4, 0);
  /* 2 / 1.5 < 1.5 only when 1 is out of sight. */
  expect_choice (&(SenSampling) { .repetition_penalty = 1.5f, .penalty_window = 3 }, logits, recent, 4, 1);
  expect_choice (&(SenSampling) { .repetition_penalty = 1.5f, .penalty_window = 4 }, logits, recent, 4, 0);
  /* A logit below zero goes further down: -1 · 4 < -1.5. */
  static const float low[] = { -1.0f, -5.0f, -5.0f, -1.5f };
  expect_choice (&(SenSampling) { .repetition_penalty = 4.0f }, low, all, 1, 3);
  /* Once for being there, or once for each time. */
  expect_choice (&(SenSampling) { .presence_penalty = 0.4f }, logits, recent, 4, 0);
  expect_choice (&(SenSampling) { .presence_penalty = 0.6f, .penalty_window = 3 }, logits, recent, 4, 1);
  expect_choice (&(SenSampling) { .frequency_penalty = 0.2f }, logits, recent, 4, 0);
  expect_choice (&(SenSampling) { .frequency_penalty = 0.3f }, logits, recent, 4, 1);
}

static void
test_odd_logits (void)
{
  const float odd[][4] = {
    { NAN, NAN, NAN, NAN }, { -INFINITY, -INFINITY, -INFINITY, -INFINITY }, { INFINITY, 0, 0, 0 }, { NAN, 1, 2, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (odd); i++)
    for (int greedy = 0; greedy < 2; greedy++)
      {
        double share[4];   /* draw() checks that tokens exist */
        const SenSampling sampling = { .temperature = greedy ? 0.0f : 1.0f, .top_k = 3, .top_p = 0.9f, .min_p = 0.05f };
        draw (&sampling, odd[i], NULL, 0, share);
      }
  static const float ties[] = { 1.0f, 3.0f, 3.0f, 3.0f };
  expect_choice (&(SenSampling) { 0 }, ties, NULL, 0, 1);
}

static void
test_logprobs (void)
{
  SenAlternative top[4];
  g_assert_cmpuint (sen_top_logprobs (logits4, 4, top, 3), ==, 3);
  g_assert_cmpuint (sen_top_logprobs (logits4, 4, top, 9), ==, 4);
  for (int i = 0; i < 4; i++)
    {
      g_assert_cmpint (top[i].token, ==, i);
      g_assert_cmpfloat_with_epsilon (top[i].logprob, logits4[i], 1e-5);
      g_assert_cmpfloat_with_epsilon (sen_logprob (logits4, 4, i), logits4[i], 1e-5);
    }
  /* The same shifted far away, where exp() of the logits themselves would overflow. */
  float shifted[4];
  for (int i = 0; i < 4; i++)
    shifted[i] = logits4[i] + 1000.0f;
  g_assert_cmpfloat_with_epsilon (sen_logprob (shifted, 4, 2), logits4[2], 1e-3);
}

/* --- Answers ---------------------------------------------------------------------------------------------------------- */

typedef struct {
  GString  *text;
  GArray   *tokens, *logprobs, *best;   /* SenToken, float, SenToken: the first alternative */
  uint32_t  n_wanted;                   /* stop the answer by hand after so many; 0 = never */
  SenGenerateStats stats;
} Answer;

static void
answer_clear (Answer *answer)
{
  g_string_free (answer->text, TRUE);
  g_array_unref (answer->tokens);
  g_array_unref (answer->logprobs);
  g_array_unref (answer->best);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static bool
take_token (const SenGeneratedToken *token, gpointer data)
{
  Answer *answer = data;
  g_string_append (answer->text, token->text);
  if (token->token == SEN_NO_TOKEN)
    return true;
  g_array_append_val (answer->tokens, token->token);
  g_array_append_val (answer->logprobs, token->logprob);
  for (uint32_t i = 1; i < token->n_alternatives; i++)
    g_assert_cmpfloat (token->alternatives[i - 1].logprob, >=, token->alternatives[i].logprob);
  if (token->n_alternatives > 0)
    g_array_append_val (answer->best, token->alternatives[0].token);
  return answer->n_wanted == 0 || answer->tokens->len < answer->n_wanted;
}

/* The instruction set of the sessions of a test. */
static const char *isa_name;

static SenSession *
open_session (uint32_t n_ctx)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "llama-a.gguf", NULL);
  g_autoptr (SenModel) model = sen_model_open (path, &error);
  g_assert_no_error (error);
  const SenCpuParams cpu = { .isa = isa_name, .n_threads = 1, .exact = true };
  g_autoptr (SenDevice) device = sen_cpu_device_new (&cpu, &error);
  g_assert_no_error (error);
  const SenSessionParams params = { .n_ctx = n_ctx, .kv_type = SEN_TYPE_F32 };
  SenSession *session = sen_session_new (model, device, NULL, &params, &error);
  g_assert_no_error (error);
  return session;
}

static Answer
generate (SenSession *session, SenGenerateParams params, uint32_t n_wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) prompt = g_array_new (FALSE, FALSE, sizeof (SenToken));
  sen_tokenizer_encode (sen_model_tokenizer (sen_session_model (session)), "the man and the world", -1, true, true, prompt);
  const SenPart part = { .tokens = (const SenToken *) prompt->data, .n = prompt->len };
  Answer answer = {
    .text = g_string_new (NULL),
    .tokens = g_array_new (FALSE, FALSE, sizeof (SenToken)),
    .logprobs = g_array_new (FALSE, FALSE, sizeof (float)),
    .best = g_array_new (FALSE, FALSE, sizeof (SenToken)),
    .n_wanted = n_wanted,
  };
  params.on_token = take_token;
  params.user_data = &answer;
  g_assert_true (sen_generate (session, &part, 1, &params, &answer.stats, &error));
  g_assert_no_error (error);
  g_assert_true (g_utf8_validate (answer.text->str, -1, NULL));
  g_assert_cmpuint (answer.stats.n_prompt_tokens, ==, prompt->len);
  g_assert_cmpuint (answer.stats.n_generated_tokens, ==, answer.tokens->len);
  return answer;
}

/* Drawn, not greedy: a random model at its likeliest repeats itself. */
static const SenSampling drawn = { .temperature = 1.0f, .seed = 3 };

static void
test_answer (void)
{
  g_autoptr (SenSession) session = open_session (128);
  g_auto (Answer) first = generate (session, (SenGenerateParams) { .sampling = drawn, .max_tokens = 40, .n_alternatives = 5 }, 0);
  g_assert_cmpint (first.stats.stop_reason, ==, SEN_STOP_LENGTH);
  g_assert_cmpuint (first.tokens->len, ==, 40);
  g_assert_cmpuint (first.best->len, ==, 40);
  g_assert_cmpuint (first.stats.n_reused_tokens, ==, 0);

  /* The same again, from the cache; only the last position of the prompt is read anew. */
  g_auto (Answer) second = generate (session, (SenGenerateParams) { .sampling = drawn, .max_tokens = 40 }, 0);
  g_assert_cmpstr (second.text->str, ==, first.text->str);
  g_assert_cmpuint (second.stats.n_reused_tokens, ==, second.stats.n_prompt_tokens - 1);

  g_auto (Answer) greedy = generate (session, (SenGenerateParams) { .max_tokens = 10, .n_alternatives = 20 }, 0);
  g_assert_cmpmem (greedy.tokens->data, greedy.tokens->len * sizeof (SenToken), greedy.best->data, greedy.best->len * sizeof (SenToken));
  for (guint i = 0; i < greedy.logprobs->len; i++)
    g_assert_cmpfloat (g_array_index (greedy.logprobs, float, i), <=, 0.0f);
}

static void
test_ends (void)
{
  g_autoptr (SenSession) session = open_session (32);
  g_auto (Answer) full = generate (session, (SenGenerateParams) { .sampling = drawn }, 0);
  g_assert_cmpint (full.stats.stop_reason, ==, SEN_STOP_CONTEXT);
  g_assert_cmpuint (sen_session_n_past (session), ==, 32);

  g_auto (Answer) stopped = generate (session, (SenGenerateParams) { .sampling = drawn }, 4);
  g_assert_cmpint (stopped.stats.stop_reason, ==, SEN_STOP_CANCELLED);
  g_assert_cmpuint (stopped.tokens->len, ==, 4);
  g_assert_true (g_str_has_prefix (full.text->str, stopped.text->str));

  SenCancel cancel = { .requested = 1 };
  g_auto (Answer) nothing = generate (session, (SenGenerateParams) { .sampling = drawn, .cancel = &cancel }, 0);
  g_assert_cmpint (nothing.stats.stop_reason, ==, SEN_STOP_CANCELLED);
  g_assert_cmpuint (nothing.tokens->len, ==, 0);
}

/* Every stretch of a whole answer as a stop string, within a token and across: the answer is what stands before it. */
static void
test_stop_strings (void)
{
  g_autoptr (SenSession) session = open_session (128);
  g_auto (Answer) whole = generate (session, (SenGenerateParams) { .sampling = drawn, .max_tokens = 12 }, 0);
  const char *text = whole.text->str;
  glong n = g_utf8_strlen (text, -1);
  g_assert_cmpint (n, >, 8);
  for (glong first = 0; first < n; first++)
    for (glong length = 1; length <= 7 && first + length <= n; length += 3)
      {
        g_autofree char *stop = g_utf8_substring (text, first, first + length);
        /* One that never comes holds nothing back for good. */
        const char *const stops[] = { "a string that does not come", stop, "", NULL };
        g_auto (Answer) answer = generate (session, (SenGenerateParams) { .sampling = drawn, .max_tokens = 12, .stop_strings = stops }, 0);
        g_autofree char *expected = g_strndup (text, (gsize) (strstr (text, stop) - text));
        g_assert_cmpstr (answer.text->str, ==, expected);
        g_assert_cmpint (answer.stats.stop_reason, ==, SEN_STOP_STRING);
      }

  /* The beginning of one at the very end comes out after all. */
  g_autofree char *half = g_strconcat (g_utf8_offset_to_pointer (text, n - 2), "and more", NULL);
  const char *const stops[] = { half, NULL };
  g_auto (Answer) answer = generate (session, (SenGenerateParams) { .sampling = drawn, .max_tokens = 12, .stop_strings = stops }, 0);
  g_assert_cmpstr (answer.text->str, ==, text);
  g_assert_cmpint (answer.stats.stop_reason, ==, SEN_STOP_LENGTH);
}

typedef struct {
  SenIsa isa;
  void (*check) (void);
} OnIsa;

static void
check_on_isa (gconstpointer data)
{
  const OnIsa *on = data;
  isa_name = sen_isa_name (on->isa);
  on->check ();
}

static void
add_for_isas (const char *name, void (*check) (void))
{
  for (SenIsa isa = SEN_ISA_PORTABLE; isa < SEN_N_ISAS; isa++)
    if (sen_isa_available (isa))
      {
        const OnIsa on = { isa, check };
        g_autofree char *path = g_strdup_printf ("/generate/%s/%s", name, sen_isa_name (isa));
        g_test_add_data_func_full (path, g_memdup2 (&on, sizeof on), check_on_isa, g_free);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  folder = argv[1];
  g_test_add_func ("/sampler/shares", test_shares);
  g_test_add_func ("/sampler/seeds", test_seeds);
  g_test_add_func ("/sampler/penalties", test_penalties);
  g_test_add_func ("/sampler/odd-logits", test_odd_logits);
  g_test_add_func ("/sampler/logprobs", test_logprobs);
  add_for_isas ("answer", test_answer);
  add_for_isas ("ends", test_ends);
  add_for_isas ("stop-strings", test_stop_strings);
  return g_test_run ();
}
