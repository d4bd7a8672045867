/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-job.h"

#include "sen-error.h"

/* What a listener hears, in order: "t" for text, "c" for changed, "f" for finished. */
typedef struct {
  GString   *order, *text;
  GMainLoop *loop;
  int        n_changed;
} Listener;

static void
on_changed (SenJob *job, Listener *listener)
{
  listener->n_changed++;
}

static void
on_text (SenJob *job, const char *text, Listener *listener)
{
  g_string_append_c (listener->order, 't');
  g_string_append (listener->text, text);
}

static void
on_finished (SenJob *job, Listener *listener)
{
  g_string_append_c (listener->order, 'f');
  g_main_loop_quit (listener->loop);
}

static SenJob *
listen_to (Listener *listener)
{
  SenJob *job = sen_job_new ();
  *listener = (Listener) { g_string_new (NULL), g_string_new (NULL), g_main_loop_new (NULL, FALSE), 0 };
  g_signal_connect (job, "changed", G_CALLBACK (on_changed), listener);
  g_signal_connect (job, "text", G_CALLBACK (on_text), listener);
  g_signal_connect (job, "finished", G_CALLBACK (on_finished), listener);
  return job;
}

static void
listener_clear (Listener *listener)
{
  g_string_free (listener->order, TRUE);
  g_string_free (listener->text, TRUE);
  g_main_loop_unref (listener->loop);
}

static gpointer
report_a_lot (gpointer data)
{
  for (int i = 0; i < 20000; i++)
    {
      sen_job_report_stage (data, "Writing", i / 20000.0);
      sen_job_report_text (data, "x");
    }
  sen_job_report_finished (data, NULL);
  return NULL;
}

/* Twenty thousand reports reach the main context as a few, with nothing lost and the end at the end. */
static void
test_gathered (void)
{
  Listener listener;
  g_autoptr (SenJob) job = listen_to (&listener);
  gint64 start = g_get_monotonic_time ();
  GThread *worker = g_thread_new ("worker", report_a_lot, job);
  g_main_loop_run (listener.loop);
  g_thread_join (worker);
  double frames = (double) (g_get_monotonic_time () - start) / 1000.0 / SEN_JOB_INTERVAL_MS;
  g_assert_cmpuint (listener.text->len, ==, 20000);
  g_assert_cmpint (listener.n_changed, <=, (int) frames + 2);
  g_assert_true (g_str_has_suffix (listener.order->str, "tf"));
  g_assert_true (sen_job_is_finished (job));
  g_assert_null (sen_job_error (job));
  g_assert_cmpstr (sen_job_stage (job), ==, "Writing");
  g_assert_cmpfloat (sen_job_fraction (job), >, 0.99);
  listener_clear (&listener);
}

static void
test_error (void)
{
  Listener listener;
  g_autoptr (SenJob) job = listen_to (&listener);
  sen_job_report_finished (job, g_error_new_literal (SEN_ERROR, SEN_ERROR_IO, "no"));
  /* Not before the main context was told. */
  g_assert_false (sen_job_is_finished (job));
  g_assert_null (sen_job_error (job));
  g_main_loop_run (listener.loop);
  g_assert_error (sen_job_error (job), SEN_ERROR, SEN_ERROR_IO);
  g_assert_cmpstr (listener.order->str, ==, "f");
  listener_clear (&listener);
}

static void
test_cancel (void)
{
  g_autoptr (SenJob) job = sen_job_new ();
  g_assert_false (sen_cancel_requested (sen_job_cancellation (job)));
  sen_job_cancel (job);
  g_assert_true (sen_cancel_requested (sen_job_cancellation (job)));
}

/* A job that its owner has dropped while it works lives until it has been told, and no longer. */
static void
test_dropped (void)
{
  SenJob *job = sen_job_new ();
  gpointer watched = job;
  g_object_add_weak_pointer (G_OBJECT (job), &watched);
  sen_job_report_finished (job, NULL);
  g_object_unref (job);
  g_assert_nonnull (watched);
  while (watched != NULL)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job/gathered", test_gathered);
  g_test_add_func ("/job/error", test_error);
  g_test_add_func ("/job/cancel", test_cancel);
  g_test_add_func ("/job/dropped", test_dropped);
  return g_test_run ();
}
