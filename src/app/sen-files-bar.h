/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-find-service.h"

G_BEGIN_DECLS

#define SEN_TYPE_FILES_BAR (sen_files_bar_get_type ())
G_DECLARE_FINAL_TYPE (SenFilesBar, sen_files_bar, SEN, FILES_BAR, GtkWidget)

/**
 * Above what is written: that the next question is asked of the user's files, of which folder, and how much of them can be searched so far.
 * What can be done about it are actions of the window: "win.ask-files", "win.files-folder" (the address of a folder, "" for all),
 * "win.choose-files-folder", "win.search-files-folder", "win.skip-files".
 */
GtkWidget *sen_files_bar_new (SenFindService *service);
/** @folder: a path; NULL: all that is indexed. @is_skipped: but not for the question that is being written. */
void       sen_files_bar_set (SenFilesBar *self, gboolean is_on, gboolean is_skipped, const char *folder);

/** Whether @folder (NULL: any) lies in what is indexed; also true while that is not known yet. */
gboolean   sen_files_bar_is_searched (SenFindService *service, const char *folder);

G_END_DECLS
