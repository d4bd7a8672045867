/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "busy-meter.h"
#include "markdown-fixture.h"
#include "sen-code-block.h"
#include "window-fixture.h"
#include "work-meter.h"

/* The widgets: the same whatever pieces the text came in, and never much work at once, however long the text. With "-m perf"
 * streams last longer, for the frame times in docs/performance.md. */
static MarkdownFixture fixture;
static const char *data_dir;

/* A piece for each update of the view, some hundred times what a model writes in that time. */
#define STEP_MS 20
#define N_STEPS 120
/* With -m perf: some ten times faster than a model. */
#define PERF_STEP_MS 5
#define PERF_N_STEPS 2400

/* What the view allows itself at once, with room for a second block; texts are ten and more times as long. */
#define MOST_PARSED 40000       /* a window of 6 kB and one of 16 kB, which is looked at twice, and the definitions of links */
#define MOST_SHOWN 26000        /* five chunks of code, twice */
#define MOST_LABELS 200         /* a step of a table */
#define MOST_COLOURED 60
#define MOST_DRAWN 600          /* two heights of the window full of lines, four cells in each */

static char *
read_document (const char *name)
{
  g_autofree char *path = g_build_filename (data_dir, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static char *
dump_whole (const char *text)
{
  sen_markdown_view_set_text (fixture.view, NULL);
  sen_markdown_view_set_text (fixture.view, text);
  markdown_fixture_settle (&fixture);
  return sen_markdown_view_dump (fixture.view);
}

static void
begin_stream (void)
{
  sen_markdown_view_set_text (fixture.view, NULL);
  markdown_fixture_settle (&fixture);
}

static void
test_pieces (void)
{
  g_autofree char *text = read_document ("tour.md");
  g_autofree char *whole = dump_whole (text);
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  gsize length = strlen (text);
  for (unsigned i = 0; i < 12; i++)
    {
      begin_stream ();
      for (gsize at = 0; at < length;)
        {
          gsize n = (gsize) g_rand_int_range (random, 1, 2 << (i % 9));
          g_autofree char *piece = g_strndup (text + at, MIN (n, length - at));
          sen_markdown_view_append_text (fixture.view, piece);
          at += strlen (piece);
          if (g_rand_int_range (random, 0, 12) == 0)
            markdown_fixture_settle (&fixture);
        }
      sen_markdown_view_finish (fixture.view);
      markdown_fixture_settle (&fixture);
      g_autofree char *dump = sen_markdown_view_dump (fixture.view);
      g_assert_cmpstr (dump, ==, whole);
      g_assert_cmpstr (sen_markdown_view_get_text (fixture.view), ==, text);
    }
}

/* A text that is gone on with after its end, and one that takes the place of another. */
static void
test_again (void)
{
  g_autofree char *text = read_document ("tour.md");
  g_autofree char *whole = dump_whole (text);
  sen_markdown_view_set_text (fixture.view, "- other\n\n> things\n\n```\nx\n```\n");
  sen_markdown_view_set_text (fixture.view, text);
  markdown_fixture_settle (&fixture);
  g_autofree char *again = sen_markdown_view_dump (fixture.view);
  g_assert_cmpstr (again, ==, whole);

  g_autofree char *half = g_strndup (text, strlen (text) / 2);
  sen_markdown_view_set_text (fixture.view, half);
  sen_markdown_view_append_text (fixture.view, text + strlen (half));
  sen_markdown_view_finish (fixture.view);
  markdown_fixture_settle (&fixture);
  g_autofree char *continued = sen_markdown_view_dump (fixture.view);
  g_assert_cmpstr (continued, ==, whole);
}

static GtkWidget *
find_widget (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_widget (child, type);
  return found;
}

static void
on_clipboard_text (GObject *clipboard, GAsyncResult *result, gpointer data)
{
  *(char **) data = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
}

static void
test_copy (void)
{
  char *text = NULL;
  g_autofree char *whole = dump_whole ("```c\nint x;\n\n  y ();\n```\n");
  GtkWidget *block = find_widget (GTK_WIDGET (fixture.view), SEN_TYPE_CODE_BLOCK);
  g_assert_nonnull (block);
  g_assert_cmpstr (sen_code_block_language (SEN_CODE_BLOCK (block)), ==, "C");
  g_signal_emit_by_name (find_widget (block, GTK_TYPE_BUTTON), "clicked");
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (block), NULL, on_clipboard_text, &text);
  while (text == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (text, ==, "int x;\n\n  y ();");
  g_free (text);
}

static AdwMessageDialog *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();
  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);
      if (ADW_IS_MESSAGE_DIALOG (window))
        return ADW_MESSAGE_DIALOG (window);
    }
  return NULL;
}

/* A link asks, with its true address, and does nothing yet. */
static void
test_link (void)
{
  g_autofree char *whole = dump_whole ("[good bank](https://b\303\244nk.example/pay)");
  GtkWidget *label = find_widget (GTK_WIDGET (fixture.view), GTK_TYPE_LABEL);
  gboolean is_handled = FALSE;
  g_signal_emit_by_name (label, "activate-link", "https://b\303\244nk.example/pay", &is_handled);
  g_assert_true (is_handled);
  AdwMessageDialog *dialog = NULL;
  window_fixture_until ((dialog = find_dialog ()) != NULL);
  g_assert_nonnull (strstr (adw_message_dialog_get_body (dialog), "xn--bnk-qla.example"));
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (adw_message_dialog_get_extra_child (dialog))), ==,
                   "https://b\303\244nk.example/pay");
  adw_message_dialog_response (dialog, "cancel");
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* --- Work -------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  const char *text;
  gsize       length, at, step;
} Stream;

static gboolean
write_some (gpointer data)
{
  Stream *stream = data;
  gsize n = MIN (stream->step, stream->length - stream->at);
  g_autofree char *piece = g_strndup (stream->text + stream->at, n);
  sen_markdown_view_append_text (fixture.view, piece);
  stream->at += n;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (fixture.scroller);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  return stream->at < stream->length;
}

static void
check_work (void)
{
  g_assert_cmpuint (work_meter_most (WORK_PARSED), <=, MOST_PARSED);
  g_assert_cmpuint (work_meter_most (WORK_SHOWN), <=, MOST_SHOWN);
  g_assert_cmpuint (work_meter_most (WORK_LABELS), <=, MOST_LABELS);
  g_assert_cmpuint (work_meter_most (WORK_COLOURED), <=, MOST_COLOURED);
  g_assert_cmpuint (work_meter_most (WORK_DRAWN), <=, MOST_DRAWN);
}

static void
check_stream (const char *text)
{
  Stream stream = { .text = text, .length = strlen (text) };
  stream.step = MAX (stream.length / (g_test_perf () ? PERF_N_STEPS : N_STEPS), 1);
  begin_stream ();
  markdown_fixture_sleep (50);
  busy_meter_reset ();
  g_timeout_add (g_test_perf () ? PERF_STEP_MS : STEP_MS, write_some, &stream);
  while (stream.at < stream.length)
    g_main_context_iteration (NULL, TRUE);
  markdown_fixture_settle (&fixture);
  g_autofree char *what = g_strdup_printf ("%zu kB", stream.length / 1000);
  busy_meter_report (what);
  check_work ();
  /* Addresses of links that came last may have all of it looked at again, once. */
  busy_meter_reset ();
  sen_markdown_view_finish (fixture.view);
  markdown_fixture_settle (&fixture);
  markdown_fixture_sleep (200);
  g_assert_cmpuint (work_meter_total (WORK_PARSED), <=, MOST_PARSED + 3 * stream.length);
  g_assert_cmpuint (work_meter_most (WORK_SHOWN), <=, MOST_SHOWN);
  g_assert_cmpuint (work_meter_most (WORK_DRAWN), <=, MOST_DRAWN);
  g_autofree char *streamed = sen_markdown_view_dump (fixture.view);
  g_autofree char *whole = dump_whole (text);
  g_assert_true (g_str_equal (streamed, whole));
}

static char *
repeat (const char *head, const char *part, gsize n_bytes)
{
  GString *text = g_string_new (head);
  while (text->len < n_bytes)
    g_string_append (text, part);
  return g_string_free (text, FALSE);
}

static void
test_work_mixed (void)
{
  g_autofree char *part = read_document ("tour.md");
  g_autofree char *text = repeat ("", part, 150000);
  check_stream (text);
}

static void
test_work_paragraph (void)
{
  g_autofree char *text = repeat ("", "One *more* sentence of a paragraph that never ends. ", 150000);
  check_stream (text);
}

static void
test_work_code (void)
{
  g_autoptr (GString) text = g_string_new ("```c\n");
  for (int i = 0; i < 5000; i++)
    g_string_append_printf (text, "  for (int i = 0; i < %d; i++)   /* line %d */\n", i, i);
  check_stream (text->str);
}

static void
test_work_table (void)
{
  g_autoptr (GString) text = g_string_new ("| Number | Square | Name | Note |\n|---:|---:|:--|---|\n");
  for (int i = 0; i < 2000; i++)
    g_string_append_printf (text, "| %d | %d | name of *%d* | some `note` about it |\n", i, i * i, i);
  check_stream (text->str);
}

static void
test_work_list (void)
{
  g_autofree char *text = repeat ("", "- an item of a list\n  1. and one inside\n", 100000);
  check_stream (text);
}

/* One item, and one quote, that do not end. */
static void
test_work_item (void)
{
  g_autofree char *text = repeat ("- An item\n", "\n  with *one more* paragraph of a few words that belongs to it,\n  and\n  > a quote\n",
                                  60000);
  check_stream (text);
}

static void
test_work_quote (void)
{
  g_autofree char *text = repeat ("> A quote\n", "> with a line more\n>\n> - and an `item`\n", 60000);
  check_stream (text);
}

/* --- Many answers ------------------------------------------------------------------------------------------------------------------- */

static gboolean
is_settled (GtkWidget **views, guint n_views)
{
  for (guint i = 0; i < n_views; i++)
    if (!sen_markdown_view_is_settled (SEN_MARKDOWN_VIEW (views[i])))
      return FALSE;
  return TRUE;
}

static void
test_scrolling (void)
{
  g_autofree char *answer = read_document ("answer.md");
  enum { N_ANSWERS = 100, N_MOVES = 60, PERF_N_MOVES = 300 };
  begin_stream ();
  GtkWidget *views[N_ANSWERS];
  gint64 start = g_get_monotonic_time ();
  for (int i = 0; i < N_ANSWERS; i++)
    {
      views[i] = GTK_WIDGET (sen_markdown_view_new ());
      sen_markdown_view_set_text (SEN_MARKDOWN_VIEW (views[i]), answer);
      gtk_box_append (fixture.column, views[i]);
    }
  double built_ms = (double) (g_get_monotonic_time () - start) / 1000.0;
  g_test_message ("an answer of %zu bytes takes %.2f ms to build", strlen (answer), built_ms / N_ANSWERS);
  while (!is_settled (views, N_ANSWERS))
    g_main_context_iteration (NULL, TRUE);
  /* As fast as a wheel turns. */
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (fixture.scroller);
  markdown_fixture_sleep (100);
  gtk_adjustment_set_value (adjustment, 5000.0);
  /* Until there is nothing left to be made. */
  do
    {
      busy_meter_reset ();
      markdown_fixture_sleep (500);
    }
  while (work_meter_total (WORK_PARSED) + work_meter_total (WORK_SHOWN) > 0);
  busy_meter_reset ();
  for (int i = 0; i < (g_test_perf () ? PERF_N_MOVES : N_MOVES); i++)
    {
      gtk_adjustment_set_value (adjustment, 5000.0 + 40.0 * i);
      markdown_fixture_sleep (16);
    }
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), >, 5000.0);
  busy_meter_report ("scrolling");
  check_work ();
  /* Nothing is made for moving about. */
  g_assert_cmpuint (work_meter_total (WORK_PARSED), ==, 0);
  g_assert_cmpuint (work_meter_total (WORK_SHOWN), ==, 0);
  for (int i = 0; i < N_ANSWERS; i++)
    gtk_box_remove (fixture.column, views[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  data_dir = argv[1];
  adw_init ();
  markdown_fixture_open (&fixture, 1000, 800);
  busy_meter_install (GTK_WIDGET (fixture.window));
  g_test_add_func ("/markdown-view/pieces", test_pieces);
  g_test_add_func ("/markdown-view/again", test_again);
  g_test_add_func ("/markdown-view/copy", test_copy);
  g_test_add_func ("/markdown-view/link", test_link);
  g_test_add_func ("/markdown-view/work-mixed", test_work_mixed);
  g_test_add_func ("/markdown-view/work-paragraph", test_work_paragraph);
  g_test_add_func ("/markdown-view/work-code", test_work_code);
  g_test_add_func ("/markdown-view/work-table", test_work_table);
  g_test_add_func ("/markdown-view/work-list", test_work_list);
  g_test_add_func ("/markdown-view/work-item", test_work_item);
  g_test_add_func ("/markdown-view/work-quote", test_work_quote);
  g_test_add_func ("/markdown-view/scrolling", test_scrolling);
  int result = g_test_run ();
  gtk_window_destroy (fixture.window);
  return result;
}
