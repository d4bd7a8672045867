/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-find-service.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_STATUS (sen_find_status_get_type ())
G_DECLARE_FINAL_TYPE (SenFindStatus, sen_find_status, SEN, FIND_STATUS, GtkWidget)

/** How far the index is: what is done, how quickly, how long it will take, what could not be read; and a button to pause. Not to be seen
 *  while there is no index. */
GtkWidget *sen_find_status_new (SenFindService *service);

/** "Reading 1,204 of 8,121 · 12 per second · 9 minutes left". (transfer full) */
char *sen_find_describe_progress (const SenIndexProgress *progress);
/** What is lacking, a line each; "" when nothing is. (transfer full) */
char *sen_find_describe_notes (const SenIndexProgress *progress);

G_END_DECLS
