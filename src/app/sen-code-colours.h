/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/** The colours of a piece of code that grows. Main thread. */
typedef struct _SenCodeColours SenCodeColours;

/** @language: id of GtkSourceView's; NULL when there is none such. */
SenCodeColours *sen_code_colours_new (const char *language, gboolean is_dark);
void            sen_code_colours_free (SenCodeColours *self);

/** Makes the text known up to @length bytes of @code, of which the beginning is known already. */
void            sen_code_colours_append (SenCodeColours *self, const char *code, gsize length);
/** (transfer full): attributes for the text of these lines, which are known already. */
PangoAttrList  *sen_code_colours_get (SenCodeColours *self, guint first_line, guint n_lines);

/** What people call a language, or what stands behind a fence: its id and its name, or FALSE. */
gboolean        sen_code_language_find (const char *info, const char **id, const char **name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SenCodeColours, sen_code_colours_free)

G_END_DECLS
