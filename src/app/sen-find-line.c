/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-line.h"

#include <string.h>

#include "sen-find-words.h"

struct _SenFindLine {
  GtkWidget parent_instance;

  char              *text;         /* "" for none */
  PangoAttrList     *marks;        /* or NULL */
  PangoLayout       *layout;       /* of it, once somebody has looked; or NULL */
  PangoEllipsizeMode ellipsize;
  int                n_most;       /* lines */
  guint              serial;       /* of the context that the next two are of, or 0 */
  int                height, ascent;   /* of one line, in Pango's units */
};

G_DEFINE_FINAL_TYPE (SenFindLine, sen_find_line, GTK_TYPE_WIDGET)

/* --- What it says -------------------------------------------------------------------------------------------------------------------- */

static void
set (SenFindLine *self, const char *text, PangoAttrList *marks)
{
  g_clear_pointer (&self->marks, pango_attr_list_unref);
  self->marks = marks;
  g_free (self->text);
  self->text = g_strdup (text);
  g_clear_object (&self->layout);
  if (self->n_most > 1 || self->ellipsize == PANGO_ELLIPSIZE_NONE)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  else
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_find_line_set (SenFindLine *self, const SenFindText *text)
{
  if (text->n_marks > 0)
    set (self, text->text, sen_find_marks (text));
  else
    sen_find_line_set_plain (self, text->text);
}

void
sen_find_line_set_plain (SenFindLine *self, const char *text)
{
  if (self->marks != NULL || strcmp (text, self->text) != 0)
    set (self, text, NULL);
}

void
sen_find_line_set_ellipsize (SenFindLine *self, PangoEllipsizeMode ellipsize)
{
  if (ellipsize == self->ellipsize)
    return;
  self->ellipsize = ellipsize;
  g_clear_object (&self->layout);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static PangoLayout *
layout_of (SenFindLine *self)
{
  if (self->layout != NULL)
    return self->layout;
  self->layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), self->text);
  pango_layout_set_attributes (self->layout, self->marks);
  pango_layout_set_single_paragraph_mode (self->layout, TRUE);
  pango_layout_set_ellipsize (self->layout, self->ellipsize);
  if (self->n_most > 1)
    {
      pango_layout_set_wrap (self->layout, PANGO_WRAP_WORD_CHAR);
      pango_layout_set_height (self->layout, -self->n_most);
    }
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    pango_layout_set_alignment (self->layout, PANGO_ALIGN_RIGHT);
  return self->layout;
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

static void
look_at_font (SenFindLine *self)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  guint serial = pango_context_get_serial (context);
  if (serial == self->serial)
    return;
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  self->serial = serial;
  self->ascent = pango_font_metrics_get_ascent (metrics);
  self->height = self->ascent + pango_font_metrics_get_descent (metrics);
  pango_font_metrics_unref (metrics);
}

/* As high as their letters are, in whatever fonts. */
static int
measure_lines (SenFindLine *self, int width)
{
  int height;
  if (*self->text == '\0' || width < 0)
    return PANGO_PIXELS_CEIL (self->height * self->n_most);
  pango_layout_set_width (layout_of (self), width * PANGO_SCALE);
  pango_layout_get_pixel_size (self->layout, NULL, &height);
  return height;
}

static void
sen_find_line_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                       int *natural_baseline)
{
  SenFindLine *self = SEN_FIND_LINE (widget);
  int width = 0;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      look_at_font (self);
      *natural = self->n_most > 1 ? measure_lines (self, for_size) : PANGO_PIXELS_CEIL (self->height);
    }
  else
    {
      if (self->ellipsize == PANGO_ELLIPSIZE_NONE && *self->text != '\0')
        pango_layout_get_pixel_size (layout_of (self), &width, NULL);
      *natural = width;
    }
  *minimum = *natural;
  *minimum_baseline = *natural_baseline = -1;
}

static GtkSizeRequestMode
sen_find_line_get_request_mode (GtkWidget *widget)
{
  return SEN_FIND_LINE (widget)->n_most > 1 ? GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH : GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
sen_find_line_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenFindLine *self = SEN_FIND_LINE (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  if (*self->text == '\0')
    return;
  PangoLayout *layout = layout_of (self);
  look_at_font (self);
  if (self->ellipsize != PANGO_ELLIPSIZE_NONE)
    pango_layout_set_width (layout, width * PANGO_SCALE);
  double x = 0.0, y = 0.0;
  if (self->n_most == 1)
    {
      /* Where the window begins its lines, whatever way the letters go. Those of another font may be higher; the line stays where it is. */
      PangoRectangle logical;
      pango_layout_get_pixel_extents (layout, NULL, &logical);
      x = (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? width - logical.width : 0) - logical.x;
      y = MAX ((height - (double) self->height / PANGO_SCALE) / 2.0, 0.0)
          + (double) (self->ascent - pango_layout_get_baseline (layout)) / PANGO_SCALE;
    }
  gtk_snapshot_render_layout (snapshot, gtk_widget_get_style_context (widget), x, y, layout);
}

GtkWidget *
sen_find_line_new (PangoEllipsizeMode ellipsize)
{
  SenFindLine *self = g_object_new (SEN_TYPE_FIND_LINE, NULL);
  self->ellipsize = ellipsize;
  return GTK_WIDGET (self);
}

GtkWidget *
sen_find_line_new_wrapped (int n_most)
{
  SenFindLine *self = g_object_new (SEN_TYPE_FIND_LINE, NULL);
  self->ellipsize = PANGO_ELLIPSIZE_END;
  self->n_most = n_most;
  return GTK_WIDGET (self);
}

static void
sen_find_line_finalize (GObject *object)
{
  SenFindLine *self = SEN_FIND_LINE (object);
  g_free (self->text);
  g_clear_pointer (&self->marks, pango_attr_list_unref);
  g_clear_object (&self->layout);
  G_OBJECT_CLASS (sen_find_line_parent_class)->finalize (object);
}

/* A layout knows the fonts and the scale it was made for only by its context, which follows them; its direction it was told. */
static void
sen_find_line_direction_changed (GtkWidget *widget, GtkTextDirection before)
{
  g_clear_object (&SEN_FIND_LINE (widget)->layout);
  GTK_WIDGET_CLASS (sen_find_line_parent_class)->direction_changed (widget, before);
}

static void
sen_find_line_class_init (SenFindLineClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = sen_find_line_finalize;
  widget_class->measure = sen_find_line_measure;
  widget_class->get_request_mode = sen_find_line_get_request_mode;
  widget_class->snapshot = sen_find_line_snapshot;
  widget_class->direction_changed = sen_find_line_direction_changed;
  gtk_widget_class_set_css_name (widget_class, "findline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
sen_find_line_init (SenFindLine *self)
{
  self->text = g_strdup ("");
  self->n_most = 1;
}
