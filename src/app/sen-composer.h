/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-attachment-tray.h"

G_BEGIN_DECLS

#define SEN_TYPE_COMPOSER (sen_composer_get_type ())
G_DECLARE_FINAL_TYPE (SenComposer, sen_composer, SEN, COMPOSER, GtkWidget)

/** Where the user writes: grows to eight lines, then scrolls; above the text what is attached. Enter sends, Shift+Enter breaks
 *  the line. Signals: "send" (char *text, "" when there are only attachments), "stop", "too-long" (guint64 bytes, guint64 at
 *  most): what was to be pasted was not, and is still in the clipboard; "paste-media": files or a picture are to be pasted. */
void sen_composer_set_busy (SenComposer *self, gboolean busy);   /* Send becomes Stop */
void sen_composer_set_can_send (SenComposer *self, gboolean can_send);
/** What stands in the empty box: what can be done now. */
void sen_composer_set_hint (SenComposer *self, const char *hint);
void sen_composer_set_text (SenComposer *self, const char *text);
char *sen_composer_get_text (SenComposer *self);   /* (transfer full) */
/** Puts words where the cursor is, apart from those around it. */
void sen_composer_insert (SenComposer *self, const char *text);
void sen_composer_submit (SenComposer *self);
void sen_composer_focus (SenComposer *self);
/** What is attached; a list of SenAttachment. The tray's signals are for the window. (transfer none) */
SenAttachmentTray *sen_composer_tray (SenComposer *self);
void               sen_composer_set_attachments (SenComposer *self, GListModel *attachments);
/** The microphone, whose button is the window's to act on (transfer none), and what stands above the text while it records. */
GtkButton         *sen_composer_mic_button (SenComposer *self);
void               sen_composer_set_mic_bar (SenComposer *self, GtkWidget *bar);
/** What stands above all that is written: that files are asked. */
void               sen_composer_set_files_bar (SenComposer *self, GtkWidget *bar);
/** A sentence under the tray and, unless NULL, an action that helps, its parameter (or NULL) and label; a NULL sentence hides all. */
void               sen_composer_set_offer (SenComposer *self, const char *text, const char *action, const char *parameter,
                                           const char *label);

G_END_DECLS
