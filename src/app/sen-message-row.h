/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SEN_TYPE_MESSAGE_ROW (sen_message_row_get_type ())
G_DECLARE_FINAL_TYPE (SenMessageRow, sen_message_row, SEN, MESSAGE_ROW, GtkWidget)

typedef enum { SEN_MESSAGE_USER, SEN_MESSAGE_ASSISTANT } SenMessageKind;

/** One message: the user's in a rounded box at the right, the assistant's plain on the page. Text is kept in paragraphs, a
 *  label each, so that a long answer that grows only lays out its last paragraph. */
SenMessageRow *sen_message_row_new (SenMessageKind kind, const char *text);

SenMessageKind sen_message_row_kind (SenMessageRow *self);
const char    *sen_message_row_text (SenMessageRow *self);
void           sen_message_row_append (SenMessageRow *self, const char *text);
/** What happens before the first word ("Reading 40 %"); NULL or "" hides it. */
void           sen_message_row_set_stage (SenMessageRow *self, const char *stage);
/** A line under the finished message: tokens and speed, or why it stopped. */
void           sen_message_row_set_note (SenMessageRow *self, const char *note, gboolean is_error);
/** Shows copy and regenerate; only the last answer can be made anew. */
void           sen_message_row_set_actions (SenMessageRow *self, gboolean can_copy, gboolean can_regenerate);

G_END_DECLS
