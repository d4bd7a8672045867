/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SEN_TYPE_PLAIN_TEXT (sen_plain_text_get_type ())
G_DECLARE_FINAL_TYPE (SenPlainText, sen_plain_text, SEN, PLAIN_TEXT, GtkWidget)

/** Text as it stands, in paragraphs that are a label each, so that text which grows only lays out its last one. */
GtkWidget  *sen_plain_text_new (void);
void        sen_plain_text_append (SenPlainText *self, const char *text);

G_END_DECLS
