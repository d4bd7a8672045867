/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What is left of a prompt with pieces hidden, read by a session that kept a prefix, against a fresh session that reads the same thing
 * written out by hand. On small random models.
 * Argument: the folder with the models. */
#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-generate.h"
#include "sen-trust.h"

#include <math.h>

#define N_CTX 128
#define N_EMBD_ROWS 8u
#define N_TEXT 20u         /* tokens before the embeddings, and after them */
#define N_ANSWER 5u
#define N_PROMPT (2 * N_TEXT + N_EMBD_ROWS)
#define ALLOWED 0.002      /* two ways to compute the same thing, as in test-session.c */

static const char *folder;
static const char *const model_names[] = { "llama-c", "qwen3-a", "gemma3-a", "qwen2vl-a" };

typedef struct {
  SenModel   *model;
  SenDevice  *device;
  SenSession *session;
  uint32_t    n_embd, n_vocab;
  SenToken    tokens[2 * N_TEXT + N_ANSWER];
  float      *embeddings;   /* [N_EMBD_ROWS][n_embd] */
  SenPart     parts[3];
} Fixture;

static SenSession *
open_session (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  const SenSessionParams params = { .n_ctx = N_CTX, .n_batch = 16, .n_out_max = 16, .kv_type = SEN_TYPE_F32 };
  SenSession *session = sen_session_new (f->model, f->device, NULL, &params, &error);
  g_assert_no_error (error);
  return session;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_strconcat (data, ".gguf", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  const SenCpuParams params = { .n_threads = 1, .exact = true };
  f->model = sen_model_open (path, &error);
  g_assert_no_error (error);
  f->device = sen_cpu_device_new (&params, &error);
  g_assert_no_error (error);
  f->session = open_session (f);
  f->n_embd = sen_model_info (f->model)->n_embd;
  f->n_vocab = sen_model_info (f->model)->n_vocab;
  for (uint32_t i = 0; i < G_N_ELEMENTS (f->tokens); i++)
    f->tokens[i] = (SenToken) ((i * 2654435761u >> 8) % f->n_vocab);
  f->embeddings = g_new (float, N_EMBD_ROWS * f->n_embd);
  for (uint32_t j = 0; j < N_EMBD_ROWS; j++)
    sen_model_read_embedding (f->model, (SenToken) ((7 + 31 * j) % f->n_vocab), f->embeddings + j * f->n_embd);
  f->parts[0] = (SenPart) { .tokens = f->tokens, .n = N_TEXT };
  f->parts[1] = (SenPart) { .embeddings = f->embeddings, .content_id = 99, .n = N_EMBD_ROWS, .n_column = 3 };
  f->parts[2] = (SenPart) { .tokens = f->tokens + N_TEXT, .n = N_TEXT };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  sen_session_free (f->session);
  sen_model_unref (f->model);
  sen_device_unref (f->device);
  g_free (f->embeddings);
}

/* --- By hand ------------------------------------------------------------------------------------------------------------- */

typedef struct {
  const SenToken *answer;
  uint32_t        first, n_vocab;
  float           logprobs[N_ANSWER];
} Hand;

static void
on_row (uint32_t position, const float *logits, gpointer data)
{
  Hand *hand = data;
  if (position >= hand->first && position < hand->first + N_ANSWER)
    hand->logprobs[position - hand->first] = sen_logprob (logits, hand->n_vocab, hand->answer[position - hand->first]);
}

/* Log-probabilities of the answer after the prompt without the positions of @is_hidden; embeddings become their mean. */
static void
score_by_hand (Fixture *f, const bool *is_hidden, float *logprobs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenSession) session = open_session (f);
  SenToken front[N_TEXT], back[N_TEXT + N_ANSWER];
  uint32_t n_front = 0, n_back = 0;
  g_autofree float *rows = g_memdup2 (f->embeddings, N_EMBD_ROWS * f->n_embd * sizeof (float));
  for (uint32_t i = 0; i < N_TEXT; i++)
    if (!is_hidden[i])
      front[n_front++] = f->tokens[i];
  for (uint32_t j = 0; j < N_EMBD_ROWS; j++)
    for (uint32_t k = 0; is_hidden[N_TEXT + j] && k < f->n_embd; k++)
      {
        double sum = 0.0;
        for (uint32_t row = 0; row < N_EMBD_ROWS; row++)
          sum += f->embeddings[row * f->n_embd + k];
        rows[j * f->n_embd + k] = (float) (sum / N_EMBD_ROWS);
      }
  for (uint32_t i = 0; i < N_TEXT; i++)
    if (!is_hidden[N_TEXT + N_EMBD_ROWS + i])
      back[n_back++] = f->tokens[N_TEXT + i];
  for (uint32_t i = 0; i < N_ANSWER; i++)
    back[n_back++] = f->tokens[2 * N_TEXT + i];
  const SenPart parts[] = {
    { .tokens = front, .n = n_front },
    { .embeddings = rows, .content_id = 1, .n = N_EMBD_ROWS, .together = f->parts[1].together, .n_column = 3 },
    { .tokens = back, .n = n_back },
  };
  Hand hand = { .answer = f->tokens + 2 * N_TEXT, .first = n_front + N_EMBD_ROWS + n_back - N_ANSWER - 1, .n_vocab = f->n_vocab };
  sen_session_score (session, parts, G_N_ELEMENTS (parts), on_row, &hand, NULL, &error);
  g_assert_no_error (error);
  memcpy (logprobs, hand.logprobs, sizeof hand.logprobs);
}

static void
assert_same (const float *ours, const float *by_hand)
{
  for (uint32_t i = 0; i < N_ANSWER; i++)
    {
      g_assert_true (isfinite (ours[i]));
      g_assert_cmpfloat_with_epsilon (ours[i], by_hand[i], ALLOWED);
    }
}

/* --- Units: positions two by two ------------------------------------------------------------------ */

#define N_UNITS (N_PROMPT / 2)

typedef struct {
  uint32_t         positions[N_PROMPT];
  SenOcclusionUnit units[N_UNITS];
} Units;

static void
make_units (Units *units)
{
  for (uint32_t i = 0; i < N_PROMPT; i++)
    units->positions[i] = i;
  for (uint32_t i = 0; i < N_UNITS; i++)
    units->units[i] = (SenOcclusionUnit) { units->positions + 2 * i, 2 };
}

static SenOcclusionParams
params_of (Fixture *f, const Units *units)
{
  return (SenOcclusionParams) {
    .parts = f->parts, .n_parts = 3, .answer = f->tokens + 2 * N_TEXT, .n_answer = N_ANSWER, .units = units->units, .n_units = N_UNITS,
  };
}

static void
check_scores (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  Units units;
  make_units (&units);
  const SenOcclusionParams params = params_of (f, &units);
  g_autoptr (SenOcclusion) occlusion = sen_occlusion_new (f->session, &params, &error);
  g_assert_no_error (error);
  /* None, one in each part, some everywhere, all of the first part, everything. */
  for (uint32_t kind = 0; kind < 7; kind++)
    {
      bool hidden[N_UNITS], is_hidden[N_PROMPT];
      float ours[N_ANSWER], by_hand[N_ANSWER];
      for (uint32_t i = 0; i < N_UNITS; i++)
        {
          hidden[i] = (kind >= 1 && kind <= 3 && i == (uint32_t[]) { 4, N_TEXT / 2 + 1, N_UNITS - 1 }[kind - 1])
                      || (kind == 4 && i % 3 == 1) || (kind == 5 && i < N_TEXT / 2) || kind == 6;
          is_hidden[2 * i] = is_hidden[2 * i + 1] = hidden[i];
        }
      g_assert_true (sen_occlusion_score (occlusion, hidden, ours, NULL, &error));
      g_assert_no_error (error);
      score_by_hand (f, is_hidden, by_hand);
      assert_same (ours, by_hand);
    }
}

static void
test_scores (Fixture *f, gconstpointer data)
{
  check_scores (f);
  f->parts[1].together = true;
  check_scores (f);
}

/* Hiding from the last to the first, each unit costs what stands behind its beginning and no more. */
static void
test_run (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Units units;
  float full[N_ANSWER], change[N_UNITS][N_ANSWER];
  make_units (&units);
  const SenOcclusionParams params = params_of (f, &units);
  g_autoptr (SenOcclusion) occlusion = sen_occlusion_new (f->session, &params, &error);
  g_assert_true (sen_occlusion_run (occlusion, full, change[0], NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  for (uint32_t i = 0; i < N_UNITS; i += 5)
    {
      bool is_hidden[N_PROMPT] = { false };
      float by_hand[N_ANSWER], ours[N_ANSWER];
      is_hidden[2 * i] = is_hidden[2 * i + 1] = true;
      score_by_hand (f, is_hidden, by_hand);
      for (uint32_t j = 0; j < N_ANSWER; j++)
        ours[j] = full[j] - change[i][j];
      assert_same (ours, by_hand);
    }

  bool hidden[N_UNITS] = { false };
  for (uint32_t i = N_UNITS; i-- > 0;)
    {
      float logprobs[N_ANSWER];
      hidden[i] = true;
      g_assert_true (sen_occlusion_score (occlusion, hidden, logprobs, NULL, &error));
      hidden[i] = false;
      if (i < N_UNITS - 1)
        g_assert_cmpuint (sen_session_n_read (f->session), <=, N_PROMPT - 2 * i + N_ANSWER);
    }
}

/* With one token for a prompt and one for an answer there is still something to say; with none of either there is not. */
static void
test_little (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const uint32_t first = 0, beyond = 1;
  const SenOcclusionUnit unit = { &first, 1 }, bad = { &beyond, 1 };
  const SenPart part = { .tokens = f->tokens, .n = 1 };
  SenOcclusionParams params = { .parts = &part, .n_parts = 1, .answer = f->tokens + 1, .n_answer = 1, .units = &unit, .n_units = 1 };
  float full, change;
  g_autoptr (SenOcclusion) occlusion = sen_occlusion_new (f->session, &params, &error);
  g_assert_true (sen_occlusion_run (occlusion, &full, &change, NULL, NULL, NULL, &error));
  g_assert_cmpfloat (full, <, 0.0f);
  g_assert_cmpfloat (change, ==, 0.0f);   /* the first position stays where nothing else would */

  params.units = &bad;
  g_assert_null (sen_occlusion_new (f->session, &params, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_clear_error (&error);
  params.n_units = params.n_answer = 0;
  g_assert_null (sen_occlusion_new (f->session, &params, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_clear_error (&error);
  params.n_answer = 1;
  params.n_parts = 0;
  g_assert_null (sen_occlusion_new (f->session, &params, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

/* --- Trust ---------------------------------------------------------------------------------------------------------------- */

static float
sum_of (SenOcclusion *occlusion, const bool *hidden)
{
  g_autoptr (GError) error = NULL;
  float logprobs[N_ANSWER], sum = 0.0f;
  g_assert_true (sen_occlusion_score (occlusion, hidden, logprobs, NULL, &error));
  for (uint32_t i = 0; i < N_ANSWER; i++)
    sum += logprobs[i];
  return sum;
}

static void
test_trust (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Units units;
  float heat[N_UNITS], cold[N_UNITS];
  make_units (&units);
  const SenOcclusionParams params = params_of (f, &units);
  g_autoptr (SenOcclusion) occlusion = sen_occlusion_new (f->session, &params, &error);
  for (uint32_t i = 0; i < N_UNITS; i++)
    {
      heat[i] = (float) (i * 5 % N_UNITS);
      cold[i] = -heat[i];
    }
  g_auto (SenTrust) warm = { 0 }, again = { 0 }, reversed = { 0 };
  SenTrustParams trust = { .heat = heat, .n_steps = 100, .seed = 7 };
  g_assert_true (sen_trust_measure (&warm, occlusion, &trust, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (warm.n_steps, ==, SEN_TRUST_MAX_STEPS);
  g_assert_cmpuint (warm.n_orders, ==, SEN_TRUST_MIN_ORDERS);

  /* The same by hand. */
  for (uint32_t step = 0; step <= warm.n_steps; step += 4)
    {
      bool hidden[N_UNITS], shown[N_UNITS];
      uint32_t n = N_UNITS * step / warm.n_steps;
      for (uint32_t i = 0; i < N_UNITS; i++)
        {
          hidden[i] = (uint32_t) heat[i] >= N_UNITS - n;
          shown[i] = !hidden[i];
        }
      g_assert_cmpfloat_with_epsilon (warm.deletion[step], sum_of (occlusion, hidden), ALLOWED * N_ANSWER);
      g_assert_cmpfloat_with_epsilon (warm.insertion[step], sum_of (occlusion, shown), ALLOWED * N_ANSWER);
    }
  g_assert_cmpfloat (warm.deletion[0], ==, warm.chance[0]);
  g_assert_cmpfloat (warm.deletion[warm.n_steps], ==, warm.insertion[0]);
  g_assert_cmpfloat (warm.chance_spread[0], ==, 0.0f);

  /* The same seed, the same figures; the coldest first is the other one from behind. Units and steps divide evenly. */
  G_STATIC_ASSERT (N_UNITS % 8 == 0);
  trust.n_steps = 8;
  g_assert_true (sen_trust_measure (&again, occlusion, &trust, NULL, &error));
  trust.heat = cold;
  g_assert_true (sen_trust_measure (&reversed, occlusion, &trust, NULL, &error));
  g_assert_cmpfloat_with_epsilon (again.deletion_area, reversed.insertion_area, ALLOWED * N_ANSWER);
  g_assert_cmpfloat_with_epsilon (again.chance_area, reversed.chance_area, ALLOWED * N_ANSWER);

  heat[3] = NAN;
  trust.heat = heat;
  g_autoptr (GError) invalid = NULL;
  g_auto (SenTrust) none = { 0 };
  g_assert_false (sen_trust_measure (&none, occlusion, &trust, NULL, &invalid));
  g_assert_error (invalid, SEN_ERROR, SEN_ERROR_INVALID);
}

static void
stop_half_way (uint32_t n_done, uint32_t n_total, gpointer data)
{
  SenCancel *cancel = data;
  g_assert_cmpuint (n_done, <=, n_total / 2);
  if (n_done == n_total / 2)
    g_atomic_int_set (&cancel->requested, 1);
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Units units;
  float full[N_ANSWER], change[N_UNITS][N_ANSWER], heat[N_UNITS] = { 0.0f };
  SenCancel cancel = { 0 };
  make_units (&units);
  const SenOcclusionParams params = params_of (f, &units);
  g_autoptr (SenOcclusion) occlusion = sen_occlusion_new (f->session, &params, &error);
  g_assert_false (sen_occlusion_run (occlusion, full, change[0], stop_half_way, &cancel, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_clear_error (&error);

  g_auto (SenTrust) trust = { 0 };
  const SenTrustParams wanted = { .heat = heat, .n_steps = 4, .progress = stop_half_way, .user_data = &cancel };
  cancel.requested = 0;
  g_assert_false (sen_trust_measure (&trust, occlusion, &wanted, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_assert_null (trust.deletion);
  g_clear_error (&error);
  /* Nothing is broken by it. */
  g_assert_true (sen_occlusion_run (occlusion, full, change[0], NULL, NULL, NULL, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = argv[1];
  for (size_t i = 0; i < G_N_ELEMENTS (model_names); i++)
    {
      const struct {
        const char *name;
        void (*test) (Fixture *, gconstpointer);
      } tests[] = {
        { "scores", test_scores }, { "run", test_run }, { "little", test_little }, { "trust", test_trust }, { "cancel", test_cancel },
      };
      for (size_t j = 0; j < G_N_ELEMENTS (tests); j++)
        {
          g_autofree char *path = g_strdup_printf ("/occlusion/%s/%s", model_names[i], tests[j].name);
          g_test_add (path, Fixture, model_names[i], set_up, tests[j].test, tear_down);
        }
    }
  return g_test_run ();
}
