/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SEN_TYPE_COMPOSER (sen_composer_get_type ())
G_DECLARE_FINAL_TYPE (SenComposer, sen_composer, SEN, COMPOSER, GtkWidget)

/** Where the user writes: grows to eight lines, then scrolls. Enter sends, Shift+Enter breaks the line. Signals: "send"
 *  (char *text), "stop", "too-long" (guint64 bytes, guint64 at most): what was to be pasted was not, and is still in the
 *  clipboard. */
void sen_composer_set_busy (SenComposer *self, gboolean busy);   /* Send becomes Stop */
void sen_composer_set_can_send (SenComposer *self, gboolean can_send);
/** What stands in the empty box: what can be done now. */
void sen_composer_set_hint (SenComposer *self, const char *hint);
void sen_composer_set_text (SenComposer *self, const char *text);
char *sen_composer_get_text (SenComposer *self);   /* (transfer full) */
void sen_composer_submit (SenComposer *self);
void sen_composer_focus (SenComposer *self);

G_END_DECLS
