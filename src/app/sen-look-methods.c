/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-look-methods.h"

#include <glib/gi18n.h>

#include "sen-look-progress.h"

/* As they stand in the list. */
static const struct {
  SenExplainMethod method;
  bool             is_maximum;
} choices[] = {
  { SEN_EXPLAIN_ATTENTION, false },
  { SEN_EXPLAIN_ATTENTION, true },
  { SEN_EXPLAIN_ROLLOUT, false },
  { SEN_EXPLAIN_OCCLUSION, false },
};

static const SenExplainGrain grains[] = { SEN_GRAIN_AUTO, SEN_GRAIN_SENTENCES, SEN_GRAIN_SOURCES };

struct _SenLookMethods {
  GtkWidget parent_instance;
  GtkWidget       *box;
  GtkDropDown     *method, *grain;
  GtkLabel        *limits;
  SenLookProgress *progress;
  bool             is_filling;
};

enum { CHOSEN, CANCEL, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SenLookMethods, sen_look_methods, GTK_TYPE_WIDGET)

static guint
choice_of (SenLookMethods *self)
{
  return MIN (gtk_drop_down_get_selected (self->method), G_N_ELEMENTS (choices) - 1);
}

static void
show_choice (SenLookMethods *self)
{
  SenExplainMethod method = choices[choice_of (self)].method;
  bool is_change = method == SEN_EXPLAIN_OCCLUSION;
  const char *limits = _(sen_explain_method_limits (method));
  const char *numbers = _("Numbers are logarithms: +1 makes the answer 2.7 times as likely, and underlined words less likely.");
  g_autofree char *text = is_change ? g_strjoin (" ", limits, numbers, NULL) : g_strdup (limits);
  gtk_widget_set_visible (GTK_WIDGET (self->grain), is_change);
  gtk_label_set_text (self->limits, text);
}

void
sen_look_methods_get (SenLookMethods *self, SenExplainParams *params)
{
  guint grain = MIN (gtk_drop_down_get_selected (self->grain), G_N_ELEMENTS (grains) - 1);
  params->method = choices[choice_of (self)].method;
  params->is_maximum = choices[choice_of (self)].is_maximum;
  params->grain = params->method == SEN_EXPLAIN_OCCLUSION ? grains[grain] : SEN_GRAIN_AUTO;
}

void
sen_look_methods_set (SenLookMethods *self, const SenExplainParams *params)
{
  self->is_filling = true;
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    if (choices[i].method == params->method && choices[i].is_maximum == params->is_maximum)
      gtk_drop_down_set_selected (self->method, i);
  for (guint i = 0; i < G_N_ELEMENTS (grains) && params->method == SEN_EXPLAIN_OCCLUSION; i++)
    if (grains[i] == params->grain)
      gtk_drop_down_set_selected (self->grain, i);
  self->is_filling = false;
  show_choice (self);
}

void
sen_look_methods_tell (SenLookMethods *self, const char *stage, double fraction)
{
  if (stage != NULL)
    sen_look_progress_tell (self->progress, stage, fraction);
  else
    sen_look_progress_end (self->progress);
}

bool
sen_look_methods_is_waiting (SenLookMethods *self)
{
  return gtk_widget_get_visible (GTK_WIDGET (self->progress));
}

static void
on_selected (GtkDropDown *drop_down, GParamSpec *spec, SenLookMethods *self)
{
  show_choice (self);
  if (!self->is_filling)
    g_signal_emit (self, signals[CHOSEN], 0);
}

static void
on_cancel (SenLookProgress *progress, SenLookMethods *self)
{
  g_signal_emit (self, signals[CANCEL], 0);
}

GtkWidget *
sen_look_methods_new (void)
{
  return g_object_new (SEN_TYPE_LOOK_METHODS, NULL);
}

static void
sen_look_methods_dispose (GObject *object)
{
  g_clear_pointer (&SEN_LOOK_METHODS (object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS (sen_look_methods_parent_class)->dispose (object);
}

static void
sen_look_methods_class_init (SenLookMethodsClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_look_methods_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "lookmethods");
  signals[CHOSEN] = g_signal_new ("chosen", SEN_TYPE_LOOK_METHODS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CANCEL] = g_signal_new ("cancel", SEN_TYPE_LOOK_METHODS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

/* A list of what is called @label. */
static GtkDropDown *
add_drop_down (SenLookMethods *self, const char *const *texts, const char *label)
{
  GtkWidget *drop_down = gtk_drop_down_new_from_strings (texts);
  gtk_accessible_update_property (GTK_ACCESSIBLE (drop_down), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_set_tooltip_text (drop_down, label);
  g_signal_connect (drop_down, "notify::selected", G_CALLBACK (on_selected), self);
  gtk_box_append (GTK_BOX (self->box), drop_down);
  return GTK_DROP_DOWN (drop_down);
}

static void
sen_look_methods_init (SenLookMethods *self)
{
  const char *const methods[] = {
    _(sen_explain_method_title (SEN_EXPLAIN_ATTENTION)), _("Attention, the strongest of all heads"),
    _(sen_explain_method_title (SEN_EXPLAIN_ROLLOUT)), _(sen_explain_method_title (SEN_EXPLAIN_OCCLUSION)), NULL,
  };
  /* translators: what is left out of a text, one after the other */
  const char *const pieces[] = { _("Words, or a few of them together"), _("Sentences"), _("Whole messages and files"), NULL };
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->limits = GTK_LABEL (gtk_label_new (NULL));
  self->progress = SEN_LOOK_PROGRESS (sen_look_progress_new ());
  self->method = add_drop_down (self, methods, _("How it is looked"));
  self->grain = add_drop_down (self, pieces, _("What is left out at once"));
  gtk_label_set_xalign (self->limits, 0.0f);
  gtk_label_set_wrap (self->limits, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->limits), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->limits), "dim-label");
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->limits));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->progress));
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  g_signal_connect (self->progress, "cancel", G_CALLBACK (on_cancel), self);
  show_choice (self);
}
