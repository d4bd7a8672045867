/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Answers of the real small model ($SENSORIUM_TEST_MODELS) explained while they are written: the same rows as afterwards, the same answer
 * as without, begun and ended wherever somebody likes; and older answers explained without anything being read again. */
#include <math.h>
#include <string.h>

#include "explain-fixture.h"
#include "sen-error.h"
#include "sen-explain-live.h"

#define N_TOKENS 14
#define K 4

static const SenChatMessage question[] = {
  { "system", "You are helpful." }, { "user", "Name three rivers of Europe, and say where each of them ends." },
};
static const SenExplainParams few = { .query = SEN_EXPLAIN_EVERY, .n_candidates = K };

/* An answer in the making, which is looked at from its first-th word on, up to the last-th. */
typedef struct {
  const SenMultimodalPrompt *prompt;
  SenSession     *session;
  SenExplainLive *live, *kept;
  uint32_t        first, last;
  GArray         *tokens;
  GString        *text;
  float          *logits;      /* before the last token */
} Run;

static bool
on_token (const SenGeneratedToken *token, gpointer data)
{
  Run *run = data;
  g_autoptr (GError) error = NULL;
  g_string_append (run->text, token->text);
  if (token->token == SEN_NO_TOKEN)
    return true;
  g_array_append_val (run->tokens, token->token);
  size_t n_bytes = sen_model_info (sen_session_model (run->session))->n_vocab * sizeof (float);
  run->logits = g_realloc (run->logits, n_bytes);
  memcpy (run->logits, sen_session_logits (run->session), n_bytes);
  if (token->n_written == run->first)
    run->live = sen_explain_live_new (run->prompt, run->session, &few, &error);
  g_assert_no_error (error);
  if (token->n_written > run->last)
    {
      g_clear_pointer (&run->live, sen_explain_live_unref);
      sen_explain_live_end (run->session);
    }
  if (run->live == NULL)
    return true;
  sen_explain_live_add (run->live, run->session, token, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SenExplanation) now = sen_explain_live_now (run->live);
  const SenExplanationInfo *info = sen_explanation_info (now);
  g_assert_cmpint (info->pieces[info->n_pieces - 1].id, ==, token->token);
  g_assert_cmpuint (info->first_query + info->n_queries + 1, ==, info->n_pieces);
  if (run->kept == NULL)
    run->kept = sen_explain_live_ref (run->live);
  return true;
}

static void
generate (Fixture *f, const SenMultimodalPrompt *prompt, Run *run)
{
  g_autoptr (GError) error = NULL;
  SenGenerateStats stats;
  const SenGenerateParams params = {
    .sampling = { .temperature = 0.8f, .seed = 5 }, .max_tokens = N_TOKENS, .on_token = on_token, .user_data = run,
  };
  run->prompt = prompt;
  run->session = f->session;
  run->tokens = g_array_new (FALSE, FALSE, sizeof (SenToken));
  run->text = g_string_new (NULL);
  sen_multimodal_generate (prompt, f->session, &params, &stats, &error);
  g_assert_no_error (error);
  g_clear_pointer (&run->live, sen_explain_live_unref);
  sen_explain_live_end (f->session);
}

static void
run_clear (Run *run)
{
  g_array_unref (run->tokens);
  g_string_free (run->text, TRUE);
  g_free (run->logits);
  g_clear_pointer (&run->kept, sen_explain_live_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

/* The largest difference of a weight between both, of the queries of @live. Where activations are quantized, what was a step of its own is
 * a little more precise than what is read again with others. */
static double
compare (SenExplanation *live, SenExplanation *after, gconstpointer is_exact)
{
  const SenExplanationInfo *a = sen_explanation_info (live), *b = sen_explanation_info (after);
  double most = 0.0;
  g_autofree float *row = g_new (float, a->n_pieces), *same = g_new (float, b->n_pieces);
  g_assert_cmpuint (a->n_pieces, ==, b->n_pieces);
  for (uint32_t i = 0; i < a->n_queries; i++)
    {
      uint32_t query = a->first_query + i;
      const SenPrediction *p = &a->predictions[i], *q = &b->predictions[query - b->first_query];
      g_assert_true (sen_explanation_read_row (live, query, row));
      g_assert_true (sen_explanation_read_row (after, query, same));
      for (uint32_t j = 0; j < a->n_pieces; j++)
        most = MAX (most, fabs ((double) row[j] - (double) same[j]));
      if (query + 1 < a->n_pieces)
        g_assert_cmpint (p->token, ==, a->pieces[query + 1].id);
      g_assert_cmpint (p->token, ==, q->token);
      if (is_exact == NULL)
        continue;
      g_assert_cmpfloat_with_epsilon ((double) p->logprob, (double) q->logprob, 1e-3);
      g_assert_cmpfloat_with_epsilon ((double) p->entropy, (double) q->entropy, 1e-3);
      g_assert_cmpstr (a->candidates[(size_t) i * K].text, ==, b->candidates[(size_t) (query - b->first_query) * K].text);
    }
  return most;
}

/* --- The same as afterwards ----------------------------------------------------------------------------------------------------------- */

static SenExplanation *
explain_after (Fixture *f, SenExplanation *live)
{
  g_autoptr (GError) error = NULL;
  const SenExplanationInfo *info = sen_explanation_info (live);
  SenExplainParams params = few;
  params.message = info->pieces[info->n_pieces - 1].message;
  params.layers = info->layers;
  params.n_layers = info->n_layers;
  SenExplanation *after = sen_explain_more (live, f->session, &params, NULL, &error);
  g_assert_no_error (error);
  return after;
}

static void
test_rows (Fixture *f, gconstpointer data)
{
  g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (question, G_N_ELEMENTS (question), NULL, 0);
  g_auto (Run) run = { .first = 1, .last = N_TOKENS };
  generate (f, prompt, &run);
  g_autoptr (SenExplanation) live = sen_explain_live_now (run.kept), after = explain_after (f, live);
  const SenExplanationInfo *info = sen_explanation_info (live), *same = sen_explanation_info (after);
  g_assert_cmpuint (info->n_queries, ==, N_TOKENS);
  g_assert_cmpuint (info->n_layers, ==, SEN_EXPLAIN_LIVE_LAYERS);
  g_assert_cmpuint (info->first_query, ==, same->first_query);
  double difference = compare (live, after, data);
  g_test_message ("largest difference of a weight: %g", difference);
  g_assert_cmpfloat (difference, <, data != NULL ? 1e-5 : 0.02);

  /* Its own words, byte for byte, and what the conversation says once it is told anew. */
  g_assert_cmpuint (info->pieces[info->n_pieces - N_TOKENS].start, ==, 0);
  g_assert_cmpuint (info->pieces[info->n_pieces - 1].end, ==, run.text->len);
  const SenChatMessage whole[] = { question[0], question[1], { "assistant", run.text->str } };
  g_autoptr (SenMultimodalPrompt) read = explain_prepare (whole, G_N_ELEMENTS (whole), NULL, 0);
  g_autoptr (GError) error = NULL;
  SenExplainParams params = few;
  params.message = 2;
  params.layers = info->layers;
  params.n_layers = info->n_layers;
  g_autoptr (SenExplanation) told = sen_explain (read, f->session, &params, NULL, &error);
  g_assert_no_error (error);
  same = sen_explanation_info (told);
  g_assert_cmpuint (same->n_pieces, ==, info->n_pieces);
  for (uint32_t i = 0; i < info->n_pieces; i++)
    {
      g_assert_cmpint (info->pieces[i].id, ==, same->pieces[i].id);
      g_assert_cmpint (info->pieces[i].kind, ==, same->pieces[i].kind);
      g_assert_cmpint (info->pieces[i].message, ==, same->pieces[i].message);
      g_assert_cmpuint (info->pieces[i].start, ==, same->pieces[i].start);
      g_assert_cmpuint (info->pieces[i].end, ==, same->pieces[i].end);
      g_assert_cmpstr (info->pieces[i].text, ==, same->pieces[i].text);
    }
  g_assert_cmpfloat (compare (live, told, data), <, data != NULL ? 1e-5 : 0.02);

  /* In a row, as reports have it, after the rest is gone; and one word closely. */
  g_autoptr (SenExplanation) settled = sen_explanation_settle (live);
  g_assert_nonnull (sen_explanation_info (settled)->weights);
  g_assert_cmpfloat (compare (live, settled, data), ==, 0.0);
  params = (SenExplainParams) { .query = info->first_query + 3, .message = 2, .with_detail = true, .with_lens = true };
  g_autoptr (SenExplanation) detail = sen_explain_more (live, f->session, &params, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (sen_explanation_info (detail)->detail);
  g_assert_cmpuint (sen_explanation_info (detail)->detail_query, ==, info->first_query + 3);
}

/* Whoever looks, and when, changes nothing of what is written. */
static void
test_same_answer (Fixture *f, gconstpointer data)
{
  static const struct {
    uint32_t first, last;
  } looks[] = { { N_TOKENS + 1, 0 }, { 1, N_TOKENS }, { 6, 9 } };
  size_t n_bytes = sen_model_info (f->model)->n_vocab * sizeof (float);
  Run runs[3] = { { 0 } };
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (question, G_N_ELEMENTS (question), NULL, 0);
      runs[i].first = looks[i].first;
      runs[i].last = looks[i].last;
      sen_session_truncate (f->session, 0);
      generate (f, prompt, &runs[i]);
      g_assert_cmpstr (runs[i].text->str, ==, runs[0].text->str);
      g_assert_cmpmem (runs[i].logits, n_bytes, runs[0].logits, n_bytes);
    }
  g_assert_null (runs[0].kept);
  /* From the sixth word on, with those before it. */
  g_autoptr (SenExplanation) whole = sen_explain_live_now (runs[1].kept), part = sen_explain_live_now (runs[2].kept);
  const SenExplanationInfo *info = sen_explanation_info (part);
  g_assert_cmpuint (info->n_queries, ==, 9);
  g_assert_cmpuint (info->first_query, ==, sen_explanation_info (whole)->first_query);
  g_autoptr (SenExplanation) after = explain_after (f, part);
  g_assert_cmpfloat (compare (part, after, data), <, data != NULL ? 1e-5 : 0.02);
  for (int i = 0; i < 3; i++)
    run_clear (&runs[i]);
}

/* An answer that is gone on with has its first half among what was read, and in its place. */
static void
test_go_on (Fixture *f, gconstpointer data)
{
  const SenChatMessage begun[] = { question[0], question[1], { "assistant", "The Rhine ends in" } };
  g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (begun, G_N_ELEMENTS (begun), NULL, 0);
  g_auto (Run) run = { .first = 1, .last = N_TOKENS };
  generate (f, prompt, &run);
  g_autoptr (SenExplanation) live = sen_explain_live_now (run.kept), after = explain_after (f, live);
  const SenExplanationInfo *info = sen_explanation_info (live);
  g_assert_cmpstr (info->pieces[info->first_query + 1].text, ==, "The");
  g_assert_cmpuint (info->pieces[info->n_pieces - 1].end, ==, strlen (begun[2].content) + run.text->len);
  g_assert_cmpfloat (compare (live, after, data), <, data != NULL ? 1e-5 : 0.02);
}

/* --- Older answers -------------------------------------------------------------------------------------------------------------------- */

/* The next question costs its own words, and is answered bit for bit as it would have been. */
static void
test_older (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const SenChatMessage messages[] = {
    { "user", "What is the capital of France?" }, { "assistant", "The capital of France is Paris." },
    { "user", "And of Spain?" }, { "assistant", "It is Madrid." },
  };
  g_autoptr (SenMultimodalPrompt) whole = explain_prepare (messages, 4, NULL, 0), older = explain_prepare (messages, 2, NULL, 0);
  g_autoptr (SenMediaPrompt) text = sen_multimodal_prompt_read (whole, f->model, &error);
  size_t n_parts, n_bytes = sen_model_info (f->model)->n_vocab * sizeof (float);
  const SenPart *parts = sen_media_prompt_parts (text, &n_parts);
  g_autofree float *before = g_malloc (n_bytes);
  const SenToken token = 253;
  for (int i = 0; i < 2; i++)
    {
      sen_session_truncate (f->session, 0);
      g_assert_true (sen_session_sync (f->session, parts, n_parts, NULL, NULL, NULL, &error));
      uint32_t n_past = sen_session_n_past (f->session);
      if (i == 1)
        {
          SenExplainParams params = { .message = 1, .query = SEN_EXPLAIN_EVERY, .n_candidates = K, .with_detail = true, .with_lens = true };
          g_autoptr (SenExplanation) attention = sen_explain (older, f->session, &params, NULL, &error);
          g_assert_no_error (error);
          params.method = SEN_EXPLAIN_ROLLOUT;
          g_autoptr (SenExplanation) rollout = sen_explain (older, f->session, &params, NULL, &error);
          g_assert_no_error (error);
          g_assert_cmpuint (sen_session_n_past (f->session), ==, n_past);
          /* As of a session that read no further. */
          g_autoptr (SenSession) beside = sen_session_new_beside (f->session, EXPLAIN_N_CTX, &error);
          params.method = SEN_EXPLAIN_ATTENTION;
          g_autoptr (SenExplanation) alone = sen_explain (older, beside, &params, NULL, &error);
          params.method = SEN_EXPLAIN_ROLLOUT;
          g_autoptr (SenExplanation) alone_rollout = sen_explain (older, beside, &params, NULL, &error);
          double difference = compare (alone, attention, data);
          g_test_message ("largest difference of a weight: %g", difference);
          g_assert_cmpfloat (difference, <, data != NULL ? 1e-5 : 0.02);
          g_assert_cmpfloat (compare (alone_rollout, rollout, data), <, data != NULL ? 1e-4 : 1e-2);
        }
      g_assert_true (sen_session_append (f->session, token, NULL, &error));
      if (i == 0)
        memcpy (before, sen_session_logits (f->session), n_bytes);
      else
        g_assert_cmpmem (before, n_bytes, sen_session_logits (f->session), n_bytes);
    }
}

/* --- What cannot be ------------------------------------------------------------------------------------------------------------------- */

static void
test_bad (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenMultimodalPrompt) prompt = explain_prepare (question, G_N_ELEMENTS (question), NULL, 0);
  const uint32_t layer = 30;
  SenExplainParams params = few;
  params.layers = &layer;
  params.n_layers = 1;
  g_assert_null (sen_explain_live_new (prompt, f->session, &params, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_clear_error (&error);

  g_autoptr (SenExplainLive) live = sen_explain_live_new (prompt, f->session, &few, &error);
  g_assert_null (sen_explain_live_now (live));
  /* A word that does not follow what was read. */
  const SenToken written[] = { 5, 6 };
  const SenGeneratedToken token = { .token = 6, .written = written, .n_written = 2, .text = "" };
  g_assert_false (sen_explain_live_add (live, f->session, &token, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

static void
test_layers (Fixture *f, gconstpointer data)
{
  uint32_t layers[SEN_EXPLAIN_LIVE_LAYERS];
  g_assert_cmpuint (sen_explain_live_layers (f->model, layers), ==, 4);
  g_assert_cmpuint (layers[0], ==, 3);
  g_assert_cmpuint (layers[3], ==, 26);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/explain-live/layers", Fixture, EXPLAIN_EXACT, explain_set_up, test_layers, explain_tear_down);
  g_test_add ("/explain-live/rows", Fixture, EXPLAIN_EXACT, explain_set_up, test_rows, explain_tear_down);
  g_test_add ("/explain-live/rows-quantized", Fixture, NULL, explain_set_up, test_rows, explain_tear_down);
  g_test_add ("/explain-live/same-answer", Fixture, NULL, explain_set_up, test_same_answer, explain_tear_down);
  g_test_add ("/explain-live/go-on", Fixture, NULL, explain_set_up, test_go_on, explain_tear_down);
  g_test_add ("/explain-live/older", Fixture, NULL, explain_set_up, test_older, explain_tear_down);
  g_test_add ("/explain-live/bad", Fixture, EXPLAIN_EXACT, explain_set_up, test_bad, explain_tear_down);
  return g_test_run ();
}
