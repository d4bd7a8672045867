/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What a session promises beside the right numbers: taps, embeddings at any position, prefixes that are kept, a full context,
 * cancelling, other devices. On small random models and on every device: the CPU with each instruction set, and Vulkan where there
 * is one.
 * Argument: the folder with the models. */
#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-generate.h"
#include "sen-vulkan.h"

#include <glib/gstdio.h>
#include <math.h>

#define N_CTX 96
#define N_TOKENS 50
#define TAPPED_LAYER 1u
#define ALLOWED 0.002   /* between two ways to compute the same thing, as in test-tiny-parity.c: exact GELU is rounded to halves */

static const char *folder;
static GPtrArray *devices;

/* The families differ in what taps and embeddings must get right: windows and scaled embeddings are Gemma's, rows and columns
 * Qwen2-VL's. */
static const char *const model_names[] = { "llama-c", "qwen3-a", "gemma3-a", "qwen2vl-b" };

static SenModel *
open_model (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_strconcat (name, ".gguf", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  SenModel *model = sen_model_open (path, &error);
  g_assert_no_error (error);
  return model;
}

static SenSession *
open_session (SenModel *model, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  const SenSessionParams params = { .n_ctx = N_CTX, .n_batch = 17, .n_out_max = 1, .kv_type = SEN_TYPE_F32 };
  SenSession *session = sen_session_new (model, device, NULL, &params, &error);
  g_assert_no_error (error);
  return session;
}

static void
fill_tokens (SenModel *model, SenToken *tokens, uint32_t n)
{
  uint32_t n_vocab = sen_model_info (model)->n_vocab;
  for (uint32_t i = 0; i < n; i++)
    tokens[i] = (SenToken) ((i * 2654435761u >> 8) % n_vocab);
}

static void
read_tokens (SenSession *session, const SenToken *tokens, uint32_t n)
{
  g_autoptr (GError) error = NULL;
  const SenPart part = { .tokens = tokens, .n = n };
  sen_session_sync (session, &part, 1, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static float *
copy_logits (SenSession *session)
{
  const float *logits = sen_session_logits (session);
  g_assert_nonnull (logits);
  return g_memdup2 (logits, sen_model_info (sen_session_model (session))->n_vocab * sizeof *logits);
}

static double
largest_difference (const float *a, const float *b, uint32_t n)
{
  double largest = 0.0;
  for (uint32_t i = 0; i < n; i++)
    largest = MAX (largest, isfinite (a[i]) && isfinite (b[i]) ? fabs ((double) a[i] - b[i]) : INFINITY);
  return largest;
}

typedef void (*Check) (SenModel *model, SenDevice *device);

static void
for_each (gconstpointer data)
{
  Check check = (Check) data;
  for (size_t i = 0; i < G_N_ELEMENTS (model_names); i++)
    {
      g_autoptr (SenModel) model = open_model (model_names[i]);
      for (guint j = 0; j < devices->len; j++)
        {
          SenDevice *device = g_ptr_array_index (devices, j);
          g_test_message ("%s on %s (%s)", model_names[i], sen_device_info (device)->id, sen_device_info (device)->driver);
          check (model, device);
        }
    }
}

/* --- Taps ------------------------------------------------------------------------------------------------------------ */

/* What one device brings out of the last position, of some layers and heads. */
typedef struct {
  float   *attention[2], *hidden[2];
  uint32_t n_head_tapped;
} Tapped;

static void
tapped_clear (Tapped *tapped)
{
  for (int i = 0; i < 2; i++)
    {
      g_free (tapped->attention[i]);
      g_free (tapped->hidden[i]);
    }
}

static Tapped
tap (SenModel *model, SenDevice *device, uint32_t head_mask, const float *untapped)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenSession) session = open_session (model, device);
  SenToken tokens[N_TOKENS];
  const uint32_t layers[] = { TAPPED_LAYER, 0 }, hidden_layers[] = { 0, TAPPED_LAYER };
  const SenTaps taps = {
    .attention_layers = layers, .n_attention_layers = 2, .head_mask = { head_mask }, .hidden_layers = hidden_layers, .n_hidden_layers = 2,
  };
  const SenModelInfo *info = sen_model_info (model);
  Tapped tapped = { 0 };
  fill_tokens (model, tokens, N_TOKENS);
  sen_session_set_taps (session, &taps, &error);
  g_assert_no_error (error);
  g_assert_null (sen_session_tapped_hidden (session, 0));
  read_tokens (session, tokens, N_TOKENS);
  g_assert_cmpfloat (largest_difference (sen_session_logits (session), untapped, info->n_vocab), <=, ALLOWED);

  for (uint32_t i = 0; i < 2; i++)
    {
      const float *attention = sen_session_tapped_attention (session, i, &tapped.n_head_tapped);
      const float *hidden = sen_session_tapped_hidden (session, i);
      g_assert_nonnull (attention);
      g_assert_nonnull (hidden);
      tapped.attention[i] = g_memdup2 (attention, (gsize) tapped.n_head_tapped * N_CTX * sizeof (float));
      tapped.hidden[i] = g_memdup2 (hidden, info->n_embd * sizeof (float));
    }
  g_assert_null (sen_session_tapped_attention (session, 2, &tapped.n_head_tapped));
  g_assert_null (sen_session_tapped_hidden (session, 2));

  /* Decode steps are tapped as the last token of a prompt is. */
  sen_session_truncate (session, N_TOKENS - 1);
  sen_session_append (session, tokens[N_TOKENS - 1], NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (largest_difference (sen_session_tapped_hidden (session, 1), tapped.hidden[1], info->n_embd), <=, ALLOWED);

  sen_session_set_taps (session, NULL, &error);
  g_assert_null (sen_session_tapped_hidden (session, 0));
  return tapped;
}

static void
check_taps (SenModel *model, SenDevice *device)
{
  const SenModelInfo *info = sen_model_info (model);
  SenDevice *reference = g_ptr_array_index (devices, 0);
  SenToken tokens[N_TOKENS];
  fill_tokens (model, tokens, N_TOKENS);
  g_autoptr (SenSession) plain = open_session (model, device);
  read_tokens (plain, tokens, N_TOKENS);
  const float *untapped = sen_session_logits (plain);

  Tapped all = tap (model, device, 0, untapped);
  g_assert_cmpuint (all.n_head_tapped, ==, info->n_head);
  for (int i = 0; i < 2; i++)
    for (uint32_t head = 0; head < all.n_head_tapped; head++)
      {
        /* A row is a distribution over what was read, and nothing else. */
        const float *row = all.attention[i] + (gsize) head * N_CTX;
        double sum = 0.0;
        for (uint32_t cell = 0; cell < N_CTX; cell++)
          {
            g_assert_cmpfloat (row[cell], >=, 0.0f);
            if (cell >= N_TOKENS)
              g_assert_cmpfloat (row[cell], ==, 0.0f);
            sum += row[cell];
          }
        g_assert_cmpfloat_with_epsilon (sum, 1.0, 1e-4);
      }

  /* Chosen heads are the same rows, in order. */
  uint32_t last = info->n_head - 1;
  Tapped some = tap (model, device, 1u | 1u << last, untapped);
  g_assert_cmpuint (some.n_head_tapped, ==, last == 0 ? 1 : 2);
  g_assert_cmpfloat (largest_difference (some.attention[0], all.attention[0], N_CTX), <=, ALLOWED);
  g_assert_cmpfloat (largest_difference (some.attention[0] + (some.n_head_tapped - 1) * N_CTX, all.attention[0] + (gsize) last * N_CTX,
                                         N_CTX), <=, ALLOWED);

  Tapped expected = tap (model, reference, 0, untapped);
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpfloat (largest_difference (all.attention[i], expected.attention[i], info->n_head * N_CTX), <=, ALLOWED);
      g_assert_cmpfloat (largest_difference (all.hidden[i], expected.hidden[i], info->n_embd), <=, ALLOWED);
    }
  tapped_clear (&all);
  tapped_clear (&some);
  tapped_clear (&expected);
}

static void
check_bad_taps (SenModel *model, SenDevice *device)
{
  const SenModelInfo *info = sen_model_info (model);
  g_autoptr (SenSession) session = open_session (model, device);
  const uint32_t too_deep[] = { info->n_layer };
  const SenTaps bad[] = {
    { .attention_layers = too_deep, .n_attention_layers = 1 },
    { .hidden_layers = too_deep, .n_hidden_layers = 1 },
    { .head_mask = { 0, 0, 0, 1u << 31 } },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (sen_session_set_taps (session, &bad[i], &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
    }
}

/* --- Embeddings ------------------------------------------------------------------------------------------------------ */

/* f32 [n_vocab][n_embd] as the model scales them; the small models have tables that fit. */
static float *
unpack_embeddings (SenModel *model, float *scale)
{
  g_autoptr (GError) error = NULL;
  const SenModelInfo *info = sen_model_info (model);
  g_autoptr (SenGguf) gguf = sen_gguf_open (info->path, &error);
  g_assert_no_error (error);
  const SenGgufTensor *tensor = sen_gguf_find_tensor (gguf, "token_embd.weight");
  g_assert_nonnull (tensor);
  float *rows = g_new (float, (gsize) info->n_vocab * info->n_embd);
  size_t row_bytes = sen_type_row_bytes (tensor->type, info->n_embd);
  for (uint32_t i = 0; i < info->n_vocab; i++)
    sen_dequantize (tensor->type, (const uint8_t *) tensor->data + i * row_bytes, rows + (gsize) i * info->n_embd, info->n_embd);
  *scale = g_str_has_prefix (info->architecture, "gemma") ? sqrtf ((float) info->n_embd) : 1.0f;
  return rows;
}

/* Tokens given by their embeddings, first, in the middle, last and everywhere, are the tokens. */
static void
check_embeddings (SenModel *model, SenDevice *device)
{
  static const struct { uint32_t first, n; } stretches[] = { { 0, 3 }, { 15, 9 }, { 33, 1 }, { N_TOKENS - 2, 2 }, { 0, N_TOKENS } };
  const SenModelInfo *info = sen_model_info (model);
  float scale;
  g_autofree float *table = unpack_embeddings (model, &scale);
  g_autofree float *rows = g_new (float, (gsize) N_TOKENS * info->n_embd);
  SenToken tokens[N_TOKENS];
  fill_tokens (model, tokens, N_TOKENS);
  for (uint32_t i = 0; i < N_TOKENS; i++)
    for (uint32_t j = 0; j < info->n_embd; j++)
      rows[i * info->n_embd + j] = scale * table[(gsize) tokens[i] * info->n_embd + j];

  g_autoptr (SenSession) session = open_session (model, device);
  read_tokens (session, tokens, N_TOKENS);
  g_autofree float *expected = copy_logits (session);
  for (size_t i = 0; i < G_N_ELEMENTS (stretches); i++)
    {
      g_autoptr (GError) error = NULL;
      uint32_t first = stretches[i].first, n = stretches[i].n, end = first + n;
      const SenPart parts[] = {
        { .tokens = tokens, .n = first },
        { .embeddings = rows + (gsize) first * info->n_embd, .content_id = 77 + i, .n = n },
        { .tokens = tokens + end, .n = N_TOKENS - end },
      };
      sen_session_sync (session, parts, 3, NULL, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (sen_session_n_read (session), >=, N_TOKENS - first);
      g_assert_cmpfloat (largest_difference (sen_session_logits (session), expected, info->n_vocab), <=, ALLOWED);
      /* An unchanged picture is found again, whatever its memory holds now. */
      sen_session_sync (session, parts, 3, NULL, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (sen_session_n_read (session), ==, 1);
      g_assert_cmpfloat (largest_difference (sen_session_logits (session), expected, info->n_vocab), <=, ALLOWED);
    }

  /* An embedding at the end is tapped as a token is. */
  g_autoptr (GError) error = NULL;
  const uint32_t layers[] = { TAPPED_LAYER };
  const SenTaps taps = { .hidden_layers = layers, .n_hidden_layers = 1 };
  const SenPart all = { .embeddings = rows, .content_id = 1, .n = N_TOKENS };
  sen_session_set_taps (session, &taps, &error);
  g_assert_no_error (error);
  read_tokens (session, tokens, N_TOKENS);
  g_autofree float *hidden = g_memdup2 (sen_session_tapped_hidden (session, 0), info->n_embd * sizeof (float));
  sen_session_sync (session, &all, 1, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (largest_difference (sen_session_tapped_hidden (session, 0), hidden, info->n_embd), <=, ALLOWED);
}

/* --- The timeline ---------------------------------------------------------------------------------------------------- */

static void
check_prefix (SenModel *model, SenDevice *device)
{
  const SenModelInfo *info = sen_model_info (model);
  SenToken tokens[N_TOKENS], changed[N_TOKENS];
  fill_tokens (model, tokens, N_TOKENS);
  memcpy (changed, tokens, sizeof changed);
  changed[20] = (changed[20] + 1) % (SenToken) info->n_vocab;

  g_autoptr (SenSession) fresh = open_session (model, device);
  g_autoptr (SenSession) session = open_session (model, device);
  read_tokens (fresh, changed, N_TOKENS);
  read_tokens (session, tokens, N_TOKENS);
  g_assert_cmpuint (sen_session_n_read (session), ==, N_TOKENS);
  read_tokens (session, changed, N_TOKENS);
  g_assert_cmpuint (sen_session_n_read (session), ==, N_TOKENS - 20);
  g_assert_cmpfloat (largest_difference (sen_session_logits (session), sen_session_logits (fresh), info->n_vocab), <=, ALLOWED);
  read_tokens (session, changed, 30);
  g_assert_cmpuint (sen_session_n_read (session), ==, 1);
  g_assert_cmpuint (sen_session_n_past (session), ==, 30);
}

static void
check_full (SenModel *model, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  SenToken tokens[N_CTX + 5];
  fill_tokens (model, tokens, N_CTX + 5);
  g_autoptr (SenSession) session = open_session (model, device);
  const SenPart part = { .tokens = tokens, .n = N_CTX + 5 };
  g_assert_false (sen_session_sync (session, &part, 1, NULL, NULL, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CONTEXT_FULL);
  g_assert_nonnull (strstr (error->message, "5 must go"));
  g_assert_cmpuint (sen_session_n_past (session), ==, 0);
  g_clear_error (&error);

  read_tokens (session, tokens, N_CTX);
  g_assert_false (sen_session_append (session, tokens[0], NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CONTEXT_FULL);
  g_clear_error (&error);

  const SenToken unknown = (SenToken) sen_model_info (model)->n_vocab;
  const SenPart bad[] = { { .tokens = &unknown, .n = 1 }, { .tokens = tokens, .n = 0 } };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (sen_session_sync (session, &bad[i], 1, NULL, NULL, NULL, &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
      g_clear_error (&error);
    }
}

typedef struct {
  SenCancel cancel;
  uint32_t  n_calls;
} Stopper;

static void
stop_at_first (uint32_t n_done, uint32_t n_total, gpointer data)
{
  Stopper *stopper = data;
  stopper->n_calls++;
  g_atomic_int_set (&stopper->cancel.requested, 1);
}

/* Stopped between batches: what was read stays, and going on leads where it would have. */
static void
check_cancel (SenModel *model, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  const SenModelInfo *info = sen_model_info (model);
  SenToken tokens[N_TOKENS];
  fill_tokens (model, tokens, N_TOKENS);
  g_autoptr (SenSession) whole = open_session (model, device);
  g_autoptr (SenSession) session = open_session (model, device);
  read_tokens (whole, tokens, N_TOKENS);

  Stopper stopper = { 0 };
  const SenPart part = { .tokens = tokens, .n = N_TOKENS };
  g_assert_false (sen_session_sync (session, &part, 1, stop_at_first, &stopper, &stopper.cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_assert_cmpuint (stopper.n_calls, ==, 1);
  uint32_t n_kept = sen_session_n_past (session);
  g_assert_cmpuint (n_kept, >, 0);
  g_assert_cmpuint (n_kept, <=, 17);

  read_tokens (session, tokens, N_TOKENS);
  g_assert_cmpuint (sen_session_n_read (session), ==, N_TOKENS - n_kept);
  g_assert_cmpfloat (largest_difference (sen_session_logits (session), sen_session_logits (whole), info->n_vocab), <=, ALLOWED);
}

/* To another device and back: taps stay, the conversation is read again. */
static void
check_move (SenModel *model, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  const SenModelInfo *info = sen_model_info (model);
  const uint32_t layers[] = { 0 };
  const SenTaps taps = { .hidden_layers = layers, .n_hidden_layers = 1 };
  SenToken tokens[N_TOKENS];
  fill_tokens (model, tokens, N_TOKENS);
  g_autoptr (SenSession) session = open_session (model, device);
  sen_session_set_taps (session, &taps, &error);
  g_assert_no_error (error);
  read_tokens (session, tokens, N_TOKENS);
  g_autofree float *before = copy_logits (session);

  sen_session_move (session, g_ptr_array_index (devices, 0), NULL, "the test says so", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_session_n_past (session), ==, 0);
  g_assert_cmpstr (sen_session_info (session)->reason, ==, "the test says so");
  read_tokens (session, tokens, N_TOKENS);
  g_assert_cmpuint (sen_session_n_read (session), ==, N_TOKENS);
  g_assert_cmpfloat (largest_difference (sen_session_logits (session), before, info->n_vocab), <=, ALLOWED);
  g_assert_nonnull (sen_session_tapped_hidden (session, 0));
}

/* --- Revisits -------------------------------------------------------------------------------------------------------- */

/* Rows of every position, put together from the batches of a revisit. */
typedef struct {
  const SenModelInfo *info;
  float              *attention[2], *hidden[2], *logits;   /* [n][n_head][n_key], [n][n_embd], [n][n_vocab] from the first on */
  uint32_t            first, next, n_key;
} Revisited;

static bool
gather_rows (const SenRevisitRows *rows, gpointer data, GError **error)
{
  Revisited *all = data;
  g_assert_cmpuint (rows->first, ==, all->next);
  g_assert_cmpuint (rows->n, >, 0);
  size_t at = rows->first - all->first, n_cell = (size_t) rows->n_head_tapped * rows->n_key;
  all->next += rows->n;
  all->n_key = rows->n_key;
  for (int i = 0; i < 2; i++)
    {
      all->attention[i] = g_renew (float, all->attention[i], (at + rows->n) * n_cell);
      memcpy (all->attention[i] + at * n_cell, rows->attention[i], rows->n * n_cell * sizeof (float));
      all->hidden[i] = g_renew (float, all->hidden[i], (at + rows->n) * all->info->n_embd);
      memcpy (all->hidden[i] + at * all->info->n_embd, rows->hidden[i], rows->n * all->info->n_embd * sizeof (float));
    }
  all->logits = g_renew (float, all->logits, (at + rows->n) * all->info->n_vocab);
  memcpy (all->logits + at * all->info->n_vocab, rows->logits, rows->n * all->info->n_vocab * sizeof (float));
  return true;
}

static void
revisited_clear (Revisited *all)
{
  for (int i = 0; i < 2; i++)
    {
      g_free (all->attention[i]);
      g_free (all->hidden[i]);
    }
  g_free (all->logits);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Revisited, revisited_clear)

static const uint32_t looked_at[] = { TAPPED_LAYER, 0 };
static const SenTaps two_layers = {
  .attention_layers = looked_at, .n_attention_layers = 2, .hidden_layers = looked_at, .n_hidden_layers = 2,
};

static void
revisit (SenSession *session, const SenPart *parts, size_t n_parts, uint32_t first, uint32_t n, Revisited *all)
{
  g_autoptr (GError) error = NULL;
  *all = (Revisited) { .info = sen_model_info (sen_session_model (session)), .first = first, .next = first };
  sen_session_revisit (session, parts, n_parts, first, n, &two_layers, true, gather_rows, all, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->next, ==, first + n);
  g_assert_cmpuint (all->n_key, ==, sen_session_n_past (session));
}

/* Every position again is what a decode step brought out when it was the last, and nobody notices. */
static void
check_revisit (SenModel *model, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  const SenModelInfo *info = sen_model_info (model);
  SenToken tokens[N_TOKENS + 1];
  fill_tokens (model, tokens, N_TOKENS + 1);
  const SenPart part = { .tokens = tokens, .n = N_TOKENS };
  g_autoptr (SenSession) session = open_session (model, device);
  g_autoptr (SenSession) undisturbed = open_session (model, device);
  read_tokens (session, tokens, N_TOKENS);
  read_tokens (undisturbed, tokens, N_TOKENS);

  const uint32_t first = 3;
  g_auto (Revisited) all = { 0 };
  revisit (session, &part, 1, first, N_TOKENS - first, &all);
  g_assert_cmpuint (sen_session_n_past (session), ==, N_TOKENS);
  g_assert_cmpmem (sen_session_logits (session), info->n_vocab * sizeof (float), sen_session_logits (undisturbed),
                   info->n_vocab * sizeof (float));
  SenSession *both[] = { session, undisturbed };
  for (int i = 0; i < 2; i++)
    g_assert_true (sen_session_append (both[i], tokens[N_TOKENS], NULL, &error));
  g_assert_cmpmem (sen_session_logits (session), info->n_vocab * sizeof (float), sen_session_logits (undisturbed),
                   info->n_vocab * sizeof (float));

  sen_session_set_taps (undisturbed, &two_layers, &error);
  g_assert_no_error (error);
  sen_session_truncate (undisturbed, first);
  for (uint32_t at = first; at < N_TOKENS; at++)
    {
      uint32_t n_head, row = at - first;
      sen_session_append (undisturbed, tokens[at], NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (largest_difference (all.logits + (size_t) row * info->n_vocab, sen_session_logits (undisturbed), info->n_vocab),
                         <=, ALLOWED);
      for (uint32_t i = 0; i < 2; i++)
        {
          const float *hidden = sen_session_tapped_hidden (undisturbed, i);
          g_assert_cmpfloat (largest_difference (all.hidden[i] + (size_t) row * info->n_embd, hidden, info->n_embd), <=, ALLOWED);
          const float *attention = sen_session_tapped_attention (undisturbed, i, &n_head);
          for (uint32_t head = 0; head < n_head; head++)
            g_assert_cmpfloat (largest_difference (all.attention[i] + ((size_t) row * n_head + head) * N_TOKENS,
                                                   attention + (size_t) head * N_CTX, N_TOKENS), <=, ALLOWED);
        }
    }

  /* One row alone is the same row. */
  g_auto (Revisited) one = { 0 };
  sen_session_truncate (session, N_TOKENS);
  revisit (session, &part, 1, 20, 1, &one);
  size_t n_cell = (size_t) info->n_head * N_TOKENS;
  g_assert_cmpfloat (largest_difference (one.attention[0], all.attention[0] + (20 - first) * n_cell, (uint32_t) n_cell), <=, ALLOWED);
}

/* Embeddings in both directions: their rows are made with all of them in sight, however few are asked for. */
static void
check_revisit_together (SenModel *model, SenDevice *device)
{
  const SenModelInfo *info = sen_model_info (model);
  const uint32_t n_before = 9, n_together = 12;
  SenToken tokens[N_TOKENS];
  fill_tokens (model, tokens, N_TOKENS);
  g_autofree float *rows = g_new (float, (gsize) n_together * info->n_embd);
  for (uint32_t i = 0; i < n_together * info->n_embd; i++)
    rows[i] = sinf ((float) i * 0.37f);
  const SenPart parts[] = {
    { .tokens = tokens, .n = n_before },
    { .embeddings = rows, .content_id = 5, .n = n_together, .together = true },
    { .tokens = tokens + n_before, .n = 20 },
  };
  const uint32_t n_total = n_before + n_together + 20;

  g_auto (Revisited) all = { 0 }, expected = { 0 }, some = { 0 };
  Revisited *results[] = { &all, &expected };
  SenDevice *both[] = { device, g_ptr_array_index (devices, 0) };
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenSession) session = open_session (model, both[i]);
      sen_session_sync (session, parts, 3, NULL, NULL, NULL, &error);
      g_assert_no_error (error);
      revisit (session, parts, 3, 0, n_total, results[i]);
      const float *last = results[i]->logits + (size_t) (n_total - 1) * info->n_vocab;
      g_assert_cmpfloat (largest_difference (last, sen_session_logits (session), info->n_vocab), <=, ALLOWED);
      if (i == 0)
        revisit (session, parts, 3, n_before + 4, 3, &some);
    }
  size_t n_cell = (size_t) info->n_head * n_total;
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpfloat (largest_difference (all.attention[i], expected.attention[i], (uint32_t) (n_total * n_cell)), <=, ALLOWED);
      g_assert_cmpfloat (largest_difference (all.hidden[i], expected.hidden[i], n_total * info->n_embd), <=, ALLOWED);
      g_assert_cmpfloat (largest_difference (some.attention[i], all.attention[i] + (n_before + 4) * n_cell, (uint32_t) (3 * n_cell)), <=,
                         ALLOWED);
    }
  for (uint32_t at = 0; at < n_total; at++)
    {
      bool is_inside = at >= n_before && at < n_before + n_together;
      uint32_t end = is_inside ? n_before + n_together : at + 1;
      for (uint32_t head = 0; head < info->n_head; head++)
        {
          const float *row = all.attention[0] + at * n_cell + (size_t) head * n_total;
          double sum = 0.0;
          for (uint32_t j = 0; j < n_total; j++)
            sum += row[j];
          g_assert_cmpfloat_with_epsilon (sum, 1.0, 1e-4);
          g_assert_cmpfloat (row[end - 1], >, 0.0f);
          g_assert_true (end == n_total || row[end] == 0.0f);
        }
    }
}

/* --- Rows and columns ------------------------------------------------------------------------------------------------ */

#define N_BEFORE 9
#define N_PICTURE 12
#define N_COLUMN 5   /* the last row is not full */
#define N_BEHIND 20
#define N_ALL (N_BEFORE + N_PICTURE + N_BEHIND)

/* A picture between words. */
typedef struct {
  SenToken tokens[N_BEFORE + N_BEHIND];
  float   *rows;
  SenPart  parts[3];
} Scene;

static void
scene_init (Scene *scene, SenModel *model, uint32_t n_column)
{
  uint32_t n = N_PICTURE * sen_model_info (model)->n_embd;
  fill_tokens (model, scene->tokens, N_BEFORE + N_BEHIND);
  scene->rows = g_new (float, n);
  for (uint32_t i = 0; i < n; i++)
    scene->rows[i] = sinf ((float) i * 0.37f);
  scene->parts[0] = (SenPart) { .tokens = scene->tokens, .n = N_BEFORE };
  scene->parts[1] = (SenPart) { .embeddings = scene->rows, .content_id = 5, .n = N_PICTURE, .n_column = n_column };
  scene->parts[2] = (SenPart) { .tokens = scene->tokens + N_BEFORE, .n = N_BEHIND };
}

static void
scene_clear (Scene *scene)
{
  g_free (scene->rows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

/* Logits behind the scene, whatever the session holds; how many positions had to be read. (transfer full) */
static float *
read_scene (SenSession *session, const Scene *scene, uint32_t n_read)
{
  g_autoptr (GError) error = NULL;
  sen_session_sync (session, scene->parts, 3, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_session_n_read (session), ==, n_read);
  return copy_logits (session);
}

/* Who counts rows and columns counts less far and says something else; all others count on as in text. */
static void
check_rows_count (SenModel *model, SenDevice *device)
{
  const SenModelInfo *info = sen_model_info (model);
  g_auto (Scene) grid = { 0 }, line = { 0 };
  scene_init (&grid, model, N_COLUMN);
  scene_init (&line, model, 0);
  g_assert_cmpuint (sen_parts_n_counted (line.parts, 3, model), ==, N_ALL);
  g_assert_cmpuint (sen_parts_n_counted (grid.parts, 3, model), ==, info->counts_rows ? N_BEFORE + N_COLUMN + N_BEHIND : N_ALL);
  g_autoptr (SenSession) session = open_session (model, device), other = open_session (model, g_ptr_array_index (devices, 0));
  g_autofree float *of_grid = read_scene (session, &grid, N_ALL);
  g_assert_cmpuint (sen_session_n_past (session), ==, N_ALL);
  /* Rows of another length are another picture. */
  g_autofree float *of_line = read_scene (session, &line, N_ALL - N_BEFORE);
  double difference = largest_difference (of_grid, of_line, info->n_vocab);
  g_assert_true (info->counts_rows ? difference > 0.05 : difference <= ALLOWED);
  g_autofree float *elsewhere = read_scene (other, &grid, N_ALL);
  g_assert_cmpfloat (largest_difference (of_grid, elsewhere, info->n_vocab), <=, ALLOWED);
}

/* Where a session goes back to, in the picture or behind it, it goes on as if it had never been further; and so do steps. */
static void
check_rows_rewind (SenModel *model, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  const SenModelInfo *info = sen_model_info (model);
  const uint32_t ends[] = { 4, N_BEFORE + 7, N_BEFORE + N_PICTURE, N_BEFORE + N_PICTURE + 3 };
  g_auto (Scene) scene = { 0 };
  scene_init (&scene, model, N_COLUMN);
  g_autoptr (SenSession) session = open_session (model, device);
  g_autofree float *expected = read_scene (session, &scene, N_ALL);
  for (size_t i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      sen_session_truncate (session, ends[i]);
      g_autofree float *again = read_scene (session, &scene, N_ALL - ends[i]);
      g_assert_cmpfloat (largest_difference (again, expected, info->n_vocab), <=, ALLOWED);
    }
  sen_session_truncate (session, N_BEFORE + N_PICTURE);
  for (uint32_t i = 0; i < N_BEHIND; i++)
    sen_session_append (session, scene.parts[2].tokens[i], NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (largest_difference (sen_session_logits (session), expected, info->n_vocab), <=, ALLOWED);
}

/* A picture in two parts is the picture, wherever it is cut. */
static void
check_rows_cut (SenModel *model, SenDevice *device)
{
  const SenModelInfo *info = sen_model_info (model);
  g_auto (Scene) scene = { 0 };
  scene_init (&scene, model, N_COLUMN);
  g_autoptr (SenSession) session = open_session (model, device), other = open_session (model, device);
  g_autofree float *expected = read_scene (session, &scene, N_ALL);
  for (uint32_t at = 1; at < N_PICTURE; at += 3)
    {
      g_autoptr (GError) error = NULL;
      SenPart parts[] = { scene.parts[0], scene.parts[1], scene.parts[1], scene.parts[2] };
      parts[1].n = parts[2].from = at;
      parts[2].n = N_PICTURE - at;
      parts[2].embeddings = scene.rows + (size_t) at * info->n_embd;
      parts[2].content_id = 6;
      g_assert_cmpuint (sen_parts_n_counted (parts, 4, model), ==, sen_parts_n_counted (scene.parts, 3, model));
      sen_session_sync (other, parts, 4, NULL, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (largest_difference (sen_session_logits (other), expected, info->n_vocab), <=, ALLOWED);
    }
}

/* What is looked at again stands where it stood. */
static void
check_rows_revisit (SenModel *model, SenDevice *device)
{
  const SenModelInfo *info = sen_model_info (model);
  g_auto (Scene) scene = { 0 };
  scene_init (&scene, model, N_COLUMN);
  g_autoptr (SenSession) session = open_session (model, device);
  g_autofree float *expected = read_scene (session, &scene, N_ALL);
  g_auto (Revisited) all = { 0 };
  revisit (session, scene.parts, 3, N_BEFORE + 2, N_ALL - N_BEFORE - 2, &all);
  const float *last = all.logits + (size_t) (N_ALL - N_BEFORE - 3) * info->n_vocab;
  g_assert_cmpfloat (largest_difference (last, expected, info->n_vocab), <=, ALLOWED);
}

/* Sections that a file gives must make half of what is turned of a head. */
static void
test_bad_sections (void)
{
  static const int32_t bad[][4] = { { 5, 4, 4, 2 }, { 5, 4, 4, 4 }, { 17, -1, 0, 0 }, { INT32_MAX, INT32_MAX, 2, 16 }, { 0 } };
  g_autofree char *path = g_build_filename (folder, "qwen2vl-b.gguf", NULL);
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  static const char key[] = "qwen2vl.rope.dimension_sections";
  char *at = memmem (bytes, length, key, strlen (key));
  g_assert_nonnull (at);
  /* Behind the key: its type, that of its elements, their number in 8 bytes, then they. */
  size_t numbers = (size_t) (at - bytes) + strlen (key) + 16;
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *changed = g_memdup2 (bytes, length), *name = NULL;
      memcpy (changed + numbers, bad[i], sizeof bad[i]);
      int file = g_file_open_tmp ("sections-XXXXXX.gguf", &name, &error);
      g_assert_no_error (error);
      g_close (file, NULL);
      g_file_set_contents (name, changed, (gssize) length, &error);
      g_assert_no_error (error);
      g_autoptr (SenModel) model = sen_model_open (name, &error);
      g_assert_null (model);
      g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, "rope.dimension_sections"));
      g_assert_nonnull (strstr (error->message, "16"));
      g_unlink (name);
    }
}

/* Layers on two devices: each brings out its own. */
static void
check_revisit_split (SenModel *model, SenDevice *device)
{
  if (sen_device_info (device)->kind == SEN_DEVICE_CPU)
    return;
  g_autoptr (GError) error = NULL;
  const SenModelInfo *info = sen_model_info (model);
  SenDevice *cpu = g_ptr_array_index (devices, 0);
  g_autoptr (SenSession) whole = open_session (model, device), on_cpu = open_session (model, cpu);
  const SenDebug tight = { .vulkan_budget_bytes = (64 << 20) + sen_session_info (whole)->memory_bytes * 3 / 4 };
  const SenVulkanParams vulkan = { .index = (uint32_t) atoi (strchr (sen_device_info (device)->id, ':') + 1), .exact = true,
                                   .debug = &tight };
  g_autoptr (SenDevice) small = sen_vulkan_device_new (&vulkan, &error);
  g_assert_no_error (error);
  const SenSessionParams params = { .n_ctx = N_CTX, .n_batch = 17, .kv_type = SEN_TYPE_F32 };
  g_autoptr (SenSession) split = sen_session_new (model, small, cpu, &params, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_session_info (split)->n_layer_device, >, 0);
  g_assert_cmpstr (sen_session_info (split)->reason, !=, "");

  SenToken tokens[N_TOKENS];
  fill_tokens (model, tokens, N_TOKENS);
  const SenPart part = { .tokens = tokens, .n = N_TOKENS };
  g_auto (Revisited) here = { 0 }, there = { 0 };
  read_tokens (split, tokens, N_TOKENS);
  read_tokens (on_cpu, tokens, N_TOKENS);
  revisit (split, &part, 1, 0, N_TOKENS, &here);
  revisit (on_cpu, &part, 1, 0, N_TOKENS, &there);
  for (int i = 0; i < 2; i++)
    {
      g_assert_cmpfloat (largest_difference (here.attention[i], there.attention[i], info->n_head * N_TOKENS * N_TOKENS), <=, ALLOWED);
      g_assert_cmpfloat (largest_difference (here.hidden[i], there.hidden[i], N_TOKENS * info->n_embd), <=, ALLOWED);
    }
  g_assert_cmpfloat (largest_difference (here.logits, there.logits, N_TOKENS * info->n_vocab), <=, ALLOWED);
}

static bool
refuse (const SenRevisitRows *rows, gpointer data, GError **error)
{
  g_set_error_literal (error, SEN_ERROR, SEN_ERROR_LIMIT, "enough");
  return false;
}

static void
check_bad_revisits (SenModel *model, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  SenToken tokens[N_TOKENS], changed[N_TOKENS];
  fill_tokens (model, tokens, N_TOKENS);
  memcpy (changed, tokens, sizeof changed);
  changed[7] ^= 1;
  g_autoptr (SenSession) session = open_session (model, device);
  const SenPart part = { .tokens = tokens, .n = N_TOKENS }, other = { .tokens = changed, .n = N_TOKENS };
  const uint32_t too_deep[] = { sen_model_info (model)->n_layer };
  const SenTaps bad = { .attention_layers = too_deep, .n_attention_layers = 1 };

  /* Nothing was read. */
  g_assert_false (sen_session_revisit (session, &part, 1, 0, 1, NULL, true, refuse, NULL, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_clear_error (&error);
  read_tokens (session, tokens, 30);

  const struct {
    const SenPart *part;
    uint32_t       first, n;
    const SenTaps *taps;
    int            code;
  } cases[] = {
    { &part, 29, 2, NULL, SEN_ERROR_INVALID },           { &part, N_TOKENS, 1, NULL, SEN_ERROR_INVALID },
    { &part, 1, UINT32_MAX, NULL, SEN_ERROR_INVALID },   { &other, 10, 1, NULL, SEN_ERROR_INVALID },
    { &part, 0, 1, &bad, SEN_ERROR_INVALID },            { &part, 0, 30, NULL, SEN_ERROR_LIMIT },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_false (sen_session_revisit (session, cases[i].part, 1, cases[i].first, cases[i].n, cases[i].taps, true, refuse, NULL, NULL,
                                           &error));
      g_assert_error (error, SEN_ERROR, cases[i].code);
      g_clear_error (&error);
    }
  SenCancel cancel = { .requested = 1 };
  g_assert_false (sen_session_revisit (session, &part, 1, 0, 30, NULL, true, refuse, NULL, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_assert_cmpuint (sen_session_n_past (session), ==, 30);
  g_assert_nonnull (sen_session_logits (session));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  folder = argv[1];

  g_autoptr (GError) error = NULL;
  g_autofree char *reason = NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_device_unref);
  devices = list;
  for (SenIsa isa = SEN_ISA_PORTABLE; isa < SEN_N_ISAS; isa++)
    {
      const SenCpuParams cpu = { .isa = sen_isa_name (isa), .n_threads = 2, .exact = true };
      if (sen_isa_available (isa))
        g_ptr_array_add (devices, sen_cpu_device_new (&cpu, &error));
      g_assert_no_error (error);
    }
  g_autoptr (GPtrArray) found = sen_vulkan_list (NULL, &reason);
  for (guint i = 0; i < found->len; i++)
    {
      const SenVulkanInfo *info = g_ptr_array_index (found, i);
      const SenVulkanParams vulkan = { .index = info->index, .exact = true };
      if (info->unusable == NULL)
        g_ptr_array_add (devices, sen_vulkan_device_new (&vulkan, &error));
      g_assert_no_error (error);
    }

#define T(name, check) g_test_add_data_func ("/session/" name, (gconstpointer) (check), for_each)
  T ("taps", check_taps);
  T ("bad-taps", check_bad_taps);
  T ("embeddings", check_embeddings);
  T ("prefix", check_prefix);
  T ("full", check_full);
  T ("cancel", check_cancel);
  T ("move", check_move);
  T ("revisit", check_revisit);
  T ("revisit-together", check_revisit_together);
  T ("revisit-split", check_revisit_split);
  T ("bad-revisits", check_bad_revisits);
  T ("rows-count", check_rows_count);
  T ("rows-rewind", check_rows_rewind);
  T ("rows-cut", check_rows_cut);
  T ("rows-revisit", check_rows_revisit);
  g_test_add_func ("/session/bad-sections", test_bad_sections);
#undef T
  return g_test_run ();
}
