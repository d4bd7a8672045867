/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-mic-meter.h"

#include <glib/gi18n.h>

#define N_BARS 24
#define BAR_PX 3
#define STEP_PX 5
#define HEIGHT_PX 28

struct _SenMicMeter {
  GtkWidget parent_instance;
  float     heights[N_BARS];   /* the oldest first */
};

G_DEFINE_FINAL_TYPE (SenMicMeter, sen_mic_meter, GTK_TYPE_WIDGET)

static void
sen_mic_meter_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenMicMeter *self = SEN_MIC_METER (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  float height = (float) gtk_widget_get_height (widget);
  GdkRGBA colour;
  if (!gtk_style_context_lookup_color (style, "accent_color", &colour))
    gtk_style_context_get_color (style, &colour);
  for (int i = 0; i < N_BARS; i++)
    {
      float bar = MAX (self->heights[i] * height, (float) BAR_PX);
      gtk_snapshot_append_color (snapshot, &colour, &GRAPHENE_RECT_INIT ((float) (i * STEP_PX), (height - bar) / 2.0f, BAR_PX, bar));
    }
}

static void
sen_mic_meter_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                       int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? (N_BARS - 1) * STEP_PX + BAR_PX : HEIGHT_PX;
  *minimum_baseline = *natural_baseline = -1;
}

void
sen_mic_meter_add (SenMicMeter *self, float height)
{
  for (int i = 1; i < N_BARS; i++)
    self->heights[i - 1] = self->heights[i];
  self->heights[N_BARS - 1] = height;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, (double) height, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_mic_meter_clear (SenMicMeter *self)
{
  for (int i = 0; i < N_BARS; i++)
    self->heights[i] = 0.0f;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

GtkWidget *
sen_mic_meter_new (void)
{
  return g_object_new (SEN_TYPE_MIC_METER, NULL);
}

static void
sen_mic_meter_class_init (SenMicMeterClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->snapshot = sen_mic_meter_snapshot;
  widget_class->measure = sen_mic_meter_measure;
  gtk_widget_class_set_css_name (widget_class, "micmeter");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_METER);
}

static void
sen_mic_meter_init (SenMicMeter *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Loudness"), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN,
                                  0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 1.0, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 0.0, -1);
}
