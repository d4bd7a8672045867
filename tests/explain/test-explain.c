/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Summaries, rollout, lens and shares of heads: sums that must come out, and plain computations of the same thing. On small random
 * models of each family. Arguments: the folder with the models, "cpu" or "vulkan". */
#include "golden.h"
#include "sen-attention-summary.h"
#include "sen-error.h"
#include "sen-head-share.h"
#include "sen-lens.h"
#include "sen-rollout.h"

#include <math.h>

#define N_CTX 96
#define N_TOKENS 45
#define ALLOWED 1e-4

static const char *folder;
static GPtrArray *devices;
static const char *const model_names[] = { "llama-c", "qwen3-a", "gemma3-a" };

/* A conversation read: tokens on a device. */
typedef struct {
  SenModel   *model;
  SenSession *session;
  SenToken    tokens[N_TOKENS];
  SenPart     part;
} Fixture;

static void
fixture_open (Fixture *f, const char *name, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_strconcat (name, ".gguf", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  const SenSessionParams params = { .n_ctx = N_CTX, .n_batch = 16, .kv_type = SEN_TYPE_F32 };
  f->model = sen_model_open (path, &error);
  g_assert_no_error (error);
  f->session = sen_session_new (f->model, device, NULL, &params, &error);
  g_assert_no_error (error);
  for (uint32_t i = 0; i < N_TOKENS; i++)
    f->tokens[i] = (SenToken) ((i * 2654435761u >> 8) % sen_model_info (f->model)->n_vocab);
  f->part = (SenPart) { .tokens = f->tokens, .n = N_TOKENS };
  sen_session_sync (f->session, &f->part, 1, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
fixture_close (Fixture *f)
{
  sen_session_free (f->session);
  sen_model_unref (f->model);
}

static void
for_each (gconstpointer data)
{
  void (*check) (Fixture *) = (void (*) (Fixture *)) data;
  for (size_t i = 0; i < G_N_ELEMENTS (model_names); i++)
    for (guint j = 0; j < devices->len; j++)
      {
        Fixture f;
        fixture_open (&f, model_names[i], g_ptr_array_index (devices, j));
        size_t n_bytes = sen_model_info (f.model)->n_vocab * sizeof (float);
        g_autofree float *before = g_memdup2 (sen_session_logits (f.session), n_bytes);
        check (&f);
        /* Who looks disturbs nothing. */
        g_assert_cmpuint (sen_session_n_past (f.session), ==, N_TOKENS);
        g_assert_cmpmem (sen_session_logits (f.session), n_bytes, before, n_bytes);
        fixture_close (&f);
      }
}

/* --- Pure functions -------------------------------------------------------------------------------------------------- */

static void
test_summary (void)
{
  /* [n_row 2][n_head 2][n_key 4] of two layers; the second row is asked for. */
  const float first[] = { 9, 9, 9, 9, 9, 9, 9, 9, 0.7f, 0.1f, 0.2f, 0, 0.9f, 0.1f, 0, 0 };
  const float second[] = { 9, 9, 9, 9, 9, 9, 9, 9, 0.5f, 0.5f, 0, 0, 0.3f, 0.3f, 0.4f, 0 };
  const float *const attention[] = { first, second };
  const uint32_t sinks[] = { 0, 77 };
  const struct {
    SenAttentionSummaryParams params;
    float                     expected[4];
  } cases[] = {
    { { SEN_ATTENTION_MEAN, NULL, 0 }, { 0.6f, 0.25f, 0.15f, 0 } },
    { { SEN_ATTENTION_MAX, NULL, 0 }, { 0.9f, 0.5f, 0.4f, 0 } },
    { { SEN_ATTENTION_MEAN, sinks, 2 }, { 0, 0.625f, 0.375f, 0 } },
    { { SEN_ATTENTION_MAX, sinks, 2 }, { 0, 1.0f, 0.8f, 0 } },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      float weights[4];
      sen_attention_summary (attention, 2, 2, 4, 1, &cases[i].params, weights);
      for (int j = 0; j < 4; j++)
        g_assert_cmpfloat_with_epsilon (weights[j], cases[i].expected[j], 1e-6);
    }

  /* One position alone is all there is, and a sink without a rest leaves nothing. */
  const float only[] = { 1 };
  const float *const one[] = { only };
  float weight;
  const SenAttentionSummaryParams without = { SEN_ATTENTION_MEAN, sinks, 1 };
  sen_attention_summary (one, 1, 1, 1, 0, &without, &weight);
  g_assert_cmpfloat (weight, ==, 0.0f);
}

static void
test_prediction (void)
{
  const float even[] = { 3, 3, 3, 3 }, sure[] = { 0, 200, 0, -500 }, two[] = { logf (0.5f), logf (0.25f), logf (0.125f), logf (0.125f) };
  SenAlternative top[2];
  SenPrediction p = sen_prediction (even, 4, 2, top, 2);
  g_assert_cmpfloat_with_epsilon (p.entropy, logf (4), 1e-6);
  g_assert_cmpfloat_with_epsilon (p.logprob, -logf (4), 1e-6);
  g_assert_cmpuint (p.rank, ==, 0);
  p = sen_prediction (sure, 4, 0, top, 2);
  g_assert_cmpfloat_with_epsilon (p.entropy, 0, 1e-6);
  g_assert_cmpfloat_with_epsilon (p.logprob, -200, 1e-3);
  g_assert_cmpuint (p.rank, ==, 1);
  p = sen_prediction (two, 4, 1, top, 2);
  g_assert_cmpfloat_with_epsilon (p.entropy, 1.75f * logf (2), 1e-6);
  g_assert_cmpfloat_with_epsilon (p.logprob, logf (0.25f), 1e-6);
  g_assert_cmpuint (p.n_alternatives, ==, 2);
  g_assert_cmpint (top[0].token, ==, 0);
  g_assert_cmpfloat_with_epsilon (top[1].logprob, p.logprob, 1e-6);
  p = sen_prediction (two, 4, SEN_NO_TOKEN, NULL, 0);
  g_assert_cmpuint (p.n_alternatives, ==, 0);
}

/* --- Rollout --------------------------------------------------------------------------------------------------------- */

/* Mean over heads of every layer, the whole matrices: [n_layer][n][n]. */
typedef struct {
  double *mean;
  uint32_t n_layer;
} Matrices;

static bool
gather (const SenRevisitRows *rows, gpointer data, GError **error)
{
  Matrices *m = data;
  for (uint32_t layer = 0; layer < m->n_layer; layer++)
    for (uint32_t i = 0; i < rows->n; i++)
      for (uint32_t head = 0; head < rows->n_head_tapped; head++)
        for (uint32_t j = 0; j < N_TOKENS; j++)
          m->mean[((size_t) layer * N_TOKENS + rows->first + i) * N_TOKENS + j]
            += (double) rows->attention[layer][((size_t) i * rows->n_head_tapped + head) * rows->n_key + j] / rows->n_head_tapped;
  return true;
}

/* Product of (A + I) / 2 from layer 0 up. */
static double *
multiply_matrices (const Matrices *m)
{
  double *product = g_new0 (double, N_TOKENS * N_TOKENS);
  for (uint32_t i = 0; i < N_TOKENS; i++)
    product[i * N_TOKENS + i] = 1.0;
  for (uint32_t layer = 0; layer < m->n_layer; layer++)
    {
      const double *a = m->mean + (size_t) layer * N_TOKENS * N_TOKENS;
      double *next = g_new0 (double, N_TOKENS * N_TOKENS);
      for (uint32_t i = 0; i < N_TOKENS; i++)
        for (uint32_t k = 0; k < N_TOKENS; k++)
          for (uint32_t j = 0; j < N_TOKENS; j++)
            next[i * N_TOKENS + j] += 0.5 * (a[i * N_TOKENS + k] + (i == k)) * product[k * N_TOKENS + j];
      g_free (product);
      product = next;
    }
  return product;
}

static void
count_layer (uint32_t n_done, uint32_t n_total, gpointer data)
{
  g_assert_cmpuint (n_done, ==, ++*(uint32_t *) data);
  g_assert_cmpuint (n_done, <=, n_total);
}

static void
check_rollout (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  const SenModelInfo *info = sen_model_info (f->model);
  g_autofree uint32_t *layers = g_new (uint32_t, info->n_layer);
  for (uint32_t i = 0; i < info->n_layer; i++)
    layers[i] = i;
  const SenTaps taps = { .attention_layers = layers, .n_attention_layers = info->n_layer };
  Matrices m = { .mean = g_new0 (double, (gsize) info->n_layer * N_TOKENS * N_TOKENS), .n_layer = info->n_layer };
  sen_session_revisit (f->session, &f->part, 1, 0, N_TOKENS, &taps, false, gather, &m, NULL, &error);
  g_assert_no_error (error);
  g_autofree double *expected = multiply_matrices (&m);
  g_free (m.mean);

  /* With room for the stream of one layer only, the text is read again for each. */
  const uint32_t targets[] = { N_TOKENS - 1, 20, 0 };
  const uint64_t stream_bytes[] = { 0, 1 };
  for (size_t i = 0; i < G_N_ELEMENTS (stream_bytes); i++)
    {
      float weights[3 * N_TOKENS];
      uint32_t n_layers = 0;
      const SenRolloutParams params = {
        .targets = targets, .n_targets = 3, .stream_bytes = stream_bytes[i], .progress = count_layer, .user_data = &n_layers,
      };
      sen_rollout (f->session, &f->part, 1, &params, weights, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (n_layers, ==, info->n_layer);
      for (uint32_t t = 0; t < 3; t++)
        {
          double sum = 0.0;
          for (uint32_t j = 0; j < N_TOKENS; j++)
            {
              g_assert_cmpfloat_with_epsilon (weights[t * N_TOKENS + j], expected[targets[t] * N_TOKENS + j], ALLOWED);
              sum += weights[t * N_TOKENS + j];
            }
          g_assert_cmpfloat_with_epsilon (sum, 1.0, 1e-4);
        }
    }

  const uint32_t beyond = N_TOKENS;
  const SenRolloutParams bad = { .targets = &beyond, .n_targets = 1 };
  float none[N_TOKENS];
  g_assert_false (sen_rollout (f->session, &f->part, 1, &bad, none, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

/* --- Inside ---------------------------------------------------------------------------------------------------------- */

static void
check_lens (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  const SenModelInfo *info = sen_model_info (f->model);
  const float *logits = sen_session_logits (f->session);
  SenAlternative top[3];
  sen_top_logprobs (logits, info->n_vocab, top, 3);

  g_auto (SenLens) lens = { 0 };
  sen_lens_read (&lens, f->session, &f->part, 1, N_TOKENS - 1, top[1].token, 3, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lens.n_layer, ==, info->n_layer);
  const SenPrediction *last = &lens.predictions[lens.n_layer - 1];
  g_assert_cmpuint (last->n_alternatives, ==, 3);
  g_assert_cmpuint (last->rank, ==, 1);
  g_assert_cmpfloat_with_epsilon (last->logprob, sen_logprob (logits, info->n_vocab, top[1].token), 2e-3);
  g_assert_cmpint (lens.alternatives[(lens.n_layer - 1) * lens.k].token, ==, top[0].token);
  for (uint32_t i = 0; i < lens.n_layer; i++)
    {
      g_assert_true (isfinite (lens.predictions[i].entropy));
      g_assert_cmpfloat (lens.alternatives[i * lens.k].logprob, >=, lens.predictions[i].logprob);
    }
  g_auto (SenLens) none = { 0 };
  g_assert_false (sen_lens_read (&none, f->session, &f->part, 1, N_TOKENS, 0, 3, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

/* Parts add up to the logit, and what heads add is what the stream gained by attention. */
static void
check_shares (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  const SenModelInfo *info = sen_model_info (f->model);
  const float *logits = sen_session_logits (f->session);
  for (SenToken token = 3; token < 200; token += 61)
    {
      g_auto (SenHeadShares) shares = { 0 };
      sen_head_shares_read (&shares, f->session, &f->part, 1, N_TOKENS - 1, token, NULL, &error);
      g_assert_no_error (error);
      double sum = (double) shares.embedding + shares.biases, largest = 1.0;
      for (uint32_t i = 0; i < info->n_layer; i++)
        {
          sum += shares.feed_forward[i];
          for (uint32_t head = 0; head < info->n_head; head++)
            {
              sum += shares.heads[i * info->n_head + head];
              largest = MAX (largest, fabs ((double) shares.heads[i * info->n_head + head]));
            }
        }
      g_assert_cmpfloat_with_epsilon (sum, shares.logit, 1e-4 * largest);
      g_assert_cmpfloat_with_epsilon (shares.logit, logits[token], 1e-3 * MAX (largest, fabs ((double) logits[token])));
    }
  g_auto (SenHeadShares) none = { 0 };
  g_assert_false (sen_head_shares_read (&none, f->session, &f->part, 1, 0, -1, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  folder = argv[1];
  if (g_str_equal (argv[2], "vulkan"))
    devices = exact_vulkan_devices ();
  else
    {
      devices = exact_cpu_devices ();
      g_test_add_func ("/explain/summary", test_summary);
      g_test_add_func ("/explain/prediction", test_prediction);
    }
  if (devices == NULL)
    return 0;
  g_test_add_data_func ("/explain/rollout", (gconstpointer) check_rollout, for_each);
  g_test_add_data_func ("/explain/lens", (gconstpointer) check_lens, for_each);
  g_test_add_data_func ("/explain/shares", (gconstpointer) check_shares, for_each);
  int status = g_test_run ();
  g_ptr_array_unref (devices);
  return status;
}
