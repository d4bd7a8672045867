/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-conversation.h"
#include "sen-thumb-cache.h"

G_BEGIN_DECLS

#define SEN_TYPE_MESSAGE_ROW (sen_message_row_get_type ())
G_DECLARE_FINAL_TYPE (SenMessageRow, sen_message_row, SEN, MESSAGE_ROW, GtkWidget)

/**
 * One message: the user's in a rounded box at the right, the assistant's plain on the page; below it what can be done with it,
 * and how it came about. Below an answer that was made from files (sen_message_sources()) stand its sources; one that is clicked, there
 * or where the answer names it, activates "win.open-source" with the message, its number and whether it is a weaker one.
 *
 * Signals: "regenerate", "go-on", "remove", "read-aloud", "look", "edited" (const char *text), "show-sibling" (guint index).
 */
SenMessageRow *sen_message_row_new (SenConversation *conversation, SenMessage *message, SenThumbCache *thumbs /* may be NULL */);

/** Shows the message's attachments above its text. Takes @gallery. */
void        sen_message_row_set_gallery (SenMessageRow *self, GtkWidget *gallery);

SenMessage *sen_message_row_message (SenMessageRow *self);
const char *sen_message_row_text (SenMessageRow *self);
/** The text alone, and whether all of it is on display. */
GtkWidget  *sen_message_row_body (SenMessageRow *self);
bool        sen_message_row_is_settled (SenMessageRow *self);
/** What happens before the first word ("Reading 40 %"); NULL hides it. */
void        sen_message_row_set_stage (SenMessageRow *self, const char *stage);
/** While an answer is written nothing that would start another can be done; only the last answer can be gone on with. */
void        sen_message_row_set_place (SenMessageRow *self, bool is_last, bool is_busy);
/** It is being read aloud. */
void        sen_message_row_set_read (SenMessageRow *self, bool is_read);
/** Draws the line above which the model no longer sees. */
void        sen_message_row_set_cut (SenMessageRow *self, bool is_first_seen);
/** Lets the user change a question; the answer to it is asked for anew. */
void        sen_message_row_edit (SenMessageRow *self);

G_END_DECLS
