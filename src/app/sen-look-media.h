/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-explanation.h"
#include "sen-heat.h"
#include "sen-perception.h"

G_BEGIN_DECLS

#define SEN_TYPE_LOOK_MEDIA (sen_look_media_get_type ())
G_DECLARE_FINAL_TYPE (SenLookMedia, sen_look_media, SEN, LOOK_MEDIA, GtkWidget)

/** One picture that a model took as embeddings, or a recording, however it took it, with the heat on it and a line that says how much of it
 *  there is. A recording's words are timed on demand. */
GtkWidget *sen_look_media_new (SenPerception *perception, SenAttachment *attachment, SenExplanation *explanation, guint media);

guint     sen_look_media_number (SenLookMedia *self);   /* @media */
/** An answer is being written: words are timed behind it. */
void      sen_look_media_set_busy (SenLookMedia *self, bool is_busy);
/** Its picture, its waveform or its words are still to come. */
bool      sen_look_media_is_loading (SenLookMedia *self);
/** What is to be seen of it; NULL while it is not there, and of recordings. */
SenImage *sen_look_media_image (SenLookMedia *self);

/** @row: f32 [n_pieces], whose sum over the media says something; NULL: no heat. */
void sen_look_media_set_row (SenLookMedia *self, SenHeatMap map, const float *row);

G_END_DECLS
