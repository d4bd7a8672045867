/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "busy-meter.h"
#include "window-fixture.h"
#include "work-meter.h"

/* The window with the real engine and the small model in $SENSORIUM_TEST_MODELS. How smooth it stays while every core decodes is
 * printed; "-m perf" looks longer. */

#define STREAMING_MS 1500
#define PERF_STREAMING_MS 15000
#define MOST_DRAWN 600

static SenWindow *window;

static void
test_answer (void)
{
  SenEngineStatus status;
  window_send (window, "Say hello.");
  window_fixture_wait (window_is_idle, window, 60.0);
  g_assert_false (gtk_revealer_get_reveal_child (window->banner));
  g_assert_cmpuint (strlen (sen_message_row_text (window_last_row (window))), >, 5);
  sen_engine_get_status (window->engine, &status);
  g_assert_cmpint (status.state, ==, SEN_ENGINE_READY);
  g_assert_cmpuint (status.n_used, >, 0);
  g_assert_cmpuint (status.n_ctx, >, status.n_used);
  g_assert_cmpfloat (status.tokens_per_second, >, 0.0);
  g_assert_nonnull (status.reason);
  g_test_message ("%s: %s", status.device, status.reason);
  sen_engine_status_clear (&status);
}

static void
test_frames (void)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  window_send (window, "Write a long story about a lighthouse keeper and her cat.");
  window_fixture_wait (window_has_text, window, 30.0);
  busy_meter_reset ();
  window_fixture_sleep (g_test_perf () ? PERF_STREAMING_MS : STREAMING_MS);
  busy_meter_report ("writing");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.stop", NULL);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (work_meter_most (WORK_DRAWN), <=, MOST_DRAWN);
}

static void
test_stop (void)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  window_send (window, "Count from one to five hundred in words.");
  window_fixture_wait (window_has_text, window, 30.0);
  gint64 start = g_get_monotonic_time ();
  gtk_widget_activate_action (GTK_WIDGET (window), "win.stop", NULL);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_test_message ("stopped after %.0f ms", (double) (g_get_monotonic_time () - start) / 1000.0);
  g_assert_cmpint (sen_message_state (sen_message_row_message (window_last_row (window))), ==, SEN_MESSAGE_STOPPED);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), !=, "");
}

static gboolean
is_unloaded (void)
{
  SenEngineStatus status;
  sen_engine_get_status (window->engine, &status);
  gboolean is_empty = status.state == SEN_ENGINE_EMPTY;
  sen_engine_status_clear (&status);
  return is_empty;
}

static void
test_unload (void)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.unload", NULL);
  window_fixture_until (is_unloaded ());
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  window_send (window, "Say hello.");
  window_fixture_wait (window_is_idle, window, 60.0);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), !=, "");
}

static gboolean
uses_model (gpointer path)
{
  SenEngineStatus status;
  sen_engine_get_status (window->engine, &status);
  gboolean is_used = window_is_idle (window) && g_strcmp0 (status.model_path, path) == 0;
  sen_engine_status_clear (&status);
  return is_used;
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  sen_inventory_remove_finish (SEN_INVENTORY (source), result, &error);
  g_assert_no_error (error);
}

static gboolean
lacks_model (gpointer path)
{
  GPtrArray *models = sen_inventory_models (window->inventory);
  for (guint i = 0; i < models->len; i++)
    if (g_strcmp0 (((const SenModelStatus *) g_ptr_array_index (models, i))->path, path) == 0)
      return FALSE;
  return TRUE;
}

/* Files for the window go the way of a drop; a model among them is used from where it lies, and a folder likewise. */
static void
test_own (void)
{
  g_autofree char *dir = g_dir_make_tmp ("sensorium-own-XXXXXX", NULL), *path = g_build_filename (dir, "My own (1).gguf", NULL);
  g_autofree char *real = g_build_filename (g_getenv ("SENSORIUM_TEST_MODELS"), "smollm2-135m-instruct.gguf", NULL);
  g_assert_cmpint (symlink (real, path), ==, 0);
  g_autoptr (GFile) file = g_file_new_for_path (path), folder = g_file_new_for_path (dir);
  GdkFileList *files = gdk_file_list_new_from_array (&file, 1);
  SenEngineStatus status;
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  gdk_clipboard_set (gtk_widget_get_clipboard (GTK_WIDGET (window)), GDK_TYPE_FILE_LIST, files);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.attach-clipboard", NULL);
  window_fixture_wait (uses_model, path, 30.0);
  g_assert_cmpuint (g_list_model_get_n_items (sen_conversation_draft_attachments (window->conversation)), ==, 0);
  window_send (window, "Say hello.");
  window_fixture_wait (window_is_idle, window, 60.0);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), !=, "");
  sen_engine_get_status (window->engine, &status);
  g_assert_cmpstr (status.model_path, ==, path);
  sen_engine_status_clear (&status);

  sen_window_load_model (window, real);
  window_fixture_wait (uses_model, real, 30.0);
  sen_window_add_model (window, folder);
  window_fixture_wait (uses_model, path, 30.0);
  g_assert_false (lacks_model (path));
  g_autoptr (GPtrArray) models = g_ptr_array_ref (sen_inventory_models (window->inventory));

  /* Forgotten, and still there. */
  guint n = models->len;
  for (guint i = 0; i < n; i++)
    {
      const SenModelStatus *model = g_ptr_array_index (models, i);
      if (model->removable && model->path != NULL && g_str_has_prefix (model->path, dir))
        sen_inventory_remove_async (window->inventory, model->name, on_removed, NULL);
    }
  window_fixture_wait (lacks_model, path, 10.0);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_boxed_free (GDK_TYPE_FILE_LIST, files);
  g_unlink (path);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  g_autofree char *model = g_build_filename (models != NULL ? models : "", "smollm2-135m-instruct.gguf", NULL);
  if (models == NULL || !g_file_test (model, G_FILE_TEST_IS_REGULAR))
    {
      g_print ("1..0 # SKIP SENSORIUM_TEST_MODELS has no smollm2-135m-instruct.gguf\n");
      return 0;
    }
  gtk_init ();
  window = window_fixture_open (models);
  window_fixture_wait (window_is_idle, window, 30.0);
  busy_meter_install (GTK_WIDGET (window));
  /* The likeliest token each time: with others the small model now and then goes round in circles up to the end of its context. */
  window->settings->sampling.temperature = 0.0f;

  g_test_add_func ("/real/answer", test_answer);
  g_test_add_func ("/real/frames", test_frames);
  g_test_add_func ("/real/stop", test_stop);
  g_test_add_func ("/real/unload", test_unload);
  g_test_add_func ("/real/own", test_own);
  int result = g_test_run ();
  gtk_window_destroy (GTK_WINDOW (window));
  return result;
}
