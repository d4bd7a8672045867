/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "sen-attachment.h"
#include "sen-message.h"

G_BEGIN_DECLS

#define SEN_TYPE_CONVERSATION (sen_conversation_get_type ())
G_DECLARE_FINAL_TYPE (SenConversation, sen_conversation, SEN, CONVERSATION, GObject)

/**
 * A tree of messages and the path through it that is shown.
 *
 * Asking again makes a sibling of an answer, editing a sibling of a question; nothing written is lost by either. A conversation
 * is a GListModel of the SenMessages on its path, the first one first. Signals: "changed" (title, model, date), "loaded".
 *
 * Thread-safety: main context only.
 */

gint64      sen_conversation_id (SenConversation *self);
/** The user's own, or the beginning of the first message, or "". */
const char *sen_conversation_title (SenConversation *self);
/** NULL or "" goes back to the beginning of the first message. */
void        sen_conversation_set_title (SenConversation *self, const char *title);
/** Microseconds since 1970 of the last message; never before that of a conversation touched earlier, whatever the clock says. */
gint64      sen_conversation_updated (SenConversation *self);
/** What the user had begun to write, "" for nothing. */
const char *sen_conversation_draft (SenConversation *self);
void        sen_conversation_set_draft (SenConversation *self, const char *draft);
/** What the user has attached to that, in order: a GListModel of SenAttachment. (transfer none) */
GListModel *sen_conversation_draft_attachments (SenConversation *self);
/** Adds one at the end of them. */
void        sen_conversation_attach (SenConversation *self, SenAttachment *attachment);
void        sen_conversation_unattach (SenConversation *self, SenAttachment *attachment);
void        sen_conversation_move_attachment (SenConversation *self, SenAttachment *attachment, guint position);
/** The instructions of this conversation, or NULL for those of the preferences. */
const char *sen_conversation_system (SenConversation *self);
void        sen_conversation_set_system (SenConversation *self, const char *system);

/** Whether the files of this machine are asked before its next question is answered, and those of which folder: a path, bytes as the system
 *  has them; NULL: of any. */
bool        sen_conversation_asks_files (SenConversation *self);
const char *sen_conversation_folder (SenConversation *self);
void        sen_conversation_set_files (SenConversation *self, bool asks_files, const char *folder);

/** Messages are read when first asked for; "loaded" is emitted when they are there, at once if they are already. */
void        sen_conversation_load (SenConversation *self);
bool        sen_conversation_is_loaded (SenConversation *self);

/** Adds a message at the end of the path. (transfer none) */
SenMessage *sen_conversation_append (SenConversation *self, SenSpeaker speaker, const char *text);
/** The same by the user, with the attachments of the draft, which has none then. (transfer none) */
SenMessage *sen_conversation_ask (SenConversation *self, const char *text);
/** Adds a sibling of @message, with its attachments, and the path ends with it. (transfer none) */
SenMessage *sen_conversation_branch (SenConversation *self, SenMessage *message, const char *text);
/** Which of its siblings @message is, from 0, and how many there are with it. */
guint       sen_conversation_sibling (SenConversation *self, SenMessage *message, guint *n);
/** Shows the @index'th sibling of @message in its place, and what last followed it. */
void        sen_conversation_select_sibling (SenConversation *self, SenMessage *message, guint index);
/** Makes the path go through @message, as found by a search. False when there is no such message. */
bool        sen_conversation_select (SenConversation *self, gint64 message);
/** Takes @message away with all that follows it; the path then ends before it, or with a sibling. */
void        sen_conversation_remove (SenConversation *self, SenMessage *message);
/** Undoes that. */
void        sen_conversation_restore (SenConversation *self, SenMessage *message);

G_END_DECLS
