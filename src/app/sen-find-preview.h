/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-find-list.h"
#include "sen-find.h"
#include "sen-perception.h"
#include "sen-thumb-cache.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_PREVIEW (sen_find_preview_get_type ())
G_DECLARE_FINAL_TYPE (SenFindPreview, sen_find_preview, SEN, FIND_PREVIEW, GtkWidget)

/**
 * One file that was found, at the place that matches: the picture, the passage with its words, the recording from that second on; what is
 * known of it, and what can be done with it (the actions "find.…" of the page around it).
 *
 * Signals: "close"; "heat" (gboolean wanted): where in the picture it matches.
 */
GtkWidget   *sen_find_preview_new (SenThumbCache *thumbs, SenPerception *perception);
/** NULL: nothing. */
void         sen_find_preview_set_item (SenFindPreview *self, SenFindItem *item);
SenFindItem *sen_find_preview_item (SenFindPreview *self);   /* (transfer none) */
/** Of the picture that is shown; @heat NULL: @sentence says why there is none. */
void         sen_find_preview_set_heat (SenFindPreview *self, const SenFindHeat *heat, const char *sentence);
/** As if its button had been pressed, if it has one. */
void         sen_find_preview_show_heat (SenFindPreview *self);
/** It has come, or why it cannot. */
gboolean     sen_find_preview_has_heat (SenFindPreview *self);

G_END_DECLS
