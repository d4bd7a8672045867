/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-viewer.h"

#include <glib/gi18n.h>

#include "sen-attachment-tray.h"
#include "sen-player.h"
#include "sen-thumbnail.h"

struct _SenViewer {
  AdwWindow parent_instance;

  SenPerception  *perception;
  GPtrArray      *pictures;    /* SenAttachment: those that can be seen or heard */
  guint           current;
  AdwWindowTitle *title;
  AdwBin         *place, *player;
  GtkWidget      *previous, *next;
};

G_DEFINE_FINAL_TYPE (SenViewer, sen_viewer, ADW_TYPE_WINDOW)

static void
show (SenViewer *self)
{
  SenAttachment *attachment = g_ptr_array_index (self->pictures, self->current);
  g_autofree char *what = sen_attachment_describe (attachment);
  adw_window_title_set_title (self->title, sen_attachment_name (attachment));
  adw_window_title_set_subtitle (self->title, what);
  SenAttachmentKind kind = sen_attachment_kind (attachment);
  bool is_heard = kind == SEN_ATTACHMENT_SOUND || kind == SEN_ATTACHMENT_VIDEO;
  adw_bin_set_child (self->place, sen_thumbnail_new (self->perception, attachment, -1, -1));
  adw_bin_set_child (self->player, is_heard ? sen_player_new (self->perception, attachment, FALSE) : NULL);
  gtk_widget_set_sensitive (self->previous, self->current > 0);
  gtk_widget_set_sensitive (self->next, self->current + 1 < self->pictures->len);
  gtk_window_set_title (GTK_WINDOW (self), sen_attachment_name (attachment));
}

static void
step (SenViewer *self, int by)
{
  if ((by < 0 && self->current == 0) || (by > 0 && self->current + 1 >= self->pictures->len))
    return;
  self->current = (guint) ((int) self->current + by);
  show (self);
}

static void
on_previous (GtkButton *button, SenViewer *self)
{
  step (self, -1);
}

static void
on_next (GtkButton *button, SenViewer *self)
{
  step (self, 1);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenViewer *self)
{
  if (key == GDK_KEY_Escape)
    gtk_window_close (GTK_WINDOW (self));
  else if (key == GDK_KEY_Left || key == GDK_KEY_Page_Up)
    step (self, -1);
  else if (key == GDK_KEY_Right || key == GDK_KEY_Page_Down)
    step (self, 1);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static GtkWidget *
new_button (const char *icon, const char *label, GCallback callback, SenViewer *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect (button, "clicked", callback, self);
  return button;
}

static void
sen_viewer_dispose (GObject *object)
{
  SenViewer *self = SEN_VIEWER (object);
  g_clear_object (&self->perception);
  g_clear_pointer (&self->pictures, g_ptr_array_unref);
  G_OBJECT_CLASS (sen_viewer_parent_class)->dispose (object);
}

static void
sen_viewer_class_init (SenViewerClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_viewer_dispose;
}

static void
sen_viewer_init (SenViewer *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *bar = adw_header_bar_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  self->pictures = g_ptr_array_new_with_free_func (g_object_unref);
  self->title = ADW_WINDOW_TITLE (adw_window_title_new ("", ""));
  self->place = ADW_BIN (adw_bin_new ());
  self->player = ADW_BIN (adw_bin_new ());
  self->previous = new_button ("go-previous-symbolic", _("Previous (←)"), G_CALLBACK (on_previous), self);
  self->next = new_button ("go-next-symbolic", _("Next (→)"), G_CALLBACK (on_next), self);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (bar), GTK_WIDGET (self->title));
  adw_header_bar_pack_start (ADW_HEADER_BAR (bar), self->previous);
  adw_header_bar_pack_start (ADW_HEADER_BAR (bar), self->next);
  gtk_widget_set_vexpand (GTK_WIDGET (self->place), TRUE);
  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->place));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->player));
  adw_window_set_content (ADW_WINDOW (self), box);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_css_class (GTK_WIDGET (self), "viewer");
}

static bool
can_be_shown (SenAttachment *attachment)
{
  SenAttachmentKind kind = sen_attachment_kind (attachment);
  return kind != SEN_ATTACHMENT_UNKNOWN && sen_attachment_sha256 (attachment) != NULL;
}

SenViewer *
sen_viewer_new (GtkWindow *parent, SenPerception *perception, GPtrArray *attachments, SenAttachment *first)
{
  SenViewer *self = g_object_new (SEN_TYPE_VIEWER, "transient-for", parent, "modal", TRUE, NULL);
  self->perception = g_object_ref (perception);
  for (guint i = 0; i < attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (attachments, i);
      if (!can_be_shown (attachment) && attachment != first)
        continue;
      if (attachment == first)
        self->current = self->pictures->len;
      g_ptr_array_add (self->pictures, g_object_ref (attachment));
    }
  gtk_widget_set_visible (self->previous, self->pictures->len > 1);
  gtk_widget_set_visible (self->next, self->pictures->len > 1);
  gtk_window_set_default_size (GTK_WINDOW (self), MAX (gtk_widget_get_width (GTK_WIDGET (parent)), 360),
                               MAX (gtk_widget_get_height (GTK_WIDGET (parent)), 360));
  show (self);
  return self;
}
