/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What the window remembers between starts: a key file in the user's configuration folder, written atomically. A file
 *  that cannot be read or written costs nothing but the memory. */
typedef struct {
  char    *path;
  char    *model;      /* name or path of the model last used, or NULL */
  char    *device;     /* "auto", "cpu", "vulkan:0" */
  int      width, height;
  gboolean maximized;
} SenSettings;

SenSettings *sen_settings_load (void);
void         sen_settings_save (const SenSettings *settings);
void         sen_settings_free (SenSettings *settings);

G_END_DECLS
