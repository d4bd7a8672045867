/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Lists and grids of what was found, on results of the test's own. What a frame costs is told, never judged. */
#include "busy-meter.h"
#include "sen-find-results-private.h"
#include "sen-find-status.h"
#include "sen-find-view.h"
#include "sen-find-words.h"
#include "window-fixture.h"

#define N_MANY 100000
#define N_FRAMES 60

static const char *samples;
static GtkWidget *window;
static SenThumbCache *thumbs;

typedef struct {
  const char    *name, *text, *words;   /* words: reasons */
  SenFileKind    kind;
  SenFindWhyKind why;
  int64_t        start_ms;
  uint32_t       page;
} Given;

static void
add (SenFindResults *results, const Given *given, int64_t mtime_ns)
{
  g_autofree char *path = g_build_filename (samples, given->name, NULL);
  const char *paths[] = { sen_find_results_keep (results, path), NULL };
  const SenFindWhy why = { given->why, sen_find_results_keep (results, given->words), 0.3f };
  SenFindResult result = {
    .paths = sen_find_results_keep_block (results, paths, sizeof paths), .n_paths = 1, .kind = given->kind, .size_bytes = 12345,
    .mtime_ns = mtime_ns, .language = "", .why = sen_find_results_keep_block (results, &why, sizeof why), .n_why = 1, .page = given->page,
    .start_ms = given->start_ms, .end_ms = given->start_ms, .headings = "", .title = { "", NULL, 0 }, .chunk = 1,
  };
  result.name.text = sen_find_results_keep (results, given->name);
  result.snippet.text = result.passage.text = sen_find_results_keep (results, given->text);
  g_array_append_val (results->results, result);
}

static SenFindResults *
finish (SenFindResults *results)
{
  sen_find_results_finish (results);
  results->info.n_shown = results->info.n;
  return results;
}

/* The same picture, each time of another time, and so another one. */
static SenFindResults *
make_many (void)
{
  static const Given picture = { "coffee.jpg", "", "coffee", SEN_FILE_PICTURE, SEN_FIND_BY_LOOK, -1, 0 };
  SenFindResults *results = sen_find_results_new ();
  for (guint i = 0; i < N_MANY; i++)
    add (results, &picture, i);
  return finish (results);
}

static SenFindResults *
make_few (void)
{
  static const Given given[] = {
    { "coffee.jpg", "", "", SEN_FILE_PICTURE, SEN_FIND_BY_LOOK, -1, 0 },
    { "message.opus", "Call me back.", "call", SEN_FILE_SOUND, SEN_FIND_BY_WORDS, 92000, 0 },
    { "README.md", "Where the samples come from.", "samples", SEN_FILE_TEXT, SEN_FIND_BY_NAME, -1, 3 },
    { "sign.png", "", "", SEN_FILE_PICTURE, SEN_FIND_BY_BYTES, -1, 0 },
    { "tea.webm", "", "", SEN_FILE_VIDEO, SEN_FIND_BY_LOOK, 2000, 0 },
  };
  SenFindResults *results = sen_find_results_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (given); i++)
    add (results, &given[i], 1700000000000000000);
  return finish (results);
}

static void
test_list (void)
{
  g_autoptr (SenFindResults) results = make_few ();
  g_autoptr (SenFindList) list = sen_find_list_new ();
  sen_find_list_set (list, results, SEN_FIND_KINDS_SEEN, 5, 2);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 2);
  g_assert_cmpuint (sen_find_list_n_in_all (list), ==, 3);
  g_autoptr (SenFindItem) second = g_list_model_get_item (G_LIST_MODEL (list), 1);
  g_assert_cmpstr (sen_find_item_result (second)->name.text, ==, "sign.png");
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), 2));
  /* An item outlives what it was listed in. */
  sen_find_list_set (list, NULL, SEN_FIND_KINDS_ALL, 0, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
  g_assert_true (g_str_has_suffix (sen_find_item_path (second), "/sign.png"));
  sen_find_list_set (list, results, SEN_FIND_KINDS_ALL & ~SEN_FIND_KINDS_SEEN, 2, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 1);
}

static void
test_words (void)
{
  g_autoptr (SenFindResults) results = make_few ();
  const SenFindResult *picture = sen_find_results_get (results, 0), *sound = sen_find_results_get (results, 1);
  g_autofree char *why = sen_find_describe_why (sound, SEN_FIND_MAX_REASONS), *at = sen_find_describe_place (sound);
  g_autofree char *page = sen_find_describe_place (sen_find_results_get (results, 2)), *none = sen_find_describe_place (picture);
  g_autofree char *file = sen_find_describe_file (picture), *home = g_build_filename (g_get_home_dir (), "a", "b", NULL);
  g_autofree char *folder = sen_find_describe_folder (home), *root = sen_find_describe_folder ("/x");
  g_assert_cmpstr (why, ==, "Says call");
  g_assert_cmpstr (at, ==, "At 1:32");
  g_assert_cmpstr (page, ==, "Page 3");
  g_assert_null (none);
  g_assert_cmpstr (file, ==, "JPG · 12.3\302\240kB · 14 November 2023");
  g_assert_cmpstr (folder, ==, "~/a");
  g_assert_cmpstr (root, ==, "/");
}

static void
test_progress_in_words (void)
{
  SenIndexProgress progress = { .stage = SEN_INDEXER_READING, .n_done = 1204, .n_total = 8121, .rate = 12.4, .eta_s = 557.0 };
  g_autofree char *reading = sen_find_describe_progress (&progress);
  g_assert_cmpstr (reading, ==, "Reading 1204 of 8121 · 12 per second · 10 minutes left");
  progress = (SenIndexProgress) { .stage = SEN_INDEXER_DEEPENING, .n_done = 1, .n_total = 3, .rate = 0.1, .eta_s = 20.0 };
  g_autofree char *deep = sen_find_describe_progress (&progress);
  g_assert_cmpstr (deep, ==, "Reading pictures and listening 1 of 3 · 6 per minute · less than a minute left");
  progress = (SenIndexProgress) { .stage = SEN_INDEXER_UP_TO_DATE, .n_files = 1, .eta_s = -1.0 };
  g_autofree char *one = sen_find_describe_progress (&progress);
  g_assert_cmpstr (one, ==, "1 file, up to date");
}

/* --- Views --------------------------------------------------------------------------------------------------------------------------- */

static SenFindView *
show (gboolean is_grid, SenFindResults *results)
{
  SenFindView *view = SEN_FIND_VIEW (sen_find_view_new (thumbs, is_grid, TRUE, "Found"));
  sen_find_list_set (sen_find_view_list (view), results, SEN_FIND_KINDS_ALL, results->info.n, 0);
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (view));
  gtk_window_set_default_size (GTK_WINDOW (window), 1200, 800);
  gtk_window_present (GTK_WINDOW (window));
  return view;
}

static gboolean
has_pictures (gpointer view)
{
  guint n_pictures;
  sen_find_view_n_cells (view, &n_pictures);
  return n_pictures >= 12;
}

static GtkAdjustment *
adjustment_of (SenFindView *view)
{
  GtkWidget *scroller = gtk_widget_get_first_child (GTK_WIDGET (view));
  return gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
}

typedef struct {
  GtkAdjustment *adjustment;
  guint          n_frames;
  double         step;
} Scrolling;

static gboolean
scroll (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Scrolling *scrolling = data;
  gtk_adjustment_set_value (scrolling->adjustment, gtk_adjustment_get_value (scrolling->adjustment) + scrolling->step);
  return ++scrolling->n_frames < N_FRAMES ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
has_scrolled (gpointer data)
{
  return ((Scrolling *) data)->n_frames >= N_FRAMES;
}

static void
scroll_through (SenFindView *view, double step, const char *what)
{
  Scrolling scrolling = { adjustment_of (view), 0, step };
  busy_meter_reset ();
  gtk_widget_add_tick_callback (GTK_WIDGET (view), scroll, &scrolling, NULL);
  window_fixture_wait (has_scrolled, &scrolling, 60.0);
  busy_meter_report (what);
}

/* However many there are, there are as many cells as a few screens take, and pictures are asked for of what is seen. */
static void
test_hundred_thousand (void)
{
  g_autoptr (SenFindResults) results = make_many ();
  SenFindView *view = show (TRUE, results);
  guint n_pictures, n_cells;
  window_fixture_wait (has_pictures, view, 30.0);
  n_cells = sen_find_view_n_cells (view, &n_pictures);
  g_test_message ("%u cells for %u files, %u of them with pictures", n_cells, N_MANY, n_pictures);
  g_assert_cmpuint (n_cells, <, 1000);
  g_assert_cmpuint (n_pictures, <=, 60);
  scroll_through (view, 24.0, "a grid of 100,000 pictures, slowly");
  scroll_through (view, 400.0, "two rows a frame");
  scroll_through (view, 20000.0, "flying");
  window_fixture_wait (has_pictures, view, 30.0);
  n_cells = sen_find_view_n_cells (view, &n_pictures);
  g_assert_cmpuint (n_cells, <, 1000);
  g_assert_cmpuint (sen_thumb_cache_bytes (thumbs), <=, SEN_THUMB_CACHE_BYTES);
}

static void
test_list_of_many (void)
{
  g_autoptr (SenFindResults) results = make_many ();
  SenFindView *view = show (FALSE, results);
  window_fixture_wait (has_pictures, view, 30.0);
  scroll_through (view, 24.0, "a list of 100,000 files, slowly");
  scroll_through (view, 400.0, "five rows a frame");
}

/* --- Typing -------------------------------------------------------------------------------------------------------------------------- */

#define N_LETTERS 12
#define FRAMES_A_LETTER 8

/* What somebody sees who types: tiles above rows, and with every letter others. */
typedef struct {
  SenFindView    *tiles, *rows;
  SenFindResults *results[2];
  guint           n_frames;
} Typing;

static SenFindResults *
make_answer (guint letter)
{
  SenFindResults *results = sen_find_results_new ();
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("file %u of letter %u.md", i, letter);
      g_autofree char *text = g_strdup_printf ("Passage %u for letter %u, as long as a snippet is, which has two lines.", i, letter);
      const Given given = { name, text, "words", i % 2 == 0 ? SEN_FILE_PICTURE : SEN_FILE_TEXT, SEN_FIND_BY_WORDS, -1, 1 + i };
      add (results, &given, 1000 * letter + i);
    }
  return finish (results);
}

static gboolean
type (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Typing *typing = data;
  if (typing->n_frames % FRAMES_A_LETTER == 0)
    {
      SenFindResults *results = typing->results[typing->n_frames / FRAMES_A_LETTER % 2];
      sen_find_list_set (sen_find_view_list (typing->tiles), results, SEN_FIND_KINDS_SEEN, results->info.n, 8);
      sen_find_list_set (sen_find_view_list (typing->rows), results, SEN_FIND_KINDS_ALL & ~SEN_FIND_KINDS_SEEN, results->info.n, 5);
    }
  return ++typing->n_frames < N_LETTERS * FRAMES_A_LETTER ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
has_typed (gpointer data)
{
  return ((Typing *) data)->n_frames >= N_LETTERS * FRAMES_A_LETTER;
}

static void
test_typing (void)
{
  g_autoptr (SenFindResults) first = make_answer (1), second = make_answer (2);
  Typing typing = { .results = { first, second } };
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *scroller = gtk_scrolled_window_new ();
  typing.tiles = SEN_FIND_VIEW (sen_find_view_new (thumbs, TRUE, FALSE, "Pictures"));
  typing.rows = SEN_FIND_VIEW (sen_find_view_new (thumbs, FALSE, FALSE, "Documents"));
  gtk_box_append (GTK_BOX (column), GTK_WIDGET (typing.tiles));
  gtk_box_append (GTK_BOX (column), GTK_WIDGET (typing.rows));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), column);
  gtk_window_set_child (GTK_WINDOW (window), scroller);
  gtk_window_present (GTK_WINDOW (window));
  /* The first ones make the cells, the others fill them. */
  gtk_widget_add_tick_callback (scroller, type, &typing, NULL);
  window_fixture_wait (has_typed, &typing, 60.0);
  typing.n_frames = 0;
  busy_meter_reset ();
  gtk_widget_add_tick_callback (scroller, type, &typing, NULL);
  window_fixture_wait (has_typed, &typing, 60.0);
  busy_meter_report ("other results with every letter");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (sen_find_view_list (typing.tiles))), ==, 8);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (sen_find_view_list (typing.rows))), ==, 5);
}

/* --- Keys and dragging --------------------------------------------------------------------------------------------------------------- */

typedef struct {
  guint        n_peeks, n_menus, n_activated, n_leaves;
  SenFindItem *chosen;
} Seen;

static void
on_chosen (SenFindView *view, SenFindItem *item, Seen *seen)
{
  g_set_object (&seen->chosen, item);
}

static void
on_peek (SenFindView *view, SenFindItem *item, Seen *seen)
{
  seen->n_peeks++;
}

static void
on_menu (SenFindView *view, SenFindItem *item, GtkWidget *cell, double x, double y, Seen *seen)
{
  g_assert_true (SEN_IS_FIND_CELL (cell));
  seen->n_menus++;
}

static void
on_activated (SenFindView *view, SenFindItem *item, Seen *seen)
{
  seen->n_activated++;
}

static void
on_leave (SenFindView *view, Seen *seen)
{
  seen->n_leaves++;
}

static GtkWidget *
inner (SenFindView *view)
{
  GtkWidget *scroller = gtk_widget_get_first_child (GTK_WIDGET (view));
  return gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (scroller));
}

static void
press (SenFindView *view, guint key, GdkModifierType state)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (inner (view));
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      gboolean is_handled;
      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", key, 0, state, &is_handled);
    }
}

static gboolean
has_cells (gpointer view)
{
  guint n_pictures;
  return sen_find_view_n_cells (view, &n_pictures) == 5;
}

static void
test_keys (void)
{
  g_autoptr (SenFindResults) results = make_few ();
  SenFindView *view = show (FALSE, results);
  Seen seen = { 0 };
  g_signal_connect (view, "chosen", G_CALLBACK (on_chosen), &seen);
  g_signal_connect (view, "peek", G_CALLBACK (on_peek), &seen);
  g_signal_connect (view, "menu", G_CALLBACK (on_menu), &seen);
  g_signal_connect (view, "activated", G_CALLBACK (on_activated), &seen);
  g_signal_connect (view, "leave-up", G_CALLBACK (on_leave), &seen);
  window_fixture_wait (has_cells, view, 10.0);
  g_assert_null (sen_find_view_chosen (view));
  press (view, GDK_KEY_space, 0);
  g_assert_cmpuint (seen.n_peeks, ==, 0);
  g_assert_true (sen_find_view_focus (view));
  g_assert_cmpstr (sen_find_item_result (seen.chosen)->name.text, ==, "coffee.jpg");
  press (view, GDK_KEY_space, 0);
  press (view, GDK_KEY_Menu, 0);
  press (view, GDK_KEY_F10, GDK_SHIFT_MASK);
  g_assert_cmpuint (seen.n_peeks, ==, 1);
  g_assert_cmpuint (seen.n_menus, ==, 2);
  press (view, GDK_KEY_Up, 0);
  g_assert_cmpuint (seen.n_leaves, ==, 1);
  sen_find_view_choose (view, 2);
  g_assert_cmpstr (sen_find_item_result (seen.chosen)->name.text, ==, "README.md");
  press (view, GDK_KEY_Up, 0);
  g_assert_cmpuint (seen.n_leaves, ==, 1);
  g_signal_emit_by_name (inner (view), "activate", 2);
  g_assert_cmpuint (seen.n_activated, ==, 1);
  g_clear_object (&seen.chosen);
}

/* Dragged out, it is a file for those who take files. */
static void
test_drag (void)
{
  g_autoptr (SenFindResults) results = make_few ();
  SenFindView *view = show (FALSE, results);
  g_auto (GValue) files = G_VALUE_INIT, text = G_VALUE_INIT;
  window_fixture_wait (has_cells, view, 10.0);
  g_autoptr (SenFindItem) item = g_list_model_get_item (G_LIST_MODEL (sen_find_view_list (view)), 0);
  SenFindCell *cell = sen_find_view_cell (view, item);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (cell));
  g_autoptr (GdkContentProvider) content = NULL;
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      if (GTK_IS_DRAG_SOURCE (controller))
        g_signal_emit_by_name (controller, "prepare", 1.0, 1.0, &content);
    }
  g_assert_nonnull (content);
  g_value_init (&files, GDK_TYPE_FILE_LIST);
  g_value_init (&text, G_TYPE_STRING);
  g_assert_true (gdk_content_provider_get_value (content, &files, NULL));
  g_assert_true (gdk_content_provider_get_value (content, &text, NULL));
  GSList *list = g_value_get_boxed (&files);
  g_assert_cmpuint (g_slist_length (list), ==, 1);
  g_autofree char *path = g_file_get_path (list->data);
  g_assert_cmpstr (path, ==, sen_find_item_path (item));
  g_assert_cmpstr (g_value_get_string (&text), ==, path);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  samples = argv[1];
  thumbs = sen_thumb_cache_new (g_getenv ("SENSORIUM_DECODE_HELPER"));
  window = gtk_window_new ();
  gtk_widget_realize (window);
  busy_meter_install (window);
  g_test_add_func ("/find-view/list", test_list);
  g_test_add_func ("/find-view/words", test_words);
  g_test_add_func ("/find-view/progress", test_progress_in_words);
  g_test_add_func ("/find-view/hundred-thousand", test_hundred_thousand);
  g_test_add_func ("/find-view/list-of-many", test_list_of_many);
  g_test_add_func ("/find-view/typing", test_typing);
  g_test_add_func ("/find-view/keys", test_keys);
  g_test_add_func ("/find-view/drag", test_drag);
  int status = g_test_run ();
  gtk_window_destroy (GTK_WINDOW (window));
  g_object_unref (thumbs);
  return status;
}
