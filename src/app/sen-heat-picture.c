/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-heat-picture.h"

#include <math.h>

#include "sen-heat-tint.h"

#define MINIMUM_PX 96
#define NATURAL_WIDTH_PX 320
#define MOST_HEIGHT_PX 300

struct _SenHeatPicture {
  GtkWidget parent_instance;

  GdkPaintable *picture;   /* or NULL */
  double        aspect;
  GdkTexture   *heat;      /* a pixel for each cell, or NULL */

  SenHeatPictureDescribe describe;
  gpointer               describe_data;
};

G_DEFINE_FINAL_TYPE (SenHeatPicture, sen_heat_picture, GTK_TYPE_WIDGET)

/* Where the picture lies: all of it, in the middle. */
static graphene_rect_t
find_place (SenHeatPicture *self)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  double shown_width = MIN (width, height * self->aspect), shown_height = shown_width / self->aspect;
  return GRAPHENE_RECT_INIT ((float) ((width - shown_width) / 2.0), (float) ((height - shown_height) / 2.0), (float) shown_width,
                             (float) shown_height);
}

static void
sen_heat_picture_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenHeatPicture *self = SEN_HEAT_PICTURE (widget);
  graphene_rect_t place = find_place (self);
  if (self->picture != NULL)
    {
      gtk_snapshot_save (snapshot);
      gtk_snapshot_translate (snapshot, &place.origin);
      gdk_paintable_snapshot (self->picture, snapshot, place.size.width, place.size.height);
      gtk_snapshot_restore (snapshot);
    }
  if (self->heat != NULL)
    gtk_snapshot_append_texture (snapshot, self->heat, &place);
}

static GtkSizeRequestMode
sen_heat_picture_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
sen_heat_picture_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                          int *natural_baseline)
{
  SenHeatPicture *self = SEN_HEAT_PICTURE (widget);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = MINIMUM_PX;
      *natural = NATURAL_WIDTH_PX;
    }
  else
    *minimum = *natural = (int) CLAMP ((for_size > 0 ? for_size : NATURAL_WIDTH_PX) / self->aspect, 24.0, MOST_HEIGHT_PX);
  *minimum_baseline = *natural_baseline = -1;
}

static gboolean
sen_heat_picture_query_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip)
{
  SenHeatPicture *self = SEN_HEAT_PICTURE (widget);
  graphene_rect_t place = find_place (self);
  if (by_keyboard || self->describe == NULL || self->heat == NULL
      || !graphene_rect_contains_point (&place, &GRAPHENE_POINT_INIT ((float) x, (float) y)))
    return FALSE;
  int n_row = gdk_texture_get_height (self->heat), n_column = gdk_texture_get_width (self->heat);
  int row = (int) (((float) y - place.origin.y) / place.size.height * (float) n_row);
  int column = (int) (((float) x - place.origin.x) / place.size.width * (float) n_column);
  g_autofree char *text = self->describe ((guint) CLAMP (row, 0, n_row - 1), (guint) CLAMP (column, 0, n_column - 1), self->describe_data);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

void
sen_heat_picture_set_picture (SenHeatPicture *self, GdkPaintable *picture, double aspect)
{
  g_set_object (&self->picture, picture);
  self->aspect = isfinite (aspect) && aspect > 0.0 ? CLAMP (aspect, 0.05, 20.0) : 1.0;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
sen_heat_picture_set_heat (SenHeatPicture *self, SenHeatMap map, const float *strengths, guint n_row, guint n_column)
{
  g_clear_object (&self->heat);
  if (strengths != NULL && n_row > 0 && n_column > 0)
    self->heat = sen_heat_texture (map, strengths, n_row, n_column);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_heat_picture_set_describe (SenHeatPicture *self, SenHeatPictureDescribe describe, gpointer user_data)
{
  self->describe = describe;
  self->describe_data = user_data;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), describe != NULL);
}

GtkWidget *
sen_heat_picture_new (void)
{
  return g_object_new (SEN_TYPE_HEAT_PICTURE, NULL);
}

static void
sen_heat_picture_dispose (GObject *object)
{
  SenHeatPicture *self = SEN_HEAT_PICTURE (object);
  g_clear_object (&self->picture);
  g_clear_object (&self->heat);
  G_OBJECT_CLASS (sen_heat_picture_parent_class)->dispose (object);
}

static void
sen_heat_picture_class_init (SenHeatPictureClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_heat_picture_dispose;
  widget_class->get_request_mode = sen_heat_picture_get_request_mode;
  widget_class->measure = sen_heat_picture_measure;
  widget_class->snapshot = sen_heat_picture_snapshot;
  widget_class->query_tooltip = sen_heat_picture_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "heatpicture");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sen_heat_picture_init (SenHeatPicture *self)
{
  self->aspect = 1.0;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
