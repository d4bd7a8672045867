/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-table.h"

#include <string.h>

#include "sen-sight.h"

#define CELL_WIDTH_PX 300    /* wider text is broken into lines */
#define COLUMN_PADDING_PX 24
#define ROW_PADDING_PX 12
#define EDGE_PX 12
#define EMPTY_ROW_PX 8

struct _SenTable {
  GtkWidget parent_instance;
  SenSight  sight;
  guint     n_columns;
  char     *alignments;
  GPtrArray *cells;          /* GtkWidget, borrowed, row by row; NULL: empty */
  int       *widths;         /* [n_columns] */
  GArray    *heights;        /* int, of the rows that have been measured */
};

G_DEFINE_FINAL_TYPE (SenTable, sen_table, GTK_TYPE_WIDGET)

/* A cell is as wide as its text, up to a limit at which all columns that reach it stay: so its height is settled at once. */
static void
measure_rows (SenTable *self)
{
  guint n_rows = sen_table_n_rows (self);
  for (guint row = self->heights->len; row < n_rows; row++)
    {
      int height = 0;
      for (guint column = 0; column < self->n_columns; column++)
        {
          GtkWidget *cell = g_ptr_array_index (self->cells, row * self->n_columns + column);
          int natural, cell_height;
          if (cell == NULL)
            continue;
          gtk_widget_measure (cell, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
          natural = MIN (natural, CELL_WIDTH_PX);
          gtk_widget_measure (cell, GTK_ORIENTATION_VERTICAL, natural, NULL, &cell_height, NULL, NULL);
          self->widths[column] = MAX (self->widths[column], natural);
          height = MAX (height, cell_height);
        }
      height = MAX (height, EMPTY_ROW_PX) + ROW_PADDING_PX;
      g_array_append_val (self->heights, height);
    }
}

static void
sen_table_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                   int *minimum_baseline, int *natural_baseline)
{
  SenTable *self = SEN_TABLE (widget);
  int size = 0;
  measure_rows (self);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      for (guint column = 0; column < self->n_columns; column++)
        size += self->widths[column];
      size += (int) (self->n_columns - 1) * COLUMN_PADDING_PX + 2 * EDGE_PX;
    }
  else
    for (guint row = 0; row < self->heights->len; row++)
      size += g_array_index (self->heights, int, row);
  *minimum = *natural = size;
}

static void
sen_table_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SenTable *self = SEN_TABLE (widget);
  bool is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int y = 0;
  measure_rows (self);
  for (guint row = 0; row < self->heights->len; row++)
    {
      int x = EDGE_PX, row_height = g_array_index (self->heights, int, row);
      for (guint column = 0; column < self->n_columns; column++)
        {
          GtkWidget *cell = g_ptr_array_index (self->cells, row * self->n_columns + column);
          int cell_width = self->widths[column];
          GtkAllocation area = { is_rtl ? width - x - cell_width : x, y + ROW_PADDING_PX / 2, cell_width, row_height - ROW_PADDING_PX };
          if (cell != NULL)
            gtk_widget_size_allocate (cell, &area, -1);
          x += cell_width + COLUMN_PADDING_PX;
        }
      y += row_height;
    }
}

static void
sen_table_map (GtkWidget *widget)
{
  sen_sight_map (&SEN_TABLE (widget)->sight, widget);
  GTK_WIDGET_CLASS (sen_table_parent_class)->map (widget);
}

static void
sen_table_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (sen_table_parent_class)->unmap (widget);
  sen_sight_unmap (&SEN_TABLE (widget)->sight);
}

/* Only the rows in sight, and lines between them. */
static void
sen_table_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenTable *self = SEN_TABLE (widget);
  GdkRGBA colour;
  int y = 0, from, to;
  float width = (float) gtk_widget_get_width (widget);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  colour.alpha *= 0.15f;
  sen_sight_measure (&self->sight, &from, &to);
  for (guint row = 0; row < self->heights->len && y < to; row++)
    {
      int height = g_array_index (self->heights, int, row);
      if (y + height > from)
        for (guint column = 0; column < self->n_columns; column++)
          {
            GtkWidget *cell = g_ptr_array_index (self->cells, row * self->n_columns + column);
            if (cell != NULL)
              gtk_widget_snapshot_child (widget, cell, snapshot);
          }
      y += height;
      if (y > from && row + 1 < self->heights->len)
        gtk_snapshot_append_color (snapshot, &colour, &GRAPHENE_RECT_INIT (0.0f, (float) y, width, 1.0f));
    }
}

/* Another font: everything is measured anew. */
static void
sen_table_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  SenTable *self = SEN_TABLE (widget);
  GTK_WIDGET_CLASS (sen_table_parent_class)->css_changed (widget, change);
  g_array_set_size (self->heights, 0);
  memset (self->widths, 0, sizeof (int) * self->n_columns);
  gtk_widget_queue_resize (widget);
}

static void
sen_table_dispose (GObject *object)
{
  SenTable *self = SEN_TABLE (object);
  for (guint i = 0; i < self->cells->len; i++)
    if (g_ptr_array_index (self->cells, i) != NULL)
      gtk_widget_unparent (g_ptr_array_index (self->cells, i));
  g_ptr_array_set_size (self->cells, 0);
  g_array_set_size (self->heights, 0);
  G_OBJECT_CLASS (sen_table_parent_class)->dispose (object);
}

static void
sen_table_finalize (GObject *object)
{
  SenTable *self = SEN_TABLE (object);
  g_ptr_array_unref (self->cells);
  g_array_unref (self->heights);
  g_free (self->widths);
  g_free (self->alignments);
  G_OBJECT_CLASS (sen_table_parent_class)->finalize (object);
}

static void
sen_table_class_init (SenTableClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_table_dispose;
  G_OBJECT_CLASS (klass)->finalize = sen_table_finalize;
  widget_class->measure = sen_table_measure;
  widget_class->size_allocate = sen_table_size_allocate;
  widget_class->map = sen_table_map;
  widget_class->unmap = sen_table_unmap;
  widget_class->snapshot = sen_table_snapshot;
  widget_class->css_changed = sen_table_css_changed;
  gtk_widget_class_set_css_name (widget_class, "texttable");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_TABLE);
}

static void
sen_table_init (SenTable *self)
{
  self->cells = g_ptr_array_new ();
  self->heights = g_array_new (FALSE, FALSE, sizeof (int));
}

GtkWidget *
sen_table_new (guint n_columns, const char *alignments)
{
  SenTable *self = g_object_new (SEN_TYPE_TABLE, NULL);
  self->n_columns = n_columns;
  self->alignments = g_strdup (alignments);
  self->widths = g_new0 (int, n_columns);
  return GTK_WIDGET (self);
}

void
sen_table_append_row (SenTable *self, char *const *cells, GtkWidget *(*new_label) (const char *markup, gpointer data),
                      gpointer data)
{
  gboolean is_head = self->cells->len == 0;
  for (guint column = 0; column < self->n_columns; column++)
    {
      char alignment = self->alignments[column];
      if (*cells[column] == '\0')
        {
          g_ptr_array_add (self->cells, NULL);
          continue;
        }
      GtkWidget *label = new_label (cells[column], data);
      gtk_label_set_xalign (GTK_LABEL (label), alignment == 'c' ? 0.5f : alignment == 'r' ? 1.0f : 0.0f);
      gtk_label_set_justify (GTK_LABEL (label), alignment == 'c' ? GTK_JUSTIFY_CENTER : alignment == 'r' ? GTK_JUSTIFY_RIGHT
                                                                                                       : GTK_JUSTIFY_LEFT);
      gtk_widget_set_valign (label, GTK_ALIGN_START);
      if (is_head)
        gtk_widget_add_css_class (label, "heading");
      gtk_widget_set_parent (label, GTK_WIDGET (self));
      g_ptr_array_add (self->cells, label);
    }
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

guint
sen_table_n_rows (SenTable *self)
{
  return self->cells->len / self->n_columns;
}
