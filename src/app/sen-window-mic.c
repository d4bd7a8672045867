/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include <glib/gi18n.h>

#include "sen-advice.h"
#include "sen-error.h"
#include "sen-mic-bar.h"
#include "sen-window-private.h"

/* --- Pressing and releasing -------------------------------------------------------------------------------------------------------- */

static bool
is_on (SenWindow *self)
{
  SenDictationState state = sen_dictation_state (self->dictation);
  return state == SEN_DICTATION_OPENING || state == SEN_DICTATION_RECORDING;
}

static void
toggle (SenWindow *self)
{
  sen_window_stop_reading (self);   /* which the microphone would hear */
  if (is_on (self))
    sen_dictation_finish (self->dictation);
  else
    sen_dictation_start (self->dictation, self->settings->microphone);
}

/* Of the event that @controller is told of; NULL: of none. */
static SenMoment
moment_of (gpointer controller)
{
  return (SenMoment) {
    .us = g_get_monotonic_time (),
    .event_ms = controller != NULL ? gtk_event_controller_get_current_event_time (controller) : GDK_CURRENT_TIME,
  };
}

static void
press_at (SenWindow *self, SenMoment moment)
{
  self->mic_pressed = is_on (self) ? (SenMoment) { 0 } : moment;
  self->mic_by_key = FALSE;
  toggle (self);
}

static void
release_at (SenWindow *self, SenMoment moment)
{
  if (self->mic_pressed.us != 0 && sen_hold_is_long (&self->mic_pressed, &moment))
    sen_dictation_finish (self->dictation);
  self->mic_pressed = (SenMoment) { 0 };
}

static void
press (SenWindow *self)
{
  press_at (self, moment_of (NULL));
}

static void
release (SenWindow *self)
{
  release_at (self, moment_of (NULL));
}

static void
on_pressed (GtkGestureClick *gesture, int n, double x, double y, SenWindow *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  press_at (self, moment_of (gesture));
}

static void
on_released (GtkGestureClick *gesture, int n, double x, double y, SenWindow *self)
{
  release_at (self, moment_of (gesture));
}

/* Held, the pointer may leave the button. */
static void
on_unpaired_release (GtkGestureClick *gesture, double x, double y, guint button, GdkEventSequence *sequence, SenWindow *self)
{
  release_at (self, moment_of (gesture));
}

static gboolean
on_key_pressed (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenWindow *self)
{
  if (key == GDK_KEY_Escape && sen_dictation_state (self->dictation) != SEN_DICTATION_IDLE)
    {
      sen_dictation_cancel (self->dictation);
      return GDK_EVENT_STOP;
    }
  if (key != GDK_KEY_d && key != GDK_KEY_D)
    return GDK_EVENT_PROPAGATE;
  /* While it is held, the key comes again and again, and without Ctrl it is a letter. */
  if (self->mic_key_down)
    return GDK_EVENT_STOP;
  if ((state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK | GDK_ALT_MASK)) != GDK_CONTROL_MASK)
    return GDK_EVENT_PROPAGATE;
  press_at (self, moment_of (controller));
  self->mic_by_key = self->mic_key_down = TRUE;
  return GDK_EVENT_STOP;
}

static void
on_key_released (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenWindow *self)
{
  bool is_letter = key == GDK_KEY_d || key == GDK_KEY_D;
  if (self->mic_by_key && (is_letter || key == GDK_KEY_Control_L || key == GDK_KEY_Control_R))
    release_at (self, moment_of (controller));
  if (is_letter)
    self->mic_key_down = FALSE;
}

/* Whoever has the focus now hears of keys that go up, and this window does not. */
static void
on_active (SenWindow *self)
{
  if (gtk_window_is_active (GTK_WINDOW (self)))
    return;
  if (self->mic_by_key)
    release (self);
  self->mic_key_down = FALSE;
}

/* Once somebody speaks here, the desktop is asked for a key that works whichever window is in front. */
static void
ask_for_hotkey (SenWindow *self)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self->application));
  if (self->hotkey != NULL || bus == NULL)
    return;
  self->hotkey = sen_hotkey_new (bus, "speak", _("Speak to Sensorium while held"), "CTRL+ALT+d");
  g_signal_connect_object (self->hotkey, "pressed", G_CALLBACK (press), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->hotkey, "released", G_CALLBACK (release), self, G_CONNECT_SWAPPED);
}

/* --- What comes of it --------------------------------------------------------------------------------------------------------------- */

static void
on_changed (SenDictation *dictation, SenWindow *self)
{
  GtkButton *button = sen_composer_mic_button (self->composer);
  const char *label = is_on (self) ? _("Stop speaking") : _("Speak");
  gtk_button_set_icon_name (button, is_on (self) ? "media-playback-stop-symbolic" : "audio-input-microphone-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (button), is_on (self) ? _("Stop and write what was said (Ctrl+D)")
                                                                 : _("Hold to speak, or click to begin and to end (Ctrl+D)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (sen_dictation_state (dictation) == SEN_DICTATION_RECORDING)
    ask_for_hotkey (self);
  if (is_on (self))
    gtk_widget_add_css_class (GTK_WIDGET (button), "recording");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (button), "recording");
}

static void
on_heard (SenDictation *dictation, const char *text, SenWindow *self)
{
  if (*text == '\0')
    sen_window_toast (self, _("Nothing was heard"));
  else
    sen_composer_insert (self->composer, text);
  sen_composer_focus (self->composer);
  sen_window_follow_settings (self);
}

static void
on_recorded (SenDictation *dictation, GBytes *sound, SenWindow *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  /* translators: name of a recording, with the time of day */
  g_autofree char *name = g_date_time_format (now, _("Recording %H-%M-%S.wav"));
  g_autoptr (SenAttachment) attachment = sen_attachment_files_add_bytes (sen_history_files (self->history), sound, name);
  sen_window_attach (self, attachment);
}

static void
on_failed (SenDictation *dictation, GError *error, SenWindow *self)
{
  g_autofree char *detail = NULL;
  if (sen_capture_sentence (error, &detail) != NULL)
    {
      g_autofree char *text = sen_advice_sound (error);
      sen_window_show_banner (self, text, "win.preferences", _("Preferences"));
    }
  else if (g_error_matches (error, SEN_ERROR, SEN_ERROR_NOT_FOUND))
    sen_window_offer_ears (self);
  else
    sen_window_show_error (self, error);
}

void
sen_window_init_mic (SenWindow *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkWidget *button = GTK_WIDGET (sen_composer_mic_button (self->composer));
  self->dictation = sen_dictation_new (sen_application_debug (self->application), sen_application_store (self->application));
  sen_composer_set_mic_bar (self->composer, sen_mic_bar_new (self->dictation));
  g_signal_connect_object (self->dictation, "changed", G_CALLBACK (on_changed), self, 0);
  g_signal_connect_object (self->dictation, "heard", G_CALLBACK (on_heard), self, 0);
  g_signal_connect_object (self->dictation, "recorded", G_CALLBACK (on_recorded), self, 0);
  g_signal_connect_object (self->dictation, "failed", G_CALLBACK (on_failed), self, 0);

  /* A pointer holds or clicks; a key or a screen reader only activates. */
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_PRIMARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (on_pressed), self, 0);
  g_signal_connect_object (click, "released", G_CALLBACK (on_released), self, 0);
  g_signal_connect_object (click, "cancel", G_CALLBACK (release), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (click, "unpaired-release", G_CALLBACK (on_unpaired_release), self, 0);
  gtk_widget_add_controller (button, GTK_EVENT_CONTROLLER (click));
  g_signal_connect_object (button, "clicked", G_CALLBACK (toggle), self, G_CONNECT_SWAPPED);

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key_pressed), self, 0);
  g_signal_connect_object (keys, "key-released", G_CALLBACK (on_key_released), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (on_active), NULL);
  on_changed (self->dictation, self);
}
