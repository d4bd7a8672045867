/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "sen-find-service.h"
#include "sen-grounding.h"
#include "sen-perception.h"

G_BEGIN_DECLS

#define SEN_TYPE_SOURCE_WINDOW (sen_source_window_get_type ())
G_DECLARE_FINAL_TYPE (SenSourceWindow, sen_source_window, SEN, SOURCE_WINDOW, AdwWindow)

/** A source of an answer at its place: the passage as the model read it, the picture, the recording from that second on; and the file in
 *  the program for it. A file that is not there any more is said to be so, and what was read of it is still here. Escape closes. @source
 *  is copied. */
GtkWidget *sen_source_window_new (GtkWindow *parent, SenFindService *service, SenPerception *perception, const SenSource *source);

G_END_DECLS
