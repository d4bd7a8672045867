/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-heat-legend.h"

#include <glib/gi18n.h>
#include <math.h>

#include "sen-heat-tint.h"

#define BAR_PX 10
#define N_STEPS 48
#define MOST_MARKS 5

struct _SenHeatLegend {
  GtkWidget parent_instance;
  GtkWidget *marks[MOST_MARKS];   /* GtkLabel, from the least to the most; hidden when there are fewer */
  guint      n_marks;
  SenHeatMap map;
};

G_DEFINE_FINAL_TYPE (SenHeatLegend, sen_heat_legend, GTK_TYPE_WIDGET)

char *
sen_heat_format_share (double share)
{
  double percent = 100.0 * share;
  int n_digits = percent >= 10.0 || percent <= 0.0 ? 0 : percent >= 1.0 ? 1 : percent >= 0.1 ? 2 : 3;
  /* translators: a share, such as 41 % */
  return g_strdup_printf (_("%.*f %%"), n_digits, percent);
}

char *
sen_heat_format_change (double change)
{
  int n_digits = fabs (change) >= 10.0 ? 0 : fabs (change) >= 1.0 ? 1 : 2;
  if (fabs (change) < 0.005)
    return g_strdup ("0");
  return g_strdup_printf ("%s%.*f", change < 0.0 ? "\u2212" : "+", n_digits, fabs (change));
}

char *
sen_heat_format (SenHeatMap map, double weight)
{
  return map == SEN_HEAT_CHANGE ? sen_heat_format_change (weight) : sen_heat_format_share (weight);
}

static void
set_marks (SenHeatLegend *self, SenHeatMap map, double most, guint n_decades)
{
  g_autoptr (GString) said = g_string_new (NULL);
  self->map = map;
  self->n_marks = map == SEN_HEAT_CHANGE ? 5 : n_decades > 0 ? MIN (n_decades + 1, MOST_MARKS) : 3;
  for (guint i = 0; i < MOST_MARKS; i++)
    {
      double place = i < self->n_marks ? (double) i / (self->n_marks - 1) : 1.0;
      double weight = map == SEN_HEAT_CHANGE ? most * (2.0 * place - 1.0)
                      : n_decades > 0        ? most * pow (10.0, (place - 1.0) * n_decades)
                                             : most * place;
      g_autofree char *text = sen_heat_format (map, weight);
      gtk_label_set_text (GTK_LABEL (self->marks[i]), text);
      gtk_widget_set_visible (self->marks[i], i < self->n_marks);
      if (i < self->n_marks)
        g_string_append_printf (said, "%s%s", i > 0 ? ", " : "", text);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, said->str, -1);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
sen_heat_legend_set_scale (SenHeatLegend *self, double most, guint n_decades)
{
  set_marks (self, SEN_HEAT_SHARE, most, n_decades);
}

void
sen_heat_legend_set_changes (SenHeatLegend *self, double most)
{
  set_marks (self, SEN_HEAT_CHANGE, most, 0);
}

/* As it lies on words: on the ground, as opaque as it is strong. */
static void
sen_heat_legend_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenHeatLegend *self = SEN_HEAT_LEGEND (widget);
  float width = (float) gtk_widget_get_width (widget);
  for (int i = 0; i < N_STEPS; i++)
    {
      float place = ((float) i + 0.5f) / N_STEPS;
      GdkRGBA tint = sen_heat_tint (self->map, self->map == SEN_HEAT_CHANGE ? 2.0f * place - 1.0f : place);
      /* On whole pixels, or edges would be seen between the steps. */
      float x = floorf ((float) i * width / N_STEPS), end = floorf ((float) (i + 1) * width / N_STEPS);
      gtk_snapshot_append_color (snapshot, &tint, &GRAPHENE_RECT_INIT (x, 0.0f, end - x, BAR_PX));
    }
  for (guint i = 0; i < self->n_marks; i++)
    gtk_widget_snapshot_child (widget, self->marks[i], snapshot);
}

static void
sen_heat_legend_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                         int *natural_baseline)
{
  SenHeatLegend *self = SEN_HEAT_LEGEND (widget);
  *minimum = *natural = 0;
  for (guint i = 0; i < MOST_MARKS; i++)
    {
      int size;
      gtk_widget_measure (self->marks[i], orientation, -1, &size, NULL, NULL, NULL);
      *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? *minimum + size : MAX (*minimum, size + BAR_PX + 2);
    }
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? MAX (*minimum, 240) : *minimum;
  *minimum_baseline = *natural_baseline = -1;
}

static void
sen_heat_legend_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SenHeatLegend *self = SEN_HEAT_LEGEND (widget);
  for (guint i = 0; i < self->n_marks; i++)
    {
      int mark_width;
      gtk_widget_measure (self->marks[i], GTK_ORIENTATION_HORIZONTAL, -1, NULL, &mark_width, NULL, NULL);
      /* Below its place on the bar, the first and the last within it. */
      double place = (double) i / (self->n_marks - 1) * width - mark_width / 2.0;
      GtkAllocation all = { (int) CLAMP (place, 0.0, MAX (width - mark_width, 0)), BAR_PX + 2, mark_width, MAX (height - BAR_PX - 2, 0) };
      gtk_widget_size_allocate (self->marks[i], &all, -1);
    }
}

GtkWidget *
sen_heat_legend_new (void)
{
  return g_object_new (SEN_TYPE_HEAT_LEGEND, NULL);
}

static void
sen_heat_legend_dispose (GObject *object)
{
  SenHeatLegend *self = SEN_HEAT_LEGEND (object);
  for (guint i = 0; i < MOST_MARKS; i++)
    g_clear_pointer (&self->marks[i], gtk_widget_unparent);
  G_OBJECT_CLASS (sen_heat_legend_parent_class)->dispose (object);
}

static void
sen_heat_legend_class_init (SenHeatLegendClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_heat_legend_dispose;
  widget_class->measure = sen_heat_legend_measure;
  widget_class->size_allocate = sen_heat_legend_size_allocate;
  widget_class->snapshot = sen_heat_legend_snapshot;
  gtk_widget_class_set_css_name (widget_class, "heatlegend");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sen_heat_legend_init (SenHeatLegend *self)
{
  for (guint i = 0; i < MOST_MARKS; i++)
    {
      self->marks[i] = gtk_label_new (NULL);
      gtk_widget_add_css_class (self->marks[i], "caption");
      gtk_widget_add_css_class (self->marks[i], "numeric");
      gtk_widget_add_css_class (self->marks[i], "dim-label");
      gtk_widget_set_parent (self->marks[i], GTK_WIDGET (self));
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Scale of the colours"), -1);
  sen_heat_legend_set_scale (self, 1.0, 0);
}
