/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-cell.h"

#include <glib/gi18n.h>

#include "sen-direction.h"
#include "sen-file-image.h"
#include "sen-find-line.h"
#include "sen-find-words.h"

#define TILE_WIDTH 176
#define TILE_HEIGHT 132
#define ROW_PICTURE 64
/* Reasons that a tile has room for. */
#define TILE_REASONS 2
#define SNIPPET_LINES 2
/* U+2068 and U+2069. */
#define ISOLATE "\342\201\250"
#define POP "\342\201\251"

struct _SenFindCell {
  GtkWidget parent_instance;

  GtkWidget    *box;
  SenFileImage *picture;
  SenFindLine  *name, *why;
  SenFindLine  *place, *snippet;    /* NULL in a tile */
  SenFindItem  *item;               /* or NULL */
  gboolean      is_filled;          /* shows it */
};

enum { PRESSED, MENU, DRAGGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenFindCell, sen_find_cell, GTK_TYPE_WIDGET)

GdkContentProvider *
sen_find_item_content (SenFindItem *item)
{
  g_autoptr (GFile) file = sen_find_item_dup_file (item);
  g_autofree char *path = g_filename_display_name (sen_find_item_path (item));
  GFile *files[] = { file };
  GdkFileList *list = gdk_file_list_new_from_array (files, G_N_ELEMENTS (files));
  GdkContentProvider *providers[] = {
    gdk_content_provider_new_typed (GDK_TYPE_FILE_LIST, list),
    gdk_content_provider_new_typed (G_TYPE_STRING, path),
  };
  g_boxed_free (GDK_TYPE_FILE_LIST, list);
  return gdk_content_provider_new_union (providers, G_N_ELEMENTS (providers));
}

/* --- What is shown ------------------------------------------------------------------------------------------------------------------- */

static void
show_snippet (SenFindCell *self, const SenFindResult *result)
{
  sen_find_line_set (self->snippet, &result->snippet);
  gtk_widget_set_visible (GTK_WIDGET (self->snippet), *result->snippet.text != '\0');
}

/* What would end the isolate that it is to stand in. (transfer full) */
static char *
without_direction (const char *text)
{
  GString *clean = g_string_new (NULL);
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar letter = g_utf8_get_char (p);
      if (!sen_turns_text_around (letter))
        g_string_append_unichar (clean, letter);
    }
  return g_string_free (clean, FALSE);
}

static void
show_reason (SenFindCell *self, const SenFindResult *result)
{
  g_autofree char *why = sen_find_describe_why (result, self->snippet != NULL ? SEN_FIND_MAX_REASONS : TILE_REASONS);
  if (self->snippet == NULL)
    {
      sen_find_line_set_plain (self->why, why);
      return;
    }
  g_autofree char *path = sen_find_describe_folder (result->paths[0]), *folder = without_direction (path);
  g_autofree char *name = without_direction (sen_find_title (result) != &result->name ? result->name.text : "");
  /* Each by itself: a name that turns the direction of letters shall not turn the folder's. */
  g_autofree char *all = g_strconcat (why, *why != '\0' ? " · " : "", ISOLATE, name, *name != '\0' ? POP " · " ISOLATE : "", folder, POP,
                                      NULL);
  sen_find_line_set_plain (self->why, all);
}

/* All that it would show, and for screen readers at once: who walks the list hears what stands in it, seen or not. */
static void
tell (SenFindCell *self, const SenFindResult *result)
{
  const SenFindText *title = self->snippet != NULL ? sen_find_title (result) : &result->name;
  g_autofree char *place = sen_find_describe_place (result), *why = sen_find_describe_why (result, SEN_FIND_MAX_REASONS);
  g_autofree char *label = g_strdup_printf ("%s. %s. %s", title->text, place != NULL ? place : sen_find_kind_name (result->kind), why);
  g_autofree char *folder = sen_find_describe_folder (result->paths[0]);
  g_autofree char *rest = g_strconcat (title != &result->name ? result->name.text : "", title != &result->name ? ". " : "", folder, ". ",
                                       result->snippet.text, NULL);
  /* The item around it is what has the focus. */
  GtkWidget *parent = gtk_widget_get_parent (GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (parent != NULL ? parent : GTK_WIDGET (self)), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, rest, -1);
}

void
sen_find_cell_set_item (SenFindCell *self, SenFindItem *item)
{
  g_set_object (&self->item, item);
  self->is_filled = FALSE;
  if (item == NULL)
    sen_file_image_set (self->picture, NULL, SEN_FILE_OTHER, 0);
  else
    tell (self, sen_find_item_result (item));
}

void
sen_find_cell_fill (SenFindCell *self)
{
  if (self->is_filled || self->item == NULL)
    return;
  const SenFindResult *result = sen_find_item_result (self->item);
  self->is_filled = TRUE;
  sen_file_image_set (self->picture, result->paths[0], result->kind, result->mtime_ns);
  const SenFindText *title = self->snippet != NULL ? sen_find_title (result) : &result->name;
  /* Of a name the end tells something, of a title the beginning. */
  sen_find_line_set_ellipsize (self->name, title == &result->name ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_END);
  sen_find_line_set (self->name, title);
  show_reason (self, result);
  if (self->snippet != NULL)
    {
      g_autofree char *place = sen_find_describe_place (result);
      show_snippet (self, result);
      sen_find_line_set_plain (self->place, place != NULL ? place : "");
    }
}

SenFindItem *
sen_find_cell_item (SenFindCell *self)
{
  return self->item;
}

void
sen_find_cell_set_near (SenFindCell *self, gboolean is_near)
{
  sen_file_image_set_near (self->picture, is_near);
}

gboolean
sen_find_cell_has_picture (SenFindCell *self)
{
  return sen_file_image_is_shown (self->picture);
}

/* --- What is done with it ------------------------------------------------------------------------------------------------------------ */

static void
on_released (GtkGestureClick *click, int n_press, double x, double y, SenFindCell *self)
{
  g_signal_emit (self, signals[PRESSED], 0, n_press);
}

static void
on_menu (GtkGestureClick *click, int n_press, double x, double y, SenFindCell *self)
{
  g_signal_emit (self, signals[MENU], 0, x, y);
}

static GdkContentProvider *
on_drag (GtkDragSource *source, double x, double y, SenFindCell *self)
{
  if (self->item == NULL)
    return NULL;
  g_autoptr (GdkPaintable) picture = gtk_widget_paintable_new (GTK_WIDGET (self->picture));
  gtk_drag_source_set_icon (source, picture, ROW_PICTURE / 2, ROW_PICTURE / 2);
  return sen_find_item_content (self->item);
}

static void
on_drag_begin (GtkDragSource *source, GdkDrag *drag, SenFindCell *self)
{
  g_signal_emit (self, signals[DRAGGED], 0, TRUE);
}

static void
on_drag_end (GtkDragSource *source, GdkDrag *drag, gboolean is_deleted, SenFindCell *self)
{
  g_signal_emit (self, signals[DRAGGED], 0, FALSE);
}

static void
add_gestures (SenFindCell *self)
{
  GtkGesture *click = gtk_gesture_click_new (), *menu = gtk_gesture_click_new ();
  GtkDragSource *drag = gtk_drag_source_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (menu), GDK_BUTTON_SECONDARY);
  gtk_drag_source_set_actions (drag, GDK_ACTION_COPY);
  g_signal_connect (click, "released", G_CALLBACK (on_released), self);
  g_signal_connect (menu, "pressed", G_CALLBACK (on_menu), self);
  g_signal_connect (drag, "prepare", G_CALLBACK (on_drag), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (menu));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

static SenFindLine *
new_line (PangoEllipsizeMode ellipsize, const char *const *classes)
{
  GtkWidget *line = sen_find_line_new (ellipsize);
  for (; *classes != NULL; classes++)
    gtk_widget_add_css_class (line, *classes);
  return SEN_FIND_LINE (line);
}

static void
make_tile (SenFindCell *self, SenThumbCache *thumbs)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  self->picture = SEN_FILE_IMAGE (sen_file_image_new (thumbs, TILE_WIDTH, TILE_HEIGHT));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->picture));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->name));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->why));
}

static void
make_row (SenFindCell *self, SenThumbCache *thumbs)
{
  GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *first = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  self->picture = SEN_FILE_IMAGE (sen_file_image_new (thumbs, ROW_PICTURE, ROW_PICTURE));
  self->place = new_line (PANGO_ELLIPSIZE_NONE, (const char *const[]) { "caption", "dim-label", NULL });
  self->snippet = SEN_FIND_LINE (sen_find_line_new_wrapped (SNIPPET_LINES));
  gtk_widget_set_valign (GTK_WIDGET (self->picture), GTK_ALIGN_START);
  gtk_widget_set_hexpand (GTK_WIDGET (self->name), TRUE);
  gtk_widget_set_hexpand (words, TRUE);
  gtk_widget_set_valign (words, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (first), GTK_WIDGET (self->name));
  gtk_box_append (GTK_BOX (first), GTK_WIDGET (self->place));
  gtk_box_append (GTK_BOX (words), first);
  gtk_box_append (GTK_BOX (words), GTK_WIDGET (self->snippet));
  gtk_box_append (GTK_BOX (words), GTK_WIDGET (self->why));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->picture));
  gtk_box_append (GTK_BOX (self->box), words);
}

GtkWidget *
sen_find_cell_new (SenThumbCache *thumbs, gboolean is_tile)
{
  SenFindCell *self = g_object_new (SEN_TYPE_FIND_CELL, NULL);
  self->name = new_line (PANGO_ELLIPSIZE_MIDDLE, (const char *const[]) { "found-name", NULL });
  self->why = new_line (PANGO_ELLIPSIZE_END, (const char *const[]) { "caption", "dim-label", NULL });
  if (is_tile)
    make_tile (self, thumbs);
  else
    make_row (self, thumbs);
  gtk_widget_add_css_class (GTK_WIDGET (self), is_tile ? "tile" : "row");
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  add_gestures (self);
  return GTK_WIDGET (self);
}

static void
sen_find_cell_dispose (GObject *object)
{
  SenFindCell *self = SEN_FIND_CELL (object);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (sen_find_cell_parent_class)->dispose (object);
}

static void
sen_find_cell_class_init (SenFindCellClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_find_cell_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "findcell");
  signals[PRESSED] = g_signal_new ("pressed", SEN_TYPE_FIND_CELL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[MENU] = g_signal_new ("menu", SEN_TYPE_FIND_CELL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE,
                                G_TYPE_DOUBLE);
  signals[DRAGGED] = g_signal_new ("dragged", SEN_TYPE_FIND_CELL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
sen_find_cell_init (SenFindCell *self)
{
}
