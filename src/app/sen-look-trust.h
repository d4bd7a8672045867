/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-explanation.h"

G_BEGIN_DECLS

#define SEN_TYPE_LOOK_TRUST (sen_look_trust_get_type ())
G_DECLARE_FINAL_TYPE (SenLookTrust, sen_look_trust, SEN, LOOK_TRUST, GtkWidget)

/** How far an explanation can be believed: a button while nobody has measured it, then a sentence, curves, and the same as a table.
 *  Signals: "wanted": it is to be measured; "cancel": nobody wants to wait for it. */
GtkWidget *sen_look_trust_new (void);

/** NULL: nothing is there to be believed. */
void sen_look_trust_set_explanation (SenLookTrust *self, SenExplanation *explanation);
/** As sen_look_progress_tell() has it; NULL: it has ended. */
void sen_look_trust_tell (SenLookTrust *self, const char *stage, double fraction);
bool sen_look_trust_is_waiting (SenLookTrust *self);

G_END_DECLS
