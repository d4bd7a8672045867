/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "busy-meter.h"
#include "fake-engine.h"
#include "sen-text-point.h"
#include "fake-senses.h"
#include "sen-look-progress.h"
#include "sen-preferences.h"
#include "sen-token-flow.h"
#include "sen-chat-row.h"
#include "window-fixture.h"
#include "work-meter.h"

/* The window with an engine that says what the test tells it to. One window for all; each test begins a new conversation. */
static SenWindow *window;

/* What the window does at once: see test-markdown-view.c; a few labels are its own. */
#define MOST_PARSED 40000
#define MOST_SHOWN 26000
#define MOST_LABELS 200
#define MOST_DRAWN 600

/* What a screen reader was given to say, a line for each; of the toolkit from 4.14 on, and looked up by name. */
static GString *announced;

G_MODULE_EXPORT void gtk_accessible_announce (GtkAccessible *self, const char *message, int priority);

void
gtk_accessible_announce (GtkAccessible *self, const char *message, int priority)
{
  g_assert_true (GTK_WIDGET (self) == GTK_WIDGET (window));
  g_string_append_printf (announced, "%s\n", message);
}

static void
begin (const FakeEngineScript *script)
{
  fake_engine_set_script (script);
  window_fixture_wait (window_is_idle, window, 5.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  g_assert_cmpuint (window_n_rows (window), ==, 0);
}

static gboolean
action_is_enabled (const char *name)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (window), name);
}

/* --- Names for those who do not see ----------------------------------------------------------------------------------------------- */

static gboolean
is_control (GtkWidget *widget)
{
  return GTK_IS_BUTTON (widget) || GTK_IS_MENU_BUTTON (widget) || GTK_IS_DROP_DOWN (widget) || GTK_IS_TEXT_VIEW (widget)
         || GTK_IS_LIST_BOX (widget) || GTK_IS_LIST_VIEW (widget) || GTK_IS_SEARCH_ENTRY (widget);
}

static unsigned
check_names (GtkWidget *widget)
{
  unsigned n = 0;
  /* Buttons of the window frame and what other widgets are built from are named by the toolkit. */
  if (GTK_IS_WINDOW_CONTROLS (widget))
    return 0;
  if (is_control (widget))
    {
      gboolean named = gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL)
                       || gtk_test_accessible_has_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
      if (!named)
        g_test_fail_printf ("%s has no accessible name", gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)) != NULL
                            ? gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)) : G_OBJECT_TYPE_NAME (widget));
      n++;
    }
  gboolean is_built = GTK_IS_DROP_DOWN (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !is_built; child = gtk_widget_get_next_sibling (child))
    n += check_names (child);
  return n;
}

static void
test_names (void)
{
  begin (&(FakeEngineScript) { .answer = "One. Two." });
  window_send (window, "Count");
  window_fixture_wait (window_is_idle, window, 5.0);
  unsigned n = check_names (GTK_WIDGET (window));
  g_test_message ("%u controls have a name", n);
  g_assert_cmpuint (n, >=, 12);
}

/* --- Talking ---------------------------------------------------------------------------------------------------------------------- */

static void
test_send (void)
{
  begin (&(FakeEngineScript) { .answer = "First line.\n\nSecond paragraph, with ünïcode 🦉." });
  window_send (window, "  Hello  ");
  g_assert_cmpuint (window_n_rows (window), ==, 2);
  g_assert_true (action_is_enabled ("stop"));
  g_assert_false (action_is_enabled ("regenerate"));
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "First line.\n\nSecond paragraph, with ünïcode 🦉.");
  g_assert_false (action_is_enabled ("stop"));
  g_assert_true (action_is_enabled ("regenerate"));
  g_assert_cmpuint (fake_engine_n_messages (), ==, 1);

  window_send (window, "And now?");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (window_n_rows (window), ==, 4);
  g_assert_cmpuint (fake_engine_n_messages (), ==, 3);

  /* Blank text is no question. */
  window_send (window, " \n ");
  g_assert_cmpuint (window_n_rows (window), ==, 4);
}

/* Whole sentences while they are written, errors, and what has happened; never a word by itself. */
static void
test_announced (void)
{
  begin (&(FakeEngineScript) { .answer = "It is **blue**. Why? Because of [Rayleigh](https://example.org).\n\n```c\nint x;\n```\n\nThe end",
                               .word_us = 40000 });
  g_string_truncate (announced, 0);
  window_send (window, "Why?");
  window_fixture_wait (window_is_idle, window, 10.0);
  /* Sentences that came in one frame are one announcement. */
  g_strdelimit (announced->str, "\n", ' ');
  g_assert_cmpstr (announced->str, ==, "It is blue. Why? Because of Rayleigh. Code in c. The end ");

  begin (&(FakeEngineScript) { .error = "5000 tokens are more than the 4096 that fit" });
  g_string_truncate (announced, 0);
  window_send (window, "Too much");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_nonnull (strstr (announced->str, "5000 tokens"));
  g_string_truncate (announced, 0);
  sen_window_toast (window, "Small is ready");
  g_assert_cmpstr (announced->str, ==, "Small is ready\n");
  sen_window_hide_banner (window);
}

static void
test_regenerate (void)
{
  begin (&(FakeEngineScript) { .answer = "Heads." });
  window_send (window, "Toss a coin");
  window_fixture_wait (window_is_idle, window, 5.0);
  fake_engine_set_script (&(FakeEngineScript) { .answer = "Tails." });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.regenerate", NULL);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (window_n_rows (window), ==, 2);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "Tails.");
}

static void
test_stop (void)
{
  begin (&(FakeEngineScript) { .answer = "a b c d e f g h i j k l m n o p q r s t u v w x y z", .hold_after = 3 });
  window_send (window, "Recite");
  window_fixture_wait (window_has_text, window, 5.0);
  gint64 start = g_get_monotonic_time ();
  gtk_widget_activate_action (GTK_WIDGET (window), "win.stop", NULL);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_test_message ("stopped after %.0f ms", (double) (g_get_monotonic_time () - start) / 1000.0);
  g_assert_cmpint (sen_message_state (sen_message_row_message (window_last_row (window))), ==, SEN_MESSAGE_STOPPED);
  g_assert_true (g_str_has_prefix (sen_message_row_text (window_last_row (window)), "a "));
  g_assert_null (strchr (sen_message_row_text (window_last_row (window)), 'z'));
}

/* A new conversation in the middle of an answer: that goes on where it was asked for, and nothing of it arrives here. */
static void
test_new_while_writing (void)
{
  begin (&(FakeEngineScript) { .answer = "a b c d e f g h i j k l m n o p", .hold_after = 3 });
  window_send (window, "Recite");
  window_fixture_wait (window_has_text, window, 5.0);
  g_autoptr (SenConversation) old = g_object_ref (window->conversation);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  g_assert_cmpuint (window_n_rows (window), ==, 0);
  fake_engine_go_on (0);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (window_n_rows (window), ==, 0);
  g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (old), 1);
  g_assert_cmpstr (sen_message_text (answer), ==, "a b c d e f g h i j k l m n o p");
  window_send (window, "Again");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (window_n_rows (window), ==, 2);
}

/* --- Branches and conversations ----------------------------------------------------------------------------------------------------- */

static void
test_branches (void)
{
  begin (&(FakeEngineScript) { .answer = "First answer." });
  window_send (window, "A question");
  window_fixture_wait (window_is_idle, window, 5.0);
  fake_engine_set_script (&(FakeEngineScript) { .answer = "Second answer." });
  g_signal_emit_by_name (window->view, "edited", sen_message_row_message (sen_conversation_view_nth_row (window->view, 1)),
                         "Another question");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (window_n_rows (window), ==, 2);
  g_assert_cmpstr (sen_message_row_text (sen_conversation_view_nth_row (window->view, 1)), ==, "Another question");
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "Second answer.");
  SenMessage *question = sen_message_row_message (sen_conversation_view_nth_row (window->view, 1));
  g_signal_emit_by_name (window->view, "show-sibling", question, 0);
  g_assert_cmpstr (sen_message_row_text (sen_conversation_view_nth_row (window->view, 1)), ==, "A question");
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "First answer.");

  /* Deleted with all that follows, and back. */
  SenMessage *first = sen_message_row_message (sen_conversation_view_nth_row (window->view, 1));
  gint64 id = sen_message_id (first);
  g_signal_emit_by_name (window->view, "remove", first);
  g_assert_cmpstr (sen_message_row_text (sen_conversation_view_nth_row (window->view, 1)), ==, "Another question");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.restore-message", "x", id);
  g_assert_cmpstr (sen_message_row_text (sen_conversation_view_nth_row (window->view, 1)), ==, "A question");
}

static void
test_go_on (void)
{
  begin (&(FakeEngineScript) { .answer = "a b c d e f g h i j k l m n o p", .hold_after = 3 });
  window_send (window, "Recite");
  window_fixture_wait (window_has_text, window, 5.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.stop", NULL);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_autofree char *begun = g_strdup (sen_message_row_text (window_last_row (window)));
  g_assert_cmpint (sen_message_state (sen_message_row_message (window_last_row (window))), ==, SEN_MESSAGE_STOPPED);
  fake_engine_set_script (&(FakeEngineScript) { .answer = "and so on." });
  g_signal_emit_by_name (window->view, "go-on", sen_message_row_message (window_last_row (window)));
  window_fixture_wait (window_is_idle, window, 5.0);
  g_autofree char *whole = g_strconcat (begun, "and so on.", NULL);
  g_assert_cmpuint (window_n_rows (window), ==, 2);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, whole);
  g_assert_cmpuint (fake_engine_n_messages (), ==, 2);
}

/* Conversations come and go, with what was begun to be written in each. */
static void
test_conversations (void)
{
  begin (&(FakeEngineScript) { .answer = "Yes." });
  window_send (window, "Remember me");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_autoptr (SenConversation) first = g_object_ref (window->conversation);
  sen_composer_set_text (window->composer, "half a thought");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  g_autofree char *empty = sen_composer_get_text (window->composer);
  g_assert_cmpstr (empty, ==, "");
  window_send (window, "Another one");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (window)), ==, "Another one");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.next-chat", NULL);
  g_assert_true (window->conversation == first);
  g_autofree char *draft = sen_composer_get_text (window->composer);
  g_assert_cmpstr (draft, ==, "half a thought");
  g_assert_cmpuint (window_n_rows (window), ==, 2);

  gint64 id = sen_conversation_id (first);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (window->history));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.delete", "x", id);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (window->history)), ==, n - 1);
  g_assert_cmpuint (window_n_rows (window), ==, 0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.restore", "x", id);
  g_assert_true (window->conversation == first);
  /* Without a mouse, too. */
  gtk_widget_activate_action (GTK_WIDGET (window), "win.delete-current", NULL);
  g_assert_true (window->conversation != first);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.undo-delete", NULL);
  g_assert_true (window->conversation == first);
  g_assert_cmpuint (window_n_rows (window), ==, 2);
  sen_composer_set_text (window->composer, "");
}

static void
check_work (void)
{
  g_assert_cmpuint (work_meter_most (WORK_PARSED), <=, MOST_PARSED);
  g_assert_cmpuint (work_meter_most (WORK_SHOWN), <=, MOST_SHOWN);
  g_assert_cmpuint (work_meter_most (WORK_LABELS), <=, MOST_LABELS);
  g_assert_cmpuint (work_meter_most (WORK_DRAWN), <=, MOST_DRAWN);
}

/* Five hundred messages: the end is there at once, the rest as it is scrolled to, and never much at once. */
static void
test_many_messages (void)
{
  begin (&(FakeEngineScript) { .answer = "Yes." });
  for (int i = 0; i < 250; i++)
    {
      g_autofree char *question = g_strdup_printf ("Question %d, which is not very long", i);
      sen_conversation_append (window->conversation, SEN_SPEAKER_USER, question);
      SenMessage *answer = sen_conversation_append (window->conversation, SEN_SPEAKER_ASSISTANT, "");
      sen_message_append (answer, "An answer of a few lines.\n\nIt has paragraphs, as answers do, and words enough to fill more than "
                                  "one line of a window that is not too wide.\n\n- and\n- a\n- list");
      sen_message_finish (answer, SEN_MESSAGE_DONE, NULL);
    }
  g_autoptr (SenConversation) many = g_object_ref (window->conversation);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  window_fixture_sleep (200);
  gint64 start = g_get_monotonic_time ();
  gtk_widget_activate_action (GTK_WIDGET (window), "win.next-chat", NULL);
  double opened_ms = (g_get_monotonic_time () - start) / 1000.0;
  g_assert_true (window->conversation == many);
  window_fixture_until (window_last_row (window) != NULL && gtk_widget_get_height (GTK_WIDGET (window_last_row (window))) > 0);
  window_fixture_sleep (300);   /* so that opening is no part of scrolling */
  busy_meter_reset ();
  GtkWidget *scroller = gtk_widget_get_ancestor (GTK_WIDGET (window_last_row (window)), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  g_autoptr (SenMessage) first = g_list_model_get_item (G_LIST_MODEL (many), 0), last = g_list_model_get_item (G_LIST_MODEL (many), 499);
  unsigned n_rows = 0;
  for (unsigned i = 0; sen_conversation_view_find_row (window->view, first) == NULL; i++)
    {
      g_assert_cmpuint (i, <, 1000);
      gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) - 500.0);
      window_fixture_draw (GTK_WIDGET (window), 1);
      n_rows = MAX (n_rows, window_n_rows (window));
    }
  for (unsigned i = 0; sen_conversation_view_find_row (window->view, last) == NULL; i++)
    {
      g_assert_cmpuint (i, <, 1000);
      gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + 500.0);
      window_fixture_draw (GTK_WIDGET (window), 1);
    }
  g_test_message ("opened in %.1f ms; %u rows", opened_ms, n_rows);
  busy_meter_report ("scrolling");
  check_work ();
  g_assert_cmpuint (n_rows, <, 100);
}

/* --- Finding ------------------------------------------------------------------------------------------------------------------------ */

static gboolean
is_selected (GtkWidget *label, gconstpointer data)
{
  return gtk_label_get_selection_bounds (GTK_LABEL (label), NULL, NULL);
}

static GtkLabel *
find_selected (GtkWidget *widget)
{
  return GTK_LABEL (window_fixture_find (widget, GTK_TYPE_LABEL, is_selected, NULL));
}

static gboolean
has_selected_in (const char *text)
{
  GtkLabel *label = find_selected (GTK_WIDGET (window->view));
  return label != NULL && g_str_equal (gtk_label_get_text (label), text);
}

static void
test_find (void)
{
  begin (&(FakeEngineScript) { .answer = "An **Äpfel** tree, and äpfel pie.\n\n```c\nint apfel;\n```" });
  for (int i = 0; i < 60; i++)
    {
      g_autofree char *question = g_strdup_printf (i == 3 ? "Where is the needle?" : "Question %d", i);
      sen_conversation_append (window->conversation, SEN_SPEAKER_USER, question);
    }
  window_send (window, "What of ÄPFEL?");
  window_fixture_wait (window_is_idle, window, 5.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.find", NULL);
  g_assert_cmpuint (sen_find_bar_find (window->find_bar, "nowhere at all"), ==, 0);
  g_assert_cmpuint (sen_find_bar_find (window->find_bar, "äpfel"), ==, 3);
  window_fixture_until (has_selected_in ("An Äpfel tree, and äpfel pie."));
  int start, end;
  g_assert_true (gtk_label_get_selection_bounds (find_selected (GTK_WIDGET (window->view)), &start, &end));
  g_assert_cmpint (start, ==, 19);
  g_assert_cmpint (end, ==, 24);
  /* Far above, where no row is yet. */
  g_assert_cmpuint (sen_find_bar_find (window->find_bar, "NEEDLE"), ==, 1);
  window_fixture_until (has_selected_in ("Where is the needle?"));
  /* And back to what has no row any more. */
  g_assert_cmpuint (sen_find_bar_find (window->find_bar, "apfel"), ==, 1);
  window_fixture_until (has_selected_in ("int apfel;"));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  g_assert_false (action_is_enabled ("find"));
}

static void
test_error (void)
{
  begin (&(FakeEngineScript) { .error = "5000 tokens are more than the 4096 that fit" });
  window_send (window, "Too much");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_true (gtk_revealer_get_reveal_child (window->banner));
  g_assert_nonnull (strstr (gtk_label_get_text (window->banner_label), "5000 tokens"));
  g_assert_cmpstr (gtk_actionable_get_action_name (GTK_ACTIONABLE (window->banner_button)), ==, "win.leave-out");
  g_assert_true (action_is_enabled ("leave-out"));
  begin (&(FakeEngineScript) { .answer = "Yes." });
  g_assert_false (gtk_revealer_get_reveal_child (window->banner));
}

static void
unload (void)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.unload", NULL);
  window_fixture_until (window_is_idle (window) && !action_is_enabled ("unload"));
}

static void
test_unload (void)
{
  begin (&(FakeEngineScript) { .answer = "Back again." });
  unsigned n_loads = fake_engine_n_loads ();
  unload ();
  g_assert_nonnull (strstr (gtk_label_get_text (window->model_label), ", unloaded"));
  window_send (window, "Are you there?");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (fake_engine_n_loads (), ==, n_loads + 1);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "Back again.");
  /* So do asking again, and going on with an answer. */
  unload ();
  fake_engine_set_script (&(FakeEngineScript) { .answer = "And again." });
  g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (window->conversation), 1);
  sen_window_answer (window, answer);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (fake_engine_n_loads (), ==, n_loads + 2);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "And again.");
  unload ();
  fake_engine_set_script (&(FakeEngineScript) { .answer = " More." });
  g_autoptr (SenMessage) longer = g_list_model_get_item (G_LIST_MODEL (window->conversation), 1);
  sen_window_go_on (window, longer);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "And again. More.");
}

/* --- What goes wrong ---------------------------------------------------------------------------------------------------------------- */

/* The model's file is deleted while it is unloaded: the question is not lost. */
static void
test_vanished_model (void)
{
  begin (&(FakeEngineScript) { .answer = "Never." });
  g_autofree char *path = g_strdup (window->settings->model), *aside = g_strconcat (path, ".aside", NULL);
  unload ();
  g_assert_cmpint (g_rename (path, aside), ==, 0);
  window_send (window, "Are you there?");
  g_assert_cmpuint (window_n_rows (window), ==, 0);
  g_assert_true (gtk_revealer_get_reveal_child (window->banner));
  g_autofree char *text = sen_composer_get_text (window->composer);
  g_assert_cmpstr (text, ==, "Are you there?");
  g_assert_cmpint (g_rename (aside, path), ==, 0);
  fake_engine_set_script (&(FakeEngineScript) { .answer = "Yes." });
  sen_composer_submit (window->composer);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "Yes.");
}

/* Ten million characters in the clipboard stay there, and the window says so. */
static gboolean
has_problem (gpointer data)
{
  return sen_history_problem (window->history) != NULL;
}

static gboolean
has_no_problem (gpointer data)
{
  return !has_problem (data);
}

/* A full disk (no file may grow) is told of for as long as it is, whatever is said in between, and not again once that was closed. */
static void
test_disk_full (void)
{
  struct rlimit before, none;
  begin (&(FakeEngineScript) { .answer = "Yes." });
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  none = (struct rlimit) { 0, before.rlim_max };
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &none), ==, 0);
  window_send (window, "Is there room?");
  window_fixture_wait (window_is_idle, window, 5.0);
  window_fixture_wait (has_problem, NULL, 10.0);
  window_fixture_until (strstr (gtk_label_get_text (window->banner_label), "not being saved") != NULL);
  window_send (window, "And now?");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_true (gtk_revealer_get_reveal_child (window->banner));
  window->is_problem_known = TRUE;
  sen_window_hide_banner (window);
  g_assert_false (gtk_revealer_get_reveal_child (window->banner));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  window_fixture_wait (has_no_problem, NULL, 10.0);
  g_assert_true (sen_history_flush (window->history));
  g_assert_false (gtk_revealer_get_reveal_child (window->banner));
}

static gboolean
composer_says (const char *wanted)
{
  g_autofree char *text = sen_composer_get_text (window->composer);
  return g_str_equal (text, wanted);
}

static void
test_large_paste (void)
{
  begin (&(FakeEngineScript) { .answer = "Yes." });
  g_autofree char *large = g_strnfill (10 << 20, 'x');
  GtkWidget *view = window_fixture_find (GTK_WIDGET (window->composer), GTK_TYPE_TEXT_VIEW, NULL, NULL);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (view), large);
  g_signal_emit_by_name (view, "paste-clipboard");
  window_fixture_until (gtk_revealer_get_reveal_child (window->banner));
  g_autofree char *text = sen_composer_get_text (window->composer);
  g_assert_cmpstr (text, ==, "");
  gdk_clipboard_set_text (gtk_widget_get_clipboard (view), "a few words");
  g_signal_emit_by_name (view, "paste-clipboard");
  window_fixture_until (composer_says ("a few words"));
  sen_composer_set_text (window->composer, "");
}

/* Right to left, combining marks, emoji of many code points, marks that turn the direction: drawn, and kept as they are. */
static void
test_scripts (void)
{
  static const char *const texts[] = {
    "مرحبا بالعالم، كيف حالك؟", "שלום עולם", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "👩‍👩‍👧‍👦🏳️‍🌈", "\xe2\x80\xae" "turned around" "\xe2\x80\xac",
    "ภาษาไทยไม่มีช่องว่าง",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      begin (&(FakeEngineScript) { .answer = texts[i] });
      window_send (window, texts[i]);
      window_fixture_wait (window_is_idle, window, 5.0);
      window_fixture_draw (GTK_WIDGET (window), 2);
      g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, texts[i]);
      g_assert_cmpstr (sen_conversation_title (window->conversation), ==, texts[i]);
    }
}

/* The folder of the environment is told of, and cannot be changed from here. */
static void
test_fixed_folder (void)
{
  GtkWidget *preferences = sen_preferences_new (window), *row = window_fixture_find_row (preferences, "Models");
  const char *text = adw_action_row_get_subtitle (ADW_ACTION_ROW (row));
  g_assert_true (g_str_has_prefix (text, "SENSORIUM_MODELS is set"));
  g_assert_nonnull (strstr (text, sen_model_store_models_dir (sen_application_store (window->application))));
  g_assert_false (gtk_widget_get_sensitive (row));
  gtk_window_destroy (GTK_WINDOW (preferences));
}

/* --- Looks ------------------------------------------------------------------------------------------------------------------------- */

/* Relative luminance of WCAG 2.1, of a pixel in the order of cairo. */
static double
luminance (const guchar *pixel)
{
  static const double weights[] = { 0.0722, 0.7152, 0.2126 };
  double sum = 0.0;
  for (int i = 0; i < 3; i++)
    {
      double c = pixel[i] / 255.0;
      sum += weights[i] * (c <= 0.04045 ? c / 12.92 : pow ((c + 0.055) / 1.055, 2.4));
    }
  return sum;
}

/* Of what stands out most in @widget to its first pixel; 0 before it is drawn. */
static double
measure_contrast (GtkWidget *widget)
{
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  g_autoptr (GskRenderNode) node = gtk_snapshot_to_node (snapshot);
  if (node == NULL)
    return 0.0;
  g_autoptr (GdkTexture) texture = gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (widget)), node,
                                                                &GRAPHENE_RECT_INIT (0, 0, width, height));
  g_autofree guchar *pixels = g_malloc ((gsize) (4 * width * height));
  gdk_texture_download (texture, pixels, (gsize) (4 * width));
  double background = luminance (pixels), most = 1.0;
  for (int i = 0; i < width * height; i++)
    {
      double here = luminance (pixels + 4 * i);
      most = MAX (most, (MAX (here, background) + 0.05) / (MIN (here, background) + 0.05));
    }
  return most;
}

/* Captions are read at 4.5 to 1 (WCAG AA) on whatever they stand on, in both schemes. */
static void
test_contrast (void)
{
  static const AdwColorScheme schemes[] = { ADW_COLOR_SCHEME_FORCE_LIGHT, ADW_COLOR_SCHEME_FORCE_DARK };
  static const char *const surfaces[] = { "background", "view", "card" };
  /* Colours are what they are at once. */
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (schemes); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (surfaces); j++)
      {
        adw_style_manager_set_color_scheme (adw_style_manager_get_default (), schemes[i]);
        GtkWidget *other = gtk_window_new (), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
        GtkWidget *label = gtk_label_new ("████████");
        gtk_widget_add_css_class (label, "dim-label");
        gtk_widget_add_css_class (label, "caption");
        gtk_widget_set_margin_top (label, 10);
        gtk_widget_add_css_class (box, surfaces[j]);
        gtk_box_append (GTK_BOX (box), label);
        GtkWidget *around = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
        gtk_widget_add_css_class (around, "background");
        gtk_box_append (GTK_BOX (around), box);
        gtk_window_set_child (GTK_WINDOW (other), around);
        gtk_window_present (GTK_WINDOW (other));
        double contrast = 0.0;
        window_fixture_until ((contrast = measure_contrast (around)) > 0.0);
        g_test_message ("captions on %s, %s: %.1f to 1", surfaces[j], i == 0 ? "light" : "dark", contrast);
        g_assert_cmpfloat (contrast, >=, 4.5);
        gtk_window_destroy (GTK_WINDOW (other));
      }
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
}

/* On a narrow window the list of conversations leaves something to press beside it. */
static void
test_narrow (void)
{
  begin (&(FakeEngineScript) { .answer = "Yes." });
  gtk_window_set_default_size (GTK_WINDOW (window), 420, 800);
  window_fixture_until (adw_flap_get_folded (window->flap));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.toggle-sidebar", NULL);
  window_fixture_until (adw_flap_get_reveal_progress (window->flap) >= 1.0);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window->sidebar)), <=, 300);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), >=, 400);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.toggle-sidebar", NULL);
  gtk_window_set_default_size (GTK_WINDOW (window), 1040, 760);
  window_fixture_until (!adw_flap_get_folded (window->flap));
}

/* Everything that can be clicked can be reached with the Tab key. */
static void
test_keyboard (void)
{
  begin (&(FakeEngineScript) { .answer = "Yes." });
  window_send (window, "Is there a way without a mouse?");
  window_fixture_wait (window_is_idle, window, 5.0);
  window_fixture_draw (GTK_WIDGET (window), 2);
  gtk_window_set_focus (GTK_WINDOW (window), NULL);
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
  guint n_buttons = 0, n_lists = 0, n_views = 0;
  for (int i = 0; i < 60; i++)
    {
      gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_TAB_FORWARD);
      GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (window));
      if (focus == NULL || !g_hash_table_add (reached, focus))
        continue;
      n_buttons += GTK_IS_BUTTON (focus) || GTK_IS_TOGGLE_BUTTON (focus);
      n_lists += gtk_widget_get_ancestor (focus, GTK_TYPE_LIST_VIEW) != NULL;
      n_views += GTK_IS_TEXT_VIEW (focus);
    }
  g_test_message ("%u places: %u buttons, %u in lists, %u text views", g_hash_table_size (reached), n_buttons, n_lists, n_views);
  g_assert_cmpuint (n_views, ==, 1);
  g_assert_cmpuint (n_lists, >=, 1);
  /* Of the question copy, edit and delete; of the answer copy, again and delete; new, menu, sidebar. */
  g_assert_cmpuint (n_buttons, >=, 9);
}

static SenChatRow *
find_chat_row (GtkWidget *widget)
{
  if (SEN_IS_CHAT_ROW (widget))
    return SEN_CHAT_ROW (widget);
  SenChatRow *row = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && row == NULL; child = gtk_widget_get_next_sibling (child))
    row = find_chat_row (child);
  return row;
}

/* The rows of the list take the focus themselves, so that Enter opens one. */
static void
test_keyboard_list (void)
{
  begin (&(FakeEngineScript) { .answer = "Yes." });
  window_send (window, "First of two");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_autoptr (SenConversation) first = g_object_ref (window->conversation);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new", NULL);
  SenChatRow *top = NULL;
  window_fixture_until ((top = find_chat_row (GTK_WIDGET (window->sidebar))) != NULL && sen_chat_row_conversation (top) == first);
  GtkWidget *row = GTK_WIDGET (top);
  GtkWidget *item = gtk_widget_get_parent (row);
  g_assert_true (gtk_widget_child_focus (item, GTK_DIR_TAB_FORWARD));
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (window)) == item);
  g_assert_true (sen_sidebar_focused (window->sidebar) == first);
  gtk_test_accessible_assert_property (item, GTK_ACCESSIBLE_PROPERTY_LABEL, "First of two");
  gtk_widget_activate (item);
  g_assert_true (window->conversation == first);
}

static gboolean
has_label (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && strcmp (gtk_label_get_text (GTK_LABEL (widget)), text) == 0)
    return TRUE;
  gboolean found = FALSE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !found; child = gtk_widget_get_next_sibling (child))
    found = has_label (child, text);
  return found;
}

/* A model that was begun to be got says how much of it is here, in this run of the program as in the next. */
static void
test_partial_model (void)
{
  g_autoptr (SenCatalogue) catalogue = sen_catalogue_new_builtin (NULL);
  const SenModelStatus status = { .entry = sen_catalogue_entry (catalogue, 0), .state = SEN_MODEL_PARTIAL, .size_bytes = 12300000 };
  GtkWidget *row = g_object_ref_sink (GTK_WIDGET (sen_model_row_new (sen_application_store (window->application), &status)));
  g_autofree char *total = g_format_size (status.entry->size_bytes);
  g_autofree char *text = g_strdup_printf ("Paused: 12.3\302\240MB of %s are here", total);
  g_assert_true (has_label (row, text));
  g_assert_true (has_label (row, "Go on"));
  g_object_unref (row);
}

/* --- Work ------------------------------------------------------------------------------------------------------------------------- */

static char *
make_text (size_t n_words, const char *paragraph_end, size_t paragraph_words)
{
  GString *text = g_string_new (NULL);
  for (size_t i = 0; i < n_words; i++)
    g_string_append_printf (text, "word%zu%s", i % 97, i % paragraph_words == paragraph_words - 1 ? paragraph_end : " ");
  return g_string_free (text, FALSE);
}

static void
check_stream (const char *answer, unsigned word_us, double seconds)
{
  begin (&(FakeEngineScript) { .answer = answer, .word_us = word_us, .hold_after = 1 });
  /* What is drawn of it is another matter, and so is what a test before left open. */
  adw_flap_set_reveal_flap (window->look_flap, FALSE);
  window_send (window, "Write a lot");
  window_fixture_wait (window_has_text, window, 5.0);
  busy_meter_reset ();
  fake_engine_go_on (0);
  window_fixture_wait (window_is_idle, window, seconds);
  busy_meter_report ("writing");
  check_work ();
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, answer);
}

static void
test_stream (void)
{
  g_autofree char *answer = make_text (600, ".\n\n", 60);
  check_stream (answer, g_test_perf () ? 5000 : 1000, 60.0);
}

/* 32,000 words in paragraphs, the answer that makes other programs stutter: faster than any model (2,000 words a second with
 * -m perf), so what comes in one turn is more than a model's. */
static void
test_stream_long (void)
{
  g_autofree char *answer = make_text (32000, ".\n\n", 80);
  check_stream (answer, g_test_perf () ? 400 : 100, 240.0);
}

/* The same without a single line end. */
static void
test_stream_endless_paragraph (void)
{
  g_autofree char *answer = make_text (8000, " ", 80);
  check_stream (answer, g_test_perf () ? 900 : 300, 240.0);
}

/* --- Pictures and recordings ---------------------------------------------------------------------------------------------------------- */

static void
attach_text (const char *name, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (SenAttachment) attachment = sen_attachment_files_add_bytes (sen_history_files (window->history), bytes, name);
  sen_window_attach (window, attachment);
}

static guint
n_attached (void)
{
  return g_list_model_get_n_items (sen_conversation_draft_attachments (window->conversation));
}

static gboolean
draft_is_settled (gpointer data)
{
  for (guint i = 0; i < n_attached (); i++)
    {
      g_autoptr (SenAttachment) attachment = g_list_model_get_item (sen_conversation_draft_attachments (window->conversation), i);
      SenAttachmentState state = sen_attachment_state (attachment);
      if (state != SEN_ATTACHMENT_READY && state != SEN_ATTACHMENT_FAILED)
        return FALSE;
    }
  return window->draft_tokens > 0;
}

/* In order, with what is wrong with one, and without a word of the user's own; tiles and messages have names. */
static void
test_attachments (void)
{
  begin (&(FakeEngineScript) { .answer = "I see." });
  attach_text ("sign.png", "picture Platform 7.");
  attach_text ("broken.png", "nonsense");
  attach_text ("note.wav", "sound Good morning.");
  window_fixture_wait (draft_is_settled, NULL, 10.0);
  check_names (GTK_WIDGET (window));
  g_assert_cmpuint (n_attached (), ==, 3);
  sen_composer_submit (window->composer);
  g_assert_cmpuint (n_attached (), ==, 0);
  window_fixture_wait (window_is_idle, window, 10.0);
  g_assert_cmpstr (fake_engine_last_question (), ==,
                   "Picture 1, \"sign.png\", seen in words:\n```\nPlatform 7.\n```\n\n"
                   "File 1, \"broken.png\", could not be seen: “broken.png” is damaged.\n\n"
                   "Recording 1, \"note.wav\", heard in words:\n```\nGood morning.\n```\n");
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "I see.");
  check_names (GTK_WIDGET (window));
}

/* A question does not wait at the door: it is asked when all has been heard, and can be stopped before. */
static void
test_listening (void)
{
  begin (&(FakeEngineScript) { .answer = "Heard." });
  fake_senses_hold (true);
  attach_text ("long.wav", "sound A long story.");
  window_send (window, "What is it about?");
  window_fixture_sleep (200);
  g_assert_nonnull (window->answer);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.stop", NULL);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "");
  fake_senses_hold (false);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.regenerate", NULL);
  window_fixture_wait (window_is_idle, window, 10.0);
  g_assert_nonnull (strstr (fake_engine_last_question (), "A long story."));
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "Heard.");
}

/* --- Where it looked ------------------------------------------------------------------------------------------------------------------ */

static gboolean
is_explained (gpointer data)
{
  return sen_look_pane_explanation (window->look_pane) != NULL;
}

static GtkWidget *
find_in_pane (const char *name)
{
  GObject *found = gtk_widget_get_template_child (GTK_WIDGET (window->look_pane), SEN_TYPE_LOOK_PANE, name);
  g_assert_nonnull (found);
  return GTK_WIDGET (found);
}

static gboolean
pane_has (gpointer text)
{
  return strstr (gtk_label_get_text (GTK_LABEL (find_in_pane ("message_label"))), text) != NULL;
}

static gboolean
has_detail (gpointer data)
{
  return gtk_widget_get_visible (find_in_pane ("heads_expander"));
}

static gboolean
is_written (gpointer path)
{
  GStatBuf status;
  return g_stat (path, &status) == 0 && status.st_size > 0;
}

static const char *
words_text (void)
{
  return gtk_label_get_text (GTK_LABEL (find_in_pane ("words_label")));
}

static void
press_key (GtkWidget *widget, guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      gboolean is_handled;
      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", key, 0, (GdkModifierType) 0, &is_handled);
    }
}

static gboolean
has_trust (gpointer data)
{
  SenExplanation *explanation = sen_look_pane_explanation (window->look_pane);
  return explanation != NULL && sen_explanation_info (explanation)->trust != NULL;
}

/* @flow gets its first word, as soon as its lines are laid out. */
static void
go_to_start (GtkWidget *flow)
{
  window_fixture_until ((press_key (flow, GDK_KEY_Home), sen_token_flow_cursor (SEN_TOKEN_FLOW (flow)) == 0));
}

/* Opened by its action, gone through by keyboard: each word has its heat, a chosen one its layers and what it might have been. */
static void
test_look (void)
{
  begin (&(FakeEngineScript) { .answer = "A sign stands there." });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  g_assert_true (pane_has ((gpointer) "for any of its answers"));
  window_send (window, "What is that?");
  window_fixture_wait (is_explained, NULL, 5.0);
  g_assert_cmpuint (check_names (GTK_WIDGET (window->look_pane)), >=, 3);

  GtkWidget *answer = find_in_pane ("answer");
  go_to_start (answer);
  press_key (answer, GDK_KEY_Right);
  /* Half of the attention, which was the first token's, is left out. */
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “A” 50 %");
  gtk_check_button_set_active (GTK_CHECK_BUTTON (find_in_pane ("sink_check")), FALSE);
  g_assert_cmpstr (words_text (), ==, "“What” 25 % · “A” 25 %");
  gtk_check_button_set_active (GTK_CHECK_BUTTON (find_in_pane ("log_check")), TRUE);

  press_key (answer, GDK_KEY_Return);
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (find_in_pane ("candidates_label"))), ==, "“sign” was 90 % likely, place 1");
  window_fixture_wait (has_detail, NULL, 5.0);
  gtk_range_set_value (GTK_RANGE (find_in_pane ("layer_scale")), 2.0);
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (find_in_pane ("layer_label"))), ==, "Layer 2, mean of its heads");
  g_assert_cmpstr (words_text (), ==, "“is” 50 % · “that?” 50 %");
  GtkWidget *grid = find_in_pane ("grid");
  press_key (grid, GDK_KEY_Down);
  press_key (grid, GDK_KEY_Return);
  g_assert_cmpstr (words_text (), ==, "“is” 100 %");
  gtk_expander_set_expanded (GTK_EXPANDER (find_in_pane ("table_expander")), TRUE);
  gtk_expander_set_expanded (GTK_EXPANDER (find_in_pane ("table_expander")), FALSE);

  /* All that can be exported begins as it should. */
  static const struct {
    const char *format, *magic;
  } exports[] = { { "html", "<!" }, { "png", "\x89PNG" }, { "json", "{" }, { "npz", "PK" } };
  for (guint i = 0; i < G_N_ELEMENTS (exports); i++)
    {
      g_autofree char *dir = g_dir_make_tmp ("sensorium-XXXXXX", NULL), *path = g_build_filename (dir, exports[i].format, NULL);
      g_autoptr (GFile) file = g_file_new_for_path (path);
      sen_window_export_look (window, exports[i].format, file);
      window_fixture_wait (is_written, path, 20.0);
      g_autofree char *content = NULL;
      g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
      g_assert_true (g_str_has_prefix (content, exports[i].magic));
      g_unlink (path);
      g_rmdir (dir);
    }

  /* What was seen while it was written can be looked at otherwise, and measured. */
  g_assert_true (gtk_widget_get_sensitive (find_in_pane ("methods")) && gtk_widget_get_sensitive (find_in_pane ("trust")));
  g_signal_emit_by_name (find_in_pane ("trust"), "wanted");
  window_fixture_wait (has_trust, NULL, 5.0);

  /* With another word instead, the answer goes on in a version of its own. */
  fake_engine_set_script (&(FakeEngineScript) { .answer = " a tree." });
  g_signal_emit_by_name (window->look_pane, "go-on-with", "A perhaps");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "A perhaps a tree.");
  g_assert_cmpuint (window_n_rows (window), ==, 2);
  window_fixture_wait (is_explained, NULL, 5.0);
  unsigned n = fake_engine_n_explained ();
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);

  /* Closed, it costs nothing. */
  fake_engine_set_script (&(FakeEngineScript) { .answer = "Yes." });
  window_send (window, "Really?");
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (fake_engine_n_explained (), ==, n);
}

/* --- While it is written -------------------------------------------------------------------------------------------------------------- */

static guint
n_shown (void)
{
  SenExplanation *explanation = sen_look_pane_explanation (window->look_pane);
  return explanation != NULL ? sen_explanation_info (explanation)->n_queries : 0;
}

static gboolean
has_words (gpointer n)
{
  return n_shown () >= GPOINTER_TO_UINT (n);
}

/* The pane fills with the words, the newest shows its heat; nothing is asked anew behind the last. */
static void
test_look_live (void)
{
  begin (&(FakeEngineScript) { .answer = "A sign stands there beside the old red house now.", .hold_after = 3 });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (find_in_pane ("sink_check")), TRUE);
  g_assert_true (fake_engine_is_looking ());
  unsigned n = fake_engine_n_explained ();
  window_send (window, "What is that?");
  g_assert_true (pane_has ((gpointer) "with each word"));
  window_fixture_wait (has_words, GUINT_TO_POINTER (3), 5.0);
  /* Half of the newest word's attention is on the word before. */
  for (guint i = 4; i <= 5; i++)
    {
      static const char *const before[] = { "sign", "stands" };
      g_autofree char *expected = g_strdup_printf ("“What” 50 %% · “%s” 50 %%", before[i - 4]);
      g_assert_cmpuint (n_shown (), ==, i - 1);
      g_assert_cmpstr (words_text (), ==, expected);
      fake_engine_go_on (1);
      window_fixture_wait (has_words, GUINT_TO_POINTER (i), 5.0);
    }

  /* One that was written before, as long as it is pointed at; one that is clicked stays, its layers come behind the answer. */
  GtkWidget *answer = find_in_pane ("answer");
  go_to_start (answer);
  press_key (answer, GDK_KEY_Right);
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “A” 50 %");
  fake_engine_go_on (2);
  window_fixture_wait (has_words, GUINT_TO_POINTER (7), 5.0);
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “A” 50 %");
  press_key (answer, GDK_KEY_Return);
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (find_in_pane ("candidates_label"))), ==, "“sign” was 90 % likely, place 1");
  g_assert_cmpuint (fake_engine_n_explained (), ==, n);
  fake_engine_go_on (0);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (n_shown (), ==, 10);
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “A” 50 %");
  window_fixture_wait (has_detail, NULL, 5.0);
  g_assert_cmpuint (fake_engine_n_explained (), ==, n + 1);

  /* Let go of, the last word is shown again. */
  press_key (answer, GDK_KEY_Return);
  g_signal_emit_by_name (answer, "pointed", -1);
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “house” 50 %");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  g_assert_false (fake_engine_is_looking ());
}

/* Stopped in the middle, closed in the middle, opened in the middle. */
static void
test_look_live_broken (void)
{
  begin (&(FakeEngineScript) { .answer = "One two three four five six seven eight nine ten.", .hold_after = 3 });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  unsigned n = fake_engine_n_explained ();
  window_send (window, "Count.");
  window_fixture_wait (has_words, GUINT_TO_POINTER (3), 5.0);
  sen_window_stop (window);
  window_fixture_wait (window_is_idle, window, 5.0);
  guint n_words = n_shown ();
  g_assert_cmpuint (n_words, >=, 3);
  g_assert_cmpuint (n_words, <, 10);
  g_assert_cmpuint (fake_engine_n_explained (), ==, n);

  /* Closed, it keeps nothing; opened again, it is asked what lacks when the answer is written. */
  window_send (window, "Once more.");
  window_fixture_wait (has_words, GUINT_TO_POINTER (2), 5.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  window_fixture_sleep (400);
  g_assert_false (is_explained (NULL));
  g_assert_false (fake_engine_is_looking ());
  g_assert_false (window_is_idle (window));
  fake_engine_go_on (0);
  window_fixture_wait (window_is_idle, window, 5.0);
  g_assert_cmpuint (fake_engine_n_explained (), ==, n);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  window_fixture_wait (is_explained, NULL, 5.0);
  g_assert_cmpuint (fake_engine_n_explained (), ==, n + 1);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
}

static gboolean
begins_with (GtkWidget *label, gconstpointer text)
{
  return g_str_has_prefix (gtk_label_get_text (GTK_LABEL (label)), text);
}

/* Words one after the other, paused and gone on with; without animations one for each press. */
static void
test_look_replay (void)
{
  begin (&(FakeEngineScript) { .answer = "A sign stands there." });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  window_send (window, "What is that?");
  window_fixture_wait (window_is_idle, window, 5.0);
  window_fixture_wait (is_explained, NULL, 5.0);
  GtkToggleButton *button = GTK_TOGGLE_BUTTON (find_in_pane ("replay_button"));
  GtkSettings *settings = gtk_widget_get_settings (GTK_WIDGET (button));
  gboolean may_move = TRUE;
  g_object_get (settings, "gtk-enable-animations", &may_move, NULL);
  g_object_set (settings, "gtk-enable-animations", FALSE, NULL);
  gtk_toggle_button_set_active (button, TRUE);
  g_assert_false (gtk_toggle_button_get_active (button));
  g_assert_cmpstr (words_text (), ==, "“What” 50 %");
  gtk_toggle_button_set_active (button, TRUE);
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “A” 50 %");
  g_object_set (settings, "gtk-enable-animations", TRUE, NULL);
  gtk_toggle_button_set_active (button, TRUE);
  g_assert_true (gtk_toggle_button_get_active (button));
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “sign” 50 %");
  gtk_toggle_button_set_active (button, FALSE);
  window_fixture_sleep (500);
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “sign” 50 %");
  gtk_toggle_button_set_active (button, TRUE);
  window_fixture_until (!gtk_toggle_button_get_active (button));
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “stands” 50 %");
  g_object_set (settings, "gtk-enable-animations", may_move, NULL);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
}

/* The first widget of @type below @widget, or NULL. */
static GtkWidget *
find_below (GtkWidget *widget, GType type)
{
  GtkWidget *found = G_TYPE_CHECK_INSTANCE_TYPE (widget, type) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL; child = gtk_widget_get_next_sibling (child))
    found = find_below (child, type);
  return found;
}

static void
choose_method (guint i)
{
  gtk_drop_down_set_selected (GTK_DROP_DOWN (find_below (find_in_pane ("methods"), GTK_TYPE_DROP_DOWN)), i);
}

static gboolean
is_shown_by (gpointer method)
{
  SenExplanation *explanation = sen_look_pane_explanation (window->look_pane);
  return explanation != NULL && sen_explanation_info (explanation)->method == (SenExplainMethod) GPOINTER_TO_INT (method)
         && window->method_job == NULL;
}

static gboolean
is_waited_for (gpointer widget)
{
  GtkWidget *progress = find_below (widget, SEN_TYPE_LOOK_PROGRESS);
  GtkWidget *label = find_below (progress, GTK_TYPE_LABEL);
  return gtk_widget_get_visible (progress) && strstr (gtk_label_get_text (GTK_LABEL (label)), "Leaving out") != NULL;
}

static bool
says (GtkWidget *widget, const char *text)
{
  bool is_said = GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !is_said; child = gtk_widget_get_next_sibling (child))
    is_said = says (child, text);
  return is_said;
}

/* Each method, one that is stopped half way, and back again at once; how far it can be believed; what heads added. */
static void
test_look_methods (void)
{
  begin (&(FakeEngineScript) { .answer = "A sign stands there.", .holds_methods = true });
  window_send (window, "What is that?");
  window_fixture_wait (window_is_idle, window, 5.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  window_fixture_wait (is_explained, NULL, 5.0);
  GtkWidget *methods = find_in_pane ("methods"), *trust = find_in_pane ("trust"), *answer = find_in_pane ("answer");
  g_assert_true (g_str_has_prefix (words_text (), "Whole answer: "));
  g_assert_cmpuint (check_names (GTK_WIDGET (window->look_pane)), >=, 5);
  go_to_start (answer);
  press_key (answer, GDK_KEY_Return);

  /* The strongest is no share of the whole; by all of it the chosen word stays. */
  choose_method (1);
  window_fixture_wait (is_shown_by, GINT_TO_POINTER (SEN_EXPLAIN_ATTENTION), 5.0);
  g_assert_true (sen_explanation_info (sen_look_pane_explanation (window->look_pane))->is_maximum);
  choose_method (2);
  window_fixture_wait (is_waited_for, methods, 5.0);
  fake_engine_finish_method ();
  window_fixture_wait (is_shown_by, GINT_TO_POINTER (SEN_EXPLAIN_ROLLOUT), 5.0);
  g_assert_true (says (methods, "information could flow"));
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (find_in_pane ("candidates_label"))), ==, "“A” was 90 % likely, place 1");

  /* Stopped half way what was shown stays, and is what is chosen. */
  choose_method (3);
  window_fixture_wait (is_waited_for, methods, 5.0);
  g_signal_emit_by_name (find_below (find_below (methods, SEN_TYPE_LOOK_PROGRESS), GTK_TYPE_BUTTON), "clicked");
  window_fixture_wait (is_shown_by, GINT_TO_POINTER (SEN_EXPLAIN_ROLLOUT), 5.0);
  g_assert_cmpuint (gtk_drop_down_get_selected (GTK_DROP_DOWN (find_below (methods, GTK_TYPE_DROP_DOWN))), ==, 2);
  g_assert_false (gtk_widget_get_visible (find_below (methods, SEN_TYPE_LOOK_PROGRESS)));

  /* What changes the answer goes either way. */
  choose_method (3);
  fake_engine_finish_method ();
  window_fixture_wait (is_shown_by, GINT_TO_POINTER (SEN_EXPLAIN_OCCLUSION), 5.0);
  g_assert_cmpstr (words_text (), ==, "“What” +2.0");
  press_key (answer, GDK_KEY_Right);
  g_assert_cmpstr (words_text (), ==, "“What” +2.0 · “A” \u22120.50");
  g_assert_false (gtk_widget_get_visible (find_in_pane ("sink_check")));
  g_assert_true (says (methods, "2.7 times"));

  /* Back at once: nobody is asked again. */
  unsigned n = fake_engine_n_explained ();
  choose_method (2);
  g_assert_true (is_shown_by (GINT_TO_POINTER (SEN_EXPLAIN_ROLLOUT)));
  choose_method (3);
  g_assert_true (is_shown_by (GINT_TO_POINTER (SEN_EXPLAIN_OCCLUSION)));
  g_assert_cmpuint (fake_engine_n_explained (), ==, n);

  /* Trust is asked for, stopped, asked for again, and kept. */
  g_signal_emit_by_name (find_below (trust, GTK_TYPE_BUTTON), "clicked");
  window_fixture_wait (is_waited_for, trust, 5.0);
  g_signal_emit_by_name (trust, "cancel");
  window_fixture_wait (is_shown_by, GINT_TO_POINTER (SEN_EXPLAIN_OCCLUSION), 5.0);
  g_assert_false (has_trust (NULL));
  g_signal_emit_by_name (find_below (trust, GTK_TYPE_BUTTON), "clicked");
  fake_engine_finish_method ();
  window_fixture_wait (has_trust, NULL, 5.0);
  window_fixture_until (says (trust, "1.3 times better than chance"));
  choose_method (2);
  g_assert_false (has_trust (NULL));
  choose_method (3);
  g_assert_true (has_trust (NULL));

  /* What heads added to the word that came, and to one that might have. */
  GtkWidget *shares = find_in_pane ("shares"), *grid = find_in_pane ("grid");
  window_fixture_wait (has_detail, NULL, 5.0);
  sen_look_pane_show_shares (window->look_pane, 0);
  window_fixture_until (says (shares, "come to +1.5"));
  press_key (grid, GDK_KEY_Home);
  press_key (grid, GDK_KEY_Down);
  press_key (grid, GDK_KEY_Down);
  g_autofree char *value = gtk_test_accessible_check_property (GTK_ACCESSIBLE (grid), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                                               "Layer 3, head 1: +1.5");
  g_assert_null (value);
  sen_look_pane_show_shares (window->look_pane, 1);
  window_fixture_until (says (shares, "come to \u22121.5"));

  /* A question comes first. */
  fake_engine_set_script (&(FakeEngineScript) { .answer = "Yes.", .holds_methods = true });
  gtk_drop_down_set_selected (GTK_DROP_DOWN (gtk_widget_get_next_sibling (find_below (methods, GTK_TYPE_DROP_DOWN))), 1);
  window_fixture_wait (is_waited_for, methods, 5.0);
  window_send (window, "Really?");
  g_assert_null (window->method_job);
  window_fixture_wait (window_is_idle, window, 5.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
}

/* Words of the conversation's own text, whatever Markdown makes of them. */
static void
test_look_point (void)
{
  static const char source[] = "A **sign** stands [there](https://a.example/there), not *there*.\n\n- One there\n\n"
                               "```\nx = yes\n```\n\nNo Code.\n";
  begin (&(FakeEngineScript) { .answer = source });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (find_in_pane ("sink_check")), TRUE);
  window_send (window, "What is that?");
  window_fixture_wait (window_is_idle, window, 5.0);
  window_fixture_wait (is_explained, NULL, 5.0);
  GtkWidget *body = sen_message_row_body (window_last_row (window));
  const struct {
    const char *shown;   /* the label's text up to the word */
    gssize      byte;
  } cases[] = {
    { "A ", strstr (source, "sign") - source }, { "A sign stands ", strstr (source, "there]") - source },
    { "A sign stands there, not ", strstr (source, "there*") - source }, { "One ", strstr (source, "there\n") - source },
    /* What stands above code, "Code", is not in the source there. */
    { "x = ", strstr (source, "yes") - source },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GtkWidget *label = NULL;
      window_fixture_until ((label = window_fixture_find (body, GTK_TYPE_LABEL, begins_with, cases[i].shown)) != NULL
                            && gtk_widget_get_height (label) > 0);
      PangoRectangle place;
      int left, top;
      double x, y;
      gtk_label_get_layout_offsets (GTK_LABEL (label), &left, &top);
      pango_layout_index_to_pos (gtk_label_get_layout (GTK_LABEL (label)), (int) strlen (cases[i].shown) + 1, &place);
      gtk_widget_translate_coordinates (label, body, left + pango_units_to_double (place.x) + 2.0,
                                        top + pango_units_to_double (place.y) + 4.0, &x, &y);
      g_assert_cmpint (sen_text_point (body, source, x, y), ==, cases[i].byte);
    }
  g_assert_cmpint (sen_text_point (body, source, -5.0, -5.0), ==, -1);
  sen_look_pane_point (window->look_pane, cases[0].byte);
  g_assert_cmpstr (words_text (), ==, "“What” 50 % · “A” 50 %");
  sen_look_pane_point (window->look_pane, -1);
  g_assert_cmpstr (words_text (), !=, "“What” 50 % · “A” 50 %");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
}

static gboolean
has_layers (gpointer n)
{
  SenExplanation *explanation = sen_look_pane_explanation (window->look_pane);
  return explanation != NULL && sen_explanation_info (explanation)->n_layers == GPOINTER_TO_UINT (n);
}

/* A layer is chosen for all words, and for answers to come; going back to what is known asks nobody. */
static void
test_look_layers (void)
{
  begin (&(FakeEngineScript) { .answer = "A sign stands there." });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (find_in_pane ("sink_check")), TRUE);
  window_send (window, "What is that?");
  window_fixture_wait (window_is_idle, window, 5.0);
  window_fixture_wait (is_explained, NULL, 5.0);
  sen_look_pane_choose (window->look_pane, 1);
  window_fixture_wait (has_detail, NULL, 5.0);
  gtk_range_set_value (GTK_RANGE (find_in_pane ("layer_scale")), 2.0);
  window_fixture_wait (has_layers, GUINT_TO_POINTER (1), 5.0);
  g_assert_true (gtk_widget_get_visible (find_in_pane ("layer_box")));
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (find_in_pane ("chosen_label"))), ==, "Layer 2, mean of its heads");
  g_signal_emit_by_name (find_in_pane ("answer"), "pointed", 3);
  g_assert_cmpstr (words_text (), ==, "“stands” 100 %");
  g_signal_emit_by_name (find_in_pane ("answer"), "pointed", -1);

  gtk_range_set_value (GTK_RANGE (find_in_pane ("layer_scale")), 0.0);
  window_fixture_wait (has_layers, GUINT_TO_POINTER (3), 5.0);
  unsigned n = fake_engine_n_explained ();
  gtk_range_set_value (GTK_RANGE (find_in_pane ("layer_scale")), 2.0);
  window_fixture_wait (has_layers, GUINT_TO_POINTER (1), 5.0);
  g_assert_cmpuint (fake_engine_n_explained (), ==, n);

  /* Another answer, looked at later. */
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  window_send (window, "And that?");
  window_fixture_wait (window_is_idle, window, 5.0);
  window_fixture_sleep (400);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  window_fixture_wait (has_layers, GUINT_TO_POINTER (1), 5.0);
  g_signal_emit_by_name (window_fixture_find (find_in_pane ("layer_box"), GTK_TYPE_BUTTON, NULL, NULL), "clicked");
  window_fixture_wait (has_layers, GUINT_TO_POINTER (3), 5.0);
  g_assert_false (gtk_widget_get_visible (find_in_pane ("layer_box")));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
}

/* The words before the answer are laid out, and many times as high as their frame. */
static gboolean
is_long (gpointer data)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (find_in_pane ("prompt_scroller")));
  return gtk_adjustment_get_upper (adjustment) > 10.0 * gtk_adjustment_get_page_size (adjustment)
         && gtk_widget_get_height (find_in_pane ("answer")) > 10;
}

/* 8,000 words before the answer: each word's heat, each method, to the end of the text and back. What a frame costs is told, never
 * judged. */
static void
test_look_long (void)
{
  g_autoptr (GString) question = g_string_new ("What");
  for (guint i = 1; i < 8000; i++)
    g_string_append_printf (question, i % 11 == 0 ? "\nword%u" : " word%u", i);
  begin (&(FakeEngineScript) { .answer = "It is a sign that stands there and says a great many words, one behind the other." });
  window_send (window, question->str);
  window_fixture_wait (window_is_idle, window, 20.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
  window_fixture_wait (is_explained, NULL, 20.0);
  window_fixture_wait (is_long, NULL, 30.0);   /* lines are on their way */
  GtkWidget *answer = find_in_pane ("answer"), *prompt = find_in_pane ("prompt");
  busy_meter_reset ();
  press_key (answer, GDK_KEY_Home);
  for (guint i = 0; i < 16; i++)
    {
      press_key (answer, GDK_KEY_Right);
      window_fixture_sleep (40);
    }
  busy_meter_report ("8,000 words looked at, 16 words pointed at");
  busy_meter_reset ();
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (find_in_pane ("prompt_scroller")));
  for (guint i = 1; i <= 10; i++)
    {
      gtk_adjustment_set_value (adjustment, i * gtk_adjustment_get_upper (adjustment) / 10.0);
      window_fixture_sleep (40);
    }
  busy_meter_report ("8,000 words scrolled");
  busy_meter_reset ();
  press_key (answer, GDK_KEY_Return);
  for (guint i = 3; i > 0; i--)
    {
      choose_method (i);
      window_fixture_sleep (150);
    }
  choose_method (0);
  window_fixture_until (is_shown_by (GINT_TO_POINTER (SEN_EXPLAIN_ATTENTION)));
  busy_meter_report ("8,000 words by four methods");
  press_key (prompt, GDK_KEY_End);
  g_assert_cmpint (sen_token_flow_cursor (SEN_TOKEN_FLOW (prompt)), >, 7000);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
}

/* A clear sentence, and nothing lost. */
static void
test_look_fails (void)
{
  begin (&(FakeEngineScript) { .answer = "Yes." });
  window_send (window, "Is it?");
  window_fixture_wait (window_is_idle, window, 5.0);
  fake_engine_set_script (&(FakeEngineScript) { .error = "9000 tokens are more than the 4096 that fit" });
  g_signal_emit_by_name (window_last_row (window), "look");
  window_fixture_wait (pane_has, (gpointer) "9000", 5.0);
  g_assert_true (adw_flap_get_reveal_flap (window->look_flap));
  fake_engine_set_script (&(FakeEngineScript) { .answer = "Yes." });
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look-again", NULL);
  window_fixture_wait (is_explained, NULL, 5.0);

  /* Without a model, and when it comes back. */
  gtk_widget_activate_action (GTK_WIDGET (window), "win.unload", NULL);
  window_fixture_wait (window_is_idle, window, 5.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look-again", NULL);
  g_assert_true (pane_has ((gpointer) "No model is loaded"));
  g_assert_cmpstr (sen_message_row_text (window_last_row (window)), ==, "Yes.");
  sen_window_load_model (window, window->settings->model);
  window_fixture_wait (is_explained, NULL, 5.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.look", NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gtk_init ();
  announced = g_string_new (NULL);
  window = window_fixture_open_fake ();
  window_fixture_wait (window_is_idle, window, 5.0);
  busy_meter_install (GTK_WIDGET (window));

  g_test_add_func ("/window/names", test_names);
  g_test_add_func ("/window/attachments", test_attachments);
  g_test_add_func ("/window/listening", test_listening);
  g_test_add_func ("/window/send", test_send);
  g_test_add_func ("/window/announced", test_announced);
  g_test_add_func ("/window/regenerate", test_regenerate);
  g_test_add_func ("/window/stop", test_stop);
  g_test_add_func ("/window/new-while-writing", test_new_while_writing);
  g_test_add_func ("/window/branches", test_branches);
  g_test_add_func ("/window/go-on", test_go_on);
  g_test_add_func ("/window/conversations", test_conversations);
  g_test_add_func ("/window/many-messages", test_many_messages);
  g_test_add_func ("/window/find", test_find);
  g_test_add_func ("/window/look", test_look);
  g_test_add_func ("/window/look-live", test_look_live);
  g_test_add_func ("/window/look-live-broken", test_look_live_broken);
  g_test_add_func ("/window/look-replay", test_look_replay);
  g_test_add_func ("/window/look-methods", test_look_methods);
  g_test_add_func ("/window/look-layers", test_look_layers);
  g_test_add_func ("/window/look-point", test_look_point);
  g_test_add_func ("/window/look-long", test_look_long);
  g_test_add_func ("/window/look-fails", test_look_fails);
  g_test_add_func ("/window/error", test_error);
  g_test_add_func ("/window/unload", test_unload);
  g_test_add_func ("/window/vanished-model", test_vanished_model);
  g_test_add_func ("/window/disk-full", test_disk_full);
  g_test_add_func ("/window/large-paste", test_large_paste);
  g_test_add_func ("/window/scripts", test_scripts);
  g_test_add_func ("/window/fixed-folder", test_fixed_folder);
  g_test_add_func ("/window/contrast", test_contrast);
  g_test_add_func ("/window/narrow", test_narrow);
  g_test_add_func ("/window/keyboard", test_keyboard);
  g_test_add_func ("/window/keyboard-list", test_keyboard_list);
  g_test_add_func ("/window/partial-model", test_partial_model);
  g_test_add_func ("/window/stream", test_stream);
  g_test_add_func ("/window/stream-long", test_stream_long);
  g_test_add_func ("/window/stream-endless-paragraph", test_stream_endless_paragraph);
  int result = g_test_run ();
  gtk_window_destroy (GTK_WINDOW (window));
  g_string_free (announced, TRUE);
  return result;
}
