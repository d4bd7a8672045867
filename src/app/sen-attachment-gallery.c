/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-attachment-gallery.h"

#include <glib/gi18n.h>
#include <string.h>

#include "sen-advice.h"
#include "sen-attachment-tray.h"
#include "sen-plain-text.h"
#include "sen-player.h"
#include "sen-prompt.h"
#include "sen-thumbnail.h"
#include "sen-viewer.h"

/* One alone may be larger. */
#define LARGE_WIDTH 420
#define LARGE_HEIGHT 300
#define SMALL_WIDTH 200
#define SMALL_HEIGHT 150

struct _SenAttachmentGallery {
  GtkWidget parent_instance;

  GtkWidget     *column;
  GtkExpander   *words;
  SenPerception *perception;
  GPtrArray     *attachments;
  GPtrArray     *items;
};

/* What shows one of them. */
typedef struct {
  SenAttachmentGallery *gallery;
  SenAttachment        *attachment;
  AdwBin               *place;          /* of the picture or the line */
  GtkWidget            *note, *what, *icon;    /* the latter two may be NULL */
  int                   shown;          /* how: -1 not yet, 0 a line, 1 a picture, 2 a video */
} Item;

G_DEFINE_FINAL_TYPE (SenAttachmentGallery, sen_attachment_gallery, GTK_TYPE_WIDGET)

/* --- Words -------------------------------------------------------------------------------------------------------------------------- */

static void
fill_words (SenAttachmentGallery *self)
{
  if (!gtk_expander_get_expanded (self->words))
    return;
  g_autofree char *text = sen_prompt_message (self->attachments, "");
  GtkWidget *view = sen_plain_text_new ();
  sen_plain_text_append (SEN_PLAIN_TEXT (view), text);
  gtk_widget_add_css_class (view, "words");
  gtk_expander_set_child (self->words, view);
}

/* How a model got to know what is here. */
typedef enum { DIRECTLY = 1 << 0, IN_WORDS = 1 << 1 } Way;

static const char *
describe_way (bool is_seen, bool is_heard, guint way)
{
  if (way == (DIRECTLY | IN_WORDS))
    return is_seen && is_heard ? _("Seen and heard directly and through words") : is_seen ? _("Seen directly and through words")
                                                                                          : _("Heard directly and through words");
  if (way == DIRECTLY)
    return is_seen && is_heard ? _("Seen and heard directly") : is_seen ? _("Seen directly") : _("Heard directly");
  return is_seen && is_heard ? _("Seen and heard through words") : is_seen ? _("Seen through words") : _("Heard through words");
}

/* @seen, @heard: the ways of all that is seen, and of all that is heard; 0: there is none. Two ways are two lines. (transfer full) */
static char *
describe_ways (guint seen, guint heard)
{
  if (seen != 0 && heard != 0 && seen != heard)
    return g_strdup_printf ("%s\n%s", describe_way (true, false, seen), describe_way (false, true, heard));
  return g_strdup (describe_way (seen != 0, heard != 0, seen | heard));
}

static void
update_words (SenAttachmentGallery *self)
{
  bool has_words = false;
  guint seen = 0, heard = 0;
  g_autoptr (GString) by = g_string_new (NULL);
  for (guint i = 0; i < self->attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (self->attachments, i);
      const char *direct_by = sen_attachment_direct_by (attachment);
      has_words = has_words || sen_attachment_facts (attachment)->words != NULL;
      guint way = (direct_by != NULL ? DIRECTLY : 0)
                  | (direct_by == NULL || sen_attachment_is_direct_with_words (attachment) ? IN_WORDS : 0);
      if (sen_attachment_kind (attachment) == SEN_ATTACHMENT_SOUND)
        heard |= way;
      else
        seen |= way;
      if (direct_by != NULL && strstr (by->str, direct_by) == NULL)
        g_string_append_printf (by, "%s%s", by->len > 0 ? ", " : "", direct_by);
    }
  g_autofree char *ways = describe_ways (seen, heard);
  gtk_expander_set_label (self->words, ways);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->words), by->len > 0 ? by->str : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->words), has_words || ((seen | heard) & DIRECTLY) != 0);
  fill_words (self);
}

/* --- Items -------------------------------------------------------------------------------------------------------------------------- */

static void
on_clicked (GtkButton *button, Item *item)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (button)));
  gtk_window_present (GTK_WINDOW (sen_viewer_new (window, item->gallery->perception, item->gallery->attachments, item->attachment)));
}

/* The picture as a button, with its duration on it if it moves. */
static GtkWidget *
new_picture (Item *item)
{
  SenAttachmentGallery *self = item->gallery;
  SenAttachment *attachment = item->attachment;
  bool is_alone = self->attachments->len == 1;
  GtkWidget *button = gtk_button_new (), *overlay = gtk_overlay_new ();
  gtk_overlay_set_child (GTK_OVERLAY (overlay), sen_thumbnail_new (self->perception, attachment, is_alone ? LARGE_WIDTH : SMALL_WIDTH,
                                                                            is_alone ? LARGE_HEIGHT : SMALL_HEIGHT));
  if (sen_attachment_kind (attachment) == SEN_ATTACHMENT_VIDEO)
    {
      item->what = gtk_label_new (NULL);
      gtk_widget_set_halign (item->what, GTK_ALIGN_END);
      gtk_widget_set_valign (item->what, GTK_ALIGN_END);
      gtk_widget_add_css_class (item->what, "badge");
      gtk_overlay_add_overlay (GTK_OVERLAY (overlay), item->what);
    }
  /* translators: name of a picture */
  g_autofree char *label = g_strdup_printf (_("Show %s full size"), sen_attachment_name (attachment));
  gtk_button_set_child (GTK_BUTTON (button), overlay);
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (button, sen_attachment_name (attachment));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "picture");
  g_signal_connect (button, "clicked", G_CALLBACK (on_clicked), item);
  return button;
}

/* A line with symbol, name and what it is, and below it what it sounds like. */
static GtkWidget *
new_line (Item *item)
{
  SenAttachment *attachment = item->attachment;
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *name = gtk_label_new (sen_attachment_name (attachment));
  item->icon = gtk_image_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (item->icon), GTK_ACCESSIBLE_PROPERTY_LABEL, "", -1);
  item->what = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (name), 0.0f);
  gtk_widget_add_css_class (item->what, "dim-label");
  gtk_widget_add_css_class (item->what, "caption");
  gtk_widget_add_css_class (item->what, "numeric");
  gtk_box_append (GTK_BOX (row), item->icon);
  gtk_box_append (GTK_BOX (row), name);
  gtk_box_append (GTK_BOX (row), item->what);
  gtk_box_append (GTK_BOX (column), row);
  gtk_box_append (GTK_BOX (column), sen_player_new (item->gallery->perception, attachment, FALSE));
  return column;
}

/* What it is may only be known once it has been looked at. */
static void
update_item (Item *item)
{
  SenAttachment *attachment = item->attachment;
  g_autofree char *error = sen_attachment_error (attachment) != NULL ? sen_advice_attachment (sen_attachment_error (attachment)) : NULL;
  SenAttachmentKind kind = sen_attachment_kind (attachment);
  g_autofree char *stage = sen_attachment_describe_stage (attachment), *what = sen_attachment_describe (attachment);
  bool is_seen = error == NULL || sen_attachment_facts (attachment)->width > 0;
  int shown = is_seen && kind == SEN_ATTACHMENT_PICTURE ? 1 : is_seen && kind == SEN_ATTACHMENT_VIDEO ? 2 : 0;
  if (shown != item->shown)
    {
      item->shown = shown;
      item->what = item->icon = NULL;
      adw_bin_set_child (item->place, shown > 0 ? new_picture (item) : new_line (item));
    }
  gtk_label_set_text (GTK_LABEL (item->note), stage != NULL ? stage : error != NULL ? error : "");
  gtk_widget_set_visible (item->note, stage != NULL || error != NULL);
  if (error != NULL && stage == NULL)
    gtk_widget_add_css_class (item->note, "error");
  else
    gtk_widget_remove_css_class (item->note, "error");
  if (item->what != NULL)
    gtk_label_set_text (GTK_LABEL (item->what), what);
  if (item->icon != NULL)
    gtk_image_set_from_icon_name (GTK_IMAGE (item->icon), sen_attachment_icon_name (kind));
}

static void
add_item (SenAttachmentGallery *self, SenAttachment *attachment)
{
  Item *item = g_new0 (Item, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  *item = (Item) {
    .gallery = self, .attachment = attachment, .place = ADW_BIN (adw_bin_new ()), .note = gtk_label_new (NULL), .shown = -1,
  };
  gtk_label_set_wrap (GTK_LABEL (item->note), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (item->note), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (item->note), 0.0f);
  gtk_widget_add_css_class (item->note, "caption");
  gtk_widget_add_css_class (item->note, "numeric");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (item->place));
  gtk_box_append (GTK_BOX (box), item->note);
  gtk_box_append (GTK_BOX (self->column), box);
  g_ptr_array_add (self->items, item);
  g_signal_connect_swapped (attachment, "changed", G_CALLBACK (update_item), item);
  update_item (item);
}

static void
free_item (gpointer data)
{
  Item *item = data;
  g_signal_handlers_disconnect_by_data (item->attachment, item);
  g_free (item);
}

/* --- The widget --------------------------------------------------------------------------------------------------------------------- */

GtkWidget *
sen_attachment_gallery_new (SenPerception *perception, GPtrArray *attachments)
{
  SenAttachmentGallery *self = g_object_new (SEN_TYPE_ATTACHMENT_GALLERY, NULL);
  self->perception = g_object_ref (perception);
  self->attachments = g_ptr_array_ref (attachments);
  for (guint i = 0; i < attachments->len; i++)
    {
      add_item (self, g_ptr_array_index (attachments, i));
      g_signal_connect_object (g_ptr_array_index (attachments, i), "changed", G_CALLBACK (update_words), self, G_CONNECT_SWAPPED);
    }
  gtk_box_append (GTK_BOX (self->column), GTK_WIDGET (self->words));
  update_words (self);
  return GTK_WIDGET (self);
}

static void
sen_attachment_gallery_dispose (GObject *object)
{
  SenAttachmentGallery *self = SEN_ATTACHMENT_GALLERY (object);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->column, gtk_widget_unparent);
  g_clear_pointer (&self->attachments, g_ptr_array_unref);
  g_clear_object (&self->perception);
  G_OBJECT_CLASS (sen_attachment_gallery_parent_class)->dispose (object);
}

static void
sen_attachment_gallery_class_init (SenAttachmentGalleryClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_attachment_gallery_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "attachments");
}

static void
sen_attachment_gallery_init (SenAttachmentGallery *self)
{
  self->column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  self->words = GTK_EXPANDER (gtk_expander_new (NULL));
  self->items = g_ptr_array_new_with_free_func (free_item);
  gtk_widget_add_css_class (GTK_WIDGET (self->words), "caption");
  g_signal_connect_object (self->words, "notify::expanded", G_CALLBACK (fill_words), self, G_CONNECT_SWAPPED);
  gtk_widget_set_parent (self->column, GTK_WIDGET (self));
}
