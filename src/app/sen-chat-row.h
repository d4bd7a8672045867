/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-history.h"

G_BEGIN_DECLS

#define SEN_TYPE_CHAT_ROW (sen_chat_row_get_type ())
G_DECLARE_FINAL_TYPE (SenChatRow, sen_chat_row, SEN, CHAT_ROW, GtkWidget)

/** A conversation in the sidebar: its title, its date or the words found in it, and a menu. */
GtkWidget       *sen_chat_row_new (void);
/** @snippet: of a match, with its marks; NULL shows the date. @conversation NULL empties the row. */
void             sen_chat_row_set (SenChatRow *self, SenConversation *conversation, const char *snippet);
SenConversation *sen_chat_row_conversation (SenChatRow *self);
void             sen_chat_row_popup (SenChatRow *self);   /* its menu */

G_END_DECLS
