/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <pango/pango.h>

#include "sen-find-results.h"

G_BEGIN_DECLS

/** What was found, in words for people. All strings are (transfer full) unless it says otherwise. */

/** What it is called: its title, or its name where it has none of its own. Borrowed from @result. */
const SenFindText *sen_find_title (const SenFindResult *result);

/** Why it is among the results, the @n_most strongest reasons: "Looks like it · Is called tractor". More than three say less. */
#define SEN_FIND_MAX_REASONS 3
char *sen_find_describe_why (const SenFindResult *result, guint n_most);
/** The place in it: "Page 3", "At 1:32", "Line 120"; NULL: it is found as a whole. */
char *sen_find_describe_place (const SenFindResult *result);
/** "PDF · 2.3 MB · 3 May 2024". */
char *sen_find_describe_file (const SenFindResult *result);
/** The folder it lies in, with ~ for the user's own. */
char *sen_find_describe_folder (const char *path);
/** The same of a folder itself. */
char *sen_find_describe_path (const char *path);
/** What its own words are called where they are not those of a text: "Read in the picture", "Heard", NULL for others. Not to be freed. */
const char *sen_find_describe_source (SenChunkSource source);
/** The symbol of a kind. Not to be freed. */
const char *sen_find_icon_name (SenFileKind kind);
/** "Picture". Not to be freed. */
const char *sen_find_kind_name (SenFileKind kind);

/** What matched, in bold. */
PangoAttrList *sen_find_marks (const SenFindText *text);

G_END_DECLS
