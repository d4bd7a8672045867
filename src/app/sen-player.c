/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-player.h"

#include <glib/gi18n.h>

#include "sen-advice.h"
#include "sen-attachment-tray.h"
#include "sen-player-wave.h"

struct _SenPlayer {
  GtkWidget parent_instance;

  GtkWidget     *box;
  GtkButton     *button;
  SenPlayerWave *wave;
  GtkLabel      *time, *note;      /* NULL when small */

  SenPerception *perception;
  SenAttachment *attachment;
  GCancellable  *loading;          /* the waveform is on its way, or NULL */
  bool           has_peaks, has_failed;
  SenPlay       *play;             /* what is heard, or NULL */
  gulong         handler;
  double         position;         /* seconds */
  double         duration;
};

G_DEFINE_FINAL_TYPE (SenPlayer, sen_player, GTK_TYPE_WIDGET)

/* --- What is shown -------------------------------------------------------------------------------------------------------------------- */

static void
update (SenPlayer *self)
{
  bool is_playing = self->play != NULL;
  /* translators: name of a recording */
  g_autofree char *label = g_strdup_printf (is_playing ? _("Pause %s") : _("Play %s"), sen_attachment_name (self->attachment));
  g_autofree char *done = sen_format_seconds (self->position), *total = sen_format_seconds (self->duration);
  gtk_button_set_icon_name (self->button, is_playing ? "media-playback-pause-symbolic" : "media-playback-start-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), is_playing ? _("Pause") : _("Play"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  sen_player_wave_set_position (self->wave, self->position, self->duration);
  if (self->time == NULL)
    return;
  g_autofree char *time = is_playing || self->position > 0.0 ? g_strdup_printf ("%s / %s", done, total) : g_strdup (total);
  gtk_label_set_text (self->time, time);
}

static void
show_note (SenPlayer *self, const GError *error)
{
  g_autofree char *text = error != NULL ? sen_advice_sound (error) : NULL;
  if (self->note != NULL)
    {
      gtk_label_set_text (self->note, text != NULL ? text : "");
      gtk_widget_set_visible (GTK_WIDGET (self->note), text != NULL);
    }
  else if (text != NULL)
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), text);
}

static void
show_peaks (SenPlayer *self, const SenPeaks *peaks)
{
  self->has_peaks = true;
  self->duration = peaks->duration;
  sen_player_wave_set_peaks (self->wave, peaks);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  update (self);
}

static void
on_peaks (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenPlayer) self = data;
  const SenPeaks *peaks = sen_perception_peaks_finish (SEN_PERCEPTION (source), result, NULL);
  g_clear_object (&self->loading);
  if (self->box == NULL)
    return;
  if (peaks != NULL)
    show_peaks (self, peaks);
  else
    {
      self->has_failed = true;
      gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
    }
}

/* Its content may still be on the way. */
static void
load (SenPlayer *self)
{
  const SenPeaks *known = sen_perception_known_peaks (self->perception, self->attachment);
  const SenAttachmentFacts *facts = sen_attachment_facts (self->attachment);
  if (self->has_peaks || self->has_failed || sen_attachment_sha256 (self->attachment) == NULL)
    return;
  /* Hours of sound can be heard before all of it was drawn. */
  if (facts->kind == SEN_ATTACHMENT_SOUND && facts->seconds > 0.0 && self->duration <= 0.0)
    {
      self->duration = facts->seconds;
      gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
      update (self);
    }
  if (self->loading != NULL)
    return;
  if (known != NULL)
    {
      show_peaks (self, known);
      return;
    }
  self->loading = g_cancellable_new ();
  sen_perception_peaks_async (self->perception, self->attachment, self->loading, on_peaks, g_object_ref (self));
}

/* --- Playing -------------------------------------------------------------------------------------------------------------------------- */

static void
hush (SenPlayer *self)
{
  if (self->play == NULL)
    return;
  g_signal_handler_disconnect (self->play, self->handler);
  sen_play_stop (self->play);
  g_clear_object (&self->play);
}

static void
on_changed (SenPlay *play, SenPlayer *self)
{
  self->position = MIN (sen_play_position (play), self->duration);
  if (sen_play_is_over (play))
    {
      show_note (self, sen_play_error (play));
      /* Played to its end, it begins anew; another player that took over leaves it where it was. */
      if (self->duration - self->position < 0.25)
        self->position = 0.0;
      hush (self);
    }
  update (self);
}

static void
play_from (SenPlayer *self, double seconds)
{
  hush (self);
  show_note (self, NULL);
  self->position = self->duration - seconds > 0.05 ? seconds : 0.0;
  self->play = sen_perception_play (self->perception, self->attachment, self->position);
  self->handler = g_signal_connect (self->play, "changed", G_CALLBACK (on_changed), self);
  update (self);
}

static void
toggle (SenPlayer *self)
{
  if (self->play == NULL)
    play_from (self, self->position);
  else
    hush (self);
  update (self);
}

static void
on_seek (SenPlayerWave *wave, double seconds, SenPlayer *self)
{
  if (self->play != NULL)
    play_from (self, seconds);
  else
    self->position = seconds;
  update (self);
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

static void
add_small (SenPlayer *self)
{
  /* The room of a thumbnail, however wide a wave would like to be. */
  GtkWidget *room = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  self->box = gtk_overlay_new ();
  gtk_widget_set_can_target (GTK_WIDGET (self->wave), FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (self->wave), FALSE);
  gtk_widget_set_halign (GTK_WIDGET (self->button), GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (GTK_WIDGET (self->button), "osd");
  gtk_widget_set_size_request (room, 72, 54);
  gtk_overlay_set_child (GTK_OVERLAY (self->box), room);
  gtk_overlay_add_overlay (GTK_OVERLAY (self->box), GTK_WIDGET (self->wave));
  gtk_overlay_add_overlay (GTK_OVERLAY (self->box), GTK_WIDGET (self->button));
}

static void
add_large (SenPlayer *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  self->time = GTK_LABEL (gtk_label_new (NULL));
  self->note = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_set_hexpand (GTK_WIDGET (self->wave), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->button), "flat");
  gtk_widget_add_css_class (GTK_WIDGET (self->time), "numeric");
  gtk_widget_add_css_class (GTK_WIDGET (self->time), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->time), "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "error");
  gtk_label_set_wrap (self->note, TRUE);
  gtk_label_set_xalign (self->note, 0.0f);
  gtk_widget_set_visible (GTK_WIDGET (self->note), FALSE);
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->button));
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->wave));
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->time));
  gtk_box_append (GTK_BOX (self->box), row);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->note));
}

GtkWidget *
sen_player_new (SenPerception *perception, SenAttachment *attachment, gboolean is_small)
{
  SenPlayer *self = g_object_new (SEN_TYPE_PLAYER, NULL);
  /* translators: name of a recording */
  g_autofree char *label = g_strdup_printf (_("Position in %s"), sen_attachment_name (attachment));
  self->perception = g_object_ref (perception);
  self->attachment = g_object_ref (attachment);
  self->button = GTK_BUTTON (gtk_button_new ());
  self->wave = SEN_PLAYER_WAVE (sen_player_wave_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->button), GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (GTK_WIDGET (self->button), "circular");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->wave), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (toggle), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->wave, "toggle", G_CALLBACK (toggle), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->wave, "seek", G_CALLBACK (on_seek), self, 0);
  if (is_small)
    add_small (self);
  else
    add_large (self);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect_object (attachment, "changed", G_CALLBACK (load), self, G_CONNECT_SWAPPED);
  update (self);
  load (self);
  return GTK_WIDGET (self);
}

void
sen_player_set_start (SenPlayer *self, double seconds)
{
  self->position = seconds;
  update (self);
}

/* Out of sight, out of hearing: nobody could stop it any more. */
static void
sen_player_unmap (GtkWidget *widget)
{
  SenPlayer *self = SEN_PLAYER (widget);
  hush (self);
  update (self);
  GTK_WIDGET_CLASS (sen_player_parent_class)->unmap (widget);
}

static void
sen_player_dispose (GObject *object)
{
  SenPlayer *self = SEN_PLAYER (object);
  hush (self);
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->perception);
  g_clear_object (&self->attachment);
  G_OBJECT_CLASS (sen_player_parent_class)->dispose (object);
}

static void
sen_player_class_init (SenPlayerClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_player_dispose;
  widget_class->unmap = sen_player_unmap;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "player");
}

static void
sen_player_init (SenPlayer *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
