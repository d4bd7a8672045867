/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-preview.h"

#include <glib/gi18n.h>
#include <string.h>

#include "sen-find-words.h"
#include "sen-heat-picture.h"
#include "sen-player.h"

/* The longer side of the picture, and of the one that stands there until it has come: that of a tile. */
#define PICTURE_PX 1024
#define SMALL_PX 176

#define PASSAGE_WIDTH_CHARS 20

struct _SenFindPreview {
  GtkWidget parent_instance;

  GtkWidget       *box;         /* the only child: name, what scrolls, what can be done */
  GtkWidget       *scroller, *column;
  GtkLabel        *name, *place, *passage, *facts, *folder, *why, *copies, *heat_note;
  SenHeatPicture  *picture;
  GtkToggleButton *heat_button;
  GtkWidget       *player_place;

  SenThumbCache *thumbs;
  SenPerception *perception;
  SenFindItem   *item;        /* or NULL */
  guint          request;     /* of thumbs, or 0 */
  gboolean       has_heat;    /* it came, or why it cannot */
};

enum { CLOSE, HEAT, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenFindPreview, sen_find_preview, GTK_TYPE_WIDGET)

/* --- The picture --------------------------------------------------------------------------------------------------------------------- */

static void
show_texture (SenFindPreview *self, GdkTexture *texture)
{
  double aspect = (double) gdk_texture_get_width (texture) / MAX (gdk_texture_get_height (texture), 1);
  sen_heat_picture_set_picture (self->picture, GDK_PAINTABLE (texture), aspect);
  gtk_widget_set_visible (GTK_WIDGET (self->picture), TRUE);
}

static void
on_picture (GdkTexture *texture, gpointer data)
{
  SenFindPreview *self = data;
  self->request = 0;
  if (texture != NULL)
    show_texture (self, texture);
}

static void
load_picture (SenFindPreview *self, const SenFindResult *result)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  SenThumbWish wish = { .path = result->paths[0], .kind = result->kind, .mtime_ns = result->mtime_ns, .side_px = SMALL_PX * scale };
  GdkTexture *small = sen_thumb_cache_peek (self->thumbs, &wish);
  wish.side_px = PICTURE_PX;
  GdkTexture *large = sen_thumb_cache_peek (self->thumbs, &wish);
  gtk_widget_set_visible (GTK_WIDGET (self->picture), FALSE);
  if (large != NULL || small != NULL)
    show_texture (self, large != NULL ? large : small);
  if (large == NULL && ((1u << result->kind) & SEN_FIND_KINDS_SEEN) != 0)
    self->request = sen_thumb_cache_ask (self->thumbs, &wish, on_picture, self);
}

static void
on_heat_toggled (SenFindPreview *self)
{
  bool is_wanted = gtk_toggle_button_get_active (self->heat_button);
  self->has_heat = FALSE;
  if (!is_wanted)
    sen_heat_picture_set_heat (self->picture, SEN_HEAT_SHARE, NULL, 0, 0);
  gtk_label_set_text (self->heat_note, is_wanted ? _("Looking where it matches…") : "");
  gtk_widget_set_visible (GTK_WIDGET (self->heat_note), is_wanted);
  g_signal_emit (self, signals[HEAT], 0, is_wanted);
}

void
sen_find_preview_set_heat (SenFindPreview *self, const SenFindHeat *heat, const char *sentence)
{
  if (!gtk_toggle_button_get_active (self->heat_button))
    return;
  self->has_heat = TRUE;
  if (heat != NULL && heat->fall > 0.0f)
    sen_heat_picture_set_heat (self->picture, SEN_HEAT_SHARE, &heat->heat[0][0], SEN_FIND_HEAT_SIDE, SEN_FIND_HEAT_SIDE);
  gtk_label_set_text (self->heat_note, heat == NULL         ? sentence
                                       : heat->fall > 0.0f ? _("The match falls most when the bright parts are hidden.")
                                                           : _("The match depends on no one part."));
}

/* --- What is known of it ------------------------------------------------------------------------------------------------------------- */

static void
set_text (GtkLabel *label, const char *text)
{
  gtk_label_set_text (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL && *text != '\0');
}

/* "Page 3 · Installing › Debian" */
static void
show_place (SenFindPreview *self, const SenFindResult *result)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  g_autofree char *place = sen_find_describe_place (result);
  const char *source = sen_find_describe_source (result->source);
  if (place != NULL)
    g_ptr_array_add (parts, place);
  if (source != NULL && *result->passage.text != '\0')
    g_ptr_array_add (parts, (gpointer) source);
  if (*result->headings != '\0')
    g_ptr_array_add (parts, (gpointer) result->headings);
  g_ptr_array_add (parts, NULL);
  g_autofree char *text = g_strjoinv (" · ", (char **) parts->pdata);
  set_text (self->place, text);
}

static void
show_copies (SenFindPreview *self, const SenFindResult *result)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint32 i = 1; i < result->n_paths; i++)
    {
      g_autofree char *path = sen_find_describe_path (result->paths[i]);
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", path);
    }
  g_autofree char *both = text->len > 0 ? g_strdup_printf (_("Also as:\n%s"), text->str) : NULL;
  set_text (self->copies, both);
}

static GtkWidget *
new_player (SenFindPreview *self, const SenFindResult *result)
{
  SenAttachmentKind kind = result->kind == SEN_FILE_VIDEO ? SEN_ATTACHMENT_VIDEO : SEN_ATTACHMENT_SOUND;
  g_autofree char *identity = g_strdup_printf ("%s %" G_GINT64_FORMAT, result->paths[0], result->mtime_ns);
  g_autoptr (SenAttachment) attachment = sen_attachment_new_at (result->paths[0], identity, kind);
  GtkWidget *player = sen_player_new (self->perception, attachment, FALSE);
  if (result->start_ms > 0)
    sen_player_set_start (SEN_PLAYER (player), (double) result->start_ms / 1000.0);
  return player;
}

static void
show_passage (SenFindPreview *self, const SenFindResult *result)
{
  g_autoptr (PangoAttrList) marks = sen_find_marks (&result->passage);
  set_text (self->passage, result->passage.text);
  gtk_label_set_attributes (self->passage, marks);
}

static bool
is_found_by (const SenFindResult *result, SenFindWhyKind kind)
{
  for (guint32 i = 0; i < result->n_why; i++)
    if (result->why[i].kind == kind)
      return true;
  return false;
}

static void
clear_player (SenFindPreview *self)
{
  GtkWidget *old = gtk_widget_get_first_child (self->player_place);
  if (old != NULL)
    gtk_box_remove (GTK_BOX (self->player_place), old);
}

static void
forget (SenFindPreview *self)
{
  sen_thumb_cache_cancel (self->thumbs, self->request);
  self->request = 0;
  clear_player (self);
  gtk_toggle_button_set_active (self->heat_button, FALSE);
  sen_heat_picture_set_heat (self->picture, SEN_HEAT_SHARE, NULL, 0, 0);
}

static void
show_words (SenFindPreview *self, const SenFindResult *result)
{
  g_autofree char *facts = sen_find_describe_file (result), *why = sen_find_describe_why (result, SEN_FIND_MAX_REASONS);
  /* What is called by its title has its name at the end of its path. */
  const SenFindText *title = sen_find_title (result);
  const char *path = result->paths[0];
  g_autofree char *folder = title == &result->name ? sen_find_describe_folder (path) : sen_find_describe_path (path);
  gtk_label_set_text (self->name, title->text);
  set_text (self->facts, facts);
  set_text (self->folder, folder);
  set_text (self->why, why);
  show_place (self, result);
  show_passage (self, result);
  show_copies (self, result);
  gtk_widget_set_visible (GTK_WIDGET (self->heat_button), result->kind == SEN_FILE_PICTURE && is_found_by (result, SEN_FIND_BY_LOOK));
}

/* The same file, at the same place in it. */
static bool
is_same_place (SenFindItem *a, SenFindItem *b)
{
  if (a == NULL || b == NULL)
    return false;
  const SenFindResult *one = sen_find_item_result (a), *other = sen_find_item_result (b);
  return strcmp (one->paths[0], other->paths[0]) == 0 && one->mtime_ns == other->mtime_ns && one->start_ms == other->start_ms;
}

void
sen_find_preview_set_item (SenFindPreview *self, SenFindItem *item)
{
  bool is_same = is_same_place (self->item, item);
  if (!g_set_object (&self->item, item))
    return;
  /* What is heard or looked at goes on. */
  if (is_same)
    {
      show_words (self, sen_find_item_result (item));
      return;
    }
  forget (self);
  gtk_widget_set_visible (self->box, item != NULL);
  if (item == NULL)
    return;
  const SenFindResult *result = sen_find_item_result (item);
  show_words (self, result);
  load_picture (self, result);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture), GTK_ACCESSIBLE_PROPERTY_LABEL, result->name.text, -1);
  if (result->kind == SEN_FILE_SOUND || result->kind == SEN_FILE_VIDEO)
    gtk_box_append (GTK_BOX (self->player_place), new_player (self, result));
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)), 0.0);
}

void
sen_find_preview_show_heat (SenFindPreview *self)
{
  if (gtk_widget_get_visible (GTK_WIDGET (self->heat_button)))
    gtk_toggle_button_set_active (self->heat_button, TRUE);
}

gboolean
sen_find_preview_has_heat (SenFindPreview *self)
{
  return self->has_heat;
}

SenFindItem *
sen_find_preview_item (SenFindPreview *self)
{
  return self->item;
}

/* --- The widget ---------------------------------------------------------------------------------------------------------------------- */

static void
on_close (SenFindPreview *self)
{
  g_signal_emit (self, signals[CLOSE], 0);
}

static GtkLabel *
new_label (const char *const *classes)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  for (; *classes != NULL; classes++)
    gtk_widget_add_css_class (label, *classes);
  return GTK_LABEL (label);
}

static GtkLabel *
add_label (SenFindPreview *self, const char *const *classes)
{
  GtkLabel *label = new_label (classes);
  gtk_box_append (GTK_BOX (self->column), GTK_WIDGET (label));
  return label;
}

static void
add_head (SenFindPreview *self)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *cross = gtk_button_new_from_icon_name ("window-close-symbolic");
  gtk_widget_add_css_class (head, "preview-head");
  gtk_box_append (GTK_BOX (self->box), head);
  self->name = new_label ((const char *const[]) { "heading", NULL });
  gtk_box_append (GTK_BOX (head), GTK_WIDGET (self->name));
  gtk_widget_set_hexpand (GTK_WIDGET (self->name), TRUE);
  gtk_widget_set_valign (cross, GTK_ALIGN_START);
  gtk_widget_add_css_class (cross, "flat");
  gtk_widget_add_css_class (cross, "circular");
  gtk_widget_set_tooltip_text (cross, _("Close the preview (Esc)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (cross), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Close the preview"), -1);
  g_signal_connect_object (cross, "clicked", G_CALLBACK (on_close), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (head), cross);
}

static void
add_folder (SenFindPreview *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4), *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  self->folder = new_label ((const char *const[]) { "caption", "dim-label", NULL });
  gtk_label_set_selectable (self->folder, TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self->folder), TRUE);
  gtk_widget_set_valign (copy, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (copy, "flat");
  gtk_widget_add_css_class (copy, "circular");
  gtk_widget_set_tooltip_text (copy, _("Copy the path"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (copy), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Copy the path"), -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (copy), "find.copy-path");
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->folder));
  gtk_box_append (GTK_BOX (row), copy);
  gtk_box_append (GTK_BOX (self->column), row);
}

static void
add_picture (SenFindPreview *self)
{
  self->picture = SEN_HEAT_PICTURE (sen_heat_picture_new ());
  self->heat_button = GTK_TOGGLE_BUTTON (gtk_toggle_button_new_with_label (_("Show Where It Matches")));
  gtk_widget_set_halign (GTK_WIDGET (self->heat_button), GTK_ALIGN_START);
  g_signal_connect_object (self->heat_button, "toggled", G_CALLBACK (on_heat_toggled), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->column), GTK_WIDGET (self->picture));
  gtk_box_append (GTK_BOX (self->column), GTK_WIDGET (self->heat_button));
  self->heat_note = add_label (self, (const char *const[]) { "caption", "dim-label", NULL });
  gtk_widget_set_visible (GTK_WIDGET (self->heat_note), FALSE);
}

static void
add_actions (SenFindPreview *self)
{
  static const struct {
    const char *label, *action;
  } actions[] = {
    { N_("_Open"), "find.open" }, { N_("_Show in Folder"), "find.show-in-folder" }, { N_("_Ask About This"), "find.ask" },
    { N_("_More Like This"), "find.more-like" },
  };
  GtkWidget *flow = gtk_flow_box_new ();
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (flow), GTK_SELECTION_NONE);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (flow), TRUE);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (flow), 2);
  gtk_flow_box_set_row_spacing (GTK_FLOW_BOX (flow), 6);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (flow), 6);
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      GtkWidget *button = gtk_button_new_with_mnemonic (_(actions[i].label));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), actions[i].action);
      gtk_flow_box_insert (GTK_FLOW_BOX (flow), button, -1);
      gtk_widget_set_focusable (gtk_widget_get_parent (button), FALSE);
    }
  gtk_widget_add_css_class (flow, "preview-actions");
  gtk_box_append (GTK_BOX (self->box), flow);
}

GtkWidget *
sen_find_preview_new (SenThumbCache *thumbs, SenPerception *perception)
{
  SenFindPreview *self = g_object_new (SEN_TYPE_FIND_PREVIEW, NULL);
  self->thumbs = g_object_ref (thumbs);
  self->perception = g_object_ref (perception);
  return GTK_WIDGET (self);
}

static void
sen_find_preview_dispose (GObject *object)
{
  SenFindPreview *self = SEN_FIND_PREVIEW (object);
  if (self->thumbs != NULL)
    sen_thumb_cache_cancel (self->thumbs, self->request);
  self->request = 0;
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->item);
  g_clear_object (&self->thumbs);
  g_clear_object (&self->perception);
  G_OBJECT_CLASS (sen_find_preview_parent_class)->dispose (object);
}

static void
sen_find_preview_class_init (SenFindPreviewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_find_preview_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "findpreview");
  signals[CLOSE] = g_signal_new ("close", SEN_TYPE_FIND_PREVIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[HEAT] = g_signal_new ("heat", SEN_TYPE_FIND_PREVIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
sen_find_preview_init (SenFindPreview *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  self->scroller = gtk_scrolled_window_new ();
  self->column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  self->player_place = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->column);
  gtk_widget_add_css_class (self->column, "preview-column");
  gtk_widget_set_vexpand (self->scroller, TRUE);
  add_head (self);
  gtk_box_append (GTK_BOX (self->box), self->scroller);
  add_picture (self);
  gtk_box_append (GTK_BOX (self->column), self->player_place);
  self->why = add_label (self, (const char *const[]) { "accent", NULL });
  self->place = add_label (self, (const char *const[]) { "caption-heading", NULL });
  self->passage = add_label (self, (const char *const[]) { "found-passage", NULL });
  self->facts = add_label (self, (const char *const[]) { "caption", "dim-label", "numeric", NULL });
  add_folder (self);
  self->copies = add_label (self, (const char *const[]) { "caption", "dim-label", NULL });
  gtk_label_set_selectable (self->passage, TRUE);
  /* A wrapped label without it is asked how high it is with a letter in each line, which takes longer than all else. */
  gtk_label_set_width_chars (self->passage, PASSAGE_WIDTH_CHARS);
  add_actions (self);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (self->box, FALSE);
}
