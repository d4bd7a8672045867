/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-history.h"

G_BEGIN_DECLS

#define SEN_TYPE_SIDEBAR (sen_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (SenSidebar, sen_sidebar, SEN, SIDEBAR, GtkWidget)

/**
 * The list of conversations and the search through them.
 *
 * Signals: "open" (SenConversation, gint64 message: where the words were found, or 0). What else can be done with a conversation is
 * done by actions of the window with its id as the target: win.rename, win.delete, win.export-markdown, win.export-json.
 */
void             sen_sidebar_set_history (SenSidebar *self, SenHistory *history);
/** Marks the conversation that is shown; NULL for none. */
void             sen_sidebar_set_current (SenSidebar *self, SenConversation *conversation);
void             sen_sidebar_focus_search (SenSidebar *self);
/** The conversation of the row that has the focus, or NULL. (transfer none) */
SenConversation *sen_sidebar_focused (SenSidebar *self);

G_END_DECLS
