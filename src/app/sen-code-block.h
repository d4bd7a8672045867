/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SEN_TYPE_CODE_BLOCK (sen_code_block_get_type ())
G_DECLARE_FINAL_TYPE (SenCodeBlock, sen_code_block, SEN, CODE_BLOCK, GtkWidget)

/** Code with its language, a button that copies it, and colours. Long lines scroll sideways; all lines are shown, so that the
 *  page scrolls. Text is kept in labels of a few dozen lines, and no text view is involved: those draw and lay out all they
 *  have, and get into trouble when thousands of lines stream in. Colours come from GtkSourceView's engine, when there is time,
 *  and follow the style of the desktop. */
GtkWidget  *sen_code_block_new (void);

/** Shows @code; @language is what stood behind the fence, or NULL. Cheap when @code only has become longer. Thousands of lines
 *  are shown in steps: TRUE while there is more to show, then call it again in the next frame. */
gboolean    sen_code_block_set (SenCodeBlock *self, const char *language, const char *code, gsize length);

const char *sen_code_block_language (SenCodeBlock *self);   /* as shown */
const char *sen_code_block_code (SenCodeBlock *self);

G_END_DECLS
