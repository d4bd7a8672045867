/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-way-rows.h"

#include <glib/gi18n.h>
#include <string.h>

struct _SenWayRows {
  AdwPreferencesGroup parent_instance;

  /* Template widgets */
  AdwActionRow *sight_row, *hearing_row;
  GtkSwitch    *sight_switch, *hearing_switch;

  const SenCatalogueConnector *sight, *hearing;   /* borrowed, or NULL */
  gboolean is_filling;
};

static guint chosen_signal;

G_DEFINE_FINAL_TYPE (SenWayRows, sen_way_rows, ADW_TYPE_PREFERENCES_GROUP)

/* What it cannot do without and is not here, or NULL. */
static const SenCatalogueEntry *
find_absent (GPtrArray *models, const SenCatalogueConnector *connector)
{
  for (guint i = 0; models != NULL && i < models->len; i++)
    {
      const SenModelStatus *status = g_ptr_array_index (models, i);
      if (status->entry != NULL && strcmp (status->entry->name, connector->encoder) == 0)
        return status->state != SEN_MODEL_PRESENT ? status->entry : NULL;
    }
  return NULL;
}

static unsigned
per_hundred (uint64_t of_thousand)
{
  return (unsigned) ((of_thousand + 5) / 10);
}

/* (transfer full) */
static char *
describe (const SenCatalogueConnector *connector, const SenCatalogueEntry *absent)
{
  unsigned directly = per_hundred (connector->directly), in_words = per_hundred (connector->in_words);
  if (absent != NULL)
    /* translators: names of models: a small net, and the one that it works with */
    return g_strdup_printf (_("%s needs %s, which is not here yet. A message with something attached offers to get it."), connector->name,
                            absent->title);
  switch (connector->measure)
    {
    case SEN_MEASURE_KINDS:
      /* translators: name of a small net, two numbers */
      return g_strdup_printf (_("By %s: of 100 test pictures the kind of thing is named rightly in %u, and wrongly in most others. Through "
                                "words it is named in %u, and the rest is mostly left open."), connector->name, directly, in_words);
    case SEN_MEASURE_SPEECH:
      /* translators: name of a small net, two numbers */
      return g_strdup_printf (_("By %s: %u mistakes in 100 words that people say, and through words %u."), connector->name, directly,
                              in_words);
    default:
      /* translators: name of a small net */
      return g_strdup_printf (_("By %s: it is not known how well it does."), connector->name);
    }
}

static void
fill (AdwActionRow *row, GtkSwitch *way, const SenCatalogueConnector *connector, GPtrArray *models, const char *const *used)
{
  gtk_widget_set_visible (GTK_WIDGET (row), connector != NULL);
  if (connector == NULL)
    return;
  const SenCatalogueEntry *absent = find_absent (models, connector);
  g_autofree char *subtitle = describe (connector, absent);
  bool is_used = g_strv_contains (used, connector->name);
  gtk_switch_set_active (way, is_used);
  adw_action_row_set_subtitle (row, subtitle);
  /* Whatever is missing, the way back is open. */
  gtk_widget_set_sensitive (GTK_WIDGET (row), absent == NULL || is_used);
}

void
sen_way_rows_show (SenWayRows *self, const SenModelStatus *model, GPtrArray *models, const char *const *used)
{
  self->sight = model != NULL ? model->may_see_by : NULL;
  self->hearing = model != NULL ? model->may_hear_by : NULL;
  self->is_filling = TRUE;
  fill (self->sight_row, self->sight_switch, self->sight, models, used);
  fill (self->hearing_row, self->hearing_switch, self->hearing, models, used);
  self->is_filling = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (self), self->sight != NULL || self->hearing != NULL);
}

static void
on_switched (GtkSwitch *way, GParamSpec *property, SenWayRows *self)
{
  const SenCatalogueConnector *connector = way == self->sight_switch ? self->sight : self->hearing;
  if (!self->is_filling && connector != NULL)
    g_signal_emit (self, chosen_signal, 0, connector->name, gtk_switch_get_active (way));
}

static void
sen_way_rows_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_WAY_ROWS);
  G_OBJECT_CLASS (sen_way_rows_parent_class)->dispose (object);
}

static void
sen_way_rows_class_init (SenWayRowsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_way_rows_dispose;
  chosen_signal = g_signal_new ("chosen", SEN_TYPE_WAY_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING,
                                G_TYPE_BOOLEAN);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-way-rows.ui");
  gtk_widget_class_bind_template_child (widget_class, SenWayRows, sight_row);
  gtk_widget_class_bind_template_child (widget_class, SenWayRows, hearing_row);
  gtk_widget_class_bind_template_child (widget_class, SenWayRows, sight_switch);
  gtk_widget_class_bind_template_child (widget_class, SenWayRows, hearing_switch);
  gtk_widget_class_bind_template_callback (widget_class, on_switched);
}

static void
sen_way_rows_init (SenWayRows *self)
{
  self->is_filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
