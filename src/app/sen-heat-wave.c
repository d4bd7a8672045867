/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-heat-wave.h"

#include "sen-heat-tint.h"
#include "sen-wave.h"

#define HEIGHT_PX 56

struct _SenHeatWave {
  GtkWidget parent_instance;

  const SenPeaks *peaks;      /* borrowed */
  float           top;        /* the loudest of them */
  float          *strengths;  /* [n_step], or NULL */
  SenHeatMap      map;        /* of them */
  guint           n_step;
  double          seconds;

  SenHeatWaveDescribe describe;
  gpointer            describe_data;
};

G_DEFINE_FINAL_TYPE (SenHeatWave, sen_heat_wave, GTK_TYPE_WIDGET)

/* The sound may go on behind what was heard of it, and the last step behind its end. */
static double
duration (SenHeatWave *self)
{
  double duration = self->peaks != NULL && self->peaks->duration > 0.0 ? self->peaks->duration : self->seconds;
  return duration > 0.0 ? duration : 1.0;
}

/* How high the bar from @start to @end (shares of the time) stands, 0 to 1. */
static float
bar_height (SenHeatWave *self, double start, double end)
{
  double n = self->peaks != NULL ? (double) self->peaks->n_bins : 0.0;
  size_t first = (size_t) (start * n);
  return sen_wave_height (self->peaks, first, MAX ((size_t) (end * n), first + 1), self->top);
}

static void
sen_heat_wave_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenHeatWave *self = SEN_HEAT_WAVE (widget);
  float width = (float) gtk_widget_get_width (widget), height = (float) gtk_widget_get_height (widget);
  int n = MAX ((int) width / SEN_WAVE_STEP_PX, 1);
  double scale = width / duration (self);
  GdkRGBA colour;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  for (guint i = 0; i < self->n_step; i++)
    {
      GdkRGBA tint = sen_heat_tint (self->map, self->strengths[i]);
      double step = self->seconds / self->n_step, x = i * step * scale, end = MIN ((i + 1) * step * scale, width);
      if (tint.alpha > 0.0f && x < end)
        gtk_snapshot_append_color (snapshot, &tint, &GRAPHENE_RECT_INIT ((float) x, 0.0f, (float) (end - x), height));
    }
  colour.alpha *= 0.7f;
  for (int i = 0; i < n; i++)
    {
      float bar = MAX (bar_height (self, (double) i / n, (double) (i + 1) / n) * (height - 8.0f), 2.0f);
      gtk_snapshot_append_color (snapshot, &colour,
                                 &GRAPHENE_RECT_INIT ((float) (i * SEN_WAVE_STEP_PX), (height - bar) / 2.0f, SEN_WAVE_BAR_PX, bar));
    }
}

static void
sen_heat_wave_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                       int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 96 : HEIGHT_PX;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 320 : HEIGHT_PX;
  *minimum_baseline = *natural_baseline = -1;
}

static gboolean
sen_heat_wave_query_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  SenHeatWave *self = SEN_HEAT_WAVE (widget);
  double seconds = duration (self) * x / MAX (gtk_widget_get_width (widget), 1);
  if (by_keyboard || self->describe == NULL || self->n_step == 0 || seconds < 0.0 || seconds >= self->seconds)
    return FALSE;
  g_autofree char *text = self->describe ((guint) (seconds / self->seconds * self->n_step), self->describe_data);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

void
sen_heat_wave_set_peaks (SenHeatWave *self, const SenPeaks *peaks)
{
  self->peaks = peaks;
  self->top = sen_wave_top (peaks);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_heat_wave_set_heat (SenHeatWave *self, SenHeatMap map, const float *strengths, guint n_step, double seconds)
{
  self->map = map;
  g_free (self->strengths);
  self->n_step = strengths != NULL && seconds > 0.0 ? n_step : 0;
  self->strengths = self->n_step > 0 ? g_memdup2 (strengths, sizeof (float) * n_step) : NULL;
  self->seconds = seconds;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_heat_wave_set_describe (SenHeatWave *self, SenHeatWaveDescribe describe, gpointer user_data)
{
  self->describe = describe;
  self->describe_data = user_data;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), describe != NULL);
}

GtkWidget *
sen_heat_wave_new (void)
{
  return g_object_new (SEN_TYPE_HEAT_WAVE, NULL);
}

static void
sen_heat_wave_finalize (GObject *object)
{
  g_free (SEN_HEAT_WAVE (object)->strengths);
  G_OBJECT_CLASS (sen_heat_wave_parent_class)->finalize (object);
}

static void
sen_heat_wave_class_init (SenHeatWaveClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = sen_heat_wave_finalize;
  widget_class->measure = sen_heat_wave_measure;
  widget_class->snapshot = sen_heat_wave_snapshot;
  widget_class->query_tooltip = sen_heat_wave_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "heatwave");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sen_heat_wave_init (SenHeatWave *self)
{
  self->top = sen_wave_top (NULL);
}
