/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-filters.h"

#include <glib/gi18n.h>

#include "sen-find-words.h"
#include "sen-sideways.h"

#define MAX_FOLDER_NAME 18

/* Code is text to who looks for it by what it says, and something else to who wants documents. */
static const struct {
  const char *label;
  SenFileKind icon;
  guint32     kinds;
} sorts[] = {
  { N_("Pictures"), SEN_FILE_PICTURE, 1u << SEN_FILE_PICTURE },
  { N_("Documents"), SEN_FILE_DOCUMENT, 1u << SEN_FILE_DOCUMENT | 1u << SEN_FILE_TEXT },
  { N_("Recordings"), SEN_FILE_SOUND, 1u << SEN_FILE_SOUND },
  { N_("Videos"), SEN_FILE_VIDEO, 1u << SEN_FILE_VIDEO },
  { N_("Code"), SEN_FILE_CODE, 1u << SEN_FILE_CODE },
};

struct _SenFindFilters {
  GtkWidget parent_instance;

  GtkWidget       *scroller;                    /* around all of it */
  GtkToggleButton *buttons[G_N_ELEMENTS (sorts)];
  GtkWidget       *labels[G_N_ELEMENTS (sorts)];
  GtkToggleButton *copies;
  GtkDropDown     *folder_choice;
  SenFindDates    *dates;
  GPtrArray       *folders;                     /* char *: those of folder_choice, without its first */
  gboolean         is_filling;                  /* choices are being changed by us */
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenFindFilters, sen_find_filters, GTK_TYPE_WIDGET)

static void
on_changed (SenFindFilters *self)
{
  if (!self->is_filling)
    g_signal_emit (self, signals[CHANGED], 0);
}

/* --- Sorts --------------------------------------------------------------------------------------------------------------------------- */

guint32
sen_find_filters_kinds (SenFindFilters *self)
{
  guint32 kinds = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (sorts); i++)
    if (gtk_toggle_button_get_active (self->buttons[i]))
      kinds |= sorts[i].kinds;
  return kinds;
}

void
sen_find_filters_set_kinds (SenFindFilters *self, guint32 kinds)
{
  self->is_filling = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (sorts); i++)
    gtk_toggle_button_set_active (self->buttons[i], (sorts[i].kinds & kinds) != 0);
  self->is_filling = FALSE;
  on_changed (self);
}

static GtkToggleButton *
add_button (SenFindFilters *self, GtkBox *row, const char *icon, const char *name, GtkWidget **label)
{
  GtkWidget *inside = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *button = gtk_toggle_button_new ();
  gtk_box_append (GTK_BOX (inside), gtk_image_new_from_icon_name (icon));
  if (label != NULL)
    {
      *label = gtk_label_new (name);
      gtk_box_append (GTK_BOX (inside), *label);
    }
  gtk_button_set_child (GTK_BUTTON (button), inside);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_signal_connect_object (button, "toggled", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  gtk_box_append (row, button);
  return GTK_TOGGLE_BUTTON (button);
}

static void
add_sorts (SenFindFilters *self, GtkBox *row)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sorts); i++)
    self->buttons[i] = add_button (self, row, sen_find_icon_name (sorts[i].icon), _(sorts[i].label), &self->labels[i]);
}

void
sen_find_filters_set_narrow (SenFindFilters *self, gboolean is_narrow)
{
  if (gtk_widget_get_visible (self->labels[0]) == !is_narrow)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (sorts); i++)
    {
      gtk_widget_set_visible (self->labels[i], !is_narrow);
      gtk_widget_set_tooltip_text (GTK_WIDGET (self->buttons[i]), is_narrow ? _(sorts[i].label) : NULL);
    }
}

/* --- Folders ------------------------------------------------------------------------------------------------------------------------- */

/* NULL: anywhere. */
static const char *
chosen_folder (SenFindFilters *self)
{
  guint selected = gtk_drop_down_get_selected (self->folder_choice);
  return selected > 0 && selected - 1 < self->folders->len ? g_ptr_array_index (self->folders, selected - 1) : NULL;
}

/* As a choice; a long name would make the window wide. (transfer full) */
static char *
name_folder (const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);
  if (g_utf8_strlen (name, -1) <= MAX_FOLDER_NAME)
    return g_steal_pointer (&name);
  g_autofree char *start = g_utf8_substring (name, 0, MAX_FOLDER_NAME - 1);
  return g_strconcat (start, "…", NULL);
}

const char *
sen_find_filters_folder (SenFindFilters *self)
{
  return chosen_folder (self);
}

void
sen_find_filters_set_copies (SenFindFilters *self, gboolean only_copies)
{
  gtk_toggle_button_set_active (self->copies, only_copies);
}

void
sen_find_filters_set_folders (SenFindFilters *self, const char *const *folders)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  g_autofree char *chosen = g_strdup (chosen_folder (self));
  guint selected = 0;
  g_ptr_array_set_size (self->folders, 0);
  gtk_string_list_append (names, _("Anywhere"));
  for (guint i = 0; folders != NULL && folders[i] != NULL; i++)
    {
      g_autofree char *name = name_folder (folders[i]);
      gtk_string_list_append (names, name);
      g_ptr_array_add (self->folders, g_strdup (folders[i]));
      if (g_strcmp0 (folders[i], chosen) == 0)
        selected = i + 1;
    }
  self->is_filling = TRUE;
  gtk_drop_down_set_model (self->folder_choice, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->folder_choice, selected);
  gtk_widget_set_visible (GTK_WIDGET (self->folder_choice), self->folders->len > 1);
  self->is_filling = FALSE;
}

/* --- All of it ----------------------------------------------------------------------------------------------------------------------- */

SenFindDates *
sen_find_filters_dates (SenFindFilters *self)
{
  return self->dates;
}

void
sen_find_filters_fill (SenFindFilters *self, SenFindRequest *request)
{
  request->kinds = sen_find_filters_kinds (self);
  request->folder = chosen_folder (self);
  request->only_copies = gtk_toggle_button_get_active (self->copies);
  sen_find_dates_get (self->dates, &request->after_us, &request->before_us);
}

gboolean
sen_find_filters_is_any (SenFindFilters *self)
{
  SenFindRequest request = { 0 };
  sen_find_filters_fill (self, &request);
  return request.kinds != 0 || request.folder != NULL || request.only_copies || request.after_us != 0 || request.before_us != 0;
}

GtkWidget *
sen_find_filters_new (void)
{
  return g_object_new (SEN_TYPE_FIND_FILTERS, NULL);
}

static void
sen_find_filters_dispose (GObject *object)
{
  SenFindFilters *self = SEN_FIND_FILTERS (object);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_pointer (&self->folders, g_ptr_array_unref);
  G_OBJECT_CLASS (sen_find_filters_parent_class)->dispose (object);
}

static void
sen_find_filters_class_init (SenFindFiltersClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_find_filters_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "findfilters");
  signals[CHANGED] = g_signal_new ("changed", SEN_TYPE_FIND_FILTERS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_find_filters_init (SenFindFilters *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->folders = g_ptr_array_new_with_free_func (g_free);
  self->folder_choice = GTK_DROP_DOWN (gtk_drop_down_new (NULL, NULL));
  self->dates = SEN_FIND_DATES (sen_find_dates_new ());
  add_sorts (self, GTK_BOX (row));
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->folder_choice));
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->dates));
  self->copies = add_button (self, GTK_BOX (row), "edit-copy-symbolic", _("Files with exact copies"), NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->copies), _("Files with exact copies"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->folder_choice), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Folder"), -1);
  g_signal_connect_object (self->folder_choice, "notify::selected", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->dates, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  self->scroller = sen_sideways_new (row);
  /* What does not fit comes by the wheel and the keyboard; a bar would stand upon it. */
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_EXTERNAL, GTK_POLICY_NEVER);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  sen_find_filters_set_folders (self, NULL);
}
