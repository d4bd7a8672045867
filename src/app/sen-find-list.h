/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "sen-find-results.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_ITEM (sen_find_item_get_type ())
G_DECLARE_FINAL_TYPE (SenFindItem, sen_find_item, SEN, FIND_ITEM, GObject)

/** A file that was found, as long as somebody looks at it. Thread-safety: main context only, as all of this file. */
const SenFindResult *sen_find_item_result (SenFindItem *self);
/** The first of its paths, bytes as the system has them. */
const char          *sen_find_item_path (SenFindItem *self);
/** (transfer full) */
GFile               *sen_find_item_dup_file (SenFindItem *self);

#define SEN_TYPE_FIND_LIST (sen_find_list_get_type ())
G_DECLARE_FINAL_TYPE (SenFindList, sen_find_list, SEN, FIND_LIST, GObject)

/* Which kinds are shown as pictures, which with their words. */
#define SEN_FIND_KINDS_SEEN (1u << SEN_FILE_PICTURE | 1u << SEN_FILE_VIDEO)
#define SEN_FIND_KINDS_ALL ((1u << SEN_N_FILE_KINDS) - 1)

/** What of the results stands in one list of the page: a GListModel of SenFindItem, which are made when a row asks for them, so that a
 *  hundred thousand cost four bytes each. */
SenFindList *sen_find_list_new (void);
/** Those of @kinds (a bit for each SenFileKind) among the first @n_looked_at, at most @n_most of them (0: all). @results may be NULL. */
void         sen_find_list_set (SenFindList *self, SenFindResults *results, guint32 kinds, guint n_looked_at, guint n_most);
/** Where the file with @path stands, as the first of its paths; GTK_INVALID_LIST_POSITION (G_MAXUINT): nowhere. */
guint        sen_find_list_find (SenFindList *self, const char *path);
/** How many there would be without @n_most. */
guint        sen_find_list_n_in_all (SenFindList *self);

G_END_DECLS
