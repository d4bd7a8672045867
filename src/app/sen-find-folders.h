/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-find-service.h"
#include "sen-settings.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_FOLDERS (sen_find_folders_get_type ())
G_DECLARE_FINAL_TYPE (SenFindFolders, sen_find_folders, SEN, FIND_FOLDERS, AdwPreferencesWindow)

/** Which folders are searched, when they are indexed, and what could not be read. */
SenFindFolders *sen_find_folders_new (GtkWindow *parent, SenFindService *service, SenSettings *settings);

/** Asks for folders, and adds them. */
void sen_find_folders_choose (GtkWindow *parent, SenFindService *service);

G_END_DECLS
