/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "sen-history.h"

/* A place of its own for each test of the history: a folder, and in it a folder of data that does not exist yet. */
typedef struct {
  char *folder, *path;   /* path: of the database */
} Place;

void place_set_up (Place *place, gconstpointer data);
void place_tear_down (Place *place, gconstpointer data);   /* with all that was made in it */

/* Runs the main context until it is so; fails after 100 s. */
void wait_for (bool (*is_so) (gpointer), gpointer data);
bool conversation_is_loaded (gpointer conversation);
/* Opened and loaded. (transfer full) */
SenHistory *open_history (const char *path);
/* The n-th of the list, loaded; the history keeps it. */
SenConversation *nth (SenHistory *history, guint n);
/* The path as "question|answer|…". */
void expect_path (SenConversation *conversation, const char *expected);
