/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-window.h"

G_BEGIN_DECLS

#define SEN_TYPE_PREFERENCES (sen_preferences_get_type ())
G_DECLARE_FINAL_TYPE (SenPreferences, sen_preferences, SEN, PREFERENCES, AdwPreferencesWindow)

/** The preferences of @parent's application. Everything acts at once, and is kept; what the model must be loaded anew for does
 *  so when no answer is being written. */
GtkWidget *sen_preferences_new (SenWindow *parent);

G_END_DECLS
