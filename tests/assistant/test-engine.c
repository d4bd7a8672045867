/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-engine.h"

#include <glib/gstdio.h>
#include <string.h>

#include "sen-error.h"

/* The engine thread with a tiny model of random weights, whose path is argv[1]. */
static const char *model_path;

static void
wait_for (SenJob *job)
{
  while (!sen_job_is_finished (job))
    g_main_context_iteration (NULL, TRUE);
}

static SenJob *
load (SenEngine *engine, const char *path, const char *device)
{
  const SenEngineLoad params = { .model_path = path, .device = device, .n_ctx = 256 };
  return sen_engine_load (engine, &params);
}

static void
append_text (SenJob *job, const char *text, GString *all)
{
  g_string_append (all, text);
}

static SenJob *
ask (SenEngine *engine, const char *question, uint32_t max_tokens)
{
  const SenChatMessage messages[] = { { "user", question } };
  const SenSampling sampling = { .temperature = 1.0f, .seed = 7 };
  const SenEngineChat chat = { .messages = messages, .n_messages = 1, .sampling = sampling, .max_tokens = max_tokens };
  return sen_engine_chat (engine, &chat);
}

static SenEngine *
new_engine (void)
{
  const SenDebug debug = { 0 };
  return sen_engine_new (&debug);
}

static void
test_chat (void)
{
  g_autoptr (SenEngine) engine = new_engine ();
  g_autoptr (GString) text = g_string_new (NULL);
  SenEngineStatus status;

  sen_engine_get_status (engine, &status);
  g_assert_cmpint (status.state, ==, SEN_ENGINE_EMPTY);
  sen_engine_status_clear (&status);

  g_autoptr (SenJob) loading = load (engine, model_path, "cpu");
  wait_for (loading);
  g_assert_no_error ((GError *) sen_job_error (loading));
  sen_engine_get_status (engine, &status);
  g_assert_cmpint (status.state, ==, SEN_ENGINE_READY);
  g_assert_cmpstr (status.model_path, ==, model_path);
  g_assert_cmpuint (status.n_ctx, ==, 256);
  g_assert_nonnull (status.device);
  g_assert_nonnull (status.reason);
  sen_engine_status_clear (&status);

  g_autoptr (SenJob) chat = ask (engine, "hello", 24);
  g_signal_connect (chat, "text", G_CALLBACK (append_text), text);
  wait_for (chat);
  g_assert_no_error ((GError *) sen_job_error (chat));
  sen_engine_get_status (engine, &status);
  g_assert_cmpint (status.state, ==, SEN_ENGINE_READY);
  g_assert_cmpuint (status.n_answer_tokens, <=, 24);
  g_assert_cmpuint (status.n_used, >, 0);
  g_assert_true (g_utf8_validate (text->str, (gssize) text->len, NULL));
  sen_engine_status_clear (&status);

  g_autoptr (SenJob) unloading = sen_engine_unload (engine);
  wait_for (unloading);
  sen_engine_get_status (engine, &status);
  g_assert_cmpint (status.state, ==, SEN_ENGINE_EMPTY);
  g_assert_null (status.model_path);
  sen_engine_status_clear (&status);
}

static void
test_errors (void)
{
  g_autoptr (SenEngine) engine = new_engine ();
  g_autoptr (SenJob) nothing = ask (engine, "hello", 4);
  wait_for (nothing);
  g_assert_error (sen_job_error (nothing), SEN_ERROR, SEN_ERROR_NOT_FOUND);

  g_autoptr (SenJob) missing = load (engine, "/nowhere/at/all.gguf", "cpu");
  wait_for (missing);
  g_assert_nonnull (sen_job_error (missing));
  g_assert_nonnull (strstr (sen_job_error (missing)->message, "all.gguf"));

  g_autoptr (SenJob) no_device = load (engine, model_path, "abacus");
  wait_for (no_device);
  g_assert_nonnull (sen_job_error (no_device));

  /* None of this is for ever. */
  g_autoptr (SenJob) loading = load (engine, model_path, "cpu");
  wait_for (loading);
  g_assert_no_error ((GError *) sen_job_error (loading));
}

/* A prompt that does not fit is an error that says so; the next question is answered. */
static void
test_context_full (void)
{
  g_autoptr (SenEngine) engine = new_engine ();
  g_autoptr (SenJob) loading = load (engine, model_path, "cpu");
  g_autofree char *question = g_strnfill (20000, 'q');
  g_autoptr (SenJob) too_long = ask (engine, question, 4);
  wait_for (too_long);
  g_assert_error (sen_job_error (too_long), SEN_ERROR, SEN_ERROR_CONTEXT_FULL);
  g_autoptr (SenJob) chat = ask (engine, "hello", 4);
  wait_for (chat);
  g_assert_no_error ((GError *) sen_job_error (chat));
}

/* Requests that wait are done in turn; one that was cancelled before its turn costs nothing. */
static void
test_queue_and_cancel (void)
{
  g_autoptr (SenEngine) engine = new_engine ();
  g_autoptr (SenJob) loading = load (engine, model_path, "cpu");
  g_autoptr (SenJob) first = ask (engine, "hello", 0);
  g_autoptr (SenJob) second = ask (engine, "hello again", 8);
  sen_job_cancel (first);
  wait_for (second);
  g_assert_true (sen_job_is_finished (loading));
  g_assert_true (sen_job_is_finished (first));
  g_assert_no_error ((GError *) sen_job_error (first));
  g_assert_no_error ((GError *) sen_job_error (second));
}

/* Whoever lets go of the engine in the middle of an answer gets its thread ended, not a program that hangs. */
static void
test_let_go_while_busy (void)
{
  SenEngine *engine = new_engine ();
  g_autoptr (SenJob) loading = load (engine, model_path, "cpu");
  g_autoptr (SenJob) chat = ask (engine, "hello", 0);
  wait_for (loading);
  sen_job_cancel (chat);
  gpointer watched = engine;
  g_object_add_weak_pointer (G_OBJECT (engine), &watched);
  g_object_unref (engine);
  g_assert_null (watched);
  wait_for (chat);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *cache = g_dir_make_tmp ("sensorium-XXXXXX", NULL);
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  model_path = argv[1];
  g_test_add_func ("/engine/chat", test_chat);
  g_test_add_func ("/engine/errors", test_errors);
  g_test_add_func ("/engine/context-full", test_context_full);
  g_test_add_func ("/engine/queue-and-cancel", test_queue_and_cancel);
  g_test_add_func ("/engine/let-go-while-busy", test_let_go_while_busy);
  return g_test_run ();
}
