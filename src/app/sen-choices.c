/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-choices.h"

#include <glib/gi18n.h>

static void
begin (SenChoices *self)
{
  sen_choices_clear (self);
  self->names = gtk_string_list_new (NULL);
  self->keys = g_ptr_array_new_with_free_func (g_free);
  self->selected = GTK_INVALID_LIST_POSITION;
}

static void
add (SenChoices *self, const char *name, const char *key, const char *current)
{
  if (g_strcmp0 (key, current) == 0)
    self->selected = self->keys->len;
  gtk_string_list_append (self->names, name);
  g_ptr_array_add (self->keys, g_strdup (key));
}

void
sen_choices_list_models (SenChoices *self, GPtrArray *models, const char *current)
{
  begin (self);
  for (guint i = 0; models != NULL && i < models->len; i++)
    {
      const SenModelStatus *status = g_ptr_array_index (models, i);
      if (sen_inventory_is_for_chat (status) && status->state == SEN_MODEL_PRESENT)
        add (self, sen_model_status_title (status), status->path, current);
    }
}

void
sen_choices_list_devices (SenChoices *self, GPtrArray *devices, const char *current)
{
  begin (self);
  add (self, _("Automatic"), "auto", current);
  for (guint i = 0; devices != NULL && i < devices->len; i++)
    {
      const SenDeviceEntry *entry = g_ptr_array_index (devices, i);
      g_autofree char *name = g_strdup_printf ("%s (%s)", entry->name, entry->id);
      if (entry->unusable == NULL)
        add (self, name, entry->id, current);
    }
  if (self->selected != GTK_INVALID_LIST_POSITION)
    return;
  /* translators: of a device that was chosen once, such as vulkan:1 */
  g_autofree char *name = devices != NULL ? g_strdup_printf (_("%s (cannot be used now)"), current) : g_strdup (current);
  add (self, name, current, current);
}

void
sen_choices_clear (SenChoices *self)
{
  g_clear_object (&self->names);
  g_clear_pointer (&self->keys, g_ptr_array_unref);
}

const char *
sen_choices_key (const SenChoices *self, guint position)
{
  return self->keys != NULL && position < self->keys->len ? g_ptr_array_index (self->keys, position) : NULL;
}
