/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-player-wave.h"

#include <glib/gi18n.h>
#include <math.h>

#include "sen-attachment-tray.h"
#include "sen-wave.h"

#define ARROW_SECONDS 5.0
#define PAGE_SECONDS 30.0

struct _SenPlayerWave {
  GtkWidget parent_instance;

  const SenPeaks *peaks;      /* borrowed */
  float           top;        /* the loudest of them */
  double          seconds, duration;
  int             told;       /* whole seconds that screen readers know */
};

enum { SEEK, TOGGLE, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenPlayerWave, sen_player_wave, GTK_TYPE_WIDGET)

static bool
is_rtl (SenPlayerWave *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/* --- Going elsewhere ------------------------------------------------------------------------------------------------------------------ */

static void
seek (SenPlayerWave *self, double seconds)
{
  if (self->duration > 0.0)
    g_signal_emit (self, signals[SEEK], 0, CLAMP (seconds, 0.0, self->duration));
}

static void
seek_to_x (SenPlayerWave *self, double x)
{
  int width = MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1);
  seek (self, self->duration * (is_rtl (self) ? width - x : x) / width);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, SenPlayerWave *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  seek_to_x (self, x);
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, SenPlayerWave *self)
{
  double x, y;
  if (gtk_gesture_drag_get_start_point (gesture, &x, &y))
    seek_to_x (self, x + dx);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SenPlayerWave *self)
{
  double forward = is_rtl (self) ? -1.0 : 1.0;
  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_space:
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      g_signal_emit (self, signals[TOGGLE], 0);
      return GDK_EVENT_STOP;
    case GDK_KEY_Left:
      seek (self, self->seconds - forward * ARROW_SECONDS);
      return GDK_EVENT_STOP;
    case GDK_KEY_Right:
      seek (self, self->seconds + forward * ARROW_SECONDS);
      return GDK_EVENT_STOP;
    case GDK_KEY_Page_Up:
      seek (self, self->seconds - PAGE_SECONDS);
      return GDK_EVENT_STOP;
    case GDK_KEY_Page_Down:
      seek (self, self->seconds + PAGE_SECONDS);
      return GDK_EVENT_STOP;
    case GDK_KEY_Home:
      seek (self, 0.0);
      return GDK_EVENT_STOP;
    case GDK_KEY_End:
      seek (self, self->duration);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* --- Drawing -------------------------------------------------------------------------------------------------------------------------- */

/* How high bar @i of @n stands, 0 to 1. */
static float
bar_height (SenPlayerWave *self, int i, int n)
{
  size_t n_bins = self->peaks != NULL ? self->peaks->n_bins : 0, first = (size_t) i * n_bins / (size_t) n;
  return sen_wave_height (self->peaks, first, MAX ((size_t) (i + 1) * n_bins / (size_t) n, first + 1), self->top);
}

static void
sen_player_wave_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SenPlayerWave *self = SEN_PLAYER_WAVE (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  int n = MAX ((width + SEN_WAVE_STEP_PX - SEN_WAVE_BAR_PX) / SEN_WAVE_STEP_PX, 1);
  double share = self->duration > 0.0 ? CLAMP (self->seconds / self->duration, 0.0, 1.0) : 0.0;
  GdkRGBA rest, heard;
  gtk_style_context_get_color (style, &rest);
  if (!gtk_style_context_lookup_color (style, "accent_color", &heard))
    heard = rest;
  rest.alpha *= 0.45f;
  for (int i = 0; i < n; i++)
    {
      float bar = MAX (bar_height (self, i, n) * (float) height, 2.0f);
      int x = is_rtl (self) ? width - SEN_WAVE_BAR_PX - i * SEN_WAVE_STEP_PX : i * SEN_WAVE_STEP_PX;
      bool is_heard = (i + 0.5) / n < share;
      gtk_snapshot_append_color (snapshot, is_heard ? &heard : &rest,
                                 &GRAPHENE_RECT_INIT ((float) x, ((float) height - bar) / 2.0f, SEN_WAVE_BAR_PX, bar));
    }
  if (share > 0.0)
    {
      float x = (float) ((is_rtl (self) ? 1.0 - share : share) * (width - SEN_WAVE_BAR_PX));
      gtk_snapshot_append_color (snapshot, &heard, &GRAPHENE_RECT_INIT (x, 0.0f, SEN_WAVE_BAR_PX, (float) height));
    }
}

static void
sen_player_wave_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                         int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 48 : 28;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 280 : 36;
  *minimum_baseline = *natural_baseline = -1;
}

/* --- The widget ----------------------------------------------------------------------------------------------------------------------- */

void
sen_player_wave_set_peaks (SenPlayerWave *self, const SenPeaks *peaks)
{
  self->peaks = peaks;
  self->top = sen_wave_top (peaks);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sen_player_wave_set_position (SenPlayerWave *self, double seconds, double duration)
{
  int whole = (int) lrint (MIN (seconds, 1e8));
  bool is_other = duration != self->duration;
  self->seconds = seconds;
  self->duration = duration;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (whole == self->told && !is_other)
    return;
  self->told = whole;
  g_autofree char *done = sen_format_seconds (seconds), *total = sen_format_seconds (duration);
  /* translators: of a recording, minutes and seconds, and in all */
  g_autofree char *text = g_strdup_printf (_("%s of %s"), done, total);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX,
                                  duration, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, seconds, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

GtkWidget *
sen_player_wave_new (void)
{
  return g_object_new (SEN_TYPE_PLAYER_WAVE, NULL);
}

static void
sen_player_wave_class_init (SenPlayerWaveClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->snapshot = sen_player_wave_snapshot;
  widget_class->measure = sen_player_wave_measure;
  gtk_widget_class_set_css_name (widget_class, "wave");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  signals[SEEK] = g_signal_new ("seek", SEN_TYPE_PLAYER_WAVE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  signals[TOGGLE] = g_signal_new ("toggle", SEN_TYPE_PLAYER_WAVE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_player_wave_init (SenPlayerWave *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  self->top = sen_wave_top (NULL);
  self->told = -1;
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}
