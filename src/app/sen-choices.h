/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-inventory.h"

G_BEGIN_DECLS

/** What a drop down offers, and what stands for each line of it. */
typedef struct {
  GtkStringList *names;      /* for people */
  GPtrArray     *keys;       /* char *, as many */
  guint          selected;   /* GTK_INVALID_LIST_POSITION: none */
} SenChoices;

/** Models to talk to that are here, by their paths; @current may be NULL. */
void sen_choices_list_models (SenChoices *self, GPtrArray *models, const char *current);
/** "auto" and the devices that can be used, by their ids; @current is there in any case. @devices may be NULL. */
void sen_choices_list_devices (SenChoices *self, GPtrArray *devices, const char *current);
void sen_choices_clear (SenChoices *self);

/** NULL when there is no such line. */
const char *sen_choices_key (const SenChoices *self, guint position);

G_END_DECLS
