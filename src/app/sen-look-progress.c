/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-progress.h"

#include <glib/gi18n.h>

/* Before that, what is left is a guess that jumps about. */
#define LEAST_SECONDS 2.0
#define LEAST_FRACTION 0.03

struct _SenLookProgress {
  GtkWidget parent_instance;
  GtkWidget  *box;
  GtkLabel   *label;
  GtkProgressBar *bar;
  const char *stage;     /* interned */
  gint64      start;     /* of the stage */
};

enum { CANCEL, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenLookProgress, sen_look_progress, GTK_TYPE_WIDGET)

static const char *
name_stage (const char *stage)
{
  if (g_strcmp0 (stage, "Looking") == 0)
    return _("Looking…");
  if (g_strcmp0 (stage, "Leaving out") == 0)
    return _("Leaving out one piece after the other…");
  if (g_strcmp0 (stage, "Measuring trust") == 0)
    return _("Measuring how far this can be believed…");
  return _("Reading…");
}

/* "Leaving out… 40 %, about 1:20 left": @seconds of it so far. (transfer full) */
static char *
format (const char *stage, double fraction, double seconds)
{
  const char *name = name_stage (stage);
  if (fraction < 0.0)
    return g_strdup (name);
  if (seconds < LEAST_SECONDS || fraction < LEAST_FRACTION || fraction >= 1.0)
    /* translators: what is being done, and how much of it */
    return g_strdup_printf (_("%s %.0f %%"), name, 100.0 * fraction);
  int left = (int) (seconds * (1.0 - fraction) / fraction + 0.5);
  /* translators: what is being done, how much of it, minutes and seconds that are left */
  return g_strdup_printf (_("%s %.0f %%, about %d:%02d left"), name, 100.0 * fraction, left / 60, left % 60);
}

void
sen_look_progress_tell (SenLookProgress *self, const char *stage, double fraction)
{
  const char *interned = g_intern_string (stage != NULL ? stage : "");
  if (interned != self->stage || !gtk_widget_get_visible (GTK_WIDGET (self)))
    self->start = g_get_monotonic_time ();
  self->stage = interned;
  g_autofree char *text = format (stage, fraction, (double) (g_get_monotonic_time () - self->start) / G_USEC_PER_SEC);
  gtk_label_set_text (self->label, text);
  gtk_progress_bar_set_fraction (self->bar, CLAMP (fraction, 0.0, 1.0));
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

void
sen_look_progress_end (SenLookProgress *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static void
on_cancel (GtkButton *button, SenLookProgress *self)
{
  g_signal_emit (self, signals[CANCEL], 0);
}

GtkWidget *
sen_look_progress_new (void)
{
  return g_object_new (SEN_TYPE_LOOK_PROGRESS, NULL);
}

static void
sen_look_progress_dispose (GObject *object)
{
  g_clear_pointer (&SEN_LOOK_PROGRESS (object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS (sen_look_progress_parent_class)->dispose (object);
}

static void
sen_look_progress_class_init (SenLookProgressClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_look_progress_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "lookprogress");
  signals[CANCEL] = g_signal_new ("cancel", SEN_TYPE_LOOK_PROGRESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_look_progress_init (SenLookProgress *self)
{
  GtkWidget *text = gtk_label_new (NULL), *bar = gtk_progress_bar_new (), *button = gtk_button_new_with_label (_("Cancel"));
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  self->label = GTK_LABEL (text);
  self->bar = GTK_PROGRESS_BAR (bar);
  gtk_label_set_xalign (self->label, 0.0f);
  gtk_label_set_wrap (self->label, TRUE);
  gtk_widget_add_css_class (text, "caption");
  gtk_widget_add_css_class (text, "numeric");
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, _("How far it is"), -1);
  gtk_widget_set_hexpand (column, TRUE);
  gtk_widget_set_valign (column, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (column), text);
  gtk_box_append (GTK_BOX (column), bar);
  gtk_box_append (GTK_BOX (self->box), column);
  gtk_box_append (GTK_BOX (self->box), button);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_signal_connect (button, "clicked", G_CALLBACK (on_cancel), self);
}
