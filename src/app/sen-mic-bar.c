/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-mic-bar.h"

#include <glib/gi18n.h>

#include "sen-attachment-tray.h"
#include "sen-mic-meter.h"

struct _SenMicBar {
  GtkWidget parent_instance;

  GtkWidget    *box, *keep;
  SenMicMeter  *meter;
  GtkLabel     *time, *text;
  SenDictation *dictation;
};

G_DEFINE_FINAL_TYPE (SenMicBar, sen_mic_bar, GTK_TYPE_WIDGET)

static const char *
describe (SenMicBar *self, SenDictationState state)
{
  const char *text = sen_dictation_text (self->dictation);
  if (sen_dictation_is_silent (self->dictation))
    return _("The microphone gives only silence; is it muted?");
  if (*text != '\0')
    return text;
  switch (state)
    {
    case SEN_DICTATION_OPENING:
      return _("Opening the microphone…");
    case SEN_DICTATION_FINISHING:
      return _("Understanding…");
    default:
      return _("Speak now");
    }
}

static void
update (SenMicBar *self)
{
  SenDictationState state = sen_dictation_state (self->dictation);
  bool was_visible = gtk_widget_get_visible (GTK_WIDGET (self)), is_visible = state != SEN_DICTATION_IDLE;
  gtk_widget_set_visible (GTK_WIDGET (self), is_visible);
  if (!is_visible)
    return;
  g_autofree char *time = sen_format_seconds (sen_dictation_seconds (self->dictation));
  if (!was_visible)
    sen_mic_meter_clear (self->meter);
  gtk_widget_set_visible (GTK_WIDGET (self->meter), state != SEN_DICTATION_FINISHING);
  gtk_widget_set_sensitive (self->keep, state == SEN_DICTATION_RECORDING);
  if (state == SEN_DICTATION_RECORDING)
    {
      sen_mic_meter_add (self->meter, sen_level_height (sen_dictation_level (self->dictation).peak));
      gtk_label_set_text (self->time, time);
    }
  else if (state == SEN_DICTATION_OPENING)
    gtk_label_set_text (self->time, "0:00");
  gtk_label_set_text (self->text, describe (self, state));
}

static void
on_keep (SenMicBar *self)
{
  sen_dictation_keep (self->dictation);
}

static void
on_cancel (SenMicBar *self)
{
  sen_dictation_cancel (self->dictation);
}

static GtkWidget *
new_button (SenMicBar *self, const char *icon, const char *label, const char *tooltip, GCallback callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  g_signal_connect_object (button, "clicked", callback, self, G_CONNECT_SWAPPED);
  return button;
}

GtkWidget *
sen_mic_bar_new (SenDictation *dictation)
{
  SenMicBar *self = g_object_new (SEN_TYPE_MIC_BAR, NULL);
  self->dictation = g_object_ref (dictation);
  g_signal_connect_object (dictation, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

static void
sen_mic_bar_dispose (GObject *object)
{
  SenMicBar *self = SEN_MIC_BAR (object);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->dictation);
  G_OBJECT_CLASS (sen_mic_bar_parent_class)->dispose (object);
}

static void
sen_mic_bar_class_init (SenMicBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_mic_bar_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "micbar");
}

static void
sen_mic_bar_init (SenMicBar *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  self->meter = SEN_MIC_METER (sen_mic_meter_new ());
  self->time = GTK_LABEL (gtk_label_new (NULL));
  self->text = GTK_LABEL (gtk_label_new (NULL));
  self->keep = new_button (self, "mail-attachment-symbolic", _("Attach the recording itself"),
                           _("Attach the recording instead of its words"), G_CALLBACK (on_keep));
  gtk_widget_set_valign (GTK_WIDGET (self->meter), GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (GTK_WIDGET (self->time), "numeric");
  gtk_label_set_xalign (self->text, 0.0f);
  gtk_label_set_wrap (self->text, TRUE);
  gtk_label_set_lines (self->text, 2);
  /* The latest words are the ones to see. */
  gtk_label_set_ellipsize (self->text, PANGO_ELLIPSIZE_START);
  gtk_label_set_width_chars (self->text, 8);
  gtk_widget_set_hexpand (GTK_WIDGET (self->text), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->text), "dim-label");
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->meter));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->time));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->text));
  gtk_box_append (GTK_BOX (self->box), self->keep);
  gtk_box_append (GTK_BOX (self->box), new_button (self, "window-close-symbolic", _("Cancel the recording"), _("Cancel (Esc)"),
                                                   G_CALLBACK (on_cancel)));
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}
