/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-grounding-json.h"
#include "sen-thumb-cache.h"

G_BEGIN_DECLS

#define SEN_TYPE_SOURCES (sen_sources_get_type ())
G_DECLARE_FINAL_TYPE (SenSources, sen_sources, SEN, SOURCES, GtkWidget)

/**
 * Below an answer that was made from files: its sources, numbered as they are cited, and which of them say what is answered; how much of
 * it no source says; what in them spoke to an assistant; and, on demand, all that the model read.
 *
 * Files that are not there any more are said to be so. Signals: "open" (guint number from 1, gboolean is_weaker): somebody wants to see
 * one.
 */
/** @thumbs may be NULL: then symbols stand for pictures. */
GtkWidget                *sen_sources_new (SenThumbCache *thumbs);
/** Takes @record. */
void                      sen_sources_set (SenSources *self, SenGroundingRecord *record);
const SenGroundingRecord *sen_sources_record (SenSources *self);
/** The one with @number stands out; 0: none. */
void                      sen_sources_point_at (SenSources *self, guint number);

/** "bash.html, Page 3". (transfer full) */
char                     *sen_source_describe (const SenSource *source);

G_END_DECLS
