/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What happens to an answer when the graphics device has too little memory, fails or goes away. On any Vulkan device, lavapipe
 * included; the faults are injected. argv[1]: a small random model; $SENSORIUM_TEST_MODELS for the real one. */
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fixture.h"
#include "sen-engine.h"
#include "sen-error.h"
#include "sen-vulkan.h"

static const char *tiny_path;
static bool is_looking;          /* somebody sees where answers look while they are written */

static void
on_finished (SenJob *job, bool *is_done)
{
  *is_done = true;
}

static void
wait_for_job (SenJob *job)
{
  bool is_done = sen_job_is_finished (job);
  g_signal_connect (job, "finished", G_CALLBACK (on_finished), &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);
}

static void
append_text (SenJob *job, const char *text, GString *all)
{
  g_string_append (all, text);
}

typedef struct {
  char    *text;
  char    *device, *reason;
  guint    n_tokens, n_seen;     /* words of the answer; those that were explained while it was written */
  GError  *error;
} Outcome;

static void
outcome_clear (Outcome *outcome)
{
  g_free (outcome->text);
  g_free (outcome->device);
  g_free (outcome->reason);
  g_clear_error (&outcome->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

/* Loads @path on @device and asks for @n_tokens, the likeliest ones, with the faults of @debug. */
static Outcome
answer (const char *path, const char *device, const SenDebug *debug, guint n_tokens)
{
  Outcome outcome = { 0 };
  g_autoptr (SenEngine) engine = sen_engine_new (debug);
  g_autoptr (GString) text = g_string_new (NULL);
  const SenEngineLoad load = { .model_path = path, .device = device, .n_ctx = 256 };
  g_autoptr (SenJob) loading = sen_engine_load (engine, &load);
  wait_for_job (loading);
  if (sen_job_error (loading) != NULL)
    {
      outcome.error = g_error_copy (sen_job_error (loading));
      return outcome;
    }
  const SenChatMessage message = { "user", "Count from one to twenty, please." };
  const SenEngineChat chat = { .messages = &message, .n_messages = 1, .sampling = { .temperature = 0.0f }, .max_tokens = n_tokens };
  sen_engine_set_looking (engine, is_looking ? &(SenExplainParams) { .n_candidates = 2 } : NULL);
  g_autoptr (SenJob) job = sen_engine_chat (engine, &chat);
  g_signal_connect (job, "text", G_CALLBACK (append_text), text);
  wait_for_job (job);
  SenEngineStatus status;
  g_autoptr (SenExplanation) seen = sen_engine_chat_look (job);
  outcome.n_seen = seen != NULL ? sen_explanation_info (seen)->n_queries : 0;
  sen_engine_get_status (engine, &status);
  outcome.text = g_strdup (text->str);
  outcome.device = g_strdup (status.device);
  outcome.reason = g_strdup (status.reason);
  outcome.n_tokens = status.n_answer_tokens;
  outcome.error = sen_job_error (job) != NULL ? g_error_copy (sen_job_error (job)) : NULL;
  sen_engine_status_clear (&status);
  return outcome;
}

static bool
has_vulkan (void)
{
  const SenDebug debug = { 0 };
  g_autofree char *reason = NULL;
  g_autoptr (GPtrArray) found = sen_vulkan_list (&debug, &reason);
  for (guint i = 0; i < found->len; i++)
    if (((SenVulkanInfo *) g_ptr_array_index (found, i))->unusable == NULL)
      return true;
  g_test_skip ("hardware: there is no usable Vulkan device");
  return false;
}

static char *
small_model (void)
{
  const char *folder = g_getenv ("SENSORIUM_TEST_MODELS");
  char *path = folder != NULL ? g_build_filename (folder, "smollm2-135m-instruct.gguf", NULL) : NULL;
  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("SENSORIUM_TEST_MODELS has no smollm2-135m-instruct.gguf");
      g_clear_pointer (&path, g_free);
    }
  return path;
}

/* The device is lost in the middle of the prompt, of the answer, early, late, again and again. The words stay the same. */
static void
test_lost (void)
{
  if (!has_vulkan ())
    return;
  const SenDebug sound = { 0 };
  g_auto (Outcome) expected = answer (tiny_path, "vulkan", &sound, 24);
  g_assert_no_error (expected.error);
  guint n_elsewhere = 0;
  guint n_answers = 0, n_seen = 0;
  for (uint32_t nth = 30; nth <= 190; nth += 8)
    {
      const SenDebug debug = { .vulkan_lose_device = nth };
      is_looking = nth % 16 < 8;
      g_auto (Outcome) outcome = answer (tiny_path, "vulkan", &debug, 24);
      is_looking = false;
      n_seen += outcome.n_seen;
      /* Too early for any device: then the model could not even be loaded. */
      if (outcome.error != NULL && outcome.text == NULL)
        {
          g_test_message ("lost at submission %u, while loading: %s", nth, outcome.error->message);
          g_assert_error (outcome.error, SEN_ERROR, SEN_ERROR_DEVICE_LOST);
          continue;
        }
      g_assert_no_error (outcome.error);
      g_assert_cmpstr (outcome.text, ==, expected.text);
      n_answers++;
      n_elsewhere += strcmp (outcome.device, expected.device) != 0;
    }
  g_test_message ("%u answers, of which the CPU finished %u; %u words were looked at", n_answers, n_elsewhere, n_seen);
  g_assert_cmpuint (n_answers, >=, 3);
  g_assert_cmpuint (n_seen, >=, 24);
}

/* With room for a part of the layers the CPU takes the rest, says so, and the answer is that of the CPU. */
static void
test_budget (void)
{
  g_autofree char *path = small_model ();
  if (path == NULL || !has_vulkan ())
    return;
  const SenDebug sound = { 0 }, tight = { .vulkan_budget_bytes = 160 << 20 };
  g_auto (Outcome) cpu = answer (path, "cpu", &sound, 12);
  g_auto (Outcome) spread = answer (path, "vulkan", &tight, 12);
  g_assert_no_error (spread.error);
  g_test_message ("%s: %s", spread.device, spread.reason);
  g_assert_nonnull (strstr (spread.reason, "layers fit"));
  g_assert_null (strstr (spread.reason, " 0 of"));
  g_assert_cmpuint (spread.n_tokens, >, 0);
  /* The first words; further on a rounding may choose another. */
  g_assert_cmpint (strncmp (cpu.text, spread.text, 4), ==, 0);
}

/* Whichever allocation fails, there are fewer layers on the device, or none, but there is an answer. */
static void
test_allocations (void)
{
  if (!has_vulkan ())
    return;
  const SenDebug sound = { 0 };
  g_auto (Outcome) expected = answer (tiny_path, "vulkan", &sound, 8);
  for (uint32_t nth = 1; nth <= 40; nth += 3)
    {
      const SenDebug debug = { .vulkan_fail_alloc = nth };
      g_auto (Outcome) outcome = answer (tiny_path, "vulkan", &debug, 8);
      if (outcome.error != NULL)
        {
          /* The device itself could not be opened: the sentence must say what was lacking. */
          g_test_message ("allocation %u: %s", nth, outcome.error->message);
          g_assert_error (outcome.error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY);
          continue;
        }
      g_assert_cmpstr (outcome.text, ==, expected.text);
    }
}

/* A device whose kernels err is not used, and the reason is told. */
static void
test_broken (void)
{
  if (!has_vulkan ())
    return;
  /* In a process of its own, with a cache of its own: what a self-test found is remembered. */
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }
  const SenDebug debug = { .vulkan_break_kernel = true };
  g_auto (Outcome) outcome = answer (tiny_path, "vulkan", &debug, 8);
  g_assert_nonnull (outcome.error);
  g_test_message ("%s", outcome.error->message);
  g_assert_nonnull (strstr (outcome.error->message, "wrong numbers"));
}

/* --- The file under a loaded model -------------------------------------------------------------------------------------------------- */

typedef void (*FileAccident) (const char *path);

static void
delete_file (const char *path)
{
  g_assert_cmpint (g_unlink (path), ==, 0);
}

/* As an update does it: another file takes its name. */
static void
replace_file (const char *path)
{
  g_assert_true (g_file_set_contents (path, "something else", -1, NULL));
}

static void
truncate_file (const char *path)
{
  g_assert_cmpint (truncate (path, 4096), ==, 0);
}

static char *
ask_again (SenEngine *engine, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const SenChatMessage message = { "user", "hello" };
  const SenEngineChat chat = { .messages = &message, .n_messages = 1, .max_tokens = 6 };
  g_autoptr (SenJob) job = sen_engine_chat (engine, &chat);
  g_signal_connect (job, "text", G_CALLBACK (append_text), text);
  wait_for_job (job);
  if (sen_job_error (job) != NULL)
    g_propagate_error (error, g_error_copy (sen_job_error (job)));
  return g_strdup (text->str);
}

/* Deleted and replaced files are still there for who has them open. What a truncated one lacks is gone: an error in a sentence, never
 * the end of the program, and another model can be loaded. */
static void
test_file (gconstpointer accident)
{
  const SenDebug debug = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("sensorium-XXXXXX", NULL), *path = g_build_filename (folder, "model.gguf", NULL);
  g_autofree char *bytes = NULL;
  gsize n_bytes = 0;
  g_assert_true (g_file_get_contents (tiny_path, &bytes, &n_bytes, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n_bytes, NULL));
  g_autoptr (SenEngine) engine = sen_engine_new (&debug);
  const SenEngineLoad load = { .model_path = path, .device = "cpu", .n_ctx = 256 }, another = { .model_path = tiny_path, .device = "cpu" };
  g_autoptr (SenJob) loading = sen_engine_load (engine, &load);
  wait_for_job (loading);
  g_assert_no_error ((GError *) sen_job_error (loading));
  g_autofree char *before = ask_again (engine, &error);
  g_assert_no_error (error);

  ((FileAccident) accident) (path);
  g_autofree char *after = ask_again (engine, &error);
  if (error != NULL)
    {
      g_test_message ("%s", error->message);
      g_assert_true ((FileAccident) accident == truncate_file);
      g_clear_error (&error);
    }
  else
    g_assert_cmpstr (after, ==, before);

  g_autoptr (SenJob) reloading = sen_engine_load (engine, &another);
  wait_for_job (reloading);
  g_assert_no_error ((GError *) sen_job_error (reloading));
  g_autofree char *again = ask_again (engine, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again, ==, before);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *cache = g_dir_make_tmp ("sensorium-XXXXXX", NULL);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  /* A test's own subprocess has no arguments. */
  if (argc > 1)
    g_setenv ("SENSORIUM_TEST_TINY", argv[1], TRUE);
  tiny_path = g_getenv ("SENSORIUM_TEST_TINY");
  g_test_add_func ("/engine-faults/lost", test_lost);
  g_test_add_func ("/engine-faults/budget", test_budget);
  g_test_add_func ("/engine-faults/allocations", test_allocations);
  g_test_add_func ("/engine-faults/broken", test_broken);
  g_test_add_data_func ("/engine-faults/file-deleted", (gconstpointer) delete_file, test_file);
  g_test_add_data_func ("/engine-faults/file-replaced", (gconstpointer) replace_file, test_file);
  g_test_add_data_func ("/engine-faults/file-truncated", (gconstpointer) truncate_file, test_file);
  return g_test_run ();
}
