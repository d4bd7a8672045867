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

static SenJob *
ask_all (SenEngine *engine, const SenChatMessage *messages, size_t n_messages, bool may_leave_out)
{
  const SenEngineChat chat = {
    .messages = messages, .n_messages = n_messages, .sampling = { .temperature = 1.0f, .seed = 7 }, .max_tokens = 4,
    .may_leave_out = may_leave_out,
  };
  SenJob *job = sen_engine_chat (engine, &chat);
  wait_for (job);
  return job;
}

/* A conversation that has grown too long fails, and goes on without its beginning once that was agreed to. */
static void
test_leave_out (void)
{
  g_autoptr (SenEngine) engine = new_engine ();
  g_autoptr (SenJob) loading = load (engine, model_path, "cpu");
  SenChatMessage messages[41] = { { "system", "Be brief." } };
  for (size_t i = 1; i < G_N_ELEMENTS (messages); i++)
    messages[i] = (SenChatMessage) { i % 2 == 1 ? "user" : "assistant", "hello hello hello hello" };
  size_t n = G_N_ELEMENTS (messages) - 1;   /* ends with a question */
  SenEngineStatus status;

  g_autoptr (SenJob) refused = ask_all (engine, messages, n, false);
  g_assert_error (sen_job_error (refused), SEN_ERROR, SEN_ERROR_CONTEXT_FULL);
  g_autoptr (SenJob) agreed = ask_all (engine, messages, n, true);
  g_assert_no_error ((GError *) sen_job_error (agreed));
  sen_engine_get_status (engine, &status);
  g_test_message ("%u of %zu messages were left out, %u of %u tokens in use", status.n_left_out, n, status.n_used, status.n_ctx);
  g_assert_cmpuint (status.n_left_out, >, 0);
  g_assert_cmpuint (status.n_left_out, <, n);
  g_assert_cmpuint (status.n_left_out % 2, ==, 0);
  sen_engine_status_clear (&status);

  /* A short one stays whole. */
  g_autoptr (SenJob) whole = ask_all (engine, messages, 2, true);
  g_assert_no_error ((GError *) sen_job_error (whole));
  sen_engine_get_status (engine, &status);
  g_assert_cmpuint (status.n_left_out, ==, 0);
  sen_engine_status_clear (&status);
}

/* An answer at the end is gone on with: its tokens are part of the prompt. */
static void
test_go_on (void)
{
  g_autoptr (SenEngine) engine = new_engine ();
  g_autoptr (SenJob) loading = load (engine, model_path, "cpu");
  const SenChatMessage messages[] = { { "user", "hello" }, { "assistant", "hello hello hello hello hello hello" } };
  SenEngineStatus status;
  g_autoptr (SenJob) begun = ask_all (engine, messages, 1, false);
  sen_engine_get_status (engine, &status);
  uint32_t n_begun = status.n_used - status.n_answer_tokens;
  sen_engine_status_clear (&status);
  g_autoptr (SenJob) gone_on = ask_all (engine, messages, 2, false);
  g_assert_no_error ((GError *) sen_job_error (gone_on));
  sen_engine_get_status (engine, &status);
  g_assert_cmpuint (status.n_used - status.n_answer_tokens, >, n_begun);
  sen_engine_status_clear (&status);
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

/* --- Looking ---------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenEngine *engine;
  guint      n_looks, n_last, close_at, open_at;
  bool       was_closed;
} Looks;

static void
look (SenJob *job, const char *text, Looks *looks)
{
  g_autoptr (SenExplanation) now = sen_engine_chat_look (job);
  if (now == NULL)
    looks->was_closed = looks->was_closed || looks->n_looks > 0;
  else
    {
      g_assert_cmpuint (sen_explanation_info (now)->n_pieces, >, looks->n_last);
      looks->n_last = sen_explanation_info (now)->n_pieces;
      looks->n_looks++;
    }
  if (looks->n_looks == looks->close_at)
    sen_engine_set_looking (looks->engine, NULL);
  if (looks->n_looks == looks->open_at)
    sen_engine_set_looking (looks->engine, &(SenExplainParams) { .n_candidates = 2 });
}

/* Answers are explained while they are written, as long as somebody looks; more is said of them afterwards. */
static void
test_looking (void)
{
  g_autoptr (SenEngine) engine = new_engine ();
  g_autoptr (SenJob) loading = load (engine, model_path, "cpu");
  Looks looks = { .engine = engine, .close_at = G_MAXUINT, .open_at = G_MAXUINT };

  g_autoptr (SenJob) unseen = ask (engine, "hello", 8);
  wait_for (unseen);
  g_assert_null (sen_engine_chat_look (unseen));

  sen_engine_set_looking (engine, &(SenExplainParams) { .n_candidates = 2 });
  g_autoptr (SenJob) seen = ask (engine, "hello", 8);
  g_signal_connect (seen, "text", G_CALLBACK (look), &looks);
  wait_for (seen);
  g_assert_cmpuint (looks.n_looks, >, 0);
  g_autoptr (SenExplanation) whole = sen_engine_chat_look (seen);
  const SenExplanationInfo *info = sen_explanation_info (whole);
  g_assert_cmpuint (info->n_queries, ==, 8);
  const SenExplainParams params = { .query = info->first_query + 1, .with_detail = true };
  g_autoptr (SenJob) more = sen_engine_explain_more (engine, whole, &params);
  wait_for (more);
  g_assert_no_error ((GError *) sen_job_error (more));
  g_autoptr (SenExplanation) detail = sen_engine_explain_result (more);
  g_assert_nonnull (sen_explanation_info (detail)->detail);

  /* Stopped at once, and in the middle: what was seen stays. */
  g_autoptr (SenJob) stopped = ask (engine, "hello again", 0);
  sen_job_cancel (stopped);
  wait_for (stopped);
  g_assert_no_error ((GError *) sen_job_error (stopped));

  /* Of another model nothing more can be said. */
  g_autoptr (SenJob) unloading = sen_engine_unload (engine);
  g_autoptr (SenJob) nothing = sen_engine_explain_more (engine, whole, &params);
  wait_for (nothing);
  g_assert_error (sen_job_error (nothing), SEN_ERROR, SEN_ERROR_NOT_FOUND);
}

/* Closed in the middle of an answer, and opened again. */
static void
test_looking_away (void)
{
  g_autoptr (SenEngine) engine = new_engine ();
  g_autoptr (SenJob) loading = load (engine, model_path, "cpu");
  Looks looks = { .engine = engine, .close_at = 2, .open_at = G_MAXUINT };
  sen_engine_set_looking (engine, &(SenExplainParams) { .n_candidates = 2 });
  g_autoptr (SenJob) chat = ask (engine, "hello", 200);
  g_signal_connect (chat, "text", G_CALLBACK (look), &looks);
  while (!looks.was_closed && !sen_job_is_finished (chat))
    g_main_context_iteration (NULL, TRUE);
  guint n = looks.n_last;
  sen_engine_set_looking (engine, &(SenExplainParams) { .n_candidates = 2 });
  looks.close_at = G_MAXUINT;
  wait_for (chat);
  if (looks.was_closed && looks.n_last > n)
    {
      g_autoptr (SenExplanation) now = sen_engine_chat_look (chat);
      g_assert_cmpuint (sen_explanation_info (now)->n_pieces, ==, looks.n_last);
    }
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
  g_test_add_func ("/engine/leave-out", test_leave_out);
  g_test_add_func ("/engine/go-on", test_go_on);
  g_test_add_func ("/engine/looking", test_looking);
  g_test_add_func ("/engine/looking-away", test_looking_away);
  g_test_add_func ("/engine/queue-and-cancel", test_queue_and_cancel);
  g_test_add_func ("/engine/let-go-while-busy", test_let_go_while_busy);
  return g_test_run ();
}
