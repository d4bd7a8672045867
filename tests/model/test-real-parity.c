/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Real models against llama.cpp, on texts of up to 850 tokens: f32 throughout against its f32 reference, and the default
 * path against that reference too, where it may stray no further than llama.cpp's own default path does.
 * Arguments: the folder of the goldens, the folder of the texts, and "cpu", "vulkan" or "vulkan-full", which reads everything
 * on Vulkan and takes a software device a quarter of an hour. */
#include "golden.h"
#include "sen-cpu.h"
#include "sen-vulkan.h"

#include <math.h>

#define EXACT_P99 0.005
#define EXACT_MAX 0.02
#define DEFAULT_FACTOR 1.1        /* of llama.cpp's own mean and p99 */
#define PERPLEXITY_RATIO 0.02
#define VULKAN_EXACT_MAX 0.02     /* to the CPU, both f32 */

/* A model and how much of it a run reads: software devices and large models take their time. */
typedef struct {
  const char *model;
  const char *text;       /* NULL = every text */
  uint32_t    n_tokens;   /* of each text, at most */
} Amount;

typedef struct {
  const char *golden_dir, *text_dir, *model_dir;
} Suite;

typedef struct {
  const Suite *suite;
  SenDevice   *device;
  Amount       amount;
  SenDevice   *cpu;       /* the device to compare with beside the golden, or NULL */
} Run;

#define SMOLLM2 "smollm2-135m-instruct"
#define GEMMA3 "gemma-3-270m"
#define QWEN2 "qwen2.5-coder-1.5b-instruct"
#define ALL_TOKENS 850

static char *
model_path (const Suite *suite, const char *model)
{
  g_autofree char *file = g_strconcat (model, ".gguf", NULL);
  return g_build_filename (suite->model_dir, file, NULL);
}

static Golden *
load_golden (const Suite *suite, const char *model)
{
  g_autofree char *file = g_strconcat (model, ".json", NULL);
  g_autofree char *path = g_build_filename (suite->golden_dir, file, NULL);
  return golden_load (path);
}

/* NULL and a skip when there is none. */
static SenModel *
open_model (const Suite *suite, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = suite->model_dir != NULL ? model_path (suite, name) : NULL;
  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *reason = g_strdup_printf ("SENSORIUM_TEST_MODELS has no %s.gguf", name);
      g_test_skip (reason);
      return NULL;
    }
  SenModel *model = sen_model_open (path, &error);
  g_assert_no_error (error);
  return model;
}

static uint32_t
count_tokens (const Run *run, const GoldenCase *golden)
{
  if (run->amount.text != NULL && !g_str_equal (run->amount.text, golden->name))
    return 0;
  return MIN (golden->n_tokens, run->amount.n_tokens);
}

/* As long as the text, and a step that leaves a remainder. */
static Scoring
make_scoring (SenDevice *device, SenType kv_type, uint32_t n_tokens)
{
  return (Scoring) { .device = device, .kv_type = kv_type, .n_ctx = n_tokens, .n_batch = MIN (n_tokens, 144) };
}

static void
expect_at_most (const char *what, double value, double allowed)
{
  g_test_message ("%s %.6f, allowed %.6f", what, value, allowed);
  if (!(value <= allowed))
    g_test_fail ();
}

static void
test_exact (gconstpointer data)
{
  const Run *run = data;
  g_autoptr (SenModel) model = open_model (run->suite, run->amount.model);
  if (model == NULL)
    return;
  g_autoptr (Golden) golden = load_golden (run->suite, run->amount.model);
  Differences differences, to_cpu;
  double worst_top = 0.0;

  differences_init (&differences);
  differences_init (&to_cpu);
  for (guint i = 0; i < golden->cases->len; i++)
    {
      const GoldenCase *c = g_ptr_array_index (golden->cases, i);
      uint32_t n = count_tokens (run, c);
      if (n < 2)
        continue;
      g_autofree SenAlternative *top = g_new0 (SenAlternative, c->n_top);
      Scoring scoring = make_scoring (run->device, SEN_TYPE_F32, n);
      g_autofree float *ours = score_tokens (model, &scoring, c->tokens, n, top, c->n_top);
      differences_add (&differences, ours, c->logprobs, n - 1);
      if (n == c->n_tokens)
        worst_top = MAX (worst_top, compare_top (c, top));
      if (run->cpu != NULL)
        {
          scoring.device = run->cpu;
          g_autofree float *on_cpu = score_tokens (model, &scoring, c->tokens, n, NULL, 0);
          differences_add (&to_cpu, ours, on_cpu, n - 1);
        }
    }

  DifferenceSummary summary = differences_summary (&differences);
  expect_at_most ("p99 to the reference", summary.p99, EXACT_P99);
  expect_at_most ("largest difference to the reference", summary.max, EXACT_MAX);
  expect_at_most ("largest difference after the text", worst_top, EXACT_MAX);
  if (run->cpu != NULL)
    expect_at_most ("largest difference to the CPU", differences_summary (&to_cpu).max, VULKAN_EXACT_MAX);
  differences_clear (&differences);
  differences_clear (&to_cpu);
}

static void
test_default (gconstpointer data)
{
  const Run *run = data;
  g_autoptr (SenModel) model = open_model (run->suite, run->amount.model);
  if (model == NULL)
    return;
  g_autoptr (Golden) golden = load_golden (run->suite, run->amount.model);
  Differences differences, yardstick;

  differences_init (&differences);
  differences_init (&yardstick);
  for (guint i = 0; i < golden->cases->len; i++)
    {
      const GoldenCase *c = g_ptr_array_index (golden->cases, i);
      uint32_t n = count_tokens (run, c);
      if (n < 2)
        continue;
      const Scoring scoring = make_scoring (run->device, SEN_TYPE_F16, n);
      g_autofree float *ours = score_tokens (model, &scoring, c->tokens, n, NULL, 0);
      differences_add (&differences, ours, c->logprobs, n - 1);
      differences_add (&yardstick, c->default_logprobs, c->logprobs, n - 1);
    }

  DifferenceSummary summary = differences_summary (&differences), allowed = differences_summary (&yardstick);
  expect_at_most ("mean", summary.mean, DEFAULT_FACTOR * allowed.mean);
  expect_at_most ("p99", summary.p99, DEFAULT_FACTOR * allowed.p99);
  expect_at_most ("perplexity off by", fabs (summary.perplexity_ratio - 1.0), PERPLEXITY_RATIO);
  differences_clear (&differences);
  differences_clear (&yardstick);
}

/* The tokens of the goldens came from llama.cpp's tokenizer. */
static void
test_tokens (gconstpointer data)
{
  const Run *run = data;
  g_autoptr (SenModel) model = open_model (run->suite, run->amount.model);
  if (model == NULL)
    return;
  g_autoptr (Golden) golden = load_golden (run->suite, run->amount.model);
  for (guint i = 0; i < golden->cases->len; i++)
    {
      g_autoptr (GError) error = NULL;
      const GoldenCase *c = g_ptr_array_index (golden->cases, i);
      g_autofree char *path = g_build_filename (run->suite->text_dir, c->name, NULL);
      g_autofree char *text = NULL;
      gsize length;
      g_file_get_contents (path, &text, &length, &error);
      g_assert_no_error (error);
      g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
      sen_tokenizer_encode (sen_model_tokenizer (model), text, (gssize) length, true, true, ids);
      g_assert_cmpuint (ids->len, >=, c->n_tokens);
      g_assert_cmpmem (ids->data, c->n_tokens * sizeof (SenToken), c->tokens, c->n_tokens * sizeof (SenToken));
    }
}

/* --- What is run on what --------------------------------------------------------------------------------------------- */

typedef struct {
  Suite      suite;
  GPtrArray *devices;   /* Owned: SenDevice */
  GPtrArray *runs;      /* Owned: Run */
} Plan;

static void
add_run (Plan *plan, const char *device_name, const char *what, SenDevice *device, SenDevice *cpu, Amount amount,
         GTestDataFunc function)
{
  Run *run = g_new (Run, 1);
  *run = (Run) { .suite = &plan->suite, .device = device, .amount = amount, .cpu = cpu };
  g_ptr_array_add (plan->runs, run);
  g_autofree char *path = g_strdup_printf ("/real/%s/%s/%s", amount.model, device_name, what);
  g_test_add_data_func (path, run, function);
}

static SenDevice *
make_cpu (Plan *plan, const char *isa, bool exact)
{
  g_autoptr (GError) error = NULL;
  const SenCpuParams params = { .isa = isa, .n_threads = 2, .exact = exact };
  SenDevice *device = sen_cpu_device_new (&params, &error);
  g_assert_no_error (error);
  g_ptr_array_add (plan->devices, device);
  return device;
}

/* Everything on the best instruction set; of the others what their speed allows. */
static void
add_cpu_runs (Plan *plan)
{
  static const Amount full[] = {
    { SMOLLM2, NULL, ALL_TOKENS }, { GEMMA3, NULL, ALL_TOKENS }, { QWEN2, NULL, ALL_TOKENS },
  };
  static const Amount full_exact[] = {
    { SMOLLM2, NULL, ALL_TOKENS }, { GEMMA3, NULL, ALL_TOKENS }, { QWEN2, "languages.txt", 400 },
  };
  static const Amount less[] = {
    { SMOLLM2, "languages.txt", ALL_TOKENS }, { GEMMA3, "mixed.txt", ALL_TOKENS }, { QWEN2, "languages.txt", 200 },
  };
  /* Portable code multiplies its integers one by one. */
  static const Amount portable[] = {
    { SMOLLM2, "languages.txt", 300 }, { GEMMA3, "mixed.txt", 200 }, { QWEN2, "languages.txt", 40 },
  };
  static const Amount less_exact[] = {
    { SMOLLM2, "languages.txt", 300 }, { GEMMA3, "mixed.txt", 600 }, { QWEN2, "code.txt", 40 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (full); i++)
    add_run (plan, "tokenizer", "ids", NULL, NULL, full[i], test_tokens);
  for (SenIsa isa = SEN_ISA_PORTABLE; isa < SEN_N_ISAS; isa++)
    {
      if (!sen_isa_available (isa))
        continue;
      const char *name = sen_isa_name (isa);
      SenDevice *device = make_cpu (plan, name, false), *exact = make_cpu (plan, name, true);
      bool is_best = isa == sen_isa_best ();
      const Amount *amounts = is_best ? full : isa == SEN_ISA_PORTABLE ? portable : less;
      for (size_t i = 0; i < G_N_ELEMENTS (full); i++)
        {
          add_run (plan, name, "default", device, NULL, amounts[i], test_default);
          add_run (plan, name, "exact", exact, NULL, is_best ? full_exact[i] : less_exact[i], test_exact);
        }
    }
}

static bool
add_vulkan_runs (Plan *plan, bool everything)
{
  /* Gemma's past its window. */
  static const Amount less[] = {
    { SMOLLM2, "languages.txt", 400 }, { GEMMA3, "mixed.txt", 600 }, { QWEN2, "code.txt", 40 },
  };
  static const Amount full[] = {
    { SMOLLM2, NULL, ALL_TOKENS }, { GEMMA3, NULL, ALL_TOKENS }, { QWEN2, NULL, ALL_TOKENS },
  };
  const Amount *amounts = everything ? full : less;
  g_autofree char *reason = NULL;
  const SenDebug debug = sen_debug_from_env ();
  g_autoptr (GPtrArray) found = sen_vulkan_list (&debug, &reason);
  bool any = false;

  for (guint i = 0; i < found->len; i++)
    {
      const SenVulkanInfo *info = g_ptr_array_index (found, i);
      if (info->unusable != NULL)
        continue;
      SenDevice *devices[2];
      for (int exact = 0; exact < 2; exact++)
        {
          g_autoptr (GError) error = NULL;
          const SenVulkanParams params = { .index = info->index, .exact = exact != 0, .debug = &debug };
          devices[exact] = sen_vulkan_device_new (&params, &error);
          g_assert_no_error (error);
          g_ptr_array_add (plan->devices, devices[exact]);
        }
      g_autofree char *name = g_strdup_printf ("vulkan%u", info->index);
      for (size_t j = 0; j < G_N_ELEMENTS (less); j++)
        {
          add_run (plan, name, "default", devices[0], NULL, amounts[j], test_default);
          add_run (plan, name, "exact", devices[1], make_cpu (plan, NULL, true), amounts[j], test_exact);
        }
      any = true;
    }
  if (!any)
    g_print ("1..0 # SKIP hardware: %s\n", reason != NULL ? reason : "no usable Vulkan device");
  return any;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 4);
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) sen_device_unref);
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func (g_free);
  Plan plan = {
    .suite = { .golden_dir = argv[1], .text_dir = argv[2], .model_dir = g_getenv ("SENSORIUM_TEST_MODELS") },
    .devices = devices,
    .runs = runs,
  };
  if (g_str_equal (argv[3], "cpu"))
    add_cpu_runs (&plan);
  else if (!add_vulkan_runs (&plan, g_str_equal (argv[3], "vulkan-full")))
    return 0;
  return g_test_run ();
}
