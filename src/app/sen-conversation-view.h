/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-message-row.h"
#include "sen-perception.h"

G_BEGIN_DECLS

#define SEN_TYPE_CONVERSATION_VIEW (sen_conversation_view_get_type ())
G_DECLARE_FINAL_TYPE (SenConversationView, sen_conversation_view, SEN, CONVERSATION_VIEW, GtkWidget)

/**
 * The messages of a conversation's path. Rows are made as the user scrolls towards them, beginning at the end, and taken away far
 * from what is seen, so that a long conversation opens at once and scrolls smoothly. (GtkListView would guess the heights of
 * rows it has not seen, and jump.) The view stays at the end while text comes, until the user scrolls away.
 *
 * The action "conversation.stay" is for what grows in it by the user's doing: then the view stays where it is.
 *
 * Signals, each with the SenMessage: "regenerate", "go-on", "remove", "read-aloud", "look", "edited" (and the new text), "show-sibling"
 * (and its index).
 */
void           sen_conversation_view_set_perception (SenConversationView *self, SenPerception *perception);   /* once, before */
/** What pictures among the sources of answers look like; likewise. */
void           sen_conversation_view_set_thumbs (SenConversationView *self, SenThumbCache *thumbs);
void           sen_conversation_view_set_conversation (SenConversationView *self, SenConversation *conversation);
/** The row of @message, or NULL when it is not made yet or not on the path. */
SenMessageRow *sen_conversation_view_find_row (SenConversationView *self, SenMessage *message);
/** The n'th of the rows there are, from the last: 0. NULL behind the first. */
SenMessageRow *sen_conversation_view_nth_row (SenConversationView *self, guint n);
/** An answer is being written, here or in another conversation. */
void           sen_conversation_view_set_busy (SenConversationView *self, bool is_busy);
/** @message is being read aloud; NULL: none. */
void           sen_conversation_view_set_read (SenConversationView *self, SenMessage *message);
/** The model sees messages from @message on; NULL: all. */
void           sen_conversation_view_set_cut (SenConversationView *self, SenMessage *message);
void           sen_conversation_view_scroll_to_end (SenConversationView *self);
/** With the focus on it. */
void           sen_conversation_view_scroll_to (SenConversationView *self, gint64 message);
/** Selects the @nth occurrence of @text in @message (see sen-find-text.h) and brings it into sight; the focus stays. "": nothing
 *  is selected any more. */
void           sen_conversation_view_show_text (SenConversationView *self, gint64 message, const char *text, guint nth);

G_END_DECLS
