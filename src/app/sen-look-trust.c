/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-trust.h"

#include <glib/gi18n.h>

#include "sen-explain-view.h"
#include "sen-look-progress.h"
#include "sen-look-table.h"

#define CHART_PX 110
#define LINE_PX 1.5
#define DASH_PX 5.0

struct _SenLookTrust {
  GtkWidget parent_instance;
  GtkWidget       *box, *button, *figures, *chart, *expander;
  GtkLabel        *sentence, *caption;
  SenLookProgress *progress;
  SenLookTable    *table;
  SenExplanation  *explanation;   /* or NULL */
};

enum { WANTED, CANCEL, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenLookTrust, sen_look_trust, GTK_TYPE_WIDGET)

static const SenTrust *
trust_of (SenLookTrust *self)
{
  return self->explanation != NULL ? sen_explanation_info (self->explanation)->trust : NULL;
}

/* --- Curves --------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  cairo_t        *cairo;
  const SenTrust *trust;
  float           low, high;
  double          width, height;
} Chart;

static void
trace (const Chart *chart, const float *curve, float factor, bool backwards)
{
  uint32_t n = chart->trust->n_steps;
  for (uint32_t i = 0; i <= n; i++)
    {
      uint32_t step = backwards ? n - i : i;
      double value = (double) (curve[step] + factor * chart->trust->chance_spread[step]);
      double y = ((double) chart->high - value) / (double) (chart->high - chart->low);
      cairo_line_to (chart->cairo, chart->width * step / n, LINE_PX + y * (chart->height - 2.0 * LINE_PX));
    }
}

static void
draw_curve (const Chart *chart, const float *curve, const GdkRGBA *colour, float alpha, double dash)
{
  cairo_set_source_rgba (chart->cairo, (double) colour->red, (double) colour->green, (double) colour->blue, (double) alpha);
  cairo_set_dash (chart->cairo, &dash, dash > 0.0 ? 1 : 0, 0.0);
  cairo_set_line_width (chart->cairo, LINE_PX);
  cairo_new_path (chart->cairo);
  trace (chart, curve, 0.0f, false);
  cairo_stroke (chart->cairo);
}

static void
draw (GtkDrawingArea *area, cairo_t *cairo, int width, int height, gpointer data)
{
  Chart chart = { .cairo = cairo, .trust = trust_of (data), .width = width, .height = height };
  GdkRGBA colour;
  if (chart.trust == NULL)
    return;
  sen_explain_view_curves (chart.trust, &chart.low, &chart.high);
  if (!(chart.high > chart.low))
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (area)), &colour);
  cairo_set_source_rgba (cairo, (double) colour.red, (double) colour.green, (double) colour.blue, 0.15);
  trace (&chart, chart.trust->chance, 1.0f, false);
  trace (&chart, chart.trust->chance, -1.0f, true);
  cairo_fill (cairo);
  draw_curve (&chart, chart.trust->chance, &colour, 0.45f, 0.0);
  draw_curve (&chart, chart.trust->deletion, &colour, 1.0f, 0.0);
  draw_curve (&chart, chart.trust->insertion, &colour, 1.0f, DASH_PX);
}

/* --- The same in words ---------------------------------------------------------------------------------------------------------------- */

static void
fill_table (SenLookTrust *self, const SenTrust *trust)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free), numbers = g_ptr_array_new_with_free_func (g_free);
  for (uint32_t i = 0; i <= trust->n_steps; i++)
    {
      /* translators: of the words before an answer, so many in a hundred were left out, or shown alone */
      g_ptr_array_add (texts, g_strdup_printf (_("%.0f %% of the words"), 100.0 * i / trust->n_steps));
      /* translators: logarithms: with these words left out, with these alone, with as many left out at random */
      g_ptr_array_add (numbers, g_strdup_printf (_("without %.1f, alone %.1f, at random %.1f ± %.1f"), (double) trust->deletion[i],
                                                 (double) trust->insertion[i], (double) trust->chance[i],
                                                 (double) trust->chance_spread[i]));
    }
  sen_look_table_set_lines (self->table, (const char *const *) texts->pdata, (const char *const *) numbers->pdata, texts->len);
}

void
sen_look_trust_set_explanation (SenLookTrust *self, SenExplanation *explanation)
{
  if (explanation != NULL)
    sen_explanation_ref (explanation);
  g_clear_pointer (&self->explanation, sen_explanation_unref);
  self->explanation = explanation;
  const SenTrust *trust = trust_of (self);
  gtk_widget_set_visible (self->button, explanation != NULL && trust == NULL);
  gtk_widget_set_visible (self->figures, trust != NULL);
  if (trust == NULL)
    return;
  float low, high;
  g_autofree char *sentence = sen_explain_view_trust (sen_explanation_info (explanation));
  sen_explain_view_curves (trust, &low, &high);
  gtk_label_set_text (self->sentence, sentence);
  g_autofree char *caption = g_strdup_printf (_("Log-probability of the answer, %.1f to %.1f, while words are hidden from the warmest on "
                                                "(solid), shown in that order (dashed), or hidden in random orders (grey)"),
                                              (double) low, (double) high);
  gtk_label_set_text (self->caption, caption);
  fill_table (self, trust);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->chart), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, caption, -1);
  gtk_widget_queue_draw (self->chart);
}

void
sen_look_trust_tell (SenLookTrust *self, const char *stage, double fraction)
{
  if (stage != NULL)
    sen_look_progress_tell (self->progress, stage, fraction);
  else
    sen_look_progress_end (self->progress);
  gtk_widget_set_visible (self->button, stage == NULL && self->explanation != NULL && trust_of (self) == NULL);
}

bool
sen_look_trust_is_waiting (SenLookTrust *self)
{
  return gtk_widget_get_visible (GTK_WIDGET (self->progress));
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

static void
on_clicked (GtkButton *button, SenLookTrust *self)
{
  g_signal_emit (self, signals[WANTED], 0);
}

static void
on_cancel (SenLookProgress *progress, SenLookTrust *self)
{
  g_signal_emit (self, signals[CANCEL], 0);
}

GtkWidget *
sen_look_trust_new (void)
{
  return g_object_new (SEN_TYPE_LOOK_TRUST, NULL);
}

static void
sen_look_trust_dispose (GObject *object)
{
  SenLookTrust *self = SEN_LOOK_TRUST (object);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_pointer (&self->explanation, sen_explanation_unref);
  G_OBJECT_CLASS (sen_look_trust_parent_class)->dispose (object);
}

static void
sen_look_trust_class_init (SenLookTrustClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_look_trust_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "looktrust");
  signals[WANTED] = g_signal_new ("wanted", SEN_TYPE_LOOK_TRUST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CANCEL] = g_signal_new ("cancel", SEN_TYPE_LOOK_TRUST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static GtkLabel *
add_label (SenLookTrust *self, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (self->figures), label);
  return GTK_LABEL (label);
}

static void
sen_look_trust_init (SenLookTrust *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->figures = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->button = gtk_button_new_with_label (_("How far can this be believed?"));
  self->progress = SEN_LOOK_PROGRESS (sen_look_progress_new ());
  gtk_widget_set_tooltip_text (self->button, _("Leaves words out and looks what becomes of the answer; takes its time"));
  gtk_widget_set_halign (self->button, GTK_ALIGN_START);
  gtk_widget_set_visible (self->button, FALSE);
  gtk_widget_set_visible (self->figures, FALSE);
  self->sentence = add_label (self, NULL);
  self->chart = g_object_new (GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, "content-height", CHART_PX, NULL);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (self->chart), draw, self, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->chart), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Curves of trust"), -1);
  gtk_widget_add_css_class (self->chart, "look-frame");
  gtk_box_append (GTK_BOX (self->figures), self->chart);
  self->caption = add_label (self, "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->caption), "dim-label");
  self->expander = gtk_expander_new (_("Curves as a table"));
  self->table = SEN_LOOK_TABLE (sen_look_table_new ());
  sen_look_table_set_titles (self->table, _("Part"), _("Log-probability of the answer"), _("Curves of trust"));
  gtk_expander_set_child (GTK_EXPANDER (self->expander), GTK_WIDGET (self->table));
  gtk_box_append (GTK_BOX (self->figures), self->expander);
  gtk_box_append (GTK_BOX (self->box), self->button);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->progress));
  gtk_box_append (GTK_BOX (self->box), self->figures);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect (self->button, "clicked", G_CALLBACK (on_clicked), self);
  g_signal_connect (self->progress, "cancel", G_CALLBACK (on_cancel), self);
}
