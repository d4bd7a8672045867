/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Messages longer than any that people read, in the window: opened, scrolled, made narrow. What a frame costs is told, never judged;
 * all of them with -m perf. */
#include <string.h>

#include "busy-meter.h"
#include "fake-engine.h"
#include "sen-text-point.h"
#include "window-fixture.h"

static SenWindow *window;

static GtkAdjustment *
adjustment (void)
{
  GtkWidget *scroller = gtk_widget_get_ancestor (GTK_WIDGET (window_last_row (window)), GTK_TYPE_SCROLLED_WINDOW);
  return gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
}

static char *
make_text (size_t n_words, const char *paragraph_end, size_t paragraph_words)
{
  GString *text = g_string_new (NULL);
  for (size_t i = 0; i < n_words; i++)
    g_string_append_printf (text, "word%zu%s", i % 97,
                            i % paragraph_words == paragraph_words - 1 ? paragraph_end : i % 11 == 10 ? ". " : " ");
  return g_string_free (text, FALSE);
}

static char *
repeat_lines (const char *head, const char *before, const char *behind, guint n)
{
  GString *text = g_string_new (head);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%u%s\n", before, i, behind);
  return g_string_free (text, FALSE);
}

static void
set_width (int width)
{
  gtk_window_set_default_size (GTK_WINDOW (window), width, 800);
}

static gboolean
is_settled (gpointer data)
{
  SenMessageRow *row = sen_conversation_view_nth_row (window->view, GPOINTER_TO_UINT (data));
  return row != NULL && sen_message_row_is_settled (row);
}

/* Labels of text, and those of them that are laid out. */
static void
count_labels (GtkWidget *widget, guint *n, guint *n_mapped)
{
  if (GTK_IS_LABEL (widget) && gtk_label_get_selectable (GTK_LABEL (widget)))
    {
      *n += 1;
      *n_mapped += gtk_widget_get_mapped (widget);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    count_labels (child, n, n_mapped);
}

static void
report (const char *what, const char *who, const char *does)
{
  g_autofree char *whole = g_strdup_printf ("%s, %s: %s", what, who, does);
  busy_meter_report (whole);
}

/* A message of @speaker, in a conversation of two that is opened. */
static SenMessageRow *
open_long (SenSpeaker speaker, const char *what, const char *text)
{
  guint nth = speaker == SEN_SPEAKER_USER ? 1 : 0;
  fake_engine_set_script (&(FakeEngineScript) { .answer = "Yes." });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  set_width (1200);
  sen_conversation_append (window->conversation, SEN_SPEAKER_USER, speaker == SEN_SPEAKER_USER ? text : "Write a lot");
  SenMessage *answer = sen_conversation_append (window->conversation, SEN_SPEAKER_ASSISTANT, "");
  sen_message_append (answer, speaker == SEN_SPEAKER_ASSISTANT ? text : "Yes.");
  sen_message_finish (answer, SEN_MESSAGE_DONE, NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  window_fixture_sleep (100);
  /* It comes back when the window gets wide; what it costs is asked by test-window (look-long). */
  adw_flap_set_reveal_flap (window->look_flap, FALSE);
  window_fixture_sleep (100);

  busy_meter_reset ();
  gtk_widget_activate_action (GTK_WIDGET (window), "win.next-chat", NULL);
  window_fixture_wait (is_settled, GUINT_TO_POINTER (nth), 20.0);
  window_fixture_sleep (200);
  report (what, speaker == SEN_SPEAKER_USER ? "question" : "answer", "opened");
  return sen_conversation_view_nth_row (window->view, nth);
}

static guint
n_laid_out (SenMessageRow *row)
{
  guint n = 0, n_mapped = 0;
  count_labels (sen_message_row_body (row), &n, &n_mapped);
  return n_mapped;
}

/* What is out of sight costs nothing, wherever that is; @most: labels that a few screens may have. */
static void
check_laid_out (SenMessageRow *row, guint most)
{
  window_fixture_until (n_laid_out (row) <= most);
  guint n = 0, n_mapped = 0;
  count_labels (sen_message_row_body (row), &n, &n_mapped);
  g_test_message ("%u labels of %u are laid out", n_mapped, n);
}

static void
show_long (SenSpeaker speaker, const char *what, const char *text, guint most)
{
  const char *who = speaker == SEN_SPEAKER_USER ? "question" : "answer";
  SenMessageRow *row = open_long (speaker, what, text);
  check_laid_out (row, most);
  busy_meter_reset ();
  for (int i = 0; i < 40; i++)
    {
      gtk_adjustment_set_value (adjustment (), gtk_adjustment_get_value (adjustment ()) - 60.0);
      window_fixture_sleep (17);
    }
  report (what, who, "scrolled");
  busy_meter_reset ();
  for (int i = 0; i < 10; i++)
    {
      gtk_adjustment_set_value (adjustment (), gtk_adjustment_get_upper (adjustment ()) * i / 10.0);
      window_fixture_sleep (40);
    }
  report (what, who, "jumped");
  busy_meter_reset ();
  for (int width = 1100; width >= 420; width -= 170)
    {
      set_width (width);
      window_fixture_sleep (60);
    }
  window_fixture_sleep (200);
  report (what, who, "1200 to 420");
  check_laid_out (row, most);
}

static void
show_both (const char *what, const char *text, guint most)
{
  show_long (SEN_SPEAKER_USER, what, text, most);
  show_long (SEN_SPEAKER_ASSISTANT, what, text, most);
}

static void
test_paragraph (void)
{
  g_autofree char *text = make_text (8000, " ", 80);
  show_both ("8,000 words in one paragraph", text, 20);
}

static void
test_paragraphs (void)
{
  g_autofree char *text = make_text (50000, ".\n\n", 100);
  show_both ("50,000 words in 500 paragraphs", text, 20);
}

static void
test_code (void)
{
  g_autofree char *text = repeat_lines ("```c\n", "  for (int i = 0; i < ", "; i++)   /* a line */", 5000);
  show_both ("5,000 lines of code", text, 20);
}

static void
test_word (void)
{
  g_autofree char *text = g_strnfill (100000, 'x');
  show_both ("a word of 100,000 letters", text, 20);
}

static void
test_table (void)
{
  g_autofree char *text = repeat_lines ("| Number | Square | Name | Note |\n|---:|---:|:--|---|\n", "| ",
                                        " | 7 | name of *x* | some `note` about it |", 500);
  show_both ("a table of 500 rows", text, 2004);
}

static void
test_list (void)
{
  g_autofree char *text = repeat_lines ("", "- the item of a list that has number ", "", 2000);
  show_both ("a list of 2,000 items", text, 140);
}

/* The same token at the beginning of a text and at its end. */
static void
test_stream (void)
{
  g_autofree char *text = make_text (4000, ".\n\n", 120);
  fake_engine_set_script (&(FakeEngineScript) { .answer = text, .word_us = 2500, .hold_after = 1 });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  set_width (1200);
  window_send (window, "Write a lot");
  window_fixture_wait (window_has_text, window, 5.0);
  fake_engine_go_on (0);
  for (guint i = 1; i <= 8; i++)
    {
      busy_meter_reset ();
      gsize end = strlen (text) * i / 8;
      while (window->answer != NULL && sen_message_length (window->answer) < end)
        g_main_context_iteration (NULL, TRUE);
      g_autofree char *what = g_strdup_printf ("eighth %u of 4,000 streamed words", i);
      busy_meter_report (what);
    }
  window_fixture_wait (window_is_idle, window, 60.0);
}

/* --- What is out of sight is there ---------------------------------------------------------------------------------------------------- */

static gboolean
is_at_rest (void)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));
  gint64 n = gdk_frame_clock_get_frame_counter (clock);
  window_fixture_sleep (300);
  return gdk_frame_clock_get_frame_counter (clock) <= n + 2;
}

static gboolean
is_selected (GtkWidget *label, gconstpointer data)
{
  return gtk_label_get_selection_bounds (GTK_LABEL (label), NULL, NULL);
}

static gboolean
has_selection (gpointer view)
{
  GtkWidget *label = window_fixture_find (view, GTK_TYPE_LABEL, is_selected, NULL);
  return label != NULL && gtk_widget_get_mapped (label);
}

/* Where a label stands that is in sight, from the top of the view. */
static double
top_of (GtkWidget *label)
{
  double x, y = -1.0;
  g_assert_true (gtk_widget_translate_coordinates (label, GTK_WIDGET (window->view), 0.0, 0.0, &x, &y));
  return y;
}

/* Words in the middle are found, selected and brought into sight; the model's place for them is told; all is copied. */
static void
find_middle (SenSpeaker speaker)
{
  g_autofree char *before = make_text (4000, " ", 80), *text = g_strdup_printf ("%sneedle in the hay. %s", before, before);
  double x, y;
  SenMessageRow *row = open_long (speaker, "with a needle", text);
  gtk_adjustment_set_value (adjustment (), 0.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.find", NULL);
  g_assert_cmpuint (sen_find_bar_find (window->find_bar, "needle"), ==, 1);
  window_fixture_wait (has_selection, window->view, 5.0);
  window_fixture_until (is_at_rest ());
  GtkWidget *label = window_fixture_find (GTK_WIDGET (window->view), GTK_TYPE_LABEL, is_selected, NULL);
  PangoRectangle place;
  int start, end, left, top;
  g_assert_true (gtk_label_get_selection_bounds (GTK_LABEL (label), &start, &end));
  pango_layout_index_to_pos (gtk_label_get_layout (GTK_LABEL (label)), start, &place);
  gtk_label_get_layout_offsets (GTK_LABEL (label), &left, &top);
  g_assert_true (gtk_widget_translate_coordinates (label, sen_message_row_body (row), left + place.x / PANGO_SCALE + 3,
                                                   top + place.y / PANGO_SCALE + 4, &x, &y));
  g_assert_cmpint (sen_text_point (sen_message_row_body (row), text, x, y), ==, (gssize) strlen (before));
  GtkWidget *view = GTK_WIDGET (window->view);
  window_fixture_until (top_of (label) + top > 0.0 && top_of (label) + place.y / PANGO_SCALE < gtk_widget_get_height (view));
  g_assert_cmpstr (sen_message_row_text (row), ==, text);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.find", NULL);
}

static void
test_find (void)
{
  find_middle (SEN_SPEAKER_USER);
  find_middle (SEN_SPEAKER_ASSISTANT);
}

static GtkWidget *
seen_label (void)
{
  GtkWidget *view = GTK_WIDGET (window->view), *label = NULL;
  for (double y = 300.0; y < 400.0 && !GTK_IS_LABEL (label); y += 4.0)
    label = gtk_widget_pick (view, gtk_widget_get_width (view) / 2.0, y, GTK_PICK_DEFAULT);
  g_assert_true (GTK_IS_LABEL (label));
  return label;
}

/* What is seen stays where it is while what is above it gets its true height, and when colours change. */
static void
test_stay (void)
{
  g_autofree char *words = make_text (6000, ".\n\n", 90);
  open_long (SEN_SPEAKER_ASSISTANT, "scrolled back", words);
  gtk_adjustment_set_value (adjustment (), gtk_adjustment_get_upper (adjustment ()) * 0.6);
  window_fixture_until (is_at_rest ());
  for (int i = 0; i < 30; i++)
    {
      GtkWidget *label = seen_label ();
      double before = top_of (label);
      gtk_adjustment_set_value (adjustment (), gtk_adjustment_get_value (adjustment ()) - 50.0);
      window_fixture_until (ABS (top_of (label) - before - 50.0) < 1.5);
      if (i == 10)
        adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
    }
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
}

/* Another width leaves the reader where they were, though all that is above is as high as it may be guessed again. */
static void
test_width (void)
{
  g_autofree char *words = make_text (12000, ".\n\n", 90);
  open_long (SEN_SPEAKER_ASSISTANT, "made narrow", words);
  gtk_adjustment_set_value (adjustment (), gtk_adjustment_get_upper (adjustment ()) * 0.6);
  window_fixture_until (is_at_rest ());
  GtkWidget *label = seen_label ();
  for (int width = 1100; width >= 800; width -= 100)
    {
      int before = gtk_widget_get_width (GTK_WIDGET (window));
      set_width (width);
      window_fixture_until (gtk_widget_get_width (GTK_WIDGET (window)) != before);
      window_fixture_draw (GTK_WIDGET (window), 3);
      window_fixture_until (is_at_rest ());
      window_fixture_until (gtk_widget_get_mapped (label));
      window_fixture_until (top_of (label) > -1.0 * gtk_widget_get_height (label));
      window_fixture_until (top_of (label) < gtk_widget_get_height (GTK_WIDGET (window->view)));
      g_test_message ("%d px: what was seen stands at %.0f of %d", gtk_widget_get_width (GTK_WIDGET (window)), top_of (label),
                      gtk_widget_get_height (GTK_WIDGET (window->view)));
    }
}

/* Once all that soon may be seen is laid out nothing is drawn any more, however much a single label has of it. */
static void
test_rest (void)
{
  g_autofree char *line = g_strnfill (95, 'x'), *whole = g_strconcat (line, "\n", NULL), *code = repeat_lines ("```c\n", "x", whole, 200);
  open_long (SEN_SPEAKER_ASSISTANT, "wide code", code);
  for (int i = 0; i < 4; i++)
    {
      gtk_adjustment_set_value (adjustment (), gtk_adjustment_get_upper (adjustment ()) * (0.3 + 0.13 * i));
      window_fixture_until (is_at_rest ());
    }
  /* A quarter of a megabyte in one line, as programs write it. */
  g_autofree char *data = g_strnfill (1 << 18, '7'), *endless = g_strconcat ("```json\n", data, "\n```\n", NULL);
  check_laid_out (open_long (SEN_SPEAKER_ASSISTANT, "a line of 262,144 digits", endless), 20);
}

static GtkWidget *
last_label (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_LABEL (widget) && gtk_label_get_selectable (GTK_LABEL (widget)) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_last_child (widget); child != NULL && found == NULL; child = gtk_widget_get_prev_sibling (child))
    found = last_label (child);
  return found;
}

/* @n lines as a log or a poem has them, shorter than the view and of many widths. */
static char *
make_lines (guint n, gsize n_letters)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *words = make_text (20, " ", 7), *line = g_strndup (words + i % 5, n_letters);
      for (char *p = line; i % 40 == 30 && *p != '\0'; p++)
        *p = (char) g_ascii_toupper (*p);
      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", line);
    }
  return g_string_free (text, FALSE);
}

static int
natural_width (GtkWidget *widget)
{
  int natural;
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

/* A bubble that is only as wide as its lines is as high as these are, wherever it is scrolled to. */
static void
check_bubble (guint n, gsize n_letters)
{
  g_autofree char *text = make_lines (n, n_letters);
  GtkWidget *body = sen_message_row_body (open_long (SEN_SPEAKER_USER, "short lines", text));
  window_fixture_until (is_at_rest ());
  for (int i = 0; i <= 2; i++)
    {
      gtk_adjustment_set_value (adjustment (), gtk_adjustment_get_upper (adjustment ()) * 0.5 * i);
      window_fixture_draw (GTK_WIDGET (window), 3);
      window_fixture_until (is_at_rest ());
    }
  GtkWidget *last = last_label (body);
  window_fixture_until (gtk_widget_get_mapped (last));
  PangoLayout *layout = gtk_label_get_layout (GTK_LABEL (last));
  int height;
  pango_layout_get_pixel_size (layout, NULL, &height);
  double line_px = (double) height / pango_layout_get_line_count (layout);
  g_test_message ("%u lines of %zu letters: %d px high, %.1f expected, %d px wide", n, n_letters, gtk_widget_get_height (body),
                  n * line_px, gtk_widget_get_width (body));
  window_fixture_until (ABS (gtk_widget_get_height (body) - n * line_px) < 0.01 * n * line_px);
  window_fixture_until (gtk_widget_get_width (body) == natural_width (body));
}

static void
test_bubble (void)
{
  check_bubble (100, 50);
  check_bubble (80, 60);
  check_bubble (70, 58);
}

static void
test_wide_code (void)
{
  g_autofree char *line = g_strnfill (300, 'x'), *whole = g_strconcat (line, "\n", NULL);
  g_autofree char *few = repeat_lines ("```c\n", "x", whole, 20), *many = repeat_lines ("```c\n", "x", whole, 200);
  open_long (SEN_SPEAKER_ASSISTANT, "little code wider than the view", few);
  window_fixture_until (is_at_rest ());
  open_long (SEN_SPEAKER_ASSISTANT, "code wider than the view", many);
  for (int i = 0; i < 4; i++)
    {
      gtk_adjustment_set_value (adjustment (), gtk_adjustment_get_upper (adjustment ()) * (0.1 + 0.2 * i));
      window_fixture_until (is_at_rest ());
    }
}

/* From behind the keyboard comes to the last paragraph though it is out of sight, and goes up from there one by one. */
static void
test_keyboard (void)
{
  g_autofree char *words = make_text (6000, ".\n\n", 90);
  GtkWidget *body = sen_message_row_body (open_long (SEN_SPEAKER_ASSISTANT, "by keyboard", words)), *last = last_label (body);
  gtk_adjustment_set_value (adjustment (), 0.0);
  window_fixture_until (is_at_rest ());
  g_assert_true (gtk_widget_child_focus (body, GTK_DIR_TAB_BACKWARD));
  for (int i = 0; i < 12; i++)
    {
      g_assert_true (gtk_root_get_focus (GTK_ROOT (window)) == last);
      last = gtk_widget_get_prev_sibling (last);
      window_fixture_until (gtk_widget_get_mapped (last));
      g_assert_true (gtk_widget_child_focus (body, GTK_DIR_TAB_BACKWARD));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gtk_init ();
  window = window_fixture_open_fake ();
  window_fixture_wait (window_is_idle, window, 5.0);
  busy_meter_install (GTK_WIDGET (window));
  g_test_add_func ("/long/paragraph", test_paragraph);
  g_test_add_func ("/long/find", test_find);
  g_test_add_func ("/long/stay", test_stay);
  g_test_add_func ("/long/width", test_width);
  g_test_add_func ("/long/rest", test_rest);
  g_test_add_func ("/long/bubble", test_bubble);
  g_test_add_func ("/long/wide-code", test_wide_code);
  g_test_add_func ("/long/keyboard", test_keyboard);
  /* The others for docs/performance.md. */
  if (g_test_perf ())
    {
      g_test_add_func ("/long/paragraphs", test_paragraphs);
      g_test_add_func ("/long/code", test_code);
      g_test_add_func ("/long/word", test_word);
      g_test_add_func ("/long/table", test_table);
      g_test_add_func ("/long/list", test_list);
      g_test_add_func ("/long/stream", test_stream);
    }
  return g_test_run ();
}
