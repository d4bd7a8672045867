/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-table.h"

#include <glib/gi18n.h>

#define HEIGHT_PX 220

/* A line. */
#define SEN_TYPE_LOOK_LINE (sen_look_line_get_type ())
G_DECLARE_FINAL_TYPE (SenLookLine, sen_look_line, SEN, LOOK_LINE, GObject)

struct _SenLookLine {
  GObject parent_instance;
  char *text, *number;
};

G_DEFINE_FINAL_TYPE (SenLookLine, sen_look_line, G_TYPE_OBJECT)

static void
sen_look_line_finalize (GObject *object)
{
  SenLookLine *self = SEN_LOOK_LINE (object);
  g_free (self->text);
  g_free (self->number);
  G_OBJECT_CLASS (sen_look_line_parent_class)->finalize (object);
}

static void
sen_look_line_class_init (SenLookLineClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_look_line_finalize;
}

static void
sen_look_line_init (SenLookLine *self)
{
}

/* --- The table ------------------------------------------------------------------------------------------------------------------------ */

struct _SenLookTable {
  GtkWidget   parent_instance;
  GtkWidget     *scroller;
  GtkColumnView *view;       /* its child */
  GListStore    *lines;      /* SenLookLine */
};

G_DEFINE_FINAL_TYPE (SenLookTable, sen_look_table, GTK_TYPE_WIDGET)

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, gpointer is_number)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), is_number ? 1.0f : 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (label), is_number ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END);
  if (is_number)
    gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, gpointer is_number)
{
  SenLookLine *line = gtk_list_item_get_item (item);
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), is_number ? line->number : line->text);
}

static GtkColumnViewColumn *
new_column (const char *title, gboolean is_number)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), GINT_TO_POINTER (is_number));
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), GINT_TO_POINTER (is_number));
  GtkColumnViewColumn *column = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_expand (column, !is_number);
  return column;
}

void
sen_look_table_set_titles (SenLookTable *self, const char *texts, const char *numbers, const char *label)
{
  GListModel *columns = gtk_column_view_get_columns (self->view);
  const char *const titles[] = { texts, numbers };
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      gtk_column_view_column_set_title (column, titles[i]);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

void
sen_look_table_set_lines (SenLookTable *self, const char *const *texts, const char *const *numbers, guint n)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < n; i++)
    {
      SenLookLine *line = g_object_new (SEN_TYPE_LOOK_LINE, NULL);
      line->text = g_strdup (texts[i]);
      line->number = g_strdup (numbers[i]);
      g_ptr_array_add (lines, line);
    }
  g_list_store_splice (self->lines, 0, g_list_model_get_n_items (G_LIST_MODEL (self->lines)), lines->pdata, lines->len);
}

GtkWidget *
sen_look_table_new (void)
{
  return g_object_new (SEN_TYPE_LOOK_TABLE, NULL);
}

static void
sen_look_table_dispose (GObject *object)
{
  SenLookTable *self = SEN_LOOK_TABLE (object);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->lines);
  G_OBJECT_CLASS (sen_look_table_parent_class)->dispose (object);
}

static void
sen_look_table_class_init (SenLookTableClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_look_table_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "looktable");
}

static void
sen_look_table_init (SenLookTable *self)
{
  self->lines = g_list_store_new (SEN_TYPE_LOOK_LINE);
  GtkSelectionModel *model = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->lines))));
  GtkWidget *view = gtk_column_view_new (model);
  g_autoptr (GtkColumnViewColumn) words = new_column (_("Words"), FALSE), shares = new_column (_("Attention"), TRUE);
  self->view = GTK_COLUMN_VIEW (view);
  gtk_column_view_append_column (self->view, words);
  gtk_column_view_append_column (self->view, shares);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Words by attention"), -1);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (self->scroller), HEIGHT_PX);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), view);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
}
