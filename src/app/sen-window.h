/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-application.h"

G_BEGIN_DECLS

#define SEN_TYPE_WINDOW (sen_window_get_type ())
G_DECLARE_FINAL_TYPE (SenWindow, sen_window, SEN, WINDOW, AdwApplicationWindow)

/** The window: the conversations, the one that is shown, the model that holds it, and the device it runs on. */
SenWindow *sen_window_new (SenApplication *application);

/** For screenshots made by a script: sends @prompt (may be NULL) when a model is loaded, writes a PNG of the window to
 *  @path when the answer is finished, and closes. @look: before that, shows where the model looked at this token of it, counted from 1;
 *  0: does not. */
void sen_window_run_demo (SenWindow *self, const char *prompt, const char *const *files, int look, const char *ways, const char *path);

/** The prompt of that is asked of the files of @folder, "": of all that is indexed, once all of them can be searched. */
void sen_window_set_demo_folder (SenWindow *self, const char *folder);

/** The same of the page for finding: @folders (may be NULL) are indexed first and @query is found, of which the first result is looked at
 *  when it ends with "!"; "pictures:" in front of it shows pictures only. */
void sen_window_run_demo_find (SenWindow *self, const char *query, const char *const *folders, const char *path);

/** For docs/performance.md: prints when the first frame was drawn and the memory a little later, and closes. */
void sen_window_report_startup (SenWindow *self);

G_END_DECLS
