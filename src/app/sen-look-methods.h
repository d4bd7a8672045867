/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "sen-explain.h"

G_BEGIN_DECLS

#define SEN_TYPE_LOOK_METHODS (sen_look_methods_get_type ())
G_DECLARE_FINAL_TYPE (SenLookMethods, sen_look_methods, SEN, LOOK_METHODS, GtkWidget)

/** How it is looked: the method, what it cannot say, and while one takes its time how far it is. Signals: "chosen": another method is
 *  wanted; "cancel": nobody wants to wait for it. */
GtkWidget *sen_look_methods_new (void);

/** Method, reduction and grain of what is chosen; all else of @params stays. */
void sen_look_methods_get (SenLookMethods *self, SenExplainParams *params);
/** Chooses what @params have; nobody is told. */
void sen_look_methods_set (SenLookMethods *self, const SenExplainParams *params);

/** As sen_look_progress_tell() has it; NULL: it has ended. */
void sen_look_methods_tell (SenLookMethods *self, const char *stage, double fraction);
bool sen_look_methods_is_waiting (SenLookMethods *self);

G_END_DECLS
