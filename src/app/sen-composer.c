/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-composer.h"

#include <glib/gi18n.h>

/* More than any model's context holds, and what a text view can still lay out in time. */
#define MAX_BYTES (256 * 1024)

struct _SenComposer {
  GtkWidget parent_instance;

  /* Template widgets */
  GtkWidget   *box;
  GtkTextView *view;
  GtkLabel    *hint;
  GtkButton   *button, *mic_button;
  AdwBin      *mic_place, *files_place;
  SenAttachmentTray *tray;
  GtkBox      *offer;
  GtkLabel    *offer_label;
  GtkButton   *offer_button;

  GListModel *attachments;   /* owned */
  gboolean    busy, can_send;
};

enum { SEND, STOP, TOO_LONG, PASTE_MEDIA, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenComposer, sen_composer, GTK_TYPE_WIDGET)

char *
sen_composer_get_text (SenComposer *self)
{
  GtkTextIter start, end;
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

static bool
has_content (SenComposer *self, char *text)
{
  return *g_strstrip (text) != '\0' || (self->attachments != NULL && g_list_model_get_n_items (self->attachments) > 0);
}

static void
update (SenComposer *self)
{
  g_autofree char *text = sen_composer_get_text (self);
  gtk_widget_set_visible (GTK_WIDGET (self->hint), *text == '\0');
  const char *label = self->busy ? _("Stop") : _("Send");
  gtk_button_set_icon_name (self->button, self->busy ? "media-playback-stop-symbolic" : "go-up-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), self->busy ? _("Stop (Esc)") : _("Send (Enter)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), self->busy || (self->can_send && has_content (self, text)));
}

void
sen_composer_submit (SenComposer *self)
{
  g_autofree char *text = sen_composer_get_text (self);
  if (self->busy || !self->can_send || !has_content (self, text))
    return;
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->view), "", 0);
  g_signal_emit (self, signals[SEND], 0, text);
}

static void
on_clicked (GtkButton *button, SenComposer *self)
{
  if (self->busy)
    g_signal_emit (self, signals[STOP], 0);
  else
    sen_composer_submit (self);
}

static gboolean
on_key_pressed (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenComposer *self)
{
  bool is_enter = key == GDK_KEY_Return || key == GDK_KEY_KP_Enter;
  if (!is_enter || (state & (GDK_SHIFT_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  /* An input method in the middle of a character gets the key first. */
  if (gtk_text_view_im_context_filter_keypress (self->view,
                                                gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller))))
    return GDK_EVENT_STOP;
  sen_composer_submit (self);
  return GDK_EVENT_STOP;
}

static void
on_pasted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenComposer) self = data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  if (text == NULL)
    return;
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  if (strlen (text) + (gsize) gtk_text_buffer_get_char_count (buffer) > MAX_BYTES)
    {
      g_signal_emit (self, signals[TOO_LONG], 0, (guint64) strlen (text), (guint64) MAX_BYTES);
      return;
    }
  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_delete_selection (buffer, TRUE, TRUE);
  gtk_text_buffer_insert_at_cursor (buffer, text, -1);
  gtk_text_buffer_end_user_action (buffer);
  gtk_text_view_scroll_mark_onscreen (self->view, gtk_text_buffer_get_insert (buffer));
}

/* The size is looked at before the text view would lay all of it out. */
static void
on_paste (GtkTextView *view, SenComposer *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));
  GdkContentFormats *formats = gdk_clipboard_get_formats (clipboard);
  g_signal_stop_emission_by_name (view, "paste-clipboard");
  /* Word processors offer a picture of the text as well. */
  if (gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST)
      || (gdk_content_formats_contain_gtype (formats, GDK_TYPE_TEXTURE) && !gdk_content_formats_contain_gtype (formats, G_TYPE_STRING)))
    {
      g_signal_emit (self, signals[PASTE_MEDIA], 0);
      return;
    }
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (self)), NULL, on_pasted, g_object_ref (self));
}

static void
sen_composer_dispose (GObject *object)
{
  SenComposer *self = SEN_COMPOSER (object);
  if (self->attachments != NULL)
    g_signal_handlers_disconnect_by_data (self->attachments, self);
  g_clear_object (&self->attachments);
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_COMPOSER);
  G_OBJECT_CLASS (sen_composer_parent_class)->dispose (object);
}

static void
sen_composer_class_init (SenComposerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = sen_composer_dispose;
  g_type_ensure (SEN_TYPE_ATTACHMENT_TRAY);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-composer.ui");
  gtk_widget_class_bind_template_child (widget_class, SenComposer, box);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, view);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, hint);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, button);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, mic_button);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, mic_place);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, files_place);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, tray);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, offer);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, offer_label);
  gtk_widget_class_bind_template_child (widget_class, SenComposer, offer_button);
  gtk_widget_class_bind_template_callback (widget_class, on_clicked);
  signals[SEND] = g_signal_new ("send", SEN_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[TOO_LONG] = g_signal_new ("too-long", SEN_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                    G_TYPE_UINT64, G_TYPE_UINT64);
  signals[PASTE_MEDIA] = g_signal_new ("paste-media", SEN_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[STOP] = g_signal_new ("stop", SEN_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_composer_init (SenComposer *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), keys);
  g_signal_connect_object (gtk_text_view_get_buffer (self->view), "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect (self->view, "paste-clipboard", G_CALLBACK (on_paste), self);
  update (self);
}

void
sen_composer_set_busy (SenComposer *self, gboolean busy)
{
  self->busy = busy;
  update (self);
}

void
sen_composer_set_can_send (SenComposer *self, gboolean can_send)
{
  self->can_send = can_send;
  update (self);
}

void
sen_composer_set_hint (SenComposer *self, const char *hint)
{
  gtk_label_set_text (self->hint, hint);
}

void
sen_composer_set_text (SenComposer *self, const char *text)
{
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->view), text, -1);
}

void
sen_composer_insert (SenComposer *self, const char *text)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  GtkTextIter at;
  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_delete_selection (buffer, TRUE, TRUE);
  gtk_text_buffer_get_iter_at_mark (buffer, &at, gtk_text_buffer_get_insert (buffer));
  GtkTextIter before = at;
  if (gtk_text_iter_backward_char (&before) && !g_unichar_isspace (gtk_text_iter_get_char (&before)))
    gtk_text_buffer_insert_at_cursor (buffer, " ", -1);
  gtk_text_buffer_insert_at_cursor (buffer, text, -1);
  gtk_text_buffer_get_iter_at_mark (buffer, &at, gtk_text_buffer_get_insert (buffer));
  if (!gtk_text_iter_is_end (&at) && !g_unichar_isspace (gtk_text_iter_get_char (&at)))
    gtk_text_buffer_insert_at_cursor (buffer, " ", -1);
  gtk_text_buffer_end_user_action (buffer);
  gtk_text_view_scroll_mark_onscreen (self->view, gtk_text_buffer_get_insert (buffer));
}

GtkButton *
sen_composer_mic_button (SenComposer *self)
{
  return self->mic_button;
}

void
sen_composer_set_mic_bar (SenComposer *self, GtkWidget *bar)
{
  adw_bin_set_child (self->mic_place, bar);
}

void
sen_composer_focus (SenComposer *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

SenAttachmentTray *
sen_composer_tray (SenComposer *self)
{
  return self->tray;
}

void
sen_composer_set_attachments (SenComposer *self, GListModel *attachments)
{
  if (self->attachments == attachments)
    return;
  if (self->attachments != NULL)
    g_signal_handlers_disconnect_by_data (self->attachments, self);
  g_set_object (&self->attachments, attachments);
  if (attachments != NULL)
    g_signal_connect_object (attachments, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  sen_attachment_tray_set_model (self->tray, attachments);
  update (self);
}

void
sen_composer_set_files_bar (SenComposer *self, GtkWidget *bar)
{
  /* Else there would be room kept for nothing. */
  g_object_bind_property (bar, "visible", self->files_place, "visible", G_BINDING_SYNC_CREATE);
  adw_bin_set_child (self->files_place, bar);
}

void
sen_composer_set_offer (SenComposer *self, const char *text, const char *action, const char *parameter, const char *label)
{
  gtk_widget_set_visible (GTK_WIDGET (self->offer), text != NULL);
  gtk_label_set_text (self->offer_label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->offer_button), action != NULL);
  if (action == NULL)
    return;
  gtk_button_set_label (self->offer_button, label);
  /* An action never sees the parameter of another. */
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->offer_button), NULL);
  gtk_actionable_set_action_target_value (GTK_ACTIONABLE (self->offer_button),
                                          parameter != NULL ? g_variant_new_string (parameter) : NULL);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->offer_button), action);
}
