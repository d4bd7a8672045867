/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SEN_TYPE_PLAIN_TEXT (sen_plain_text_get_type ())
G_DECLARE_FINAL_TYPE (SenPlainText, sen_plain_text, SEN, PLAIN_TEXT, GtkWidget)

/** Text as it stands, in paragraphs that are a label each, so that text which grows only lays out its last one; a long one in several, cut
 *  where sentences end. Very much text comes over several frames. */
GtkWidget  *sen_plain_text_new (void);
void        sen_plain_text_append (SenPlainText *self, const char *text);
/** All of it is there. */
gboolean    sen_plain_text_is_settled (SenPlainText *self);

/** A stretch of the text, in bytes, and what lies below its letters. */
typedef struct {
  gsize   start, end;
  GdkRGBA colour;
} SenTextTint;

/** In rising order; copied; 0: none. Nothing is laid out anew for them. */
void        sen_plain_text_set_tints (SenPlainText *self, const SenTextTint *tints, guint n_tints);

G_END_DECLS
