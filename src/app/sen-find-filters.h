/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-find-dates.h"
#include "sen-find.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_FILTERS (sen_find_filters_get_type ())
G_DECLARE_FINAL_TYPE (SenFindFilters, sen_find_filters, SEN, FIND_FILTERS, GtkWidget)

/**
 * What sort of files is looked for, where, and of when: a button for each sort, any number of them down (none: any sort), the folders that
 * are indexed where there are several, dates, and whether only files of which there are exact copies.
 *
 * Signal: "changed".
 */
GtkWidget    *sen_find_filters_new (void);
/** A bit for each SenFileKind; 0: any. */
guint32       sen_find_filters_kinds (SenFindFilters *self);
/** Those buttons are down that stand for one of @kinds. */
void          sen_find_filters_set_kinds (SenFindFilters *self, guint32 kinds);
/** Absolute paths, bytes as the system has them; what was chosen stays so while it is there. */
void          sen_find_filters_set_folders (SenFindFilters *self, const char *const *folders);
/** NULL: anywhere. */
const char   *sen_find_filters_folder (SenFindFilters *self);
void          sen_find_filters_set_copies (SenFindFilters *self, gboolean only_copies);
SenFindDates *sen_find_filters_dates (SenFindFilters *self);
/** Kinds, folder, dates and copies of @request; the folder lives until folders are set. */
void          sen_find_filters_fill (SenFindFilters *self, SenFindRequest *request);
/** Anything is left out by them. */
gboolean      sen_find_filters_is_any (SenFindFilters *self);
/** Where there is little room, sorts are symbols alone. */
void          sen_find_filters_set_narrow (SenFindFilters *self, gboolean is_narrow);

G_END_DECLS
