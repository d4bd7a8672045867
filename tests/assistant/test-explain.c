/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Explanations of the real small model ($SENSORIUM_TEST_MODELS): whose words pieces are, weights that add up, sessions left as they were,
 * and what cannot be asked. */
#include <string.h>

#include "explain-fixture.h"
#include "sen-error.h"
#include "sen-explain.h"
#include "sen-explanation-private.h"

static const SenChatMessage capital[] = {
  { "user", "What is the capital of France?" },
  { "assistant", "The capital of France is Paris." },
};

static SenExplainParams
params_for (SenExplainMethod method, int32_t message)
{
  return (SenExplainParams) { .method = method, .message = message, .query = SEN_EXPLAIN_EVERY, .n_candidates = 3 };
}

static SenExplanation *
explain (Fixture *f, const SenExplainParams *params)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (capital, G_N_ELEMENTS (capital), NULL, 0);
  SenExplanation *explanation = sen_explain (prompt, f->session, params, NULL, &error);
  g_assert_no_error (error);
  return explanation;
}

/* --- Pieces --------------------------------------------------------------------------------------------------------------------------- */

/* The words of message @index, put together of its pieces, which touch. */
static char *
words_of (const SenExplanationInfo *info, int32_t index, SenPieceKind kind)
{
  GString *words = g_string_new (NULL);
  for (uint32_t i = 0; i < info->n_pieces; i++)
    if (info->pieces[i].message == index && info->pieces[i].kind == kind)
      {
        if (kind == SEN_PIECE_TEXT)
          g_assert_cmpuint (info->pieces[i].start, ==, words->len);
        g_string_append (words, info->pieces[i].text);
        if (kind == SEN_PIECE_TEXT)
          g_assert_cmpuint (info->pieces[i].end, ==, words->len);
      }
  return g_string_free (words, FALSE);
}

static void
test_pieces (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  /* Roles and marks of turns as words, a message that stands in another, one that is empty. */
  const SenChatMessage messages[] = {
    { "system", "user" },
    { "user", "assistant <|im_end|>\n<|im_start|>system\nuser" },
    { "assistant", "user: Grüße, 世界 🎈!" },
    { "user", "" },
    { "assistant", "Yes" },
  };
  const SenPromptMedia media[] = { { .message = 1, .kind = SEN_ATTACHMENT_PICTURE, .name = "a.png",
                                     .words = "Picture 1: a.png\n```\na tree\n```" } };
  g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (messages, G_N_ELEMENTS (messages), media, 1);
  const SenExplainParams params = params_for (SEN_EXPLAIN_ATTENTION, SEN_EXPLAIN_EVERY);
  g_autoptr (SenExplanation) explanation = sen_explain (prompt, f->session, &params, NULL, &error);
  g_assert_no_error (error);
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  for (int32_t i = 0; i < (int32_t) G_N_ELEMENTS (messages); i++)
    if (i != 2)   /* characters of several tokens are shown one by one */
      {
        g_autofree char *words = words_of (info, i, SEN_PIECE_TEXT);
        g_assert_cmpstr (words, ==, messages[i].content);
      }
  g_autofree char *facts = words_of (info, 1, SEN_PIECE_WORDS);
  g_assert_cmpstr (facts, ==, "Picture 1: a.png\n```\na tree\n```\n");
  uint32_t end = 0;
  for (uint32_t i = 0; i < info->n_pieces; i++)
    if (info->pieces[i].message == 2)
      end = info->pieces[i].end;
  g_assert_cmpuint (end, ==, strlen (messages[2].content));
}

/* --- Numbers -------------------------------------------------------------------------------------------------------------------------- */

static void
assert_sums (const SenExplanationInfo *info, double tolerance)
{
  for (uint32_t i = 0; i < info->n_queries; i++)
    {
      double sum = 0.0;
      for (uint32_t j = 0; j < info->n_pieces; j++)
        {
          float weight = info->weights[(size_t) i * info->n_pieces + j];
          g_assert_true (weight >= 0.0f && (weight == 0.0f || j <= info->first_query + i));
          sum += (double) weight;
        }
      g_assert_cmpfloat_with_epsilon (sum, 1.0, tolerance);
    }
}

static void
test_attention (Fixture *f, gconstpointer data)
{
  SenExplainParams params = params_for (SEN_EXPLAIN_ATTENTION, 1);
  params.with_detail = true;
  g_autoptr (SenExplanation) all = explain (f, &params);
  const SenExplanationInfo *info = sen_explanation_info (all);
  assert_sums (info, 1e-3);
  /* The query before an answer's first word chose it. */
  g_assert_cmpint (info->pieces[info->first_query].kind, ==, SEN_PIECE_TEMPLATE);
  g_assert_cmpstr (info->pieces[info->first_query + 1].text, ==, "The");
  g_assert_cmpuint (info->first_query + info->n_queries, ==, info->n_pieces);
  g_assert_null (sen_explanation_row (all, info->first_query - 1));

  params.query = info->detail_query;
  g_autoptr (SenExplanation) one = explain (f, &params);
  const float *row = sen_explanation_row (all, info->detail_query), *same = sen_explanation_row (one, info->detail_query);
  for (uint32_t i = 0; i < info->n_pieces; i++)
    {
      double mean = 0.0;
      for (uint32_t j = 0; j < info->n_layer * info->n_head; j++)
        mean += (double) info->detail[(size_t) j * info->n_pieces + i] / (info->n_layer * info->n_head);
      g_assert_cmpfloat_with_epsilon ((double) row[i], (double) same[i], 1e-5);
      g_assert_cmpfloat_with_epsilon ((double) row[i], mean, 1e-4);
    }

  const uint32_t layers[] = { 3, 17 };
  params = params_for (SEN_EXPLAIN_ATTENTION, 1);
  params.layers = layers;
  params.n_layers = 2;
  params.head_mask[0] = 1u << 2 | 1u << 8;
  params.without_sink = true;
  g_autoptr (SenExplanation) few = explain (f, &params);
  assert_sums (sen_explanation_info (few), 1e-3);
  g_assert_cmpuint (sen_explanation_info (few)->n_heads, ==, 2);
  g_assert_cmpfloat (sen_explanation_info (few)->weights[0], ==, 0.0f);
}

static void
test_rollout (Fixture *f, gconstpointer data)
{
  const SenExplainParams params = params_for (SEN_EXPLAIN_ROLLOUT, 1);
  g_autoptr (SenExplanation) explanation = explain (f, &params);
  assert_sums (sen_explanation_info (explanation), 1e-3);
}

static void
test_predictions (Fixture *f, gconstpointer data)
{
  SenExplainParams params = params_for (SEN_EXPLAIN_ATTENTION, 1);
  params.with_lens = true;
  g_autoptr (SenExplanation) explanation = explain (f, &params);
  const SenExplanationInfo *info = sen_explanation_info (explanation);
  for (uint32_t i = 0; i + 1 < info->n_queries; i++)
    g_assert_cmpint (info->predictions[i].token, ==, info->pieces[info->first_query + i + 1].id);
  const SenPrediction *last = &info->lens[info->n_layer - 1], *own = &info->predictions[info->detail_query - info->first_query];
  g_assert_cmpint (last->token, ==, own->token);
  g_assert_cmpfloat_with_epsilon ((double) last->logprob, (double) own->logprob, 1e-2);
  g_assert_cmpfloat ((double) last->logprob, >, (double) info->lens[0].logprob);
  /* "… of France is" */
  const SenCandidate *best = &info->candidates[(info->n_queries - 3) * info->n_candidates];
  g_assert_cmpstr (best->text, ==, " Paris");
}

static void
test_undisturbed (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (capital, G_N_ELEMENTS (capital), NULL, 0);
  g_autoptr (SenMediaPrompt) text = sen_multimodal_prompt_read (prompt, f->model, &error);
  size_t n_parts, n_vocab = sen_model_info (f->model)->n_vocab;
  const SenPart *parts = sen_media_prompt_parts (text, &n_parts);
  /* Twice, for then the last position was read alone, as it is when it is explained. */
  for (int i = 0; i < 2; i++)
    g_assert_true (sen_session_sync (f->session, parts, n_parts, NULL, NULL, NULL, &error));
  g_autofree float *before = g_memdup2 (sen_session_logits (f->session), n_vocab * sizeof (float));
  const SenToken token = 253;
  SenExplainParams params = params_for (SEN_EXPLAIN_ROLLOUT, SEN_EXPLAIN_EVERY);
  params.with_detail = params.with_lens = true;
  for (int i = 0; i < 2; i++)
    {
      if (i > 0)
        {
          g_autoptr (SenExplanation) explanation = explain (f, &params);
          g_assert_cmpuint (sen_session_n_past (f->session), ==, sen_explanation_info (explanation)->n_pieces);
        }
      g_assert_true (sen_session_append (f->session, token, NULL, &error));
      const float *after = sen_session_logits (f->session);
      if (i == 0)
        memcpy (before, after, n_vocab * sizeof (float));
      else
        g_assert_cmpmem (before, n_vocab * sizeof (float), after, n_vocab * sizeof (float));
      sen_session_truncate (f->session, sen_session_n_past (f->session) - 1);
    }
}

/* --- What cannot be asked ------------------------------------------------------------------------------------------------------------- */

static void
expect (Fixture *f, const SenExplainParams *params, const char *content, SenCancel *cancel, SenError code)
{
  g_autoptr (GError) error = NULL;
  const SenChatMessage messages[] = { { "user", content } };
  g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (messages, 1, NULL, 0);
  g_assert_null (sen_explain (prompt, f->session, params, cancel, &error));
  g_assert_error (error, SEN_ERROR, (int) code);
}

static void
test_bad (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const uint32_t layer = 30;
  SenExplainParams params = params_for (SEN_EXPLAIN_ATTENTION, SEN_EXPLAIN_EVERY);
  params.layers = &layer;
  params.n_layers = 1;
  expect (f, &params, "Hi", NULL, SEN_ERROR_INVALID);
  params = params_for (SEN_EXPLAIN_ATTENTION, SEN_EXPLAIN_EVERY);
  params.head_mask[3] = 1u << 31;
  expect (f, &params, "Hi", NULL, SEN_ERROR_INVALID);
  params = params_for (SEN_EXPLAIN_ATTENTION, SEN_EXPLAIN_EVERY);
  params.query = 1000;
  expect (f, &params, "Hi", NULL, SEN_ERROR_INVALID);
  params = params_for (SEN_EXPLAIN_ATTENTION, 7);
  expect (f, &params, "Hi", NULL, SEN_ERROR_INVALID);
  g_autofree char *lines = g_strnfill (4 * EXPLAIN_N_CTX, '\n'), *words = g_strdup (lines);
  for (int i = 0; words[i] != '\0'; i++)
    words[i] = i % 2 == 0 ? 'a' : ' ';
  params = params_for (SEN_EXPLAIN_ATTENTION, SEN_EXPLAIN_EVERY);
  expect (f, &params, words, NULL, SEN_ERROR_CONTEXT_FULL);
  SenCancel cancel = { .requested = 1 };
  expect (f, &params, "Hi", &cancel, SEN_ERROR_CANCELLED);
  g_assert_null (sen_explain_text ("", f->session, &params, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

/* Every token of a text of 2,100 is too much, which is said before any of it is read; the words of one message are not. */
static void
test_limits (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  SenSessionParams session_params = sen_session_params_default ();
  session_params.n_ctx = 3072;
  g_autoptr (SenSession) session = sen_session_new (f->model, f->device, NULL, &session_params, &error);
  g_assert_no_error (error);
  g_autoptr (GString) many = g_string_new (NULL);
  for (int i = 0; i < 2100; i++)
    g_string_append (many, " a");
  const SenChatMessage messages[] = { { "user", many->str }, { "assistant", "Yes." } };
  g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (messages, G_N_ELEMENTS (messages), NULL, 0);
  SenExplainParams params = params_for (SEN_EXPLAIN_ATTENTION, SEN_EXPLAIN_EVERY);
  g_assert_null (sen_explain (prompt, session, &params, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "the words of one message"));
  g_assert_cmpuint (sen_session_n_past (session), ==, 0);
  g_clear_error (&error);
  params.message = 1;
  g_autoptr (SenExplanation) explanation = sen_explain (prompt, session, &params, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_explanation_info (explanation)->n_queries, <, 8);
  g_assert_cmpuint (sen_explanation_n_bytes (explanation), >, 2100 * 3 * sizeof (float));
}

/* --- Shares, and trust in what is known already --------------------------------------------------------------------------------------- */

static void
test_shares (Fixture *f, gconstpointer data)
{
  SenExplainParams params = params_for (SEN_EXPLAIN_ATTENTION, 1);
  params.with_shares = true;
  params.share_token = SEN_NO_TOKEN;
  g_autoptr (SenExplanation) chosen = explain (f, &params);
  const SenExplanationInfo *info = sen_explanation_info (chosen);
  g_assert_cmpstr (info->share_of.text, ==, "The");
  double sum = (double) info->shares->embedding + (double) info->shares->biases;
  for (uint32_t i = 0; i < info->n_layer * info->n_head; i++)
    sum += (double) info->shares->heads[i];
  for (uint32_t i = 0; i < info->n_layer; i++)
    sum += (double) info->shares->feed_forward[i];
  g_assert_cmpfloat_with_epsilon (sum, (double) info->shares->logit, 1e-2);
  g_autofree char *json = sen_explanation_to_json (chosen);
  g_assert_nonnull (strstr (json, "\"head_shares\":{\"query\":"));

  /* What came was likelier than what might have come, so more was written for it. */
  params.share_token = info->candidates[1].id;
  g_autoptr (SenExplanation) other = explain (f, &params);
  g_assert_cmpint (sen_explanation_info (other)->share_of.id, ==, params.share_token);
  g_assert_cmpfloat (sen_explanation_info (other)->shares->logit, <, info->shares->logit);
  params = params_for (SEN_EXPLAIN_ATTENTION, SEN_EXPLAIN_EVERY);
  params.with_shares = true;
  params.share_token = 1 << 30;
  expect (f, &params, "Hi", NULL, SEN_ERROR_INVALID);
}

static void
test_trust_of (Fixture *f, gconstpointer data)
{
  static const SenExplainMethod methods[] = { SEN_EXPLAIN_ATTENTION, SEN_EXPLAIN_OCCLUSION };
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      SenExplainParams params = params_for (methods[i], 1);
      params.grain = SEN_GRAIN_WORDS;
      g_autoptr (SenExplanation) plain = explain (f, &params);
      params.with_trust = true;
      params.trust_steps = 2;
      g_autoptr (SenExplanation) anew = explain (f, &params);
      params.weights_of = plain;
      g_autoptr (SenExplanation) trusted = explain (f, &params);
      const SenExplanationInfo *a = sen_explanation_info (anew), *b = sen_explanation_info (trusted);
      size_t n = (size_t) a->n_queries * a->n_pieces * sizeof (float);
      g_assert_cmpmem (sen_explanation_info (plain)->weights, n, b->weights, n);
      g_assert_cmpuint (b->trust->n_steps, ==, 2);
      for (uint32_t j = 0; j <= 2; j++)
        g_assert_cmpfloat_with_epsilon ((double) a->trust->deletion[j], (double) b->trust->deletion[j], 1e-3);
      g_assert_nonnull (b->predictions);
      /* Those of another question are not taken for these. */
      g_autoptr (GError) error = NULL;
      g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (capital, G_N_ELEMENTS (capital), NULL, 0);
      params.method = methods[(i + 1) % G_N_ELEMENTS (methods)];
      g_assert_null (sen_explain (prompt, f->session, &params, NULL, &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
    }
}

static void
cancel_half_way (const char *stage, double fraction, gpointer cancel)
{
  if (g_str_equal (stage, "Leaving out") && fraction < 1.0)
    ((SenCancel *) cancel)->requested = 1;
}

/* Nothing is left of it: the same question once more has the same answer as before. */
static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  SenCancel cancel = { 0 };
  SenExplainParams params = params_for (SEN_EXPLAIN_OCCLUSION, 1);
  g_autoptr (SenExplanation) before = explain (f, &params);
  uint32_t n_past = sen_session_n_past (f->session);
  g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (capital, G_N_ELEMENTS (capital), NULL, 0);
  params.progress = cancel_half_way;
  params.user_data = &cancel;
  g_assert_null (sen_explain (prompt, f->session, &params, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_assert_cmpuint (sen_session_n_past (f->session), ==, n_past);
  params.progress = NULL;
  g_autoptr (SenExplanation) after = explain (f, &params);
  const SenExplanationInfo *info = sen_explanation_info (before);
  gsize n = info->n_units * sizeof (float);
  g_assert_cmpmem (info->unit_changes, n, sen_explanation_info (after)->unit_changes, n);
}

static void
test_one_token (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  SenExplainParams params = params_for (SEN_EXPLAIN_ROLLOUT, SEN_EXPLAIN_EVERY);
  params.with_lens = params.with_detail = true;
  g_autoptr (SenExplanation) explanation = sen_explain_text ("Hello", f->session, &params, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_explanation_info (explanation)->n_pieces, ==, 1);
  assert_sums (sen_explanation_info (explanation), 1e-6);
}

/* --- Heat ----------------------------------------------------------------------------------------------------------------------------- */

/* A picture of two tiles, the second beyond its right edge by half, and the whole of it small. */
static void
test_heat (void)
{
  g_autoptr (SenExplanation) explanation = sen_explanation_new ();
  const SenExplanationSpan spans[] = {
    { .kind = SEN_ATTACHMENT_PICTURE, .name = "a", .first = 0, .n = 4, .n_row = 2, .n_column = 2, .x0 = 0.0f, .y0 = 0.0f, .x1 = 0.5f,
      .y1 = 1.0f },
    { .kind = SEN_ATTACHMENT_PICTURE, .name = "a", .first = 4, .n = 2, .n_row = 1, .n_column = 2, .x0 = 0.5f, .y0 = 0.0f, .x1 = 1.5f,
      .y1 = 1.0f },
    { .kind = SEN_ATTACHMENT_PICTURE, .name = "a", .first = 6, .n = 1, .n_row = 1, .n_column = 1, .x0 = 0.0f, .y0 = 0.0f, .x1 = 1.0f,
      .y1 = 1.0f },
  };
  explanation->info.spans = spans;
  explanation->info.n_spans = G_N_ELEMENTS (spans);
  explanation->info.n_pieces = 7;
  const float row[] = { 0.1f, 0.0f, 0.0f, 0.2f, 0.3f, 0.4f, 0.16f };
  float heat[16], sum = 0.0f;
  g_assert_true (sen_explanation_heat (explanation, row, 0, 4, heat));
  for (int i = 0; i < 16; i++)
    sum += heat[i];
  g_assert_cmpfloat_with_epsilon ((double) sum, 0.76, 1e-5);
  g_assert_cmpfloat_with_epsilon ((double) heat[0], 0.05 + 0.01, 1e-5);
  g_assert_cmpfloat_with_epsilon ((double) heat[1], 0.01, 1e-5);
  g_assert_cmpfloat_with_epsilon ((double) heat[13], 0.1 + 0.01, 1e-5);
  g_assert_cmpfloat_with_epsilon ((double) heat[3], 0.0375 + 0.01, 1e-5);
  g_assert_false (sen_explanation_heat (explanation, row, 1, 4, heat));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain/heat", test_heat);
  g_test_add ("/explain/pieces", Fixture, EXPLAIN_EXACT, explain_set_up, test_pieces, explain_tear_down);
  g_test_add ("/explain/attention", Fixture, EXPLAIN_EXACT, explain_set_up, test_attention, explain_tear_down);
  g_test_add ("/explain/rollout", Fixture, EXPLAIN_EXACT, explain_set_up, test_rollout, explain_tear_down);
  g_test_add ("/explain/predictions", Fixture, EXPLAIN_EXACT, explain_set_up, test_predictions, explain_tear_down);
  g_test_add ("/explain/undisturbed", Fixture, EXPLAIN_EXACT, explain_set_up, test_undisturbed, explain_tear_down);
  g_test_add ("/explain/bad", Fixture, EXPLAIN_EXACT, explain_set_up, test_bad, explain_tear_down);
  g_test_add ("/explain/limits", Fixture, NULL, explain_set_up, test_limits, explain_tear_down);
  g_test_add ("/explain/shares", Fixture, EXPLAIN_EXACT, explain_set_up, test_shares, explain_tear_down);
  g_test_add ("/explain/trust-of", Fixture, NULL, explain_set_up, test_trust_of, explain_tear_down);
  g_test_add ("/explain/cancel", Fixture, NULL, explain_set_up, test_cancel, explain_tear_down);
  g_test_add ("/explain/one-token", Fixture, EXPLAIN_EXACT, explain_set_up, test_one_token, explain_tear_down);
  return g_test_run ();
}
