/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-read-rows.h"

#include <glib/gi18n.h>
#include <string.h>

struct _SenReadRows {
  AdwPreferencesGroup parent_instance;

  /* Template widgets */
  AdwActionRow  *switch_row;
  GtkSwitch     *read_switch;
  AdwComboRow   *voice_row;
  GtkSpinButton *rate_spin;

  SenSettings  *settings;    /* borrowed */
  SenReadAloud *reader;      /* borrowed */
  gboolean      is_filling, is_asked;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (SenReadRows, sen_read_rows, ADW_TYPE_PREFERENCES_GROUP)

/* @voices may be NULL. The one that was chosen is there, whatever is. */
static void
fill_voices (SenReadRows *self, const char *const *voices)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;
  gtk_string_list_append (names, _("Of the language of the text"));
  for (guint i = 0; voices != NULL && voices[i] != NULL; i++)
    {
      gtk_string_list_append (names, voices[i]);
      if (strcmp (voices[i], self->settings->read_voice) == 0)
        selected = i + 1;
    }
  if (selected == 0 && *self->settings->read_voice != '\0')
    {
      gtk_string_list_append (names, self->settings->read_voice);
      selected = g_list_model_get_n_items (G_LIST_MODEL (names)) - 1;
    }
  self->is_filling = TRUE;
  adw_combo_row_set_model (self->voice_row, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->voice_row, selected);
  self->is_filling = FALSE;
}

static void
on_voices (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenReadRows) self = data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) voices = sen_read_aloud_list_voices_finish (result, &error);
  /* Closed meanwhile. */
  if (self->voice_row == NULL)
    return;
  self->is_asked = voices != NULL;
  if (voices != NULL)
    fill_voices (self, (const char *const *) voices);
  adw_action_row_set_subtitle (self->switch_row, error != NULL ? _(error->message) : _("By speech-dispatcher, while they are written"));
}

static void
ask_for_voices (SenReadRows *self)
{
  if (!self->is_asked)
    sen_read_aloud_list_voices_async (self->reader, on_voices, g_object_ref (self));
  self->is_asked = TRUE;
}

static void
on_switched (SenReadRows *self)
{
  if (self->is_filling)
    return;
  self->settings->read_aloud = gtk_switch_get_active (self->read_switch);
  if (self->settings->read_aloud)
    ask_for_voices (self);
  g_signal_emit (self, changed_signal, 0);
}

static void
on_voice (SenReadRows *self)
{
  guint selected = adw_combo_row_get_selected (self->voice_row);
  GListModel *names = adw_combo_row_get_model (self->voice_row);
  if (self->is_filling || selected == GTK_INVALID_LIST_POSITION)
    return;
  g_autoptr (GtkStringObject) name = g_list_model_get_item (names, selected);
  g_free (self->settings->read_voice);
  self->settings->read_voice = g_strdup (selected > 0 ? gtk_string_object_get_string (name) : "");
  g_signal_emit (self, changed_signal, 0);
}

static void
on_rate (SenReadRows *self)
{
  if (self->is_filling)
    return;
  self->settings->read_rate = gtk_spin_button_get_value_as_int (self->rate_spin);
  g_signal_emit (self, changed_signal, 0);
}

void
sen_read_rows_set_settings (SenReadRows *self, SenSettings *settings, SenReadAloud *reader)
{
  self->settings = settings;
  self->reader = reader;
  fill_voices (self, NULL);
  self->is_filling = TRUE;
  gtk_switch_set_active (self->read_switch, settings->read_aloud);
  gtk_spin_button_set_value (self->rate_spin, settings->read_rate);
  self->is_filling = FALSE;
  if (settings->read_aloud || *settings->read_voice != '\0')
    ask_for_voices (self);
}

static void
sen_read_rows_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SEN_TYPE_READ_ROWS);
  G_OBJECT_CLASS (sen_read_rows_parent_class)->dispose (object);
}

static void
sen_read_rows_class_init (SenReadRowsClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = sen_read_rows_dispose;
  changed_signal = g_signal_new ("changed", SEN_TYPE_READ_ROWS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, SEN_RESOURCE_PATH "/sen-read-rows.ui");
  gtk_widget_class_bind_template_child (widget_class, SenReadRows, switch_row);
  gtk_widget_class_bind_template_child (widget_class, SenReadRows, read_switch);
  gtk_widget_class_bind_template_child (widget_class, SenReadRows, voice_row);
  gtk_widget_class_bind_template_child (widget_class, SenReadRows, rate_spin);
}

static void
sen_read_rows_init (SenReadRows *self)
{
  self->is_filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->read_switch, "notify::active", G_CALLBACK (on_switched), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->voice_row, "notify::selected", G_CALLBACK (on_voice), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->rate_spin, "value-changed", G_CALLBACK (on_rate), self, G_CONNECT_SWAPPED);
}
