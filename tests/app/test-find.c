/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The page for finding in the window, over a small index that is really made: without models, so by words and names. */
#include <glib/gstdio.h>
#include <string.h>

#include "sen-find-page-private.h"
#include "window-fixture.h"

static SenWindow *window;
static SenFindPage *page;
static char *folder;

/* --- What is indexed ----------------------------------------------------------------------------------------------------------------- */

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
copy_sample (const char *samples, const char *name)
{
  g_autofree char *from = g_build_filename (samples, name, NULL), *to = g_build_filename (folder, name, NULL), *contents = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (from, &contents, &n, NULL));
  g_assert_true (g_file_set_contents (to, contents, (gssize) n, NULL));
}

static void
make_files (const char *samples)
{
  folder = g_build_filename (g_get_home_dir (), "Found things", NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  copy_sample (samples, "coffee.jpg");
  copy_sample (samples, "sign.png");
  write_file ("keeper.md", "# The keeper\n\nEvery evening the keeper of the lighthouse climbs two hundred steps.\n");
  write_file ("harbour.txt", "Boats wait in the harbour until the lighthouse is lit.\n");
  write_file ("soup.txt", "Onions, butter, a little salt.\n");
  write_file ("torn.pdf", "%PDF-1.7\nnothing of a document");
}

/* --- Waiting ------------------------------------------------------------------------------------------------------------------------- */

static gboolean
is_up_to_date (gpointer data)
{
  g_auto (SenIndexProgress) progress = { 0 };
  return sen_find_service_get_progress (window->finding, &progress) && progress.stage == SEN_INDEXER_UP_TO_DATE && progress.n_files > 0;
}

static gboolean
is_paused (gpointer data)
{
  g_auto (SenIndexProgress) progress = { 0 };
  return sen_find_service_get_progress (window->finding, &progress) && progress.stage == SEN_INDEXER_PAUSED;
}

static gboolean
shows_page (gpointer name)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (page->stack), name) == 0;
}

typedef struct {
  SenFindView *view;
  guint        n;
} Wanted;

static gboolean
has_found (gpointer data)
{
  const Wanted *wanted = data;
  return g_list_model_get_n_items (G_LIST_MODEL (sen_find_view_list (wanted->view))) == wanted->n;
}

static void
wait_found (SenFindView *view, guint n)
{
  Wanted wanted = { view, n };
  window_fixture_wait (has_found, &wanted, 60.0);
}

static SenFindView *
seen (void)
{
  return page->parts[SEN_FIND_SECTION_SEEN].view;
}

static SenFindView *
read_ones (void)
{
  return page->parts[SEN_FIND_SECTION_READ].view;
}

static const char *
nth_name (SenFindView *view, guint n)
{
  g_autoptr (SenFindItem) item = g_list_model_get_item (G_LIST_MODEL (sen_find_view_list (view)), n);
  return item != NULL ? sen_find_item_result (item)->name.text : NULL;
}

static void
press (GtkWidget *widget, guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      gboolean is_handled = FALSE;
      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", key, 0, (GdkModifierType) 0, &is_handled);
      if (is_handled)
        return;
    }
}

/* --- The tests, in the order in which somebody would do it ---------------------------------------------------------------------------- */

static void
test_first (void)
{
  g_assert_false (sen_window_is_finding (window));
  g_action_group_activate_action (G_ACTION_GROUP (window), "find-files", NULL);
  g_assert_true (sen_window_is_finding (window));
  window_fixture_wait (shows_page, (gpointer) "folders", 60.0);
  /* Nobody asked for an index. */
  g_autofree char *path = sen_index_default_path ();
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  press (GTK_WIDGET (page->flap), GDK_KEY_Escape);
  g_signal_emit_by_name (page->entry, "stop-search");
  g_assert_false (sen_window_is_finding (window));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "find-files-shown", g_variant_new_boolean (TRUE));
  g_assert_true (sen_window_is_finding (window));
}

static void
test_index (void)
{
  sen_find_service_add_folder (window->finding, folder);
  g_assert_cmpstr (sen_find_service_folders (window->finding)[0], ==, folder);
  window_fixture_wait (is_up_to_date, NULL, 60.0);
  /* Without a question: what came last. */
  wait_found (seen (), 2);
  window_fixture_wait (shows_page, (gpointer) "overview", 60.0);
}

static gboolean
has_note (gpointer data)
{
  return gtk_revealer_get_reveal_child (page->note);
}

static void
test_words (void)
{
  sen_find_page_search (page, "lighthou");
  wait_found (seen (), 0);
  wait_found (read_ones (), 2);
  g_autoptr (SenFindItem) item = g_list_model_get_item (G_LIST_MODEL (sen_find_view_list (read_ones ())), 0);
  const SenFindResult *result = sen_find_item_result (item);
  g_assert_nonnull (strstr (result->snippet.text, "lighthouse"));
  g_assert_cmpuint (result->snippet.n_marks, >, 0);
  /* The model that knows what words mean is not here, and can be got. */
  window_fixture_wait (has_note, NULL, 60.0);
  g_assert_nonnull (page->wanted_model);
}

static void
test_keyboard (void)
{
  g_assert_false (adw_flap_get_reveal_flap (page->flap));
  press (GTK_WIDGET (page->entry), GDK_KEY_Down);
  g_assert_nonnull (sen_find_view_chosen (read_ones ()));
  g_assert_nonnull (page->current);
  g_signal_emit_by_name (read_ones (), "peek", page->current);
  g_assert_true (adw_flap_get_reveal_flap (page->flap));
  g_assert_true (sen_find_preview_item (page->preview) == page->current);
  press (GTK_WIDGET (page->flap), GDK_KEY_Escape);
  g_assert_false (adw_flap_get_reveal_flap (page->flap));
  g_assert_null (sen_find_preview_item (page->preview));
  g_signal_emit_by_name (read_ones (), "leave-up");
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (GTK_WINDOW (window)), GTK_WIDGET (page->entry)));
}

static void
test_copy (void)
{
  g_action_group_activate_action (G_ACTION_GROUP (page->actions), "copy-path", NULL);
  GdkContentProvider *content = gdk_clipboard_get_content (gtk_widget_get_clipboard (GTK_WIDGET (page)));
  g_auto (GValue) text = G_VALUE_INIT;
  g_value_init (&text, G_TYPE_STRING);
  g_assert_true (gdk_content_provider_get_value (content, &text, NULL));
  g_assert_cmpstr (g_value_get_string (&text), ==, sen_find_item_path (page->current));
}

/* The passage of a document, a picture as a picture. */
static void
test_ask (void)
{
  g_action_group_activate_action (G_ACTION_GROUP (page->actions), "ask", NULL);
  g_assert_false (sen_window_is_finding (window));
  g_autofree char *text = sen_composer_get_text (window->composer);
  g_assert_nonnull (strstr (text, "> "));
  g_assert_nonnull (strstr (text, "lighthouse"));
  sen_composer_set_text (window->composer, "");

  g_action_group_activate_action (G_ACTION_GROUP (window), "find-files", NULL);
  sen_find_page_search (page, "sign");
  wait_found (seen (), 1);
  g_assert_cmpstr (nth_name (seen (), 0), ==, "sign.png");
  sen_find_view_choose (seen (), 0);
  g_action_group_activate_action (G_ACTION_GROUP (page->actions), "ask", NULL);
  g_assert_cmpuint (g_list_model_get_n_items (sen_conversation_draft_attachments (window->conversation)), ==, 1);
}

/* A conversation with a folder, or with all that is searched. */
static void
test_ask_files (void)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "find-files", NULL);
  sen_find_view_choose (seen (), 0);
  g_action_group_activate_action (G_ACTION_GROUP (page->actions), "ask-folder", NULL);
  g_assert_false (sen_window_is_finding (window));
  g_assert_true (sen_conversation_asks_files (window->conversation));
  g_assert_cmpstr (sen_conversation_folder (window->conversation), ==, folder);
  g_action_group_activate_action (G_ACTION_GROUP (window), "find-files", NULL);
  g_action_group_activate_action (G_ACTION_GROUP (page->actions), "ask-files", NULL);
  g_assert_false (sen_window_is_finding (window));
  g_assert_true (sen_conversation_asks_files (window->conversation));
  g_assert_null (sen_conversation_folder (window->conversation));
}

static gboolean
has_picture (gpointer view)
{
  guint n_pictures;
  return sen_find_view_n_cells (view, &n_pictures) > 0 && n_pictures > 0;
}

static void
test_pictures (void)
{
  g_autofree char *large = g_build_filename (g_get_user_cache_dir (), "thumbnails", "large", NULL);
  g_action_group_activate_action (G_ACTION_GROUP (window), "find-files", NULL);
  sen_find_page_search (page, "");
  sen_find_filters_set_kinds (page->filters, 1u << SEN_FILE_PICTURE);
  window_fixture_wait (shows_page, (gpointer) "grid", 60.0);
  wait_found (page->grid, 2);
  window_fixture_wait (has_picture, page->grid, 60.0);
  g_assert_true (g_file_test (large, G_FILE_TEST_IS_DIR));
  sen_find_page_search (page, "nosuchwordatall");
  window_fixture_wait (shows_page, (gpointer) "nothing", 60.0);
  sen_find_filters_set_kinds (page->filters, 0);
  sen_find_page_search (page, "");
  window_fixture_wait (shows_page, (gpointer) "overview", 60.0);
}

/* Sorts beside each other, and of when. */
static void
test_filters (void)
{
  g_autoptr (GDateTime) past = g_date_time_new_local (2020, 5, 3, 12, 0, 0.0), later = g_date_time_new_local (2020, 5, 31, 12, 0, 0.0);
  SenFindPart parts[SEN_FIND_MAX_PARTS];
  SenFindRequest request;
  sen_find_filters_set_kinds (page->filters, 1u << SEN_FILE_PICTURE | 1u << SEN_FILE_TEXT);
  window_fixture_wait (shows_page, (gpointer) "overview", 60.0);
  wait_found (seen (), 2);
  /* The one that is torn is found by its name. */
  wait_found (read_ones (), 4);
  sen_find_filters_set_kinds (page->filters, 1u << SEN_FILE_TEXT);
  window_fixture_wait (shows_page, (gpointer) "list", 60.0);
  wait_found (page->list, 4);
  sen_find_dates_set_past (sen_find_filters_dates (page->filters), 7);   /* what was written today may be of yesterday by now */
  wait_found (page->list, 4);
  /* Whole days, the other way round too. */
  sen_find_dates_set_days (sen_find_filters_dates (page->filters), later, past);
  window_fixture_wait (shows_page, (gpointer) "nothing", 60.0);
  sen_find_page_fill_request (page, &request, parts);
  g_autoptr (GDateTime) first = g_date_time_new_local (2020, 5, 3, 0, 0, 0.0), behind = g_date_time_new_local (2020, 6, 1, 0, 0, 0.0);
  g_assert_cmpint (request.after_us, ==, g_date_time_to_unix (first) * G_USEC_PER_SEC);
  g_assert_cmpint (request.before_us, ==, g_date_time_to_unix (behind) * G_USEC_PER_SEC);
  g_assert_true (sen_find_filters_is_any (page->filters));
  sen_find_dates_clear (sen_find_filters_dates (page->filters));
  /* None of these files is there twice. */
  sen_find_filters_set_kinds (page->filters, 0);
  sen_find_filters_set_copies (page->filters, TRUE);
  sen_find_page_fill_request (page, &request, parts);
  g_assert_true (request.only_copies);
  window_fixture_wait (shows_page, (gpointer) "nothing", 60.0);
  sen_find_filters_set_copies (page->filters, FALSE);
  sen_find_filters_set_kinds (page->filters, 0);
  g_assert_false (sen_find_filters_is_any (page->filters));
  window_fixture_wait (shows_page, (gpointer) "overview", 60.0);
}

/* Its sentence stands under the query, and what was there before is gone. */
static void
test_bad_query (void)
{
  g_autofree char *long_text = g_strnfill (10000, 'a');
  sen_find_page_search (page, long_text);
  window_fixture_wait (shows_page, (gpointer) "nothing", 60.0);
  window_fixture_wait (has_note, NULL, 60.0);
  g_assert_cmpuint (strlen (gtk_label_get_text (page->note_label)), >, 10);
  sen_find_page_search (page, "");
  window_fixture_wait (shows_page, (gpointer) "overview", 60.0);
}

static void
test_chips (void)
{
  SenFindPart parts[SEN_FIND_MAX_PARTS];
  SenFindRequest request;
  g_autofree char *picture = g_build_filename (folder, "coffee.jpg", NULL);
  sen_find_chips_add_file (page->chips, picture, SEN_FILE_PICTURE, FALSE, FALSE);
  sen_find_page_fill_request (page, &request, parts);
  g_assert_cmpstr (request.like, ==, picture);
  wait_found (seen (), 1);
  sen_find_chips_add_words (page->chips, "tea", TRUE);
  sen_find_page_fill_request (page, &request, parts);
  g_assert_null (request.like);
  g_assert_cmpuint (request.n_parts, ==, 2);
  g_assert_cmpstr (request.parts[1].text, ==, "tea");
  g_assert_cmpfloat (request.parts[1].weight, <, 0.0f);
  /* Escape takes all of it away. */
  g_signal_emit_by_name (page->entry, "stop-search");
  g_assert_cmpuint (sen_find_chips_n (page->chips), ==, 0);
  g_assert_true (sen_window_is_finding (window));
}

/* --- From elsewhere ------------------------------------------------------------------------------------------------------------------ */

static gboolean
has_chips (gpointer n)
{
  return sen_find_chips_n (page->chips) == GPOINTER_TO_UINT (n);
}

static void
put_in_clipboard (GType type, gpointer what)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (page));
  g_auto (GValue) value = G_VALUE_INIT;
  g_value_init (&value, type);
  if (G_TYPE_IS_OBJECT (type))
    g_value_set_object (&value, what);
  else
    g_value_set_boxed (&value, what);
  gdk_clipboard_set_value (clipboard, &value);
}

/* Files and pictures are searched by, text is typed. */
static void
test_paste (void)
{
  static const guchar pixels[4 * 4 * 3] = { 200, 10, 10 };
  g_autoptr (GBytes) bytes = g_bytes_new_static (pixels, sizeof pixels);
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (4, 4, GDK_MEMORY_R8G8B8, bytes, 12);
  g_autofree char *path = g_build_filename (folder, "sign.png", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GdkFileList *files = gdk_file_list_new_from_array (&file, 1);
  put_in_clipboard (GDK_TYPE_FILE_LIST, files);
  g_assert_true (sen_find_page_paste (page));
  window_fixture_wait (has_chips, GUINT_TO_POINTER (1), 60.0);
  put_in_clipboard (GDK_TYPE_TEXTURE, texture);
  g_assert_true (sen_find_page_paste (page));
  window_fixture_wait (has_chips, GUINT_TO_POINTER (2), 60.0);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (page)), "boats");
  g_assert_false (sen_find_page_paste (page));
  g_boxed_free (GDK_TYPE_FILE_LIST, files);
  sen_find_chips_clear (page->chips);
}

static void
on_models_changed (SenFindService *service, gboolean *has_changed)
{
  *has_changed = TRUE;
}

static gboolean
is_set (gpointer flag)
{
  return *(gboolean *) flag;
}

/* What finds and what indexes begin again there; folders and files are the same. */
static void
test_another_device (void)
{
  gboolean has_changed = FALSE;
  gulong handler = g_signal_connect (window->finding, "models-changed", G_CALLBACK (on_models_changed), &has_changed);
  sen_find_service_use (window->finding, "cpu", 1);
  window_fixture_wait (is_set, &has_changed, 60.0);
  g_signal_handler_disconnect (window->finding, handler);
  sen_find_page_search (page, "harbour");
  wait_found (read_ones (), 1);
  window_fixture_wait (is_up_to_date, NULL, 60.0);
  sen_find_page_search (page, "");
  wait_found (seen (), 2);
}

/* --- Folders and indexing ------------------------------------------------------------------------------------------------------------ */

static gboolean
tells_failure (gpointer dialog)
{
  g_autofree char *home_name = g_build_filename ("~", "Found things", "torn.pdf", NULL);
  return window_fixture_find_row (dialog, home_name) != NULL;
}

static gboolean
has_no_row (gpointer dialog)
{
  return window_fixture_find_row (dialog, "Found things") == NULL;
}

static void
test_folders (void)
{
  SenFindFolders *dialog = sen_find_folders_new (GTK_WINDOW (window), window->finding, window->settings);
  gtk_window_present (GTK_WINDOW (dialog));
  g_assert_nonnull (window_fixture_find_row (GTK_WIDGET (dialog), "Found things"));
  window_fixture_wait (tells_failure, dialog, 60.0);

  sen_find_service_set_paused (window->finding, TRUE);
  window_fixture_wait (is_paused, NULL, 60.0);
  sen_find_service_set_paused (window->finding, FALSE);
  window_fixture_wait (is_up_to_date, NULL, 60.0);

  sen_find_service_remove_folder (window->finding, folder);
  window_fixture_wait (has_no_row, dialog, 60.0);
  gtk_window_destroy (GTK_WINDOW (dialog));
  sen_find_page_search (page, "lighthouse");
  wait_found (read_ones (), 0);
}

/* With pictures on screen, and nothing to do. */
static void
test_memory (void)
{
  g_autofree char *status = NULL;
  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  const char *line = strstr (status, "RssAnon:");
  g_assert_nonnull (line);
  double megabytes = g_ascii_strtod (line + strlen ("RssAnon:"), NULL) / 1024.0;
  g_test_message ("%.1f MB (RssAnon)", megabytes);
  g_assert_cmpfloat (megabytes, <, 150.0);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  make_files (argv[1]);
  g_autofree char *models = g_dir_make_tmp ("sensorium-no-models-XXXXXX", NULL);
  window = window_fixture_open (models);
  page = window->find_page;
  window_fixture_wait (window_is_idle, window, 60.0);
  g_test_add_func ("/find/first", test_first);
  g_test_add_func ("/find/index", test_index);
  g_test_add_func ("/find/words", test_words);
  g_test_add_func ("/find/keyboard", test_keyboard);
  g_test_add_func ("/find/copy", test_copy);
  g_test_add_func ("/find/ask", test_ask);
  g_test_add_func ("/find/ask-files", test_ask_files);
  g_test_add_func ("/find/pictures", test_pictures);
  g_test_add_func ("/find/filters", test_filters);
  g_test_add_func ("/find/bad-query", test_bad_query);
  g_test_add_func ("/find/chips", test_chips);
  g_test_add_func ("/find/paste", test_paste);
  g_test_add_func ("/find/another-device", test_another_device);
  g_test_add_func ("/find/memory", test_memory);
  g_test_add_func ("/find/folders", test_folders);
  int status = g_test_run ();
  g_rmdir (models);
  return status;
}
