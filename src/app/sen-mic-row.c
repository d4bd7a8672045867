/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-mic-row.h"

#include <glib/gi18n.h>
#include <string.h>

#include "sen-advice.h"
#include "sen-capture.h"

#define LOOK_SECONDS 3

struct _SenMicRow {
  AdwComboRow parent_instance;

  SenSettings *settings;    /* borrowed */
  const char  *helper;      /* borrowed */
  GPtrArray   *ids;         /* of the items: "" first */
  char        *names;       /* of the items, to see whether they are others */
  guint        timer;
  gboolean     is_looking, is_filling;
};

static guint chosen_signal;

G_DEFINE_FINAL_TYPE (SenMicRow, sen_mic_row, ADW_TYPE_COMBO_ROW)

/* @list may be NULL. */
static void
fill (SenMicRow *self, GPtrArray *list)
{
  g_autoptr (GtkStringList) items = gtk_string_list_new (NULL);
  g_autoptr (GString) names = g_string_new (NULL);
  guint selected = 0;
  g_ptr_array_set_size (self->ids, 0);
  g_ptr_array_add (self->ids, g_strdup (""));
  gtk_string_list_append (items, _("Default of the system"));
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const SenMicrophone *microphone = g_ptr_array_index (list, i);
      /* translators: no microphone, but what is heard from the loudspeaker of that name */
      g_autofree char *name = g_strdup_printf (microphone->is_monitor ? _("What the loudspeaker plays (%s)") : "%s", microphone->name);
      if (strcmp (microphone->id, self->settings->microphone) == 0)
        selected = self->ids->len;
      g_ptr_array_add (self->ids, g_strdup (microphone->id));
      gtk_string_list_append (items, name);
      g_string_append_printf (names, "%s\n%s\n", microphone->id, name);
    }
  if (selected == 0 && *self->settings->microphone != '\0')
    {
      const char *colon = strchr (self->settings->microphone, ':');
      /* translators: a microphone that was chosen before */
      g_autofree char *name = g_strdup_printf (_("%s (not connected)"), colon != NULL ? colon + 1 : self->settings->microphone);
      selected = self->ids->len;
      g_ptr_array_add (self->ids, g_strdup (self->settings->microphone));
      gtk_string_list_append (items, name);
      g_string_append_printf (names, "%s\n%s\n", self->settings->microphone, name);
    }
  /* An open list is left alone as long as it is right. */
  if (g_strcmp0 (self->names, names->str) == 0)
    return;
  g_free (self->names);
  self->names = g_strdup (names->str);
  self->is_filling = TRUE;
  adw_combo_row_set_model (ADW_COMBO_ROW (self), G_LIST_MODEL (items));
  adw_combo_row_set_selected (ADW_COMBO_ROW (self), selected);
  self->is_filling = FALSE;
}

static void
list_microphones (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GPtrArray *list = sen_capture_list (data, &error);
  if (list != NULL)
    g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  SenMicRow *self = SEN_MIC_ROW (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = g_task_propagate_pointer (G_TASK (result), &error);
  g_autofree char *text = error != NULL ? sen_advice_sound (error) : NULL;
  self->is_looking = FALSE;
  if (self->timer == 0)
    return;
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), text != NULL ? text : _("What the microphone button listens to"));
  fill (self, list);
}

static gboolean
look (gpointer data)
{
  SenMicRow *self = data;
  if (self->settings == NULL || self->is_looking)
    return G_SOURCE_CONTINUE;
  g_autoptr (GTask) task = g_task_new (self, NULL, on_listed, NULL);
  self->is_looking = TRUE;
  g_task_set_task_data (task, g_strdup (self->helper), g_free);
  g_task_run_in_thread (task, list_microphones);
  return G_SOURCE_CONTINUE;
}

static void
on_selected (SenMicRow *self)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self));
  if (self->is_filling || self->settings == NULL || selected >= self->ids->len)
    return;
  g_free (self->settings->microphone);
  self->settings->microphone = g_strdup (g_ptr_array_index (self->ids, selected));
  g_signal_emit (self, chosen_signal, 0);
}

void
sen_mic_row_set_settings (SenMicRow *self, SenSettings *settings, const char *helper)
{
  self->settings = settings;
  self->helper = helper;
  fill (self, NULL);
  look (self);
}

static void
sen_mic_row_map (GtkWidget *widget)
{
  SenMicRow *self = SEN_MIC_ROW (widget);
  GTK_WIDGET_CLASS (sen_mic_row_parent_class)->map (widget);
  self->timer = g_timeout_add_seconds (LOOK_SECONDS, look, self);
  look (self);
}

static void
sen_mic_row_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&SEN_MIC_ROW (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (sen_mic_row_parent_class)->unmap (widget);
}

static void
sen_mic_row_finalize (GObject *object)
{
  SenMicRow *self = SEN_MIC_ROW (object);
  g_ptr_array_unref (self->ids);
  g_free (self->names);
  G_OBJECT_CLASS (sen_mic_row_parent_class)->finalize (object);
}

static void
sen_mic_row_class_init (SenMicRowClass *class)
{
  G_OBJECT_CLASS (class)->finalize = sen_mic_row_finalize;
  GTK_WIDGET_CLASS (class)->map = sen_mic_row_map;
  GTK_WIDGET_CLASS (class)->unmap = sen_mic_row_unmap;
  chosen_signal = g_signal_new ("chosen", SEN_TYPE_MIC_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sen_mic_row_init (SenMicRow *self)
{
  self->ids = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect (self, "notify::selected", G_CALLBACK (on_selected), NULL);
}
