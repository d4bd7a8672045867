/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SEN_TYPE_LOOK_PROGRESS (sen_look_progress_get_type ())
G_DECLARE_FINAL_TYPE (SenLookProgress, sen_look_progress, SEN, LOOK_PROGRESS, GtkWidget)

/** What is being found out, how far it is, how long it will take, and a button to end it. Invisible while nothing is. Signal "cancel". */
GtkWidget *sen_look_progress_new (void);

/** @stage as jobs of sen_engine_explain() name it; @fraction: 0 to 1 of it, negative while unknown. */
void sen_look_progress_tell (SenLookProgress *self, const char *stage, double fraction);
void sen_look_progress_end (SenLookProgress *self);

G_END_DECLS
