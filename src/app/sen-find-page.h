/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-find-list.h"
#include "sen-find-service.h"
#include "sen-perception.h"
#include "sen-settings.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_PAGE (sen_find_page_get_type ())
G_DECLARE_FINAL_TYPE (SenFindPage, sen_find_page, SEN, FIND_PAGE, GtkWidget)

/**
 * Finding files: what is typed is found as it is typed; pictures as a grid, the rest as a list with the passage that matches, and both one
 * above the other when any type will do. Beside it what is chosen, below how far the index is.
 *
 * Signals: "ask" (SenFindItem): it is to be talked about; "ask-files" (char *folder, NULL: all): a conversation is to be about them;
 * "leave": back to where one came from; "toast" (char *text); "get-model" (char *name).
 */
void sen_find_page_set_service (SenFindPage *self, SenFindService *service, SenPerception *perception, SenSettings *settings);
/** The button for the list of conversations follows @flap. */
void sen_find_page_set_sidebar (SenFindPage *self, AdwFlap *flap);
/** The page is looked at from now on: what is to be typed next goes into its entry. */
void sen_find_page_enter (SenFindPage *self);
/** As if it had been typed. */
void sen_find_page_search (SenFindPage *self, const char *text);
/** A model is being fetched, @percent of it; negative: no more. */
void sen_find_page_set_getting (SenFindPage *self, double percent);

/** For pictures of the page, see sen_window_run_demo_find(); a step is taken now and then, and returns true when all is to be seen. @query:
 *  behind "pictures:" of pictures alone; before "!" the first is looked at, before "!!" with its heat. */
void sen_find_page_set_demo (SenFindPage *self, const char *query);
bool sen_find_page_demo_step (SenFindPage *self);

G_END_DECLS
