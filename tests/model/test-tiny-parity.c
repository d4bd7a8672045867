/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Small random models of every family, option and tensor type against llama.cpp's log-probabilities (f32 throughout).
 * Arguments: the folder with the models, the golden file, and "cpu" or "vulkan". */
#include "golden.h"
#include "sen-cpu.h"

#include <math.h>

#define ALLOWED 0.01          /* to the reference, f32 throughout */
#define ALLOWED_SELF 0.002    /* between two ways to read the same text on one device */
#define ODD_BATCH 27          /* so that texts take several unequal steps */

typedef struct {
  const char *folder;
  Golden     *golden;
} Suite;

typedef struct {
  const Suite *suite;
  SenDevice   *device;
  const char  *prefix;        /* only models whose name begins so; NULL = all */
} Run;

static SenModel *
open_model (const Suite *suite, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_strconcat (name, ".gguf", NULL);
  g_autofree char *path = g_build_filename (suite->folder, file, NULL);
  SenModel *model = sen_model_open (path, &error);
  g_assert_no_error (error);
  return model;
}

/* Returns the largest difference. */
static double
check_case (const Run *run, const GoldenCase *golden)
{
  g_autoptr (SenModel) model = open_model (run->suite, golden->name);
  g_autofree SenAlternative *top = g_new0 (SenAlternative, golden->n_top);
  const Scoring scoring = {
    .device = run->device, .kv_type = SEN_TYPE_F32, .n_ctx = run->suite->golden->n_ctx, .n_batch = ODD_BATCH,
  };
  g_autofree float *ours = score_tokens (model, &scoring, golden->tokens, golden->n_tokens, top, golden->n_top);

  Differences differences;
  differences_init (&differences);
  differences_add (&differences, ours, golden->logprobs, golden->n_tokens - 1);
  DifferenceSummary summary = differences_summary (&differences);
  differences_clear (&differences);
  double top_difference = compare_top (golden, top);
  if (!(summary.max <= ALLOWED && top_difference <= ALLOWED))
    {
      g_test_message ("%s: off by %g in the text (mean %g) and %g after it, allowed %g", golden->name, summary.max,
                      summary.mean, top_difference, ALLOWED);
      g_test_fail ();
    }
  return MAX (summary.max, top_difference);
}

static void
test_reference (gconstpointer data)
{
  const Run *run = data;
  double worst = 0.0;
  for (guint i = 0; i < run->suite->golden->cases->len; i++)
    {
      const GoldenCase *golden = g_ptr_array_index (run->suite->golden->cases, i);
      if (run->prefix == NULL || g_str_has_prefix (golden->name, run->prefix))
        worst = MAX (worst, check_case (run, golden));
    }
  g_test_message ("largest difference: %g", worst);
}

/* Reads the text token by token in one session and in one go in another, where steps end elsewhere: a decode step must
 * leave the same cache and give the same logits as prefill. */
static void
check_decode (const Run *run, const GoldenCase *golden)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModel) model = open_model (run->suite, golden->name);
  uint32_t n_vocab = sen_model_info (model)->n_vocab;
  const Scoring scoring = {
    .device = run->device, .kv_type = SEN_TYPE_F32, .n_ctx = run->suite->golden->n_ctx, .n_batch = golden->n_tokens,
  };
  g_autofree float *prefilled = score_tokens (model, &scoring, golden->tokens, golden->n_tokens, NULL, 0);

  SenSessionParams params = { .n_ctx = run->suite->golden->n_ctx, .kv_type = SEN_TYPE_F32, .n_batch = ODD_BATCH };
  g_autoptr (SenSession) session = sen_session_new (model, run->device, NULL, &params, &error);
  g_assert_no_error (error);
  double worst = 0.0;
  for (uint32_t i = 0; i + 1 < golden->n_tokens; i++)
    {
      /* A prefilled stretch in the middle: decoding goes on after it. */
      if (i == 40)
        {
          const SenPart part = { .tokens = golden->tokens, .n = 81 };
          sen_session_sync (session, &part, 1, NULL, NULL, NULL, &error);
          g_assert_cmpuint (sen_session_n_read (session), ==, 41);
          i = 80;
        }
      else
        sen_session_append (session, golden->tokens[i], NULL, &error);
      g_assert_no_error (error);
      float logprob = sen_logprob (sen_session_logits (session), n_vocab, golden->tokens[i + 1]);
      worst = MAX (worst, isfinite (logprob) ? fabs ((double) logprob - prefilled[i]) : INFINITY);
    }
  if (!(worst <= ALLOWED_SELF))
    {
      g_test_message ("%s: decoding and prefill differ by %g, allowed %g", golden->name, worst, ALLOWED_SELF);
      g_test_fail ();
    }
}

static void
test_decode (gconstpointer data)
{
  static const char *const names[] = {
    "llama-c", "llama-longrope-b", "llama-q4_k-b", "qwen2-a", "qwen2vl-b", "qwen3-c", "gemma3-a", "gemma3-c", NULL,
  };
  const Run *run = data;
  for (guint i = 0; i < run->suite->golden->cases->len; i++)
    {
      const GoldenCase *golden = g_ptr_array_index (run->suite->golden->cases, i);
      if (g_strv_contains (names, golden->name))
        check_decode (run, golden);
    }
}

static void
add_runs (const Suite *suite, SenDevice *device, const char *device_name, GPtrArray *runs)
{
  static const struct { const char *name, *prefix; } groups[] = {
    { "llama", "llama-" }, { "qwen2", "qwen2-" }, { "qwen2vl", "qwen2vl-" }, { "qwen3", "qwen3-" }, { "gemma3", "gemma3-" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      Run *run = g_new (Run, 1);
      *run = (Run) { .suite = suite, .device = device, .prefix = groups[i].prefix };
      g_ptr_array_add (runs, run);
      g_autofree char *path = g_strdup_printf ("/tiny/%s/%s", device_name, groups[i].name);
      g_test_add_data_func (path, run, test_reference);
    }
  Run *run = g_new (Run, 1);
  *run = (Run) { .suite = suite, .device = device };
  g_ptr_array_add (runs, run);
  g_autofree char *path = g_strdup_printf ("/tiny/%s/decode", device_name);
  g_test_add_data_func (path, run, test_decode);
}

static void
add_cpu_runs (const Suite *suite, GPtrArray *devices, GPtrArray *runs)
{
  for (SenIsa isa = SEN_ISA_PORTABLE; isa < SEN_N_ISAS; isa++)
    {
      g_autoptr (GError) error = NULL;
      if (!sen_isa_available (isa))
        continue;
      const SenCpuParams params = { .isa = sen_isa_name (isa), .n_threads = 2, .exact = true };
      SenDevice *device = sen_cpu_device_new (&params, &error);
      g_assert_no_error (error);
      g_ptr_array_add (devices, device);
      add_runs (suite, device, sen_isa_name (isa), runs);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 4);
  g_autoptr (Golden) golden = golden_load (argv[2]);
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (g_free);
  const Suite suite = { .folder = argv[1], .golden = golden };

  if (g_str_equal (argv[3], "cpu"))
    {
      devices = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_device_unref);
      add_cpu_runs (&suite, devices, runs);
    }
  else if ((devices = exact_vulkan_devices ()) == NULL)
    return 0;
  else
    for (guint i = 0; i < devices->len; i++)
      {
        g_autofree char *name = g_strdup_printf ("vulkan%u", i);
        add_runs (&suite, g_ptr_array_index (devices, i), name, runs);
      }
  return g_test_run ();
}
