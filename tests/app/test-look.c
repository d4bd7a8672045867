/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The widgets that show where a model looked, on plain numbers. What a hover costs is told, never judged. */
#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

#include "sen-head-grid.h"
#include "sen-heat-legend.h"
#include "sen-heat-picture.h"
#include "sen-heat-tint.h"
#include "sen-heat-wave.h"
#include "sen-token-flow.h"
#include "window-fixture.h"

static GtkWidget *window;

/* Shows @widget alone, 360 pixels wide. */
static void
show (GtkWidget *widget)
{
  gtk_widget_set_valign (widget, GTK_ALIGN_START);
  gtk_window_set_child (GTK_WINDOW (window), widget);
  gtk_window_present (GTK_WINDOW (window));
}

static GskRenderNode *
draw (GtkWidget *widget)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GTK_WIDGET_GET_CLASS (widget)->snapshot (widget, snapshot);
  return gtk_snapshot_free_to_node (snapshot);
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

/* --- Lines ---------------------------------------------------------------------------------------------------------------------------- */

static SenTokenStyle *
new_style (void)
{
  SenTokenStyle *style = g_new0 (SenTokenStyle, 1);
  style->font = pango_font_description_from_string ("Sans 11");
  style->dpi = 96.0;
  style->plain = (GdkRGBA) { 1.0f, 1.0f, 1.0f, 1.0f };
  style->has_light_letters = true;
  return style;
}

static void
test_layout (void)
{
  /* A word of two tokens, one that is broken at a newline, letters that join, some from right to left, and nothing at all. */
  static const SenFlowToken tokens[] = {
    { "Plat", SEN_TOKEN_PLAIN }, { "form", SEN_TOKEN_PLAIN }, { "\n", SEN_TOKEN_DIM }, { "of", SEN_TOKEN_PLAIN },
    { "fice", SEN_TOKEN_PLAIN }, { " سلا", SEN_TOKEN_PLAIN }, { "م", SEN_TOKEN_PLAIN }, { "", SEN_TOKEN_PLAIN }, { " 🦉", SEN_TOKEN_CHIP },
  };
  g_autoptr (SenTokenStyle) style = new_style ();
  g_autoptr (SenTokenLayout) layout = sen_token_layout_new (tokens, G_N_ELEMENTS (tokens), style, 300);
  guint n;
  const SenTokenPiece *pieces = sen_token_layout_pieces (layout, &n);
  g_assert_cmpuint (n, >=, 7);
  g_assert_cmpint (sen_token_layout_height (layout), >, 20);
  const SenTokenPiece *plat = sen_token_layout_find (layout, 0), *form = sen_token_layout_find (layout, 1);
  const SenTokenPiece *of = sen_token_layout_find (layout, 3);
  g_assert_cmpfloat_with_epsilon (plat->bounds.origin.x + plat->bounds.size.width, form->bounds.origin.x, 0.1);
  g_assert_cmpfloat (of->bounds.origin.y, >, plat->bounds.origin.y);
  g_assert_nonnull (plat->on_heat);
  g_assert_null (sen_token_layout_find (layout, 7));
  g_assert_null (sen_token_layout_find (layout, 99));
  for (guint i = 0; i < n; i++)
    if (pieces[i].bounds.size.width > 1.0f)
      g_assert_cmpint (sen_token_layout_pick (layout, pieces[i].bounds.origin.x + pieces[i].bounds.size.width / 2.0f,
                                              pieces[i].bounds.origin.y + 2.0f), ==, (int) pieces[i].token);
  g_assert_cmpint (sen_token_layout_pick (layout, -5.0, 2.0), ==, -1);
  g_assert_cmpint (sen_token_layout_pick (layout, 5.0, 5000.0), ==, -1);
  g_assert_cmpuint (sen_token_layout_move (layout, 0, 1), ==, 3);
  g_assert_cmpuint (sen_token_layout_move (layout, 0, -1), ==, 0);

  g_autoptr (SenTokenLayout) empty = sen_token_layout_new (NULL, 0, style, 300);
  g_assert_cmpint (sen_token_layout_height (empty), ==, 0);
  g_assert_cmpint (sen_token_layout_pick (empty, 1.0, 1.0), ==, -1);
}

/* --- Words ---------------------------------------------------------------------------------------------------------------------------- */

static void
set_true (gpointer data)
{
  *(gboolean *) data = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

static void
wait_for_lines (GtkWidget *flow)
{
  gboolean is_there = FALSE;
  gulong handler = g_signal_connect_swapped (flow, "laid-out", G_CALLBACK (set_true), &is_there);
  window_fixture_wait (is_true, &is_there, 20.0);
  g_signal_handler_disconnect (flow, handler);
}

static gboolean
has_room (gpointer flow)
{
  return gtk_widget_get_height (flow) > 20;
}

static void
keep_token (GtkWidget *flow, int token, int *kept)
{
  *kept = token;
}

static void
test_flow (void)
{
  static const SenFlowToken tokens[] = {
    { "What", SEN_TOKEN_PLAIN }, { " is", SEN_TOKEN_PLAIN }, { " this?\n", SEN_TOKEN_PLAIN }, { "A", SEN_TOKEN_PLAIN },
    { " sign.", SEN_TOKEN_PLAIN },
  };
  static const float heat[] = { 0.0f, 0.3f, 1.0f, 0.02f, 0.7f };
  GtkWidget *flow = sen_token_flow_new ();
  int pointed = -2, activated = -2;
  show (flow);
  sen_token_flow_set_tokens (SEN_TOKEN_FLOW (flow), tokens, G_N_ELEMENTS (tokens));
  wait_for_lines (flow);
  g_signal_connect (flow, "pointed", G_CALLBACK (keep_token), &pointed);
  g_signal_connect (flow, "activated", G_CALLBACK (keep_token), &activated);
  sen_token_flow_set_heat (SEN_TOKEN_FLOW (flow), SEN_HEAT_SHARE, heat);
  sen_token_flow_set_ribbon (SEN_TOKEN_FLOW (flow), heat);
  sen_token_flow_set_pinned (SEN_TOKEN_FLOW (flow), 4);
  g_autoptr (GskRenderNode) node = draw (flow);
  g_assert_nonnull (node);
  window_fixture_wait (has_room, flow, 10.0);

  press_key (flow, GDK_KEY_Home);
  g_assert_cmpint (pointed, ==, 0);
  press_key (flow, GDK_KEY_Right);
  g_assert_cmpint (pointed, ==, 1);
  press_key (flow, GDK_KEY_Left);
  press_key (flow, GDK_KEY_Left);
  g_assert_cmpint (pointed, ==, 0);
  press_key (flow, GDK_KEY_Down);
  g_assert_cmpint (pointed, >=, 3);
  press_key (flow, GDK_KEY_End);
  press_key (flow, GDK_KEY_Return);
  g_assert_cmpint (activated, ==, 4);
  g_assert_cmpint (sen_token_flow_cursor (SEN_TOKEN_FLOW (flow)), ==, 4);
  g_autofree char *value = gtk_test_accessible_check_property (GTK_ACCESSIBLE (flow), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, " sign.");
  g_assert_null (value);

  /* Others, in the middle of it: nothing of before is left. */
  sen_token_flow_set_tokens (SEN_TOKEN_FLOW (flow), tokens, 2);
  g_assert_cmpint (sen_token_flow_cursor (SEN_TOKEN_FLOW (flow)), ==, -1);
  sen_token_flow_set_tokens (SEN_TOKEN_FLOW (flow), NULL, 0);
  sen_token_flow_set_tokens (SEN_TOKEN_FLOW (flow), tokens, 3);
  wait_for_lines (flow);
  press_key (flow, GDK_KEY_End);
  g_assert_cmpint (pointed, ==, 2);
}

/* --- Heads ---------------------------------------------------------------------------------------------------------------------------- */

static void
keep_head (GtkWidget *grid, int layer, int head, int *kept)
{
  kept[0] = layer;
  kept[1] = head;
}

static void
test_grid (void)
{
  float strips[3 * 2 * 4];
  int chosen[2] = { -2, -2 };
  for (guint i = 0; i < G_N_ELEMENTS (strips); i++)
    strips[i] = (float) i / G_N_ELEMENTS (strips);
  GtkWidget *grid = sen_head_grid_new ();
  g_signal_connect (grid, "chosen", G_CALLBACK (keep_head), chosen);
  show (grid);
  press_key (grid, GDK_KEY_Return);   /* there is nothing to choose */
  g_assert_cmpint (chosen[0], ==, -2);
  sen_head_grid_set_strips (SEN_HEAD_GRID (grid), strips, 3, 2, 4);
  press_key (grid, GDK_KEY_Down);
  press_key (grid, GDK_KEY_Right);
  press_key (grid, GDK_KEY_Down);
  press_key (grid, GDK_KEY_Down);
  press_key (grid, GDK_KEY_Return);
  g_assert_cmpint (chosen[0], ==, 2);
  g_assert_cmpint (chosen[1], ==, 1);
  g_autofree char *value = gtk_test_accessible_check_property (GTK_ACCESSIBLE (grid), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                                               "Layer 3, head 2, chosen");
  g_assert_null (value);
  press_key (grid, GDK_KEY_space);
  g_assert_cmpint (chosen[0], ==, -1);
  g_autoptr (GskRenderNode) node = draw (grid);
  g_assert_nonnull (node);
  sen_head_grid_set_strips (SEN_HEAD_GRID (grid), NULL, 0, 0, 0);
  g_assert_null (draw (grid));
}

/* --- Scale ---------------------------------------------------------------------------------------------------------------------------- */

static void
test_scale (void)
{
  static const struct {
    double share;
    const char *text;
  } cases[] = { { 0.414, "41 %" }, { 0.0321, "3.2 %" }, { 0.00321, "0.32 %" }, { 0.000321, "0.032 %" }, { 0.0, "0 %" }, { 1.0, "100 %" } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = sen_heat_format_share (cases[i].share);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
  GtkWidget *legend = sen_heat_legend_new ();
  show (legend);
  sen_heat_legend_set_scale (SEN_HEAT_LEGEND (legend), 0.4, 3);
  g_autofree char *said = gtk_test_accessible_check_property (GTK_ACCESSIBLE (legend), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                                              "0.040 %, 0.40 %, 4.0 %, 40 %");
  g_assert_null (said);
  sen_heat_legend_set_changes (SEN_HEAT_LEGEND (legend), 12.0);
  g_autofree char *changes = gtk_test_accessible_check_property (GTK_ACCESSIBLE (legend), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                                                 "\u221212, \u22126.0, 0, +6.0, +12");
  g_assert_null (changes);
  g_assert_cmpfloat (sen_heat_tint (SEN_HEAT_CHANGE, -0.5f).alpha, ==, sen_heat_tint (SEN_HEAT_CHANGE, 0.5f).alpha);
  g_assert_cmpfloat (sen_heat_tint (SEN_HEAT_CHANGE, -0.5f).red, >, sen_heat_tint (SEN_HEAT_CHANGE, 0.5f).red);
  g_assert_cmpfloat (sen_heat_tint (SEN_HEAT_SHARE, 0.0f).alpha, ==, 0.0f);
  g_assert_cmpfloat (sen_heat_tint (SEN_HEAT_SHARE, 2.0f).alpha, ==, sen_heat_tint (SEN_HEAT_SHARE, 1.0f).alpha);
  /* Dark letters from where they are read better. */
  bool is_light;
  sen_heat_tint_on (SEN_HEAT_SHARE, 0.3f, &(GdkRGBA) { 0.14f, 0.14f, 0.14f, 1.0f }, &is_light);
  g_assert_false (is_light);
  sen_heat_tint_on (SEN_HEAT_SHARE, 0.9f, &(GdkRGBA) { 0.14f, 0.14f, 0.14f, 1.0f }, &is_light);
  g_assert_true (is_light);
}

/* --- What a hover costs --------------------------------------------------------------------------------------------------------------- */

#define N_TOKENS 4000
#define N_SIDE 32
#define N_STEPS 1500
#define N_HOVERS 200

static double
cpu_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static int
compare_ms (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return x < y ? -1 : x > y;
}

#define N_SAID 60

/* More than fits: words that lie on each other are left out, the warmest last; none is drawn beyond the edge. */
static void
test_said (void)
{
  SenHeatWord words[N_SAID];
  float heat[N_SAID] = { 0.0f };
  GtkWidget *wave = sen_heat_wave_new ();
  int bare, high;
  for (guint i = 0; i < N_SAID; i++)
    words[i] = (SenHeatWord) { i % 3 == 0 ? " sandwiches," : " the", 0.5 * i, 0.5 * i + 0.4 };
  show (wave);
  gtk_widget_measure (wave, GTK_ORIENTATION_VERTICAL, -1, NULL, &bare, NULL, NULL);
  sen_heat_wave_set_words (SEN_HEAT_WAVE (wave), words, 1);
  gtk_widget_measure (wave, GTK_ORIENTATION_VERTICAL, -1, NULL, &high, NULL, NULL);
  g_assert_cmpint (high, >, bare + 8);
  sen_heat_wave_set_words (SEN_HEAT_WAVE (wave), words, N_SAID);
  sen_heat_wave_set_heat (SEN_HEAT_WAVE (wave), SEN_HEAT_SHARE, &(SenHeatMoment) { 29.0, 30.0, 1.0f }, 1);
  while (gtk_widget_get_width (wave) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_autoptr (GskRenderNode) cold = draw (wave);
  heat[N_SAID - 1] = 1.0f;
  sen_heat_wave_set_word_heat (SEN_HEAT_WAVE (wave), SEN_HEAT_SHARE, heat);
  g_autoptr (GskRenderNode) warm = draw (wave);
  graphene_rect_t bounds;
  gsk_render_node_get_bounds (warm, &bounds);
  g_assert_nonnull (cold);
  g_assert_cmpfloat (bounds.origin.x + bounds.size.width, <=, gtk_widget_get_width (wave) + 2.0f);
  sen_heat_wave_set_words (SEN_HEAT_WAVE (wave), NULL, 0);
  sen_heat_wave_set_heat (SEN_HEAT_WAVE (wave), SEN_HEAT_SHARE, NULL, 0);
  g_autoptr (GskRenderNode) empty = draw (wave);
  g_assert_nonnull (empty);
}

/* Every word another heat, strong ones among them: more than any model's row gives to draw. */
static void
test_hover (void)
{
  static const char *const words[] = { " the", " sign", "ific", "ance", " of", " Platform", ",", " 7", ".\n", " trains" };
  g_autofree SenFlowToken *tokens = g_new (SenFlowToken, N_TOKENS);
  g_autofree float *heat = g_new (float, N_TOKENS), *patches = g_new (float, N_SIDE * N_SIDE);
  g_autofree SenHeatMoment *steps = g_new (SenHeatMoment, N_STEPS);
  double costs[N_HOVERS];
  for (guint i = 0; i < N_TOKENS; i++)
    tokens[i] = (SenFlowToken) { words[g_test_rand_int_range (0, G_N_ELEMENTS (words))], SEN_TOKEN_PLAIN };
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *scroller = gtk_scrolled_window_new (), *flow = sen_token_flow_new ();
  GtkWidget *picture = sen_heat_picture_new (), *wave = sen_heat_wave_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), flow);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (box), picture);
  gtk_box_append (GTK_BOX (box), wave);
  gtk_box_append (GTK_BOX (box), scroller);
  show (box);
  gtk_widget_set_valign (box, GTK_ALIGN_FILL);
  sen_token_flow_set_tokens (SEN_TOKEN_FLOW (flow), tokens, N_TOKENS);
  wait_for_lines (flow);
  for (guint hover = 0; hover < N_HOVERS; hover++)
    {
      for (guint i = 0; i < N_TOKENS; i++)
        heat[i] = (float) g_test_rand_double ();
      for (guint i = 0; i < N_SIDE * N_SIDE; i++)
        patches[i] = (float) g_test_rand_double ();
      for (guint i = 0; i < N_STEPS; i++)
        steps[i] = (SenHeatMoment) { 30.0 * i / N_STEPS, 30.0 * (i + 1) / N_STEPS, (float) g_test_rand_double () };
      double start = cpu_ms ();
      sen_token_flow_set_heat (SEN_TOKEN_FLOW (flow), SEN_HEAT_SHARE, heat);
      sen_heat_picture_set_heat (SEN_HEAT_PICTURE (picture), SEN_HEAT_SHARE, patches, N_SIDE, N_SIDE);
      sen_heat_wave_set_heat (SEN_HEAT_WAVE (wave), SEN_HEAT_SHARE, steps, N_STEPS);
      g_autoptr (GskRenderNode) words_node = draw (flow), picture_node = draw (picture), wave_node = draw (wave);
      costs[hover] = cpu_ms () - start;
      g_assert_true (words_node != NULL && picture_node != NULL && wave_node != NULL);
    }
  qsort (costs, N_HOVERS, sizeof (double), compare_ms);
  g_test_message ("%d tokens, %d patches, %d steps of sound: hover to render nodes %.2f ms (median), %.2f ms (95 %%), %.2f ms (most) "
                  "of CPU", N_TOKENS, N_SIDE * N_SIDE, N_STEPS, costs[N_HOVERS / 2], costs[N_HOVERS * 95 / 100], costs[N_HOVERS - 1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  window = gtk_window_new ();
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *) &window);
  gtk_window_set_default_size (GTK_WINDOW (window), 360, 700);
  g_test_add_func ("/look/layout", test_layout);
  g_test_add_func ("/look/flow", test_flow);
  g_test_add_func ("/look/grid", test_grid);
  g_test_add_func ("/look/scale", test_scale);
  g_test_add_func ("/look/said", test_said);
  g_test_add_func ("/look/hover", test_hover);
  int result = g_test_run ();
  gtk_window_destroy (GTK_WINDOW (window));
  return result;
}
