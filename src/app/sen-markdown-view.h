/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SEN_TYPE_MARKDOWN_VIEW (sen_markdown_view_get_type ())
G_DECLARE_FINAL_TYPE (SenMarkdownView, sen_markdown_view, SEN, MARKDOWN_VIEW, GtkWidget)

/** Markdown as widgets, also while it is being written. What it understands and what it never does stands in
 *  sen-markdown-blocks.h. As wide as it is given, as high as it needs; it does not scroll by itself.
 *
 *  Text that is appended appears within a few hundredths of a second, no more often, and what is finished is not touched
 *  again; the result is the same as that of setting the whole text. A very long text is built over several frames: see
 *  sen_markdown_view_is_settled(). Links ask before they open. All functions belong to the main thread. */
SenMarkdownView *sen_markdown_view_new (void);

/** Shows a finished text; widgets of what was shown before are used again where they fit. NULL is "". */
void        sen_markdown_view_set_text (SenMarkdownView *self, const char *text);
/** Numbers between brackets ("[1]") lead to sources from now on, which have these names; NULL: to none. They activate the actions
 *  "message.open-source" and, while the pointer is on one, "message.point-at-source" (0: on none) of a widget around, with their number. */
void        sen_markdown_view_set_sources (SenMarkdownView *self, const char *const *names);
/** More of a text that is being written; may begin or end within a character. After _finish() the text goes on. */
void        sen_markdown_view_append_text (SenMarkdownView *self, const char *text);
/** The text is complete: everything is shown, and links whose addresses came last work. */
void        sen_markdown_view_finish (SenMarkdownView *self);

/** The Markdown, as it was given. */
const char *sen_markdown_view_get_text (SenMarkdownView *self);
/** All that was given is on display. */
gboolean    sen_markdown_view_is_settled (SenMarkdownView *self);

/** What the widgets show, for tests. (transfer full) */
char       *sen_markdown_view_dump (SenMarkdownView *self);

G_END_DECLS
