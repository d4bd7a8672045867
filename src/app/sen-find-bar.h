/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sen-conversation-view.h"

G_BEGIN_DECLS

#define SEN_TYPE_FIND_BAR (sen_find_bar_get_type ())
G_DECLARE_FINAL_TYPE (SenFindBar, sen_find_bar, SEN, FIND_BAR, GtkWidget)

/** Finds text in the conversation that is shown, beginning with what was said last. Main thread. */
void  sen_find_bar_set_view (SenFindBar *self, SenConversationView *view);
/** Another conversation closes the bar. */
void  sen_find_bar_set_conversation (SenFindBar *self, SenConversation *conversation);
/** Shows the bar with the focus in it. */
void  sen_find_bar_open (SenFindBar *self);

/** For tests: what to look for, as if it were typed; how many there are. */
guint sen_find_bar_find (SenFindBar *self, const char *text);

G_END_DECLS
